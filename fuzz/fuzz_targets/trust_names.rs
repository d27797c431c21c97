//! Name constraints and the name that is asked for.
//!
//! Each line of the input is one thing: `p` and `e` a permitted and an excluded subtree of the root, `n` a name of the leaf,
//! `q` the name that is asked for, each followed by the kind (`d` host, `e` e-mail, `u` URI, `i` address, `n` directory, `o`
//! other, `r` identifier, `g` any general name; the last four and `i` in hexadecimal) and the name; `m` an e-mail
//! address and `c` a common name of the subject.
//!
//! Oracles: constraints only ever take away, each on its own; what is trusted under a host or an address is permitted
//! and not excluded by a plain comparison of texts; no report grows with what is in a name.
#![no_main]

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use libfuzzer_sys::fuzz_target;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rollcert_crypto::rustcrypto::PROVIDER;
use rollcert_crypto::{KeyAlgorithm, PrivateKey};
use rollcert_pki::extension::{
    Criticality, EncodedExtension, GeneralName, GeneralSubtree, Ia5Text, NameConstraints,
};
use rollcert_pki::{Certificate, CertificateBuilder, Name, Profile, SerialNumber, Validity};
use rollcert_trust::{
    Evaluator, MemoryCertificates, MemoryCrls, MemoryRoots, Policy, Question, ReferenceName,
    Report, StoredCertificate, Stores, TrustLists,
};

fuzz_target!(|octets: &[u8]| {
    let case = Case::read(octets);
    let Some(leaf) = case.leaf() else { return };
    let report = case.judge(&leaf, &case.permitted, &case.excluded);
    let is_trusted = report.trusted().is_some();
    assert_eq!(is_trusted, report.reasons().next().is_none());
    for finding in report.reasons().chain(report.warnings()) {
        let shown = format!("{:?}", finding.reason);
        assert!(shown.len() < 40_000, "{} octets", shown.len());
    }
    if !is_trusted {
        return;
    }
    assert!(case.judge(&leaf, &case.permitted, &[]).trusted().is_some());
    assert!(case.judge(&leaf, &[], &case.excluded).trusted().is_some());
    assert!(case.judge(&leaf, &[], &[]).trusted().is_some());
    let asked = match &case.asked {
        Some(ReferenceName::Dns(host)) => host.strip_suffix('.').unwrap_or(host),
        Some(ReferenceName::Email(address)) => address.trim().rsplit_once('@').expect("a host").1,
        _ => return,
    };
    let is_email = matches!(case.asked, Some(ReferenceName::Email(_)));
    let asked = asked.to_ascii_lowercase();
    let lies_in = |base: &GeneralName| match base {
        GeneralName::Dns(base) if !is_email => {
            let base = base.text().to_ascii_lowercase();
            let base = base.strip_prefix('.').unwrap_or(&base).to_owned();
            base.is_empty() || asked == base || asked.ends_with(&format!(".{base}"))
        }
        GeneralName::Rfc822(base) if is_email && !base.as_bytes().contains(&b'@') => {
            let base = base.text().to_ascii_lowercase();
            base.is_empty() || asked == base || (base.starts_with('.') && asked.ends_with(&base))
        }
        GeneralName::Rfc822(base) if is_email => {
            let base = base.text().to_ascii_lowercase();
            base.rsplit_once('@').is_some_and(|(_, host)| host == asked)
        }
        _ => false,
    };
    let of_kind = |base: &&GeneralName| base.kind() == if is_email { "email" } else { "dns" };
    let mut permitted = case.permitted.iter().filter(of_kind).peekable();
    assert!(
        permitted.peek().is_none() || permitted.any(lies_in),
        "{asked} is not permitted"
    );
    let is_host = |base: &&GeneralName| !matches!(base, GeneralName::Rfc822(base) if base.as_bytes().contains(&b'@'));
    let mut excluded = case.excluded.iter().filter(of_kind).filter(is_host);
    assert!(!excluded.any(lies_in), "{asked} is excluded");
});

#[derive(Default)]
struct Case {
    permitted: Vec<GeneralName>,
    excluded: Vec<GeneralName>,
    names: Vec<GeneralName>,
    emails: Vec<String>,
    common_names: Vec<String>,
    asked: Option<ReferenceName>,
}

impl Case {
    fn read(octets: &[u8]) -> Self {
        let mut case = Self::default();
        for line in octets.split(|octet| *octet == b'\n').take(64) {
            let Some((what, rest)) = line.split_first() else {
                continue;
            };
            let text = || String::from_utf8_lossy(rest).into_owned();
            match what {
                b'p' => case.permitted.extend(general_name(rest)),
                b'e' => case.excluded.extend(general_name(rest)),
                b'n' => case.names.extend(general_name(rest)),
                b'q' => case.asked = asked(rest),
                b'm' => case.emails.push(text()),
                b'c' => case.common_names.push(text()),
                _ => {}
            }
        }
        case
    }

