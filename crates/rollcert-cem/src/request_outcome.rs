//! What a request is beside those that came before it.

use rollcert_pki::Certificate;

use crate::CertUsages;
use crate::message::{Request, TrustRequest};

/// What a request is to a host that remembers the earlier ones.
///
/// The protocol leaves this to policy; the rules are in [`Self::of`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestOutcome {
    /// It came before. Nothing changes; where it was answered, the same answer goes out again.
    Replay {
        /// The place of the earlier one in the list of those known.
        known: usize,
        /// What became of that.
        standing: RequestStanding,
    },
    /// Its id was used before for something else. Nothing changes, the receipt says so, and somebody should know.
    IdReused {
        /// The place of the earlier one in the list of those known.
        known: usize,
    },
    /// It is new.
    New(NewRequest),
}

/// What a new request brings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewRequest {
    /// What each of its trust requests is, in their order.
    pub trust: Vec<TrustRequestOutcome>,
    /// Which pending ones it takes the place of.
    pub supersedes: Vec<Superseded>,
}

/// What one trust request is beside what came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustRequestOutcome {
    /// Its certificate is not accepted yet.
    Announced,
    /// Its certificate is accepted, but not for all of these usages. Acceptance adds up: what was accepted stays.
    Widened,
    /// Its certificate is accepted for all of these usages. It must be answered with `Accepted` (CEM §2.5), and
    /// nothing changes.
    Reannounced,
    /// A request that was made later has announced another certificate for one of these usages already: this one was
    /// overtaken on its way. It is answered, and what is accepted is no successor.
    Overtaken {
        /// The place of the later one in the list of those known.
        by: usize,
    },
}

/// A pending trust request that a new one takes the place of.
///
/// If it is answered with `Accepted` all the same, the one who answers trusts the certificate, and the one who
/// asked does not begin to use it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Superseded {
    /// The place of its request in the list of those known.
    pub known: usize,
    /// Its place in that request.
    pub trust: usize,
    /// For which usages. Those of its others stand.
    pub usages: CertUsages,
    /// The place of the trust request that takes its place in the new request.
    pub by: usize,
}

/// A request that came before, as the host remembers it.
#[derive(Clone, Copy, Debug)]
pub struct KnownRequest<'a> {
    request: &'a Request,
    standing: RequestStanding,
    trust: &'a [TrustRequestOutcome],
}

impl<'a> KnownRequest<'a> {
    /// Remembers `request`, read from the octets that were kept.
    #[must_use]
    pub const fn new(request: &'a Request, standing: RequestStanding) -> Self {
        Self {
            request,
            standing,
            trust: &[],
        }
    }

    /// Remembers as well what its trust requests were when it came: [`NewRequest::trust`]. Without it each of them is
    /// taken for the announcement of something new, as what is accepted today may have been accepted since.
    #[must_use]
    pub const fn with_trust(mut self, trust: &'a [TrustRequestOutcome]) -> Self {
        self.trust = trust;
        self
    }

