//! Under construction: the next commits fill this crate.
