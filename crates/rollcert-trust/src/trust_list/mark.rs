use chrono::{DateTime, Utc};
use rollcert_crypto::Provider;

use super::entry::TrustListStatus;
use super::judge::black_key_entry;
use crate::report::{Reason, Report};
use crate::stored::StoredCertificate;
use crate::stores::TrustList;

/// The mark of a certificate that has an entry of its own in the trust list, whatever the verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "hosts give each an icon, and a new one must not pass unseen"
)]
pub enum TrustListMark {
    /// Listed as trusted; usually shown in yellow.
    White,
    /// Listed as not to be trusted, itself or its key; usually shown in red.
    Black,
}

impl TrustListMark {
    /// The mark that an icon beside the certificate shows: that of its own entry in the list, or of its key's. An entry
    /// that has ended gives none; black counts more than white.
    #[must_use]
    pub fn own(
        list: &dyn TrustList,
        certificate: &StoredCertificate,
        now: DateTime<Utc>,
        provider: &Provider,
    ) -> Option<Self> {
        if list.is_empty() {
            return None;
        }
        let own = list.entry(certificate.sha512(provider));
        let own = own.filter(|entry| entry.ended(now).is_none());
        let own = own.map(|entry| match entry.status {
            TrustListStatus::Whitelisted { .. } => Self::White,
            TrustListStatus::Blacklisted => Self::Black,
        });
        let of_key = black_key_entry(list, certificate, now, provider);
        own.max(of_key.map(|_| Self::Black))
    }

    /// Whether an evaluation found the certificate untrusted because of a CA that is blacklisted. Products show no icon for
    /// that; a host may.
    #[must_use]
    pub fn is_inherited_black(report: &Report) -> bool {
        let mut reasons = report.reasons();
        reasons.any(|finding| matches!(finding.reason, Reason::CtlIssuerBlacklisted { .. }))
    }

    /// A stable word: `white`, `black`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::White => "white",
            Self::Black => "black",
        }
    }
}
