use core::fmt;
use core::str::FromStr;

use rollcert_crypto::{DigestAlgorithm, Provider};

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
    /// The thumbprint of `octets`.
    pub(crate) fn of(octets: &[u8], algorithm: DigestAlgorithm, provider: &Provider) -> Self {
        Self::from_digest(algorithm, &provider.digest(algorithm, octets))
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
        };
        let digest = hex::decode(&digits).map_err(|_| length)?;
        let algorithm = DIGESTS
            .into_iter()
            .find(|algorithm| algorithm.output_len() == digest.len())
            .ok_or(length)?;
        Ok(Self::from_digest(algorithm, &digest))
    }
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
const fn is_separator(character: char) -> bool {
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
    /// No digest of ours has as many digits.
    #[error("expected 40, 64, 96 or 128 hexadecimal digits but found {digits}")]
    Length {
        /// How many digits were found.
        digits: usize,
    },
}

impl ThumbprintError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Character { .. } => "not-hexadecimal",
            Self::Length { .. } => "wrong-length",
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
        let length = |digits| Err(ThumbprintError::Length { digits });
        assert_eq!("".parse::<Thumbprint>(), length(0));
        assert_eq!("abc".parse::<Thumbprint>(), length(3));
        assert_eq!("0".repeat(129).parse::<Thumbprint>(), length(129));
        let character = Err(ThumbprintError::Character { character: 'g' });
        assert_eq!("0g".repeat(20).parse::<Thumbprint>(), character);
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
