use core::cell::OnceCell;

use rollcert_crypto::{DigestAlgorithm, Provider};
use rollcert_pki::Thumbprint;

use crate::ocsp::{OcspError, OcspResponse};

/// An OCSP response that came along, read once, however many certificates it is asked about.
pub(crate) struct ReceivedResponse<'a> {
    octets: &'a [u8],
    read: OnceCell<Result<Heard<'a>, OcspError>>,
}

/// A response, and the SHA-256 over all of it that a signature covers or is.
pub(super) struct Heard<'a> {
    pub(super) response: OcspResponse<'a>,
    pub(super) signed: Thumbprint,
}

impl<'a> ReceivedResponse<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self {
            octets,
            read: OnceCell::new(),
        }
    }

    pub(super) fn read(&self, provider: &Provider) -> Result<&Heard<'a>, &OcspError> {
        let read = || {
            let response = OcspResponse::parse(self.octets)?;
            let digest = DigestAlgorithm::Sha256;
            let signed = Thumbprint::of(response.basic_octets(), digest, provider);
            Ok(Heard { response, signed })
        };
        self.read.get_or_init(read).as_ref()
    }
}
