use rollcert_crypto::{DigestAlgorithm, Provider};

use crate::Limits;
use crate::asn1::{DecodeError, Reader, tag};
use crate::ber::{Shape, to_der};
use crate::certificate::{Certificate, CertificateError};
use crate::certs_only;
use crate::crl::{Crl, CrlError};
use crate::import_error::{ImportError, Refusal};
use crate::key::KeyFile;
use crate::open::bundle::{Bundle, CertificateEntry, Entry, KeyEntry, Warning};
use crate::open::foreign::ForeignFormat;
use crate::open::kind::FileKind;
use crate::open::public_key::PublicKeyFile;
use crate::open::structure::{ContentType, Structure};
use crate::open::trust_settings::{Appendix, TrustSettings};
use crate::open::{text, weakness};
use crate::password::Password;
use crate::pem::{self, Block};
use crate::pkcs8;
use crate::pkcs12::{self, Bag, BagValue};
use crate::public_key::PublicKey;
use crate::request::{CertificationRequest, RequestError};
use crate::secret::Octets;
use crate::unlock::{Schemes, Unlock};

/// A file that is being opened.
pub(super) struct Opener<'a> {
    unlock: Unlock<'a>,
    kind: FileKind,
    protection: Schemes,
    entries: Vec<Entry>,
    /// How many certificates were met, bad ones included; so for the others.
    certificates: usize,
    requests: usize,
    crls: usize,
    warnings: Vec<Warning>,
    /// What goes wrong with one entry is an error only when no other entry is left, else the warning that
    /// stands in this place.
    first_failure: Option<(ImportError, usize)>,
    /// What an EC key that follows may leave out.
    ec_parameters: Option<Octets>,
}

impl<'a> Opener<'a> {
    pub(super) fn new(
        password: Option<&'a Password>,
        provider: &'a Provider,
        limits: &'a Limits,
    ) -> Self {
        Self {
            unlock: Unlock::new(password, provider, limits),
            kind: FileKind::Unknown,
            protection: Schemes::default(),
            entries: Vec::new(),
            certificates: 0,
            requests: 0,
            crls: 0,
            warnings: Vec::new(),
            first_failure: None,
            ec_parameters: None,
        }
    }

    pub(super) fn open(&mut self, octets: &[u8]) -> Result<(), ImportError> {
        let limits = self.unlock.limits;
        if octets.len() > limits.octets {
            let limit = u64::try_from(limits.octets).unwrap_or(u64::MAX);
            return Err(ImportError::Limit {
                what: "octets",
                limit,
            });
        }
        if octets.trim_ascii().is_empty() {
            return Err(ImportError::Empty);
        }
        if let Some(format) = ForeignFormat::by_magic(octets) {
            return self.refuse(format);
        }
        if octets.first() == Some(&tag::SEQUENCE) {
            let structure = Structure::recognise(octets);
            // A text may begin with the digit that is the tag, too.
            if structure != Structure::Unknown || !(is_text(octets) || pem::is_pem(octets)) {
                return self.open_structure(&structure, octets);
            }
        }
        match text::from_utf16(octets) {
            Some(text) => self.open_text(&text),
            None => self.open_text(octets),
        }
    }

    fn open_text(&mut self, text: &[u8]) -> Result<(), ImportError> {
        if pem::is_pem(text) {
            return self.open_pem(text);
        }
        if let Some(decoded) = pem::decode_bare(text) {
            if pem::is_pem(&decoded) {
                return self.open_pem(&decoded);
            }
            return self.open_structure(&Structure::recognise(&decoded), &decoded);
        }
        match ForeignFormat::of_text(text) {
            Some(format) => self.refuse(format),
            None => Err(ImportError::UnknownFormat),
        }
    }

    fn refuse(&mut self, format: ForeignFormat) -> Result<(), ImportError> {
        self.kind = format.kind();
        Err(ImportError::Foreign { format })
    }

    /// Opens the one structure of a file, DER or BER.
    fn open_structure(&mut self, structure: &Structure, octets: &[u8]) -> Result<(), ImportError> {
        self.kind = structure.kind();
        self.open_recognised(structure, octets)
    }

