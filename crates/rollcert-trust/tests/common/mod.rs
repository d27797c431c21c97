//! What the test files share: authorities that issue whatever they are told to, and stores in memory.
//!
//! ```ignore
//! let root = Authority::root("Acme Root");
//! let issuing = root.authority("Acme Issuing");
//! let leaf = issuing.issue(Template::leaf("acme as2"));
//! let stores = TestStores::new().root(&root).certificate(&issuing).crl(&issuing.crl_of(&[]));
//! let policy = policy();
//! let report = evaluator(&stores, &policy).evaluate(&Question::new(&leaf.certificate, now()));
//! ```

#![allow(dead_code, reason = "not every test file uses everything")]
#![allow(unreachable_pub, reason = "a module of several test crates")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::exhaustive_structs,
    reason = "tests panic, and this is no API"
)]

pub mod names;
pub mod world;

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_crypto::{
    DigestAlgorithm, Error, KeyAlgorithm, PrivateKey, Provider, SignatureAlgorithm, Signer,
    rustcrypto,
};
use rollcert_pki::asn1::{Element, encode, encode_unsigned, tag};
use rollcert_pki::extension::{
    AuthorityKeyIdentifier, BasicConstraints, Criticality, CrlNumber, EncodedExtension,
    ExtendedKeyUsages, ExtensionValue, GeneralName, ReasonCode, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use rollcert_pki::{
    Certificate, Crl, CrlIndex, ExtendedKeyUsage, KeyIdentifierMethod, KeyUsage, KeyUsages, Limits,
    Name, Oid, SerialNumber, SignatureAlgorithmName, Thumbprint,
};
use rollcert_trust::{
    CertificateStore, CrlStore, Evaluator, Policy, RevocationPolicy, RootStore, StoredCertificate,
    StoredCrl, Stores, TrustList, TrustListEntry,
};

pub const PROVIDER: &Provider = &rustcrypto::PROVIDER;

/// When everything is judged, unless a test says otherwise.
pub fn now() -> DateTime<Utc> {
    at("2026-06-01T12:00:00Z")
}

/// A moment, written as RFC 3339.
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// So many days after [`now`]; before, if negative.
pub fn day(days: i64) -> DateTime<Utc> {
    now() + TimeDelta::days(days)
}

/// A name of a common name alone; of no part at all for an empty text.
pub fn name(common_name: &str) -> Name {
    if common_name.is_empty() {
        return Name::from_der(&encode(tag::SEQUENCE, &[])).unwrap();
    }
    Name::builder().common_name(common_name).build().unwrap()
}

/// A new key that signs; another one every time.
pub fn key() -> PrivateKey {
    key_of(KeyAlgorithm::P256)
}

/// A new key of this kind. RSA keys take their time.
pub fn key_of(algorithm: KeyAlgorithm) -> PrivateKey {
    let mut rng = StdRng::seed_from_u64(next_number());
    let pkcs8 = PROVIDER.generate_key(algorithm, &mut rng).unwrap();
    PROVIDER.load_key(&pkcs8).unwrap()
}

/// A key that signs as this one does, and whose public half is written as these octets.
pub fn key_with_info(key: &PrivateKey, info: Vec<u8>) -> PrivateKey {
    struct Shared(PrivateKey);
    impl Signer for Shared {
        fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Error> {
            self.0.signer()?.sign(algorithm, message)
        }
    }
    PrivateKey::new(key.algorithm(), info).with_signer(Arc::new(Shared(key.clone())))
}

/// Any extension, in DER, not critical.
pub fn extension(value: &impl ExtensionValue) -> EncodedExtension {
    EncodedExtension::of(value, Criticality::NotCritical)
}

/// Any extension, in DER, critical.
pub fn critical(value: &impl ExtensionValue) -> EncodedExtension {
    EncodedExtension::of(value, Criticality::Critical)
}

/// An extension that nobody knows.
pub fn unknown_extension(criticality: Criticality) -> EncodedExtension {
    let oid = der::asn1::ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1");
    EncodedExtension::new(oid, criticality, [tag::NULL, 0])
}

/// The usages that go with a list of them.
pub fn usages(usages: &[KeyUsage]) -> KeyUsages {
    usages.iter().copied().collect()
}

/// What a certificate is to say. Nothing is refused, however wrong.
///
/// Key identifiers are written by themselves, unless [`Template::without`] or [`Template::with`] say otherwise.
#[derive(Clone)]
pub struct Template {
    pub version: u8,
    pub subject: Name,
    /// As the content of an INTEGER.
    pub serial: Vec<u8>,
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    pub key: PrivateKey,
    pub extensions: Vec<EncodedExtension>,
    /// In place of the name of whoever issues it.
    pub issuer: Option<Name>,
    /// In place of what goes with the key that signs.
    pub signature_algorithm: Option<SignatureAlgorithm>,
    left_out: Vec<Oid>,
    has_extensions_in_any_version: bool,
    written_validity: Option<Vec<u8>>,
}

impl Template {
    /// An end entity, from a year ago until in a year: signs and encrypts, no extended key usage.
    pub fn leaf(common_name: &str) -> Self {
        Self {
            version: 3,
            subject: name(common_name),
            serial: serial_content(next_number()),
            not_before: day(-365),
            not_after: day(365),
            key: key(),
            extensions: vec![critical(&usages(&[
                KeyUsage::DigitalSignature,
                KeyUsage::KeyEncipherment,
                KeyUsage::KeyAgreement,
            ]))],
            issuer: None,
            signature_algorithm: None,
            left_out: Vec::new(),
            has_extensions_in_any_version: false,
            written_validity: None,
        }
    }

    /// An authority, from two years ago until in ten, without a limit to its paths.
    pub fn authority(common_name: &str) -> Self {
        Self {
            not_before: day(-730),
            not_after: day(3650),
            extensions: vec![
                critical(&BasicConstraints::authority(None)),
                critical(&usages(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign])),
            ],
            ..Self::leaf(common_name)
        }
    }

    /// Writes this extension, in place of one of its kind.
    pub fn with(mut self, extension: EncodedExtension) -> Self {
        self.extensions
            .retain(|other| other.oid() != extension.oid());
        self.extensions.push(extension);
        self
    }

    /// Leaves the extension of this type out.
    pub fn without<T: ExtensionValue>(mut self) -> Self {
        let oid = Oid::from(T::OID);
        self.extensions.retain(|other| *other.oid() != oid);
        self.left_out.push(oid);
        self
    }

    /// Writes this extension, even beside another of its kind.
    pub fn with_another(mut self, extension: EncodedExtension) -> Self {
        self.extensions.push(extension);
        self
    }

    pub fn with_path_length(self, length: u32) -> Self {
        self.with(critical(&BasicConstraints::authority(Some(length))))
    }

    pub fn with_key_usage(self, list: &[KeyUsage]) -> Self {
        self.with(critical(&usages(list)))
    }

    pub fn with_extended_key_usage(self, list: &[ExtendedKeyUsage]) -> Self {
        self.with(extension(&ExtendedKeyUsages(list.to_vec())))
    }

    pub fn with_alternative_names(self, names: &[GeneralName]) -> Self {
        self.with(extension(&SubjectAlternativeName(names.to_vec())))
    }

    pub fn with_validity(mut self, not_before: DateTime<Utc>, not_after: DateTime<Utc>) -> Self {
        (self.not_before, self.not_after) = (not_before, not_after);
        self
    }

    /// The two times as they are written, whatever they are.
    pub fn with_written_validity(mut self, times: &[&[u8]; 2]) -> Self {
        self.written_validity = Some(times.concat());
        self
    }

    pub fn with_subject(mut self, subject: Name) -> Self {
        self.subject = subject;
        self
    }

    pub fn with_serial(mut self, serial: u64) -> Self {
        self.serial = serial_content(serial);
        self
    }

    /// The content of its INTEGER, whatever it is.
    pub fn with_serial_octets(mut self, octets: &[u8]) -> Self {
        self.serial = octets.to_vec();
        self
    }

    pub fn with_key(mut self, key: &PrivateKey) -> Self {
        self.key = key.clone();
        self
    }

    pub fn with_issuer(mut self, issuer: Name) -> Self {
        self.issuer = Some(issuer);
        self
    }

    pub fn with_signature_algorithm(mut self, algorithm: SignatureAlgorithm) -> Self {
        self.signature_algorithm = Some(algorithm);
        self
    }

    pub fn with_version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    /// The octets of `TBSCertificate`, and the algorithm that they name.
    fn to_be_signed(
        &self,
        issuer: &Name,
        issuer_key: &PrivateKey,
    ) -> (Vec<u8>, SignatureAlgorithm) {
        let algorithm = self.signature_algorithm.unwrap_or_else(|| {
            SignatureAlgorithm::for_key(issuer_key.algorithm(), DigestAlgorithm::Sha256)
        });
        let mut extensions = Vec::new();
        for identifier in [
            extension(&SubjectKeyIdentifier(key_identifier(&self.key))),
            extension(&AuthorityKeyIdentifier::of_key(key_identifier(issuer_key))),
        ] {
            let is_chosen = self
                .extensions
                .iter()
                .any(|other| other.oid() == identifier.oid());
            if !is_chosen && !self.left_out.contains(identifier.oid()) {
                extensions.push(identifier);
            }
        }
        extensions.extend(self.extensions.iter().cloned());
        let has_extensions = self.version == 3 || self.has_extensions_in_any_version;
        let extensions = if has_extensions && !extensions.is_empty() {
            let list = EncodedExtension::to_der_sequence(&extensions);
            encode(tag::CONTEXT_CONSTRUCTED + 3, &[&list])
        } else {
            Vec::new()
        };
        let version = match self.version {
            1 => Vec::new(),
            version => encode(
                tag::CONTEXT_CONSTRUCTED,
                &[&encode_unsigned(&[version - 1])],
            ),
        };
        let validity = self.written_validity.clone().unwrap_or_else(|| {
            let times = [self.not_before, self.not_after];
            times.map(time).concat()
        });
        let octets = encode(
            tag::SEQUENCE,
            &[
                &version,
                &encode(tag::INTEGER, &[&self.serial]),
                SignatureAlgorithmName::from(algorithm).as_der(),
                self.issuer.as_ref().unwrap_or(issuer).as_der(),
                &encode(tag::SEQUENCE, &[&validity]),
                self.subject.as_der(),
                self.key.public_key_info(),
                &extensions,
            ],
        );
        (octets, algorithm)
    }

    /// Writes the extensions although the version does not have any.
    pub fn with_extensions_in_any_version(mut self) -> Self {
        self.has_extensions_in_any_version = true;
        self
    }

    /// The octets of the certificate, signed by this key in this name, be they a certificate or not.
    pub fn der(&self, issuer: &Name, issuer_key: &PrivateKey) -> Vec<u8> {
        let (to_be_signed, algorithm) = self.to_be_signed(issuer, issuer_key);
        signed(&to_be_signed, algorithm, issuer_key)
    }

    /// The certificate with this for a signature.
    pub fn signed_with(
        &self,
        issuer: &Name,
        issuer_key: &PrivateKey,
        signature: &[u8],
    ) -> Certificate {
        let (to_be_signed, algorithm) = self.to_be_signed(issuer, issuer_key);
        Certificate::from_der(assembled(&to_be_signed, algorithm, signature)).unwrap()
    }

    /// The certificate, signed by this key in this name.
    pub fn signed_by(&self, issuer: &Name, issuer_key: &PrivateKey) -> Authority {
        Authority {
            certificate: Certificate::from_der(self.der(issuer, issuer_key)).unwrap(),
            key: self.key.clone(),
        }
    }
}

