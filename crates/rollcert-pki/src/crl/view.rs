use core::fmt;
use core::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use der::Tag;
use rollcert_crypto::{Error, Provider, VerifyingKey};

use crate::algorithm_name::SignatureAlgorithmName;
use crate::asn1::{DecodeError, Element, Reader};
use crate::certificate::{Certificate, Quirk};
use crate::crl::entry::RevokedEntries;
use crate::crl::error::CrlError;
use crate::crl::walk::{EntryFacts, Fields, Issuer, walk};
use crate::extension::{
    AuthorityInformationAccess, AuthorityKeyIdentifier, Criticality, CrlNumber, DeltaCrlIndicator,
    Extension, ExtensionValue, Extensions, FreshestCrl, IssuerAlternativeName,
    IssuingDistributionPoint,
};
use crate::name::Name;
use crate::oid::Oid;
use crate::signed::{self, KeyOnce};
use crate::time::decode_time;

/// A certificate revocation list (RFC 5280 §5.1), version 1 or 2, complete, delta or indirect, with the octets
/// that arrived.
///
/// Cheap to clone. Reading walks over all entries once and checks their structure, so that nothing which
/// follows can fail but the values of extensions; it keeps nothing of them. To look certificates up, build a
/// [`CrlIndex`](crate::CrlIndex).
///
/// `Octets` is what holds the octets: shared ones as a rule, borrowed ones in a [`CrlView`]. They must be
/// the same each time they are asked for.
///
/// What RFC 5280 forbids but issuers have done and readers accept is read too, and noted in
/// [`Self::quirks`]. Reading says nothing about trust: see [`Self::verify_signature_by`] and
/// [`Self::is_understood`].
#[derive(Clone)]
pub struct Crl<Octets = Arc<[u8]>> {
    octets: Octets,
    facts: Arc<Facts>,
}

/// A CRL over borrowed octets, which are not copied.
pub type CrlView<'a> = Crl<&'a [u8]>;

/// What is known of a CRL besides its octets.
#[derive(Debug)]
struct Facts {
    to_be_signed: Range<usize>,
    version: u8,
    signature_algorithm: SignatureAlgorithmName,
    issuer: Name,
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
    /// The content of `revokedCertificates`.
    revoked: Range<usize>,
    entries: EntryFacts,
    /// The content of `crlExtensions`, and how many there are.
    extensions: Option<(Range<usize>, usize)>,
    signature: Range<usize>,
    quirks: Vec<Quirk>,
}

impl Crl {
    /// Reads the DER of one CRL.
    ///
    /// Costs no memory beyond the octets, and time in proportion to them.
    ///
    /// # Errors
    ///
    /// [`CrlError::Decode`] for octets that are no CRL in DER, with the place of the fault;
    /// [`CrlError::DuplicateExtension`].
    pub fn from_der(octets: impl Into<Arc<[u8]>>) -> Result<Self, CrlError> {
        Self::over(octets.into())
    }
}

impl<'a> CrlView<'a> {
    /// Reads the DER of one CRL where it stands.
    ///
    /// # Errors
    ///
    /// As [`Crl::from_der`].
    pub fn parse(octets: &'a [u8]) -> Result<Self, CrlError> {
        Self::over(octets)
    }
}

impl<Octets: AsRef<[u8]>> Crl<Octets> {
    /// Reads the DER of one CRL, held by whatever holds octets.
    ///
    /// # Errors
    ///
    /// As [`Crl::from_der`].
    pub fn over(octets: Octets) -> Result<Self, CrlError> {
        let nothing = |_: usize, _: &Fields<'_>, _: Issuer| Ok(());
        Self::walked(octets, |octets, revoked| walk(octets, revoked, nothing))
    }

    /// Reads the DER of one CRL, whose entries `entries` walks over.
    pub(super) fn walked(
        octets: Octets,
        entries: impl FnOnce(&[u8], Range<usize>) -> Result<EntryFacts, CrlError>,
    ) -> Result<Self, CrlError> {
        let facts = Arc::new(Facts::decode(octets.as_ref(), entries)?);
        Ok(Self { octets, facts })
    }

