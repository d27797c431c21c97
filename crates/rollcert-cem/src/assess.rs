//! Holding a message against a policy.

use rollcert_crypto::DigestAlgorithm;
use rollcert_pki::certs_only::Form;
use rollcert_pki::{Certificate, KeyAlgorithmName};

use crate::bundle::path;
use crate::context::{Context, Embedding, MessageSignature, Signer, SignerStanding};
use crate::message::{Chain, Declaration, Head, Request, Response, TrustRequest};
use crate::objection::{Consequence, Objection};
use crate::policy::{BundleForms, LeafOnlyBundles, Policy, ResponseUrls};
use crate::url::Origin;

impl Request {
    /// Says what there is against acting on the request.
    ///
    /// A request without objections comes from whom it says, by a certificate that is accepted, and announces
    /// certificates that can be used as asked. Accepting them is a decision all the same. What the host knows of
    /// earlier requests is [`RequestOutcome`](crate::RequestOutcome)'s.
    ///
    /// # Specification
    ///
    /// CEM §2.1, §2.4, §2.5 and the security considerations of §6.
    #[must_use]
    pub fn assess(&self, context: &Context<'_>, policy: &Policy) -> Assessment {
        let mut message = of_head(&self.head, context, policy);
        let announced: Vec<&Certificate> =
            self.trust.iter().map(TrustRequest::end_entity).collect();
        of_signature(context, policy, &announced, &mut message);
        Assessment {
            message,
            certificates: self
                .trust
                .iter()
                .map(|trust| of_trust_request(trust, context, policy))
                .collect(),
        }
    }
}

impl Response {
    /// Says what there is against acting on the response: on sender, signature and date. What it answers is
    /// [`ResponseOutcome`](crate::ResponseOutcome)'s.
    #[must_use]
    pub fn assess(&self, context: &Context<'_>, policy: &Policy) -> Assessment {
        let mut message = of_head(&self.head, context, policy);
        of_signature(context, policy, &[], &mut message);
        Assessment {
            message,
            certificates: Vec::new(),
        }
    }
}

/// What there is against acting on a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    message: Vec<Objection>,
    certificates: Vec<Vec<Objection>>,
}

impl Assessment {
    /// The objections to the message as a whole.
    #[must_use]
    pub fn of_message(&self) -> &[Objection] {
        &self.message
    }

    /// The objections to the trust request at this place in [`Request::trust`], in addition to those of the message.
    #[must_use]
    pub fn of_certificate(&self, index: usize) -> &[Objection] {
        self.certificates.get(index).map_or(&[], Vec::as_slice)
    }

    /// All objections.
    pub fn iter(&self) -> impl Iterator<Item = &Objection> {
        self.message
            .iter()
            .chain(self.certificates.iter().flatten())
    }

    /// The gravest consequence of all objections; [`None`] when there is none.
    #[must_use]
    pub fn consequence(&self) -> Option<Consequence> {
        self.iter().map(Objection::consequence).max()
    }

    /// The gravest consequence for one trust request, by the objections to it and to the message.
    #[must_use]
    pub fn consequence_for(&self, index: usize) -> Option<Consequence> {
        self.message
            .iter()
            .chain(self.of_certificate(index))
            .map(Objection::consequence)
            .max()
    }
}

fn of_head(head: &Head, context: &Context<'_>, policy: &Policy) -> Vec<Objection> {
    let now = context.now;
    let mut objections = Vec::new();
    // Exact and case-sensitive: AS2 names are (RFC 4130 §6.2).
    if head.partner != context.as2_from {
        objections.push(Objection::NameMismatch {
            as2_from: context.as2_from.to_owned(),
            name: head.partner.clone(),
        });
    }
    if let Some(found) = head.qualifier.as_ref().filter(|found| *found != "AS2") {
        objections.push(Objection::OtherTransport {
            found: found.clone(),
        });
    }
    if head.declaration == Declaration::Missing {
        objections.push(Objection::TypeMissing);
    }
    if let Some(originated) = head.originated.instant() {
        let ahead = originated.signed_duration_since(now);
        if ahead > policy.clock_skew {
            objections.push(Objection::OriginatedAhead { now, originated });
        } else if -ahead > policy.max_age {
            objections.push(Objection::OriginatedLongAgo { now, originated });
        }
    }
    objections
}

