use core::fmt;
use core::str::FromStr;

use rollcert_crypto::{DigestAlgorithm, Digests, Provider};

/// The digest of a certificate's exact octets, by which people and stores name it.
///
/// `Display` is hexadecimal in lower case. Reading is tolerant, for thumbprints are copied from
/// dialogs and mails: any case; colons, dashes, blanks and the invisible marks that Windows puts in
/// front are passed over.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint {
    algorithm: DigestAlgorithm,
    octets: [u8; 64],
}

impl Thumbprint {
    /// The thumbprint of `octets`, such as those of a certificate or CRL.
    #[must_use]
    pub fn of(octets: &[u8], algorithm: DigestAlgorithm, provider: &Provider) -> Self {
        Self::computed_by(provider.digests, algorithm, octets)
    }

    /// The same, for whoever keeps nothing of a provider but what computes digests.
    #[must_use]
    pub fn computed_by(digests: &dyn Digests, algorithm: DigestAlgorithm, octets: &[u8]) -> Self {
        Self::from_digest(algorithm, &digests.digest(algorithm, octets))
    }

    /// Reads the thumbprint that a field for this digest wants; the CTL, for one, wants SHA-512.
    ///
    /// # Errors
    ///
    /// [`ThumbprintError`]; for the thumbprint by another digest, [`ThumbprintError::OtherDigest`] says
    /// which one it looks like.
    pub fn parse_as(expected: DigestAlgorithm, text: &str) -> Result<Self, ThumbprintError> {
        let thumbprint: Self = text.parse().map_err(|error| match error {
            ThumbprintError::Length { digits, .. } => ThumbprintError::Length {
                digits,
                nearest: expected,
            },
            other => other,
        })?;
        if thumbprint.algorithm == expected {
            Ok(thumbprint)
        } else {
            Err(ThumbprintError::OtherDigest {
                expected,
                found: thumbprint.algorithm,
            })
        }
    }

    /// The digest's algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets
            .get(..self.algorithm.output_len())
            .unwrap_or_default()
    }

    fn from_digest(algorithm: DigestAlgorithm, digest: &[u8]) -> Self {
        let mut octets = [0; 64];
        for (to, from) in octets.iter_mut().zip(digest) {
            *to = *from;
        }
        Self { algorithm, octets }
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.as_bytes()))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({} {self})", self.algorithm)
    }
}

impl FromStr for Thumbprint {
    type Err = ThumbprintError;

    /// The length tells the algorithm.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.chars().filter(|c| !is_separator(*c)).collect();
        if let Some(character) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(ThumbprintError::Character { character });
        }
        let length = ThumbprintError::Length {
            digits: digits.len(),
            nearest: nearest(digits.len()),
        };
        let digest = hex::decode(&digits).map_err(|_| length)?;
        let algorithm = DIGESTS
            .into_iter()
            .find(|algorithm| algorithm.output_len() == digest.len())
            .ok_or(length)?;
        Ok(Self::from_digest(algorithm, &digest))
    }
}

/// The digest whose thumbprint has about as many digits.
fn nearest(digits: usize) -> DigestAlgorithm {
    DIGESTS
        .into_iter()
        .min_by_key(|digest| digits.abs_diff(2 * digest.output_len()))
        .unwrap_or(DigestAlgorithm::Sha256)
}

/// The digests that certificates are named by. One of SHA-3 has as many digits, and no product shows it.
const DIGESTS: [DigestAlgorithm; 4] = [
    DigestAlgorithm::Sha1,
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
];

/// Blanks, colons, dashes, and the marks without width that come along when copying: U+200B to
/// U+200F, U+202A to U+202E, U+FEFF.
pub(crate) const fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            ':' | '-' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}'
        )
}

