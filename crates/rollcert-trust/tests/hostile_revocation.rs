//! CRLs and OCSP responses made to mislead, to crash or to tire out: each number is that of a kind of input that some reader
//! has fallen for.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;
mod responder;

use chrono::TimeDelta;
use common::{
    Authority, CrlTemplate, PROVIDER, Template, TestStores, critical, day, evaluator, extension,
    fields, key_identifier, name, now, policy, sequence, serial, signed, strict_policy,
    unknown_extension,
};
use responder::{Response, Single};
use rollcert_crypto::{DigestAlgorithm, SignatureAlgorithm};
use rollcert_pki::asn1::{encode, tag};
use rollcert_pki::extension::{
    AuthorityKeyIdentifier, CertificateIssuer, Criticality, CrlDistributionPoints, CrlNumber,
    CrlScope, DeltaCrlIndicator, DistributionPoint, DistributionPointName, EncodedExtension,
    ExtensionValue, GeneralName, IssuingDistributionPoint, ReasonCode, ReasonFlag,
};
use rollcert_pki::{Crl, CrlIndex, ExtendedKeyUsage, KeyUsage, KeyUsages, Limits, Name};
use rollcert_trust::{
    OcspError, OcspResponse, Policy, Question, Reason, RevocationPolicy, RevocationStatus, Step,
    StoredCertificate,
};

struct Scene {
    root: Authority,
    issuing: Authority,
    leaf: Authority,
    stores: TestStores,
}

impl Scene {
    fn new() -> Self {
        Self::with_points(&[])
    }

    /// The leaf has these distribution points; the root's CRL is there.
    fn with_points(points: &[DistributionPoint]) -> Self {
        let root = Authority::root("Root");
        let issuing = root.authority("Issuing");
        let template = match points {
            [] => Template::leaf("leaf"),
            points => {
                Template::leaf("leaf").with(extension(&CrlDistributionPoints(points.to_vec())))
            }
        };
        let stores = TestStores::new()
            .root(&root)
            .certificate(&issuing)
            .crl(&root.crl_of(&[]));
        Self {
            leaf: issuing.issue(template),
            root,
            issuing,
            stores,
        }
    }

    fn crl(&self, template: &CrlTemplate) -> Vec<&'static str> {
        self.crls(&[&self.issuing.crl(template)])
    }

    fn crls(&self, crls: &[&Crl]) -> Vec<&'static str> {
        let with_crls = crls
            .iter()
            .fold(self.stores.clone(), |stores, crl| stores.crl(crl));
        codes(&with_crls, &self.leaf, &strict_policy(), &[])
    }
}

/// What is known of the leaf, in codes.
fn codes(
    stores: &TestStores,
    leaf: &Authority,
    policy: &Policy,
    responses: &[&[u8]],
) -> Vec<&'static str> {
    let question = Question::new(&leaf.certificate, now()).with_ocsp_responses(responses);
    let report = evaluator(stores, policy).evaluate(&question);
    let Some(status) = report
        .paths()
        .first()
        .and_then(|path| path.revocation.first())
    else {
        return report.reasons().map(|found| found.reason.code()).collect();
    };
    let is_good = matches!(status, RevocationStatus::Good { .. });
    let is_accepted = matches!(status, RevocationStatus::Unknown { .. })
        && policy.revocation == RevocationPolicy::GATEWAY;
    assert_eq!(report.trusted().is_some(), is_good || is_accepted);
    match status {
        RevocationStatus::Good { .. } => vec!["good"],
        RevocationStatus::Revoked { .. } => vec!["revoked"],
        RevocationStatus::Unknown { causes } => causes.iter().map(Reason::code).collect(),
        _ => report.reasons().map(|found| found.reason.code()).collect(),
    }
}

fn uri(text: &str) -> Vec<GeneralName> {
    vec![GeneralName::uri(text).unwrap()]
}

fn directory(name: &Name) -> Vec<GeneralName> {
    vec![GeneralName::Directory(name.clone())]
}

fn placed(point: IssuingDistributionPoint) -> CrlTemplate {
    CrlTemplate::new(1).with(critical(&point))
}

fn at_uri(text: &str) -> IssuingDistributionPoint {
    IssuingDistributionPoint::default().with_name(DistributionPointName::Full(uri(text)))
}

/// An issuing distribution point with this content.
fn raw_point(content: &[u8]) -> CrlTemplate {
    let value = encode(tag::SEQUENCE, &[content]);
    CrlTemplate::new(1).with(EncodedExtension::new(
        IssuingDistributionPoint::OID,
        Criticality::Critical,
        value,
    ))
}

fn delta(number: u64, base: u64) -> CrlTemplate {
    CrlTemplate::new(number).with(critical(&DeltaCrlIndicator(serial(base))))
}

