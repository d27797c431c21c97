//! Reading PKCS#12 files.

use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::DigestAlgorithm;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::asn1::{DecodeError, Element, Reader};
use crate::ber::Shape;
use crate::certificate::{Certificate, CertificateError};
use crate::import_error::ImportError;
use crate::key::KeyFile;
use crate::name::decode_utf16;
use crate::oid::Oid;
use crate::pkcs8;
use crate::pkcs12::derivation::{Purpose, derive, terminated_utf16};
use crate::secret::secret_der;
use crate::unlock::{Pbes2, Schemes, Unlock, identifier, iteration_count, name_of, unsupported};

/// One entry and its attributes.
pub(crate) struct Bag {
    pub(crate) alias: Option<String>,
    pub(crate) local_key_id: Option<Vec<u8>>,
    pub(crate) value: BagValue,
}

pub(crate) enum BagValue {
    Certificate(Result<Certificate, CertificateError>),
    Key(KeyFile),
    /// Of a kind that is not read; the text names it.
    Other(String),
}

/// Opens a `PFX` (RFC 7292 §4). How it is protected is added to `protection`, opened or not, as far as it
/// was read.
pub(crate) fn open(
    octets: &[u8],
    unlock: &mut Unlock<'_>,
    protection: &mut Schemes,
) -> Result<Vec<Bag>, ImportError> {
    let octets = secret_der(octets, Shape::Pkcs12, unlock.limits)?;
    let pfx = Element::parse(&octets)?;
    let mut fields = pfx.reader();
    let version = fields.expect(Tag::Integer, "version of PFX")?;
    if version.content() != [3] {
        return Err(version.bad("version of PFX").into());
    }
    let (content_type, content) = content_info(fields.expect(Tag::Sequence, "authSafe")?)?;
    if content_type != DATA {
        return Err(ImportError::Unsupported {
            what: "PKCS#12 protected by a signature".into(),
        });
    }
    let authenticated = content
        .reader()
        .expect(Tag::OctetString, "authSafe")?
        .content();
    let mac = fields
        .optional_tag(Tag::Sequence)?
        .map(|mac| Mac::decode(&mac, protection))
        .transpose()?;
    fields.finish()?;

    let opened = open_safes(authenticated, mac.as_ref(), unlock, protection);
    if opened.is_ok() && protection.is_empty() {
        protection.add("not encrypted".to_owned());
    }
    protection.add(
        mac.as_ref()
            .map_or_else(|| "no MAC".to_owned(), Mac::describe),
    );
    opened
}

/// Opens an `AuthenticatedSafe` (RFC 7292 §4.1) that `mac` protects.
fn open_safes(
    authenticated: &[u8],
    mac: Option<&Mac<'_>>,
    unlock: &mut Unlock<'_>,
    schemes: &mut Schemes,
) -> Result<Vec<Bag>, ImportError> {
    // RFC 7292 §4: the MAC is over the content octets, before anything is made of them.
    let safes = secret_der(authenticated, Shape::Pkcs12, unlock.limits)?;
    let safes = Safe::decode_all(&safes, unlock.limits.entries, schemes)?;
    if let Some(mac) = mac {
        mac.verify(authenticated, unlock)?;
    }

    let mut bags = Vec::new();
    for safe in &safes {
        let result = match safe {
            Safe::Plain(contents) => read_bags(contents, mac, unlock, schemes, &mut bags),
            Safe::Encrypted { scheme, encrypted } => {
                let contents = unlock
                    .decrypt(scheme, encrypted)?
                    .ok_or_else(|| spoiled(mac, unlock, "an encrypted safe"))?;
                read_bags(&contents, mac, unlock, schemes, &mut bags)
            }
        };
        result.map_err(|error| match (error, safe) {
            (ImportError::Decode(error), _) if error.is_limit() => error.into(),
            (ImportError::Decode(_), Safe::Plain(_)) if mac.is_some() => {
                ImportError::Damaged { what: "a safe" }
            }
            // One wrong padding in 256 looks right, so without a MAC only the structure tells.
            (ImportError::Decode(_), Safe::Encrypted { .. }) => {
                spoiled(mac, unlock, "an encrypted safe")
            }
            (other, _) => other,
        })?;
    }
    Ok(bags)
}

/// The error for encrypted octets that make no sense: with the MAC verified the password is right.
fn spoiled(mac: Option<&Mac<'_>>, unlock: &Unlock<'_>, what: &'static str) -> ImportError {
    if mac.is_some() {
        ImportError::Damaged { what }
    } else {
        unlock.refused()
    }
}

/// Type and content of a `ContentInfo`.
fn content_info(element: Element<'_>) -> Result<(Oid, Element<'_>), DecodeError> {
    let mut fields = element.reader();
    let content_type = fields.expect(Tag::ObjectIdentifier, "content type")?;
    let content = fields.element()?;
    fields.finish()?;
    if content.is_context(0) {
        Ok((Oid::from_element(&content_type)?, content))
    } else {
        Err(content.bad("content"))
    }
}

