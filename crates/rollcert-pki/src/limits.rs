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
    /// Elements in one encoding that is BER. Default 200,000: a message of 50 MiB in the pieces of 1,000 octets that products
    /// write has a quarter of that.
    pub elements: usize,
    /// Certificates and keys in one file. Default 1,000.
    pub entries: usize,
    /// Size of one CRL in octets, where it is indexed. Default 256 MiB; no index reaches beyond 4 GiB.
    pub crl_octets: usize,
    /// Entries of one CRL, where it is indexed; each costs some 17 octets of memory. Default 5,000,000.
    pub crl_entries: usize,
    /// Iterations of all key derivations in one file together. Default 10,000,000, some seconds of work.
    ///
    /// Each block of derived key counts all its iterations. One of scrypt with its parameters N, r and p (RFC
    /// 7914) counts as 2·N·r·p, which takes about as long.
    pub kdf_iterations: u64,
    /// Octets of memory for one key derivation, which scrypt takes as much of as the file demands.
    /// Default 256 MiB.
    pub kdf_memory: u64,
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

    /// The same limits with another bound on the size of a CRL that is indexed, in octets.
    #[must_use]
    pub const fn with_crl_octets(self, crl_octets: usize) -> Self {
        Self { crl_octets, ..self }
    }

    /// The same limits with another bound on the entries of a CRL that is indexed.
    #[must_use]
    pub const fn with_crl_entries(self, crl_entries: usize) -> Self {
        Self {
            crl_entries,
            ..self
        }
    }

    /// The same limits with another bound on the iterations of key derivation.
    #[must_use]
    pub const fn with_kdf_iterations(self, kdf_iterations: u64) -> Self {
        Self {
            kdf_iterations,
            ..self
        }
    }

    /// The same limits with another bound on the memory of one key derivation, in octets.
    #[must_use]
    pub const fn with_kdf_memory(self, kdf_memory: u64) -> Self {
        Self { kdf_memory, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 16 << 20,
            depth: 64,
            elements: 200_000,
            entries: 1_000,
            crl_octets: 256 << 20,
            crl_entries: 5_000_000,
            kdf_iterations: 10_000_000,
            kdf_memory: 256 << 20,
        }
    }
}
