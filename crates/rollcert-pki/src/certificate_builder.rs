use rollcert_crypto::{PrivateKey, Provider, SignatureAlgorithm};

use crate::algorithm_name::KeyAlgorithmName;
use crate::asn1::{encode, encode_unsigned, tag};
use crate::build_error::{BuildError, BuildWarning};
use crate::certificate::Certificate;
use crate::chosen_extensions::{ChosenExtensions, find};
use crate::extension::{
    AuthorityKeyIdentifier, BasicConstraints, Criticality, EncodedExtension, ExtensionValue,
    GeneralName, SubjectAlternativeName, SubjectKeyIdentifier,
};
use crate::name::Name;
use crate::profile::Profile;
use crate::request::CertificationRequest;
use crate::serial::SerialNumber;
use crate::signed::{SigningKey, Unsigned, check_length, key_algorithm};
use crate::usage::{KeyUsage, KeyUsages};
use crate::validity::Validity;

/// Builds an X.509 certificate of version 3 (RFC 5280 §4.1).
///
/// A [`Profile`] says what the certificate is for; whatever it says may be replaced by
/// [`Self::with_extension`]. The identifier of the key is written by the method of the profile, and that of the
/// issuer's key as the issuer's own certificate says it.
///
/// ```
/// use rollcert_crypto::KeyAlgorithm;
/// use rollcert_crypto::rustcrypto::PROVIDER;
/// use rollcert_pki::extension::GeneralName;
/// use rollcert_pki::{CertificateBuilder, Name, Profile, SerialNumber};
///
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let mut rng = rand::rng();
/// let ca_key = PROVIDER.load_key(&PROVIDER.generate_key(KeyAlgorithm::P256, &mut rng)?)?;
/// let key = PROVIDER.load_key(&PROVIDER.generate_key(KeyAlgorithm::P256, &mut rng)?)?;
/// # let now = "2026-01-01T00:00:00Z".parse()?;
/// let root = Profile::root();
/// let ca = CertificateBuilder::new(
///     &root,
///     Name::builder().common_name("Acme Root").build()?,
///     ca_key.public_key_info(),
///     SerialNumber::random(&mut rng),
///     root.validity_from(now)?,
/// )
/// .self_signed(&PROVIDER)?
/// .sign(&ca_key)?;
///
/// let smime = Profile::smime();
/// let certificate = CertificateBuilder::new(
///     &smime,
///     Name::builder().common_name("acme as2").build()?,
///     key.public_key_info(),
///     SerialNumber::random(&mut rng),
///     smime.validity_from(now)?,
/// )
/// .with_alternative_names([GeneralName::email("edi@acme.example")?])
/// .issued_by(&ca, &PROVIDER)?
/// .sign(&ca_key)?;
/// assert!(certificate.verify_signature_by(&ca, &PROVIDER).is_ok());
/// # Ok(())
/// # }
/// ```
///
/// Where the issuer's key lives in an HSM, sign [`UnsignedCertificate::to_be_signed`] there, and hand the
/// signature to [`UnsignedCertificate::assemble_verified`].
#[derive(Clone, Debug)]
pub struct CertificateBuilder {
    profile: Profile,
    subject: Name,
    public_key_info: Vec<u8>,
    serial: SerialNumber,
    validity: Validity,
    chosen: ChosenExtensions,
    algorithm: Option<SignatureAlgorithm>,
}

impl CertificateBuilder {
    /// A certificate for `subject` and its key, given as the DER of `SubjectPublicKeyInfo`.
    ///
    /// `serial` is unique for the issuer: see [`SerialNumber::random`].
    #[must_use]
    pub fn new(
        profile: &Profile,
        subject: Name,
        public_key_info: impl Into<Vec<u8>>,
        serial: SerialNumber,
        validity: Validity,
    ) -> Self {
        Self {
            profile: profile.clone(),
            subject,
            public_key_info: public_key_info.into(),
            serial,
            validity,
            chosen: ChosenExtensions::default(),
            algorithm: None,
        }
    }

