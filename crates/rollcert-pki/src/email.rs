//! The e-mail addresses of certificates and requests.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::extension::GeneralName;
use crate::name::{EMAIL_ADDRESS, Name};

/// The addresses of the alternative names, then of the subject; in lower case, each once. Texts without
/// anything before and after an `@` are left out.
pub(crate) fn addresses(subject: &Name, alternative_names: &[GeneralName]) -> Vec<String> {
    let of_subject = subject
        .attributes()
        .filter(|attribute| *attribute.oid() == EMAIL_ADDRESS)
        .filter_map(|attribute| attribute.text())
        .map(Cow::Borrowed);
    let mut seen = BTreeSet::new();
    alternative_names
        .iter()
        .filter_map(GeneralName::as_email)
        .chain(of_subject)
        .map(|address| address.trim().to_lowercase())
        .filter(|address| {
            address.split_once('@').is_some_and(|(local, host)| {
                !local.is_empty() && !host.is_empty() && !address.contains(char::is_control)
            })
        })
        .filter(|address| seen.insert(address.clone()))
        .collect()
}
