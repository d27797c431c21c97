//! What a replacement will break at each partner, known before it happens.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests panic where something is wrong"
)]

mod common;

use core::net::IpAddr;
use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, Utc};
use common::{Authority, PROVIDER, Template, at, critical, day, name, now, policy};
use proptest::prelude::*;
use rollcert_crypto::{DigestAlgorithm, KeyAlgorithm};
use rollcert_pki::extension::{GeneralName, GeneralSubtree, NameConstraints};
use rollcert_pki::{ExtendedKeyUsage, IdentityField, KeyUsage, Purpose};
use rollcert_trust::{
    Affected, Assurance, AuthorityId, AuthorityIdError, BreakFact, Caution, CertificateRole, Chain,
    Evaluator, HeldCertificate, Impact, MemoryCertificates, MemoryCrls, MemoryRoots,
    MemoryTrustList, NoticeError, NoticePhase, Outcome, Partner, Pin, PinKind, Preflight, Protocol,
    Question, ReferenceName, Replacement, RevocationPolicy, RolloverNotice, RootProgramme, Since,
    Stores, Usage, expiring_within, implied_offset, preflight, programmes_with,
};

const HOST: &str = "edi.acme.example";
const TLS: Usage = Usage::new(Protocol::As2, CertificateRole::TlsServer);

// ---- Roots (what a notice says usually holds: nobody need do anything)

#[test]
fn below_a_root_that_every_platform_ships_nobody_need_do_anything() {
    let world = World::new();
    let partner = world.partner().with_system(world.everywhere("OpenJDK"));
    let partner = partner.with_system(world.everywhere("Microsoft"));
    let flight = world.flight(&[partner]);
    assert_eq!(flight.cautions, []);
    let impact = &flight.partners[0];
    assert_eq!(
        (impact.outcome, &impact.breaks[..]),
        (Outcome::NoAction, &[][..])
    );
    assert_eq!(impact.cautions, []);
    let fine: Vec<String> = impact.assurances.iter().map(ToString::to_string).collect();
    let root = format!(
        "the root CN=New Root (SHA-256 {})",
        world.new_root.stored().sha256()
    );
    assert_eq!(
        fine,
        [
            "the usages of the new certificate allow tls-server".to_owned(),
            format!("OpenJDK has {root}"),
            format!("Microsoft has {root}"),
            "the new certificate covers dns:edi.acme.example".to_owned(),
        ]
    );
}

#[test]
fn a_system_without_the_new_root_is_named_with_the_root_it_lacks() {
    let world = World::new();
    let old_only = programme("Old Java", &[&world.old_root]);
    let partner = world.partner().with_system(old_only);
    let partner = partner.with_system(world.everywhere("OpenJDK"));
    let impact = world.impact(partner);
    assert_eq!(impact.outcome, Outcome::Action);
    assert_eq!(codes(&impact), ["root-missing"]);
    assert_eq!(impact.breaks[0].since, Since::Change);
    let BreakFact::RootMissing { system, root } = &impact.breaks[0].fact else {
        panic!("another fact");
    };
    let certificate = &world.new_root.certificate;
    assert_eq!(system, "Old Java");
    assert_eq!(root.subject, *certificate.subject());
    assert_eq!(
        root.sha1,
        certificate.thumbprint(DigestAlgorithm::Sha1, PROVIDER)
    );
    assert_eq!(
        root.sha256,
        certificate.thumbprint(DigestAlgorithm::Sha256, PROVIDER)
    );
    let sha256 = root.sha256;
    assert_eq!(
        impact.breaks[0].to_string(),
        format!(
            "Old Java does not have the root CN=New Root (SHA-256 {sha256}), to which the new \
             certificate leads"
        )
    );
    assert_eq!(
        impact.breaks[0].remedy(),
        format!("import the root CN=New Root (SHA-256 {sha256}) into Old Java")
    );
}

#[test]
fn the_missing_root_is_named_from_what_is_sent_along_too() {
    let world = World::new();
    let mut replacement = world.replacement();
    let above = vec![
        world.new_root.certificate.clone(),
        world.new_issuing.certificate.clone(),
    ];
    replacement.new = Chain::new(world.new.certificate.clone(), above, PROVIDER);
    let partner = world
        .partner()
        .with_system(programme("Old Java", &[&world.old_root]));
    let impact = flown(&replacement, partner);
    assert_eq!(codes(&impact), ["root-missing"]);
    let BreakFact::RootMissing { root, .. } = &impact.breaks[0].fact else {
        panic!("another fact");
    };
    assert_eq!(root.subject, name("New Root"));
}

#[test]
fn an_issuer_that_is_not_sent_along_is_told_from_a_missing_root() {
    let world = World::new();
    let mut replacement = world.replacement();
    replacement.new = Chain::new(world.new.certificate.clone(), Vec::new(), PROVIDER);
    let impact = flown(
        &replacement,
        world.partner().with_system(world.everywhere("OpenJDK")),
    );
    assert_eq!(codes(&impact), ["issuer-missing"]);
    assert_eq!(
        impact.breaks[0].fact,
        BreakFact::IssuerMissing {
            system: "OpenJDK".to_owned(),
            issuer: name("New Issuing"),
        }
    );
    assert_eq!(
        impact.breaks[0].remedy(),
        "send the certificate of CN=New Issuing along with the new one; if it is a root, import it"
    );
}

#[test]
fn what_did_not_work_before_is_told_from_what_the_change_breaks() {
    let world = World::new();
    let empty = programme("appliance", &[]);
    let impact = world.impact(world.partner().with_system(empty));
    assert_eq!(codes(&impact), ["issuer-missing"]);
    assert_eq!(impact.breaks[0].since, Since::Before);
    assert!(
        impact.breaks[0]
            .to_string()
            .ends_with("; it is so with the old certificate, too")
    );
}

#[test]
fn a_root_of_the_same_name_with_another_key_is_not_the_root() {
    let world = World::new();
    let look_alike = Authority::root("New Root");
    let partner = world
        .partner()
        .with_system(programme("Java", &[&world.old_root, &look_alike]));
    let impact = world.impact(partner.with_system(world.everywhere("OpenJDK")));
    assert_eq!(codes(&impact), ["root-missing"]);
}

#[test]
fn a_cross_certificate_below_the_old_root_keeps_old_systems_going() {
    let world = World::new();
    let mut replacement = world.replacement();
    let above = vec![
        world.new_issuing.certificate.clone(),
        world.old_root.cross(&world.new_root).certificate,
    ];
    replacement.new = Chain::new(world.new.certificate.clone(), above, PROVIDER);
    let partner = world
        .partner()
        .with_system(programme("Old Java", &[&world.old_root]));
    assert_eq!(flown(&replacement, partner).outcome, Outcome::NoAction);
}

