//! Content in pieces: whole blocks go through at once, and what is left of a piece waits for the next.

use cipher::array::Array;
use cipher::block_padding::{Padding, Pkcs7};
use cipher::{Block, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use zeroize::Zeroizing;

use super::content::WRONG_LENGTH;
use crate::{CipherStream, Error};

pub(super) fn encryption<C: KeyIvInit + BlockModeEncrypt + Send + 'static>(
    key: &[u8],
    initialisation_vector: &[u8],
) -> Result<Box<dyn CipherStream>, Error> {
    let cipher = C::new_from_slices(key, initialisation_vector).map_err(|_| WRONG_LENGTH)?;
    let waiting = Waiting::for_blocks_of(C::block_size());
    Ok(Box::new(Encryption { cipher, waiting }))
}

pub(super) fn decryption<C: KeyIvInit + BlockModeDecrypt + Send + 'static>(
    key: &[u8],
    initialisation_vector: &[u8],
) -> Result<Box<dyn CipherStream>, Error> {
    let cipher = C::new_from_slices(key, initialisation_vector).map_err(|_| WRONG_LENGTH)?;
    let waiting = Waiting::for_blocks_of(C::block_size());
    Ok(Box::new(Decryption { cipher, waiting }))
}

struct Encryption<C> {
    cipher: C,
    /// Less than a block between two pieces.
    waiting: Waiting,
}

impl<C: BlockModeEncrypt + Send> CipherStream for Encryption<C> {
    fn update(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let data = self.waiting.fill(data);
        if self.waiting.is_full() {
            self.cipher
                .encrypt_blocks(append::<C>(&self.waiting.octets, out));
            self.waiting.octets.clear();
        }
        // Either nothing waits now, or nothing of the piece is left.
        let (whole, rest) = data.split_at(data.len() - data.len() % C::block_size());
        self.cipher.encrypt_blocks(append::<C>(whole, out));
        self.waiting.fill(rest);
        Ok(())
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut block = Block::<C>::default();
        let len = self.waiting.octets.len();
        for (octet, waiting) in block.iter_mut().zip(self.waiting.octets.iter()) {
            *octet = *waiting;
        }
        Pkcs7::pad(&mut block, len);
        self.cipher.encrypt_block(&mut block);
        out.extend_from_slice(&block);
        Ok(())
    }
}

struct Decryption<C> {
    cipher: C,
    /// At most one block between two pieces, as a whole one may be the last, which has the padding.
    waiting: Waiting,
}

impl<C: BlockModeDecrypt + Send> CipherStream for Decryption<C> {
    fn update(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let data = self.waiting.fill(data);
        if data.is_empty() {
            return Ok(());
        }
        // More follows, so the block that waits is full and is not the last one.
        self.cipher
            .decrypt_blocks(append::<C>(&self.waiting.octets, out));
        self.waiting.octets.clear();
        let last = data.len().saturating_sub(1) % C::block_size() + 1;
        let (whole, rest) = data.split_at(data.len() - last);
        self.cipher.decrypt_blocks(append::<C>(whole, out));
        self.waiting.fill(rest);
        Ok(())
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut block = Zeroizing::new(self.waiting.octets.to_vec());
        let (blocks, rest) = Array::slice_as_chunks_mut(&mut block);
        let [block] = blocks else {
            return Err(Error::DecryptionFailed);
        };
        if !rest.is_empty() {
            return Err(Error::DecryptionFailed);
        }
        self.cipher.decrypt_block(block);
        let plain = Pkcs7::unpad(block).map_err(|_| Error::DecryptionFailed)?;
        out.extend_from_slice(plain);
        Ok(())
    }
}

/// What did not fill a block yet.
struct Waiting {
    octets: Zeroizing<Vec<u8>>,
    block_len: usize,
}

impl Waiting {
    fn for_blocks_of(block_len: usize) -> Self {
        Self {
            octets: Zeroizing::new(Vec::with_capacity(block_len)),
            block_len,
        }
    }

    /// Takes of `data` what fills the block, and returns the rest.
    fn fill<'a>(&mut self, data: &'a [u8]) -> &'a [u8] {
        let lacking = self.block_len.saturating_sub(self.octets.len());
        let (taken, rest) = data.split_at_checked(lacking).unwrap_or((data, &[]));
        self.octets.extend_from_slice(taken);
        rest
    }

    fn is_full(&self) -> bool {
        self.octets.len() == self.block_len
    }
}

/// Appends whole blocks to `out`, and returns them there, to be worked on in place.
fn append<'out, C: cipher::BlockSizeUser>(
    octets: &[u8],
    out: &'out mut Vec<u8>,
) -> &'out mut [Block<C>] {
    let before = out.len();
    out.extend_from_slice(octets);
    let (_, appended) = out.split_at_mut(before);
    Array::slice_as_chunks_mut(appended).0
}
