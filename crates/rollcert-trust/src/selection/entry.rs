use chrono::{DateTime, Utc};
use rollcert_pki::Thumbprint;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::report::shown::Shown;
use crate::report::span::Instant;
use crate::report::{Finding, Trusted};
use crate::selection::judge::{Judgement, Standing};
use crate::selection::level::Level;
use crate::stored::StoredCertificate;
use crate::trust_list::TrustListMark;

/// One certificate of a selection, with all that a page shows of it: where it comes from, and whether it is good.
///
/// Colour coding is by [`Self::origin`] and [`Self::standing`], icons by [`Self::mark`].
///
/// Serialised, it is an object of `sha256`, `subject`, `not_after`, `has_key`, `origin` and `origins` (`automatic`,
/// `manual`, or the level as in `domain acme.example`), `kind`, `standing`, `used`, `mark`, `inherited_black`,
/// `reasons` and `warnings` (as in a [`Report`](crate::Report)) and `remedies`.
#[derive(Clone, Debug)]
pub struct SelectionEntry {
    certificate: StoredCertificate,
    origins: Vec<Origin>,
    kind: EntryKind,
    judgement: Judgement,
}

impl SelectionEntry {
    pub(super) const fn new(
        certificate: StoredCertificate,
        origins: Vec<Origin>,
        kind: EntryKind,
        judgement: Judgement,
    ) -> Self {
        Self {
            certificate,
            origins,
            kind,
            judgement,
        }
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &StoredCertificate {
        &self.certificate
    }

    /// Where it comes from: automatic before manual before inherited, of levels the nearest.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        // Never empty: an entry is made for an origin.
        self.origins.first().unwrap_or(&Origin::Automatic)
    }

    /// Everything that it comes from, in the same order.
    #[must_use]
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// Whether it is the recipient's own, or one to which everything is encrypted besides.
    #[must_use]
    pub const fn kind(&self) -> EntryKind {
        self.kind
    }

    /// What was found of it.
    #[must_use]
    pub const fn judgement(&self) -> &Judgement {
        &self.judgement
    }

    /// Valid, invalid or revoked.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.judgement.standing()
    }

    /// Whether it is used: only what is valid is, chosen by hand or not.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.standing() == Standing::Valid
    }

    /// Why it is not used, the most telling first.
    #[must_use]
    pub fn reasons(&self) -> &[Finding] {
        self.judgement.reasons()
    }

    /// The mark of its own entry in the trust list, if it has one.
    #[must_use]
    pub const fn mark(&self) -> Option<TrustListMark> {
        self.judgement.mark()
    }

    /// The witness, where evaluation found it good.
    #[must_use]
    pub const fn trusted(&self) -> Option<&Trusted> {
        self.judgement.trusted()
    }

    /// What entries are sorted by: whose they are, when they came into the store (what is not known last), and the
    /// thumbprint, so that the order is always the same.
    pub(super) fn order(&self) -> (EntryKind, ImportOrder) {
        (self.kind, import_order(&self.certificate))
    }
}

impl Serialize for SelectionEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let certificate = self.certificate.certificate();
        let mut object = serializer.serialize_struct("SelectionEntry", 14)?;
        object.serialize_field("sha256", &self.certificate.sha256().to_string())?;
        let subject = Shown(certificate.subject()).to_string();
        object.serialize_field("subject", &subject)?;
        let not_after = Instant(certificate.not_after()).to_string();
        object.serialize_field("not_after", &not_after)?;
        object.serialize_field("has_key", &self.certificate.key_alias().is_some())?;
        object.serialize_field("origin", &self.origin().to_string())?;
        let origins: Vec<String> = self.origins.iter().map(ToString::to_string).collect();
        object.serialize_field("origins", &origins)?;
        object.serialize_field("kind", self.kind.code())?;
        object.serialize_field("standing", self.standing().code())?;
        object.serialize_field("used", &self.is_used())?;
        object.serialize_field("mark", &self.mark().map(TrustListMark::code))?;
        object.serialize_field("inherited_black", &self.judgement.is_inherited_black())?;
        object.serialize_field("reasons", self.reasons())?;
        object.serialize_field("warnings", self.judgement.warnings())?;
        object.serialize_field("remedies", self.judgement.remedies())?;
        object.end()
    }
}

/// Where a certificate in a selection comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "hosts give each a colour, and a new one must not pass unseen"
)]
pub enum Origin {
    /// It carries the user's address.
    Automatic,
    /// It was chosen by hand at this very level.
    Manual,
    /// It was chosen by hand at another level, from which this one inherits.
    Inherited(Level),
}

/// `automatic`, `manual`, or the level as in `domain acme.example`.
impl core::fmt::Display for Origin {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Automatic => f.write_str("automatic"),
            Self::Manual => f.write_str("manual"),
            Self::Inherited(level) => level.fmt(f),
        }
    }
}

/// Whose certificate an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is no third kind")]
pub enum EntryKind {
    /// The user's own.
    Normal,
    /// One to which everything is encrypted besides. It alone makes nobody a recipient.
    Additional,
}

impl EntryKind {
    /// A stable word: `normal`, `additional`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Additional => "additional",
        }
    }
}

/// When a certificate came into the store, what is not known last, then its thumbprint.
pub(super) type ImportOrder = (bool, Option<DateTime<Utc>>, Thumbprint);

pub(super) fn import_order(certificate: &StoredCertificate) -> ImportOrder {
    let at = certificate.imported_at();
    (at.is_none(), at, *certificate.sha256())
}
