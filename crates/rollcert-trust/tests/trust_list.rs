//! Trust lists: each row of the tables by which they go together with paths, entries, JSON, marks.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test panics where it fails"
)]

mod common;

use chrono::{DateTime, Utc};
use common::world::{World, codes, sha512, verdict, warnings};
use common::{Authority, CrlTemplate, PROVIDER, Template, at, day, now};
use proptest::prelude::*;
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::asn1::tag;
use rollcert_pki::extension::{
    Criticality, EncodedExtension, ExtendedKeyUsages, ExtensionValue, SubjectAlternativeName,
};
use rollcert_pki::{
    Crl, CrlIndex, ExtendedKeyUsage, KeyUsage, KeyUsages, Limits, Name, Purpose, Thumbprint,
    ThumbprintError,
};
use rollcert_trust::{
    Basis, BlackReach, Evaluator, MemoryTrustList, Policy, Precedence, Question, Reason,
    ReferenceName, Report, Snapshot, Step, StoredCertificate, StoredCrl, TrustListEntry,
    TrustListError, TrustListMark, TrustListPolicy, TrustListStatus,
};

const WHITE: TrustListStatus = TrustListStatus::Whitelisted {
    allow_expired: false,
};
const WHITE_EXPIRED: TrustListStatus = TrustListStatus::Whitelisted {
    allow_expired: true,
};
const BLACK: TrustListStatus = TrustListStatus::Blacklisted;

impl World {
    fn without_root(mut self) -> Self {
        self.snapshot.roots.remove(self.root.stored().sha256());
        self
    }

    fn crl(&mut self, crl: &Crl) {
        let index = CrlIndex::of(crl.clone(), &Limits::default()).unwrap();
        self.snapshot.crls.insert(StoredCrl::new(index, PROVIDER));
    }

    fn report_at(&self, now: DateTime<Utc>) -> Report {
        let evaluator = Evaluator::new(self.snapshot.stores(), &self.policy, PROVIDER);
        evaluator.evaluate(&Question::new(&self.leaf.certificate, now))
    }
}

// ---- A certificate's own entry, and the time

#[test]
fn without_an_entry_the_path_decides() {
    let world = World::new();
    assert_eq!(verdict(&world.report()), Ok(Basis::Path));
    let world = world.without_root();
    assert!(verdict(&world.report()).is_err());
}

#[test]
fn a_blacklisted_certificate_is_not_trusted_whatever_the_time() {
    for time in [now(), day(-400), day(400)] {
        let mut world = World::new();
        let leaf = world.leaf.clone();
        let entry = TrustListEntry::new(sha512(&leaf), BLACK).unwrap();
        world.set_entry(entry.with_note("stolen laptop"));
        let expected = Reason::CtlBlacklisted {
            thumbprint: sha512(&leaf),
            note: Some("stolen laptop".to_owned()),
        };
        assert_eq!(verdict(&world.report_at(time)), Err(vec![expected]));
    }
}

#[test]
fn a_whitelisted_certificate_is_trusted_within_its_validity() {
    let mut world = World::new().without_root();
    let leaf = world.leaf.clone();
    world.set(&leaf, WHITE);
    let report = world.report();
    assert_eq!(verdict(&report), Ok(Basis::TrustList));
    assert_eq!(warnings(&report), ["ctl-whitelisted"]);
    assert_eq!(report.trusted().unwrap().path(), [leaf.stored()]);
    for bound in [leaf.certificate.not_before(), leaf.certificate.not_after()] {
        assert_eq!(verdict(&world.report_at(bound)), Ok(Basis::TrustList));
    }
}

#[test]
fn a_whitelisted_certificate_that_has_expired_is_not_trusted() {
    let mut world = World::new();
    let leaf = world.leaf.clone();
    world.set(&leaf, WHITE);
    let now = day(366);
    let expected = Reason::Expired {
        not_after: leaf.certificate.not_after(),
        now,
    };
    assert_eq!(verdict(&world.report_at(now)), Err(vec![expected]));
}

#[test]
fn a_whitelisted_certificate_may_have_expired_where_its_entry_allows_it() {
    let mut world = World::new().without_root();
    let leaf = world.leaf.clone();
    world.set(&leaf, WHITE_EXPIRED);
    let report = world.report_at(day(366));
    assert_eq!(verdict(&report), Ok(Basis::TrustList));
    assert_eq!(
        warnings(&report),
        ["ctl-whitelisted", "ctl-whitelisted-expired"]
    );
    // Until then there is nothing to report daily.
    assert_eq!(warnings(&world.report()), ["ctl-whitelisted"]);
}

