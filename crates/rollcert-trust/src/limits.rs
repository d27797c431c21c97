use core::fmt;

/// What one evaluation may cost, counted in steps: hostile graphs end here, never in time or memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Different signatures verified, of certificates, CRLs and OCSP responses, whether a cache answers or not. Default 128.
    pub signatures: u64,
    /// Issuer candidates looked at while paths are searched. Default 20,000.
    pub candidates: u64,
    /// Whole paths validated and reported. Default 32.
    pub paths: u64,
    /// Comparisons of a name with a name constraint. Default 1,048,576, as in OpenSSL and BoringSSL.
    pub name_comparisons: u64,
    /// Nodes and edges of policy graphs. Default 16,384.
    pub policy_steps: u64,
    /// CRLs considered, over all certificates of all paths. Default 1,024.
    pub crls: u64,
    /// Certificates in a path, leaf and root included. Default 20.
    pub path_certificates: usize,
}

impl Limits {
    /// The defaults that each field names.
    pub const DEFAULT: Self = Self {
        signatures: 128,
        candidates: 20_000,
        paths: 32,
        name_comparisons: 1 << 20,
        policy_steps: 16_384,
        crls: 1_024,
        path_certificates: 20,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What is counted against [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// [`Limits::signatures`].
    Signatures,
    /// [`Limits::candidates`].
    Candidates,
    /// [`Limits::paths`].
    Paths,
    /// [`Limits::name_comparisons`].
    NameComparisons,
    /// [`Limits::policy_steps`].
    PolicySteps,
    /// [`Limits::crls`].
    Crls,
}

impl Step {
    /// A stable word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Signatures => "signatures",
            Self::Candidates => "candidates",
            Self::Paths => "paths",
            Self::NameComparisons => "name-comparisons",
            Self::PolicySteps => "policy-steps",
            Self::Crls => "crls",
        }
    }

    /// So many of it, in words.
    pub(crate) fn counted(self, count: u64) -> String {
        let (one, many) = match self {
            Self::Signatures => ("signature", "signatures"),
            Self::Candidates => ("issuer candidate", "issuer candidates"),
            Self::Paths => ("path", "paths"),
            Self::NameComparisons => ("comparison of names", "comparisons of names"),
            Self::PolicySteps => (
                "step of certificate policies",
                "steps of certificate policies",
            ),
            Self::Crls => ("CRL", "CRLs"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
