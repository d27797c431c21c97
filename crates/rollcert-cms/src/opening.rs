use core::fmt;

use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use rollcert_crypto::{self as crypto, KeyTransportAlgorithm, PrivateKey, Provider};
use rollcert_pki::{Certificate, Credential};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::content::ContentType;
use crate::enveloped::EnvelopedData;
use crate::identifier::{CertificateIdentifier, Listed, RecipientIdentifier};
use crate::recipient::KeyManagement;
use crate::recipient_info::{RecipientInfo, Recipients};
use crate::stream::OpenedContentKey;

/// A message half opened: what is to be done with which private key, before the content can be read.
///
/// [`EnvelopedData::opening`] makes it. Whoever holds the keys does the [`tasks`](Self::tasks), and
/// [`finish`](Self::finish) takes the answers. `Debug` shows no secret.
///
/// By trial ([`RecipientMatch::Trial`]) there is more than one task where several keys could be meant, and the
/// first answer that has the length of a content key is taken. A key that rejects implicitly, as an HSM's may
/// (see [`KeyDecryptor`](rollcert_crypto::KeyDecryptor)), answers wrong padding with a random key, which may
/// have that length by chance or by its design: then the right answer behind it goes unheard, and the message does
/// not open. Whoever has such keys offers one certificate for each opening.
#[derive(Debug)]
pub struct Opening<'a> {
    message: &'a EnvelopedData,
    key: KeyOpening<'a>,
}

impl<'a> Opening<'a> {
    pub(crate) const fn new(message: &'a EnvelopedData, key: KeyOpening<'a>) -> Self {
        Self { message, key }
    }

    /// What is to be done with private keys: at least one thing. All of it, whatever becomes of the
    /// others: were one left out because another had succeeded, time would tell which.
    #[must_use]
    pub fn tasks(&self) -> &[KeyTask<'a>] {
        &self.key.tasks
    }

    /// Opens the content, by the answers to [`tasks`](Self::tasks) in their order.
    ///
    /// Answers that failed must be handed over too; one that is missing counts as failed. The content is
    /// decrypted once in any case, by a random key where no answer is one; see [`EnvelopedData::decrypt`].
    ///
    /// # Errors
    ///
    /// [`DecryptError::Key`] when the keys could not be used, whatever the message; else those of
    /// [`EnvelopedData::decrypt`].
    pub fn finish(
        self,
        answers: impl IntoIterator<Item = Result<Zeroizing<Vec<u8>>, crypto::Error>>,
        provider: &Provider,
    ) -> Result<Decrypted, DecryptError> {
        let opened = self.key.finish(answers, provider)?;
        match self.message.decrypt_content(&opened.content_key, provider) {
            Ok(content) => Ok(Decrypted {
                content,
                content_type: self.message.encrypted_type(),
                recipient: opened.recipient,
                matched: opened.matched,
                management: opened.management,
            }),
            // Whether the provider has this cipher depends on nothing secret.
            Err(crypto::Error::Unsupported { .. }) => Err(DecryptError::UnsupportedAlgorithm {
                oid: self.message.content_algorithm_oid(),
            }),
            Err(_) => Err(opened.failure),
        }
    }

    /// The content key, by the answers to [`tasks`](Self::tasks) in their order, for content that comes in
    /// pieces; [`EnvelopedDataHeader::open_with`](crate::stream::EnvelopedDataHeader::open_with) takes it.
    ///
    /// Answers that failed must be handed over too; one that is missing counts as failed. Where no answer is a
    /// content key, a random one stands in its place, and that shows when the content is decrypted and no sooner.
    ///
    /// # Errors
    ///
    /// [`DecryptError::Key`] when no answer depends on the message, since the keys could not be used.
    pub fn content_key(
        self,
        answers: impl IntoIterator<Item = Result<Zeroizing<Vec<u8>>, crypto::Error>>,
        provider: &Provider,
    ) -> Result<OpenedContentKey, DecryptError> {
        self.key.finish(answers, provider).map(OpenedContentKey)
    }