/// A certificate and its key, whether it is an authority or not.
#[derive(Clone)]
pub struct Authority {
    pub certificate: Certificate,
    pub key: PrivateKey,
}

impl Authority {
    /// A root that signs itself.
    pub fn root(common_name: &str) -> Self {
        Self::self_signed(&Template::authority(common_name))
    }

    /// Whatever signs itself.
    pub fn self_signed(template: &Template) -> Self {
        template.signed_by(&template.subject, &template.key)
    }

    /// Issues what it is told to.
    pub fn issue(&self, template: Template) -> Self {
        template.signed_by(self.certificate.subject(), &self.key)
    }

    /// Issues the certificate of an authority.
    pub fn authority(&self, common_name: &str) -> Self {
        self.issue(Template::authority(common_name))
    }

    /// Issues the certificate of an end entity.
    pub fn leaf(&self, common_name: &str) -> Self {
        self.issue(Template::leaf(common_name))
    }

    /// Certifies another authority: its name, its key.
    pub fn cross(&self, other: &Self) -> Self {
        self.issue(Self::template_of(other))
    }

    /// A template for another certificate of the same authority: its name, its key.
    pub fn template_of(other: &Self) -> Template {
        Template::authority("")
            .with_subject(other.certificate.subject().clone())
            .with_key(&other.key)
    }

