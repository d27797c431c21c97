//! Reading receipts, and holding them against what was sent.

use rand_core::CryptoRng;
use rollcert_cms::SignatureError;
use rollcert_mime::Headers;
use rollcert_pki::Certificate;
use thiserror::Error;

use crate::{
    disposition::{Disposition, DispositionError, WarningReason},
    envelope::{AS2_FROM, AS2_TO, optional_name},
    features::Features,
    mdn::Mdn,
    mdn_request::ReceiptSigning,
    message_id::MessageId,
    mic::Mic,
    name::As2Name,
    open::{Opened, Opener, Warning, open},
    refusal::OpenError,
    signature::{Pinned, Signature},
};

/// Reads a receipt: an HTTP response to a message, or a request that brings one later.
///
/// # Errors
///
/// [`MdnError`]. A bad signature is none of these; [`ReceivedMdn::check`] looks at it.
pub fn read_mdn(
    headers: &Headers<'_>,
    body: &[u8],
    opener: &Opener<'_>,
    rng: &mut dyn CryptoRng,
) -> Result<ReceivedMdn, MdnError> {
    ReceivedMdn::from_opened(headers, open(headers, body, opener, rng)?, opener)
}

/// A receipt that was read, and not yet held against what was sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReceivedMdn {
    /// The notification.
    pub mdn: Mdn,
    /// Its signature, if it has one.
    pub signature: Option<Signature>,
    /// What the partner advertises.
    pub features: Features,
    /// Who sent it, if that is readable.
    pub from: Option<As2Name>,
    /// Whom it is for, if that is readable.
    pub to: Option<As2Name>,
    /// What was odd.
    pub warnings: Vec<Warning>,
    expected: Vec<Certificate>,
}

impl ReceivedMdn {
    /// Reads a receipt that was opened already: messages and asynchronous receipts come in by one URL, and
    /// [`Opened::is_mdn`] tells them apart.
    ///
    /// # Errors
    ///
    /// Those of [`read_mdn`], except [`MdnError::Open`].
    pub fn from_opened(
        headers: &Headers<'_>,
        opened: Opened,
        opener: &Opener<'_>,
    ) -> Result<Self, MdnError> {
        let (mdn, mic_error) = Mdn::read(&opened.entity, &opener.limits().mime)?;
        let mut warnings = opened.warnings;
        if let Some(error) = mic_error {
            warnings.push(Warning::new("mic-unreadable", error.to_string()));
        }
        Ok(Self {
            mdn,
            signature: opened.signature,
            features: Features::parse(headers),
            from: optional_name(headers, AS2_FROM),
            to: optional_name(headers, AS2_TO),
            warnings,
            expected: opener.expected().unwrap_or_default().to_vec(),
        })
    }

    /// Holds the receipt against the message that was sent, for which a signed one was asked.
    ///
    /// # Errors
    ///
    /// Those of [`Self::check_with`].
    pub fn check(&self, sent: &MessageId, mic: &Mic) -> Result<Receipt, MdnProblem> {
        self.check_with(sent, mic, ReceiptSigning::Signed)
    }

    /// Holds the receipt against the message that was sent: first that it is about this message, then who signed
    /// it, then what it says, then that what arrived is what was sent.
    ///
    /// A signature is wanted when one was asked for, and when there is one it must stand, and be by a certificate that
    /// the [`Opener`] was given: what anybody may have signed proves nothing.
    ///
    /// # Errors
    ///
    /// [`MdnProblem`], the first in that order.
    ///
    /// # Specification
    ///
    /// [RFC 4130 §7.2](https://www.rfc-editor.org/rfc/rfc4130#section-7.2).
    pub fn check_with(
        &self,
        sent: &MessageId,
        mic: &Mic,
        asked: ReceiptSigning,
    ) -> Result<Receipt, MdnProblem> {
        if self.mdn.original_message_id.as_ref() != Some(sent) {
            return Err(MdnProblem::OtherMessage {
                expected: sent.clone(),
                found: self.mdn.original_message_id.clone(),
            });
        }
        let disposition = || self.mdn.disposition.clone();
        match &self.signature {
            None if asked == ReceiptSigning::Signed => {
                return Err(MdnProblem::Unsigned {
                    disposition: disposition(),
                });
            }
            None => {}
            Some(signature) => {
                if let Err(error) = &signature.valid {
                    return Err(MdnProblem::SignatureInvalid {
                        error: error.clone(),
                        disposition: disposition(),
                    });
                }
                if signature.pinned != Pinned::Yes {
                    return Err(MdnProblem::UnexpectedSigner {
                        expected: self.expected.clone(),
                        found: signature.signer.clone(),
                        disposition: disposition(),
                    });
                }
            }
        }
        let receipt = match disposition() {
            Disposition::Processed => Receipt::Processed,
            Disposition::Warning(reason) => Receipt::ProcessedWithWarning(reason),
            refused => return Ok(Receipt::Refused(refused)),
        };
        match &self.mdn.mic {
            Some(found) if found == mic => Ok(receipt),
            // RFC 4130 §7.4.3: the MIC goes with signed receipts.
            None if asked == ReceiptSigning::Unsigned => Ok(receipt),
            None => Err(MdnProblem::MicMissing {
                expected: mic.clone(),
            }),
            Some(found) if found.algorithm() != mic.algorithm() => Err(MdnProblem::MicAlgorithm {
                expected: mic.clone(),
                found: found.clone(),
            }),
            Some(found) => Err(MdnProblem::MicMismatch {
                expected: mic.clone(),
                found: found.clone(),
            }),
        }
    }
}

