use std::collections::BTreeSet;

use rollcert_pki::{KeyUsage, Thumbprint};

use crate::context::{Context, SignerPaths};
use crate::limits::Step;
use crate::policy::algorithms;
use crate::report::{Reason, RevocationSource, order};
use crate::revocation::crl_source;
use crate::stored::StoredCertificate;
use crate::stores::StoredCrl;

/// Who may have signed the CRLs for one certificate of a path.
pub(super) struct SignerSearch<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) signers: &'a dyn SignerPaths,
    pub(super) path: &'a [StoredCertificate],
    /// The place of the certificate whose status is asked for.
    pub(super) index: usize,
}

/// Who signed a CRL.
pub(super) struct Signer {
    pub(super) certificate: StoredCertificate,
    /// Why the CRL must not vouch for a certificate, if all that speaks against the signer is that nobody knows whether it
    /// is revoked itself.
    pub(super) doubt: Option<Reason>,
}

/// Why nobody may have signed a CRL in this path.
pub(super) struct Refused {
    pub(super) reason: Reason,
    /// Whether the key of somebody known has signed it, who may be heard in another path.
    pub(super) is_signed: bool,
}

/// Why no candidate has signed the CRL as it must be: the further down, the closer it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Failure {
    /// No certificate of this name is known.
    Nobody,
    /// The algorithm is not known.
    Unsupported,
    /// No candidate's key verifies the signature.
    Signature,
    /// One does, and may not sign CRLs.
    Usage,
    /// One may, and has no valid path to the same root, by this code.
    Path(&'static str),
    /// One has, but for its own revocation, of which nothing is known, by this code.
    Unsure(&'static str),
}

impl SignerSearch<'_> {
    /// The certificate whose key signed the CRL, which may sign CRLs, and which has a valid path to the root of this path
    /// (RFC 5280 §6.3.3 (f), (g)).
    ///
    /// Where the CRL lists the certificate, one of whose own revocation nothing is known will do, with its doubt: what is
    /// not known undoes no revocation.
    ///
    /// The outer error when the budget is spent.
    pub(super) fn signer_of(
        &self,
        crl: &StoredCrl,
        lists_it: bool,
    ) -> Result<Result<Signer, Refused>, Reason> {
        let mut failure = Failure::Nobody;
        let mut unsure = None;
        let above = self.path.iter().skip(self.index).enumerate();
        // The issuer itself has signed nearly every CRL: it is tried before any store is asked. The certificate that is
        // being judged goes last.
        let on_path = above
            .clone()
            .skip(1)
            .chain(above.take(1))
            .filter(|(_, candidate)| is_named_as_issuer(candidate, crl));
        for (distance, candidate) in on_path {
            let is_judged = distance == 0;
            match self.try_signer(crl, candidate, |_| self.vouch_on_path(crl, is_judged))? {
                Ok(()) => return Ok(Ok(candidate.clone().into())),
                Err(found) => failure = failure.max(found),
            }
        }
        for candidate in self.candidates_elsewhere(crl) {
            match self.try_signer(crl, &candidate, |signer| self.vouch_elsewhere(signer))? {
                Ok(()) => return Ok(Ok(candidate.into())),
                Err(found) => {
                    if lists_it && matches!(found, Failure::Unsure(_)) {
                        unsure = Some(candidate);
                    }
                    failure = failure.max(found);
                }
            }
        }
        let is_signed = failure > Failure::Signature;
        let reason = failure.into_reason(crl);
        Ok(match unsure {
            Some(certificate) => Ok(Signer {
                certificate,
                doubt: Some(reason),
            }),
            None => Err(Refused { reason, is_signed }),
        })
    }

    fn try_signer(
        &self,
        crl: &StoredCrl,
        candidate: &StoredCertificate,
        vouch: impl FnOnce(&StoredCertificate) -> Result<Result<(), Failure>, Reason>,
    ) -> Result<Result<(), Failure>, Reason> {
        self.context.budget.spend(Step::Candidates, 1)?;
        match self.context.verify_crl(crl, candidate)? {
            Ok(()) => {}
            Err(rollcert_crypto::Error::SignatureInvalid) => return Ok(Err(Failure::Signature)),
            // A key of another kind than the algorithm wants did not sign either.
            Err(_) if crl.crl().signature_algorithm().known().is_some() => {
                return Ok(Err(Failure::Signature));
            }
            Err(_) => return Ok(Err(Failure::Unsupported)),
        }
        // §6.3.3 (f): where there is a key usage, it must say so.
        let usages = candidate.facts().key_usage;
        if usages.is_some_and(|usages| !usages.contains(KeyUsage::CrlSign)) {
            return Ok(Err(Failure::Usage));
        }
        vouch(candidate)
    }

    /// A certificate above the one that is judged is valid if the path is.
    ///
    /// The one that is judged may sign the CRL which covers it only if its issuer has said so, by naming it in a
    /// distribution point. A self-issued one that vouches for itself proves nothing.
    fn vouch_on_path(
        &self,
        crl: &StoredCrl,
        is_judged: bool,
    ) -> Result<Result<(), Failure>, Reason> {
        let judged = self.path.get(self.index);
        let is_own_issuer =
            judged.is_none_or(|judged| crl.crl().issuer().matches(judged.certificate().issuer()));
        Ok(if is_judged && is_own_issuer {
            Err(Failure::Path("signed-by-itself"))
        } else {
            Ok(())
        })
    }

    /// A certificate that is not on this path must have one of its own to the same root (§6.3.3 (f)), and be meant to sign
    /// CRLs in this name.
    ///
    /// The name alone proves nothing: any authority below the root may have given it to an end entity. Somebody must have
    /// made it a CRL signer by its key usage, which RFC 5280 §4.2.1.3 demands of whoever certifies a key for CRLs anyway.
    /// Where there is no key usage, it must come from those who know whom they name so: the issuer of the certificate that
    /// is judged, or the authority directly above.
    fn vouch_elsewhere(&self, signer: &StoredCertificate) -> Result<Result<(), Failure>, Reason> {
        let Some(anchor) = self.path.last() else {
            return Ok(Err(Failure::Nobody));
        };
        if signer.facts().key_usage.is_none() && !self.is_issued_nearby(signer)? {
            return Ok(Err(Failure::Usage));
        }
        match self.signers.validate_signer(signer, anchor) {
            Ok(()) => Ok(Ok(())),
            Err(finding) => match finding.reason {
                spent @ Reason::BudgetExhausted { .. } => Err(spent),
                // What keeps a CRL for the signer from counting says more than that it does.
                Reason::CrlIssuerPathInvalid { cause, .. } => Ok(Err(Failure::Unsure(cause))),
                reason if order::is_unknown_revocation(&reason) => {
                    Ok(Err(Failure::Unsure(reason.code())))
                }
                reason => Ok(Err(Failure::Path(reason.code()))),
            },
        }
    }

    /// Whether the key of the certificate's issuer has signed this one, or that of the authority directly above.
    fn is_issued_nearby(&self, signer: &StoredCertificate) -> Result<bool, Reason> {
        for authority in self.path.iter().skip(self.index).skip(1).take(2) {
            let is_named = signer
                .certificate()
                .issuer()
                .matches(authority.certificate().subject());
            if is_named && self.context.verify_certificate(signer, authority)?.is_ok() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Certificates with the name of the CRL's issuer that are not on this path, those whose key the CRL names first.
    fn candidates_elsewhere(&self, crl: &StoredCrl) -> Vec<StoredCertificate> {
        let issuer = crl.crl().issuer();
        let stores = &self.context.stores;
        let presented = self.context.presented.iter();
        let presented = presented.filter(|candidate| is_named_as_issuer(candidate, crl));
        let known = presented
            .cloned()
            .chain(stores.certificates.named(issuer))
            .chain(stores.roots.roots_named(issuer));
        let above = self.path.get(self.index..).unwrap_or_default();
        let mut seen: BTreeSet<Thumbprint> = above.iter().map(|tried| *tried.sha256()).collect();
        let mut candidates: Vec<StoredCertificate> = known
            .filter(|candidate| seen.insert(*candidate.sha256()))
            .collect();
        if let Some(key) = &crl.facts().key_identifier {
            let is_other = |candidate: &StoredCertificate| {
                let own = candidate.facts().subject_key_identifier.as_ref();
                own.is_none_or(|own| *own.0 != **key)
            };
            candidates.sort_by_key(is_other);
        }
        candidates
    }
}

fn is_named_as_issuer(candidate: &StoredCertificate, crl: &StoredCrl) -> bool {
    candidate
        .certificate()
        .subject()
        .matches(crl.crl().issuer())
}

/// One against whom nothing speaks.
impl From<StoredCertificate> for Signer {
    fn from(certificate: StoredCertificate) -> Self {
        Self {
            certificate,
            doubt: None,
        }
    }
}

impl Failure {
    fn into_reason(self, crl: &StoredCrl) -> Reason {
        let source: RevocationSource = crl_source(crl);
        match self {
            Self::Nobody => Reason::CrlIssuerPathInvalid {
                source,
                cause: "issuer-unknown",
            },
            Self::Unsupported => algorithms::revocation_algorithm(crl.crl().signature_algorithm()),
            Self::Signature => Reason::CrlSignatureInvalid { source },
            Self::Usage => Reason::CrlIssuerLacksCrlSign { source },
            Self::Path(cause) | Self::Unsure(cause) => {
                Reason::CrlIssuerPathInvalid { source, cause }
            }
        }
    }
}
