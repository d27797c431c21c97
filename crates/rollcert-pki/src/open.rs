use core::fmt;

use der::Tag;
use rand_core::CryptoRng;
use rollcert_crypto::{DigestAlgorithm, Provider};
use zeroize::Zeroizing;

use crate::Limits;
use crate::asn1::{DecodeError, Element};
use crate::ber::Shape;
use crate::certificate::{Certificate, CertificateError};
use crate::certs_only::{self, SIGNED_DATA};
use crate::credential::{Credential, CredentialError};
use crate::import_error::{ImportError, Refusal};
use crate::key::{KeyFile, Password};
use crate::oid::Oid;
use crate::pem::{self, Block};
use crate::pkcs8;
use crate::pkcs12::{self, Bag, BagValue};
use crate::secret::secret_der;
use crate::thumbprint::Thumbprint;
use crate::unlock::{Schemes, Unlock};

/// Opens a file of certificates or keys by its content, whatever it is called.
///
/// DER and PEM, bare base64, PKCS#7 and PKCS#12 in BER or DER. The password is used where something asks
/// for it; one that nothing asks for is a warning. In a file of several certificates a bad one is a
/// warning that says which.
///
/// # Errors
///
/// See [`ImportError`].
pub fn open(
    octets: &[u8],
    password: Option<&Password>,
    provider: &Provider,
    limits: &Limits,
) -> Result<Bundle, ImportError> {
    examine(octets, password, provider, limits).map_err(|refusal| refusal.error)
}

/// Opens a file as [`open()`] does, and tells of one that could not be opened what was found until then:
/// what kind it is, and how it is protected.
///
/// # Errors
///
/// [`Refusal`], with the same [`ImportError`] in it.
pub fn examine(
    octets: &[u8],
    password: Option<&Password>,
    provider: &Provider,
    limits: &Limits,
) -> Result<Bundle, Box<Refusal>> {
    let mut opener = Opener {
        unlock: Unlock::new(password, provider, limits),
        kind: FileKind::Unknown,
        protection: Schemes::default(),
        entries: Vec::new(),
        certificates: 0,
        warnings: Vec::new(),
        first_failure: None,
    };
    let opened = opener.open(octets);
    opener.finish(opened)
}

/// What a file was and what it held.
#[derive(Debug)]
#[non_exhaustive]
pub struct Bundle {
    /// What kind of file it was.
    pub kind: FileKind,
    /// How it was protected, in words: schemes, iterations, MAC. `None` where nothing was.
    pub protection: Option<String>,
    /// What it held, in the order of the file.
    pub entries: Vec<Entry>,
    /// What its reader should know.
    pub warnings: Vec<Warning>,
}

impl Bundle {
    /// The certificates, in the order of the file.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificate_entries().map(|entry| &entry.certificate)
    }

    /// The keys, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &KeyEntry> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Key(entry) => Some(entry),
            Entry::Certificate(_) => None,
        })
    }

    /// Each key with each certificate that is its own, proven by signing, and the certificates of the
    /// file that lead from there upwards.
    ///
    /// # Errors
    ///
    /// [`CredentialError::KeyMismatch`] when a key belongs to no certificate of the file,
    /// [`CredentialError::NoCertificate`] when there is none, [`CredentialError::TooMany`] beyond 100 pairs,
    /// [`CredentialError::Crypto`] for keys that the backend does not load. A file without keys is no error.
    pub fn credentials(
        &self,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Credential>, CredentialError> {
        let mut credentials = Vec::new();
        let mut trials = MOST_TRIALS;
        for entry in self.keys() {
            if self.certificates().next().is_none() {
                return Err(CredentialError::NoCertificate);
            }
            let key = entry.key.load(provider)?;
            let matcher = entry.key.matcher(provider);
            let before = credentials.len();
            for certificate in self.certificates() {
                if matcher.matches(certificate, provider, &mut trials) {
                    if credentials.len() == MOST_CREDENTIALS {
                        return Err(CredentialError::TooMany {
                            limit: MOST_CREDENTIALS,
                        });
                    }
                    let chain = self.chain_of(certificate);
                    let certificate = certificate.clone();
                    credentials.push(Credential::new(
                        certificate,
                        chain,
                        key.clone(),
                        provider,
                        rng,
                    )?);
                }
            }
            if credentials.len() == before {
                return Err(CredentialError::KeyMismatch);
            }
        }
        Ok(credentials)
    }

    fn certificate_entries(&self) -> impl Iterator<Item = &CertificateEntry> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Certificate(entry) => Some(entry),
            Entry::Key(_) => None,
        })
    }

    /// The certificates above `leaf`, each the issuer of the one before it by name.
    fn chain_of(&self, leaf: &Certificate) -> Vec<Certificate> {
        let mut chain: Vec<Certificate> = Vec::new();
        let mut last = leaf;
        while !last.is_self_issued() && chain.len() < MOST_ISSUERS {
            let issuer = self.certificates().find(|candidate| {
                candidate.subject().matches(last.issuer())
                    && *candidate != leaf
                    && !chain.contains(candidate)
            });
            let Some(issuer) = issuer else {
                break;
            };
            chain.push(issuer.clone());
            last = issuer;
        }
        chain
    }
}

