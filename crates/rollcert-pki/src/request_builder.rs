use core::fmt;

use der::asn1::ObjectIdentifier;
use rollcert_crypto::{PrivateKey, Provider, SignatureAlgorithm};

use crate::asn1::{encode, encode_oid, encode_set_of, encode_unsigned, tag};
use crate::build_error::{BuildError, BuildWarning};
use crate::chosen_extensions::ChosenExtensions;
use crate::extension::{EncodedExtension, GeneralName};
use crate::name::{IA5_STRING, Name, PRINTABLE_STRING, UTF8_STRING};
use crate::name_builder::is_printable;
use crate::profile::Profile;
use crate::request::{
    CHALLENGE_PASSWORD, CertificationRequest, EXTENSION_REQUEST, UNSTRUCTURED_NAME,
};
use crate::signed::{SigningKey, Unsigned, check_length, key_algorithm};

/// Builds a certification request (PKCS#10, RFC 2986).
///
/// Nothing is asked for but a certificate for the key, by default. What is asked for is written as one
/// `extensionRequest` (RFC 2985 §5.4.2).
///
/// ```
/// use rollcert_crypto::KeyAlgorithm;
/// use rollcert_crypto::rustcrypto::PROVIDER;
/// use rollcert_pki::extension::GeneralName;
/// use rollcert_pki::{Name, Profile, RequestBuilder};
///
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// let key = PROVIDER.load_key(&PROVIDER.generate_key(KeyAlgorithm::P256, &mut rand::rng())?)?;
/// let unsigned = RequestBuilder::new(
///     Name::builder().common_name("acme as2").build()?,
///     key.public_key_info(),
/// )
/// .with_profile(&Profile::as2())
/// .with_alternative_names([GeneralName::email("edi@acme.example")?])
/// .build()?;
/// let request = unsigned.sign(&key)?;
/// assert_eq!(request.emails(), ["edi@acme.example"]);
/// # Ok(())
/// # }
/// ```
///
/// Where the key lives in an HSM, sign [`UnsignedRequest::to_be_signed`] there, and hand the signature to
/// [`UnsignedRequest::assemble_verified`].
#[derive(Clone)]
pub struct RequestBuilder {
    subject: Name,
    public_key_info: Vec<u8>,
    profile: Option<Profile>,
    chosen: ChosenExtensions,
    challenge_password: Option<String>,
    unstructured_name: Option<String>,
    algorithm: Option<SignatureAlgorithm>,
}

impl RequestBuilder {
    /// A request by `subject` for a key, given as the DER of its `SubjectPublicKeyInfo`.
    ///
    /// The subject may be empty: some authorities take nothing but the key from a request.
    #[must_use]
    pub fn new(subject: Name, public_key_info: impl Into<Vec<u8>>) -> Self {
        Self {
            subject,
            public_key_info: public_key_info.into(),
            profile: None,
            chosen: ChosenExtensions::default(),
            challenge_password: None,
            unstructured_name: None,
            algorithm: None,
        }
    }

    /// Asks for the basic constraints, the key usage and the purposes of this profile.
    #[must_use]
    pub fn with_profile(self, profile: &Profile) -> Self {
        Self {
            profile: Some(profile.clone()),
            ..self
        }
    }

    /// Asks for these alternative names. Called again, it adds to them.
    #[must_use]
    pub fn with_alternative_names(mut self, names: impl IntoIterator<Item = GeneralName>) -> Self {
        self.chosen.add_alternative_names(names);
        self
    }

    /// Asks for this extension, in place of what the profile says of its kind.
    #[must_use]
    pub fn with_extension(mut self, extension: EncodedExtension) -> Self {
        self.chosen.add(extension);
        self
    }

    /// Gives a password by which a revocation may be asked for (RFC 2985 §5.4.1): 1 to 255 characters. It stands
    /// in the request for everybody to read.
    #[must_use]
    pub fn with_challenge_password(self, password: &str) -> Self {
        Self {
            challenge_password: Some(password.to_owned()),
            ..self
        }
    }

    /// Gives a name in no particular form (RFC 2985 §5.4.3): 1 to 255 characters.
    #[must_use]
    pub fn with_unstructured_name(self, name: &str) -> Self {
        Self {
            unstructured_name: Some(name.to_owned()),
            ..self
        }
    }

    /// Signs by this algorithm. Without it: RSA PKCS#1 v1.5 with SHA-256; ECDSA with SHA-256, SHA-384, SHA-512
    /// on P-256, P-384, P-521; Ed25519.
    #[must_use]
    pub fn with_signature_algorithm(self, algorithm: SignatureAlgorithm) -> Self {
        Self {
            algorithm: Some(algorithm),
            ..self
        }
    }

