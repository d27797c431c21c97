//! Reading a message: package, XML, bundles, rules.

use rollcert_mime::Entity;

use crate::bundle::Bundle;
use crate::error::{Malformed, RulesBroken};
use crate::facts::{Facts, RequestFacts, ResponseFacts, TrustRequestFacts, TrustResponseFacts};
use crate::finding::{Findings, Violation, Warning};
use crate::message::{Declaration, Head, Message, Request, Response, TrustRequest, TrustResponse};
use crate::package::Package;
use crate::{
    CertStatus, CertUsage, CertUsages, CertificateIdentifier, Limits, RequestId, XmlDateTime,
    schema, url, xml,
};

/// A message that could be read, with what was found in it.
///
/// It becomes a [`Message`] if it keeps the rules; if it does not, its facts can still be shown.
#[derive(Clone, Debug)]
pub struct Received {
    facts: Facts,
    violations: Vec<Violation>,
    warnings: Vec<Warning>,
    message: Option<Message>,
}

impl Received {
    /// Reads a message from its entity, headers included: the octets inside the signature.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when MIME, XML or a bundle cannot be read, or a limit is reached. Rules broken are no error
    /// here: see [`Self::violations`].
    pub fn parse(entity: &[u8], limits: &Limits) -> Result<Self, Malformed> {
        Self::from_entity(&Entity::parse(entity, &limits.mime)?, limits)
    }

    /// Reads a message from an entity that was taken apart already.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`].
    pub fn from_entity(entity: &Entity<'_>, limits: &Limits) -> Result<Self, Malformed> {
        let mut findings = Findings::new(limits.findings);
        let package = Package::open(entity, limits, &mut findings)?;
        let mut facts = xml::open(&package.xml, limits, |tree| {
            schema::read(tree, limits, &mut findings)
        })??;
        let message = match &mut facts {
            Facts::Request(request) => check_request(request, &package, limits, &mut findings)
                .map_err(|error| error.with_facts(&facts))?
                .map(Message::Request),
            Facts::Response(response) => {
                if package.bundles() > 0 {
                    findings.violation(Violation::ResponseWithBundles {
                        bundles: package.bundles(),
                    });
                }
                check_response(response, package.declaration, limits, &mut findings)
                    .map(Message::Response)
            }
        };
        Ok(Self {
            message: message.filter(|_| findings.violations.is_empty()),
            facts,
            violations: findings.violations,
            warnings: findings.warnings,
        })
    }

    /// What the message says.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The rules that the message breaks, in the order in which they were found.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// What else is worth knowing about it.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The message, if it keeps the rules.
    #[must_use]
    pub const fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }

    /// The message.
    ///
    /// # Errors
    ///
    /// [`RulesBroken`] with every violation and the facts.
    pub fn into_message(self) -> Result<Message, RulesBroken> {
        self.message
            .ok_or_else(|| RulesBroken::new(self.violations, self.warnings, self.facts))
    }
}

