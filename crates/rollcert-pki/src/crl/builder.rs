use chrono::{DateTime, Utc};
use num_bigint::BigInt;
use rollcert_crypto::{PrivateKey, Provider, SignatureAlgorithm};

use crate::asn1::{encode, encode_unsigned, tag};
use crate::build_error::BuildError;
use crate::certificate::Certificate;
use crate::crl::entry::RevokedEntry;
use crate::crl::error::CrlError;
use crate::crl::view::Crl;
use crate::extension::{
    AuthorityKeyIdentifier, CertificateIssuer, Criticality, CrlNumber, DeltaCrlIndicator,
    EncodedExtension, ExtensionValue, GeneralName, InvalidityDate, IssuingDistributionPoint,
    ReasonCode,
};
use crate::name::Name;
use crate::oid::Oid;
use crate::serial::{SerialNumber, shortest};
use crate::signed::{SigningKey, Unsigned};
use crate::time::encode_time;
use crate::usage::KeyUsage;

/// Builds a CRL, version 2 (RFC 5280 §5).
///
/// It bears the number that is given and the key identifier of the issuer's certificate, and covers all
/// certificates of the issuer, by default. Entries are encoded as they are given, in that order, so that a
/// million of them cost little more than the octets of the CRL; whether one is given twice is not looked at.
///
/// ```
/// use rollcert_crypto::rustcrypto::PROVIDER;
/// use rollcert_pki::extension::ReasonCode;
/// use rollcert_pki::{CrlBuilder, Revocation, SerialNumber};
/// # use chrono::{DateTime, TimeDelta};
/// # use rollcert_pki::{Limits, open};
///
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let files = [include_bytes!("../../tests/fixtures/ca.cert.pem").as_slice(), include_bytes!("../../tests/fixtures/ca.key.pem")].concat();
/// # let bundle = open(&files, None, &PROVIDER, &Limits::default())?;
/// # let issuer = bundle.certificates().next().unwrap();
/// # let key = bundle.keys().next().unwrap().key.load(&PROVIDER)?;
/// # let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
/// let mut builder = CrlBuilder::new(issuer, 7.into(), now, now + TimeDelta::days(30));
/// let revocation = Revocation::new(SerialNumber::from_hex("c0ffee")?, now);
/// builder.push(&revocation.with_reason(ReasonCode::Superseded))?;
/// let crl = builder.build()?.sign(&key)?;
/// assert_eq!(crl.entries().len(), 1);
/// crl.verify_signature_by(issuer, &PROVIDER)?;
/// # Ok(())
/// # }
/// ```
///
/// Where the key lives in an HSM, sign [`UnsignedCrl::to_be_signed`] there, and hand the signature to
/// [`UnsignedCrl::assemble_verified`].
#[derive(Clone, Debug)]
pub struct CrlBuilder {
    issuer: Certificate,
    this_update: DateTime<Utc>,
    next_update: DateTime<Utc>,
    number: CrlNumber,
    base_number: Option<CrlNumber>,
    point: Option<IssuingDistributionPoint>,
    extensions: Vec<EncodedExtension>,
    algorithm: Option<SignatureAlgorithm>,
    entries: Entries,
}

impl CrlBuilder {
    /// A CRL of the authority with this certificate, issued at `this_update`, the next one to be issued by
    /// `next_update`. Fractions of a second are dropped.
    #[must_use]
    pub fn new(
        issuer: &Certificate,
        number: CrlNumber,
        this_update: DateTime<Utc>,
        next_update: DateTime<Utc>,
    ) -> Self {
        Self {
            issuer: issuer.clone(),
            this_update,
            next_update,
            number,
            base_number: None,
            point: None,
            extensions: Vec::new(),
            algorithm: None,
            entries: Entries::default(),
        }
    }

    /// Makes it a delta CRL: its entries are what changed since the complete one with this number (§5.2.4).
    #[must_use]
    pub fn with_base(self, number: CrlNumber) -> Self {
        Self {
            base_number: Some(number),
            ..self
        }
    }

    /// Says where the CRL is published and what it covers (§5.2.5). Only an indirect one may hold certificates
    /// of other issuers.
    #[must_use]
    pub fn with_distribution_point(self, point: IssuingDistributionPoint) -> Self {
        Self {
            point: Some(point),
            ..self
        }
    }

