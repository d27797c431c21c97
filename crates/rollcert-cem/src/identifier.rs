//! Naming a certificate by issuer and serial number, in text.

use rollcert_pki::{Certificate, Name, NameMatch, SerialNumber};

use crate::xml;

/// Issuer and serial number of an announced certificate, as somebody wrote them.
///
/// There is no single way to write an issuer's name, and partners compare strings. So the texts are kept
/// character for character to be echoed, and compared by meaning only when we compare.
///
/// # Specification
///
/// CEM §3.1 `CertificateIdentifier` and §3.2 `CertificateReference`; `X509IssuerSerialType` of XML Signature.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CertificateIdentifier {
    issuer: String,
    serial: String,
    serial_number: SerialNumber,
}

impl CertificateIdentifier {
    /// Takes the two texts of a message.
    ///
    /// # Errors
    ///
    /// [`InvalidSerial`] when `serial` is no `xs:integer` (decimal digits, perhaps a sign, perhaps white space
    /// around them), or has more than `max_digits`.
    pub fn new(
        issuer: impl Into<String>,
        serial: impl Into<String>,
        max_digits: usize,
    ) -> Result<Self, InvalidSerial> {
        let serial = serial.into();
        let digits = xml::trim(&serial);
        // No white space but that of XML: partners who compare numbers would take it for another text.
        if digits.len() > max_digits || !digits.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(InvalidSerial);
        }
        Ok(Self {
            issuer: issuer.into(),
            serial_number: SerialNumber::from_decimal(digits).map_err(|_| InvalidSerial)?,
            serial,
        })
    }

    /// How we write the identifier of `certificate`: RFC 4514 with its nine registered short names, the least
    /// decimal number.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        Self {
            issuer: certificate.issuer().to_rfc4514_portable(),
            serial: certificate.serial().to_decimal(),
            serial_number: certificate.serial().clone(),
        }
    }

    /// The issuer's name, character for character.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The serial number, character for character.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The serial number.
    #[must_use]
    pub const fn serial_number(&self) -> &SerialNumber {
        &self.serial_number
    }

    /// Whether this names `certificate`, and how well the issuer's name fits.
    ///
    /// The serial numbers have to be equal. [`None`] also when the text is not a name that can be read and not
    /// the very text that we would write.
    #[must_use]
    pub fn matches(&self, certificate: &Certificate) -> Option<IssuerMatch> {
        if self.serial_number != *certificate.serial() {
            return None;
        }
        let issuer = certificate.issuer();
        if self.issuer == issuer.to_rfc4514_portable() || self.issuer == issuer.to_string() {
            return Some(IssuerMatch::Exact);
        }
        match Name::parse(xml::trim(&self.issuer)).ok()?.matches(issuer)? {
            NameMatch::Aliases => Some(IssuerMatch::Aliases),
            NameMatch::Reversed => Some(IssuerMatch::Reversed),
            NameMatch::AnyOrder => Some(IssuerMatch::AnyOrder),
        }
    }

    /// Whether this has the serial number of `certificate` and nothing but parts of its issuer's name, one at
    /// least. Some software leaves out the parts whose types it does not know.
    pub(crate) fn names_part_of(&self, certificate: &Certificate) -> bool {
        self.serial_number == *certificate.serial()
            && Name::parse(xml::trim(&self.issuer))
                .is_ok_and(|name| name.is_part_of(certificate.issuer()))
    }
}

/// How well the text of an issuer's name fits a certificate; the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum IssuerMatch {
    /// Character for character.
    Exact,
    /// The same name, but for aliases of types, case and blanks.
    Aliases,
    /// So too, but with the relative names in reverse.
    Reversed,
    /// So too, but with the relative names in another order.
    AnyOrder,
    /// Parts of the name are missing, and none contradicts it: the serial number decided among the few
    /// certificates that could be meant.
    Incomplete,
    /// Not at all: the serial number alone decided, among the certificates of one request.
    SerialAlone,
}

/// A text that is no serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal serial number")]
#[non_exhaustive]
pub struct InvalidSerial;

impl InvalidSerial {
    /// A stable name for this fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "bad-serial"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(serial: &str) -> Result<String, InvalidSerial> {
        CertificateIdentifier::new("CN=a", serial, 1024)
            .map(|identifier| identifier.serial_number().to_decimal())
    }

    #[test]
    fn v14_h19_serial_numbers_are_decimal_integers_of_bounded_length() {
        assert_eq!(number("0").as_deref(), Ok("0"));
        assert_eq!(number(" +007\n").as_deref(), Ok("7"));
        assert_eq!(number("-5").as_deref(), Ok("-5"));
        let long = "817687147709354056932467674113038684790460646148";
        assert_eq!(number(long).as_deref(), Ok(long));
        for serial in [
            "",
            " ",
            "0x1F",
            "8F3A",
            "1e3",
            "1.0",
            "--1",
            "1 2",
            "\u{661}",
            "\u{a0}1",
            "1\u{2003}",
            "\u{b}1",
        ] {
            assert_eq!(number(serial), Err(InvalidSerial), "{serial}");
        }
        assert_eq!(number(&"9".repeat(1_000_000)), Err(InvalidSerial));
    }

    #[test]
    fn texts_are_kept_character_for_character() {
        let identifier = CertificateIdentifier::new(" CN=a ", " 007 ", 1024).unwrap();
        assert_eq!(identifier.issuer(), " CN=a ");
        assert_eq!(identifier.serial(), " 007 ");
    }
}
