//! AWS-LC's names for the RSA signature schemes that it has.

use aws_lc_rs::signature::{self, RsaParameters, RsaPssSaltLength, RsaSignatureEncoding};

use crate::{DigestAlgorithm, Error, SignatureAlgorithm};

/// How a signature by an RSA key is verified.
pub(super) enum RsaVerification {
    Pkcs1(&'static RsaParameters),
    Pss(RsaParameters),
}

impl RsaVerification {
    pub(super) const fn parameters(&self) -> &RsaParameters {
        match self {
            Self::Pkcs1(parameters) => parameters,
            Self::Pss(parameters) => parameters,
        }
    }
}

/// How a signature by an RSA key of `bits` bits is verified.
pub(super) fn rsa_verification(
    algorithm: SignatureAlgorithm,
    bits: u32,
) -> Result<RsaVerification, Error> {
    let verification = match algorithm {
        SignatureAlgorithm::RsaPkcs1(digest) => RsaVerification::Pkcs1(match digest {
            DigestAlgorithm::Sha1 => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            DigestAlgorithm::Sha256 => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            DigestAlgorithm::Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            DigestAlgorithm::Sha512 => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            _ => return Err(OTHER_DIGEST),
        }),
        SignatureAlgorithm::RsaPss { digest, salt_len } => {
            let parameters = match digest {
                DigestAlgorithm::Sha256 => signature::RSA_PSS_2048_8192_SHA256,
                DigestAlgorithm::Sha384 => signature::RSA_PSS_2048_8192_SHA384,
                DigestAlgorithm::Sha512 => signature::RSA_PSS_2048_8192_SHA512,
                _ => return Err(OTHER_DIGEST),
            };
            let salt_len = RsaPssSaltLength::Custom(salt_len);
            RsaVerification::Pss(parameters.with_pss_salt_length(salt_len))
        }
        _ => return Err(super::WRONG_KEY),
    };
    let parameters = verification.parameters();
    if (parameters.min_modulus_len()..=parameters.max_modulus_len()).contains(&bits) {
        Ok(verification)
    } else {
        Err(Error::Unsupported {
            what: "this signature algorithm with an RSA key of this size",
        })
    }
}

/// How an RSA key signs.
pub(super) fn rsa_signing(
    algorithm: SignatureAlgorithm,
) -> Result<&'static RsaSignatureEncoding, Error> {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1(digest) => match digest {
            DigestAlgorithm::Sha256 => Ok(&signature::RSA_PKCS1_SHA256),
            DigestAlgorithm::Sha384 => Ok(&signature::RSA_PKCS1_SHA384),
            DigestAlgorithm::Sha512 => Ok(&signature::RSA_PKCS1_SHA512),
            _ => Err(OTHER_DIGEST),
        },
        SignatureAlgorithm::RsaPss { digest, .. }
            if algorithm != SignatureAlgorithm::rsa_pss(digest) =>
        {
            Err(Error::Unsupported {
                what: "signing with a salt of this length",
            })
        }
        SignatureAlgorithm::RsaPss { digest, .. } => match digest {
            DigestAlgorithm::Sha256 => Ok(&signature::RSA_PSS_SHA256),
            DigestAlgorithm::Sha384 => Ok(&signature::RSA_PSS_SHA384),
            DigestAlgorithm::Sha512 => Ok(&signature::RSA_PSS_SHA512),
            _ => Err(OTHER_DIGEST),
        },
        _ => Err(super::WRONG_KEY),
    }
}

const OTHER_DIGEST: Error = Error::Unsupported {
    what: "RSA signatures with this digest",
};
