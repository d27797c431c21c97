//! What there is to say against acting on a message.

use chrono::{DateTime, Utc};
use rollcert_pki::certs_only::Form;

use crate::CertUsages;
use crate::policy::UnsignedMessages;
use crate::quoted::Quoted;

/// A reason not to act on a message that keeps the rules, or not without asking.
///
/// Texts from the message are kept whole in the fields; `Display` shows them escaped and cut short.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Objection {
    /// The name inside is not that of the transport (CEM §3.1).
    #[error("expected a message of {} but found one of {}", Quoted(.as2_from), Quoted(.name))]
    NameMismatch {
        /// `AS2-From`, unquoted.
        as2_from: String,
        /// The name in the XML.
        name: String,
    },
    /// The name inside belongs to another transport, by its qualifier.
    #[error("expected a name of AS2 but found one of {}", Quoted(.found))]
    OtherTransport {
        /// The qualifier.
        found: String,
    },
    /// The `multipart/related` does not say that it is a certificate exchange message: other software takes it for
    /// a document.
    #[error("the message does not say by its type what it is")]
    TypeMissing,
    /// Nobody signed.
    #[error("the message is not signed")]
    Unsigned {
        /// What the policy has to say to that.
        policy: UnsignedMessages,
    },
    /// The signature is bad, or covers something else.
    #[error("the signature does not cover the message")]
    SignatureInvalid,
    /// The certificate that is announced signed the announcement, which proves nothing.
    #[error("the message is signed by a certificate that it announces itself")]
    SignedByAnnounced,
    /// Another partner signed.
    #[error("the message is signed by another partner")]
    SignedByOtherPartner,
    /// The signer's certificate is none that is accepted for the partner's signatures.
    #[error("the signer's certificate is not accepted for signatures of this partner")]
    SignerNotAccepted,
    /// The signer's certificate is out of its validity.
    #[error("the signer's certificate is valid from {not_before} to {not_after}; it is {now}")]
    SignerNotValid {
        /// Now.
        now: DateTime<Utc>,
        /// The start of its validity.
        not_before: DateTime<Utc>,
        /// The end of its validity.
        not_after: DateTime<Utc>,
    },
    /// The signature did not bring its certificate along (CEM §2.1).
    #[error("the signer's certificate is not in the message")]
    SignerNotEmbedded,
    /// The message says that it was made in the future.
    #[error("the message is said to be made at {originated}; it is {now}")]
    OriginatedAhead {
        /// Now.
        now: DateTime<Utc>,
        /// When the message says it was made.
        originated: DateTime<Utc>,
    },
    /// The message says that it was made long ago.
    #[error("the message is said to be made at {originated}; it is {now}")]
    OriginatedLongAgo {
        /// Now.
        now: DateTime<Utc>,
        /// When the message says it was made.
        originated: DateTime<Utc>,
    },

    /// The answer shall go where none may be sent.
    #[error("no answer may be sent to {}", Quoted(.found))]
    ResponseUrl {
        /// The URL.
        found: String,
    },
    /// The answer would be late.
    #[error("an answer is wanted by {respond_by}; it is {now}")]
    RespondByPassed {
        /// Now.
        now: DateTime<Utc>,
        /// The date.
        respond_by: DateTime<Utc>,
    },
    /// The bundle came in another form than CMS.
    #[error("expected a bundle in CMS but found {}", .form.code())]
    BundleForm {
        /// The form.
        form: Form,
    },
    /// The bundle holds certificates of authorities that the announced one does not need (CEM §2.3).
    #[error("the bundle holds {count} certificates that the announced one does not need")]
    UnrelatedCertificates {
        /// How many.
        count: usize,
    },
    /// The certificate has expired.
    #[error("the certificate expired at {not_after}; it is {now}")]
    Expired {
        /// Now.
        now: DateTime<Utc>,
        /// The end of its validity.
        not_after: DateTime<Utc>,
    },
    /// The certificate is not valid yet. Once accepted it stays pending until then (CEM §1.3).
    #[error("the certificate is valid from {not_before}; it is {now}")]
    NotYetValid {
        /// Now.
        now: DateTime<Utc>,
        /// The start of its validity.
        not_before: DateTime<Utc>,
    },
    /// Key usage or extended key usage do not permit what the certificate is announced for.
    #[error("the certificate does not permit {not_permitted}")]
    Usage {
        /// The usages that it does not permit.
        not_permitted: CertUsages,
    },
    /// The key cannot do what the certificate is announced for.
    #[error("a key of the kind {algorithm} cannot serve {impossible}")]
    KeyKind {
        /// What kind of key it is.
        algorithm: String,
        /// The usages that it cannot serve.
        impossible: CertUsages,
    },
    /// The key is too short.
    #[error("expected an RSA key of at least {least} bits but found {bits}")]
    WeakKey {
        /// Its bits.
        bits: usize,
        /// The fewest that are taken.
        least: usize,
    },
    /// The certificate, or one between it and the top, is signed over MD5 or older: whoever asks for a certificate
    /// can have a second one for the same signature.
    #[error("a certificate of the chain is signed with {algorithm}")]
    WeakSignature {
        /// The signature algorithm.
        algorithm: String,
    },
    /// So too, over SHA-1, for which that takes great effort.
    #[error("a certificate of the chain is signed with {algorithm}")]
    DatedSignature {
        /// The signature algorithm.
        algorithm: String,
    },
    /// An authority announces its own certificate, as if it were a partner's.
    #[error("the certificate is that of an authority")]
    Authority,
    /// The certificate, or its key, is known of another partner, or is our own.
    #[error("the certificate or its key is known of somebody else")]
    KnownOfAnother,
    /// Neither bundle nor host have the certificates up to a self-issued one.
    #[error("the chain lacks {}", Quoted(.missing))]
    ChainIncomplete {
        /// The name of the issuer whose certificate is missing.
        missing: String,
    },
    /// A certificate of the chain is not signed by the one that bears its issuer's name, or that one is no authority.
    #[error("the certificate of {} does not verify", Quoted(.subject))]
    ChainBroken {
        /// Whose certificate does not verify.
        subject: String,
    },
}

