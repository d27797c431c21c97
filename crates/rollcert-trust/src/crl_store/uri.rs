use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use super::plan::FetchPolicy;

/// A place where a CRL may be had, as it is to be asked for: by a scheme that is served, from a host that is permitted as
/// far as the text tells, with scheme and host in lower case and without fragment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchUri {
    text: String,
    scheme: FetchScheme,
    host: Option<String>,
    port: u16,
}

/// How a CRL is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FetchScheme {
    /// `http`
    Http,
    /// `https`
    Https,
    /// `ldap`
    Ldap,
    /// `ldaps`
    Ldaps,
}

impl FetchUri {
    /// The most characters of a URI.
    pub const MAX_LEN: usize = 2_048;

    /// Reads a URI of a distribution point, and holds it against the policy. Where a server redirects to is for
    /// [`Self::redirected_to`].
    ///
    /// # Errors
    ///
    /// [`UriRefusal`] says why nobody should ask there.
    pub fn parse(text: &str, policy: &FetchPolicy) -> Result<Self, UriRefusal> {
        if text.len() > Self::MAX_LEN {
            return Err(UriRefusal::TooLong { found: text.len() });
        }
        // RFC 3986 §2: nothing else stands in a URI; some clients read a backslash as a slash.
        let is_allowed = |octet: u8| octet.is_ascii_graphic() && !br#"\<>"`{}|^"#.contains(&octet);
        if !text.bytes().all(is_allowed) {
            return Err(UriRefusal::Malformed);
        }
        let (scheme, rest) = text.split_once(':').ok_or(UriRefusal::Malformed)?;
        let scheme: FetchScheme = scheme.parse()?;
        let rest = rest.strip_prefix("//").ok_or(UriRefusal::Malformed)?;
        let (rest, _fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(UriRefusal::Credentials);
        }
        let (host, port) = split_port(authority)?;
        let port = port.unwrap_or_else(|| scheme.default_port());
        let host = match host {
            // Which directory is asked is configured, and its port with it.
            "" if !scheme.is_ldap() || !authority.is_empty() => return Err(UriRefusal::NoHost),
            "" if policy.ldap_server.is_none() => return Err(UriRefusal::NoLdapServer),
            "" => None,
            host => Some(canonical_host(host, policy)?),
        };
        let shown_port = match port {
            port if port == scheme.default_port() => String::new(),
            port => format!(":{port}"),
        };
        let shown_host = host.as_deref().unwrap_or_default();
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        Ok(Self {
            text: format!("{}://{shown_host}{shown_port}{path}", scheme.name()),
            scheme,
            host,
            port,
        })
    }

    /// Where a server sends whoever asked here: an absolute URI, which is held against the policy like this one. From a
    /// server of HTTP to a directory, or the other way round, nobody follows: that would let the one speak to the other in
    /// the host's name.
    ///
    /// # Errors
    ///
    /// [`UriRefusal`] says why nobody should go there.
    pub fn redirected_to(&self, location: &str, policy: &FetchPolicy) -> Result<Self, UriRefusal> {
        let uri = Self::parse(location, policy)?;
        if uri.scheme.is_ldap() != self.scheme.is_ldap() {
            return Err(UriRefusal::SchemeChange {
                from: self.scheme,
                to: uri.scheme,
            });
        }
        Ok(uri)
    }

    /// The whole of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How to ask.
    #[must_use]
    pub const fn scheme(&self) -> FetchScheme {
        self.scheme
    }

    /// Whom to ask: a host name in lower case, or an address, that of IPv6 in brackets. None for LDAP where
    /// [`FetchPolicy::ldap_server`] is to be asked.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// At which port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for FetchUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FetchScheme {
    /// The attributes that hold CRLs in a directory (RFC 4523 §2.6), where a URI names none.
    pub const LDAP_ATTRIBUTES: [&str; 2] = [
        "certificateRevocationList;binary",
        "certificateRevocationList",
    ];

    /// As it stands in a URI.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Ldap => "ldap",
            Self::Ldaps => "ldaps",
        }
    }

    /// Whether it asks a directory.
    #[must_use]
    pub const fn is_ldap(self) -> bool {
        matches!(self, Self::Ldap | Self::Ldaps)
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Ldap => 389,
            Self::Ldaps => 636,
        }
    }
}

impl FromStr for FetchScheme {
    type Err = UriRefusal;

    /// In any case (RFC 3986 §3.1).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Http, Self::Https, Self::Ldap, Self::Ldaps]
            .into_iter()
            .find(|scheme| text.eq_ignore_ascii_case(scheme.name()))
            .ok_or_else(|| UriRefusal::Scheme {
                scheme: text.chars().take(LONGEST_SCHEME).collect(),
            })
    }
}