#[test]
fn hostile_06_a_bit_string_without_bits_in_the_reasons_covers_nothing() {
    let scene = Scene::new();
    assert_eq!(scene.crl(&raw_point(&[0x83, 1, 0])), ["crl-out-of-scope"]);
    for malformed in [&[0x83, 0][..], &[0x83, 1, 7], &[0x83, 2, 8, 0]] {
        assert_eq!(scene.crl(&raw_point(malformed)), ["crl-malformed"]);
        // Nor in the certificate, which is malformed then.
        let point = encode(tag::SEQUENCE, &[&encode(0x81, &[&malformed[2..]])]);
        let value = encode(tag::SEQUENCE, &[&point]);
        let oid = CrlDistributionPoints::OID;
        let points = EncodedExtension::new(oid, Criticality::NotCritical, value);
        let leaf = scene.issuing.issue(Template::leaf("leaf").with(points));
        let stores = scene.stores.clone().crl(&scene.issuing.crl_of(&[]));
        let report =
            evaluator(&stores, &policy()).evaluate(&Question::new(&leaf.certificate, now()));
        let mut reasons = report.reasons().map(|finding| finding.reason.code());
        assert_eq!(reasons.next(), Some("malformed-extension"));
    }
}

#[test]
fn hostile_41_a_crl_signed_by_another_key_neither_vouches_nor_revokes() {
    let scene = Scene::new();
    let namesake = Authority::root("Issuing");
    assert_eq!(
        scene.crls(&[&namesake.crl_of(&[])]),
        ["crl-signature-invalid"]
    );
    assert_eq!(
        scene.crls(&[&namesake.crl_of(&[&scene.leaf])]),
        ["crl-signature-invalid"]
    );
    let good = scene.issuing.crl_of(&[]);
    assert_eq!(
        scene.crls(&[&namesake.crl_of(&[&scene.leaf]), &good]),
        ["good"]
    );
    // One of another name is not asked.
    let other = scene
        .issuing
        .crl(&CrlTemplate::new(1).with_issuer(name("Other")));
    assert_eq!(scene.crls(&[&other]), ["no-applicable-crl"]);
}

#[test]
fn hostile_41_an_authority_without_crl_sign_does_not_sign_crls() {
    let root = Authority::root("Root");
    let issuing =
        root.issue(Template::authority("Issuing").with_key_usage(&[KeyUsage::KeyCertSign]));
    let leaf = issuing.leaf("leaf");
    for revoked in [&[][..], &[&leaf]] {
        let stores = TestStores::new()
            .root(&root)
            .certificate(&issuing)
            .crl(&root.crl_of(&[]))
            .crl(&issuing.crl_of(revoked));
        let codes = codes(&stores, &leaf, &strict_policy(), &[]);
        assert_eq!(codes, ["crl-issuer-lacks-crlsign"]);
    }
}

#[test]
fn hostile_41_a_crl_signer_that_is_revoked_itself_says_nothing() {
    let scene = Scene::new();
    let signer = scene
        .root
        .issue(Template::leaf("Issuing").with_key_usage(&[KeyUsage::CrlSign]));
    for revoked in [&[][..], &[&scene.leaf]] {
        let stores = TestStores::new()
            .root(&scene.root)
            .certificates(&[&scene.issuing, &signer])
            .crl(&scene.root.crl_of(&[&signer]))
            .crl(&signer.crl_of(revoked));
        let codes = codes(&stores, &scene.leaf, &strict_policy(), &[]);
        assert_eq!(codes, ["crl-issuer-path-invalid"]);
    }
}

#[test]
fn hostile_41_the_key_that_a_crl_claims_hides_no_crl_that_revokes() {
    let scene = Scene::new();
    let sibling = scene.root.authority("Sibling");
    let namesake = sibling.issue(Template::leaf("Issuing").with_key_usage(&[KeyUsage::CrlSign]));
    let stores = scene
        .stores
        .clone()
        .certificates(&[&sibling, &namesake])
        .crl(&sibling.crl_of(&[]))
        .crl(&scene.issuing.crl_of(&[&scene.leaf]));
    let newer = CrlTemplate::new(9).with_times(now() - TimeDelta::hours(1), Some(day(30)));
    let claim = AuthorityKeyIdentifier::of_key(key_identifier(&scene.issuing.key));
    for template in [newer.clone(), newer.with(extension(&claim))] {
        let stores = stores.clone().crl(&namesake.crl(&template));
        for policy in [strict_policy(), policy()] {
            let found = codes(&stores, &scene.leaf, &policy, &[]);
            assert_eq!(found, ["revoked"]);
        }
    }
}

#[test]
fn hostile_41_a_namesake_that_nobody_made_a_crl_signer_neither_vouches_nor_revokes() {
    let scene = Scene::new();
    let namesake_of =
        |authority: &Authority| authority.issue(Template::leaf("Issuing").without::<KeyUsages>());
    let sibling = scene.root.authority("Sibling");
    let namesake = namesake_of(&sibling);
    for revoked in [&[][..], &[&scene.leaf]] {
        let stores = scene
            .stores
            .clone()
            .certificates(&[&sibling, &namesake])
            .crl(&sibling.crl_of(&[]))
            .crl(&namesake.crl_of(revoked));
        let codes = codes(&stores, &scene.leaf, &strict_policy(), &[]);
        assert_eq!(codes, ["crl-issuer-lacks-crlsign"]);
    }
    // The authority itself, and the one above it, know to whom they give that name.
    for authority in [&scene.issuing, &scene.root] {
        let signer = namesake_of(authority);
        let stores = scene
            .stores
            .clone()
            .certificate(&signer)
            .crl(&scene.issuing.crl_of(&[]))
            .crl(&signer.crl_of(&[&scene.leaf]));
        let codes = codes(&stores, &scene.leaf, &strict_policy(), &[]);
        assert_eq!(codes, ["revoked"]);
    }
}

