use rollcert_as2::{Opened, Opener, ReceivedMdn};
use rollcert_schedule::{Fingerprint, Received, Relationship, Timestamp};

use crate::{ConfirmError, Confirmation, Endpoint, Incoming, Reply, Sent};

/// A receipt for a message of ours that came in a request of its own.
///
/// Nothing is judged yet, for only the host knows what was sent. It looks up the effect by
/// [`Self::original_message_id`] and hands both to [`Endpoint::confirm_late`]; one for an effect that is settled has
/// nothing to prove any more and gets HTTP status 200.
#[derive(Clone, Debug)]
pub struct LateReceipt {
    message_id: String,
    digest: Fingerprint,
    received: ReceivedMdn,
}

impl LateReceipt {
    pub(crate) fn read(
        incoming: &Incoming,
        opened: Opened,
        opener: &Opener<'_>,
    ) -> Result<Self, rollcert_as2::MdnError> {
        Ok(Self {
            message_id: incoming.message_id(),
            digest: incoming.digest,
            received: ReceivedMdn::from_opened(&incoming.headers, opened, opener)?,
        })
    }

    /// The message that it is for, with its angle brackets, if it says.
    #[must_use]
    pub fn original_message_id(&self) -> Option<String> {
        let original = self.received.mdn.original_message_id.as_ref()?;
        Some(original.to_string())
    }

    /// What to reply to one that is for no message of ours, or proves nothing about it: HTTP status 400. A receipt is
    /// never answered with another.
    #[must_use]
    pub const fn refusal() -> Reply {
        Reply::plain(400)
    }
}

impl Endpoint<'_> {
    /// Holds a receipt that came by itself against the message that was sent, and decides what it changes: what
    /// [`Self::confirm`] decides on one in the HTTP response. The commit notes the receipt as received; once it is
    /// written, the reply is HTTP status 200 without a body.
    ///
    /// # Errors
    ///
    /// [`ConfirmError`]: the effect stays in the outbox. To [`ConfirmError::Negative`], which is proven, reply with
    /// status 200 all the same; to any other with [`LateReceipt::refusal`].
    pub fn confirm_late(
        &self,
        relationship: &Relationship,
        sent: &Sent<'_>,
        receipt: &LateReceipt,
        now: Timestamp,
    ) -> Result<Confirmation, ConfirmError> {
        let confirmation = self.judge(relationship, sent, &receipt.received, now)?;
        let received = Received {
            message_id: receipt.message_id.clone(),
            digest: receipt.digest,
            reply: Reply::plain(200).encode(),
            content: None,
            at: now,
        };
        Ok(Confirmation {
            commit: confirmation.commit.with_received(received),
            ..confirmation
        })
    }
}