fn check_request(
    facts: &mut RequestFacts,
    package: &Package<'_>,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<Option<Request>, Malformed> {
    let head = check_head(
        facts.request_id.as_deref(),
        facts.partner.as_deref(),
        facts.qualifier.as_deref(),
        facts.originated.as_deref(),
        package.declaration,
        findings,
    );
    // CEM §2.3: as many bundles as end entities.
    if package.bundles() != facts.trust.len() {
        findings.violation(Violation::BundleCount {
            bundles: package.bundles(),
            trust_requests: facts.trust.len(),
        });
    }
    let bundles = package
        .parts
        .iter()
        .map(|part| {
            part.bundle
                .as_deref()
                .map(|octets| Bundle::decode(part.content_id.as_deref(), octets, limits, findings))
                .transpose()
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut trust = Some(Vec::new());
    let mut linked: Vec<String> = Vec::new();
    for request in &mut facts.trust {
        let bundle = link(request, package, &bundles, &mut linked, findings);
        let checked = check_trust_request(request, bundle, limits, findings);
        match (&mut trust, checked) {
            (Some(trust), Some(checked)) => trust.push(checked),
            _ => trust = None,
        }
    }
    if let Some(trust) = &trust {
        check_no_certificate_twice(trust, findings);
    }
    Ok(head.zip(trust).map(|(head, trust)| Request { head, trust }))
}

/// The bundle that a trust request names.
fn link<'b>(
    request: &TrustRequestFacts,
    package: &Package<'_>,
    bundles: &'b [Option<Bundle>],
    linked: &mut Vec<String>,
    findings: &mut Findings,
) -> Option<&'b Bundle> {
    let content_id = request.content_id.as_deref()?;
    // Compared exactly: by case or by part of it, an id could name the bundle of another request.
    let Some((part, bundle)) = package
        .parts
        .iter()
        .zip(bundles)
        .find(|(part, _)| part.content_id.as_deref() == Some(content_id))
    else {
        findings.violation(Violation::UnknownContentId {
            content_id: content_id.to_owned(),
        });
        return None;
    };
    if bundle.is_none() {
        findings.violation(Violation::NotABundle {
            content_id: content_id.to_owned(),
            found: part.media_type.clone(),
        });
    } else if linked.iter().any(|other| other == content_id) {
        findings.violation(Violation::SharedBundle {
            content_id: content_id.to_owned(),
        });
    }
    linked.push(content_id.to_owned());
    bundle.as_ref()
}

fn check_trust_request(
    facts: &mut TrustRequestFacts,
    bundle: Option<&Bundle>,
    limits: &Limits,
    findings: &mut Findings,
) -> Option<TrustRequest> {
    let usages = check_usages(&facts.usages, findings);
    let respond_by = facts
        .respond_by
        .as_deref()
        .map(|text| check_date_time("RespondByDate", text, findings));
    let response_url = facts.response_url.clone();
    if let Some(found) = response_url.as_ref().filter(|url| !url::is_answerable(url)) {
        findings.violation(Violation::ResponseUrl {
            found: found.clone(),
        });
    }
    let identifier = check_identifier(
        facts.issuer.as_deref(),
        facts.serial.as_deref(),
        limits,
        findings,
    );
    let bundle = bundle?;
    facts.certificates = bundle.certificates().to_vec();
    let identifier = identifier?;
    let ordered = bundle.order(&identifier, findings)?;
    facts.certificates = core::iter::once(&ordered.end_entity)
        .chain(&ordered.others)
        .cloned()
        .collect();
    facts.chain_complete = ordered.chain == crate::Chain::Complete;
    Some(TrustRequest {
        usages: usages?,
        respond_by: match respond_by {
            Some(date) => Some(date?),
            None => None,
        },
        response_url: response_url?,
        identifier,
        content_id: facts.content_id.clone()?,
        end_entity: ordered.end_entity,
        issuer_match: ordered.issuer_match,
        form: bundle.form(),
        others: ordered.others,
        chain: ordered.chain,
    })
}

fn check_usages(words: &[String], findings: &mut Findings) -> Option<CertUsages> {
    let mut usages = Vec::new();
    for word in words {
        match CertUsage::from_word(word) {
            Some(usage) if usages.contains(&usage) => findings.warn(Warning::DuplicateUsage {
                usage: word.clone(),
            }),
            Some(usage) => usages.push(usage),
            None => findings.violation(Violation::UnknownUsage {
                found: word.clone(),
            }),
        }
    }
    // The schema's reader has missed the element already.
    (!usages.is_empty()).then(|| usages.into_iter().collect())
}

fn check_no_certificate_twice(trust: &[TrustRequest], findings: &mut Findings) {
    for (index, request) in trust.iter().enumerate() {
        let (certificate, identifier) = (request.end_entity(), request.identifier());
        // Two certificates of one issuer and number are one to the answer, which knows nothing else of them. So
        // are two that one identifier means.
        if trust.iter().take(index).any(|other| {
            let same_number = other.end_entity().serial() == certificate.serial();
            same_number
                && (other.end_entity().issuer().matches(certificate.issuer())
                    || other.identifier().issuer() == identifier.issuer())
        }) {
            findings.violation(Violation::CertificateTwice {
                serial: request.identifier().serial().to_owned(),
            });
        }
    }
}

