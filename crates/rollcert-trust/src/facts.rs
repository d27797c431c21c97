//! What evaluation reads of a certificate's extensions, decoded once.

use rollcert_pki::extension::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, Criticality,
    CrlDistributionPoints, ExtendedKeyUsages, Extension, ExtensionValue, FreshestCrl,
    InhibitAnyPolicy, NameConstraints, OcspNoCheck, PolicyConstraints, PolicyMappings,
    SubjectAlternativeName, SubjectKeyIdentifier,
};
use rollcert_pki::{Certificate, KeyUsages, Oid};

/// The extensions that path validation and revocation look at, and what is asked for besides.
///
/// A malformed one is absent here, and named in [`Self::malformed`], which fails the certificate.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsages>,
    pub(crate) extended_key_usage: Option<ExtendedKeyUsages>,
    pub(crate) alternative_names: Option<SubjectAlternativeName>,
    pub(crate) name_constraints: Option<NameConstraints>,
    pub(crate) policies: Option<CertificatePolicies>,
    pub(crate) policy_mappings: Option<PolicyMappings>,
    pub(crate) policy_constraints: Option<PolicyConstraints>,
    pub(crate) inhibit_any_policy: Option<InhibitAnyPolicy>,
    pub(crate) crl_distribution_points: Option<CrlDistributionPoints>,
    pub(crate) freshest_crl: Option<FreshestCrl>,
    pub(crate) subject_key_identifier: Option<SubjectKeyIdentifier>,
    pub(crate) authority_key_identifier: Option<AuthorityKeyIdentifier>,
    /// Whether its times are written as RFC 5280 §4.1.2.5 demands.
    pub(crate) has_conforming_times: bool,
    /// Critical extensions that nothing here handles (RFC 5280 §4.2).
    pub(crate) unhandled_critical: Vec<Oid>,
    /// Extensions named above whose value cannot be read.
    pub(crate) malformed: Vec<Oid>,
}

impl Facts {
    pub(crate) fn of(certificate: &Certificate) -> Self {
        let mut facts = Self {
            has_conforming_times: certificate.view().has_conforming_times(),
            ..Self::default()
        };
        for extension in certificate.extensions() {
            facts.take(&extension);
        }
        facts
    }

    fn take(&mut self, extension: &Extension<'_>) {
        // One line for each: what is not here and critical is not handled.
        let known = fill(&mut self.basic_constraints, extension)
            .or_else(|| fill(&mut self.key_usage, extension))
            .or_else(|| fill(&mut self.extended_key_usage, extension))
            .or_else(|| fill(&mut self.alternative_names, extension))
            .or_else(|| fill(&mut self.name_constraints, extension))
            .or_else(|| fill(&mut self.policies, extension))
            .or_else(|| fill(&mut self.policy_mappings, extension))
            .or_else(|| fill(&mut self.policy_constraints, extension))
            .or_else(|| fill(&mut self.inhibit_any_policy, extension))
            .or_else(|| fill(&mut self.crl_distribution_points, extension))
            .or_else(|| fill(&mut self.freshest_crl, extension))
            .or_else(|| fill(&mut self.subject_key_identifier, extension))
            .or_else(|| fill(&mut self.authority_key_identifier, extension));
        match known {
            Some(Ok(())) => {}
            Some(Err(())) => self.malformed.push(extension.oid()),
            // It frees OCSP responders from being checked themselves (RFC 6960 §4.2.2.2.1), and binds nobody else.
            None if extension.is(&OcspNoCheck::OID) => {}
            None if extension.criticality() == Criticality::Critical => {
                self.unhandled_critical.push(extension.oid());
            }
            None => {}
        }
    }
}

/// Decodes into `slot` if the extension is of its type.
fn fill<T: ExtensionValue>(
    slot: &mut Option<T>,
    extension: &Extension<'_>,
) -> Option<Result<(), ()>> {
    if !extension.is(&T::OID) {
        return None;
    }
    *slot = extension.decode().ok();
    Some(if slot.is_some() { Ok(()) } else { Err(()) })
}
