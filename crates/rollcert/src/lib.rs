//! Certificate exchange and rollover for managed file transfer: the facade.
