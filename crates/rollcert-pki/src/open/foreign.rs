use core::fmt;

use crate::open::kind::FileKind;

/// A format that partners send for certificates and keys, known by sight and not read here.
///
/// `Display` names it, as in `a Java keystore (JKS)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ForeignFormat {
    code: &'static str,
    name: &'static str,
    advice: &'static str,
}

impl ForeignFormat {
    const fn new(code: &'static str, name: &'static str, advice: &'static str) -> Self {
        Self { code, name, advice }
    }

    /// A stable name, such as `jks`, `openssh-key` or `html`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// What to do instead, in words.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        self.advice
    }

    /// What the file is called in a report.
    pub(super) fn kind(self) -> FileKind {
        if self == ZIP {
            FileKind::Zip
        } else {
            FileKind::Unknown
        }
    }

    /// By the octets that a binary file begins with.
    pub(super) fn by_magic(octets: &[u8]) -> Option<Self> {
        // Bouncy Castle: version 1 or 2, and 20 octets of salt.
        if let [0, 0, 0, 1 | 2, 0, 0, 0, 20, ..] = octets {
            return Some(BOUNCY_CASTLE_KEYSTORE);
        }
        // RFC 9580 §4.2.1: a public or secret key packet of version 4.
        if let [0x99 | 0x95, _, _, 4, ..] | [0xc6 | 0xc5, _, _, 4, ..] = octets {
            return Some(OPEN_PGP);
        }
        let found = MAGIC.iter().find(|(magic, _)| octets.starts_with(magic));
        found.map(|(_, format)| *format)
    }

    /// By the label of a PEM block.
    pub(super) fn by_label(label: &str) -> Option<Self> {
        match label {
            "OPENSSH PRIVATE KEY" | "SSH2 PUBLIC KEY" => Some(OPENSSH_KEY),
            "ATTRIBUTE CERTIFICATE" => Some(ATTRIBUTE_CERTIFICATE),
            _ => label.starts_with("PGP ").then_some(OPEN_PGP),
        }
    }

    /// By the first words of a text.
    pub(super) fn of_text(text: &[u8]) -> Option<Self> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let text = text.trim_ascii_start();
        let begins_with = |words: &str| {
            text.get(..words.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(words.as_bytes()))
        };
        let found = FIRST_WORDS.iter().find(|(words, _)| begins_with(words));
        found.map(|(_, format)| *format)
    }
}

impl fmt::Display for ForeignFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

pub(super) const OCSP_RESPONSE: ForeignFormat = ForeignFormat::new(
    "ocsp-response",
    "an OCSP response",
    "the certificate itself is needed",
);
const ATTRIBUTE_CERTIFICATE: ForeignFormat = ForeignFormat::new(
    "attribute-certificate",
    "an attribute certificate",
    "a public key certificate is needed",
);
const ZIP: ForeignFormat = ForeignFormat::new("zip", "a ZIP archive", UNPACK);
const GZIP: ForeignFormat = ForeignFormat::new("gzip", "a gzip archive", UNPACK);
const BZIP2: ForeignFormat = ForeignFormat::new("bzip2", "a bzip2 archive", UNPACK);
const XZ: ForeignFormat = ForeignFormat::new("xz", "an xz archive", UNPACK);
const SEVEN_ZIP: ForeignFormat = ForeignFormat::new("7z", "a 7-Zip archive", UNPACK);
const RAR: ForeignFormat = ForeignFormat::new("rar", "a RAR archive", UNPACK);
const JAVA_KEYSTORE: ForeignFormat =
    ForeignFormat::new("jks", "a Java keystore (JKS)", IMPORT_KEYSTORE);
const JCE_KEYSTORE: ForeignFormat =
    ForeignFormat::new("jceks", "a Java keystore (JCEKS)", IMPORT_KEYSTORE);
const BOUNCY_CASTLE_KEYSTORE: ForeignFormat =
    ForeignFormat::new("bks", "a Bouncy Castle keystore", IMPORT_KEYSTORE);
