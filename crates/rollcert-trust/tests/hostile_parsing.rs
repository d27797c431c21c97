//! Octets that are no certificate or CRL, or hardly one: numbers 1 to 5 of the list of hostile inputs, and what becomes of an
//! evaluation that would rest on them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;

use common::{Authority, CrlTemplate, PROVIDER, Template, now, signed, strict_policy};
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::asn1::{Reader, encode, tag};
use rollcert_pki::extension::{
    AuthorityKeyIdentifier, Criticality, EncodedExtension, Extensions, GeneralName,
    SubjectAlternativeName,
};
use rollcert_pki::{Limits, Oid, certs_only};
use rollcert_trust::{Evaluator, Import, ImportReport, Question, Snapshot};

/// A leaf whose authority, and the CRL of that, are still to be imported; the root and its CRL are there.
struct World {
    root: Authority,
    issuing: Authority,
    leaf: Authority,
    snapshot: Snapshot,
}

impl World {
    fn new() -> Self {
        Self::with_issuing(Template::authority("Issuing"))
    }

    fn with_issuing(template: Template) -> Self {
        let root = Authority::root("Root");
        let issuing = root.issue(template);
        let mut snapshot = Snapshot::default();
        snapshot.roots.trust(root.stored());
        let mut world = Self {
            leaf: issuing.leaf("leaf"),
            root,
            issuing,
            snapshot,
        };
        let crl = world.root.crl_of(&[]);
        world.import(crl.as_der()).unwrap();
        world
    }

    fn import(&mut self, file: &[u8]) -> Result<ImportReport, &'static str> {
        let import = Import::new(PROVIDER);
        let read = import.read(&mut self.snapshot, file, now());
        read.map_err(|error| error.code())
    }

    /// It serves once its signer is known.
    fn import_crl_of_issuing(&mut self) {
        let crl = self.issuing.crl_of(&[]);
        self.import(crl.as_der()).unwrap();
    }

    /// Why the leaf is not trusted; nothing if it is.
    fn reasons(&self) -> Vec<&'static str> {
        let policy = strict_policy();
        let evaluator = Evaluator::new(self.snapshot.stores(), &policy, PROVIDER);
        let report = evaluator.evaluate(&Question::new(&self.leaf.certificate, now()));
        let reasons: Vec<_> = report
            .reasons()
            .map(|finding| finding.reason.code())
            .collect();
        assert_eq!(report.trusted().is_some(), reasons.is_empty());
        reasons
    }
}

/// How an element is written otherwise than DER wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// With another element at its end, which its length covers.
    Trailing,
    /// With a length of more octets than it needs.
    LongLength,
    /// With no length, and an end.
    Indefinite,
    /// A number with an octet of zeros before it.
    Padded,
}

const FORMS: [Form; 4] = [
    Form::Trailing,
    Form::LongLength,
    Form::Indefinite,
    Form::Padded,
];

/// The octets with the element of this number, counted as they begin, in this form; `None` beyond the last. Values of
/// extensions are gone into as well.
fn rewritten(octets: &[u8], number: usize, form: Form) -> Option<Vec<u8>> {
    let mut left = number.checked_add(1);
    let octets = rewrite(octets, &mut left, form);
    left.is_none().then_some(octets)
}

/// `left` counts down to the element that is meant, and is none behind it.
fn rewrite(octets: &[u8], left: &mut Option<usize>, form: Form) -> Vec<u8> {
    let mut reader = Reader::new(octets);
    let mut out = Vec::new();
    while !reader.is_empty() {
        let element = reader.opaque().unwrap();
        let (identifier, content) = (element.identifier(), element.content());
        *left = left.map(|left| left - 1);
        let is_meant = *left == Some(0);
        if is_meant {
            *left = None;
        }
        let is_constructed = identifier & 0x20 != 0;
        let is_extension = identifier == tag::OCTET_STRING && content.first() == Some(&0x30);
        let content = match left {
            Some(_) if is_constructed || is_extension => rewrite(content, left, form),
            _ => content.to_vec(),
        };
        out.extend(if is_meant {
            written(identifier, &content, form)
        } else {
            encode(identifier, &[&content])
        });
    }
    out
}

