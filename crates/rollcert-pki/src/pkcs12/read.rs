//! Reading PKCS#12 files.

use der::Tag;
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::asn1::{DecodeError, Element, Reader, tag};
use crate::ber::Shape;
use crate::certificate::{Certificate, CertificateError};
use crate::import_error::ImportError;
use crate::key::KeyFile;
use crate::name::decode_utf16;
use crate::oid::Oid;
use crate::pkcs8;
use crate::pkcs12::mac::Mac;
use crate::secret::{SecretDer, secret_der};
use crate::unlock::{Scheme, Schemes, Unlock};

/// One entry and its attributes.
pub(crate) struct Bag {
    pub(crate) alias: Option<String>,
    pub(crate) local_key_id: Option<Vec<u8>>,
    pub(crate) value: BagValue,
}

pub(crate) enum BagValue {
    Certificate(Result<Certificate, CertificateError>),
    Key(KeyFile),
    /// A key that could not be opened, beside others that could.
    ClosedKey(ImportError),
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
            .map_or_else(|| "no MAC".to_owned(), Mac::to_string),
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
        match safe {
            Safe::Plain(contents) => secret_der(contents, Shape::Plain, unlock.limits)
                .map_err(ImportError::Decode)
                .and_then(|contents| read_bags(&contents, mac, unlock, schemes, &mut bags))
                .map_err(|error| match error {
                    ImportError::Decode(error) if mac.is_some() && !error.is_limit() => {
                        ImportError::Damaged { what: "a safe" }
                    }
                    other => other,
                })?,
            Safe::Encrypted { scheme, encrypted } => {
                let contents = open_contents(scheme, encrypted, unlock)?
                    .ok_or_else(|| spoiled(mac, unlock, ENCRYPTED_SAFE))?;
                read_bags(&contents, mac, unlock, schemes, &mut bags).map_err(
                    |error| match error {
                        ImportError::Decode(error) if !error.is_limit() => ImportError::Damaged {
                            what: ENCRYPTED_SAFE,
                        },
                        other => other,
                    },
                )?;
            }
        }
    }
    refuse_without_keys(&bags)?;
    Ok(bags)
}

/// Decrypts `SafeContents`. One wrong padding in 256 looks right, and RC4 has none, so it is the structure
/// that tells whether the password was the right one.
fn open_contents(
    scheme: &Scheme<'_>,
    encrypted: &[u8],
    unlock: &mut Unlock<'_>,
) -> Result<Option<Zeroizing<Vec<u8>>>, ImportError> {
    let limits = unlock.limits;
    unlock.open(scheme, encrypted, |octets| {
        let rewritten = match secret_der(&octets, Shape::Plain, limits) {
            Ok(SecretDer::Borrowed(_)) => None,
            Ok(SecretDer::Owned(rewritten)) => Some(rewritten),
            Err(error) if error.is_limit() => return Err(error.into()),
            Err(_) => return Ok(None),
        };
        let contents = rewritten.unwrap_or(octets);
        let is_list = sequence(&contents, "SafeContents")
            .is_ok_and(|mut bags| bags.is_empty() || bags.expect(Tag::Sequence, "SafeBag").is_ok());
        Ok(is_list.then_some(contents))
    })
}

/// A key that stays closed is worth a warning where others opened, and fails the file where none did.
fn refuse_without_keys(bags: &[Bag]) -> Result<(), ImportError> {
    let mut first = None;
    for bag in bags {
        match &bag.value {
            BagValue::Key(_) => return Ok(()),
            BagValue::ClosedKey(error) => {
                first.get_or_insert(error);
            }
            _ => {}
        }
    }
    first.map_or(Ok(()), |error| Err(error.clone()))
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
        scheme: Scheme<'a>,
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
        let scheme = Scheme::decode(&algorithm, schemes)?;
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
    let mut levels = vec![sequence(contents, "SafeContents")?];
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
            KeyFile::from_pkcs8_der(explicit.content()).map_or(
                BagValue::ClosedKey(ImportError::Damaged {
                    what: "a private key",
                }),
                BagValue::Key,
            )
        } else if kind == SHROUDED_KEY_BAG {
            open_key(explicit.content(), alias.as_deref(), mac, unlock, schemes)?
        } else if kind == CERTIFICATE_BAG {
            decode_certificate(explicit.reader())
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

/// Opens an encrypted key. What is wrong with one is no error of the file, save a limit.
fn open_key(
    octets: &[u8],
    alias: Option<&str>,
    mac: Option<&Mac<'_>>,
    unlock: &mut Unlock<'_>,
    schemes: &mut Schemes,
) -> Result<BagValue, ImportError> {
    let error = match pkcs8::open_encrypted(octets, alias, unlock, schemes) {
        Ok(Some(key)) => return Ok(BagValue::Key(key)),
        Ok(None) if unlock.has_password_of(alias) => ImportError::WrongPassword,
        Ok(None) => spoiled(mac, unlock, ENCRYPTED_KEY),
        Err(ImportError::Decode(error)) if !error.is_limit() => ImportError::Damaged {
            what: ENCRYPTED_KEY,
        },
        Err(ImportError::Unsupported { what }) => ImportError::Unsupported { what },
        Err(error) => return Err(error),
    };
    Ok(BagValue::ClosedKey(error))
}

/// Reads a `CertBag` (RFC 7292 §4.2.3). A bad certificate is none of the file's faults.
fn decode_certificate(explicit: Reader<'_>) -> BagValue {
    decode_x509(explicit).unwrap_or_else(|error| BagValue::Certificate(Err(error.into())))
}

fn decode_x509(mut explicit: Reader<'_>) -> Result<BagValue, DecodeError> {
    let mut fields = explicit.expect(Tag::Sequence, "CertBag")?.reader();
    let kind = Oid::from_element(&fields.expect(Tag::ObjectIdentifier, "certificate type")?)?;
    let value = fields.element()?;
    if kind == SDSI_CERTIFICATE {
        return Ok(BagValue::Other("SDSI certificate".to_owned()));
    }
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
        if kind == FRIENDLY_NAME && value.identifier() == BMP_STRING {
            alias = decode_utf16(value.content()).filter(|alias| !alias.is_empty());
        } else if kind == LOCAL_KEY_ID && value.identifier() == tag::OCTET_STRING {
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

pub(super) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
pub(super) const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
pub(super) const SHROUDED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
pub(super) const CERTIFICATE_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
const SAFE_CONTENTS_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.6");
pub(super) const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");
const SDSI_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.2");
pub(super) const FRIENDLY_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.20");
pub(super) const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");

pub(super) const BMP_STRING: u8 = 0x1e;

const ENCRYPTED_SAFE: &str = "an encrypted safe";
const ENCRYPTED_KEY: &str = "an encrypted private key, unless it has a password of its own,";

/// Kinds of entries that are known and not read.
const BAG_NAMES: [(&str, ObjectIdentifier); 2] = [
    ("CRL", oid("1.2.840.113549.1.12.10.1.4")),
    ("secret key", oid("1.2.840.113549.1.12.10.1.5")),
];

pub(super) const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
