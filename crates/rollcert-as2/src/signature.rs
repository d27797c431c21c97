//! What a signature says.

use chrono::{DateTime, Utc};
use rollcert_cms::SignatureError;
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::Certificate;

use crate::disposition::{Disposition, Modifier};

/// The facts about the signature of a message. A bad signature is a fact too, and no error.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Signature {
    /// The certificate whose key verified the signature; of one that did not verify, the certificate that it
    /// pointed at, if that is at hand.
    pub signer: Option<Certificate>,
    /// Whether the signature stands, over the octets that arrived or over these with network line ends. Those it
    /// stands over are what was inside it: [`Opened::entity`](crate::Opened::entity), where nothing else was.
    pub valid: Result<(), SignatureError>,
    /// The digest that the signature rests on; nothing when it is unknown.
    pub digest: Option<DigestAlgorithm>,
    /// When the signer says it signed.
    pub signing_time: Option<DateTime<Utc>>,
    /// Whether the signer is one of the certificates that were expected.
    pub pinned: Pinned,
    /// The certificates that were expected; empty when none were named to the [`Opener`](crate::Opener).
    pub expected: Vec<Certificate>,
}

/// Whether a signer is one of the certificates that were expected, octet for octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pinned {
    /// It is.
    Yes,
    /// It is not, or it is not known who signed.
    No,
    /// No certificates were named to the [`Opener`](crate::Opener).
    NotAsked,
}

impl Signature {
    /// Whether the signature stands and its signer was expected.
    #[must_use]
    pub const fn is_trusted(&self) -> bool {
        self.valid.is_ok() && matches!(self.pinned, Pinned::Yes)
    }

    /// What to answer the sender, from the signature alone: `integrity-check-failed` for content that was altered,
    /// `authentication-failed` for any other bad signature and for a signer who was not expected.
    #[must_use]
    pub const fn disposition(&self) -> Disposition {
        match (&self.valid, self.pinned) {
            (Err(SignatureError::DigestMismatch), _) => {
                Disposition::Error(Modifier::IntegrityCheckFailed)
            }
            (Err(_), _) | (Ok(()), Pinned::No) => {
                Disposition::Error(Modifier::AuthenticationFailed)
            }
            (Ok(()), Pinned::Yes | Pinned::NotAsked) => Disposition::Processed,
        }
    }
}