#[test]
fn hostile_41_a_namesake_of_the_crl_issuer_that_a_certificate_points_to_vouches_for_nothing() {
    let point = DistributionPoint {
        crl_issuer: directory(&name("CRL issuer")),
        ..DistributionPoint::default()
    };
    let scene = Scene::with_points(&[point]);
    let sibling = scene.root.authority("Sibling");
    let indirect = placed(IssuingDistributionPoint::default().indirect());
    let nobody_said = Template::leaf("CRL issuer").without::<KeyUsages>();
    let signer = Template::leaf("CRL issuer").with_key_usage(&[KeyUsage::CrlSign]);
    for (template, expected) in [(nobody_said, "crl-issuer-lacks-crlsign"), (signer, "good")] {
        let signer = sibling.issue(template);
        let stores = scene
            .stores
            .clone()
            .certificates(&[&sibling, &signer])
            .crl(&sibling.crl_of(&[]))
            .crl(&signer.crl(&indirect));
        let codes = codes(&stores, &scene.leaf, &strict_policy(), &[]);
        assert_eq!(codes, [expected]);
    }
}

#[test]
fn hostile_42_what_is_critical_and_unknown_keeps_a_crl_from_vouching_and_not_from_revoking() {
    let scene = Scene::new();
    let strange = || unknown_extension(Criticality::Critical);
    let other = serial(7);
    let own = scene.leaf.certificate.serial();
    let in_crl = || CrlTemplate::new(1).with(strange());
    let in_entry = || CrlTemplate::new(1).listing(&other, &[strange()]);
    let unhandled = ["crl-unhandled-critical-extension"];
    assert_eq!(scene.crl(&in_crl()), unhandled);
    assert_eq!(scene.crl(&in_entry()), unhandled);
    assert_eq!(scene.crl(&in_crl().listing(own, &[])), ["revoked"]);
    assert_eq!(scene.crl(&in_entry().listing(own, &[])), ["revoked"]);
    assert_eq!(
        scene.crl(&CrlTemplate::new(1).listing(own, &[strange()])),
        ["revoked"]
    );
    // What is not critical is passed over.
    let harmless = || unknown_extension(Criticality::NotCritical);
    let template = CrlTemplate::new(1)
        .with(harmless())
        .listing(&other, &[harmless()]);
    assert_eq!(scene.crl(&template), ["good"]);
}

#[test]
fn hostile_43_a_crl_must_be_of_now() {
    let scene = Scene::new();
    let times = |this, next| CrlTemplate::new(1).with_times(this, next);
    let own = &scene.leaf.certificate;
    assert_eq!(scene.crl(&times(day(-9), Some(day(-1)))), ["crl-expired"]);
    assert_eq!(scene.crl(&times(day(-9), None)), ["crl-expired"]);
    assert_eq!(
        scene.crl(&times(day(1), Some(day(9)))),
        ["crl-not-yet-valid"]
    );
    assert_eq!(
        scene.crl(&times(day(1), Some(day(-9)))),
        ["crl-not-yet-valid"]
    );
    assert_eq!(
        scene.crl(&times(day(-9), Some(day(-1))).revoking(own)),
        ["revoked"]
    );
    assert_eq!(scene.crl(&times(day(-9), None).revoking(own)), ["revoked"]);
    // One of the future vouches for nothing yet, and does not hide one of now.
    let current = scene.issuing.crl(&CrlTemplate::new(1).revoking(own));
    let future = scene
        .issuing
        .crl(&CrlTemplate::new(2).with_times(day(1), Some(day(9))));
    assert_eq!(scene.crls(&[&future, &current]), ["revoked"]);
}

#[test]
fn hostile_44_a_crl_covers_what_its_distribution_point_says_and_no_more() {
    let scene = Scene::with_points(&[DistributionPoint::of(uri("http://crl.example/1"))]);
    let scope = |scope| placed(IssuingDistributionPoint::default().with_scope(scope));
    let out_of_scope = ["crl-out-of-scope"];
    assert_eq!(
        scene.crl(&placed(at_uri("http://crl.example/2"))),
        out_of_scope
    );
    assert_eq!(
        scene.crl(&placed(at_uri("http://crl.example/1/"))),
        out_of_scope
    );
    assert_eq!(scene.crl(&scope(CrlScope::Authorities)), out_of_scope);
    assert_eq!(
        scene.crl(&scope(CrlScope::AttributeCertificates)),
        out_of_scope
    );
    assert_eq!(scene.crl(&scope(CrlScope::EndEntities)), ["good"]);
    // Two scopes at once, nothing at all, something unknown, a flag that is none.
    for content in [
        &[0x81, 1, 0xff, 0x82, 1, 0xff][..],
        &[0x82, 1, 0xff, 0x85, 1, 0xff],
        &[],
        &[0x81, 1, 0],
        &[0x86, 1, 0xff],
        &[0x81, 0],
        &[0x81, 2, 0xff, 0xff],
    ] {
        assert_eq!(
            scene.crl(&raw_point(content)),
            ["crl-malformed"],
            "{content:02x?}"
        );
    }
    // The numbers of attribute certificates are others, so that listing one of them revokes nobody.
    let own = &scene.leaf.certificate;
    let listed = scope(CrlScope::AttributeCertificates).revoking(own);
    assert_eq!(scene.crl(&listed), out_of_scope);
}

