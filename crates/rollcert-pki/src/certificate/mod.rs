mod quirk;
mod view;

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::net::IpAddr;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use rollcert_crypto::{DigestAlgorithm, Error, Provider, VerifyingKey};

use crate::algorithm_name::{KeyAlgorithmName, SignatureAlgorithmName};
use crate::asn1::DecodeError;
use crate::email;
use crate::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsages, ExtensionValue, Extensions,
    ExtensionsError, GeneralName, SubjectAlternativeName, SubjectKeyIdentifier,
};
use crate::name::Name;
use crate::oid::Oid;
use crate::public_key::PublicKey;
use crate::serial::SerialNumber;
use crate::signed::{self, KeyOnce};
use crate::thumbprint::Thumbprint;
use crate::usage::{ExtendedKeyUsage, KeyUsages, Purpose};

use self::view::Layout;

pub use self::quirk::Quirk;
pub use self::view::CertificateView;

/// An X.509 certificate (RFC 5280 §4.1), versions 1 to 3, with the octets that arrived.
///
/// Cheap to clone. Equality, order and hashing are by octets. Signatures are verified and thumbprints
/// taken over those octets, never over a re-encoding. What it says is decoded when first asked for, and kept;
/// [`CertificateView`] reads one without owning it.
///
/// What RFC 5280 forbids but issuers have done and readers accept is read too, and noted in
/// [`Self::quirks`]. Reading says nothing about trust.
///
/// An extension whose value is malformed grants nothing: a key usage allows no usage, an extended key usage
/// no purpose, basic constraints make no authority, an alternative name holds no name, a key identifier is
/// absent. [`Self::extension`] returns the error.
#[derive(Clone)]
pub struct Certificate(Arc<Parsed>);

struct Parsed {
    octets: Arc<[u8]>,
    layout: Layout,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    serial: OnceLock<SerialNumber>,
    issuer: OnceLock<Name>,
    subject: OnceLock<Name>,
    key_algorithm: OnceLock<KeyAlgorithmName>,
    signature_algorithm: OnceLock<SignatureAlgorithmName>,
    known: OnceLock<Known>,
    quirks: OnceLock<Vec<Quirk>>,
}

/// What the extensions say that are asked for again and again.
#[derive(Default)]
struct Known {
    key_usage: Option<KeyUsages>,
    extended_key_usage: Option<ExtendedKeyUsages>,
    basic_constraints: Option<BasicConstraints>,
    subject_key_identifier: Option<SubjectKeyIdentifier>,
    authority_key_identifier: Option<AuthorityKeyIdentifier>,
    alternative_names: Vec<GeneralName>,
    dns_names: Vec<String>,
}

impl Certificate {
    /// Reads the DER of one certificate. Octets given as an `Arc` are kept, others copied once.
    ///
    /// # Errors
    ///
    /// [`CertificateError::Decode`] for octets that are no certificate in DER, names and times included;
    /// [`CertificateError::DuplicateExtension`]. Malformed values of extensions are no error: see
    /// [`Quirk::MalformedExtension`].
    pub fn from_der(octets: impl Into<Arc<[u8]>>) -> Result<Self, CertificateError> {
        let octets = octets.into();
        let view = CertificateView::parse(&octets)?;
        view.check_names()?;
        let (not_before, not_after) = view.validity()?;
        let layout = view.layout();
        Ok(Self(Arc::new(Parsed {
            octets,
            layout,
            not_before,
            not_after,
            serial: OnceLock::new(),
            issuer: OnceLock::new(),
            subject: OnceLock::new(),
            key_algorithm: OnceLock::new(),
            signature_algorithm: OnceLock::new(),
            known: OnceLock::new(),
            quirks: OnceLock::new(),
        })))
    }