    /// What it has issued, with another element at this place of what is signed, signed anew: a certificate, a CRL, or
    /// neither.
    pub fn reissue(&self, to_be_signed: &[u8], place: usize, element: &[u8]) -> Vec<u8> {
        let mut parts = fields(to_be_signed);
        parts[place] = element.to_vec();
        let algorithm = SignatureAlgorithm::for_key(self.key.algorithm(), DigestAlgorithm::Sha256);
        signed(&sequence(&parts), algorithm, &self.key)
    }

    /// The same key in the certificate, with a signature that does not verify.
    pub fn with_broken_signature(&self) -> Self {
        let mut octets = self.certificate.as_der().to_vec();
        *octets.last_mut().unwrap() ^= 1;
        Self {
            certificate: Certificate::from_der(octets).unwrap(),
            key: self.key.clone(),
        }
    }

    /// A CRL, signed by its key in its name.
    pub fn crl(&self, crl: &CrlTemplate) -> Crl {
        crl.signed_by(self.certificate.subject(), &self.key)
    }

    /// A CRL, number 1, that lists these certificates.
    pub fn crl_of(&self, revoked: &[&Self]) -> Crl {
        let template = revoked.iter().fold(CrlTemplate::new(1), |template, other| {
            template.revoking(&other.certificate)
        });
        self.crl(&template)
    }

