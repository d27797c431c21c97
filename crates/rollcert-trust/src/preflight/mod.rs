//! What a replacement will break at each partner, known before it happens.
//!
//! | file | holds |
//! |---|---|
//! | `check`, `pins`, `cautions` | the question and how it is answered |
//! | `impact`, `text`, `serialize` | the answer, for people and programs |
//! | `partner`, `programme`, `authority_id` | what is known of partners: systems, roots, pins |
//! | `usage` | protocols and roles, and which change is felt where |
//! | `notice` | the window of a replacement |
//! | `chain` | a certificate as systems with other roots see it |
//! | `expiry` | what ends soon, over every role |

mod authority_id;
mod cautions;
mod chain;
mod check;
mod expiry;
mod impact;
mod notice;
mod partner;
mod pins;
mod programme;
mod serialize;
mod text;
mod usage;

pub use authority_id::{AuthorityId, AuthorityIdError};
pub use chain::Chain;
pub use check::{Replacement, preflight};
pub use expiry::{Expiry, HeldCertificate, expiring_within};
pub use impact::{
    Assurance, Break, BreakFact, Caution, Impact, Outcome, Preflight, RootName, Since,
};
pub use notice::{NoticeError, NoticePhase, RolloverNotice, implied_offset};
pub use partner::{Partner, Pin, PinKind};
pub use programme::{RootProgramme, programmes_with};
pub use usage::{Affected, CertificateRole, Protocol, Usage};
