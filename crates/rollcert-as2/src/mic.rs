//! The message integrity check.

use core::{fmt, str::FromStr};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_mime::{Entity, Limits};
use thiserror::Error;

/// A message integrity check: the digest that the receiver returns, so that the sender knows what arrived.
///
/// Equality is by algorithm and octets, not by spelling.
///
/// # What it covers
///
/// [RFC 4130 §7.3.1](https://www.rfc-editor.org/rfc/rfc4130#section-7.3.1) and
/// [RFC 5402 §4](https://www.rfc-editor.org/rfc/rfc5402#section-4), over the exact octets that arrived:
///
/// | message | covered |
/// |---|---|
/// | signed, whatever else | the entity that was signed, its MIME headers included: compressed, where it was compressed first; of two signatures that of the outer one |
/// | encrypted or compressed or both, not signed | the innermost entity, its MIME headers included |
/// | none of these | the content without headers |
///
/// One product packs a message without protection into a `multipart/mixed` with one part that is a multipart
/// itself, and then digests that part, headers included; so do we, of messages of that very form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mic {
    algorithm: DigestAlgorithm,
    value: Vec<u8>,
}

impl Mic {
    /// Takes a digest.
    ///
    /// # Errors
    ///
    /// [`MicError::Length`] when `value` is not as long as digests of `algorithm` are.
    pub fn new(algorithm: DigestAlgorithm, value: Vec<u8>) -> Result<Self, MicError> {
        let expected = algorithm.output_len();
        if value.len() != expected {
            return Err(MicError::Length {
                expected,
                found: value.len(),
            });
        }
        Ok(Self { algorithm, value })
    }

    /// Digests these octets, all of them.
    #[must_use]
    pub fn of(octets: &[u8], algorithm: DigestAlgorithm, provider: &Provider) -> Self {
        Self {
            algorithm,
            value: provider.digest(algorithm, octets),
        }
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The digest.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// The value of `Received-Content-MIC`, with this name for its algorithm.
    pub(crate) fn named(&self, algorithm: &str) -> String {
        format!("{}, {algorithm}", STANDARD.encode(&self.value))
    }
}

/// Writes the value of `Received-Content-MIC`: base64, a comma, the algorithm.
///
/// SHA-1 goes by the name `sha1` that RFC 4130 uses and old receivers compare with, the others by those of RFC
/// 5751.
impl fmt::Display for Mic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.named(our_name(self.algorithm)))
    }
}

impl FromStr for Mic {
    type Err = MicError;

    /// Reads the value of `Received-Content-MIC`: any blanks, algorithm names in any case with or without
    /// hyphen, base64 with or without padding.
    fn from_str(text: &str) -> Result<Self, MicError> {
        let (value, algorithm) = text.rsplit_once(',').ok_or(MicError::Syntax)?;
        let algorithm = DigestAlgorithm::from_name(algorithm.trim_matches(['"', ' ', '\t']))
            .ok_or_else(|| MicError::Algorithm {
                found: algorithm.trim().chars().take(32).collect(),
            })?;
        let symbols: String = value.split_ascii_whitespace().collect();
        let value = TOLERANT
            .decode(symbols.trim_matches('"'))
            .map_err(|_| MicError::Base64)?;
        Self::new(algorithm, value)
    }
}

/// Why a text is no MIC.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MicError {
    /// There is no comma.
    #[error("expected base64, a comma and an algorithm")]
    Syntax,
    /// The digest is not base64.
    #[error("expected base64 before the comma")]
    Base64,
    /// The algorithm is none of ours.
    #[error("digest {found:?} not supported")]
    Algorithm {
        /// Its name, the beginning of it.
        found: String,
    },
    /// The digest has another length than those of its algorithm.
    #[error("expected a digest of {expected} octets but found {found}")]
    Length {
        /// What the algorithm has.
        expected: usize,
        /// What was found.
        found: usize,
    },
}

impl MicError {
    /// Returns the stable name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax => "mic-syntax",
            Self::Base64 => "mic-base64",
            Self::Algorithm { .. } => "mic-algorithm",
            Self::Length { .. } => "mic-length",
        }
    }
}

/// What we call a digest in `Received-Content-MIC`.
const fn our_name(algorithm: DigestAlgorithm) -> &'static str {
    match algorithm {
        DigestAlgorithm::Sha1 => "sha1",
        other => other.name(),
    }
}

/// A name from outside for this digest, if it is one, in letters, figures and hyphens, and not ours.
pub(crate) fn other_name(name: &str, algorithm: DigestAlgorithm) -> Option<String> {
    let is_plain = name
        .bytes()
        .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
    let is_other = is_plain
        && name != our_name(algorithm)
        && DigestAlgorithm::from_name(name) == Some(algorithm);
    is_other.then(|| name.to_owned())
}

/// The part inside a `multipart/mixed` that holds one multipart and nothing else (see [`Mic`]).
pub(crate) fn wrapped_part<'a>(entity: &Entity<'a>, limits: &Limits) -> Option<&'a [u8]> {
    if entity.headers().content_type().ok()?.essence() != "multipart/mixed" {
        return None;
    }
    let multipart = entity.parts(limits).ok()?;
    let [part] = multipart.parts.as_slice() else {
        return None;
    };
    let media_type = part.headers().content_type().ok()?;
    (media_type.type_() == "multipart")
        .then(|| part.octets())
        .flatten()
}

/// The digest of a MIC that nobody asked for by name, where no signature has one either: what RFC 4130 senders without
/// a wish reckon with, and so what we reckon with as one.
pub(crate) const UNASKED: DigestAlgorithm = DigestAlgorithm::Sha1;

const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_mic_are_equal() {
        let mic: Mic = "FjamGEpzdgUots6MbDAcXMTjhjA=, sha1".parse().unwrap();
        for text in [
            "FjamGEpzdgUots6MbDAcXMTjhjA=,SHA-1",
            "FjamGEpzdgUots6MbDAcXMTjhjA ,  Sha1",
            "FjamGEpzdgUots6M bDAcXMTjhjA=, \"sha1\"",
        ] {
            assert_eq!(text.parse(), Ok(mic.clone()), "{text}");
        }
        assert_eq!(mic.to_string(), "FjamGEpzdgUots6MbDAcXMTjhjA=, sha1");
    }

    #[test]
    fn what_is_no_mic_says_why() {
        let error = |text: &str| text.parse::<Mic>().unwrap_err();
        assert_eq!(error(""), MicError::Syntax);
        assert_eq!(error("FjamGEpz"), MicError::Syntax);
        assert_eq!(error("FjamGEp!, sha1"), MicError::Base64);
        assert_eq!(
            error("FjamGEpz, sha1"),
            MicError::Length {
                expected: 20,
                found: 6
            }
        );
        let found = String::from("md5");
        assert_eq!(error("FjamGEpz, md5"), MicError::Algorithm { found });
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value: [u8; 64], which in 0_usize..8) {
            let algorithm = DigestAlgorithm::ALL[which];
            let mic = Mic::new(algorithm, value[..algorithm.output_len()].to_vec()).unwrap();
            prop_assert_eq!(mic.to_string().parse(), Ok(mic));
        }
    }
}
