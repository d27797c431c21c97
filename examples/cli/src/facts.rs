//! How values are written: the same in every call.

use chrono::{DateTime, SecondsFormat, Utc};
use rollcert::as2::Mic;
use rollcert::crypto::DigestAlgorithm;
use rollcert::pki::{Certificate, Thumbprint};
use serde_json::{Value, json};

use crate::files::PROVIDER;

/// RFC 3339 in UTC.
pub(crate) fn time(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

pub(crate) fn thumbprint(certificate: &Certificate, algorithm: DigestAlgorithm) -> Thumbprint {
    certificate.thumbprint(algorithm, &PROVIDER)
}

/// The name of a certificate wherever one is referred to.
pub(crate) fn sha256(certificate: &Certificate) -> String {
    thumbprint(certificate, DigestAlgorithm::Sha256).to_string()
}

/// Something worth knowing that changes no exit status.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

impl Note {
    pub(crate) fn new(code: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { code, text }
    }
}

pub(crate) fn warnings(notes: &[Note]) -> Value {
    notes
        .iter()
        .map(|Note { code, text }| json!({ "code": code, "text": text }))
        .collect()
}

/// A message integrity check.
pub(crate) fn mic_facts(mic: &Mic) -> Value {
    // `as2` alone writes the value of the header; its first field is the digest in base64.
    let header = mic.to_string();
    let digest = header.split(',').next().unwrap_or_default();
    json!({ "algorithm": mic.algorithm().name(), "value": digest })
}

/// A word on each certificate that is not valid at that instant.
pub(crate) fn validity<'c>(
    certificates: impl IntoIterator<Item = &'c Certificate>,
    at: DateTime<Utc>,
) -> impl Iterator<Item = Note> {
    let outside = certificates
        .into_iter()
        .filter(move |certificate| !certificate.is_valid_at(at));
    outside.map(move |certificate| {
        let subject = certificate.subject();
        if at < certificate.not_before() {
            let since = time(certificate.not_before());
            Note::new(
                "certificate-not-yet-valid",
                format!("{subject}: not valid before {since}"),
            )
        } else {
            let until = time(certificate.not_after());
            Note::new(
                "certificate-expired",
                format!("{subject}: expired at {until}"),
            )
        }
    })
}