fn of_signature(
    context: &Context<'_>,
    policy: &Policy,
    announced: &[&Certificate],
    objections: &mut Vec<Objection>,
) {
    let now = context.now;
    let signer = match &context.signature {
        MessageSignature::Absent => {
            objections.push(Objection::Unsigned {
                policy: policy.unsigned,
            });
            return;
        }
        MessageSignature::Invalid => {
            objections.push(Objection::SignatureInvalid);
            return;
        }
        MessageSignature::Valid(signer) => signer,
    };
    let Signer {
        certificate,
        standing,
        embedding,
    } = signer;
    // CEM §2.4: with a certificate that is accepted already, never with the one that is introduced.
    if *standing != SignerStanding::Accepted {
        objections.push(if announced.contains(certificate) {
            Objection::SignedByAnnounced
        } else if context.known_of_others.contains(certificate) {
            Objection::SignedByOtherPartner
        } else {
            Objection::SignerNotAccepted
        });
    }
    if !certificate.is_valid_at(now) {
        objections.push(Objection::SignerNotValid {
            now,
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        });
    }
    if *embedding == Embedding::Missing {
        objections.push(Objection::SignerNotEmbedded);
    }
}

fn of_trust_request(
    trust: &TrustRequest,
    context: &Context<'_>,
    policy: &Policy,
) -> Vec<Objection> {
    let mut objections = Vec::new();
    of_answer(trust, context, policy, &mut objections);
    of_certificate(trust, context, policy, &mut objections);
    of_chain(trust, context, policy, &mut objections);
    objections
}

/// Where and when an answer is wanted.
fn of_answer(
    trust: &TrustRequest,
    context: &Context<'_>,
    policy: &Policy,
    objections: &mut Vec<Objection>,
) {
    if !allows(policy.response_urls, trust.response_url(), context) {
        objections.push(Objection::ResponseUrl {
            found: trust.response_url().to_owned(),
        });
    }
    let now = context.now;
    let respond_by = trust.respond_by().and_then(|date| date.instant());
    if let Some(respond_by) = respond_by.filter(|respond_by| *respond_by < now) {
        objections.push(Objection::RespondByPassed { now, respond_by });
    }
}

fn allows(rule: ResponseUrls, url: &str, context: &Context<'_>) -> bool {
    let Some(asked) = Origin::of(url) else {
        return false;
    };
    let mut origins = context
        .response_urls
        .iter()
        .filter_map(|url| Origin::of(url));
    match rule {
        ResponseUrls::ConfiguredUrls => context.response_urls.contains(&url),
        ResponseUrls::ConfiguredOrigins => origins.any(|configured| configured.is_same(&asked)),
        ResponseUrls::ConfiguredHosts => origins.any(|configured| configured.is_same_host(&asked)),
        ResponseUrls::AnyPublicHost => asked.is_public(),
    }
}

fn of_certificate(
    trust: &TrustRequest,
    context: &Context<'_>,
    policy: &Policy,
    objections: &mut Vec<Objection>,
) {
    let now = context.now;
    let certificate = trust.end_entity();
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if now < not_before {
        objections.push(Objection::NotYetValid { now, not_before });
    } else if !certificate.is_valid_at(now) {
        objections.push(Objection::Expired { now, not_after });
    }
    let not_permitted = trust.usages().not_permitted_by(certificate);
    if !not_permitted.is_empty() {
        objections.push(Objection::Usage { not_permitted });
    }
    let impossible = trust.usages().not_possible_with(certificate);
    if !impossible.is_empty() {
        objections.push(Objection::KeyKind {
            algorithm: certificate.key_algorithm().to_string(),
            impossible,
        });
    }
    if let KeyAlgorithmName::Rsa { bits } | KeyAlgorithmName::RsaPss { bits } =
        *certificate.key_algorithm()
        && bits < policy.min_rsa_bits
    {
        objections.push(Objection::WeakKey {
            bits,
            least: policy.min_rsa_bits,
        });
    }
    // OpenSSL makes self-signed certificates authorities unless told otherwise, and partners announce such ones. So
    // only one that somebody else issued is surely an authority's.
    if certificate.is_ca() && !certificate.is_self_issued() {
        objections.push(Objection::Authority);
    }
    let key = certificate.public_key_info();
    if context
        .known_of_others
        .iter()
        .any(|other| other.certifies(key))
    {
        objections.push(Objection::KnownOfAnother);
    }
    if trust.bundle_form() != Form::Bundle && policy.bundle_forms == BundleForms::CmsAlone {
        objections.push(Objection::BundleForm {
            form: trust.bundle_form(),
        });
    }
}