    /// A certificate for the key of a request, which must prove that it has the private half.
    ///
    /// Nothing else is taken from the request: the issuer says who the subject is, and takes extensions over by
    /// [`Self::with_requested`] one by one.
    ///
    /// # Errors
    ///
    /// [`BuildError::Possession`] when the signature of the request does not verify, or the provider does not
    /// serve its algorithm.
    pub fn for_request(
        profile: &Profile,
        request: &CertificationRequest,
        subject: Name,
        serial: SerialNumber,
        validity: Validity,
        provider: &Provider,
    ) -> Result<Self, BuildError> {
        request.verify(provider).map_err(BuildError::Possession)?;
        Ok(Self::new(
            profile,
            subject,
            request.public_key_info(),
            serial,
            validity,
        ))
    }

    /// Takes the extension of this type over from a request, critical or not as requested there; without it
    /// nothing changes. It stands in place of what the profile says of its kind.
    ///
    /// What a request asks for is not examined: an issuer takes over what it has checked, such as alternative
    /// names that it knows to be the subject's.
    ///
    /// # Errors
    ///
    /// [`BuildError::RequestedExtension`] when its value is malformed.
    pub fn with_requested<T: ExtensionValue>(
        mut self,
        request: &CertificationRequest,
    ) -> Result<Self, BuildError> {
        if let Some(requested) = request.extensions().get(&T::OID) {
            // Written anew, so that what is issued is DER whatever was asked for.
            let value: T = requested.decode().map_err(BuildError::RequestedExtension)?;
            self.chosen
                .add(EncodedExtension::of(&value, requested.criticality()));
        }
        Ok(self)
    }

    /// Writes these alternative names, critical only where the subject is empty (RFC 5280 §4.2.1.6). Called
    /// again, it adds to them.
    #[must_use]
    pub fn with_alternative_names(mut self, names: impl IntoIterator<Item = GeneralName>) -> Self {
        self.chosen.add_alternative_names(names);
        self
    }

    /// Writes this extension, in place of what the profile says of its kind.
    #[must_use]
    pub fn with_extension(mut self, extension: EncodedExtension) -> Self {
        self.chosen.add(extension);
        self
    }

    /// Lets the issuer sign by this algorithm. Without it: RSA PKCS#1 v1.5 with SHA-256; ECDSA with SHA-256,
    /// SHA-384, SHA-512 on P-256, P-384, P-521; Ed25519.
    #[must_use]
    pub fn with_signature_algorithm(self, algorithm: SignatureAlgorithm) -> Self {
        Self {
            algorithm: Some(algorithm),
            ..self
        }
    }

    /// What the subject's own key is to sign. The identifier of the issuer's key is left out, as RFC 5280
    /// §4.2.1.1 allows here alone.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for whatever would make it a certificate that RFC 5280 forbids.
    pub fn self_signed(&self, provider: &Provider) -> Result<UnsignedCertificate, BuildError> {
        self.build(None, provider)
    }

    /// What the key of `issuer` is to sign.
    ///
    /// # Errors
    ///
    /// [`BuildError::IssuerIsNoAuthority`], [`BuildError::IssuerPathLength`],
    /// [`BuildError::AuthorityWithoutName`] for an issuer that may not sign this; [`BuildError`] for whatever
    /// would make it a certificate that RFC 5280 forbids.
    pub fn issued_by(
        &self,
        issuer: &Certificate,
        provider: &Provider,
    ) -> Result<UnsignedCertificate, BuildError> {
        self.build(Some(issuer), provider)
    }