impl Objection {
    /// A stable name for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NameMismatch { .. } => "name-mismatch",
            Self::OtherTransport { .. } => "other-transport",
            Self::TypeMissing => "type-missing",
            Self::Unsigned { .. } => "unsigned",
            Self::SignatureInvalid => "signature-invalid",
            Self::SignedByAnnounced => "signed-by-announced",
            Self::SignedByOtherPartner => "signed-by-other-partner",
            Self::SignerNotAccepted => "signer-not-accepted",
            Self::SignerNotValid { .. } => "signer-not-valid",
            Self::SignerNotEmbedded => "signer-not-embedded",
            Self::OriginatedAhead { .. } => "originated-ahead",
            Self::OriginatedLongAgo { .. } => "originated-long-ago",
            Self::ResponseUrl { .. } => "response-url-not-allowed",
            Self::RespondByPassed { .. } => "respond-by-passed",
            Self::BundleForm { .. } => "bundle-form",
            Self::UnrelatedCertificates { .. } => "unrelated-certificates",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::Usage { .. } => "usage-not-permitted",
            Self::KeyKind { .. } => "key-kind",
            Self::WeakKey { .. } => "weak-key",
            Self::WeakSignature { .. } => "weak-signature",
            Self::DatedSignature { .. } => "dated-signature",
            Self::Authority => "authority",
            Self::KnownOfAnother => "known-of-another",
            Self::ChainIncomplete { .. } => "chain-incomplete",
            Self::ChainBroken { .. } => "chain-broken",
        }
    }

    /// What follows from it.
    #[must_use]
    pub const fn consequence(&self) -> Consequence {
        match self {
            Self::NameMismatch { .. }
            | Self::TypeMissing
            | Self::Unsigned {
                policy: UnsignedMessages::Refuse,
            }
            | Self::SignatureInvalid
            | Self::SignedByAnnounced
            | Self::SignedByOtherPartner
            | Self::SignerNotAccepted
            | Self::ResponseUrl { .. } => Consequence::RefuseMessage,
            Self::Expired { .. }
            | Self::Usage { .. }
            | Self::KeyKind { .. }
            | Self::WeakKey { .. }
            | Self::WeakSignature { .. }
            | Self::Authority
            | Self::KnownOfAnother
            | Self::ChainBroken { .. } => Consequence::RejectCertificate,
            Self::Unsigned {
                policy: UnsignedMessages::AskAPerson,
            }
            | Self::OtherTransport { .. }
            | Self::SignerNotValid { .. }
            | Self::SignerNotEmbedded
            | Self::OriginatedAhead { .. }
            | Self::OriginatedLongAgo { .. }
            | Self::RespondByPassed { .. }
            | Self::BundleForm { .. }
            | Self::UnrelatedCertificates { .. }
            | Self::DatedSignature { .. }
            | Self::ChainIncomplete { .. } => Consequence::AskAPerson,
            Self::NotYetValid { .. } => Consequence::UseLater,
        }
    }
}

/// What follows from an objection, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Consequence {
    /// The certificate may be accepted, and is used from the start of its validity on.
    UseLater,
    /// Nothing is decided without a person.
    AskAPerson,
    /// The certificate is answered with `Rejected`.
    RejectCertificate,
    /// The message is not acted upon: no state changes, and the receipt says so.
    RefuseMessage,
}

impl Consequence {
    /// A stable name for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UseLater => "use-later",
            Self::AskAPerson => "ask-a-person",
            Self::RejectCertificate => "reject-certificate",
            Self::RefuseMessage => "refuse-message",
        }
    }
}
