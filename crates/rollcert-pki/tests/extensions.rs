//! The values of extensions: the laws of reading and writing, and what others wrote.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use core::fmt::Debug;
use core::net::IpAddr;

use chrono::DateTime;
use der::asn1::ObjectIdentifier;
use proptest::prelude::*;
use rollcert_pki::asn1::{Element, encode, tag};
use rollcert_pki::extension::{
    AccessDescription, AuthorityInformationAccess, AuthorityKeyIdentifier, BasicConstraints,
    CertificateIssuer, CertificatePolicies, Criticality, CrlDistributionPoints, CrlNumber,
    CrlScope, DeltaCrlIndicator, DirectoryAttribute, DisplayText, DistributionPoint,
    DistributionPointName, EncodedExtension, ExtendedKeyUsages, ExtensionValue, Extensions,
    FreshestCrl, GeneralName, GeneralSubtree, HoldInstructionCode, Ia5Text, InhibitAnyPolicy,
    InvalidityDate, IssuerAlternativeName, IssuingDistributionPoint, NameConstraints,
    NoticeReference, OcspNoCheck, PolicyConstraints, PolicyInformation, PolicyMapping,
    PolicyMappings, PolicyQualifier, ReasonCode, ReasonFlag, ReasonFlags, SubjectAlternativeName,
    SubjectDirectoryAttributes, SubjectInformationAccess, SubjectKeyIdentifier, TypedExtension,
    UserNotice,
};
use rollcert_pki::{Certificate, ExtendedKeyUsage, KeyUsage, KeyUsages, Name, Oid, SerialNumber};
use support::{certificate, fixture, path};

/// Whatever is written is read back, and is in the form that comes back octet for octet.
fn obeys_the_laws<T: ExtensionValue + Debug + PartialEq>(value: &T) {
    let octets = value.encode();
    let read = T::decode(&octets).unwrap_or_else(|error| panic!("{value:?}: {error}"));
    assert_eq!(&read, value);
    assert_eq!(read.encode(), octets);
    for end in 0..octets.len() {
        assert!(T::decode(&octets[..end]).is_err(), "{value:?} cut at {end}");
    }
    assert!(T::decode(&[octets.as_slice(), &[0]].concat()).is_err());
}

fn oids() -> impl Strategy<Value = Oid> {
    prop::sample::select(vec![
        "2.5.29.32.0",
        "1.3.6.1.5.5.7.48.1",
        "1.3.999.3",
        "1.2.3.4.5.6",
    ])
    .prop_map(|text| ObjectIdentifier::new_unwrap(text).into())
}

fn octets(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..most)
}

fn elements() -> impl Strategy<Value = Vec<u8>> {
    octets(6).prop_map(|content| encode(tag::OCTET_STRING, &[&content]))
}

fn texts() -> impl Strategy<Value = Ia5Text> {
    // Octets of the wild, not ASCII alone.
    octets(12).prop_map(|octets| Ia5Text::from_octets(&octets))
}

fn names() -> impl Strategy<Value = Name> {
    prop::sample::select(vec![
        "rsa2048.cert.pem",
        "cem/alice-dc.cert.pem",
        "p256.cert.pem",
    ])
    .prop_map(|file| certificate(file).subject().clone())
}

fn general_name() -> impl Strategy<Value = GeneralName> {
    prop_oneof![
        (oids(), elements()).prop_map(|(type_id, value)| GeneralName::Other { type_id, value }),
        texts().prop_map(GeneralName::Rfc822),
        texts().prop_map(GeneralName::Dns),
        octets(8).prop_map(GeneralName::X400),
        names().prop_map(GeneralName::Directory),
        octets(8).prop_map(GeneralName::EdiParty),
        texts().prop_map(GeneralName::Uri),
        octets(33).prop_map(GeneralName::Ip),
        any::<IpAddr>().prop_map(GeneralName::ip),
        oids().prop_map(GeneralName::RegisteredId),
    ]
}

fn general_names() -> impl Strategy<Value = Vec<GeneralName>> {
    prop::collection::vec(general_name(), 0..4)
}

fn key_usages() -> impl Strategy<Value = KeyUsages> {
    prop::sample::subsequence(KeyUsage::ALL.to_vec(), 0..=9)
        .prop_map(|usages| usages.into_iter().collect())
}