#[test]
fn the_chain_has_to_hold_over_the_whole_window() {
    let world = World::new();
    let short = Template::authority("Short").with_validity(day(-30), day(15));
    let short = world.new_root.issue(short);
    let new = short.issue(tls_leaf("edi").with_validity(day(0), day(365)));
    let mut replacement = world.replacement();
    replacement.new = Chain::new(new.certificate, vec![short.certificate], PROVIDER);
    let partner = || world.partner().with_system(world.everywhere("OpenJDK"));
    let impact = flown(&replacement, partner());
    assert_eq!(codes(&impact), ["chain-invalid"]);
    let BreakFact::ChainInvalid { at, finding, .. } = &impact.breaks[0].fact else {
        panic!("another fact");
    };
    assert_eq!(*at, replacement.notice.end());
    assert_eq!(finding.reason.code(), "expired");
    assert!(
        impact.breaks[0].to_string().starts_with(
            "OpenJDK will refuse the new chain at 2026-06-21T12:00:00Z, because of CN=Short: "
        ),
        "{}",
        impact.breaks[0]
    );
    // In a shorter window it does.
    replacement.notice = RolloverNotice::new(day(10), day(12)).unwrap();
    assert_eq!(flown(&replacement, partner()).outcome, Outcome::NoAction);
}

#[test]
fn constraints_of_the_new_hierarchy_count() {
    let world = World::new();
    let elsewhere = GeneralSubtree::below(GeneralName::dns("other.example").unwrap());
    let constraints = NameConstraints {
        permitted: vec![elsewhere],
        excluded: Vec::new(),
    };
    let constrained = world
        .new_root
        .issue(Template::authority("Constrained").with(critical(&constraints)));
    let new = constrained.issue(tls_leaf("edi").with_validity(day(0), day(700)));
    let mut replacement = world.replacement();
    replacement.new = Chain::new(new.certificate, vec![constrained.certificate], PROVIDER);
    let impact = flown(
        &replacement,
        world.partner().with_system(world.everywhere("OpenJDK")),
    );
    assert_eq!(codes(&impact), ["chain-invalid"]);
    let BreakFact::ChainInvalid { finding, .. } = &impact.breaks[0].fact else {
        panic!("another fact");
    };
    assert_eq!(finding.reason.code(), "name-not-permitted");
}

#[test]
fn a_certificate_that_is_not_valid_in_the_window_breaks_every_partner() {
    let world = World::new();
    let mut replacement = world.replacement();
    let late = world
        .new_issuing
        .issue(tls_leaf("edi").with_validity(day(15), day(700)));
    let above = vec![world.new_issuing.certificate.clone()];
    replacement.new = Chain::new(late.certificate.clone(), above, PROVIDER);
    let pin = Pin::leaf_of(&late.certificate, PROVIDER);
    let pinning = world.partner().with_pin(pin);
    let trusting = world.partner().with_system(world.everywhere("OpenJDK"));
    let flight = preflight(
        &replacement,
        &[pinning, trusting],
        now(),
        &policy(),
        PROVIDER,
    );
    for impact in &flight.partners {
        assert_eq!(codes(impact), ["not-valid-then"]);
        assert_eq!(impact.outcome, Outcome::Action);
    }
    assert_eq!(
        flight.cautions,
        [
            Caution::NewBeginsLate {
                not_before: day(15),
                start: replacement.notice.start(),
            },
            Caution::IdentityDiffers {
                fields: vec![IdentityField::Issuer],
            }
        ]
    );
}

#[test]
fn a_root_is_found_as_a_system_would_find_it() {
    let world = World::new();
    let roots = world.everywhere("all");
    let chain = world.replacement().new;
    let find = |roots: &MemoryRoots| chain.find_root(roots, now(), &policy(), PROVIDER);
    assert_eq!(find(&roots.roots), Some(world.new_root.stored()));
    assert_eq!(find(&programme("old", &[&world.old_root]).roots), None);
    assert_eq!(find(&MemoryRoots::new()), None);
}

#[test]
fn the_programmes_that_ship_a_root_are_listed() {
    let world = World::new();
    let programmes = [
        programme("Microsoft", &[&world.old_root, &world.new_root]),
        programme("Google", &[&world.old_root]),
        programme("Apple", &[]),
        programme("OpenJDK", &[&world.new_root]),
    ];
    assert_eq!(
        programmes_with(&programmes, &world.new_root.stored()),
        ["Microsoft", "OpenJDK"]
    );
    let id: AuthorityId = "new root".parse().unwrap();
    assert_eq!(
        programmes[0].find(&id, PROVIDER),
        Some(&world.new_root.stored())
    );
    assert_eq!(programmes[1].find(&id, PROVIDER), None);
}

// ---- How people name a root

#[test]
fn a_root_is_named_by_common_name_or_by_thumbprint_in_any_spelling() {
    let root = Authority::root("AAA Certificate Services");
    let other = Authority::root("BBB Certificate Services");
    let hex = |digest: DigestAlgorithm| root.certificate.thumbprint(digest, PROVIDER).to_string();
    let (sha1, sha256) = (hex(DigestAlgorithm::Sha1), hex(DigestAlgorithm::Sha256));
    let colons = |hex: &str| -> String {
        let pairs: Vec<String> = hex
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8(pair.to_vec()).unwrap().to_uppercase())
            .collect();
        pairs.join(":")
    };
    for text in [
        "AAA Certificate Services".to_owned(),
        "  aaa  certificate services ".to_owned(),
        sha1.clone(),
        colons(&sha1),
        sha256.clone(),
        sha256.to_uppercase(),
        colons(&sha256),
        colons(&sha256).replace(':', " "),
        format!("SHA256 Fingerprint={}", colons(&sha256)),
        format!("sha1 Fingerprint={}", colons(&sha1)),
        format!("SHA-256: {sha256}"),
        hex(DigestAlgorithm::Sha512),
    ] {
        let id: AuthorityId = text.parse().unwrap();
        assert!(id.names(&root.certificate, PROVIDER), "{text:?} is {id:?}");
        assert!(
            !id.names(&other.certificate, PROVIDER),
            "{text:?} is {id:?}"
        );
    }
    let parse = |text: &str| text.parse::<AuthorityId>();
    assert_eq!(parse(" "), Err(AuthorityIdError::Empty));
    let Err(AuthorityIdError::Thumbprint(error)) = parse(&format!("sha256:{sha1}")) else {
        panic!("a SHA-1 thumbprint is no SHA-256 thumbprint");
    };
    assert_eq!(error.code(), "other-digest");
    // Half a thumbprint is a strange name, and names nothing.
    let half: AuthorityId = sha256.split_at(20).0.parse().unwrap();
    assert!(!half.names(&root.certificate, PROVIDER));
}

// ---- Pins