#[test]
fn hostile_44_a_distribution_point_that_cannot_be_read_undoes_no_revocation() {
    let scene = Scene::new();
    let own = &scene.leaf.certificate;
    for content in [&[][..], &[0x81, 1, 0], &[0x83, 1, 7], &[0x86, 1, 0xff]] {
        let unreadable = raw_point(content);
        assert_eq!(scene.crl(&unreadable), ["crl-malformed"]);
        let listing = scene.issuing.crl(&unreadable.clone().revoking(own));
        assert_eq!(scene.crls(&[&listing]), ["revoked"]);
        assert_eq!(
            scene.crls(&[&listing, &scene.issuing.crl_of(&[])]),
            ["revoked"]
        );
        // Only if its issuer has signed it.
        let forged = Authority::root("Issuing").crl(&unreadable.revoking(own));
        assert_eq!(scene.crls(&[&forged]), ["crl-signature-invalid"]);
    }
}

// A serial number is one space for its issuer: whatever the CRL is for that lists one, it means this certificate. Where
// unknown is accepted, passing the CRL over for its scope would accept who is revoked.
#[test]
fn hostile_44_a_crl_out_of_scope_revokes_whom_it_lists_and_vouches_for_nobody() {
    let scene = Scene::with_points(&[DistributionPoint {
        reasons: Some([ReasonFlag::Superseded].into_iter().collect()),
        ..DistributionPoint::of(uri("http://crl.example/1"))
    }]);
    let own = &scene.leaf.certificate;
    let point = IssuingDistributionPoint::default;
    let covering = scene.issuing.crl(&placed(at_uri("http://crl.example/1")));
    for elsewhere in [
        at_uri("http://crl.example/2"),
        at_uri("http://crl.example/2").indirect(),
        point().with_scope(CrlScope::Authorities),
        at_uri("http://crl.example/1")
            .with_reasons([ReasonFlag::KeyCompromise].into_iter().collect()),
    ] {
        let silent = |number| CrlTemplate::new(number).with(critical(&elsewhere));
        assert_eq!(scene.crl(&silent(1)), ["crl-out-of-scope"]);
        let listing = silent(1).revoking(own);
        assert_eq!(scene.crl(&listing), ["revoked"]);
        assert_eq!(
            scene.crls(&[&covering, &scene.issuing.crl(&listing)]),
            ["revoked"]
        );
        let stores = scene.stores.clone().crl(&scene.issuing.crl(&listing));
        assert_eq!(codes(&stores, &scene.leaf, &policy(), &[]), ["revoked"]);
        // Only if its issuer has signed it.
        let forged = Authority::root("Issuing").crl(&listing);
        assert_eq!(scene.crls(&[&forged]), ["crl-signature-invalid"]);
        // Nor may the number be another issuer's, as an indirect one says.
        let of_other = critical(&CertificateIssuer(directory(&name("Other"))));
        let other = silent(1).listing(own.serial(), &[of_other]);
        assert_eq!(scene.crl(&other), ["crl-out-of-scope"]);
        // Until a newer one of the same scope takes its place, or a delta takes the certificate off.
        let times = |template: CrlTemplate| template.with_times(day(-9), Some(day(-1)));
        let older = scene.issuing.crl(&times(listing));
        let newer = scene.issuing.crl(&silent(2));
        assert_eq!(scene.crls(&[&older, &newer]), ["crl-out-of-scope"]);
        let forged = Authority::root("Issuing").crl(&silent(2));
        assert_eq!(scene.crls(&[&older, &forged]), ["revoked"]);
        let held = silent(1).revoking_for(own, ReasonCode::CertificateHold);
        let held = scene.issuing.crl(&times(held));
        let base = critical(&DeltaCrlIndicator(serial(1)));
        let released = silent(2)
            .with(base)
            .revoking_for(own, ReasonCode::RemoveFromCrl);
        let released = scene.issuing.crl(&released);
        assert_eq!(scene.crls(&[&held, &released]), ["no-applicable-crl"]);
    }
}

#[test]
fn hostile_45_every_distribution_point_is_considered() {
    let points = [
        DistributionPoint::of(uri("http://crl.example/1")),
        DistributionPoint {
            crl_issuer: directory(&name("CRL issuer")),
            ..DistributionPoint::default()
        },
        DistributionPoint::of(uri("http://crl.example/3")),
    ];
    for place in 0..3 {
        let mut points = points.clone();
        points.rotate_left(place);
        let scene = Scene::with_points(&points);
        let own = &scene.leaf.certificate;
        let third = placed(at_uri("http://crl.example/3"));
        assert_eq!(scene.crl(&third), ["good"]);
        let first = scene.issuing.crl(&placed(at_uri("http://crl.example/1")));
        let third = scene.issuing.crl(&third.revoking(own));
        assert_eq!(scene.crls(&[&first, &third]), ["revoked"]);
        assert_eq!(scene.crls(&[&third, &first]), ["revoked"]);

        let signer = scene
            .root
            .issue(Template::leaf("CRL issuer").with_key_usage(&[KeyUsage::CrlSign]));
        let of_issuing = critical(&CertificateIssuer(directory(&name("Issuing"))));
        let indirect = placed(IssuingDistributionPoint::default().indirect())
            .listing(own.serial(), &[of_issuing]);
        let stores = scene
            .stores
            .clone()
            .certificate(&signer)
            .crl(&first)
            .crl(&signer.crl(&indirect));
        assert_eq!(
            codes(&stores, &scene.leaf, &strict_policy(), &[]),
            ["revoked"]
        );
    }
}

