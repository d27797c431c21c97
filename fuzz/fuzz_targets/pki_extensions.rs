//! Extensions: what is read is written back, octet for octet where only one form is read.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use rollcert_pki::KeyUsages;
use rollcert_pki::asn1::Element;
use rollcert_pki::extension::{
    AuthorityInformationAccess, AuthorityKeyIdentifier, BasicConstraints, CertificateIssuer,
    CertificatePolicies, CrlDistributionPoints, CrlNumber, DeltaCrlIndicator, EncodedExtension,
    ExtendedKeyUsages, ExtensionValue, Extensions, FreshestCrl, GeneralName, HoldInstructionCode,
    InhibitAnyPolicy, InvalidityDate, IssuerAlternativeName, IssuingDistributionPoint,
    NameConstraints, OcspNoCheck, PolicyConstraints, PolicyMappings, ReasonCode,
    SubjectAlternativeName, SubjectDirectoryAttributes, SubjectInformationAccess,
    SubjectKeyIdentifier,
};

fuzz_target!(|octets: &[u8]| {
    exact::<SubjectAlternativeName>(octets);
    exact::<IssuerAlternativeName>(octets);
    exact::<CertificateIssuer>(octets);
    exact::<SubjectKeyIdentifier>(octets);
    exact::<AuthorityKeyIdentifier>(octets);
    exact::<ExtendedKeyUsages>(octets);
    exact::<CertificatePolicies>(octets);
    exact::<PolicyMappings>(octets);
    exact::<PolicyConstraints>(octets);
    exact::<InhibitAnyPolicy>(octets);
    exact::<AuthorityInformationAccess>(octets);
    exact::<SubjectInformationAccess>(octets);
    exact::<SubjectDirectoryAttributes>(octets);
    exact::<OcspNoCheck>(octets);
    exact::<CrlNumber>(octets);
    exact::<DeltaCrlIndicator>(octets);
    exact::<ReasonCode>(octets);
    exact::<HoldInstructionCode>(octets);
    // Bits without a name, written defaults and older forms of times do not come back.
    lenient::<KeyUsages>(octets);
    lenient::<BasicConstraints>(octets);
    lenient::<NameConstraints>(octets);
    lenient::<CrlDistributionPoints>(octets);
    lenient::<FreshestCrl>(octets);
    lenient::<IssuingDistributionPoint>(octets);
    lenient::<InvalidityDate>(octets);

    if let Ok(name) = GeneralName::decode(octets) {
        assert_eq!(name.encode(), octets);
        let shown = name.to_string();
        assert!(!shown.contains(char::is_control), "{shown:?}");
        let _ = (name.as_email(), name.as_ip_address());
    }
    let Ok(list) = Element::parse(octets) else {
        return;
    };
    let Ok(extensions) = Extensions::parse(&list) else {
        return;
    };
    assert_eq!(extensions.iter().count(), extensions.len());
    for extension in extensions {
        let found = extensions
            .iter()
            .filter(|other| other.oid() == extension.oid());
        assert_eq!(found.count(), 1, "a duplicate passed");
        if let Err(error) = extension.typed() {
            assert!(error.offset() >= extension.value_offset());
        }
    }
    let encoded: Vec<EncodedExtension> = extensions.into_iter().map(Into::into).collect();
    let written = EncodedExtension::to_der_sequence(&encoded);
    let list = Element::parse(&written).expect("what we write is an element");
    let again = Extensions::parse(&list).expect("what we write is read");
    let again: Vec<EncodedExtension> = again.into_iter().map(Into::into).collect();
    assert_eq!(again, encoded);
});

/// Of values that are read in one form only.
fn exact<T: ExtensionValue + Debug + PartialEq>(octets: &[u8]) {
    if let Ok(value) = T::decode(octets) {
        assert_eq!(value.encode(), octets, "{value:?}");
    }
    lenient::<T>(octets);
}

fn lenient<T: ExtensionValue + Debug + PartialEq>(octets: &[u8]) {
    let Ok(value) = T::decode(octets) else {
        return;
    };
    let written = value.encode();
    assert_eq!(T::decode(&written).as_ref(), Ok(&value));
    assert!(
        T::decode(&octets[..octets.len() - 1]).is_err(),
        "a truncation passed"
    );
    assert!(
        T::decode(&[octets, &[0]].concat()).is_err(),
        "an appended octet passed"
    );
}
