//! Messages that keep the rules.

use core::fmt;

use rollcert_pki::Certificate;
use rollcert_pki::certs_only::Form;

use crate::answers::{Answers, AnswersError};
use crate::error::ParseError;
use crate::identifier::IssuerMatch;
use crate::receive::Received;
use crate::request_builder::RequestBuilder;
use crate::response_builder::ResponseBuilder;
use crate::{CertUsages, CertificateIdentifier, Limits, RequestId, XmlDateTime};
use chrono::{DateTime, Utc};

/// A certificate exchange message that keeps the rules of the protocol.
///
/// It says nothing about trust: signature, sender, chain, validity and the address for the answer are the caller's
/// to judge.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the protocol has two kinds of message; a third would be another protocol"
)]
pub enum Message {
    /// A partner announces certificates.
    Request(Request),
    /// A partner answers our announcement.
    Response(Response),
}

impl Message {
    /// Reads a message from its entity, headers included: the octets inside the signature.
    ///
    /// [`Received::parse`] does the same and also tells of warnings.
    ///
    /// # Errors
    ///
    /// [`ParseError::Malformed`] when the octets cannot be read, [`ParseError::RulesBroken`] when they can, and
    /// break the rules; both carry the facts that were read.
    pub fn parse(entity: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        Ok(Received::parse(entity, limits)?.into_message()?)
    }

    /// The id of the request, or of the request that is answered.
    #[must_use]
    pub const fn request_id(&self) -> Option<&RequestId> {
        match self {
            Self::Request(request) => request.request_id(),
            Self::Response(response) => response.request_id(),
        }
    }

    /// The name under which the sender trades.
    #[must_use]
    pub fn partner(&self) -> &str {
        match self {
            Self::Request(request) => request.partner(),
            Self::Response(response) => response.partner(),
        }
    }
}

/// What stands at the head of either kind of message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) request_id: Option<RequestId>,
    pub(crate) partner: String,
    pub(crate) qualifier: Option<String>,
    pub(crate) originated: XmlDateTime,
    pub(crate) declaration: Declaration,
}

/// Whether the `multipart/related` says by its `type` that it is a certificate exchange message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declaration {
    Present,
    Missing,
}

/// A request: a partner announces certificates and asks for trust in them (CEM §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub(crate) head: Head,
    pub(crate) trust: Vec<TrustRequest>,
}

impl Request {
    /// Starts a request of `from`, our AS2 name, whose answers go to `response_url`.
    ///
    /// See [`RequestBuilder`].
    #[must_use]
    pub fn builder(
        request_id: RequestId,
        from: impl Into<String>,
        originated: DateTime<Utc>,
        response_url: impl Into<String>,
    ) -> RequestBuilder {
        RequestBuilder::new(request_id, from.into(), originated, response_url.into())
    }

    /// The id, which every answer has to bring back. [`None`] where the partner gave none.
    #[must_use]
    pub const fn request_id(&self) -> Option<&RequestId> {
        self.head.request_id.as_ref()
    }

    /// The name under which the sender trades: for AS2, unquoted, what `AS2-From` must say too.
    #[must_use]
    pub fn partner(&self) -> &str {
        &self.head.partner
    }

    /// The transport that the name belongs to, `AS2` among others.
    #[must_use]
    pub fn qualifier(&self) -> Option<&str> {
        self.head.qualifier.as_deref()
    }

    /// When the partner says it made the message.
    #[must_use]
    pub const fn originated(&self) -> &XmlDateTime {
        &self.head.originated
    }

    /// The certificates announced, in order; at least one, none twice.
    #[must_use]
    pub fn trust(&self) -> &[TrustRequest] {
        &self.trust
    }

    /// The trust requests by the URL that their answers go to, each URL once, in the order of the request.
    ///
    /// One response goes to each URL, see [`ResponseBuilder::build_by_url`](crate::ResponseBuilder::build_by_url).
    #[must_use]
    pub fn by_response_url(&self) -> Vec<(&str, Vec<&TrustRequest>)> {
        let mut groups: Vec<(&str, Vec<&TrustRequest>)> = Vec::new();
        for trust in &self.trust {
            match groups
                .iter_mut()
                .find(|(url, _)| *url == trust.response_url())
            {
                Some((_, group)) => group.push(trust),
                None => groups.push((trust.response_url(), vec![trust])),
            }
        }
        groups
    }

    /// Whether `other` asks for the same: by the same sender, under the same id, for the same certificates and usages,
    /// by the same dates and at the same URLs, in the same order.
    ///
    /// What a renderer draws anew each time does not count: date of making, ids of parts. Nor do the certificates
    /// above those that are announced.
    #[must_use]
    pub fn asks_the_same_as(&self, other: &Self) -> bool {
        self.head.request_id == other.head.request_id
            && self.head.partner == other.head.partner
            && self.trust.len() == other.trust.len()
            && self.trust.iter().zip(&other.trust).all(|(one, other)| {
                one.end_entity == other.end_entity
                    && one.usages == other.usages
                    && one.respond_by == other.respond_by
                    && one.response_url == other.response_url
                    && one.identifier == other.identifier
            })
    }
}

/// One certificate of a request, and what is asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRequest {
    pub(crate) usages: CertUsages,
    pub(crate) respond_by: Option<XmlDateTime>,
    pub(crate) response_url: String,
    pub(crate) identifier: CertificateIdentifier,
    pub(crate) content_id: String,
    pub(crate) end_entity: Certificate,
    pub(crate) issuer_match: IssuerMatch,
    pub(crate) form: Form,
    pub(crate) others: Vec<Certificate>,
    pub(crate) chain: Chain,
}

