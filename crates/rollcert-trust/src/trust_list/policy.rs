/// How trust lists and paths go together where products leave it open. The defaults are named with each field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustListPolicy {
    /// A whitelisted certificate before its first day. Default: [`Precedence::Findings`], so that it is not trusted yet,
    /// since what is allowed to have expired is not thereby allowed to begin early.
    pub white_not_yet_valid: Precedence,
    /// A whitelisted certificate below a blacklisted CA. Default: [`Precedence::Entry`], so that it is trusted, with the
    /// mark [`Reason::CtlConflict`](crate::Reason::CtlConflict).
    pub white_below_black: Precedence,
    /// A whitelisted certificate that a CRL of its CA revokes. Default: [`Precedence::Entry`], so that it is trusted until
    /// the entry is removed, with the mark
    /// [`Reason::CtlRevokedButWhitelisted`](crate::Reason::CtlRevokedButWhitelisted).
    pub white_revoked: Precedence,
    /// What a blacklisted CA stands for. Default: [`BlackReach::Certificate`], so that a path over another certificate for
    /// the same CA is clean.
    pub black_reach: BlackReach,
}

impl TrustListPolicy {
    /// The defaults that each field names.
    pub const DEFAULT: Self = Self {
        white_not_yet_valid: Precedence::Findings,
        white_below_black: Precedence::Entry,
        white_revoked: Precedence::Entry,
        black_reach: BlackReach::Certificate,
    };
}

impl Default for TrustListPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What decides when a certificate's own white entry and another finding contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "one or the other")]
pub enum Precedence {
    /// The entry: the certificate is trusted.
    Entry,
    /// The finding: it is not.
    Findings,
}

/// What a black entry for a CA stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "one or the other")]
pub enum BlackReach {
    /// That certificate of the CA, and no other.
    Certificate,
    /// Also every other certificate that is known for the same name and key, such as a cross certificate.
    Key,
}
