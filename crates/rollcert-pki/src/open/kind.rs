use core::fmt;

/// What kind of file it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// One certificate.
    Certificate,
    /// Several certificates, or certificates and other things, as PEM.
    Certificates,
    /// PKCS#7 or CMS.
    Pkcs7,
    /// PKCS#12.
    Pkcs12,
    /// Keys alone, private or public.
    Key,
    /// A certification request (PKCS#10), by itself or beside its key.
    Csr,
    /// A certificate revocation list, or several.
    Crl,
    /// A ZIP archive.
    Zip,
    /// None of these.
    #[default]
    Unknown,
}

impl FileKind {
    /// A stable name: `certificate`, `certificates`, `pkcs7`, `pkcs12`, `key`, `csr`, `crl`, `zip`,
    /// `unknown`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Certificates => "certificates",
            Self::Pkcs7 => "pkcs7",
            Self::Pkcs12 => "pkcs12",
            Self::Key => "key",
            Self::Csr => "csr",
            Self::Crl => "crl",
            Self::Zip => "zip",
            Self::Unknown => "unknown",
        }
    }

    /// What a PEM file with blocks of these kinds is.
    pub(super) fn of_blocks(kinds: &[Self]) -> Self {
        let most_telling = [
            Self::Certificate,
            Self::Pkcs7,
            Self::Pkcs12,
            Self::Csr,
            Self::Crl,
            Self::Key,
        ]
        .into_iter()
        .find(|kind| kinds.contains(kind));
        match (most_telling, kinds) {
            (None, _) => Self::Unknown,
            (Some(Self::Certificate), [_, _, ..]) => Self::Certificates,
            (Some(Self::Pkcs7 | Self::Pkcs12), [first, rest @ ..])
                if rest.iter().any(|kind| kind != first) =>
            {
                Self::Certificates
            }
            (Some(kind), _) => kind,
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
