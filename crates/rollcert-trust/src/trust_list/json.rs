use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::entry::{TrustListEntry, TrustListStatus};
use super::error::TrustListError;
use super::memory::MemoryTrustList;

impl MemoryTrustList {
    /// Reads a list from JSON: an array of entries, each with `sha512` (or `spki_sha256`, for a key), `status`
    /// (`whitelisted` or `blacklisted`), and, where wanted, `allow_expired`, `until` (RFC 3339) and `note`.
    ///
    /// Thumbprints are read in any spelling. `allow_expired` says nothing for a black entry. A field with another name is
    /// an error, for whoever misspells `until` would otherwise trust for ever; so are two entries for the same certificate
    /// that say different things.
    ///
    /// ```
    /// # use rollcert_trust::MemoryTrustList;
    /// let sha512 = "00".repeat(64);
    /// let json = format!(r#"[{{"sha512":"{sha512}","status":"whitelisted","allow_expired":true}}]"#);
    /// let list = MemoryTrustList::from_json(&json)?;
    /// assert_eq!(list.to_json(), json);
    /// # Ok::<(), rollcert_trust::TrustListError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TrustListError::Syntax`], [`TrustListError::Contradiction`]; [`TrustListError::Entry`] says which entry and what is
    /// wrong with it.
    pub fn from_json(json: &str) -> Result<Self, TrustListError> {
        let rows: Vec<Row> = serde_json::from_str(json).map_err(|error| {
            // It quotes what stands in the file.
            let text = error.to_string();
            let text = text.chars().take(LONGEST_SYNTAX_TEXT);
            let text = text.flat_map(char::escape_debug).collect();
            TrustListError::Syntax { text }
        })?;
        let mut list = Self::new();
        let mut numbers = BTreeMap::new();
        for (index, row) in rows.into_iter().enumerate() {
            let number = index + 1;
            let in_entry = |error| TrustListError::Entry {
                number,
                error: Box::new(error),
            };
            let entry = row.into_entry().map_err(in_entry)?;
            let thumbprint = entry.thumbprint;
            let known = list.set(entry.clone()).map_err(in_entry)?;
            let first = *numbers.entry(thumbprint).or_insert(number);
            if known.is_some_and(|known| known != entry) {
                let second = number;
                return Err(TrustListError::Contradiction { first, second });
            }
        }
        Ok(list)
    }

    /// Writes the list as [`Self::from_json`] reads it: thumbprints in lower case, no fields without value, one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let rows: Vec<Row> = self.iter().map(Row::of).collect();
        // Rows are texts and flags: nothing in them can fail.
        serde_json::to_string(&rows).unwrap_or_default()
    }
}

/// An entry as it stands in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha512: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spki_sha256: Option<String>,
    status: RowStatus,
    #[serde(default)]
    allow_expired: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RowStatus {
    Whitelisted,
    Blacklisted,
}

impl Row {
    fn of(entry: &TrustListEntry) -> Self {
        let (status, allow_expired) = match entry.status {
            TrustListStatus::Whitelisted { allow_expired } => {
                (RowStatus::Whitelisted, allow_expired)
            }
            TrustListStatus::Blacklisted => (RowStatus::Blacklisted, false),
        };
        let thumbprint = Some(entry.thumbprint.to_string());
        let (sha512, spki_sha256) = if entry.is_for_key() {
            (None, thumbprint)
        } else {
            (thumbprint, None)
        };
        Self {
            sha512,
            spki_sha256,
            status,
            allow_expired,
            until: entry
                .until
                .map(|until| until.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            note: entry.note.clone(),
        }
    }

    fn into_entry(self) -> Result<TrustListEntry, TrustListError> {
        let syntax = |text: &str| TrustListError::Syntax {
            text: text.to_owned(),
        };
        let allow_expired = self.allow_expired;
        let status = match self.status {
            RowStatus::Whitelisted => TrustListStatus::Whitelisted { allow_expired },
            RowStatus::Blacklisted => TrustListStatus::Blacklisted,
        };
        let mut entry = match (self.sha512, self.spki_sha256, status) {
            (Some(sha512), None, status) => TrustListEntry::of_certificate(&sha512, status)?,
            (None, Some(spki_sha256), status) => {
                let entry = TrustListEntry::of_blacklisted_key(&spki_sha256)?;
                TrustListEntry::new(entry.thumbprint, status)?
            }
            _ => return Err(syntax("expected either sha512 or spki_sha256")),
        };
        if let Some(until) = self.until {
            let until = DateTime::parse_from_rfc3339(&until)
                .map_err(|_| syntax("expected until as a time by RFC 3339"))?;
            entry = entry.with_end(until.with_timezone(&Utc));
        }
        entry.note = self.note;
        Ok(entry)
    }
}

/// How much is shown of what is wrong with a file.
const LONGEST_SYNTAX_TEXT: usize = 256;