#[test]
fn a_whitelisted_certificate_that_is_not_yet_valid_is_not_trusted_whatever_its_entry_allows() {
    for status in [WHITE, WHITE_EXPIRED] {
        let mut world = World::new();
        let leaf = world.leaf.clone();
        world.set(&leaf, status);
        let now = day(-366);
        let expected = Reason::NotYetValid {
            not_before: leaf.certificate.not_before(),
            now,
        };
        assert_eq!(verdict(&world.report_at(now)), Err(vec![expected]));

        world.policy.trust_list.white_not_yet_valid = Precedence::Entry;
        let report = world.report_at(now);
        assert_eq!(verdict(&report), Ok(Basis::TrustList));
        assert_eq!(warnings(&report), ["ctl-whitelisted", "not-yet-valid"]);
    }
}

#[test]
fn a_whitelisted_certificate_serves_no_use_that_cannot_be_read() {
    let unreadable = |oid: der::asn1::ObjectIdentifier| {
        EncodedExtension::new(oid, Criticality::Critical, [tag::NULL, 0])
    };
    let malformed =
        |oid: der::asn1::ObjectIdentifier| Reason::MalformedExtension { oid: oid.into() };
    for oid in [KeyUsages::OID, ExtendedKeyUsages::OID] {
        let mut world = World::with_leaf(Template::leaf("acme as2").with(unreadable(oid)));
        let leaf = world.leaf.clone();
        world.set(&leaf, WHITE);
        for purpose in [Purpose::SmimeEncrypt, Purpose::TlsServer] {
            let question = Question::new(&leaf.certificate, now()).with_purpose(purpose);
            let evaluator = Evaluator::new(world.snapshot.stores(), &world.policy, PROVIDER);
            let reasons = verdict(&evaluator.evaluate(&question)).unwrap_err();
            let expected = malformed(oid);
            let told = reasons.iter().filter(|reason| **reason == expected).count();
            assert_eq!(told, 1, "{reasons:?}");
        }
        // Whom nobody asks to serve anything serves.
        assert_eq!(verdict(&world.report()), Ok(Basis::TrustList));
    }
    // A name in the subject does not stand in for names that cannot be read.
    let mail = "acme@example.com";
    let subject = Name::builder().common_name("acme").email_address(mail);
    let names = unreadable(SubjectAlternativeName::OID);
    let template = Template::leaf("").with_subject(subject.build().unwrap());
    let mut world = World::with_leaf(template.with(names));
    let leaf = world.leaf.clone();
    world.set(&leaf, WHITE);
    let name = ReferenceName::Email(mail.to_owned());
    let question = Question::new(&leaf.certificate, now()).with_name(name);
    let evaluator = Evaluator::new(world.snapshot.stores(), &world.policy, PROVIDER);
    let reasons = verdict(&evaluator.evaluate(&question)).unwrap_err();
    assert!(
        reasons.contains(&malformed(SubjectAlternativeName::OID)),
        "{reasons:?}"
    );
}

// ---- Precedence against paths

#[test]
fn a_whitelisted_leaf_without_any_chain_is_trusted() {
    let mut world = World::new();
    let leaf = world.leaf.clone();
    world.snapshot = Snapshot::default();
    world.set(&leaf, WHITE);
    assert_eq!(verdict(&world.report()), Ok(Basis::TrustList));
}

#[test]
fn a_whitelisted_self_signed_leaf_is_trusted() {
    let mut world = World::new();
    world.snapshot = Snapshot::default();
    world.leaf = Authority::self_signed(&Template::leaf("itself"));
    assert_eq!(
        codes(verdict(&world.report())),
        Err(vec!["root-not-trusted"])
    );
    let leaf = world.leaf.clone();
    world.set(&leaf, WHITE);
    assert_eq!(verdict(&world.report()), Ok(Basis::TrustList));
}

#[test]
fn a_whitelisted_intermediate_is_no_anchor() {
    let mut world = World::new().without_root();
    let (root, issuing) = (world.root.clone(), world.issuing.clone());
    world.set(&issuing, WHITE);
    assert!(verdict(&world.report()).is_err());
    // Nor is a whitelisted root.
    world.snapshot.certificates.insert(root.stored());
    world.set(&root, WHITE);
    assert!(verdict(&world.report()).is_err());
}

#[test]
fn a_whitelisted_intermediate_below_a_root_changes_nothing() {
    let mut world = World::new();
    let issuing = world.issuing.clone();
    world.set(&issuing, WHITE);
    let report = world.report();
    assert_eq!(verdict(&report), Ok(Basis::Path));
    assert!(!warnings(&report).contains(&"ctl-whitelisted"));
}

#[test]
fn a_blacklisted_intermediate_makes_everything_below_untrusted() {
    let mut world = World::new();
    let issuing = world.issuing.clone();
    let entry = TrustListEntry::new(sha512(&issuing), BLACK).unwrap();
    world.set_entry(entry.with_note("CA compromised"));
    let reasons = verdict(&world.report()).unwrap_err();
    let expected = Reason::CtlIssuerBlacklisted {
        issuer: issuing.certificate.subject().clone(),
        thumbprint: sha512(&issuing),
        note: Some("CA compromised".to_owned()),
    };
    assert_eq!(reasons[0], expected);
    assert!(TrustListMark::is_inherited_black(&world.report()));
}

