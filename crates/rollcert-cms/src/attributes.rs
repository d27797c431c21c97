use chrono::{DateTime, Datelike, NaiveDate, Utc};
use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::SignatureAlgorithmName;
use rollcert_pki::asn1::{DecodeError, Element, encode, encode_oid, encode_set_of, tag};

use crate::algorithm::{Algorithm, encode_digest};

/// The signed attributes of one signer (RFC 5652 §5.3), in the octets that arrived.
#[derive(Clone, Debug)]
pub(crate) struct SignedAttributes {
    /// The whole `[0]` element.
    octets: Vec<u8>,
}

impl SignedAttributes {
    /// Takes the `[0]` element, whose members must each be an `Attribute`.
    pub(crate) fn decode(element: &Element<'_>) -> Result<Self, DecodeError> {
        let mut members = element.reader();
        while !members.is_empty() {
            attribute(&members.expect(Tag::Sequence, "Attribute")?)?;
        }
        Ok(Self {
            octets: element.raw().to_vec(),
        })
    }

    /// Whether `content` could pass for signed attributes: a `SET` with a message digest in it.
    ///
    /// What a signer signs with attributes is such a `SET`; handed over as content of its own, without
    /// attributes, the same signature would verify over something the signer never meant to sign.
    pub(crate) fn could_be(content: &[u8]) -> bool {
        let Ok(element) = Element::parse(content) else {
            return false;
        };
        element.tag() == Tag::Set
            && Self::decode(&element).is_ok_and(|set| set.values(MESSAGE_DIGEST).next().is_some())
    }

    /// What was signed, as a rule: the `SET` in the order that arrived.
    ///
    /// RFC 5652 §5.4 signs the DER of `SET OF Attribute` in place of the `[0]`. Some writers sign and
    /// send an order of their own, others sign the distinguished order and send another.
    pub(crate) fn as_received(&self) -> Vec<u8> {
        let mut received = self.octets.clone();
        if let Some(identifier) = received.first_mut() {
            *identifier = tag::SET;
        }
        received
    }

    /// The `SET` in distinguished order, if that is another than [`Self::as_received`].
    pub(crate) fn in_distinguished_order(&self) -> Option<Vec<u8>> {
        let members = || self.members().map(|member| member.raw());
        if members().is_sorted() {
            return None;
        }
        Some(encode_set_of(members().map(<[u8]>::to_vec).collect()))
    }

    /// Whether an attribute of this type is there, however often.
    pub(crate) fn contains(&self, oid: ObjectIdentifier) -> bool {
        self.values(oid).next().is_some()
    }

    /// The one value of the one attribute of this type; nothing when it is absent, repeated, or has
    /// another number of values (RFC 5652 §11.1, §11.2, §11.3).
    pub(crate) fn single(&self, oid: ObjectIdentifier) -> Option<Element<'_>> {
        let mut found = self.values(oid);
        let values = found.next().filter(|_| found.next().is_none())?;
        let mut values = values.reader();
        let value = values.element().ok()?;
        values.is_empty().then_some(value)
    }

    /// The `SET` of values of each attribute of this type.
    fn values(&self, oid: ObjectIdentifier) -> impl Iterator<Item = Element<'_>> {
        self.members()
            .filter_map(|member| attribute(&member).ok())
            .filter(move |(found, _)| found.content() == oid.as_bytes())
            .map(|(_, values)| values)
    }

    fn members(&self) -> impl Iterator<Item = Element<'_>> {
        let mut reader = Element::parse(&self.octets)
            .ok()
            .map(|element| element.reader());
        core::iter::from_fn(move || reader.as_mut()?.element().ok())
    }
}

/// Type and values of an `Attribute`.
fn attribute<'a>(element: &Element<'a>) -> Result<(Element<'a>, Element<'a>), DecodeError> {
    let mut fields = element.reader();
    let oid = fields.expect(Tag::ObjectIdentifier, "attrType")?;
    let values = fields.expect(Tag::Set, "attrValues")?;
    fields.finish()?;
    Ok((oid, values))
}

/// Builds an `Attribute` with one value.
pub(crate) fn encode_attribute(oid: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    encode(
        tag::SEQUENCE,
        &[&encode_oid(oid), &encode(tag::SET, &[value])],
    )
}

/// What a signer says about its algorithms under the protection of its signature (`CMSAlgorithmProtection`,
/// RFC 6211 §2).
///
/// ```text
/// CMSAlgorithmProtection ::= SEQUENCE {
///   digestAlgorithm     DigestAlgorithmIdentifier,
///   signatureAlgorithm  [1] SignatureAlgorithmIdentifier OPTIONAL,
///   macAlgorithm        [2] MessageAuthenticationCodeAlgorithm OPTIONAL }
/// ```
pub(crate) struct ProtectedAlgorithms<'a> {
    digest: Algorithm<'a>,
    signature: Algorithm<'a>,
}

