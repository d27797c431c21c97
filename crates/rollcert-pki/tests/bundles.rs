//! Whatever certificates come in: recognised by content, read in any surroundings, and what is damaged named.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::asn1::encode;
use rollcert_pki::{
    Bundle, Certificate, CertificateEntry, Entry, ExtendedKeyUsage, FileKind, ImportError, Limits,
    Oid, Password, Purpose, Refusal, TrustSettings, certs_only, examine, open,
};
use support::{PROVIDER, certificate, fixture, open_fixture, open_octets, openssl, path, rng};

/// What a bundle holds, entry by entry.
fn entries(bundle: &Bundle) -> Vec<String> {
    let name = |name: &rollcert_pki::Name| name.common_name().unwrap_or_default().to_owned();
    bundle
        .entries
        .iter()
        .map(|entry| match entry {
            Entry::Certificate(entry) => name(entry.certificate.subject()),
            Entry::Key(entry) => format!("key {}", entry.key.algorithm()),
            Entry::PublicKey(key) => format!("public {}", key.algorithm()),
            Entry::Request(request) => format!("request {}", name(request.subject())),
            Entry::Crl(crl) => format!("crl {}", name(crl.issuer())),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn codes(bundle: &Bundle) -> Vec<&'static str> {
    bundle.warnings.iter().map(|warning| warning.code).collect()
}

fn refusal(octets: &[u8], password: Option<&str>) -> Refusal {
    let password = password.map(Password::from);
    *examine(octets, password.as_ref(), PROVIDER, &Limits::default()).unwrap_err()
}

fn text(name: &str) -> String {
    String::from_utf8_lossy(&fixture(name)).into_owned()
}

/// One block of PEM, as `certutil -encode` writes any file.
fn armour(label: &str, octets: &[u8]) -> String {
    let body = base64(octets);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|line| core::str::from_utf8(line).unwrap())
        .collect();
    let lines = lines.join("\r\n");
    format!("-----BEGIN {label}-----\r\n{lines}\r\n-----END {label}-----\r\n")
}

fn base64(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn bundles_of_other_programs_open_in_the_order_of_the_file() {
    let amazon = ["Amazon Root CA 3", "Amazon Root CA 2"];
    for (name, expected, warnings) in [
        ("amazon-roots.der", &amazon[..], &[][..]),
        ("amazon-roots.p7b", &amazon, &[]),
        ("isrg.pem", &["ISRG Root X1"], &[]),
        (
            "authenticode.der",
            &["kernel-signer"],
            &["signatures-ignored"],
        ),
    ] {
        let bundle = open_fixture(&format!("pyca/pkcs7/{name}"), None).unwrap();
        assert_eq!(bundle.kind, FileKind::Pkcs7, "{name}");
        assert_eq!(entries(&bundle), expected, "{name}");
        assert_eq!(codes(&bundle), warnings, "{name}");
    }
}

#[test]
fn revocation_lists_stand_beside_certificates_and_alone() {
    for (name, kind, expected) in [
        (
            "bundles/chain-crl.p7b",
            FileKind::Pkcs7,
            &["acme as2", "Test CA", "crl Test CA"][..],
        ),
        ("bundles/crl.p7b", FileKind::Pkcs7, &["crl Test CA"]),
        ("bundles/crl.der", FileKind::Crl, &["crl Test CA"]),
        ("crl.pem", FileKind::Crl, &["crl Test CA"]),
    ] {
        let bundle = open_fixture(name, None).unwrap();
        assert_eq!(bundle.kind, kind, "{name}");
        assert_eq!(entries(&bundle), expected, "{name}");
        assert_eq!(codes(&bundle), <[&str; 0]>::default(), "{name}");
        let crl = bundle.crls().next().unwrap();
        assert_eq!(crl.as_der(), fixture("bundles/crl.der"), "{name}");
    }
    let file = [text("crl.pem"), text("crl.pem")].concat();
    let bundle = open_octets(file.as_bytes(), None).unwrap();
    assert_eq!(bundle.kind, FileKind::Crl);
    assert_eq!(bundle.crls().count(), 2);

    // One that is damaged is named, and the rest is kept.
    let mut octets = fixture("bundles/chain-crl.p7b");
    let crl = fixture("bundles/crl.der");
    let place = octets
        .windows(crl.len())
        .position(|window| window == crl)
        .unwrap();
    octets[place + 4] = 0x31;
    let bundle = open_octets(&octets, None).unwrap();
    assert_eq!(entries(&bundle), ["acme as2", "Test CA"]);
    assert_eq!(codes(&bundle), ["bad-crl"]);
    assert!(
        bundle.warnings[0]
            .text
            .starts_with("revocation list 1: not a CRL")
    );
}

#[test]
fn requests_open_in_der_and_pem() {
    for name in ["bundles/request.der", "request.pem"] {
        let bundle = open_fixture(name, None).unwrap();
        assert_eq!(bundle.kind, FileKind::Csr, "{name}");
        assert_eq!(entries(&bundle), ["request acme p256"], "{name}");
        let request = bundle.requests().next().unwrap();
        assert_eq!(request.as_der(), fixture("bundles/request.der"), "{name}");
    }
    let refusal = refusal(&fixture("bundles/request.der")[..150], None);
    assert_eq!(refusal.error.code(), "truncated");
}

#[test]
fn other_content_of_cms_is_named() {
    for name in [
        "enveloped.pem",
        "enveloped-rsa-oaep.pem",
        "enveloped-no-content.der",
    ] {
        let refusal = refusal(&fixture(&format!("pyca/pkcs7/{name}")), None);
        assert_eq!(refusal.found.kind, FileKind::Pkcs7, "{name}");
        assert_eq!(refusal.error.code(), "unsupported", "{name}");
        let text = "CMS content of type enveloped data not supported";
        assert_eq!(refusal.to_string(), text, "{name}");
        // What the error says is no warning besides.
        assert_eq!(codes(&refusal.found), <[&str; 0]>::default(), "{name}");
    }
}

#[test]
fn openssl_lists_the_certificates_of_a_bundle_in_the_same_order() {
    let bundle = open_fixture("bundles/chain-crl.p7b", None).unwrap();
    let file = path("bundles/chain-crl.p7b");
    let file = file.to_str().unwrap();
    let Some(printed) = openssl(&["pkcs7", "-inform", "DER", "-in", file, "-print_certs"]) else {
        return;
    };
    let theirs = open_octets(printed.as_bytes(), None).unwrap();
    assert_eq!(entries(&theirs), entries(&bundle));
    assert!(bundle.certificates().eq(theirs.certificates()));
}

#[test]
fn a_certificate_is_found_in_whatever_text_surrounds_it() {
    let der = fixture("rsa2048.cert.der");
    let pem = text("rsa2048.cert.pem");
    let bare: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let indented: String = pem
        .lines()
        .map(|line| format!("\t  {line}  \r\n"))
        .collect();
    let little = utf16(&pem, u16::to_le_bytes);
    for (what, octets) in [
        ("openssl x509 -text", fixture("bundles/text.pem")),
        ("CR", pem.replace('\n', "\r").into_bytes()),
        ("CRLF", pem.replace('\n', "\r\n").into_bytes()),
        ("no line ends", pem.replace('\n', " ").into_bytes()),
        ("indented", indented.into_bytes()),
        ("byte order mark", format!("\u{feff}{pem}").into_bytes()),
        ("UTF-16", [&[0xff, 0xfe][..], &little].concat()),
        ("UTF-16 without mark", little),
        // Which is the tag of a SEQUENCE, too.
        ("a digit first", format!("0ß 1\n{pem}").into_bytes()),
        ("two digits first", format!("0\n\nß\n{pem}").into_bytes()),
        (
            "UTF-16 the other way",
            utf16(&format!("\u{feff}{pem}"), u16::to_be_bytes),
        ),
        (
            "UTF-16 bare",
            utf16(&format!("\u{feff}{bare}\r\n"), u16::to_le_bytes),
        ),
        (
            "X509 label",
            pem.replace("CERTIFICATE", "X509 CERTIFICATE").into_bytes(),
        ),
        ("bare", bare.clone().into_bytes()),
        ("PEM in base64", base64(pem.as_bytes()).into_bytes()),
        ("bare lines", bare.replace("MII", "MII\r\n ").into_bytes()),
    ] {
        let bundle = open_octets(&octets, None).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(bundle.kind, FileKind::Certificate, "{what}");
        assert_eq!(bundle.entries.len(), 1, "{what}");
        assert_eq!(codes(&bundle), <[&str; 0]>::default(), "{what}");
        assert_eq!(
            bundle.certificates().next().unwrap().as_der(),
            der,
            "{what}"
        );
    }
}

#[test]
fn what_the_tools_print_opens() {
    let bundle = open_fixture("bundles/s_client.txt", None).unwrap();
    assert_eq!(bundle.kind, FileKind::Certificates);
    assert_eq!(entries(&bundle), ["acme as2", "Test CA"]);

    let bundle = open_fixture("bundles/attributes.pem", None).unwrap();
    assert_eq!(bundle.kind, FileKind::Certificates);
    assert_eq!(entries(&bundle), ["acme as2", "Test CA", "key rsa-2048"]);
    let leaf = bundle.certificates().next().unwrap();
    let thumbprint = leaf.thumbprint(DigestAlgorithm::Sha256, PROVIDER);
    assert_eq!(bundle.keys().next().unwrap().matches, Some(thumbprint));
}

#[test]
fn blocks_that_are_garbage_hide_no_certificate() {
    for (name, expected) in [
        ("with_garbage", &["www.cryptography.io"][..]),
        (
            "chain_with_garbage",
            &["www.cryptography.io", "RapidSSL SHA256 CA - G3"],
        ),
    ] {
        let bundle = open_fixture(&format!("pyca/files/cryptography.io.{name}.pem"), None).unwrap();
        assert_eq!(bundle.kind, FileKind::Certificates, "{name}");
        assert_eq!(entries(&bundle), expected, "{name}");
        assert!(
            codes(&bundle).iter().all(|code| *code == "bad-key"),
            "{name}"
        );
    }
    // Its key has a password, which is asked for; the certificate is told all the same.
    let refusal = refusal(
        &fixture("pyca/files/cryptography.io.with_headers.pem"),
        None,
    );
    assert_eq!(refusal.error, ImportError::PasswordRequired);
    assert_eq!(entries(&refusal.found), ["www.cryptography.io"]);
}

#[test]
fn a_label_says_less_than_the_content() {
    let p12 = fixture("default.p12");
    let p7b = fixture("chain.p7b");
    let request = fixture("bundles/request.der");
    for (label, octets, kind, expected) in [
        (
            "CERTIFICATE",
            &p7b,
            FileKind::Pkcs7,
            &["acme as2", "Test CA"][..],
        ),
        (
            "PKCS #7 SIGNED DATA",
            &p7b,
            FileKind::Pkcs7,
            &["acme as2", "Test CA"],
        ),
        ("CMS", &p7b, FileKind::Pkcs7, &["acme as2", "Test CA"]),
        (
            "CERTIFICATE",
            &p12,
            FileKind::Pkcs12,
            &["acme as2", "Test CA", "key rsa-2048"],
        ),
        (
            "NEW CERTIFICATE REQUEST",
            &request,
            FileKind::Csr,
            &["request acme p256"],
        ),
        (
            "CERTIFICATE",
            &request,
            FileKind::Csr,
            &["request acme p256"],
        ),
    ] {
        let bundle = open_octets(armour(label, octets).as_bytes(), Some("secret")).unwrap();
        assert_eq!(bundle.kind, kind, "{label}");
        assert_eq!(entries(&bundle), expected, "{label}");
    }
    let bundle = open_octets(base64(&p12).as_bytes(), Some("secret")).unwrap();
    assert_eq!(bundle.kind, FileKind::Pkcs12);
    let refusal = refusal(armour("CERTIFICATE", &p12).as_bytes(), Some("wrong"));
    assert_eq!(refusal.error, ImportError::WrongPassword);
    assert_eq!(refusal.found.kind, FileKind::Pkcs12);
    assert!(refusal.found.protection.is_some());
}

#[test]
fn several_kinds_in_one_file_are_all_kept_in_order() {
    let file = [
        text("request.pem"),
        text("p256.key.pem"),
        text("chain.p7b.pem"),
        "some words\n".to_owned(),
        text("p256.cert.pem"),
        text("bundles/p256.public.pem"),
    ]
    .concat();
    let bundle = open_octets(file.as_bytes(), None).unwrap();
    assert_eq!(bundle.kind, FileKind::Certificates);
    let expected = [
        "request acme p256",
        "key p-256",
        "acme as2",
        "Test CA",
        "acme p256",
        "public p-256",
    ];
    assert_eq!(entries(&bundle), expected);
    assert!(bundle.keys().next().unwrap().matches.is_some());
    let request = bundle.requests().next().unwrap();
    let owner = bundle
        .certificates()
        .find(|certificate| request.is_for(certificate));
    assert_eq!(owner.unwrap().subject().common_name(), Some("acme p256"));

    // Without a certificate, the request is what the file is about.
    let file = [text("p256.key.pem"), text("request.pem")].concat();
    let bundle = open_octets(file.as_bytes(), None).unwrap();
    assert_eq!(bundle.kind, FileKind::Csr);
    assert_eq!(entries(&bundle), ["key p-256", "request acme p256"]);
}

#[test]
fn public_keys_open_and_know_their_certificate() {
    for (name, algorithm, owner) in [
        ("bundles/p256.public.pem", "p-256", "p256.cert.pem"),
        ("bundles/rsa2048.public.pem", "rsa-2048", "rsa2048.cert.pem"),
    ] {
        let bundle = open_fixture(name, None).unwrap();
        assert_eq!(bundle.kind, FileKind::Key, "{name}");
        let [Entry::PublicKey(key)] = bundle.entries.as_slice() else {
            panic!("{name}: {bundle:?}")
        };
        assert_eq!(key.algorithm().to_string(), algorithm, "{name}");
        assert!(key.is_of(&certificate(owner)), "{name}");
        assert!(!key.is_of(&certificate("ca.cert.pem")), "{name}");
        assert_eq!(key.as_der(), certificate(owner).public_key_info(), "{name}");
        assert_eq!(bundle.keys().count(), 0, "{name}");
    }
}

#[test]
fn trust_settings_of_openssl_are_read_and_told() {
    let bundle = open_fixture("trusted.pem", None).unwrap();
    assert_eq!(bundle.kind, FileKind::Certificate);
    assert_eq!(codes(&bundle), ["trust-settings"]);
    let leaf = bundle.certificate_entries().next().unwrap();
    assert_eq!(leaf.certificate.as_der(), fixture("rsa2048.cert.der"));
    assert_eq!(
        purposes(leaf),
        [Some(Purpose::SmimeSign), Some(Purpose::SmimeEncrypt)]
    );

    let bundle = open_fixture("trusted-root.pem", None).unwrap();
    assert_eq!(
        bundle.warnings.first().unwrap().text,
        "certificate 1: as a root trusted for serverAuth, clientAuth alone, rejected for emailProtection"
    );
    let root = bundle.certificate_entries().next().unwrap();
    let settings = root.trust_settings.as_ref().unwrap().as_ref().unwrap();
    assert_eq!(
        settings.trusted.as_deref(),
        Some(&[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth][..])
    );
    assert_eq!(settings.rejected, [ExtendedKeyUsage::EmailProtection]);
    assert_eq!(root.alias.as_deref(), Some("Acme Root"));
    assert_eq!(
        purposes(root),
        [Some(Purpose::TlsServer), Some(Purpose::TlsClient)]
    );
}

#[test]
fn a_root_serves_what_its_trust_settings_say_as_openssl_has_it() {
    use Purpose::{SmimeEncrypt, SmimeSign, TlsClient, TlsServer};
    let any = usage("2.5.29.37.0");
    let server = usage("1.3.6.1.5.5.7.3.1");
    let mail = usage("1.3.6.1.5.5.7.3.4");
    let unknown = usage("1.3.6.1.4.1.55555.1");
    let everything = [
        None,
        Some(SmimeSign),
        Some(SmimeEncrypt),
        Some(TlsServer),
        Some(TlsClient),
    ];
    let trusted = |usages: &[&[u8]]| encode(0x30, usages);
    let rejected = |usages: &[&[u8]]| encode(0xa0, usages);
    for (settings, allowed) in [
        (vec![], &everything[..]),
        (vec![rejected(&[])], &everything),
        (vec![rejected(&[&unknown])], &everything),
        (vec![trusted(&[&any])], &everything),
        (vec![trusted(&[&server])], &[Some(TlsServer)]),
        (
            vec![trusted(&[&unknown, &mail])],
            &[Some(SmimeSign), Some(SmimeEncrypt)],
        ),
        (vec![trusted(&[&unknown])], &[]),
        // Trust for nothing is not the same as trust for whatever comes.
        (vec![trusted(&[])], &[]),
        (
            vec![rejected(&[&mail])],
            &[None, Some(TlsServer), Some(TlsClient)],
        ),
        (vec![rejected(&[&any])], &[]),
        // What is rejected is not made good by trust, in whatever order.
        (vec![trusted(&[&server]), rejected(&[&server])], &[]),
        (vec![trusted(&[&server]), rejected(&[&any])], &[]),
        (
            vec![trusted(&[&any]), rejected(&[&server])],
            &[None, Some(SmimeSign), Some(SmimeEncrypt), Some(TlsClient)],
        ),
        // Alias, key identifier and algorithms say nothing of trust.
        (
            vec![
                encode(0x0c, &[b"Acm\xe9"]),
                encode(0x04, &[&[1, 2]]),
                encode(0xa1, &[&encode(0x30, &[&unknown])]),
            ],
            &everything,
        ),
    ] {
        let bundle = with_settings(&settings.concat());
        assert_eq!(codes(&bundle), ["trust-settings"], "{settings:02x?}");
        let entry = bundle.certificate_entries().next().unwrap();
        assert_eq!(purposes(entry), allowed, "{settings:02x?}");
    }
    let bundle = with_settings(&[encode(0x0c, &[b"Acm\xe9"]), encode(0x04, &[&[1, 2]])].concat());
    let entry = bundle.certificate_entries().next().unwrap();
    assert_eq!(entry.alias.as_deref(), Some("Acm\u{fffd}"));
    assert_eq!(entry.local_key_id.as_deref(), Some(&[1, 2][..]));
}

#[test]
fn a_certificate_whose_trust_settings_cannot_be_read_is_a_root_for_nothing() {
    let server = usage("1.3.6.1.5.5.7.3.1");
    for settings in [
        // Another type, one that is empty, one cut off, another order, twice, something more.
        encode(0x30, &[&encode(0x02, &[&[1]])]),
        encode(0x30, &[&[0x06, 0x00]]),
        encode(0x30, &[&[0x06, 0x05, 0x2b]]),
        encode(0x80, &[&server]),
        [encode(0xa0, &[&server]), encode(0x30, &[&server])].concat(),
        [encode(0x30, &[&server]), encode(0x30, &[&server])].concat(),
        [encode(0x30, &[&server]), vec![0x05, 0x00]].concat(),
        encode(0xa1, &[&[0x05, 0x00]]),
        encode(0x30, &[&server.repeat(TrustSettings::MAX_USAGES + 1)]),
    ] {
        let bundle = with_settings(&settings);
        assert_eq!(
            codes(&bundle),
            ["trust-settings-unreadable"],
            "{settings:02x?}"
        );
        let entry = bundle.certificate_entries().next().unwrap();
        assert!(
            matches!(entry.trust_settings, Some(Err(_))),
            "{settings:02x?}"
        );
        assert_eq!(purposes(entry), [], "{settings:02x?}");
    }
    let most = encode(0x30, &[&server.repeat(TrustSettings::MAX_USAGES)]);
    assert_eq!(codes(&with_settings(&most)), ["trust-settings"]);
}

#[test]
fn behind_a_certificate_stand_trust_settings_or_nothing() {
    let der = fixture("rsa2048.cert.der");
    let alone = armour("TRUSTED CERTIFICATE", &der);
    let bundle = open_octets(alone.as_bytes(), None).unwrap();
    assert_eq!(codes(&bundle), <[&str; 0]>::default());
    let entry = bundle.certificate_entries().next().unwrap();
    assert_eq!(entry.trust_settings, None);
    assert_eq!(purposes(entry).len(), 1 + Purpose::ALL.len());
    for appended in [
        &b"\0"[..],
        b"\r\n",
        b"\x30",
        b"\x30\x05\x30\x00",
        b"\x30\x00\x30\x00",
        b"\x04\x00",
        // All purposes rejected, in BER, which OpenSSL reads.
        b"\x30\x80\xa0\x06\x06\x04\x55\x1d\x25\x00\x00\x00",
        &der,
    ] {
        let more = armour("TRUSTED CERTIFICATE", &[&der, appended].concat());
        let bundle = open_octets(more.as_bytes(), None).unwrap();
        assert_eq!(
            codes(&bundle),
            ["trust-settings-unreadable"],
            "{appended:02x?}"
        );
        let entry = bundle.certificate_entries().next().unwrap();
        assert_eq!(entry.certificate.as_der(), der, "{appended:02x?}");
        assert_eq!(purposes(entry), [], "{appended:02x?}");
    }
    // Under no other label, and behind nothing else.
    let other = armour("CERTIFICATE", &[&der[..], b"\x30\x00"].concat());
    let error = open_octets(other.as_bytes(), None).unwrap_err();
    assert_eq!(error.code(), "trailing-octets");
    let several = [fixture("chain.p7b"), b"\x30\x00".to_vec()].concat();
    let several = armour("TRUSTED CERTIFICATE", &several);
    assert!(open_octets(several.as_bytes(), None).is_err());
}

/// A certificate with these fields of trust settings behind it.
fn with_settings(fields: &[u8]) -> Bundle {
    let octets = [fixture("rsa2048.cert.der"), encode(0x30, &[fields])].concat();
    let file = armour("TRUSTED CERTIFICATE", &octets);
    open_octets(file.as_bytes(), None).unwrap()
}

/// The purposes for which the file lets it be a root; none stands for any that there may be.
fn purposes(entry: &CertificateEntry) -> Vec<Option<Purpose>> {
    let purposes = [None].into_iter().chain(Purpose::ALL.map(Some));
    purposes
        .filter(|purpose| entry.may_be_root_for(*purpose))
        .collect()
}

/// A purpose as an object identifier.
fn usage(dotted: &str) -> Vec<u8> {
    encode(0x06, &[Oid::from_dotted(dotted).unwrap().as_bytes()])
}

#[test]
fn formats_of_other_programs_are_refused_by_name() {
    let page = b"\r\n<!DOCTYPE html>\n<html><body>Sign in</body></html>";
    let page16 = utf16("\u{feff}<html>", u16::to_le_bytes);
    for (what, octets, kind) in [
        (
            "a Java keystore (JKS)",
            fixture("bundles/keystore.jks"),
            FileKind::Unknown,
        ),
        (
            "a Java keystore (JCEKS)",
            fixture("bundles/keystore.jceks"),
            FileKind::Unknown,
        ),
        (
            "an OpenSSH key",
            fixture("bundles/openssh"),
            FileKind::Unknown,
        ),
        (
            "an OpenSSH key",
            fixture("bundles/openssh.pub"),
            FileKind::Unknown,
        ),
        (
            "OpenPGP data",
            fixture("bundles/openpgp.asc"),
            FileKind::Unknown,
        ),
        (
            "OpenPGP data",
            fixture("bundles/openpgp.gpg"),
            FileKind::Unknown,
        ),
        (
            "an e-mail message",
            fixture("bundles/message.eml"),
            FileKind::Unknown,
        ),
        (
            "a PuTTY key",
            b"PuTTY-User-Key-File-2: ssh-rsa\r\n".to_vec(),
            FileKind::Unknown,
        ),
        (
            "a ZIP archive",
            b"PK\x05\x06\0\0\0\0".to_vec(),
            FileKind::Zip,
        ),
        (
            "a ZIP archive",
            [b"PK\x03\x04stored.pem", &*fixture("ca.cert.pem")].concat(),
            FileKind::Zip,
        ),
        (
            "a gzip archive",
            b"\x1f\x8b\x08\0".to_vec(),
            FileKind::Unknown,
        ),
        ("a PDF document", b"%PDF-1.7\n".to_vec(), FileKind::Unknown),
        ("a web page", page.to_vec(), FileKind::Unknown),
        ("a web page", page16, FileKind::Unknown),
        (
            "an OCSP response",
            b"\x30\x03\x0a\x01\x06".to_vec(),
            FileKind::Unknown,
        ),
    ] {
        let refusal = refusal(&octets, None);
        let ImportError::Foreign { format } = &refusal.error else {
            panic!("{what}: {}", refusal.error)
        };
        assert_eq!(format.to_string(), what);
        assert_eq!(refusal.error.code(), "unsupported", "{what}");
        assert_eq!(
            refusal.to_string(),
            format!("{what}, which is not read here: {}", format.advice())
        );
        assert_eq!(refusal.found.kind, kind, "{what}");
    }
    // Beside a certificate it is left out.
    let both = [fixture("bundles/openssh"), fixture("ca.cert.pem")].concat();
    let bundle = open_octets(&both, None).unwrap();
    assert_eq!(entries(&bundle), ["Test CA"]);
    assert_eq!(codes(&bundle), ["entry-skipped"]);
    for nothing in [&b""[..], b" \r\n\t"] {
        assert_eq!(open_octets(nothing, None).unwrap_err(), ImportError::Empty);
    }
}

#[test]
fn nothing_may_follow_a_certificate_in_der() {
    let der = fixture("rsa2048.cert.der");
    for (appended, what) in [
        (&b"\r\n"[..], "a line end"),
        (b"\0", "an octet"),
        (&der, "the certificate again"),
    ] {
        let refusal = refusal(&[&der, appended].concat(), None);
        assert_eq!(refusal.found.kind, FileKind::Certificate, "{what}");
        assert_eq!(refusal.error.code(), "trailing-octets", "{what}");
        let place = format!("at octet {}", der.len());
        assert!(refusal.to_string().ends_with(&place), "{what}: {refusal}");
    }
    for end in [5, 100, 700, der.len() - 1] {
        let refusal = refusal(&der[..end], None);
        assert_eq!(refusal.error.code(), "truncated", "{end}: {refusal}");
        if end >= 100 {
            assert_eq!(refusal.found.kind, FileKind::Certificate, "{end}");
        }
    }
}

#[test]
fn damage_and_passwords_beside_a_certificate_leave_it_there() {
    let certificate = text("p256.cert.pem");
    let damaged = "-----BEGIN PRIVATE KEY-----\nMAMCAQA=\n-----END PRIVATE KEY-----\n";
    let cut = "-----BEGIN CERTIFICATE-----\nMIIC";
    for (other, codes_expected) in [
        (damaged, &["bad-key"][..]),
        (cut, &["bad-certificate"]),
        (
            "-----BEGIN X509 CRL-----\nMIIC!\n-----END X509 CRL-----\n",
            &["bad-crl"],
        ),
        (
            "-----BEGIN CERTIFICATE REQUEST-----\nMAMCAQA=\n-----END CERTIFICATE REQUEST-----\n",
            &["entry-skipped"],
        ),
        (
            "-----BEGIN PUBLIC KEY-----\nMAMDAQA=\n-----END PUBLIC KEY-----\n",
            &["entry-skipped"],
        ),
        (
            "-----BEGIN X-----\nMAA=\n-----END X-----\n",
            &["entry-skipped"],
        ),
    ] {
        for file in [[&*certificate, other], [other, &*certificate]] {
            let bundle = open_octets(file.concat().as_bytes(), None).unwrap();
            assert_eq!(entries(&bundle), ["acme p256"], "{other}");
            assert_eq!(codes(&bundle), codes_expected, "{other}");
        }
    }
    // A password that is missing is no damage: it is asked for, and the rest shown.
    let closed = text("p256.aes-256-cbc.pem");
    let refusal = refusal([closed, certificate].concat().as_bytes(), None);
    assert_eq!(refusal.error, ImportError::PasswordRequired);
    assert_eq!(entries(&refusal.found), ["acme p256"]);
}

#[test]
fn what_a_limit_cuts_off_is_told_before_a_password_that_is_missing() {
    let closed = text("p256.aes-256-cbc.pem");
    let certificates = ["rsa2048.cert.pem", "ca.cert.pem", "p256.cert.pem"].map(certificate);
    let bundle = certs_only::encode_pem(&certificates);
    for file in [[&closed, &bundle], [&bundle, &closed]] {
        let refused = |entries| {
            let file = file.map(String::as_str).concat();
            let limits = Limits::default().with_entries(entries);
            *examine(file.as_bytes(), None, PROVIDER, &limits).unwrap_err()
        };
        assert_eq!(refused(2).error.code(), "limit-exceeded");
        let whole = refused(3);
        assert_eq!(whole.error, ImportError::PasswordRequired);
        assert_eq!(whole.found.certificates().count(), 3);
    }
}

#[test]
fn every_bad_certificate_of_a_bundle_is_named_by_its_place() {
    let good = fixture("ca.cert.pem");
    let bad = armour("CERTIFICATE", b"\x30\x03\x02\x01\x05");
    let cut = armour("CERTIFICATE", &fixture("rsa2048.cert.der")[..300]);
    let file = [&good, bad.as_bytes(), &good, cut.as_bytes()].concat();
    let bundle = open_octets(&file, None).unwrap();
    assert_eq!(entries(&bundle), ["Test CA", "Test CA"]);
    let texts: Vec<&str> = bundle
        .warnings
        .iter()
        .map(|warning| &*warning.text)
        .collect();
    assert_eq!(
        texts,
        [
            "certificate 2: not a certificate: expected TBSCertificate at octet 2",
            "certificate 4: not a certificate: input ended inside an element at octet 0",
        ]
    );
    assert_eq!(codes(&bundle), ["bad-certificate"; 2]);
}

#[test]
fn what_protects_no_longer_is_read_with_a_warning() {
    for (name, expected) in [
        ("bundles/short.cert.pem", &["weak-key"][..]),
        ("bundles/sha1.cert.pem", &["weak-signature"]),
        ("bundles/md5.cert.pem", &["weak-signature"]),
        // Nobody relies on the signature of a root.
        ("bundles/root-sha1.cert.pem", &[]),
        ("rsa2048.cert.pem", &[]),
    ] {
        let bundle = open_fixture(name, None).unwrap();
        assert_eq!(codes(&bundle), expected, "{name}");
    }
    let bundle = open_fixture("bundles/short.cert.pem", None).unwrap();
    let text = "certificate 1: the RSA key has 1024 bits, and fewer than 2048 are weak";
    assert_eq!(bundle.warnings[0].text, text);
}

#[test]
fn certificates_are_paired_with_keys_held_elsewhere() {
    let answer = open_fixture("chain.p7b", None).unwrap();
    let load = |name: &str| {
        let bundle = open_fixture(name, None).unwrap();
        bundle.keys().next().unwrap().key.load(PROVIDER).unwrap()
    };
    let ours = [load("p256.key.pem"), load("rsa2048.key.pem")];
    let paired = answer.pair(&ours, PROVIDER, &mut rng()).unwrap();
    let [credential] = paired.as_slice() else {
        panic!("{paired:?}")
    };
    assert_eq!(credential.certificate(), &certificate("rsa2048.cert.pem"));
    assert_eq!(credential.chain(), [certificate("ca.cert.pem")]);

    let others = [load("p256.key.pem")];
    assert!(
        answer
            .pair(&others, PROVIDER, &mut rng())
            .unwrap()
            .is_empty()
    );
    assert!(answer.pair(&[], PROVIDER, &mut rng()).unwrap().is_empty());
}

#[test]
fn a_bundle_that_we_write_is_read_whole() {
    let certificates = ["rsa2048.cert.pem", "ca.cert.pem", "p256.cert.pem"].map(certificate);
    let octets = certs_only::encode(&certificates);
    let bundle = open_octets(&octets, None).unwrap();
    assert_eq!(bundle.kind, FileKind::Pkcs7);
    for certificate in &certificates {
        assert!(bundle.certificates().any(|read| read == certificate));
    }
    let pem = certs_only::encode_pem(&certificates);
    let again = open_octets(pem.as_bytes(), None).unwrap();
    assert!(again.certificates().eq(bundle.certificates()));
}

#[test]
fn a_bundle_is_read_in_whatever_form_it_comes_and_the_form_is_told() {
    use certs_only::Form;
    let certificates = ["rsa2048.cert.pem", "ca.cert.pem"].map(certificate);
    let limits = Limits::default();
    let read = |octets: &[u8]| {
        let (bundle, form) = certs_only::decode_any(octets, &limits).ok()?;
        Some((bundle.into_readable(), form))
    };
    let bundle = certs_only::encode(&certificates);
    let pem_bundle = certs_only::encode_pem(&certificates);
    let pem: String = certificates.iter().map(Certificate::to_pem).collect();
    let [leaf, _] = &certificates;
    let mut sorted = certificates.to_vec();
    sorted.sort_unstable();
    assert_eq!(read(&bundle), Some((sorted.clone(), Form::Bundle)));
    assert_eq!(read(pem_bundle.as_bytes()), Some((sorted, Form::PemBundle)));
    assert_eq!(
        read(leaf.as_der()),
        Some((vec![leaf.clone()], Form::Certificate))
    );
    assert_eq!(
        read(format!("subject=a\n{pem}\n").as_bytes()),
        Some((certificates.to_vec(), Form::PemCertificates))
    );

    let key = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    for other in [
        key.to_owned(),
        format!("{pem}{key}"),
        format!("{pem_bundle}{pem}"),
        format!("{pem}{pem_bundle}"),
        pem.replace("-----END", "----END"),
        String::new(),
        "text".to_owned(),
    ] {
        assert_eq!(read(other.as_bytes()), None, "{other}");
    }
    let few = limits.with_entries(1);
    assert!(certs_only::decode_any(pem.as_bytes(), &few).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever stands in a text, certificates with their armour are found, and nothing panics.
    #[test]
    fn any_words_may_stand_around_blocks(
        words in proptest::collection::vec("[ -,.-~äß\n\r\t]{0,40}", 3),
    ) {
        let [first, second] = ["rsa2048.cert.pem", "ca.cert.pem"].map(text);
        let [before, between, after] = [0, 1, 2].map(|place| &*words[place]);
        let file = [before, "\n", &*first, between, "\n", &*second, after].concat();
        let bundle = open_octets(file.as_bytes(), None).unwrap();
        prop_assert_eq!(entries(&bundle), ["acme as2", "Test CA"]);
    }

    /// One octet of a bundle is changed: a typed error, or what can be read.
    #[test]
    fn a_changed_octet_never_panics(place in 0..100_000_usize, octet in any::<u8>()) {
        for name in ["bundles/chain-crl.p7b", "bundles/attributes.pem", "trusted.pem"] {
            let mut octets = fixture(name);
            let place = place % octets.len();
            octets[place] = octet;
            let limits = Limits::default().with_kdf_iterations(10_000);
            match open(&octets, None, PROVIDER, &limits) {
                Ok(bundle) => prop_assert!(!bundle.entries.is_empty()),
                Err(error) => prop_assert!(!error.code().is_empty()),
            }
        }
    }
}
