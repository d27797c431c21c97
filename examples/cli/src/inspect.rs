//! `rollcert inspect`: what a file is.

use std::path::Path;

use chrono::{DateTime, Utc};
use rollcert::crypto::DigestAlgorithm;
use rollcert::pki::{
    self, Bundle, CertificateEntry, Entry, FileKind, ImportError, KeyEntry, Password, Refusal,
};
use serde_json::{Value, json};

use crate::arguments::{Inspect, clock};
use crate::error::Report;
use crate::facts::{Note, sha256, thumbprint, time, validity, warnings};
use crate::files::{self, PROVIDER};

pub(crate) fn inspect(call: Inspect) -> Report {
    let at = clock(call.at);
    let password = call.password.map(Password::from);
    let octets = match files::read(&call.file) {
        Ok(octets) => octets,
        Err(failure) => return failure.into(),
    };
    match pki::examine(&octets, password.as_ref(), &PROVIDER, &files::limits()) {
        Ok(bundle) => Report::new(bundle_facts(&bundle, at), None),
        Err(refusal) => report_refusal(&refusal, &call.file),
    }
}

fn report_refusal(refusal: &Refusal, file: &Path) -> Report {
    let mut failure = files::import_failure(file, &refusal.error);
    if let ImportError::UnsupportedKind { kind } = refusal.error {
        failure.text = format!("{}: {}", file.display(), unsupported(kind));
    }
    let facts = json!({
        "kind": refusal.kind.code(),
        "protection": refusal.protection,
        "entries": [],
        "warnings": [],
    });
    Report::new(facts, Some(failure))
}

fn unsupported(kind: FileKind) -> String {
    let what = match kind {
        FileKind::Csr => "a certification request (PKCS#10)",
        FileKind::Crl => "a certificate revocation list",
        FileKind::Zip => "a ZIP archive",
        other => other.code(),
    };
    format!("{what}, which is not read yet")
}

fn bundle_facts(bundle: &Bundle, at: DateTime<Utc>) -> Value {
    let entries: Vec<Value> = bundle
        .entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Certificate(entry) => Some(certificate_facts(entry)),
            Entry::Key(entry) => Some(key_facts(entry)),
            _ => None,
        })
        .collect();
    let given = bundle
        .warnings
        .iter()
        .map(|warning| Note::new(warning.code, &*warning.text));
    let notes: Vec<Note> = given.chain(validity(bundle.certificates(), at)).collect();
    json!({
        "kind": bundle.kind.code(),
        "protection": bundle.protection,
        "entries": entries,
        "warnings": warnings(&notes),
    })
}

fn certificate_facts(entry: &CertificateEntry) -> Value {
    let certificate = &entry.certificate;
    let key_usage: Option<Vec<&str>> = certificate
        .key_usage()
        .map(|usages| usages.iter().map(|usage| usage.name()).collect());
    let extended_key_usage: Option<Vec<String>> = certificate
        .extended_key_usage()
        .map(|usages| usages.iter().map(ToString::to_string).collect());
    let usable_for: Vec<&str> = certificate
        .usable_for()
        .into_iter()
        .map(|purpose| purpose.code())
        .collect();
    json!({
        "type": "certificate",
        "alias": entry.alias,
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "serial": certificate.serial().to_hex(),
        "not_before": time(certificate.not_before()),
        "not_after": time(certificate.not_after()),
        "sha1": thumbprint(certificate, DigestAlgorithm::Sha1).to_string(),
        "sha256": sha256(certificate),
        "sha512": thumbprint(certificate, DigestAlgorithm::Sha512).to_string(),
        "emails": certificate.emails(),
        "dns_names": certificate.dns_names(),
        "key_algorithm": certificate.key_algorithm().to_string(),
        "signature_algorithm": certificate.signature_algorithm().to_string(),
        "key_usage": key_usage,
        "extended_key_usage": extended_key_usage,
        "is_ca": certificate.is_ca(),
        "has_key": entry.has_key,
        "usable_for": usable_for,
    })
}

fn key_facts(entry: &KeyEntry) -> Value {
    json!({
        "type": "key",
        "algorithm": entry.key.algorithm().to_string(),
        "protection": entry.key.protection(),
        "matches": entry.matches.map(|thumbprint| thumbprint.to_string()),
    })
}
