use std::collections::BTreeSet;

use crate::{
    Credential, Entry, Exchange, Fingerprint, Relationship, Role, Side, Standing, Timestamp,
};

/// What a protocol is about to do with a certificate.
///
/// The table, as [`Relationship::serving`] applies it:
///
/// | operation | whose, in which role | which serve | must be valid now |
/// |---|---|---|---|
/// | [`Decrypt`](Self::Decrypt) | ours, encryption | every one ever offered or in use, installed first | what was replaced, rejected, overtaken or lapsed |
/// | [`Verify`](Self::Verify), [`VerifyMdn`](Self::VerifyMdn) | theirs, signing | installed, accepted, archived | yes |
/// | [`Sign`](Self::Sign), [`SignMdn`](Self::SignMdn) | ours, signing | the accepted one, else the installed | yes |
/// | [`Encrypt`](Self::Encrypt) | theirs, encryption | the accepted one, else the installed | yes |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Open a message that was encrypted to us.
    Decrypt,
    /// Verify the partner's signature on a message.
    Verify,
    /// Verify the partner's signature on a receipt.
    VerifyMdn,
    /// Sign a message.
    Sign,
    /// Sign a receipt.
    SignMdn,
    /// Encrypt to the partner.
    Encrypt,
}

/// One row of the table.
struct Row {
    side: Side,
    role: Role,
    /// Which standings serve, best first.
    standings: &'static [Standing],
    /// Sending takes the best one; receiving tries each.
    choice: Choice,
}

#[derive(PartialEq)]
enum Choice {
    Best,
    Each,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 6] = [
        Self::Decrypt,
        Self::Verify,
        Self::VerifyMdn,
        Self::Sign,
        Self::SignMdn,
        Self::Encrypt,
    ];

    pub(crate) const fn role(self) -> Role {
        self.row().role
    }

    const fn row(self) -> Row {
        use Standing::{Accepted, Archived, Installed, Lapsed, Offered, Rejected, Superseded};
        match self {
            // Whoever was shown a certificate of ours may encrypt to it, whatever became of the
            // exchange: the answer may be lost, late or contradicted by deeds.
            Self::Decrypt => Row {
                side: Side::Ours,
                role: Role::Encryption,
                standings: &[
                    Installed, Accepted, Offered, Lapsed, Archived, Superseded, Rejected,
                ],
                choice: Choice::Each,
            },
            Self::Verify | Self::VerifyMdn => Row {
                side: Side::Theirs,
                role: Role::Signing,
                standings: &[Installed, Accepted, Archived],
                choice: Choice::Each,
            },
            Self::Sign | Self::SignMdn => Row {
                side: Side::Ours,
                role: Role::Signing,
                standings: &[Accepted, Installed],
                choice: Choice::Best,
            },
            Self::Encrypt => Row {
                side: Side::Theirs,
                role: Role::Encryption,
                standings: &[Accepted, Installed],
                choice: Choice::Best,
            },
        }
    }

    /// Whether `credential`, so standing, serves this operation at `now`.
    fn admits(self, credential: &Credential, standing: Standing, now: Timestamp) -> bool {
        match (self, standing) {
            // A key in use opens what reaches it late; one that was replaced ends with its validity.
            (Self::Decrypt, Standing::Installed | Standing::Accepted | Standing::Offered) => true,
            _ => credential.is_valid_at(now),
        }
    }
}

impl Relationship {
    /// Which credentials serve `operation` at `now`, best first.
    ///
    /// An operation that sends (sign, encrypt) gets exactly one; one that receives gets every
    /// candidate, to be tried in this order.
    ///
    /// # Errors
    ///
    /// [`ServingError`] when none serves: nothing is sent unsigned or in clear because a cell of the
    /// table is empty.
    pub fn serving(
        &self,
        operation: Operation,
        now: Timestamp,
    ) -> Result<Vec<&Credential>, ServingError> {
        let row = operation.row();
        let slot = self.slot(row.side, row.role);
        let candidates = row.standings.iter().flat_map(|standing| {
            slot.entries
                .iter()
                .filter(move |entry| entry.standing == *standing)
        });
        let mut seen = BTreeSet::new();
        let mut serving: Vec<&Credential> = candidates
            .filter_map(|entry| {
                self.credential(entry.fingerprint)
                    .filter(|credential| operation.admits(credential, entry.standing, now))
            })
            .filter(|credential| seen.insert(credential.fingerprint))
            .collect();
        if row.choice == Choice::Best {
            serving.truncate(1);
        }
        if serving.is_empty() {
            return Err(ServingError {
                operation,
                held: slot.entries.len(),
                now,
            });
        }
        Ok(serving)
    }
}

