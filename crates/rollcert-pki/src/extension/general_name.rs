use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::borrow::Cow;

use der::{Tag, TagNumber};

use super::encode_any_oid;
use crate::asn1::{DecodeError, Element, Reader, encode, tag};
use crate::name::{Name, is_invisible};
use crate::oid::Oid;

/// A name of one of the kinds that X.509 knows (RFC 5280 §4.2.1.6).
///
/// `Display` is the kind and the name, as in `email:edi@acme.example`, with what could deceive a reader
/// escaped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GeneralName {
    /// `otherName`: of a kind that an identifier tells.
    Other {
        /// The kind.
        type_id: Oid,
        /// The encoded value, without the `[0]` around it.
        value: Vec<u8>,
    },
    /// `rfc822Name`: an e-mail address (RFC 5321 §4.1.2).
    Rfc822(Ia5Text),
    /// `dNSName`: a host name.
    Dns(Ia5Text),
    /// `x400Address`: its content octets, not read here.
    X400(Vec<u8>),
    /// `directoryName`: a distinguished name.
    Directory(Name),
    /// `ediPartyName`: its content octets, not read here.
    EdiParty(Vec<u8>),
    /// `uniformResourceIdentifier`.
    Uri(Ia5Text),
    /// `iPAddress`: 4 or 16 octets; in name constraints twice as many, the second half a mask. Other numbers
    /// of octets are kept as they are.
    Ip(Vec<u8>),
    /// `registeredID`: an object identifier.
    RegisteredId(Oid),
}

impl GeneralName {
    /// An e-mail address. One with characters beyond ASCII before the `@` has another kind of name
    /// (RFC 9598 §3): see [`Self::utf8_email`].
    ///
    /// # Errors
    ///
    /// [`Ia5TextError`] for characters beyond ASCII.
    pub fn email(address: &str) -> Result<Self, Ia5TextError> {
        Ia5Text::new(address).map(Self::Rfc822)
    }

    /// An e-mail address of any characters, as `SmtpUTF8Mailbox` (RFC 9598 §3).
    #[must_use]
    pub fn utf8_email(address: &str) -> Self {
        Self::Other {
            type_id: SMTP_UTF8_MAILBOX.into(),
            value: encode(tag::UTF8_STRING, &[address.as_bytes()]),
        }
    }

    /// A host name; one with characters beyond ASCII in its form with `xn--`.
    ///
    /// # Errors
    ///
    /// [`Ia5TextError`] for characters beyond ASCII.
    pub fn dns(host: &str) -> Result<Self, Ia5TextError> {
        Ia5Text::new(host).map(Self::Dns)
    }

    /// A URI.
    ///
    /// # Errors
    ///
    /// [`Ia5TextError`] for characters beyond ASCII, which a URI has escaped.
    pub fn uri(uri: &str) -> Result<Self, Ia5TextError> {
        Ia5Text::new(uri).map(Self::Uri)
    }

    /// An address of the Internet Protocol.
    #[must_use]
    pub fn ip(address: IpAddr) -> Self {
        Self::Ip(match address {
            IpAddr::V4(address) => address.octets().into(),
            IpAddr::V6(address) => address.octets().into(),
        })
    }

    /// The address, if this is an IP address of 4 or 16 octets.
    #[must_use]
    pub fn as_ip_address(&self) -> Option<IpAddr> {
        let Self::Ip(octets) = self else { return None };
        ip_address(octets)
    }

