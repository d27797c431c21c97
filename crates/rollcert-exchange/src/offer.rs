use std::collections::BTreeSet;

use rand_core::CryptoRng;
use rollcert_cem::{CertUsage, CertUsages, Request, RequestId, RequestRefused};
use rollcert_pki::Credential;
use rollcert_schedule::{Command, ExchangeId, Offer, Relationship, Role, Side, Timestamp};

use crate::{Endpoint, ExchangeMethod, credential_facts, fingerprint};

/// One of our credentials, and what it is to be offered for.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "what is offered, and for what")]
pub struct Offering<'a> {
    /// The new credential.
    pub credential: &'a Credential,
    /// Its roles.
    pub roles: BTreeSet<Role>,
}

impl Endpoint<'_> {
    /// Prepares the offer of new certificates of ours, and the command that begins it.
    ///
    /// What the partner could not understand or would have to refuse is refused here, before anything is written:
    /// the way must be [`ExchangeMethod::Cem`], and [`Self::try_offer`] must succeed. The octets that are sent are
    /// made by [`Self::render`].
    ///
    /// # Errors
    ///
    /// [`OfferError`]; [`OfferError::alternative`] names another way, where there is one.
    pub fn offer(
        &self,
        relationship: &Relationship,
        request_id: &str,
        offerings: &[Offering<'_>],
        respond_by: Option<Timestamp>,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Command, OfferError> {
        self.admits_cem(relationship)?;
        self.try_offer(request_id, offerings, respond_by, now, rng)?;
        Ok(Command::Offer {
            exchange: ExchangeId::new(request_id),
            offers: offerings
                .iter()
                .map(|Offering { credential, roles }| Offer {
                    fingerprint: fingerprint(credential.certificate().as_der(), self.provider),
                    roles: roles.clone(),
                })
                .collect(),
            credentials: offerings
                .iter()
                .map(|offering| credential_facts(offering.credential.certificate(), self.provider))
                .collect(),
            respond_by,
        })
    }

    /// Builds a request for trial, whichever partner it would go to.
    ///
    /// # Errors
    ///
    /// [`OfferError::RequestId`] when the id is not fit to be sent, [`OfferError::Refused`] when the certificates break
    /// a rule of CEM.
    pub fn try_offer(
        &self,
        request_id: &str,
        offerings: &[Offering<'_>],
        respond_by: Option<Timestamp>,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), OfferError> {
        let id = RequestId::new(request_id).map_err(|_| OfferError::RequestId)?;
        let pairs: Vec<(&Credential, &BTreeSet<Role>)> = offerings
            .iter()
            .map(|offering| (offering.credential, &offering.roles))
            .collect();
        self.request(id, &pairs, respond_by, now, now, rng)?;
        Ok(())
    }

    /// Builds the CEM request for these credentials, which was decided on at `made_at`.
    pub(crate) fn request(
        &self,
        id: RequestId,
        offerings: &[(&Credential, &BTreeSet<Role>)],
        respond_by: Option<Timestamp>,
        made_at: Timestamp,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, RequestRefused> {
        let from = self.party.local.as_str();
        let mut request = Request::builder(id, from, made_at, self.party.local_url.as_str());
        if let Some(respond_by) = respond_by {
            request = request.respond_by(respond_by);
        }
        for (credential, roles) in offerings {
            let usages: CertUsages = roles.iter().copied().filter_map(usage).collect();
            request = request.end_entity(credential.certificate(), credential.chain(), usages);
        }
        request.build(rng, now)
    }
}

/// What CEM calls a role.
fn usage(role: Role) -> Option<CertUsage> {
    match role {
        Role::Signing => Some(CertUsage::DigitalSignature),
        Role::Encryption => Some(CertUsage::KeyEncipherment),
        _ => None,
    }
}

/// The role that a usage of CEM stands for, where the schedule has one.
pub(crate) fn role(usage: CertUsage) -> Option<Role> {
    Role::ALL
        .into_iter()
        .find(|role| self::usage(*role) == Some(usage))
}

/// Why certificates cannot be offered. Nothing was written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// The request id is empty, too long or holds characters that products stumble over.
    #[error("the request id must be 1 to 64 letters, digits, dots, dashes or underscores")]
    RequestId,
    /// The relationship has no certificate in this place yet: CEM updates certificates, the first ones are exchanged
    /// otherwise.
    #[error("no certificate is in use for {role:?} of {side:?}: cem only updates a relationship")]
    NotEstablished {
        /// Whose.
        side: Side,
        /// What for.
        role: Role,
    },
    /// The partner is not known to understand certificate exchange messages, and no operator has said that it does.
    #[error("the partner has not shown that it understands certificate exchange messages")]
    NotCapable,
    /// The partner would have to refuse the request.
    #[error(transparent)]
    Refused(#[from] RequestRefused),
}

impl OfferError {
    /// A stable name for this failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::RequestId => "request-id-unfit",
            Self::NotEstablished { .. } => "relationship-not-established",
            Self::NotCapable => "partner-not-capable",
            Self::Refused(refused) => refused.code(),
        }
    }

    /// The way that is open to the same certificates.
    #[must_use]
    pub const fn alternative(&self) -> Option<ExchangeMethod> {
        match self {
            Self::NotEstablished { .. } | Self::NotCapable => Some(ExchangeMethod::Email),
            Self::RequestId | Self::Refused(_) => None,
        }
    }
}
