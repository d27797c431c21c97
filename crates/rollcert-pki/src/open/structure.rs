use core::fmt;

use der::Tag;
use der::asn1::ObjectIdentifier;

use crate::asn1::{Reader, tag};
use crate::ber::Header;
use crate::certs_only::SIGNED_DATA;
use crate::oid::Oid;
use crate::open::foreign::{ForeignFormat, OCSP_RESPONSE};
use crate::open::kind::FileKind;

/// What a DER or BER structure is meant to be, by its outermost elements.
#[derive(Debug, PartialEq)]
pub(super) enum Structure {
    Certificate,
    CertificationRequest,
    CertificateList,
    SignedData,
    OtherContent(Oid),
    Pfx,
    /// PKCS#8, PKCS#1, SEC 1, or as OpenSSL writes DSA.
    PrivateKey,
    EncryptedPrivateKeyInfo,
    PublicKeyInfo,
    RsaPublicKey,
    Foreign(ForeignFormat),
    Unknown,
}

impl Structure {
    /// Looks at the outermost elements, as many as are there and no deeper than it must. Whoever reads the
    /// structure finds what is wrong with it.
    pub(super) fn recognise(octets: &[u8]) -> Self {
        let [outer] = first_elements(octets, 1).try_into().unwrap_or([Head::NONE]);
        if outer.identifier != tag::SEQUENCE {
            return Self::Unknown;
        }
        let fields = first_elements(outer.content, MOST_FIELDS);
        let identifiers: Vec<u8> = fields.iter().map(|field| field.identifier).collect();
        let first = fields.first().copied().unwrap_or(Head::NONE);
        match *identifiers.as_slice() {
            [tag::SEQUENCE, tag::SEQUENCE, tag::BIT_STRING] => {
                Self::of_signed(first).unwrap_or(Self::Certificate)
            }
            // Cut off, or of indefinite length: what is signed tells.
            [tag::SEQUENCE] => Self::of_signed(first).unwrap_or(Self::Unknown),
            [tag::SEQUENCE, tag::BIT_STRING] => Self::PublicKeyInfo,
            [tag::SEQUENCE, tag::OCTET_STRING] => Self::EncryptedPrivateKeyInfo,
            [ENUMERATED, ..] if first.content.len() == 1 => Self::Foreign(OCSP_RESPONSE),
            [tag::OBJECT_IDENTIFIER, ..] => Self::of_content_type(outer.content),
            [tag::INTEGER, tag::INTEGER] => Self::RsaPublicKey,
            [tag::INTEGER, second, ..] => match (first.content, second) {
                ([3], tag::SEQUENCE) => Self::Pfx,
                ([0 | 1], tag::SEQUENCE | tag::INTEGER) | ([1], tag::OCTET_STRING) => {
                    Self::PrivateKey
                }
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }

    /// Certificate (RFC 5280 §4.1), CRL (§5.1) or request (RFC 2986 §4) by what is signed.
    fn of_signed(signed: Head<'_>) -> Option<Self> {
        let fields = first_elements(signed.content, MOST_FIELDS);
        let identifiers: Vec<u8> = fields.iter().map(|field| field.identifier).collect();
        match *identifiers.as_slice() {
            [
                tag::INTEGER,
                tag::SEQUENCE,
                tag::SEQUENCE,
                UTC_TIME | GENERALIZED_TIME,
                ..,
            ]
            | [
                tag::SEQUENCE,
                tag::SEQUENCE,
                UTC_TIME | GENERALIZED_TIME,
                ..,
            ] => Some(Self::CertificateList),
            [tag::INTEGER, tag::SEQUENCE, tag::SEQUENCE]
            | [
                tag::INTEGER,
                tag::SEQUENCE,
                tag::SEQUENCE,
                tag::CONTEXT_CONSTRUCTED,
            ] => Some(Self::CertificationRequest),
            [tag::CONTEXT_CONSTRUCTED, tag::INTEGER, tag::SEQUENCE, ..]
            | [
                tag::INTEGER,
                tag::SEQUENCE,
                tag::SEQUENCE,
                tag::SEQUENCE,
                ..,
            ] => Some(Self::Certificate),
            // What looks like nothing else is read as a certificate, which says what is wrong.
            _ => None,
        }
    }

    /// A `ContentInfo` (RFC 5652 §3) by its first field.
    fn of_content_type(content_info: &[u8]) -> Self {
        let content_type = Reader::new(content_info).expect(Tag::ObjectIdentifier, "content type");
        match content_type.and_then(|content_type| Oid::from_element(&content_type)) {
            Ok(oid) if oid == SIGNED_DATA => Self::SignedData,
            Ok(oid) => Self::OtherContent(oid),
            Err(_) => Self::Unknown,
        }
    }

    pub(super) fn kind(&self) -> FileKind {
        match self {
            Self::Certificate => FileKind::Certificate,
            Self::CertificationRequest => FileKind::Csr,
            Self::CertificateList => FileKind::Crl,
            Self::SignedData => FileKind::Pkcs7,
            Self::OtherContent(oid) if content_name(oid).is_some() => FileKind::Pkcs7,
            Self::Pfx => FileKind::Pkcs12,
            Self::PrivateKey
            | Self::EncryptedPrivateKeyInfo
            | Self::PublicKeyInfo
            | Self::RsaPublicKey => FileKind::Key,
            Self::Foreign(format) => format.kind(),
            Self::OtherContent(_) | Self::Unknown => FileKind::Unknown,
        }
    }
}

/// The name of a content type of CMS, else its identifier.
pub(super) struct ContentType<'a>(pub(super) &'a Oid);

impl fmt::Display for ContentType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match content_name(self.0) {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

fn content_name(oid: &Oid) -> Option<&'static str> {
    let found = CONTENT_TYPES.iter().find(|(known, _)| *oid == *known);
    found.map(|(_, name)| *name)
}

/// Identifier octet and content of an element; the content may be cut off.
#[derive(Clone, Copy)]
struct Head<'a> {
    identifier: u8,
    content: &'a [u8],
}

