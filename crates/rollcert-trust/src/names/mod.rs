//! Names in certificates: what constraints of a path allow, and whether a certificate carries the name asked for.

pub(crate) mod constraints;
pub(crate) mod reference;
