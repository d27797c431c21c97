//! OCSP responses of any kind, right and wrong (RFC 6960 §4.2.1).

#![allow(dead_code, reason = "not every test file uses everything")]
#![allow(unreachable_pub, reason = "a module of several test crates")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::exhaustive_structs,
    clippy::exhaustive_enums,
    reason = "tests panic, and this is no API"
)]

use chrono::{DateTime, Utc};
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::asn1::{Element, encode, encode_oid, tag};
use rollcert_pki::extension::{EncodedExtension, ExtensionValue, ReasonCode};
use rollcert_pki::{Certificate, SignatureAlgorithmName};

use crate::common::{Authority, PROVIDER, day};

/// What is said of one certificate.
#[derive(Clone)]
pub struct Single {
    pub digest: DigestAlgorithm,
    pub issuer: Certificate,
    /// As the content of an INTEGER.
    pub serial: Vec<u8>,
    /// `CertStatus` in DER.
    pub status: Vec<u8>,
    pub this_update: DateTime<Utc>,
    pub next_update: Option<DateTime<Utc>>,
    pub extensions: Vec<EncodedExtension>,
}

impl Single {
    /// Good, from yesterday until in a week, identified by SHA-1.
    pub fn good(certificate: &Authority, issuer: &Authority) -> Self {
        Self {
            digest: DigestAlgorithm::Sha1,
            issuer: issuer.certificate.clone(),
            serial: certificate.certificate.serial().as_der_content().to_vec(),
            status: encode(tag::CONTEXT_PRIMITIVE, &[]),
            this_update: day(-1),
            next_update: Some(day(7)),
            extensions: Vec::new(),
        }
    }

    pub fn revoked(mut self, date: DateTime<Utc>, reason: Option<ReasonCode>) -> Self {
        let reason = reason
            .map(|reason| encode(tag::CONTEXT_CONSTRUCTED, &[&reason.encode()]))
            .unwrap_or_default();
        self.status = encode(tag::CONTEXT_CONSTRUCTED + 1, &[&time(date), &reason]);
        self
    }

    pub fn unknown(mut self) -> Self {
        self.status = encode(tag::CONTEXT_PRIMITIVE + 2, &[]);
        self
    }

    pub fn with_digest(mut self, digest: DigestAlgorithm) -> Self {
        self.digest = digest;
        self
    }

    pub fn with_times(mut self, this: DateTime<Utc>, next: Option<DateTime<Utc>>) -> Self {
        (self.this_update, self.next_update) = (this, next);
        self
    }

    pub fn with_extension(mut self, extension: EncodedExtension) -> Self {
        self.extensions.push(extension);
        self
    }

    fn encode(&self) -> Vec<u8> {
        let digest =
            |data: &[u8]| encode(tag::OCTET_STRING, &[&PROVIDER.digest(self.digest, data)]);
        let null = encode(tag::NULL, &[]);
        let algorithm = encode(tag::SEQUENCE, &[&encode_oid(self.digest.oid()), &null]);
        let id = encode(
            tag::SEQUENCE,
            &[
                &algorithm,
                &digest(self.issuer.subject().as_der()),
                &digest(key_bits(&self.issuer)),
                &encode(tag::INTEGER, &[&self.serial]),
            ],
        );
        let next_update = self
            .next_update
            .map(|next| encode(tag::CONTEXT_CONSTRUCTED, &[&time(next)]))
            .unwrap_or_default();
        encode(
            tag::SEQUENCE,
            &[
                &id,
                &self.status,
                &time(self.this_update),
                &next_update,
                &extensions(&self.extensions),
            ],
        )
    }
}

/// Who the response says has answered.
#[derive(Clone, Copy)]
pub enum By {
    Name,
    Key,
}

/// A response that waits for its signature.
#[derive(Clone)]
pub struct Response {
    pub by: By,
    pub produced_at: DateTime<Utc>,
    pub singles: Vec<Single>,
    pub extensions: Vec<EncodedExtension>,
    pub certificates: Vec<Certificate>,
    /// In place of what goes with the key.
    pub digest: DigestAlgorithm,
}