/// In this form, where it makes a difference for an element of this kind.
fn written(identifier: u8, content: &[u8], form: Form) -> Vec<u8> {
    let is_constructed = identifier & 0x20 != 0;
    match form {
        Form::Trailing if is_constructed => encode(identifier, &[content, &[tag::NULL, 0]]),
        Form::LongLength => {
            let length = u32::try_from(content.len()).unwrap().to_be_bytes();
            [&[identifier, 0x84], &length[..], content].concat()
        }
        Form::Indefinite if is_constructed => [&[identifier, 0x80], content, &[0, 0]].concat(),
        Form::Padded if identifier == tag::INTEGER => encode(identifier, &[&[0], content]),
        _ => encode(identifier, &[content]),
    }
}

/// A structure that is signed, with what is to be signed rewritten and signed again, or the rest rewritten.
fn forms_of(whole: &[u8], to_be_signed: &[u8], signer: &Authority) -> Vec<(usize, Form, Vec<u8>)> {
    let algorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    let mut forms = Vec::new();
    for form in FORMS {
        for number in 0.. {
            let Some(inner) = rewritten(to_be_signed, number, form) else {
                break;
            };
            if inner != to_be_signed {
                forms.push((number, form, signed(&inner, algorithm, &signer.key)));
            }
        }
        for number in 0.. {
            let Some(outer) = rewritten(whole, number, form) else {
                break;
            };
            if outer != whole {
                forms.push((number, form, outer));
            }
        }
    }
    forms
}

#[test]
fn hostile_01_a_certificate_in_any_other_form_than_der_is_no_authority() {
    let mut world = World::new();
    world.import_crl_of_issuing();
    assert_eq!(world.reasons(), ["no-path-to-anchor"]);
    let (before, certificate) = (world.snapshot.clone(), world.issuing.certificate.clone());
    let forms = forms_of(
        certificate.as_der(),
        certificate.to_be_signed(),
        &world.root,
    );
    assert!(forms.len() > 150, "{}", forms.len());
    let mut tolerated = Vec::new();
    for (number, form, file) in forms {
        world.snapshot = before.clone();
        let is_read = world.import(&file).is_ok();
        let reasons = world.reasons();
        if reasons.is_empty() {
            tolerated.push((number, form));
        }
        assert!(is_read || reasons == ["no-path-to-anchor"]);
    }
    // But for its serial number, which is compared by what it says, and which CRLs then still find.
    assert_eq!(tolerated, [(3, Form::Padded)]);
    world.snapshot = before;
    world.import(certificate.as_der()).unwrap();
    assert_eq!(world.reasons(), [""; 0]);
}

#[test]
fn hostile_01_a_crl_in_any_other_form_than_der_vouches_for_nothing() {
    let mut world = World::new();
    let issuing = world.issuing.certificate.clone();
    world.import(issuing.as_der()).unwrap();
    assert_eq!(world.reasons(), ["no-applicable-crl"]);
    let before = world.snapshot.clone();
    // The key that it names decides nothing, and need not be read.
    let template = CrlTemplate::new(1)
        .listing(&common::serial(7), &[])
        .without::<AuthorityKeyIdentifier>();
    let crl = world.issuing.crl(&template);
    let mut tolerated = Vec::new();
    for (number, form, file) in forms_of(crl.as_der(), crl.to_be_signed(), &world.issuing) {
        world.snapshot = before.clone();
        let _ = world.import(&file);
        if world.reasons().is_empty() {
            tolerated.push((number, form));
        }
    }
    // But for the number of the certificate that it lists, as above.
    assert_eq!(tolerated, [(13, Form::Padded)]);
    world.import(crl.as_der()).unwrap();
    assert_eq!(world.reasons(), [""; 0]);
}

/// A SEQUENCE in a SEQUENCE in a SEQUENCE, so many of them.
fn nested(depth: usize) -> Vec<u8> {
    let mut reversed = Vec::new();
    for _ in 0..depth {
        let length = u32::try_from(reversed.len()).unwrap().to_be_bytes();
        let first = length.iter().position(|octet| *octet != 0).unwrap_or(3);
        let digits = &length[first..];
        reversed.extend(digits.iter().rev());
        if digits.len() > 1 || digits[0] >= 0x80 {
            reversed.push(0x80 | u8::try_from(digits.len()).unwrap());
        }
        reversed.push(tag::SEQUENCE);
    }
    reversed.reverse();
    reversed
}