#[test]
fn each_kind_of_pin_says_whether_it_fits() {
    let world = World::new();
    let (old, new) = (&world.old.certificate, &world.new.certificate);
    let id = |authority: &Authority| AuthorityId::Thumbprint(*authority.stored().sha256());
    let named = |text: &str| AuthorityId::CommonName(text.to_owned());
    for (pin, fits) in [
        (Pin::leaf_of(old, PROVIDER), false),
        (Pin::leaf_of(new, PROVIDER), true),
        (
            Pin::Leaf(new.thumbprint(DigestAlgorithm::Sha1, PROVIDER)),
            true,
        ),
        (Pin::key_of(old, PROVIDER), false),
        (Pin::key_of(new, PROVIDER), true),
        (Pin::Issuer(id(&world.old_issuing)), false),
        (Pin::Issuer(id(&world.new_issuing)), true),
        (Pin::Issuer(named("new issuing")), true),
        (Pin::Issuer(id(&world.new_root)), false),
        (Pin::Root(id(&world.old_root)), false),
        (Pin::Root(id(&world.new_root)), true),
        (Pin::Root(named("New Root")), true),
        (Pin::identity_of(old), false),
        (Pin::identity_of(new), true),
    ] {
        let kind = pin.kind();
        let partner = world.partner().with_system(world.everywhere("OpenJDK"));
        let impact = world.impact(partner.with_pin(pin.clone()));
        if fits {
            assert_eq!(impact.outcome, Outcome::NoAction, "{pin:?}");
            assert!(
                impact.assurances.contains(&Assurance::PinHolds { kind }),
                "{pin:?}"
            );
        } else {
            assert_eq!(codes(&impact), ["pin-broken"], "{pin:?}");
            let BreakFact::PinBroken { kind: broken, .. } = &impact.breaks[0].fact else {
                panic!("another fact");
            };
            assert_eq!(*broken, kind);
        }
    }
}

#[test]
fn renewing_with_the_same_key_keeps_the_pin_of_the_key() {
    let world = World::new();
    let renewed = tls_leaf("edi")
        .with_key(&world.old.key)
        .with_validity(day(0), day(700));
    let renewed = world.new_issuing.issue(renewed);
    let mut replacement = world.replacement();
    let above = vec![world.new_issuing.certificate.clone()];
    replacement.new = Chain::new(renewed.certificate, above, PROVIDER);
    let pinned = world
        .partner()
        .with_pin(Pin::key_of(&world.old.certificate, PROVIDER));
    assert_eq!(flown(&replacement, pinned).outcome, Outcome::NoAction);
}

#[test]
fn a_broken_pin_says_whether_it_fitted_the_old_certificate() {
    let world = World::new();
    let stale = Authority::root("somebody").certificate;
    for (pinned, since) in [
        (&world.old.certificate, Since::Change),
        (&stale, Since::Before),
    ] {
        let impact = world.impact(world.partner().with_pin(Pin::key_of(pinned, PROVIDER)));
        assert_eq!(impact.breaks[0].since, since);
    }
}

#[test]
fn of_several_pins_of_one_kind_one_must_fit_and_every_kind_must() {
    let world = World::new();
    let (old, new) = (&world.old.certificate, &world.new.certificate);
    let both = world
        .partner()
        .with_pin(Pin::key_of(old, PROVIDER))
        .with_pin(Pin::key_of(new, PROVIDER));
    assert_eq!(world.impact(both.clone()).outcome, Outcome::NoAction);
    let impact = world.impact(both.with_pin(Pin::identity_of(old)));
    assert_eq!(codes(&impact), ["pin-broken"]);
}

#[test]
fn who_pins_the_certificate_itself_is_told_that_it_will_expire() {
    let world = World::new();
    let not_after = world.new.certificate.not_after();
    for pinned in [&world.old.certificate, &world.new.certificate] {
        let impact = world.impact(world.partner().with_pin(Pin::leaf_of(pinned, PROVIDER)));
        assert_eq!(impact.cautions, [Caution::PinWillExpire { not_after }]);
    }
    let by_key = Pin::key_of(&world.new.certificate, PROVIDER);
    assert_eq!(world.impact(world.partner().with_pin(by_key)).cautions, []);
}