impl TrustRequest {
    /// What the certificate is announced for; at least one usage.
    #[must_use]
    pub const fn usages(&self) -> &CertUsages {
        &self.usages
    }

    /// The date by which the sender wants an answer. It binds the sender, not us: no date makes us trust.
    #[must_use]
    pub const fn respond_by(&self) -> Option<&XmlDateTime> {
        self.respond_by.as_ref()
    }

    /// Where the sender wants the answer: an `http` or `https` URL of the sender's choice, which the caller
    /// holds against what is configured before going there.
    #[must_use]
    pub fn response_url(&self) -> &str {
        &self.response_url
    }

    /// Issuer and serial number as the sender wrote them.
    #[must_use]
    pub const fn identifier(&self) -> &CertificateIdentifier {
        &self.identifier
    }

    /// The id of the part that holds the bundle. Text from outside: not a file name.
    #[must_use]
    pub fn content_id(&self) -> &str {
        &self.content_id
    }

    /// The certificate announced: the one that the identifier names, wherever it stood in the bundle.
    #[must_use]
    pub const fn end_entity(&self) -> &Certificate {
        &self.end_entity
    }

    /// How well the issuer's name in [`Self::identifier`] fits the certificate.
    #[must_use]
    pub const fn issuer_match(&self) -> IssuerMatch {
        self.issuer_match
    }

    /// In which form the bundle came.
    #[must_use]
    pub const fn bundle_form(&self) -> Form {
        self.form
    }

    /// The other certificates of the bundle: those above the announced one first, upwards by names.
    #[must_use]
    pub fn others(&self) -> &[Certificate] {
        &self.others
    }

    /// Whether the bundle holds the whole chain, by names. No signature was looked at.
    #[must_use]
    pub const fn chain(&self) -> Chain {
        self.chain
    }
}

/// Whether the chain of a certificate is all there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it reaches the top or it does not")]
pub enum Chain {
    /// Up to a self-issued certificate.
    Complete,
    /// An issuer is missing. Widespread software sends the announced certificate alone.
    Incomplete,
}

/// A response: a partner has decided about certificates that we announced (CEM §3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub(crate) head: Head,
    pub(crate) trust: Vec<TrustResponse>,
}

impl Response {
    /// Starts the answer of `from`, our AS2 name, to `request`.
    ///
    /// See [`ResponseBuilder`].
    #[must_use]
    pub fn builder<'a>(
        request: &'a Request,
        from: impl Into<String>,
        originated: DateTime<Utc>,
    ) -> ResponseBuilder<'a> {
        ResponseBuilder::new(request, from.into(), originated)
    }

    /// The id of the request that is answered. [`None`] where it had none.
    #[must_use]
    pub const fn request_id(&self) -> Option<&RequestId> {
        self.head.request_id.as_ref()
    }

    /// The name under which the sender trades.
    #[must_use]
    pub fn partner(&self) -> &str {
        &self.head.partner
    }

    /// The transport that the name belongs to, `AS2` among others.
    #[must_use]
    pub fn qualifier(&self) -> Option<&str> {
        self.head.qualifier.as_deref()
    }

    /// When the partner says it made the message.
    #[must_use]
    pub const fn originated(&self) -> &XmlDateTime {
        &self.head.originated
    }

    /// The decisions, in order; at least one, no certificate twice.
    #[must_use]
    pub fn trust(&self) -> &[TrustResponse] {
        &self.trust
    }

    /// Finds which of the certificates that we offered under `request_id` each decision is about.
    ///
    /// A response may decide about some of them only, and others follow in another response.
    ///
    /// # Errors
    ///
    /// [`AnswersError::RequestId`] when the response is for another request; [`AnswersError::Twice`] when two
    /// decisions, under different spellings, are about one certificate.
    ///
    /// # Specification
    ///
    /// CEM §2.5: first the request id, then the reference to the certificate. The issuer's name is compared
    /// with growing leniency, see [`IssuerMatch`].
    pub fn answers(
        &self,
        request_id: Option<&RequestId>,
        offered: &[Certificate],
    ) -> Result<Answers<'_>, AnswersError> {
        Answers::find(self, request_id, offered)
    }
}

/// One decision of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustResponse {
    pub(crate) status: CertStatus,
    pub(crate) reason: Option<String>,
    pub(crate) reference: CertificateIdentifier,
}

impl TrustResponse {
    /// The decision.
    #[must_use]
    pub const fn status(&self) -> CertStatus {
        self.status
    }

    /// Why it was rejected, in words for people. Text from outside, of any length and any characters of XML:
    /// to be escaped wherever it is shown.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Issuer and serial number of the certificate as the sender wrote them.
    #[must_use]
    pub const fn reference(&self) -> &CertificateIdentifier {
        &self.reference
    }
}

/// What a partner decided about a certificate (CEM §3.2, `CertStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "the schema closes the list")]
pub enum CertStatus {
    /// Trusted, for every usage that was asked for.
    Accepted,
    /// Not trusted, for none of them.
    Rejected,
}

impl CertStatus {
    /// The word of the schema for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Rejected => "Rejected",
        }
    }

    /// The status of that word, spelled exactly so.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Accepted, Self::Rejected]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

impl fmt::Display for CertStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