    /// The e-mail address of an `rfc822Name` or an `SmtpUTF8Mailbox` (RFC 9598 §3).
    #[must_use]
    pub fn as_email(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Rfc822(address) => Some(address.text()),
            Self::Other { type_id, value } if *type_id == SMTP_UTF8_MAILBOX => {
                let address = Element::parse(value).ok()?;
                let is_text = address.tag() == Tag::Utf8String;
                let text = core::str::from_utf8(address.content()).ok()?;
                is_text.then_some(Cow::Borrowed(text))
            }
            _ => None,
        }
    }

    /// The kind in a word: `other`, `email`, `dns`, `x400`, `directory`, `edi-party`, `uri`, `ip`,
    /// `registered-id`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Other { .. } => "other",
            Self::Rfc822(_) => "email",
            Self::Dns(_) => "dns",
            Self::X400(_) => "x400",
            Self::Directory(_) => "directory",
            Self::EdiParty(_) => "edi-party",
            Self::Uri(_) => "uri",
            Self::Ip(_) => "ip",
            Self::RegisteredId(_) => "registered-id",
        }
    }

    /// Reads one `GeneralName`.
    ///
    /// # Errors
    ///
    /// For octets that are none.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        Self::from_element(&Element::parse(octets)?)
    }

    pub(crate) fn from_element(element: &Element<'_>) -> Result<Self, DecodeError> {
        let Tag::ContextSpecific {
            constructed,
            number: TagNumber(number),
        } = element.tag()
        else {
            return Err(element.unexpected("general name"));
        };
        let text = || Ia5Text::from_octets(element.content());
        Ok(match (number, constructed) {
            (0, true) => {
                let mut fields = element.reader();
                let type_id = fields.expect(Tag::ObjectIdentifier, "otherName")?;
                let value = fields.expect_constructed(0, "value of an otherName")?;
                fields.finish()?;
                Self::Other {
                    type_id: Oid::from_element(&type_id)?,
                    value: value.content().into(),
                }
            }
            (1, false) => Self::Rfc822(text()),
            (2, false) => Self::Dns(text()),
            (3, true) => Self::X400(element.content().into()),
            (4, true) => {
                // A CHOICE keeps its own tag inside (X.680 §31.2.7).
                let mut inner = element.reader();
                let name = inner.expect(Tag::Sequence, "directoryName")?;
                inner.finish()?;
                Self::Directory(Name::from_element(&name)?)
            }
            (5, true) => Self::EdiParty(element.content().into()),
            (6, false) => Self::Uri(text()),
            (7, false) => Self::Ip(element.content().into()),
            (8, false) => Self::RegisteredId(Oid::from_element(element)?),
            _ => return Err(element.unexpected("general name")),
        })
    }

    /// Builds the DER of `GeneralName`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Other { type_id, value } => {
                let value = encode(tag::CONTEXT_CONSTRUCTED, &[value]);
                encode(
                    tag::CONTEXT_CONSTRUCTED,
                    &[&encode_any_oid(type_id), &value],
                )
            }
            Self::Rfc822(text) => encode(tag::CONTEXT_PRIMITIVE + 1, &[text.as_bytes()]),
            Self::Dns(text) => encode(tag::CONTEXT_PRIMITIVE + 2, &[text.as_bytes()]),
            Self::X400(content) => encode(tag::CONTEXT_CONSTRUCTED + 3, &[content]),
            Self::Directory(name) => encode(tag::CONTEXT_CONSTRUCTED + 4, &[name.as_der()]),
            Self::EdiParty(content) => encode(tag::CONTEXT_CONSTRUCTED + 5, &[content]),
            Self::Uri(text) => encode(tag::CONTEXT_PRIMITIVE + 6, &[text.as_bytes()]),
            Self::Ip(octets) => encode(tag::CONTEXT_PRIMITIVE + 7, &[octets]),
            Self::RegisteredId(oid) => encode(tag::CONTEXT_PRIMITIVE + 8, &[oid.as_bytes()]),
        }
    }

    /// `GeneralNames`: what is left of `reader`. An empty list is let pass.
    pub(crate) fn decode_all(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        let mut names = Vec::new();
        while !reader.is_empty() {
            if names.len() == MOST_NAMES {
                return Err(DecodeError::limit("names", MOST_NAMES, reader.offset()));
            }
            names.push(Self::from_element(&reader.element()?)?);
        }
        Ok(names)
    }

    /// The element with this identifier octet around these names.
    pub(crate) fn encode_all(identifier: u8, names: &[Self]) -> Vec<u8> {
        let names: Vec<Vec<u8>> = names.iter().map(Self::encode).collect();
        super::value::encode_list(identifier, &names)
    }
}

