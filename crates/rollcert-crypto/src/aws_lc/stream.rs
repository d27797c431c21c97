//! Content in pieces. AWS-LC keeps what does not fill a block, and the last block when decrypting.

use aws_lc_rs::cipher::{
    BufferUpdate, DecryptionContext, EncryptionContext, StreamingDecryptingKey,
    StreamingEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;

use super::backend;
use crate::{CipherStream, Error};

pub(super) fn encryption(
    key: UnboundCipherKey,
    vector: FixedLength<16>,
) -> Result<Box<dyn CipherStream>, Error> {
    let context = EncryptionContext::Iv128(vector);
    let key = StreamingEncryptingKey::less_safe_cbc_pkcs7(key, context).map_err(backend)?;
    Ok(Box::new(Encryption(key)))
}

pub(super) fn decryption(
    key: UnboundCipherKey,
    vector: FixedLength<16>,
) -> Result<Box<dyn CipherStream>, Error> {
    let context = DecryptionContext::Iv128(vector);
    let key = StreamingDecryptingKey::cbc_pkcs7(key, context).map_err(backend)?;
    Ok(Box::new(Decryption(key)))
}

struct Encryption(StreamingEncryptingKey);

impl CipherStream for Encryption {
    fn update(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        for piece in data.chunks(MAX_PIECE) {
            append(out, piece.len(), |room| self.0.update(piece, room)).map_err(backend)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>, out: &mut Vec<u8>) -> Result<(), Error> {
        append(out, 0, |room| Ok(self.0.finish(room)?.1)).map_err(backend)
    }
}

struct Decryption(StreamingDecryptingKey);

impl CipherStream for Decryption {
    fn update(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        for piece in data.chunks(MAX_PIECE) {
            append(out, piece.len(), |room| self.0.update(piece, room)).map_err(backend)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>, out: &mut Vec<u8>) -> Result<(), Error> {
        // Wrong padding, a broken block and no content at all are one error here too.
        append(out, 0, |room| self.0.finish(room)).map_err(|_| Error::DecryptionFailed)
    }
}

/// Makes room behind `out` for `len` octets and a block, and keeps of it what `work` wrote.
fn append(
    out: &mut Vec<u8>,
    len: usize,
    work: impl FnOnce(&mut [u8]) -> Result<BufferUpdate<'_>, Unspecified>,
) -> Result<(), Unspecified> {
    let before = out.len();
    out.resize(before.saturating_add(len).saturating_add(BLOCK_LEN), 0);
    let (_, room) = out.split_at_mut(before);
    let written = work(room).map(|update| update.written().len());
    out.truncate(before.saturating_add(*written.as_ref().unwrap_or(&0)));
    written.map(|_| ())
}

const BLOCK_LEN: usize = 16;

/// AWS-LC counts in 32 bits.
const MAX_PIECE: usize = 1 << 20;