fn reasons() -> impl Strategy<Value = ReasonFlags> {
    prop::sample::subsequence(ReasonFlag::ALL.to_vec(), 0..=8)
        .prop_map(|reasons| reasons.into_iter().collect())
}

fn serials() -> impl Strategy<Value = SerialNumber> {
    prop::collection::vec(any::<u8>(), 1..24)
        .prop_map(|octets| SerialNumber::from_der_content(&octets).unwrap())
}

fn extended_key_usages() -> impl Strategy<Value = ExtendedKeyUsages> {
    let known = prop::sample::select(vec![
        ExtendedKeyUsage::Any,
        ExtendedKeyUsage::EmailProtection,
        ExtendedKeyUsage::SmartcardLogin,
    ]);
    let other = oids().prop_map(ExtendedKeyUsage::Other);
    prop::collection::vec(prop_oneof![known, other], 0..4).prop_map(ExtendedKeyUsages)
}

fn points() -> impl Strategy<Value = Vec<DistributionPoint>> {
    let point = (
        prop::option::of(general_names().prop_map(DistributionPointName::Full)),
        prop::option::of(reasons()),
        general_names(),
    );
    let point = point.prop_map(|(name, reasons, crl_issuer)| DistributionPoint {
        name,
        reasons,
        crl_issuer,
    });
    prop::collection::vec(point, 0..3)
}

fn services() -> impl Strategy<Value = Vec<AccessDescription>> {
    let service = (oids(), general_name())
        .prop_map(|(method, location)| AccessDescription { method, location });
    prop::collection::vec(service, 0..3)
}

fn display_texts() -> impl Strategy<Value = DisplayText> {
    any::<String>().prop_map(|text| DisplayText::new(&text))
}

fn policies() -> impl Strategy<Value = CertificatePolicies> {
    let reference = (display_texts(), prop::collection::vec(any::<u32>(), 0..3)).prop_map(
        |(organization, numbers)| NoticeReference {
            organization,
            numbers,
        },
    );
    let notice = (
        prop::option::of(reference),
        prop::option::of(display_texts()),
    )
        .prop_map(|(reference, text)| UserNotice { reference, text });
    let qualifier = prop_oneof![
        texts().prop_map(PolicyQualifier::Cps),
        notice.prop_map(PolicyQualifier::UserNotice),
        (oids(), elements()).prop_map(|(oid, value)| PolicyQualifier::Other { oid, value }),
    ];
    let policy = (oids(), prop::collection::vec(qualifier, 0..3))
        .prop_map(|(policy, qualifiers)| PolicyInformation { policy, qualifiers });
    prop::collection::vec(policy, 0..3).prop_map(CertificatePolicies)
}

