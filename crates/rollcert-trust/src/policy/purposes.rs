use rollcert_pki::{ExtendedKeyUsage, KeyUsage, Purpose};

use crate::policy::Policy;
use crate::report::Reason;
use crate::stored::StoredCertificate;

/// What each purpose wants of a certificate's usage extensions, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurposeRules {
    rules: Vec<(Purpose, PurposeRule)>,
}

/// What one purpose wants.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurposeRule {
    /// Where the key usage extension is present, it must name one of these.
    pub any_of: Vec<KeyUsage>,
    /// Where the extended key usage is present, it must name one of these.
    pub extended_any_of: Vec<ExtendedKeyUsage>,
}

/// Whether the extended key usage of CA certificates limits the certificates below them.
///
/// RFC 5280 says no; the field does it all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtendedKeyUsageChaining {
    /// Only the certificate's own extension counts.
    Off,
    /// Every CA below the root that has the extension must name the purpose, or any.
    #[default]
    On,
}

impl PurposeRules {
    /// The rule for a purpose.
    #[must_use]
    pub fn rule(&self, purpose: Purpose) -> Option<&PurposeRule> {
        let mut rules = self.rules.iter();
        rules.find(|(of, _)| *of == purpose).map(|(_, rule)| rule)
    }
}

/// Whether the certificate itself may serve the purpose.
pub(crate) fn check(
    policy: &Policy,
    purpose: Purpose,
    certificate: &StoredCertificate,
) -> Vec<Reason> {
    let _ = (policy, purpose, certificate);
    Vec::new()
}

/// Whether a CA below the root lets those below it serve the purpose, where chaining is on.
pub(crate) fn check_authority(
    policy: &Policy,
    purpose: Purpose,
    authority: &StoredCertificate,
) -> Option<Reason> {
    let _ = (policy, purpose, authority);
    None
}
