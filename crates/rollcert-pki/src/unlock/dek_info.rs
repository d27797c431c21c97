//! `DEK-Info` headers of PEM (RFC 1421 §4.6.1.3), in the form that OpenSSL made common.

use rollcert_crypto::ContentAlgorithm;

use crate::asn1::{DecodeError, DecodeErrorKind};
use crate::import_error::ImportError;
use crate::unlock::Schemes;
use crate::unlock::cipher::Cipher;
use crate::unlock::derivation::KeyDerivation;
use crate::unlock::scheme::{Family, Scheme, Vector};

impl Scheme<'static> {
    /// Reads the value of the header, and adds the scheme to `schemes`, served or not. Faults are placed at
    /// `offset`.
    pub(crate) fn from_dek_info(
        header: &str,
        offset: usize,
        schemes: &mut Schemes,
    ) -> Result<Self, ImportError> {
        let bad = || {
            DecodeError::new(
                DecodeErrorKind::Value {
                    what: "DEK-Info header",
                },
                offset,
            )
        };
        let (name, vector) = header.split_once(',').unwrap_or((header, ""));
        let name = name.trim();
        let known = CIPHERS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some((_, cipher)) = known else {
            if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(is_of_name) {
                return Err(bad().into());
            }
            let name = name.to_ascii_uppercase();
            schemes.add(format!("PEM {name}"));
            return Err(ImportError::Unsupported {
                what: format!("encryption by {name} (DEK-Info header)"),
            });
        };
        let vector = hex::decode(vector.trim()).map_err(|_| bad())?;
        let salt = vector
            .first_chunk()
            .filter(|_| vector.len() == cipher.vector_len())
            .ok_or_else(bad)?;
        let derivation = KeyDerivation::OpenSsl { salt: *salt };
        let vector = Some(Vector::InText(vector));
        let scheme = Self::new(Family::DekInfo, derivation, *cipher, vector);
        schemes.add(scheme.to_string());
        Ok(scheme)
    }
}

const fn is_of_name(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'-'
}

/// The longest name of a cipher that is repeated in a report.
const MAX_NAME: usize = 32;

const CIPHERS: [(&str, Cipher); 9] = [
    ("AES-128-CBC", Cipher::Block(ContentAlgorithm::Aes128Cbc)),
    ("AES-192-CBC", Cipher::Block(ContentAlgorithm::Aes192Cbc)),
    ("AES-256-CBC", Cipher::Block(ContentAlgorithm::Aes256Cbc)),
    ("DES-EDE3-CBC", Cipher::Block(ContentAlgorithm::DesEde3Cbc)),
    ("DES-EDE-CBC", Cipher::DesEde2),
    ("DES-CBC", Cipher::Des),
    ("RC2-CBC", rc2(128)),
    ("RC2-64-CBC", rc2(64)),
    ("RC2-40-CBC", rc2(40)),
];

const fn rc2(effective_bits: u16) -> Cipher {
    // One of three lengths, each of whole octets.
    let key_len = match effective_bits {
        40 => 5,
        64 => 8,
        _ => 16,
    };
    Cipher::Rc2 {
        effective_bits,
        key_len,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<String, &'static str> {
        Scheme::from_dek_info(header, 7, &mut Schemes::default())
            .map(|scheme| scheme.to_string())
            .map_err(|error| error.code())
    }

    #[test]
    fn headers_are_read_as_products_write_them() {
        let vector = "0011223344556677";
        for (header, scheme) in [
            (
                format!(" AES-256-CBC,{vector}{vector}"),
                "PEM AES-256-CBC, MD5 without iterations",
            ),
            (
                format!("des-ede3-cbc , {vector}"),
                "PEM 3DES-CBC, MD5 without iterations",
            ),
            (
                format!("RC2-40-CBC,{vector}"),
                "PEM RC2-40-CBC, MD5 without iterations",
            ),
            (
                format!("DES-EDE-CBC,{vector}"),
                "PEM two-key 3DES-CBC, MD5 without iterations",
            ),
        ] {
            assert_eq!(read(&header), Ok(scheme.to_owned()), "{header}");
        }
        assert_eq!(read(&format!("IDEA-CBC,{vector}")), Err("unsupported"));
        for bad in [
            "",
            ",",
            "AES-256-CBC",
            "AES-256-CBC,00",
            "DES-CBC,001122334455667g",
            "DES-CBC,00112233445566778899",
            "\u{202e}CBC,00",
        ] {
            assert_eq!(read(bad), Err("bad-value"), "{bad}");
        }
    }
}
