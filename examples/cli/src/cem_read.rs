//! `rollcert cem read`: an AS2 body, opened, and the certificate exchange message inside.

use chrono::{DateTime, Utc};
use rollcert::as2::{Layer, Opened, Pinned, Refusal, Signature};
use rollcert::cem::{Facts, Received, TrustRequestFacts, TrustResponseFacts};
use rollcert::pki::{Certificate, Password, SerialNumber};
use serde_json::{Value, json};

use crate::arguments::{CemRead, clock};
use crate::cem_open::{self, Incoming, Unsigned};
use crate::error::{Failure, Report};
use crate::facts::{Note, mic_facts, sha256, validity, warnings};
use crate::keys;

pub(crate) fn read(call: CemRead) -> Report {
    try_read(call).unwrap_or_else(Report::from)
}

fn try_read(call: CemRead) -> Result<Report, Failure> {
    let at = clock(call.at);
    let incoming = Incoming::load(&call.headers, &call.body)?;
    let mut rng = rand::rng();
    let password = call.password.map(Password::from);
    let mut notes = Vec::new();
    let certificates = keys::certificates(&call.certificates, password.as_ref(), &mut notes)?;
    let keys = keys::load(&call.keys, password.as_ref(), &certificates, &mut rng)?;
    notes.extend(keys.notes);
    notes.extend(incoming.notes());
    let partners = (!call.certificates.is_empty()).then_some(&*certificates);
    let unsigned = if call.allow_unsigned {
        Unsigned::Allowed
    } else {
        Unsigned::Refused
    };
    Ok(
        match incoming.open(&keys.credentials, partners, at, &mut rng) {
            Ok(opened) => report_opened(&incoming, &opened, unsigned, at, notes),
            Err(refusal) => report_refusal(&refusal, notes),
        },
    )
}

fn report_opened(
    incoming: &Incoming,
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
    let received = cem_open::find_message(&opened.entity, &mut notes);
    let message = match &received {
        Ok(received) => received.as_ref().map(Received::facts),
        Err(malformed) => malformed.facts(),
    };
    if let Some(Facts::Request(request)) = message {
        let announced = request.trust.iter().flat_map(|trust| &trust.certificates);
        notes.extend(validity(announced.clone(), at));
        notes.extend(signed_by_announced(opened.signature.as_ref(), announced));
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
        Ok(received) => incoming.judge(opened.signature.as_ref(), unsigned, received.as_ref()),
    };
    Report::new(facts, failure)
}

/// A word on a signature by a certificate that the message itself announces, where nobody said whom to expect: whoever
/// makes such a message can sign it.
fn signed_by_announced<'c>(
    signature: Option<&Signature>,
    mut announced: impl Iterator<Item = &'c Certificate>,
) -> Option<Note> {
    let signature = signature.filter(|signature| signature.pinned == Pinned::NotAsked)?;
    let signer = signature.signer.as_ref()?;
    announced.any(|certificate| certificate == signer).then(|| {
        let text = "the message is signed by a certificate that it announces itself";
        Note::new("signed-by-announced", text)
    })
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
    Report::new(facts, Some(cem_open::open_failure(refusal)))
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
