//! What hostile input may cost.

/// What one call may cost, in octets and counts.
///
/// Work is linear in the input and memory is bounded by these numbers besides it; nothing recurses,
/// because a nested multipart is split only when it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Octets of one header block, line ends included. Default: 64 KiB.
    pub header_octets: usize,
    /// Fields in one header block. Default: 256.
    pub header_fields: usize,
    /// Parts of one multipart, not counting those nested in its parts. Default: 64.
    pub parts: usize,
    /// Parameters of one media type. Default: 32.
    pub parameters: usize,
}

impl Limits {
    /// Replaces [`Self::header_octets`].
    #[must_use]
    pub const fn with_header_octets(mut self, octets: usize) -> Self {
        self.header_octets = octets;
        self
    }

    /// Replaces [`Self::header_fields`].
    #[must_use]
    pub const fn with_header_fields(mut self, fields: usize) -> Self {
        self.header_fields = fields;
        self
    }

    /// Replaces [`Self::parts`].
    #[must_use]
    pub const fn with_parts(mut self, parts: usize) -> Self {
        self.parts = parts;
        self
    }

    /// Replaces [`Self::parameters`].
    #[must_use]
    pub const fn with_parameters(mut self, parameters: usize) -> Self {
        self.parameters = parameters;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_octets: 64 * 1024,
            header_fields: 256,
            parts: 64,
            parameters: 32,
        }
    }
}
