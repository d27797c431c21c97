use core::fmt;

use der::asn1::ObjectIdentifier;

use crate::asn1::{DecodeError, Element};
use crate::oid::Oid;

/// One bit of the key usage extension (RFC 5280 §4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 5280 has closed the list")]
pub enum KeyUsage {
    /// Signatures other than those on certificates and CRLs.
    DigitalSignature,
    /// Signatures that the signer shall not be able to deny.
    NonRepudiation,
    /// Encrypting keys, as RSA key transport does.
    KeyEncipherment,
    /// Encrypting data directly.
    DataEncipherment,
    /// Agreeing on keys, as elliptic curves do.
    KeyAgreement,
    /// Signing certificates.
    KeyCertSign,
    /// Signing CRLs.
    CrlSign,
    /// With key agreement: for encrypting only.
    EncipherOnly,
    /// With key agreement: for decrypting only.
    DecipherOnly,
}

impl KeyUsage {
    /// Every usage, in the order of the bits.
    pub const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::NonRepudiation,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::KeyCertSign,
        Self::CrlSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];

    /// The spelling of RFC 5280, such as `digitalSignature`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DigitalSignature => "digitalSignature",
            Self::NonRepudiation => "nonRepudiation",
            Self::KeyEncipherment => "keyEncipherment",
            Self::DataEncipherment => "dataEncipherment",
            Self::KeyAgreement => "keyAgreement",
            Self::KeyCertSign => "keyCertSign",
            Self::CrlSign => "cRLSign",
            Self::EncipherOnly => "encipherOnly",
            Self::DecipherOnly => "decipherOnly",
        }
    }

    const fn bit(self) -> u16 {
        match self {
            Self::DigitalSignature => 0x8000,
            Self::NonRepudiation => 0x4000,
            Self::KeyEncipherment => 0x2000,
            Self::DataEncipherment => 0x1000,
            Self::KeyAgreement => 0x0800,
            Self::KeyCertSign => 0x0400,
            Self::CrlSign => 0x0200,
            Self::EncipherOnly => 0x0100,
            Self::DecipherOnly => 0x0080,
        }
    }
}

impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The usages that a certificate names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyUsages(u16);

impl KeyUsages {
    /// Whether this usage is named.
    #[must_use]
    pub const fn contains(self, usage: KeyUsage) -> bool {
        self.0 & usage.bit() != 0
    }

    /// The usages in the order of the bits.
    pub fn iter(self) -> impl Iterator<Item = KeyUsage> {
        KeyUsage::ALL
            .into_iter()
            .filter(move |usage| self.contains(*usage))
    }

    /// Whether none is named.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The bits as they are encoded, first bit highest.
    pub(crate) const fn to_bits(self) -> u16 {
        self.0
    }

    /// From the bits as they are encoded, first bit highest. Those that RFC 5280 does not name are
    /// dropped.
    pub(crate) const fn from_bits(bits: u16) -> Self {
        Self(bits & 0xff80)
    }
}

impl FromIterator<KeyUsage> for KeyUsages {
    fn from_iter<I: IntoIterator<Item = KeyUsage>>(usages: I) -> Self {
        Self(usages.into_iter().fold(0, |bits, usage| bits | usage.bit()))
    }
}

/// The names, separated by comma and blank.
impl fmt::Display for KeyUsages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(KeyUsage::name).collect();
        f.write_str(&names.join(", "))
    }
}

/// One purpose of the extended key usage extension (RFC 5280 §4.2.1.12).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ExtendedKeyUsage {
    /// Any purpose.
    Any,
    /// TLS server.
    ServerAuth,
    /// TLS client.
    ClientAuth,
    /// Signing code.
    CodeSigning,
    /// S/MIME.
    EmailProtection,
    /// Time stamps.
    TimeStamping,
    /// OCSP responses.
    OcspSigning,
    /// IPsec end system.
    IpsecEndSystem,
    /// IPsec user.
    IpsecUser,
    /// IPsec tunnel.
    IpsecTunnel,
    /// Microsoft's smart card logon.
    SmartcardLogin,
    /// Anything else.
    Other(Oid),
}

