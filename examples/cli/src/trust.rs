//! `rollcert trust`: whether a certificate is good, and what would mend it.

use std::path::Path;

use rollcert::pki::{Bundle, Certificate, CertificateEntry, CrlIndex, Purpose};
use rollcert::trust::{
    Evaluator, MemoryTrustList, Policy, PurposeRules, Question, Report as Evaluation,
    RevocationPolicy, Snapshot, StoredCertificate, StoredCrl, TrustListEntry, TrustListStatus,
};
use serde_json::{Value, json};

use crate::arguments::{ProfileWord, PurposeWord, RevocationWord, Trust, clock};
use crate::error::{Explanation, Failure, Report};
use crate::facts::Note;
use crate::files::{self, PROVIDER};
use crate::keys::left_out;

pub(crate) fn trust(call: &Trust) -> Report {
    try_trust(call).unwrap_or_else(Report::from)
}

fn try_trust(call: &Trust) -> Result<Report, Failure> {
    let (leaf, locked) = files::open_public(&call.leaf)?;
    let (certificate, presented) = target(&call.leaf, &leaf, locked.as_ref())?;
    let mut notes: Vec<Note> = locked.into_iter().collect();
    notes.extend(left_out(&call.leaf, &leaf));
    let snapshot = stores(call, &mut notes)?;
    let policy = policy(call);

    let mut question = Question::new(&certificate, clock(call.at)).with_presented(&presented);
    if let Some(purpose) = purpose(call.purpose) {
        question = question.with_purpose(purpose);
    }
    if let Some(name) = &call.name {
        question = question.with_name(name.clone());
    }
    let evaluation = Evaluator::new(snapshot.stores(), &policy, &PROVIDER).evaluate(&question);
    let facts = facts(&evaluation, &notes)?;
    let explanation = Explanation {
        is_good: evaluation.trusted().is_some(),
        text: evaluation.explain().to_string(),
        notes,
    };
    Ok(Report::judged(facts, explanation))
}

/// The keys of the contract, out of what the library serialises.
fn facts(evaluation: &Evaluation, notes: &[Note]) -> Result<Value, Failure> {
    let all = serde_json::to_value(evaluation)
        .map_err(|error| Failure::failed("unwritable", error.to_string()))?;
    let member = |name: &str| all.get(name).cloned().unwrap_or_default();
    let around = notes.iter().map(|Note { code, text }| {
        json!({ "code": code, "text": text, "certificate": null, "index": null })
    });
    let mut warnings: Vec<Value> = around.collect();
    warnings.extend(member("warnings").as_array().into_iter().flatten().cloned());
    Ok(json!({
        "trusted": member("trusted"),
        "reasons": member("reasons"),
        "path": member("path"),
        "policies": member("policies"),
        "revocation": member("revocation"),
        "warnings": warnings,
    }))
}

/// The certificate with its key, if there is one in the file, else the first; and the others. Whose key it is that
/// a password locks nobody knows, so beside one there may be no others.
fn target(
    path: &Path,
    bundle: &Bundle,
    locked: Option<&Note>,
) -> Result<(Certificate, Vec<Certificate>), Failure> {
    let matched = bundle.keys().find_map(|key| key.matches.as_ref());
    let is_target = |certificate: &&Certificate| {
        matched.is_some_and(|thumbprint| {
            certificate.thumbprint(thumbprint.algorithm(), &PROVIDER) == *thumbprint
        })
    };
    let found = bundle.certificates().find(is_target);
    let Some(certificate) = found.or_else(|| bundle.certificates().next()) else {
        let text = format!("{}: no certificate in it", path.display());
        return Err(Failure::failed("no-certificate", text));
    };
    let others = bundle.certificates().filter(|other| *other != certificate);
    let others: Vec<Certificate> = others.cloned().collect();
    if let Some(Note { code, .. }) = locked
        && !others.is_empty()
    {
        let text = format!(
            "{}: a private key under a password, which may belong to any of several certificates; \
             give the certificate alone and the others by --intermediate",
            path.display()
        );
        return Err(Failure::failed(code, text));
    }
    Ok((certificate.clone(), others))
}

/// Everything that the evaluation looks things up in.
fn stores(call: &Trust, notes: &mut Vec<Note>) -> Result<Snapshot, Failure> {
    let mut snapshot = Snapshot::default();
    let mut left_out_roots = Vec::new();
    for path in &call.roots {
        let (bundle, locked) = files::open_public(path)?;
        notes.extend(locked);
        notes.extend(left_out(path, &bundle));
        if bundle.certificates().next().is_none() {
            let text = format!("{}: no certificate in it", path.display());
            return Err(Failure::failed("no-certificate", text));
        }
        for entry in bundle.certificate_entries() {
            let root = stored(&entry.certificate);
            if entry.may_be_root_for(purpose(call.purpose)) {
                snapshot.roots.trust(root);
            } else {
                notes.push(root_left_out(path, entry, call.purpose));
                left_out_roots.push(root);
            }
        }
    }
    for path in &call.intermediates {
        let Some(bundle) = helper(path, notes) else {
            continue;
        };
        if bundle.certificates().next().is_none() {
            let text = format!("{}: no certificate in it", path.display());
            notes.push(Note::new("no-certificate", text));
        }
        for certificate in bundle.certificates() {
            snapshot.certificates.insert(stored(certificate));
        }
    }
    for path in &call.crls {
        let Some(bundle) = helper(path, notes) else {
            continue;
        };
        if bundle.crls().next().is_none() {
            let text = format!("{}: no revocation list in it", path.display());
            notes.push(Note::new("no-crl", text));
        }
        for crl in bundle.crls() {
            match CrlIndex::of(crl.clone(), &files::limits()) {
                Ok(index) => {
                    snapshot.crls.insert(StoredCrl::new(index, &PROVIDER));
                }
                Err(error) => {
                    let text = format!("{}: {error}", path.display());
                    notes.push(Note::new(error.code(), text));
                }
            }
        }
    }
    if let Some(path) = &call.trust_list {
        *snapshot.trust_lists.global_mut() = trust_list(path)?;
    }
    for root in left_out_roots {
        bar(&mut snapshot, &root)?;
    }
    Ok(snapshot)
}

