use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use num_bigint::BigInt;
use rand_core::CryptoRng;

use crate::thumbprint::is_separator;

/// The serial number of a certificate: a signed integer of any size (RFC 5280 §4.1.2.2).
///
/// Issuers have written zero, negative and overlong ones, so the content octets are kept as they
/// stand in the certificate; comparing, ordering and hashing go by value.
#[derive(Clone)]
pub struct SerialNumber(Box<[u8]>);

impl SerialNumber {
    /// The most content octets that are read. RFC 5280 allows 20; no issuer is known to exceed 64.
    pub const MAX_LEN: usize = 4096;

    /// The number whose two's complement content octets are these.
    ///
    /// # Errors
    ///
    /// [`SerialNumberError`] for no octets, or more than [`Self::MAX_LEN`].
    pub fn from_der_content(octets: &[u8]) -> Result<Self, SerialNumberError> {
        match octets.len() {
            0 => Err(SerialNumberError::Empty),
            1..=Self::MAX_LEN => Ok(Self(octets.into())),
            _ => Err(SerialNumberError::TooLong),
        }
    }

    /// Reads a decimal number as `xs:integer` allows it: blanks around it, a sign, leading zeros.
    ///
    /// # Errors
    ///
    /// [`SerialNumberError`] for anything else, and for numbers beyond [`Self::MAX_LEN`] octets.
    pub fn from_decimal(text: &str) -> Result<Self, SerialNumberError> {
        let text = text.trim();
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.is_empty() {
            return Err(SerialNumberError::Empty);
        }
        if !digits.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(SerialNumberError::NotANumber);
        }
        // Checked before the conversion, whose cost grows with the square of the length.
        if digits.len() > 2 * Self::MAX_LEN {
            return Err(SerialNumberError::TooLong);
        }
        let value: BigInt = text.parse().map_err(|_| SerialNumberError::NotANumber)?;
        Self::from_der_content(&value.to_signed_bytes_be())
    }

    /// Reads a hexadecimal number as products show it: any case, `0x` before it, colons, dashes, blanks and the
    /// invisible marks of pasted text passed over; `-` in front for a negative number. The first digit is
    /// no sign: `ff` is 255.
    ///
    /// # Errors
    ///
    /// [`SerialNumberError`] for anything else, and for numbers beyond [`Self::MAX_LEN`] octets.
    pub fn from_hex(text: &str) -> Result<Self, SerialNumberError> {
        let negative = text.trim_start().starts_with('-');
        let digits: String = text.chars().filter(|c| !is_separator(*c)).collect();
        let digits = digits
            .strip_prefix("0x")
            .or_else(|| digits.strip_prefix("0X"))
            .unwrap_or(&digits);
        if digits.is_empty() {
            return Err(SerialNumberError::Empty);
        }
        if !digits.bytes().all(|octet| octet.is_ascii_hexdigit()) {
            return Err(SerialNumberError::NotHexadecimal);
        }
        if digits.len() > 2 * Self::MAX_LEN {
            return Err(SerialNumberError::TooLong);
        }
        let value = BigInt::parse_bytes(digits.as_bytes(), 16).unwrap_or_default();
        let value = if negative { -value } else { value };
        Self::from_der_content(&value.to_signed_bytes_be())
    }

    /// A new number for a certificate: 16 octets from `rng`, positive, 126 bits of them by chance.
    ///
    /// RFC 5280 §4.1.2.2 allows 20 octets and other rules want 64 bits by chance at least; 16 octets are what
    /// old products show and store whole.
    #[must_use]
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut octets = [0; 16];
        rng.fill_bytes(&mut octets);
        // The first two bits are 01: positive, and never padded.
        if let Some(first) = octets.first_mut() {
            *first = *first & 0x3f | 0x40;
        }
        Self(octets.into())
    }

    /// The content octets as they stand in the certificate, most significant first.
    #[must_use]
    pub const fn as_der_content(&self) -> &[u8] {
        &self.0
    }

    /// Hexadecimal in lower case, without leading zeros; `-` before a negative number.
    #[must_use]
    pub fn to_hex(&self) -> String {
        format!("{:x}", self.value())
    }

    /// The shortest decimal form.
    #[must_use]
    pub fn to_decimal(&self) -> String {
        self.value().to_string()
    }

    /// Whether RFC 5280 §4.1.2.2 is obeyed: a positive number of at most 20 octets, the zero octet not
    /// counted that keeps it positive.
    #[must_use]
    pub fn is_conforming(&self) -> bool {
        match self.minimal() {
            [0] | [0x80..=0xff, ..] => false,
            [0, significant @ ..] => significant.len() <= 20,
            octets => octets.len() <= 20,
        }
    }

    /// Whether the content octets are the shortest for their value, as DER demands.
    pub(crate) fn is_minimal(&self) -> bool {
        self.minimal().len() == self.0.len()
    }

    fn value(&self) -> BigInt {
        BigInt::from_signed_bytes_be(&self.0)
    }

    /// The shortest octets of the same value: equal exactly when the values are.
    fn minimal(&self) -> &[u8] {
        shortest(&self.0)
    }
}

