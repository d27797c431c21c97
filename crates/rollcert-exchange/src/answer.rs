//! What a message gets back: a receipt in the reply, one to be delivered by itself, or nothing.

use rand_core::CryptoRng;
use rollcert_as2::{
    Disposition, Mdn, MdnDelivery, MdnMessage, MessageId, Mic, Opener, ReceiptSigning, read_mdn,
};
use rollcert_crypto::DigestAlgorithm;
use rollcert_mime::Headers;
use rollcert_pki::Credential;
use rollcert_schedule::{
    Action, Commit, Effect, EffectId, Fingerprint, Operation, Received, Relationship, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::rendered::{join, split};
use crate::{Endpoint, Incoming, Rendered, RepeatError, Reply, blob, fingerprint};

/// What is sent back for a message.
pub(crate) struct Answer {
    /// In the HTTP response.
    pub(crate) reply: Reply,
    /// In a request of its own, if the partner wants the receipt so.
    pub(crate) receipt: Option<Rendered>,
}

/// What is sent back for a message that came before.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Repeated {
    /// In the HTTP response: the reply of then.
    pub reply: Reply,
    /// What is to be written before: the receipt of then goes out again, if it goes by itself.
    pub commit: Option<Commit>,
}

impl Endpoint<'_> {
    /// Answers a message that was received before: with the same reply, octet for octet.
    ///
    /// A receipt that went out in a request of its own goes out again, at most once in a minute. Only a receipt whose
    /// certificate has expired since, which would prove nothing any more, is signed anew with the one that serves
    /// now; what it says stays.
    ///
    /// # Errors
    ///
    /// [`RepeatError::OtherMessage`] when another message came under this id: answer with HTTP status
    /// 409. [`RepeatError::Malformed`] when what is stored is no reply: with 500.
    pub fn repeat(
        &self,
        relationship: &Relationship,
        incoming: &Incoming,
        received: &Received,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Repeated, RepeatError> {
        if received.digest != incoming.digest {
            return Err(RepeatError::OtherMessage);
        }
        let (Kept { receipt, .. }, _) = split(&received.reply)?;
        let mut reply = Reply::decode(&received.reply)?;
        let renewed = self.renewed(relationship, &reply.headers, &reply.body, now, rng);
        if let Some((renewed, _)) = renewed {
            (reply.headers, reply.body) = (renewed.headers, renewed.body);
        }
        let commit = receipt.and_then(|receipt| {
            let minute = now.format("%Y%m%dT%H%M");
            let id = EffectId::new(format!("receipt-{minute}-{}", received.message_id));
            // Commands that change nothing are never refused.
            let commit = relationship.decide([], now).ok()?;
            Some(commit.with_effect(delivery(id, receipt, now)))
        });
        Ok(Repeated { reply, commit })
    }

    /// The answer that the partner asked for.
    pub(crate) fn answer(
        &self,
        relationship: &Relationship,
        incoming: &Incoming,
        mic: Option<&Mic>,
        disposition: &Disposition,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Answer, Fault> {
        let envelope = &incoming.envelope;
        let Some(wanted) = &envelope.mdn_request else {
            return Ok(Answer::plain(200));
        };
        let mut mdn = Mdn::new(
            envelope.message_id.clone(),
            envelope.to.clone(),
            disposition.clone(),
        );
        if let Some(mic) = mic {
            mdn = mdn.with_mic_for(mic.clone(), wanted);
        }
        let digest = match wanted.signing {
            ReceiptSigning::Signed => Some(wanted.receipt_digest().unwrap_or(self.party.digest)),
            ReceiptSigning::Unsigned => None,
        };
        let (message, signed_with) = self.receipt(relationship, &mdn, digest, now, rng)?;
        Ok(match &wanted.delivery {
            MdnDelivery::Asynchronous { url } if self.party.admits_url(url).is_ok() => Answer {
                reply: Reply::plain(200),
                receipt: Some(Rendered {
                    message_id: message.message_id.to_string(),
                    url: url.clone(),
                    headers: message.headers,
                    mic: None,
                    signed_with,
                    encrypted_to: None,
                    body: message.body,
                }),
            },
            // Nothing is delivered where the partner is not at home; a refusal says so at once.
            _ => Answer {
                reply: Reply {
                    status: 200,
                    headers: message.headers,
                    body: message.body,
                },
                receipt: None,
            },
        })
    }

    /// The octets of a receipt, and who signs them.
    fn receipt(
        &self,
        relationship: &Relationship,
        mdn: &Mdn,
        digest: Option<DigestAlgorithm>,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<(MdnMessage, Option<Fingerprint>), Fault> {
        let fault = |reason: String| Fault::exchange("receipt-not-built", reason);
        let id = MessageId::random("rollcert.mdn", rng).map_err(|e| fault(e.to_string()))?;
        let mut receipt = mdn.builder(&self.party.local, &self.party.partner, id);
        let mut signed_with = None;
        if let Some(digest) = digest {
            let signer: &Credential =
                self.serving_credential::<Fault>(relationship, Operation::SignMdn, now)?;
            receipt = receipt.signed_by(signer, digest);
            signed_with = Some(fingerprint(signer.certificate().as_der(), self.provider));
        }
        let message = receipt.build(now, self.provider, rng);
        Ok((message.map_err(|e| fault(e.to_string()))?, signed_with))
    }

    /// The same receipt, signed anew, if its certificate has expired and there is another.
    pub(crate) fn renewed(
        &self,
        relationship: &Relationship,
        headers: &[(String, String)],
        body: &[u8],
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Option<(MdnMessage, Option<Fingerprint>)> {
        let headers = Headers::from_pairs(headers.iter().map(|(name, value)| (name, value)));
        let before = read_mdn(&headers, body, &Opener::new(self.provider, now), rng).ok()?;
        let signature = before.signature?;
        if now <= signature.signer?.not_after() {
            return None;
        }
        // SHA-1 is for reading only.
        let strong = signature.digest.filter(|it| *it != DigestAlgorithm::Sha1);
        let digest = strong.unwrap_or(self.party.digest);
        self.receipt(relationship, &before.mdn, Some(digest), now, rng)
            .ok()
    }
}

impl Answer {
    pub(crate) fn plain(status: u16) -> Self {
        Self {
            reply: Reply::plain(status),
            receipt: None,
        }
    }

    /// What is written down of it: the reply, and the receipt if that goes by itself.
    pub(crate) fn keep(
        &self,
        commit: Commit,
        received: Received,
        endpoint: &Endpoint<'_>,
    ) -> Commit {
        let receipt = self
            .receipt
            .as_ref()
            .map(|receipt| blob(&receipt.encode(), endpoint.provider));
        let kept = Kept {
            reply: self.reply.clone(),
            receipt: receipt.as_ref().map(|blob| blob.id),
        };
        let id = EffectId::new(format!("receipt-{}", received.message_id));
        let at = received.at;
        let commit = commit.with_received(Received {
            reply: join(&kept, &self.reply.body),
            ..received
        });
        match receipt {
            None => commit,
            Some(blob) => commit
                .with_effect(delivery(id, blob.id, at))
                .with_blob(blob),
        }
    }
}

fn delivery(id: EffectId, receipt: Fingerprint, due: Timestamp) -> Effect {
    let action = Action::SendReceipt { receipt };
    Effect { id, action, due }
}

/// The head of a stored reply. Those of earlier releases lack the receipt.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    reply: Reply,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<Fingerprint>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_reads_back_as_a_reply_with_and_without_a_receipt_by_itself() {
        let reply = Reply {
            status: 200,
            headers: vec![("A".to_owned(), "b".to_owned())],
            body: b"body\n".to_vec(),
        };
        // Earlier releases kept the reply alone.
        let alone = reply.encode();
        let receipt = Some(Fingerprint::new([7; 32]));
        let kept = |receipt| Kept {
            reply: reply.clone(),
            receipt,
        };
        assert_eq!(join(&kept(None), &reply.body), alone);
        for receipt in [None, receipt] {
            let octets = join(&kept(receipt), &reply.body);
            let (read, body): (Kept, _) = split(&octets).unwrap();
            assert_eq!((read.receipt, body), (receipt, reply.body.clone()));
            assert_eq!(Reply::decode(&octets).as_ref(), Ok(&reply));
        }
    }
}