/// A word on a certificate that its trust settings keep from being a root in this call.
fn root_left_out(path: &Path, entry: &CertificateEntry, purpose: PurposeWord) -> Note {
    let wanted = self::purpose(purpose).map_or("any purpose", Purpose::code);
    let settings = match &entry.trust_settings {
        Some(Ok(settings)) => settings.to_string(),
        Some(Err(error)) => format!("its trust settings cannot be read: {error}"),
        None => String::new(),
    };
    let text = format!(
        "{}: {} is no root for {wanted}: {settings}",
        path.display(),
        entry.certificate.subject()
    );
    Note::new("root-left-out", text)
}

/// Keeps every path from a certificate that its trust settings forbid, as OpenSSL does: neither to it, although another
/// file has it without settings, nor through it or a twin by the same key to another root.
fn bar(snapshot: &mut Snapshot, root: &StoredCertificate) -> Result<(), Failure> {
    snapshot.roots.remove(root.sha256());
    let list = snapshot.trust_lists.global_mut();
    TrustListEntry::new(*root.key_sha256(&PROVIDER), TrustListStatus::Blacklisted)
        .and_then(|entry| {
            list.set(entry.with_note("its trust settings forbid it as a root for this"))
        })
        .map_err(|error| Failure::failed(error.code(), error.to_string()))?;
    Ok(())
}

/// A file that helps, and whose absence is a warning.
fn helper(path: &Path, notes: &mut Vec<Note>) -> Option<Bundle> {
    match files::open_public(path) {
        Ok((bundle, locked)) => {
            notes.extend(locked);
            notes.extend(left_out(path, &bundle));
            Some(bundle)
        }
        Err(Failure { code, text, .. }) => {
            notes.push(Note::new(code, text));
            None
        }
    }
}

fn trust_list(path: &Path) -> Result<MemoryTrustList, Failure> {
    let octets = files::read(path)?;
    let text = core::str::from_utf8(&octets)
        .map_err(|error| Failure::failed("not-text", format!("{}: {error}", path.display())))?;
    let text = text.trim_start_matches('\u{feff}');
    MemoryTrustList::from_json(text)
        .map_err(|error| Failure::failed(error.code(), format!("{}: {error}", path.display())))
}

fn stored(certificate: &Certificate) -> StoredCertificate {
    StoredCertificate::new(certificate.clone(), &PROVIDER)
}

fn policy(call: &Trust) -> Policy {
    let mut policy = match call.profile {
        ProfileWord::Partner => Policy::partner(),
        ProfileWord::Webpki => Policy::webpki(),
    };
    policy.revocation = match call.revocation {
        RevocationWord::Off => RevocationPolicy::Off,
        RevocationWord::Gateway => RevocationPolicy::GATEWAY,
        RevocationWord::Strict => RevocationPolicy::STRICT,
    };
    if call.strict_purpose {
        policy.purposes = PurposeRules::strict();
    }
    let inputs = &mut policy.initial_policies;
    inputs.acceptable = call.policies.iter().cloned().collect();
    inputs.require_explicit_policy = call.require_explicit_policy;
    inputs.inhibit_policy_mapping = call.inhibit_policy_mapping;
    inputs.inhibit_any_policy = call.inhibit_any_policy;
    if let Some(most) = call.max_depth {
        policy.max_intermediates = Some(most);
        // Whoever allows more than is usual means it; the certificate and the root are not counted.
        let certificates = most.saturating_add(2).min(MOST_CERTIFICATES);
        let limit = &mut policy.limits.path_certificates;
        *limit = certificates.max(*limit);
    }
    policy
}

const fn purpose(word: PurposeWord) -> Option<Purpose> {
    match word {
        PurposeWord::Any => None,
        PurposeWord::SmimeSign => Some(Purpose::SmimeSign),
        PurposeWord::SmimeEncrypt => Some(Purpose::SmimeEncrypt),
        PurposeWord::TlsServer => Some(Purpose::TlsServer),
        PurposeWord::TlsClient => Some(Purpose::TlsClient),
    }
}

/// The longest path that anybody can ask for.
const MOST_CERTIFICATES: usize = 100;
