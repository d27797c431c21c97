use der::Tag;
use der::asn1::ObjectIdentifier;
use rollcert_crypto::KeyTransportAlgorithm;
use rollcert_pki::asn1::{DecodeError, DecodeErrorKind, Element};
use rollcert_pki::{Certificate, KeyAlgorithmName, Limits};

use crate::identifier::{CertificateIdentifier, RecipientIdentifier};
use crate::key_agreement::KeyAgreement;
use crate::key_transport::KeyTransport;
use crate::opening::KeyOperation;
use crate::recipient::KeyManagement;
use crate::signed::bounded;

/// Whom a message is for (`RecipientInfos`, RFC 5652 §6.2).
#[derive(Clone, Debug)]
pub(crate) struct Recipients {
    /// Everybody, in the order that arrived.
    pub(crate) identifiers: Vec<RecipientIdentifier>,
    /// Those whose kind is served.
    pub(crate) infos: Vec<RecipientInfo>,
}

impl Recipients {
    /// Reads the `SET`, of no more recipients than [`Limits::entries`]. Each of those that share a key
    /// agreement counts.
    pub(crate) fn decode(set: &Element<'_>, limits: &Limits) -> Result<Self, DecodeError> {
        let mut recipients = Self {
            identifiers: Vec::new(),
            infos: Vec::new(),
        };
        let mut members = set.reader();
        while !members.is_empty() {
            let info = members.element()?;
            if info.tag() == Tag::Sequence {
                let transport = RecipientInfo::Transport(KeyTransport::decode(&info)?);
                recipients.admit(transport, info.offset(), limits)?;
            } else if info.is_context(1) {
                KeyAgreement::decode_each(&info, |agreement, offset| {
                    recipients.admit(RecipientInfo::Agreement(agreement), offset, limits)
                })?;
            } else {
                recipients.list(unserved(&info)?, info.offset(), limits)?;
            }
        }
        Ok(recipients)
    }

    fn admit(
        &mut self,
        info: RecipientInfo,
        offset: usize,
        limits: &Limits,
    ) -> Result<(), DecodeError> {
        let identifier = info.identifier().clone();
        let identifier = match info {
            RecipientInfo::Transport(_) => RecipientIdentifier::KeyTransport(identifier),
            RecipientInfo::Agreement(_) => RecipientIdentifier::KeyAgreement(identifier),
        };
        self.list(identifier, offset, limits)?;
        self.infos.push(info);
        Ok(())
    }

    fn list(
        &mut self,
        identifier: RecipientIdentifier,
        offset: usize,
        limits: &Limits,
    ) -> Result<(), DecodeError> {
        let count = self.identifiers.len();
        bounded(count, "recipients", limits.entries, offset)?;
        self.identifiers.push(identifier);
        Ok(())
    }
}

/// The content key as one recipient gets it.
#[derive(Clone, Debug)]
pub(crate) enum RecipientInfo {
    Transport(KeyTransport),
    Agreement(KeyAgreement),
}

impl RecipientInfo {
    pub(crate) const fn identifier(&self) -> &CertificateIdentifier {
        match self {
            Self::Transport(transport) => &transport.identifier,
            Self::Agreement(agreement) => &agreement.identifier,
        }
    }

    /// The object identifier of the algorithm that the content key travels by.
    pub(crate) fn algorithm_oid(&self) -> ObjectIdentifier {
        match self {
            Self::Transport(transport) => transport.algorithm_oid,
            Self::Agreement(agreement) => agreement.agreed.algorithm_oid,
        }
    }

    /// Whether the private key of `certificate` could be the one that opens it, whomever it names.
    pub(crate) fn could_be_for(&self, certificate: &Certificate) -> bool {
        match (self, certificate.key_algorithm()) {
            // RFC 8017 §7.1.1, §7.2.1: as long as the modulus.
            (Self::Transport(transport), KeyAlgorithmName::Rsa { bits }) => {
                transport.encrypted_key.len() == bits.div_ceil(8)
            }
            (
                Self::Agreement(agreement),
                KeyAlgorithmName::P256 | KeyAlgorithmName::P384 | KeyAlgorithmName::P521,
            ) => agreement.agreed.originator.is_on_curve_of(certificate),
            _ => false,
        }
    }

    /// What is to be done with the private key of `certificate`, and how the key has travelled; nothing
    /// when that is not served.
    pub(crate) fn operation(
        &self,
        certificate: &Certificate,
    ) -> Option<(KeyOperation<'_>, KeyManagement)> {
        match self {
            Self::Transport(transport) => {
                let algorithm: KeyTransportAlgorithm = transport.algorithm?;
                let encrypted_key = &transport.encrypted_key;
                let operation = KeyOperation::Decrypt {
                    algorithm,
                    encrypted_key,
                };
                Some((operation, KeyManagement::Transport(algorithm)))
            }
            Self::Agreement(agreement) => {
                let scheme = agreement.agreed.scheme.as_ref()?;
                let public_key_info = agreement.agreed.originator.public_key_info(certificate)?;
                let management = KeyManagement::Agreement {
                    kdf: scheme.kdf,
                    wrap: scheme.wrap,
                };
                Some((KeyOperation::Agree { public_key_info }, management))
            }
        }
    }
}

/// The kinds of `RecipientInfo` besides key transport and key agreement (RFC 5652 §6.2).
fn unserved(info: &Element<'_>) -> Result<RecipientIdentifier, DecodeError> {
    let kinds = [
        (2, RecipientIdentifier::KeyEncryptionKey),
        (3, RecipientIdentifier::Password),
        (4, RecipientIdentifier::Other),
    ];
    kinds
        .into_iter()
        .find(|(number, _)| info.is_context(*number))
        .map(|(_, kind)| kind)
        .ok_or_else(|| {
            let expected = "RecipientInfo";
            DecodeError::new(DecodeErrorKind::Unexpected { expected }, info.offset())
        })
}
