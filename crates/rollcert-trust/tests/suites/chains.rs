//! Chains made on the spot, to hold against other validators.

use core::net::{IpAddr, Ipv4Addr};

use der::asn1::ObjectIdentifier;
use rollcert_pki::extension::{
    BasicConstraints, CertificatePolicies, Criticality, EncodedExtension, GeneralName,
    GeneralSubtree, InhibitAnyPolicy, NameConstraints, PolicyConstraints, PolicyInformation,
    PolicyMapping, PolicyMappings, SubjectAlternativeName,
};
use rollcert_pki::{KeyUsage, Name, Oid};

use crate::common::{
    Authority, CrlTemplate, Template, TestStores, critical, day, extension, name, unknown_extension,
};

/// A target, and the stores to judge it in.
pub struct Made {
    pub target: Authority,
    /// Who issued it.
    pub issuer: Authority,
    pub stores: TestStores,
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    Expired,
    Early,
    BrokenSignature,
    Revoked,
    NoBasicConstraints,
    NotAnAuthority,
    NoCertSign,
    UnknownCritical,
    ExpiredCrl,
    NoCrl,
    WrongIssuer,
}

impl Flaw {
    /// Whether it is none in a certificate that issues nothing.
    pub fn is_of_authorities(self) -> bool {
        matches!(
            self,
            Self::NoBasicConstraints | Self::NotAnAuthority | Self::NoCertSign
        )
    }
}

pub const FLAWS: &[(&str, Flaw)] = &[
    ("expired", Flaw::Expired),
    ("not yet valid", Flaw::Early),
    ("broken signature", Flaw::BrokenSignature),
    ("revoked", Flaw::Revoked),
    ("no basic constraints", Flaw::NoBasicConstraints),
    ("not an authority", Flaw::NotAnAuthority),
    ("no keyCertSign", Flaw::NoCertSign),
    ("an unknown critical extension", Flaw::UnknownCritical),
    ("an expired CRL", Flaw::ExpiredCrl),
    ("no CRL", Flaw::NoCrl),
    ("another issuer", Flaw::WrongIssuer),
];

/// No flaw, and each one at each level.
pub fn flaws(authorities: usize) -> Vec<Option<(usize, Flaw)>> {
    let levels = (0..=authorities).flat_map(|level| FLAWS.iter().map(move |one| (level, one.1)));
    core::iter::once(None).chain(levels.map(Some)).collect()
}

/// A root, authorities, a leaf, and a CRL of each issuer; with a flaw so many levels below the root.
pub fn chain(authorities: usize, flaw: Option<(usize, Flaw)>) -> Made {
    let root = Authority::root("Root");
    let mut stores = TestStores::new().root(&root);
    let mut issuer = root;
    for level in 0..=authorities {
        let here = flaw.filter(|(at, _)| *at == level).map(|(_, flaw)| flaw);
        let level_name = format!("Level {level}");
        let template = if level == authorities {
            Template::leaf(&level_name)
        } else {
            Template::authority(&level_name)
        };
        let template = match here {
            Some(Flaw::Expired) => template.with_validity(day(-9), day(-2)),
            Some(Flaw::Early) => template.with_validity(day(2), day(9)),
            Some(Flaw::NoBasicConstraints) => template.without::<BasicConstraints>(),
            Some(Flaw::NotAnAuthority) => template.with(critical(&BasicConstraints::END_ENTITY)),
            Some(Flaw::NoCertSign) => {
                template.with_key_usage(&[KeyUsage::CrlSign, KeyUsage::DigitalSignature])
            }
            Some(Flaw::UnknownCritical) => template.with(unknown_extension(Criticality::Critical)),
            Some(Flaw::WrongIssuer) => template.with_issuer(name("Nobody")),
            _ => template,
        };
        let mut certificate = issuer.issue(template);
        if here == Some(Flaw::BrokenSignature) {
            certificate = certificate.with_broken_signature();
        }
        let crl = CrlTemplate::new(1);
        let crl = match here {
            Some(Flaw::Revoked) => crl.revoking(&certificate.certificate),
            Some(Flaw::ExpiredCrl) => crl.with_times(day(-9), Some(day(-2))),
            _ => crl,
        };
        if here != Some(Flaw::NoCrl) {
            stores = stores.crl(&issuer.crl(&crl));
        }
        if level == authorities {
            return Made {
                target: certificate,
                issuer,
                stores,
            };
        }
        stores = stores.certificate(&certificate);
        issuer = certificate;
    }
    unreachable!("the last level is the leaf's")
}

