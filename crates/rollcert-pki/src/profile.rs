use chrono::{DateTime, TimeDelta, Utc};
use rollcert_crypto::{DigestAlgorithm, Provider};

use crate::algorithm_name::KeyAlgorithmName;
use crate::build_error::BuildError;
use crate::extension::{
    AuthorityInformationAccess, BasicConstraints, CertificatePolicies, Criticality,
    CrlDistributionPoints, EncodedExtension, ExtendedKeyUsages,
};
use crate::public_key::PublicKey;
use crate::usage::{ExtendedKeyUsage, KeyUsage, KeyUsages};
use crate::validity::Validity;

/// What a kind of certificate looks like, as data: take one of the ready profiles and change what differs.
///
/// | profile | basic constraints | key usage | with key management | extended key usage | days |
/// |---|---|---|---|---|---|
/// | [`root`](Self::root) | authority | `keyCertSign`, `cRLSign` | | | 7300 |
/// | [`intermediate`](Self::intermediate) | authority, path length | `keyCertSign`, `cRLSign` | | | 3650 |
/// | [`smime`](Self::smime) | end entity | `digitalSignature` | always | `emailProtection` | 730 |
/// | [`smime_sign`](Self::smime_sign) | end entity | `digitalSignature` | never | `emailProtection` | 730 |
/// | [`smime_encrypt`](Self::smime_encrypt) | end entity | | always | `emailProtection` | 730 |
/// | [`tls_server`](Self::tls_server) | end entity | `digitalSignature` | RSA | `serverAuth` | 365 |
/// | [`tls_client`](Self::tls_client) | end entity | `digitalSignature` | never | `clientAuth` | 365 |
/// | [`as2`](Self::as2) | end entity | `digitalSignature` | always | `emailProtection`, `serverAuth`, `clientAuth` | 730 |
///
/// Of all: key usage is critical, and so are the basic constraints of an authority; nothing else is. The
/// identifiers of keys are made by [`KeyIdentifierMethod::Sha1`]. A validity begins one day before now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// Days of validity where nobody says otherwise.
    pub validity_days: u32,
    /// How long before now a validity begins, for readers whose clocks are slow.
    pub backdating: TimeDelta,
    /// Whether it is the certificate of an authority; `None` leaves the extension out.
    pub basic_constraints: Option<BasicConstraints>,
    /// Criticality of the basic constraints. RFC 5280 §4.2.1.9: those of an authority must be critical.
    pub basic_constraints_criticality: Criticality,
    /// Usages of keys of every kind. With none, and none by key management, the extension is left out.
    pub key_usage: KeyUsages,
    /// Whether the usage for protecting keys is added that goes with the kind of key.
    pub key_management: KeyManagement,
    /// Criticality of the key usage. RFC 5280 §4.2.1.3: it should be critical.
    pub key_usage_criticality: Criticality,
    /// Purposes; none leaves the extension out.
    pub extended_key_usage: Vec<ExtendedKeyUsage>,
    /// Criticality of the extended key usage.
    pub extended_key_usage_criticality: Criticality,
    /// How the identifier of the certified key is made.
    pub key_identifier: KeyIdentifierMethod,
    /// Where the issuer's CRLs are found.
    pub crl_distribution_points: Option<CrlDistributionPoints>,
    /// Where the issuer's certificate and its OCSP responder are found.
    pub authority_information_access: Option<AuthorityInformationAccess>,
    /// Under which policies it is issued.
    pub certificate_policies: Option<CertificatePolicies>,
}

impl Profile {
    /// The top of a hierarchy, which signs certificates and CRLs.
    #[must_use]
    pub fn root() -> Self {
        Self {
            validity_days: 7300,
            ..Self::authority(None)
        }
    }

    /// An authority below another one. At most `path_length` further authorities may follow in a path; 0 lets
    /// it issue to end entities alone.
    #[must_use]
    pub fn intermediate(path_length: u32) -> Self {
        Self::authority(Some(path_length))
    }

    /// S/MIME with one key for signatures and encryption.
    #[must_use]
    pub fn smime() -> Self {
        Self {
            key_management: KeyManagement::Always,
            ..Self::smime_sign()
        }
    }

    /// S/MIME signatures.
    #[must_use]
    pub fn smime_sign() -> Self {
        Self::end_entity(vec![ExtendedKeyUsage::EmailProtection])
    }

    /// S/MIME encryption.
    #[must_use]
    pub fn smime_encrypt() -> Self {
        Self {
            key_usage: KeyUsages::default(),
            ..Self::smime()
        }
    }

    /// TLS server.
    #[must_use]
    pub fn tls_server() -> Self {
        Self {
            validity_days: 365,
            key_management: KeyManagement::RsaOnly,
            ..Self::end_entity(vec![ExtendedKeyUsage::ServerAuth])
        }
    }

