//! Whether what a partner has written down fits a chain.

use rollcert_pki::{Certificate, IdentityField, IdentityMatch, LogicalIdentity, Thumbprint};

use crate::preflight::authority_id::AuthorityId;
use crate::preflight::chain::Chain;
use crate::preflight::check::{Flight, Which, since};
use crate::preflight::impact::{Assurance, Break, BreakFact, Caution, Impact};
use crate::preflight::partner::{Pin, PinKind};
use crate::preflight::programme::RootProgramme;
use crate::stored::StoredCertificate;
use crate::stores::MemoryRoots;

impl Flight<'_> {
    /// Of several pins of one kind, one must fit.
    pub(super) fn check_pins(&self, pins: &[&Pin], impact: &mut Impact) {
        let Some(first) = pins.first() else {
            return;
        };
        let kind = first.kind();
        let fits: Vec<(&Pin, Fit)> = pins
            .iter()
            .map(|pin| (*pin, self.fit(pin, Which::New)))
            .collect();
        let of_old = pins
            .iter()
            .find(|pin| self.fit(pin, Which::Old) == Fit::Fits);

        let new = self.replacement.new.leaf();
        if let Some((pin, _)) = fits.iter().find(|(_, fit)| *fit == Fit::Fits) {
            impact.assurances.push(Assurance::PinHolds { kind });
            if let Pin::Root(id) = pin {
                // Whoever trusts that root alone wants the purposes from all below it, as any system does.
                let roots = self.roots_named(id, &self.replacement.new);
                let system = RootProgramme::new(format!("a system that trusts {id}"), roots);
                impact.breaks.extend(self.purposes_on(&system));
            }
        } else if let Some((pin, _)) = fits.iter().find(|(_, fit)| *fit == Fit::Undecided) {
            impact.cautions.push(Caution::PinUndecided {
                kind,
                pinned: pinned(pin),
            });
        } else {
            // Of several, the one that fits the old certificate says most.
            let pin = of_old.unwrap_or(first);
            impact.breaks.push(Break {
                fact: BreakFact::PinBroken {
                    kind,
                    pinned: pinned(pin),
                    found: self.found(pin),
                    differs: differs(pin, new),
                },
                since: since(of_old.is_none()),
            });
        }
        if kind == PinKind::Leaf {
            let not_after = new.not_after();
            impact.cautions.push(Caution::PinWillExpire { not_after });
        }
    }

    /// What the new chain has of what is pinned.
    fn found(&self, pin: &Pin) -> String {
        let provider = self.judge.provider();
        let new = &self.replacement.new;
        let leaf = new.leaf();
        match pin {
            Pin::Leaf(pinned) => named(&leaf.thumbprint(pinned.algorithm(), provider)),
            Pin::Key(pinned) => {
                let key = leaf.public_key_info();
                named(&Thumbprint::of(key, pinned.algorithm(), provider))
            }
            Pin::Identity(_) => leaf.subject().to_string(),
            Pin::Issuer(_) => leaf.issuer().to_string(),
            Pin::Root(_) => match self.known_root(Which::New) {
                Some(root) => root.certificate().subject().to_string(),
                None => new.top(provider).issuer().to_string(),
            },
        }
    }

    fn fit(&self, pin: &Pin, which: Which) -> Fit {
        let provider = self.judge.provider();
        let chain = self.chain(which);
        let leaf = chain.leaf();
        match pin {
            Pin::Leaf(pinned) => {
                Fit::from_bool(leaf.thumbprint(pinned.algorithm(), provider) == *pinned)
            }
            Pin::Key(pinned) => {
                let key = leaf.public_key_info();
                Fit::from_bool(Thumbprint::of(key, pinned.algorithm(), provider) == *pinned)
            }
            Pin::Identity(pinned) => {
                Fit::from_bool(pinned.compare(&LogicalIdentity::of(leaf)) == IdentityMatch::Same)
            }
            Pin::Issuer(id) => {
                let issuers = chain.issuers(&self.known_roots, provider);
                if issuers.is_empty() {
                    return Fit::undecided_unless_named(id, leaf.issuer().common_name());
                }
                Fit::from_bool(issuers.iter().any(|issuer| id.names(issuer, provider)))
            }
            Pin::Root(id) => self.fit_root(id, which),
        }
    }

    /// The certificates, of all known roots and of what is sent along, that may be the root that is named so.
    fn roots_named(&self, id: &AuthorityId, chain: &Chain) -> MemoryRoots {
        let provider = self.judge.provider();
        let sent = chain.above().iter().filter(|sent| sent.is_self_issued());
        let sent: Vec<StoredCertificate> = sent
            .map(|root| StoredCertificate::new(root.clone(), provider))
            .collect();
        self.known_roots
            .iter()
            .chain(&sent)
            .filter(|root| id.names(root.certificate(), provider))
            .cloned()
            .collect()
    }

    /// Whether the chain leads to the root that is named so.
    fn fit_root(&self, id: &AuthorityId, which: Which) -> Fit {
        let chain = self.chain(which);
        let named = self.roots_named(id, chain);
        let leads_there = |roots: &MemoryRoots| {
            let mut moments = self.moments_of(which).into_iter();
            moments.all(|at| {
                self.judge
                    .evaluate(chain, roots, at, None)
                    .trusted()
                    .is_some()
            })
        };
        if !named.is_empty() && leads_there(&named) {
            return Fit::Fits;
        }
        let other_root_is_known =
            self.known_root(which).is_some() || chain.top(self.judge.provider()).is_self_issued();
        if !named.is_empty() || other_root_is_known {
            return Fit::Broken;
        }
        Fit::Undecided
    }
}

/// Whether a pin fits a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Fits,
    Broken,
    /// The certificate to compare with is not known.
    Undecided,
}

impl Fit {
    const fn from_bool(fits: bool) -> Self {
        if fits { Self::Fits } else { Self::Broken }
    }

    /// Without the issuer's certificate, only a common name can be compared.
    fn undecided_unless_named(id: &AuthorityId, common_name: Option<&str>) -> Self {
        match (id, common_name) {
            (AuthorityId::CommonName(_), Some(name)) => Self::from_bool(id.is_common_name(name)),
            _ => Self::Undecided,
        }
    }
}

fn differs(pin: &Pin, leaf: &Certificate) -> Vec<IdentityField> {
    match pin {
        Pin::Identity(pinned) => {
            let compared = pinned.compare(&LogicalIdentity::of(leaf));
            compared.differs().to_vec()
        }
        _ => Vec::new(),
    }
}

fn pinned(pin: &Pin) -> String {
    match pin {
        Pin::Leaf(thumbprint) | Pin::Key(thumbprint) => named(thumbprint),
        Pin::Issuer(id) | Pin::Root(id) => id.to_string(),
        Pin::Identity(identity) => identity.subject().to_string(),
    }
}

/// A thumbprint and its algorithm.
fn named(thumbprint: &Thumbprint) -> String {
    let algorithm = thumbprint.algorithm().name().to_uppercase();
    format!("{algorithm} {thumbprint}")
}