#[test]
fn a_partner_that_compares_logical_identities_is_told_which_field_differs() {
    let world = World::new();
    let usages = [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
    let old = world
        .old_root
        .issue(tls_leaf("edi").with_extended_key_usage(&usages));
    let new = world
        .old_root
        .issue(tls_leaf("edi").with_validity(day(0), day(700)));
    let mut replacement = world.replacement();
    replacement.old = Chain::new(old.certificate.clone(), Vec::new(), PROVIDER);
    replacement.new = Chain::new(new.certificate, Vec::new(), PROVIDER);
    let partner = world
        .partner()
        .with_system(world.everywhere("OpenJDK"))
        .with_pin(Pin::identity_of(&old.certificate));
    let flight = preflight(&replacement, &[partner], now(), &policy(), PROVIDER);
    assert_eq!(
        flight.partners[0].breaks[0].fact,
        BreakFact::PinBroken {
            kind: PinKind::Identity,
            pinned: "CN=edi".to_owned(),
            found: "CN=edi".to_owned(),
            differs: vec![IdentityField::ExtendedKeyUsage],
        }
    );
    assert_eq!(
        flight.partners[0].breaks[0].to_string(),
        "the partner compares subject, issuer and usages of the certificate, and in the new one the \
         extended key usage differs"
    );
    assert_eq!(
        flight.partners[0].breaks[0].remedy(),
        "renew with the same extended key usage, or give the partner the new identity"
    );
    assert_eq!(
        flight.cautions,
        [
            Caution::ExtendedKeyUsageDiffers {
                old: Some(usages.to_vec()),
                new: Some(vec![ExtendedKeyUsage::ServerAuth]),
            },
            Caution::IdentityDiffers {
                fields: vec![IdentityField::ExtendedKeyUsage],
            },
        ]
    );
}

#[test]
fn every_field_of_the_identity_is_compared_and_renewal_changes_none() {
    let world = World::new();
    let renewed = world
        .old_issuing
        .issue(tls_leaf("edi").with_validity(day(0), day(700)));
    let mut replacement = world.replacement();
    let above = vec![world.old_issuing.certificate.clone()];
    replacement.new = Chain::new(renewed.certificate, above, PROVIDER);
    let partner = || {
        let partner = world.partner().with_system(world.everywhere("OpenJDK"));
        partner.with_pin(Pin::identity_of(&world.old.certificate))
    };
    let flight = preflight(&replacement, &[partner()], now(), &policy(), PROVIDER);
    assert_eq!(flight.partners[0].outcome, Outcome::NoAction);
    assert_eq!(flight.cautions, []);

    let usages = [KeyUsage::DigitalSignature];
    let other = world
        .new_root
        .issue(tls_leaf("other").with_key_usage(&usages));
    replacement.new = Chain::new(other.certificate, Vec::new(), PROVIDER);
    let impact = flown(&replacement, partner());
    let BreakFact::PinBroken { differs, .. } = &impact.breaks[0].fact else {
        panic!("another fact");
    };
    assert_eq!(
        differs[..],
        [
            IdentityField::Subject,
            IdentityField::Issuer,
            IdentityField::KeyUsage
        ]
    );
    assert_eq!(
        impact.breaks[0].to_string(),
        "the partner compares subject, issuer and usages of the certificate, and in the new one the \
         subject, issuer and key usage differ"
    );
}

#[test]
fn a_pin_that_cannot_be_compared_is_not_taken_for_good() {
    let world = World::new();
    let mut replacement = world.replacement();
    replacement.new = Chain::new(world.new.certificate.clone(), Vec::new(), PROVIDER);
    let id = |authority: &Authority| AuthorityId::Thumbprint(*authority.stored().sha256());
    for (pin, kind) in [
        (Pin::Issuer(id(&world.new_issuing)), PinKind::Issuer),
        (Pin::Root(id(&world.new_root)), PinKind::Root),
    ] {
        let impact = flown(&replacement, world.partner().with_pin(pin));
        assert_eq!(
            (impact.outcome, &impact.breaks[..]),
            (Outcome::Unknown, &[][..])
        );
        assert_eq!(impact.cautions[0].code(), "pin-undecided");
        let Caution::PinUndecided {
            kind: undecided, ..
        } = &impact.cautions[0]
        else {
            panic!("another caution");
        };
        assert_eq!(*undecided, kind);
    }
    // A common name of the issuer stands in the certificate itself.
    let by_name = |text: &str| {
        let pin = Pin::Issuer(AuthorityId::CommonName(text.to_owned()));
        flown(&replacement, world.partner().with_pin(pin)).outcome
    };
    assert_eq!(by_name("New Issuing"), Outcome::NoAction);
    assert_eq!(by_name("Old Issuing"), Outcome::Action);
}

// ---- Names

#[test]
fn names_that_a_partner_expects_are_looked_for_with_one_level_of_wildcard() {
    let world = World::new();
    let dns = |host: &str| GeneralName::dns(host).unwrap();
    let names = [dns("acme.example"), dns("*.acme.example")];
    let template = tls_leaf("edi")
        .with_alternative_names(&names)
        .with_validity(day(0), day(700));
    let new = world.new_issuing.issue(template);
    let mut replacement = world.replacement();
    let above = vec![world.new_issuing.certificate.clone()];
    replacement.new = Chain::new(new.certificate, above, PROVIDER);
    for (host, covered) in [
        ("acme.example", true),
        ("edi.acme.example", true),
        ("EDI.Acme.Example", true),
        ("as2.edi.acme.example", false),
        ("acme.example.evil.test", false),
        ("xacme.example", false),
    ] {
        let host = ReferenceName::Dns(host.to_owned());
        let mut partner = world.partner().with_system(world.everywhere("OpenJDK"));
        partner.names = vec![host.clone()];
        let impact = flown(&replacement, partner);
        if covered {
            assert_eq!(impact.outcome, Outcome::NoAction, "{host}");
            assert!(
                impact
                    .assurances
                    .contains(&Assurance::NameKept { name: host })
            );
        } else {
            assert_eq!(codes(&impact), ["name-lost"], "{host}");
            assert_eq!(impact.breaks[0].since, Since::Before);
        }
    }
}

#[test]
fn a_name_of_the_old_certificate_that_the_new_one_lacks_is_lost() {
    let world = World::new();
    let names = [GeneralName::dns("www.acme.example").unwrap()];
    let template = tls_leaf("edi")
        .with_alternative_names(&names)
        .with_validity(day(0), day(700));
    let new = world.new_issuing.issue(template);
    let mut replacement = world.replacement();
    let above = vec![world.new_issuing.certificate.clone()];
    replacement.new = Chain::new(new.certificate, above, PROVIDER);
    let knows = world.partner().with_system(world.everywhere("OpenJDK"));
    let mut unknown = knows.clone();
    unknown.names.clear();
    let flight = preflight(&replacement, &[knows, unknown], now(), &policy(), PROVIDER);
    let host = ReferenceName::Dns(HOST.to_owned());
    assert_eq!(
        flight.cautions,
        [
            Caution::NameDropped { name: host.clone() },
            Caution::IdentityDiffers {
                fields: vec![IdentityField::Issuer],
            },
        ]
    );
    assert_eq!(
        flight.partners[0].breaks[0].fact,
        BreakFact::NameLost { name: host }
    );
    assert_eq!(flight.partners[0].breaks[0].since, Since::Change);
    // Who may know us by that name is not promised that nothing happens.
    assert_eq!(flight.partners[1].outcome, Outcome::Unknown);
    assert_eq!(flight.partners[1].cautions, [Caution::NamesUnknown]);
}

#[test]
fn endless_lists_of_names_end_soon() {
    let world = World::new();
    let names = |label: &str| -> Vec<GeneralName> {
        let names = (0..3000).map(|number| format!("{label}{number}.acme.example"));
        names.map(|name| GeneralName::dns(&name).unwrap()).collect()
    };
    let leaf = |label: &str| {
        let template = tls_leaf("edi").with_alternative_names(&names(label));
        Chain::new(
            world.old_root.issue(template).certificate,
            Vec::new(),
            PROVIDER,
        )
    };
    let mut replacement = world.replacement();
    (replacement.old, replacement.new) = (leaf("old"), leaf("new"));
    let dropped = |replacement: &Replacement| {
        let flight = preflight(replacement, &[], now(), &policy(), PROVIDER);
        let dropped = flight.cautions.iter();
        dropped
            .filter(|caution| caution.code() == "name-dropped")
            .count()
    };
    assert_eq!(dropped(&replacement), 3000);
    replacement.old = replacement.new.clone();
    assert_eq!(dropped(&replacement), 0);
}

#[test]
fn dropped_names_of_every_kind_are_told_and_wildcards_count_for_what_they_cover() {
    let world = World::new();
    let dns = |host: &str| GeneralName::dns(host).unwrap();
    let old = world
        .old_root
        .issue(tls_leaf("edi").with_alternative_names(&[
            dns("*.acme.example"),
            dns("edi.acme.example"),
            dns("edi.gone.example"),
            GeneralName::Ip(vec![192, 0, 2, 7]),
            GeneralName::email("edi@acme.example").unwrap(),
        ]));
    let dropped = |names: &[GeneralName]| -> Vec<String> {
        let new = world
            .old_root
            .issue(tls_leaf("edi").with_alternative_names(names));
        let mut replacement = world.replacement();
        replacement.old = Chain::new(old.certificate.clone(), Vec::new(), PROVIDER);
        replacement.new = Chain::new(new.certificate, Vec::new(), PROVIDER);
        let flight = preflight(&replacement, &[], now(), &policy(), PROVIDER);
        let dropped = flight
            .cautions
            .into_iter()
            .filter_map(|caution| match caution {
                Caution::NameDropped { name } => Some(name.to_string()),
                _ => None,
            });
        dropped.collect()
    };
    assert_eq!(
        dropped(&[dns("*.acme.example")]),
        [
            "dns:edi.gone.example",
            "ip:192.0.2.7",
            "email:edi@acme.example"
        ]
    );
    assert_eq!(
        dropped(&[dns("edi.acme.example"), dns("edi.gone.example")])[0],
        "dns:*.acme.example"
    );
    let address: IpAddr = "192.0.2.7".parse().unwrap();
    assert!(!dropped(&[GeneralName::Ip(vec![192, 0, 2, 7])]).contains(&format!("ip:{address}")));
}

// ---- Purpose and usages

#[test]
fn a_new_certificate_without_the_purpose_breaks_everybody() {
    let world = World::new();
    let client = tls_leaf("edi")
        .with_extended_key_usage(&[ExtendedKeyUsage::ClientAuth])
        .with_validity(day(0), day(700));
    let mut replacement = world.replacement();
    let above = vec![world.new_issuing.certificate.clone()];
    replacement.new = Chain::new(world.new_issuing.issue(client).certificate, above, PROVIDER);
    let partner = world.partner().with_system(world.everywhere("OpenJDK"));
    let flight = preflight(&replacement, &[partner], now(), &policy(), PROVIDER);
    assert_eq!(codes(&flight.partners[0]), ["purpose-lost"]);
    let BreakFact::PurposeLost {
        purpose,
        system,
        finding,
    } = &flight.partners[0].breaks[0].fact
    else {
        panic!("another fact");
    };
    assert_eq!((*purpose, system), (Purpose::TlsServer, &None));
    assert_eq!(finding.reason.code(), "extended-key-usage");
    let purpose = Purpose::TlsServer;
    assert!(flight.cautions.contains(&Caution::PurposeLost { purpose }));
}

#[test]
fn a_new_authority_that_does_not_allow_the_purpose_breaks_systems() {
    let world = World::new();
    let mail_only = Template::authority("Mail CA");
    let mail_only = mail_only.with_extended_key_usage(&[ExtendedKeyUsage::EmailProtection]);
    let mail_only = world.new_root.issue(mail_only);
    let new = mail_only.issue(tls_leaf("edi").with_validity(day(0), day(700)));
    let mut replacement = world.replacement();
    replacement.new = Chain::new(new.certificate, vec![mail_only.certificate], PROVIDER);
    let impact = flown(
        &replacement,
        world.partner().with_system(world.everywhere("OpenJDK")),
    );
    assert_eq!(codes(&impact), ["purpose-lost"]);
    let BreakFact::PurposeLost { system, .. } = &impact.breaks[0].fact else {
        panic!("another fact");
    };
    assert_eq!(system.as_deref(), Some("OpenJDK"));
    assert_eq!(impact.breaks[0].since, Since::Change);
}

#[test]
fn who_pins_the_root_wants_the_purpose_from_the_authorities_too() {
    let world = World::new();
    let mail_only = Template::authority("Mail CA");
    let mail_only = mail_only.with_extended_key_usage(&[ExtendedKeyUsage::EmailProtection]);
    let mail_only = world.new_root.issue(mail_only);
    let new = mail_only.issue(tls_leaf("edi").with_validity(day(0), day(700)));
    let mut replacement = world.replacement();
    let above = vec![mail_only.certificate, world.new_root.certificate.clone()];
    replacement.new = Chain::new(new.certificate, above, PROVIDER);
    let pin = Pin::Root(AuthorityId::CommonName("New Root".to_owned()));
    let impact = flown(&replacement, world.partner().with_pin(pin));
    assert_eq!(codes(&impact), ["purpose-lost"]);
}

#[test]
fn other_usages_and_another_kind_of_key_are_told() {
    let world = World::new();
    let key = common::key_of(KeyAlgorithm::Ed25519);
    let usages = [KeyUsage::DigitalSignature];
    let new = tls_leaf("edi")
        .with_key(&key)
        .with_key_usage(&usages)
        .with_validity(day(0), day(700));
    let mut replacement = world.replacement();
    replacement.old = Chain::new(
        world.old_root.issue(tls_leaf("edi")).certificate,
        Vec::new(),
        PROVIDER,
    );
    replacement.new = Chain::new(world.old_root.issue(new).certificate, Vec::new(), PROVIDER);
    let flight = preflight(&replacement, &[], now(), &policy(), PROVIDER);
    let shown: Vec<String> = flight.cautions.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "the key usage was digitalSignature, keyEncipherment, keyAgreement and is digitalSignature",
            "the key usage differs: partners that compare that will not see a renewal in the new certificate",
            "the key was p-256 and is ed25519: old software may not take it",
        ]
    );
}

