use flate2::{Decompress, FlushDecompress, Status};

use crate::DecompressError;

/// Undoes zlib (RFC 1950) in steps, each of which makes little.
pub(crate) struct Inflater {
    zlib: Decompress,
    chunk: Vec<u8>,
    max_octets: usize,
    /// Octets made so far.
    made: usize,
    ended: bool,
    /// Why nothing more is made.
    failure: Option<DecompressError>,
}

impl Inflater {
    pub(crate) fn new(max_octets: usize) -> Self {
        Self {
            zlib: Decompress::new(true),
            chunk: vec![0; CHUNK_LEN],
            max_octets,
            made: 0,
            ended: false,
            failure: None,
        }
    }

    /// Takes from the beginning of `compressed`, and appends at most 64 KiB to `out`. Returns how many octets
    /// were taken; there may be more to make of them, for the next step.
    pub(crate) fn step(
        &mut self,
        compressed: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<usize, DecompressError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let taken = self.inflate(compressed, out);
        self.failure = taken.err();
        taken
    }

    fn inflate(&mut self, compressed: &[u8], out: &mut Vec<u8>) -> Result<usize, DecompressError> {
        if self.ended {
            return match compressed {
                [] => Ok(0),
                _ => Err(DecompressError::Trailing),
            };
        }
        let (taken, made) = (self.zlib.total_in(), self.zlib.total_out());
        let status = self
            .zlib
            .decompress(compressed, &mut self.chunk, FlushDecompress::None)
            .map_err(|_| DecompressError::Malformed)?;
        let since = |before, now: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
        let taken = since(taken, self.zlib.total_in());
        let made = since(made, self.zlib.total_out());
        if made > self.max_octets - self.made {
            let max = self.max_octets;
            return Err(DecompressError::TooLong { max });
        }
        if made == 0 && taken == 0 && !compressed.is_empty() {
            return Err(DecompressError::Malformed);
        }
        self.made += made;
        out.extend_from_slice(self.chunk.get(..made).unwrap_or_default());
        self.ended = status == Status::StreamEnd;
        Ok(taken)
    }

    /// Makes what is left to make, some ten KiB, when nothing more comes.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) -> Result<(), DecompressError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        while !self.ended {
            let before = self.made;
            self.step(&[], out)?;
            // Nothing there and nothing made: it wants more than there is.
            if self.made == before && !self.ended {
                return Err(DecompressError::Truncated);
            }
        }
        Ok(())
    }
}

impl core::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Inflater")
            .field("made", &self.made)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// How much is made in one step.
const CHUNK_LEN: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_failed_does_not_finish() {
        // Nothing compressed, and an octet too many.
        let stream = [0x78, 0x9c, 3, 0, 0, 0, 0, 1, 0];
        let mut inflater = Inflater::new(10);
        let mut out = Vec::new();
        assert_eq!(inflater.step(&stream, &mut out), Ok(8));
        assert_eq!(
            inflater.step(&[0], &mut out),
            Err(DecompressError::Trailing)
        );
        assert_eq!(inflater.finish(&mut out), Err(DecompressError::Trailing));
    }
}
