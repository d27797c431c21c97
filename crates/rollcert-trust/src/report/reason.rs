use chrono::{DateTime, Utc};
use rollcert_pki::extension::ReasonCode;
use rollcert_pki::{
    ExtendedKeyUsage, KeyUsage, KeyUsages, Name, Oid, Purpose, SerialNumber, Thumbprint,
};

use crate::limits::Step;
use crate::policy::{AlgorithmRule, StrictRule};

/// One fact that speaks against a certificate, or that its owner should know, with both operands.
///
/// Texts are for people and may change; [`Self::code`] does not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    // ---- Paths (RFC 5280 §6.1)
    /// No known certificate leads on to a trusted root.
    NoPathToAnchor {
        /// What would have to be imported, where the certificate tells.
        missing: MissingIssuer,
    },
    /// The path ends in a self-signed certificate that is not among the roots.
    RootNotTrusted {
        /// Its name.
        subject: Name,
        /// Its SHA-256 thumbprint.
        thumbprint: Thumbprint,
    },
    /// The signature does not verify under the key of the issuer.
    SignatureInvalid {
        /// Whose key was tried.
        issuer: TriedIssuer,
    },
    /// The signature algorithm is not served.
    SignatureAlgorithmUnsupported {
        /// As it is written.
        algorithm: String,
    },
    /// Signed with DSA, or a DSA key: FIPS 186-5 has withdrawn it, and it is not served.
    DsaNotServed,
    /// The policy does not allow this algorithm here.
    AlgorithmNotAllowed {
        /// As it is written.
        algorithm: String,
        /// Which rule.
        rule: AlgorithmRule,
    },
    /// The key is smaller than the policy allows.
    KeyTooSmall {
        /// The key, as in `rsa-1024`.
        key: String,
        /// The least number of bits.
        minimum: u32,
    },
    /// Signed with an algorithm that is weak, and that the policy allows (a note).
    WeakAlgorithm {
        /// As it is written.
        algorithm: String,
    },
    /// A key that is weak, and that the policy allows (a note).
    WeakKey {
        /// The key, as in `rsa-1024`.
        key: String,
        /// The least number of bits that is recommended.
        recommended: u32,
    },
    /// The public key cannot be used: malformed, larger than the policy allows, or of an unknown kind.
    KeyUnusable {
        /// The key as far as it is known.
        key: String,
    },
    /// After its last day.
    Expired {
        /// The last moment of its validity.
        not_after: DateTime<Utc>,
        /// When it was looked at.
        now: DateTime<Utc>,
    },
    /// Before its first day.
    NotYetValid {
        /// The first moment of its validity.
        not_before: DateTime<Utc>,
        /// When it was looked at.
        now: DateTime<Utc>,
    },
    /// It issued the certificate below and is no CA (§6.1.4 (k)).
    IssuerNotACa,
    /// It issued the certificate below and its key usage lacks `keyCertSign` (§6.1.4 (n)).
    IssuerLacksKeyCertSign {
        /// What its key usage names.
        found: KeyUsages,
    },
    /// More CA certificates follow than a path length constraint allows (§6.1.4 (l), (m)).
    PathLengthExceeded {
        /// How many the constraint allows below its certificate.
        allowed: u32,
        /// How many there are.
        found: u32,
    },
    /// The path is longer than the caller allows.
    TooManyIntermediates {
        /// The most intermediates that the policy allows.
        allowed: usize,
        /// How many there are.
        found: usize,
    },
    /// A critical extension that nothing here handles (§4.2).
    UnhandledCriticalExtension {
        /// Its identifier.
        oid: Oid,
    },
    /// An extension whose value cannot be read.
    MalformedExtension {
        /// Its identifier.
        oid: Oid,
    },
    // ---- Names
    /// A name outside of every permitted subtree of its kind (§6.1.3 (b)).
    NameNotPermitted {
        /// The name, with its kind.
        name: String,
        /// The permitted subtrees of that kind.
        permitted: Vec<String>,
    },
    /// A name inside an excluded subtree (§6.1.3 (c)).
    NameExcluded {
        /// The name, with its kind.
        name: String,
        /// The excluded subtree.
        excluded: String,
    },
    /// A name constraint that cannot be judged: of a kind that is not served, malformed, or with a distance.
    NameConstraintUnsupported {
        /// The constraint.
        constraint: String,
    },
    /// A name that a constraint holds for, and that cannot be read as one of its kind, or has no host to judge.
    NameMalformed {
        /// The name, with its kind.
        name: String,
    },
    /// It does not carry the name that was asked for.
    NameMismatch {
        /// What was asked for.
        asked: String,
        /// What it carries of that kind.
        found: Vec<String>,
    },
    // ---- Certificate policies
    /// No policy that is acceptable holds for the whole path (§6.1.5 (g)).
    PolicyRequired {
        /// The acceptable policies; empty where any would do.
        acceptable: Vec<Oid>,
        /// The CA, or the certificate itself, whose policy constraints require one; none where the caller does.
        required_by: Option<Name>,
        /// At which certificate of the path the last policy was lost, the leaf being 0; none where some hold, and none of
        /// them is acceptable.
        lost_at: Option<usize>,
    },
    /// A policy extension that breaks its own rules, such as a mapping from or to `anyPolicy` (§6.1.4 (a)).
    PolicyExtensionInvalid {
        /// Which extension.
        oid: Oid,
    },
    // ---- Purpose
    /// Its key usage does not allow the purpose.
    KeyUsage {
        /// The purpose.
        purpose: Purpose,
        /// What the rule wants, any one of these; empty where the policy has no rule for the purpose.
        needed: Vec<KeyUsage>,
        /// What it has.
        found: KeyUsages,
    },
    /// Its extended key usage does not allow the purpose; or that of a CA above, where chaining is asked for.
    ExtendedKeyUsage {
        /// The purpose.
        purpose: Purpose,
        /// What the rule wants, any one of these.
        needed: Vec<ExtendedKeyUsage>,
        /// What it has; none where the rule wants the extension itself.
        found: Option<Vec<ExtendedKeyUsage>>,
    },
    // ---- Revocation (§6.3)
    /// Revoked.
    Revoked {
        /// Since when.
        date: DateTime<Utc>,
        /// Why, if the CA says.
        reason: Option<ReasonCode>,
        /// Who says so.
        source: RevocationSource,
        /// When it was looked at.
        now: DateTime<Utc>,
    },
    /// No CRL that covers it is known, and no OCSP response.
    NoApplicableCrl {
        /// Whose CRL is missing.
        issuer: Name,
        /// Where the certificate says it is to be had.
        locations: Vec<String>,
    },
    /// The only CRLs that cover it are past their next update.
    CrlExpired {
        /// Which.
        source: RevocationSource,
        /// When the next one was due.
        next_update: Option<DateTime<Utc>>,
        /// When it was looked at.
        now: DateTime<Utc>,
    },
    /// The CRL is dated in the future.
    CrlNotYetValid {
        /// Which.
        source: RevocationSource,
        /// Its date.
        this_update: DateTime<Utc>,
        /// When it was looked at.
        now: DateTime<Utc>,
    },
    /// CRLs of the issuer are known, and none covers this certificate for every reason (§6.3.3 (b), (d)).
    CrlOutOfScope {
        /// The one that came closest.
        source: Option<RevocationSource>,
        /// What it is for instead, or what is left uncovered, in words.
        uncovered: String,
    },
    /// The signature of the CRL does not verify.
    CrlSignatureInvalid {
        /// Which.
        source: RevocationSource,
    },
    /// Something critical in the CRL that nothing here handles (§5.2, §5.3).
    CrlUnhandledCriticalExtension {
        /// Which.
        source: RevocationSource,
        /// The extension, if it is one of the CRL's own.
        oid: Option<Oid>,
    },
    /// Who signed the CRL may not sign CRLs (§6.3.3 (f)).
    CrlIssuerLacksCrlSign {
        /// Which.
        source: RevocationSource,
    },
    /// Who signed the CRL has no valid path to the same root (§6.3.3 (f)).
    CrlIssuerPathInvalid {
        /// Which.
        source: RevocationSource,
        /// The code of what is wrong with that path.
        cause: &'static str,
    },
    /// The CRL cannot be read.
    CrlMalformed {
        /// Which.
        source: RevocationSource,
    },
    /// Only changes are known, not the complete CRL they belong to (§5.2.4).
    DeltaWithoutBase {
        /// The delta CRL.
        source: RevocationSource,
    },
    /// An OCSP response that cannot be used (RFC 6960 §3.2).
    OcspUnusable {
        /// Why, as a stable word such as `signature-invalid`, `stale`, `other-certificate`, `responder-not-authorised`.
        cause: &'static str,
    },
    // ---- Trust lists
    /// The trust list names this certificate as not to be trusted.
    CtlBlacklisted {
        /// That of the entry: SHA-512 of the certificate, or SHA-256 of its key.
        thumbprint: Thumbprint,
        /// What was noted with the entry.
        note: Option<String>,
    },
    /// The trust list names a CA above it as not to be trusted.
    CtlIssuerBlacklisted {
        /// The CA.
        issuer: Name,
        /// That of the entry: SHA-512 of the CA's certificate, or SHA-256 of its key.
        thumbprint: Thumbprint,
        /// What was noted with the entry.
        note: Option<String>,
    },
    /// Trusted by its own entry in the trust list (a note).
    CtlWhitelisted {
        /// Its SHA-512 thumbprint.
        thumbprint: Thumbprint,
    },
    /// Trusted by its own entry although it has expired (a note, to be reported daily).
    CtlWhitelistedExpired {
        /// The last moment of its validity.
        not_after: DateTime<Utc>,
        /// When it was looked at.
        now: DateTime<Utc>,
    },
    /// Its entry in the trust list has ended.
    CtlEntryEnded {
        /// When.
        ended: DateTime<Utc>,
        /// When it was looked at.
        now: DateTime<Utc>,
    },
    /// Trusted by its own entry although a CA above it is listed as not to be trusted.
    CtlConflict {
        /// The CA.
        issuer: Name,
    },
    /// Trusted by its own entry although it is revoked.
    CtlRevokedButWhitelisted {
        /// Since when.
        date: DateTime<Utc>,
        /// When it was looked at.
        now: DateTime<Utc>,
    },
    /// Another path avoids a CA that is listed as not to be trusted (a note).
    CtlAlternativePathUsed {
        /// The CA that is avoided.
        issuer: Name,
    },
    // ---- The rest
    /// A rule of a strict profile is broken.
    NotConforming {
        /// Which rule.
        rule: StrictRule,
    },
    /// The search gave up at a limit: there may be a path that was not looked at.
    BudgetExhausted {
        /// What was counted.
        step: Step,
        /// The limit.
        limit: u64,
    },
}

