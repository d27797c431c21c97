//! The key derivation of PKCS#12 (RFC 7292 appendix B).

use rollcert_crypto::{DigestAlgorithm, Provider};
use zeroize::Zeroizing;

/// What the derived octets are for (RFC 7292 §B.3).
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// The key of a cipher.
    Key,
    /// Its initialisation vector.
    InitialisationVector,
    /// The key of the MAC.
    MacKey,
}

impl Purpose {
    const fn diversifier(self) -> u8 {
        match self {
            Self::Key => 1,
            Self::InitialisationVector => 2,
            Self::MacKey => 3,
        }
    }
}

/// A password as RFC 7292 §B.1 wants it: big-endian UTF-16 and a terminator of two zero octets.
pub(crate) fn terminated_utf16(password: &str) -> Zeroizing<Vec<u8>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(2 * password.len() + 2));
    for unit in password.encode_utf16().chain([0]) {
        octets.extend(unit.to_be_bytes());
    }
    octets
}

/// RFC 7292 §B.2: fills `out` from a password in the form of [`terminated_utf16`]. Each digest of output
/// costs `iterations`, which the caller bounds.
pub(crate) fn derive(
    purpose: Purpose,
    digest: DigestAlgorithm,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    provider: &Provider,
    out: &mut [u8],
) {
    let block = digest.block_len();
    // Steps 1 to 4: the diversifier, then salt and password, each repeated to whole blocks.
    let diversifier = Zeroizing::new(vec![purpose.diversifier(); block]);
    let whole = |length: usize| length.div_ceil(block).saturating_mul(block);
    let mut input = Zeroizing::new(Vec::with_capacity(
        whole(salt.len()).saturating_add(whole(password.len())),
    ));
    input.extend(salt.iter().cycle().take(whole(salt.len())));
    input.extend(password.iter().cycle().take(whole(password.len())));
    for part in out.chunks_mut(digest.output_len()) {
        // Step 6A.
        let first = Zeroizing::new([diversifier.as_slice(), input.as_slice()].concat());
        let mut derived = Zeroizing::new(provider.digest(digest, &first));
        for _ in 1..iterations {
            derived = Zeroizing::new(provider.digest(digest, &derived));
        }
        for (to, from) in part.iter_mut().zip(derived.iter()) {
            *to = *from;
        }
        // Steps 6B and 6C: each block of the input plus the derived octets, repeated to a block, plus one.
        let repeated: Zeroizing<Vec<u8>> =
            Zeroizing::new(derived.iter().copied().cycle().take(block).collect());
        for block in input.chunks_mut(block) {
            let mut carry = 1_u16;
            for (octet, added) in block.iter_mut().zip(repeated.iter()).rev() {
                let [high, low] = (u16::from(*octet) + u16::from(*added) + carry).to_be_bytes();
                *octet = low;
                carry = u16::from(high);
            }
        }
    }
}
