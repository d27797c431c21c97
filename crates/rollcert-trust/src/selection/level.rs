use core::fmt;

use crate::selection::address::{canonical_email, canonical_host};

/// Whose preferences: one user's, a domain's, or everybody's.
///
/// A user inherits from the domain of his address, a domain from the wildcard domains that cover it, all from the
/// global level, and that from what the product ships with: see [`Self::lineage`].
///
/// ```
/// use rollcert_trust::Level;
///
/// # fn main() -> Result<(), rollcert_trust::LevelError> {
/// let levels: Vec<String> = Level::user("EDI@mail.acme.example")?
///     .lineage()
///     .iter()
///     .map(ToString::to_string)
///     .collect();
/// assert_eq!(
///     levels,
///     [
///         "user edi@mail.acme.example",
///         "domain mail.acme.example",
///         "wildcard domain *.mail.acme.example",
///         "wildcard domain *.acme.example",
///         "wildcard domain *.example",
///         "global",
///         "factory",
///     ]
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level {
    kind: LevelKind,
    /// In canonical form; of a wildcard domain without the `*.`; empty where the kind has no name.
    name: String,
}

/// What kind of [`Level`], from the nearest to the farthest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "hosts decide on every kind, and a new one must not pass unseen"
)]
pub enum LevelKind {
    /// One user.
    User,
    /// One domain.
    Domain,
    /// A domain and everything below it.
    WildcardDomain,
    /// Everybody.
    Global,
    /// What the product ships with.
    Factory,
}

impl Level {
    /// What the product ships with.
    pub const FACTORY: Self = Self::nameless(LevelKind::Factory);

    /// Everybody.
    pub const GLOBAL: Self = Self::nameless(LevelKind::Global);

    /// The user with this address, in any case.
    ///
    /// # Errors
    ///
    /// [`LevelError::Address`] for what [`canonical_email`] does not take.
    pub fn user(address: &str) -> Result<Self, LevelError> {
        let name = canonical_email(address).ok_or(LevelError::Address)?;
        Ok(Self {
            kind: LevelKind::User,
            name,
        })
    }

    /// The domain with this name, in any case; with `*.` before it, the wildcard domain: it and everything below.
    ///
    /// # Errors
    ///
    /// [`LevelError::Domain`] for what is no domain.
    pub fn domain(name: &str) -> Result<Self, LevelError> {
        let name = name.trim();
        let (kind, host) = match name.strip_prefix("*.") {
            Some(host) => (LevelKind::WildcardDomain, host),
            None => (LevelKind::Domain, name),
        };
        let name = canonical_host(host).ok_or(LevelError::Domain)?;
        Ok(Self { kind, name })
    }

    /// What kind of level.
    #[must_use]
    pub const fn kind(&self) -> LevelKind {
        self.kind
    }

    /// The address of a user, or the name of a domain, that of a wildcard domain without the `*.`; none for the
    /// levels of everybody.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        (!self.name.is_empty()).then_some(self.name.as_str())
    }

    /// The levels whose preferences count here, the nearest first: this one, then those it inherits from.
    ///
    /// A wildcard domain covers the domain that it is named after, and all below. Of several that cover one domain,
    /// the longest is the nearest.
    #[must_use]
    pub fn lineage(&self) -> Vec<Self> {
        let mut lineage = vec![self.clone()];
        match self.kind {
            LevelKind::User => {
                // An address in brackets is no domain and inherits from nobody's.
                let host = self.name.rsplit_once('@').map(|(_, host)| host);
                if let Some(host) = host.and_then(canonical_host) {
                    lineage.push(Self {
                        kind: LevelKind::Domain,
                        name: host.clone(),
                    });
                    lineage.extend(wildcards(&host));
                }
            }
            LevelKind::Domain => lineage.extend(wildcards(&self.name)),
            LevelKind::WildcardDomain => lineage.extend(wildcards(&self.name).skip(1)),
            LevelKind::Global | LevelKind::Factory => {}
        }
        if self.kind < LevelKind::Global {
            lineage.push(Self::GLOBAL);
        }
        if self.kind < LevelKind::Factory {
            lineage.push(Self::FACTORY);
        }
        lineage
    }

    const fn nameless(kind: LevelKind) -> Self {
        Self {
            kind,
            name: String::new(),
        }
    }
}

/// The wildcard domains that cover `host`, the longest first.
fn wildcards(host: &str) -> impl Iterator<Item = Level> {
    let parents = core::iter::successors(Some(host), |host| {
        host.split_once('.').map(|(_, parent)| parent)
    });
    parents.map(|parent| Level {
        kind: LevelKind::WildcardDomain,
        name: parent.to_owned(),
    })
}

impl LevelKind {
    /// A stable word: `user`, `domain`, `wildcard-domain`, `global`, `factory`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Domain => "domain",
            Self::WildcardDomain => "wildcard-domain",
            Self::Global => "global",
            Self::Factory => "factory",
        }
    }
}

/// For people, as in `domain acme.example`.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            LevelKind::User => write!(f, "user {}", self.name),
            LevelKind::Domain => write!(f, "domain {}", self.name),
            LevelKind::WildcardDomain => write!(f, "wildcard domain *.{}", self.name),
            LevelKind::Global => f.write_str("global"),
            LevelKind::Factory => f.write_str("factory"),
        }
    }
}

/// Why something names no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LevelError {
    /// It is no e-mail address.
    #[error("expected an e-mail address but found something else")]
    Address,
    /// It is no domain.
    #[error("expected the name of a domain but found something else")]
    Domain,
}

impl LevelError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Address => "not-an-address",
            Self::Domain => "not-a-domain",
        }
    }
}
