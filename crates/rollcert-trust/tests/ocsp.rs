//! Revocation by OCSP responses that come along (RFC 6960), also such as OpenSSL makes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test is to panic"
)]

mod common;
mod responder;

use std::path::PathBuf;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use common::{
    Authority, CrlTemplate, PROVIDER, Template, TestStores, at, critical, day, evaluator,
    extension, key, name, now, policy, strict_policy, unknown_extension,
};
use proptest::prelude::*;
use responder::{Response, Single, status_alone, successful};
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::asn1::{encode, tag};
use rollcert_pki::extension::{
    Criticality, EncodedExtension, ExtendedKeyUsages, OcspNoCheck, ReasonCode,
};
use rollcert_pki::{ExtendedKeyUsage, KeyUsage};
use rollcert_trust::{
    OcspCertificateStatus, OcspError, OcspResponse, OnUnknown, Policy, Question, Reason,
    RevocationPolicy, RevocationSource, RevocationStatus, TrustListEntry, TrustListStatus,
};
use tempfile::TempDir;

/// A root, an authority, a leaf; the root's CRL, and none of the authority.
struct Scene {
    issuing: Authority,
    leaf: Authority,
    stores: TestStores,
}

impl Scene {
    fn new() -> Self {
        let root = Authority::root("Root");
        let issuing = root.authority("Issuing");
        let stores = TestStores::new()
            .root(&root)
            .certificate(&issuing)
            .crl(&root.crl_of(&[]));
        Self {
            leaf: issuing.leaf("leaf"),
            issuing,
            stores,
        }
    }

    fn good(&self) -> Single {
        Single::good(&self.leaf, &self.issuing)
    }

    fn status(&self, responses: &[&[u8]]) -> RevocationStatus {
        self.status_with(&self.stores, &strict_policy(), responses)
    }

    fn status_with(
        &self,
        stores: &TestStores,
        policy: &Policy,
        responses: &[&[u8]],
    ) -> RevocationStatus {
        let question = Question::new(&self.leaf.certificate, now()).with_ocsp_responses(responses);
        let report = evaluator(stores, policy).evaluate(&question);
        let status = report.paths()[0].revocation[0].clone();
        let is_good = matches!(status, RevocationStatus::Good { .. });
        assert_eq!(
            report.trusted().is_some(),
            is_good,
            "{:?}",
            report.paths()[0].findings
        );
        status
    }

    /// What one response comes to: `good`, `revoked`, or why it cannot be used.
    fn word(&self, response: &[u8]) -> &'static str {
        word(&self.status(&[response]))
    }

    /// A responder that the authority has delegated to.
    fn delegate(&self) -> Authority {
        self.issuing.issue(delegate())
    }
}

fn delegate() -> Template {
    Template::leaf("OCSP responder")
        .with_key_usage(&[KeyUsage::DigitalSignature])
        .with_extended_key_usage(&[ExtendedKeyUsage::OcspSigning])
        .with(extension(&OcspNoCheck))
}

fn word(status: &RevocationStatus) -> &'static str {
    match status {
        RevocationStatus::Good { .. } => "good",
        RevocationStatus::Revoked { .. } => "revoked",
        RevocationStatus::Unknown { causes } => causes
            .iter()
            .find_map(|cause| match cause {
                Reason::OcspUnusable { cause } => Some(*cause),
                _ => None,
            })
            .unwrap_or_else(|| causes[0].code()),
        _ => "not-checked",
    }
}

#[test]
fn good_by_the_authority_itself_by_name_and_by_key() {
    let scene = Scene::new();
    let response = Response::of(vec![scene.good()]);
    let expected = RevocationStatus::Good {
        source: RevocationSource::Ocsp {
            responder: name("Issuing"),
            produced_at: day(-1),
        },
    };
    assert_eq!(
        scene.status(&[&response.signed_by(&scene.issuing)]),
        expected
    );
    let by_key = response.by_key().signed_by(&scene.issuing);
    assert_eq!(scene.status(&[&by_key]), expected);
}

#[test]
fn revoked_with_date_and_reason() {
    let scene = Scene::new();
    let reason = Some(ReasonCode::KeyCompromise);
    let response = Response::of(vec![scene.good().revoked(day(-3), reason)]);
    let reason = Reason::Revoked {
        date: day(-3),
        reason,
        source: RevocationSource::Ocsp {
            responder: name("Issuing"),
            produced_at: day(-1),
        },
        now: now(),
    };
    assert_eq!(
        scene.status(&[&response.signed_by(&scene.issuing)]),
        RevocationStatus::Revoked { reason }
    );
}