#[test]
fn hostile_46_the_issuer_of_an_entry_holds_until_the_next_is_named() {
    let point = DistributionPoint {
        crl_issuer: directory(&name("CRL issuer")),
        ..DistributionPoint::default()
    };
    let scene = Scene::with_points(&[point]);
    let signer = scene
        .root
        .issue(Template::leaf("CRL issuer").with_key_usage(&[KeyUsage::CrlSign]));
    let of = |common_name: &str| critical(&CertificateIssuer(directory(&name(common_name))));
    let indirect = || placed(IssuingDistributionPoint::default().indirect());
    let own = scene.leaf.certificate.serial();
    let judge = |template: &CrlTemplate| {
        let stores = scene
            .stores
            .clone()
            .certificate(&signer)
            .crl(&signer.crl(template));
        codes(&stores, &scene.leaf, &strict_policy(), &[])
    };
    let carried = indirect()
        .listing(&serial(1), &[of("Issuing")])
        .listing(&serial(2), &[])
        .listing(own, &[]);
    assert_eq!(judge(&carried), ["revoked"]);
    let ended = indirect()
        .listing(&serial(1), &[of("Issuing")])
        .listing(&serial(2), &[of("Other")])
        .listing(own, &[]);
    assert_eq!(judge(&ended), ["good"]);
    // One that nobody can read may be the one.
    let unreadable = EncodedExtension::new(
        CertificateIssuer::OID,
        Criticality::Critical,
        [tag::SEQUENCE, 0],
    );
    let unclear = indirect()
        .listing(&serial(1), &[unreadable])
        .listing(own, &[]);
    assert_eq!(judge(&unclear), ["revoked"]);
    // In a CRL that is not indirect, nobody knows what it means.
    let direct = CrlTemplate::new(1).listing(&serial(1), &[of("Other")]);
    assert_eq!(Scene::new().crl(&direct), ["crl-malformed"]);
}

#[test]
fn hostile_47_all_reasons_but_one_are_not_all() {
    let scene = Scene::new();
    let crls: Vec<Crl> = ReasonFlag::ALL
        .into_iter()
        .map(|reason| {
            let only =
                IssuingDistributionPoint::default().with_reasons([reason].into_iter().collect());
            scene.issuing.crl(&placed(only))
        })
        .collect();
    let all: Vec<&Crl> = crls.iter().collect();
    assert_eq!(scene.crls(&all), ["good"]);
    for left_out in 0..all.len() {
        let mut rest = all.clone();
        rest.remove(left_out);
        assert_eq!(scene.crls(&rest), ["no-applicable-crl", "crl-out-of-scope"]);
    }
}

#[test]
fn hostile_48_a_delta_alone_or_with_a_gap_never_vouches() {
    let scene = Scene::new();
    let alone = ["no-applicable-crl", "delta-without-base"];
    assert_eq!(scene.crl(&delta(11, 10)), alone);
    let expired = CrlTemplate::new(9).with_times(day(-20), Some(day(-2)));
    let with_expired = |delta: &CrlTemplate| {
        scene.crls(&[&scene.issuing.crl(&expired), &scene.issuing.crl(delta)])
    };
    assert_eq!(with_expired(&delta(10, 9)), ["good"]);
    assert_eq!(
        with_expired(&delta(11, 10)),
        ["crl-expired", "delta-without-base"]
    );
    // Without a number, or with one that is none.
    assert_eq!(
        with_expired(&delta(11, 9).without::<CrlNumber>()),
        ["crl-expired", "delta-without-base"]
    );
    let no_number = EncodedExtension::new(CrlNumber::OID, Criticality::NotCritical, [2, 0]);
    assert_eq!(
        with_expired(&delta(11, 9).with(no_number)),
        ["crl-expired", "delta-without-base"]
    );
    let no_base = EncodedExtension::new(DeltaCrlIndicator::OID, Criticality::Critical, [2, 0]);
    assert_eq!(
        with_expired(&CrlTemplate::new(11).with(no_base)),
        ["crl-expired", "delta-without-base"]
    );
    // What it lists is revoked all the same.
    assert_eq!(
        scene.crl(&delta(11, 10).revoking(&scene.leaf.certificate)),
        ["revoked"]
    );
}