    /// The exact octets.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        self.octets.as_ref()
    }

    /// The exact octets of `TBSCertList`, which the signature covers.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.slice(&self.facts.to_be_signed)
    }

    /// The version as people count it: 1 or 2.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.facts.version
    }

    /// Who issued the CRL.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.facts.issuer
    }

    /// When it was issued.
    #[must_use]
    pub fn this_update(&self) -> DateTime<Utc> {
        self.facts.this_update
    }

    /// By when the next one will be issued (§5.1.2.5). Absent in the input means `None`; none is invented.
    #[must_use]
    pub fn next_update(&self) -> Option<DateTime<Utc>> {
        self.facts.next_update
    }

    /// How the issuer signed it.
    #[must_use]
    pub fn signature_algorithm(&self) -> &SignatureAlgorithmName {
        &self.facts.signature_algorithm
    }

    /// The issuer's signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.slice(&self.facts.signature)
    }

    /// The revoked certificates in the order of the CRL. Finding one so takes time in proportion to its
    /// length.
    #[must_use]
    pub fn entries(&self) -> RevokedEntries<'_> {
        RevokedEntries::new(
            self.as_der(),
            self.facts.revoked.start,
            self.facts.entries.count,
            self.issuer(),
            self.facts.entries.with_issuer,
        )
    }

    /// All extensions of the CRL, those unknown here included.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'_> {
        match &self.facts.extensions {
            Some((content, count)) => {
                Extensions::checked(self.slice(content), content.start, *count)
            }
            None => Extensions::NONE,
        }
    }

    /// The number of the CRL in the sequence of its issuer and scope (§5.2.3).
    ///
    /// # Errors
    ///
    /// When the value is malformed.
    pub fn number(&self) -> Result<Option<CrlNumber>, DecodeError> {
        self.extensions().find()
    }

    /// Whether it lists only what changed since another CRL (§5.2.4). It says so also where
    /// [`Self::base_number`] cannot be read.
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.extensions().get(&DeltaCrlIndicator::OID).is_some()
    }

    /// The number of the CRL since which a delta CRL lists the changes (§5.2.4).
    ///
    /// # Errors
    ///
    /// When the value is malformed.
    pub fn base_number(&self) -> Result<Option<CrlNumber>, DecodeError> {
        let indicator: Option<DeltaCrlIndicator> = self.extensions().find()?;
        Ok(indicator.map(|indicator| CrlNumber(indicator.0)))
    }

    /// Which certificates and which reasons the CRL covers (§5.2.5); `None` is all of its issuer's.
    ///
    /// # Errors
    ///
    /// When the value is malformed. The CRL must not serve then: nobody knows what it covers.
    pub fn issuing_distribution_point(
        &self,
    ) -> Result<Option<IssuingDistributionPoint>, DecodeError> {
        self.extensions().find()
    }

    /// Whether it may list certificates of other issuers, as its distribution point says (§5.2.5). No, when
    /// that cannot be read.
    #[must_use]
    pub fn is_indirect(&self) -> bool {
        matches!(self.issuing_distribution_point(), Ok(Some(point)) if point.is_indirect())
    }

    /// Which key of the issuer's signed it (§5.2.1).
    ///
    /// # Errors
    ///
    /// When the value is malformed.
    pub fn authority_key_identifier(&self) -> Result<Option<AuthorityKeyIdentifier>, DecodeError> {
        self.extensions().find()
    }

    /// The critical extensions of the CRL itself that are unknown here or malformed (§5.2). While there are
    /// any, it must not decide the status of a certificate.
    #[must_use]
    pub fn unhandled_extensions(&self) -> Vec<Oid> {
        self.extensions()
            .iter()
            .filter(|extension| extension.criticality() == Criticality::Critical)
            .filter(|extension| understood(extension) != Some(Ok(())))
            .map(|extension| extension.oid())
            .collect()
    }

    /// How many entries hold a critical extension that is unknown here or malformed (§5.3), or an extension
    /// twice, or name the issuer of their certificate in a way that cannot be read. While there are any, the CRL
    /// must not decide the status of a certificate, even one that it does not list.
    #[must_use]
    pub fn unhandled_entries(&self) -> usize {
        self.facts.entries.unhandled
    }

    /// Where the first of the [`Self::unhandled_entries`] begins, in octets from the start of the CRL.
    #[must_use]
    pub fn first_unhandled_entry(&self) -> Option<usize> {
        self.facts.entries.first_unhandled
    }

    /// Whether all is understood that the issuer wants understood, so that the CRL may decide the status of
    /// certificates (§5.2, §5.3): nothing critical is unknown or malformed, in the CRL or in any entry, and
    /// its scope can be read.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.unhandled_entries() == 0
            && self.unhandled_extensions().is_empty()
            && self.issuing_distribution_point().is_ok()
            && self.base_number().is_ok()
    }

    /// Where the CRL departs from RFC 5280 and was read all the same.
    #[must_use]
    pub fn quirks(&self) -> &[Quirk] {
        &self.facts.quirks
    }

    /// Verifies the signature under the key of `issuer`. Names, times and usages are not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`] when it does not verify, when the CRL names two different algorithms
    /// (RFC 5280 §5.1.1.2), or when the signature is no whole number of octets; [`Error::Unsupported`] for
    /// algorithms that are not served.
    pub fn verify_signature_by(
        &self,
        issuer: &Certificate,
        provider: &Provider,
    ) -> Result<(), Error> {
        let public_key_info = issuer.public_key_info();
        self.verify_signature_under(&KeyOnce {
            public_key_info,
            provider,
        })
    }

    /// The same under a key that is at hand, such as one that was prepared for many signatures.
    ///
    /// # Errors
    ///
    /// As [`Self::verify_signature_by`].
    pub fn verify_signature_under(&self, key: &dyn VerifyingKey) -> Result<(), Error> {
        let unsound = [
            Quirk::SignatureAlgorithmMismatch,
            Quirk::SignatureWithUnusedBits,
        ];
        if unsound.iter().any(|quirk| self.quirks().contains(quirk)) {
            return Err(Error::SignatureInvalid);
        }
        signed::verify(
            key,
            self.signature_algorithm(),
            "the signature algorithm of this CRL",
            self.to_be_signed(),
            self.signature(),
        )
    }

    /// Where the content of `revokedCertificates` lies.
    pub(super) fn revoked(&self) -> Range<usize> {
        self.facts.revoked.clone()
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        // Each range was measured in these octets.
        self.as_der().get(range.clone()).unwrap_or_default()
    }
}