/// One thing in a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Entry {
    /// A certificate.
    Certificate(CertificateEntry),
    /// A private key.
    Key(KeyEntry),
}

/// A certificate in a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CertificateEntry {
    /// What the file calls it (`friendlyName`).
    pub alias: Option<String>,
    /// What ties it to its key (`localKeyId`).
    pub local_key_id: Option<Vec<u8>>,
    /// The certificate.
    pub certificate: Certificate,
    /// Whether its private key is in the same file.
    pub has_key: bool,
}

/// A private key in a file.
#[derive(Debug)]
#[non_exhaustive]
pub struct KeyEntry {
    /// What the file calls it (`friendlyName`).
    pub alias: Option<String>,
    /// What ties it to its certificate (`localKeyId`).
    pub local_key_id: Option<Vec<u8>>,
    /// The key.
    pub key: KeyFile,
    /// The SHA-256 thumbprint of the certificate in the same file that it belongs to.
    pub matches: Option<Thumbprint>,
}

/// Something worth knowing that did not keep the file from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// A stable name for this kind of warning.
    pub code: &'static str,
    /// The particulars, for people.
    pub text: String,
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// One certificate.
    Certificate,
    /// Several certificates, or certificates and keys, as PEM.
    Certificates,
    /// PKCS#7 or CMS with certificates.
    Pkcs7,
    /// PKCS#12.
    Pkcs12,
    /// Private keys alone.
    Key,
    /// A certification request (PKCS#10).
    Csr,
    /// A certificate revocation list.
    Crl,
    /// A ZIP archive.
    Zip,
    /// None of these.
    Unknown,
}

impl FileKind {
    /// A stable name: `certificate`, `certificates`, `pkcs7`, `pkcs12`, `key`, `csr`, `crl`, `zip`,
    /// `unknown`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Certificates => "certificates",
            Self::Pkcs7 => "pkcs7",
            Self::Pkcs12 => "pkcs12",
            Self::Key => "key",
            Self::Csr => "csr",
            Self::Crl => "crl",
            Self::Zip => "zip",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A file that is being opened.
struct Opener<'a> {
    unlock: Unlock<'a>,
    kind: FileKind,
    protection: Schemes,
    entries: Vec<Entry>,
    /// How many certificates were met, bad ones included.
    certificates: usize,
    warnings: Vec<Warning>,
    /// What goes wrong with one entry is an error only when no other entry is left.
    first_failure: Option<ImportError>,
}

