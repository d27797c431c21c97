//! Bundles of certificates and revocation lists: PKCS#7 or CMS `SignedData` that signs nothing (RFC 5652 §5, RFC 8551 §3.7).

use der::Tag;
use der::asn1::ObjectIdentifier;

use crate::Limits;
use crate::asn1::{
    self, DecodeError, Element, OpaqueElement, Reader, encode_oid, encode_set_of, encode_unsigned,
    tag,
};
use crate::ber::{Shape, to_der};
use crate::certificate::{Certificate, CertificateError};
use crate::crl::{Crl, CrlError};
use crate::pem;
use crate::pem_writing::{self, label};

/// What a bundle holds.
///
/// A bundle is a SET, so the order tells nothing of which certificate issued which. It is that of the
/// octets all the same, so that reports are repeatable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertsOnly {
    certificates: Vec<Result<Certificate, CertificateError>>,
    crls: Vec<Result<Crl, CrlError>>,
    other_entries: usize,
    signers: usize,
}

impl CertsOnly {
    const fn of(certificates: Vec<Result<Certificate, CertificateError>>) -> Self {
        Self {
            certificates,
            crls: Vec::new(),
            other_entries: 0,
            signers: 0,
        }
    }

    /// The certificates in the order of the octets. One that cannot be read spoils no other; octets in
    /// its error count from its own start.
    pub fn certificates(&self) -> &[Result<Certificate, CertificateError>] {
        &self.certificates
    }

    /// The certificates that could be read.
    #[must_use]
    pub fn into_readable(self) -> Vec<Certificate> {
        self.certificates
            .into_iter()
            .filter_map(Result::ok)
            .collect()
    }

    /// The revocation lists in the order of the octets, read as the certificates are.
    pub fn crls(&self) -> &[Result<Crl, CrlError>] {
        &self.crls
    }

    /// How many entries are of other kinds, such as attribute certificates.
    #[must_use]
    pub const fn other_entries(&self) -> usize {
        self.other_entries
    }

    /// How many signatures there are. A bundle that is certificates alone has none.
    #[must_use]
    pub const fn signers(&self) -> usize {
        self.signers
    }
}

/// Reads a `ContentInfo` with `SignedData`, in BER or DER, for its certificates and revocation lists.
///
/// Signers and content are tolerated and passed over: whoever wants only certificates takes them from
/// signed messages as well. Each certificate is read from the octets that arrived, save one whose own length
/// is indefinite: that is brought to DER first (see [`to_der`]).
///
/// # Errors
///
/// For octets that are no such structure; [`DecodeErrorKind::Limit`](crate::asn1::DecodeErrorKind::Limit)
/// beyond `entries`, or what [`to_der`] bounds.
pub fn decode(octets: &[u8], limits: &Limits) -> Result<CertsOnly, DecodeError> {
    let octets = to_der(octets, Shape::SignedData, limits)?;
    let content_info = Element::parse(&octets)?;
    if content_info.tag() != Tag::Sequence {
        return Err(content_info.bad("ContentInfo"));
    }
    let mut fields = content_info.reader();
    let content_type = fields.expect(Tag::ObjectIdentifier, "content type")?;
    if content_type.content() != SIGNED_DATA.as_bytes() {
        return Err(content_type.bad("content type of a certificate bundle"));
    }
    let content = fields.element()?;
    fields.finish()?;
    if !content.is_context(0) {
        return Err(content.bad("content"));
    }
    let mut explicit = content.reader();
    let signed_data = explicit.expect(Tag::Sequence, "SignedData")?;
    explicit.finish()?;

    let mut fields = signed_data.reader();
    let _version = fields.expect(Tag::Integer, "version")?;
    let _digests = fields.expect(Tag::Set, "digestAlgorithms")?;
    let _content = fields.expect(Tag::Sequence, "encapContentInfo")?;
    let mut certificates = Vec::new();
    let mut other_entries = 0;
    if let Some(set) = fields.optional_context(0)? {
        for_each(set.reader(), limits, |element| {
            if element.identifier() == tag::SEQUENCE {
                certificates.push(Certificate::from_der(element.raw()));
            } else {
                other_entries += 1;
            }
        })?;
    }
    let mut crls = Vec::new();
    if let Some(set) = fields.optional_context(1)? {
        for_each(set.reader(), limits, |element| {
            if element.identifier() == tag::SEQUENCE {
                crls.push(Crl::from_der(element.raw()));
            } else {
                other_entries += 1;
            }
        })?;
    }
    let signer_infos = fields.expect(Tag::Set, "signerInfos")?;
    let mut signers = 0;
    for_each(signer_infos.reader(), limits, |_| signers += 1)?;
    fields.finish()?;
    Ok(CertsOnly {
        certificates,
        crls,
        other_entries,
        signers,
    })
}

