//! What is wrong with a message that could be read: rules broken, and what is merely worth a word.

use core::fmt;

use rollcert_pki::certs_only::Form;

use crate::quoted::Quoted;

/// A rule of the protocol that a well-formed message breaks.
///
/// Texts from the message are kept whole in the fields; `Display` shows them escaped and cut short.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The XML part stands alone, not in a `multipart/related` (CEM §2.1).
    #[error("expected multipart/related around the XML part but found {}", Quoted(.found))]
    NotMultipartRelated {
        /// The media type of the outermost entity.
        found: String,
    },
    /// The `type` parameter names another root than the XML part (RFC 2387 §3.1).
    #[error("expected the CEM media type as the type parameter but found {}", Quoted(.found))]
    TypeMismatch {
        /// The parameter.
        found: String,
    },
    /// The `start` parameter names no part (RFC 2387 §3.2).
    #[error("the start parameter names {}, and no part has that id", Quoted(.start))]
    StartUnknown {
        /// The parameter.
        start: String,
    },
    /// The XML part is not the root of the `multipart/related` (CEM §2.1).
    #[error("expected the XML part as the root but found {}", Quoted(.found))]
    XmlNotRoot {
        /// The media type of the root.
        found: String,
    },
    /// There is more than one XML part (CEM §2.1).
    #[error("expected one XML part but found {count}")]
    SeveralXmlParts {
        /// How many there are.
        count: usize,
    },
    /// Two parts have the same id (CEM §2.1).
    #[error("two parts have the id {}", Quoted(.content_id))]
    DuplicateContentId {
        /// The id.
        content_id: String,
    },
    /// There are not as many bundles as trust requests (CEM §2.3).
    #[error("expected one bundle for each of {trust_requests} trust requests but found {bundles}")]
    BundleCount {
        /// Certificate bundles in the package.
        bundles: usize,
        /// Trust requests in the XML.
        trust_requests: usize,
    },
    /// A response carries certificates (CEM §2.1).
    #[error("expected a response without certificates but found {bundles} bundles")]
    ResponseWithBundles {
        /// Certificate bundles in the package.
        bundles: usize,
    },

    /// The message is written in the namespace of an early draft.
    #[error("namespace {} belongs to an early draft", Quoted(.namespace))]
    OldNamespace {
        /// The namespace.
        namespace: String,
    },
    /// An element has the right name in the wrong namespace.
    #[error("element {} stands in the wrong namespace {}", Quoted(.element), Quoted(.namespace))]
    WrongNamespace {
        /// The element's local name.
        element: String,
        /// The namespace it stands in; empty for none.
        namespace: String,
    },
    /// An element that the schema requires is missing.
    #[error("{parent} has no {element}")]
    MissingElement {
        /// Where it is missed.
        parent: &'static str,
        /// What is missed.
        element: &'static str,
    },
    /// An element stands where the schema has no place for it, or out of its order.
    #[error("{parent} has no place for {} here", Quoted(.element))]
    UnexpectedElement {
        /// Where it stands.
        parent: &'static str,
        /// Its local name.
        element: String,
    },
    /// An element of the protocol stands where the schema lets strangers extend the message: software
    /// that searches for names would take it for a real one.
    #[error("element {} of the protocol stands among the extensions of {parent}", Quoted(.element))]
    ElementAmongExtensions {
        /// Whose extensions.
        parent: &'static str,
        /// The element's local name.
        element: String,
    },
    /// An attribute stands on an element that the schema gives none of that name.
    #[error("{element} has no place for the attribute {}", Quoted(.attribute))]
    UnexpectedAttribute {
        /// Where it stands.
        element: &'static str,
        /// Its local name.
        attribute: String,
    },
    /// Text stands where only elements may.
    #[error("text between the elements of {parent}")]
    StrayText {
        /// Where it stands.
        parent: &'static str,
    },

    /// The request id is empty or too long.
    #[error("expected a request id of 1 to 255 characters but found {characters}")]
    RequestIdLength {
        /// Its characters.
        characters: usize,
    },
    /// The sender's name is empty.
    #[error("the name of the trading partner is empty")]
    EmptyName,
    /// A usage that the protocol does not know, in this spelling.
    #[error("unknown usage {}", Quoted(.found))]
    UnknownUsage {
        /// The word.
        found: String,
    },
    /// A status that the protocol does not know, in this spelling.
    #[error("unknown status {}", Quoted(.found))]
    UnknownStatus {
        /// The word.
        found: String,
    },
    /// A text that is no date and time.
    #[error("{element} is {}, which is no date and time", Quoted(.found))]
    DateTime {
        /// Which element.
        element: &'static str,
        /// Its text.
        found: String,
    },
    /// A serial number that is no decimal integer, or one beyond any certificate.
    #[error("serial number {} is no decimal integer of bearable length", Quoted(.found))]
    Serial {
        /// Its text.
        found: String,
    },
    /// A URL to which no answer can be sent: not `http` or `https`, without a host, with user
    /// information, blanks or control characters, or too long.
    #[error("no answer can be sent to {}", Quoted(.found))]
    ResponseUrl {
        /// Its text.
        found: String,
    },

    /// A trust request names a part that is not there.
    #[error("no part has the id {}", Quoted(.content_id))]
    UnknownContentId {
        /// The id.
        content_id: String,
    },
    /// A trust request names a part that is no certificate bundle: the XML part, say.
    #[error("part {} is no bundle of certificates but {}", Quoted(.content_id), Quoted(.found))]
    NotABundle {
        /// The id.
        content_id: String,
        /// The part's media type.
        found: String,
    },
    /// Two trust requests name the same part.
    #[error("two trust requests name the part {}", Quoted(.content_id))]
    SharedBundle {
        /// The id.
        content_id: String,
    },
    /// A bundle holds no certificate.
    #[error("bundle {} is empty", Quoted(.content_id))]
    EmptyBundle {
        /// The id.
        content_id: String,
    },
    /// No certificate of the bundle has the announced serial number.
    #[error("no certificate in bundle {} has serial number {}", Quoted(.content_id), Quoted(.serial))]
    LeafSerial {
        /// The bundle's id.
        content_id: String,
        /// The serial number announced.
        serial: String,
        /// Those of the bundle, in decimal.
        found: Vec<String>,
    },
    /// The certificate with the announced serial number has another issuer.
    #[error("expected a certificate issued by {} but found {}", Quoted(.issuer), Quoted(.found))]
    LeafIssuer {
        /// The issuer announced.
        issuer: String,
        /// The issuer of the certificate with that serial number.
        found: String,
    },
    /// A bundle holds two certificates that answer to one identifier.
    #[error("two certificates in bundle {} answer to the identifier", Quoted(.content_id))]
    AmbiguousLeaf {
        /// The bundle's id.
        content_id: String,
    },
    /// A bundle holds another end-entity certificate than the one announced (CEM §2.3).
    #[error("bundle {} holds {count} end-entity certificates", Quoted(.content_id))]
    SeveralEndEntities {
        /// The bundle's id.
        content_id: String,
        /// How many, the announced one included.
        count: usize,
    },
    /// One certificate is announced or answered twice in one message (CEM §2.5).
    #[error("the certificate with serial number {} occurs twice", Quoted(.serial))]
    CertificateTwice {
        /// Its serial number as written.
        serial: String,
    },
}

