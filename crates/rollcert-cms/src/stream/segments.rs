//! Writing in BER what is not known in full: elements of indefinite length, and a string in segments.

use rollcert_pki::asn1::{encode_header, tag};

/// A string in constructed form on its way out (X.690 §8.7.3).
///
/// The segments are of one length whatever pieces the string comes in.
#[derive(Debug, Default)]
pub(super) struct Segments {
    waiting: Vec<u8>,
    any: bool,
}

impl Segments {
    pub(super) fn push(&mut self, mut octets: &[u8], out: &mut Vec<u8>) {
        while let Some((taken, rest)) = octets.split_at_checked(self.lacking()) {
            if self.waiting.is_empty() {
                self.write(taken, out);
            } else {
                self.waiting.extend_from_slice(taken);
                let segment = core::mem::take(&mut self.waiting);
                self.write(&segment, out);
                self.waiting = segment;
                self.waiting.clear();
            }
            octets = rest;
        }
        self.waiting.extend_from_slice(octets);
    }

    /// Writes the rest. Of an empty string one empty segment, as not every reader takes none.
    pub(super) fn finish(mut self, out: &mut Vec<u8>) {
        if !self.waiting.is_empty() || !self.any {
            let segment = core::mem::take(&mut self.waiting);
            self.write(&segment, out);
        }
    }

    fn lacking(&self) -> usize {
        SEGMENT_LEN.saturating_sub(self.waiting.len())
    }

    fn write(&mut self, segment: &[u8], out: &mut Vec<u8>) {
        out.extend(encode_header(tag::OCTET_STRING, segment.len()));
        out.extend_from_slice(segment);
        self.any = true;
    }
}

/// Begins an element of indefinite length.
pub(super) fn begin(identifier: u8, out: &mut Vec<u8>) {
    out.extend([identifier, 0x80]);
}

/// Ends so many elements of indefinite length.
pub(super) fn end(elements: usize, out: &mut Vec<u8>) {
    out.extend([0, 0].repeat(elements));
}

/// `OCTET STRING` in constructed form.
pub(super) const CONSTRUCTED_OCTET_STRING: u8 = 0x24;

/// Few enough that 1 GiB is within the default of `Limits::elements`, and little to hold.
const SEGMENT_LEN: usize = 32 * 1024;
