//! OCSP responses (RFC 6960): read, and matched with certificates and responders. Nothing is fetched here.

mod error;
mod reader;
mod response;
mod single;

pub use error::OcspError;
pub use response::OcspResponse;
pub(crate) use response::ResponderId;
pub(crate) use single::IssuerDigests;
pub use single::{OcspCertificateStatus, OcspSingleResponse};
