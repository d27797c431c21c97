//! An AS2 message from files: opened, and judged as far as a message by itself can be.

use std::path::Path;

use chrono::{DateTime, Utc};
use rand::CryptoRng;
use rollcert::as2::{self, As2Name, OpenError, Opened, Opener, Pinned, Refusal, Signature};
use rollcert::cem::{self, Malformed, MalformedKind, Received};
use rollcert::cms::{DecompressError, DecryptError, SignatureError};
use rollcert::mime::{self, Entity, Headers};
use rollcert::pki::{Certificate, Credential};

use crate::error::Failure;
use crate::facts::{Note, sha256};
use crate::files::{self, PROVIDER};

/// A message as HTTP carried it.
pub(crate) struct Incoming {
    headers: Headers<'static>,
    body: Vec<u8>,
}

impl Incoming {
    pub(crate) fn load(headers: &Path, body: &Path) -> Result<Self, Failure> {
        let octets = files::read(headers)?;
        let body = files::read(body)?;
        let headers = Headers::parse(octets.trim_ascii_end(), &mime::Limits::default())
            .map_err(|error| {
                let text = format!("{}: {error}", headers.display());
                Failure::failed(error.code(), text)
            })?
            .into_owned();
        Ok(Self { headers, body })
    }

    /// What is odd about the headers.
    pub(crate) fn notes(&self) -> impl Iterator<Item = Note> {
        let missing = self.headers.first("content-type").is_none();
        let untyped =
            missing.then(|| Note::new("content-type-missing", "the headers name no media type"));
        // The name inside is then held against nothing.
        let unreadable = |failure: Failure| Note::new("as2-from-unreadable", failure.text);
        untyped.into_iter().chain(self.from().err().map(unreadable))
    }

    /// Who sent it, if the headers say so.
    pub(crate) fn from(&self) -> Result<Option<As2Name>, Failure> {
        self.name("AS2-From")
    }

    /// Whom it is for, if the headers say so.
    pub(crate) fn to(&self) -> Result<Option<As2Name>, Failure> {
        self.name("AS2-To")
    }

    /// Takes the layers off. The signer is held against `partners`, if any are given.
    pub(crate) fn open(
        &self,
        credentials: &[Credential],
        partners: Option<&[Certificate]>,
        at: DateTime<Utc>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Opened, Box<Refusal>> {
        let mut opener = Opener::new(&PROVIDER, at)
            .with_credentials(credentials)
            .for_looking_only()
            .with_limits(as2::Limits::default().with_pki(files::limits()));
        if let Some(partners) = partners {
            opener = opener.with_certificates(partners);
        }
        as2::examine(&self.headers, &self.body, &opener, rng)
    }

    /// What is held against a message that could be read: first who sent it, then what it says.
    pub(crate) fn judge(
        &self,
        signature: Option<&Signature>,
        unsigned: Unsigned,
        received: Option<&Received>,
    ) -> Option<Failure> {
        match signature {
            None if unsigned == Unsigned::Refused => {
                return Some(Failure::bad("unsigned", "nobody signed the message"));
            }
            None => {}
            Some(signature) => {
                if let Err(error) = &signature.valid {
                    return Some(signature_failure(error));
                }
                if signature.pinned == Pinned::No {
                    let signer = signature.signer.as_ref().map(describe).unwrap_or_default();
                    let text = format!("the signer is none of the certificates given: {signer}");
                    return Some(Failure::bad("signer-unknown", text));
                }
            }
        }
        let received = received?;
        let violations = received.violations();
        if let Some(first) = violations.first() {
            let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
            return Some(Failure::bad(first.code(), texts.join("; ")));
        }
        self.foreign_name(received.message()?)
    }

    /// The name inside is that of the transport (CEM §3.1), where the headers tell of that.
    fn foreign_name(&self, message: &cem::Message) -> Option<Failure> {
        let from = self.from().ok()??;
        (from.as_str() != message.partner()).then(|| {
            let (name, from) = (message.partner(), from.as_str());
            let text = format!("expected a message of {from:?} but found one of {name:?}");
            Failure::bad("name-mismatch", text)
        })
    }

    fn name(&self, field: &'static str) -> Result<Option<As2Name>, Failure> {
        let Some(value) = self.headers.first(field) else {
            return Ok(None);
        };
        let name = As2Name::parse(&value)
            .map_err(|error| Failure::failed(error.code(), format!("header {field}: {error}")))?;
        Ok(Some(name))
    }
}

/// What a message without signature is worth.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Unsigned {
    Allowed,
    Refused,
}

