//! Names in certificates: what constraints of a path allow, and whether a certificate carries the name asked for.

pub(crate) mod constraints;
mod host;
mod mailbox;
pub(crate) mod reference;
mod subtree;
mod uri;
