//! The ways in which one public key may be written.

use der::asn1::ObjectIdentifier;
use num_bigint::BigUint;

use crate::algorithm_name::{EC_PUBLIC_KEY, KeyAlgorithmName, RSA_ENCRYPTION};
use crate::asn1::{encode, encode_oid, tag};
use crate::public_key::PublicKey;

impl PublicKey {
    /// The `SubjectPublicKeyInfo` of this key in every way that readers take for the same: of an EC key the point
    /// compressed and not (RFC 5480 §2.2), of an RSA key with `NULL` and without (RFC 4055 §1.2), bound to no scheme.
    /// None for other keys, which are written in one way, and for what is no point of its curve.
    pub(crate) fn spellings(&self) -> Vec<Vec<u8>> {
        let curve = match self.algorithm() {
            KeyAlgorithmName::Rsa { .. } | KeyAlgorithmName::RsaPss { .. } => {
                let bare = encode(tag::SEQUENCE, &[&encode_oid(RSA_ENCRYPTION)]);
                return vec![self.to_plain_rsa_info(), self.to_info(&bare)];
            }
            KeyAlgorithmName::P256 => &P256,
            KeyAlgorithmName::P384 => &P384,
            KeyAlgorithmName::P521 => &P521,
            _ => return Vec::new(),
        };
        let identifier = encode(
            tag::SEQUENCE,
            &[&encode_oid(EC_PUBLIC_KEY), &encode_oid(curve.oid)],
        );
        let points = curve.spellings_of(self.bits()).into_iter().flatten();
        points
            .map(|bits| Self::new(self.algorithm().clone(), bits).to_info(&identifier))
            .collect()
    }
}

/// A curve of FIPS 186, y² = x³ - 3x + b over the integers modulo p, p being 3 modulo 4 (NIST SP 800-186 §3.2.1).
struct Curve {
    oid: ObjectIdentifier,
    p: &'static str,
    b: &'static str,
    /// Octets of a coordinate.
    len: usize,
}

impl Curve {
    /// The point uncompressed and compressed (SEC 1 §2.3.3), however it is given.
    fn spellings_of(&self, point: &[u8]) -> Option<[Vec<u8>; 2]> {
        let (sign, x, y) = match point {
            [4, coordinates @ ..] if coordinates.len() == 2 * self.len => {
                let (x, y) = coordinates.split_at_checked(self.len)?;
                (2 + y.last()? % 2, x, y.to_vec())
            }
            [sign @ (2 | 3), x @ ..] if x.len() == self.len => (*sign, x, self.root(x, *sign)?),
            _ => return None,
        };
        Some([[&[4], x, &y].concat(), [&[sign], x].concat()])
    }

    /// The y-coordinate for this x and sign (SEC 1 §2.3.4); none where there is no such point.
    fn root(&self, x: &[u8], sign: u8) -> Option<Vec<u8>> {
        let number = |digits: &str| BigUint::parse_bytes(digits.as_bytes(), 16);
        let (p, b) = (number(self.p)?, number(self.b)?);
        let x = BigUint::from_bytes_be(x);
        if x >= p {
            return None;
        }
        // -3x is (p - 3)x.
        let square = (&x * &x * &x + (&p - 3_u8) * &x + b) % &p;
        let root = square.modpow(&((&p + 1_u8) >> 2), &p);
        if (&root * &root) % &p != square {
            return None;
        }
        let is_odd = root.bit(0);
        let root = if is_odd == (sign == 3) {
            root
        } else {
            p - root
        };
        let octets = root.to_bytes_be();
        let missing = self.len.checked_sub(octets.len())?;
        Some([vec![0; missing], octets].concat())
    }
}

const P256: Curve = Curve {
    oid: ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
    p: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    len: 32,
};

const P384: Curve = Curve {
    oid: ObjectIdentifier::new_unwrap("1.3.132.0.34"),
    p: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
    len: 48,
};

const P521: Curve = Curve {
    oid: ObjectIdentifier::new_unwrap("1.3.132.0.35"),
    p: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    b: "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    len: 66,
};

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use rollcert_crypto::KeyAlgorithm;
    use rollcert_crypto::rustcrypto::PROVIDER;

    use super::*;

    fn info_of(algorithm: KeyAlgorithm, seed: u64) -> Vec<u8> {
        let mut rng = StdRng::seed_from_u64(seed);
        let pkcs8 = PROVIDER.generate_key(algorithm, &mut rng).unwrap();
        let key = PROVIDER.load_key(&pkcs8).unwrap();
        key.public_key_info().to_vec()
    }

    #[test]
    fn a_point_that_is_compressed_has_the_spellings_of_one_that_is_not() {
        let curves = [
            (KeyAlgorithm::P256, 32),
            (KeyAlgorithm::P384, 48),
            (KeyAlgorithm::P521, 66),
        ];
        for (algorithm, len) in curves {
            // Of both signs.
            let mut signs = [false; 2];
            for seed in 0..12 {
                let info = info_of(algorithm, seed);
                let key = PublicKey::of_info(&info).unwrap();
                let spellings = key.spellings();
                assert_eq!(spellings[0], info);
                let other = PublicKey::of_info(&spellings[1]).unwrap();
                assert_eq!(other.bits().len(), 1 + len);
                assert_eq!(other.spellings(), spellings);
                assert!(other == key);
                signs[usize::from(other.bits()[0] % 2)] = true;
            }
            assert_eq!(signs, [true; 2]);
        }
    }

    #[test]
    fn what_is_no_point_of_the_curve_has_no_spellings() {
        let of = |bits: Vec<u8>| PublicKey::new(KeyAlgorithmName::P256, bits).spellings();
        let too_large = [vec![2], vec![0xff; 32]].concat();
        let of_no_point = (0..20_u8).filter(|last| {
            let mut x = vec![2];
            x.extend([0; 31]);
            x.push(*last);
            of(x).is_empty()
        });
        // About half of all numbers are no x-coordinate.
        assert!((3..18).contains(&of_no_point.count()));
        for bits in [vec![], vec![2], vec![4], vec![0], vec![3; 34], too_large] {
            assert_eq!(of(bits), Vec::<Vec<u8>>::new());
        }
    }
}
