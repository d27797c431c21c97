//! The grammar of the XML: which element may stand where.
//!
//! The schema is a tree of sequences, some of which end in a place for strangers. Here each sequence is a table
//! of slots, and reading goes on after a fault so that the facts can be shown with it.

use roxmltree::{Attribute, Document, Node};

use crate::error::{Malformed, MalformedKind};
use crate::facts::{Facts, RequestFacts, ResponseFacts, TrustRequestFacts, TrustResponseFacts};
use crate::finding::{Findings, Violation};
use crate::package::bare_id;
use crate::{Limits, xml};

/// The namespace of the protocol since its draft 03.
pub(crate) const CEM: &str = "urn:ietf:params:xml:ns:ediintcertificateexchange";
/// The namespace of issuer name and serial number, from XML Signature.
pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The namespace of `xsi:schemaLocation` and its like.
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Namespaces of drafts 00 and 02, known only to be named when they are met.
const OLD: [&str; 2] = [
    "http://www.ietf.org/schemas/EDIINTCertificateExchange.xsd",
    "EDIINTCertificateExchange.xsd",
];

/// Reads the facts; what breaks the schema goes to `findings`.
pub(crate) fn read(
    tree: &Document<'_>,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<Facts, Malformed> {
    let root = tree.root_element();
    let namespace = root.tag_name().namespace().unwrap_or_default();
    let kind = match root.tag_name().name() {
        REQUEST => Kind::Request,
        RESPONSE => Kind::Response,
        found => {
            return Err(MalformedKind::Root {
                found: found.to_owned(),
            }
            .into());
        }
    };
    if OLD.contains(&namespace) {
        findings.violation(Violation::OldNamespace {
            namespace: namespace.to_owned(),
        });
    } else if namespace != CEM {
        findings.violation(wrong_namespace(root));
    }
    let mut reader = Reader {
        cem: namespace,
        findings,
    };
    match kind {
        Kind::Request => reader.request(root, limits).map(Facts::Request),
        Kind::Response => reader.response(root, limits).map(Facts::Response),
    }
}

enum Kind {
    Request,
    Response,
}

struct Reader<'f, 'n> {
    /// The namespace of the root, so that the facts of a message in a wrong one can still be shown.
    cem: &'n str,
    findings: &'f mut Findings,
}

impl Reader<'_, '_> {
    fn request(&mut self, root: Node<'_, '_>, limits: &Limits) -> Result<RequestFacts, Malformed> {
        let [info, trust, extensions] = self.sequence(root, &REQUEST_SEQUENCE);
        self.extensions(&extensions);
        if trust.len() > limits.trust_elements {
            return Err(too_many("trust requests", limits));
        }
        let info = self.partner_info(first(&info));
        Ok(RequestFacts {
            request_id: request_id(root),
            partner: info.name,
            qualifier: info.qualifier,
            originated: info.originated,
            trust: trust.iter().map(|node| self.trust_request(*node)).collect(),
        })
    }

    fn response(
        &mut self,
        root: Node<'_, '_>,
        limits: &Limits,
    ) -> Result<ResponseFacts, Malformed> {
        let [info, trust, extensions] = self.sequence(root, &RESPONSE_SEQUENCE);
        self.extensions(&extensions);
        if trust.len() > limits.trust_elements {
            return Err(too_many("trust responses", limits));
        }
        let info = self.partner_info(first(&info));
        Ok(ResponseFacts {
            request_id: request_id(root),
            partner: info.name,
            qualifier: info.qualifier,
            originated: info.originated,
            trust: trust
                .iter()
                .map(|node| self.trust_response(*node))
                .collect(),
        })
    }

    fn partner_info(&mut self, node: Option<Node<'_, '_>>) -> PartnerInfo {
        let Some(node) = node else {
            return PartnerInfo::default();
        };
        let [name, originated] = self.sequence(node, &PARTNER_INFO_SEQUENCE);
        PartnerInfo {
            qualifier: first(&name)
                .and_then(|name| name.attribute("qualifier"))
                .map(str::to_owned),
            name: self.text(&name, "Name"),
            originated: self.trimmed(&originated, "MessageOriginated"),
        }
    }