/// A path length constraint in the certificate so many below the root.
pub fn lengths(authorities: u32, constrained: u32, length: u32) -> Made {
    let template = |level: u32| {
        let template = Template::authority(&format!("Level {level}"));
        if level == constrained {
            template.with_path_length(length)
        } else {
            template
        }
    };
    let root = Authority::self_signed(&template(0));
    let mut stores = TestStores::new().root(&root);
    let mut issuer = root;
    for level in 1..=authorities {
        issuer = issuer.issue(template(level));
        stores = stores.certificate(&issuer);
    }
    Made {
        target: issuer.leaf("Leaf"),
        issuer,
        stores,
    }
}

/// A leaf of this name below an authority with this constraint.
pub fn constrained(which: &str, base: &GeneralName, names: &[GeneralName]) -> Made {
    let subtree = GeneralSubtree {
        base: base.clone(),
        minimum: 0,
        maximum: None,
    };
    let constraints = match which {
        "permitted" => NameConstraints {
            permitted: vec![subtree],
            excluded: Vec::new(),
        },
        _ => NameConstraints {
            permitted: Vec::new(),
            excluded: vec![subtree],
        },
    };
    let root = Authority::root("Root");
    let authority = root.issue(Template::authority("Authority").with(critical(&constraints)));
    let stores = TestStores::new().root(&root).certificate(&authority);
    // A directory name is that of the subject.
    let target = match names {
        [GeneralName::Directory(subject)] => Template::leaf("").with_subject(subject.clone()),
        names => Template::leaf("").with(critical(&SubjectAlternativeName(names.to_vec()))),
    };
    Made {
        target: authority.issue(target),
        issuer: authority,
        stores,
    }
}

pub type Named = Vec<(String, GeneralName)>;

/// For each kind: constraints, and names to hold against each of them.
pub fn constrained_names() -> Vec<(&'static str, Named, Named)> {
    vec![
        (
            "dns",
            named(dns, &["example.com", "host.example.com", "com", ""]),
            named(
                dns,
                &[
                    "example.com",
                    "host.example.com",
                    "a.host.example.com",
                    "badexample.com",
                    "EXAMPLE.com",
                    "example.org",
                ],
            ),
        ),
        (
            "email",
            named(
                email,
                &[
                    "example.com",
                    ".example.com",
                    "user@example.com",
                    "host.example.com",
                ],
            ),
            named(
                email,
                &[
                    "user@example.com",
                    "other@example.com",
                    "user@host.example.com",
                    "user@EXAMPLE.COM",
                    "User@example.com",
                    "user@badexample.com",
                ],
            ),
        ),
        (
            "uri",
            named(uri, &["example.com", ".example.com", "host.example.com"]),
            named(
                uri,
                &[
                    "https://example.com/path",
                    "https://host.example.com/",
                    "https://host.example.com:8443/",
                    "https://a.host.example.com",
                    "https://badexample.com/",
                    "https://user@host.example.com/",
                    "urn:example:com",
                    "https://192.0.2.1/",
                ],
            ),
        ),
        (
            "ip",
            vec![
                ip_range([192, 0, 2, 0], [255, 255, 255, 0]),
                ip_range([0, 0, 0, 0], [0, 0, 0, 0]),
                ip_range([192, 0, 2, 7], [255, 255, 255, 255]),
            ],
            vec![
                ip([192, 0, 2, 7]),
                ip([192, 0, 2, 8]),
                ip([192, 0, 3, 7]),
                ip([10, 0, 0, 1]),
            ],
        ),
        (
            "directory",
            named(directory, &["O=Acme", "O=Acme,C=DE", "C=DE"]),
            named(
                directory,
                &[
                    "CN=Leaf,O=Acme,C=DE",
                    "CN=Leaf,O=ACME,C=DE",
                    "CN=Leaf,O=Other,C=DE",
                    "CN=Leaf,O=Acme",
                    "O=Acme,C=DE",
                ],
            ),
        ),
    ]
}