fn subtrees() -> impl Strategy<Value = Vec<GeneralSubtree>> {
    let subtree = (general_name(), any::<u32>(), any::<Option<u32>>()).prop_map(
        |(base, minimum, maximum)| GeneralSubtree {
            base,
            minimum,
            maximum,
        },
    );
    prop::collection::vec(subtree, 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn names_come_back(names in general_names(), one in general_name()) {
        prop_assert_eq!(GeneralName::decode(&one.encode()), Ok(one));
        obeys_the_laws(&SubjectAlternativeName(names.clone()));
        obeys_the_laws(&IssuerAlternativeName(names.clone()));
        obeys_the_laws(&CertificateIssuer(names));
    }

    #[test]
    fn usages_come_back(usages in key_usages(), extended in extended_key_usages()) {
        obeys_the_laws(&usages);
        obeys_the_laws(&extended);
    }

    #[test]
    fn constraints_come_back(
        length: Option<u32>,
        explicit: Option<u32>,
        mapping: Option<u32>,
        skip: u32,
        permitted in subtrees(),
        excluded in subtrees(),
    ) {
        obeys_the_laws(&BasicConstraints::authority(length));
        obeys_the_laws(&BasicConstraints::END_ENTITY);
        obeys_the_laws(&PolicyConstraints {
            require_explicit_policy: explicit,
            inhibit_policy_mapping: mapping,
        });
        obeys_the_laws(&InhibitAnyPolicy(skip));
        obeys_the_laws(&NameConstraints { permitted, excluded });
    }

    #[test]
    fn key_identifiers_come_back(
        identifier in octets(24),
        issuer in general_names(),
        serial in serials(),
    ) {
        obeys_the_laws(&SubjectKeyIdentifier(identifier.clone()));
        let of_key = AuthorityKeyIdentifier::of_key(identifier);
        obeys_the_laws(&of_key);
        obeys_the_laws(&of_key.with_certificate(issuer, serial));
        obeys_the_laws(&AuthorityKeyIdentifier::default());
    }

    #[test]
    fn policies_come_back(policies in policies(), mappings in prop::collection::vec((oids(), oids()), 0..3)) {
        obeys_the_laws(&policies);
        let mapping = |(issuer_domain, subject_domain)| PolicyMapping {
            issuer_domain,
            subject_domain,
        };
        obeys_the_laws(&PolicyMappings(mappings.into_iter().map(mapping).collect()));
    }

    #[test]
    fn distribution_points_come_back(
        points in points(),
        names in prop::option::of(general_names()),
        scope in prop::sample::select(vec![
            CrlScope::All,
            CrlScope::EndEntities,
            CrlScope::Authorities,
            CrlScope::AttributeCertificates,
        ]),
        reasons in prop::option::of(reasons()),
        indirect: bool,
    ) {
        obeys_the_laws(&CrlDistributionPoints(points.clone()));
        obeys_the_laws(&FreshestCrl(points));
        let mut point = IssuingDistributionPoint::default().with_scope(scope);
        if let Some(names) = names {
            point = point.with_name(DistributionPointName::Full(names));
        }
        if let Some(reasons) = reasons {
            point = point.with_reasons(reasons);
        }
        if indirect {
            point = point.indirect();
        }
        obeys_the_laws(&point);
    }

    #[test]
    fn services_come_back(services in services()) {
        obeys_the_laws(&AuthorityInformationAccess(services.clone()));
        obeys_the_laws(&SubjectInformationAccess(services));
    }

    #[test]
    fn facts_of_crls_come_back(
        number in serials(),
        reason in prop::sample::select(ReasonCode::ALL.to_vec()),
        seconds: i64,
        nanoseconds in 0_u32..2_000_000_000,
        hold in oids(),
    ) {
        obeys_the_laws(&CrlNumber(number.clone()));
        obeys_the_laws(&DeltaCrlIndicator(number));
        obeys_the_laws(&reason);
        obeys_the_laws(&HoldInstructionCode(hold));
        // Any instant that can be held, those outside of what can be written included.
        if let Some(time) = DateTime::from_timestamp(seconds >> 20, nanoseconds) {
            obeys_the_laws(&InvalidityDate::new(time));
        }
    }

    #[test]
    fn attributes_come_back(attributes in prop::collection::vec((oids(), prop::collection::vec(elements(), 0..3)), 0..3)) {
        let attribute = |(oid, values): (Oid, _)| DirectoryAttribute::new(oid, values);
        let attributes = attributes.into_iter().map(attribute).collect();
        obeys_the_laws(&SubjectDirectoryAttributes(attributes));
        obeys_the_laws(&OcspNoCheck);
    }

    #[test]
    fn whole_extensions_come_back(oid in oids(), critical: bool, value in octets(40)) {
        let criticality = if critical { Criticality::Critical } else { Criticality::NotCritical };
        let extension = EncodedExtension::new(oid.clone(), criticality, value);
        let octets = EncodedExtension::to_der_sequence(core::slice::from_ref(&extension));
        let read = Extensions::parse(&Element::parse(&octets).unwrap()).unwrap();
        prop_assert_eq!(read.len(), 1);
        let read = read.iter().next().unwrap();
        prop_assert_eq!(read.raw(), extension.to_der());
        prop_assert_eq!(EncodedExtension::from(read), extension);
    }

    #[test]
    fn noise_never_panics(which in 0_usize..NOISY.len(), octets in octets(60)) {
        NOISY[which](&octets);
        NOISY[which](&encode(tag::SEQUENCE, &[&octets]));
    }

    #[test]
    fn changed_octets_never_panic(place: prop::sample::Index, octet: u8) {
        let mut changed = certificate("every-extension.cert.pem").as_der().to_vec();
        let place = place.index(changed.len());
        changed[place] = octet;
        if let Ok(certificate) = Certificate::from_der(changed) {
            for extension in certificate.extensions() {
                if let Ok(value) = extension.typed() {
                    drop(format!("{value:?}"));
                }
            }
            let _ = certificate.quirks();
        }
    }
}

/// What can be read is what is written of it, again and again.
fn read_and_write<T: ExtensionValue + Debug + PartialEq>(octets: &[u8]) {
    if let Ok(value) = T::decode(octets) {
        let written = value.encode();
        assert_eq!(T::decode(&written).as_ref(), Ok(&value));
        drop(format!("{value:?}"));
    }
}

const NOISY: [fn(&[u8]); 9] = [
    read_and_write::<SubjectAlternativeName>,
    read_and_write::<CertificatePolicies>,
    read_and_write::<CrlDistributionPoints>,
    read_and_write::<NameConstraints>,
    read_and_write::<AuthorityKeyIdentifier>,
    read_and_write::<IssuingDistributionPoint>,
    read_and_write::<KeyUsages>,
    read_and_write::<BasicConstraints>,
    read_and_write::<InvalidityDate>,
];

/// The typed value of an extension of a certificate.
fn find<T: ExtensionValue>(file: &str) -> T {
    let certificate = certificate(file);
    let value = certificate.extension().unwrap();
    value.unwrap_or_else(|| panic!("{file} has no {}", T::OID))
}

fn shown<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

const EVERY: &str = "every-extension.cert.pem";

#[test]
fn every_extension_that_openssl_writes_is_typed_and_written_back() {
    let certificate = certificate(EVERY);
    assert_eq!(certificate.extensions().len(), 19);
    let mut unknown = Vec::new();
    for extension in certificate.extensions() {
        match extension.typed().unwrap().encode() {
            Some(octets) => assert_eq!(octets, extension.value(), "{}", extension.oid()),
            None => unknown.push(extension.oid().to_string()),
        }
    }
    assert_eq!(unknown, ["1.3.6.1.4.1.311.20.2"]);
    assert_eq!(certificate.quirks(), []);
}

#[test]
fn the_names_of_openssl_show_as_what_they_are() {
    let SubjectAlternativeName(names) = find(EVERY);
    assert_eq!(
        shown(&names),
        [
            "email:edi@acme.example",
            "dns:as2.acme.example",
            "uri:https://acme.example/as2",
            "ip:192.0.2.1",
            "ip:2001:db8::1",
            "registered-id:1.2.3.4",
            "directory:O=Acme,C=DE",
            "other:zoë@acme.example",
        ]
    );
    let certificate = certificate(EVERY);
    assert_eq!(certificate.alternative_names(), names);
    assert_eq!(
        certificate.emails(),
        ["edi@acme.example", "zoë@acme.example"]
    );
    assert_eq!(certificate.dns_names(), ["as2.acme.example"]);
    assert_eq!(certificate.uri_names(), ["https://acme.example/as2"]);
    let addresses: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
    assert_eq!(certificate.ip_addresses(), addresses);
    let IssuerAlternativeName(names) = find(EVERY);
    assert_eq!(shown(&names), ["uri:https://ca.example/"]);
}

#[test]
fn what_openssl_writes_about_policies_is_understood() {
    let CertificatePolicies(policies) = find(EVERY);
    let oid = |text| Oid::from(ObjectIdentifier::new_unwrap(text));
    let notice = UserNotice {
        reference: Some(NoticeReference {
            organization: DisplayText::new("Acme"),
            numbers: vec![1, 400],
        }),
        text: Some(DisplayText::new("Für Tests")),
    };
    let PolicyQualifier::UserNotice(read) = &policies[1].qualifiers[1] else {
        panic!("{policies:?}");
    };
    // OpenSSL writes the organization as a string of another type.
    let organization = &read.reference.as_ref().unwrap().organization;
    assert_eq!(organization.text().as_deref(), Some("Acme"));
    assert_eq!(read.text, notice.text);
    assert_eq!(read.reference.as_ref().unwrap().numbers, [1, 400]);
    assert_eq!(
        policies[1].qualifiers[0],
        PolicyQualifier::Cps(Ia5Text::new("https://ca.example/cps").unwrap())
    );
    assert_eq!(policies[0].policy, oid("1.2.3.4"));
    assert_eq!(policies[1].policy, CertificatePolicies::ANY);
    assert_eq!(
        find::<PolicyMappings>(EVERY).0,
        [PolicyMapping {
            issuer_domain: oid("1.2.3.4"),
            subject_domain: oid("1.2.3.5"),
        }]
    );
    assert_eq!(
        find::<PolicyConstraints>(EVERY),
        PolicyConstraints {
            require_explicit_policy: Some(3),
            inhibit_policy_mapping: Some(0),
        }
    );
    assert_eq!(find::<InhibitAnyPolicy>(EVERY), InhibitAnyPolicy(2));
}

#[test]
fn what_openssl_writes_about_the_authority_is_understood() {
    let constraints: NameConstraints = find(EVERY);
    let bases = |subtrees: &[GeneralSubtree]| {
        let bases: Vec<String> = subtrees.iter().map(|tree| tree.base.to_string()).collect();
        bases.join(", ")
    };
    assert_eq!(
        (
            bases(&constraints.permitted).as_str(),
            bases(&constraints.excluded).as_str()
        ),
        (
            "email:acme.example, ip:192.0.2.0/255.255.255.0",
            "dns:evil.example"
        )
    );
    let basic: BasicConstraints = find(EVERY);
    assert_eq!((basic.is_ca(), basic.path_length()), (true, Some(300)));
    assert_eq!(
        find::<KeyUsages>(EVERY).to_string(),
        "keyAgreement, keyCertSign, cRLSign, decipherOnly"
    );
    assert_eq!(
        find::<ExtendedKeyUsages>(EVERY).to_string(),
        "OCSPSigning, smartcardLogin, 1.2.3.4"
    );
    let certificate = certificate(EVERY);
    let authority: AuthorityKeyIdentifier = find(EVERY);
    assert_eq!(
        (authority.key_identifier(), authority.serial()),
        (
            certificate.subject_key_identifier(),
            Some(certificate.serial())
        )
    );
    assert_eq!(shown(authority.issuer()), ["directory:CN=every extension"]);
    let SubjectDirectoryAttributes(attributes) = find(EVERY);
    assert_eq!(attributes[0].oid().to_string(), "1.3.6.1.5.5.7.9.4");
    assert_eq!(attributes[0].values(), [b"\x13\x02DE", b"\x13\x02FR"]);
    assert_eq!(find::<OcspNoCheck>(EVERY), OcspNoCheck);
}

#[test]
fn what_openssl_writes_about_places_is_understood() {
    let CrlDistributionPoints(points) = find(EVERY);
    let [point] = points.as_slice() else {
        panic!("{points:?}");
    };
    assert_eq!(
        (
            shown(point.name.as_ref().unwrap().full()),
            point.reasons.unwrap().to_string(),
            shown(&point.crl_issuer),
        ),
        (
            vec!["uri:http://ca.example/ca.crl".to_owned()],
            "keyCompromise, cACompromise".to_owned(),
            vec!["directory:O=Acme,C=DE".to_owned()],
        )
    );
    let FreshestCrl(points) = find(EVERY);
    let delta = GeneralName::uri("http://ca.example/delta.crl").unwrap();
    assert_eq!(points, [DistributionPoint::of(vec![delta])]);
    let access: AuthorityInformationAccess = find(EVERY);
    let uris = |method| access.uris(method).map(ToString::to_string).collect();
    let uris: [Vec<String>; 2] = [
        uris(AuthorityInformationAccess::OCSP),
        uris(AuthorityInformationAccess::CA_ISSUERS),
    ];
    assert_eq!(
        uris,
        [["http://ocsp.ca.example/"], ["http://ca.example/ca.cer"]]
    );
    let access: SubjectInformationAccess = find(EVERY);
    let mut uris = access.uris(SubjectInformationAccess::CA_REPOSITORY);
    assert_eq!(
        uris.next().unwrap().to_string(),
        "http://ca.example/repository"
    );
}

/// What other issuers wrote, vectors made for other libraries among it.
fn vectors() -> Vec<(String, Certificate)> {
    let folder = "pyca/certificates";
    let mut files: Vec<String> = std::fs::read_dir(path(folder))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    files
        .into_iter()
        .filter_map(|file| {
            let octets = fixture(&format!("{folder}/{file}"));
            let bundle = support::open_octets(&octets, None).ok()?;
            let certificate = bundle.certificates().next()?.clone();
            Some((file, certificate))
        })
        .collect()
}

#[test]
fn whatever_is_understood_is_written_back_octet_for_octet() {
    let mut understood = 0;
    for (file, certificate) in vectors() {
        for extension in certificate.extensions() {
            let Ok(value) = extension.typed() else {
                continue;
            };
            if let Some(octets) = value.encode() {
                understood += 1;
                // A default that is written out is the one thing that does not come back.
                if extension.value() != [0x30, 3, 1, 1, 0] {
                    assert_eq!(octets, extension.value(), "{file} {}", extension.oid());
                }
            }
        }
    }
    assert!(understood > 100, "{understood}");
}

#[test]
fn names_of_rare_kinds_keep_their_octets() {
    for (file, expected) in [
        ("san_other_name.pem", "other:1.2.3.4#"),
        ("san_registered_id.pem", "registered-id:1.2.3.4"),
        ("san_x400address.der", "x400:#"),
        ("san_edipartyname.der", "edi-party:#"),
        ("utf8-dnsname.pem", "dns:"),
    ] {
        let SubjectAlternativeName(names) = find(&format!("pyca/certificates/{file}"));
        let shown = shown(&names);
        assert!(
            shown.iter().any(|name| name.starts_with(expected)),
            "{file}: {shown:?}"
        );
    }
}

#[test]
fn what_could_deceive_is_escaped() {
    for (octets, shown) in [
        (&b"a\r\nb"[..], "a\\u{d}\\u{a}b"),
        (b"\xe2\x80\xaemoc.emca", "\\u{202e}moc.emca"),
        (b"z\xeb", "zë"),
        ("zoë".as_bytes(), "zoë"),
    ] {
        assert_eq!(Ia5Text::from_octets(octets).to_string(), shown);
    }
    let error = GeneralName::dns("zoë.example").unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("not-ascii", "expected ASCII but found 'ë'")
    );
    assert_eq!(
        GeneralName::utf8_email("zoë@acme.example")
            .as_email()
            .as_deref(),
        Some("zoë@acme.example")
    );
}