impl Facts {
    /// RFC 5280 §5.1, in the order of its fields.
    fn decode(
        octets: &[u8],
        entries: impl FnOnce(&[u8], Range<usize>) -> Result<EntryFacts, CrlError>,
    ) -> Result<Self, CrlError> {
        let mut quirks = Vec::new();
        let mut whole = Reader::new(octets);
        let mut outer = whole.expect(Tag::Sequence, "CertificateList")?.reader();
        whole.finish()?;
        let to_be_signed = outer.expect(Tag::Sequence, "TBSCertList")?;
        let outer_algorithm = outer.expect(Tag::Sequence, "signatureAlgorithm")?;
        let signature = outer.expect(Tag::BitString, "signatureValue")?;
        outer.finish()?;

        let mut fields = to_be_signed.reader();
        let version = match fields.optional_tag(Tag::Integer)? {
            None => 1,
            Some(version) => match version.content() {
                // §5.1.2.1: the version, when present, is 2.
                [0] => {
                    quirks.push(Quirk::ExplicitDefault);
                    1
                }
                [1] => 2,
                _ => return Err(version.bad("version").into()),
            },
        };
        let inner_algorithm = fields.expect(Tag::Sequence, "signature algorithm")?;
        if inner_algorithm.raw() != outer_algorithm.raw() {
            quirks.push(Quirk::SignatureAlgorithmMismatch);
        }
        let issuer = Name::from_element(&fields.expect(Tag::Sequence, "issuer")?)?;
        Quirk::of_name(&issuer, &mut quirks);
        let this_update = decode_time(&fields.element()?, &mut quirks)?;
        let next_update = match fields.optional_tag(Tag::UtcTime)? {
            None => fields.optional_tag(Tag::GeneralizedTime)?,
            utc_time => utc_time,
        };
        let next_update = next_update
            .map(|time| decode_time(&time, &mut quirks))
            .transpose()?;
        if next_update.is_none() {
            quirks.push(Quirk::NoNextUpdate);
        }
        let revoked = match fields.optional_tag(Tag::Sequence)? {
            None => 0..0,
            Some(revoked) => {
                // §5.1.2.6: with nothing revoked, there is no list.
                if revoked.content().is_empty() {
                    quirks.push(Quirk::EmptyRevokedCertificates);
                }
                revoked.content_offset()..revoked.content_offset() + revoked.content().len()
            }
        };
        let mut is_indirect = false;
        let extensions = match fields.optional_constructed(0)? {
            None => None,
            Some(explicit) => {
                let mut reader = explicit.reader();
                let list = reader.expect(Tag::Sequence, "crlExtensions")?;
                reader.finish()?;
                let extensions = Extensions::parse(&list)?;
                if let Ok(Some(point)) = extensions.find::<IssuingDistributionPoint>() {
                    is_indirect = point.is_indirect();
                }
                for extension in extensions {
                    quirks.extend(extension.critical_octet().and_then(Quirk::of_boolean));
                    if matches!(understood(&extension), Some(Err(_))) {
                        quirks.extend(Quirk::malformed(&extension));
                    }
                }
                let content = list.content_offset();
                Some((content..content + list.content().len(), extensions.len()))
            }
        };
        fields.finish()?;

        let entries = entries(octets, revoked.clone())?;
        quirks.extend_from_slice(&entries.quirks);
        // §5.3.3: only an indirect CRL has certificates of others.
        if entries.with_issuer > 0 && !is_indirect {
            quirks.push(Quirk::CertificateIssuerInDirectCrl);
        }
        if version == 1 && (extensions.is_some() || entries.with_extensions > 0) {
            quirks.push(Quirk::ExtensionsInVersion1Crl);
        }
        let signature = signature_of(&signature, &mut quirks)?;
        quirks.sort_unstable();
        quirks.dedup();
        Ok(Self {
            to_be_signed: to_be_signed.offset()..to_be_signed.offset() + to_be_signed.raw().len(),
            version,
            signature_algorithm: SignatureAlgorithmName::from_identifier(&outer_algorithm)?,
            issuer,
            this_update,
            next_update,
            revoked,
            entries,
            extensions,
            signature,
            quirks,
        })
    }
}

