//! What hostile input may cost.

/// What opening one message may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bounds of each MIME entity.
    pub mime: rollcert_mime::Limits,
    /// Bounds of each CMS structure and of the certificates in it.
    pub pki: rollcert_pki::Limits,
    /// Layers of encryption, signature and compression around the content. Default: 8.
    pub layers: usize,
    /// Octets that may come out of compression, of all layers together. Default: 64 MiB.
    ///
    /// Zlib makes up to a thousand octets of one, so this, and not the size of the message, bounds the memory that a
    /// compressed message takes. Raise it to the largest document that is to be received.
    pub inflated_octets: usize,
}

impl Limits {
    /// The same limits with other bounds of each MIME entity.
    #[must_use]
    pub const fn with_mime(self, mime: rollcert_mime::Limits) -> Self {
        Self { mime, ..self }
    }

    /// The same limits with other bounds of each CMS structure.
    #[must_use]
    pub const fn with_pki(self, pki: rollcert_pki::Limits) -> Self {
        Self { pki, ..self }
    }

    /// The same limits with another bound on layers.
    #[must_use]
    pub const fn with_layers(self, layers: usize) -> Self {
        Self { layers, ..self }
    }

    /// The same limits with another bound on what comes out of compression.
    #[must_use]
    pub const fn with_inflated_octets(self, inflated_octets: usize) -> Self {
        Self {
            inflated_octets,
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mime: rollcert_mime::Limits::default(),
            pki: rollcert_pki::Limits::default(),
            layers: 8,
            inflated_octets: 64 * 1024 * 1024,
        }
    }
}
