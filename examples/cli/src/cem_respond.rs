//! `rollcert cem respond`: an answer to a request.

use chrono::{DateTime, Utc};
use rollcert::as2::{As2Name, Signature};
use rollcert::cem::{
    Consequence, Context, Message, MessageSignature, Policy, Request, RequestId, Response, Signer,
};
use rollcert::pki::Password;
use serde_json::json;

use crate::arguments::{CemRespond, clock};
use crate::cem_open::{self, Incoming, Unsigned};
use crate::cem_write::{Outgoing, name};
use crate::decisions::Decisions;
use crate::error::{Failure, Report};
use crate::keys;

pub(crate) fn respond(call: CemRespond) -> Report {
    try_respond(call).unwrap_or_else(Report::from)
}

fn try_respond(call: CemRespond) -> Result<Report, Failure> {
    let at = clock(call.at);
    let (from, to) = (name("--from", &call.from)?, name("--to", &call.to)?);
    let decisions = Decisions::parse(&call.accepted, &call.rejected)?;
    let incoming = Incoming::load(&call.headers, &call.body)?;
    let mut rng = rand::rng();
    let password = call.password.map(Password::from);
    let password = password.as_ref();
    let mut notes = Vec::new();
    let partners = keys::certificates(&call.certificates, password, &mut notes)?;
    let signers = keys::certificates(&[call.signer], password, &mut notes)?;
    let own = keys::own(&call.key, password, &signers, &mut rng)?;
    let fitting = own
        .iter()
        .filter(|credential| signers.contains(credential.certificate()));
    let signer = keys::best(fitting, at).ok_or_else(|| {
        let text = "the private key is not that of the certificate of --signer";
        Failure::bad("key-mismatch", text)
    })?;

    let opened = incoming
        .open(&own, Some(&partners), at, &mut rng)
        .map_err(|refusal| cem_open::open_failure(&refusal))?;
    let received = cem_open::find_message(&opened.entity, &mut notes)
        .map_err(|malformed| Failure::failed(malformed.code(), malformed.to_string()))?;
    let signature = opened.signature.as_ref();
    if let Some(failure) = incoming.judge(signature, Unsigned::Refused, received.as_ref()) {
        return Err(failure);
    }
    let Some(Message::Request(request)) = received.as_ref().and_then(|received| received.message())
    else {
        return Err(Failure::failed(
            "not-a-request",
            "expected a request to answer",
        ));
    };
    expect_name("AS2-From", incoming.from()?.as_ref(), "--to", &to)?;
    expect_name("AS2-To", incoming.to()?.as_ref(), "--from", &from)?;
    if let Some(failure) = objection(request, &to, signature, at) {
        return Err(failure);
    }

    let response = decisions
        .answer(request, Response::builder(request, from.as_str(), at))?
        .build(&mut rng)
        .map_err(|refused| Failure::failed(refused.code(), refused.to_string()))?;
    let outgoing = Outgoing {
        from: &from,
        to: &to,
        subject: "Certificate exchange response",
        signer,
        at,
    };
    outgoing.write(&response, &call.out, &mut rng)?;
    let request_id = request.request_id().map(RequestId::as_str);
    Ok(Report::new(json!({ "request_id": request_id }), None))
}

/// What forbids acting on the request at all. What there is against its certificates, whoever decided has weighed.
fn objection(
    request: &Request,
    from: &As2Name,
    signature: Option<&Signature>,
    at: DateTime<Utc>,
) -> Option<Failure> {
    // Judged before: the signature stands, and its signer is among the partner's certificates.
    let signer = signature.and_then(|signature| signature.signer.as_ref());
    let signature = signer.map_or(MessageSignature::Absent, |signer| {
        MessageSignature::Valid(Signer::accepted(signer))
    });
    let context = Context::new(from.as_str(), at, signature);
    let assessment = request.assess(&context, &Policy::default());
    let mut objections = assessment.of_message().iter();
    objections
        .find(|objection| objection.consequence() == Consequence::RefuseMessage)
        .map(|objection| Failure::bad(objection.code(), objection.to_string()))
}

/// The answer goes to whom the request came from, from whom it was for.
fn expect_name(
    field: &str,
    found: Option<&As2Name>,
    flag: &str,
    given: &As2Name,
) -> Result<(), Failure> {
    match found {
        Some(found) if found != given => {
            let (found, given) = (found.as_str(), given.as_str());
            let text = format!("{flag} is {given:?}, but {field} of the request is {found:?}");
            Err(Failure::failed("wrong-party", text))
        }
        _ => Ok(()),
    }
}
