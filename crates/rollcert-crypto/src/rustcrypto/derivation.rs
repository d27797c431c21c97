use hmac::{Hmac, KeyInit, Mac};
use scrypt::Params;

use super::RustCrypto;
use super::digests::with_digest;
use crate::{Derivation, DigestAlgorithm, Error, ScryptParameters};

impl Derivation for RustCrypto {
    fn hmac(&self, algorithm: DigestAlgorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
        with_digest!(algorithm, D => {
            // HMAC takes keys of any length (RFC 2104 §2), so this never falls to the default.
            Hmac::<D>::new_from_slice(key)
                .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
                .unwrap_or_default()
        })
    }

    fn pbkdf2(
        &self,
        algorithm: DigestAlgorithm,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
        out: &mut [u8],
    ) {
        let rounds = iterations.max(1);
        with_digest!(algorithm, D => pbkdf2::pbkdf2_hmac::<D>(password, salt, rounds, out));
    }

    fn scrypt(
        &self,
        password: &[u8],
        salt: &[u8],
        parameters: ScryptParameters,
        out: &mut [u8],
    ) -> Result<(), Error> {
        let parameters = scrypt_parameters(parameters).ok_or(WRONG_PARAMETERS)?;
        scrypt::scrypt(password, salt, &parameters, out).map_err(|_| WRONG_PARAMETERS)
    }
}

/// RFC 7914 §2, and [`SCRYPT_MEMORY`] besides: a caller who forgot to bound the cost gets an error
/// where an allocation that fails would end the process.
fn scrypt_parameters(parameters: ScryptParameters) -> Option<Params> {
    let ScryptParameters {
        cost,
        block_size,
        parallelization,
    } = parameters;
    if cost < 2 || !cost.is_power_of_two() {
        return None;
    }
    // `p` blocks are held at once, and beside them the table of `N`, each of 128 octets times `r`.
    let blocks = cost.checked_add(u64::from(parallelization))?;
    let memory = blocks
        .checked_mul(u64::from(block_size))?
        .checked_mul(128)?;
    if memory > SCRYPT_MEMORY {
        return None;
    }
    // `N` is less than two to the power of 16 times `r`.
    if cost.trailing_zeros() >= block_size.saturating_mul(16) {
        return None;
    }
    let log_cost = u8::try_from(cost.trailing_zeros()).ok()?;
    Params::new(log_cost, block_size, parallelization).ok()
}

/// The most memory, in octets, that one derivation may take.
const SCRYPT_MEMORY: u64 = 1 << 30;

const WRONG_PARAMETERS: Error = Error::Unsupported {
    what: "these parameters of scrypt",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn scrypt(
        password: &str,
        salt: &str,
        (cost, block_size, parallelization): (u64, u32, u32),
    ) -> Result<String, &'static str> {
        let parameters = ScryptParameters {
            cost,
            block_size,
            parallelization,
        };
        let mut out = [0; 64];
        RustCrypto
            .scrypt(password.as_bytes(), salt.as_bytes(), parameters, &mut out)
            .map(|()| hex::encode(out))
            .map_err(|error| error.code())
    }

    /// RFC 7914 §12.
    #[test]
    fn scrypt_is_as_published() {
        assert_eq!(
            scrypt("", "", (16, 1, 1)).unwrap(),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442\
             fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
        );
        assert_eq!(
            scrypt("password", "NaCl", (1024, 8, 16)).unwrap(),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162\
             2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        );
        assert_eq!(
            scrypt("pleaseletmein", "SodiumChloride", (16384, 8, 1)).unwrap(),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2\
             d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        );
    }

    #[test]
    fn scrypt_refuses_what_it_cannot_do_before_it_starts() {
        for parameters in [
            (0, 8, 1),
            (1, 8, 1),
            (1000, 8, 1),
            (16, 0, 1),
            (1 << 16, 1, 1),
            (16, 8, 0),
            (1 << 20, 16, 1),
            (1 << 63, 8, 1),
            (u64::MAX, 8, 1),
            (2, u32::MAX, 1),
            (2, 8, u32::MAX),
            (2, u32::MAX, u32::MAX),
            (1 << 63, u32::MAX, u32::MAX),
        ] {
            assert_eq!(
                scrypt("password", "salt", parameters),
                Err("unsupported-algorithm"),
                "{parameters:?}"
            );
        }
    }
}