fn of_chain(
    trust: &TrustRequest,
    context: &Context<'_>,
    policy: &Policy,
    objections: &mut Vec<Objection>,
) {
    let certificate = trust.end_entity();
    let (bundled, _) = path(certificate, trust.others());
    let count = trust
        .others()
        .len()
        .saturating_sub(bundled.len().saturating_sub(1));
    if count > 0 {
        objections.push(Objection::UnrelatedCertificates { count });
    }
    if trust.chain() == Chain::Incomplete
        && !tolerates_leaf_only(certificate, &bundled, context, policy)
    {
        objections.push(Objection::ChainIncomplete {
            missing: bundled
                .last()
                .map_or_else(String::new, |top| top.issuer().to_string()),
        });
    }
    let signed = bundled
        .iter()
        // Nobody looks at the signature of a certificate on itself, but the announced one is decided about.
        .filter(|member| **member == certificate || !member.is_self_issued());
    for algorithm in signed.map(|member| member.signature_algorithm()) {
        let dated = algorithm
            .known()
            .is_some_and(|known| known.digest() == DigestAlgorithm::Sha1);
        let oid = algorithm.oid().to_string();
        let algorithm = algorithm.to_string();
        if BROKEN.contains(&oid.as_str()) {
            objections.push(Objection::WeakSignature { algorithm });
        } else if dated || DATED.contains(&oid.as_str()) {
            objections.push(Objection::DatedSignature { algorithm });
        }
    }
    if let Some(broken) = first_broken(trust, context) {
        objections.push(Objection::ChainBroken {
            subject: broken.subject().to_string(),
        });
    }
}

fn tolerates_leaf_only(
    certificate: &Certificate,
    bundled: &[&Certificate],
    context: &Context<'_>,
    policy: &Policy,
) -> bool {
    match policy.leaf_only {
        LeafOnlyBundles::Refuse => false,
        LeafOnlyBundles::Tolerate => true,
        LeafOnlyBundles::KnownIssuer => context.known.iter().any(|known| {
            known == certificate
                || bundled
                    .iter()
                    .any(|member| known.subject().matches(member.issuer()))
        }),
    }
}

/// The first certificate upwards that bears an issuer's name whose certificates are there, and none of them signed
/// it. Where an issuer is not there at all, or no provider was given, none is found.
fn first_broken(trust: &TrustRequest, context: &Context<'_>) -> Option<Certificate> {
    let provider = context.provider?;
    let candidates: Vec<&Certificate> = trust.others().iter().chain(context.known).collect();
    let mut current = trust.end_entity();
    // Each step goes one certificate up, and no chain is longer than what there is.
    for _ in 0..=candidates.len() {
        if current.is_self_issued() {
            let stands = current.verify_signature_by(current, provider).is_ok();
            return (!stands).then(|| current.clone());
        }
        let mut named = candidates
            .iter()
            .filter(|issuer| issuer.subject().matches(current.issuer()))
            .peekable();
        named.peek()?;
        let signed_by = |issuer: &&&Certificate| {
            // Certificates of version 1 say nothing of authorities; those at the top may be as old.
            (issuer.is_ca() || issuer.version() == 1 && issuer.is_self_issued())
                && current.verify_signature_by(issuer, provider).is_ok()
        };
        match named.find(signed_by) {
            Some(issuer) => current = issuer,
            None => return Some(current.clone()),
        }
    }
    // Certificates that issue each other reach no top.
    Some(current.clone())
}

/// Signatures over MD2, MD4 and MD5.
const BROKEN: [&str; 4] = [
    "1.2.840.113549.1.1.2",
    "1.2.840.113549.1.1.3",
    "1.2.840.113549.1.1.4",
    "1.3.14.3.2.3",
];

/// Signatures over SHA-1 that the seam to cryptography does not serve: DSA, and two identifiers of old.
const DATED: [&str; 3] = ["1.2.840.10040.4.3", "1.3.14.3.2.27", "1.3.14.3.2.29"];