/// What a receipt that was checked says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receipt {
    /// What was sent is what arrived, and it was processed.
    Processed,
    /// The same, but the partner found something odd.
    ProcessedWithWarning(WarningReason),
    /// The partner received the message and did not process it. [`Disposition::hint`] says where to look.
    Refused(Disposition),
}

/// Why a receipt proves nothing about the message that was sent.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum MdnProblem {
    /// It is about another message.
    #[error("expected a receipt for another message than it is for")]
    OtherMessage {
        /// The message that was sent.
        expected: MessageId,
        /// The message that it is about, if it says.
        found: Option<MessageId>,
    },
    /// A signed receipt was asked for, and it is not signed.
    #[error("expected a signed receipt but found none, saying {disposition}")]
    Unsigned {
        /// What it says, unproven.
        disposition: Disposition,
    },
    /// Its signature does not stand.
    #[error("signature of the receipt: {error}; it says {disposition}")]
    SignatureInvalid {
        /// Why not.
        error: SignatureError,
        /// What it says, unproven.
        disposition: Disposition,
    },
    /// It is signed by a certificate that was not expected.
    #[error("receipt signed by a certificate that was not expected, saying {disposition}")]
    UnexpectedSigner {
        /// The certificates that were expected.
        expected: Vec<Certificate>,
        /// The certificate that signed.
        found: Option<Certificate>,
        /// What it says, unproven.
        disposition: Disposition,
    },
    /// What arrived is not what was sent.
    #[error("expected mic {expected} but found {found}")]
    MicMismatch {
        /// Of what was sent.
        expected: Mic,
        /// Of what arrived.
        found: Mic,
    },
    /// The MIC is by another digest than was asked for, so that it cannot be compared.
    #[error("expected mic {expected} but found one by another digest, {found}")]
    MicAlgorithm {
        /// Of what was sent.
        expected: Mic,
        /// Of what arrived.
        found: Mic,
    },
    /// There is no MIC, or none that can be read.
    #[error("expected mic {expected} but found none")]
    MicMissing {
        /// Of what was sent.
        expected: Mic,
    },
}

impl MdnProblem {
    /// Returns the stable name of this problem.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherMessage { .. } => "mdn-other-message",
            Self::Unsigned { .. } => "mdn-unsigned",
            Self::SignatureInvalid { error, .. } => error.code(),
            Self::UnexpectedSigner { .. } => "mdn-unexpected-signer",
            Self::MicMismatch { .. } => "mic-mismatch",
            Self::MicAlgorithm { .. } => "mic-other-algorithm",
            Self::MicMissing { .. } => "mic-missing",
        }
    }

    /// What the receipt says all the same, unproven; none where it is about another message, or says that it was
    /// processed and its MIC does not fit.
    #[must_use]
    pub const fn disposition(&self) -> Option<&Disposition> {
        match self {
            Self::Unsigned { disposition }
            | Self::SignatureInvalid { disposition, .. }
            | Self::UnexpectedSigner { disposition, .. } => Some(disposition),
            Self::OtherMessage { .. }
            | Self::MicMismatch { .. }
            | Self::MicAlgorithm { .. }
            | Self::MicMissing { .. } => None,
        }
    }

    /// Says where to look first. [`Self::diagnosis`] tells more.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::OtherMessage { .. } => {
                "the partner answered another message: look for it under the id in the receipt"
            }
            Self::Unsigned { .. } => "ask the partner to sign receipts",
            Self::SignatureInvalid { .. } => {
                "the receipt changed on its way, or the partner's signing certificate here is not its current one"
            }
            Self::UnexpectedSigner { .. } => {
                "compare the partner's signing certificate here with the one in the receipt: it may have rolled over"
            }
            Self::MicMismatch { .. } => {
                "the content changed on its way: look for a proxy or gateway that rewrites bodies or line ends"
            }
            Self::MicAlgorithm { .. } | Self::MicMissing { .. } => {
                "the partner did not honour signed-receipt-micalg: agree on a digest"
            }
        }
    }
}

/// Why a receipt cannot be read.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum MdnError {
    /// It could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is something else, such as the error page of a web server.
    #[error("expected a disposition notification but found {found:?}")]
    NotAnMdn {
        /// The media type that was found.
        found: String,
    },
    /// Its MIME structure is malformed. The place is in the entity under the signature.
    #[error("malformed mime: {0}")]
    Mime(#[from] rollcert_mime::DecodeError),
    /// The field `Disposition` is missing.
    #[error("disposition missing")]
    NoDisposition,
    /// The field `Disposition` says nothing that AS2 knows.
    #[error("{0}")]
    Disposition(DispositionError),
}

impl MdnError {
    /// Returns the stable name of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open(error) => error.code(),
            Self::NotAnMdn { .. } => "not-an-mdn",
            Self::Mime(error) => error.code(),
            Self::NoDisposition => "no-disposition",
            Self::Disposition(error) => error.code(),
        }
    }
}