/// The most names in one list: a name takes many times the two octets that it may be written in. Certificates with
/// 10,000 hosts have been made to try readers out.
const MOST_NAMES: usize = 16_384;

impl From<Name> for GeneralName {
    fn from(name: Name) -> Self {
        Self::Directory(name)
    }
}

impl fmt::Display for GeneralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.kind())?;
        match self {
            Self::Other { type_id, value } => match self.as_email() {
                Some(address) => write_escaped(f, &address),
                None => write!(f, "{type_id}#{}", hex::encode(value)),
            },
            Self::Rfc822(text) | Self::Dns(text) | Self::Uri(text) => text.fmt(f),
            Self::X400(octets) | Self::EdiParty(octets) => write!(f, "#{}", hex::encode(octets)),
            Self::Directory(name) => name.fmt(f),
            Self::Ip(octets) => write_ip(f, octets),
            Self::RegisteredId(oid) => oid.fmt(f),
        }
    }
}

/// The octets of an `IA5String`: ASCII by right, anything in the wild. They are kept exactly.
///
/// `Display` is the text with control characters, those that change the direction of writing, and other
/// invisible ones escaped as `\u{…}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ia5Text(Box<[u8]>);

impl Ia5Text {
    /// A text of ASCII characters.
    ///
    /// # Errors
    ///
    /// [`Ia5TextError::NotAscii`] for any other character.
    pub fn new(text: &str) -> Result<Self, Ia5TextError> {
        match text.chars().find(|character| !character.is_ascii()) {
            None => Ok(Self(text.as_bytes().into())),
            Some(character) => Err(Ia5TextError::NotAscii { character }),
        }
    }

    /// Octets as they were found.
    #[must_use]
    pub fn from_octets(octets: &[u8]) -> Self {
        Self(octets.into())
    }

    /// The exact octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text as it was meant: octets beyond ASCII are read as UTF-8, else as Latin-1. Not escaped: not for
    /// people's eyes.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match core::str::from_utf8(&self.0) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(self.0.iter().copied().map(char::from).collect()),
        }
    }
}

impl fmt::Display for Ia5Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_escaped(f, &self.text())
    }
}

impl fmt::Debug for Ia5Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ia5Text({self})")
    }
}

/// Why a text does not fit an `IA5String`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Ia5TextError {
    /// A character beyond ASCII.
    #[error("expected ASCII but found {character:?}")]
    NotAscii {
        /// The first such character.
        character: char,
    },
}

impl Ia5TextError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAscii { .. } => "not-ascii",
        }
    }
}

/// Shows `text` so that it can neither forge lines nor change the order in which they are read.
pub(super) fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            write!(f, "{}", character.escape_unicode())?;
        } else {
            write!(f, "{character}")?;
        }
    }
    Ok(())
}

fn ip_address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = || <[u8; 4]>::try_from(octets).map(|octets| Ipv4Addr::from(octets).into());
    let v6 = || <[u8; 16]>::try_from(octets).map(|octets| Ipv6Addr::from(octets).into());
    v4().or_else(|_| v6()).ok()
}

/// An address, or an address and its mask as name constraints have it (RFC 5280 §4.2.1.10).
fn write_ip(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    if let Some(address) = ip_address(octets) {
        return write!(f, "{address}");
    }
    let halves = octets
        .split_at_checked(octets.len() / 2)
        .and_then(|(address, mask)| Some((ip_address(address)?, ip_address(mask)?)));
    match halves {
        Some((address, mask)) => write!(f, "{address}/{mask}"),
        None => write!(f, "#{}", hex::encode(octets)),
    }
}

const SMTP_UTF8_MAILBOX: der::asn1::ObjectIdentifier = super::oid("1.3.6.1.5.5.7.8.9");
