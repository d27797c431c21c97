use rollcert_crypto::{DigestAlgorithm, KeyTransportAlgorithm, KeyWrapAlgorithm};
use rollcert_pki::{Certificate, ExtendedKeyUsage, KeyAlgorithmName, KeyUsage, KeyUsages};

use crate::identifier::CertificateIdentifier;

/// A certificate to encrypt for, and how the content key travels to its owner.
///
/// From a certificate alone it is by RSA PKCS#1 v1.5, as every product reads it, and nobody has looked
/// whether the certificate is meant for that; [`RecipientPolicy::recipient`] does.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    certificate: &'a Certificate,
    management: KeyManagement,
    form: IdentifierForm,
}

impl<'a> Recipient<'a> {
    /// The owner of `certificate`, named by its issuer and serial number.
    #[must_use]
    pub const fn new(certificate: &'a Certificate, management: KeyManagement) -> Self {
        Self {
            certificate,
            management,
            form: IdentifierForm::IssuerAndSerial,
        }
    }

    /// The same recipient, named by the subject key identifier of the certificate in place of its issuer
    /// and serial number (RFC 5652 §6.2.1, §6.2.2).
    #[must_use]
    pub const fn with_subject_key_identifier(self) -> Self {
        Self {
            form: IdentifierForm::SubjectKeyIdentifier,
            ..self
        }
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &'a Certificate {
        self.certificate
    }

    /// How the content key travels.
    #[must_use]
    pub const fn management(&self) -> KeyManagement {
        self.management
    }

    /// How the message will name the recipient; nothing when the certificate has no such identifier.
    pub(crate) fn identifier(&self) -> Option<CertificateIdentifier> {
        match self.form {
            IdentifierForm::IssuerAndSerial => Some(CertificateIdentifier::of(self.certificate)),
            IdentifierForm::SubjectKeyIdentifier => self
                .certificate
                .subject_key_identifier()
                .map(|identifier| CertificateIdentifier::SubjectKeyIdentifier(identifier.to_vec())),
        }
    }
}

impl<'a> From<&'a Certificate> for Recipient<'a> {
    fn from(certificate: &'a Certificate) -> Self {
        Self::new(
            certificate,
            KeyManagement::Transport(KeyTransportAlgorithm::RsaPkcs1),
        )
    }
}

#[derive(Clone, Copy, Debug)]
enum IdentifierForm {
    IssuerAndSerial,
    SubjectKeyIdentifier,
}

/// How a content key travels to one recipient (RFC 5652 §6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyManagement {
    /// Encrypted to an RSA key (§6.2.1; RFC 3370 §4.2.1, RFC 3560).
    Transport(KeyTransportAlgorithm),
    /// Wrapped by AES under a key that both sides agree on: one-pass Diffie-Hellman of a key made for
    /// the message with an elliptic-curve key, and the key derivation of X9.63 (§6.2.2; RFC 5753 §3.1).
    Agreement {
        /// The digest of the derivation. SHA-1 and SHA-2 have names in CMS.
        kdf: DigestAlgorithm,
        /// How the content key is wrapped. Its key should be no shorter than the content key.
        wrap: KeyWrapAlgorithm,
    },
}

/// Which certificates may be encrypted for, and how, by what the certificate itself says.
///
/// Take a preset, or change one: `RecipientPolicy { transport: None, ..RecipientPolicy::GATEWAY }`.
/// Whether the certificate is trusted, and valid today, is for the caller to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "hosts change presets by functional update"
)]
pub struct RecipientPolicy {
    /// How content keys go to RSA keys; nothing refuses these.
    pub transport: Option<KeyTransportAlgorithm>,
    /// What a certificate with an RSA key must name, if it names usages of its key at all.
    pub transport_usage: KeyUsage,
    /// How content keys go to keys on elliptic curves, as digest of the derivation and key wrap; nothing
    /// refuses these.
    pub agreement: Option<(DigestAlgorithm, KeyWrapAlgorithm)>,
    /// What a certificate with such a key must name, if it names usages of its key at all.
    pub agreement_usage: KeyUsage,
    /// Of which purposes a certificate must name one, if it names purposes at all.
    pub purposes: &'static [ExtendedKeyUsage],
}