    fn leaf(&self) -> Option<Certificate> {
        let mut subject = Name::builder().organization("fuzz");
        for email in &self.emails {
            subject = subject.email_address(email);
        }
        for common_name in &self.common_names {
            subject = subject.common_name(common_name);
        }
        let mut builder = CertificateBuilder::new(
            &Profile::tls_server(),
            subject.build().ok()?,
            KEY.public_key_info(),
            serial(),
            validity(),
        );
        if !self.names.is_empty() {
            builder = builder.with_alternative_names(self.names.iter().cloned());
        }
        builder
            .issued_by(&root(&[], &[]), &PROVIDER)
            .ok()?
            .sign(&KEY)
            .ok()
    }

    fn judge(
        &self,
        leaf: &Certificate,
        permitted: &[GeneralName],
        excluded: &[GeneralName],
    ) -> Report {
        let mut roots = MemoryRoots::new();
        roots.trust(StoredCertificate::new(root(permitted, excluded), &PROVIDER));
        let (certificates, crls) = (MemoryCertificates::new(), MemoryCrls::new());
        let trust_lists = TrustLists::new();
        let stores = Stores::new(&roots, &certificates, &crls, &trust_lists);
        let policy = Policy::partner();
        let mut question = Question::new(leaf, now());
        if let Some(name) = &self.asked {
            question = question.with_name(name.clone());
        }
        Evaluator::new(stores, &policy, &PROVIDER).evaluate(&question)
    }
}

/// A root with these constraints. Nobody looks at its signature, so it needs none that holds.
fn root(permitted: &[GeneralName], excluded: &[GeneralName]) -> Certificate {
    let subject = Name::builder()
        .organization("root")
        .build()
        .expect("a name");
    let mut builder = CertificateBuilder::new(
        &Profile::root(),
        subject,
        KEY.public_key_info(),
        serial(),
        validity(),
    );
    if !permitted.is_empty() || !excluded.is_empty() {
        let subtrees =
            |names: &[GeneralName]| names.iter().cloned().map(GeneralSubtree::below).collect();
        let constraints = NameConstraints {
            permitted: subtrees(permitted),
            excluded: subtrees(excluded),
        };
        builder = builder.with_extension(EncodedExtension::of(&constraints, Criticality::Critical));
    }
    let unsigned = builder.self_signed(&PROVIDER).expect("a root");
    unsigned.assemble(&[0; 64]).expect("a root")
}

fn general_name(octets: &[u8]) -> Option<GeneralName> {
    let (kind, octets) = octets.split_first()?;
    let text = || Ia5Text::from_octets(octets);
    let raw = || hex(octets);
    let encoded = |tag: u8| {
        let raw = raw()?;
        let length = u8::try_from(raw.len())
            .ok()
            .filter(|length| *length < 128)?;
        GeneralName::decode(&[&[tag, length][..], &raw].concat()).ok()
    };
    match kind {
        b'd' => Some(GeneralName::Dns(text())),
        b'e' => Some(GeneralName::Rfc822(text())),
        b'E' => Some(GeneralName::utf8_email(&String::from_utf8_lossy(octets))),
        b'u' => Some(GeneralName::Uri(text())),
        b'i' => raw().map(GeneralName::Ip),
        b'n' => encoded(0xa4),
        b'o' => encoded(0xa0),
        b'r' => encoded(0x88),
        b'g' => GeneralName::decode(&raw()?).ok(),
        _ => None,
    }
}

fn asked(octets: &[u8]) -> Option<ReferenceName> {
    let (kind, octets) = octets.split_first()?;
    let text = core::str::from_utf8(octets).ok()?;
    match kind {
        b'd' => Some(ReferenceName::Dns(text.to_owned())),
        b'e' => Some(ReferenceName::Email(text.to_owned())),
        b'i' => text.parse().ok().map(ReferenceName::Ip),
        _ => None,
    }
}

fn hex(octets: &[u8]) -> Option<Vec<u8>> {
    let digit = |octet: u8| {
        char::from(octet)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let (pairs, rest) = octets.as_chunks::<2>();
    let octets = pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    rest.is_empty().then(|| octets.collect())?
}

fn serial() -> SerialNumber {
    SerialNumber::from_der_content(&[1]).expect("a number")
}

fn validity() -> Validity {
    let day = chrono::TimeDelta::days(1);
    Validity::new(now() - day, now() + day).expect("two days")
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).expect("a time")
}

static KEY: LazyLock<PrivateKey> = LazyLock::new(|| {
    let mut rng = StdRng::seed_from_u64(7);
    let key = PROVIDER
        .generate_key(KeyAlgorithm::Ed25519, &mut rng)
        .expect("a key");
    PROVIDER.load_key(&key).expect("the key")
});
