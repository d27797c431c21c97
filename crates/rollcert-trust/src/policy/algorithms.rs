use der::asn1::ObjectIdentifier;
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::{KeyAlgorithmName, Quirk, SignatureAlgorithmName};

use crate::policy::Policy;
use crate::report::{Finding, Reason};
use crate::stored::{Position, StoredCertificate};
use crate::stores::StoredCrl;

/// Which algorithms and key sizes are allowed. The signature of a root itself is never looked at.
///
/// Digests older than SHA-1 and DSA can be allowed by nobody: no backend serves them.
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
    /// What a key of the certificate itself means that no backend serves: another curve, a post-quantum key, RSA of more than
    /// 8,192 bits. That of a CA verifies nothing, and is refused in any case.
    pub unserved_leaf_key: OnUnservedKey,
}

/// What a key means that no backend serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnUnservedKey {
    /// The certificate stays good, with a warning: the path vouches for it, and using the key is up to others.
    Accept,
    /// The certificate is not trusted.
    Reject,
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

impl AlgorithmPolicy {
    /// What partners really use: RSA keys of 1,024 to 16,384 bits, keys of certificates that no backend serves, and SHA-1 in
    /// CRLs are accepted, with a warning where they are weak. SHA-1 in certificates is not: whoever can make two texts of
    /// one digest gets a certificate that nobody issued. What a root is signed with does not matter.
    #[must_use]
    pub fn partner() -> Self {
        Self {
            certificate_digests: strong_digests(),
            revocation_digests: DigestAlgorithm::ALL.to_vec(),
            leaf_rsa_bits: 1024,
            authority_rsa_bits: 1024,
            max_rsa_bits: 16_384,
            unserved_leaf_key: OnUnservedKey::Accept,
        }
    }

    /// What certificates of the public web use (CA/Browser Forum Baseline Requirements §6.1.5, §7.1.3.2): no SHA-1, RSA keys
    /// of 2,048 to 8,192 bits, no key that no backend serves.
    #[must_use]
    pub fn webpki() -> Self {
        Self {
            certificate_digests: strong_digests(),
            revocation_digests: strong_digests(),
            leaf_rsa_bits: RECOMMENDED_RSA_BITS,
            authority_rsa_bits: RECOMMENDED_RSA_BITS,
            max_rsa_bits: 8192,
            unserved_leaf_key: OnUnservedKey::Reject,
        }
    }
}

/// That of [`AlgorithmPolicy::partner`].
impl Default for AlgorithmPolicy {
    fn default() -> Self {
        Self::partner()
    }
}

fn strong_digests() -> Vec<DigestAlgorithm> {
    let all = DigestAlgorithm::ALL.into_iter();
    all.filter(|digest| !is_weak(*digest)).collect()
}

/// Whether the signature on the certificate is made with an algorithm that is allowed. Not asked for the root.
pub(crate) fn check_signature(policy: &Policy, certificate: &StoredCertificate) -> Option<Reason> {
    check_name(
        certificate.certificate().signature_algorithm(),
        &policy.algorithms.certificate_digests,
        AlgorithmRule::CertificateDigest,
    )
}

/// Whether the signature on the CRL is made with an algorithm that is allowed.
pub(crate) fn check_crl(policy: &Policy, crl: &StoredCrl) -> Option<Reason> {
    check_revocation_signature(policy, crl.crl().signature_algorithm())
}

/// Whether a CRL or an OCSP response may be signed with this algorithm.
pub(crate) fn check_revocation_signature(
    policy: &Policy,
    algorithm: &SignatureAlgorithmName,
) -> Option<Reason> {
    let allowed = &policy.algorithms.revocation_digests;
    // Whatever is wrong with it, it is not the certificate's, as the other reasons would say.
    check_name(algorithm, allowed, AlgorithmRule::RevocationDigest)
        .map(|_| revocation_algorithm(algorithm))
}

/// That CRLs and OCSP responses may not be signed with this algorithm.
pub(crate) fn revocation_algorithm(algorithm: &SignatureAlgorithmName) -> Reason {
    Reason::AlgorithmNotAllowed {
        algorithm: in_words(algorithm),
        rule: AlgorithmRule::RevocationDigest,
    }
}

