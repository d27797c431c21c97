use crate::context::Context;
use crate::report::Reason;
use crate::stored::StoredCertificate;

/// What a certificate's own entry says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OwnEntry {
    /// There is none, or it has ended (then with the note): paths decide.
    NotListed(Option<Reason>),
    /// Trusted, with notes.
    Trusted(Vec<Reason>),
    /// Not trusted.
    Untrusted(Reason),
}

/// Looks at the certificate's own entry.
pub(crate) fn own_entry(context: &Context<'_>, certificate: &StoredCertificate) -> OwnEntry {
    let _ = (context, certificate);
    OwnEntry::NotListed(None)
}

/// Whether a CA in a path, root included, is listed as not to be trusted: [`Reason::CtlIssuerBlacklisted`].
pub(crate) fn inherited(context: &Context<'_>, authority: &StoredCertificate) -> Option<Reason> {
    let _ = (context, authority);
    None
}