#[test]
fn a_blacklisted_intermediate_reaches_down_over_others() {
    let mut world = World::new();
    let below = world.issuing.authority("Acme Below");
    world.snapshot.certificates.insert(below.stored());
    world.leaf = below.leaf("acme as2");
    assert_eq!(verdict(&world.report()), Ok(Basis::Path));
    let issuing = world.issuing.clone();
    world.set(&issuing, BLACK);
    let reasons = codes(verdict(&world.report())).unwrap_err();
    assert_eq!(reasons[0], "ctl-issuer-blacklisted");
}

#[test]
fn a_blacklisted_root_that_is_trusted_makes_everything_below_untrusted() {
    let mut world = World::new();
    let root = world.root.clone();
    world.set(&root, BLACK);
    let reasons = verdict(&world.report()).unwrap_err();
    let expected = Reason::CtlIssuerBlacklisted {
        issuer: root.certificate.subject().clone(),
        thumbprint: sha512(&root),
        note: None,
    };
    assert_eq!(reasons[0], expected);
}

#[test]
fn a_blacklisted_authority_on_no_path_of_the_leaf_changes_nothing() {
    let mut world = World::new();
    let other = world.root.authority("Acme Other");
    world.snapshot.certificates.insert(other.stored());
    world.set(&other, BLACK);
    let report = world.report();
    assert_eq!(verdict(&report), Ok(Basis::Path));
    assert!(!TrustListMark::is_inherited_black(&report));
}

/// The issuing authority blacklisted, and certified by another root too.
fn cross_certified() -> (World, Authority) {
    let mut world = World::new();
    let other_root = Authority::root("Other Root");
    let cross = other_root.cross(&world.issuing);
    world.snapshot.roots.trust(other_root.stored());
    world.snapshot.certificates.insert(cross.stored());
    let issuing = world.issuing.clone();
    world.set(&issuing, BLACK);
    (world, cross)
}

#[test]
fn a_clean_path_over_a_cross_certificate_is_taken_and_reported() {
    let (mut world, cross) = cross_certified();
    let report = world.report();
    assert_eq!(verdict(&report), Ok(Basis::Path));
    assert_eq!(report.trusted().unwrap().path()[1], cross.stored());
    let avoided = Reason::CtlAlternativePathUsed {
        issuer: world.issuing.certificate.subject().clone(),
    };
    let noted = report.warnings().iter().map(|finding| &finding.reason);
    assert_eq!(noted.filter(|reason| **reason == avoided).count(), 1);
    // Both black: no way is left.
    world.set(&cross, BLACK);
    assert!(verdict(&world.report()).is_err());
}

#[test]
fn a_blacklisted_authority_stands_for_its_key_where_the_policy_says_so() {
    let (mut world, _) = cross_certified();
    world.policy.trust_list.black_reach = BlackReach::Key;
    let reasons = verdict(&world.report()).unwrap_err();
    assert_eq!(reasons[0].code(), "ctl-issuer-blacklisted");
    // Of the same name with another key, it is another authority.
    let mut world = World::new();
    world.policy.trust_list.black_reach = BlackReach::Key;
    let namesake = world.root.authority("Acme Issuing");
    world.snapshot.certificates.insert(namesake.stored());
    world.set(&namesake, BLACK);
    assert_eq!(verdict(&world.report()), Ok(Basis::Path));
}

#[test]
fn a_whitelisted_leaf_below_a_blacklisted_issuer_is_trusted_with_a_mark() {
    let mut world = World::new();
    let (leaf, issuing) = (world.leaf.clone(), world.issuing.clone());
    world.set(&leaf, WHITE);
    world.set(&issuing, BLACK);
    let report = world.report();
    assert_eq!(verdict(&report), Ok(Basis::TrustList));
    let conflict = Reason::CtlConflict {
        issuer: issuing.certificate.subject().clone(),
    };
    let noted = report.warnings().iter().map(|finding| &finding.reason);
    assert_eq!(noted.filter(|reason| **reason == conflict).count(), 1);
}

#[test]
fn a_blacklisted_issuer_beats_a_whitelisted_leaf_where_the_policy_says_so() {
    let mut world = World::new();
    let (leaf, issuing) = (world.leaf.clone(), world.issuing.clone());
    world.set(&leaf, WHITE);
    world.set(&issuing, BLACK);
    world.policy.trust_list.white_below_black = Precedence::Findings;
    let reasons = codes(verdict(&world.report())).unwrap_err();
    assert_eq!(reasons[0], "ctl-issuer-blacklisted");
}