fn check_name(
    name: &SignatureAlgorithmName,
    allowed: &[DigestAlgorithm],
    rule: AlgorithmRule,
) -> Option<Reason> {
    let algorithm = || in_words(name);
    match name.known() {
        Some(known) if allowed.contains(&known.digest()) => None,
        Some(_) => Some(Reason::AlgorithmNotAllowed {
            algorithm: algorithm(),
            rule,
        }),
        None if DSA_SIGNATURES.iter().any(|oid| *name.oid() == *oid) => Some(Reason::DsaNotServed),
        None if BROKEN_SIGNATURES.iter().any(|oid| *name.oid() == *oid) => {
            Some(Reason::AlgorithmNotAllowed {
                algorithm: algorithm(),
                rule,
            })
        }
        None => Some(Reason::SignatureAlgorithmUnsupported {
            algorithm: algorithm(),
        }),
    }
}

/// The algorithm as reasons name it: PSS by its digest too, which its name does not tell.
pub(crate) fn in_words(name: &SignatureAlgorithmName) -> String {
    match name.known() {
        Some(SignatureAlgorithm::RsaPss { digest, .. }) => format!("{name} with {digest}"),
        None if *name.oid() == RSASSA_PSS => format!("{name} with unusual parameters"),
        _ => name.to_string(),
    }
}

/// Whether the certificate's key is of a kind and size that is allowed.
pub(crate) fn check_key(
    policy: &Policy,
    certificate: &StoredCertificate,
    position: Position,
) -> Option<Reason> {
    let rules = &policy.algorithms;
    let key = certificate.certificate().key_algorithm();
    let minimum = match position {
        Position::Leaf => rules.leaf_rsa_bits,
        Position::Intermediate | Position::Root => rules.authority_rsa_bits,
    };
    let unusable = || Reason::KeyUnusable {
        key: key.to_string(),
    };
    match key_kind(certificate) {
        KeyKind::Rsa(bits) if bits < minimum => Some(Reason::KeyTooSmall {
            key: key.to_string(),
            minimum,
        }),
        KeyKind::Rsa(bits) if bits > rules.max_rsa_bits => Some(unusable()),
        KeyKind::Rsa(..=SERVED_RSA_BITS) | KeyKind::Served => None,
        KeyKind::Dsa => Some(Reason::DsaNotServed),
        KeyKind::Unreadable => Some(unusable()),
        KeyKind::Rsa(_) | KeyKind::Unserved => match (position, rules.unserved_leaf_key) {
            (Position::Leaf, OnUnservedKey::Accept) => None,
            _ => Some(unusable()),
        },
    }
}

/// Whether a signature that could not be verified under this key is of an algorithm which the key does not serve.
pub(crate) fn is_of_other_key(name: &SignatureAlgorithmName, signer: &StoredCertificate) -> bool {
    name.known()
        .is_some_and(|algorithm| match signer.certificate().key_algorithm() {
            KeyAlgorithmName::Rsa { .. } => !matches!(
                algorithm,
                SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss { .. }
            ),
            // RFC 4055 §3.1: what its parameters do not allow, even where it is PSS.
            KeyAlgorithmName::RsaPss { .. } => true,
            KeyAlgorithmName::P256 | KeyAlgorithmName::P384 | KeyAlgorithmName::P521 => {
                !matches!(algorithm, SignatureAlgorithm::Ecdsa(_))
            }
            KeyAlgorithmName::Ed25519 => algorithm != SignatureAlgorithm::Ed25519,
            _ => false,
        })
}

