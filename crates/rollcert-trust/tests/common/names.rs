//! Names and the constraints on them, however wrong.

use rollcert_pki::extension::{GeneralName, GeneralSubtree, Ia5Text, NameConstraints};

pub fn permitting(bases: &[GeneralName]) -> NameConstraints {
    NameConstraints {
        permitted: bases.iter().cloned().map(GeneralSubtree::below).collect(),
        excluded: Vec::new(),
    }
}

pub fn excluding(bases: &[GeneralName]) -> NameConstraints {
    NameConstraints {
        permitted: Vec::new(),
        excluded: bases.iter().cloned().map(GeneralSubtree::below).collect(),
    }
}

pub fn dns(text: &str) -> GeneralName {
    GeneralName::Dns(Ia5Text::from_octets(text.as_bytes()))
}

pub fn email(text: &str) -> GeneralName {
    GeneralName::Rfc822(Ia5Text::from_octets(text.as_bytes()))
}

pub fn uri(text: &str) -> GeneralName {
    GeneralName::Uri(Ia5Text::from_octets(text.as_bytes()))
}