#[test]
fn a_root_that_its_issuer_calls_revoked_is_revoked() {
    let scene = Scene::new();
    let stores = scene.stores.clone().root(&scene.leaf);
    let policy = strict_policy();
    let verdict = |single: Single, signer: &Authority| {
        let response = Response::of(vec![single]).signed_by(signer);
        let responses = [response.as_slice()];
        let question =
            Question::new(&scene.leaf.certificate, now()).with_ocsp_responses(&responses);
        let report = evaluator(&stores, &policy).evaluate(&question);
        report
            .reasons()
            .map(|finding| finding.reason.code())
            .collect::<Vec<_>>()
    };
    let revoked = || scene.good().revoked(day(-3), None);
    assert_eq!(verdict(revoked(), &scene.issuing), ["revoked"]);
    // Nobody need vouch for it, and nobody else may revoke it.
    assert_eq!(verdict(scene.good(), &scene.issuing), [""; 0]);
    assert_eq!(verdict(scene.good().unknown(), &scene.issuing), [""; 0]);
    assert_eq!(verdict(revoked(), &Authority::root("Issuing")), [""; 0]);
}

#[test]
fn unknown_to_the_responder_is_unknown() {
    let scene = Scene::new();
    let response = Response::of(vec![scene.good().unknown()]);
    assert_eq!(scene.word(&response.signed_by(&scene.issuing)), "unknown");
}

#[test]
fn every_digest_of_sha_1_and_sha_2_identifies_the_certificate() {
    let scene = Scene::new();
    for digest in [
        DigestAlgorithm::Sha1,
        DigestAlgorithm::Sha256,
        DigestAlgorithm::Sha384,
        DigestAlgorithm::Sha512,
    ] {
        let response = Response::of(vec![scene.good().with_digest(digest)]);
        assert_eq!(
            scene.word(&response.signed_by(&scene.issuing)),
            "good",
            "{digest}"
        );
    }
}

#[test]
fn another_serial_number_or_issuer_is_another_certificate() {
    let scene = Scene::new();
    let other_leaf = Single::good(&scene.issuing.leaf("other"), &scene.issuing);
    let namesake = Authority::root("Issuing");
    let other_key = Single::good(&scene.leaf, &namesake);
    let other_name = Single {
        issuer: Authority::self_signed(&Template::authority("Other").with_key(&scene.issuing.key))
            .certificate,
        ..scene.good()
    };
    for single in [other_leaf, other_key, other_name] {
        let response = Response::of(vec![single]).signed_by(&scene.issuing);
        assert_eq!(scene.word(&response), "other-certificate");
    }
}

#[test]
fn every_answer_in_a_response_is_heard_and_one_that_revokes_decides() {
    let scene = Scene::new();
    let other = Single::good(&scene.issuing.leaf("other"), &scene.issuing);
    let revoked = scene.good().revoked(day(-3), None);
    for (singles, expected) in [
        (vec![other.clone(), scene.good()], "good"),
        (vec![other.clone(), revoked.clone()], "revoked"),
        (vec![scene.good(), revoked.clone()], "revoked"),
        (
            vec![other.clone().revoked(day(-3), None), scene.good()],
            "good",
        ),
        (
            vec![
                scene.good(),
                revoked.with_digest(DigestAlgorithm::Sha256),
                other,
            ],
            "revoked",
        ),
    ] {
        let response = Response::of(singles).signed_by(&scene.issuing);
        assert_eq!(scene.word(&response), expected);
    }
}

/// `revoked`, with these octets inside.
fn revoked_with(single: Single, inside: &[&[u8]]) -> Single {
    Single {
        status: encode(tag::CONTEXT_CONSTRUCTED + 1, inside),
        ..single
    }
}

fn generalized_time(text: &str) -> Vec<u8> {
    encode(0x18, &[text.as_bytes()])
}

#[test]
fn a_revocation_stays_one_whatever_its_reason_and_its_date_are() {
    let scene = Scene::new();
    let reason = |number| {
        let reason = encode(tag::ENUMERATED, &[&[number]]);
        encode(tag::CONTEXT_CONSTRUCTED, &[&reason])
    };
    let date = responder::time(day(-3));
    let fraction = generalized_time("20260529120000.25Z");
    let no_date = generalized_time("in May");
    let (compromise, unassigned, odd) = (reason(1), reason(7), encode(tag::NULL, &[]));
    for (inside, since, because) in [
        (
            vec![&date, &compromise],
            day(-3),
            Some(ReasonCode::KeyCompromise),
        ),
        // RFC 5280 §5.3.1 leaves 7 out, and ends at 10.
        (vec![&date, &unassigned], day(-3), None),
        (vec![&date, &reason(11)], day(-3), None),
        (vec![&date, &odd], day(-3), None),
        (
            vec![&date, &compromise, &odd],
            day(-3),
            Some(ReasonCode::KeyCompromise),
        ),
        (
            vec![&fraction, &compromise],
            day(-3),
            Some(ReasonCode::KeyCompromise),
        ),
        // Nobody can say since when: at the latest since the responder says so.
        (
            vec![&no_date, &compromise],
            day(-1),
            Some(ReasonCode::KeyCompromise),
        ),
        (vec![], day(-1), None),
    ] {
        let inside: Vec<&[u8]> = inside.into_iter().map(Vec::as_slice).collect();
        let response = Response::of(vec![revoked_with(scene.good(), &inside)]);
        let RevocationStatus::Revoked { reason } =
            scene.status(&[&response.signed_by(&scene.issuing)])
        else {
            panic!("{inside:02x?}");
        };
        let Reason::Revoked { date, reason, .. } = reason else {
            panic!("{reason:?}");
        };
        assert_eq!((date, reason), (since, because), "{inside:02x?}");
    }
}