    fn open_recognised(&mut self, structure: &Structure, octets: &[u8]) -> Result<(), ImportError> {
        let limits = self.unlock.limits;
        match structure {
            Structure::Certificate => {
                self.add_certificate(None, None, Certificate::from_der(octets), None)
            }
            Structure::CertificationRequest => {
                self.add_request(CertificationRequest::from_der(octets))
            }
            Structure::CertificateList => self.add_crl(Crl::from_der(octets)),
            Structure::SignedData => self.open_pkcs7(octets),
            Structure::Pfx => {
                let mut protection = Schemes::default();
                let bags = pkcs12::open(octets, &mut self.unlock, &mut protection);
                if let Some(protection) = protection.into_text() {
                    self.protection.add(protection);
                }
                bags?.into_iter().try_for_each(|bag| self.add_bag(bag))
            }
            Structure::PrivateKey => {
                let parameters = self.ec_parameters.take();
                let parameters = parameters.as_deref();
                let key = KeyFile::from_clear(octets, parameters, limits)?;
                self.add_key(None, None, key)
            }
            Structure::EncryptedPrivateKeyInfo => {
                let Self {
                    unlock, protection, ..
                } = self;
                let key = pkcs8::open_encrypted(octets, None, unlock, protection)?
                    .ok_or_else(|| unlock.refused())?;
                self.add_key(None, None, key)
            }
            Structure::PublicKeyInfo => self.add_public_key(PublicKeyFile::from_der(octets)?),
            Structure::RsaPublicKey => self.add_public_key(PublicKeyFile::from_pkcs1(octets)?),
            Structure::OtherContent(oid) => Err(ImportError::Unsupported {
                what: format!("CMS content of type {}", ContentType(oid)),
            }),
            Structure::Foreign(format) => Err(ImportError::Foreign { format: *format }),
            Structure::Unknown => {
                // It begins as a structure does: say where it ceases to be one.
                to_der(octets, Shape::Plain, limits)?;
                Err(ImportError::UnknownFormat)
            }
        }
    }

    fn open_pem(&mut self, text: &[u8]) -> Result<(), ImportError> {
        let limits = self.unlock.limits;
        let mut kinds = Vec::new();
        let mut failure = None;
        for (index, block) in pem::blocks(text).enumerate() {
            if index == limits.entries {
                let error = DecodeError::limit("blocks", limits.entries, block.offset);
                failure = Some(error.into());
                break;
            }
            let (position, label) = (index + 1, block.label);
            let (kind, opened) = self.open_block(block);
            kinds.extend(kind);
            match opened {
                Ok(()) => {}
                // What a password guards is what the caller came for. The blocks after it still tell what
                // kind of file it is.
                Err(error) if fails_file(&error, kind) => {
                    // Whoever can do without the key must not do unawares without what a limit cut off.
                    let is_told = failure
                        .as_ref()
                        .is_none_or(|other| is_limit(&error) && !is_limit(other));
                    if is_told {
                        failure = Some(error);
                    }
                }
                Err(error) => {
                    let code = match (&error, kind) {
                        (ImportError::Decode(_), Some(kind)) => code_of_bad(kind),
                        _ => "entry-skipped",
                    };
                    let place = format!("block {position} ({label})");
                    self.leave_out(code, &place, error);
                }
            }
        }
        self.kind = FileKind::of_blocks(&kinds);
        failure.map_or(Ok(()), Err)
    }

