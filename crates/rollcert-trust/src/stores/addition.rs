/// Whether something was new to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is no third case")]
pub enum Addition {
    /// It was not there before.
    New,
    /// The same octets were there, and stay.
    Known,
}