pub fn named(make: fn(&str) -> GeneralName, texts: &[&str]) -> Named {
    let texts = texts.iter();
    texts.map(|text| ((*text).to_owned(), make(text))).collect()
}

pub fn dns(text: &str) -> GeneralName {
    GeneralName::dns(text).unwrap()
}

pub fn email(text: &str) -> GeneralName {
    GeneralName::email(text).unwrap()
}

pub fn uri(text: &str) -> GeneralName {
    GeneralName::uri(text).unwrap()
}

pub fn directory(text: &str) -> GeneralName {
    GeneralName::Directory(distinguished(text))
}

/// Of a text whose first part is the most specific.
pub fn distinguished(text: &str) -> Name {
    let parts: Vec<&str> = text.split(',').collect();
    let mut builder = Name::builder();
    for part in parts.iter().rev() {
        builder = match part.split_once('=').unwrap() {
            ("CN", value) => builder.common_name(value),
            ("O", value) => builder.organization(value),
            ("C", value) => builder.country(value),
            (other, _) => panic!("no attribute {other}"),
        };
    }
    builder.build().unwrap()
}

pub fn ip(octets: [u8; 4]) -> (String, GeneralName) {
    let address = Ipv4Addr::from(octets);
    (address.to_string(), GeneralName::ip(IpAddr::V4(address)))
}

pub fn ip_range(octets: [u8; 4], mask: [u8; 4]) -> (String, GeneralName) {
    let text = format!("{}/{}", Ipv4Addr::from(octets), Ipv4Addr::from(mask));
    (text, GeneralName::Ip([octets, mask].concat()))
}

/// Chains of two authorities and a leaf over policies, mappings and constraints.
pub fn policy_chains() -> Vec<(String, Made)> {
    let sets: [(&str, Option<&[u8]>); 4] = [
        ("none", None),
        ("1", Some(&[1])),
        ("2", Some(&[2])),
        ("any", Some(&[0])),
    ];
    let extras: [(&str, Option<EncodedExtension>); 4] = [
        ("plain", None),
        (
            "maps 1 to 2",
            Some(critical(&PolicyMappings(vec![PolicyMapping {
                issuer_domain: test_policy(1),
                subject_domain: test_policy(2),
            }]))),
        ),
        (
            "requires a policy",
            Some(critical(&PolicyConstraints {
                require_explicit_policy: Some(0),
                inhibit_policy_mapping: None,
            })),
        ),
        ("inhibits any", Some(critical(&InhibitAnyPolicy(0)))),
    ];
    let mut made = Vec::new();
    for (of_authority, authority) in sets {
        for (of_leaf, leaf) in sets {
            for (extra, encoded) in &extras {
                let name = format!("authority {of_authority} {extra}, leaf {of_leaf}");
                made.push((name, policy_chain(authority, encoded.clone(), leaf)));
            }
        }
    }
    made
}

pub fn policy_chain(
    authority: Option<&[u8]>,
    extra: Option<EncodedExtension>,
    leaf: Option<&[u8]>,
) -> Made {
    let with = |template: Template, policies: Option<&[u8]>| match policies {
        Some(numbers) => template.with(extension(&policies_of(numbers))),
        None => template,
    };
    let root = Authority::root("Root");
    let template = with(Template::authority("Authority"), authority);
    let authority = root.issue(match extra {
        Some(extra) => template.with(extra),
        None => template,
    });
    let stores = TestStores::new().root(&root).certificate(&authority);
    Made {
        target: authority.issue(with(Template::leaf("Leaf"), leaf)),
        issuer: authority,
        stores,
    }
}

pub fn policies_of(numbers: &[u8]) -> CertificatePolicies {
    let numbers = numbers.iter();
    CertificatePolicies(
        numbers
            .map(|number| PolicyInformation {
                policy: match number {
                    0 => CertificatePolicies::ANY.into(),
                    number => test_policy(*number),
                },
                qualifiers: Vec::new(),
            })
            .collect(),
    )
}

pub fn test_policy(number: u8) -> Oid {
    ObjectIdentifier::new(&format!("1.3.6.1.4.1.99999.7.{number}"))
        .unwrap()
        .into()
}