    /// Adds another extension, such as [`FreshestCrl`](crate::extension::FreshestCrl).
    #[must_use]
    pub fn with_extension(mut self, extension: EncodedExtension) -> Self {
        self.extensions.push(extension);
        self
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

    /// Adds an entry.
    ///
    /// # Errors
    ///
    /// [`BuildError::TimeOutOfRange`] for a date that cannot be said.
    pub fn push(&mut self, revocation: &Revocation) -> Result<(), CrlBuildError> {
        let reason = revocation
            .reason
            // §5.3.1: a reason that says nothing is left out.
            .filter(|reason| *reason != ReasonCode::Unspecified);
        self.entries.has_removal |= reason == Some(ReasonCode::RemoveFromCrl);
        let mut extensions = Vec::new();
        if let Some(reason) = reason {
            extensions.push(EncodedExtension::of(&reason, Criticality::NotCritical));
        }
        if let Some(date) = revocation.invalidity_date {
            let date = InvalidityDate::new(date);
            extensions.push(EncodedExtension::of(&date, Criticality::NotCritical));
        }
        let issuer = revocation
            .certificate_issuer
            .as_ref()
            .filter(|issuer| *issuer != self.issuer.subject());
        self.add(
            revocation.serial.as_der_content(),
            revocation.date,
            extensions,
            issuer.map(issuer_value),
        )
    }

    /// Adds an entry of another CRL, such as the one before this, with all its extensions.
    ///
    /// # Errors
    ///
    /// [`BuildError::TimeOutOfRange`] for a date that cannot be said; [`BuildError::DuplicateExtension`] for an entry
    /// that has an extension twice, or belongs to one before it that names its issuer twice.
    pub fn keep(&mut self, entry: &RevokedEntry<'_>) -> Result<(), CrlBuildError> {
        if let Some(oid) = entry.repeated_extension() {
            return Err(BuildError::DuplicateExtension { oid }.into());
        }
        self.entries.has_removal |= entry.is_removal();
        let extensions = entry
            .extensions()
            .iter()
            .filter(|extension| !extension.is(&CertificateIssuer::OID))
            .map(EncodedExtension::from)
            .collect();
        let issuer = match entry.issuer_extension() {
            Some(Ok(extension)) => Some(extension.value().to_vec()),
            Some(Err(_)) => {
                let oid = CertificateIssuer::OID.into();
                return Err(BuildError::DuplicateExtension { oid }.into());
            }
            None if entry.crl_issuer().matches(self.issuer.subject()) => None,
            None => Some(issuer_value(entry.crl_issuer())),
        };
        self.add(
            entry.serial_octets(),
            entry.revocation_date(),
            extensions,
            issuer,
        )
    }

    /// Adds the entry of a certificate whose issuer, if it is not that of the CRL, is the value of this
    /// extension.
    fn add(
        &mut self,
        serial: &[u8],
        date: DateTime<Utc>,
        mut extensions: Vec<EncodedExtension>,
        issuer: Option<Vec<u8>>,
    ) -> Result<(), CrlBuildError> {
        let date = encode_time(date).ok_or(BuildError::TimeOutOfRange { time: date })?;
        self.entries.has_other_issuer |= issuer.is_some();
        // §5.3.3: the issuer is named where it changes, and an entry that names none is of the one before.
        if issuer != self.entries.issuer {
            let value = issuer
                .clone()
                .unwrap_or_else(|| issuer_value(self.issuer.subject()));
            extensions.push(EncodedExtension::new(
                CertificateIssuer::OID,
                Criticality::Critical,
                value,
            ));
            self.entries.issuer = issuer;
        }
        let extensions = match extensions.as_slice() {
            [] => Vec::new(),
            extensions => EncodedExtension::to_der_sequence(extensions),
        };
        let serial = encode(tag::INTEGER, &[shortest(serial)]);
        let entry = encode(tag::SEQUENCE, &[&serial, &date, &extensions]);
        self.entries.encoded.extend_from_slice(&entry);
        Ok(())
    }

    /// What is to be signed.
    ///
    /// # Errors
    ///
    /// [`CrlBuildError`] says what does not fit together; in [`CrlBuildError::Build`] it is the key, the
    /// algorithm, a time or an extension that is given twice.
    pub fn build(self) -> Result<UnsignedCrl, CrlBuildError> {
        self.check()?;
        let key = SigningKey::new(self.issuer.public_key_info(), self.algorithm)?;
        let time = |time| encode_time(time).ok_or(BuildError::TimeOutOfRange { time });
        let (this_update, next_update) = (time(self.this_update)?, time(self.next_update)?);
        let extensions = EncodedExtension::to_der_sequence(&self.all_extensions()?);
        let extensions = encode(tag::CONTEXT_CONSTRUCTED, &[&extensions]);
        // §5.1.2.6: with nothing revoked, there is no list.
        let revoked = match self.entries.encoded.as_slice() {
            [] => Vec::new(),
            entries => encode(tag::SEQUENCE, &[entries]),
        };
        drop(self.entries);
        let to_be_signed = encode(
            tag::SEQUENCE,
            &[
                &encode_unsigned(&[VERSION_2]),
                key.algorithm_name().as_der(),
                self.issuer.subject().as_der(),
                &this_update,
                &next_update,
                &revoked,
                &extensions,
            ],
        );
        Ok(UnsignedCrl(Unsigned::new(to_be_signed, key)))
    }

    fn check(&self) -> Result<(), CrlBuildError> {
        if self.issuer.subject().is_empty() {
            return Err(CrlBuildError::NoIssuerName);
        }
        if let Some(usages) = self.issuer.key_usage()
            && !usages.contains(KeyUsage::CrlSign)
        {
            return Err(CrlBuildError::IssuerSignsNoCrls);
        }
        if self.next_update <= self.this_update {
            return Err(CrlBuildError::UpdateReversed {
                this_update: self.this_update,
                next_update: self.next_update,
            });
        }
        let is_number = |number: &CrlNumber| {
            let octets = shortest(number.0.as_der_content());
            octets.len() <= LONGEST_NUMBER && matches!(octets, [..=0x7f, ..])
        };
        if !is_number(&self.number) {
            return Err(CrlBuildError::Number);
        }
        match &self.base_number {
            Some(base) if !is_number(base) || *base >= self.number => {
                return Err(CrlBuildError::BaseNumber);
            }
            None if self.entries.has_removal => return Err(CrlBuildError::RemovalFromComplete),
            _ => {}
        }
        let is_indirect = self.point.as_ref().is_some_and(|point| point.is_indirect());
        if self.entries.has_other_issuer && !is_indirect {
            return Err(CrlBuildError::NotIndirect);
        }
        Ok(())
    }

    /// RFC 5280 §5.2.
    fn all_extensions(&self) -> Result<Vec<EncodedExtension>, CrlBuildError> {
        let mut all = Vec::new();
        // §5.2.1: the key identifier of the issuer, not of whoever issued its certificate.
        if let Some(key) = self.issuer.subject_key_identifier() {
            let key = AuthorityKeyIdentifier::of_key(key);
            all.push(EncodedExtension::of(&key, Criticality::NotCritical));
        }
        // §5.2.3 wants the number not critical, §5.2.4 and §5.2.5 the other two critical.
        all.push(EncodedExtension::of(&self.number, Criticality::NotCritical));
        if let Some(base) = &self.base_number {
            let indicator = DeltaCrlIndicator(base.0.clone());
            all.push(EncodedExtension::of(&indicator, Criticality::Critical));
        }
        if let Some(point) = &self.point {
            all.push(EncodedExtension::of(point, Criticality::Critical));
        }
        for extension in &self.extensions {
            if all.iter().any(|other| other.oid() == extension.oid()) {
                let oid: Oid = extension.oid().clone();
                return Err(BuildError::DuplicateExtension { oid }.into());
            }
            all.push(extension.clone());
        }
        Ok(all)
    }
}

/// The entries so far.
#[derive(Clone, Debug, Default)]
struct Entries {
    encoded: Vec<u8>,
    /// The value of the extension that names the issuer in force; `None` is the issuer of the CRL.
    issuer: Option<Vec<u8>>,
    has_other_issuer: bool,
    has_removal: bool,
}

fn issuer_value(issuer: &Name) -> Vec<u8> {
    CertificateIssuer(vec![GeneralName::Directory(issuer.clone())]).encode()
}

/// One certificate to be put on a CRL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    serial: SerialNumber,
    date: DateTime<Utc>,
    reason: Option<ReasonCode>,
    invalidity_date: Option<DateTime<Utc>>,
    certificate_issuer: Option<Name>,
}

