//! Keys and digests that no longer protect: read all the same, with a warning.

use der::asn1::ObjectIdentifier;
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};

use crate::algorithm_name::{KeyAlgorithmName, SignatureAlgorithmName};
use crate::key::KeyQuirk;

/// What is wrong with a key of this kind.
pub(super) const fn of_key(algorithm: &KeyAlgorithmName) -> Option<KeyQuirk> {
    match *algorithm {
        KeyAlgorithmName::Rsa { bits } | KeyAlgorithmName::RsaPss { bits }
            if bits < KeyQuirk::MIN_RSA_BITS =>
        {
            Some(KeyQuirk::Weak { bits })
        }
        _ => None,
    }
}

/// What is wrong with a signature by this algorithm, in words.
pub(super) fn of_signature(algorithm: &SignatureAlgorithmName) -> Option<String> {
    let by_sha1 = match algorithm.known() {
        Some(SignatureAlgorithm::RsaPkcs1(digest) | SignatureAlgorithm::Ecdsa(digest)) => {
            digest == DigestAlgorithm::Sha1
        }
        Some(SignatureAlgorithm::RsaPss { digest, .. }) => digest == DigestAlgorithm::Sha1,
        _ => false,
    };
    let weak = by_sha1 || WEAK_SIGNATURES.iter().any(|weak| *algorithm.oid() == *weak);
    weak.then(|| format!("signed by {algorithm}, whose digest protects no longer"))
}

/// With MD2, MD4 or MD5, and older names of SHA-1.
const WEAK_SIGNATURES: [ObjectIdentifier; 8] = [
    oid("1.2.840.113549.1.1.2"),
    oid("1.2.840.113549.1.1.3"),
    oid("1.2.840.113549.1.1.4"),
    oid("1.2.840.113549.1.1.5"),
    oid("1.2.840.10045.4.1"),
    oid("1.2.840.10040.4.3"),
    oid("1.3.14.3.2.3"),
    oid("1.3.14.3.2.29"),
];

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