impl Violation {
    /// A stable name for this rule.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotMultipartRelated { .. } => "not-multipart-related",
            Self::TypeMismatch { .. } => "type-mismatch",
            Self::StartUnknown { .. } => "start-unknown",
            Self::XmlNotRoot { .. } => "xml-not-root",
            Self::SeveralXmlParts { .. } => "several-xml-parts",
            Self::DuplicateContentId { .. } => "duplicate-content-id",
            Self::BundleCount { .. } => "bundle-count",
            Self::ResponseWithBundles { .. } => "response-with-certificates",
            Self::OldNamespace { .. } => "old-namespace",
            Self::WrongNamespace { .. } => "wrong-namespace",
            Self::MissingElement { element, .. } => {
                // The one that the command's users will want to tell from the others.
                if matches!(element.as_bytes(), b"CertUsage") {
                    "no-usage"
                } else {
                    "missing-element"
                }
            }
            Self::UnexpectedElement { .. } => "unexpected-element",
            Self::ElementAmongExtensions { .. } => "element-among-extensions",
            Self::UnexpectedAttribute { .. } => "unexpected-attribute",
            Self::StrayText { .. } => "stray-text",
            Self::RequestIdLength { .. } => "request-id-length",
            Self::EmptyName => "empty-name",
            Self::UnknownUsage { .. } => "unknown-usage",
            Self::UnknownStatus { .. } => "unknown-status",
            Self::DateTime { .. } => "bad-date-time",
            Self::Serial { .. } => "bad-serial",
            Self::ResponseUrl { .. } => "bad-response-url",
            Self::UnknownContentId { .. } => "unknown-content-id",
            Self::NotABundle { .. } => "not-a-bundle",
            Self::SharedBundle { .. } => "shared-bundle",
            Self::EmptyBundle { .. } => "empty-bundle",
            Self::LeafSerial { .. } => "leaf-serial-mismatch",
            Self::LeafIssuer { .. } => "leaf-issuer-mismatch",
            Self::AmbiguousLeaf { .. } => "ambiguous-leaf",
            Self::SeveralEndEntities { .. } => "several-end-entities",
            Self::CertificateTwice { .. } => "certificate-twice",
        }
    }
}

