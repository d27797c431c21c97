//! New keys and new passwords.

use rand_core::CryptoRng;
use rollcert_crypto::{Error, KeyAlgorithm, Provider};
use zeroize::Zeroizing;

use crate::export_error::ExportError;
use crate::key::KeyFile;
use crate::password::Password;

impl KeyFile {
    /// Makes a new private key.
    ///
    /// `rng` is where it comes from, unless the backend says in its documentation that it draws on a source
    /// of its own for keys of this kind.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for kinds and sizes that the backend does not make, RSA of fewer than 2048 bits
    /// always among them; [`Error::MalformedKey`] should it make something that is no key.
    pub fn generate(
        algorithm: KeyAlgorithm,
        provider: &Provider,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Error> {
        let octets = provider.generate_key(algorithm, rng)?;
        Self::from_pkcs8(octets).map_err(|_| Error::MalformedKey {
            what: "what the backend made",
        })
    }
}

impl Password {
    /// The fewest octets of randomness that [`Self::generate`] makes a password of.
    pub const LEAST_RANDOM: usize = 8;

    /// The most octets of randomness that [`Self::generate`] makes a password of.
    pub const MOST_RANDOM: usize = 64;

    /// Makes a random password of at least as much entropy as `octets` octets from `rng` have.
    ///
    /// It is written with the small letters and the digits 2 to 7 (the alphabet of RFC 4648 §6), in groups
    /// of four with hyphens between, to be read out and typed: 16 octets become
    /// `yk3p-7dqa-…`, 26 characters in seven groups. All are ASCII, so every product takes them.
    ///
    /// # Errors
    ///
    /// [`ExportError::OutOfRange`] below [`Self::LEAST_RANDOM`] and above [`Self::MOST_RANDOM`].
    pub fn generate(octets: usize, rng: &mut dyn CryptoRng) -> Result<Self, ExportError> {
        let count = |length| u64::try_from(length).unwrap_or(u64::MAX);
        ExportError::unless_within(
            "octets of randomness",
            count(octets),
            count(Self::LEAST_RANDOM),
            count(Self::MOST_RANDOM),
        )?;
        let characters = (octets * 8).div_ceil(BITS_PER_CHARACTER);
        let mut random = Zeroizing::new(vec![0; characters]);
        rng.fill_bytes(&mut random);
        // Allocated at its full length, so that growing leaves no copy behind.
        let mut text = String::with_capacity(characters + characters / GROUP);
        for (index, octet) in random.iter().enumerate() {
            if index > 0 && index % GROUP == 0 {
                text.push('-');
            }
            text.push(character(*octet));
        }
        Ok(Self::from(text))
    }
}

/// The character for the low five bits of a random octet, each as likely as the others.
fn character(octet: u8) -> char {
    match octet % 32 {
        letter @ 0..26 => char::from(b'a' + letter),
        digit => char::from(b'2' + (digit - 26)),
    }
}

const BITS_PER_CHARACTER: usize = 5;

/// How many characters stand between two hyphens.
const GROUP: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_made_by_eight_octets() {
        for wanted in "abcdefghijklmnopqrstuvwxyz234567".chars() {
            let makers = (0..=u8::MAX).filter(|octet| character(*octet) == wanted);
            assert_eq!(makers.count(), 8, "{wanted}");
        }
    }
}
