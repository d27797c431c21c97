//! `rollcert inspect`: what a file is.

use chrono::{DateTime, Utc};
use rollcert::crypto;
use rollcert::pki::{self, Bundle, CertificationRequest, Password};
use serde_json::{Value, json};

use crate::arguments::{Inspect, clock};
use crate::entries;
use crate::error::Report;
use crate::facts::{Note, validity, warnings};
use crate::files::{self, PROVIDER};

pub(crate) fn inspect(call: Inspect) -> Report {
    let at = clock(call.at);
    let password = call.password.map(Password::from);
    let octets = match files::read(&call.file) {
        Ok(octets) => octets,
        Err(failure) => return failure.into(),
    };
    match pki::examine(&octets, password.as_ref(), &PROVIDER, &files::limits()) {
        Ok(bundle) => Report::new(facts(&bundle, at), None),
        // What was found before it failed is said all the same.
        Err(refusal) => Report::new(
            facts(&refusal.found, at),
            Some(files::import_failure(&call.file, &refusal.error)),
        ),
    }
}

fn facts(bundle: &Bundle, at: DateTime<Utc>) -> Value {
    let entries: Vec<Value> = bundle.entries.iter().filter_map(entries::facts).collect();
    let given = bundle
        .warnings
        .iter()
        .map(|warning| Note::new(warning.code, &*warning.text));
    let notes: Vec<Note> = given
        .chain(bundle.requests().filter_map(signature_note))
        .chain(validity(bundle.certificates(), at))
        .collect();
    json!({
        "kind": bundle.kind.code(),
        "protection": bundle.protection,
        "entries": entries,
        "warnings": warnings(&notes),
    })
}

/// A word on a request that does not prove that who made it has the key.
fn signature_note(request: &CertificationRequest) -> Option<Note> {
    let subject = request.subject();
    match request.verify(&PROVIDER) {
        Ok(()) => None,
        Err(error @ crypto::Error::SignatureInvalid) => {
            let text = format!("{subject}: the request is not signed by its own key");
            Some(Note::new(error.code(), text))
        }
        Err(error) => Some(Note::new(
            "signature-not-verified",
            format!("{subject}: the signature of the request was not verified: {error}"),
        )),
    }
}
