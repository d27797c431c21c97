//! Writing PKCS#12 files.

use std::collections::HashSet;

use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use rollcert_crypto::{DigestAlgorithm, Provider};

use crate::Limits;
use crate::asn1::{encode, encode_oid, encode_set_of, encode_unsigned, tag};
use crate::certificate::Certificate;
use crate::credential::Credential;
use crate::export_error::ExportError;
use crate::key::KeyFile;
use crate::password::Password;
use crate::pkcs12::read::{
    BMP_STRING, CERTIFICATE_BAG, DATA, ENCRYPTED_DATA, FRIENDLY_NAME, LOCAL_KEY_ID,
    SHROUDED_KEY_BAG, X509_CERTIFICATE, oid,
};
use crate::seal::{Iterations, PasswordDerivation, Scheme, SealingPassword};

/// How a PKCS#12 file is protected, by who is to open it.
///
/// | | keys and certificates | MAC | iterations |
/// |---|---|---|---|
/// | [`Modern`](Self::Modern) | PBES2, AES-256-CBC, PBKDF2 with HMAC-SHA-256 | SHA-256 | 100,000 |
/// | [`Java8Compatible`](Self::Java8Compatible) | PKCS#12-PBE with SHA-1 and 3DES | SHA-1 | 50,000 |
///
/// [`Pkcs12Builder::with_iterations`] changes how many iterations there are. Each key, the certificates
/// together and the MAC cost them anew, so they are fewer than in a file of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pkcs12Profile {
    /// What products of today write themselves.
    Modern,
    /// For what cannot open the other: 3DES keeps its secret still, but the password guards it less well.
    Java8Compatible,
}

impl Pkcs12Profile {
    /// A stable name: `modern`, `java8-compatible`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Java8Compatible => "java8-compatible",
        }
    }

    /// The products that open it, for people.
    #[must_use]
    pub const fn opened_by(self) -> &'static str {
        match self {
            Self::Modern => {
                "OpenSSL, Bouncy Castle, Java from 12 on, Windows from Server 2019 on; not every Java 8 and 11"
            }
            Self::Java8Compatible => {
                "every product that knows PKCS#12, unless a policy forbids SHA-1 and 3DES"
            }
        }
    }

    /// How many iterations each derivation of a key takes unless told otherwise.
    #[must_use]
    pub const fn default_iterations(self) -> Iterations {
        match self {
            // Ten times what keytool takes, fifty times what OpenSSL does; a hundred keys stay openable.
            Self::Modern => Iterations::known(100_000),
            // What keytool takes in its compatible mode.
            Self::Java8Compatible => Iterations::known(50_000),
        }
    }

    const fn scheme(self, iterations: Iterations) -> Scheme {
        match self {
            Self::Modern => Scheme::Pbes2(PasswordDerivation::Pbkdf2(iterations)),
            Self::Java8Compatible => Scheme::Sha1TripleDes(iterations),
        }
    }

    const fn mac(self) -> DigestAlgorithm {
        match self {
            Self::Modern => DigestAlgorithm::Sha256,
            Self::Java8Compatible => DigestAlgorithm::Sha1,
        }
    }
}

/// What an entry is called (`friendlyName`, RFC 2985 §5.5.1), the alias of Java.
///
/// 1 to 255 UTF-16 units, none of them NUL. Characters beyond the basic plane, which the `BMPString` of the
/// standard has none of, are written as surrogates, as OpenSSL and Java write and read them. Java knows
/// names without regard to case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FriendlyName(String);

impl FriendlyName {
    /// The most UTF-16 units (`pkcs-9-ub-friendlyName`).
    pub const MAX_LEN: usize = 255;