/// Host and port, an IPv6 address with its brackets.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), UriRefusal> {
    let host_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let (bracketed, rest) = authority
        .split_at_checked(host_end)
        .unwrap_or((authority, ""));
    let (host, port) = match (bracketed, rest.split_once(':')) {
        ("", None) => (rest, None),
        ("", Some((host, port))) => (host, Some(port)),
        (host, Some(("", port))) => (host, Some(port)),
        (host, None) if rest.is_empty() => (host, None),
        _ => return Err(UriRefusal::Malformed),
    };
    let port = match port {
        None | Some("") => None,
        Some(digits) if digits.bytes().all(|octet| octet.is_ascii_digit()) => {
            let port = digits.parse().ok().filter(|port: &u16| *port > 0);
            Some(port.ok_or(UriRefusal::Malformed)?)
        }
        Some(_) => return Err(UriRefusal::Malformed),
    };
    Ok((host, port))
}

fn canonical_host(host: &str, policy: &FetchPolicy) -> Result<String, UriRefusal> {
    let permitted = |address: IpAddr| {
        if policy.addresses.permits(address) {
            Ok(address.to_string())
        } else {
            Err(UriRefusal::Address { address })
        }
    };
    if let Some(bracketed) = host.strip_prefix('[') {
        let address = bracketed
            .strip_suffix(']')
            .and_then(|address| Ipv6Addr::from_str(address).ok())
            .ok_or(UriRefusal::Malformed)?;
        return permitted(address.into()).map(|address| format!("[{address}]"));
    }
    if let Ok(address) = Ipv4Addr::from_str(host) {
        return permitted(address.into());
    }
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let is_name = |octet: u8| octet.is_ascii_alphanumeric() || b"-._".contains(&octet);
    if host.is_empty() || host.len() > LONGEST_HOST || !host.bytes().all(is_name) {
        return Err(UriRefusal::Malformed);
    }
    // What ends in a number is an address to many clients: 127.1, 0x7f000001, 017700000001.
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|octet| octet.is_ascii_digit()) || last.starts_with("0x") {
        return Err(UriRefusal::NumericHost);
    }
    // RFC 6761 §6.3: names of the host itself.
    if last == "localhost" {
        return Err(UriRefusal::LocalHost);
    }
    Ok(host)
}

/// Why nobody should ask for a CRL there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriRefusal {
    /// It is no URI of a host.
    #[error("not a URI that names a host")]
    Malformed,
    /// It is longer than [`FetchUri::MAX_LEN`].
    #[error(
        "expected a URI of at most {} characters, but found {found}",
        FetchUri::MAX_LEN
    )]
    TooLong {
        /// How many characters it has.
        found: usize,
    },
    /// Neither HTTP nor LDAP, with or without TLS.
    #[error("CRLs are asked for by http, https, ldap and ldaps, but this is {scheme:?}")]
    Scheme {
        /// The scheme, cut off after 32 characters.
        scheme: String,
    },
    /// A redirect leads from HTTP to a directory, or the other way round.
    #[error("a redirect from {} to {}", from.name(), to.name())]
    SchemeChange {
        /// What was asked.
        from: FetchScheme,
        /// What is to be asked instead.
        to: FetchScheme,
    },
    /// It holds a user name or a password.
    #[error("a URI with a user name or password")]
    Credentials,
    /// It names no host.
    #[error("no host is named")]
    NoHost,
    /// It leaves it to the reader which directory to ask, and none is configured.
    #[error("no LDAP server is named and none is configured")]
    NoLdapServer,
    /// The address is not permitted by the [`AddressRule`](crate::AddressRule).
    #[error("address {address} is not to be asked")]
    Address {
        /// The address.
        address: IpAddr,
    },
    /// The host is a number that some clients take for an address.
    #[error("a host that is a number, which some read as an address")]
    NumericHost,
    /// The host is the one that asks.
    #[error("a name of the host itself")]
    LocalHost,
}

impl UriRefusal {
    /// A stable name for this kind of refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed-uri",
            Self::TooLong { .. } => "uri-too-long",
            Self::Scheme { .. } => "scheme-refused",
            Self::SchemeChange { .. } => "scheme-changed",
            Self::Credentials => "credentials-refused",
            Self::NoHost => "no-host",
            Self::NoLdapServer => "no-ldap-server",
            Self::Address { .. } => "address-refused",
            Self::NumericHost => "numeric-host",
            Self::LocalHost => "local-host",
        }
    }
}

const LONGEST_SCHEME: usize = 32;
/// RFC 1035 §2.3.4.
const LONGEST_HOST: usize = 253;