    /// Does every task with the key of that one of `credentials` which it was found for.
    pub(crate) fn answers(
        &self,
        credentials: &[&Credential],
    ) -> Vec<Result<Zeroizing<Vec<u8>>, crypto::Error>> {
        self.tasks()
            .iter()
            .filter_map(|task| Some((task, credentials.get(task.holder())?)))
            .map(|(task, credential)| task.operation().perform(credential.key()))
            .collect()
    }
}

/// One thing to be done with one private key.
#[derive(Clone, Debug)]
pub struct KeyTask<'a> {
    /// Which of the certificates that were offered.
    holder: usize,
    certificate: &'a Certificate,
    operation: KeyOperation<'a>,
    info: &'a RecipientInfo,
    management: KeyManagement,
}

impl<'a> KeyTask<'a> {
    /// The certificate of the private key.
    #[must_use]
    pub const fn certificate(&self) -> &'a Certificate {
        self.certificate
    }

    /// What is to be done.
    #[must_use]
    pub const fn operation(&self) -> &KeyOperation<'a> {
        &self.operation
    }

    /// Which of the certificates that were offered, counted from 0.
    pub(crate) const fn holder(&self) -> usize {
        self.holder
    }

    /// The content key, out of what the private key gave. Whatever depends on the message fails to a key
    /// of no octets.
    fn content_key(
        &self,
        answer: Result<Zeroizing<Vec<u8>>, crypto::Error>,
        provider: &Provider,
    ) -> Result<Zeroizing<Vec<u8>>, crypto::Error> {
        let opened = answer.and_then(|octets| match self.info {
            RecipientInfo::Transport(_) => Ok(octets),
            RecipientInfo::Agreement(agreement) => agreement.content_key(&octets, provider),
        });
        match opened {
            Ok(key) => Ok(key),
            // Neither depends on what was encrypted: the key cannot, or its holder is away.
            Err(error @ (crypto::Error::Unsupported { .. } | crypto::Error::Backend(_))) => {
                Err(error)
            }
            Err(_) => Ok(Zeroizing::default()),
        }
    }
}

/// What is to be done with a private key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyOperation<'a> {
    /// Decrypt the content key ([`KeyDecryptor`](rollcert_crypto::KeyDecryptor)).
    Decrypt {
        /// How it is encrypted.
        algorithm: KeyTransportAlgorithm,
        /// The encrypted content key.
        encrypted_key: &'a [u8],
    },
    /// Agree on a secret with another key ([`KeyAgreement`](rollcert_crypto::KeyAgreement)): the
    /// x-coordinate of the point, as long as the field of the curve.
    Agree {
        /// The other key, as a DER `SubjectPublicKeyInfo`.
        public_key_info: Vec<u8>,
    },
}

impl KeyOperation<'_> {
    /// Does it with `key`.
    ///
    /// # Errors
    ///
    /// Those of [`KeyDecryptor::decrypt_key`](rollcert_crypto::KeyDecryptor::decrypt_key) and
    /// [`KeyAgreement::agree`](rollcert_crypto::KeyAgreement::agree), all of which [`Opening::finish`] takes.
    pub fn perform(&self, key: &PrivateKey) -> Result<Zeroizing<Vec<u8>>, crypto::Error> {
        match self {
            Self::Decrypt {
                algorithm,
                encrypted_key,
            } => key.decryptor()?.decrypt_key(*algorithm, encrypted_key),
            Self::Agree { public_key_info } => key.agreement()?.agree(public_key_info),
        }
    }
}

/// The first of the two phases, without the content.
pub(crate) struct KeyOpening<'a> {
    recipients: &'a Recipients,
    tasks: Vec<KeyTask<'a>>,
    certificates: Vec<&'a Certificate>,
    matched: RecipientMatch,
    /// Drawn before any key is opened.
    content_key: Zeroizing<Vec<u8>>,
}

/// What the first phase comes to, whatever became of the keys.
pub(crate) struct OpenedKey {
    /// The right one, perhaps.
    pub(crate) content_key: Zeroizing<Vec<u8>>,
    pub(crate) recipient: Certificate,
    pub(crate) matched: RecipientMatch,
    pub(crate) management: KeyManagement,
    /// What to say if it was not.
    pub(crate) failure: DecryptError,
}