#[test]
fn hostile_48_a_delta_of_another_key_or_scope_takes_nothing_off() {
    let scene = Scene::new();
    let own = &scene.leaf.certificate;
    let held = CrlTemplate::new(10)
        .with_times(day(-10), Some(day(30)))
        .revoking_for(own, ReasonCode::CertificateHold);
    let held = scene.issuing.crl(&held);
    let removing = || delta(11, 10).revoking_for(own, ReasonCode::RemoveFromCrl);
    assert_eq!(
        scene.crls(&[&held, &scene.issuing.crl(&removing())]),
        ["good"]
    );
    let scope = IssuingDistributionPoint::default().with_scope(CrlScope::EndEntities);
    let narrow = scene.issuing.crl(&removing().with(critical(&scope)));
    assert_eq!(scene.crls(&[&held, &narrow]), ["revoked"]);
    let renewed = scene.root.authority("Issuing");
    let stores = scene
        .stores
        .clone()
        .certificate(&renewed)
        .crl(&held)
        .crl(&renewed.crl(&removing()));
    assert_eq!(
        codes(&stores, &scene.leaf, &strict_policy(), &[]),
        ["revoked"]
    );
    let impostor = Authority::root("Issuing");
    assert_eq!(
        scene.crls(&[&held, &impostor.crl(&removing())]),
        ["revoked"]
    );
    // One that is not understood, too.
    let strange = removing().with(unknown_extension(Criticality::Critical));
    assert_eq!(
        scene.crls(&[&held, &scene.issuing.crl(&strange)]),
        ["revoked"]
    );
}

#[test]
fn hostile_49_the_number_of_another_issuer_is_another_certificate() {
    let scene = Scene::new();
    let other = scene.root.authority("Other");
    let stores = scene
        .stores
        .clone()
        .crl(&scene.issuing.crl_of(&[]))
        .crl(&other.crl_of(&[&scene.leaf]));
    assert_eq!(codes(&stores, &scene.leaf, &strict_policy(), &[]), ["good"]);
}

#[test]
fn hostile_49_of_two_entries_for_one_certificate_a_removal_does_not_count() {
    let scene = Scene::new();
    let own = &scene.leaf.certificate;
    for template in [
        CrlTemplate::new(1)
            .revoking_for(own, ReasonCode::RemoveFromCrl)
            .revoking_for(own, ReasonCode::KeyCompromise),
        CrlTemplate::new(1)
            .revoking_for(own, ReasonCode::KeyCompromise)
            .revoking_for(own, ReasonCode::RemoveFromCrl),
        // In a complete CRL there is nothing to remove from: it is listed.
        CrlTemplate::new(1).revoking_for(own, ReasonCode::RemoveFromCrl),
    ] {
        assert_eq!(scene.crl(&template), ["revoked"]);
    }
}

#[test]
fn hostile_49_serial_numbers_are_compared_by_value() {
    let scene = Scene::new();
    let mut template = CrlTemplate::new(1).revoking(&scene.leaf.certificate);
    let number = template.entries[0].serial.clone();
    template.entries[0].serial = [&[0], number.as_slice()].concat();
    assert_eq!(scene.crl(&template), ["revoked"]);
}

#[test]
fn hostile_49_a_list_of_nothing_is_a_list_of_nothing() {
    let scene = Scene::new();
    let mut parts = fields(scene.issuing.crl_of(&[]).to_be_signed());
    parts.insert(5, vec![tag::SEQUENCE, 0]);
    let algorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    let octets = signed(&sequence(&parts), algorithm, &scene.issuing.key);
    assert_eq!(scene.crls(&[&Crl::from_der(octets).unwrap()]), ["good"]);
}

#[test]
fn hostile_49_a_crl_of_a_million_entries_answers_as_a_short_one() {
    let scene = Scene::new();
    let own = scene.leaf.certificate.serial().as_der_content();
    // All alike in their lowest octets, by which they are found.
    let entry = |number: &[u8]| {
        let number = encode(tag::INTEGER, &[number]);
        encode(
            tag::SEQUENCE,
            &[&number, &encode(0x17, &[b"260101000000Z"])],
        )
    };
    let last = [&[1; 8][..], &[0; 8]].concat();
    let mut entries = Vec::with_capacity(1_000_000 * last.len() * 3);
    let listed = entry(&last);
    for number in 0..1_000_000_u32 {
        let place = entries.len() + 4;
        entries.extend_from_slice(&listed);
        entries[place + 3..place + 7].copy_from_slice(&number.to_be_bytes());
    }
    let mut fields = fields(scene.issuing.crl_of(&[]).to_be_signed());
    let algorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    for (own_entry, expected) in [(Vec::new(), "good"), (entry(own), "revoked")] {
        fields.insert(5, encode(tag::SEQUENCE, &[&entries, &own_entry]));
        let octets = signed(&sequence(&fields), algorithm, &scene.issuing.key);
        assert_eq!(scene.crls(&[&Crl::from_der(octets).unwrap()]), [expected]);
        fields.remove(5);
    }
}

