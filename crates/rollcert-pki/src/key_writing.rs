//! Private keys as files: PKCS#8 in the clear and under a password (RFC 5958).

use der::Tag;
use rand_core::CryptoRng;
use rollcert_crypto::Provider;
use zeroize::Zeroizing;

use crate::asn1::{DecodeError, Element, encode, encode_unsigned, tag};
use crate::export_error::ExportError;
use crate::key::KeyFile;
use crate::password::Password;
use crate::pem_writing::{self, label};
use crate::seal::{PasswordDerivation, Scheme, SealingPassword};
use crate::secret::SecretDer;

impl KeyFile {
    /// The DER of `PrivateKeyInfo` (RFC 5958 §2) as other programs read it, in the clear.
    ///
    /// These are the octets of [`Self::secret_pkcs8`], save that a public key which stands beside the
    /// private one is left out: OpenSSL 3.0 knows no such field and refuses the file.
    #[must_use]
    pub fn to_secret_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.portable().to_vec())
    }

    /// The same as PEM, label `PRIVATE KEY` (RFC 7468 §10).
    #[must_use]
    pub fn to_secret_pem(&self) -> Zeroizing<String> {
        pem_writing::encode_secret(label::PRIVATE_KEY, &self.portable())
    }

    /// The DER of `EncryptedPrivateKeyInfo` (RFC 5958 §3): PBES2 with AES-256-CBC, its key derived from
    /// `password` as `derivation` says; salt and initialisation vector are from `rng`.
    ///
    /// The password goes in as UTF-8, and may be empty. Java wants printable ASCII.
    ///
    /// # Errors
    ///
    /// [`ExportError::NulCharacter`] for a password with one; [`ExportError::Crypto`] when the backend does
    /// not serve the derivation.
    pub fn to_encrypted_pkcs8(
        &self,
        password: &Password,
        derivation: PasswordDerivation,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ExportError> {
        let password = SealingPassword::new(password)?;
        self.encrypt(Scheme::Pbes2(derivation), &password, provider, rng)
    }

    /// The same as PEM, label `ENCRYPTED PRIVATE KEY` (RFC 7468 §11).
    ///
    /// # Errors
    ///
    /// As for [`Self::to_encrypted_pkcs8`].
    pub fn to_encrypted_pem(
        &self,
        password: &Password,
        derivation: PasswordDerivation,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<String, ExportError> {
        let octets = self.to_encrypted_pkcs8(password, derivation, provider, rng)?;
        Ok(pem_writing::encode(label::ENCRYPTED_PRIVATE_KEY, &octets))
    }

    /// `EncryptedPrivateKeyInfo` by any scheme.
    pub(crate) fn encrypt(
        &self,
        scheme: Scheme,
        password: &SealingPassword<'_>,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ExportError> {
        let sealed = scheme.seal(&self.portable(), password, provider, rng)?;
        let encrypted = encode(tag::OCTET_STRING, &[&sealed.encrypted]);
        Ok(encode(tag::SEQUENCE, &[&sealed.algorithm, &encrypted]))
    }

    /// The octets as [`Self::to_secret_pkcs8`] describes them.
    fn portable(&self) -> SecretDer<'_> {
        match without_public_key(self.secret_pkcs8()) {
            Ok(Some(octets)) => SecretDer::Owned(octets),
            // What else there may be was read once, and is written as it came.
            Ok(None) | Err(_) => SecretDer::Borrowed(self.secret_pkcs8()),
        }
    }
}

/// The same `PrivateKeyInfo` in version 0, without the public key; nothing if that is what it is already.
fn without_public_key(octets: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, DecodeError> {
    let mut fields = Element::parse(octets)?.reader();
    let version = fields.expect(Tag::Integer, "version of the private key")?;
    if version.content() == [0] {
        return Ok(None);
    }
    let algorithm = fields.expect(Tag::Sequence, "key algorithm")?;
    let key = fields.expect(Tag::OctetString, "private key")?;
    let attributes = fields.optional_context(0)?;
    Ok(Some(Zeroizing::new(encode(
        tag::SEQUENCE,
        &[
            &encode_unsigned(&[0]),
            algorithm.raw(),
            key.raw(),
            attributes.map_or(&[], |attributes| attributes.raw()),
        ],
    ))))
}