/// The shortest octets of the same integer, of which these are the content: equal exactly when the values are.
pub(crate) fn shortest(mut octets: &[u8]) -> &[u8] {
    // X.690 §8.3.2: the first nine bits are neither all zero nor all one.
    while let [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] = octets {
        octets = octets.get(1..).unwrap_or_default();
    }
    octets
}

impl From<u64> for SerialNumber {
    fn from(number: u64) -> Self {
        // A zero octet in front keeps it positive.
        let mut octets = [0; 9];
        for (place, octet) in octets.iter_mut().skip(1).zip(number.to_be_bytes()) {
            *place = octet;
        }
        Self(shortest(&octets).into())
    }
}

/// Decimal, the form in which partners exchange serial numbers.
impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({})", self.to_hex())
    }
}

impl PartialEq for SerialNumber {
    fn eq(&self, other: &Self) -> bool {
        self.minimal() == other.minimal()
    }
}

impl Eq for SerialNumber {}

impl Hash for SerialNumber {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.minimal().hash(state);
    }
}

impl Ord for SerialNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value().cmp(&other.value())
    }
}

impl PartialOrd for SerialNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Why something is no serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SerialNumberError {
    /// Nothing was given.
    #[error("empty serial number")]
    Empty,
    /// Something other than a sign and decimal digits was given.
    #[error("serial number is not a decimal integer")]
    NotANumber,
    /// Something other than a sign and hexadecimal digits was given.
    #[error("serial number is not a hexadecimal integer")]
    NotHexadecimal,
    /// The number is longer than [`SerialNumber::MAX_LEN`].
    #[error("serial number longer than {} octets", SerialNumber::MAX_LEN)]
    TooLong,
}

