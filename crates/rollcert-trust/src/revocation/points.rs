use rollcert_pki::Name;
use rollcert_pki::extension::{
    BasicConstraints, CrlScope, DistributionPoint, DistributionPointName, GeneralName,
    IssuingDistributionPoint, ReasonFlags,
};

use crate::budget::Budget;
use crate::limits::Step;
use crate::report::Reason;
use crate::report::shown::Listed;
use crate::revocation::reasons::{intersection, union};
use crate::stored::StoredCertificate;
use crate::stores::StoredCrl;

/// Where the CRLs of a certificate come from (RFC 5280 §6.3.3): every distribution point that it names, and its issuer.
pub(super) struct Points<'a> {
    certificate: &'a StoredCertificate,
    named: &'a [DistributionPoint],
    /// What §6.3.3 assumes for CRLs of the issuer that no distribution point leads to.
    implied: DistributionPoint,
}

/// How a CRL and a certificate go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Coverage {
    /// Who issued the CRL has nothing to say of the certificate.
    NotOfIssuer,
    /// It does not cover the certificate; in words, what it is for instead.
    OutOfScope(String),
    /// It covers the certificate for these reasons, at least one.
    Covers(ReasonFlags),
}

/// Why a CRL of the right issuer, for certificates of the right kind, does not cover a certificate.
enum Miss {
    /// It is published at another place.
    Place,
    /// It covers other reasons for revocation.
    Reasons {
        wanted: ReasonFlags,
        listed: ReasonFlags,
    },
}

impl<'a> Points<'a> {
    pub(super) fn of(certificate: &'a StoredCertificate) -> Self {
        let extension = certificate.facts().crl_distribution_points.as_ref();
        Self {
            certificate,
            named: extension
                .map(|points| points.0.as_slice())
                .unwrap_or_default(),
            implied: DistributionPoint::of(vec![GeneralName::Directory(
                certificate.certificate().issuer().clone(),
            )]),
        }
    }

    /// The names under which CRLs for the certificate are issued: that of its issuer first.
    pub(super) fn crl_issuers(&self) -> impl Iterator<Item = &'a Name> {
        let named = self.named.iter().flat_map(|point| &point.crl_issuer);
        let named = named.filter_map(directory_name);
        core::iter::once(self.certificate.certificate().issuer()).chain(named)
    }

    /// Whose CRL it is that the certificate wants looked at: the first whom it names, else its issuer.
    pub(super) fn wanted_issuer(&self) -> &'a Name {
        let issuer = self.certificate.certificate().issuer();
        self.foreign_issuers().next().unwrap_or(issuer)
    }

    /// Who else than its issuer issues CRLs for it, as it says.
    fn foreign_issuers(&self) -> impl Iterator<Item = &'a Name> {
        let issuer = self.certificate.certificate().issuer();
        let named = self.named.iter().flat_map(|point| &point.crl_issuer);
        named
            .filter_map(directory_name)
            .filter(|name| !name.matches(issuer))
    }

    /// Whether it wants CRLs of another issuer than its own.
    pub(super) fn point_elsewhere(&self) -> bool {
        self.foreign_issuers().next().is_some()
    }

    /// Where CRLs are to be had, by what the certificate says: URIs, and entries of a directory.
    pub(super) fn locations(&self) -> Vec<String> {
        let mut locations = Vec::new();
        for point in self.named {
            let place = self.place_of(point);
            let named = place.as_slice().iter().filter_map(location);
            let short = named.filter(|location| location.len() <= LONGEST_LOCATION);
            locations.extend(short.take(MOST_LOCATIONS.saturating_sub(locations.len())));
            if locations.len() == MOST_LOCATIONS {
                break;
            }
        }
        locations
    }

    /// The names of the place that a point leads to.
    fn place_of<'b>(&'b self, point: &'b DistributionPoint) -> PlaceNames<'b> {
        match &point.name {
            // §6.3.3 (b)(2)(i): the names of who issues the CRL stand for the place.
            None => PlaceNames::Full(&point.crl_issuer),
            Some(name) => PlaceNames::of(name, self.base_of(point)),
        }
    }

    /// Which reasons for revocation of the certificate the CRL covers, over all distribution points together
    /// (§6.3.3 (b), (d)).
    ///
    /// `Err` when the budget is spent.
    pub(super) fn coverage(
        &self,
        crl: &StoredCrl,
        scope: Option<&IssuingDistributionPoint>,
        budget: &Budget,
    ) -> Result<Coverage, Reason> {
        let certificate = self.certificate.certificate();
        let names: usize = self
            .named
            .iter()
            .map(|point| 1 + point.crl_issuer.len())
            .sum();
        budget.spend(
            Step::NameComparisons,
            u64::try_from(names).unwrap_or(u64::MAX),
        )?;
        let is_of_issuer = crl.crl().issuer().matches(certificate.issuer());
        let points = self
            .named
            .iter()
            .filter(|point| match point.crl_issuer.as_slice() {
                [] => is_of_issuer,
                issuers => leads_to(issuers, crl, scope),
            })
            .chain(is_of_issuer.then_some(&self.implied));
        let mut miss = None;
        let mut covered = ReasonFlags::default();
        for point in points {
            if let Some(uncovered) = self.misses(scope) {
                return Ok(Coverage::OutOfScope(uncovered.to_owned()));
            }
            if !self.is_same_place(point, crl, scope, budget)? {
                miss.get_or_insert(Miss::Place);
                continue;
            }
            let wanted = point.reasons.unwrap_or(ReasonFlags::ALL);
            let listed = scope
                .and_then(IssuingDistributionPoint::reasons)
                .unwrap_or(ReasonFlags::ALL);
            let reasons = intersection(wanted, listed);
            if reasons.is_empty() {
                miss = Some(Miss::Reasons { wanted, listed });
            }
            covered = union(covered, reasons);
        }
        Ok(match miss {
            _ if !covered.is_empty() => Coverage::Covers(covered),
            None => Coverage::NotOfIssuer,
            Some(Miss::Place) => Coverage::OutOfScope(self.other_place(crl, scope)),
            Some(Miss::Reasons { wanted, listed }) => Coverage::OutOfScope(format!(
                "it covers revocation for {listed}, and the distribution point of the certificate \
                 is for {wanted}"
            )),
        })
    }

    /// That the CRL is of another place than the certificate names, in words.
    fn other_place(&self, crl: &StoredCrl, scope: Option<&IssuingDistributionPoint>) -> String {
        let published = scope.and_then(IssuingDistributionPoint::name);
        let published = published.map(|name| PlaceNames::of(name, crl.crl().issuer()));
        let published = published.as_ref().map(PlaceNames::as_slice);
        let published: Vec<String> = published
            .unwrap_or_default()
            .iter()
            .take(MOST_LOCATIONS)
            .map(|name| location(name).unwrap_or_else(|| name.to_string()))
            .collect();
        let listed = |places: &[String], none| {
            let places = Listed {
                items: places,
                between: " or ",
                none,
            };
            places.to_string()
        };
        format!(
            "it is the one of the distribution point {}, and the certificate names {}",
            listed(&published, "of no name"),
            listed(&self.locations(), "no distribution point")
        )
    }

    /// That the CRL does not cover certificates of this kind, in words (§6.3.3 (b)(2)).
    fn misses(&self, scope: Option<&IssuingDistributionPoint>) -> Option<&'static str> {
        let constraints = self.certificate.facts().basic_constraints;
        let is_authority = constraints.is_some_and(BasicConstraints::is_ca);
        match scope?.scope() {
            CrlScope::EndEntities if is_authority => {
                Some("it is for end entities, and this is a CA")
            }
            CrlScope::Authorities if !is_authority => {
                Some("it is for CAs, and this is an end entity")
            }
            CrlScope::AttributeCertificates => Some("it is for attribute certificates"),
            _ => None,
        }
    }

    /// Whether the CRL is the one that is published at this point (§6.3.3 (b)(2)(i)).
    fn is_same_place(
        &self,
        point: &DistributionPoint,
        crl: &StoredCrl,
        scope: Option<&IssuingDistributionPoint>,
        budget: &Budget,
    ) -> Result<bool, Reason> {
        let Some(published) = scope.and_then(IssuingDistributionPoint::name) else {
            return Ok(true);
        };
        let published = PlaceNames::of(published, crl.crl().issuer());
        let looked_for = self.place_of(point);
        let comparisons = published.as_slice().len() * looked_for.as_slice().len();
        let comparisons = u64::try_from(comparisons).unwrap_or(u64::MAX);
        budget.spend(Step::NameComparisons, comparisons)?;
        let mut published = published.as_slice().iter();
        Ok(published.any(|name| {
            looked_for
                .as_slice()
                .iter()
                .any(|other| is_same(name, other))
        }))
    }

    /// What a name relative to the issuer of the CRL is relative to (§4.2.1.13).
    fn base_of<'b>(&'b self, point: &'b DistributionPoint) -> &'b Name {
        let named = point.crl_issuer.iter().find_map(directory_name);
        named.unwrap_or_else(|| self.certificate.certificate().issuer())
    }
}