#[test]
fn an_answer_that_cannot_be_read_keeps_the_response_from_vouching_and_undoes_no_revocation() {
    let scene = Scene::new();
    let other = Single::good(&scene.issuing.leaf("other"), &scene.issuing);
    let strange_status = |single: Single| Single {
        status: encode(tag::CONTEXT_PRIMITIVE + 3, &[]),
        ..single
    };
    let no_serial = Single {
        serial: Vec::new(),
        ..other.clone()
    };
    let revoked = scene.good().revoked(day(-3), None);
    for (singles, expected) in [
        (
            vec![strange_status(other.clone()), revoked.clone()],
            "revoked",
        ),
        (
            vec![revoked.clone(), strange_status(scene.good())],
            "revoked",
        ),
        (vec![no_serial.clone(), revoked], "revoked"),
        (
            vec![strange_status(other.clone()), scene.good()],
            "malformed",
        ),
        (vec![no_serial, scene.good()], "malformed"),
        (vec![strange_status(scene.good())], "malformed"),
        (vec![strange_status(other.clone()), other], "malformed"),
    ] {
        let response = Response::of(singles).signed_by(&scene.issuing);
        assert_eq!(scene.word(&response), expected);
    }
}

#[test]
fn of_several_responses_one_that_revokes_decides() {
    let scene = Scene::new();
    let good = Response::of(vec![scene.good()]).signed_by(&scene.issuing);
    let revoked = Response::of(vec![scene.good().revoked(day(-3), None)]).signed_by(&scene.issuing);
    assert_eq!(word(&scene.status(&[&good, &revoked])), "revoked");
    assert_eq!(word(&scene.status(&[&revoked, &good])), "revoked");
    let busy = status_alone(3);
    assert_eq!(word(&scene.status(&[&busy, &good])), "good");
}

#[test]
fn what_is_out_of_date_or_dated_in_the_future_does_not_vouch() {
    let scene = Scene::new();
    let judge = |single: Single, produced_at| {
        let response = Response::of(vec![single]).produced_at(produced_at);
        scene.word(&response.signed_by(&scene.issuing))
    };
    let times = |this, next| scene.good().with_times(this, next);
    assert_eq!(judge(times(day(-9), Some(day(-2))), day(-9)), "stale");
    assert_eq!(judge(times(day(-9), Some(now())), day(-9)), "good");
    assert_eq!(judge(times(day(1), Some(day(2))), day(-1)), "not-yet-valid");
    assert_eq!(judge(times(day(-1), Some(day(2))), day(1)), "not-yet-valid");
    // Without a next update, an answer serves for a day.
    assert_eq!(judge(times(day(-1), None), day(-1)), "good");
    let older = day(-1) - TimeDelta::seconds(1);
    assert_eq!(judge(times(older, None), older), "stale");
    // A revocation does not lapse.
    let revoked = times(day(-9), Some(day(-2))).revoked(day(-10), None);
    assert_eq!(judge(revoked, day(-9)), "revoked");
}

#[test]
fn an_answer_of_the_future_revokes_who_was_revoked_by_now_and_does_nothing_else() {
    let scene = Scene::new();
    let with_crl = scene.stores.clone().crl(&scene.issuing.crl_of(&[]));
    let signed = |single: &Single, produced_at| {
        let response = Response::of(vec![single.clone()]).produced_at(produced_at);
        response.signed_by(&scene.issuing)
    };
    let latest = now() + TimeDelta::minutes(5);
    let later = latest + TimeDelta::seconds(1);
    for (this, produced_at) in [(-1, day(1)), (1, day(-1)), (1, day(1))] {
        let ahead = scene.good().with_times(day(this), Some(day(9)));
        let of_past = signed(&ahead.clone().revoked(day(-3), None), produced_at);
        assert_eq!(scene.word(&of_past), "revoked");
        for policy in [strict_policy(), policy()] {
            let status = scene.status_with(&with_crl, &policy, &[&of_past]);
            assert_eq!(word(&status), "revoked");
        }
        let by_latest = signed(&ahead.clone().revoked(latest, None), produced_at);
        assert_eq!(scene.word(&by_latest), "revoked");
        let to_come = signed(&ahead.clone().revoked(later, None), produced_at);
        assert_eq!(scene.word(&to_come), "not-yet-valid");
        let status = scene.status_with(&with_crl, &strict_policy(), &[&to_come]);
        assert_eq!(word(&status), "good");
        for silent in [ahead.clone(), ahead.clone().unknown()] {
            assert_eq!(scene.word(&signed(&silent, produced_at)), "not-yet-valid");
        }
        // What it says of one certificate vouches for no other.
        let other = scene.issuing.leaf("other");
        let other = Single::good(&other, &scene.issuing).revoked(day(-3), None);
        let both = Response::of(vec![other, ahead.clone()]).produced_at(produced_at);
        assert_eq!(scene.word(&both.signed_by(&scene.issuing)), "not-yet-valid");
        // Only if one who may has signed it.
        let forged = Response::of(vec![ahead.revoked(day(-3), None)]).produced_at(produced_at);
        let forged = forged.signed_by(&Authority::root("Issuing"));
        assert_eq!(scene.word(&forged), "signature-invalid");
    }
}

