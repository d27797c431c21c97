use core::fmt;

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;

use crate::asn1::{DecodeError, DecodeErrorKind, Element, Reader};
use crate::crl::walk::{Fields, directory_names};
use crate::extension::{
    CertificateIssuer, Extension, ExtensionValue, Extensions, HoldInstructionCode, InvalidityDate,
    ReasonCode,
};
use crate::name::Name;
use crate::oid::Oid;
use crate::serial::SerialNumber;
use crate::time::decode_time;

/// One revoked certificate, where it stands in its CRL (RFC 5280 §5.1.2.6, §5.3).
///
/// Its structure was checked when the CRL was read; the values of its extensions are read when asked for.
#[derive(Clone, Copy)]
pub struct RevokedEntry<'a> {
    fields: Fields<'a>,
    offset: usize,
    crl_issuer: &'a Name,
    certificate_issuer: Option<NamedIssuer<'a>>,
}

/// The extension by which an entry names the issuer of its certificate; an error where it stands twice.
pub(super) type NamedIssuer<'a> = Result<Extension<'a>, DecodeError>;

impl<'a> RevokedEntry<'a> {
    pub(super) const fn new(
        fields: Fields<'a>,
        offset: usize,
        crl_issuer: &'a Name,
        certificate_issuer: Option<NamedIssuer<'a>>,
    ) -> Self {
        Self {
            fields,
            offset,
            crl_issuer,
            certificate_issuer,
        }
    }

    /// The serial number of the certificate.
    #[must_use]
    pub fn serial(&self) -> SerialNumber {
        // The walk has refused numbers that are empty or too long.
        SerialNumber::from_der_content(self.fields.serial).unwrap_or_else(|_| SerialNumber::from(0))
    }

    /// The content octets of the serial number, as they stand.
    #[must_use]
    pub const fn serial_octets(&self) -> &'a [u8] {
        self.fields.serial
    }

    /// When the authority revoked it, to the second.
    #[must_use]
    pub fn revocation_date(&self) -> DateTime<Utc> {
        // The walk has read this time once.
        Element::parse(self.fields.time)
            .and_then(|time| decode_time(&time, &mut Vec::new()))
            .unwrap_or_default()
    }

    /// Why it was revoked (§5.3.1); `None` when the entry does not say.
    ///
    /// [`ReasonCode::RemoveFromCrl`] in a delta CRL says that the certificate is no longer revoked.
    ///
    /// # Errors
    ///
    /// When the value is malformed, or the extension stands twice. The certificate is revoked all the same.
    pub fn reason(&self) -> Result<Option<ReasonCode>, DecodeError> {
        sole(self.extensions())
    }

    /// Since when the key is not to be trusted, which may be earlier than the revocation (§5.3.2).
    ///
    /// # Errors
    ///
    /// As [`Self::reason`].
    pub fn invalidity_date(&self) -> Result<Option<DateTime<Utc>>, DecodeError> {
        let date: Option<InvalidityDate> = sole(self.extensions())?;
        Ok(date.map(InvalidityDate::time))
    }

    /// What to do with a certificate on hold (RFC 3280 §5.3.2, given up since).
    ///
    /// # Errors
    ///
    /// As [`Self::reason`].
    pub fn hold_instruction(&self) -> Result<Option<HoldInstructionCode>, DecodeError> {
        sole(self.extensions())
    }

    /// Who issued the certificate, where that is another than who issued the CRL: as this entry says, or the
    /// nearest one before it that says so (§5.3.3). `None` is the issuer of the CRL.
    ///
    /// # Errors
    ///
    /// As [`Self::reason`].
    pub fn certificate_issuer(&self) -> Result<Option<CertificateIssuer>, DecodeError> {
        self.certificate_issuer
            .map(|named| named.and_then(|extension| extension.decode()))
            .transpose()
    }

    /// Whether it is a certificate of `issuer`.
    ///
    /// An entry whose [`Self::certificate_issuer`] cannot be read counts as one of every issuer, so that no
    /// revocation is missed.
    #[must_use]
    pub fn is_issued_by(&self, issuer: &Name) -> bool {
        match self.certificate_issuer() {
            Ok(None) => self.crl_issuer.matches(issuer),
            Ok(Some(names)) => {
                let mut names = directory_names(&names).peekable();
                names.peek().is_none() || names.any(|name| name.matches(issuer))
            }
            Err(_) => true,
        }
    }

    /// All extensions of the entry, those unknown here included.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'a> {
        extensions_of(&self.fields, self.offset)
    }

    /// The exact octets of the entry.
    #[must_use]
    pub const fn as_der(&self) -> &'a [u8] {
        self.fields.raw
    }

    /// Where the entry begins, in octets from the start of the CRL.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Whether the entry takes a certificate back off the list. A reason that cannot be read does not.
    pub(super) fn is_removal(&self) -> bool {
        is_removal(&self.fields, self.offset)
    }

    /// Who issued the CRL.
    pub(super) const fn crl_issuer(&self) -> &'a Name {
        self.crl_issuer
    }

    /// The extension that says who issued the certificate, of this entry or one before it.
    pub(super) const fn issuer_extension(&self) -> Option<NamedIssuer<'a>> {
        self.certificate_issuer
    }

    /// The extension that stands twice, if one does.
    pub(super) fn repeated_extension(&self) -> Option<Oid> {
        parsed(&self.fields, self.offset).and_then(|(_, repeated)| repeated)
    }
}