/// Why a text is no thumbprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThumbprintError {
    /// A character stands in it that is neither a hexadecimal digit nor a separator.
    #[error("{character:?} is no hexadecimal digit")]
    Character {
        /// The first such character.
        character: char,
    },
    /// No digest that certificates are named by has as many digits.
    #[error(
        "expected {} hexadecimal digits, as {nearest} has, but found {digits}{}",
        2 * .nearest.output_len(),
        looks_like(*.digits)
    )]
    Length {
        /// How many digits were found.
        digits: usize,
        /// The digest that was wanted, else the one whose number of digits is nearest.
        nearest: DigestAlgorithm,
    },
    /// It is the thumbprint by another digest than the one that was wanted.
    #[error(
        "expected the {expected} thumbprint, {} digits, but this looks like {found}",
        2 * .expected.output_len()
    )]
    OtherDigest {
        /// The digest that was wanted.
        expected: DigestAlgorithm,
        /// The digest that has as many digits.
        found: DigestAlgorithm,
    },
}

/// The digests that are no good here, but that people paste.
const fn looks_like(digits: usize) -> &'static str {
    match digits {
        16 => ", which looks like a key identifier of PGP",
        32 => ", which looks like md5",
        56 => ", which looks like sha-224",
        _ => "",
    }
}

impl ThumbprintError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Character { .. } => "not-hexadecimal",
            Self::Length { .. } => "wrong-length",
            Self::OtherDigest { .. } => "other-digest",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thumbprints_are_read_as_people_paste_them() {
        let plain: Thumbprint = "00ff".repeat(10).parse().unwrap();
        assert_eq!(plain.algorithm(), DigestAlgorithm::Sha1);
        let colons = ["00:FF"; 10].join(":");
        assert_eq!(colons.parse(), Ok(plain));
        let pasted = format!("\u{200e}{}\r\n", ["00 ff"; 10].join("-"));
        assert_eq!(pasted.parse(), Ok(plain));
        assert_eq!(plain.to_string(), "00ff".repeat(10));
    }

    #[test]
    fn other_lengths_and_other_characters_are_refused() {
        let length = |digits, nearest| Err(ThumbprintError::Length { digits, nearest });
        let (sha1, sha512) = (DigestAlgorithm::Sha1, DigestAlgorithm::Sha512);
        assert_eq!("".parse::<Thumbprint>(), length(0, sha1));
        assert_eq!("abc".parse::<Thumbprint>(), length(3, sha1));
        assert_eq!("0".repeat(129).parse::<Thumbprint>(), length(129, sha512));
        let character = Err(ThumbprintError::Character { character: 'g' });
        assert_eq!("0g".repeat(20).parse::<Thumbprint>(), character);
    }

    #[test]
    fn a_wrong_length_says_which_digest_it_looks_like() {
        let sha512 = DigestAlgorithm::Sha512;
        let error = |digits: usize| {
            Thumbprint::parse_as(sha512, &"0".repeat(digits))
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            error(40),
            "expected the sha-512 thumbprint, 128 digits, but this looks like sha-1"
        );
        assert_eq!(
            error(64),
            "expected the sha-512 thumbprint, 128 digits, but this looks like sha-256"
        );
        assert_eq!(
            error(32),
            "expected 128 hexadecimal digits, as sha-512 has, but found 32, which looks like md5"
        );
        assert_eq!(
            error(127),
            "expected 128 hexadecimal digits, as sha-512 has, but found 127"
        );
        let right = Thumbprint::parse_as(sha512, &"0".repeat(128)).unwrap();
        assert_eq!(right.algorithm(), sha512);
        assert_eq!(
            "0".repeat(39)
                .parse::<Thumbprint>()
                .unwrap_err()
                .to_string(),
            "expected 40 hexadecimal digits, as sha-1 has, but found 39"
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(digest: [u8; 64], which in 0_usize..4) {
            let shown = Thumbprint::from_digest(
                DIGESTS[which],
                &digest[..DIGESTS[which].output_len()],
            );
            prop_assert_eq!(shown.to_string().parse(), Ok(shown));
        }
    }
}
