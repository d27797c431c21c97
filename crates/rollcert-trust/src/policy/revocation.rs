use chrono::TimeDelta;

/// Whether revocation is checked, and what it means when nobody says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationPolicy {
    /// Not checked.
    Off,
    /// Checked, for every certificate below the root.
    Check {
        /// No CRL covers the certificate, and no OCSP response.
        unknown: OnUnknown,
        /// The CRLs that cover it are past their next update. One that lists it still revokes it.
        expired: OnUnknown,
        /// CRLs there are, but they cannot be used: their scope, signature, issuer or critical extensions.
        unusable: OnUnknown,
        /// How far in the future a CRL or OCSP response may be dated, for clocks that differ: 5 minutes in both presets,
        /// as OpenSSL's tools allow. It does not lengthen the life of a CRL or response.
        skew: TimeDelta,
    },
}

/// What an unknown status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnUnknown {
    /// The certificate stays good; the cause is a warning.
    Accept,
    /// The certificate is not trusted; the cause is a reason.
    Reject,
}

impl RevocationPolicy {
    /// As mail gateways do it: revoked is revoked, everything else is reported and accepted.
    pub const GATEWAY: Self = Self::check(OnUnknown::Accept);

    /// As RFC 5280 §6.3 read strictly, and as PKITS wants it: what is not known to be good is refused.
    pub const STRICT: Self = Self::check(OnUnknown::Reject);

    const fn check(on_unknown: OnUnknown) -> Self {
        Self::Check {
            unknown: on_unknown,
            expired: on_unknown,
            unusable: on_unknown,
            skew: TimeDelta::minutes(5),
        }
    }
}