/// One `ContentInfo` of the `AuthenticatedSafe` (RFC 7292 §4.1).
enum Safe<'a> {
    Plain(&'a [u8]),
    Encrypted {
        scheme: Pbes2<'a>,
        encrypted: &'a [u8],
    },
}

impl<'a> Safe<'a> {
    fn decode_all(
        octets: &'a [u8],
        most: usize,
        schemes: &mut Schemes,
    ) -> Result<Vec<Self>, ImportError> {
        let mut list = sequence(octets, "AuthenticatedSafe")?;
        let mut safes = Vec::new();
        while !list.is_empty() {
            if safes.len() == most {
                return Err(DecodeError::limit("entries", most, list.offset()).into());
            }
            let element = list.expect(Tag::Sequence, "ContentInfo")?;
            safes.push(Self::decode(element, schemes)?);
        }
        Ok(safes)
    }

    fn decode(element: Element<'a>, schemes: &mut Schemes) -> Result<Self, ImportError> {
        let (content_type, content) = content_info(element)?;
        let mut explicit = content.reader();
        if content_type == DATA {
            return Ok(Self::Plain(
                explicit.expect(Tag::OctetString, "SafeContents")?.content(),
            ));
        }
        if content_type != ENCRYPTED_DATA {
            return Err(ImportError::Unsupported {
                what: "PKCS#12 encrypted to a key".into(),
            });
        }
        // RFC 5652 §8: EncryptedData.
        let mut fields = explicit.expect(Tag::Sequence, "EncryptedData")?.reader();
        fields.expect(Tag::Integer, "version of EncryptedData")?;
        let mut info = fields
            .expect(Tag::Sequence, "EncryptedContentInfo")?
            .reader();
        info.expect(Tag::ObjectIdentifier, "content type")?;
        let algorithm = info.expect(Tag::Sequence, "encryption algorithm")?;
        let scheme = Pbes2::decode(&algorithm, schemes)?;
        let encrypted = info.element()?;
        if !encrypted.is_context(0) {
            return Err(encrypted.bad("encrypted content").into());
        }
        Ok(Self::Encrypted {
            scheme,
            encrypted: encrypted.content(),
        })
    }
}

/// Reads `SafeContents` (RFC 7292 §4.2), nested ones included.
fn read_bags(
    contents: &[u8],
    mac: Option<&Mac<'_>>,
    unlock: &mut Unlock<'_>,
    schemes: &mut Schemes,
    bags: &mut Vec<Bag>,
) -> Result<(), ImportError> {
    let contents = secret_der(contents, Shape::Plain, unlock.limits)?;
    let mut levels = vec![sequence(&contents, "SafeContents")?];
    while let Some(level) = levels.last_mut() {
        if level.is_empty() {
            levels.pop();
            continue;
        }
        if bags.len() == unlock.limits.entries {
            return Err(DecodeError::limit("entries", bags.len(), level.offset()).into());
        }
        let bag = level.expect(Tag::Sequence, "SafeBag")?;
        let mut fields = bag.reader();
        let kind = Oid::from_element(&fields.expect(Tag::ObjectIdentifier, "bag type")?)?;
        let explicit = fields.element()?;
        if !explicit.is_context(0) {
            return Err(explicit.bad("bag value").into());
        }
        let (alias, local_key_id) = match fields.optional_tag(Tag::Set)? {
            Some(attributes) => decode_attributes(attributes.reader())?,
            None => (None, None),
        };
        fields.finish()?;
        let value = if kind == KEY_BAG {
            let key = KeyFile::from_pkcs8(Zeroizing::new(explicit.content().to_vec()));
            BagValue::Key(key.map_err(|_| ImportError::Damaged {
                what: "a private key",
            })?)
        } else if kind == SHROUDED_KEY_BAG {
            BagValue::Key(
                pkcs8::open_encrypted(explicit.content(), unlock, schemes)?
                    .ok_or_else(|| spoiled(mac, unlock, "an encrypted private key"))?,
            )
        } else if kind == CERTIFICATE_BAG {
            decode_certificate(explicit.reader())?
        } else if kind == SAFE_CONTENTS_BAG {
            if levels.len() == unlock.limits.depth {
                return Err(DecodeError::limit("levels", levels.len(), bag.offset()).into());
            }
            levels.push(
                explicit
                    .reader()
                    .expect(Tag::Sequence, "SafeContents")?
                    .reader(),
            );
            continue;
        } else {
            BagValue::Other(
                BAG_NAMES
                    .iter()
                    .find(|(_, known)| kind == *known)
                    .map_or_else(
                        || format!("entry of type {kind}"),
                        |(name, _)| (*name).to_owned(),
                    ),
            )
        };
        bags.push(Bag {
            alias,
            local_key_id,
            value,
        });
    }
    Ok(())
}

