//! What a file holds, entry by entry, with the keys of the contract.

use rollcert::crypto::{DigestAlgorithm, Error};
use rollcert::pki::extension::CrlNumber;
use rollcert::pki::{
    Certificate, CertificateEntry, CertificationRequest, Crl, Entry, KeyEntry, PublicKeyFile,
};
use serde_json::{Value, json};

use crate::facts::{sha256, thumbprint, time};
use crate::files::PROVIDER;

/// The facts of one entry; nothing for a kind that came up after this was written.
pub(crate) fn facts(entry: &Entry) -> Option<Value> {
    Some(match entry {
        Entry::Certificate(entry) => certificate(entry),
        Entry::Key(entry) => key(entry),
        Entry::PublicKey(key) => public_key(key),
        Entry::Request(entry) => request(entry),
        Entry::Crl(crl) => revocation_list(crl),
        _ => return None,
    })
}

fn certificate(entry: &CertificateEntry) -> Value {
    let certificate = &entry.certificate;
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
        "key_usage": key_usage(certificate),
        "extended_key_usage": extended_key_usage(certificate),
        "is_ca": certificate.is_ca(),
        "has_key": entry.has_key,
        "usable_for": usable_for(certificate),
    })
}

fn key_usage(certificate: &Certificate) -> Option<Vec<&str>> {
    let usages = certificate.key_usage()?;
    Some(usages.iter().map(|usage| usage.name()).collect())
}

fn extended_key_usage(certificate: &Certificate) -> Option<Vec<String>> {
    let usages = certificate.extended_key_usage()?;
    Some(usages.iter().map(ToString::to_string).collect())
}

fn usable_for(certificate: &Certificate) -> Vec<&str> {
    let purposes = certificate.usable_for().into_iter();
    purposes.map(|purpose| purpose.code()).collect()
}

fn key(entry: &KeyEntry) -> Value {
    json!({
        "type": "key",
        "algorithm": entry.key.algorithm().to_string(),
        "protection": entry.key.protection(),
        "matches": entry.matches.map(|thumbprint| thumbprint.to_string()),
    })
}

fn public_key(key: &PublicKeyFile) -> Value {
    json!({ "type": "public-key", "algorithm": key.algorithm().to_string() })
}

fn request(request: &CertificationRequest) -> Value {
    let signature_valid = match request.verify(&PROVIDER) {
        Ok(()) => Some(true),
        Err(Error::SignatureInvalid) => Some(false),
        // By an algorithm that nobody here knows: neither.
        Err(_) => None,
    };
    json!({
        "type": "csr",
        "subject": request.subject().to_string(),
        "emails": request.emails(),
        "dns_names": request.dns_names(),
        "key_algorithm": request.key_algorithm().to_string(),
        "signature_valid": signature_valid,
    })
}

fn revocation_list(crl: &Crl) -> Value {
    // One that is malformed is among the warnings.
    let number = crl.number().ok().flatten();
    json!({
        "type": "crl",
        "issuer": crl.issuer().to_string(),
        "this_update": time(crl.this_update()),
        "next_update": crl.next_update().map(time),
        "number": number.map(|CrlNumber(number)| number.to_decimal()),
        "entries_count": crl.entries().len(),
        "delta": crl.is_delta(),
        "signature_algorithm": crl.signature_algorithm().to_string(),
    })
}