impl Revocation {
    /// The certificate with this serial number, revoked at `date`; fractions of a second are dropped. No reason
    /// is given, and the certificate is one of the issuer of the CRL, by default.
    #[must_use]
    pub const fn new(serial: SerialNumber, date: DateTime<Utc>) -> Self {
        Self {
            serial,
            date,
            reason: None,
            invalidity_date: None,
            certificate_issuer: None,
        }
    }

    /// Says why. [`ReasonCode::Unspecified`] is the same as saying nothing (§5.3.1).
    #[must_use]
    pub fn with_reason(self, reason: ReasonCode) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }

    /// Says since when the key is not to be trusted (§5.3.2).
    #[must_use]
    pub fn with_invalidity_date(self, date: DateTime<Utc>) -> Self {
        Self {
            invalidity_date: Some(date),
            ..self
        }
    }

    /// Says who issued the certificate, for indirect CRLs (§5.3.3).
    #[must_use]
    pub fn with_certificate_issuer(self, issuer: Name) -> Self {
        Self {
            certificate_issuer: Some(issuer),
            ..self
        }
    }
}

/// A CRL that waits for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedCrl(Unsigned);

impl UnsignedCrl {
    /// The octets of `TBSCertList`, which the issuer signs.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.0.to_be_signed()
    }

    /// How they are to be signed.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }

    /// The CRL with this signature, which is not verified.
    ///
    /// # Errors
    ///
    /// [`CrlBuildError::Crl`] should the CRL not be readable, as when it is larger than any can be.
    pub fn assemble(&self, signature: &[u8]) -> Result<Crl, CrlBuildError> {
        Ok(Crl::from_der(self.0.assemble(signature))?)
    }

    /// The CRL with this signature, once it has been verified: a key store that signs with another key, or
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
    ) -> Result<Crl, CrlBuildError> {
        let octets = self.0.assemble_verified(signature, provider)?;
        Ok(Crl::from_der(octets)?)
    }

    /// The CRL, signed by the key of its issuer.
    ///
    /// # Errors
    ///
    /// [`BuildError::OtherKey`] when it is another; [`BuildError::Signature`] when it does not sign; those of
    /// [`Self::assemble`].
    pub fn sign(&self, key: &PrivateKey) -> Result<Crl, CrlBuildError> {
        Ok(Crl::from_der(self.0.sign(key)?)?)
    }
}

