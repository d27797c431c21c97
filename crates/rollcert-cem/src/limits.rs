//! What hostile input may cost.

/// What one call may cost, in octets and counts.
///
/// Work is linear in the input, but for products that these numbers bound: attributes of one element with each
/// other, elements and attributes with the namespaces in scope, and certificates of one bundle with each other.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Octets of the XML part, decoded. Default: 1 MiB.
    pub xml_octets: usize,
    /// Levels of nested elements. A message needs five. Default: 32.
    pub xml_depth: usize,
    /// Attributes of one element, namespace declarations included. Default: 64.
    pub xml_attributes: usize,
    /// Namespace declarations of the document, counted by the word `xmlns` wherever it stands. A message needs two;
    /// some software repeats them with every element. Default: 256.
    pub xml_namespaces: usize,
    /// Elements, texts, comments and processing instructions together. Default: 20,000.
    pub xml_nodes: usize,
    /// Trust requests or trust responses of one message. Default: 64.
    pub trust_elements: usize,
    /// Octets of one certificate bundle, decoded. Default: 256 KiB.
    pub bundle_octets: usize,
    /// Certificates of one bundle. Default: 16.
    pub certificates: usize,
    /// Digits of a serial number. Default: 1,024; certificates have 50 at most (RFC 5280 §4.1.2.2).
    pub serial_digits: usize,
    /// Findings that are listed; what is found beyond them is not. Default: 64.
    pub findings: usize,
    /// Limits of the MIME layer.
    pub mime: rollcert_mime::Limits,
    /// Limits of the certificates and bundles.
    pub pki: rollcert_pki::Limits,
}

impl Limits {
    /// Replaces [`Self::xml_octets`].
    #[must_use]
    pub const fn with_xml_octets(mut self, octets: usize) -> Self {
        self.xml_octets = octets;
        self
    }

    /// Replaces [`Self::xml_nodes`].
    #[must_use]
    pub const fn with_xml_nodes(mut self, nodes: usize) -> Self {
        self.xml_nodes = nodes;
        self
    }

    /// Replaces [`Self::trust_elements`].
    #[must_use]
    pub const fn with_trust_elements(mut self, elements: usize) -> Self {
        self.trust_elements = elements;
        self
    }

    /// Replaces [`Self::bundle_octets`].
    #[must_use]
    pub const fn with_bundle_octets(mut self, octets: usize) -> Self {
        self.bundle_octets = octets;
        self
    }

    /// Replaces [`Self::certificates`].
    #[must_use]
    pub const fn with_certificates(mut self, certificates: usize) -> Self {
        self.certificates = certificates;
        self
    }

    /// Replaces [`Self::xml_depth`].
    #[must_use]
    pub const fn with_xml_depth(mut self, levels: usize) -> Self {
        self.xml_depth = levels;
        self
    }

    /// Replaces [`Self::xml_attributes`].
    #[must_use]
    pub const fn with_xml_attributes(mut self, attributes: usize) -> Self {
        self.xml_attributes = attributes;
        self
    }

    /// Replaces [`Self::xml_namespaces`].
    #[must_use]
    pub const fn with_xml_namespaces(mut self, declarations: usize) -> Self {
        self.xml_namespaces = declarations;
        self
    }

    /// Replaces [`Self::serial_digits`].
    #[must_use]
    pub const fn with_serial_digits(mut self, digits: usize) -> Self {
        self.serial_digits = digits;
        self
    }

    /// Replaces [`Self::findings`].
    #[must_use]
    pub const fn with_findings(mut self, findings: usize) -> Self {
        self.findings = findings;
        self
    }

    /// Replaces [`Self::mime`].
    #[must_use]
    pub const fn with_mime(mut self, mime: rollcert_mime::Limits) -> Self {
        self.mime = mime;
        self
    }

    /// Replaces [`Self::pki`].
    #[must_use]
    pub const fn with_pki(mut self, pki: rollcert_pki::Limits) -> Self {
        self.pki = pki;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            xml_octets: 1024 * 1024,
            xml_depth: 32,
            xml_attributes: 64,
            xml_namespaces: 256,
            xml_nodes: 20_000,
            trust_elements: 64,
            bundle_octets: 256 * 1024,
            certificates: 16,
            serial_digits: 1024,
            findings: 64,
            mime: rollcert_mime::Limits::default(),
            pki: rollcert_pki::Limits::default(),
        }
    }
}