    pub fn stored(&self) -> StoredCertificate {
        StoredCertificate::new(self.certificate.clone(), PROVIDER)
    }
}

/// What a CRL is to say. Nothing is refused, however wrong.
#[derive(Clone)]
pub struct CrlTemplate {
    pub this_update: DateTime<Utc>,
    pub next_update: Option<DateTime<Utc>>,
    pub entries: Vec<CrlEntry>,
    pub extensions: Vec<EncodedExtension>,
    /// In place of the name of whoever signs it.
    pub issuer: Option<Name>,
    left_out: Vec<Oid>,
}

/// What an entry of a CRL is to say.
#[derive(Clone)]
pub struct CrlEntry {
    /// As the content of an INTEGER.
    pub serial: Vec<u8>,
    pub date: DateTime<Utc>,
    pub extensions: Vec<EncodedExtension>,
}

impl CrlTemplate {
    /// A complete CRL with this number that lists nothing, from yesterday until in a month.
    pub fn new(number: u64) -> Self {
        Self {
            this_update: day(-1),
            next_update: Some(day(30)),
            entries: Vec::new(),
            extensions: vec![extension(&CrlNumber(serial(number)))],
            issuer: None,
            left_out: Vec::new(),
        }
    }

    pub fn with_times(
        mut self,
        this_update: DateTime<Utc>,
        next_update: Option<DateTime<Utc>>,
    ) -> Self {
        (self.this_update, self.next_update) = (this_update, next_update);
        self
    }

    /// Writes this extension, in place of one of its kind.
    pub fn with(mut self, extension: EncodedExtension) -> Self {
        self.extensions
            .retain(|other| other.oid() != extension.oid());
        self.extensions.push(extension);
        self
    }

    /// Leaves the extension of this type out.
    pub fn without<T: ExtensionValue>(mut self) -> Self {
        let oid = Oid::from(T::OID);
        self.extensions.retain(|other| *other.oid() != oid);
        self.left_out.push(oid);
        self
    }

    pub fn with_issuer(mut self, issuer: Name) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// Lists this certificate, a week ago, without a reason.
    pub fn revoking(self, certificate: &Certificate) -> Self {
        self.listing(certificate.serial(), &[])
    }

    /// Lists this certificate, a week ago, for this reason.
    pub fn revoking_for(self, certificate: &Certificate, reason: ReasonCode) -> Self {
        self.listing(certificate.serial(), &[extension(&reason)])
    }

    /// Lists this number, a week ago, with these extensions.
    pub fn listing(mut self, serial: &SerialNumber, extensions: &[EncodedExtension]) -> Self {
        self.entries.push(CrlEntry {
            serial: serial.as_der_content().to_vec(),
            date: day(-7),
            extensions: extensions.to_vec(),
        });
        self
    }

    /// The CRL, signed by this key in this name.
    pub fn signed_by(&self, issuer: &Name, key: &PrivateKey) -> Crl {
        Crl::from_der(self.der(issuer, key)).unwrap()
    }

