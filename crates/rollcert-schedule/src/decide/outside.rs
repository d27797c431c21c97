//! What is settled outside of the exchange of certificates: agreed by hand, learned of the partner, tried again.

use std::collections::BTreeSet;

use super::Deciding;
use crate::{
    Action, Advertised, Capability, Credential, Effect, EffectId, Event, Fingerprint, InstalledBy,
    Operation, Refusal, Role, Side,
};

impl Deciding {
    pub(super) fn schedule(
        &mut self,
        side: Side,
        role: Role,
        credential: Credential,
    ) -> Result<(), Refusal> {
        if role.installs_by(side) != InstalledBy::FirstUse {
            return Err(Refusal::NotByFirstUse { side, role });
        }
        let fingerprint = credential.fingerprint;
        let slot = self.next.slot(side, role);
        if slot.is_agreed(fingerprint) {
            return Ok(());
        }
        if slot.installed().is_none() {
            return Err(Refusal::NotEstablished { side, role });
        }
        // Of the partner's, another may wait: it may announce a newer one before it has used the last. The
        // same one, while an offer of it waits for our answer, is to be answered.
        let pending = slot.entries.iter().find(|entry| {
            entry.standing.is_pending() && (side == Side::Ours || entry.fingerprint == fingerprint)
        });
        if let Some(pending) = pending {
            return Err(Refusal::SlotLocked {
                role,
                pending: pending.fingerprint,
            });
        }
        if credential.not_after <= self.now {
            return Err(Refusal::EndsTooEarly {
                fingerprint,
                not_after: credential.not_after,
                needed_until: self.now,
            });
        }
        // An offer of ours that nobody answered in time would be accepted by a late answer. What was agreed by hand
        // after it is the newer word.
        if side == Side::Ours {
            self.supersede(side, &BTreeSet::from([role]), None);
        }
        self.record(Event::Scheduled {
            side,
            role,
            credential,
        });
        Ok(())
    }

    pub(super) fn advertised(&mut self, advertised: Advertised) {
        match (self.next.capability(), advertised) {
            (Capability::Forced, _) => {}
            (_, Advertised::Capable) => self.set_capability(Capability::Observed),
            (_, Advertised::NotCapable) => self.set_capability(Capability::Unknown),
        }
    }

    pub(super) fn release_capability(&mut self) {
        if self.next.capability() == Capability::Forced {
            self.set_capability(Capability::Unknown);
        }
    }

    pub(super) fn set_capability(&mut self, capability: Capability) {
        if self.next.capability() != capability {
            self.record(Event::CapabilityChanged { capability });
        }
    }

    pub(super) fn send_again(
        &mut self,
        effect: Effect,
        operation: Operation,
        instead_of: Fingerprint,
        reason: String,
    ) -> Result<(), Refusal> {
        let other = self
            .next
            .serving_instead(operation, instead_of, self.now)
            .filter(|_| !matches!(effect.action, Action::SendAgain { .. }));
        let Some(with) = other.map(|credential| credential.fingerprint) else {
            return Err(Refusal::NoAlternative {
                operation,
                instead_of,
            });
        };
        let role = operation.role();
        let Effect { id, action, .. } = effect;
        let again = EffectId::new(format!("again-{id}"));
        self.record(Event::SentAgain {
            effect: id,
            role,
            instead_of,
            with,
            reason,
        });
        let action = Box::new(action);
        self.effect(again, Action::SendAgain { action, role, with });
        Ok(())
    }
}