impl Relationship {
    /// Which credential serves `operation` best: the one to send with.
    ///
    /// # Errors
    ///
    /// [`ServingError`], as for [`Self::serving`].
    pub fn serving_best(
        &self,
        operation: Operation,
        now: Timestamp,
    ) -> Result<&Credential, ServingError> {
        let serving = self.serving(operation, now)?;
        serving.first().copied().ok_or(ServingError {
            operation,
            held: 0,
            now,
        })
    }

    /// Which credential could serve instead of one that the partner had no use for: to sign with, or to encrypt to.
    ///
    /// The archived one counts as well, which otherwise sends nothing any more: the partner may be behind. Of
    /// several, that which stands higher, else the newer.
    #[must_use]
    pub fn serving_instead(
        &self,
        operation: Operation,
        instead_of: Fingerprint,
        now: Timestamp,
    ) -> Option<&Credential> {
        let row = operation.row();
        let slot = self.slot(row.side, row.role);
        let standings = [Standing::Accepted, Standing::Installed, Standing::Archived];
        standings
            .iter()
            .filter(|_| row.choice == Choice::Best)
            .flat_map(|standing| slot.entries.iter().filter(move |e| e.standing == *standing))
            .filter(|entry| entry.fingerprint != instead_of && self.has_served(row.role, entry))
            .filter_map(|entry| self.credential(entry.fingerprint))
            .find(|credential| credential.is_valid_at(now))
    }

    /// Which credential of the partner's the answer to its offer is encrypted to.
    ///
    /// Everything else is encrypted to the new certificate from acceptance on; the answer itself may
    /// go by either (CEM §2.5). It goes by the one that was in use when the offer came, since a
    /// partner may switch its key only when the answer is there to tell it.
    ///
    /// # Errors
    ///
    /// [`ServingError`], as for [`Operation::Encrypt`].
    pub fn serving_for_answer(
        &self,
        exchange: &Exchange,
        now: Timestamp,
    ) -> Result<&Credential, ServingError> {
        let best = self.serving_best(Operation::Encrypt, now)?;
        if exchange.offer(best.fingerprint).is_none() {
            return Ok(best);
        }
        let slot = self.slot(Side::Theirs, Role::Encryption);
        let in_use_before = slot
            .entries
            .iter()
            .filter(|entry| {
                entry.standing == Standing::Installed
                    || (entry.standing == Standing::Archived && entry.since >= exchange.offered_at)
            })
            .filter(|entry| exchange.offer(entry.fingerprint).is_none())
            .filter(|entry| self.has_served(Role::Encryption, entry))
            .filter_map(|entry| self.credential(entry.fingerprint))
            .find(|credential| credential.is_valid_at(now));
        Ok(in_use_before.unwrap_or(best))
    }

    /// Whether the credential has ever been the one to send with, or may be: one of the partner's that a later offer
    /// overtook has not, though it is trusted.
    fn has_served(&self, role: Role, entry: &Entry) -> bool {
        let exchange = entry.exchange.as_ref();
        entry.standing != Standing::Archived
            || exchange.is_none_or(|exchange| !self.is_overtaken(exchange, entry.fingerprint, role))
    }
}

/// No credential serves an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no certificate serves {operation:?} at {now}: of {held} held, none stands and is valid")]
#[non_exhaustive]
pub struct ServingError {
    /// What was to be done.
    pub operation: Operation,
    /// How many credentials the slot holds, in whatever standing.
    pub held: usize,
    /// The instant asked about.
    pub now: Timestamp,
}

impl ServingError {
    /// A stable name for this failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "no-certificate-serves"
    }
}
