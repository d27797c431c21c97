use core::net::{Ipv4Addr, Ipv6Addr};
use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;
use rollcert_pki::{Certificate, extension::GeneralName};

/// The one form in which e-mail addresses are indexed and compared; none for what is no address.
///
/// Blanks around it are dropped and the whole address is in lower case, the part before the `@` too: mailboxes that
/// differ in case alone are not seen in the field. Nothing else is folded: no sub-address (`name+tag`), no dots, no
/// parent domain. Lower case never makes an ASCII letter of another character, so that a look-alike such as the
/// Kelvin sign matches no `k`.
///
/// The syntax is that of RFC 5321 §4.1.2, with the characters of RFC 6531 §3.3 but for those that cannot be seen,
/// within the lengths of RFC 5321 §4.5.3.1.
///
/// ```
/// use rollcert_trust::canonical_email;
///
/// assert_eq!(canonical_email(" EDI@Acme.Example ").as_deref(), Some("edi@acme.example"));
/// assert_eq!(canonical_email("edi@"), None);
/// ```
#[must_use]
pub fn canonical_email(address: &str) -> Option<String> {
    let address = address.trim();
    // Bounded before anything is copied: one character may take two more in lower case.
    if address.len() > MAX_LOCAL + 1 + MAX_HOST {
        return None;
    }
    let address = lower_case(address);
    let (local, host) = address.rsplit_once('@')?;
    (is_local(local) && is_host(host)).then_some(address)
}

/// The addresses that a certificate carries, in the form of [`canonical_email`], each once: those of the alternative
/// names (RFC 5280 §4.2.1.6, RFC 9598 §3), then those of the subject.
///
/// Both places count: old issuers write the address into the subject alone, new ones into the alternative names
/// alone. What is no address is left out.
#[must_use]
pub fn emails_of(certificate: &Certificate) -> Vec<String> {
    let of_names = certificate
        .alternative_names()
        .iter()
        .filter_map(GeneralName::as_email)
        .filter_map(|address| canonical_email(&address));
    let of_subject = certificate
        .subject()
        .attributes()
        .filter(|attribute| *attribute.oid() == EMAIL_ADDRESS)
        .filter_map(|attribute| attribute.text())
        .filter_map(canonical_email);
    let mut seen = BTreeSet::new();
    of_names
        .chain(of_subject)
        .filter(|address| seen.insert(address.clone()))
        .collect()
}

/// A host name in the form in which levels are named: lower case, by the rules of [`canonical_email`].
pub(super) fn canonical_host(host: &str) -> Option<String> {
    let host = host.trim();
    if host.len() > MAX_HOST {
        return None;
    }
    let host = lower_case(host);
    is_domain(&host).then_some(host)
}

/// In lower case, character by character. Where that would bring an ASCII letter out of another character (U+212A,
/// the Kelvin sign; U+0130), the character stays: two addresses are the same only if people see them so.
fn lower_case(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            lower.push(character.to_ascii_lowercase());
        } else if character.to_lowercase().any(|lower| lower.is_ascii()) {
            lower.push(character);
        } else {
            lower.extend(character.to_lowercase());
        }
    }
    lower
}

/// RFC 5321 §4.1.2: words joined by dots, or a quoted string.
fn is_local(local: &str) -> bool {
    if local.len() > MAX_LOCAL {
        return false;
    }
    match local.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"').is_some_and(is_quoted_content),
        None => local
            .split('.')
            .all(|word| !word.is_empty() && word.chars().all(is_word_character)),
    }
}

/// Every quote and backslash inside stands behind a backslash.
fn is_quoted_content(content: &str) -> bool {
    let mut characters = content.chars();
    while let Some(character) = characters.next() {
        let plain = match character {
            '"' => return false,
            '\\' => characters.next(),
            other => Some(other),
        };
        if plain.is_none_or(|plain| plain != ' ' && !is_visible(plain)) {
            return false;
        }
    }
    true
}

fn is_word_character(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(character)
        || (!character.is_ascii() && is_visible(character))
}

/// RFC 5321 §4.1.2, §4.1.3: a domain, or an address in brackets.
fn is_host(host: &str) -> bool {
    let literal = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match literal {
        Some(literal) => match literal.strip_prefix("ipv6:") {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => literal.parse::<Ipv4Addr>().is_ok(),
        },
        None => is_domain(host),
    }
}

/// Labels of at most 63 octets, without a hyphen at either end. An underscore is let pass, for hosts are named so.
fn is_domain(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= MAX_LABEL
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|character| {
                character.is_ascii_alphanumeric()
                    || matches!(character, '-' | '_')
                    || (!character.is_ascii() && is_visible(character))
            })
    };
    host.len() <= MAX_HOST && host.split('.').all(is_label)
}

/// Whether people can see the character: no control, no blank, nothing without width or that changes direction.
fn is_visible(character: char) -> bool {
    !character.is_control()
        && !character.is_whitespace()
        && !matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffd}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// PKCS #9 `emailAddress` (RFC 5280 §4.1.2.6).
const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
/// RFC 5321 §4.5.3.1.1.
const MAX_LOCAL: usize = 64;
/// RFC 5321 §4.5.3.1.2.
const MAX_HOST: usize = 255;
/// RFC 1035 §2.3.4.
const MAX_LABEL: usize = 63;