#[test]
fn a_whitelisted_leaf_that_is_revoked_is_trusted_with_a_mark() {
    let mut world = World::new();
    let leaf = world.leaf.clone();
    let crl = world.issuing.crl_of(&[&leaf]);
    world.crl(&crl);
    let of_path = codes(verdict(&world.report())).unwrap_err();
    assert_eq!(of_path[0], "revoked");
    world.set(&leaf, WHITE);
    let report = world.report();
    assert_eq!(verdict(&report), Ok(Basis::TrustList));
    let mark = Reason::CtlRevokedButWhitelisted {
        date: day(-7),
        now: now(),
    };
    let noted = report.warnings().iter().map(|finding| &finding.reason);
    assert_eq!(noted.filter(|reason| **reason == mark).count(), 1);
}

#[test]
fn a_crl_beats_a_whitelisted_leaf_where_the_policy_says_so() {
    let mut world = World::new();
    let leaf = world.leaf.clone();
    let crl = world.issuing.crl_of(&[&leaf]);
    world.crl(&crl);
    world.set(&leaf, WHITE);
    world.policy.trust_list.white_revoked = Precedence::Findings;
    let reasons = codes(verdict(&world.report())).unwrap_err();
    assert_eq!(reasons[0], "revoked");
    // A CA above that is revoked is no finding about the leaf, which needs no CA.
    let mut world = World::new();
    world.policy.trust_list.white_revoked = Precedence::Findings;
    let (leaf, issuing) = (world.leaf.clone(), world.issuing.clone());
    let crl = world.root.crl_of(&[&issuing]);
    world.crl(&crl);
    world.set(&leaf, WHITE);
    assert_eq!(verdict(&world.report()), Ok(Basis::TrustList));
}

#[test]
fn a_whitelisted_leaf_without_the_right_usage_is_not_usable_for_the_purpose() {
    for template in [
        Template::leaf("acme as2").with_key_usage(&[KeyUsage::KeyAgreement]),
        Template::leaf("acme as2").with_extended_key_usage(&[ExtendedKeyUsage::ServerAuth]),
    ] {
        let mut world = World::with_leaf(template);
        let leaf = world.leaf.clone();
        world.set(&leaf, WHITE);
        assert_eq!(verdict(&world.report()), Ok(Basis::TrustList));
        let evaluator = Evaluator::new(world.snapshot.stores(), &world.policy, PROVIDER);
        let question = Question::new(&leaf.certificate, now()).with_purpose(Purpose::SmimeSign);
        let reasons = codes(verdict(&evaluator.evaluate(&question))).unwrap_err();
        assert!(reasons[0].ends_with("key-usage"), "{reasons:?}");
    }
}

