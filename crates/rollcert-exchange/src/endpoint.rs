use rollcert_crypto::Provider;
use rollcert_pki::{Certificate, Credential};
use rollcert_schedule::{Operation, Relationship, ServingError, Timestamp};

use crate::{Keyring, MissingKey, Party};

/// Speaks AS2 for one relationship.
///
/// It holds nothing but references: the state is the relationship's, the octets are the host's.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "three references, and no rule among them"
)]
pub struct Endpoint<'a> {
    /// Names, addresses, protection.
    pub party: &'a Party,
    /// The octets behind the fingerprints.
    pub keyring: &'a Keyring,
    /// The cryptography.
    pub provider: &'a Provider,
}

/// The octets behind what serves one sending operation: always exactly one credential.
impl Endpoint<'_> {
    pub(crate) fn serving_credential<E: From<ServingError> + From<MissingKey>>(
        &self,
        relationship: &Relationship,
        operation: Operation,
        now: Timestamp,
    ) -> Result<&Credential, E> {
        let facts = relationship.serving_best(operation, now)?;
        Ok(self.keyring.credential(facts.fingerprint)?)
    }

    pub(crate) fn serving_certificate<E: From<ServingError> + From<MissingKey>>(
        &self,
        relationship: &Relationship,
        operation: Operation,
        now: Timestamp,
    ) -> Result<&Certificate, E> {
        let facts = relationship.serving_best(operation, now)?;
        Ok(self.keyring.certificate(facts.fingerprint)?)
    }
}
