use super::{AwsLc, PROVIDER};
use crate::{
    AuthenticatedCiphers, ContentCiphers, Derivation, Fallback, KeyEncryption, KeyGeneration,
    KeyLoading, KeyWrap, LegacyCiphers, Provider, Verification, rustcrypto,
};

/// AWS-LC where it serves, `rustcrypto` for the rest: old key files and ciphers, RSA keys under 2048
/// bits, scrypt, and the digests and salts that AWS-LC lacks.
///
/// For whoever opens the files of partners.
pub const WITH_RUSTCRYPTO: Provider = Provider {
    name: "aws-lc with rustcrypto",
    digests: PROVIDER.digests,
    verification: &VERIFICATION,
    key_loading: &KEY_LOADING,
    key_generation: &KEY_GENERATION,
    key_encryption: &KEY_ENCRYPTION,
    key_wrap: &KEY_WRAP,
    content: &CONTENT,
    authenticated: &AUTHENTICATED,
    derivation: &DERIVATION,
    legacy: &LEGACY,
};

static VERIFICATION: Fallback<dyn Verification> =
    Fallback::new(&AwsLc, rustcrypto::PROVIDER.verification);
static KEY_LOADING: Fallback<dyn KeyLoading> =
    Fallback::new(&AwsLc, rustcrypto::PROVIDER.key_loading);
static KEY_GENERATION: Fallback<dyn KeyGeneration> =
    Fallback::new(&AwsLc, rustcrypto::PROVIDER.key_generation);
static KEY_ENCRYPTION: Fallback<dyn KeyEncryption> =
    Fallback::new(&AwsLc, rustcrypto::PROVIDER.key_encryption);
static KEY_WRAP: Fallback<dyn KeyWrap> = Fallback::new(&AwsLc, rustcrypto::PROVIDER.key_wrap);
static CONTENT: Fallback<dyn ContentCiphers> = Fallback::new(&AwsLc, rustcrypto::PROVIDER.content);
static AUTHENTICATED: Fallback<dyn AuthenticatedCiphers> =
    Fallback::new(&AwsLc, rustcrypto::PROVIDER.authenticated);
static DERIVATION: Fallback<dyn Derivation> =
    Fallback::new(&AwsLc, rustcrypto::PROVIDER.derivation);
static LEGACY: Fallback<dyn LegacyCiphers> = Fallback::new(&AwsLc, rustcrypto::PROVIDER.legacy);