#[test]
fn a_delegated_responder_may_answer_embedded_presented_or_known() {
    let scene = Scene::new();
    let responder = scene.delegate();
    let response = Response::of(vec![scene.good()]);
    let embedded = response.clone().with_certificate(&responder);
    assert_eq!(scene.word(&embedded.signed_by(&responder)), "good");
    assert_eq!(scene.word(&embedded.by_key().signed_by(&responder)), "good");

    let bare = response.signed_by(&responder);
    assert_eq!(scene.word(&bare), "responder-unknown");
    let stores = scene.stores.clone().certificate(&responder);
    let known = scene.status_with(&stores, &strict_policy(), &[&bare]);
    assert_eq!(word(&known), "good");
    let presented = [responder.certificate.clone()];
    let policy = strict_policy();
    let responses: [&[u8]; 1] = [&bare];
    let question = Question::new(&scene.leaf.certificate, now())
        .with_presented(&presented)
        .with_ocsp_responses(&responses);
    let report = evaluator(&scene.stores, &policy).evaluate(&question);
    assert!(report.trusted().is_some());
}

#[test]
fn who_is_not_delegated_by_the_issuer_itself_may_not_answer() {
    let scene = Scene::new();
    let other = Authority::root("Other root");
    let namesake = Authority::root("Issuing");
    for (responder, expected) in [
        // No extended key usage, another one, any.
        (
            scene
                .issuing
                .issue(delegate().without::<ExtendedKeyUsages>()),
            "responder-not-authorised",
        ),
        (
            scene
                .issuing
                .issue(delegate().with_extended_key_usage(&[ExtendedKeyUsage::ServerAuth])),
            "responder-not-authorised",
        ),
        (
            scene
                .issuing
                .issue(delegate().with_extended_key_usage(&[ExtendedKeyUsage::Any])),
            "responder-not-authorised",
        ),
        // A key that signs nothing.
        (
            scene
                .issuing
                .issue(delegate().with_key_usage(&[KeyUsage::KeyEncipherment])),
            "responder-not-authorised",
        ),
        // Delegated by somebody else, also under the name of the issuer.
        (other.issue(delegate()), "responder-not-authorised"),
        (namesake.issue(delegate()), "responder-not-authorised"),
        // Something critical in its certificate that nobody understands.
        (
            scene
                .issuing
                .issue(delegate().with(unknown_extension(Criticality::Critical))),
            "responder-not-authorised",
        ),
        (
            scene
                .issuing
                .issue(delegate().with_validity(day(-30), day(-1))),
            "responder-expired",
        ),
        (
            scene
                .issuing
                .issue(delegate().with_validity(day(1), day(30))),
            "responder-expired",
        ),
    ] {
        let response = Response::of(vec![scene.good()]).with_certificate(&responder);
        assert_eq!(scene.word(&response.signed_by(&responder)), expected);
        // Nor may it say that the certificate is revoked.
        let response = Response::of(vec![scene.good().revoked(day(-3), None)]);
        let response = response.with_certificate(&responder);
        assert_eq!(scene.word(&response.signed_by(&responder)), expected);
    }
}

#[test]
fn no_check_is_understood_also_where_it_is_critical() {
    let scene = Scene::new();
    let responder = scene.issuing.issue(delegate().with(critical(&OcspNoCheck)));
    let response = Response::of(vec![scene.good()]).with_certificate(&responder);
    assert_eq!(scene.word(&response.signed_by(&responder)), "good");
}

#[test]
fn a_responder_that_says_nothing_of_no_check_is_itself_asked_about() {
    let scene = Scene::new();
    let responder = scene.issuing.issue(delegate().without::<OcspNoCheck>());
    let response = Response::of(vec![scene.good()]).with_certificate(&responder);
    let response = response.signed_by(&responder);
    let judge = |stores: &TestStores| {
        let question_stores = stores.clone();
        word(&scene.status_with(&question_stores, &strict_policy(), &[&response]))
    };
    assert_eq!(judge(&scene.stores), "responder-path-invalid");
    // The leaf is not on that CRL either, so only the responder's own status is in question.
    let revoked = scene
        .stores
        .clone()
        .crl(&scene.issuing.crl_of(&[&responder]));
    let question = Question::new(&scene.leaf.certificate, now());
    let policy = strict_policy();
    assert!(
        evaluator(&revoked, &policy)
            .evaluate(&question)
            .trusted()
            .is_some()
    );
    let good = scene.stores.clone().crl(&scene.issuing.crl_of(&[]));
    assert_eq!(judge(&good), "good");
}

