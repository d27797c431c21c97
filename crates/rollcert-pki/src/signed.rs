//! What certificates, CRLs and requests have in common: octets, how they are signed, and the signature.

use crate::algorithm_name::SignatureAlgorithmName;
use crate::asn1::{encode, tag};

/// `SIGNED{}` (RFC 5912 §2): the octets that were signed, the algorithm and the signature, as one structure.
#[expect(dead_code, reason = "certificates, requests and CRLs are built next")]
pub(crate) fn assemble(
    to_be_signed: &[u8],
    algorithm: &SignatureAlgorithmName,
    signature: &[u8],
) -> Vec<u8> {
    let signature = encode(tag::BIT_STRING, &[&[0], signature]);
    encode(
        tag::SEQUENCE,
        &[to_be_signed, algorithm.as_der(), &signature],
    )
}
