/// What reading a file may cost, whoever sent it.
///
/// Each bound counts octets, elements or steps, never seconds, so the same file is refused on every
/// machine. The defaults hold for files that people and partners really send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Size of one input in octets. Default 16 MiB.
    pub octets: usize,
    /// Depth to which elements may be nested. Default 64.
    pub depth: usize,
    /// Elements in one encoding. Default 1,000,000.
    pub elements: usize,
    /// Certificates and keys in one file. Default 1,000.
    pub entries: usize,
    /// Iterations of all key derivations in one file together. Default 10,000,000, some seconds of work.
    pub kdf_iterations: u64,
}

impl Limits {
    /// The same limits with another bound on the size of one input, in octets.
    #[must_use]
    pub const fn with_octets(self, octets: usize) -> Self {
        Self { octets, ..self }
    }

    /// The same limits with another bound on nesting.
    #[must_use]
    pub const fn with_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// The same limits with another bound on elements in one encoding.
    #[must_use]
    pub const fn with_elements(self, elements: usize) -> Self {
        Self { elements, ..self }
    }

    /// The same limits with another bound on certificates and keys in one file.
    #[must_use]
    pub const fn with_entries(self, entries: usize) -> Self {
        Self { entries, ..self }
    }

    /// The same limits with another bound on the iterations of key derivation.
    #[must_use]
    pub const fn with_kdf_iterations(self, kdf_iterations: u64) -> Self {
        Self {
            kdf_iterations,
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 16 << 20,
            depth: 64,
            elements: 1_000_000,
            entries: 1_000,
            kdf_iterations: 10_000_000,
        }
    }
}
