use rollcert_pki::extension::BasicConstraints;
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

/// What one purpose wants of the usage extensions (RFC 5280 §4.2.1.3, §4.2.1.12). One that is absent allows everything.
///
/// Whether an extension is critical plays no part.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurposeRule {
    /// Where the key usage extension is present, it must name one of these. `keyCertSign` counts in the certificate of a CA
    /// alone (RFC 5280 §4.2.1.9).
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
    /// Every CA that has the extension, root included, must name what the rule of the purpose accepts.
    #[default]
    On,
}

impl PurposeRules {
    /// The rules of mail gateways, and what TLS stacks take: `anyExtendedKeyUsage` is as good as the purpose itself.
    ///
    /// | purpose | key usage, one of | extended key usage, one of |
    /// |---|---|---|
    /// | `smime-sign` | digitalSignature, nonRepudiation | emailProtection, anyExtendedKeyUsage |
    /// | `smime-encrypt` | keyEncipherment | the same |
    /// | `tls-server` | digitalSignature, keyEncipherment, keyAgreement, keyCertSign | serverAuth, anyExtendedKeyUsage |
    /// | `tls-client` | digitalSignature, keyAgreement, keyCertSign | clientAuth, anyExtendedKeyUsage |
    ///
    /// `keyCertSign` is there for servers that show the certificate of a small authority of their own: it counts for those
    /// that [`PurposeRule::any_of`] says.
    #[must_use]
    pub fn gateway() -> Self {
        Self::all(&[KeyUsage::KeyCertSign], &[ExtendedKeyUsage::Any])
    }

    /// The rules of OpenSSL: those of [`Self::gateway`], but `anyExtendedKeyUsage` and `keyCertSign` stand for nothing;
    /// where there is an extended key usage, it must name the purpose.
    #[must_use]
    pub fn strict() -> Self {
        Self::all(&[], &[])
    }

    /// The same rules but for one purpose.
    #[must_use]
    pub fn with_rule(mut self, purpose: Purpose, rule: PurposeRule) -> Self {
        self.rules.retain(|(of, _)| *of != purpose);
        self.rules.push((purpose, rule));
        self
    }

    /// The rule for a purpose. A purpose without one is served by no certificate.
    #[must_use]
    pub fn rule(&self, purpose: Purpose) -> Option<&PurposeRule> {
        let mut rules = self.rules.iter();
        rules.find(|(of, _)| *of == purpose).map(|(_, rule)| rule)
    }

    /// The rules, where these extended usages stand for any purpose, and these key usages for TLS.
    fn all(of_tls: &[KeyUsage], of_any: &[ExtendedKeyUsage]) -> Self {
        use ExtendedKeyUsage::{ClientAuth, EmailProtection, ServerAuth};
        use KeyUsage::{DigitalSignature, KeyAgreement, KeyEncipherment, NonRepudiation};
        let rule = |purpose, usages: &[&[KeyUsage]], extended| {
            let extended = [&[extended], of_any].concat();
            (purpose, PurposeRule::new(usages.concat(), extended))
        };
        let signs = &[DigitalSignature, NonRepudiation];
        // Servers sign (TLS 1.3), decrypt (RSA key exchange) or agree (ECDH); clients do not decrypt.
        let serves = &[DigitalSignature, KeyEncipherment, KeyAgreement];
        let asks = &[DigitalSignature, KeyAgreement];
        Self {
            rules: vec![
                rule(Purpose::SmimeSign, &[signs], EmailProtection),
                rule(
                    Purpose::SmimeEncrypt,
                    &[&[KeyEncipherment]],
                    EmailProtection,
                ),
                rule(Purpose::TlsServer, &[serves, of_tls], ServerAuth),
                rule(Purpose::TlsClient, &[asks, of_tls], ClientAuth),
            ],
        }
    }
}

/// Those of [`PurposeRules::gateway`].
impl Default for PurposeRules {
    fn default() -> Self {
        Self::gateway()
    }
}

impl PurposeRule {
    /// A rule that accepts any of these usages, and any of these extended ones.
    #[must_use]
    pub fn new(
        any_of: impl Into<Vec<KeyUsage>>,
        extended_any_of: impl Into<Vec<ExtendedKeyUsage>>,
    ) -> Self {
        Self {
            any_of: any_of.into(),
            extended_any_of: extended_any_of.into(),
        }
    }

    /// The key usages of which this certificate must name one.
    fn wanted_of(&self, certificate: &StoredCertificate) -> Vec<KeyUsage> {
        let constraints = certificate.facts().basic_constraints;
        let is_authority = constraints.is_some_and(BasicConstraints::is_ca);
        let mut wanted = self.any_of.clone();
        wanted.retain(|usage| is_authority || *usage != KeyUsage::KeyCertSign);
        wanted
    }

    fn accepts_extended(&self, certificate: &StoredCertificate) -> bool {
        let extended = certificate.facts().extended_key_usage.as_ref();
        extended.is_none_or(|named| {
            named
                .0
                .iter()
                .any(|usage| self.extended_any_of.contains(usage))
        })
    }
}

/// Whether the certificate itself may serve the purpose.
pub(crate) fn check(
    policy: &Policy,
    purpose: Purpose,
    certificate: &StoredCertificate,
) -> Vec<Reason> {
    let key_usage = certificate.facts().key_usage;
    let Some(rule) = policy.purposes.rule(purpose) else {
        return vec![Reason::KeyUsage {
            purpose,
            needed: Vec::new(),
            found: key_usage.unwrap_or_default(),
        }];
    };
    let mut reasons = Vec::new();
    if let Some(found) = key_usage {
        let needed = rule.wanted_of(certificate);
        if !needed.iter().any(|usage| found.contains(*usage)) {
            reasons.push(Reason::KeyUsage {
                purpose,
                needed,
                found,
            });
        }
    }
    if !rule.accepts_extended(certificate) {
        reasons.push(extended_key_usage(rule, purpose, certificate));
    }
    reasons
}

/// Whether a CA lets those below it serve the purpose, where chaining is on.
pub(crate) fn check_authority(
    policy: &Policy,
    purpose: Purpose,
    authority: &StoredCertificate,
) -> Option<Reason> {
    match policy.chaining {
        ExtendedKeyUsageChaining::Off => None,
        ExtendedKeyUsageChaining::On => {
            let rule = policy.purposes.rule(purpose)?;
            let refuses = !rule.accepts_extended(authority);
            refuses.then(|| extended_key_usage(rule, purpose, authority))
        }
    }
}

fn extended_key_usage(
    rule: &PurposeRule,
    purpose: Purpose,
    certificate: &StoredCertificate,
) -> Reason {
    let found = certificate.facts().extended_key_usage.as_ref();
    Reason::ExtendedKeyUsage {
        purpose,
        needed: rule.extended_any_of.clone(),
        found: found.map(|named| named.0.clone()),
    }
}
