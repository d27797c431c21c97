//! `rollcert cem read`: an AS2 body, opened, and the certificate exchange message inside.

use chrono::{DateTime, Utc};
use rollcert::as2::{self, Layer, Mic, OpenError, Opened, Opener, Pinned, Refusal, Signature};
use rollcert::cem::{
    self, Facts, Malformed, MalformedKind, Received, TrustRequestFacts, TrustResponseFacts,
};
use rollcert::cms::{DecryptError, SignatureError};
use rollcert::mime::{self, Entity, Headers};
use rollcert::pki::{Certificate, Password, SerialNumber};
use serde_json::{Value, json};

use crate::arguments::{CemRead, clock};
use crate::error::{Failure, Report};
use crate::facts::{Note, sha256, validity, warnings};
use crate::files::{self, PROVIDER};
use crate::keys;

pub(crate) fn read(call: CemRead) -> Report {
    try_read(call).unwrap_or_else(Report::from)
}

fn try_read(call: CemRead) -> Result<Report, Failure> {
    let at = clock(call.at);
    let header_octets = files::read(&call.headers)?;
    let body = files::read(&call.body)?;
    let headers = Headers::parse(header_octets.trim_ascii_end(), &mime::Limits::default())
        .map_err(|error| {
            let text = format!("{}: {error}", call.headers.display());
            Failure::failed(error.code(), text)
        })?;
    let mut rng = rand::rng();
    let password = call.password.map(Password::from);
    let mut notes = Vec::new();
    let certificates = keys::certificates(&call.certificates, password.as_ref(), &mut notes)?;
    let keys = keys::load(&call.keys, password.as_ref(), &certificates, &mut rng)?;
    notes.extend(keys.notes);
    if headers.first("content-type").is_none() {
        notes.push(Note::new(
            "content-type-missing",
            "the headers name no media type",
        ));
    }

    let mut opener = Opener::new(&PROVIDER, at)
        .with_credentials(&keys.credentials)
        .with_limits(as2::Limits::default().with_pki(files::limits()));
    if !call.certificates.is_empty() {
        opener = opener.with_certificates(&certificates);
    }
    let unsigned = if call.allow_unsigned {
        Unsigned::Allowed
    } else {
        Unsigned::Refused
    };
    Ok(match as2::examine(&headers, &body, &opener, &mut rng) {
        Ok(opened) => report_opened(&opened, unsigned, at, notes),
        Err(refusal) => report_refusal(&refusal, notes),
    })
}

/// What a message without signature is worth.
#[derive(Clone, Copy, PartialEq)]
enum Unsigned {
    Allowed,
    Refused,
}

fn report_opened(
    opened: &Opened,
    unsigned: Unsigned,
    at: DateTime<Utc>,
    mut notes: Vec<Note>,
) -> Report {
    notes.extend(
        opened
            .warnings
            .iter()
            .map(|warning| Note::new(warning.code, &*warning.text)),
    );
    let received = find_message(&opened.entity, &mut notes);
    let message = match &received {
        Ok(received) => received.as_ref().map(Received::facts),
        Err(malformed) => malformed.facts(),
    };
    if let Some(Facts::Request(request)) = message {
        let announced = request.trust.iter().flat_map(|trust| &trust.certificates);
        notes.extend(validity(announced, at));
    }
    let facts = json!({
        "layers": layer_codes(&opened.layers),
        "signature": opened.signature.as_ref().map(signature_facts),
        "mic": mic_facts(&opened.mic),
        "message": message.map(message_facts),
        "warnings": warnings(&notes),
    });
    let failure = match &received {
        Err(malformed) => Some(Failure::failed(malformed.code(), malformed.to_string())),
        Ok(received) => judge(opened.signature.as_ref(), unsigned, received.as_ref()),
    };
    Report::new(facts, failure)
}

fn report_refusal(refusal: &Refusal, mut notes: Vec<Note>) -> Report {
    notes.extend(
        refusal
            .warnings
            .iter()
            .map(|warning| Note::new(warning.code, &*warning.text)),
    );
    let facts = json!({
        "layers": layer_codes(&refusal.layers),
        "signature": refusal.signature.as_ref().map(signature_facts),
        "mic": refusal.mic.as_ref().map(mic_facts),
        "message": null,
        "warnings": warnings(&notes),
    });
    Report::new(facts, Some(open_failure(&refusal.error)))
}

fn open_failure(error: &OpenError) -> Failure {
    match innermost(error) {
        OpenError::NotDecryptable(DecryptError::UnsupportedAlgorithm { .. }) => {
            Failure::failed("unsupported", error.to_string())
        }
        OpenError::NotDecryptable(_) => Failure::bad("not-decryptable", error.to_string()),
        other => Failure::failed(other.code(), error.to_string()),
    }
}

/// What went wrong, whatever it was wrapped in.
fn innermost(mut error: &OpenError) -> &OpenError {
    while let OpenError::InsideEncryption(inner) = error {
        error = inner;
    }
    error
}