impl ExtendedKeyUsage {
    const KNOWN: [(Self, &'static str, ObjectIdentifier); 11] = [
        (Self::Any, "anyExtendedKeyUsage", ANY),
        (Self::ServerAuth, "serverAuth", oid("1.3.6.1.5.5.7.3.1")),
        (Self::ClientAuth, "clientAuth", oid("1.3.6.1.5.5.7.3.2")),
        (Self::CodeSigning, "codeSigning", oid("1.3.6.1.5.5.7.3.3")),
        (
            Self::EmailProtection,
            "emailProtection",
            oid("1.3.6.1.5.5.7.3.4"),
        ),
        (Self::TimeStamping, "timeStamping", oid("1.3.6.1.5.5.7.3.8")),
        (Self::OcspSigning, "OCSPSigning", oid("1.3.6.1.5.5.7.3.9")),
        (
            Self::IpsecEndSystem,
            "ipsecEndSystem",
            oid("1.3.6.1.5.5.7.3.5"),
        ),
        (Self::IpsecUser, "ipsecUser", oid("1.3.6.1.5.5.7.3.7")),
        (Self::IpsecTunnel, "ipsecTunnel", oid("1.3.6.1.5.5.7.3.6")),
        (
            Self::SmartcardLogin,
            "smartcardLogin",
            oid("1.3.6.1.4.1.311.20.2.2"),
        ),
    ];

    /// The purpose that this identifier stands for.
    #[must_use]
    pub fn from_oid(oid: Oid) -> Self {
        Self::named(oid.as_bytes()).unwrap_or(Self::Other(oid))
    }

    /// The identifier that stands for it.
    #[must_use]
    pub fn oid(&self) -> Oid {
        match self {
            Self::Other(oid) => oid.clone(),
            known => Self::KNOWN
                .iter()
                .find(|(usage, _, _)| usage == known)
                .map_or_else(|| ANY.into(), |(_, _, oid)| Oid::from(*oid)),
        }
    }

    pub(crate) fn from_element(element: &Element<'_>) -> Result<Self, DecodeError> {
        let content = Oid::content_of(element)?;
        Ok(Self::named(content).unwrap_or_else(|| Self::Other(Oid::from_checked(content))))
    }

    fn named(content: &[u8]) -> Option<Self> {
        Self::KNOWN
            .iter()
            .find(|(_, _, known)| known.as_bytes() == content)
            .map(|(usage, _, _)| usage.clone())
    }
}

/// The name, such as `emailProtection`, or the dotted identifier of what has none here.
impl fmt::Display for ExtendedKeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Other(oid) = self {
            return oid.fmt(f);
        }
        let known = Self::KNOWN.iter().find(|(usage, _, _)| usage == self);
        f.write_str(known.map_or("", |(_, name, _)| name))
    }
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const ANY: ObjectIdentifier = oid("2.5.29.37.0");