impl<'a> KeyOpening<'a> {
    /// Chooses the keys: those that the message names, and when it names none, every one that it could
    /// mean.
    pub(crate) fn begin(
        recipients: &'a Recipients,
        certificates: Vec<&'a Certificate>,
        key_len: usize,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, DecryptError> {
        let mut content_key = Zeroizing::new(vec![0; key_len]);
        rng.fill_bytes(&mut content_key);
        let mut opening = Self {
            recipients,
            tasks: Vec::new(),
            certificates,
            matched: RecipientMatch::Identifier,
            content_key,
        };
        let mut failure = None;
        let mut named = false;
        for (holder, certificate) in opening.certificates.iter().enumerate() {
            let mut infos = recipients.infos.iter();
            // The first of them: whoever names somebody twice gets no more work out of it.
            if let Some(info) = infos.find(|info| info.identifier().matches(certificate)) {
                named = true;
                match task(holder, certificate, info) {
                    Ok(task) => opening.tasks.push(task),
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
        }
        if !named {
            opening.matched = RecipientMatch::Trial;
            opening.tasks = opening.candidates();
        }
        if opening.tasks.is_empty() {
            return Err(failure.unwrap_or_else(|| opening.no_recipient()));
        }
        Ok(opening)
    }

    /// Every key that could be meant: of the right kind and size, for each recipient.
    fn candidates(&self) -> Vec<KeyTask<'a>> {
        let infos = self.recipients.infos.iter();
        infos
            .flat_map(|info| {
                let certificates = self.certificates.iter().enumerate();
                certificates.map(move |(holder, certificate)| (holder, *certificate, info))
            })
            .filter(|(_, certificate, info)| info.could_be_for(certificate))
            .filter_map(|(holder, certificate, info)| task(holder, certificate, info).ok())
            .take(MAX_CANDIDATES)
            .collect()
    }

    /// RFC 3218 §2.3.2: takes the first answer that has the length of a content key in place of the random
    /// one, in a time that does not tell whether there was any, and which.
    pub(crate) fn finish(
        mut self,
        answers: impl IntoIterator<Item = Result<Zeroizing<Vec<u8>>, crypto::Error>>,
        provider: &Provider,
    ) -> Result<OpenedKey, DecryptError> {
        let missing = || Some(Err(crypto::Error::DecryptionFailed));
        let answers = answers.into_iter().chain(core::iter::from_fn(missing));
        let mut failure = None;
        let mut chosen = None;
        let mut found = Choice::from(0);
        for (index, (task, answer)) in (0_u64..).zip(self.tasks.iter().zip(answers)) {
            match task.content_key(answer, provider) {
                Ok(opened) => {
                    let first = chosen.get_or_insert(index);
                    let taken = right_length(&self.content_key, &opened) & !found;
                    take_if(taken, &mut self.content_key, &opened);
                    first.conditional_assign(&index, taken);
                    found |= taken;
                }
                Err(error) => failure = failure.or(Some(DecryptError::Key(error))),
            }
        }
        let task = chosen
            .and_then(|index| usize::try_from(index).ok())
            .and_then(|index| self.tasks.get(index));
        let Some(task) = task else {
            return Err(failure.unwrap_or_else(|| self.no_recipient()));
        };
        Ok(OpenedKey {
            recipient: task.certificate.clone(),
            management: task.management,
            matched: self.matched,
            failure: match self.matched {
                RecipientMatch::Identifier => DecryptError::Failed,
                RecipientMatch::Trial => self.no_recipient(),
            },
            content_key: self.content_key,
        })
    }

    fn no_recipient(&self) -> DecryptError {
        DecryptError::NoRecipient {
            wanted: self.recipients.identifiers.clone(),
            held: self
                .certificates
                .iter()
                .map(|certificate| CertificateIdentifier::of(certificate))
                .collect(),
            tried: self.tasks.len(),
        }
    }
}

impl fmt::Debug for KeyOpening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyOpening")
            .field("tasks", &self.tasks)
            .field("matched", &self.matched)
            .finish_non_exhaustive()
    }
}

