//! What a host holds against messages, as data.

use chrono::TimeDelta;

/// What is held against a message before it is acted upon.
///
/// Each setting says what gives rise to an [`Objection`](crate::Objection). The defaults are those under which a
/// message without objections may be acted upon by a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Messages that nobody signed. Default: [`UnsignedMessages::Refuse`].
    pub unsigned: UnsignedMessages,
    /// Where answers may be sent. Default: [`ResponseUrls::ConfiguredOrigins`].
    pub response_urls: ResponseUrls,
    /// Bundles without the issuer's certificate. Default: [`LeafOnlyBundles::KnownIssuer`].
    pub leaf_only: LeafOnlyBundles,
    /// In which forms bundles may come. Default: [`BundleForms::CmsAlone`].
    pub bundle_forms: BundleForms,
    /// How far `MessageOriginated` may lie ahead of our clock. Default: one hour, because widespread software
    /// writes the offset of its zone in whole hours.
    pub clock_skew: TimeDelta,
    /// How far `MessageOriginated` may lie back. Default: 30 days, for messages wait in queues.
    pub max_age: TimeDelta,
    /// Bits of the shortest RSA modulus. Default: 2,048.
    pub min_rsa_bits: usize,
}

impl Policy {
    /// Replaces [`Self::unsigned`].
    #[must_use]
    pub const fn with_unsigned(mut self, unsigned: UnsignedMessages) -> Self {
        self.unsigned = unsigned;
        self
    }

    /// Replaces [`Self::response_urls`].
    #[must_use]
    pub const fn with_response_urls(mut self, response_urls: ResponseUrls) -> Self {
        self.response_urls = response_urls;
        self
    }

    /// Replaces [`Self::leaf_only`].
    #[must_use]
    pub const fn with_leaf_only(mut self, leaf_only: LeafOnlyBundles) -> Self {
        self.leaf_only = leaf_only;
        self
    }

    /// Replaces [`Self::bundle_forms`].
    #[must_use]
    pub const fn with_bundle_forms(mut self, bundle_forms: BundleForms) -> Self {
        self.bundle_forms = bundle_forms;
        self
    }

    /// Replaces [`Self::clock_skew`].
    #[must_use]
    pub const fn with_clock_skew(mut self, clock_skew: TimeDelta) -> Self {
        self.clock_skew = clock_skew;
        self
    }

    /// Replaces [`Self::max_age`].
    #[must_use]
    pub const fn with_max_age(mut self, max_age: TimeDelta) -> Self {
        self.max_age = max_age;
        self
    }

    /// Replaces [`Self::min_rsa_bits`].
    #[must_use]
    pub const fn with_min_rsa_bits(mut self, bits: usize) -> Self {
        self.min_rsa_bits = bits;
        self
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            unsigned: UnsignedMessages::Refuse,
            response_urls: ResponseUrls::ConfiguredOrigins,
            leaf_only: LeafOnlyBundles::KnownIssuer,
            bundle_forms: BundleForms::CmsAlone,
            clock_skew: TimeDelta::hours(1),
            max_age: TimeDelta::days(30),
            min_rsa_bits: 2048,
        }
    }
}

/// Whether a message needs a signature (CEM §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnsignedMessages {
    /// It does.
    Refuse,
    /// For a first exchange it does not; what an unsigned message brings, somebody has to compare by another way.
    AskAPerson,
}

/// Where an answer may be sent. The partner chooses the URL, or whoever holds its signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseUrls {
    /// To a URL that is configured for the partner, character for character.
    ConfiguredUrls,
    /// Where scheme, host and port are those of a URL that is configured for the partner.
    ConfiguredOrigins,
    /// Where the host is that of a URL that is configured for the partner.
    ConfiguredHosts,
    /// Anywhere but to loopback, private and link-local addresses. A host name may lead there all the same: whoever
    /// connects has to look at the address again.
    AnyPublicHost,
}

/// Bundles that do not reach from the announced certificate up to a self-issued one (CEM §2.3). Widespread software
/// sends no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LeafOnlyBundles {
    /// Objected to, whatever we know.
    Refuse,
    /// Tolerated where the announced certificate or what the bundle lacks is among those that we know.
    KnownIssuer,
    /// Tolerated. Then somebody else decides about trust.
    Tolerate,
}

/// In which forms a bundle may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BundleForms {
    /// CMS, in BER or DER, as the protocol has it (CEM §2.3).
    CmsAlone,
    /// PEM and bare certificates as well.
    Any,
}
