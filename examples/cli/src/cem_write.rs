//! The messages that we send, written to files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rand::CryptoRng;
use rollcert::as2::{As2Name, MdnRequest, Message, MessageId};
use rollcert::crypto::DigestAlgorithm;
use rollcert::pki::Credential;

use crate::error::Failure;
use crate::files::PROVIDER;

/// Who sends a message to whom, and how.
pub(crate) struct Outgoing<'a> {
    pub(crate) from: &'a As2Name,
    pub(crate) to: &'a As2Name,
    pub(crate) subject: &'a str,
    pub(crate) signer: &'a Credential,
    pub(crate) at: DateTime<Utc>,
}

impl Outgoing<'_> {
    /// Signs an entity, asks for a signed receipt, and writes `headers` and `body` to a folder.
    pub(crate) fn write(
        &self,
        entity: &[u8],
        folder: &Path,
        rng: &mut dyn CryptoRng,
    ) -> Result<Message, Failure> {
        let message_id = MessageId::random(NOWHERE, rng)
            .map_err(|error| Failure::failed(error.code(), error.to_string()))?;
        // The address is a sign that a receipt is wanted; nothing is ever sent to it (RFC 4130 §7.3).
        let receipt = MdnRequest::signed(&format!("rollcert@{NOWHERE}"));
        let message = Message::builder(self.from, self.to, message_id)
            .subject(self.subject)
            .signed_by(self.signer, DigestAlgorithm::Sha256)
            .request_mdn(receipt)
            .build(entity, self.at, &PROVIDER, rng)
            .map_err(|error| Failure::bad(error.code(), error.to_string()))?;
        let fields = message.headers.iter();
        let headers: String = fields
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        store(folder.join("body"), &message.body)?;
        store(folder.join("headers"), headers.as_bytes())?;
        Ok(message)
    }
}

/// An AS2 name of the command line.
pub(crate) fn name(flag: &str, text: &str) -> Result<As2Name, Failure> {
    As2Name::new(text).map_err(|error| Failure::failed(error.code(), format!("{flag}: {error}")))
}

fn store(path: PathBuf, octets: &[u8]) -> Result<(), Failure> {
    fs::write(&path, octets).map_err(|error| unwritable(&path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let text = format!("cannot write {}: {error}", path.display());
    Failure::failed("unwritable", text)
}

/// A host that cannot be (RFC 6761 §6.4): where the message is sent from is not known here.
const NOWHERE: &str = "rollcert.invalid";
