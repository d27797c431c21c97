//! The walk over the entries of a CRL (RFC 5280 §5.1.2.6): cut by hand where they look as in nearly every
//! CRL, read element by element where they do not.

use core::ops::Range;

use der::Tag;

use crate::asn1::{DecodeError, Element, Reader};
use crate::certificate::Quirk;
use crate::crl::error::CrlError;
use crate::extension::{
    CertificateIssuer, Criticality, Extension, ExtensionValue, Extensions, GeneralName,
    HoldInstructionCode, InvalidityDate, ReasonCode,
};
use crate::name::Name;
use crate::serial::SerialNumber;
use crate::time::decode_time;

/// What the walk found out about all entries together.
#[derive(Clone, Debug, Default)]
pub(super) struct EntryFacts {
    /// How many there are.
    pub(super) count: usize,
    /// How many have extensions.
    pub(super) with_extensions: usize,
    /// How many name the issuer of their certificate.
    pub(super) with_issuer: usize,
    /// How many hold something critical that is not understood, or an extension twice.
    pub(super) unhandled: usize,
    /// Where the first of these begins.
    pub(super) first_unhandled: Option<usize>,
    /// Where entries depart from RFC 5280, each kind once.
    pub(super) quirks: Vec<Quirk>,
}

/// Whether an entry names the issuer of its certificate, and so that of the entries after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Issuer {
    /// It does.
    Named,
    /// It is that of the entry before.
    AsBefore,
}

/// Checks every entry in `revoked`, the content of `revokedCertificates` in `octets`, and shows each to
/// `found` with its place. Costs no memory.
pub(super) fn walk<'a>(
    octets: &'a [u8],
    revoked: Range<usize>,
    mut found: impl FnMut(usize, &Fields<'a>, Issuer) -> Result<(), CrlError>,
) -> Result<EntryFacts, CrlError> {
    let mut facts = EntryFacts::default();
    let end = revoked.end;
    let mut rest = octets.get(revoked).unwrap_or_default();
    while !rest.is_empty() {
        let offset = end - rest.len();
        let (fields, issuer) = match Fields::cut(rest).filter(Fields::is_plain) {
            Some(fields) => (fields, Issuer::AsBefore),
            None => facts.examine(rest, offset)?,
        };
        found(offset, &fields, issuer)?;
        facts.count += 1;
        facts.with_extensions += usize::from(!fields.extensions.is_empty());
        rest = rest.get(fields.raw.len()..).unwrap_or_default();
    }
    Ok(facts)
}

/// How many elements stand in `content`, as far as it can be told without checking anything.
pub(super) fn count(mut content: &[u8]) -> usize {
    let mut count = 0;
    while let Some(length) = raw_len(content) {
        content = content.get(length..).unwrap_or_default();
        count += 1;
    }
    count
}

/// The length of the element at the start, tag and length included.
fn raw_len(octets: &[u8]) -> Option<usize> {
    match octets {
        [_, length @ ..0x80, ..] => Some(2 + usize::from(*length)),
        [] => None,
        _ => Some(Reader::new(octets).element().ok()?.raw().len()),
    }
}