#[test]
fn addresses_of_other_lengths_show_in_hexadecimal() {
    let network = [
        [0x20, 1, 0xd, 0xb8].as_slice(),
        &[0; 12],
        &[0xff; 4],
        &[0; 12],
    ]
    .concat();
    for (octets, shown) in [
        (&[192, 0, 2, 1][..], "ip:192.0.2.1"),
        (
            &[192, 0, 2, 0, 255, 255, 255, 0],
            "ip:192.0.2.0/255.255.255.0",
        ),
        (&network, "ip:2001:db8::/ffff:ffff::"),
        (&[1, 2, 3], "ip:#010203"),
        (&[], "ip:#"),
    ] {
        let name = GeneralName::Ip(octets.into());
        assert_eq!(name.to_string(), shown);
        assert_eq!(
            name.as_ip_address().is_some(),
            matches!(octets.len(), 4 | 16)
        );
    }
}

#[test]
fn booleans_and_written_defaults_are_read_leniently() {
    for value in ["3003010101", "30030101ff"] {
        let constraints = BasicConstraints::decode(&hex::decode(value).unwrap());
        assert_eq!(constraints, Ok(BasicConstraints::authority(None)));
    }
    let written = BasicConstraints::decode(&hex::decode("3003010100").unwrap());
    assert_eq!(written, Ok(BasicConstraints::END_ENTITY));
    let point = IssuingDistributionPoint::decode(&hex::decode("3006810100840101").unwrap());
    assert_eq!(point, Ok(IssuingDistributionPoint::default().indirect()));
}

