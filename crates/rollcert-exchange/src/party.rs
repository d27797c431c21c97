use rollcert_as2::As2Name;
use rollcert_cem::Policy;
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
    pub(crate) receipts: Receipts,
    pub(crate) other_urls: Vec<String>,
    pub(crate) cem_policy: Policy,
}

impl Party {
    /// We are `local` and are reached at `local_url`; the other is `partner`, reached at `partner_url`.
    ///
    /// Defaults: messages are signed over SHA-256 and encrypted with AES-256-CBC, and must come so; their receipts are
    /// asked for in the HTTP response; answers go to the host and port of `partner_url` only; certificate exchange
    /// messages are held against the default [`Policy`].
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
            receipts: Receipts::Synchronous,
            other_urls: Vec::new(),
            cem_policy: Policy::default(),
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

    /// The same party with receipts for our messages coming another way.
    #[must_use]
    pub fn with_receipts(self, receipts: Receipts) -> Self {
        Self { receipts, ..self }
    }

    /// The same party with one more place where the partner receives: answers to its requests and receipts may go
    /// to the host and port of this URL as well, if it asks so.
    #[must_use]
    pub fn with_partner_url(mut self, url: &str) -> Self {
        self.other_urls.push(url.to_owned());
        self
    }

    /// The same party with another policy for certificate exchange messages.
    ///
    /// Whatever it says, messages must be signed by a certificate that stands in the relationship: what is exchanged
    /// here updates a relationship, and its first certificates come otherwise.
    #[must_use]
    pub fn with_cem_policy(self, cem_policy: Policy) -> Self {
        Self { cem_policy, ..self }
    }

    /// What certificate exchange messages are held against.
    #[must_use]
    pub const fn cem_policy(&self) -> &Policy {
        &self.cem_policy
    }

    /// Where the partner is configured to receive.
    pub(crate) fn partner_urls(&self) -> Vec<&str> {
        let others = self.other_urls.iter().map(String::as_str);
        core::iter::once(self.partner_url.as_str())
            .chain(others)
            .collect()
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

    /// Checks a URL that the partner wants a receipt sent to.
    ///
    /// The URL is the sender's choice, in a header that no signature covers: a receipt goes only where the
    /// partner's configured URLs lead, by scheme, host and port. For the URLs in certificate exchange messages see
    /// [`Self::cem_policy`].
    pub(crate) fn admits_url(&self, url: &str) -> Result<(), ParseUrlError> {
        let asked = origin(url).ok_or(ParseUrlError)?;
        let configured = self.partner_urls();
        let mut origins = configured.iter().filter_map(|url| origin(url));
        if origins.any(|configured| configured == asked) {
            Ok(())
        } else {
            Err(ParseUrlError)
        }
    }
}

/// A URL is no HTTP URL, or leads elsewhere than the partner's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the url does not lead to a configured host of the partner's")]
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

/// How receipts for our messages come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receipts {
    /// In the HTTP response: proof at once.
    Synchronous,
    /// In a request of their own, to our URL: for partners who need time, or messages that take long.
    Asynchronous,
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
