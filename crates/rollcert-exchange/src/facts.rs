use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::Certificate;
use rollcert_schedule::{Blob, Credential, Fingerprint};

/// The SHA-256 digest by which the schedule knows a certificate or a document.
#[must_use]
pub fn fingerprint(octets: &[u8], provider: &Provider) -> Fingerprint {
    fingerprint_of([octets], provider)
}

/// The SHA-256 digest of these octets, one after another.
pub(crate) fn fingerprint_of<const N: usize>(
    parts: [&[u8]; N],
    provider: &Provider,
) -> Fingerprint {
    let mut hasher = provider.digests.start(DigestAlgorithm::Sha256);
    for part in parts {
        hasher.update(part);
    }
    // A SHA-256 digest has 32 octets; a provider that says otherwise names nothing that exists.
    Fingerprint::new(hasher.finish().try_into().unwrap_or([0; 32]))
}

/// A certificate or a document, to be kept under its digest.
#[must_use]
pub fn blob(octets: &[u8], provider: &Provider) -> Blob {
    Blob {
        id: fingerprint(octets, provider),
        octets: octets.to_vec(),
    }
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
