use rollcert_as2::As2Name;
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm};
use rollcert_schedule::RelationshipId;

/// How two partners speak AS2 with each other: what the schedule does not know and need not.
#[derive(Clone, Debug)]
pub struct Party {
    pub(crate) local: As2Name,
    pub(crate) partner: As2Name,
    pub(crate) local_url: String,
    pub(crate) partner_url: String,
    pub(crate) protection: Protection,
    pub(crate) digest: DigestAlgorithm,
    pub(crate) cipher: ContentAlgorithm,
}

impl Party {
    /// We are `local` and are reached at `local_url`; the other is `partner`, reached at `partner_url`.
    ///
    /// Defaults: messages are signed over SHA-256 and encrypted with AES-256-CBC, and must come so.
    #[must_use]
    pub fn new(local: As2Name, local_url: &str, partner: As2Name, partner_url: &str) -> Self {
        Self {
            local,
            partner,
            local_url: local_url.to_owned(),
            partner_url: partner_url.to_owned(),
            protection: Protection::SignedAndEncrypted,
            digest: DigestAlgorithm::Sha256,
            cipher: ContentAlgorithm::Aes256Cbc,
        }
    }

    /// The same party with other protection of messages.
    #[must_use]
    pub fn with_protection(self, protection: Protection) -> Self {
        Self { protection, ..self }
    }

    /// The same party with another digest for what we sign.
    #[must_use]
    pub fn with_digest(self, digest: DigestAlgorithm) -> Self {
        Self { digest, ..self }
    }

    /// The same party with another cipher for what we encrypt.
    #[must_use]
    pub fn with_cipher(self, cipher: ContentAlgorithm) -> Self {
        Self { cipher, ..self }
    }

    /// Our AS2 name.
    #[must_use]
    pub fn local(&self) -> &As2Name {
        &self.local
    }

    /// The partner's AS2 name.
    #[must_use]
    pub fn partner(&self) -> &As2Name {
        &self.partner
    }

    /// Where the partner receives.
    #[must_use]
    pub fn partner_url(&self) -> &str {
        &self.partner_url
    }

    /// The relationship that the schedule keeps for the two.
    #[must_use]
    pub fn relationship(&self) -> RelationshipId {
        RelationshipId::new(self.local.as_str(), self.partner.as_str(), "as2")
    }

    /// Checks a URL that the partner wants its answer sent to.
    ///
    /// The URL is the partner's choice, signed but not vouched for: an answer goes only where the
    /// partner's configured URL leads, by scheme, host and port. Anything else would let whoever holds
    /// an old signing key turn our answers elsewhere.
    pub(crate) fn admits_response_url(&self, url: &str) -> Result<(), ParseUrlError> {
        match (origin(url), origin(&self.partner_url)) {
            (Some(asked), Some(configured)) if asked == configured => Ok(()),
            _ => Err(ParseUrlError),
        }
    }
}

/// A URL is no HTTP URL, or leads elsewhere than the partner's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the response URL does not lead to the partner's configured host")]
#[non_exhaustive]
pub struct ParseUrlError;

/// How messages of a relationship are protected, in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// Signed, then encrypted. What comes in otherwise is refused as too weak.
    SignedAndEncrypted,
    /// Signed. Encrypted messages are taken as well.
    Signed,
}

/// Scheme, host and port, in lower case, the port made explicit. No user information is admitted.
fn origin(url: &str) -> Option<(String, String, u16)> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default = match scheme.as_str() {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.is_empty() || authority.contains(['@', '\\']) || !authority.is_ascii() {
        return None;
    }
    let (host, port) = match authority.rsplit_once(':') {
        // A colon inside the brackets belongs to an IPv6 address.
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (authority, default),
    };
    Some((scheme, host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_by_scheme_host_and_port() {
        assert_eq!(
            origin("http://Bob.example/as2"),
            origin("HTTP://bob.example:80/other?x")
        );
        assert_ne!(origin("http://bob.example"), origin("https://bob.example"));
        assert_ne!(
            origin("http://bob.example:81"),
            origin("http://bob.example")
        );
        assert_eq!(origin("http://[::1]:8080/x"), origin("http://[::1]:8080"));
    }

    #[test]
    fn what_is_no_plain_http_url_has_no_origin() {
        // H18.
        for url in [
            "file:///etc/passwd",
            "ldap://bob.example",
            "http://alice@bob.example/",
            "http://bob.example\\@evil.example/",
            "http:///as2",
            "bob.example",
            "",
            "http://bob.example:99999/",
        ] {
            assert_eq!(origin(url), None, "{url}");
        }
    }
}
