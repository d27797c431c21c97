use crate::report::Reason;

/// Why nothing is known of a certificate's revocation, the most telling first.
#[derive(Clone, Debug, Default)]
pub(super) struct Causes {
    causes: Vec<(Rank, Reason)>,
    /// Whether one of them keeps somebody from being heard who lists the certificate as revoked.
    are_contesting: bool,
}

/// How telling a cause is: what came closest to an answer comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// A CRL is right in all but its date.
    Expired,
    /// It must not vouch, for what it is or how it is signed.
    Doubtful,
    /// Who signed it may sign CRLs, and has no valid path.
    SignerPath,
    /// Who signed it may not sign CRLs.
    SignerUsage,
    /// It is not signed by its issuer.
    Signature,
    /// It is dated in the future.
    NotYetValid,
    /// It cannot be read.
    Malformed,
    /// An OCSP response about this certificate cannot be used.
    Ocsp,
    /// CRLs of the issuer cover other certificates.
    OutOfScope,
    /// There is none.
    NoCrl,
    /// What was there all the same.
    Detail,
}

impl Rank {
    /// Of what is wrong with the signer of a CRL.
    pub(super) const fn of_signer(reason: &Reason) -> Self {
        match reason {
            Reason::CrlIssuerPathInvalid { .. } => Self::SignerPath,
            Reason::CrlIssuerLacksCrlSign { .. } => Self::SignerUsage,
            _ => Self::Signature,
        }
    }
}

impl Causes {
    /// Adds a cause, unless it is known, or enough of its rank are.
    ///
    /// However many there are of one rank, they push out none of another: what the policy thinks of the causes that are
    /// told is what it would think of all.
    pub(super) fn add(&mut self, rank: Rank, reason: Reason) {
        // Kept in order, with the first that came before those that came after.
        let first = self.causes.partition_point(|(other, _)| *other < rank);
        let place = self.causes.partition_point(|(other, _)| *other <= rank);
        let is_known = self.causes.iter().any(|(_, known)| *known == reason);
        if place - first < MOST_OF_A_RANK && !is_known {
            self.causes.insert(place, (rank, reason));
        }
    }

    /// Notes that somebody lists the certificate as revoked who cannot be heard in this path.
    pub(super) const fn contest(&mut self) {
        self.are_contesting = true;
    }

    pub(super) const fn are_contesting(&self) -> bool {
        self.are_contesting
    }

    pub(super) fn is_empty(&self) -> bool {
        self.causes.is_empty()
    }

    /// Whether a CRL is among the causes that would answer if it were right, or is not the one for the certificate.
    pub(super) fn tell_of_crls(&self) -> bool {
        let mut ranks = self.causes.iter().map(|(rank, _)| *rank);
        ranks.any(|rank| rank <= Rank::OutOfScope && rank != Rank::Ocsp)
    }

    /// These and those of the other.
    pub(super) fn merge(mut self, other: Self) -> Self {
        self.are_contesting |= other.are_contesting;
        for (rank, reason) in other.causes {
            self.add(rank, reason);
        }
        self
    }

    pub(super) fn into_reasons(self) -> Vec<Reason> {
        self.causes.into_iter().map(|(_, reason)| reason).collect()
    }
}

/// The most causes of one rank that are told of one certificate: reasons are for people.
const MOST_OF_A_RANK: usize = 4;
