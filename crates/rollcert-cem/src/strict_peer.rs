//! What the protocol allows and some software does not read.

use rollcert_pki::SerialNumber;

/// Something in a request that the protocol allows, and that some widespread software does not read as meant.
///
/// The observations are those of a program that many products' partners run; others embed stricter parsers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StrictPeerRisk {
    /// More than one certificate: such software writes, and so has been tested with, a single one.
    SeveralCertificates {
        /// How many.
        count: usize,
    },
    /// Answers are wanted at several URLs. Such software sends its one answer where it is configured to.
    SeveralResponseUrls,
    /// The name of the sender begins or ends with white space, which readers drop or compare.
    BlanksAroundName,
    /// A certificate is announced for TLS clients and for something else: it is accepted for all, and imported for the
    /// rest.
    TlsClientAmongOthers {
        /// Its serial number.
        serial: SerialNumber,
    },
}

impl StrictPeerRisk {
    /// A stable name for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SeveralCertificates { .. } => "several-certificates",
            Self::SeveralResponseUrls => "several-response-urls",
            Self::BlanksAroundName => "blanks-around-name",
            Self::TlsClientAmongOthers { .. } => "tls-client-among-others",
        }
    }
}