/// What is allowed in this path though it is weak, or of no use here. Looks at every certificate.
pub(crate) fn weaknesses(policy: &Policy, path: &[StoredCertificate]) -> Vec<Finding> {
    let root = path.len().saturating_sub(1);
    let mut findings = Vec::new();
    for (index, certificate) in path.iter().enumerate() {
        let mut note = |reason| findings.push(Finding::at(reason, index, certificate));
        let signature = certificate.certificate().signature_algorithm();
        if index < root
            && signature
                .known()
                .is_some_and(|known| is_weak(known.digest()))
        {
            note(Reason::WeakAlgorithm {
                algorithm: in_words(signature),
            });
        }
        let key = || certificate.certificate().key_algorithm().to_string();
        match key_kind(certificate) {
            KeyKind::Rsa(bits) if bits < RECOMMENDED_RSA_BITS => note(Reason::WeakKey {
                key: key(),
                recommended: RECOMMENDED_RSA_BITS,
            }),
            KeyKind::Rsa(UNSERVED_RSA_BITS..) | KeyKind::Unserved
                if index == 0 && policy.algorithms.unserved_leaf_key == OnUnservedKey::Accept =>
            {
                note(Reason::KeyUnusable { key: key() });
            }
            _ => {}
        }
    }
    findings
}

/// What a key is good for here.
enum KeyKind {
    /// RSA of so many bits.
    Rsa(u32),
    /// Another kind that backends serve, of one size.
    Served,
    /// DSA.
    Dsa,
    /// Of a form that its algorithm does not know; parameters of a curve written out are among them
    /// (RFC 5480 §2.1.1): they have been used to forge keys.
    Unreadable,
    /// Of a kind that no backend serves.
    Unserved,
}

fn key_kind(certificate: &StoredCertificate) -> KeyKind {
    let certificate = certificate.certificate();
    match certificate.key_algorithm() {
        KeyAlgorithmName::Rsa { bits } | KeyAlgorithmName::RsaPss { bits } => {
            KeyKind::Rsa(u32::try_from(*bits).unwrap_or(u32::MAX))
        }
        KeyAlgorithmName::P256
        | KeyAlgorithmName::P384
        | KeyAlgorithmName::P521
        | KeyAlgorithmName::Ed25519 => KeyKind::Served,
        KeyAlgorithmName::Other(oid) if *oid == DSA => KeyKind::Dsa,
        KeyAlgorithmName::Other(_)
            if certificate
                .quirks()
                .iter()
                .any(|quirk| matches!(quirk, Quirk::UnreadablePublicKey | Quirk::UnnamedCurve)) =>
        {
            KeyKind::Unreadable
        }
        _ => KeyKind::Unserved,
    }
}

const fn is_weak(digest: DigestAlgorithm) -> bool {
    matches!(digest, DigestAlgorithm::Sha1)
}

/// What everybody asks of RSA keys since 2014 (NIST SP 800-131A §3; CA/Browser Forum Baseline Requirements §6.1.5).
const RECOMMENDED_RSA_BITS: u32 = 2048;

/// The most bits of an RSA key with which any backend verifies.
const SERVED_RSA_BITS: u32 = 8192;

const UNSERVED_RSA_BITS: u32 = SERVED_RSA_BITS + 1;

const DSA: ObjectIdentifier = oid("1.2.840.10040.4.1");

/// DSA with SHA-1 (two identifiers), and with SHA-2 by length (RFC 3279 §2.2.2, RFC 5758 §3.1).
const DSA_SIGNATURES: [ObjectIdentifier; 6] = [
    oid("1.2.840.10040.4.3"),
    oid("1.3.14.3.2.27"),
    oid("2.16.840.1.101.3.4.3.1"),
    oid("2.16.840.1.101.3.4.3.2"),
    oid("2.16.840.1.101.3.4.3.3"),
    oid("2.16.840.1.101.3.4.3.4"),
];

/// RSA with MD2, MD4 and MD5 (RFC 3279 §2.2.1), and OIW's MD5.
const BROKEN_SIGNATURES: [ObjectIdentifier; 4] = [
    oid("1.2.840.113549.1.1.2"),
    oid("1.2.840.113549.1.1.3"),
    oid("1.2.840.113549.1.1.4"),
    oid("1.3.14.3.2.3"),
];

const RSASSA_PSS: ObjectIdentifier = SignatureAlgorithm::rsa_pss(DigestAlgorithm::Sha256).oid();

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
