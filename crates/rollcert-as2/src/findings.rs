//! What each finding means for [`Diagnosis`].

use rollcert_cms::{DecryptError, SignatureError};
use rollcert_pki::Certificate;

use crate::{
    build::BuildError,
    diagnosis::{
        Diagnosis, OUR_ENCRYPTION, OUR_SIGNING, PARTNER_ENCRYPTION, PARTNER_SIGNING, Suspect,
        described,
    },
    disposition::{Disposition, FailureReason, Modifier, WarningReason, normal},
    receipt::{MdnError, MdnProblem},
    refusal::OpenError,
    signature::{Pinned, Signature},
};

impl Disposition {
    /// Where to look when the partner says this of a message of ours; nothing when it was simply processed.
    #[must_use]
    pub fn diagnosis(&self) -> Option<Diagnosis> {
        let (code, suspects): (&str, &[Suspect]) = match self {
            Self::Processed => return None,
            Self::Error(modifier) => (
                modifier.as_str(),
                match modifier {
                    Modifier::AuthenticationFailed => &[OUR_SIGNING],
                    // Who verifies with an outdated certificate often calls that a failed integrity check.
                    Modifier::IntegrityCheckFailed => &[Suspect::Transport, OUR_SIGNING],
                    Modifier::DecryptionFailed => &[PARTNER_ENCRYPTION, Suspect::Transport],
                    Modifier::InsufficientMessageSecurity | Modifier::DecompressionFailed => {
                        &[Suspect::Settings]
                    }
                    Modifier::UnknownTradingPartner | Modifier::UnknownTradingRelationship => {
                        &[Suspect::Names]
                    }
                    Modifier::UnexpectedProcessingError | Modifier::Other(_) => {
                        &[Suspect::PartnerSoftware]
                    }
                },
            ),
            Self::Failure(reason) => (
                reason.as_str(),
                match reason {
                    FailureReason::SenderEqualsReceiver => &[Suspect::Names],
                    FailureReason::UnsupportedFormat | FailureReason::UnsupportedMicAlgorithms => {
                        &[Suspect::Settings]
                    }
                    FailureReason::Other(_) => &[Suspect::PartnerSoftware],
                },
            ),
            Self::Warning(reason) => (
                reason.as_str(),
                match reason {
                    WarningReason::AuthenticationFailedProcessingContinued => &[OUR_SIGNING],
                    WarningReason::DuplicateDocument => &[Suspect::MessageId],
                    WarningReason::Other(_) => &[Suspect::PartnerSoftware],
                },
            ),
        };
        Some(Diagnosis::new(
            &normal(code),
            suspects,
            self.hint().unwrap_or_default(),
        ))
    }
}

impl OpenError {
    /// Where to look when a message of the partner's was not opened.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        let diagnosis = |suspects: &[Suspect], hint| Diagnosis::new(self.code(), suspects, hint);
        match self {
            Self::NotDecryptable(DecryptError::NoRecipient { wanted, held, .. }) => diagnosis(
                &[OUR_ENCRYPTION],
                "the partner encrypted to a certificate that we have no key for: compare our encryption certificate with the one installed at the partner, it may have rolled over",
            )
            .asking(wanted)
            .holding(held),
            Self::NotDecryptable(DecryptError::UnsupportedAlgorithm { oid }) => diagnosis(
                &[Suspect::Settings],
                "the partner encrypts with an algorithm that is not served here: agree on another",
            )
            .asking([oid]),
            Self::NotDecryptable(DecryptError::Key(_)) => diagnosis(
                &[Suspect::KeyStore, OUR_ENCRYPTION],
                "our key did not do its work, whatever the message: look at the key store and at what the key is for",
            ),
            Self::NotDecryptable(_) => diagnosis(
                &[OUR_ENCRYPTION, Suspect::Transport],
                "the message names a certificate of ours and its key does not open it: the certificate at the partner may be another one under the same name, or the content changed on its way",
            ),
            Self::Compressed(_) => diagnosis(
                &[Suspect::Transport, Suspect::Settings],
                "the content could not be decompressed: it changed on its way, is larger than our limit, or is compressed in another way than by zlib",
            ),
            Self::Unsupported { what } => diagnosis(
                &[Suspect::Settings],
                "the partner uses something that is not served here: agree on another form",
            )
            .asking([what]),
            Self::InsideEncryption(inner) => inner.diagnosis(),
            Self::Mime(_)
            | Self::Cms(_)
            | Self::SignedParts { .. }
            | Self::NoSigner
            | Self::NoContent
            | Self::TooDeep { .. } => diagnosis(
                &[Suspect::PartnerSoftware, Suspect::Transport],
                "the message is not in the form that it should be: it was built wrong, or cut or rewritten on its way",
            ),
        }
    }
}

impl Signature {
    /// Where to look when something the partner signed is not to be trusted; nothing when it is, or when nobody was
    /// expected and the signature stands.
    #[must_use]
    pub fn diagnosis(&self) -> Option<Diagnosis> {
        let diagnosis = match (&self.valid, self.pinned) {
            (Err(error), _) => of_signature_error(error, self.signer.as_ref()),
            (Ok(()), Pinned::No) => unexpected_signer(self.signer.as_ref()),
            (Ok(()), Pinned::Yes | Pinned::NotAsked) => return None,
        };
        Some(diagnosis.with_held(&self.expected))
    }
}