    fn trust_request(&mut self, node: Node<'_, '_>) -> TrustRequestFacts {
        let [usages, respond_by, response_url, end_entity] =
            self.sequence(node, &TRUST_REQUEST_SEQUENCE);
        let mut facts = TrustRequestFacts {
            usages: usages
                .iter()
                .map(|usage| self.content(*usage, "CertUsage"))
                .collect(),
            respond_by: self.trimmed(&respond_by, "RespondByDate"),
            response_url: self.trimmed(&response_url, "ResponseURL"),
            ..TrustRequestFacts::default()
        };
        if let Some(end_entity) = first(&end_entity) {
            let [identifier, content_id] = self.sequence(end_entity, &END_ENTITY_SEQUENCE);
            (facts.issuer, facts.serial) =
                self.issuer_and_serial(first(&identifier), &IDENTIFIER_SEQUENCE);
            facts.content_id = self
                .text(&content_id, "CertificateContentID")
                .map(|text| bare_id(&text).unwrap_or_else(|| xml::trim(&text).to_owned()));
        }
        facts
    }

    fn trust_response(&mut self, node: Node<'_, '_>) -> TrustResponseFacts {
        let [status, reason, reference] = self.sequence(node, &TRUST_RESPONSE_SEQUENCE);
        let (issuer, serial) = self.issuer_and_serial(first(&reference), &REFERENCE_SEQUENCE);
        TrustResponseFacts {
            status: self.text(&status, "CertStatus"),
            reason: self.text(&reason, "ReasonForRejection"),
            issuer,
            serial,
        }
    }

    fn issuer_and_serial(
        &mut self,
        node: Option<Node<'_, '_>>,
        sequence: &Sequence<2>,
    ) -> (Option<String>, Option<String>) {
        let Some(node) = node else {
            return (None, None);
        };
        let [issuer, serial] = self.sequence(node, sequence);
        (
            self.text(&issuer, "X509IssuerName"),
            self.text(&serial, "X509SerialNumber"),
        )
    }

    /// The children of `parent`, by the slots of its sequence.
    fn sequence<'a, 'i, const N: usize>(
        &mut self,
        parent: Node<'a, 'i>,
        sequence: &Sequence<N>,
    ) -> [Vec<Node<'a, 'i>>; N] {
        let mut found = [const { Vec::new() }; N];
        let mut cursor = 0;
        self.attributes(parent, sequence.parent);
        for child in parent.children() {
            self.text_between(child, sequence.parent);
            if child.is_element() {
                self.place(child, sequence, &mut found, &mut cursor);
            }
        }
        for (slot, nodes) in sequence.slots.iter().zip(&found) {
            if slot.occurs.is_required() && nodes.is_empty() {
                self.findings.violation(Violation::MissingElement {
                    parent: sequence.parent,
                    element: slot.name,
                });
            }
        }
        found
    }

    /// Puts `child` into its slot, or among the extensions, or complains.
    fn place<'a, 'i, const N: usize>(
        &mut self,
        child: Node<'a, 'i>,
        sequence: &Sequence<N>,
        found: &mut [Vec<Node<'a, 'i>>; N],
        cursor: &mut usize,
    ) {
        let name = child.tag_name().name();
        let namespace = child.tag_name().namespace().unwrap_or_default();
        // The place for strangers begins where everything that is required has been seen.
        let among_extensions = sequence.tail == Tail::Extensions
            && sequence
                .slots
                .iter()
                .zip(found.iter())
                .all(|(slot, nodes)| !slot.occurs.is_required() || !nodes.is_empty());
        let slot = sequence
            .slots
            .iter()
            .zip(found.iter_mut())
            .enumerate()
            .find(|(_, (slot, _))| slot.name == name);
        let Some((index, (slot, nodes))) = slot else {
            if among_extensions {
                self.extension(child, sequence.parent);
            } else {
                self.findings.violation(Violation::UnexpectedElement {
                    parent: sequence.parent,
                    element: name.to_owned(),
                });
            }
            return;
        };
        let vacant = nodes.is_empty() || slot.occurs == Occurs::OnceOrMore;
        if namespace == slot.home.namespace(self.cem) {
            if index >= *cursor && vacant {
                *cursor = index;
            } else if among_extensions {
                // The schema's wildcard would take it, and a reader who searches by name would find
                // two. Which of them counts must not depend on the reader.
                self.extension(child, sequence.parent);
                return;
            } else {
                self.findings.violation(Violation::UnexpectedElement {
                    parent: sequence.parent,
                    element: name.to_owned(),
                });
            }
        } else if among_extensions {
            self.extension(child, sequence.parent);
            return;
        } else {
            self.findings.violation(wrong_namespace(child));
        }
        if vacant {
            nodes.push(child);
        }
    }