impl RecipientPolicy {
    /// The rule of mail gateways: RSA keys alone, by PKCS#1 v1.5; `keyEncipherment`, and
    /// `emailProtection` or `anyExtendedKeyUsage`, each unless the extension is absent.
    pub const GATEWAY: Self = Self {
        transport: Some(KeyTransportAlgorithm::RsaPkcs1),
        transport_usage: KeyUsage::KeyEncipherment,
        agreement: None,
        agreement_usage: KeyUsage::KeyAgreement,
        purposes: &[ExtendedKeyUsage::EmailProtection, ExtendedKeyUsage::Any],
    };

    /// [`Self::GATEWAY`], and keys on elliptic curves with `keyAgreement` besides, by SHA-256 and AES-256.
    pub const GATEWAY_WITH_KEY_AGREEMENT: Self = Self {
        agreement: Some((DigestAlgorithm::Sha256, KeyWrapAlgorithm::Aes256)),
        ..Self::GATEWAY
    };

    /// The owner of `certificate` as a recipient, if the policy admits it.
    ///
    /// # Errors
    ///
    /// See [`RecipientRefusal`]; the kind of the key is looked at first, then its usages, then the
    /// purposes of the certificate.
    pub fn recipient<'a>(
        &self,
        certificate: &'a Certificate,
    ) -> Result<Recipient<'a>, RecipientRefusal> {
        use KeyAlgorithmName::{P256, P384, P521, Rsa};
        let found = certificate.key_algorithm();
        let (management, wanted) = match found {
            Rsa { .. } => (
                self.transport.map(KeyManagement::Transport),
                self.transport_usage,
            ),
            P256 | P384 | P521 => {
                let agreement = self.agreement;
                let agreement = agreement.map(|(kdf, wrap)| KeyManagement::Agreement { kdf, wrap });
                (agreement, self.agreement_usage)
            }
            _ => (None, self.transport_usage),
        };
        let Some(management) = management else {
            let found = found.clone();
            return Err(RecipientRefusal::KeyKind { found });
        };
        if let Some(named) = certificate.key_usage()
            && !named.contains(wanted)
        {
            return Err(RecipientRefusal::KeyUsage { named, wanted });
        }
        if let Some(named) = certificate.extended_key_usage()
            && !named.iter().any(|named| self.purposes.contains(named))
        {
            return Err(RecipientRefusal::Purpose {
                named: named.to_vec(),
                wanted: self.purposes,
            });
        }
        Ok(Recipient::new(certificate, management))
    }
}

/// Why a [`RecipientPolicy`] does not admit a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipientRefusal {
    /// No content key goes to keys of this kind.
    #[error("nothing is encrypted for a key of the kind {found}")]
    KeyKind {
        /// The kind of the certified key.
        found: KeyAlgorithmName,
    },
    /// The certificate names usages of its key, and not the one that is wanted.
    #[error("expected the key usage {wanted} but found {named}")]
    KeyUsage {
        /// The usages that it names.
        named: KeyUsages,
        /// The one that is wanted.
        wanted: KeyUsage,
    },
    /// The certificate names purposes, and none of those that are wanted.
    #[error("expected one of the purposes {} but found {}", Purposes(.wanted), Purposes(.named))]
    Purpose {
        /// The purposes that it names.
        named: Vec<ExtendedKeyUsage>,
        /// Those of which one is wanted.
        wanted: &'static [ExtendedKeyUsage],
    },
}

impl RecipientRefusal {
    /// A stable name for this kind of refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeyKind { .. } => "recipient-key-kind",
            Self::KeyUsage { .. } => "recipient-key-usage",
            Self::Purpose { .. } => "recipient-purpose",
        }
    }
}

/// Purposes by name, for people.
struct Purposes<'a>(&'a [ExtendedKeyUsage]);

impl core::fmt::Display for Purposes<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (index, purpose) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{purpose}")?;
        }
        Ok(())
    }
}