#[test]
fn hostile_49_a_number_listed_for_issuers_without_number_ends_in_the_budget() {
    let scene = Scene::new();
    let own = scene.leaf.certificate.serial();
    let mut template = placed(IssuingDistributionPoint::default().indirect());
    for number in 0..100 {
        let issuer = CertificateIssuer(directory(&name(&format!("Other {number}"))));
        template = template.listing(own, &[critical(&issuer)]);
    }
    assert_eq!(scene.crl(&template), ["good"]);
    let stores = scene.stores.clone().crl(&scene.issuing.crl(&template));
    let mut policy = strict_policy();
    policy.limits.name_comparisons = 99;
    let found = codes(&stores, &scene.leaf, &policy, &[]);
    assert_eq!(found, ["budget-exhausted"]);
    // One list of names may hold for all of them: read anew for each, this one would take minutes.
    let nobody = GeneralName::Directory(Name::from_der(&[tag::SEQUENCE, 0]).unwrap());
    let nobody = critical(&CertificateIssuer(vec![nobody; 16_000]));
    let mut template =
        placed(IssuingDistributionPoint::default().indirect()).listing(own, &[nobody]);
    for _ in 1..20_000 {
        template = template.listing(own, &[]);
    }
    assert_eq!(scene.crl(&template), ["good"]);
    let stores = scene.stores.clone().crl(&scene.issuing.crl(&template));
    let found = codes(&stores, &scene.leaf, &policy, &[]);
    assert_eq!(found, ["budget-exhausted"]);
}

#[test]
fn hostile_50_no_crl_at_all_is_an_answer_too() {
    let root = Authority::root("Root");
    let leaf = root.leaf("leaf");
    let stores = TestStores::new().root(&root);
    assert_eq!(
        codes(&stores, &leaf, &strict_policy(), &[]),
        ["no-applicable-crl"]
    );
    assert_eq!(
        codes(&stores, &leaf, &strict_policy(), &[&[]]),
        ["no-applicable-crl", "ocsp-unusable"]
    );
}

#[test]
fn hostile_52_an_answer_about_another_certificate_is_not_taken_for_this_one() {
    let scene = Scene::new();
    let judge = |singles: Vec<Single>| {
        let octets = Response::of(singles).signed_by(&scene.issuing);
        codes(&scene.stores, &scene.leaf, &strict_policy(), &[&octets])
    };
    let other = || Single::good(&scene.issuing.leaf("other"), &scene.issuing);
    let own = || Single::good(&scene.leaf, &scene.issuing);
    assert_eq!(judge(vec![other()]), ["no-applicable-crl", "ocsp-unusable"]);
    assert_eq!(judge(vec![]), ["no-applicable-crl", "ocsp-unusable"]);
    assert_eq!(
        judge(vec![other(), own().revoked(day(-1), None)]),
        ["revoked"]
    );
    assert_eq!(
        judge(vec![own(), own().revoked(day(-1), None)]),
        ["revoked"]
    );
    assert_eq!(judge(vec![other().revoked(day(-1), None), own()]), ["good"]);
    // A digest that nobody knows identifies nothing.
    let octets = Response::of(vec![own()]).basic(&scene.issuing);
    let sha1 = [0x2b, 0x0e, 0x03, 0x02, 0x1a];
    let place = octets.windows(5).position(|window| window == sha1).unwrap();
    let mut changed = octets;
    changed[place + 4] = 0x1b;
    let codes = codes(&scene.stores, &scene.leaf, &strict_policy(), &[&changed]);
    assert_eq!(codes, ["no-applicable-crl", "ocsp-unusable"]);
}

#[test]
fn many_crls_of_one_issuer_end_in_the_budget() {
    let scene = Scene::new();
    let mut stores = scene.stores.clone();
    for number in 0..40 {
        let point = at_uri(&format!("http://crl.example/{number}"));
        stores = stores.crl(&scene.issuing.crl(&placed(point)));
    }
    let mut policy = strict_policy();
    policy.limits.crls = 20;
    let question = Question::new(&scene.leaf.certificate, now());
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert!(report.trusted().is_none());
    let spent = Reason::BudgetExhausted {
        step: Step::Crls,
        limit: 20,
    };
    assert!(report.reasons().any(|found| found.reason == spent));
}

#[test]
fn many_signers_of_one_name_end_in_the_budget() {
    let scene = Scene::new();
    let mut stores = scene
        .stores
        .clone()
        .crl(&Authority::root("Issuing").crl_of(&[]));
    for _ in 0..30 {
        stores = stores.certificate(&Authority::root("Issuing"));
    }
    let mut policy = strict_policy();
    policy.limits.signatures = 20;
    let question = Question::new(&scene.leaf.certificate, now());
    let report = evaluator(&stores, &policy).evaluate(&question);
    assert!(report.trusted().is_none());
    let spent = Reason::BudgetExhausted {
        step: Step::Signatures,
        limit: 20,
    };
    assert!(report.reasons().any(|found| found.reason == spent));
}

#[test]
fn many_distribution_points_end_in_the_budget() {
    let names = (0..200)
        .map(|number| GeneralName::uri(&format!("http://crl.example/{number}")).unwrap())
        .collect();
    let points = vec![DistributionPoint::of(names); 40];
    let scene = Scene::with_points(&points);
    let elsewhere = (0..200)
        .map(|number| GeneralName::uri(&format!("http://crl.test/{number}")).unwrap())
        .collect();
    let point =
        IssuingDistributionPoint::default().with_name(DistributionPointName::Full(elsewhere));
    let stores = scene.stores.clone().crl(&scene.issuing.crl(&placed(point)));
    let mut policy = strict_policy();
    policy.limits.name_comparisons = 250_000;
    let question = Question::new(&scene.leaf.certificate, now());
    let report = evaluator(&stores, &policy).evaluate(&question);
    let spent = Reason::BudgetExhausted {
        step: Step::NameComparisons,
        limit: 250_000,
    };
    assert!(report.reasons().any(|found| found.reason == spent));
}

