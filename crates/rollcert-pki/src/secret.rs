use core::ops::Deref;
use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::Limits;
use crate::asn1::DecodeError;
use crate::ber::{Shape, to_der};

/// The DER of octets that may hold secrets; where they had to be rewritten, the copy is wiped.
pub(crate) fn secret_der<'a>(
    octets: &'a [u8],
    shape: Shape,
    limits: &Limits,
) -> Result<SecretDer<'a>, DecodeError> {
    Ok(match to_der(octets, shape, limits)? {
        Cow::Borrowed(octets) => SecretDer::Borrowed(octets),
        Cow::Owned(octets) => SecretDer::Owned(Zeroizing::new(octets)),
    })
}

pub(crate) enum SecretDer<'a> {
    Borrowed(&'a [u8]),
    Owned(Zeroizing<Vec<u8>>),
}

impl Deref for SecretDer<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(octets) => octets,
            Self::Owned(octets) => octets,
        }
    }
}

/// Octets that may hold secrets, wiped when dropped; or that are known to be public, which need not cost that.
pub(crate) enum Octets {
    Public(Vec<u8>),
    Secret(Zeroizing<Vec<u8>>),
}

impl Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Public(octets) => octets,
            Self::Secret(octets) => octets,
        }
    }
}
