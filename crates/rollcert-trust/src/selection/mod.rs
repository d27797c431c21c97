//! Which certificates are used for whom: by address, by choice, by inheritance.
//!
//! | file | holds |
//! |---|---|
//! | `selector` | the rules: encryption certificates of a recipient, signing certificate of a sender |
//! | `selected`, `entry` | the answers, and what is said of each certificate that takes part |
//! | `judge` | the seam to evaluation |
//! | `preferences`, `level` | what was chosen, and who inherits from whom |
//! | `address` | the one form of e-mail addresses |
//! | `filter` | what a page lists to choose from |

mod address;
mod entry;
mod filter;
mod judge;
mod level;
mod preferences;
mod selected;
mod selector;

pub use address::{canonical_email, emails_of};
pub use entry::{EntryKind, Origin, SelectionEntry};
pub use filter::{CertificateFilter, ExpiredFilter, MissingKey, TextFilter};
pub use judge::{EvaluatorJudge, Judge, Judgement, Standing};
pub use level::{Level, LevelError, LevelKind};
pub use preferences::{
    AdditionalUse, AutoSelect, DeselectError, NoPrivateKey, PreferenceBook, PreferenceSource,
    Preferences, SigningOrder,
};
pub use selected::{EncryptionSelection, MessageSelection, NoSigningCertificate, UnknownChoice};
pub use selector::Selector;
