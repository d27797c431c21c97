use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::Certificate;
use rollcert_schedule::{Credential, Fingerprint};

/// The SHA-256 digest by which the schedule knows a certificate or a document.
#[must_use]
pub fn fingerprint(octets: &[u8], provider: &Provider) -> Fingerprint {
    let digest = provider.digest(DigestAlgorithm::Sha256, octets);
    // A SHA-256 digest has 32 octets; a provider that says otherwise names nothing that exists.
    Fingerprint::new(digest.try_into().unwrap_or([0; 32]))
}

/// What the schedule wants to know of a certificate.
#[must_use]
pub fn credential_facts(certificate: &Certificate, provider: &Provider) -> Credential {
    Credential {
        fingerprint: fingerprint(certificate.as_der(), provider),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        subject: certificate.subject().to_string(),
    }
}