    fn build(
        &self,
        issuer: Option<&Certificate>,
        provider: &Provider,
    ) -> Result<UnsignedCertificate, BuildError> {
        let key = key_algorithm(&self.public_key_info)?;
        let mut warnings: Vec<BuildWarning> = check_length(&key)?.into_iter().collect();

        // The extensions, and what they say together.
        let extensions = self.extensions(&key, issuer, provider)?;
        let is_authority = self.check(&extensions)?;
        if let Some(issuer) = issuer {
            check_issuer(issuer, is_authority)?;
            warnings.extend(self.warnings_about(issuer, is_authority));
        }

        // RFC 5280 §4.1, in the order of its fields.
        let signer = issuer.map_or(
            self.public_key_info.as_slice(),
            Certificate::public_key_info,
        );
        let signing_key = SigningKey::new(signer, self.algorithm)?;
        let serial = self.serial.as_der_content();
        // RFC 5280 §4.1.2.2: positive, and not more than 20 octets, those of the sign included.
        if !self.serial.is_conforming() || !self.serial.is_minimal() || serial.len() > 20 {
            return Err(BuildError::Serial);
        }
        let to_be_signed = encode(
            tag::SEQUENCE,
            &[
                // Version 3 is 2.
                &encode(tag::CONTEXT_CONSTRUCTED, &[&encode_unsigned(&[2])]),
                &encode(tag::INTEGER, &[serial]),
                signing_key.algorithm_name().as_der(),
                issuer.map_or(&self.subject, Certificate::subject).as_der(),
                &encode(tag::SEQUENCE, &[&self.validity.encode_content()]),
                self.subject.as_der(),
                &self.public_key_info,
                // Never an empty list: the identifier of the key is always among them.
                &encode(
                    tag::CONTEXT_CONSTRUCTED + 3,
                    &[&EncodedExtension::to_der_sequence(&extensions)],
                ),
            ],
        );
        Ok(UnsignedCertificate {
            unsigned: Unsigned::new(to_be_signed, signing_key),
            warnings,
        })
    }

    fn extensions(
        &self,
        key: &KeyAlgorithmName,
        issuer: Option<&Certificate>,
        provider: &Provider,
    ) -> Result<Vec<EncodedExtension>, BuildError> {
        let method = self.profile.key_identifier;
        let subject_identifier =
            SubjectKeyIdentifier(method.identify(&self.public_key_info, provider)?);
        let mut after = vec![EncodedExtension::of(
            &subject_identifier,
            Criticality::NotCritical,
        )];
        if let Some(issuer) = issuer {
            // RFC 5280 §4.2.1.1: the subject key identifier of the issuer, and not the authority key identifier
            // that stands in the issuer's certificate, which names the key above.
            let identifier = match issuer.subject_key_identifier() {
                Some(identifier) => identifier.to_vec(),
                None => method.identify(issuer.public_key_info(), provider)?,
            };
            after.push(EncodedExtension::of(
                &AuthorityKeyIdentifier::of_key(identifier),
                Criticality::NotCritical,
            ));
        }
        after.extend(self.profile.issuer_extensions());
        let before = self.profile.usage_extensions(key)?;
        self.chosen.merged_with(&self.subject, before, after)
    }

    /// What RFC 5280 demands of the extensions together. Says whether it is the certificate of an authority.
    fn check(&self, extensions: &[EncodedExtension]) -> Result<bool, BuildError> {
        let constraints = find::<BasicConstraints>(extensions)
            .map_err(|_| BuildError::BasicConstraints)?
            .unwrap_or(BasicConstraints::END_ENTITY);
        let usages = find::<KeyUsages>(extensions).map_err(|_| BuildError::KeyUsage)?;
        let signs_certificates =
            usages.is_some_and(|usages| usages.contains(KeyUsage::KeyCertSign));
        // §4.2.1.9: a path length only with an authority. Of an authority, the extension is critical.
        if constraints.path_length().is_some() && !constraints.is_ca() {
            return Err(BuildError::BasicConstraints);
        }
        let is_critical = extensions.iter().any(|extension| {
            *extension.oid() == BasicConstraints::OID
                && extension.criticality() == Criticality::Critical
        });
        if constraints.is_ca() && !is_critical {
            return Err(BuildError::BasicConstraints);
        }
        // §4.2.1.3: one usage at least. Who may sign certificates is an authority, and an authority says its
        // usages. One that signs CRLs alone has no path to limit (§4.2.1.9).
        if usages.is_some_and(KeyUsages::is_empty) {
            return Err(BuildError::KeyUsage);
        }
        let contradicts = if constraints.is_ca() {
            usages.is_none() || (constraints.path_length().is_some() && !signs_certificates)
        } else {
            signs_certificates
        };
        if contradicts {
            return Err(BuildError::KeyUsage);
        }

        let names = extensions
            .iter()
            .find(|extension| *extension.oid() == SubjectAlternativeName::OID);
        // §4.2.1.6: at least one name.
        if names.is_some_and(|names| names.value() == encode(tag::SEQUENCE, &[])) {
            return Err(BuildError::NoAlternativeName);
        }
        if self.subject.is_empty() {
            // §4.1.2.6: an authority has a name.
            if constraints.is_ca() {
                return Err(BuildError::AuthorityWithoutName);
            }
            if names.is_none_or(|names| names.criticality() != Criticality::Critical) {
                return Err(BuildError::NoSubject);
            }
        }
        Ok(constraints.is_ca())
    }

