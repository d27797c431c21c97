//! The integrity of a PKCS#12 file.

use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::DigestAlgorithm;
use subtle::ConstantTimeEq;

use crate::asn1::{Element, Reader};
use crate::import_error::ImportError;
use crate::oid::Oid;
use crate::unlock::{
    KeyDerivation, Schemes, Unlock, hmac, identifier, iteration_count, name_of, unsupported, upper,
};

/// `MacData` (RFC 7292 §4). `Display` says the algorithm in words.
pub(super) struct Mac<'a> {
    /// Of the HMAC.
    digest: DigestAlgorithm,
    derivation: KeyDerivation<'a>,
    key_len: usize,
    expected: &'a [u8],
}

impl<'a> Mac<'a> {
    /// Reads it; one by an algorithm that is not served is added to `protection`.
    pub(super) fn decode(
        element: &Element<'a>,
        protection: &mut Schemes,
    ) -> Result<Self, ImportError> {
        let mut fields = element.reader();
        let mut info = fields.expect(Tag::Sequence, "MAC")?.reader();
        let algorithm = info.expect(Tag::Sequence, "algorithm of the MAC")?;
        let expected = info.expect(Tag::OctetString, "MAC")?.content();
        info.finish()?;
        let (oid, parameters) = identifier(&algorithm)?;
        let mac = match parameters {
            Some(parameters) if oid == PBMAC1 => {
                // RFC 9579 §4: salt and iterations stand in the parameters; those outside are for form's sake.
                Self::decode_pbmac1(&parameters, expected)
            }
            _ => Self::decode_own(&oid, &mut fields, expected),
        };
        if let Err(ImportError::Unsupported { .. }) = mac {
            protection.add(format!("MAC {}", name_of(&oid)));
        }
        mac
    }

    /// HMAC with a key by the derivation of PKCS#12 (RFC 7292 §5.1).
    fn decode_own(
        oid: &Oid,
        fields: &mut Reader<'a>,
        expected: &'a [u8],
    ) -> Result<Self, ImportError> {
        let digest = oid
            .to_fixed()
            .and_then(|oid| DigestAlgorithm::from_oid(&oid))
            .ok_or_else(|| unsupported("MAC by ", oid))?;
        let salt = fields
            .expect(Tag::OctetString, "salt of the MAC")?
            .content();
        let iterations = match fields.optional_tag(Tag::Integer)? {
            Some(count) => iteration_count(&count)?,
            None => 1,
        };
        fields.clone().finish()?;
        Ok(Self {
            digest,
            derivation: KeyDerivation::Pkcs12Mac {
                digest,
                salt,
                iterations,
            },
            key_len: digest.output_len(),
            expected,
        })
    }

    /// `PBMAC1-params` (RFC 8018 §A.5, RFC 9579 §4).
    fn decode_pbmac1(parameters: &Element<'a>, expected: &'a [u8]) -> Result<Self, ImportError> {
        let mut fields = parameters.reader();
        let function = fields.expect(Tag::Sequence, "key derivation function")?;
        let scheme = fields.expect(Tag::Sequence, "MAC scheme")?;
        fields.finish()?;
        let (derivation, key_len) = KeyDerivation::decode(&function)?;
        // RFC 9579: the length must be stated, as HMAC takes keys of any, and short ones are refused.
        let key_len = key_len
            .filter(|length| *length >= MIN_KEY_LEN)
            .ok_or_else(|| function.bad("key length of PBMAC1"))?;
        let (oid, _) = identifier(&scheme)?;
        let digest = hmac(&oid).ok_or_else(|| unsupported("PBMAC1 with ", &oid))?;
        Ok(Self {
            digest,
            derivation,
            key_len,
            expected,
        })
    }

    /// Verifies it over the content octets of the authenticated safe.
    pub(super) fn verify(
        &self,
        content: &[u8],
        unlock: &mut Unlock<'_>,
    ) -> Result<(), ImportError> {
        let provider = unlock.provider;
        let verified = unlock.authenticate(&self.derivation, self.key_len, |key| {
            let found = provider.derivation.hmac(self.digest, key, content);
            bool::from(found.ct_eq(self.expected))
        })?;
        if verified {
            Ok(())
        } else {
            Err(unlock.refused())
        }
    }
}

impl fmt::Display for Mac<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.derivation {
            KeyDerivation::Pkcs12Mac { .. } => write!(f, "MAC {}", self.derivation),
            _ => write!(
                f,
                "MAC PBMAC1 HMAC-{}, {}",
                upper(self.digest),
                self.derivation
            ),
        }
    }
}

const PBMAC1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.14");

/// The shortest key of PBMAC1 that RFC 9579 lets pass, in octets.
const MIN_KEY_LEN: usize = 20;
