//! `rollcert cem request`: a certificate, announced to a partner.

use std::path::Path;

use rollcert::cem::{Announcement, CertUsages, Request, RequestId};
use rollcert::pki::{Certificate, Password};
use serde_json::json;

use crate::arguments::{CemRequest, clock};
use crate::cem_write::{Outgoing, name};
use crate::error::{Failure, Report};
use crate::facts::mic_facts;
use crate::files::{PROVIDER, open_bundle};
use crate::keys;

pub(crate) fn request(call: CemRequest) -> Report {
    try_request(call).unwrap_or_else(Report::from)
}

fn try_request(call: CemRequest) -> Result<Report, Failure> {
    let at = clock(call.at);
    let (from, to) = (name("--from", &call.from)?, name("--to", &call.to)?);
    let mut rng = rand::rng();
    let password = call.password.map(Password::from);
    let password = password.as_ref();
    let mut notes = Vec::new();
    let mut chain = keys::certificates(&call.chain, password, &mut notes)?;
    let offer = Offer::load(&call.new, password)?;
    let mut known = keys::certificates(call.signer.as_slice(), password, &mut notes)?;
    known.extend_from_slice(&chain);
    known.push(offer.certificate.clone());
    let own = keys::own(&call.key, password, &known, &mut rng)?;
    // CEM §2.4: by a certificate that the partner has accepted already, never by the one that is introduced.
    let others = own
        .iter()
        .filter(|credential| *credential.certificate() != offer.certificate);
    let signer = keys::best(others, at).ok_or_else(|| {
        let text = "the key is that of the certificate to announce, which cannot vouch for itself";
        Failure::bad("signed-by-announced", text)
    })?;

    chain.extend(offer.others);
    let usages: CertUsages = call.usages.into_iter().collect();
    let mut announcement = Announcement::new(&offer.certificate, usages).with_chain(&chain);
    if let Some(key) = &offer.public_key_info {
        announcement = announcement.with_public_key(key);
    }
    let request_id = RequestId::draw(&mut rng);
    let entity = Request::builder(request_id.clone(), from.as_str(), at, call.response_url)
        .respond_by(call.respond_by)
        .announce(announcement)
        .build(&mut rng, at)
        .map_err(|refused| Failure::bad(refused.code(), refused.to_string()))?;
    let outgoing = Outgoing {
        from: &from,
        to: &to,
        subject: "Certificate exchange request",
        signer,
        at,
    };
    let message = outgoing.write(&entity, &call.out, &mut rng)?;
    let facts = json!({
        "request_id": request_id.as_str(),
        "mic": mic_facts(&message.mic),
    });
    Ok(Report::new(facts, None))
}

/// What a file says is to be announced.
struct Offer {
    certificate: Certificate,
    /// Of the private key beside it.
    public_key_info: Option<Vec<u8>>,
    /// The other certificates of the file.
    others: Vec<Certificate>,
}

impl Offer {
    fn load(path: &Path, password: Option<&Password>) -> Result<Self, Failure> {
        let bundle = open_bundle(path, password)?;
        let mut keys = Vec::new();
        for entry in bundle.keys() {
            let key = entry.key.public_key_info(&PROVIDER).map_err(|error| {
                let text = format!("{}: {error}", path.display());
                Failure::failed("key-unusable", text)
            })?;
            keys.push(key);
        }
        let issues_another = |certificate: &Certificate| {
            bundle
                .certificates()
                .any(|other| other != certificate && other.issuer().matches(certificate.subject()))
        };
        let leaves = bundle
            .certificates()
            .filter(|certificate| !issues_another(certificate));
        let mut leaves: Vec<&Certificate> = leaves.collect();
        leaves.dedup();
        if leaves.len() > 1 && !keys.is_empty() {
            leaves.retain(|leaf| keys.iter().any(|key| leaf.certifies(key)));
        }
        let certificate = match *leaves {
            [only] => only.clone(),
            [] if bundle.certificates().next().is_none() => {
                let text = format!("{}: no certificate in it", path.display());
                return Err(Failure::failed("no-certificate", text));
            }
            _ => {
                let text = format!(
                    "{}: expected one certificate that issued no other in it, but found {}",
                    path.display(),
                    leaves.len()
                );
                return Err(Failure::failed("ambiguous-certificate", text));
            }
        };
        let own = keys.iter().position(|key| certificate.certifies(key));
        // Without one of its own, any other will do for the refusal.
        let public_key_info = match own {
            Some(own) => keys.into_iter().nth(own),
            None => keys.into_iter().next(),
        };
        let others = bundle
            .certificates()
            .filter(|other| **other != certificate)
            .cloned()
            .collect();
        Ok(Self {
            certificate,
            public_key_info,
            others,
        })
    }
}