const MICROSOFT_STORE: ForeignFormat = ForeignFormat::new(
    "sst",
    "a Microsoft serialized certificate store",
    "export the certificates as PKCS#7 instead",
);
const OUTLOOK: ForeignFormat = ForeignFormat::new(
    "ole",
    "an Outlook message or an Office document",
    "save its attachment instead",
);
const TNEF: ForeignFormat = ForeignFormat::new(
    "tnef",
    "an Outlook attachment wrapper (winmail.dat)",
    "save its attachment instead",
);
const OPENSSH_KEY: ForeignFormat = ForeignFormat::new(
    "openssh-key",
    "an OpenSSH key",
    "write a private one anew with ssh-keygen -p -m PKCS8",
);
const PUTTY_KEY: ForeignFormat = ForeignFormat::new(
    "putty-key",
    "a PuTTY key",
    "export it as OpenSSL key with puttygen",
);
const OPEN_PGP: ForeignFormat =
    ForeignFormat::new("openpgp", "OpenPGP data", "an X.509 certificate is needed");
const PDF: ForeignFormat = ForeignFormat::new("pdf", "a PDF document", FILE_ITSELF);
const RTF: ForeignFormat = ForeignFormat::new("rtf", "an RTF document", FILE_ITSELF);
const HTML: ForeignFormat = ForeignFormat::new(
    "html",
    "a web page",
    "the link may want a login; download the certificate file itself",
);
const XML: ForeignFormat = ForeignFormat::new("xml", "an XML document", FILE_ITSELF);
const JSON: ForeignFormat = ForeignFormat::new("json", "a JSON document", FILE_ITSELF);
const MESSAGE: ForeignFormat = ForeignFormat::new(
    "mime",
    "an e-mail message",
    "save its attachment or export the certificate of its signer",
);

const UNPACK: &str = "unpack it first";
const IMPORT_KEYSTORE: &str =
    "make a PKCS#12 file of it with keytool -importkeystore -deststoretype pkcs12";
const FILE_ITSELF: &str = "the certificate file itself is needed";

const MAGIC: [(&[u8], ForeignFormat); 15] = [
    (b"PK\x03\x04", ZIP),
    // An empty archive, and one of several parts.
    (b"PK\x05\x06", ZIP),
    (b"PK\x07\x08", ZIP),
    (b"\x1f\x8b", GZIP),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\0", XZ),
    (b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (b"Rar!\x1a\x07", RAR),
    (b"\xfe\xed\xfe\xed", JAVA_KEYSTORE),
    (b"\xce\xce\xce\xce", JCE_KEYSTORE),
    (b"\0\0\0\0CERT", MICROSOFT_STORE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OUTLOOK),
    (b"\x78\x9f\x3e\x22", TNEF),
    (b"%PDF-", PDF),
    (b"{\\rtf", RTF),
];

/// In any case, after blanks.
const FIRST_WORDS: [(&str, ForeignFormat); 19] = [
    ("<!doctype html", HTML),
    ("<html", HTML),
    ("<head", HTML),
    ("<?xml", XML),
    ("{", JSON),
    ("PuTTY-User-Key-File-", PUTTY_KEY),
    ("---- BEGIN SSH2", OPENSSH_KEY),
    ("ssh-", OPENSSH_KEY),
    ("sk-ssh-", OPENSSH_KEY),
    ("ecdsa-sha2-", OPENSSH_KEY),
    ("sk-ecdsa-sha2-", OPENSSH_KEY),
    ("MIME-Version:", MESSAGE),
    ("Content-Type:", MESSAGE),
    ("Received:", MESSAGE),
    ("Return-Path:", MESSAGE),
    ("Delivered-To:", MESSAGE),
    ("From:", MESSAGE),
    ("Date:", MESSAGE),
    ("Message-ID:", MESSAGE),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_octets() {
        for (octets, code) in [
            (&b"PK\x05\x06\0\0"[..], Some("zip")),
            (b"\xfe\xed\xfe\xed\0\0\0\x02", Some("jks")),
            (b"\0\0\0\x02\0\0\0\x14salt", Some("bks")),
            (b"\0\0\0\0CERT", Some("sst")),
            (b"\x99\x01\x0d\x04key", Some("openpgp")),
            (b"\x30\x82\x01\x02", None),
            (b"", None),
        ] {
            assert_eq!(
                ForeignFormat::by_magic(octets).map(ForeignFormat::code),
                code
            );
        }
    }

    #[test]
    fn texts_are_known_by_their_first_words() {
        for (text, code) in [
            ("\u{feff}\r\n <!DOCTYPE HTML><html>", Some("html")),
            ("PuTTY-User-Key-File-3: ssh-rsa", Some("putty-key")),
            ("content-type: multipart/signed", Some("mime")),
            ("Dear partner", None),
        ] {
            let found = ForeignFormat::of_text(text.as_bytes());
            assert_eq!(found.map(ForeignFormat::code), code, "{text}");
        }
    }
}