#[test]
fn hostile_02_what_is_nested_without_end_is_carried_and_not_entered() {
    let depth = 50_000;
    let value = nested(depth);
    // As a file of its own, in each of the two forms of length.
    let mut world = World::new();
    assert!(world.import(&value).is_err());
    assert!(world.import(&[0x30, 0x80].repeat(depth)).is_err());
    assert!(world.import(&[0xa0, 0x80].repeat(depth)).is_err());
    // Where a certificate and a CRL may hold anything at all.
    let oid = || Oid::from_dotted("1.3.6.1.4.1.99999.1").unwrap();
    let unknown = EncodedExtension::new(oid(), Criticality::NotCritical, value.clone());
    let type_id = oid();
    let name = GeneralName::Other {
        type_id,
        value: value.clone(),
    };
    let issuing = Template::authority("Issuing")
        .with(unknown.clone())
        .with_alternative_names(&[name]);
    let mut world = World::with_issuing(issuing);
    let certificate = world.issuing.certificate.clone();
    world.import(certificate.as_der()).unwrap();
    let crl = CrlTemplate::new(1)
        .with(unknown.clone())
        .listing(&common::serial(7), &[unknown]);
    let crl = world.issuing.crl(&crl);
    world.import(crl.as_der()).unwrap();
    assert_eq!(world.reasons(), [""; 0]);
    // Where only one thing is allowed, it is malformed.
    let constraints = EncodedExtension::new(
        Oid::from_dotted("2.5.29.19").unwrap(),
        Criticality::Critical,
        value,
    );
    let mut world = World::with_issuing(Template::authority("Issuing").with(constraints));
    let certificate = world.issuing.certificate.clone();
    world.import(certificate.as_der()).unwrap();
    assert!(world.reasons().contains(&"malformed-extension"));
}

#[test]
fn hostile_03_lengths_beyond_all_octets_are_refused_wherever_they_stand() {
    let mut world = World::new();
    let before = world.reasons();
    let files = [
        world.issuing.certificate.as_der().to_vec(),
        world.issuing.crl_of(&[]).as_der().to_vec(),
        certs_only::encode(core::slice::from_ref(&world.issuing.certificate)),
    ];
    let lengths: [&[u8]; 6] = [
        &[0x84, 0x7f, 0xff, 0xff, 0xff],
        &[0x84, 0x80, 0, 0, 0],
        &[0x84, 0xff, 0xff, 0xff, 0xff],
        &[0x85, 1, 0, 0, 0, 0],
        &[0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0xff],
    ];
    let behind = |file: &[u8], place: usize| match file[place] {
        ..0x80 => place + 1,
        more => place + 1 + usize::from(more & 0x7f),
    };
    for file in files {
        // Of the whole, and of the first element in it.
        for place in [1, behind(&file, 1) + 1] {
            let content = behind(&file, place);
            for length in lengths {
                let octets = [&file[..place], length, &file[content..]].concat();
                assert!(world.import(&octets).is_err(), "{place} {length:02x?}");
                assert!(world.import(&octets[..place + length.len()]).is_err());
            }
        }
    }
    assert_eq!(world.reasons(), before);
}

