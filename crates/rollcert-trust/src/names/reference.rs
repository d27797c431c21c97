use std::borrow::Cow;

use der::asn1::ObjectIdentifier;
use rollcert_pki::extension::{GeneralName, Ia5Text};

use crate::names::host::{DnsPattern, HostName};
use crate::question::ReferenceName;
use crate::report::Reason;
use crate::report::shown::{bounded, bounded_list};
use crate::stored::StoredCertificate;

/// Whether the certificate carries the name that was asked for (RFC 9525 §6); else [`Reason::NameMismatch`].
///
/// - A host is looked for among the `dNSName`s alone, never in the common name, whatever the policy. An asterisk stands
///   for one whole left-most label, with two labels at least after it. A period at the end of what is asked for says
///   nothing; what ends in a number is an address and matches no host.
/// - An address is looked for among the `iPAddress`es alone.
/// - An e-mail address is looked for among the `rfc822Name`s, the `SmtpUTF8Mailbox`es and, other than by RFC 8398, the
///   `emailAddress`es of the subject, all of them. Blanks around and the case of ASCII letters say nothing, before the
///   `@` as after it: that is how mail is delivered.
pub(crate) fn check(certificate: &StoredCertificate, name: &ReferenceName) -> Option<Reason> {
    let carried = names_like(certificate, name);
    if carried.iter().any(|carried| is_carried(carried, name)) {
        return None;
    }
    Some(Reason::NameMismatch {
        asked: bounded(&general_name(name)),
        found: bounded_list(carried.iter()),
    })
}

/// The names among which `name` is looked for.
fn names_like<'a>(
    certificate: &'a StoredCertificate,
    name: &ReferenceName,
) -> Vec<Cow<'a, GeneralName>> {
    let alternative_names = certificate.facts().alternative_names.iter();
    let mut names: Vec<Cow<'_, GeneralName>> = alternative_names
        .flat_map(|names| &names.0)
        .filter(|carried| match name {
            ReferenceName::Dns(_) => matches!(carried, GeneralName::Dns(_)),
            ReferenceName::Ip(_) => matches!(carried, GeneralName::Ip(_)),
            ReferenceName::Email(_) => carried.as_email().is_some(),
        })
        .map(Cow::Borrowed)
        .collect();
    if matches!(name, ReferenceName::Email(_)) {
        let subject = certificate.certificate().subject();
        let of_subject = subject
            .attributes()
            .filter(|attribute| *attribute.oid() == EMAIL_ADDRESS)
            .filter_map(|attribute| attribute.text())
            .map(|address| Cow::Owned(email(address)));
        names.extend(of_subject);
    }
    names
}

/// Whether the name that the certificate carries is, or stands for, the one that is asked for.
fn is_carried(carried: &GeneralName, name: &ReferenceName) -> bool {
    match (carried, name) {
        (GeneralName::Dns(pattern), ReferenceName::Dns(host)) => {
            let pattern = DnsPattern::parse(pattern.as_bytes());
            let host = host.strip_suffix('.').unwrap_or(host);
            let host = HostName::parse(host.as_bytes()).filter(|host| !host.is_like_address());
            pattern.is_some_and(|pattern| host.is_some_and(|host| pattern.matches(&host)))
        }
        (carried, ReferenceName::Ip(address)) => carried.as_ip_address() == Some(*address),
        (carried, ReferenceName::Email(address)) => carried
            .as_email()
            .is_some_and(|carried| is_same_address(&carried, address)),
        _ => false,
    }
}

/// Letters beyond ASCII are compared as they are: one of them becomes a plain `k` in lower case.
fn is_same_address(carried: &str, asked: &str) -> bool {
    let (carried, asked) = (carried.trim(), asked.trim());
    let is_address = |address: &str| {
        let parts = address.rsplit_once('@');
        let is_whole = parts.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
        is_whole && !address.contains(char::is_control)
    };
    is_address(asked) && carried.eq_ignore_ascii_case(asked)
}

/// What was asked for, in the form in which the names of certificates are shown.
fn general_name(name: &ReferenceName) -> GeneralName {
    match name {
        ReferenceName::Dns(host) => GeneralName::Dns(Ia5Text::from_octets(host.as_bytes())),
        ReferenceName::Ip(address) => GeneralName::ip(*address),
        ReferenceName::Email(address) => email(address),
    }
}

fn email(address: &str) -> GeneralName {
    GeneralName::Rfc822(Ia5Text::from_octets(address.as_bytes()))
}

const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