fn decode_certificate(mut explicit: Reader<'_>) -> Result<BagValue, DecodeError> {
    let mut fields = explicit.expect(Tag::Sequence, "CertBag")?.reader();
    let kind = Oid::from_element(&fields.expect(Tag::ObjectIdentifier, "certificate type")?)?;
    let value = fields.element()?;
    if kind != X509_CERTIFICATE {
        return Ok(BagValue::Other(format!("certificate of type {kind}")));
    }
    let certificate = value.reader().expect(Tag::OctetString, "certificate")?;
    Ok(BagValue::Certificate(Certificate::from_der(
        certificate.content(),
    )))
}

type Labels = (Option<String>, Option<Vec<u8>>);

/// `friendlyName` and `localKeyId` (RFC 2985 §5.5); other attributes are passed over.
fn decode_attributes(mut attributes: Reader<'_>) -> Result<Labels, DecodeError> {
    let (mut alias, mut local_key_id) = (None, None);
    while !attributes.is_empty() {
        let mut fields = attributes.expect(Tag::Sequence, "bag attribute")?.reader();
        let kind = Oid::from_element(&fields.expect(Tag::ObjectIdentifier, "attribute type")?)?;
        let mut values = fields.expect(Tag::Set, "attribute values")?.reader();
        if values.is_empty() {
            continue;
        }
        let value = values.opaque()?;
        if kind == FRIENDLY_NAME {
            alias = decode_utf16(value.content()).filter(|alias| !alias.is_empty());
        } else if kind == LOCAL_KEY_ID {
            local_key_id = Some(value.content().to_vec());
        }
    }
    Ok((alias, local_key_id))
}

fn sequence<'a>(octets: &'a [u8], what: &'static str) -> Result<Reader<'a>, DecodeError> {
    let element = Element::parse(octets)?;
    if element.tag() == Tag::Sequence {
        Ok(element.reader())
    } else {
        Err(element.bad(what))
    }
}

/// `MacData` (RFC 7292 §4).
struct Mac<'a> {
    digest: DigestAlgorithm,
    expected: &'a [u8],
    salt: &'a [u8],
    iterations: u32,
}

impl<'a> Mac<'a> {
    /// Reads it; one by an algorithm that is not served is added to `protection`.
    fn decode(element: &Element<'a>, protection: &mut Schemes) -> Result<Self, ImportError> {
        let mut fields = element.reader();
        let mut info = fields.expect(Tag::Sequence, "MAC")?.reader();
        let (oid, _) = identifier(&info.expect(Tag::Sequence, "algorithm of the MAC")?)?;
        let expected = info.expect(Tag::OctetString, "MAC")?.content();
        info.finish()?;
        let digest = oid
            .to_fixed()
            .and_then(|oid| DigestAlgorithm::from_oid(&oid))
            .ok_or_else(|| {
                protection.add(format!("MAC {}", name_of(&oid)));
                unsupported("MAC by ", &oid)
            })?;
        let salt = fields
            .expect(Tag::OctetString, "salt of the MAC")?
            .content();
        let iterations = match fields.optional_tag(Tag::Integer)? {
            Some(count) => iteration_count(&count)?,
            None => 1,
        };
        fields.finish()?;
        Ok(Self {
            digest,
            expected,
            salt,
            iterations,
        })
    }

    fn verify(&self, content: &[u8], unlock: &mut Unlock<'_>) -> Result<(), ImportError> {
        let password = unlock.secret_password();
        // Writers disagree whether an empty password is a terminator alone or nothing at all.
        let mut forms = vec![terminated_utf16(password)];
        if password.is_empty() {
            forms.push(Zeroizing::new(Vec::new()));
        }
        for form in forms {
            unlock.spend(self.iterations.into())?;
            let mut key = Zeroizing::new(vec![0; self.digest.output_len()]);
            derive(
                Purpose::MacKey,
                self.digest,
                &form,
                self.salt,
                self.iterations,
                unlock.provider,
                &mut key,
            );
            let found = unlock.provider.derivation.hmac(self.digest, &key, content);
            if bool::from(found.ct_eq(self.expected)) {
                return Ok(());
            }
        }
        Err(unlock.refused())
    }

    fn describe(&self) -> String {
        format!(
            "MAC {} {} iterations",
            self.digest.name().to_uppercase(),
            self.iterations
        )
    }
}

const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
const SAFE_CONTENTS_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.6");
const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");
const FRIENDLY_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.20");
const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");

/// Kinds of entries that are known and not read.
const BAG_NAMES: [(&str, ObjectIdentifier); 2] = [
    ("CRL", oid("1.2.840.113549.1.12.10.1.4")),
    ("secret key", oid("1.2.840.113549.1.12.10.1.5")),
];

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