    /// This name.
    ///
    /// # Errors
    ///
    /// [`ExportError::OutOfRange`] for the empty name and beyond [`Self::MAX_LEN`];
    /// [`ExportError::NulCharacter`].
    pub fn new(name: impl Into<String>) -> Result<Self, ExportError> {
        let name = name.into();
        ExportError::unless_within(
            "UTF-16 units in the friendly name",
            count(name.encode_utf16().count()),
            1,
            count(Self::MAX_LEN),
        )?;
        if name.contains('\0') {
            return Err(ExportError::NulCharacter {
                what: "the friendly name",
            });
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn encode(&self) -> Vec<u8> {
        let units: Vec<u8> = self.0.encode_utf16().flat_map(u16::to_be_bytes).collect();
        encode(BMP_STRING, &[&units])
    }
}

/// A private key for a PKCS#12 file, with the certificate that is proven to be its own.
#[derive(Clone, Debug)]
pub struct Pkcs12Key<'a> {
    key: &'a KeyFile,
    certificate: Certificate,
    chain: Vec<Certificate>,
    name: Option<FriendlyName>,
    local_key_id: DigestAlgorithm,
}

impl<'a> Pkcs12Key<'a> {
    /// Lets `key` sign 32 octets from `rng`, and verifies that under `certificate`.
    ///
    /// Without more there are no further certificates and no name, and the thumbprint that ties the two
    /// together is SHA-1.
    ///
    /// # Errors
    ///
    /// [`ExportError::Credential`] when they are no pair, [`ExportError::Crypto`] when the backend does not
    /// load the key.
    pub fn new(
        key: &'a KeyFile,
        certificate: Certificate,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ExportError> {
        let loaded = key.load(provider)?;
        Credential::new(certificate.clone(), Vec::new(), loaded, provider, rng)?;
        Ok(Self {
            key,
            certificate,
            chain: Vec::new(),
            name: None,
            local_key_id: DigestAlgorithm::Sha1,
        })
    }

    /// The same with the certificates above its own, the issuer's first.
    #[must_use]
    pub fn with_chain(self, chain: Vec<Certificate>) -> Self {
        Self { chain, ..self }
    }

    /// The same under this name, which its certificate bears too.
    #[must_use]
    pub fn with_friendly_name(self, name: FriendlyName) -> Self {
        let name = Some(name);
        Self { name, ..self }
    }

    /// The same with another thumbprint as the `localKeyId` (RFC 2985 §5.5.2) of key and certificate.
    #[must_use]
    pub const fn with_local_key_id(mut self, thumbprint: DigestAlgorithm) -> Self {
        self.local_key_id = thumbprint;
        self
    }

    fn attributes(&self, provider: &Provider) -> Attributes {
        let digest = provider.digest(self.local_key_id, self.certificate.as_der());
        Attributes::default()
            .with_name(self.name.as_ref())
            .with(LOCAL_KEY_ID, &encode(tag::OCTET_STRING, &[&digest]))
    }
}

/// A certificate without key for a PKCS#12 file.
#[derive(Clone, Debug)]
pub struct Pkcs12Certificate {
    certificate: Certificate,
    name: Option<FriendlyName>,
    java_trust: JavaTrust,
}

/// Whether Java shows a certificate without key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum JavaTrust {
    Absent,
    AnyUsage,
}

impl Pkcs12Certificate {
    /// This certificate, without a name. Java takes it only for building chains.
    #[must_use]
    pub const fn new(certificate: Certificate) -> Self {
        Self {
            certificate,
            name: None,
            java_trust: JavaTrust::Absent,
        }
    }

    /// The same under this name.
    #[must_use]
    pub fn with_friendly_name(self, name: FriendlyName) -> Self {
        let name = Some(name);
        Self { name, ..self }
    }

    /// The same as an entry that Java lists and trusts for every usage (`trustedCertEntry` of keytool).
    ///
    /// For that it bears the attribute 2.16.840.1.113894.746875.1.1 of Oracle's; others pass it over.
    #[must_use]
    pub const fn trusted_by_java(mut self) -> Self {
        self.java_trust = JavaTrust::AnyUsage;
        self
    }

    fn attributes(&self) -> Attributes {
        let attributes = Attributes::default().with_name(self.name.as_ref());
        match self.java_trust {
            JavaTrust::Absent => attributes,
            JavaTrust::AnyUsage => attributes.with(TRUSTED_KEY_USAGE, &encode_oid(ANY_USAGE)),
        }
    }
}

/// What a PKCS#12 file will hold (RFC 7292): keys with their certificates, and certificates without key.
///
/// All stand in the order in which they were added, a key's certificate before its chain; a certificate of
/// a chain that stands in the file anyway is not repeated.
///
/// # Examples
///
/// A key and its certificate under a password that was made for it:
///
/// ```
/// use rollcert_crypto::rustcrypto::PROVIDER;
/// use rollcert_pki::{
///     Entry, FriendlyName, Limits, Password, Pkcs12Builder, Pkcs12Key, Pkcs12Profile, open,
/// };
///
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// let rng = &mut rand::rng();
/// # let old = include_bytes!("../../tests/fixtures/default.p12");
/// # let old = open(old, Some(&Password::from("secret")), &PROVIDER, &Limits::default())?;
/// # let key = &old.keys().next().ok_or("no key")?.key;
/// # let certificate = old.certificates().next().ok_or("no certificate")?.clone();
/// let key = Pkcs12Key::new(key, certificate, &PROVIDER, rng)?
///     .with_friendly_name(FriendlyName::new("acme 2027")?);
/// let password = Password::generate(16, rng)?;
/// let file = Pkcs12Builder::new(Pkcs12Profile::Modern)
///     .with_key(key)
///     .build(&password, &PROVIDER, rng)?;
///
/// let read = open(&file, Some(&password), &PROVIDER, &Limits::default())?;
/// assert_eq!(read.keys().next().and_then(|key| key.alias.as_deref()), Some("acme 2027"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Pkcs12Builder<'a> {
    profile: Pkcs12Profile,
    iterations: Iterations,
    entries: Vec<Entry<'a>>,
}

