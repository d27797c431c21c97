//! What a message says, before anybody asked whether it may.

use rollcert_pki::Certificate;

/// The facts of a message as its XML and its bundles state them, missing ones as [`None`].
///
/// This is for showing, logging and for the answer to a partner who sent nonsense. Whoever acts on a
/// message takes [`Message`](crate::Message), which only a message that keeps the rules becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Facts {
    /// Of a request.
    Request(RequestFacts),
    /// Of a response.
    Response(ResponseFacts),
}

/// The facts of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestFacts {
    /// `requestId`.
    pub request_id: Option<String>,
    /// The sender's name.
    pub partner: Option<String>,
    /// The transport that the name belongs to.
    pub qualifier: Option<String>,
    /// `MessageOriginated`, without white space around it.
    pub originated: Option<String>,
    /// Each `TrustRequest`, in order.
    pub trust: Vec<TrustRequestFacts>,
}

/// The facts of one `TrustRequest`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustRequestFacts {
    /// Each `CertUsage`, in order, repetitions included.
    pub usages: Vec<String>,
    /// `RespondByDate`, without white space around it.
    pub respond_by: Option<String>,
    /// `ResponseURL`, without white space around it.
    pub response_url: Option<String>,
    /// `X509IssuerName`, character for character.
    pub issuer: Option<String>,
    /// `X509SerialNumber`, character for character.
    pub serial: Option<String>,
    /// `CertificateContentID`, without white space, brackets and `cid:`.
    pub content_id: Option<String>,
    /// The certificates of the bundle: the announced one first where it was found, then its chain
    /// upwards, then the others.
    pub certificates: Vec<Certificate>,
    /// Whether the bundle reaches from the announced certificate up to a self-issued one, by names.
    pub chain_complete: bool,
}

/// The facts of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseFacts {
    /// `requestId`.
    pub request_id: Option<String>,
    /// The sender's name.
    pub partner: Option<String>,
    /// The transport that the name belongs to.
    pub qualifier: Option<String>,
    /// `MessageOriginated`, without white space around it.
    pub originated: Option<String>,
    /// Each `TrustResponse`, in order.
    pub trust: Vec<TrustResponseFacts>,
}

/// The facts of one `TrustResponse`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustResponseFacts {
    /// `CertStatus`.
    pub status: Option<String>,
    /// `ReasonForRejection`.
    pub reason: Option<String>,
    /// `X509IssuerName`, character for character.
    pub issuer: Option<String>,
    /// `X509SerialNumber`, character for character.
    pub serial: Option<String>,
}