impl Head<'_> {
    const NONE: Self = Self {
        identifier: 0,
        content: &[],
    };
}

/// The first elements, at most `most`, as far as they can be told apart. One that is cut off or of
/// indefinite length is the last, and so is the end of one.
fn first_elements(mut octets: &[u8], most: usize) -> Vec<Head<'_>> {
    let mut elements = Vec::new();
    while elements.len() < most
        && let Ok(header) = Header::read(octets, 0)
        && header.identifier != END_OF_CONTENTS
    {
        let content = octets.get(header.content_start..).unwrap_or_default();
        let (content, rest) = header
            .length
            .and_then(|length| content.split_at_checked(length))
            .unwrap_or((content, &[]));
        elements.push(Head {
            identifier: header.identifier,
            content,
        });
        octets = rest;
    }
    elements
}

/// As many elements as tell structures apart.
const MOST_FIELDS: usize = 5;

const END_OF_CONTENTS: u8 = 0;
const ENUMERATED: u8 = 0x0a;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// RFC 5652 §14 and those that extend it.
const CONTENT_TYPES: [(ObjectIdentifier, &str); 8] = [
    (oid("1.2.840.113549.1.7.1"), "data"),
    (oid("1.2.840.113549.1.7.3"), "enveloped data"),
    (oid("1.2.840.113549.1.7.4"), "signed and enveloped data"),
    (oid("1.2.840.113549.1.7.5"), "digested data"),
    (oid("1.2.840.113549.1.7.6"), "encrypted data"),
    (oid("1.2.840.113549.1.9.16.1.2"), "authenticated data"),
    (oid("1.2.840.113549.1.9.16.1.9"), "compressed data"),
    (
        oid("1.2.840.113549.1.9.16.1.23"),
        "authenticated enveloped data",
    ),
];

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}