#[test]
fn a_responder_that_nobody_vouches_for_revokes_and_does_nothing_else() {
    let scene = Scene::new();
    let delegate = delegate().without::<OcspNoCheck>();
    let answer = |responder: &Authority, single| {
        let response = Response::of(vec![single]).with_certificate(responder);
        response.signed_by(responder)
    };
    let revoked = || scene.good().revoked(day(-3), None);
    let responder = scene.issuing.issue(delegate.clone());
    let listing = answer(&responder, revoked());
    assert_eq!(scene.word(&listing), "revoked");
    let silent = answer(&responder, scene.good());
    assert_eq!(scene.word(&silent), "responder-path-invalid");
    // Nor does it make another one better, or a CRL.
    assert_eq!(word(&scene.status(&[&silent, &listing])), "revoked");
    // What a responder says who is known to be revoked, or is not one, does not count.
    let of_issuing = scene.issuing.crl_of(&[&responder]);
    let stores = scene.stores.clone().crl(&of_issuing);
    let status = scene.status_with(&stores, &strict_policy(), &[&listing]);
    assert_eq!(word(&status), "good");
    let without_issuer = Authority::root("Issuing").issue(delegate);
    let forged = answer(&without_issuer, revoked());
    assert_eq!(scene.word(&forged), "responder-not-authorised");
}

#[test]
fn a_blacklisted_responder_says_nothing_although_it_need_not_be_asked_about() {
    let scene = Scene::new();
    let responder = scene.delegate();
    let sha512 = *responder.stored().sha512(PROVIDER);
    let key = *responder.stored().key_sha256(PROVIDER);
    let entry = |thumbprint| TrustListEntry::new(thumbprint, TrustListStatus::Blacklisted).unwrap();
    let stores = || scene.stores.clone();
    for stores in [
        stores().entry(entry(sha512)),
        stores().key_entry(entry(key)),
    ] {
        for single in [scene.good(), scene.good().revoked(day(-3), None)] {
            let response = Response::of(vec![single]).with_certificate(&responder);
            let response = response.signed_by(&responder);
            let status = scene.status_with(&stores, &strict_policy(), &[&response]);
            assert_eq!(word(&status), "responder-blacklisted");
        }
    }
}

#[test]
fn a_certificate_does_not_answer_for_itself() {
    let root = Authority::root("Root");
    let issuing = root.authority("Issuing");
    let leaf = issuing.issue(delegate());
    let stores = TestStores::new()
        .root(&root)
        .certificate(&issuing)
        .crl(&root.crl_of(&[]));
    let scene = Scene {
        issuing,
        leaf: leaf.clone(),
        stores,
    };
    let response = Response::of(vec![scene.good()]).with_certificate(&leaf);
    assert_eq!(scene.word(&response.signed_by(&leaf)), "signed-by-itself");
}

#[test]
fn a_signature_that_does_not_verify_or_of_another_key_is_none() {
    let scene = Scene::new();
    let response = Response::of(vec![scene.good()]);
    let mut broken = response.signed_by(&scene.issuing);
    *broken.last_mut().unwrap() ^= 1;
    assert_eq!(scene.word(&broken), "signature-invalid");
    let impostor = Authority {
        key: key(),
        ..scene.issuing.clone()
    };
    assert_eq!(
        scene.word(&response.signed_by(&impostor)),
        "signature-invalid"
    );
    // One that is revoked by it says nothing either.
    let revoked = Response::of(vec![scene.good().revoked(day(-3), None)]);
    assert_eq!(
        scene.word(&revoked.signed_by(&impostor)),
        "signature-invalid"
    );
}

#[test]
fn critical_extensions_that_mean_nothing_here_keep_a_response_from_vouching() {
    let scene = Scene::new();
    let strange = || unknown_extension(Criticality::Critical);
    let in_response = Response::of(vec![scene.good()]).with_extension(strange());
    let in_single = Response::of(vec![scene.good().with_extension(strange())]);
    for response in [&in_response, &in_single] {
        let response = response.signed_by(&scene.issuing);
        assert_eq!(scene.word(&response), "unhandled-critical-extension");
    }
    let ignored = unknown_extension(Criticality::NotCritical);
    let response = Response::of(vec![scene.good().with_extension(ignored)]);
    assert_eq!(scene.word(&response.signed_by(&scene.issuing)), "good");
    let revoked = scene
        .good()
        .revoked(day(-3), None)
        .with_extension(strange());
    let response = Response::of(vec![revoked]).with_extension(strange());
    assert_eq!(scene.word(&response.signed_by(&scene.issuing)), "revoked");
}