impl Reason {
    /// A stable word for the kind of fact, in lower case with hyphens.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoPathToAnchor { .. } => "no-path-to-anchor",
            Self::RootNotTrusted { .. } => "root-not-trusted",
            Self::SignatureInvalid { .. } => "signature-invalid",
            Self::SignatureAlgorithmUnsupported { .. } => "signature-algorithm-unsupported",
            Self::DsaNotServed => "dsa-not-served",
            Self::AlgorithmNotAllowed { .. } => "algorithm-not-allowed",
            Self::KeyTooSmall { .. } => "key-too-small",
            Self::WeakAlgorithm { .. } => "weak-algorithm",
            Self::WeakKey { .. } => "weak-key",
            Self::KeyUnusable { .. } => "key-unusable",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::IssuerNotACa => "issuer-not-a-ca",
            Self::IssuerLacksKeyCertSign { .. } => "issuer-lacks-keycertsign",
            Self::PathLengthExceeded { .. } => "path-length-exceeded",
            Self::TooManyIntermediates { .. } => "too-many-intermediates",
            Self::UnhandledCriticalExtension { .. } => "unhandled-critical-extension",
            Self::MalformedExtension { .. } => "malformed-extension",
            Self::NameNotPermitted { .. } => "name-not-permitted",
            Self::NameExcluded { .. } => "name-excluded",
            Self::NameConstraintUnsupported { .. } => "name-constraint-unsupported",
            Self::NameMalformed { .. } => "name-malformed",
            Self::NameMismatch { .. } => "name-mismatch",
            Self::PolicyRequired { .. } => "policy-required",
            Self::PolicyExtensionInvalid { .. } => "policy-extension-invalid",
            Self::KeyUsage { .. } => "key-usage",
            Self::ExtendedKeyUsage { .. } => "extended-key-usage",
            Self::Revoked { .. } => "revoked",
            Self::NoApplicableCrl { .. } => "no-applicable-crl",
            Self::CrlExpired { .. } => "crl-expired",
            Self::CrlNotYetValid { .. } => "crl-not-yet-valid",
            Self::CrlOutOfScope { .. } => "crl-out-of-scope",
            Self::CrlSignatureInvalid { .. } => "crl-signature-invalid",
            Self::CrlUnhandledCriticalExtension { .. } => "crl-unhandled-critical-extension",
            Self::CrlIssuerLacksCrlSign { .. } => "crl-issuer-lacks-crlsign",
            Self::CrlIssuerPathInvalid { .. } => "crl-issuer-path-invalid",
            Self::CrlMalformed { .. } => "crl-malformed",
            Self::DeltaWithoutBase { .. } => "delta-without-base",
            Self::OcspUnusable { .. } => "ocsp-unusable",
            Self::CtlBlacklisted { .. } => "ctl-blacklisted",
            Self::CtlIssuerBlacklisted { .. } => "ctl-issuer-blacklisted",
            Self::CtlWhitelisted { .. } => "ctl-whitelisted",
            Self::CtlWhitelistedExpired { .. } => "ctl-whitelisted-expired",
            Self::CtlEntryEnded { .. } => "ctl-entry-ended",
            Self::CtlConflict { .. } => "ctl-conflict",
            Self::CtlRevokedButWhitelisted { .. } => "ctl-revoked-but-whitelisted",
            Self::CtlAlternativePathUsed { .. } => "ctl-alternative-path-used",
            Self::NotConforming { .. } => "not-conforming",
            Self::BudgetExhausted { .. } => "budget-exhausted",
        }
    }
}