/// Something in a message that breaks no rule we hold against it, and that somebody should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The `type` parameter of the `multipart/related` is missing: other software would take the
    /// message for an ordinary payload.
    TypeMissing,
    /// The XML part has no `Content-ID`.
    XmlWithoutContentId,
    /// A part is neither the XML nor a bundle, and was ignored.
    UnknownPart {
        /// Its media type.
        found: String,
    },
    /// The `qualifier` of the sender's name is another transport than AS2.
    Qualifier {
        /// The qualifier.
        found: String,
    },
    /// One usage stands twice in a trust request.
    DuplicateUsage {
        /// The word.
        usage: String,
    },
    /// A date and time has no zone, so it names no instant.
    TimeWithoutZone {
        /// Which element.
        element: &'static str,
    },
    /// A bundle lacks the certificates between the announced one and a self-issued one.
    ChainIncomplete {
        /// The bundle's id.
        content_id: String,
    },
    /// A bundle holds CA certificates that the announced one does not need.
    UnrelatedCertificates {
        /// The bundle's id.
        content_id: String,
        /// How many.
        count: usize,
    },
    /// A bundle holds signatures, CRLs or the like, which were ignored.
    BundleWithMore {
        /// The bundle's id.
        content_id: String,
    },
    /// A bundle came in another form than CMS (CEM §2.3): as PEM, or as the certificate itself.
    BundleForm {
        /// The bundle's id.
        content_id: String,
        /// The form.
        form: Form,
    },
    /// The issuer's name leaves parts out, but the bundle holds no other certificate that could be meant.
    LeafIssuerIncomplete {
        /// The issuer announced.
        issuer: String,
        /// The issuer of the certificate.
        found: String,
    },
    /// A certificate was accepted, and a reason for rejecting it given all the same.
    ReasonWithAccepted,
}

impl Warning {
    /// A stable name for this warning.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TypeMissing => "type-missing",
            Self::XmlWithoutContentId => "xml-without-content-id",
            Self::UnknownPart { .. } => "unknown-part",
            Self::Qualifier { .. } => "qualifier",
            Self::DuplicateUsage { .. } => "duplicate-usage",
            Self::TimeWithoutZone { .. } => "time-without-zone",
            Self::ChainIncomplete { .. } => "chain-incomplete",
            Self::UnrelatedCertificates { .. } => "unrelated-certificates",
            Self::BundleWithMore { .. } => "bundle-with-more",
            Self::BundleForm { .. } => "bundle-form",
            Self::LeafIssuerIncomplete { .. } => "leaf-issuer-incomplete",
            Self::ReasonWithAccepted => "reason-with-accepted",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TypeMissing => f.write_str("multipart/related has no type parameter"),
            Self::XmlWithoutContentId => f.write_str("the XML part has no Content-ID"),
            Self::UnknownPart { found } => write!(f, "a part of type {} ignored", Quoted(found)),
            Self::Qualifier { found } => {
                write!(f, "expected the qualifier AS2 but found {}", Quoted(found))
            }
            Self::DuplicateUsage { usage } => write!(f, "usage {} stands twice", Quoted(usage)),
            Self::TimeWithoutZone { element } => write!(f, "{element} has no time zone"),
            Self::ChainIncomplete { content_id } => write!(
                f,
                "bundle {} does not reach up to a self-issued certificate",
                Quoted(content_id)
            ),
            Self::UnrelatedCertificates { content_id, count } => write!(
                f,
                "bundle {} holds {count} CA certificates that the announced one does not need",
                Quoted(content_id)
            ),
            Self::BundleWithMore { content_id } => write!(
                f,
                "bundle {} holds more than certificates",
                Quoted(content_id)
            ),
            Self::BundleForm { content_id, form } => write!(
                f,
                "expected bundle {} in CMS but found it as {}",
                Quoted(content_id),
                form.code()
            ),
            Self::LeafIssuerIncomplete { issuer, found } => write!(
                f,
                "issuer {} leaves out parts of {}",
                Quoted(issuer),
                Quoted(found)
            ),
            Self::ReasonWithAccepted => f.write_str("a reason for rejection beside Accepted"),
        }
    }
}

/// What was found in one message, up to a limit.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) violations: Vec<Violation>,
    pub(crate) warnings: Vec<Warning>,
    limit: usize,
}

impl Findings {
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            violations: Vec::new(),
            warnings: Vec::new(),
            limit,
        }
    }

    pub(crate) fn violation(&mut self, violation: Violation) {
        // The first is always kept: a message is refused even where the limit is zero.
        if self.violations.len() < self.limit.max(1) {
            self.violations.push(violation);
        }
    }

    pub(crate) fn warn(&mut self, warning: Warning) {
        if self.warnings.len() < self.limit && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h20_texts_from_outside_are_shown_escaped_and_bounded() {
        let violation = Violation::UnknownUsage {
            found: format!("x\r\nFORGED \u{1b}[31m{}", "y".repeat(1000)),
        };
        let shown = violation.to_string();
        assert!(shown.starts_with(r#"unknown usage "x\r\nFORGED \u{1b}[31my"#));
        assert!(shown.chars().count() < 140);
        assert!(!shown.contains(char::is_control));
    }
}