/// Where the octets of the signature lie.
fn signature_of(
    element: &Element<'_>,
    quirks: &mut Vec<Quirk>,
) -> Result<Range<usize>, DecodeError> {
    let octets = match element.content() {
        [0] => &[],
        [0..=7, octets @ ..] if !octets.is_empty() => octets,
        _ => return Err(element.bad("signature")),
    };
    if !element.content().starts_with(&[0]) {
        quirks.push(Quirk::SignatureWithUnusedBits);
    }
    let end = element.content_offset() + element.content().len();
    Ok(end - octets.len()..end)
}

/// Whether the value of an extension of the CRL can be read (RFC 5280 §5.2); `None` when it is unknown here.
fn understood(extension: &Extension<'_>) -> Option<Result<(), DecodeError>> {
    fn as_value<T: ExtensionValue>(extension: &Extension<'_>) -> Option<Result<(), DecodeError>> {
        extension
            .is(&T::OID)
            .then(|| extension.decode::<T>().map(drop))
    }
    as_value::<AuthorityKeyIdentifier>(extension)
        .or_else(|| as_value::<IssuerAlternativeName>(extension))
        .or_else(|| as_value::<CrlNumber>(extension))
        .or_else(|| as_value::<DeltaCrlIndicator>(extension))
        .or_else(|| as_value::<IssuingDistributionPoint>(extension))
        .or_else(|| as_value::<FreshestCrl>(extension))
        .or_else(|| as_value::<AuthorityInformationAccess>(extension))
}

impl<Octets: AsRef<[u8]>> fmt::Debug for Crl<Octets> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crl")
            .field("issuer", self.issuer())
            .field("this_update", &self.this_update())
            .field("next_update", &self.next_update())
            .field("entries", &self.entries().len())
            .finish_non_exhaustive()
    }
}

/// The same octets.
impl<Octets: AsRef<[u8]>> PartialEq for Crl<Octets> {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl<Octets: AsRef<[u8]>> Eq for Crl<Octets> {}