/// What a certificate may serve for, by its usage extensions alone.
///
/// The S/MIME rules are those of mail gateways: an absent extension allows everything, and
/// `anyExtendedKeyUsage` is as good as `emailProtection`. Whether the key's algorithm can do the
/// work is another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Signing messages: `digitalSignature` or `nonRepudiation`.
    SmimeSign,
    /// Encrypting messages: `keyEncipherment`.
    SmimeEncrypt,
    /// TLS server: `serverAuth`.
    TlsServer,
    /// TLS client: `clientAuth`.
    TlsClient,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [
        Self::SmimeSign,
        Self::SmimeEncrypt,
        Self::TlsServer,
        Self::TlsClient,
    ];

    /// A stable name: `smime-sign`, `smime-encrypt`, `tls-server`, `tls-client`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SmimeSign => "smime-sign",
            Self::SmimeEncrypt => "smime-encrypt",
            Self::TlsServer => "tls-server",
            Self::TlsClient => "tls-client",
        }
    }

    /// The extended key usage that names it.
    pub(crate) const fn extended_usage(self) -> ExtendedKeyUsage {
        match self {
            Self::SmimeSign | Self::SmimeEncrypt => ExtendedKeyUsage::EmailProtection,
            Self::TlsServer => ExtendedKeyUsage::ServerAuth,
            Self::TlsClient => ExtendedKeyUsage::ClientAuth,
        }
    }

    /// Whether a certificate with these extensions serves this purpose; `None` is an absent one.
    pub(crate) fn is_allowed_by(
        self,
        key_usage: Option<KeyUsages>,
        extended: Option<&[ExtendedKeyUsage]>,
    ) -> bool {
        let usages: &[KeyUsage] = match self {
            Self::SmimeSign => &[KeyUsage::DigitalSignature, KeyUsage::NonRepudiation],
            Self::SmimeEncrypt => &[KeyUsage::KeyEncipherment],
            // TLS 1.3 servers and all clients sign; RSA key exchange encrypts; ECDH agrees.
            Self::TlsServer => &[
                KeyUsage::DigitalSignature,
                KeyUsage::KeyEncipherment,
                KeyUsage::KeyAgreement,
            ],
            Self::TlsClient => &[KeyUsage::DigitalSignature, KeyUsage::KeyAgreement],
        };
        let wanted = self.extended_usage();
        key_usage.is_none_or(|named| usages.iter().any(|usage| named.contains(*usage)))
            && extended.is_none_or(|named| {
                named
                    .iter()
                    .any(|usage| *usage == wanted || *usage == ExtendedKeyUsage::Any)
            })
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purposes(
        usages: Option<&[KeyUsage]>,
        extended: Option<&[ExtendedKeyUsage]>,
    ) -> Vec<Purpose> {
        let usages = usages.map(|usages| usages.iter().copied().collect());
        Purpose::ALL
            .into_iter()
            .filter(|purpose| purpose.is_allowed_by(usages, extended))
            .collect()
    }

    #[test]
    fn absent_extensions_allow_everything() {
        assert_eq!(purposes(None, None), Purpose::ALL);
    }

    #[test]
    fn key_usage_divides_signing_from_encrypting() {
        assert_eq!(
            purposes(Some(&[KeyUsage::NonRepudiation]), None),
            [Purpose::SmimeSign]
        );
        assert_eq!(
            purposes(Some(&[KeyUsage::KeyEncipherment]), None),
            [Purpose::SmimeEncrypt, Purpose::TlsServer]
        );
        assert_eq!(purposes(Some(&[KeyUsage::KeyCertSign]), None), []);
    }

    #[test]
    fn extended_key_usage_narrows_and_any_is_all() {
        use ExtendedKeyUsage::{Any, ClientAuth, EmailProtection, ServerAuth};
        assert_eq!(purposes(None, Some(&[Any])), Purpose::ALL);
        assert_eq!(
            purposes(None, Some(&[EmailProtection])),
            [Purpose::SmimeSign, Purpose::SmimeEncrypt]
        );
        assert_eq!(
            purposes(
                Some(&[KeyUsage::DigitalSignature]),
                Some(&[ServerAuth, ClientAuth])
            ),
            [Purpose::TlsServer, Purpose::TlsClient]
        );
        assert_eq!(purposes(None, Some(&[])), []);
    }

    #[test]
    fn bits_map_to_the_names_of_rfc_5280() {
        // RFC 5280 §4.2.1.3: digitalSignature is bit 0, decipherOnly bit 8.
        assert_eq!(KeyUsages::from_bits(0x8000).to_string(), "digitalSignature");
        assert_eq!(
            KeyUsages::from_bits(0x0600).to_string(),
            "keyCertSign, cRLSign"
        );
        assert_eq!(KeyUsages::from_bits(0x0080).to_string(), "decipherOnly");
        assert!(KeyUsages::from_bits(0).is_empty());
        let all: KeyUsages = KeyUsage::ALL.into_iter().collect();
        assert_eq!(KeyUsages::from_bits(0xffff), all);
    }

    #[test]
    fn extended_usages_show_by_name_or_dotted() {
        for (usage, name, oid) in ExtendedKeyUsage::KNOWN {
            assert_eq!(ExtendedKeyUsage::from_oid(Oid::from(oid)), usage);
            assert_eq!(usage.to_string(), name);
        }
        let other = ExtendedKeyUsage::from_oid(Oid::from(oid("1.3.6.1.4.1.311.10.3.4")));
        assert_eq!(other.to_string(), "1.3.6.1.4.1.311.10.3.4");
    }
}
