//! Textual encodings as RFC 7468 §3 has them strictly: lines of 64 characters that end in LF.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::request::CertificationRequest;

/// What stands between the dashes (RFC 7468 §4).
pub(crate) mod label {
    pub(crate) const CERTIFICATE: &str = "CERTIFICATE";
    pub(crate) const X509_CRL: &str = "X509 CRL";
    pub(crate) const CERTIFICATE_REQUEST: &str = "CERTIFICATE REQUEST";
    pub(crate) const PKCS7: &str = "PKCS7";
    pub(crate) const PRIVATE_KEY: &str = "PRIVATE KEY";
    pub(crate) const ENCRYPTED_PRIVATE_KEY: &str = "ENCRYPTED PRIVATE KEY";
}

impl Certificate {
    /// The certificate as PEM, label `CERTIFICATE` (RFC 7468 §5): lines of 64 characters that end in LF.
    ///
    /// Several of them, one after another, make a file that [`open`](crate::open()) and other programs read.
    #[must_use]
    pub fn to_pem(&self) -> String {
        encode(label::CERTIFICATE, self.as_der())
    }
}

impl CertificationRequest {
    /// The request as PEM, label `CERTIFICATE REQUEST` (RFC 7468 §7): lines of 64 characters that end in LF.
    #[must_use]
    pub fn to_pem(&self) -> String {
        encode(label::CERTIFICATE_REQUEST, self.as_der())
    }
}

impl Crl {
    /// The list as PEM, label `X509 CRL` (RFC 7468 §6): lines of 64 characters that end in LF.
    #[must_use]
    pub fn to_pem(&self) -> String {
        encode(label::X509_CRL, self.as_der())
    }
}

/// One encapsulated text around `octets`.
pub(crate) fn encode(label: &str, octets: &[u8]) -> String {
    let mut text = String::new();
    write(label, octets, &mut text);
    text
}

/// The same of octets that are secret: the text is wiped, and was never copied while it grew.
pub(crate) fn encode_secret(label: &str, octets: &[u8]) -> Zeroizing<String> {
    let lines = octets.len().div_ceil(OCTETS_IN_LINE);
    let boundaries = 2 * (label.len() + "-----BEGIN -----\n".len());
    let mut text = Zeroizing::new(String::with_capacity(
        boundaries + octets.len().div_ceil(3) * 4 + lines,
    ));
    write(label, octets, &mut text);
    text
}

fn write(label: &str, octets: &[u8], text: &mut String) {
    text.extend(["-----BEGIN ", label, "-----\n"]);
    for line in octets.chunks(OCTETS_IN_LINE) {
        STANDARD.encode_string(line, text);
        text.push('\n');
    }
    text.extend(["-----END ", label, "-----\n"]);
}

/// How many octets 64 characters stand for.
const OCTETS_IN_LINE: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pem;

    #[test]
    fn lines_have_64_characters_and_end_in_lf() {
        for (length, lines) in [
            (0, vec![]),
            (1, vec![4]),
            (48, vec![64]),
            (97, vec![64, 64, 4]),
        ] {
            let text = encode("A", &vec![0xfb; length]);
            let body = text
                .strip_prefix("-----BEGIN A-----\n")
                .and_then(|rest| rest.strip_suffix("-----END A-----\n"))
                .unwrap();
            let lengths: Vec<usize> = body.split_terminator('\n').map(str::len).collect();
            assert_eq!(lengths, lines, "{length} octets");
        }
    }

    #[test]
    fn what_is_written_is_read_again_whatever_its_length() {
        for length in 0..200_u8 {
            let octets: Vec<u8> = (0..length).collect();
            let text = encode("A B", &octets);
            let read: Vec<_> = pem::blocks(text.as_bytes())
                .map(|block| (block.label, block.octets.unwrap().to_vec()))
                .collect();
            assert_eq!(read, [("A B", octets)]);
        }
    }

    #[test]
    fn a_secret_text_is_the_same_and_never_grows() {
        for length in [0, 1, 2, 3, 47, 48, 49, 1_000] {
            let octets = vec![7; length];
            let secret = encode_secret("PRIVATE KEY", &octets);
            assert_eq!(*secret, encode("PRIVATE KEY", &octets));
            let fresh = String::with_capacity(secret.len()).capacity();
            assert!(
                secret.capacity() >= fresh && secret.len() <= fresh,
                "{length}"
            );
        }
    }
}