impl fmt::Debug for RevokedEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevokedEntry")
            .field("serial", &self.serial())
            .field("revocation_date", &self.revocation_date())
            .field("reason", &self.reason())
            .finish_non_exhaustive()
    }
}

impl PartialEq for RevokedEntry<'_> {
    /// The same octets, and a certificate of the same issuer.
    fn eq(&self, other: &Self) -> bool {
        let issuer = |entry: &Self| {
            let named = entry.certificate_issuer;
            named.map(|named| named.map(|extension| extension.value()))
        };
        self.as_der() == other.as_der()
            && self.crl_issuer == other.crl_issuer
            && issuer(self) == issuer(other)
    }
}

impl Eq for RevokedEntry<'_> {}

/// The entries of a CRL in their order. See [`Crl::entries`](crate::Crl::entries).
#[derive(Clone, Debug)]
pub struct RevokedEntries<'a> {
    octets: &'a [u8],
    offset: usize,
    left: usize,
    crl_issuer: &'a Name,
    /// Whether it is worth looking for issuers at all.
    with_issuers: bool,
    certificate_issuer: Option<NamedIssuer<'a>>,
}

impl<'a> RevokedEntries<'a> {
    /// The `count` entries that begin at `offset`, of which `with_issuer` say whose certificate it is.
    pub(super) const fn new(
        octets: &'a [u8],
        offset: usize,
        count: usize,
        crl_issuer: &'a Name,
        with_issuer: usize,
    ) -> Self {
        Self {
            octets,
            offset,
            left: count,
            crl_issuer,
            with_issuers: with_issuer > 0,
            certificate_issuer: None,
        }
    }
}

impl<'a> Iterator for RevokedEntries<'a> {
    type Item = RevokedEntry<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let offset = self.offset;
        let fields = Fields::at(self.octets, offset)?;
        self.offset += fields.raw.len();
        if self.with_issuers {
            self.certificate_issuer = issuer_of(&fields, offset).or(self.certificate_issuer);
        }
        Some(RevokedEntry::new(
            fields,
            offset,
            self.crl_issuer,
            self.certificate_issuer,
        ))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for RevokedEntries<'_> {}

/// Whether the entry at `offset` takes a certificate back off the list.
pub(super) fn is_removal(fields: &Fields<'_>, offset: usize) -> bool {
    sole(extensions_of(fields, offset)) == Ok(Some(ReasonCode::RemoveFromCrl))
}

/// The extension of the entry at `offset` that says who issued the certificate.
pub(super) fn issuer_of<'a>(fields: &Fields<'a>, offset: usize) -> Option<NamedIssuer<'a>> {
    sole_extension(extensions_of(fields, offset), CertificateIssuer::OID)
}

/// The value of the extension of this type, which must not stand there twice.
fn sole<T: ExtensionValue>(extensions: Extensions<'_>) -> Result<Option<T>, DecodeError> {
    sole_extension(extensions, T::OID)
        .map(|found| found.and_then(|extension| extension.decode()))
        .transpose()
}

fn sole_extension(
    extensions: Extensions<'_>,
    oid: ObjectIdentifier,
) -> Option<Result<Extension<'_>, DecodeError>> {
    let mut found = extensions
        .into_iter()
        .filter(|extension| extension.is(&oid));
    let extension = found.next()?;
    Some(match found.next() {
        None => Ok(extension),
        Some(second) => {
            let what = "extension that stands twice";
            let kind = DecodeErrorKind::Value { what };
            Err(DecodeError::new(kind, second.value_offset()))
        }
    })
}

fn extensions_of<'a>(fields: &Fields<'a>, offset: usize) -> Extensions<'a> {
    parsed(fields, offset).map_or(Extensions::NONE, |(extensions, _)| extensions)
}

/// The extensions, and which one stands twice. The walk has parsed them once.
fn parsed<'a>(fields: &Fields<'a>, offset: usize) -> Option<(Extensions<'a>, Option<Oid>)> {
    if fields.extensions.is_empty() {
        return None;
    }
    let place = offset + (fields.raw.len() - fields.extensions.len());
    let list = Reader::placed(fields.extensions, place).element().ok()?;
    Extensions::parse_repeated(&list).ok()
}