impl Opener<'_> {
    fn open(&mut self, octets: &[u8]) -> Result<(), ImportError> {
        let limits = self.unlock.limits;
        if octets.len() > limits.octets {
            let limit = u64::try_from(limits.octets).unwrap_or(u64::MAX);
            return Err(ImportError::Limit {
                what: "octets",
                limit,
            });
        }
        if octets.starts_with(ZIP) {
            self.kind = FileKind::Zip;
            return Err(ImportError::UnsupportedKind { kind: self.kind });
        }
        if let Ok(structure) = Structure::recognise(octets, limits) {
            return self.open_structure(&structure, octets);
        }
        if pem::is_pem(octets) {
            return self.open_pem(octets);
        }
        if let Some(decoded) = pem::decode_bare(octets) {
            let structure = Structure::recognise(&decoded, limits)?;
            return self.open_structure(&structure, &decoded);
        }
        match octets.first() {
            // It begins as a structure does: say where it ceases to be one.
            Some(0x30) if !is_text(octets) => Structure::recognise(octets, limits).map(|_| ()),
            _ => Err(ImportError::UnknownFormat),
        }
    }

    fn open_structure(&mut self, structure: &Structure, octets: &[u8]) -> Result<(), ImportError> {
        self.kind = structure.kind();
        match structure {
            Structure::Certificate => {
                let certificate = Certificate::from_der(octets)?;
                self.add_certificate(None, None, Ok(certificate))
            }
            Structure::SignedData => self.open_pkcs7(octets),
            Structure::Pfx => {
                let mut protection = Schemes::default();
                let bags = pkcs12::open(octets, &mut self.unlock, &mut protection);
                if let Some(protection) = protection.into_text() {
                    self.protection.add(protection);
                }
                bags?.into_iter().try_for_each(|bag| self.add_bag(bag))
            }
            Structure::PrivateKeyInfo
            | Structure::EncryptedPrivateKeyInfo
            | Structure::RsaPrivateKey
            | Structure::EcPrivateKey => self.open_key(structure, octets),
            Structure::CertificationRequest | Structure::CertificateList => {
                Err(ImportError::UnsupportedKind { kind: self.kind })
            }
            Structure::OtherContent(oid) => Err(ImportError::Unsupported {
                what: format!("CMS content of type {oid}"),
            }),
            Structure::Unknown => Err(ImportError::UnknownFormat),
        }
    }

    fn open_pem(&mut self, text: &[u8]) -> Result<(), ImportError> {
        let limits = self.unlock.limits;
        let mut kinds = Vec::new();
        let mut failure = None;
        for (index, block) in pem::blocks(text).enumerate() {
            if index == limits.entries {
                return Err(DecodeError::limit("blocks", limits.entries, block.offset).into());
            }
            match self.open_block(index + 1, block) {
                Ok(kind) => kinds.extend(kind),
                // Only keys fail a file. The blocks after it still tell what kind of file it is.
                Err(error) => {
                    kinds.push(FileKind::Key);
                    failure.get_or_insert(error);
                }
            }
        }
        let has = |wanted: FileKind| kinds.contains(&wanted);
        self.kind = match (self.certificates, has(FileKind::Key)) {
            _ if has(FileKind::Pkcs7) && kinds.iter().all(|kind| *kind == FileKind::Pkcs7) => {
                FileKind::Pkcs7
            }
            (0, true) => FileKind::Key,
            (1, false) => FileKind::Certificate,
            (0, false) => kinds.first().copied().unwrap_or(FileKind::Unknown),
            _ => FileKind::Certificates,
        };
        failure.map_or(Ok(()), Err)
    }

    /// Opens one block of PEM and says what it was; nothing for what is passed over in silence. An error is
    /// one of a key.
    fn open_block(
        &mut self,
        position: usize,
        block: Block<'_>,
    ) -> Result<Option<FileKind>, ImportError> {
        let is_key = block.label.ends_with("PRIVATE KEY");
        let is_certificate = block.label.ends_with("CERTIFICATE");
        if block.label.ends_with("PARAMETERS") {
            return Ok(None);
        }
        if is_key && block.has_encryption_header {
            let what = "private key encrypted by DEK-Info headers (RFC 1421)".to_owned();
            return Err(ImportError::Unsupported { what });
        }
        let limits = self.unlock.limits;
        let opened = match block.label {
            "TRUSTED CERTIFICATE" => Err(ImportError::Unsupported {
                what: "OpenSSL certificate with trust settings (TRUSTED CERTIFICATE)".to_owned(),
            }),
            _ => block
                .octets
                .map_err(ImportError::Decode)
                .and_then(|octets| {
                    Structure::recognise(&octets, limits).map(|structure| (structure, octets))
                }),
        };
        let (structure, octets) = match opened {
            Ok(opened) => opened,
            // A key that cannot be read is what the caller came for.
            Err(error) if is_key => return Err(error),
            Err(error) => {
                self.certificates += usize::from(is_certificate);
                self.fail(position, block.label, error);
                return Ok(is_certificate.then_some(FileKind::Certificate));
            }
        };
        let kind = structure.kind();
        // What only the label calls a certificate is read as one too, to say what is wrong with it.
        let reads_as_certificate = match structure {
            Structure::Certificate => true,
            Structure::Unknown => is_certificate,
            _ => false,
        };
        let result = if reads_as_certificate {
            self.add_certificate(None, None, Certificate::from_der(&**octets))
        } else {
            self.open_structure(&structure, &octets)
        };
        match result {
            Ok(()) => {}
            Err(error) if kind == FileKind::Key || is_key => return Err(error),
            Err(error) => self.fail(position, block.label, error),
        }
        Ok(Some(kind))
    }

    fn open_pkcs7(&mut self, octets: &[u8]) -> Result<(), ImportError> {
        let bundle = certs_only::decode(octets, self.unlock.limits)?;
        if bundle.signers() > 0 {
            let text = "the file is a signed message; only its certificates were taken".to_owned();
            self.warn("signatures-ignored", text);
        }
        if bundle.other_entries() > 0 {
            let text = format!("{} CRLs or entries of other kinds", bundle.other_entries());
            self.warn("entry-skipped", text);
        }
        for certificate in bundle.certificates() {
            self.add_certificate(None, None, certificate.clone())?;
        }
        Ok(())
    }

    fn open_key(&mut self, structure: &Structure, octets: &[u8]) -> Result<(), ImportError> {
        let key = match structure {
            Structure::RsaPrivateKey => KeyFile::from_pkcs1(octets)?,
            Structure::EcPrivateKey => KeyFile::from_sec1(octets)?,
            Structure::EncryptedPrivateKeyInfo => {
                pkcs8::open_encrypted(octets, &mut self.unlock, &mut self.protection)?
                    .ok_or_else(|| self.unlock.refused())?
            }
            _ => KeyFile::from_pkcs8(Zeroizing::new(octets.to_vec()))?,
        };
        self.add(Entry::Key(KeyEntry {
            alias: None,
            local_key_id: None,
            key,
            matches: None,
        }))
    }

    fn add_bag(&mut self, bag: Bag) -> Result<(), ImportError> {
        let Bag {
            alias,
            local_key_id,
            value,
        } = bag;
        match value {
            BagValue::Certificate(certificate) => {
                self.add_certificate(alias, local_key_id, certificate)
            }
            BagValue::Key(key) => self.add(Entry::Key(KeyEntry {
                alias,
                local_key_id,
                key,
                matches: None,
            })),
            BagValue::Other(what) => {
                self.warn("entry-skipped", what);
                Ok(())
            }
        }
    }

    fn add_certificate(
        &mut self,
        alias: Option<String>,
        local_key_id: Option<Vec<u8>>,
        certificate: Result<Certificate, CertificateError>,
    ) -> Result<(), ImportError> {
        self.certificates += 1;
        let position = self.certificates;
        match certificate {
            Err(error) => {
                self.warn(
                    "bad-certificate",
                    format!("certificate {position}: {error}"),
                );
                self.first_failure
                    .get_or_insert(ImportError::Certificate(error));
                Ok(())
            }
            Ok(certificate) => {
                for quirk in certificate.quirks() {
                    self.warn(quirk.code(), format!("certificate {position}: {quirk}"));
                }
                self.add(Entry::Certificate(CertificateEntry {
                    alias,
                    local_key_id,
                    certificate,
                    has_key: false,
                }))
            }
        }
    }

    fn add(&mut self, entry: Entry) -> Result<(), ImportError> {
        let most = self.unlock.limits.entries;
        if self.entries.len() == most {
            let limit = u64::try_from(most).unwrap_or(u64::MAX);
            return Err(ImportError::Limit {
                what: "entries",
                limit,
            });
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Notes that the block at `position` was left out.
    fn fail(&mut self, position: usize, label: &str, error: ImportError) {
        let code = match error {
            ImportError::Decode(_) | ImportError::Certificate(_) => "bad-certificate",
            _ => "entry-skipped",
        };
        self.warn(code, format!("block {position} ({label}): {error}"));
        self.first_failure.get_or_insert(error);
    }

    fn warn(&mut self, code: &'static str, text: String) {
        self.warnings.push(Warning { code, text });
    }

    fn finish(mut self, opened: Result<(), ImportError>) -> Result<Bundle, Box<Refusal>> {
        if let Err(error) = opened.and_then(|()| self.came_to_something()) {
            return Err(Box::new(Refusal {
                error,
                kind: self.kind,
                protection: self.protection.into_text(),
            }));
        }
        if self.unlock.was_needless() {
            let text = "a password was given, but nothing in the file is protected by one";
            self.warn("password-not-needed", text.to_owned());
        }
        self.match_keys();
        Ok(Bundle {
            kind: self.kind,
            protection: self.protection.into_text(),
            entries: self.entries,
            warnings: self.warnings,
        })
    }

    /// An error where nothing came out of the file, and nothing else says why.
    fn came_to_something(&mut self) -> Result<(), ImportError> {
        match self.first_failure.take() {
            Some(failure) if self.entries.is_empty() => Err(failure),
            None if self.entries.is_empty() && self.kind == FileKind::Unknown => {
                Err(ImportError::UnknownFormat)
            }
            _ => Ok(()),
        }
    }

    /// Finds for each key its certificates.
    fn match_keys(&mut self) {
        let provider = self.unlock.provider;
        let mut trials = MOST_TRIALS;
        let mut keys: Vec<&mut KeyEntry> = Vec::new();
        let mut certificates: Vec<&mut CertificateEntry> = Vec::new();
        for entry in &mut self.entries {
            match entry {
                Entry::Key(entry) => keys.push(entry),
                Entry::Certificate(entry) => certificates.push(entry),
            }
        }
        let mut lonely = 0;
        for key in keys {
            let matcher = key.key.matcher(provider);
            for entry in &mut certificates {
                if matcher.matches(&entry.certificate, provider, &mut trials) {
                    entry.has_key = true;
                    key.matches.get_or_insert_with(|| {
                        entry
                            .certificate
                            .thumbprint(DigestAlgorithm::Sha256, provider)
                    });
                }
            }
            lonely += usize::from(key.matches.is_none());
        }
        if lonely > 0 && !certificates.is_empty() {
            let text = format!("{lonely} private key(s) without their certificate");
            self.warn("key-without-certificate", text);
        }
    }
}

/// What a DER or BER structure is meant to be, by its outermost elements.
enum Structure {
    Certificate,
    CertificationRequest,
    CertificateList,
    SignedData,
    OtherContent(Oid),
    Pfx,
    PrivateKeyInfo,
    EncryptedPrivateKeyInfo,
    RsaPrivateKey,
    EcPrivateKey,
    Unknown,
}

impl Structure {
    fn recognise(octets: &[u8], limits: &Limits) -> Result<Self, ImportError> {
        // A bundle is the one file that the shape bears on here.
        match secret_der(octets, Shape::SignedData, limits) {
            Ok(der) => Self::of_der(&der),
            // What a certificate holds need not even be BER: its octets are kept, not rewritten.
            Err(error) => match Self::of_der(octets) {
                Ok(Self::Certificate) => Ok(Self::Certificate),
                _ => Err(error.into()),
            },
        }
    }

    fn of_der(octets: &[u8]) -> Result<Self, ImportError> {
        let outer = Element::parse(octets)?;
        if outer.tag() != Tag::Sequence {
            return Ok(Self::Unknown);
        }
        let fields = first_elements(&outer);
        let tags: Vec<Tag> = fields.iter().map(Element::tag).collect();
        let first = fields.first();
        Ok(match (tags.as_slice(), first) {
            ([Tag::Sequence, Tag::Sequence, Tag::BitString], Some(signed)) => {
                Self::recognise_signed(signed)
            }
            ([Tag::Sequence, Tag::OctetString], _) => Self::EncryptedPrivateKeyInfo,
            ([Tag::ObjectIdentifier, ..], Some(content_type)) => {
                match Oid::from_element(content_type)? {
                    oid if oid == SIGNED_DATA => Self::SignedData,
                    oid => Self::OtherContent(oid),
                }
            }
            ([Tag::Integer, second, ..], Some(version)) => match (version.content(), second) {
                ([3], Tag::Sequence) => Self::Pfx,
                ([0 | 1], Tag::Sequence) => Self::PrivateKeyInfo,
                ([0 | 1], Tag::Integer) => Self::RsaPrivateKey,
                ([1], Tag::OctetString) => Self::EcPrivateKey,
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        })
    }

    /// Certificate (RFC 5280 §4.1), CRL (§5.1) or request (RFC 2986 §4) by what is signed.
    fn recognise_signed(signed: &Element<'_>) -> Self {
        let fields = first_elements(signed);
        let tags: Vec<Tag> = fields.iter().map(Element::tag).collect();
        match tags.as_slice() {
            [
                Tag::Integer,
                Tag::Sequence,
                Tag::Sequence,
                Tag::UtcTime | Tag::GeneralizedTime,
                ..,
            ]
            | [
                Tag::Sequence,
                Tag::Sequence,
                Tag::UtcTime | Tag::GeneralizedTime,
                ..,
            ] => Self::CertificateList,
            [Tag::Integer, Tag::Sequence, Tag::Sequence]
            | [
                Tag::Integer,
                Tag::Sequence,
                Tag::Sequence,
                Tag::ContextSpecific { .. },
            ] => Self::CertificationRequest,
            // What looks like nothing else is read as a certificate, which says what is wrong.
            _ => Self::Certificate,
        }
    }

    const fn kind(&self) -> FileKind {
        match self {
            Self::Certificate => FileKind::Certificate,
            Self::CertificationRequest => FileKind::Csr,
            Self::CertificateList => FileKind::Crl,
            Self::SignedData => FileKind::Pkcs7,
            Self::Pfx => FileKind::Pkcs12,
            Self::PrivateKeyInfo
            | Self::EncryptedPrivateKeyInfo
            | Self::RsaPrivateKey
            | Self::EcPrivateKey => FileKind::Key,
            Self::OtherContent(_) | Self::Unknown => FileKind::Unknown,
        }
    }
}

fn is_text(octets: &[u8]) -> bool {
    octets
        .iter()
        .all(|octet| octet.is_ascii_graphic() || octet.is_ascii_whitespace())
}

/// As many of the first elements as tell structures apart, as far as they can be read.
fn first_elements<'a>(outer: &Element<'a>) -> Vec<Element<'a>> {
    let mut reader = outer.reader();
    core::iter::from_fn(|| reader.element().ok())
        .take(5)
        .collect()
}

const ZIP: &[u8] = b"PK\x03\x04";

/// How many signatures are verified to tell to which certificates the keys of one file belong.
const MOST_TRIALS: usize = 2_000;

/// How many certificates follow each other upwards at most.
const MOST_ISSUERS: usize = 16;

/// How many pairs of key and certificate are proven from one file: each costs a private operation.
const MOST_CREDENTIALS: usize = 100;