    fn extensions(&mut self, nodes: &[Node<'_, '_>]) {
        for node in nodes {
            self.attributes(*node, EXTENSIONS);
        }
        for child in nodes.iter().flat_map(Node::children) {
            self.text_between(child, EXTENSIONS);
            if child.is_element() {
                self.extension(child, EXTENSIONS);
            }
        }
    }

    /// Complains of `child` if it is text, and more than white space.
    fn text_between(&mut self, child: Node<'_, '_>, parent: &'static str) {
        if child.is_text() && !xml::trim(child.text().unwrap_or_default()).is_empty() {
            self.findings.violation(Violation::StrayText { parent });
        }
    }

    /// Complains of each attribute that has no place on `node`.
    fn attributes(&mut self, node: Node<'_, '_>, element: &'static str) {
        for attribute in node.attributes() {
            if !admits(element, attribute) {
                self.findings.violation(Violation::UnexpectedAttribute {
                    element,
                    attribute: attribute.name().to_owned(),
                });
            }
        }
    }

    /// An extension is ignored, unless an element of the protocol hides in it.
    fn extension(&mut self, node: Node<'_, '_>, parent: &'static str) {
        let own = node.descendants().find(|node| {
            let namespace = node.tag_name().namespace().unwrap_or_default();
            node.is_element() && (namespace == self.cem || OLD.contains(&namespace))
        });
        if let Some(own) = own {
            self.findings.violation(Violation::ElementAmongExtensions {
                parent,
                element: own.tag_name().name().to_owned(),
            });
        }
    }

    fn trimmed(&mut self, nodes: &[Node<'_, '_>], name: &'static str) -> Option<String> {
        self.text(nodes, name)
            .map(|text| xml::trim(&text).to_owned())
    }

    fn text(&mut self, nodes: &[Node<'_, '_>], name: &'static str) -> Option<String> {
        first(nodes).map(|node| self.content(node, name))
    }

    /// The text of an element that may hold nothing else; comments divide it, CDATA is part of it.
    fn content(&mut self, node: Node<'_, '_>, name: &'static str) -> String {
        self.attributes(node, name);
        let mut text = String::new();
        for child in node.children() {
            if child.is_element() {
                self.findings.violation(Violation::UnexpectedElement {
                    parent: name,
                    element: child.tag_name().name().to_owned(),
                });
            } else if child.is_text() {
                text.push_str(child.text().unwrap_or_default());
            }
        }
        text
    }
}

#[derive(Default)]
struct PartnerInfo {
    name: Option<String>,
    qualifier: Option<String>,
    originated: Option<String>,
}

fn request_id(root: Node<'_, '_>) -> Option<String> {
    root.attribute("requestId").map(str::to_owned)
}

fn first<'a, 'i>(nodes: &[Node<'a, 'i>]) -> Option<Node<'a, 'i>> {
    nodes.first().copied()
}

/// Whether the schema has a place for `attribute` on `element`.
///
/// Elements of parts of the protocol's own take any attribute, texts take none.
fn admits(element: &str, attribute: Attribute<'_, '_>) -> bool {
    // XML Schema part 1 §2.6: its own attributes may stand on every element.
    attribute.namespace() == Some(XSI)
        || match element {
            REQUEST | RESPONSE | "TradingPartnerInfo" | "TrustRequest" | "TrustResponse"
            | "EndEntity" => true,
            "Name" => attribute.namespace().is_none() && attribute.name() == "qualifier",
            _ => false,
        }
}

fn wrong_namespace(node: Node<'_, '_>) -> Violation {
    Violation::WrongNamespace {
        element: node.tag_name().name().to_owned(),
        namespace: node.tag_name().namespace().unwrap_or_default().to_owned(),
    }
}