    /// Opens one block of PEM, and says what it was; nothing for what is passed over in silence.
    fn open_block(&mut self, block: Block<'_>) -> (Option<FileKind>, Result<(), ImportError>) {
        let label = block.label;
        if label.ends_with("PARAMETERS") {
            // OpenSSL writes the curve before the key, which may not name it.
            self.ec_parameters = block.octets.ok().filter(|_| label.starts_with("EC "));
            return (None, Ok(()));
        }
        if let Some(format) = ForeignFormat::by_label(label) {
            return (Some(format.kind()), Err(ImportError::Foreign { format }));
        }
        let named = named_by(label);
        let is_private_key = label.ends_with("PRIVATE KEY");
        if is_private_key && block.has_encryption_header {
            let key = pkcs8::open_block(&block, &mut self.unlock, &mut self.protection);
            return (named, key.and_then(|key| self.add_key(None, None, key)));
        }
        let octets = match block.octets {
            Ok(octets) => octets,
            Err(error) => {
                self.certificates += usize::from(named == Some(FileKind::Certificate));
                return (named, Err(error.into()));
            }
        };
        let octets = &*octets;
        let structure = match Structure::recognise(octets) {
            // What only the label calls so is read as such, to say what is wrong with it.
            Structure::Unknown if named == Some(FileKind::Certificate) => Structure::Certificate,
            Structure::Unknown if is_private_key => Structure::PrivateKey,
            structure => structure,
        };
        let kind = match structure.kind() {
            FileKind::Unknown => named,
            kind => Some(kind),
        };
        let opened = match structure {
            Structure::Certificate if label == "TRUSTED CERTIFICATE" => self.open_trusted(octets),
            structure => self.open_recognised(&structure, octets),
        };
        (kind, opened)
    }

    /// Opens a certificate behind which OpenSSL has put what its owner trusts it for. Whatever else stands there leaves
    /// the certificate, with settings that cannot be read: to lose it would lose what they may forbid.
    fn open_trusted(&mut self, octets: &[u8]) -> Result<(), ImportError> {
        let mut elements = Reader::new(octets);
        let (octets, appendix) = match elements.element() {
            Ok(certificate) if elements.is_empty() => (certificate.raw(), None),
            Ok(certificate) => (certificate.raw(), Some(Appendix::decode(elements))),
            Err(_) => (octets, None),
        };
        let (alias, key_id, settings) = match appendix {
            Some(Ok(read)) => (read.alias, read.local_key_id, Some(Ok(read.settings))),
            Some(Err(error)) => (None, None, Some(Err(error))),
            None => (None, None, None),
        };
        self.add_certificate(alias, key_id, Certificate::from_der(octets), settings)
    }

    fn open_pkcs7(&mut self, octets: &[u8]) -> Result<(), ImportError> {
        let bundle = certs_only::decode(octets, self.unlock.limits)?;
        if bundle.signers() > 0 {
            let text = "the file is a signed message; only its certificates were taken".to_owned();
            self.warn("signatures-ignored", text);
        }
        if bundle.other_entries() > 0 {
            let text = format!("{} entries of other kinds", bundle.other_entries());
            self.warn("entry-skipped", text);
        }
        for certificate in bundle.certificates() {
            self.add_certificate(None, None, certificate.clone(), None)?;
        }
        for crl in bundle.crls() {
            self.add_crl(crl.clone())?;
        }
        Ok(())
    }