    /// The same certificate, borrowed.
    #[must_use]
    pub fn view(&self) -> CertificateView<'_> {
        CertificateView::of(&self.0.octets, self.0.layout)
    }

    /// The exact octets.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.octets
    }

    /// The exact octets of `TBSCertificate`, which the signature covers.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.view().to_be_signed()
    }

    /// The version as people count it: 1, 2 or 3.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.view().version()
    }

    /// Whose certificate it is. May be empty when an alternative name says it.
    #[must_use]
    pub fn subject(&self) -> &Name {
        let subject = &self.0.subject;
        subject.get_or_init(|| Name::from_checked(self.view().subject_der()))
    }

    /// Who issued it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        let issuer = &self.0.issuer;
        issuer.get_or_init(|| Name::from_checked(self.view().issuer_der()))
    }

    /// Its number, unique for the issuer.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        self.0.serial.get_or_init(|| self.view().serial())
    }

    /// The first instant of its validity.
    #[must_use]
    pub fn not_before(&self) -> DateTime<Utc> {
        self.0.not_before
    }

    /// The last second of its validity.
    #[must_use]
    pub fn not_after(&self) -> DateTime<Utc> {
        self.0.not_after
    }

    /// Whether `now` lies within the validity, both bounds included (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn is_valid_at(&self, now: DateTime<Utc>) -> bool {
        // The last second counts whole.
        self.not_before() <= now && now.timestamp() <= self.not_after().timestamp()
    }

    /// The exact octets of `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_key_info(&self) -> &[u8] {
        self.view().public_key_info()
    }

    /// Whether it certifies the key of this `SubjectPublicKeyInfo`, however that one is written: with parameters
    /// or without, a point compressed or not. False for octets that are no such structure.
    #[must_use]
    pub fn certifies(&self, public_key_info: &[u8]) -> bool {
        self.public_key_info() == public_key_info
            || PublicKey::of_certificate(self)
                .is_ok_and(|own| PublicKey::of_info(public_key_info).is_ok_and(|key| key == own))
    }

    /// The `SubjectPublicKeyInfo` of its key in every way that readers take for the same: the point of an EC key
    /// compressed and not (RFC 5480 §2.2), the parameters of an RSA key with `NULL` and without (RFC 4055 §1.2), bound to
    /// no scheme. Empty for keys that are written in one way. Costs a square root where the point is compressed.
    ///
    /// For lists of keys: whoever writes a key in another way gives it another digest.
    #[must_use]
    pub fn public_key_spellings(&self) -> Vec<Vec<u8>> {
        PublicKey::of_certificate(self)
            .map(|key| key.spellings())
            .unwrap_or_default()
    }

    /// What kind of key it certifies. One that cannot be read is of an [other](KeyAlgorithmName::Other)
    /// kind, that of its algorithm, and a [quirk](Quirk::UnreadablePublicKey).
    #[must_use]
    pub fn key_algorithm(&self) -> &KeyAlgorithmName {
        let algorithm = &self.0.key_algorithm;
        algorithm.get_or_init(|| self.view().key_algorithm())
    }

    /// How the issuer signed it.
    #[must_use]
    pub fn signature_algorithm(&self) -> &SignatureAlgorithmName {
        let algorithm = &self.0.signature_algorithm;
        algorithm.get_or_init(|| self.view().signature_algorithm())
    }

    /// The issuer's signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.view().signature()
    }

    /// The usages that the key is restricted to; `None` when the extension is absent.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsages> {
        self.known().key_usage
    }

    /// The purposes that the key is restricted to; `None` when the extension is absent.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[ExtendedKeyUsage]> {
        let usages = self.known().extended_key_usage.as_ref()?;
        Some(&usages.0)
    }

    /// The basic constraints; `None` when the extension is absent.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.known().basic_constraints
    }

    /// Whether the basic constraints say that it is the certificate of an authority.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.basic_constraints()
            .is_some_and(BasicConstraints::is_ca)
    }

    /// The identifier of its own key (RFC 5280 §4.2.1.2).
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        let identifier = self.known().subject_key_identifier.as_ref()?;
        Some(&identifier.0)
    }

    /// What says which key of the issuer's signed it (RFC 5280 §4.2.1.1).
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&AuthorityKeyIdentifier> {
        self.known().authority_key_identifier.as_ref()
    }

    /// The further names of the subject (RFC 5280 §4.2.1.6), of every kind, in their order.
    #[must_use]
    pub fn alternative_names(&self) -> &[GeneralName] {
        &self.known().alternative_names
    }

    /// The e-mail addresses it was issued for: of the alternative names (RFC 9598 §3 included), then of the
    /// subject; in lower case, each once. Texts without anything before and after an `@` are left out.
    #[must_use]
    pub fn emails(&self) -> Vec<String> {
        email::addresses(self.subject(), self.alternative_names())
    }

    /// The host names of the alternative names, as they stand there.
    #[must_use]
    pub fn dns_names(&self) -> &[String] {
        &self.known().dns_names
    }

    /// The URIs of the alternative names, as they stand there.
    #[must_use]
    pub fn uri_names(&self) -> Vec<String> {
        let uri = |name: &GeneralName| match name {
            GeneralName::Uri(uri) => Some(uri.text().into_owned()),
            _ => None,
        };
        self.alternative_names().iter().filter_map(uri).collect()
    }

    /// The IP addresses of the alternative names. Those of neither 4 nor 16 octets are left out.
    #[must_use]
    pub fn ip_addresses(&self) -> Vec<IpAddr> {
        self.alternative_names()
            .iter()
            .filter_map(GeneralName::as_ip_address)
            .collect()
    }

    /// All extensions in their order.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'_> {
        self.view().extensions()
    }

    /// The value of the extension of this type; `None` when there is no such extension.
    ///
    /// # Errors
    ///
    /// When its value is malformed. Who decides on it must refuse then, not go on as if it were absent.
    pub fn extension<T: ExtensionValue>(&self) -> Result<Option<T>, DecodeError> {
        self.extensions().find()
    }

    /// Where the certificate departs from RFC 5280 and was read all the same.
    #[must_use]
    pub fn quirks(&self) -> &[Quirk] {
        self.0.quirks.get_or_init(|| Quirk::of(self))
    }

    /// The digest of the exact octets.
    #[must_use]
    pub fn thumbprint(&self, algorithm: DigestAlgorithm, provider: &Provider) -> Thumbprint {
        Thumbprint::of(self.as_der(), algorithm, provider)
    }

    /// What it may serve for, by its usage extensions alone.
    #[must_use]
    pub fn usable_for(&self) -> Vec<Purpose> {
        Purpose::ALL
            .into_iter()
            .filter(|purpose| purpose.is_allowed_by(self.key_usage(), self.extended_key_usage()))
            .collect()
    }

    /// Whether subject and issuer are the same name (RFC 5280 §6.1).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject().matches(self.issuer())
    }

    /// Whether it is self-issued and its own key verifies its signature.
    #[must_use]
    pub fn is_self_signed(&self, provider: &Provider) -> bool {
        self.is_self_issued() && self.verify_signature_by(self, provider).is_ok()
    }

    /// Verifies the signature under the key of `issuer`. Names, validity and usages are not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`] when it does not verify, when the certificate names two different
    /// algorithms (RFC 5280 §4.1.1.2), or when the signature is no whole number of octets;
    /// [`Error::Unsupported`] for algorithms that are not served.
    pub fn verify_signature_by(&self, issuer: &Self, provider: &Provider) -> Result<(), Error> {
        let public_key_info = issuer.public_key_info();
        self.verify_signature_under(&KeyOnce {
            public_key_info,
            provider,
        })
    }

    /// The same under a key that is at hand, such as one that was prepared for many signatures.
    ///
    /// # Errors
    ///
    /// As [`Self::verify_signature_by`].
    pub fn verify_signature_under(&self, key: &dyn VerifyingKey) -> Result<(), Error> {
        if !self.view().names_one_algorithm() || !self.view().has_whole_signature() {
            return Err(Error::SignatureInvalid);
        }
        signed::verify(
            key,
            self.signature_algorithm(),
            "the signature algorithm of this certificate",
            self.to_be_signed(),
            self.signature(),
        )
    }

    fn known(&self) -> &Known {
        self.0
            .known
            .get_or_init(|| Known::decode(self.extensions()))
    }
}