    fn warnings_about(
        &self,
        issuer: &Certificate,
        is_authority: bool,
    ) -> impl Iterator<Item = BuildWarning> {
        let not_after = self.validity.not_after();
        let outlives = (not_after > issuer.not_after()).then(|| BuildWarning::OutlivesIssuer {
            not_after,
            issuer_not_after: issuer.not_after(),
        });
        let common_name = self.subject.common_name();
        let is_same = common_name.is_some() && common_name == issuer.subject().common_name();
        let same = (is_authority && is_same).then_some(BuildWarning::SameCommonName);
        outlives.into_iter().chain(same)
    }
}

/// A certificate that wants nothing but its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedCertificate {
    unsigned: Unsigned,
    warnings: Vec<BuildWarning>,
}

impl UnsignedCertificate {
    /// The octets of `TBSCertificate`, which the issuer's key signs.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.unsigned.to_be_signed()
    }

    /// How they are to be signed.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.unsigned.algorithm()
    }

    /// What is better avoided in this certificate.
    #[must_use]
    pub fn warnings(&self) -> &[BuildWarning] {
        &self.warnings
    }

    /// The certificate with this signature, which is not verified.
    ///
    /// # Errors
    ///
    /// [`BuildError::Certificate`] should the certificate not be readable.
    pub fn assemble(&self, signature: &[u8]) -> Result<Certificate, BuildError> {
        Ok(Certificate::from_der(self.unsigned.assemble(signature))?)
    }

    /// The certificate with this signature, once it has been verified: a key store that signs with another key,
    /// or signs wrongly, is noticed here.
    ///
    /// # Errors
    ///
    /// [`BuildError::Signature`] when it does not verify or the provider does not serve the algorithm; those of
    /// [`Self::assemble`].
    pub fn assemble_verified(
        &self,
        signature: &[u8],
        provider: &Provider,
    ) -> Result<Certificate, BuildError> {
        let octets = self.unsigned.assemble_verified(signature, provider)?;
        Ok(Certificate::from_der(octets)?)
    }

    /// The certificate, signed by the issuer's key.
    ///
    /// # Errors
    ///
    /// [`BuildError::OtherKey`] when it is another; [`BuildError::Signature`] when it does not sign; those of
    /// [`Self::assemble`].
    pub fn sign(&self, key: &PrivateKey) -> Result<Certificate, BuildError> {
        Ok(Certificate::from_der(self.unsigned.sign(key)?)?)
    }
}

/// Whether `issuer` may sign a certificate, and one of an authority if it is to be that.
fn check_issuer(issuer: &Certificate, below_is_authority: bool) -> Result<(), BuildError> {
    let signs_certificates = issuer
        .key_usage()
        .is_none_or(|usages| usages.contains(KeyUsage::KeyCertSign));
    if !issuer.is_ca() || !signs_certificates {
        return Err(BuildError::IssuerIsNoAuthority);
    }
    if issuer.subject().is_empty() {
        return Err(BuildError::AuthorityWithoutName);
    }
    let path_length = issuer
        .basic_constraints()
        .and_then(|constraints| constraints.path_length());
    if below_is_authority && path_length == Some(0) {
        return Err(BuildError::IssuerPathLength);
    }
    Ok(())
}