/// Why a message could not be opened.
pub(crate) fn open_failure(refusal: &Refusal) -> Failure {
    let error = &refusal.error;
    let text = error.to_string();
    match innermost(error) {
        OpenError::NotDecryptable(DecryptError::UnsupportedAlgorithm { .. })
        | OpenError::Compressed(DecompressError::UnsupportedAlgorithm { .. }) => {
            Failure::failed("unsupported", text)
        }
        OpenError::NotDecryptable(_) => Failure::bad(NOT_DECRYPTABLE, text),
        // One key in 256 that does not fit makes something of the content all the same.
        OpenError::Mime(_) | OpenError::Cms(_) if refusal.signature.is_none() => {
            let mut warnings = refusal.warnings.iter();
            match warnings.find(|warning| warning.code == "recipient-not-named") {
                Some(named) => Failure::bad(NOT_DECRYPTABLE, format!("{text}; {}", named.text)),
                None => Failure::failed(error.code(), text),
            }
        }
        other => Failure::failed(other.code(), text),
    }
}

/// What went wrong, whatever it was wrapped in.
fn innermost(mut error: &OpenError) -> &OpenError {
    while let OpenError::InsideEncryption(inner) = error {
        error = inner;
    }
    error
}

/// The certificate exchange message in an entity; nothing when there is none.
///
/// `multipart/mixed` around it is taken off, as some senders wrap whatever they do not sign.
pub(crate) fn find_message(
    entity: &[u8],
    notes: &mut Vec<Note>,
) -> Result<Option<Received>, Malformed> {
    let limits = cem::Limits::default();
    let mut entity = Entity::parse(entity, &limits.mime)?;
    for wrappers in 0..=MOST_WRAPPERS {
        match Received::from_entity(&entity, &limits) {
            Ok(received) => {
                if wrappers > 0 {
                    let text = "a multipart/mixed around the message taken off";
                    notes.push(Note::new("mixed-wrapper", text));
                }
                let found = received.warnings().iter();
                notes.extend(found.map(|note| Note::new(note.code(), note.to_string())));
                return Ok(Some(received));
            }
            Err(error) if !matches!(error.kind(), MalformedKind::NotCem) => return Err(error),
            Err(_) => {}
        }
        let Some(part) = only_part(&entity) else {
            return Ok(None);
        };
        entity = part;
    }
    Ok(None)
}

fn only_part<'e>(entity: &Entity<'e>) -> Option<Entity<'e>> {
    if entity.headers().content_type().ok()?.essence() != "multipart/mixed" {
        return None;
    }
    let mut parts = entity.parts(&mime::Limits::default()).ok()?.parts;
    let part = parts.pop()?;
    parts.is_empty().then_some(part)
}

/// Wrappers that are taken off; nobody uses more than one.
const MOST_WRAPPERS: usize = 4;

fn signature_failure(error: &SignatureError) -> Failure {
    match error {
        // Nothing is known against it.
        SignatureError::UnsupportedAlgorithm { .. } => {
            Failure::failed("unsupported", format!("signature not verified: {error}"))
        }
        _ => Failure::bad("signature-invalid", format!("signature invalid: {error}")),
    }
}

fn describe(certificate: &Certificate) -> String {
    format!("{}, sha256 {}", certificate.subject(), sha256(certificate))
}

const NOT_DECRYPTABLE: &str = "not-decryptable";