#[test]
fn responses_times_certificates_that_came_along_end_in_the_budget() {
    let scene = Scene::new();
    let single = Single::good(&scene.leaf, &scene.issuing);
    let mut response = Response::of(vec![single])
        .by_key()
        .signed_by(&scene.issuing);
    *response.last_mut().unwrap() ^= 1;
    let responses = [response.as_slice(); 10];
    let key = common::key();
    let strangers: Vec<_> = (0..100)
        .map(|_| {
            Template::leaf("stranger")
                .with_key(&key)
                .signed_by(&name("nobody"), &key)
        })
        .map(|stranger| stranger.certificate)
        .collect();
    let judge = |candidates| {
        let mut policy = strict_policy();
        policy.limits.candidates = candidates;
        let question = Question::new(&scene.leaf.certificate, now())
            .with_presented(&strangers)
            .with_ocsp_responses(&responses);
        let report = evaluator(&scene.stores, &policy).evaluate(&question);
        let reasons: Vec<_> = report.reasons().map(|found| found.reason.code()).collect();
        reasons
    };
    assert!(judge(500).contains(&"budget-exhausted"));
    assert_eq!(judge(20_000), ["ocsp-unusable", "no-applicable-crl"]);
}

#[test]
fn a_response_about_too_many_certificates_is_refused() {
    let scene = Scene::new();
    let single = Single::good(&scene.leaf, &scene.issuing);
    let most = OcspResponse::MAX_SINGLE_RESPONSES;
    let octets = Response::of(vec![single.clone(); most]).signed_by(&scene.issuing);
    assert_eq!(
        OcspResponse::parse(&octets)
            .unwrap()
            .single_responses()
            .len(),
        most
    );
    let octets = Response::of(vec![single; most + 1]).signed_by(&scene.issuing);
    assert_eq!(
        OcspResponse::parse(&octets),
        Err(OcspError::TooLarge {
            what: "single responses",
            limit: most
        })
    );
    let octets = vec![0; OcspResponse::MAX_OCTETS + 1];
    assert_eq!(
        OcspResponse::parse(&octets),
        Err(OcspError::TooLarge {
            what: "octets",
            limit: OcspResponse::MAX_OCTETS
        })
    );
}

#[test]
fn causes_are_few_however_many_crls_are_wrong() {
    let scene = Scene::new();
    let mut stores = scene.stores.clone();
    for number in 0..50 {
        let point = at_uri(&format!("http://crl.example/{number}"));
        stores = stores.crl(&scene.issuing.crl(&placed(point)));
    }
    let codes = codes(&stores, &scene.leaf, &strict_policy(), &[]);
    assert_eq!(codes, ["crl-out-of-scope"; 4]);
}

#[test]
fn useless_responses_do_not_hide_that_there_is_no_crl() {
    let scene = Scene::new();
    let good = || Single::good(&scene.leaf, &scene.issuing);
    let unauthorized = scene.issuing.leaf("responder");
    let delegate = Template::leaf("expired responder")
        .with_key_usage(&[KeyUsage::DigitalSignature])
        .with_extended_key_usage(&[ExtendedKeyUsage::OcspSigning])
        .with_validity(day(-30), day(-3));
    let expired = scene.issuing.issue(delegate);
    let strange = unknown_extension(Criticality::Critical);
    let mut broken = Response::of(vec![good()]).signed_by(&scene.issuing);
    *broken.last_mut().unwrap() ^= 1;
    let by = |responder: &Authority| {
        let response = Response::of(vec![good()]).with_certificate(responder);
        response.signed_by(responder)
    };
    let own = |single| Response::of(vec![single]).signed_by(&scene.issuing);
    let responses = [
        own(good().with_times(day(2), None)),
        own(good().with_times(day(-9), Some(day(-8)))),
        own(good().unknown()),
        own(good().with_extension(strange)),
        broken,
        by(&expired),
        by(&unauthorized),
        by(&scene.leaf),
        Response::of(vec![good()]).signed_by(&Authority::root("nobody")),
    ];
    let responses: Vec<&[u8]> = responses.iter().map(Vec::as_slice).collect();
    let mut expected = vec!["ocsp-unusable"; 4];
    expected.push("no-applicable-crl");
    assert_eq!(
        codes(&scene.stores, &scene.leaf, &policy(), &responses),
        expected
    );
}

#[test]
fn an_indexed_crl_answers_alike_whoever_holds_it() {
    let scene = Scene::new();
    let crl = scene.issuing.crl_of(&[&scene.leaf]);
    let index = CrlIndex::of(crl, &Limits::default()).unwrap();
    let stored = rollcert_trust::StoredCrl::new(index, PROVIDER);
    let mut stores = scene.stores.clone();
    stores.crls.push(stored.clone());
    stores.crls.push(stored);
    let leaf = StoredCertificate::new(scene.leaf.certificate.clone(), PROVIDER);
    let policy = strict_policy();
    let report = evaluator(&stores, &policy).evaluate(&Question::new(leaf.certificate(), now()));
    let revoked: Vec<&str> = report.reasons().map(|found| found.reason.code()).collect();
    assert_eq!(revoked, ["revoked"]);
}