    /// TLS client.
    #[must_use]
    pub fn tls_client() -> Self {
        Self {
            validity_days: 365,
            ..Self::end_entity(vec![ExtendedKeyUsage::ClientAuth])
        }
    }

    /// AS2 or OFTP2 with one key for everything: messages and receipts, and the TLS they travel by.
    #[must_use]
    pub fn as2() -> Self {
        Self {
            key_management: KeyManagement::Always,
            ..Self::end_entity(vec![
                ExtendedKeyUsage::EmailProtection,
                ExtendedKeyUsage::ServerAuth,
                ExtendedKeyUsage::ClientAuth,
            ])
        }
    }

    /// The same profile with this many days of validity.
    #[must_use]
    pub fn with_validity_days(self, validity_days: u32) -> Self {
        Self {
            validity_days,
            ..self
        }
    }

    /// The same profile with these usages of the key, and none added by its kind.
    #[must_use]
    pub fn with_key_usage(self, usages: impl IntoIterator<Item = KeyUsage>) -> Self {
        Self {
            key_usage: usages.into_iter().collect(),
            key_management: KeyManagement::Never,
            ..self
        }
    }

    /// The same profile with these purposes.
    #[must_use]
    pub fn with_extended_key_usage(self, extended_key_usage: Vec<ExtendedKeyUsage>) -> Self {
        Self {
            extended_key_usage,
            ..self
        }
    }

    /// The same profile with another way to make key identifiers.
    #[must_use]
    pub fn with_key_identifier(self, key_identifier: KeyIdentifierMethod) -> Self {
        Self {
            key_identifier,
            ..self
        }
    }

    /// The same profile, saying where CRLs are found.
    #[must_use]
    pub fn with_crl_distribution_points(self, points: CrlDistributionPoints) -> Self {
        Self {
            crl_distribution_points: Some(points),
            ..self
        }
    }

    /// The same profile, saying where the issuer's certificate and its OCSP responder are found.
    #[must_use]
    pub fn with_authority_information_access(self, access: AuthorityInformationAccess) -> Self {
        Self {
            authority_information_access: Some(access),
            ..self
        }
    }

    /// The same profile under these policies.
    #[must_use]
    pub fn with_certificate_policies(self, policies: CertificatePolicies) -> Self {
        Self {
            certificate_policies: Some(policies),
            ..self
        }
    }

    /// The validity that goes with the profile: [`Self::validity_days`] from `now` on, and begun
    /// [`Self::backdating`] earlier.
    ///
    /// # Errors
    ///
    /// [`BuildError::ValidityTooLong`], [`BuildError::TimeOutOfRange`]; [`BuildError::ValidityReversed`] when the
    /// backdating is negative and longer than the validity.
    pub fn validity_from(&self, now: DateTime<Utc>) -> Result<Validity, BuildError> {
        let end = Validity::of_days(now, self.validity_days)?.not_after();
        let begin = now
            .checked_sub_signed(self.backdating)
            .ok_or(BuildError::TimeOutOfRange { time: now })?;
        Validity::new(begin, end)
    }

    /// The extensions by which a certificate or a request says what the key is for, in the order in which they
    /// are written.
    pub(crate) fn usage_extensions(
        &self,
        key: &KeyAlgorithmName,
    ) -> Result<Vec<EncodedExtension>, BuildError> {
        let basic_constraints = self.basic_constraints.map(|constraints| {
            EncodedExtension::of(&constraints, self.basic_constraints_criticality)
        });
        let key_usage = self.key_usage_for(key)?;
        let key_usage = (!key_usage.is_empty())
            .then(|| EncodedExtension::of(&key_usage, self.key_usage_criticality));
        let purposes = ExtendedKeyUsages(self.extended_key_usage.clone());
        let purposes = (!purposes.0.is_empty())
            .then(|| EncodedExtension::of(&purposes, self.extended_key_usage_criticality));
        Ok([basic_constraints, key_usage, purposes]
            .into_iter()
            .flatten()
            .collect())
    }

    /// The extensions by which the issuer says where to find more.
    pub(crate) fn issuer_extensions(&self) -> Vec<EncodedExtension> {
        let points = self
            .crl_distribution_points
            .as_ref()
            .map(|points| EncodedExtension::of(points, Criticality::NotCritical));
        let access = self
            .authority_information_access
            .as_ref()
            .map(|access| EncodedExtension::of(access, Criticality::NotCritical));
        let policies = self
            .certificate_policies
            .as_ref()
            .map(|policies| EncodedExtension::of(policies, Criticality::NotCritical));
        [points, access, policies].into_iter().flatten().collect()
    }