    /// Its trust requests that asked for something new, with their places.
    fn fresh(&self) -> impl Iterator<Item = (usize, &'a TrustRequest)> {
        let outcomes = self.trust;
        let trust = self.request.trust().iter().enumerate();
        trust.filter(move |(place, _)| {
            outcomes.get(*place) != Some(&TrustRequestOutcome::Reannounced)
        })
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestStanding {
    /// It waits for decisions, for one at least.
    Pending,
    /// It was answered.
    Answered,
}

/// A certificate that is accepted, and for what.
#[derive(Clone, Debug)]
pub struct AcceptedCertificate<'a> {
    certificate: &'a Certificate,
    usages: CertUsages,
}

impl<'a> AcceptedCertificate<'a> {
    /// `certificate` is accepted for `usages`.
    #[must_use]
    pub fn new(certificate: &'a Certificate, usages: impl Into<CertUsages>) -> Self {
        Self {
            certificate,
            usages: usages.into(),
        }
    }
}

impl RequestOutcome {
    /// Says what `request` is beside the `known` ones of the same sender to the same recipient, oldest first, and the
    /// certificates of that sender that are `accepted`.
    ///
    /// * An id names one request for ever. The same content under it is a replay, other content is refused. Content is
    ///   compared by [`Request::asks_the_same_as`], for some software draws ids of parts anew when it sends
    ///   again. A request without an id is a replay only if it also bears the same date.
    /// * A new request takes the place of pending ones for the same usages, with the same certificate or another.
    ///   One that says it was made before a known one is overtaken by that, and takes the place of none.
    /// * A certificate that is announced again for what it is accepted for is accepted, whatever else is pending, and
    ///   supersedes nothing, then or later: it is how a partner asks whether we still agree. Of known requests that is
    ///   seen where [`KnownRequest::with_trust`] tells.
    ///
    /// The same function tells of a request of our own which of our earlier ones it supersedes.
    #[must_use]
    pub fn of(
        request: &Request,
        known: &[KnownRequest<'_>],
        accepted: &[AcceptedCertificate<'_>],
    ) -> Self {
        for (place, earlier) in known.iter().enumerate() {
            let same = request.asks_the_same_as(earlier.request);
            let same_id = request.request_id().is_some()
                && request.request_id() == earlier.request.request_id();
            if same && (same_id || request.originated() == earlier.request.originated()) {
                return Self::Replay {
                    known: place,
                    standing: earlier.standing,
                };
            }
            if same_id {
                return Self::IdReused { known: place };
            }
        }
        let trust: Vec<TrustRequestOutcome> = request
            .trust()
            .iter()
            .map(|trust| of_trust_request(trust, request, known, accepted))
            .collect();
        Self::New(NewRequest {
            supersedes: superseded(request, &trust, known),
            trust,
        })
    }

    /// A stable name for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Replay { .. } => "request-replayed",
            Self::IdReused { .. } => "request-id-reused",
            Self::New(_) => "request-new",
        }
    }
}

fn of_trust_request(
    trust: &TrustRequest,
    request: &Request,
    known: &[KnownRequest<'_>],
    accepted: &[AcceptedCertificate<'_>],
) -> TrustRequestOutcome {
    let already = accepted
        .iter()
        .filter(|accepted| accepted.certificate == trust.end_entity())
        .fold(CertUsages::default(), |sum, accepted| {
            sum.together_with(&accepted.usages)
        });
    if trust.usages().is_subset_of(&already) {
        return TrustRequestOutcome::Reannounced;
    }
    let overtaking = known.iter().position(|later| {
        is_made_before(request, later.request)
            && later.fresh().any(|(_, other)| {
                other.end_entity() != trust.end_entity()
                    && !other.usages().shared_with(trust.usages()).is_empty()
            })
    });
    match overtaking {
        Some(by) => TrustRequestOutcome::Overtaken { by },
        None if already.is_empty() => TrustRequestOutcome::Announced,
        None => TrustRequestOutcome::Widened,
    }
}

fn superseded(
    request: &Request,
    outcomes: &[TrustRequestOutcome],
    known: &[KnownRequest<'_>],
) -> Vec<Superseded> {
    let mut superseded = Vec::new();
    let takes_place = |outcome: &TrustRequestOutcome| {
        matches!(
            outcome,
            TrustRequestOutcome::Announced | TrustRequestOutcome::Widened
        )
    };
    let pending = known
        .iter()
        .enumerate()
        .filter(|(_, earlier)| earlier.standing == RequestStanding::Pending)
        .filter(|(_, earlier)| !is_made_before(request, earlier.request));
    for (place, earlier) in pending {
        for (index, trust) in earlier.fresh() {
            for (by, (newer, outcome)) in request.trust().iter().zip(outcomes).enumerate() {
                let usages = newer.usages().shared_with(trust.usages());
                if takes_place(outcome) && !usages.is_empty() {
                    superseded.push(Superseded {
                        known: place,
                        trust: index,
                        usages,
                        by,
                    });
                }
            }
        }
    }
    superseded
}

/// Whether `one` says that it was made before `other`. A date without zone says nothing.
fn is_made_before(one: &Request, other: &Request) -> bool {
    one.originated()
        .instant()
        .zip(other.originated().instant())
        .is_some_and(|(one, other)| one < other)
}