#[derive(Clone, Debug)]
enum Entry<'a> {
    Key(Pkcs12Key<'a>),
    Certificate(Pkcs12Certificate),
}

impl<'a> Pkcs12Builder<'a> {
    /// A file without entries, protected by `profile` with [`Pkcs12Profile::default_iterations`].
    #[must_use]
    pub const fn new(profile: Pkcs12Profile) -> Self {
        Self {
            profile,
            iterations: profile.default_iterations(),
            entries: Vec::new(),
        }
    }

    /// The same with another number of iterations for each derivation of a key.
    #[must_use]
    pub fn with_iterations(self, iterations: Iterations) -> Self {
        Self { iterations, ..self }
    }

    /// The same with one more key.
    #[must_use]
    pub fn with_key(mut self, key: Pkcs12Key<'a>) -> Self {
        self.entries.push(Entry::Key(key));
        self
    }

    /// The same with one more certificate without key.
    #[must_use]
    pub fn with_certificate(mut self, certificate: Pkcs12Certificate) -> Self {
        self.entries.push(Entry::Certificate(certificate));
        self
    }

    /// Writes the file in DER; salts and initialisation vectors are from `rng`.
    ///
    /// # Passwords
    ///
    /// PBES2 takes the password as UTF-8, all else as big-endian UTF-16 with surrogates and a terminator
    /// (RFC 7292 §B.1), so that the empty one is the terminator alone. OpenSSL opens the file under any
    /// password, the empty one too. Of [`Pkcs12Profile::Modern`], Java wants a password of printable ASCII,
    /// and Bouncy Castle one that is not empty. Those for single keys
    /// ([`Password::with_key_password`]) are not used: few products could open such a key.
    ///
    /// # Errors
    ///
    /// [`ExportError::OutOfRange`] when the entries are more, or all iterations together cost more, than
    /// [`open`](crate::open()) admits by the default [`Limits`]; [`ExportError::DuplicateName`] when two
    /// entries have one name, letters large and small taken for the same; [`ExportError::NulCharacter`] for a
    /// password with one; [`ExportError::Crypto`] when the backend does not serve 3DES.
    pub fn build(
        &self,
        password: &Password,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ExportError> {
        let password = SealingPassword::new(password)?;
        self.check_names()?;
        let certificates = self.certificate_bags(provider);
        let keys = self.keys();
        self.check_cost(certificates.len(), keys.len())?;

        let scheme = self.profile.scheme(self.iterations);
        let mut safes = Vec::new();
        if !certificates.is_empty() {
            // RFC 5652 §8: EncryptedData, with the encrypted content as an implicit OCTET STRING.
            let contents = encode(tag::SEQUENCE, &parts(&certificates));
            let sealed = scheme.seal(&contents, &password, provider, rng)?;
            let encrypted = encode(tag::CONTEXT_PRIMITIVE, &[&sealed.encrypted]);
            let info = encode(
                tag::SEQUENCE,
                &[&encode_oid(DATA), &sealed.algorithm, &encrypted],
            );
            let data = encode(tag::SEQUENCE, &[&encode_unsigned(&[0]), &info]);
            safes.push(content_info(ENCRYPTED_DATA, &data));
        }
        if !keys.is_empty() {
            // Java reads keys that are encrypted each by itself, in a safe that is not.
            let mut bags = Vec::with_capacity(keys.len());
            for key in keys {
                let shrouded = key.key.encrypt(scheme, &password, provider, rng)?;
                bags.push(safe_bag(
                    SHROUDED_KEY_BAG,
                    &shrouded,
                    key.attributes(provider),
                ));
            }
            let contents = encode(tag::SEQUENCE, &parts(&bags));
            safes.push(content_info(DATA, &encode(tag::OCTET_STRING, &[&contents])));
        }

        let authenticated = encode(tag::SEQUENCE, &parts(&safes));
        let digest = self.profile.mac();
        let mac = password.mac_data(digest, self.iterations, &authenticated, provider, rng);
        let authenticated = encode(tag::OCTET_STRING, &[&authenticated]);
        Ok(encode(
            tag::SEQUENCE,
            &[
                &encode_unsigned(&[3]),
                &content_info(DATA, &authenticated),
                &mac,
            ],
        ))
    }

    fn keys(&self) -> Vec<&Pkcs12Key<'a>> {
        let keys = self.entries.iter().filter_map(|entry| match entry {
            Entry::Key(key) => Some(key),
            Entry::Certificate(_) => None,
        });
        keys.collect()
    }