#[test]
fn a_nonce_is_passed_over() {
    let scene = Scene::new();
    let oid = der::asn1::ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
    for criticality in [Criticality::Critical, Criticality::NotCritical] {
        let nonce = EncodedExtension::new(oid, criticality, [4, 2, 7, 7]);
        let response = Response::of(vec![scene.good()]).with_extension(nonce);
        assert_eq!(scene.word(&response.signed_by(&scene.issuing)), "good");
    }
}

#[test]
fn each_status_that_is_no_success_has_its_word() {
    let scene = Scene::new();
    for (status, expected) in [
        (0, "malformed"),
        (1, "malformed-request"),
        (2, "internal-error"),
        (3, "try-later"),
        (4, "unknown-response-status"),
        (5, "signature-required"),
        (6, "unauthorized"),
        (7, "unknown-response-status"),
    ] {
        assert_eq!(scene.word(&status_alone(status)), expected);
    }
}

#[test]
fn digests_that_the_policy_forbids_do_not_vouch() {
    let scene = Scene::new();
    let mut policy = strict_policy();
    policy.algorithms.revocation_digests = vec![DigestAlgorithm::Sha384];
    let mut response = Response::of(vec![scene.good()]);
    // The root's CRL is signed with SHA-256, which is not in question here.
    let status = |response: &Response| {
        let octets = response.signed_by(&scene.issuing);
        let responses: [&[u8]; 1] = [&octets];
        let question =
            Question::new(&scene.leaf.certificate, now()).with_ocsp_responses(&responses);
        let report = evaluator(&scene.stores, &policy).evaluate(&question);
        report.paths()[0].revocation[0].clone()
    };
    let RevocationStatus::Unknown { causes } = status(&response) else {
        panic!("SHA-256 is forbidden");
    };
    assert_eq!(causes[0].code(), "algorithm-not-allowed");
    response.digest = DigestAlgorithm::Sha384;
    assert!(matches!(status(&response), RevocationStatus::Good { .. }));
}

#[test]
fn crls_and_responses_go_together_and_either_revokes() {
    let scene = Scene::new();
    let good = Response::of(vec![scene.good()]).signed_by(&scene.issuing);
    let revoked = Response::of(vec![scene.good().revoked(day(-3), None)]).signed_by(&scene.issuing);
    let unknown = Response::of(vec![scene.good().unknown()]).signed_by(&scene.issuing);
    let clean = scene.stores.clone().crl(&scene.issuing.crl_of(&[]));
    let listed = scene
        .stores
        .clone()
        .crl(&scene.issuing.crl_of(&[&scene.leaf]));
    for (stores, response, expected) in [
        (&clean, &good, "good"),
        (&clean, &unknown, "good"),
        (&clean, &revoked, "revoked"),
        (&listed, &good, "revoked"),
        (&scene.stores, &good, "good"),
        (&scene.stores, &unknown, "unknown"),
    ] {
        let status = scene.status_with(stores, &strict_policy(), &[response]);
        assert_eq!(word(&status), expected);
    }
}

#[test]
fn a_response_that_is_of_no_use_does_not_change_what_an_expired_crl_means() {
    let scene = Scene::new();
    let expired = CrlTemplate::new(1).with_times(day(-40), Some(day(-9)));
    let stores = scene.stores.clone().crl(&scene.issuing.crl(&expired));
    let mut policy = strict_policy();
    policy.revocation = RevocationPolicy::Check {
        unknown: OnUnknown::Reject,
        expired: OnUnknown::Accept,
        unusable: OnUnknown::Reject,
        skew: TimeDelta::zero(),
    };
    let stale = scene.good().with_times(day(-9), Some(day(-2)));
    let stale = Response::of(vec![stale]).signed_by(&scene.issuing);
    let verdict = |stores: &TestStores, responses: &[&[u8]]| {
        let question = Question::new(&scene.leaf.certificate, now()).with_ocsp_responses(responses);
        evaluator(stores, &policy)
            .evaluate(&question)
            .trusted()
            .is_some()
    };
    assert!(verdict(&stores, &[]));
    assert!(verdict(&stores, &[&stale]));
    assert!(!verdict(&scene.stores, &[&stale]));
}

#[test]
fn a_response_for_the_authority_counts_for_the_authority() {
    let root = Authority::root("Root");
    let issuing = root.authority("Issuing");
    let leaf = issuing.leaf("leaf");
    let stores = TestStores::new()
        .root(&root)
        .certificate(&issuing)
        .crl(&issuing.crl_of(&[]));
    let good = Response::of(vec![Single::good(&issuing, &root)]).signed_by(&root);
    let bad = Response::of(vec![Single::good(&issuing, &root).revoked(day(-3), None)]);
    let policy = strict_policy();
    let verdict = |responses: &[&[u8]]| {
        let question = Question::new(&leaf.certificate, now()).with_ocsp_responses(responses);
        evaluator(&stores, &policy)
            .evaluate(&question)
            .trusted()
            .is_some()
    };
    assert!(!verdict(&[]));
    assert!(verdict(&[&good]));
    assert!(!verdict(&[&good, &bad.signed_by(&root)]));
}

