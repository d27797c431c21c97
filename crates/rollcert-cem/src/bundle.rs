//! A bundle: the announced certificate, found by its identifier, and the chain above it.

use rollcert_pki::Certificate;
use rollcert_pki::certs_only::{self, Form};

use crate::error::{Malformed, MalformedKind};
use crate::finding::{Findings, Violation, Warning};
use crate::identifier::IssuerMatch;
use crate::message::Chain;
use crate::{CertificateIdentifier, Limits};

/// The certificates of one bundle, each once, in order of appearance.
pub(crate) struct Bundle {
    content_id: String,
    form: Form,
    certificates: Vec<Certificate>,
}

/// A bundle, put in order around the announced certificate.
pub(crate) struct Ordered {
    pub(crate) end_entity: Certificate,
    pub(crate) issuer_match: IssuerMatch,
    /// The chain upwards, then the rest.
    pub(crate) others: Vec<Certificate>,
    pub(crate) chain: Chain,
}

impl Bundle {
    pub(crate) fn decode(
        content_id: Option<&str>,
        octets: &[u8],
        limits: &Limits,
        findings: &mut Findings,
    ) -> Result<Self, Malformed> {
        let owned_id = || content_id.map(str::to_owned);
        let (bundle, form) =
            certs_only::decode_any(octets, &limits.pki).map_err(|error| MalformedKind::Bundle {
                content_id: owned_id(),
                error,
            })?;
        if bundle.certificates().len() > limits.certificates {
            return Err(MalformedKind::Limit {
                what: "certificates in a bundle",
                limit: limits.certificates,
            }
            .into());
        }
        if bundle.signers() > 0 || bundle.other_entries() > 0 || !bundle.crls().is_empty() {
            findings.warn(Warning::BundleWithMore {
                content_id: owned_id().unwrap_or_default(),
            });
        }
        if form != Form::Bundle {
            findings.warn(Warning::BundleForm {
                content_id: owned_id().unwrap_or_default(),
                form,
            });
        }
        let mut certificates: Vec<Certificate> = Vec::new();
        for (index, certificate) in bundle.certificates().iter().enumerate() {
            let certificate = certificate
                .clone()
                .map_err(|error| MalformedKind::Certificate {
                    content_id: owned_id(),
                    index,
                    error,
                })?;
            if !certificates.contains(&certificate) {
                certificates.push(certificate);
            }
        }
        Ok(Self {
            content_id: owned_id().unwrap_or_default(),
            form,
            certificates,
        })
    }

    pub(crate) const fn form(&self) -> Form {
        self.form
    }

    pub(crate) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Finds the certificate that `identifier` names, by what it is and not by where it stands: a bundle is a SET,
    /// whose order says nothing.
    pub(crate) fn order(
        &self,
        identifier: &CertificateIdentifier,
        findings: &mut Findings,
    ) -> Option<Ordered> {
        let (end_entity, issuer_match) = self
            .end_entity(identifier)
            .map_err(|violation| findings.violation(violation))
            .ok()?;
        let (path, chain) = path(end_entity, &self.certificates);
        let rest: Vec<Certificate> = self
            .certificates
            .iter()
            .filter(|certificate| !path.contains(certificate))
            .cloned()
            .collect();
        if issuer_match == IssuerMatch::Incomplete {
            findings.warn(Warning::LeafIssuerIncomplete {
                issuer: identifier.issuer().to_owned(),
                found: end_entity.issuer().to_string(),
            });
        }
        if chain == Chain::Incomplete {
            findings.warn(Warning::ChainIncomplete {
                content_id: self.content_id.clone(),
            });
        }
        // CEM §2.3: one end entity, the authorities above it, and no other certificate. A second end entity would
        // be trusted unasked by software that takes everything in the bundle.
        let end_entities = rest
            .iter()
            .filter(|certificate| !certificate.is_ca())
            .count();
        if end_entities > 0 {
            findings.violation(Violation::SeveralEndEntities {
                content_id: self.content_id.clone(),
                count: end_entities.saturating_add(1),
            });
        } else if !rest.is_empty() {
            findings.warn(Warning::UnrelatedCertificates {
                content_id: self.content_id.clone(),
                count: rest.len(),
            });
        }
        Some(Ordered {
            end_entity: end_entity.clone(),
            issuer_match,
            others: path.into_iter().skip(1).cloned().chain(rest).collect(),
            chain,
        })
    }

    fn end_entity(
        &self,
        identifier: &CertificateIdentifier,
    ) -> Result<(&Certificate, IssuerMatch), Violation> {
        if self.certificates.is_empty() {
            return Err(Violation::EmptyBundle {
                content_id: self.content_id.clone(),
            });
        }
        let by_serial = || {
            self.certificates
                .iter()
                .filter(|certificate| certificate.serial() == identifier.serial_number())
        };
        let mut named = by_serial()
            .filter_map(|certificate| Some((certificate, identifier.matches(certificate)?)));
        match (named.next(), named.next()) {
            (Some(named), None) => Ok(named),
            (Some(_), Some(_)) => Err(Violation::AmbiguousLeaf {
                content_id: self.content_id.clone(),
            }),
            (None, _) => Err(match by_serial().next() {
                Some(certificate) if self.is_meant_in_part(identifier, certificate) => {
                    return Ok((certificate, IssuerMatch::Incomplete));
                }
                Some(certificate) => Violation::LeafIssuer {
                    issuer: identifier.issuer().to_owned(),
                    found: certificate.issuer().to_string(),
                },
                None => Violation::LeafSerial {
                    content_id: self.content_id.clone(),
                    serial: identifier.serial().to_owned(),
                    found: self
                        .certificates
                        .iter()
                        .map(|certificate| certificate.serial().to_decimal())
                        .collect(),
                },
            }),
        }
    }

    /// Whether `identifier`, which leaves out parts of the issuer's name, can mean no other than `certificate`.
    ///
    /// Newer releases of widespread software write the issuer's name without the types that they do not know. What is
    /// decided about is the certificate, not its name; sender and signature bind the name to this bundle. So it is
    /// enough that the bundle leaves no choice: the number occurs once, every part of the name that is
    /// there stands in the issuer's, and all other certificates are those of authorities. A name that contradicts
    /// stays a violation, and so does an empty one.
    fn is_meant_in_part(
        &self,
        identifier: &CertificateIdentifier,
        certificate: &Certificate,
    ) -> bool {
        identifier.names_part_of(certificate)
            && self.certificates.iter().all(|other| {
                other == certificate || (other.is_ca() && other.serial() != certificate.serial())
            })
    }
}

/// The certificates that can be reached from `end_entity` by names, itself first, and whether a self-issued
/// one is among them.
///
/// Every issuer of the right name is taken, so that a cross-certificate beside a root spoils nothing. Whether any of
/// them signed anything is for path validation to find out.
pub(crate) fn path<'a>(
    end_entity: &'a Certificate,
    certificates: &'a [Certificate],
) -> (Vec<&'a Certificate>, Chain) {
    let mut path = vec![end_entity];
    let mut chain = Chain::Incomplete;
    let mut next = 0_usize;
    while let Some(certificate) = path.get(next).copied() {
        next = next.saturating_add(1);
        if certificate.is_self_issued() {
            chain = Chain::Complete;
            continue;
        }
        for issuer in certificates {
            if issuer.subject().matches(certificate.issuer()) && !path.contains(&issuer) {
                path.push(issuer);
            }
        }
    }
    (path, chain)
}
