use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::asn1::{encode_set_of, encode_unsigned};

use super::{SignError, SigningRequest};
use crate::algorithm::encode_digest;
use crate::content::ContentType;

/// What a message says before its content of the signers that come after it (RFC 5652 §5.1).
#[derive(Clone, Debug)]
pub(crate) struct Announcement {
    /// That which the signers say; nothing before the first of them.
    pub(crate) content_type: Option<ContentType>,
    /// Whether a signer calls for version 3.
    pub(crate) points_by_key: bool,
    pub(crate) digests: Vec<DigestAlgorithm>,
}

impl Announcement {
    /// That nobody signs.
    pub(crate) const fn new() -> Self {
        Self {
            content_type: None,
            points_by_key: false,
            digests: Vec::new(),
        }
    }

    /// Takes one signer more into account.
    pub(super) fn add(&mut self, request: &SigningRequest) {
        self.content_type = Some(request.content_type());
        self.points_by_key |= request.version() == 3;
        let digest = request.algorithm().digest();
        if !self.digests.contains(&digest) {
            self.digests.push(digest);
        }
    }

    pub(crate) fn content_type(&self) -> ContentType {
        self.content_type.unwrap_or(ContentType::Data)
    }

    /// Whether all that `signers` call for is said.
    pub(crate) fn covers(&self, signers: &Self) -> Result<(), SignError> {
        let expected = self.content_type();
        if let Some(found) = signers.content_type
            && found != expected
        {
            return Err(SignError::ContentTypeMismatch { expected, found });
        }
        if signers.points_by_key && !self.points_by_key {
            let what = "a signer pointed at by its key";
            return Err(SignError::NotAnnounced { what });
        }
        let missing = |digest: &&DigestAlgorithm| !self.digests.contains(digest);
        match signers.digests.iter().find(missing) {
            Some(digest) => Err(SignError::NotAnnounced {
                what: digest.name(),
            }),
            None => Ok(()),
        }
    }

    /// `version` and `digestAlgorithms`.
    pub(crate) fn encode(&self) -> Vec<u8> {
        // What version 1 cannot say.
        let version = if self.points_by_key || self.content_type() != ContentType::Data {
            3
        } else {
            1
        };
        let digests = self.digests.iter().copied().map(encode_digest).collect();
        [encode_unsigned(&[version]), encode_set_of(digests)].concat()
    }
}