    /// Its octets, be they a CRL or not.
    pub fn der(&self, issuer: &Name, key: &PrivateKey) -> Vec<u8> {
        let algorithm = SignatureAlgorithm::for_key(key.algorithm(), DigestAlgorithm::Sha256);
        let mut extensions = Vec::new();
        let identifier = extension(&AuthorityKeyIdentifier::of_key(key_identifier(key)));
        let is_chosen = self
            .extensions
            .iter()
            .any(|other| other.oid() == identifier.oid());
        if !is_chosen && !self.left_out.contains(identifier.oid()) {
            extensions.push(identifier);
        }
        extensions.extend(self.extensions.iter().cloned());
        let extensions = match extensions.as_slice() {
            [] => Vec::new(),
            list => encode(
                tag::CONTEXT_CONSTRUCTED,
                &[&EncodedExtension::to_der_sequence(list)],
            ),
        };
        let entries: Vec<u8> = self.entries.iter().flat_map(CrlEntry::encode).collect();
        let entries = if entries.is_empty() {
            Vec::new()
        } else {
            encode(tag::SEQUENCE, &[&entries])
        };
        let to_be_signed = encode(
            tag::SEQUENCE,
            &[
                &encode_unsigned(&[1]),
                SignatureAlgorithmName::from(algorithm).as_der(),
                self.issuer.as_ref().unwrap_or(issuer).as_der(),
                &time(self.this_update),
                &self.next_update.map(time).unwrap_or_default(),
                &entries,
                &extensions,
            ],
        );
        signed(&to_be_signed, algorithm, key)
    }
}

impl CrlEntry {
    fn encode(&self) -> Vec<u8> {
        let extensions = match self.extensions.as_slice() {
            [] => Vec::new(),
            list => EncodedExtension::to_der_sequence(list),
        };
        encode(
            tag::SEQUENCE,
            &[
                &encode(tag::INTEGER, &[&self.serial]),
                &time(self.date),
                &extensions,
            ],
        )
    }
}

/// Stores in memory, small and slow: each look-up compares with everything.
#[derive(Clone, Default)]
pub struct TestStores {
    pub roots: Vec<StoredCertificate>,
    pub certificates: Vec<StoredCertificate>,
    pub crls: Vec<StoredCrl>,
    pub entries: Vec<TrustListEntry>,
    pub key_entries: Vec<TrustListEntry>,
}

impl TestStores {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn root(mut self, root: &Authority) -> Self {
        self.roots.push(root.stored());
        self
    }

    pub fn certificate(mut self, certificate: &Authority) -> Self {
        self.certificates.push(certificate.stored());
        self
    }

    pub fn certificates(self, certificates: &[&Authority]) -> Self {
        certificates
            .iter()
            .fold(self, |stores, certificate| stores.certificate(certificate))
    }

    pub fn crl(mut self, crl: &Crl) -> Self {
        let index = CrlIndex::of(crl.clone(), &Limits::default()).unwrap();
        self.crls.push(StoredCrl::new(index, PROVIDER));
        self
    }

    /// An entry for a certificate, by its SHA-512 thumbprint.
    pub fn entry(mut self, entry: TrustListEntry) -> Self {
        self.entries.push(entry);
        self
    }

    /// An entry for a key, by the SHA-256 of its `SubjectPublicKeyInfo`.
    pub fn key_entry(mut self, entry: TrustListEntry) -> Self {
        self.key_entries.push(entry);
        self
    }

    pub fn stores(&self) -> Stores<'_> {
        Stores::new(self, self, self, self)
    }
}

/// RFC 5280 in full, revocation unknown accepted.
pub fn policy() -> Policy {
    Policy::partner()
}

/// The same, and what is not known not to be revoked is refused.
pub fn strict_policy() -> Policy {
    let mut policy = policy();
    policy.revocation = RevocationPolicy::STRICT;
    policy
}

/// Judges by these stores and this policy, without a cache.
pub fn evaluator<'a>(stores: &'a TestStores, policy: &'a Policy) -> Evaluator<'a> {
    Evaluator::new(stores.stores(), policy, PROVIDER)
}

impl RootStore for TestStores {
    fn roots_named(&self, subject: &Name) -> Vec<StoredCertificate> {
        named(&self.roots, subject)
    }

    fn is_root(&self, certificate: &StoredCertificate) -> bool {
        self.roots.contains(certificate)
    }
}

impl CertificateStore for TestStores {
    fn named(&self, subject: &Name) -> Vec<StoredCertificate> {
        named(&self.certificates, subject)
    }