/// Whether a point names this CRL's issuer, and the CRL says that it is indirect (§6.3.3 (b)(1)).
fn leads_to(
    issuers: &[GeneralName],
    crl: &StoredCrl,
    scope: Option<&IssuingDistributionPoint>,
) -> bool {
    let mut issuers = issuers.iter().filter_map(directory_name);
    scope.is_some_and(IssuingDistributionPoint::is_indirect)
        && issuers.any(|issuer| issuer.matches(crl.crl().issuer()))
}

/// The names of the place where a CRL is published.
enum PlaceNames<'a> {
    Full(&'a [GeneralName]),
    /// One that was relative.
    Whole(Option<GeneralName>),
}

impl<'a> PlaceNames<'a> {
    fn of(name: &'a DistributionPointName, base: &Name) -> Self {
        match name {
            DistributionPointName::Full(names) => Self::Full(names),
            DistributionPointName::Relative(relative) => {
                Self::Whole(relative.below(base).ok().map(GeneralName::Directory))
            }
        }
    }

    fn as_slice(&self) -> &[GeneralName] {
        match self {
            Self::Full(names) => names,
            Self::Whole(name) => name.as_slice(),
        }
    }
}

/// A name of a place, in words; none where nobody could go there.
fn location(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Uri(uri) => Some(uri.text().into_owned()),
        GeneralName::Directory(name) => Some(format!("the directory entry {name}")),
        _ => None,
    }
}

/// RFC 5280 §4.2.1.13 wants identical encodings in certificate and CRL; directory names are compared as all are.
fn is_same(one: &GeneralName, other: &GeneralName) -> bool {
    match (one, other) {
        (GeneralName::Directory(one), GeneralName::Directory(other)) => one.matches(other),
        _ => one == other,
    }
}

const fn directory_name(name: &GeneralName) -> Option<&Name> {
    match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    }
}

/// The most locations in one reason, and the most octets of each: reasons are for people.
const MOST_LOCATIONS: usize = 8;
const LONGEST_LOCATION: usize = 2_048;