// ---- Who is affected

#[test]
fn sftp_is_never_affected_and_payload_is_not_by_a_change_of_tls() {
    use CertificateRole::{Encryption, Signing, TlsClient, TlsServer};
    use Protocol::{As2, Ftps, Https, Mail, Oftp2, Sftp};
    for protocol in [Https, Ftps, As2, Oftp2] {
        assert_eq!(
            Usage::new(protocol, TlsServer).affected_by(TlsServer),
            Affected::Yes
        );
    }
    for protocol in [As2, Oftp2, Mail] {
        for payload in [Signing, Encryption] {
            let usage = Usage::new(protocol, payload);
            assert_eq!(usage.affected_by(TlsServer), Affected::OtherRole, "{usage}");
            assert_eq!(usage.affected_by(payload), Affected::Yes, "{usage}");
        }
        assert_eq!(
            Usage::new(protocol, TlsServer).affected_by(Signing),
            Affected::OtherRole
        );
    }
    for role in CertificateRole::ALL {
        for changed in CertificateRole::ALL {
            assert_eq!(
                Usage::new(Sftp, role).affected_by(changed),
                Affected::NotOverSsh
            );
        }
    }
    assert_eq!(
        Usage::new(Https, TlsClient).affected_by(TlsServer),
        Affected::OtherRole
    );
}