fn check_response(
    facts: &ResponseFacts,
    declaration: Declaration,
    limits: &Limits,
    findings: &mut Findings,
) -> Option<Response> {
    let head = check_head(
        facts.request_id.as_deref(),
        facts.partner.as_deref(),
        facts.qualifier.as_deref(),
        facts.originated.as_deref(),
        declaration,
        findings,
    );
    let mut trust: Option<Vec<TrustResponse>> = Some(Vec::new());
    for response in &facts.trust {
        let checked = check_trust_response(response, limits, findings);
        match (&mut trust, checked) {
            (Some(trust), Some(checked)) => {
                // CEM §2.5: one response decides about a certificate once. Other spellings of the same name
                // are found out when the response is held against its request.
                let reference = checked.reference();
                if trust.iter().any(|other| {
                    other.reference().issuer() == reference.issuer()
                        && other.reference().serial_number() == reference.serial_number()
                }) {
                    findings.violation(Violation::CertificateTwice {
                        serial: reference.serial().to_owned(),
                    });
                }
                trust.push(checked);
            }
            _ => trust = None,
        }
    }
    Some(Response {
        head: head?,
        trust: trust?,
    })
}

fn check_trust_response(
    facts: &TrustResponseFacts,
    limits: &Limits,
    findings: &mut Findings,
) -> Option<TrustResponse> {
    let status = facts.status.as_deref().and_then(|word| {
        let status = CertStatus::from_word(word);
        if status.is_none() {
            findings.violation(Violation::UnknownStatus {
                found: word.to_owned(),
            });
        }
        status
    });
    let reference = check_identifier(
        facts.issuer.as_deref(),
        facts.serial.as_deref(),
        limits,
        findings,
    );
    if status == Some(CertStatus::Accepted) && facts.reason.is_some() {
        findings.warn(Warning::ReasonWithAccepted);
    }
    Some(TrustResponse {
        status: status?,
        reason: facts.reason.clone(),
        reference: reference?,
    })
}

fn check_head(
    request_id: Option<&str>,
    partner: Option<&str>,
    qualifier: Option<&str>,
    originated: Option<&str>,
    declaration: Declaration,
    findings: &mut Findings,
) -> Option<Head> {
    let request_id = request_id.map(|text| {
        RequestId::new(text)
            .map_err(|_| {
                findings.violation(Violation::RequestIdLength {
                    characters: text.chars().count(),
                });
            })
            .ok()
    });
    if partner == Some("") {
        findings.violation(Violation::EmptyName);
    }
    if let Some(found) = qualifier.filter(|found| *found != "AS2") {
        findings.warn(Warning::Qualifier {
            found: found.to_owned(),
        });
    }
    let originated =
        originated.and_then(|text| check_date_time("MessageOriginated", text, findings));
    Some(Head {
        request_id: match request_id {
            Some(request_id) => Some(request_id?),
            None => None,
        },
        partner: partner?.to_owned(),
        qualifier: qualifier.map(str::to_owned),
        originated: originated?,
        declaration,
    })
}

fn check_date_time(
    element: &'static str,
    text: &str,
    findings: &mut Findings,
) -> Option<XmlDateTime> {
    match XmlDateTime::parse(text) {
        Ok(date_time) => {
            if date_time.instant().is_none() {
                findings.warn(Warning::TimeWithoutZone { element });
            }
            Some(date_time)
        }
        Err(_) => {
            findings.violation(Violation::DateTime {
                element,
                found: text.to_owned(),
            });
            None
        }
    }
}

fn check_identifier(
    issuer: Option<&str>,
    serial: Option<&str>,
    limits: &Limits,
    findings: &mut Findings,
) -> Option<CertificateIdentifier> {
    let serial = serial?;
    let identifier =
        CertificateIdentifier::new(issuer.unwrap_or_default(), serial, limits.serial_digits);
    if identifier.is_err() {
        findings.violation(Violation::Serial {
            found: serial.to_owned(),
        });
    }
    issuer?;
    identifier.ok()
}