fn too_many(what: &'static str, limits: &Limits) -> Malformed {
    MalformedKind::Limit {
        what,
        limit: limits.trust_elements,
    }
    .into()
}

/// An `xs:sequence`: its slots in order, and what may follow them.
struct Sequence<const N: usize> {
    parent: &'static str,
    slots: [Slot; N],
    tail: Tail,
}

struct Slot {
    name: &'static str,
    home: Home,
    occurs: Occurs,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tail {
    Nothing,
    /// Any element of any namespace, as often as one likes.
    Extensions,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Occurs {
    Once,
    AtMostOnce,
    OnceOrMore,
}

impl Occurs {
    const fn is_required(self) -> bool {
        matches!(self, Self::Once | Self::OnceOrMore)
    }
}

#[derive(Clone, Copy)]
enum Home {
    Cem,
    Dsig,
}

impl Home {
    const fn namespace(self, cem: &str) -> &str {
        match self {
            Self::Cem => cem,
            Self::Dsig => DSIG,
        }
    }
}

const fn slot(name: &'static str, occurs: Occurs) -> Slot {
    Slot {
        name,
        home: Home::Cem,
        occurs,
    }
}

const fn dsig(name: &'static str) -> Slot {
    Slot {
        name,
        home: Home::Dsig,
        occurs: Occurs::Once,
    }
}

pub(crate) const REQUEST: &str = "EDIINTCertificateExchangeRequest";
pub(crate) const RESPONSE: &str = "EDIINTCertificateExchangeResponse";
const EXTENSIONS: &str = "Extensions";

// CEM appendix A.1, in the order of the schema.
const REQUEST_SEQUENCE: Sequence<3> = Sequence {
    parent: REQUEST,
    slots: [
        slot("TradingPartnerInfo", Occurs::Once),
        slot("TrustRequest", Occurs::OnceOrMore),
        slot(EXTENSIONS, Occurs::AtMostOnce),
    ],
    tail: Tail::Nothing,
};
const RESPONSE_SEQUENCE: Sequence<3> = Sequence {
    parent: RESPONSE,
    slots: [
        slot("TradingPartnerInfo", Occurs::Once),
        slot("TrustResponse", Occurs::OnceOrMore),
        slot(EXTENSIONS, Occurs::AtMostOnce),
    ],
    tail: Tail::Nothing,
};
const PARTNER_INFO_SEQUENCE: Sequence<2> = Sequence {
    parent: "TradingPartnerInfo",
    slots: [
        slot("Name", Occurs::Once),
        slot("MessageOriginated", Occurs::Once),
    ],
    tail: Tail::Extensions,
};
const TRUST_REQUEST_SEQUENCE: Sequence<4> = Sequence {
    parent: "TrustRequest",
    slots: [
        slot("CertUsage", Occurs::OnceOrMore),
        slot("RespondByDate", Occurs::AtMostOnce),
        slot("ResponseURL", Occurs::Once),
        slot("EndEntity", Occurs::Once),
    ],
    tail: Tail::Extensions,
};
const END_ENTITY_SEQUENCE: Sequence<2> = Sequence {
    parent: "EndEntity",
    slots: [
        slot("CertificateIdentifier", Occurs::Once),
        slot("CertificateContentID", Occurs::Once),
    ],
    tail: Tail::Extensions,
};
const TRUST_RESPONSE_SEQUENCE: Sequence<3> = Sequence {
    parent: "TrustResponse",
    slots: [
        slot("CertStatus", Occurs::Once),
        slot("ReasonForRejection", Occurs::AtMostOnce),
        slot("CertificateReference", Occurs::Once),
    ],
    tail: Tail::Extensions,
};
const IDENTIFIER_SEQUENCE: Sequence<2> = issuer_and_serial("CertificateIdentifier");
const REFERENCE_SEQUENCE: Sequence<2> = issuer_and_serial("CertificateReference");

const fn issuer_and_serial(parent: &'static str) -> Sequence<2> {
    Sequence {
        parent,
        slots: [dsig("X509IssuerName"), dsig("X509SerialNumber")],
        tail: Tail::Nothing,
    }
}