#[test]
fn an_authority_that_is_replaced_is_felt_by_everybody_but_over_ssh() {
    for role in CertificateRole::ALL {
        let usage = Usage::new(Protocol::As2, role);
        assert_eq!(usage.affected_by(CertificateRole::Authority), Affected::Yes);
    }
    let world = World::new();
    let chain =
        |authority: &Authority| Chain::new(authority.certificate.clone(), Vec::new(), PROVIDER);
    let replacement = Replacement::new(
        chain(&world.old_issuing),
        chain(&world.new_issuing),
        CertificateRole::Authority,
        RolloverNotice::new(day(10), day(20)).unwrap(),
    );
    // It knows us by a host, which no authority is expected to carry.
    let partner = || world.partner();
    let without = partner().with_system(programme("Old Java", &[&world.old_root]));
    let impact = flown(&replacement, without);
    assert_eq!(
        (impact.outcome, codes(&impact)),
        (Outcome::Action, vec!["issuer-missing"])
    );
    let pin = Pin::leaf_of(&world.old_issuing.certificate, PROVIDER);
    let pinning = flown(&replacement, partner().with_pin(pin));
    assert_eq!(
        (pinning.outcome, codes(&pinning)),
        (Outcome::Action, vec!["pin-broken"])
    );
    let with = partner().with_system(world.everywhere("OpenJDK"));
    assert_eq!(flown(&replacement, with).outcome, Outcome::NoAction);
}

#[test]
fn a_certificate_that_signs_and_decrypts_is_checked_for_both() {
    let world = World::new();
    let new = Template::leaf("edi").with_key_usage(&[KeyUsage::DigitalSignature]);
    let new = world.new_issuing.issue(new.with_validity(day(0), day(700)));
    let mut signing = world.replacement();
    signing.roles = BTreeSet::from([CertificateRole::Signing]);
    let above = vec![world.new_issuing.certificate.clone()];
    signing.new = Chain::new(new.certificate, above, PROVIDER);
    let partner = || {
        Partner::new("partner")
            .with_usage(Usage::new(Protocol::As2, CertificateRole::Encryption))
            .with_system(world.everywhere("their AS2"))
    };
    assert_eq!(flown(&signing, partner()).outcome, Outcome::NoAction);
    let both = signing.clone().with_role(CertificateRole::Encryption);
    assert_eq!(codes(&flown(&both, partner())), ["purpose-lost"]);
    // What it does is not said: nobody is told that he need do nothing.
    let mut unsaid = signing;
    unsaid.roles.clear();
    let mut stranger = partner();
    stranger.systems.clear();
    assert_eq!(flown(&unsaid, stranger).outcome, Outcome::Unknown);
}

#[test]
fn who_is_not_affected_is_told_why_and_nothing_else() {
    let world = World::new();
    let sftp = Usage::new(Protocol::Sftp, CertificateRole::TlsServer);
    let payload = Usage::new(Protocol::As2, CertificateRole::Signing);
    let partner = Partner::new("quiet").with_usage(sftp).with_usage(payload);
    // Not even a pin that will not fit: it is for another certificate.
    let partner = partner.with_pin(Pin::leaf_of(&world.old.certificate, PROVIDER));
    let impact = world.impact(partner.clone());
    assert_eq!(
        (impact.outcome, &impact.breaks[..]),
        (Outcome::NoAction, &[][..])
    );
    let shown: Vec<String> = impact.assurances.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "SFTP (TLS server) is not affected: SSH identifies hosts by their keys",
            "AS2 (signing) is not affected: the certificate is not replaced in this role",
        ]
    );
    // One usage that is affected is enough.
    assert_eq!(
        world.impact(partner.with_usage(TLS)).outcome,
        Outcome::Action
    );
}

#[test]
fn what_is_not_known_of_a_partner_is_not_taken_for_good() {
    let world = World::new();
    for partner in [
        Partner::new("stranger"),
        Partner::new("no roots").with_usage(TLS),
        world
            .partner()
            .with_pin(Pin::identity_of(&world.new.certificate)),
    ] {
        let impact = world.impact(partner);
        assert_eq!(impact.outcome, Outcome::Unknown, "{}", impact.partner);
        assert_eq!(impact.cautions, [Caution::TrustUnknown]);
    }
}

#[test]
fn a_change_of_a_signing_certificate_is_checked_for_signing() {
    let world = World::new();
    let template = || Template::leaf("edi").with_key_usage(&[KeyUsage::KeyEncipherment]);
    let old = world.old_root.issue(Template::leaf("edi"));
    let new = world
        .old_root
        .issue(template().with_validity(day(0), day(700)));
    let mut replacement = world.replacement();
    replacement.roles = BTreeSet::from([CertificateRole::Signing]);
    replacement.old = Chain::new(old.certificate, Vec::new(), PROVIDER);
    replacement.new = Chain::new(new.certificate, Vec::new(), PROVIDER);
    let partner = Partner::new("partner")
        .with_usage(Usage::new(Protocol::As2, CertificateRole::Signing))
        .with_system(world.everywhere("their AS2"));
    let impact = flown(&replacement, partner.clone());
    assert_eq!(codes(&impact), ["purpose-lost"]);
    replacement.roles = BTreeSet::from([CertificateRole::Encryption]);
    let mut partner = partner;
    partner.usages = vec![Usage::new(Protocol::As2, CertificateRole::Encryption)];
    assert_eq!(flown(&replacement, partner).outcome, Outcome::NoAction);
}

// ---- The window

#[test]
fn a_window_has_a_phase_and_must_not_end_before_it_starts() {
    let notice = RolloverNotice::new(day(10), day(20)).unwrap();
    for (at, phase) in [
        (day(9), NoticePhase::Announced),
        (day(10), NoticePhase::Open),
        (day(20), NoticePhase::Open),
        (day(21), NoticePhase::Over),
    ] {
        assert_eq!(notice.phase(at), phase);
    }
    assert_eq!(notice.old_needed_until(), day(20));
    assert_eq!(
        notice.with_slack(TimeDelta::days(14)).old_needed_until(),
        day(24)
    );
    let instant = RolloverNotice::new(day(10), day(10)).unwrap();
    assert_eq!(instant.old_needed_until(), day(17));
    assert_eq!(
        instant.with_slack(TimeDelta::days(-1)).old_needed_until(),
        day(10)
    );
    let (start, end) = (day(10), day(9));
    assert_eq!(
        RolloverNotice::new(start, end),
        Err(NoticeError::Reversed { start, end })
    );
    let eternal = RolloverNotice::new(day(0), day(1))
        .unwrap()
        .with_slack(TimeDelta::MAX);
    assert_eq!(eternal.old_needed_until(), DateTime::<Utc>::MAX_UTC);
}