impl Response {
    pub fn of(singles: Vec<Single>) -> Self {
        Self {
            by: By::Name,
            produced_at: day(-1),
            singles,
            extensions: Vec::new(),
            certificates: Vec::new(),
            digest: DigestAlgorithm::Sha256,
        }
    }

    pub fn by_key(mut self) -> Self {
        self.by = By::Key;
        self
    }

    pub fn produced_at(mut self, at: DateTime<Utc>) -> Self {
        self.produced_at = at;
        self
    }

    pub fn with_extension(mut self, extension: EncodedExtension) -> Self {
        self.extensions.push(extension);
        self
    }

    pub fn with_certificate(mut self, certificate: &Authority) -> Self {
        self.certificates.push(certificate.certificate.clone());
        self
    }

    /// The whole `OCSPResponse`, signed by this responder in its own name.
    pub fn signed_by(&self, responder: &Authority) -> Vec<u8> {
        successful(&self.basic(responder))
    }

    /// The `BasicOCSPResponse` inside.
    pub fn basic(&self, responder: &Authority) -> Vec<u8> {
        let id = match self.by {
            By::Name => encode(
                tag::CONTEXT_CONSTRUCTED + 1,
                &[responder.certificate.subject().as_der()],
            ),
            By::Key => {
                let hash = PROVIDER.digest(DigestAlgorithm::Sha1, key_bits(&responder.certificate));
                let hash = encode(tag::OCTET_STRING, &[&hash]);
                encode(tag::CONTEXT_CONSTRUCTED + 2, &[&hash])
            }
        };
        let singles: Vec<u8> = self.singles.iter().flat_map(Single::encode).collect();
        let data = encode(
            tag::SEQUENCE,
            &[
                &id,
                &time(self.produced_at),
                &encode(tag::SEQUENCE, &[&singles]),
                &extensions(&self.extensions),
            ],
        );
        let algorithm = SignatureAlgorithm::for_key(responder.key.algorithm(), self.digest);
        let signature = responder
            .key
            .signer()
            .unwrap()
            .sign(algorithm, &data)
            .unwrap();
        let certificates: Vec<u8> = self
            .certificates
            .iter()
            .flat_map(|certificate| certificate.as_der().to_vec())
            .collect();
        let certificates = if certificates.is_empty() {
            Vec::new()
        } else {
            let list = encode(tag::SEQUENCE, &[&certificates]);
            encode(tag::CONTEXT_CONSTRUCTED, &[&list])
        };
        encode(
            tag::SEQUENCE,
            &[
                &data,
                SignatureAlgorithmName::from(algorithm).as_der(),
                &encode(tag::BIT_STRING, &[&[0], &signature]),
                &certificates,
            ],
        )
    }
}

/// A response of status 0 around a basic one.
pub fn successful(basic: &[u8]) -> Vec<u8> {
    let kind = der::asn1::ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
    let bytes = encode(
        tag::SEQUENCE,
        &[&encode_oid(kind), &encode(tag::OCTET_STRING, &[basic])],
    );
    let bytes = encode(tag::CONTEXT_CONSTRUCTED, &[&bytes]);
    encode(tag::SEQUENCE, &[&encode(tag::ENUMERATED, &[&[0]]), &bytes])
}

/// A response that is only a status.
pub fn status_alone(status: u8) -> Vec<u8> {
    encode(tag::SEQUENCE, &[&encode(tag::ENUMERATED, &[&[status]])])
}

pub fn time(time: DateTime<Utc>) -> Vec<u8> {
    encode(0x18, &[time.format("%Y%m%d%H%M%SZ").to_string().as_bytes()])
}

fn extensions(list: &[EncodedExtension]) -> Vec<u8> {
    match list {
        [] => Vec::new(),
        list => encode(
            tag::CONTEXT_CONSTRUCTED + 1,
            &[&EncodedExtension::to_der_sequence(list)],
        ),
    }
}

fn key_bits(certificate: &Certificate) -> &[u8] {
    let mut fields = Element::parse(certificate.public_key_info())
        .unwrap()
        .reader();
    fields.element().unwrap();
    &fields.element().unwrap().content()[1..]
}