    /// What is to be signed.
    ///
    /// # Errors
    ///
    /// [`BuildError::PublicKey`], [`BuildError::KeyTooShort`], [`BuildError::KeyDoesNotSign`],
    /// [`BuildError::KeyCannotServe`], [`BuildError::AlgorithmMismatch`], [`BuildError::WeakDigest`] for the key;
    /// [`BuildError::DuplicateExtension`]; [`BuildError::TextLength`] for password and unstructured name.
    pub fn build(&self) -> Result<UnsignedRequest, BuildError> {
        let key = key_algorithm(&self.public_key_info)?;
        let warnings = check_length(&key)?.into_iter().collect();
        let signing_key = SigningKey::new(&self.public_key_info, self.algorithm)?;

        let usages = match &self.profile {
            Some(profile) => profile.usage_extensions(&key)?,
            None => Vec::new(),
        };
        let extensions = self.chosen.merged_with(&self.subject, usages, Vec::new())?;

        let mut attributes = Vec::new();
        if let Some(name) = &self.unstructured_name {
            // RFC 2985 §5.4.3: IA5String where the characters allow it.
            let value = encode_text(name, IA5_STRING, |octet| octet.is_ascii())?;
            attributes.push(attribute(UNSTRUCTURED_NAME, value));
        }
        if let Some(password) = &self.challenge_password {
            // RFC 2985 §5.4.1: PrintableString where the characters allow it.
            let value = encode_text(password, PRINTABLE_STRING, is_printable)?;
            attributes.push(attribute(CHALLENGE_PASSWORD, value));
        }
        if !extensions.is_empty() {
            let value = EncodedExtension::to_der_sequence(&extensions);
            attributes.push(attribute(EXTENSION_REQUEST, value));
        }
        // RFC 2986 §4.1: the set is there even when it is empty.
        attributes.sort();
        let attributes: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
        let to_be_signed = encode(
            tag::SEQUENCE,
            &[
                &encode_unsigned(&[0]),
                self.subject.as_der(),
                &self.public_key_info,
                &encode(tag::CONTEXT_CONSTRUCTED, &attributes),
            ],
        );
        Ok(UnsignedRequest {
            unsigned: Unsigned::new(to_be_signed, signing_key),
            warnings,
        })
    }
}

/// Without the password.
impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("subject", &self.subject)
            .field("chosen", &self.chosen)
            .finish_non_exhaustive()
    }
}

/// A certification request that wants nothing but its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedRequest {
    unsigned: Unsigned,
    warnings: Vec<BuildWarning>,
}

impl UnsignedRequest {
    /// The octets of `CertificationRequestInfo`, which the key that is to be certified signs.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// How they are to be signed.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.unsigned.algorithm()
    }

    /// What is better avoided in this request.
    #[must_use]
    pub fn warnings(&self) -> &[BuildWarning] {
        &self.warnings
    }

    /// The request with this signature, which is not verified.
    ///
    /// # Errors
    ///
    /// [`BuildError::Request`] should the request not be readable.
    pub fn assemble(&self, signature: &[u8]) -> Result<CertificationRequest, BuildError> {
        Ok(CertificationRequest::from_der(
            self.unsigned.assemble(signature),
        )?)
    }

    /// The request with this signature, once it has been verified: a key store that signs with another key, or
    /// signs wrongly, is noticed here.
    ///
    /// # Errors
    ///
    /// [`BuildError::Signature`] when it does not verify or the provider does not serve the algorithm; those of
    /// [`Self::assemble`].
    pub fn assemble_verified(
        &self,
        signature: &[u8],
        provider: &Provider,
    ) -> Result<CertificationRequest, BuildError> {
        let octets = self.unsigned.assemble_verified(signature, provider)?;
        Ok(CertificationRequest::from_der(octets)?)
    }

    /// The request, signed by the key that is to be certified.
    ///
    /// # Errors
    ///
    /// [`BuildError::OtherKey`] when it is another; [`BuildError::Signature`] when it does not sign; those of
    /// [`Self::assemble`].
    pub fn sign(&self, key: &PrivateKey) -> Result<CertificationRequest, BuildError> {
        Ok(CertificationRequest::from_der(self.unsigned.sign(key)?)?)
    }
}

/// `Attribute` (RFC 2986 §4.1) with one value.
fn attribute(kind: ObjectIdentifier, value: Vec<u8>) -> Vec<u8> {
    encode(
        tag::SEQUENCE,
        &[&encode_oid(kind), &encode_set_of(vec![value])],
    )
}

/// A text in this string type if all its characters are of it, else as UTF-8.
fn encode_text(
    text: &str,
    string: u8,
    is_of_it: impl Fn(u8) -> bool,
) -> Result<Vec<u8>, BuildError> {
    let length = text.chars().count();
    if !(1..=LONGEST_TEXT).contains(&length) {
        return Err(BuildError::TextLength {
            length,
            longest: LONGEST_TEXT,
        });
    }
    let string = if text.bytes().all(is_of_it) {
        string
    } else {
        UTF8_STRING
    };
    Ok(encode(string, &[text.as_bytes()]))
}

/// `pkcs-9-ub-challengePassword` and `pkcs-9-ub-unstructuredName` (RFC 2985 Appendix B).
const LONGEST_TEXT: usize = 255;
