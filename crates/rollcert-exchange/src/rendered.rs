use rollcert_schedule::Fingerprint;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A message as it goes out: what is stored before the first send, and sent on every retry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rendered {
    /// The `Message-ID`, with its angle brackets.
    pub message_id: String,
    /// Where it goes.
    pub url: String,
    /// The HTTP headers, in order.
    pub headers: Vec<(String, String)>,
    /// The MIC that the receipt must return: `base64, algorithm`. None for a receipt, which gets none.
    pub mic: Option<String>,
    /// The certificate that it is signed with, if it is.
    pub signed_with: Option<Fingerprint>,
    /// The certificate that it is encrypted to, if it is and was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted_to: Option<Fingerprint>,
    /// The HTTP body.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl Rendered {
    /// The octets to store: one line of JSON, then the body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        join(self, &self.body)
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    ///
    /// [`MalformedRendering`] when the octets are something else.
    pub fn decode(octets: &[u8]) -> Result<Self, MalformedRendering> {
        let (rendered, body): (Self, _) = split(octets)?;
        Ok(Self { body, ..rendered })
    }
}

/// One line of JSON, then the body.
pub(crate) fn join<T: Serialize>(head: &T, body: &[u8]) -> Vec<u8> {
    // What is joined here holds strings, numbers and pairs of strings, which always serialise.
    let mut octets = serde_json::to_vec(head).unwrap_or_default();
    octets.push(b'\n');
    octets.extend_from_slice(body);
    octets
}

/// Takes apart what [`join`] put together.
pub(crate) fn split<T: DeserializeOwned>(
    octets: &[u8],
) -> Result<(T, Vec<u8>), MalformedRendering> {
    let end = octets
        .iter()
        .position(|octet| *octet == b'\n')
        .ok_or(MalformedRendering)?;
    let (head, body) = octets.split_at_checked(end).ok_or(MalformedRendering)?;
    let head = serde_json::from_slice(head).map_err(|_| MalformedRendering)?;
    Ok((head, body.get(1..).unwrap_or_default().to_vec()))
}

/// Stored octets are no rendered message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored octets are no rendered message")]
#[non_exhaustive]
pub struct MalformedRendering;

impl MalformedRendering {
    /// A stable name for this failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "stored-message-malformed"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rendered_message_reads_back_as_it_was() {
        let rendered = Rendered {
            message_id: "<a@b>".to_owned(),
            url: "http://b/".to_owned(),
            headers: vec![("Subject".to_owned(), "a \"b\"".to_owned())],
            mic: Some("AA==, sha-256".to_owned()),
            signed_with: Some(Fingerprint::new([1; 32])),
            encrypted_to: Some(Fingerprint::new([2; 32])),
            body: b"\n\0binary\n".to_vec(),
        };
        let octets = rendered.encode();
        assert_eq!(Rendered::decode(&octets), Ok(rendered));
        assert_eq!(Rendered::decode(b"{}\n"), Err(MalformedRendering));
        assert_eq!(Rendered::decode(b""), Err(MalformedRendering));
    }

    #[test]
    fn what_an_earlier_release_has_rendered_is_still_read() {
        let id = Fingerprint::new([1; 32]);
        let line = format!(
            r#"{{"message_id":"<a@b>","url":"http://b/","headers":[["A","b"]],"mic":"AA==, sha-256","signed_with":"{id}"}}"#
        );
        let rendered = Rendered {
            message_id: "<a@b>".to_owned(),
            url: "http://b/".to_owned(),
            headers: vec![("A".to_owned(), "b".to_owned())],
            mic: Some("AA==, sha-256".to_owned()),
            signed_with: Some(id),
            encrypted_to: None,
            body: b"body".to_vec(),
        };
        let octets = format!("{line}\nbody");
        assert_eq!(Rendered::decode(octets.as_bytes()), Ok(rendered));
    }
}
