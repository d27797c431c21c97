use crate::names::host::HostName;

/// An e-mail address (RFC 5321 §4.1.2; RFC 6531 §3.3 for characters beyond ASCII before the `@`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// What it means: without the quotation in which it may be written.
    local: String,
    host: HostName,
}

impl Mailbox {
    /// Nothing for what is no address of a host: no or a second `@` outside of a quotation, no host name after it (an
    /// address literal in brackets is none), characters that may stand in quotation only.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (local, host) = match text.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let (local, host) = text.split_once('@')?;
                let is_atom = !local.is_empty() && local.chars().all(is_of_atom);
                (is_atom.then(|| local.to_owned())?, host)
            }
        };
        let host = HostName::parse(host.as_bytes())?;
        (!host.is_like_address()).then_some(Self { local, host })
    }

    pub(super) const fn host(&self) -> &HostName {
        &self.host
    }

    /// Whether both are the same by the letter (RFC 5280 §7.5): the part before the `@` exactly, hosts in any case.
    pub(super) fn is(&self, other: &Self) -> bool {
        self == other
    }

    /// Whether mail to both may reach one mailbox: hardly a host tells letters by their case.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        self.host == other.host && self.local.to_lowercase() == other.local.to_lowercase()
    }
}

/// What stands in a quotation whose first mark is gone already, and the host after it.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut local = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => break,
            '\\' => local.push(characters.next()?),
            character => local.push(character),
        }
    }
    let host = characters.as_str().strip_prefix('@')?;
    let is_text = !local.is_empty() && !local.contains(char::is_control);
    is_text.then_some((local, host))
}

/// Whether the character may stand before the `@` without quotation (RFC 5322 §3.2.3, RFC 6532 §3.2).
fn is_of_atom(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(character)
    } else {
        !character.is_control() && !character.is_whitespace()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(text: &str) -> Mailbox {
        Mailbox::parse(text).unwrap()
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in [
            "",
            "@",
            "a",
            "a@",
            "@example.com",
            "a@b@example.com",
            "a b@example.com",
            "a@example.com.",
            "a@.example.com",
            "a@[192.0.2.1]",
            "a@192.0.2.1",
            "a@*.example.com",
            "A <a@example.com>",
            "a\0@example.com",
            "a@example.com\0",
            "\"a@example.com",
            "\"a\"example.com",
            "\"a\"b@example.com",
            "\"\"@example.com",
            "\"a\\",
            "a(b)@example.com",
            "a,b@example.com",
            "a@exämple.com",
        ] {
            assert_eq!(Mailbox::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_quotation_means_what_it_quotes() {
        assert!(mailbox("\"edi\"@example.com").is(&mailbox("edi@EXAMPLE.com")));
        assert!(mailbox("\"e\\di\"@example.com").is(&mailbox("edi@example.com")));
        assert_eq!(
            mailbox("\"a@b\"@example.com").host().as_str(),
            "example.com"
        );
    }

    #[test]
    fn the_case_of_the_local_part_tells_addresses_apart_by_the_letter_only() {
        let (lower, upper) = (mailbox("edi@example.com"), mailbox("EDI@example.com"));
        assert!(!lower.is(&upper) && lower.may_be(&upper));
        assert!(mailbox("ödi@example.com").may_be(&mailbox("Ödi@example.com")));
        assert!(!lower.may_be(&mailbox("edi@example.org")));
        // An asterisk is a character like any other.
        assert!(!mailbox("*@example.com").may_be(&lower));
    }
}
