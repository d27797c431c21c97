use rollcert_crypto::DigestAlgorithm;

use crate::policy::Policy;
use crate::report::Reason;
use crate::stored::{Position, StoredCertificate};
use crate::stores::StoredCrl;

/// Which algorithms and key sizes are allowed. The signature of a root itself is never looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlgorithmPolicy {
    /// The digests with which certificates may be signed.
    pub certificate_digests: Vec<DigestAlgorithm>,
    /// The digests with which CRLs and OCSP responses may be signed.
    pub revocation_digests: Vec<DigestAlgorithm>,
    /// The least bits of an RSA key of the certificate itself.
    pub leaf_rsa_bits: u32,
    /// The least bits of an RSA key of a CA, root included.
    pub authority_rsa_bits: u32,
    /// The most bits of any RSA key: verifying with a larger one is an attack.
    pub max_rsa_bits: u32,
}

/// A rule of [`AlgorithmPolicy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AlgorithmRule {
    /// [`AlgorithmPolicy::certificate_digests`].
    CertificateDigest,
    /// [`AlgorithmPolicy::revocation_digests`].
    RevocationDigest,
}

/// Whether the signature on the certificate is made with an algorithm that is allowed. Not asked for the root.
pub(crate) fn check_signature(policy: &Policy, certificate: &StoredCertificate) -> Option<Reason> {
    let _ = (policy, certificate);
    None
}

/// Whether the certificate's key is of a kind and size that is allowed.
pub(crate) fn check_key(
    policy: &Policy,
    certificate: &StoredCertificate,
    position: Position,
) -> Option<Reason> {
    let _ = (policy, certificate, position);
    None
}

/// Whether the signature on the CRL is made with an algorithm that is allowed.
pub(crate) fn check_crl(policy: &Policy, crl: &StoredCrl) -> Option<Reason> {
    let _ = (policy, crl);
    None
}