impl MdnProblem {
    /// Where to look when a receipt proves nothing.
    ///
    /// A receipt that is unsigned, or signed by nobody we expect, and says that the message was refused, probably
    /// says why: partners who do not know us answer so. What it says is then suspected after what is known.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        let mut diagnosis = match self {
            Self::OtherMessage { expected, found } => {
                Diagnosis::new(self.code(), [Suspect::MessageId], self.hint())
                    .asking([expected])
                    .holding(found)
            }
            Self::Unsigned { .. } => Diagnosis::new(self.code(), [Suspect::Settings], self.hint()),
            Self::SignatureInvalid { error, .. } => of_signature_error(error, None),
            Self::UnexpectedSigner {
                expected, found, ..
            } => unexpected_signer(found.as_ref()).with_held(expected),
            Self::MicMismatch { expected, found } | Self::MicAlgorithm { expected, found } => {
                let suspects: &[Suspect] = match self {
                    Self::MicMismatch { .. } => &[Suspect::Transport, Suspect::PartnerSoftware],
                    _ => &[Suspect::Settings],
                };
                Diagnosis::new(self.code(), suspects, self.hint())
                    .asking([expected])
                    .holding([found])
            }
            Self::MicMissing { expected } => {
                Diagnosis::new(self.code(), [Suspect::Settings], self.hint()).asking([expected])
            }
        };
        diagnosis.code = self.code().to_owned();
        let said = self.disposition().and_then(Disposition::diagnosis);
        for suspect in said.into_iter().flat_map(|said| said.suspects) {
            if !diagnosis.suspects.contains(&suspect) {
                diagnosis.suspects.push(suspect);
            }
        }
        diagnosis
    }
}

impl MdnError {
    /// Where to look when a receipt cannot be read.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        let suspects = [Suspect::PartnerSoftware, Suspect::Transport];
        match self {
            Self::Open(error) => error.diagnosis(),
            Self::NotAnMdn { found } => Diagnosis::new(
                self.code(),
                suspects,
                "the answer is no receipt: look at the URL, and at what a web server in between says",
            )
            .holding([found]),
            Self::Mime(_) | Self::NoDisposition | Self::Disposition(_) => Diagnosis::new(
                self.code(),
                suspects,
                "the receipt is not in the form that it should be: keep it, and ask the partner",
            ),
        }
    }
}

impl BuildError {
    /// Where to look when a message was not built.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        let diagnosis = |suspects: &[Suspect], hint| Diagnosis::new(self.code(), suspects, hint);
        match self {
            Self::Sign(_) => diagnosis(
                &[Suspect::KeyStore, OUR_SIGNING],
                "our key did not sign: look at the key store, and at whether the key goes with the algorithm",
            ),
            Self::Encrypt(_) => diagnosis(
                &[PARTNER_ENCRYPTION],
                "the partner's certificate cannot be encrypted to: look at its kind of key and its key usage",
            ),
            Self::Entity(_)
            | Self::EntityHeader { .. }
            | Self::HeaderValue { .. }
            | Self::Mime(_) => diagnosis(
                &[Suspect::Settings],
                "what was to be sent does not fit into a message: look at the names, the subject and the addresses",
            ),
        }
    }
}

fn of_signature_error(error: &SignatureError, signer: Option<&Certificate>) -> Diagnosis {
    let diagnosis = |suspects: &[Suspect], hint| {
        Diagnosis::new(error.code(), suspects, hint).asking(signer.map(described))
    };
    match error {
        SignatureError::NoCertificate { wanted } => diagnosis(
            &[PARTNER_SIGNING],
            "the partner signed with a certificate that is neither in the message nor known here: compare the partner's signing certificate here with its current one",
        )
        .asking([wanted]),
        SignatureError::DigestMismatch
        | SignatureError::ContentTypeMismatch
        | SignatureError::NoContent => diagnosis(
            &[Suspect::Transport, Suspect::PartnerSoftware],
            "what arrived is not what was signed: look for a proxy or gateway that rewrites bodies or line ends",
        ),
        SignatureError::UnsupportedAlgorithm { oid } => diagnosis(
            &[Suspect::Settings],
            "the partner signs with an algorithm that is not served here: agree on another",
        )
        .asking([oid]),
        SignatureError::Signature | SignatureError::KeyMismatch { .. } => diagnosis(
            &[PARTNER_SIGNING, Suspect::Transport],
            "the signature does not go with the certificate that it names: the one held here may be another under the same name, or the signature changed on its way",
        ),
        _ => diagnosis(
            &[Suspect::PartnerSoftware],
            "the signature is not in the form that it should be: keep the message, and ask the partner",
        ),
    }
}

fn unexpected_signer(found: Option<&Certificate>) -> Diagnosis {
    Diagnosis::new(
        "unexpected-signer",
        [PARTNER_SIGNING],
        "signed by a certificate that is not installed here for this partner: it may have rolled over; ask before installing the one in the message",
    )
    .asking(found.map(described))
}