    /// The bags of all certificates in their order.
    fn certificate_bags(&self, provider: &Provider) -> Vec<Vec<u8>> {
        let mut written: HashSet<&[u8]> = self
            .entries
            .iter()
            .map(|entry| match entry {
                Entry::Key(key) => key.certificate.as_der(),
                Entry::Certificate(entry) => entry.certificate.as_der(),
            })
            .collect();
        let mut bags = Vec::new();
        for entry in &self.entries {
            match entry {
                Entry::Key(key) => {
                    bags.push(certificate_bag(&key.certificate, key.attributes(provider)));
                    for issuer in &key.chain {
                        if written.insert(issuer.as_der()) {
                            bags.push(certificate_bag(issuer, Attributes::default()));
                        }
                    }
                }
                Entry::Certificate(entry) => {
                    bags.push(certificate_bag(&entry.certificate, entry.attributes()));
                }
            }
        }
        bags
    }

    fn check_names(&self) -> Result<(), ExportError> {
        let mut names = HashSet::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let name = match entry {
                Entry::Key(key) => &key.name,
                Entry::Certificate(entry) => &entry.name,
            };
            let is_new = name
                .as_ref()
                .is_none_or(|name| names.insert(name.as_str().to_lowercase()));
            if !is_new {
                return Err(ExportError::DuplicateName { entry: index + 1 });
            }
        }
        Ok(())
    }

    /// What no reader of ours would open unless told to is not written.
    fn check_cost(&self, certificates: usize, keys: usize) -> Result<(), ExportError> {
        let limits = Limits::default();
        ExportError::unless_within(
            "entries",
            count(certificates + keys),
            0,
            count(limits.entries),
        )?;
        let scheme = self.profile.scheme(self.iterations);
        let sealed = count(keys + usize::from(certificates > 0));
        let iterations = scheme.cost() * sealed + u64::from(self.iterations.count());
        ExportError::unless_within(
            "iterations of key derivation",
            iterations,
            0,
            limits.kdf_iterations,
        )
    }
}

/// `PKCS12Attribute`s of one bag (RFC 7292 §4.2).
#[derive(Default)]
struct Attributes(Vec<Vec<u8>>);

impl Attributes {
    fn with(mut self, kind: ObjectIdentifier, value: &[u8]) -> Self {
        let values = encode(tag::SET, &[value]);
        self.0
            .push(encode(tag::SEQUENCE, &[&encode_oid(kind), &values]));
        self
    }

    fn with_name(self, name: Option<&FriendlyName>) -> Self {
        match name {
            Some(name) => self.with(FRIENDLY_NAME, &name.encode()),
            None => self,
        }
    }
}

fn certificate_bag(certificate: &Certificate, attributes: Attributes) -> Vec<u8> {
    let octets = encode(tag::OCTET_STRING, &[certificate.as_der()]);
    let value = encode(
        tag::SEQUENCE,
        &[
            &encode_oid(X509_CERTIFICATE),
            &encode(tag::CONTEXT_CONSTRUCTED, &[&octets]),
        ],
    );
    safe_bag(CERTIFICATE_BAG, &value, attributes)
}

fn safe_bag(kind: ObjectIdentifier, value: &[u8], Attributes(attributes): Attributes) -> Vec<u8> {
    let attributes = if attributes.is_empty() {
        Vec::new()
    } else {
        encode_set_of(attributes)
    };
    let value = encode(tag::CONTEXT_CONSTRUCTED, &[value]);
    encode(tag::SEQUENCE, &[&encode_oid(kind), &value, &attributes])
}

fn content_info(kind: ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    let content = encode(tag::CONTEXT_CONSTRUCTED, &[content]);
    encode(tag::SEQUENCE, &[&encode_oid(kind), &content])
}

fn parts(encoded: &[Vec<u8>]) -> Vec<&[u8]> {
    encoded.iter().map(Vec::as_slice).collect()
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// `trustedKeyUsage` of Oracle's, and the usage that keytool writes into it.
const TRUSTED_KEY_USAGE: ObjectIdentifier = oid("2.16.840.1.113894.746875.1.1");
const ANY_USAGE: ObjectIdentifier = oid("2.5.29.37.0");