impl Known {
    /// Malformed values grant nothing.
    fn decode(extensions: Extensions<'_>) -> Self {
        let mut known = Self::default();
        for extension in extensions {
            if extension.is(&KeyUsages::OID) {
                known.key_usage = Some(extension.decode().unwrap_or_default());
            } else if extension.is(&ExtendedKeyUsages::OID) {
                known.extended_key_usage = Some(extension.decode().unwrap_or_default());
            } else if extension.is(&BasicConstraints::OID) {
                let constraints = extension.decode();
                known.basic_constraints = Some(constraints.unwrap_or(BasicConstraints::END_ENTITY));
            } else if extension.is(&SubjectKeyIdentifier::OID) {
                known.subject_key_identifier = extension.decode().ok();
            } else if extension.is(&AuthorityKeyIdentifier::OID) {
                known.authority_key_identifier = extension.decode().ok();
            } else if extension.is(&SubjectAlternativeName::OID) {
                let SubjectAlternativeName(names) = extension.decode().unwrap_or_default();
                known.dns_names = names
                    .iter()
                    .filter_map(|name| match name {
                        GeneralName::Dns(host) => Some(host.text().into_owned()),
                        _ => None,
                    })
                    .collect();
                known.alternative_names = names;
            }
        }
        known
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", self.subject())
            .field("issuer", self.issuer())
            .field("serial", self.serial())
            .field("not_after", &self.not_after())
            .finish_non_exhaustive()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_der().hash(state);
    }
}

impl Ord for Certificate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_der().cmp(other.as_der())
    }
}

impl PartialOrd for Certificate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Why octets are no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The octets do not have the structure of a certificate.
    #[error("not a certificate: {0}")]
    Decode(#[from] DecodeError),
    /// An extension stands in it twice (RFC 5280 §4.2).
    #[error("extension {oid} appears more than once")]
    DuplicateExtension {
        /// Which extension.
        oid: Oid,
    },
}

impl CertificateError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::DuplicateExtension { .. } => "duplicate-extension",
        }
    }
}

impl From<ExtensionsError> for CertificateError {
    fn from(error: ExtensionsError) -> Self {
        match error {
            ExtensionsError::Decode(error) => Self::Decode(error),
            ExtensionsError::Duplicate { oid } => Self::DuplicateExtension { oid },
        }
    }
}
