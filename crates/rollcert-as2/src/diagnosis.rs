//! Where to look when an exchange failed.

use core::fmt;

use rollcert_cms::CertificateIdentifier;
use rollcert_pki::Certificate;

/// Where to look when a message or a receipt failed: at whose certificate, for which purpose, and what the message
/// asked for beside what is held.
///
/// | what is known | made by |
/// |---|---|
/// | what the partner says of our message | [`Disposition::diagnosis`](crate::Disposition::diagnosis), [`Diagnosis::with_held`] names the certificates that we used |
/// | a message that was not opened | [`OpenError::diagnosis`](crate::OpenError::diagnosis) |
/// | a signature on what came in | [`Signature::diagnosis`](crate::Signature::diagnosis) |
/// | a receipt that proves nothing | [`MdnProblem::diagnosis`](crate::MdnProblem::diagnosis) |
/// | a receipt that cannot be read | [`MdnError::diagnosis`](crate::MdnError::diagnosis) |
/// | a message that was not built | [`BuildError::diagnosis`](crate::BuildError::diagnosis) |
///
/// For our own side only: of a message that was encrypted it tells more than the sender may know, who gets
/// [`OpenError::disposition`](crate::OpenError::disposition).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The stable name of what was found: that of the error, or the partner's reason.
    pub code: String,
    /// Where to look first, second, and so on. Never empty.
    pub suspects: Vec<Suspect>,
    /// What the message or receipt pointed at: recipients, the signer, ids, digests. For people; text that came from
    /// outside is on one line.
    pub asked: Vec<String>,
    /// What is held here of the same kind.
    pub held: Vec<String>,
    /// What to do, in a sentence.
    pub hint: &'static str,
}

/// What may have gone wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Suspect {
    /// A certificate, and with it the key: expired, rolled over on one side only, or installed for the wrong
    /// purpose.
    Certificate {
        /// Whose.
        owner: Owner,
        /// What for.
        purpose: Purpose,
    },
    /// The way in between: a proxy or gateway that rewrites bodies or line ends.
    Transport,
    /// What the two sides agreed on: which layers, which algorithms, which receipts.
    Settings,
    /// The AS2 names of the two sides.
    Names,
    /// The message ids: a message or receipt that came twice, or is another than it seems.
    MessageId,
    /// The partner's software.
    PartnerSoftware,
    /// Where our private keys are held.
    KeyStore,
}

/// Whose certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two sides")]
pub enum Owner {
    /// Ours: with us the key, with the partner a copy of the certificate.
    Ours,
    /// The partner's: with us a copy of the certificate.
    Partner,
}

/// What a certificate is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "messages know these two")]
pub enum Purpose {
    /// Its owner signs messages and receipts.
    Signing,
    /// Others encrypt messages to its owner.
    Encryption,
}

impl Diagnosis {
    /// The certificate to look at first, if it is one.
    #[must_use]
    pub fn certificate(&self) -> Option<(Owner, Purpose)> {
        match self.suspects.first() {
            Some(Suspect::Certificate { owner, purpose }) => Some((*owner, *purpose)),
            _ => None,
        }
    }

    /// Names certificates that are held here of the kind that is suspected, such as the one that a refused message
    /// was signed by or encrypted to.
    #[must_use]
    pub fn with_held<'c>(
        mut self,
        certificates: impl IntoIterator<Item = &'c Certificate>,
    ) -> Self {
        self.held.extend(certificates.into_iter().map(described));
        self
    }

    pub(crate) fn new(code: &str, suspects: impl Into<Vec<Suspect>>, hint: &'static str) -> Self {
        Self {
            code: code.to_owned(),
            suspects: suspects.into(),
            asked: Vec::new(),
            held: Vec::new(),
            hint,
        }
    }

    pub(crate) fn asking<T: ToString>(mut self, asked: impl IntoIterator<Item = T>) -> Self {
        self.asked
            .extend(asked.into_iter().map(|it| it.to_string()));
        self
    }

    pub(crate) fn holding<T: ToString>(mut self, held: impl IntoIterator<Item = T>) -> Self {
        self.held.extend(held.into_iter().map(|it| it.to_string()));
        self
    }
}

/// Writes one line: the suspects, what to do, what was asked for and what is held.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: look at ", self.code)?;
        for (index, suspect) in self.suspects.iter().enumerate() {
            let before = if index == 0 { "" } else { ", then at " };
            write!(f, "{before}{suspect}")?;
        }
        write!(f, "; {}", self.hint)?;
        for (what, items) in [("asked for", &self.asked), ("held", &self.held)] {
            if !items.is_empty() {
                write!(f, "; {what}: {}", items.join(", "))?;
            }
        }
        Ok(())
    }
}

impl Suspect {
    /// Returns the stable name, such as `partner-encryption-certificate` or `transport`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            OUR_SIGNING => "our-signing-certificate",
            OUR_ENCRYPTION => "our-encryption-certificate",
            PARTNER_SIGNING => "partner-signing-certificate",
            PARTNER_ENCRYPTION => "partner-encryption-certificate",
            Self::Transport => "transport",
            Self::Settings => "settings",
            Self::Names => "names",
            Self::MessageId => "message-id",
            Self::PartnerSoftware => "partner-software",
            Self::KeyStore => "key-store",
        }
    }
}

/// Writes it for people.
impl fmt::Display for Suspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            OUR_SIGNING => "our signing certificate",
            OUR_ENCRYPTION => "our encryption certificate",
            PARTNER_SIGNING => "the partner's signing certificate",
            PARTNER_ENCRYPTION => "the partner's encryption certificate",
            Self::Transport => "what lies between us and the partner",
            Self::Settings => "the settings of both sides",
            Self::Names => "the AS2 names",
            Self::MessageId => "the message ids",
            Self::PartnerSoftware => "the partner's software",
            Self::KeyStore => "where our keys are held",
        })
    }
}

/// A certificate as an administrator looks for it.
pub(crate) fn described(certificate: &Certificate) -> String {
    format!(
        "{} ({}, valid to {})",
        certificate.subject(),
        CertificateIdentifier::of(certificate),
        certificate.not_after().format("%Y-%m-%d"),
    )
}

pub(crate) const OUR_SIGNING: Suspect = Suspect::Certificate {
    owner: Owner::Ours,
    purpose: Purpose::Signing,
};
pub(crate) const OUR_ENCRYPTION: Suspect = Suspect::Certificate {
    owner: Owner::Ours,
    purpose: Purpose::Encryption,
};
pub(crate) const PARTNER_SIGNING: Suspect = Suspect::Certificate {
    owner: Owner::Partner,
    purpose: Purpose::Signing,
};
pub(crate) const PARTNER_ENCRYPTION: Suspect = Suspect::Certificate {
    owner: Owner::Partner,
    purpose: Purpose::Encryption,
};