impl<'a> ProtectedAlgorithms<'a> {
    /// Reads the value of the attribute. In signed data the second field must be there, and the third
    /// must not.
    pub(crate) fn decode(value: &Element<'a>) -> Result<Self, DecodeError> {
        const NAME: &str = "CMSAlgorithmProtection";
        if value.tag() != Tag::Sequence {
            return Err(value.bad(NAME));
        }
        let mut fields = value.reader();
        let digest = Algorithm::decode(&mut fields)?;
        let signature = fields
            .optional_constructed(1)?
            .ok_or_else(|| value.bad(NAME))?;
        fields.finish()?;
        Ok(Self {
            digest,
            signature: Algorithm::of(&signature)?,
        })
    }

    /// Whether these are the algorithms that the signer names outside of its signature.
    pub(crate) fn are(&self, digest: &Algorithm<'_>, signature: &Algorithm<'_>) -> bool {
        self.digest.means(digest) && self.signature.means(signature)
    }

    /// Builds the value of the attribute.
    pub(crate) fn encode(digest: DigestAlgorithm, signature: SignatureAlgorithm) -> Vec<u8> {
        let mut signature = SignatureAlgorithmName::from(signature).as_der().to_vec();
        if let Some(identifier) = signature.first_mut() {
            *identifier = tag::CONTEXT_CONSTRUCTED + 1;
        }
        encode(tag::SEQUENCE, &[&encode_digest(digest), &signature])
    }
}

/// Reads a `Time` (RFC 5652 §11.3): to the second, in `Z`.
pub(crate) fn decode_time(element: &Element<'_>) -> Option<DateTime<Utc>> {
    let digits = element.content().strip_suffix(b"Z")?;
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let (year, rest) = match element.tag() {
        Tag::UtcTime => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year = number(year)?;
            // RFC 5652 §11.3: from 50 it is the 20th century.
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        Tag::GeneralizedTime => {
            let (year, rest) = digits.split_at_checked(4)?;
            (number(year)?, rest)
        }
        _ => return None,
    };
    let fields: &[u8; 10] = rest.try_into().ok()?;
    let [month, day, hour, minute, second] = {
        let mut numbers = [0; 5];
        for (field, pair) in numbers.iter_mut().zip(fields.chunks_exact(2)) {
            *field = number(pair)?;
        }
        numbers
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.and_hms_opt(hour, minute, second)?.and_utc())
}

/// Builds a `Time` (RFC 5652 §11.3); nothing for years that it cannot express.
pub(crate) fn encode_time(time: DateTime<Utc>) -> Option<Vec<u8>> {
    match time.year() {
        1950..2050 => {
            let text = time.format("%y%m%d%H%M%SZ").to_string();
            Some(encode(UTC_TIME, &[text.as_bytes()]))
        }
        0..=9999 => {
            let text = time.format("%Y%m%d%H%M%SZ").to_string();
            Some(encode(GENERALIZED_TIME, &[text.as_bytes()]))
        }
        _ => None,
    }
}

