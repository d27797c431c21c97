//! Encrypted private keys (RFC 5958 §3).

use der::Tag;

use crate::asn1::Element;
use crate::import_error::ImportError;
use crate::key::KeyFile;
use crate::unlock::{Pbes2, Schemes, Unlock};

/// Opens an `EncryptedPrivateKeyInfo`, and adds its scheme to `schemes`, opened or not. `None`: what came
/// out is no key, so the password is wrong or the file damaged.
pub(crate) fn open_encrypted(
    octets: &[u8],
    unlock: &mut Unlock<'_>,
    schemes: &mut Schemes,
) -> Result<Option<KeyFile>, ImportError> {
    let mut fields = Element::parse(octets)?.reader();
    let scheme = Pbes2::decode(
        &fields.expect(Tag::Sequence, "encryption algorithm")?,
        schemes,
    )?;
    let encrypted = fields.expect(Tag::OctetString, "encrypted private key")?;
    fields.finish()?;
    let key = unlock.decrypt(&scheme, encrypted.content())?;
    // A wrong key leaves a right padding once in 256 times; no key comes out of that.
    Ok(key
        .and_then(|octets| KeyFile::from_pkcs8(octets).ok())
        .map(|key| key.with_protection(scheme.describe())))
}