/// What the key of `certificate` has to do for `info`.
fn task<'a>(
    holder: usize,
    certificate: &'a Certificate,
    info: &'a RecipientInfo,
) -> Result<KeyTask<'a>, DecryptError> {
    let Some((operation, management)) = info.operation(certificate) else {
        let oid = info.algorithm_oid();
        return Err(DecryptError::UnsupportedAlgorithm { oid });
    };
    Ok(KeyTask {
        holder,
        certificate,
        operation,
        info,
        management,
    })
}

fn right_length(content_key: &[u8], opened: &[u8]) -> Choice {
    opened.len().ct_eq(&content_key.len())
}

/// Replaces `content_key` by `opened`, in a time that does not tell.
fn take_if(taken: Choice, content_key: &mut [u8], opened: &[u8]) {
    let octets = opened.iter().chain(core::iter::repeat(&0));
    for (octet, opened) in content_key.iter_mut().zip(octets) {
        octet.conditional_assign(opened, taken);
    }
}

/// How the key was found that opened a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecipientMatch {
    /// The message names its certificate.
    Identifier,
    /// The message names none of the certificates that were offered, but this key fits all the same: the
    /// sender may have it under another certificate.
    Trial,
}

/// A message that was opened. `Debug` shows no content.
#[non_exhaustive]
pub struct Decrypted {
    /// The content in the clear; wiped when dropped.
    pub content: Zeroizing<Vec<u8>>,
    /// What the message said that the content is.
    pub content_type: ContentType,
    /// The certificate of the credential that opened it.
    pub recipient: Certificate,
    /// How that credential was found.
    pub matched: RecipientMatch,
    /// How the content key had travelled.
    pub management: KeyManagement,
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decrypted")
            .field("octets", &self.content.len())
            .field("content_type", &self.content_type)
            .field("recipient", &self.recipient)
            .field("matched", &self.matched)
            .field("management", &self.management)
            .finish_non_exhaustive()
    }
}

/// Why a message was not opened.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// The message is for nobody whose key was offered: it names none of their certificates, and no key
    /// that could be meant all the same opens it.
    #[error("no key for this message: it is for {}; held: {}", Listed(.wanted), Listed(.held))]
    NoRecipient {
        /// Whom the message is for.
        wanted: Vec<RecipientIdentifier>,
        /// The certificates of the credentials offered.
        held: Vec<CertificateIdentifier>,
        /// How many times one of their keys was of the right kind and size for a recipient, and tried.
        tried: usize,
    },
    /// The cipher of the content, or the way in which the content key travels, is not supported.
    #[error("algorithm {oid} not supported")]
    UnsupportedAlgorithm {
        /// The object identifier of the algorithm.
        oid: ObjectIdentifier,
    },
    /// The key cannot open content keys, or whoever holds it failed. Independent of the message.
    #[error("the private key could not be used")]
    Key(#[source] crypto::Error),
    /// Decryption failed. Deliberately opaque: padding, length, key and content give this one value.
    #[error("decryption failed")]
    Failed,
}

impl DecryptError {
    /// A stable name for this kind of failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRecipient { .. } => "no-recipient",
            Self::UnsupportedAlgorithm { .. } => "unsupported-algorithm",
            Self::Key(error) => error.code(),
            Self::Failed => "decryption-failed",
        }
    }
}

/// How many private key operations one message gets that names nobody: each costs a millisecond or two, and
/// whoever has more than a handful of keys offers those of the partner alone.
const MAX_CANDIDATES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opened_key_is_taken_only_at_the_right_length() {
        for (opened, expected) in [
            (&[7, 8, 9, 10][..], [7, 8, 9, 10]),
            (&[], [1, 2, 3, 4]),
            (&[7, 8, 9], [1, 2, 3, 4]),
            (&[7, 8, 9, 10, 11], [1, 2, 3, 4]),
        ] {
            let mut content_key = [1, 2, 3, 4];
            let taken = right_length(&content_key, opened);
            take_if(taken, &mut content_key, opened);
            assert_eq!(content_key, expected);
        }
    }
}
