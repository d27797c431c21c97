//! What a key says of itself. AWS-LC reads keys leniently and refuses them without a reason, so the
//! outer structure is read here first, as DER.

use aws_lc_rs::rsa::PublicKeyComponents;
use const_oid::ObjectIdentifier;
use pkcs8::der::asn1::UintRef;
use pkcs8::der::{self, Reader, SliceReader};
use pkcs8::spki::AlgorithmIdentifierRef;

use super::curve::Curve;
use crate::Error;

/// The kind of key that an `AlgorithmIdentifier` announces.
pub(super) enum Kind {
    Rsa,
    Elliptic(&'static Curve),
    Ed25519,
}

impl Kind {
    pub(super) fn announced(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Self, Error> {
        match algorithm.oid {
            // RFC 8017 §A.1 wants NULL; OpenSSL reads keys that leave it out.
            RSA_ENCRYPTION if algorithm.parameters.is_none_or(|any| any.is_null()) => Ok(Self::Rsa),
            // RFC 8410 §3: absent, nothing else.
            ED25519 if algorithm.parameters.is_none() => Ok(Self::Ed25519),
            RSA_ENCRYPTION | ED25519 => Err(Error::MalformedKey {
                what: "parameters of the key algorithm",
            }),
            EC_PUBLIC_KEY => algorithm
                .parameters_oid()
                .ok()
                .and_then(Curve::from_oid)
                .map(Self::Elliptic)
                .ok_or(Error::Unsupported {
                    what: "this elliptic curve",
                }),
            _ => Err(Error::Unsupported {
                what: "this kind of key",
            }),
        }
    }
}

/// The numbers of a DER `RSAPublicKey` (RFC 8017 §A.1.1).
pub(super) fn rsa_public(public_key: &[u8]) -> der::Result<PublicKeyComponents<&[u8]>> {
    let mut reader = SliceReader::new(public_key)?;
    let numbers = reader.sequence(|fields| {
        let n = fields.decode::<UintRef<'_>>()?.as_bytes();
        let e = fields.decode::<UintRef<'_>>()?.as_bytes();
        Ok::<_, der::Error>(PublicKeyComponents { n, e })
    })?;
    reader.finish()?;
    Ok(numbers)
}

/// The public numbers of a DER `RSAPrivateKey` (RFC 8017 §A.1.2), and how many primes it has.
pub(super) fn rsa_private(private_key: &[u8]) -> der::Result<(PublicKeyComponents<&[u8]>, Primes)> {
    let mut reader = SliceReader::new(private_key)?;
    let answer = reader.sequence(|fields| {
        let primes = match fields.decode::<u8>()? {
            0 => Primes::Two,
            _ => Primes::More,
        };
        let n = fields.decode::<UintRef<'_>>()?.as_bytes();
        let e = fields.decode::<UintRef<'_>>()?.as_bytes();
        let rest = fields.remaining_len();
        fields.drain(rest)?;
        Ok::<_, der::Error>((PublicKeyComponents { n, e }, primes))
    })?;
    reader.finish()?;
    Ok(answer)
}

/// How many prime factors an RSA modulus has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Primes {
    Two,
    More,
}

/// Length of the modulus in bits, if the key is of a size that is served at all.
pub(super) fn rsa_bits(key: &PublicKeyComponents<&[u8]>) -> Result<u32, Error> {
    let length = bits(key.n);
    if !(1024..=8192).contains(&length) {
        return Err(OTHER_SIZE);
    }
    if bits(key.e) > 33 {
        return Err(Error::Unsupported {
            what: "an RSA public exponent as large as this",
        });
    }
    Ok(length)
}

/// The length in bits of a number without leading zero octets.
fn bits(number: &[u8]) -> u32 {
    let octets = u32::try_from(number.len()).unwrap_or(u32::MAX);
    let unused = number.first().map_or(0, |first| first.leading_zeros());
    octets.saturating_mul(8).saturating_sub(unused)
}

pub(super) const fn malformed(what: &'static str) -> Error {
    Error::MalformedKey { what }
}

pub(super) const OTHER_SIZE: Error = Error::Unsupported {
    what: "an RSA key of this size",
};

/// The sizes in bits of RSA keys that AWS-LC encrypts to, and whose private halves it uses.
pub(super) const SERVED_BITS: core::ops::RangeInclusive<u32> = 2048..=8192;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