    fn add_bag(&mut self, bag: Bag) -> Result<(), ImportError> {
        let Bag {
            alias,
            local_key_id,
            value,
        } = bag;
        match value {
            BagValue::Certificate(certificate) => {
                self.add_certificate(alias, local_key_id, certificate, None)
            }
            BagValue::Key(key) => self.add_key(alias, local_key_id, key),
            BagValue::ClosedKey(error) => {
                self.warn("entry-skipped", format!("private key: {error}"));
                Ok(())
            }
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
        trust_settings: Option<Result<TrustSettings, DecodeError>>,
    ) -> Result<(), ImportError> {
        self.certificates += 1;
        let position = self.certificates;
        match certificate {
            Err(error) => {
                let place = format!("certificate {position}");
                self.leave_out("bad-certificate", &place, error.into());
                Ok(())
            }
            Ok(certificate) => {
                for quirk in certificate.quirks() {
                    self.warn(quirk.code(), format!("certificate {position}: {quirk}"));
                }
                if let Some(weakness) = weakness::of_key(certificate.key_algorithm()) {
                    let text = format!("certificate {position}: {weakness}");
                    self.warn(weakness.code(), text);
                }
                // Nobody relies on the signature of a root.
                if let Some(weakness) = weakness::of_signature(certificate.signature_algorithm())
                    && !certificate.is_self_issued()
                {
                    let text = format!("certificate {position}: {weakness}");
                    self.warn("weak-signature", text);
                }
                match &trust_settings {
                    Some(Ok(settings)) => {
                        let text = format!("certificate {position}: as a root {settings}");
                        self.warn("trust-settings", text);
                    }
                    Some(Err(error)) => {
                        let text = format!(
                            "certificate {position}: what it is trusted for as a root cannot be read, so \
                             it is a root for nothing: {error}"
                        );
                        self.warn("trust-settings-unreadable", text);
                    }
                    None => {}
                }
                self.add(Entry::Certificate(CertificateEntry {
                    alias,
                    local_key_id,
                    certificate,
                    has_key: false,
                    trust_settings,
                }))
            }
        }
    }

    fn add_crl(&mut self, crl: Result<Crl, CrlError>) -> Result<(), ImportError> {
        self.crls += 1;
        let position = self.crls;
        match crl {
            Err(error) => {
                let place = format!("revocation list {position}");
                self.leave_out("bad-crl", &place, error.into());
                Ok(())
            }
            Ok(crl) => {
                for quirk in crl.quirks() {
                    self.warn(quirk.code(), format!("revocation list {position}: {quirk}"));
                }
                if !crl.is_understood() {
                    let text = format!(
                        "revocation list {position}: something critical in it is unknown here, so it \
                         decides nothing"
                    );
                    self.warn("crl-not-understood", text);
                }
                if let Some(weakness) = weakness::of_signature(crl.signature_algorithm()) {
                    let text = format!("revocation list {position}: {weakness}");
                    self.warn("weak-signature", text);
                }
                self.add(Entry::Crl(crl))
            }
        }
    }

    fn add_request(
        &mut self,
        request: Result<CertificationRequest, RequestError>,
    ) -> Result<(), ImportError> {
        self.requests += 1;
        let position = self.requests;
        match request {
            Err(error) => {
                let place = format!("request {position}");
                self.leave_out("bad-request", &place, error.into());
                Ok(())
            }
            Ok(request) => {
                for quirk in request.quirks() {
                    self.warn(quirk.code(), format!("request {position}: {quirk}"));
                }
                if let Some(weakness) = weakness::of_key(request.key_algorithm()) {
                    let text = format!("request {position}: {weakness}");
                    self.warn(weakness.code(), text);
                }
                self.add(Entry::Request(request))
            }
        }
    }

    fn add_public_key(&mut self, key: PublicKeyFile) -> Result<(), ImportError> {
        if let Some(weakness) = weakness::of_key(key.algorithm()) {
            self.warn(weakness.code(), weakness.to_string());
        }
        self.add(Entry::PublicKey(key))
    }

    fn add_key(
        &mut self,
        alias: Option<String>,
        local_key_id: Option<Vec<u8>>,
        key: KeyFile,
    ) -> Result<(), ImportError> {
        if let Some(quirk) = key.quirk() {
            self.warn(quirk.code(), quirk.to_string());
        }
        self.add(Entry::Key(KeyEntry {
            alias,
            local_key_id,
            key,
            matches: None,
        }))
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

    /// Notes that what stands in this place was left out.
    fn leave_out(&mut self, code: &'static str, place: &str, error: ImportError) {
        let warning = self.warnings.len();
        self.warn(code, format!("{place}: {error}"));
        self.first_failure.get_or_insert((error, warning));
    }

    fn warn(&mut self, code: &'static str, text: String) {
        self.warnings.push(Warning { code, text });
    }

    pub(super) fn finish(
        mut self,
        opened: Result<(), ImportError>,
    ) -> Result<Bundle, Box<Refusal>> {
        let failure = opened.and_then(|()| self.came_to_something()).err();
        if failure.is_none() && self.unlock.was_needless() {
            let text = "a password was given, but nothing in the file is protected by one";
            self.warn("password-not-needed", text.to_owned());
        }
        self.match_keys();
        let found = Bundle {
            kind: self.kind,
            protection: self.protection.into_text(),
            entries: self.entries,
            warnings: self.warnings,
        };
        match failure {
            None => Ok(found),
            Some(error) => Err(Box::new(Refusal { error, found })),
        }
    }

    /// An error where nothing came out of the file, and nothing else says why.
    fn came_to_something(&mut self) -> Result<(), ImportError> {
        match self.first_failure.take() {
            Some((failure, warning)) if self.entries.is_empty() => {
                // Said once is enough.
                self.warnings.remove(warning);
                Err(failure)
            }
            None if self.entries.is_empty() && self.kind == FileKind::Unknown => {
                Err(ImportError::UnknownFormat)
            }
            _ => Ok(()),
        }
    }

    /// Finds for each private key its certificates.
    fn match_keys(&mut self) {
        let provider = self.unlock.provider;
        let mut keys: Vec<&mut KeyEntry> = Vec::new();
        let mut certificates: Vec<(Option<PublicKey>, &mut CertificateEntry)> = Vec::new();
        for entry in &mut self.entries {
            match entry {
                Entry::Key(entry) => keys.push(entry),
                Entry::Certificate(entry) => certificates.push((None, entry)),
                _ => {}
            }
        }
        if keys.is_empty() {
            return;
        }
        for (public_key, entry) in &mut certificates {
            *public_key = PublicKey::of_certificate(&entry.certificate).ok();
        }
        let mut lonely = 0;
        for key in keys {
            let public_key = key.key.public_key(provider);
            let own = certificates
                .iter_mut()
                .filter(|(certified, _)| certified.is_some() && *certified == public_key);
            for (_, entry) in own {
                entry.has_key = true;
                key.matches.get_or_insert_with(|| {
                    entry
                        .certificate
                        .thumbprint(DigestAlgorithm::Sha256, provider)
                });
            }
            lonely += usize::from(key.matches.is_none());
        }
        if lonely > 0 && !certificates.is_empty() {
            let text = format!("{lonely} private key(s) without their certificate");
            self.warn("key-without-certificate", text);
        }
    }
}

/// What the label of a block says that it is.
fn named_by(label: &str) -> Option<FileKind> {
    let endings = [
        ("PRIVATE KEY", FileKind::Key),
        ("PUBLIC KEY", FileKind::Key),
        ("CERTIFICATE", FileKind::Certificate),
        ("CERTIFICATE REQUEST", FileKind::Csr),
        ("CRL", FileKind::Crl),
        ("PKCS7", FileKind::Pkcs7),
        ("CMS", FileKind::Pkcs7),
    ];
    let found = endings.iter().find(|(ending, _)| label.ends_with(ending));
    found.map(|(_, kind)| *kind)
}

/// The warning for a damaged block of this kind.
const fn code_of_bad(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Certificate => "bad-certificate",
        FileKind::Key => "bad-key",
        FileKind::Csr => "bad-request",
        FileKind::Crl => "bad-crl",
        _ => "bad-entry",
    }
}

/// Whether what went wrong with one block is told instead of all the others: whoever could give the right
/// password wants to know, and a key that needs something else is not lost in silence. A damaged block is
/// no reason to lose the others.
fn fails_file(error: &ImportError, kind: Option<FileKind>) -> bool {
    match error {
        ImportError::PasswordRequired | ImportError::WrongPassword => true,
        ImportError::Unsupported { .. } => kind == Some(FileKind::Key),
        _ => is_limit(error),
    }
}

/// Whether the caller's limits kept something from being read.
fn is_limit(error: &ImportError) -> bool {
    match error {
        ImportError::Limit { .. } => true,
        ImportError::Decode(error) => error.is_limit(),
        _ => false,
    }
}

fn is_text(octets: &[u8]) -> bool {
    octets
        .iter()
        .all(|octet| octet.is_ascii_graphic() || octet.is_ascii_whitespace())
}