#[test]
fn a_black_entry_that_allows_expired_is_black() {
    let mut world = World::new();
    let thumbprint = sha512(&world.leaf);
    let json =
        format!(r#"[{{"sha512":"{thumbprint}","status":"blacklisted","allow_expired":true}}]"#);
    let list = MemoryTrustList::from_json(&json).unwrap();
    *world.snapshot.trust_lists.global_mut() = list.clone();
    assert_eq!(
        codes(verdict(&world.report_at(day(400)))),
        Err(vec!["ctl-blacklisted"])
    );
    // Written again, the flag that says nothing is gone.
    assert_eq!(list.to_json(), json.replace("true", "false"));
}

#[test]
fn a_certificate_whose_entry_is_removed_falls_back_to_its_path_at_once() {
    let cache = rollcert_trust::Cache::new(1000);
    let mut world = World::new();
    let leaf = world.leaf.clone();
    let verdict_now = |world: &World| {
        let evaluator = Evaluator::new(world.snapshot.stores(), &world.policy, PROVIDER);
        let evaluator = evaluator.with_cache(&cache);
        codes(verdict(
            &evaluator.evaluate(&Question::new(&leaf.certificate, now())),
        ))
    };
    assert_eq!(verdict_now(&world), Ok(Basis::Path));
    world.set(&leaf, BLACK);
    assert_eq!(verdict_now(&world), Err(vec!["ctl-blacklisted"]));
    world.set(&leaf, WHITE);
    assert_eq!(verdict_now(&world), Ok(Basis::TrustList));
    let removed = world
        .snapshot
        .trust_lists
        .global_mut()
        .remove(&sha512(&leaf));
    assert_eq!(removed, TrustListEntry::new(sha512(&leaf), WHITE).ok());
    assert_eq!(verdict_now(&world), Ok(Basis::Path));
}

// ---- End of an entry, and keys

#[test]
fn an_entry_counts_up_to_its_end_and_no_longer() {
    let end = at("2026-06-10T00:00:00Z");
    let mut world = World::new().without_root();
    let white = TrustListEntry::new(sha512(&world.leaf), WHITE).unwrap();
    world.set_entry(white.with_end(end));
    assert_eq!(verdict(&world.report_at(end)), Ok(Basis::TrustList));
    let after = world.report_at(end + chrono::TimeDelta::seconds(1));
    assert!(verdict(&after).is_err());
    let ended = Reason::CtlEntryEnded {
        ended: end,
        now: end + chrono::TimeDelta::seconds(1),
    };
    let noted = after.warnings().iter().map(|finding| &finding.reason);
    assert_eq!(noted.filter(|reason| **reason == ended).count(), 1);

    let mut world = World::new();
    let black = TrustListEntry::new(sha512(&world.issuing), BLACK).unwrap();
    world.set_entry(black.with_end(end));
    assert!(verdict(&world.report_at(end)).is_err());
    let after = world.report_at(end + chrono::TimeDelta::seconds(1));
    assert_eq!(verdict(&after), Ok(Basis::Path));
}

#[test]
fn a_blacklisted_key_catches_an_authority_that_is_issued_anew() {
    let mut world = World::new();
    let key = *world.issuing.stored().key_sha256(PROVIDER);
    world.set_entry(TrustListEntry::of_blacklisted_key(&key.to_string()).unwrap());
    let anew = world.root.cross(&world.issuing);
    assert_ne!(anew.stored(), world.issuing.stored());
    for issuing in [world.issuing.clone(), anew] {
        let mut snapshot = world.snapshot.clone();
        snapshot.certificates = [issuing.stored()].into_iter().collect();
        let evaluator = Evaluator::new(snapshot.stores(), &world.policy, PROVIDER);
        let report = evaluator.evaluate(&Question::new(&world.leaf.certificate, now()));
        let expected = Reason::CtlIssuerBlacklisted {
            issuer: issuing.certificate.subject().clone(),
            thumbprint: key,
            note: None,
        };
        assert_eq!(verdict(&report).unwrap_err()[0], expected);
    }
}

#[test]
fn a_blacklisted_key_beats_a_white_entry_for_a_certificate_of_it() {
    let mut world = World::new();
    let leaf = world.leaf.clone();
    let key = *leaf.stored().key_sha256(PROVIDER);
    world.set(&leaf, WHITE);
    world.set_entry(TrustListEntry::new(key, BLACK).unwrap());
    let expected = Reason::CtlBlacklisted {
        thumbprint: key,
        note: None,
    };
    assert_eq!(verdict(&world.report()), Err(vec![expected]));
}

#[test]
fn a_key_cannot_be_whitelisted_for_anybody_may_put_a_name_to_it() {
    let leaf = Authority::root("Acme Root").leaf("acme as2");
    let key = *leaf.stored().key_sha256(PROVIDER);
    let refused = Err(TrustListError::WhitelistedKey { thumbprint: key });
    assert_eq!(TrustListEntry::new(key, WHITE), refused);
    let mut entry = TrustListEntry::new(key, BLACK).unwrap();
    entry.status = WHITE;
    let mut list = MemoryTrustList::new();
    assert_eq!(list.set(entry).map(drop), refused.map(drop));
    let json = format!(r#"[{{"spki_sha256":"{key}","status":"whitelisted"}}]"#);
    let error = MemoryTrustList::from_json(&json).unwrap_err();
    assert_eq!(error.code(), "whitelisted-key");
}

#[test]
fn a_white_entry_for_a_key_means_nothing_even_if_a_host_serves_one() {
    struct Careless(TrustListEntry);
    impl rollcert_trust::TrustList for Careless {
        fn entry(&self, _: &Thumbprint) -> Option<TrustListEntry> {
            None
        }
        fn key_entry(&self, _: &Thumbprint) -> Option<TrustListEntry> {
            Some(self.0.clone())
        }
        fn is_empty(&self) -> bool {
            false
        }
    }
    let world = World::new().without_root();
    let key = *world.leaf.stored().key_sha256(PROVIDER);
    let mut entry = TrustListEntry::new(key, BLACK).unwrap();
    entry.status = WHITE;
    let list = Careless(entry);
    let mut stores = world.snapshot.stores();
    stores.trust_list = &list;
    let evaluator = Evaluator::new(stores, &world.policy, PROVIDER);
    let report = evaluator.evaluate(&Question::new(&world.leaf.certificate, now()));
    assert!(report.trusted().is_none());
    let own = TrustListMark::own(&list, &world.leaf.stored(), now(), PROVIDER);
    assert_eq!(own, None);
}

// ---- Marks

#[test]
fn a_mark_shows_the_own_entry_alone() {
    let mut world = World::new();
    let (leaf, issuing) = (world.leaf.stored(), world.issuing.stored());
    let own = |world: &World, of: &StoredCertificate| {
        TrustListMark::own(world.snapshot.trust_lists.global(), of, now(), PROVIDER)
    };
    assert_eq!(own(&world, &leaf), None);
    let authority = world.issuing.clone();
    world.set(&authority, BLACK);
    assert_eq!(own(&world, &issuing), Some(TrustListMark::Black));
    // What is inherited has no icon of its own; a host may give it one.
    assert_eq!(own(&world, &leaf), None);
    assert!(TrustListMark::is_inherited_black(&world.report()));
    let white = TrustListEntry::new(*leaf.sha512(PROVIDER), WHITE_EXPIRED).unwrap();
    world.set_entry(white.clone());
    assert_eq!(own(&world, &leaf), Some(TrustListMark::White));
    world.set_entry(white.with_end(day(-1)));
    assert_eq!(own(&world, &leaf), None);
    let key = TrustListEntry::new(*leaf.key_sha256(PROVIDER), BLACK).unwrap();
    world.set_entry(key);
    assert_eq!(own(&world, &leaf), Some(TrustListMark::Black));
    assert_eq!(TrustListMark::White.code(), "white");
    assert_eq!(TrustListMark::Black.code(), "black");
}

// ---- Entries as people write them

#[test]
fn thumbprints_are_read_in_any_spelling() {
    let plain = "0123456789abcdef".repeat(8);
    let entry = TrustListEntry::of_certificate(&plain, WHITE).unwrap();
    let digits: Vec<char> = plain.chars().collect();
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
    for spelling in [
        plain.to_uppercase(),
        pairs.join(":"),
        pairs.join(" ").to_uppercase(),
        format!("\u{200e}{}\r\n", pairs.join("-")),
    ] {
        assert_eq!(
            TrustListEntry::of_certificate(&spelling, WHITE).as_ref(),
            Ok(&entry),
            "{spelling:?}"
        );
    }
}

#[test]
fn thumbprints_of_other_lengths_are_refused_each_with_its_own_error() {
    let error =
        |digits: usize| TrustListEntry::of_certificate(&"0".repeat(digits), WHITE).unwrap_err();
    for (digits, found) in [
        (40, DigestAlgorithm::Sha1),
        (64, DigestAlgorithm::Sha256),
        (96, DigestAlgorithm::Sha384),
    ] {
        let expected = DigestAlgorithm::Sha512;
        let other = ThumbprintError::OtherDigest { expected, found };
        assert_eq!(error(digits), TrustListError::Thumbprint(other));
        assert_eq!(error(digits).code(), "other-digest");
    }
    for digits in [0, 32, 127, 129] {
        let nearest = DigestAlgorithm::Sha512;
        let length = ThumbprintError::Length { digits, nearest };
        assert_eq!(error(digits), TrustListError::Thumbprint(length));
    }
    let other = TrustListEntry::of_certificate(&"g".repeat(128), WHITE).unwrap_err();
    assert_eq!(other.code(), "not-hexadecimal");
    let sha1: Thumbprint = "0".repeat(40).parse().unwrap();
    let found = DigestAlgorithm::Sha1;
    let refused = Err(TrustListError::OtherDigest { found });
    assert_eq!(TrustListEntry::new(sha1, BLACK), refused);
}

#[test]
fn an_entry_for_a_certificate_that_nobody_has_seen_is_kept() {
    let mut list = MemoryTrustList::new();
    let entry = TrustListEntry::of_certificate(&"ab".repeat(64), BLACK).unwrap();
    assert_eq!(list.set(entry.clone()), Ok(None));
    let white = TrustListEntry::of_certificate(&"AB".repeat(64), WHITE).unwrap();
    assert_eq!(list.set(white.clone()), Ok(Some(entry.clone())));
    assert_eq!(list.len(), 1);
    assert_eq!(list.find(&entry.thumbprint), Some(&white));
    assert_eq!(list.remove(&entry.thumbprint), Some(white));
    assert_eq!(list.remove(&entry.thumbprint), None);
    assert!(list.is_empty());
}

#[test]
fn the_open_rows_have_the_defaults_that_are_documented() {
    let policy = TrustListPolicy::default();
    assert_eq!(policy.white_not_yet_valid, Precedence::Findings);
    assert_eq!(policy.white_below_black, Precedence::Entry);
    assert_eq!(policy.white_revoked, Precedence::Entry);
    assert_eq!(policy.black_reach, BlackReach::Certificate);
    assert_eq!(Policy::partner().trust_list, policy);
}

// ---- JSON

#[test]
fn a_list_is_written_as_it_is_read() {
    let (sha512, key) = ("01".repeat(64), "02".repeat(32));
    let json = format!(
        r#"[{{"sha512":"{sha512}","status":"whitelisted","allow_expired":true,"until":"2026-12-31T23:00:00Z","note":"rings \"Eve\" on Monday"}},{{"spki_sha256":"{key}","status":"blacklisted","allow_expired":false}}]"#
    );
    let list = MemoryTrustList::from_json(&json).unwrap();
    let white = TrustListEntry::of_certificate(&sha512, WHITE_EXPIRED)
        .unwrap()
        .with_end(at("2026-12-31T23:00:00Z"))
        .with_note("rings \"Eve\" on Monday");
    let black = TrustListEntry::of_blacklisted_key(&key).unwrap();
    assert_eq!(list.iter().collect::<Vec<_>>(), [&white, &black]);
    assert_eq!(list.to_json(), json);
    assert_eq!(MemoryTrustList::new().to_json(), "[]");
    assert_eq!(
        MemoryTrustList::from_json(" [ ]\n"),
        Ok(MemoryTrustList::new())
    );
}

#[test]
fn allow_expired_may_be_left_out_and_then_nothing_is_allowed() {
    let sha512 = "AB:".repeat(64);
    let json = format!(r#"[{{"status":"whitelisted","sha512":"{sha512}"}}]"#);
    let list = MemoryTrustList::from_json(&json).unwrap();
    let entry = TrustListEntry::of_certificate(&sha512, WHITE).unwrap();
    assert_eq!(list.iter().collect::<Vec<_>>(), [&entry]);
}

#[test]
fn json_that_says_something_else_is_refused() {
    let sha512 = "ab".repeat(64);
    let sha256 = "ab".repeat(32);
    let key = "cd".repeat(32);
    for (json, code) in [
        (String::new(), "syntax"),
        ("{}".to_owned(), "syntax"),
        (r#"[{"status":"whitelisted"}]"#.to_owned(), "syntax"),
        (format!(r#"[{{"sha512":"{sha512}"}}]"#), "syntax"),
        (
            format!(r#"[{{"sha512":"{sha512}","status":"white"}}]"#),
            "syntax",
        ),
        (
            format!(r#"[{{"sha512":"{sha512}","status":"whitelisted","allow_expired":1}}]"#),
            "syntax",
        ),
        // Whoever misspells the end would trust for ever.
        (
            format!(
                r#"[{{"sha512":"{sha512}","status":"whitelisted","untill":"2026-01-01T00:00:00Z"}}]"#
            ),
            "syntax",
        ),
        (
            format!(r#"[{{"sha512":"{sha512}","status":"whitelisted","until":"tomorrow"}}]"#),
            "syntax",
        ),
        (
            format!(r#"[{{"sha512":"{sha512}","sha512":"{sha512}","status":"whitelisted"}}]"#),
            "syntax",
        ),
        (
            format!(r#"[{{"sha512":"{sha512}","spki_sha256":"{key}","status":"blacklisted"}}]"#),
            "syntax",
        ),
        (
            format!(r#"[{{"sha512":"{sha256}","status":"whitelisted"}}]"#),
            "other-digest",
        ),
        (
            format!(r#"[{{"sha512":"{sha512}0","status":"whitelisted"}}]"#),
            "wrong-length",
        ),
        (
            format!(
                r#"[{{"sha512":"{sha512}","status":"whitelisted"}},{{"sha512":"{}","status":"blacklisted"}}]"#,
                sha512.to_uppercase()
            ),
            "contradiction",
        ),
        (
            format!(
                r#"[{{"sha512":"{sha512}","status":"whitelisted","note":"{}"}}]"#,
                "x".repeat(1_001)
            ),
            "note-too-long",
        ),
    ] {
        let error = MemoryTrustList::from_json(&json).unwrap_err();
        assert_eq!(error.code(), code, "{json}: {error}");
    }
}

#[test]
fn an_error_says_which_entry_is_wrong_and_the_same_twice_is_none() {
    let sha512 = "ab".repeat(64);
    let good = format!(r#"{{"sha512":"{sha512}","status":"whitelisted"}}"#);
    let bad = r#"{"sha512":"00","status":"whitelisted"}"#;
    let error = MemoryTrustList::from_json(&format!("[{good},{bad}]")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "entry 2: expected 128 hexadecimal digits, as sha-512 has, but found 2"
    );
    let list = MemoryTrustList::from_json(&format!("[{good},{good}]")).unwrap();
    assert_eq!(list.len(), 1);
    let black = good.replace("white", "black");
    let error = MemoryTrustList::from_json(&format!("[{good},{good},{black}]")).unwrap_err();
    let expected = TrustListError::Contradiction {
        first: 1,
        second: 3,
    };
    assert_eq!(error, expected);
}

#[test]
fn an_error_quotes_little_of_the_file_and_nothing_that_moves_the_cursor() {
    let field = format!("\u{1b}[2J\u{202e}{}", "x".repeat(100_000));
    let json = format!(r#"[{{{field:?}:1}}]"#).replace("\\u{1b}", "\\u001b");
    let json = json.replace("\\u{202e}", "\\u202e");
    let text = MemoryTrustList::from_json(&json).unwrap_err().to_string();
    assert!(
        text.starts_with("not a trust list: unknown field"),
        "{text}"
    );
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    assert!(text.len() < 1_000);
}

/// A world whose leaf is whitelisted and revoked, where the policy puts this above the entry.
fn white_and_revoked(precedence: Precedence) -> World {
    let mut world = World::new();
    let leaf = world.leaf.clone();
    world.set(&leaf, WHITE);
    world.crl(&world.issuing.crl_of(&[&leaf]));
    world.policy.trust_list.white_revoked = precedence;
    world
}

#[test]
fn a_whitelisted_certificate_that_is_revoked_says_so_once() {
    let reasons = codes(verdict(&white_and_revoked(Precedence::Findings).report()));
    assert_eq!(reasons, Err(vec!["revoked"]));
}

#[test]
fn a_whitelisted_certificate_that_is_a_root_itself_is_revoked_like_any_other() {
    for (precedence, expected) in [
        (Precedence::Findings, Err(vec!["revoked"])),
        (Precedence::Entry, Ok(Basis::TrustList)),
    ] {
        let mut world = white_and_revoked(precedence);
        world.snapshot.roots.trust(world.leaf.stored());
        let report = world.report();
        assert_eq!(codes(verdict(&report)), expected);
        let is_marked = warnings(&report).contains(&"ctl-revoked-but-whitelisted");
        assert_eq!(is_marked, expected.is_ok());
    }
}

#[test]
fn a_root_has_taken_no_other_way_for_a_blacklisted_authority() {
    let mut world = World::new();
    let (leaf, issuing) = (world.leaf.clone(), world.issuing.clone());
    world.snapshot.roots.trust(leaf.stored());
    world.set(&issuing, BLACK);
    // Makes the ways to its issuer worth a look, and proves nothing.
    let forged = CrlTemplate::new(2).revoking(&leaf.certificate);
    let forged = forged.signed_by(issuing.certificate.subject(), &world.root.key);
    world.crl(&forged);
    let report = world.report();
    assert_eq!(verdict(&report), Ok(Basis::Path));
    assert_eq!(warnings(&report), [""; 0]);
}

#[test]
fn a_spent_budget_hides_nothing_that_goes_before_a_white_entry() {
    for limit in 0..8 {
        for step in [Step::Paths, Step::Signatures, Step::Candidates, Step::Crls] {
            let limited = |mut world: World| {
                let limits = &mut world.policy.limits;
                match step {
                    Step::Paths => limits.paths = limit,
                    Step::Signatures => limits.signatures = limit,
                    Step::Candidates => limits.candidates = limit,
                    _ => limits.crls = limit,
                }
                world.report()
            };
            let reasons = verdict(&limited(white_and_revoked(Precedence::Findings)));
            assert!(reasons.is_err(), "{step} {limit}");

            let mut black = World::new();
            let (leaf, issuing) = (black.leaf.clone(), black.issuing.clone());
            black.set(&leaf, WHITE);
            black.set(&issuing, BLACK);
            black.policy.trust_list.white_below_black = Precedence::Findings;
            assert!(verdict(&limited(black)).is_err(), "{step} {limit}");
        }
    }
    // Where the entry goes before, it is told.
    let mut world = white_and_revoked(Precedence::Entry);
    world.policy.trust_list.white_below_black = Precedence::Entry;
    world.policy.limits.signatures = 0;
    let report = world.report();
    assert_eq!(verdict(&report), Ok(Basis::TrustList));
    assert!(warnings(&report).contains(&"budget-exhausted"));
}

fn any_entry() -> impl Strategy<Value = TrustListEntry> {
    let thumbprint = prop_oneof![
        any::<[u8; 32]>().prop_map(|octets| hex::encode([octets, octets].concat())),
        any::<[u8; 32]>().prop_map(hex::encode),
    ];
    let status = prop_oneof![Just(WHITE), Just(WHITE_EXPIRED), Just(BLACK)];
    let until = prop::option::of(0_i64..4_000_000_000);
    let note = prop::option::of(".{0,40}");
    (thumbprint, status, until, note).prop_map(|(thumbprint, status, until, note)| {
        let thumbprint: Thumbprint = thumbprint.parse().unwrap();
        let is_key = thumbprint.algorithm() == DigestAlgorithm::Sha256;
        let status = if is_key { BLACK } else { status };
        let mut entry = TrustListEntry::new(thumbprint, status).unwrap();
        entry.until = until.map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap());
        entry.note = note;
        entry
    })
}

proptest! {
    #[test]
    fn every_list_is_read_as_it_was_written(entries in prop::collection::vec(any_entry(), 0..8)) {
        let mut list = MemoryTrustList::new();
        for entry in entries {
            list.set(entry).unwrap();
        }
        prop_assert_eq!(MemoryTrustList::from_json(&list.to_json()), Ok(list));
    }
}