/// The certificate under whose key a signature was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TriedIssuer {
    /// Its subject.
    pub subject: Name,
    /// Its SHA-256 thumbprint.
    pub thumbprint: Thumbprint,
    /// Whether the authority key identifier of the certificate below is its subject key identifier (RFC 5280 §4.2.1.1).
    /// Where it is not, another certificate of the name may be the issuer.
    pub is_identified: bool,
}

/// The issuer that a path lacks, by what the certificate below says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingIssuer {
    /// Its subject.
    pub name: Name,
    /// Its subject key identifier, if the certificate below names it.
    pub key_identifier: Option<Vec<u8>>,
    /// Its serial number, if the certificate below names it.
    pub serial: Option<SerialNumber>,
}

/// Which CRL or OCSP response spoke.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationSource {
    /// A CRL.
    Crl {
        /// Who issued it.
        issuer: Name,
        /// Its number, if it has one.
        number: Option<SerialNumber>,
        /// Its date.
        this_update: DateTime<Utc>,
        /// SHA-256 over its DER.
        thumbprint: Thumbprint,
    },
    /// An OCSP response.
    Ocsp {
        /// Who answered: the subject of the responder's certificate.
        responder: Name,
        /// When it was produced.
        produced_at: DateTime<Utc>,
    },
}
