//! Whether a certificate in a path is revoked, by the CRLs and OCSP responses that are known.

use crate::context::{Context, SignerPaths};
use crate::report::{Reason, RevocationStatus};
use crate::stored::StoredCertificate;

/// The status of the certificate at `index` of `path`, which runs from the leaf to the anchor.
///
/// `ocsp_responses` are those that came along. `Err` when the budget is spent.
pub(crate) fn check(
    context: &Context<'_>,
    signers: &dyn SignerPaths,
    path: &[StoredCertificate],
    index: usize,
    ocsp_responses: &[&[u8]],
) -> Result<RevocationStatus, Reason> {
    let _ = (context, signers, path, index, ocsp_responses);
    Ok(RevocationStatus::NotChecked)
}
