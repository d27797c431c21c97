use rollcert_as2::Features;
use rollcert_schedule::{Advertised, Command, Relationship, Role, Side};

use crate::{Endpoint, OfferError, Protection};

/// How certificates of ours reach a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeMethod {
    /// In certificate exchange messages over AS2, to a partner that is known to understand them.
    Cem,
    /// By e-mail, and people: the first certificates of a relationship, and all of them where the partner cannot do
    /// otherwise. [`Command::Schedule`] waits for the first use of what was handed over so.
    Email,
}

impl ExchangeMethod {
    /// The method in a word, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cem => "cem",
            Self::Email => "e-mail",
        }
    }
}

impl Endpoint<'_> {
    /// Which way certificates go to this partner now.
    ///
    /// [`ExchangeMethod::Cem`] only updates an existing relationship, and only with a partner that has shown, in a
    /// message or a receipt, that it understands, or for which an operator has said so
    /// ([`Relationship::capability`]).
    #[must_use]
    pub fn choose_method(&self, relationship: &Relationship) -> ExchangeMethod {
        match self.admits_cem(relationship) {
            Ok(()) => ExchangeMethod::Cem,
            Err(_) => ExchangeMethod::Email,
        }
    }

    /// Whether certificates can be offered in messages, and if not, why.
    pub(crate) fn admits_cem(&self, relationship: &Relationship) -> Result<(), OfferError> {
        let roles: &[Role] = match self.party.protection {
            Protection::SignedAndEncrypted => &[Role::Signing, Role::Encryption],
            Protection::Signed => &[Role::Signing],
        };
        for side in [Side::Ours, Side::Theirs] {
            for role in roles {
                if relationship.slot(side, *role).installed().is_none() {
                    return Err(OfferError::NotEstablished { side, role: *role });
                }
            }
        }
        if relationship.capability().is_capable() {
            Ok(())
        } else {
            Err(OfferError::NotCapable)
        }
    }
}

/// What a message or receipt of the partner's teaches about it; nothing, if it advertises nothing.
///
/// For one that was verified only: the header is covered by no signature, but it came with one.
pub(crate) fn lesson(features: &Features) -> Option<Command> {
    if features.is_empty() {
        // Gateways lose headers.
        return None;
    }
    let advertised = if features.contains(Features::CEM) {
        Advertised::Capable
    } else {
        Advertised::NotCapable
    };
    Some(Command::Advertised { advertised })
}