#[test]
fn an_old_certificate_that_ends_before_the_start_and_slack_is_warned_of() {
    let world = World::new();
    let early = |not_after: DateTime<Utc>, slack: i64| -> Vec<Caution> {
        let old = world
            .old_issuing
            .issue(tls_leaf("edi").with_validity(day(-300), not_after));
        let mut replacement = world.replacement();
        let above = vec![world.old_issuing.certificate.clone()];
        replacement.old = Chain::new(old.certificate, above, PROVIDER);
        let notice = RolloverNotice::new(day(10), day(10)).unwrap();
        replacement.notice = notice.with_slack(TimeDelta::days(slack));
        let flight = preflight(&replacement, &[], now(), &policy(), PROVIDER);
        let early = |caution: &Caution| matches!(caution, Caution::OldEndsEarly { .. });
        flight.cautions.into_iter().filter(early).collect()
    };
    let (start, needed_until) = (day(10), day(13));
    let not_after = day(12);
    assert_eq!(
        early(not_after, 3),
        [Caution::OldEndsEarly {
            not_after,
            start,
            needed_until
        }]
    );
    assert_eq!(
        early(not_after, 3)[0].to_string(),
        "the old certificate ends 2026-06-13T12:00:00Z, 24 hours before 2026-06-14T12:00:00Z, until \
         which it should last, as the window starts 2026-06-11T12:00:00Z"
    );
    assert_eq!(early(day(13), 3), []);
    assert_eq!(early(day(9), 0).len(), 1);
    assert_eq!(early(day(10), 0), []);
}

#[test]
fn a_successor_that_ends_first_is_warned_of() {
    let world = World::new();
    let short = world
        .new_issuing
        .issue(tls_leaf("edi").with_validity(day(0), day(100)));
    let mut replacement = world.replacement();
    let above = vec![world.new_issuing.certificate.clone()];
    replacement.new = Chain::new(short.certificate, above, PROVIDER);
    let flight = preflight(&replacement, &[], now(), &policy(), PROVIDER);
    let caution = Caution::NewEndsFirst {
        old: world.old.certificate.not_after(),
        new: day(100),
    };
    assert_eq!(flight.cautions[0], caution);
}

#[test]
fn two_statements_of_one_time_imply_the_offset_or_contradict() {
    let local = |text: &str| -> NaiveDateTime { text.parse().unwrap() };
    let utc = at("2026-06-01T23:59:59Z");
    let central = FixedOffset::west_opt(5 * 3600);
    assert_eq!(implied_offset(local("2026-06-01T18:59:59"), utc), central);
    assert_eq!(
        implied_offset(local("2026-06-02T05:29:59"), utc),
        FixedOffset::east_opt(5 * 3600 + 1800)
    );
    assert_eq!(implied_offset(local("2026-06-01T18:59:00"), utc), None);
    assert_eq!(implied_offset(local("2026-06-03T18:59:59"), utc), None);
    // What the offset gives back is the same moment.
    let local_time = utc.with_timezone(&central.unwrap());
    assert_eq!(local_time.to_string(), "2026-06-01 18:59:59 -05:00");
}

// ---- Expiry

#[test]
fn what_ends_within_a_horizon_is_listed_over_every_role() {
    let root = Authority::root("Root");
    let held = |holder: &str, usage: Usage, not_after: DateTime<Utc>| {
        let leaf = root.issue(Template::leaf(holder).with_validity(day(-100), not_after));
        HeldCertificate::new(holder, usage, leaf.stored())
    };
    let payload = Usage::new(Protocol::As2, CertificateRole::Encryption);
    let authority = Usage::new(Protocol::As2, CertificateRole::Authority);
    let inventory = [
        held("far", TLS, day(31)),
        held("edge", TLS, day(30)),
        held("near", payload, day(3)),
        held("past", authority, day(-2)),
        held("now", TLS, now()),
    ];
    let list = |horizon: TimeDelta| -> Vec<String> {
        let expiring = expiring_within(&inventory, now(), horizon);
        expiring.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        list(TimeDelta::days(30)),
        [
            "past, AS2 (authority): ended 2026-05-30T12:00:00Z, 2 days ago",
            "now, AS2 (TLS server): ends 2026-06-01T12:00:00Z, in less than a second",
            "near, AS2 (encryption): ends 2026-06-04T12:00:00Z, in 3 days",
            "edge, AS2 (TLS server): ends 2026-07-01T12:00:00Z, in 30 days",
        ]
    );
    assert_eq!(list(TimeDelta::zero()).len(), 2);
    assert_eq!(list(TimeDelta::days(-1)).len(), 2);
    assert_eq!(list(TimeDelta::MAX).len(), 5);

    let expiring = expiring_within(&inventory, now(), TimeDelta::days(3));
    let near = expiring.last().unwrap();
    assert_eq!((near.left(), near.is_over()), (TimeDelta::days(3), false));
    assert_eq!(
        serde_json::to_value(near).unwrap(),
        serde_json::json!({
            "holder": "near",
            "protocol": "as2",
            "role": "encryption",
            "sha256": inventory[2].certificate.sha256().to_string(),
            "not_after": "2026-06-04T12:00:00Z",
            "seconds_left": 259_200,
            "text": "near, AS2 (encryption): ends 2026-06-04T12:00:00Z, in 3 days",
        })
    );
}

#[test]
fn names_of_holders_and_partners_are_escaped_and_bounded() {
    let root = Authority::root("Root");
    let endless = format!("\u{1b}[31m{}", "x".repeat(100_000));
    let held = [HeldCertificate::new(endless.clone(), TLS, root.stored())];
    let expiring = expiring_within(&held, now(), TimeDelta::MAX);
    let value = serde_json::to_value(expiring[0]).unwrap();
    let holder = value["holder"].as_str().unwrap();
    assert!(
        holder.starts_with("\\u{1b}[31mx") && holder.len() < 1000,
        "{holder}"
    );
    let flight = World::new().flight(&[Partner::new(endless)]);
    let value = serde_json::to_value(&flight).unwrap();
    assert_eq!(value["partners"][0]["partner"], holder);
}

// ---- The whole

