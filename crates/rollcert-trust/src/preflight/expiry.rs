use core::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use rollcert_pki::Certificate;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::preflight::usage::Usage;
use crate::report::shown::Shown;
use crate::report::span::{Instant, Span};
use crate::stored::StoredCertificate;

/// A certificate that is in use somewhere, as an inventory knows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HeldCertificate {
    /// Where: a partner, a system.
    pub holder: String,
    /// What for.
    pub usage: Usage,
    /// The certificate.
    pub certificate: StoredCertificate,
}

impl HeldCertificate {
    /// Whose it is, what for, and which.
    #[must_use]
    pub fn new(holder: impl Into<String>, usage: Usage, certificate: StoredCertificate) -> Self {
        Self {
            holder: holder.into(),
            usage,
            certificate,
        }
    }
}

/// The certificates that have ended at `now` or will have at `now + horizon`, those that end first in front; of those
/// that end together, by holder, usage and thumbprint.
///
/// Over every role: a change of the TLS certificate leaves those of the payload alone, and they end all the same.
#[must_use]
pub fn expiring_within<'a>(
    held: impl IntoIterator<Item = &'a HeldCertificate>,
    now: DateTime<Utc>,
    horizon: TimeDelta,
) -> Vec<Expiry<'a>> {
    let until = now.checked_add_signed(horizon);
    let until = until.unwrap_or(DateTime::<Utc>::MAX_UTC).max(now);
    let mut expiring: Vec<Expiry<'a>> = held
        .into_iter()
        .map(|held| Expiry { held, now })
        .filter(|expiry| expiry.is_over() || expiry.not_after() <= until)
        .collect();
    expiring.sort_by(|one, other| {
        let key = |expiry: &Expiry<'a>| {
            let held = expiry.held;
            (
                expiry.not_after(),
                held.holder.as_str(),
                held.usage,
                *held.certificate.sha256(),
            )
        };
        key(one).cmp(&key(other))
    });
    expiring
}

/// A certificate that ends soon, or has ended.
#[derive(Clone, Copy, Debug)]
pub struct Expiry<'a> {
    held: &'a HeldCertificate,
    now: DateTime<Utc>,
}

impl<'a> Expiry<'a> {
    /// Which.
    #[must_use]
    pub const fn held(&self) -> &'a HeldCertificate {
        self.held
    }

    /// The last second of its validity.
    #[must_use]
    pub fn not_after(&self) -> DateTime<Utc> {
        self.certificate().not_after()
    }

    /// How long it still lasts; negative when it has ended.
    #[must_use]
    pub fn left(&self) -> TimeDelta {
        self.not_after().signed_duration_since(self.now)
    }

    /// Whether it has ended. Its last second counts whole (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.now.timestamp() > self.not_after().timestamp()
    }

    fn certificate(&self) -> &'a Certificate {
        self.held.certificate.certificate()
    }
}

impl fmt::Display for Expiry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HeldCertificate { holder, usage, .. } = self.held;
        let holder = Shown(holder);
        let not_after = Instant(self.not_after());
        let span = Span::between(self.now, self.not_after());
        if self.is_over() {
            write!(f, "{holder}, {usage}: ended {not_after}, {span} ago")
        } else {
            write!(f, "{holder}, {usage}: ends {not_after}, in {span}")
        }
    }
}

/// As an object of `holder`, `protocol`, `role`, `sha256`, `not_after`, `seconds_left`, `text`; the holder is escaped and bounded.
impl Serialize for Expiry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Expiry", 7)?;
        object.serialize_field("holder", &Shown(&self.held.holder).to_string())?;
        object.serialize_field("protocol", self.held.usage.protocol.code())?;
        object.serialize_field("role", self.held.usage.role.code())?;
        object.serialize_field("sha256", &self.held.certificate.sha256().to_string())?;
        object.serialize_field("not_after", &Instant(self.not_after()).to_string())?;
        object.serialize_field("seconds_left", &self.left().num_seconds())?;
        object.serialize_field("text", &self.to_string())?;
        object.end()
    }
}