#[test]
fn a_response_is_read_with_what_it_says() {
    let scene = Scene::new();
    let revoked = scene
        .good()
        .revoked(day(-3), Some(ReasonCode::CertificateHold));
    let template = Response::of(vec![scene.good(), revoked]);
    let octets = template.signed_by(&scene.issuing);
    let response = OcspResponse::parse(&octets).unwrap();
    assert_eq!(response.produced_at(), day(-1));
    assert_eq!(
        response.signature_algorithm().to_string(),
        "ecdsa-with-SHA256"
    );
    let said: Vec<_> = response
        .single_responses()
        .iter()
        .map(|single| {
            let serial = single.serial().clone();
            (
                serial,
                single.status(),
                single.this_update(),
                single.next_update(),
            )
        })
        .collect();
    let serial = scene.leaf.certificate.serial().clone();
    let on_hold = OcspCertificateStatus::Revoked {
        date: day(-3),
        reason: Some(ReasonCode::CertificateHold),
    };
    assert_eq!(
        said,
        [
            (
                serial.clone(),
                OcspCertificateStatus::Good,
                day(-1),
                Some(day(7))
            ),
            (serial, on_hold, day(-1), Some(day(7))),
        ]
    );
    response
        .verify_signature_by(&scene.issuing.certificate, PROVIDER)
        .unwrap();
    // What is inside is read alone too.
    let basic = template.basic(&scene.issuing);
    assert_eq!(OcspResponse::parse(&basic).unwrap(), response_of(&basic));
}

fn response_of(basic: &[u8]) -> OcspResponse<'_> {
    OcspResponse::parse(basic).unwrap()
}

