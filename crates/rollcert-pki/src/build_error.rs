use chrono::{DateTime, Utc};
use rollcert_crypto::{Error, SignatureAlgorithm};

use crate::algorithm_name::KeyAlgorithmName;
use crate::asn1::DecodeError;
use crate::certificate::CertificateError;
use crate::oid::Oid;
use crate::request::RequestError;
use crate::usage::KeyUsage;

/// Why a certificate or a request was not built or not signed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The public key cannot be read.
    #[error("public key: {0}")]
    PublicKey(DecodeError),
    /// An RSA key so short that nobody should trust it, not even with a warning.
    #[error("an RSA key of {bits} bits is too short")]
    KeyTooShort {
        /// Length of the modulus in bits.
        bits: usize,
    },
    /// Keys of this kind sign nothing, or nothing that is known here.
    #[error("no signature algorithm for a key of kind {key}")]
    KeyDoesNotSign {
        /// What kind of key is to sign.
        key: KeyAlgorithmName,
    },
    /// Keys of this kind cannot do what the profile wants of them.
    #[error("a key of kind {key} does not serve for {usage}")]
    KeyCannotServe {
        /// What kind of key is to be certified.
        key: KeyAlgorithmName,
        /// The usage that the profile names.
        usage: KeyUsage,
    },
    /// The signature algorithm is one for keys of another kind.
    #[error("a key of kind {key} does not sign by {algorithm}")]
    AlgorithmMismatch {
        /// What kind of key is to sign.
        key: KeyAlgorithmName,
        /// The algorithm that was asked for.
        algorithm: SignatureAlgorithm,
    },
    /// The signature would stand on SHA-1, whose collisions are within reach.
    #[error("nothing is signed by {algorithm}")]
    WeakDigest {
        /// The algorithm that was asked for.
        algorithm: SignatureAlgorithm,
    },
    /// The validity ends before it begins.
    #[error("validity ends on {not_after}, before it begins on {not_before}")]
    ValidityReversed {
        /// The beginning.
        not_before: DateTime<Utc>,
        /// The end.
        not_after: DateTime<Utc>,
    },
    /// A time outside the years 1950 to 9999, which certificates cannot say (RFC 5280 §4.1.2.5).
    #[error("certificates cannot say the time {time}")]
    TimeOutOfRange {
        /// The time.
        time: DateTime<Utc>,
    },
    /// More days than there are until the year 9999.
    #[error("a validity of {days} days goes beyond the year 9999")]
    ValidityTooLong {
        /// How many days were asked for.
        days: u32,
    },
    /// A serial number that is not positive or longer than 20 octets (RFC 5280 §4.1.2.2).
    #[error("the serial number is not positive or longer than 20 octets")]
    Serial,
    /// The subject is empty, and no critical alternative name says whose certificate it is (RFC 5280
    /// §4.1.2.6).
    #[error("an empty subject wants a critical subject alternative name")]
    NoSubject,
    /// The alternative names are given, but there is none among them (RFC 5280 §4.2.1.6).
    #[error("the list of alternative names is empty")]
    NoAlternativeName,
    /// An authority without a name of its own (RFC 5280 §4.1.2.4).
    #[error("the subject of an authority is empty")]
    AuthorityWithoutName,
    /// Basic constraints that cannot be read, or that limit the path below what is no authority (RFC 5280
    /// §4.2.1.9).
    #[error("the basic constraints are malformed or contradict themselves")]
    BasicConstraints,
    /// A key usage that cannot be read or names none, or the right to sign certificates for what is no
    /// authority, or an authority without usages (RFC 5280 §4.2.1.3).
    #[error("the key usage is malformed, empty, or at odds with the basic constraints")]
    KeyUsage,
    /// The same extension is given twice (RFC 5280 §4.2).
    #[error("extension {oid} is given more than once")]
    DuplicateExtension {
        /// Which extension.
        oid: Oid,
    },
    /// A requested extension that was to be taken over is malformed.
    #[error("requested extension: {0}")]
    RequestedExtension(DecodeError),
    /// A text is empty or longer than its attribute allows (RFC 2985 Appendix B).
    #[error("a text of {length} characters, where 1 to {longest} are allowed")]
    TextLength {
        /// How many characters were given.
        length: usize,
        /// The most that are allowed.
        longest: usize,
    },
    /// The issuer is no authority, or may not sign certificates (RFC 5280 §4.2.1.3, §4.2.1.9).
    #[error("the issuer may not sign certificates")]
    IssuerIsNoAuthority,
    /// The issuer may not have authorities below it (RFC 5280 §4.2.1.9).
    #[error("the issuer may not have authorities below it")]
    IssuerPathLength,
    /// The key that is to sign is not that of the issuer, or of the request.
    #[error("this is not the key that is to sign")]
    OtherKey,
    /// The request is not signed by the key that it wants certified.
    #[error("the request does not prove possession of its key: {0}")]
    Possession(#[source] Error),
    /// Signing failed, or the signature does not verify under the key that was to make it.
    #[error("signature: {0}")]
    Signature(#[source] Error),
    /// What was assembled cannot be read back as a certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// What was assembled cannot be read back as a request.
    #[error(transparent)]
    Request(#[from] RequestError),
}

impl BuildError {
    /// A stable name for this kind of fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::PublicKey(_) => "malformed-public-key",
            Self::KeyTooShort { .. } => "key-too-short",
            Self::KeyDoesNotSign { .. } => "key-does-not-sign",
            Self::KeyCannotServe { .. } => "key-cannot-serve",
            Self::AlgorithmMismatch { .. } => "algorithm-mismatch",
            Self::WeakDigest { .. } => "weak-digest",
            Self::ValidityReversed { .. } => "validity-reversed",
            Self::TimeOutOfRange { .. } => "time-out-of-range",
            Self::ValidityTooLong { .. } => "validity-too-long",
            Self::Serial => "bad-serial",
            Self::NoSubject => "no-subject",
            Self::NoAlternativeName => "no-alternative-name",
            Self::AuthorityWithoutName => "authority-without-name",
            Self::BasicConstraints => "bad-basic-constraints",
            Self::KeyUsage => "bad-key-usage",
            Self::DuplicateExtension { .. } => "duplicate-extension",
            Self::RequestedExtension(_) => "malformed-requested-extension",
            Self::TextLength { .. } => "text-length",
            Self::IssuerIsNoAuthority => "issuer-is-no-authority",
            Self::IssuerPathLength => "issuer-path-length",
            Self::OtherKey => "other-key",
            Self::Possession(_) => "possession-not-proven",
            Self::Signature(error) => error.code(),
            Self::Certificate(error) => error.code(),
            Self::Request(error) => error.code(),
        }
    }
}

/// What is allowed in a new certificate or request, and better avoided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildWarning {
    /// An RSA key of less than 2048 bits.
    #[error("an RSA key of {bits} bits should no longer be used")]
    WeakKey {
        /// Length of the modulus in bits.
        bits: usize,
    },
    /// The certificate outlives that of its issuer, and will not be trusted until its own end.
    #[error("valid until {not_after}, but the issuer only until {issuer_not_after}")]
    OutlivesIssuer {
        /// The end of the new certificate.
        not_after: DateTime<Utc>,
        /// The end of the issuer's.
        issuer_not_after: DateTime<Utc>,
    },
    /// An authority with the common name of the one above it, which people and some products confuse.
    #[error("the authority has the common name of its issuer")]
    SameCommonName,
}

impl BuildWarning {
    /// A stable name for this kind of warning.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WeakKey { .. } => "weak-key",
            Self::OutlivesIssuer { .. } => "outlives-issuer",
            Self::SameCommonName => "same-common-name",
        }
    }
}