#[test]
fn what_no_type_allows_is_refused_with_its_place() {
    // The places are those of the elements at fault.
    let refused: [Refused; 18] = [
        (
            "0303068000",
            error_of::<SubjectKeyIdentifier>,
            "unexpected-element",
            0,
        ),
        ("03020880", error_of::<KeyUsages>, "bad-value", 0),
        ("3003020180", error_of::<BasicConstraints>, "bad-value", 2),
        (
            "30070205010000000000",
            error_of::<BasicConstraints>,
            "trailing-octets",
            9,
        ),
        (
            "300702050100000000",
            error_of::<BasicConstraints>,
            "bad-value",
            2,
        ),
        (
            "300602040001ffff",
            error_of::<BasicConstraints>,
            "bad-value",
            2,
        ),
        // Primitive where constructed is wanted, and the other way.
        (
            "30028400",
            error_of::<SubjectAlternativeName>,
            "unexpected-element",
            2,
        ),
        (
            "3002a200",
            error_of::<SubjectAlternativeName>,
            "unexpected-element",
            2,
        ),
        (
            "30028900",
            error_of::<SubjectAlternativeName>,
            "unexpected-element",
            2,
        ),
        ("3002a000", error_of::<NameConstraints>, "bad-value", 2),
        // Two scopes at once.
        (
            "30068101ff8201ff",
            error_of::<IssuingDistributionPoint>,
            "bad-value",
            5,
        ),
        ("0a0107", error_of::<ReasonCode>, "bad-value", 0),
        ("0a0100", error_of::<CrlNumber>, "unexpected-element", 0),
        (
            "170d3236303130313030303030305a",
            error_of::<InvalidityDate>,
            "unexpected-element",
            0,
        ),
        (
            "3008300606012a30003000",
            error_of::<CertificatePolicies>,
            "trailing-octets",
            10,
        ),
        (
            "3007300506012a3000",
            error_of::<CertificatePolicies>,
            "bad-value",
            7,
        ),
        ("050100", error_of::<OcspNoCheck>, "bad-value", 0),
        ("0201ff", error_of::<InhibitAnyPolicy>, "bad-value", 0),
    ];
    for (octets, decode, code, offset) in refused {
        let error = decode(&hex::decode(octets).unwrap());
        assert_eq!(error, (code, offset), "{octets}");
    }
}