/// RFC 5652 §11.1.
pub(crate) const CONTENT_TYPE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
/// RFC 5652 §11.2.
pub(crate) const MESSAGE_DIGEST: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// RFC 5652 §11.3.
pub(crate) const SIGNING_TIME: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
/// RFC 6211 §2.
pub(crate) const ALGORITHM_PROTECTION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.52");

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_by_the_rule_of_centuries() {
        for (text, year) in [("500101000000Z", 1950), ("491231235959Z", 2049)] {
            let octets = encode(UTC_TIME, &[text.as_bytes()]);
            let time = decode_time(&Element::parse(&octets).unwrap()).unwrap();
            assert_eq!(time.year(), year);
            assert_eq!(encode_time(time), Some(octets));
        }
        for text in ["20500101000000Z", "19491231235959Z", "99991231235959Z"] {
            let octets = encode(GENERALIZED_TIME, &[text.as_bytes()]);
            let time = decode_time(&Element::parse(&octets).unwrap()).unwrap();
            assert_eq!(encode_time(time), Some(octets));
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "Z",
            "2601010000Z",
            "260230000000Z",
            "26010100000aZ",
            "260101000000+0100",
        ] {
            let octets = encode(UTC_TIME, &[text.as_bytes()]);
            assert_eq!(
                decode_time(&Element::parse(&octets).unwrap()),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn an_attribute_counts_only_when_it_and_its_value_are_single() {
        let value = encode(tag::OCTET_STRING, &[&[1]]);
        let one = encode_attribute(MESSAGE_DIGEST, &value);
        let two_values = encode_attribute(MESSAGE_DIGEST, &[value.clone(), value.clone()].concat());
        let other = encode_attribute(CONTENT_TYPE, &value);
        let single = |members: &[&[u8]]| {
            let octets = encode(tag::CONTEXT_CONSTRUCTED, members);
            let set = SignedAttributes::decode(&Element::parse(&octets).unwrap()).unwrap();
            set.single(MESSAGE_DIGEST)
                .map(|value| value.content().to_vec())
        };
        assert_eq!(single(&[&other, &one]), Some(vec![1]));
        assert_eq!(single(&[&one, &other, &one]), None);
        assert_eq!(single(&[&two_values]), None);
        assert_eq!(single(&[&other]), None);
    }

    #[test]
    fn both_orders_are_tried_when_they_differ() {
        let first = encode_attribute(CONTENT_TYPE, &encode(tag::OCTET_STRING, &[&[1]]));
        let second = encode_attribute(MESSAGE_DIGEST, &encode(tag::OCTET_STRING, &[&[1]]));
        let forms = |members: &[&[u8]]| {
            let octets = encode(tag::CONTEXT_CONSTRUCTED, members);
            let set = SignedAttributes::decode(&Element::parse(&octets).unwrap()).unwrap();
            (set.as_received(), set.in_distinguished_order())
        };
        let sorted = encode(tag::SET, &[&first, &second]);
        let reversed = encode(tag::SET, &[&second, &first]);
        assert_eq!(forms(&[&first, &second]), (sorted.clone(), None));
        assert_eq!(forms(&[&second, &first]), (reversed, Some(sorted)));
    }

    #[test]
    fn protected_algorithms_are_read_as_they_are_written() {
        let (digest, signature) = (
            DigestAlgorithm::Sha384,
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha384),
        );
        let octets = ProtectedAlgorithms::encode(digest, signature);
        let element = Element::parse(&octets).unwrap();
        let protected = ProtectedAlgorithms::decode(&element).unwrap();
        let null = encode(tag::NULL, &[]);
        let identifier =
            |oid, parameters: &[u8]| encode(tag::SEQUENCE, &[&encode_oid(oid), parameters]);
        let are = |digest: &[u8], signature: &[u8]| {
            let of = |octets| Algorithm::of(&Element::parse(octets).unwrap()).unwrap();
            protected.are(&of(digest), &of(signature))
        };
        // NULL and absent parameters are the same; anything else is not.
        let (digest, signature) = (digest.oid(), signature.oid());
        for of_digest in [&[][..], &null] {
            for of_signature in [&[][..], &null] {
                assert!(are(
                    &identifier(digest, of_digest),
                    &identifier(signature, of_signature)
                ));
            }
        }
        let number = encode(tag::INTEGER, &[&[1]]);
        assert!(!are(
            &identifier(digest, &number),
            &identifier(signature, &null)
        ));
        assert!(!are(
            &identifier(digest, &[]),
            &identifier(signature, &number)
        ));
        assert!(!are(
            &identifier(signature, &[]),
            &identifier(signature, &null)
        ));
        assert!(!are(&identifier(digest, &[]), &identifier(digest, &null)));
    }

    #[test]
    fn protected_algorithms_of_another_form_are_refused() {
        let algorithm = encode_digest(DigestAlgorithm::Sha256);
        let field = |number: u8| {
            let mut field = algorithm.clone();
            field[0] = tag::CONTEXT_CONSTRUCTED + number;
            field
        };
        let is_read = |identifier: u8, parts: &[&[u8]]| {
            let octets = encode(identifier, parts);
            ProtectedAlgorithms::decode(&Element::parse(&octets).unwrap()).is_ok()
        };
        assert!(is_read(tag::SEQUENCE, &[&algorithm, &field(1)]));
        assert!(!is_read(tag::SET, &[&algorithm, &field(1)]));
        assert!(!is_read(tag::SEQUENCE, &[&algorithm]));
        assert!(!is_read(tag::SEQUENCE, &[&field(1)]));
        assert!(!is_read(tag::SEQUENCE, &[&algorithm, &field(2)]));
        assert!(!is_read(tag::SEQUENCE, &[&algorithm, &field(1), &field(2)]));
        let primitive = encode(tag::CONTEXT_PRIMITIVE + 1, &[&[5, 0]]);
        assert!(!is_read(tag::SEQUENCE, &[&algorithm, &primitive]));
    }
}
