//! Encrypted private keys (RFC 5958 §3, RFC 1421).

use der::Tag;

use crate::asn1::{DecodeError, DecodeErrorKind, Element};
use crate::ber::Shape;
use crate::import_error::ImportError;
use crate::key::KeyFile;
use crate::pem::Block;
use crate::secret::secret_der;
use crate::unlock::{Scheme, Schemes, Unlock};

/// Opens an `EncryptedPrivateKeyInfo` that its file calls `alias`, and adds its scheme to `schemes`, opened or
/// not. `None`: what came out is no key, so the password is wrong or the file damaged.
pub(crate) fn open_encrypted(
    octets: &[u8],
    alias: Option<&str>,
    unlock: &mut Unlock<'_>,
    schemes: &mut Schemes,
) -> Result<Option<KeyFile>, ImportError> {
    let octets = secret_der(octets, Shape::Plain, unlock.limits)?;
    let mut fields = Element::parse(&octets)?.reader();
    let scheme = Scheme::decode(
        &fields.expect(Tag::Sequence, "encryption algorithm")?,
        schemes,
    )?;
    let encrypted = fields.expect(Tag::OctetString, "encrypted private key")?;
    fields.finish()?;
    let limits = unlock.limits;
    // A wrong key leaves a right padding once in 256 times; no key comes out of that.
    let key = unlock.open_key(alias, &scheme, encrypted.content(), |octets| {
        Ok(KeyFile::from_clear(&octets, None, limits).ok())
    })?;
    Ok(key.map(|key| key.with_protection(scheme.to_string())))
}

/// Opens a block of PEM whose headers say that it is encrypted, and adds its scheme to `schemes`, opened or not.
pub(crate) fn open_block(
    block: &Block<'_>,
    unlock: &mut Unlock<'_>,
    schemes: &mut Schemes,
) -> Result<KeyFile, ImportError> {
    let bad = |what| DecodeError::new(DecodeErrorKind::Value { what }, block.offset);
    let header = block.dek_info.ok_or_else(|| bad("DEK-Info header"))?;
    let scheme = Scheme::from_dek_info(header, block.offset, schemes)?;
    let encrypted = block.octets.as_ref().map_err(|error| *error)?;
    let limits = unlock.limits;
    unlock
        .open(&scheme, encrypted, |octets| {
            Ok(KeyFile::from_clear(&octets, None, limits).ok())
        })?
        .map(|key| key.with_protection(scheme.to_string()))
        .ok_or_else(|| unlock.refused())
}