/// Reads certificates in any of the forms that products send under the name of a bundle.
///
/// # Errors
///
/// As [`decode`], of which the error is for octets that are of no [`Form`] at all. PEM that holds anything but
/// certificates, a private key say, is of none.
pub fn decode_any(octets: &[u8], limits: &Limits) -> Result<(CertsOnly, Form), DecodeError> {
    let error = match decode(octets, limits) {
        Ok(bundle) => return Ok((bundle, Form::Bundle)),
        Err(error) => error,
    };
    if let Ok(certificate) = Certificate::from_der(octets) {
        return Ok((CertsOnly::of(vec![Ok(certificate)]), Form::Certificate));
    }
    let mut certificates = Vec::new();
    for (index, block) in pem::blocks(octets).enumerate() {
        if index >= limits.entries {
            return Err(DecodeError::limit("entries", limits.entries, block.offset));
        }
        let content = block.octets?;
        match block.label {
            "PKCS7" | "CMS" if index == 0 => {
                let bundle = decode(&content, limits)?;
                let alone = pem::blocks(octets).nth(1).is_none();
                return if alone {
                    Ok((bundle, Form::PemBundle))
                } else {
                    Err(error)
                };
            }
            "CERTIFICATE" => certificates.push(Certificate::from_der(&*content)),
            _ => return Err(error),
        }
    }
    if certificates.is_empty() {
        return Err(error);
    }
    Ok((CertsOnly::of(certificates), Form::PemCertificates))
}

/// In which form certificates came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// `SignedData` in BER or DER, as RFC 8551 §3.7 has it.
    Bundle,
    /// The same as PEM, label `PKCS7` or `CMS`.
    PemBundle,
    /// One certificate in DER.
    Certificate,
    /// Certificates as PEM, one or more.
    PemCertificates,
}

impl Form {
    /// A stable name for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::PemBundle => "pem-bundle",
            Self::Certificate => "certificate",
            Self::PemCertificates => "pem-certificates",
        }
    }
}

/// Writes a DER `ContentInfo` with `SignedData` of version 1 that holds these certificates, no content
/// and no signer. The certificates stand in the order that DER demands of a SET, each octet for octet;
/// one that is given twice is written once.
#[must_use]
pub fn encode(certificates: &[Certificate]) -> Vec<u8> {
    let mut set: Vec<&[u8]> = certificates.iter().map(Certificate::as_der).collect();
    set.sort_unstable();
    set.dedup();
    let signed_data = asn1::encode(
        tag::SEQUENCE,
        &[
            &encode_unsigned(&[1]),
            &encode_set_of(Vec::new()),
            &asn1::encode(tag::SEQUENCE, &[&encode_oid(DATA)]),
            &asn1::encode(tag::CONTEXT_CONSTRUCTED, &set),
            &encode_set_of(Vec::new()),
        ],
    );
    asn1::encode(
        tag::SEQUENCE,
        &[
            &encode_oid(SIGNED_DATA),
            &asn1::encode(tag::CONTEXT_CONSTRUCTED, &[&signed_data]),
        ],
    )
}

/// What [`encode`] writes as PEM, label `PKCS7` (RFC 7468 §8): lines of 64 characters that end in LF.
#[must_use]
pub fn encode_pem(certificates: &[Certificate]) -> String {
    pem_writing::encode(label::PKCS7, &encode(certificates))
}

fn for_each<'a>(
    mut elements: Reader<'a>,
    limits: &Limits,
    mut each: impl FnMut(OpaqueElement<'a>),
) -> Result<(), DecodeError> {
    let mut count = 0;
    while !elements.is_empty() {
        if count == limits.entries {
            return Err(DecodeError::limit(
                "entries",
                limits.entries,
                elements.offset(),
            ));
        }
        count += 1;
        each(elements.verbatim()?);
    }
    Ok(())
}

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
pub(crate) const SIGNED_DATA: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