impl SerialNumberError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotANumber => "not-a-number",
            Self::NotHexadecimal => "not-hexadecimal",
            Self::TooLong => "too-long",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn hexadecimal_is_read_as_products_show_it() {
        let serial = SerialNumber::from_decimal("65520").unwrap();
        for text in ["fff0", "0xFFF0", "00:FF:F0", " ff f0\n", "\u{200e}00fff0"] {
            assert_eq!(SerialNumber::from_hex(text), Ok(serial.clone()), "{text:?}");
        }
        assert_eq!(
            SerialNumber::from_hex("-1"),
            SerialNumber::from_decimal("-1")
        );
        for (text, error) in [
            ("", SerialNumberError::Empty),
            ("-", SerialNumberError::Empty),
            ("0x", SerialNumberError::Empty),
            ("fg", SerialNumberError::NotHexadecimal),
            ("1+1", SerialNumberError::NotHexadecimal),
        ] {
            assert_eq!(SerialNumber::from_hex(text), Err(error), "{text:?}");
        }
        let endless = "f".repeat(1_000_000);
        assert_eq!(
            SerialNumber::from_hex(&endless),
            Err(SerialNumberError::TooLong)
        );
    }

    #[test]
    fn new_numbers_conform_and_differ() {
        let mut rng = StdRng::seed_from_u64(1);
        let serials: Vec<SerialNumber> = (0..100).map(|_| SerialNumber::random(&mut rng)).collect();
        let distinct: std::collections::HashSet<&SerialNumber> = serials.iter().collect();
        assert_eq!(distinct.len(), 100);
        for serial in &serials {
            assert!(serial.is_conforming() && serial.is_minimal());
            assert_eq!(serial.as_der_content().len(), 16);
        }
    }

    #[test]
    fn conforming_numbers_are_positive_and_have_20_octets_at_most() {
        for (octets, conforming) in [
            (vec![1], true),
            (vec![0], false),
            (vec![0, 0], false),
            (vec![0xff], false),
            (vec![0x7f; 20], true),
            (vec![0x7f; 21], false),
            ([vec![0], vec![0xff; 20]].concat(), true),
            ([vec![0], vec![0xff; 21]].concat(), false),
            ([vec![0, 0], vec![0x7f; 20]].concat(), true),
        ] {
            let serial = SerialNumber::from_der_content(&octets).unwrap();
            assert_eq!(serial.is_conforming(), conforming, "{serial:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(octets in prop::collection::vec(any::<u8>(), 1..40)) {
            let serial = SerialNumber::from_der_content(&octets).unwrap();
            prop_assert_eq!(SerialNumber::from_decimal(&serial.to_decimal()), Ok(serial.clone()));
            prop_assert_eq!(SerialNumber::from_hex(&serial.to_hex()), Ok(serial));
        }
    }

    #[test]
    fn numbers_of_every_sign_show_in_hexadecimal_and_decimal() {
        for (octets, hex, decimal) in [
            (&[0x00][..], "0", "0"),
            (&[0x0a], "a", "10"),
            (&[0x00, 0xff], "ff", "255"),
            (&[0xff], "-1", "-1"),
            (&[0x80, 0x00], "-8000", "-32768"),
        ] {
            let serial = SerialNumber::from_der_content(octets).unwrap();
            assert_eq!(
                (serial.to_hex().as_str(), serial.to_decimal().as_str()),
                (hex, decimal)
            );
        }
    }

    #[test]
    fn padded_numbers_equal_their_short_form_and_keep_their_octets() {
        let padded = SerialNumber::from_der_content(&[0, 0, 5]).unwrap();
        assert_eq!(padded, SerialNumber::from_decimal("5").unwrap());
        assert_eq!(padded.as_der_content(), [0, 0, 5]);
        assert!(!padded.is_minimal());
    }

    #[test]
    fn decimals_are_read_as_xml_schema_allows_them() {
        let seven = SerialNumber::from_decimal("7").unwrap();
        for text in [" 7 ", "+7", "007", "\n7"] {
            assert_eq!(SerialNumber::from_decimal(text).unwrap(), seven);
        }
        for (text, error) in [
            ("", SerialNumberError::Empty),
            ("-", SerialNumberError::Empty),
            ("0x07", SerialNumberError::NotANumber),
            ("1 2", SerialNumberError::NotANumber),
            ("+-1", SerialNumberError::NotANumber),
        ] {
            assert_eq!(SerialNumber::from_decimal(text), Err(error), "{text:?}");
        }
        let endless = "9".repeat(1_000_000);
        assert_eq!(
            SerialNumber::from_decimal(&endless),
            Err(SerialNumberError::TooLong)
        );
    }

    #[test]
    fn order_is_by_value() {
        let mut serials: Vec<SerialNumber> = ["300", "-5", "4", "-70000"]
            .map(|text| SerialNumber::from_decimal(text).unwrap())
            .into();
        serials.sort();
        let sorted: Vec<String> = serials.iter().map(ToString::to_string).collect();
        assert_eq!(sorted, ["-70000", "-5", "4", "300"]);
    }
}