impl EntryFacts {
    /// Reads the entry at the start of `rest` element by element, and notes what is special about it.
    #[cold]
    fn examine<'a>(
        &mut self,
        rest: &'a [u8],
        offset: usize,
    ) -> Result<(Fields<'a>, Issuer), CrlError> {
        let entry = Elements::read(&mut Reader::placed(rest, offset))?;
        let mut quirks = Vec::new();
        let serial = SerialNumber::from_der_content(entry.serial.content())
            .map_err(|_| entry.serial.bad("userCertificate"))?;
        if !serial.is_minimal() {
            quirks.push(Quirk::PaddedSerial);
        }
        if !serial.is_conforming() {
            quirks.push(Quirk::UnusualSerial);
        }
        decode_time(&entry.time, &mut quirks)?;
        let mut issuer = Issuer::AsBefore;
        let mut unhandled = false;
        if let Some(extensions) = &entry.extensions {
            let (extensions, repeated) = Extensions::parse_repeated(extensions)?;
            if repeated.is_some() {
                // Whoever reads the one and not the other is told something else.
                quirks.push(Quirk::DuplicateEntryExtension);
                unhandled = true;
            }
            for extension in extensions {
                quirks.extend(extension.critical_octet().and_then(Quirk::of_boolean));
                let value = Understood::of(&extension);
                if extension.is(&CertificateIssuer::OID) {
                    issuer = Issuer::Named;
                }
                if value == Understood::Malformed {
                    quirks.extend(Quirk::malformed(&extension));
                }
                // RFC 5280 §5.3: who cannot process a critical extension of an entry must not use the CRL.
                // Whose certificates are listed nobody can tell without the issuer, whatever its criticality.
                unhandled |= value != Understood::Well
                    && (extension.criticality() == Criticality::Critical
                        || extension.is(&CertificateIssuer::OID));
            }
        }
        self.with_issuer += usize::from(issuer == Issuer::Named);
        if unhandled {
            self.unhandled += 1;
            self.first_unhandled.get_or_insert(offset);
        }
        for quirk in quirks {
            if !self.quirks.contains(&quirk) {
                self.quirks.push(quirk);
            }
        }
        Ok((entry.into(), issuer))
    }
}

/// How far an extension of an entry is understood here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Understood {
    Well,
    Malformed,
    Unknown,
}

impl Understood {
    /// RFC 5280 §5.3, and the instruction codes of RFC 3280 §5.3.2.
    fn of(extension: &Extension<'_>) -> Self {
        fn as_value<T: ExtensionValue>(extension: &Extension<'_>) -> Understood {
            match extension.decode::<T>() {
                Ok(_) => Understood::Well,
                Err(_) => Understood::Malformed,
            }
        }
        if extension.is(&ReasonCode::OID) {
            as_value::<ReasonCode>(extension)
        } else if extension.is(&InvalidityDate::OID) {
            as_value::<InvalidityDate>(extension)
        } else if extension.is(&HoldInstructionCode::OID) {
            as_value::<HoldInstructionCode>(extension)
        } else if extension.is(&CertificateIssuer::OID) {
            match extension.decode::<CertificateIssuer>() {
                // Certificates name their issuer by a directory name, so one without it names nobody.
                Ok(issuer) if directory_names(&issuer).next().is_some() => Self::Well,
                _ => Self::Malformed,
            }
        } else {
            Self::Unknown
        }
    }
}

/// The names by which an entry may name the issuer of its certificate (RFC 5280 §5.3.3).
pub(super) fn directory_names(issuer: &CertificateIssuer) -> impl Iterator<Item = &Name> {
    issuer.0.iter().filter_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    })
}

/// One entry, cut into its fields where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    /// The whole entry.
    pub(super) raw: &'a [u8],
    /// The content of `userCertificate`.
    pub(super) serial: &'a [u8],
    /// `revocationDate`, tag and length included.
    pub(super) time: &'a [u8],
    /// `crlEntryExtensions`, tag and length included, or nothing.
    pub(super) extensions: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The entry that begins at `offset`, one that the walk has seen.
    pub(super) fn at(octets: &'a [u8], offset: usize) -> Option<Self> {
        let rest = octets.get(offset..)?;
        Self::cut(rest).or_else(|| {
            let elements = Elements::read(&mut Reader::placed(rest, offset));
            elements.ok().map(Self::from)
        })
    }

    /// The entry at the start of `rest`, if no length in it takes more than one octet and its time is a
    /// `UTCTime` of the usual length. What follows the time is not looked at.
    fn cut(rest: &'a [u8]) -> Option<Self> {
        let [0x30, length @ ..0x80, ..] = rest else {
            return None;
        };
        let raw = rest.get(..2 + usize::from(*length))?;
        let [_, _, 0x02, length @ 1..0x80, fields @ ..] = raw else {
            return None;
        };
        let (serial, fields) = fields.split_at_checked(usize::from(*length))?;
        let (time, extensions) = fields.split_at_checked(UTC_TIME.len() + 13)?;
        time.starts_with(&UTC_TIME).then_some(Self {
            raw,
            serial,
            time,
            extensions,
        })
    }

    /// Whether the entry is well-formed and there is nothing special about it.
    fn is_plain(&self) -> bool {
        is_plain_serial(self.serial)
            && self.time.strip_prefix(&UTC_TIME).is_some_and(is_plain_time)
            && is_plain_list(self.extensions)
    }
}