impl CrlNumber {
    /// The number that the next CRL bears.
    #[must_use]
    pub fn next(&self) -> Self {
        let next = BigInt::from_signed_bytes_be(self.0.as_der_content()) + 1_u8;
        // Only the longest number that is read at all has none after it.
        SerialNumber::from_der_content(&next.to_signed_bytes_be())
            .map_or_else(|_| self.clone(), Self)
    }
}

impl From<u64> for CrlNumber {
    fn from(number: u64) -> Self {
        Self(number.into())
    }
}

/// Why a CRL was not built or not signed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrlBuildError {
    /// The issuer has no name (RFC 5280 §5.1.2.3).
    #[error("the subject of the issuer is empty")]
    NoIssuerName,
    /// The key of the issuer may sign no CRLs (RFC 5280 §4.2.1.3).
    #[error("the issuer may not sign CRLs")]
    IssuerSignsNoCrls,
    /// The next CRL is due before this one is issued.
    #[error("next update at {next_update} is not after this update at {this_update}")]
    UpdateReversed {
        /// When this one is issued.
        this_update: DateTime<Utc>,
        /// When the next one is due.
        next_update: DateTime<Utc>,
    },
    /// The number is negative or longer than 20 octets (RFC 5280 §5.2.3).
    #[error("the CRL number is negative or longer than 20 octets")]
    Number,
    /// The number of the base is negative, or not below that of the delta CRL (RFC 5280 §5.2.4).
    #[error("the number of the base is negative or not below that of the CRL")]
    BaseNumber,
    /// An entry that takes a certificate off the list, in a complete CRL (RFC 5280 §5.3.1).
    #[error("only a delta CRL takes certificates off the list")]
    RemovalFromComplete,
    /// A certificate of another issuer, in a CRL that is not indirect (RFC 5280 §5.3.3).
    #[error("only an indirect CRL lists certificates of other issuers")]
    NotIndirect,
    /// What holds for whatever is built and signed.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// What was assembled cannot be read back as a CRL.
    #[error(transparent)]
    Crl(#[from] CrlError),
}

impl CrlBuildError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoIssuerName => "no-issuer-name",
            Self::IssuerSignsNoCrls => "issuer-signs-no-crls",
            Self::UpdateReversed { .. } => "update-reversed",
            Self::Number => "bad-crl-number",
            Self::BaseNumber => "bad-base-number",
            Self::RemovalFromComplete => "removal-from-complete",
            Self::NotIndirect => "not-indirect",
            Self::Build(error) => error.code(),
            Self::Crl(error) => error.code(),
        }
    }
}

/// How version 2 is written (RFC 5280 §5.1).
const VERSION_2: u8 = 1;
/// The most octets of a CRL number (RFC 5280 §5.2.3).
const LONGEST_NUMBER: usize = 20;