    fn with_key_identifier(&self, identifier: &[u8]) -> Vec<StoredCertificate> {
        filtered(&self.certificates, |certificate| {
            certificate.subject_key_identifier() == Some(identifier)
        })
    }

    fn issued_as(&self, issuer: &Name, serial: &SerialNumber) -> Vec<StoredCertificate> {
        filtered(&self.certificates, |certificate| {
            certificate.issuer().matches(issuer) && certificate.serial() == serial
        })
    }

    fn with_email(&self, address: &str) -> Vec<StoredCertificate> {
        filtered(&self.certificates, |certificate| {
            certificate.emails().iter().any(|email| email == address)
        })
    }

    fn by_thumbprint(&self, sha256: &Thumbprint) -> Option<StoredCertificate> {
        let mut certificates = self.certificates.iter();
        certificates
            .find(|stored| stored.sha256() == sha256)
            .cloned()
    }
}

impl CrlStore for TestStores {
    fn crls_of(&self, issuer: &Name) -> Vec<StoredCrl> {
        let crls = self.crls.iter();
        crls.filter(|crl| crl.crl().issuer().matches(issuer))
            .cloned()
            .collect()
    }
}

impl TrustList for TestStores {
    fn entry(&self, sha512: &Thumbprint) -> Option<TrustListEntry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.thumbprint == *sha512).cloned()
    }

    fn key_entry(&self, spki_sha256: &Thumbprint) -> Option<TrustListEntry> {
        let mut entries = self.key_entries.iter();
        entries
            .find(|entry| entry.thumbprint == *spki_sha256)
            .cloned()
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.key_entries.is_empty()
    }
}

fn named(certificates: &[StoredCertificate], subject: &Name) -> Vec<StoredCertificate> {
    filtered(certificates, |certificate| {
        certificate.subject().matches(subject)
    })
}

fn filtered(
    certificates: &[StoredCertificate],
    wanted: impl Fn(&Certificate) -> bool,
) -> Vec<StoredCertificate> {
    let certificates = certificates.iter();
    certificates
        .filter(|stored| wanted(stored.certificate()))
        .cloned()
        .collect()
}

/// A serial number.
pub fn serial(number: u64) -> SerialNumber {
    SerialNumber::from_der_content(&serial_content(number)).unwrap()
}

fn serial_content(number: u64) -> Vec<u8> {
    encode_unsigned(&number.to_be_bytes())[2..].to_vec()
}

/// The key identifier that goes with a key (RFC 5280 §4.2.1.2, method 1); any other for a key that cannot be read.
pub fn key_identifier(key: &PrivateKey) -> Vec<u8> {
    let info = key.public_key_info();
    let identifier = KeyIdentifierMethod::Sha1.identify(info, PROVIDER);
    identifier.unwrap_or_else(|_| PROVIDER.digest(DigestAlgorithm::Sha1, info))
}

fn time(time: DateTime<Utc>) -> Vec<u8> {
    if time < at("2050-01-01T00:00:00Z") {
        encode(0x17, &[time.format("%y%m%d%H%M%SZ").to_string().as_bytes()])
    } else {
        encode(0x18, &[time.format("%Y%m%d%H%M%SZ").to_string().as_bytes()])
    }
}

/// The elements of a constructed one.
pub fn fields(octets: &[u8]) -> Vec<Vec<u8>> {
    let mut fields = Element::parse(octets).unwrap().reader();
    let mut parts = Vec::new();
    while !fields.is_empty() {
        parts.push(fields.element().unwrap().raw().to_vec());
    }
    parts
}

/// A SEQUENCE of these elements.
pub fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    encode(tag::SEQUENCE, &[&elements.concat()])
}

/// `SIGNED{}` of these octets.
pub fn signed(to_be_signed: &[u8], algorithm: SignatureAlgorithm, key: &PrivateKey) -> Vec<u8> {
    let signature = key.signer().unwrap().sign(algorithm, to_be_signed).unwrap();
    assembled(to_be_signed, algorithm, &signature)
}

fn assembled(to_be_signed: &[u8], algorithm: SignatureAlgorithm, signature: &[u8]) -> Vec<u8> {
    encode(
        tag::SEQUENCE,
        &[
            to_be_signed,
            SignatureAlgorithmName::from(algorithm).as_der(),
            &encode(tag::BIT_STRING, &[&[0], signature]),
        ],
    )
}

/// Counts from 1000 on: serial numbers and seeds of keys.
fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