/// Octets, their decoder, and its error: the code and the place.
type Refused = (
    &'static str,
    fn(&[u8]) -> (&'static str, usize),
    &'static str,
    usize,
);

fn error_of<T: ExtensionValue + Debug>(octets: &[u8]) -> (&'static str, usize) {
    let error = T::decode(octets).unwrap_err();
    (error.code(), error.offset())
}

#[test]
fn an_endless_value_is_refused_before_it_takes_memory() {
    let long = encode(tag::SEQUENCE, &[&[0x81, 0].repeat(200_000)]);
    let many = encode(tag::SEQUENCE, &[&[0x81, 0].repeat(16_385)]);
    for value in [long, many] {
        let error = SubjectAlternativeName::decode(&value).unwrap_err();
        assert_eq!(error.code(), "limit-exceeded");
    }
    let most = encode(tag::SEQUENCE, &[&[0x81, 0].repeat(16_384)]);
    let names = SubjectAlternativeName::decode(&most).unwrap();
    assert_eq!(names.0.len(), 16_384);
}

#[test]
fn a_relative_name_is_appended_to_that_of_the_issuer() {
    // RFC 5280 §4.2.1.13: nameRelativeToCRLIssuer, here one part with the common name "one".
    let octets = hex::decode("30123010a00ea10c300a06035504030c036f6e65").unwrap();
    let points = CrlDistributionPoints::decode(&octets).unwrap();
    assert_eq!(points.encode(), octets);
    let Some(DistributionPointName::Relative(name)) = &points.0[0].name else {
        panic!("{points:?}");
    };
    assert_eq!(name.as_name().to_string(), "CN=one");
    let issuer = certificate("ca.cert.pem").subject().clone();
    assert_eq!(
        name.below(&issuer).unwrap().to_string(),
        "CN=one,CN=Test CA,O=Rollcert Test,C=DE"
    );
    assert_eq!(points.0[0].name.as_ref().unwrap().full(), []);
    // A part without any attribute is none.
    let empty = hex::decode("30063004a002a100").unwrap();
    assert!(CrlDistributionPoints::decode(&empty).is_err());
}

#[test]
fn one_extension_is_found_among_all() {
    let certificate = certificate(EVERY);
    let extensions = certificate.extensions();
    let usage = extensions.get(&KeyUsages::OID).unwrap();
    assert_eq!(
        (usage.criticality(), usage.typed().unwrap()),
        (
            Criticality::Critical,
            TypedExtension::KeyUsage(certificate.key_usage().unwrap())
        )
    );
    assert_eq!(extensions.find::<CrlNumber>(), Ok(None));
    let place = usage.value_offset();
    assert_eq!(
        &certificate.as_der()[place..place + usage.value().len()],
        usage.value()
    );
}
