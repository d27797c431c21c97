use core::fmt;

use der::Tag;

use crate::asn1::{DecodeError, Element, Reader};
use crate::usage::{ExtendedKeyUsage, Purpose};

/// What the owner of a file takes a certificate for as a root: the settings that OpenSSL writes behind it under the
/// label `TRUSTED CERTIFICATE` (`openssl x509 -trustout`, the trust bundles of some Linux distributions).
///
/// They say nothing of the certificate where it is no root, and take trust away only: a root whose own extensions
/// forbid a purpose does not serve it for being trusted for it here.
///
/// ```
/// use rollcert_pki::{ExtendedKeyUsage, Purpose, TrustSettings};
///
/// let mut settings = TrustSettings::default();
/// settings.trusted = Some(vec![ExtendedKeyUsage::ServerAuth]);
/// assert!(settings.allows(Some(Purpose::TlsServer)));
/// assert!(!settings.allows(Some(Purpose::SmimeSign)));
/// // Nor is it a root for whatever comes.
/// assert!(!settings.allows(None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustSettings {
    /// The purposes that it is trusted for, and no others. `None` for all that are not rejected; an empty list is
    /// trust for nothing.
    pub trusted: Option<Vec<ExtendedKeyUsage>>,
    /// The purposes that it is not trusted for, whatever else is said.
    pub rejected: Vec<ExtendedKeyUsage>,
}

impl TrustSettings {
    /// The most purposes of each kind. Settings with more are malformed.
    pub const MAX_USAGES: usize = 256;

    /// Whether it is a root for this purpose, or, without one, for any purpose there may be: not if that is rejected,
    /// nor if others are trusted and it is not. `anyExtendedKeyUsage` stands for every purpose.
    ///
    /// This is the answer of OpenSSL's `X509_check_trust` for its purposes `smimesign`, `smimeencrypt`, `sslserver`,
    /// `sslclient`, and for `any` or none.
    #[must_use]
    pub fn allows(&self, purpose: Option<Purpose>) -> bool {
        let wanted = match purpose {
            None => ExtendedKeyUsage::Any,
            Some(purpose) => purpose.extended_usage(),
        };
        let names = |usages: &Vec<ExtendedKeyUsage>| {
            let mut usages = usages.iter();
            usages.any(|usage| *usage == wanted || *usage == ExtendedKeyUsage::Any)
        };
        !names(&self.rejected) && self.trusted.as_ref().is_none_or(names)
    }
}

/// Such as `trusted for serverAuth alone, rejected for emailProtection`.
impl fmt::Display for TrustSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |usages: &[ExtendedKeyUsage]| {
            let names: Vec<String> = usages.iter().map(ToString::to_string).collect();
            names.join(", ")
        };
        let trusted = self.trusted.as_deref().map(|usages| match usages {
            [] => "trusted for nothing".to_owned(),
            usages => format!("trusted for {} alone", list(usages)),
        });
        let rejected = match self.rejected.as_slice() {
            [] => None,
            usages => Some(format!("rejected for {}", list(usages))),
        };
        let said: Vec<String> = trusted.into_iter().chain(rejected).collect();
        if said.is_empty() {
            return f.write_str("trusted for everything");
        }
        f.write_str(&said.join(", "))
    }
}

/// All that OpenSSL writes behind a certificate.
pub(super) struct Appendix {
    pub(super) settings: TrustSettings,
    /// What its owner calls it.
    pub(super) alias: Option<String>,
    /// What ties it to its key.
    pub(super) local_key_id: Option<Vec<u8>>,
}

impl Appendix {
    /// Reads OpenSSL's `X509_CERT_AUX`, behind which nothing stands:
    ///
    /// ```text
    /// SEQUENCE {
    ///     trust   SEQUENCE OF OBJECT IDENTIFIER OPTIONAL,
    ///     reject  [0] IMPLICIT SEQUENCE OF OBJECT IDENTIFIER OPTIONAL,
    ///     alias   UTF8String OPTIONAL,
    ///     keyid   OCTET STRING OPTIONAL,
    ///     other   [1] IMPLICIT SEQUENCE OF AlgorithmIdentifier OPTIONAL
    /// }
    /// ```
    pub(super) fn decode(mut elements: Reader<'_>) -> Result<Self, DecodeError> {
        let sequence = elements.expect(Tag::Sequence, "trust settings")?;
        elements.finish()?;
        let mut fields = sequence.reader();
        let trusted = fields.optional_tag(Tag::Sequence)?;
        let rejected = fields.optional_constructed(0)?;
        let alias = fields.optional_tag(Tag::Utf8String)?;
        let key_id = fields.optional_tag(Tag::OctetString)?;
        if let Some(other) = fields.optional_constructed(1)? {
            let mut algorithms = other.reader();
            while !algorithms.is_empty() {
                algorithms.expect(Tag::Sequence, "algorithm")?;
            }
        }
        fields.finish()?;
        Ok(Self {
            settings: TrustSettings {
                trusted: trusted.as_ref().map(usages).transpose()?,
                rejected: rejected
                    .as_ref()
                    .map(usages)
                    .transpose()?
                    .unwrap_or_default(),
            },
            // OpenSSL takes it from its command line in whatever encoding it is typed.
            alias: alias.map(|alias| String::from_utf8_lossy(alias.content()).into_owned()),
            local_key_id: key_id.map(|key_id| key_id.content().to_vec()),
        })
    }
}

fn usages(list: &Element<'_>) -> Result<Vec<ExtendedKeyUsage>, DecodeError> {
    let mut list = list.reader();
    let mut usages = Vec::new();
    while !list.is_empty() {
        if usages.len() == TrustSettings::MAX_USAGES {
            return Err(DecodeError::limit(
                "purposes",
                TrustSettings::MAX_USAGES,
                list.offset(),
            ));
        }
        let usage = list.expect(Tag::ObjectIdentifier, "key purpose")?;
        usages.push(ExtendedKeyUsage::from_element(&usage)?);
    }
    Ok(usages)
}