    /// The usages for a key of this kind.
    fn key_usage_for(&self, key: &KeyAlgorithmName) -> Result<KeyUsages, BuildError> {
        // RFC 8410 §5 and RFC 9295: keys of X25519 and X448 agree on keys and sign nothing.
        let agrees_only = matches!(key, KeyAlgorithmName::X25519 | KeyAlgorithmName::X448);
        if let Some(usage) = self.key_usage.iter().find(|usage| signs(*usage))
            && agrees_only
        {
            return Err(BuildError::KeyCannotServe {
                key: key.clone(),
                usage,
            });
        }
        let added = match (self.key_management, management_usage(key)) {
            (KeyManagement::Never, _) => None,
            (KeyManagement::RsaOnly, usage) => {
                usage.filter(|usage| *usage == KeyUsage::KeyEncipherment)
            }
            (KeyManagement::Always, Some(usage)) => Some(usage),
            (KeyManagement::Always, None) => {
                return Err(BuildError::KeyCannotServe {
                    key: key.clone(),
                    usage: KeyUsage::KeyEncipherment,
                });
            }
        };
        Ok(self.key_usage.iter().chain(added).collect())
    }

    fn authority(path_length: Option<u32>) -> Self {
        Self {
            validity_days: 3650,
            basic_constraints: Some(BasicConstraints::authority(path_length)),
            basic_constraints_criticality: Criticality::Critical,
            key_usage: [KeyUsage::KeyCertSign, KeyUsage::CrlSign]
                .into_iter()
                .collect(),
            ..Self::end_entity(Vec::new())
        }
    }

    fn end_entity(extended_key_usage: Vec<ExtendedKeyUsage>) -> Self {
        Self {
            validity_days: 730,
            backdating: TimeDelta::days(1),
            basic_constraints: Some(BasicConstraints::END_ENTITY),
            basic_constraints_criticality: Criticality::NotCritical,
            key_usage: [KeyUsage::DigitalSignature].into_iter().collect(),
            key_management: KeyManagement::Never,
            key_usage_criticality: Criticality::Critical,
            extended_key_usage,
            extended_key_usage_criticality: Criticality::NotCritical,
            key_identifier: KeyIdentifierMethod::Sha1,
            crl_distribution_points: None,
            authority_information_access: None,
            certificate_policies: None,
        }
    }
}

/// Whether a profile lets its key protect other keys, as encryption does.
///
/// The usage depends on the kind of key: `keyEncipherment` with RSA, and `keyAgreement` with elliptic curves,
/// which must not have the other (RFC 8813 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyManagement {
    /// It does not.
    Never,
    /// RSA keys do, as old TLS needs it; others sign alone.
    RsaOnly,
    /// It does. A key that cannot, such as Ed25519, is refused.
    Always,
}

/// How the identifier of a key is made from its public half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyIdentifierMethod {
    /// SHA-1 over the public key (RFC 5280 §4.2.1.2 method 1): what nearly everybody does, and what nothing
    /// secret stands on.
    Sha1,
    /// The first 20 octets of SHA-256 over the public key (RFC 7093 §2 method 1).
    Sha256,
}

impl KeyIdentifierMethod {
    /// The identifier, 20 octets, of the key in a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    ///
    /// [`BuildError::PublicKey`] for octets that are none.
    pub fn identify(
        self,
        public_key_info: &[u8],
        provider: &Provider,
    ) -> Result<Vec<u8>, BuildError> {
        let key = PublicKey::of_info(public_key_info).map_err(BuildError::PublicKey)?;
        let digest = match self {
            Self::Sha1 => DigestAlgorithm::Sha1,
            Self::Sha256 => DigestAlgorithm::Sha256,
        };
        let mut identifier = provider.digest(digest, &key.into_bits());
        identifier.truncate(20);
        Ok(identifier)
    }
}

/// The usage by which a key of this kind protects other keys.
fn management_usage(key: &KeyAlgorithmName) -> Option<KeyUsage> {
    match key {
        KeyAlgorithmName::Rsa { .. } => Some(KeyUsage::KeyEncipherment),
        KeyAlgorithmName::P256
        | KeyAlgorithmName::P384
        | KeyAlgorithmName::P521
        | KeyAlgorithmName::X25519
        | KeyAlgorithmName::X448 => Some(KeyUsage::KeyAgreement),
        _ => None,
    }
}

/// Whether it is a usage of keys that sign.
const fn signs(usage: KeyUsage) -> bool {
    matches!(
        usage,
        KeyUsage::DigitalSignature
            | KeyUsage::NonRepudiation
            | KeyUsage::KeyCertSign
            | KeyUsage::CrlSign
    )
}