/// The certificate exchange message in an entity; nothing when there is none.
///
/// `multipart/mixed` around it is taken off, as some senders wrap whatever they do not sign.
fn find_message(entity: &[u8], notes: &mut Vec<Note>) -> Result<Option<Received>, Malformed> {
    let limits = cem::Limits::default();
    let mut entity = Entity::parse(entity, &limits.mime)?;
    for wrappers in 0..=MOST_WRAPPERS {
        match Received::from_entity(&entity, &limits) {
            Ok(received) => {
                if wrappers > 0 {
                    let text = "a multipart/mixed around the message taken off";
                    notes.push(Note::new("mixed-wrapper", text));
                }
                let found = received.warnings().iter();
                notes.extend(found.map(|note| Note::new(note.code(), note.to_string())));
                return Ok(Some(received));
            }
            Err(error) if !matches!(error.kind(), MalformedKind::NotCem) => return Err(error),
            Err(_) => {}
        }
        let Some(part) = only_part(&entity) else {
            return Ok(None);
        };
        entity = part;
        notes.push(Note::new(
            "mixed-wrapper",
            "a multipart/mixed around one part taken off",
        ));
    }
    Ok(None)
}

fn only_part<'e>(entity: &Entity<'e>) -> Option<Entity<'e>> {
    if entity.headers().content_type().ok()?.essence() != "multipart/mixed" {
        return None;
    }
    let mut parts = entity.parts(&mime::Limits::default()).ok()?.parts;
    let part = parts.pop()?;
    parts.is_empty().then_some(part)
}

/// Wrappers that are taken off; nobody uses more than one.
const MOST_WRAPPERS: usize = 4;

/// What is held against a message that could be read: first who sent it, then what it says.
fn judge(
    signature: Option<&Signature>,
    unsigned: Unsigned,
    received: Option<&Received>,
) -> Option<Failure> {
    match signature {
        None if unsigned == Unsigned::Refused => {
            return Some(Failure::bad("unsigned", "nobody signed the message"));
        }
        None => {}
        Some(signature) => {
            if let Err(error) = &signature.valid {
                return Some(signature_failure(error));
            }
            if signature.pinned == Pinned::No {
                let signer = signature.signer.as_ref().map(describe).unwrap_or_default();
                let text = format!("the signer is none of the certificates given: {signer}");
                return Some(Failure::bad("signer-unknown", text));
            }
        }
    }
    let violations = received?.violations();
    let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
    Some(Failure::bad(violations.first()?.code(), texts.join("; ")))
}

fn signature_failure(error: &SignatureError) -> Failure {
    match error {
        // Nothing is known against it.
        SignatureError::UnsupportedAlgorithm { .. } => {
            Failure::failed("unsupported", format!("signature not verified: {error}"))
        }
        _ => Failure::bad("signature-invalid", format!("signature invalid: {error}")),
    }
}

fn describe(certificate: &Certificate) -> String {
    format!("{}, sha256 {}", certificate.subject(), sha256(certificate))
}

fn layer_codes(layers: &[Layer]) -> Vec<&'static str> {
    layers.iter().map(Layer::code).collect()
}

fn signature_facts(signature: &Signature) -> Value {
    let trusted = (signature.pinned != Pinned::NotAsked).then(|| signature.is_trusted());
    json!({
        "valid": signature.valid.is_ok(),
        "trusted": trusted,
        "signer": signature.signer.as_ref().map(sha256),
    })
}

fn mic_facts(mic: &Mic) -> Value {
    // `as2` alone writes the value of the header; its first field is the digest in base64.
    let header = mic.to_string();
    let digest = header.split(',').next().unwrap_or_default();
    json!({ "algorithm": mic.algorithm().name(), "value": digest })
}

fn message_facts(facts: &Facts) -> Value {
    match facts {
        Facts::Request(request) => exchange_facts(
            "request",
            [
                &request.request_id,
                &request.partner,
                &request.qualifier,
                &request.originated,
            ],
            request.trust.iter().map(trust_request_facts).collect(),
        ),
        Facts::Response(response) => exchange_facts(
            "response",
            [
                &response.request_id,
                &response.partner,
                &response.qualifier,
                &response.originated,
            ],
            response.trust.iter().map(trust_response_facts).collect(),
        ),
        _ => Value::Null,
    }
}

fn exchange_facts(
    kind: &str,
    [request_id, partner, qualifier, originated]: [&Option<String>; 4],
    trust: Value,
) -> Value {
    json!({
        "type": kind,
        "request_id": request_id,
        "partner": partner,
        "qualifier": qualifier,
        "originated": originated,
        "trust": trust,
    })
}

fn trust_request_facts(facts: &TrustRequestFacts) -> Value {
    json!({
        "usages": facts.usages,
        "respond_by": facts.respond_by,
        "response_url": facts.response_url,
        "issuer": facts.issuer,
        "serial": facts.serial.as_deref().map(decimal),
        "content_id": facts.content_id,
        "certificates": facts.certificates.iter().map(sha256).collect::<Vec<String>>(),
        "chain_complete": facts.chain_complete,
    })
}

fn trust_response_facts(facts: &TrustResponseFacts) -> Value {
    json!({
        "status": facts.status,
        "reason": facts.reason,
        "issuer": facts.issuer,
        "serial": facts.serial.as_deref().map(decimal),
    })
}

/// A serial number in its shortest form; one that is no number stays as it came.
fn decimal(text: &str) -> String {
    SerialNumber::from_decimal(text).map_or_else(|_| text.to_owned(), |serial| serial.to_decimal())
}