#[test]
fn the_whole_is_text_for_people_and_data_for_programs() {
    let world = World::new();
    let trusting = world.partner().with_system(world.everywhere("OpenJDK"));
    let mut pinning = world
        .partner()
        .with_pin(Pin::leaf_of(&world.old.certificate, PROVIDER));
    "pin\u{1b}[31mner".clone_into(&mut pinning.name);
    let flight = world.flight(&[trusting, pinning, Partner::new("stranger")]);
    let root = world.new_root.stored().sha256().to_string();
    let old = world.old.stored().sha256().to_string();
    let new = world.new.stored().sha256().to_string();
    let expected = format!(
        "\
partner: nothing to do
  fine: the usages of the new certificate allow tls-server
  fine: OpenJDK has the root CN=New Root (SHA-256 {root})
  fine: the new certificate covers dns:edi.acme.example
pin\\u{{1b}}[31mner: somebody must act
  breaks: the partner compares the certificate itself with SHA-256 {old}, and the new one has SHA-256 {new}
    mend: give the partner the new certificate before the change; better, have it trust the root and check the name
  note: the partner compares the certificate itself, and must have the successor of the new one before that ends, 2028-05-01T12:00:00Z
  fine: the usages of the new certificate allow tls-server
  fine: the new certificate covers dns:edi.acme.example
stranger: not known
  note: nothing is known of what the partner trusts: ask which roots it has
  fine: the usages of the new certificate allow tls-server
"
    );
    assert_eq!(flight.to_string(), expected);
    let value = serde_json::to_value(&flight).unwrap();
    assert_eq!(value["roles"], serde_json::json!(["tls-server"]));
    assert_eq!(value["phase"], "announced");
    assert_eq!(value["cautions"], serde_json::json!([]));
    assert_eq!(
        value["partners"][1],
        serde_json::json!({
            "partner": "pin\\u{1b}[31mner",
            "outcome": "action",
            "breaks": [{
                "code": "pin-broken",
                "text": format!("the partner compares the certificate itself with SHA-256 {old}, and the new one has SHA-256 {new}"),
                "since": "change",
                "remedy": "give the partner the new certificate before the change; better, have it trust the root \
                           and check the name",
            }],
            "cautions": [{
                "code": "pin-will-expire",
                "text": "the partner compares the certificate itself, and must have the successor of the new one before that ends, 2028-05-01T12:00:00Z",
            }],
            "assurances": [
                {"code": "purpose-kept", "text": "the usages of the new certificate allow tls-server"},
                {"code": "name-kept", "text": "the new certificate covers dns:edi.acme.example"},
            ],
        })
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whoever is promised that nothing happens has systems that trust the new certificate, and pins that fit it.
    #[test]
    fn nobody_is_promised_what_evaluation_denies(choice: [bool; 12]) {
        let world = world();
        let replacement = world.replacement();
        let mut partner = world.partner();
        for (number, (old, new)) in [(choice[0], choice[1]), (choice[2], choice[3])].into_iter().enumerate() {
            let roots = [(old, &world.old_root), (new, &world.new_root)];
            let roots: Vec<&Authority> = roots.into_iter().filter(|(has, _)| *has).map(|(_, root)| root).collect();
            partner = partner.with_system(programme(&number.to_string(), &roots));
        }
        let (old, new) = (&world.old.certificate, &world.new.certificate);
        let mut fits = true;
        for (is_pinned, is_new, pins) in [
            (choice[4], choice[5], [Pin::leaf_of(old, PROVIDER), Pin::leaf_of(new, PROVIDER)]),
            (choice[6], choice[7], [Pin::key_of(old, PROVIDER), Pin::key_of(new, PROVIDER)]),
            (choice[8], choice[9], [Pin::identity_of(old), Pin::identity_of(new)]),
        ] {
            if is_pinned {
                partner = partner.with_pin(pins[usize::from(is_new)].clone());
                fits &= is_new;
            }
        }
        if choice[10] {
            partner = partner.with_name(ReferenceName::Dns("elsewhere.example".to_owned()));
        }

        let trusted = partner.systems.iter().all(|system| {
            let mut policy = policy();
            policy.revocation = RevocationPolicy::Off;
            let nothing = (MemoryCertificates::new(), MemoryCrls::new(), MemoryTrustList::new());
            let stores = Stores::new(&system.roots, &nothing.0, &nothing.1, &nothing.2);
            let question = Question::new(replacement.new.leaf(), day(15))
                .with_purpose(Purpose::TlsServer)
                .with_presented(replacement.new.above());
            Evaluator::new(stores, &policy, PROVIDER).evaluate(&question).trusted().is_some()
        });
        let expected = if trusted && fits && !choice[10] {
            Outcome::NoAction
        } else {
            Outcome::Action
        };
        prop_assert_eq!(flown(&replacement, partner).outcome, expected);
    }
}

// ---- Help

/// An old hierarchy and a new one, and a certificate of each.
struct World {
    old_root: Authority,
    old_issuing: Authority,
    old: Authority,
    new_root: Authority,
    new_issuing: Authority,
    new: Authority,
}

impl World {
    fn new() -> Self {
        let (old_root, new_root) = (Authority::root("Old Root"), Authority::root("New Root"));
        let old_issuing = old_root.authority("Old Issuing");
        let new_issuing = new_root.authority("New Issuing");
        let old = old_issuing.issue(tls_leaf("edi"));
        let new = new_issuing.issue(tls_leaf("edi").with_validity(day(0), day(700)));
        Self {
            old_root,
            old_issuing,
            old,
            new_root,
            new_issuing,
            new,
        }
    }

    /// In a window from the 10th day to the 20th.
    fn replacement(&self) -> Replacement {
        let chain = |leaf: &Authority, issuing: &Authority| {
            let above = vec![issuing.certificate.clone()];
            Chain::new(leaf.certificate.clone(), above, PROVIDER)
        };
        Replacement::new(
            chain(&self.old, &self.old_issuing),
            chain(&self.new, &self.new_issuing),
            CertificateRole::TlsServer,
            RolloverNotice::new(day(10), day(20)).unwrap(),
        )
    }

    /// A platform that has both roots.
    fn everywhere(&self, label: &str) -> RootProgramme {
        programme(label, &[&self.old_root, &self.new_root])
    }

    /// It connects to our host by TLS; nothing is known of what it trusts.
    fn partner(&self) -> Partner {
        let host = ReferenceName::Dns(HOST.to_owned());
        Partner::new("partner").with_usage(TLS).with_name(host)
    }

    fn flight(&self, partners: &[Partner]) -> Preflight {
        let mut flight = preflight(&self.replacement(), partners, now(), &policy(), PROVIDER);
        // The two hierarchies have different names, which everybody is told.
        let identity = Caution::IdentityDiffers {
            fields: vec![IdentityField::Issuer],
        };
        let place = flight
            .cautions
            .iter()
            .position(|caution| *caution == identity);
        flight.cautions.remove(place.unwrap());
        flight
    }

    fn impact(&self, partner: Partner) -> Impact {
        self.flight(&[partner]).partners.remove(0)
    }
}

/// Made once for the property.
fn world() -> &'static World {
    use std::sync::OnceLock;
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(World::new)
}

fn flown(replacement: &Replacement, partner: Partner) -> Impact {
    let mut flight = preflight(replacement, &[partner], now(), &policy(), PROVIDER);
    flight.partners.remove(0)
}

fn tls_leaf(common_name: &str) -> Template {
    Template::leaf(common_name)
        .with_extended_key_usage(&[ExtendedKeyUsage::ServerAuth])
        .with_alternative_names(&[GeneralName::dns(HOST).unwrap()])
}

fn programme(label: &str, roots: &[&Authority]) -> RootProgramme {
    RootProgramme::new(label, roots.iter().map(|root| root.stored()).collect())
}

fn codes(impact: &Impact) -> Vec<&'static str> {
    impact.breaks.iter().map(|broken| broken.code()).collect()
}
