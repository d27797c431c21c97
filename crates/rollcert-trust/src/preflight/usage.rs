use core::fmt;

use rollcert_pki::Purpose;

/// How a partner talks to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// HTTP over TLS, such as portals and programming interfaces.
    Https,
    /// FTP over TLS.
    Ftps,
    /// AS2, over HTTP or HTTPS.
    As2,
    /// OFTP2, over TLS.
    Oftp2,
    /// S/MIME by mail.
    Mail,
    /// File transfer over SSH, which knows host keys and no certificates.
    Sftp,
}

impl Protocol {
    /// A stable word, as in `as2`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Ftps => "ftps",
            Self::As2 => "as2",
            Self::Oftp2 => "oftp2",
            Self::Mail => "mail",
            Self::Sftp => "sftp",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Https => "HTTPS",
            Self::Ftps => "FTPS",
            Self::As2 => "AS2",
            Self::Oftp2 => "OFTP2",
            Self::Mail => "mail",
            Self::Sftp => "SFTP",
        })
    }
}

/// What a certificate does in an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CertificateRole {
    /// It is the server's in TLS connections.
    TlsServer,
    /// It is the client's in TLS connections.
    TlsClient,
    /// Payload is signed with it.
    Signing,
    /// Payload is encrypted to it.
    Encryption,
    /// It stands above others.
    Authority,
}

impl CertificateRole {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::TlsServer,
        Self::TlsClient,
        Self::Signing,
        Self::Encryption,
        Self::Authority,
    ];

    /// The purpose that a certificate in this role must serve; none is laid down for authorities.
    #[must_use]
    pub const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::TlsServer => Some(Purpose::TlsServer),
            Self::TlsClient => Some(Purpose::TlsClient),
            Self::Signing => Some(Purpose::SmimeSign),
            Self::Encryption => Some(Purpose::SmimeEncrypt),
            Self::Authority => None,
        }
    }

    /// A stable word, as in `tls-server`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TlsServer => "tls-server",
            Self::TlsClient => "tls-client",
            Self::Signing => "signing",
            Self::Encryption => "encryption",
            Self::Authority => "authority",
        }
    }
}

impl fmt::Display for CertificateRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TlsServer => "TLS server",
            Self::TlsClient => "TLS client",
            Self::Signing => "signing",
            Self::Encryption => "encryption",
            Self::Authority => "authority",
        })
    }
}

/// A protocol, and what a certificate does in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a pair, and nothing else")]
pub struct Usage {
    /// The protocol.
    pub protocol: Protocol,
    /// What the certificate does.
    pub role: CertificateRole,
}

impl Usage {
    /// A protocol and a role.
    #[must_use]
    pub const fn new(protocol: Protocol, role: CertificateRole) -> Self {
        Self { protocol, role }
    }

    /// Whether a change of our certificate in the role `changed` is felt here.
    ///
    /// SSH has no certificates of this kind, so SFTP never feels one. An authority stands above certificates of every role.
    /// The certificates of TLS and those of the payload are different ones: a change of the one leaves the other alone.
    /// One that serves in several roles is to be asked for in each.
    #[must_use]
    pub fn affected_by(self, changed: CertificateRole) -> Affected {
        if self.protocol == Protocol::Sftp {
            Affected::NotOverSsh
        } else if self.role == changed || [self.role, changed].contains(&CertificateRole::Authority)
        {
            Affected::Yes
        } else {
            Affected::OtherRole
        }
    }
}

/// As in `AS2 (signing)`.
impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.protocol, self.role)
    }
}

/// Whether a change is felt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "who is told that he need do nothing wants every reason for it"
)]
pub enum Affected {
    /// It is.
    Yes,
    /// It is not: SSH identifies hosts by their keys.
    NotOverSsh,
    /// It is not: the certificate that changes does not serve in this role.
    OtherRole,
}