#[test]
fn hostile_04_elements_without_number_are_counted_and_refused() {
    let unknown = |number: usize| {
        let oid = Oid::from_dotted(&format!("1.3.6.1.4.1.99999.{number}")).unwrap();
        EncodedExtension::new(oid, Criticality::Critical, [tag::NULL, 0])
    };
    let with_extensions = |number: usize| {
        let mut template = Template::authority("Issuing");
        template.extensions.extend((0..number).map(unknown));
        template
    };
    let root = Authority::root("Root");
    let der = |template: &Template| template.der(root.certificate.subject(), &root.key);
    let mut world = World::new();
    let too_many = der(&with_extensions(Extensions::MAX_COUNT));
    assert_eq!(world.import(&too_many).map(drop), Err("limit-exceeded"));
    // As many as there may be are read, and few of them told of.
    let mut world = World::with_issuing(with_extensions(10_000));
    let certificate = world.issuing.certificate.clone();
    world.import(certificate.as_der()).unwrap();
    let reasons = world.reasons();
    assert_eq!(reasons, ["unhandled-critical-extension"; 16]);

    // Names of as many hosts as a list may have, and of more.
    let hosts = |number: usize| {
        let host = |number| GeneralName::dns(&format!("h{number}.test")).unwrap();
        let names = SubjectAlternativeName((0..number).map(host).collect());
        Template::authority("Issuing").with(common::extension(&names))
    };
    for (number, expected) in [(16_000, &[][..]), (17_000, &["malformed-extension"])] {
        let mut world = World::with_issuing(hosts(number));
        world.import_crl_of_issuing();
        let certificate = world.issuing.certificate.clone();
        world.import(certificate.as_der()).unwrap();
        assert_eq!(world.reasons(), expected, "{number}");
    }

    // A name of more parts than any has, each of them in a set of its own or all in one.
    let attribute = encode(
        tag::SEQUENCE,
        &[&[6, 3, 0x55, 4, 11], &[tag::UTF8_STRING, 1, b'a']],
    );
    let sets = [
        encode(tag::SET, &[&attribute]).repeat(100_000),
        encode(tag::SET, &[&attribute.repeat(100_000)]),
    ];
    let subject = world.issuing.certificate.subject().as_der().to_vec();
    let octets = world.issuing.certificate.as_der();
    let place = octets
        .windows(subject.len())
        .position(|window| window == subject);
    let (start, end) = octets.split_at(place.unwrap());
    for set in sets {
        let name = encode(tag::SEQUENCE, &[&set]);
        let inner = [&start[8..], &name, &end[subject.len()..]].concat();
        let octets = encode(tag::SEQUENCE, &[&encode(tag::SEQUENCE, &[&inner])]);
        assert!(World::new().import(&octets).is_err());
    }

    // More certificates than a file may have.
    let entries = Limits::default().entries;
    let template = Template::leaf("one of many");
    let certificates: Vec<_> = (1_000_000..)
        .map(|serial| root.issue(template.clone().with_serial(serial)).certificate)
        .take(entries + 1)
        .collect();
    let mut world = World::new();
    let read = world.import(&certs_only::encode(&certificates));
    assert_eq!(read.map(drop), Err("limit-exceeded"));
    assert!(world.snapshot.certificates.is_empty());
}

#[test]
fn hostile_04_a_crl_of_many_entries_with_extensions_is_walked_once() {
    let mut world = World::new();
    let certificate = world.issuing.certificate.clone();
    world.import(certificate.as_der()).unwrap();
    let unknown = common::unknown_extension(Criticality::NotCritical);
    let mut template = CrlTemplate::new(1);
    for number in 1_000_000..1_020_000 {
        template = template.listing(&common::serial(number), core::slice::from_ref(&unknown));
    }
    let crl = world.issuing.crl(&template);
    world.import(crl.as_der()).unwrap();
    assert_eq!(world.reasons(), [""; 0]);
}

#[test]
fn hostile_05_text_that_is_no_pem_hides_no_certificate_and_brings_none() {
    let world = World::new();
    let certificate = world.issuing.certificate.to_pem();
    let crl = world.issuing.crl_of(&[]).to_pem();
    let (begin, end) = (
        "-----BEGIN CERTIFICATE-----\n",
        "-----END CERTIFICATE-----\n",
    );
    let body = certificate.strip_prefix(begin).unwrap();
    let body = body.strip_suffix(end).unwrap();
    let long = "-".repeat(1_000_000);
    let untrusted: [&str; 9] = [
        &long,
        &begin.repeat(30_000),
        &end.repeat(30_000),
        &[begin, body].concat(),
        &[body, end].concat(),
        &[begin, "====", body, end].concat(),
        &[begin, &body[1..], end].concat(),
        &[begin, &"A".repeat(1_000_000), "\n", end].concat(),
        &certificate.replace("CERTIFICATE", "CERTIFICATE\0"),
    ];
    for text in untrusted {
        let mut world = World {
            snapshot: world.snapshot.clone(),
            ..World::new()
        };
        let _ = world.import(text.as_bytes());
        let shown = text.chars().take(60).collect::<String>();
        assert!(world.snapshot.certificates.is_empty(), "{shown}");
    }
    // Before and behind a good certificate they take nothing from it, as long as there are not too many of them.
    let empty = [begin, end].concat();
    for (junk, is_read) in [
        (long.as_str(), true),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n", true),
        (&empty.repeat(100), true),
        (&empty.repeat(Limits::default().entries + 1), false),
    ] {
        let mut world = World {
            snapshot: world.snapshot.clone(),
            root: world.root.clone(),
            issuing: world.issuing.clone(),
            leaf: world.leaf.clone(),
        };
        let file = [junk, "\n", &certificate, &crl, junk].concat();
        let read = world.import(file.as_bytes());
        let shown = junk.chars().take(60).collect::<String>();
        assert_eq!(read.map(drop).is_ok(), is_read, "{shown}");
        assert_eq!(world.reasons().is_empty(), is_read, "{shown}");
    }
}
