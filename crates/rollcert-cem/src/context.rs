//! What is known beside a message when it is assessed.

use chrono::{DateTime, Utc};
use rollcert_crypto::Provider;
use rollcert_pki::Certificate;

/// What the transport told of a message, and what the host knows.
///
/// Defaults: no certificate known, no URL configured, signatures of chains not verified.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub(crate) as2_from: &'a str,
    pub(crate) now: DateTime<Utc>,
    pub(crate) signature: MessageSignature<'a>,
    pub(crate) known: &'a [Certificate],
    pub(crate) known_of_others: &'a [Certificate],
    pub(crate) response_urls: &'a [&'a str],
    pub(crate) provider: Option<&'a Provider>,
}

impl<'a> Context<'a> {
    /// A message from `as2_from`, unquoted, that came at `now` with this signature.
    #[must_use]
    pub const fn new(
        as2_from: &'a str,
        now: DateTime<Utc>,
        signature: MessageSignature<'a>,
    ) -> Self {
        Self {
            as2_from,
            now,
            signature,
            known: &[],
            known_of_others: &[],
            response_urls: &[],
            provider: None,
        }
    }

    /// The certificates known of this partner, and those of the authorities above them.
    #[must_use]
    pub const fn with_known(mut self, certificates: &'a [Certificate]) -> Self {
        self.known = certificates;
        self
    }

    /// The end-entity certificates known of other partners, and our own. None of them, and none of their keys, may be
    /// announced by this one.
    #[must_use]
    pub const fn with_known_of_others(mut self, certificates: &'a [Certificate]) -> Self {
        self.known_of_others = certificates;
        self
    }

    /// The URLs configured for this partner, see [`ResponseUrls`](crate::ResponseUrls).
    #[must_use]
    pub const fn with_response_urls(mut self, urls: &'a [&'a str]) -> Self {
        self.response_urls = urls;
        self
    }

    /// Verifies the signatures of chains, one for each certificate of the chain.
    #[must_use]
    pub const fn with_provider(mut self, provider: &'a Provider) -> Self {
        self.provider = Some(provider);
        self
    }
}

/// What became of the signature around a message.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a signature is absent, good or bad"
)]
pub enum MessageSignature<'a> {
    /// There is none.
    Absent,
    /// There is one that does not verify, or covers something else than the whole message.
    Invalid,
    /// There is one over the whole message, and it verifies.
    Valid(Signer<'a>),
}

/// Whose key made a signature, and what that certificate is to us.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    pub(crate) certificate: &'a Certificate,
    pub(crate) standing: SignerStanding,
    pub(crate) embedding: Embedding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignerStanding {
    Accepted,
    NotAccepted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Embedding {
    Present,
    Missing,
}

impl<'a> Signer<'a> {
    /// A certificate that currently is accepted for the signatures of the partner whose name the message bears.
    #[must_use]
    pub const fn accepted(certificate: &'a Certificate) -> Self {
        Self {
            certificate,
            standing: SignerStanding::Accepted,
            embedding: Embedding::Present,
        }
    }

    /// A certificate that is not, whatever else it may be.
    #[must_use]
    pub const fn not_accepted(certificate: &'a Certificate) -> Self {
        Self {
            certificate,
            standing: SignerStanding::NotAccepted,
            embedding: Embedding::Present,
        }
    }

    /// So too, but the signature did not bring the certificate along.
    #[must_use]
    pub const fn without_embedded_certificate(mut self) -> Self {
        self.embedding = Embedding::Missing;
        self
    }
}