#[test]
fn every_truncation_and_an_appended_octet_is_an_error() {
    let scene = Scene::new();
    let octets = Response::of(vec![scene.good()])
        .with_certificate(&scene.delegate())
        .signed_by(&scene.issuing);
    for end in 0..octets.len() {
        assert!(matches!(
            OcspResponse::parse(&octets[..end]),
            Err(OcspError::Decode(_))
        ));
    }
    let longer = [octets.as_slice(), &[0]].concat();
    assert!(matches!(
        OcspResponse::parse(&longer),
        Err(OcspError::Decode(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever octet is changed, nobody takes the certificate for good or revoked by it, unless it is one that is not
    /// signed and means nothing: the rest of the file around the signed part.
    #[test]
    fn a_changed_octet_never_makes_a_response_say_something_else(place in 0_usize..400, bits in 1_u8..) {
        let (scene, octets) = fixed();
        let mut changed = octets.clone();
        let place = place % changed.len();
        changed[place] ^= bits;
        let before = scene.status(&[octets]);
        let after = scene.status(&[&changed]);
        if after != before {
            prop_assert!(matches!(after, RevocationStatus::Unknown { .. }), "{:?}", after);
        }
    }

    #[test]
    fn arbitrary_octets_are_an_error_or_a_response(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = OcspResponse::parse(&octets);
        let _ = OcspResponse::parse(&successful(&octets));
    }
}

/// A scene and a response, made once.
fn fixed() -> &'static (Scene, Vec<u8>) {
    static FIXED: std::sync::OnceLock<(Scene, Vec<u8>)> = std::sync::OnceLock::new();
    FIXED.get_or_init(|| {
        let scene = Scene::new();
        let octets = Response::of(vec![scene.good()]).signed_by(&scene.issuing);
        (scene, octets)
    })
}

/// OpenSSL, and a folder for its files.
struct OpenSsl {
    directory: TempDir,
}

impl OpenSsl {
    /// `None` where it is missing, which continuous integration does not put up with.
    fn find() -> Option<Self> {
        let is_there = Command::new("openssl").arg("version").output().is_ok();
        if !is_there {
            assert!(std::env::var_os("CI").is_none(), "openssl is missing");
            eprintln!("skipped: openssl is not installed");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        Some(Self { directory })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let run = Command::new("openssl")
            .current_dir(self.directory.path())
            .args(arguments)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "openssl {arguments:?}: {errors}");
        [run.stdout, run.stderr].concat()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }
}

#[test]
fn responses_that_openssl_makes_are_understood() {
    let Some(openssl) = OpenSsl::find() else {
        return;
    };
    let request = |name: &str, subject: &str, extensions: &str| {
        std::fs::write(openssl.path(&format!("{name}.cnf")), extensions).unwrap();
        let key = format!("{name}.key");
        let csr = format!("{name}.csr");
        openssl.run(&[
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            &key,
            "-out",
            &csr,
            "-subj",
            subject,
        ]);
    };
    let sign = |name: &str, serial: &str| {
        let (csr, configuration) = (format!("{name}.csr"), format!("{name}.cnf"));
        let (pem, der) = (format!("{name}.pem"), format!("{name}.der"));
        openssl.run(&[
            "x509",
            "-req",
            "-in",
            &csr,
            "-CA",
            "root.pem",
            "-CAkey",
            "root.key",
            "-set_serial",
            serial,
            "-days",
            "30",
            "-extfile",
            &configuration,
            "-out",
            &pem,
        ]);
        openssl.run(&["x509", "-in", &pem, "-outform", "DER", "-out", &der]);
        rollcert_pki::Certificate::from_der(openssl.read(&der)).unwrap()
    };
    openssl.run(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "root.key",
        "-out",
        "root.pem",
        "-subj",
        "/CN=Root",
        "-days",
        "30",
        "-addext",
        "keyUsage=critical,keyCertSign,cRLSign",
    ]);
    openssl.run(&[
        "x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der",
    ]);
    let root = rollcert_pki::Certificate::from_der(openssl.read("root.der")).unwrap();
    let mut certificates = Vec::new();
    for (leaf, serial) in [("good", "4097"), ("revoked", "4098"), ("stranger", "4099")] {
        request(leaf, &format!("/CN={leaf}"), "keyUsage=digitalSignature\n");
        certificates.push((leaf, sign(leaf, serial)));
    }
    request(
        "responder",
        "/CN=responder",
        "keyUsage=digitalSignature\nextendedKeyUsage=OCSPSigning\nnoCheck=ignored\n",
    );
    sign("responder", "5000");
    // The database of `openssl ca`: what is not in it is unknown.
    std::fs::write(
        openssl.path("index.txt"),
        "V\t491231235959Z\t\t1001\tunknown\t/CN=good\n\
         R\t491231235959Z\t250102030405Z,keyCompromise\t1002\tunknown\t/CN=revoked\n",
    )
    .unwrap();

    let stores = TestStores {
        roots: vec![rollcert_trust::StoredCertificate::new(root, PROVIDER)],
        ..TestStores::new()
    };
    let policy = strict_policy();
    // OpenSSL dates the response by the clock.
    #[expect(clippy::disallowed_methods, reason = "the peer reads the clock")]
    let clock = std::time::SystemTime::now();
    let now = DateTime::<Utc>::from(clock) + TimeDelta::minutes(1);
    for (signer, by_key, digest) in [
        ("root", false, "-sha1"),
        ("responder", false, "-sha256"),
        ("responder", true, "-sha512"),
    ] {
        for (leaf, certificate) in &certificates {
            let pem = format!("{leaf}.pem");
            let (rsigner, rkey) = (format!("{signer}.pem"), format!("{signer}.key"));
            let mut arguments = vec![
                "ocsp",
                digest,
                "-issuer",
                "root.pem",
                "-cert",
                &pem,
                "-reqout",
                "request.der",
            ];
            openssl.run(&arguments);
            arguments = vec![
                "ocsp",
                "-index",
                "index.txt",
                "-CA",
                "root.pem",
                "-rsigner",
                &rsigner,
                "-rkey",
                &rkey,
                "-ndays",
                "1",
                "-reqin",
                "request.der",
                "-respout",
                "response.der",
            ];
            if by_key {
                arguments.push("-resp_key_id");
            }
            openssl.run(&arguments);
            let response = openssl.read("response.der");
            let responses: [&[u8]; 1] = [&response];
            let question = Question::new(certificate, now).with_ocsp_responses(&responses);
            let report = evaluator(&stores, &policy).evaluate(&question);
            let status = &report.paths()[0].revocation[0];
            let expected = match *leaf {
                "stranger" => "unknown",
                other => other,
            };
            assert_eq!(word(status), expected, "{signer} {digest}: {status:?}");
            if let RevocationStatus::Revoked {
                reason: Reason::Revoked { date, reason, .. },
            } = status
            {
                assert_eq!(*date, at("2025-01-02T03:04:05Z"));
                assert_eq!(*reason, Some(ReasonCode::KeyCompromise));
            }
        }
    }
}

#[test]
fn openssl_understands_what_the_tests_make() {
    let Some(openssl) = OpenSsl::find() else {
        return;
    };
    let scene = Scene::new();
    let responder = scene.delegate();
    let singles = vec![scene.good().revoked(day(-3), Some(ReasonCode::Superseded))];
    let response = Response::of(singles).by_key().with_certificate(&responder);
    std::fs::write(openssl.path("response.der"), response.signed_by(&responder)).unwrap();
    std::fs::write(
        openssl.path("issuing.pem"),
        scene.issuing.certificate.to_pem(),
    )
    .unwrap();
    std::fs::write(openssl.path("leaf.pem"), scene.leaf.certificate.to_pem()).unwrap();
    let time = now().timestamp().to_string();
    let said = openssl.run(&[
        "ocsp",
        "-respin",
        "response.der",
        "-issuer",
        "issuing.pem",
        "-cert",
        "leaf.pem",
        "-CAfile",
        "issuing.pem",
        "-partial_chain",
        "-attime",
        &time,
        "-no_nonce",
        "-validity_period",
        "999999999",
    ]);
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("Response verify OK"), "{said}");
    assert!(said.contains("leaf.pem: revoked"), "{said}");
    assert!(said.contains("Reason: superseded"), "{said}");
}