/// The elements of one entry.
struct Elements<'a> {
    whole: Element<'a>,
    serial: Element<'a>,
    time: Element<'a>,
    extensions: Option<Element<'a>>,
}

impl<'a> Elements<'a> {
    fn read(list: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let whole = list.expect(Tag::Sequence, "revoked certificate")?;
        let mut fields = whole.reader();
        let serial = fields.expect(Tag::Integer, "userCertificate")?;
        let time = fields.element()?;
        let extensions = fields.optional_tag(Tag::Sequence)?;
        fields.finish()?;
        Ok(Self {
            whole,
            serial,
            time,
            extensions,
        })
    }
}

impl<'a> From<Elements<'a>> for Fields<'a> {
    fn from(entry: Elements<'a>) -> Self {
        Self {
            raw: entry.whole.raw(),
            serial: entry.serial.content(),
            time: entry.time.raw(),
            extensions: entry.extensions.map_or(&[], |list| list.raw()),
        }
    }
}

/// Positive, in as few octets as it needs, and these at most 20.
fn is_plain_serial(serial: &[u8]) -> bool {
    match serial {
        [0x01..=0x7f, ..] => serial.len() <= 20,
        [0x00, 0x80..=0xff, ..] => serial.len() <= 21,
        _ => false,
    }
}

/// `YYMMDDHHMMSSZ`, an instant in UTC. The last day of February in leap years is left to others.
fn is_plain_time(time: &[u8]) -> bool {
    let [digits @ .., b'Z'] = time else {
        return false;
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let [_, _, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2] = digits else {
        return false;
    };
    // The value of a digit is in its lower four bits.
    let number = |tens: &u8, ones: &u8| 10 * (tens & 0x0f) + (ones & 0x0f);
    let days = match number(m1, m2) {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&number(d1, d2))
        && number(h1, h2) < 24
        && number(n1, n2) < 60
        && number(s1, s2) < 60
}

/// Nothing, or a list of a reason, an invalidity date of this or the last century, or both in this order.
fn is_plain_list(extensions: &[u8]) -> bool {
    let [0x30, length @ ..0x80, list @ ..] = extensions else {
        return extensions.is_empty();
    };
    let rest = match list.strip_prefix(&REASON) {
        None => list,
        Some([0..=6 | 8..=10, rest @ ..]) => rest,
        Some(_) => return false,
    };
    let rest = match rest.strip_prefix(&INVALIDITY_DATE) {
        None => rest,
        Some([b'1', b'9', time @ ..] | [b'2', b'0', time @ ..]) if is_plain_time(time) => &[],
        Some(_) => return false,
    };
    list.len() == usize::from(*length) && rest.is_empty()
}

/// Tag and length of a `UTCTime` to the second.
const UTC_TIME: [u8; 2] = [0x17, 13];

/// A reason code (RFC 5280 §5.3.1) as an extension that is not critical, without the reason.
const REASON: [u8; 11] = [
    0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01,
];

/// An invalidity date (RFC 5280 §5.3.2) as an extension that is not critical, without the date.
const INVALIDITY_DATE: [u8; 11] = [
    0x30, 0x18, 0x06, 0x03, 0x55, 0x1d, 0x18, 0x04, 0x11, 0x18, 0x0f,
];
