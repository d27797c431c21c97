use core::fmt;
use std::borrow::Cow;

use rand_core::CryptoRng;
use rollcert_crypto::{DigestAlgorithm, Error, PrivateKey, Provider, SignatureAlgorithm};

use crate::algorithm_name::KeyAlgorithmName;
use crate::certificate::Certificate;
use crate::public_key::{PublicKey, pss_scheme_of};

/// A certificate, the certificates above it, and the private key that is proven to belong to it.
///
/// Only [`Self::new`] makes one, and it makes the key sign.
#[derive(Clone)]
pub struct Credential {
    certificate: Certificate,
    chain: Vec<Certificate>,
    key: PrivateKey,
}

impl Credential {
    /// Compares the public half of `key` with the certified one, then lets `key` sign 32 octets from `rng`
    /// and verifies that under `certificate`.
    ///
    /// A certificate for RSASSA-PSS alone (RFC 4055 §1.2) is proven by a signature of that kind.
    /// `chain` holds the certificates to send along, the issuer's first; it is not looked into.
    ///
    /// # Errors
    ///
    /// [`CredentialError::KeyMismatch`] when the key is another than the certified one;
    /// [`CredentialError::Crypto`] when the key does not sign or the backend does not serve its kind.
    pub fn new(
        certificate: Certificate,
        chain: Vec<Certificate>,
        key: PrivateKey,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, CredentialError> {
        let malformed = |_| Error::MalformedKey {
            what: "public key of the certificate",
        };
        let certified = PublicKey::of_certificate(&certificate).map_err(malformed)?;
        if PublicKey::of_info(key.public_key_info()).ok() != Some(certified) {
            return Err(CredentialError::KeyMismatch);
        }
        let (scheme, public_key_info) = proof(&certificate, &key)?;
        let mut challenge = [0; 32];
        rng.fill_bytes(&mut challenge);
        let signature = key.signer()?.sign(scheme, &challenge)?;
        provider
            .verify(&public_key_info, scheme, &challenge, &signature)
            .map_err(|error| match error {
                Error::SignatureInvalid => CredentialError::KeyMismatch,
                other => CredentialError::Crypto(other),
            })?;
        Ok(Self {
            certificate,
            chain,
            key,
        })
    }

    /// The certificate of the key.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The certificates to send along, the issuer's first.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The private key.
    #[must_use]
    pub const fn key(&self) -> &PrivateKey {
        &self.key
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("certificate", &self.certificate)
            .field("chain", &self.chain)
            .field("key", &self.key)
            .finish()
    }
}

/// How `key` proves itself, and the public key in the form that every backend takes.
fn proof<'a>(
    certificate: &'a Certificate,
    key: &PrivateKey,
) -> Result<(SignatureAlgorithm, Cow<'a, [u8]>), Error> {
    let info = certificate.public_key_info();
    let digest = DigestAlgorithm::Sha256;
    if !matches!(certificate.key_algorithm(), KeyAlgorithmName::RsaPss { .. }) {
        let scheme = SignatureAlgorithm::for_key(key.algorithm(), digest);
        return Ok((scheme, Cow::Borrowed(info)));
    }
    let malformed = |_| Error::MalformedKey {
        what: "RSASSA-PSS key",
    };
    let public = PublicKey::of_info(info).map_err(malformed)?;
    let scheme = pss_scheme_of(info)?.unwrap_or_else(|| SignatureAlgorithm::rsa_pss(digest));
    Ok((scheme, Cow::Owned(public.to_plain_rsa_info())))
}

/// Why certificate and key make no credential.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The key is not the one that the certificate is for.
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    /// There is a key, but no certificate.
    #[error("no certificate for the private key")]
    NoCertificate,
    /// One file makes more pairs of key and certificate than anybody has use for.
    #[error("more than {limit} pairs of key and certificate")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// The key cannot be used.
    #[error(transparent)]
    Crypto(#[from] Error),
}

impl CredentialError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyMismatch => "key-mismatch",
            Self::NoCertificate => "no-certificate",
            Self::TooMany { .. } => "limit-exceeded",
            Self::Crypto(error) => error.code(),
        }
    }
}
