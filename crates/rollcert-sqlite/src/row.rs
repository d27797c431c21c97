use std::sync::Arc;

use rollcert_schedule::{RelationshipId, Timestamp};
use rollcert_store::StoreError;
use serde_json::Error as JsonError;

/// What SQLite reports, as the store's own error.
pub(crate) fn backend(error: rusqlite::Error) -> StoreError {
    StoreError::Backend(Arc::new(error))
}

/// The key of a relationship: its four parts as a JSON array, which no part can forge.
pub(crate) fn key(id: &RelationshipId) -> String {
    let RelationshipId {
        tenant,
        local,
        partner,
        protocol,
    } = id;
    serde_json::json!([tenant, local, partner, protocol]).to_string()
}

/// The relationship that a key names.
pub(crate) fn from_key(key: &str) -> Result<RelationshipId, StoreError> {
    let (tenant, local, partner, protocol): (String, String, String, String) =
        serde_json::from_str(key).map_err(|_| corrupt("a relationship's key"))?;
    Ok(RelationshipId::new(&local, &partner, &protocol).with_tenant(&tenant))
}

/// Microseconds of an instant at which something becomes due: rounded up, never early.
pub(crate) fn due(instant: Timestamp) -> i64 {
    let micros = instant.timestamp_micros();
    let rest = instant.timestamp_subsec_nanos() % 1_000;
    micros.saturating_add(i64::from(rest > 0))
}

/// Microseconds of the clock: rounded down, never late.
pub(crate) fn clock(instant: Timestamp) -> i64 {
    instant.timestamp_micros()
}

pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error: JsonError| StoreError::Backend(Arc::new(error)))
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(
    text: &str,
    what: &'static str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| corrupt(what))
}

pub(crate) fn corrupt(what: &'static str) -> StoreError {
    StoreError::Corrupt { what }
}
