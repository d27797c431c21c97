//! We and the station of another product, in touch by HTTP: we are `ALICE`, it is `BOB AS2`.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rand::rngs::StdRng;
use rollcert_as2::{
    As2Name, Compression, Disposition, Envelope, Mdn, MdnDelivery, MdnMessage, MdnRequest, Message,
    MessageBuilder, MessageId, Opened, Opener, Receipt, ReceiptSigning, Refusal, Signature,
    examine, read_mdn,
};
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm};
use rollcert_pki::{Certificate, Credential};
use serde_json::{Value, json};

use super::{
    http::{Listener, post},
    station::Station,
};
use crate::common::{PROVIDER, alice, bob, fixture_path, now, rng};

/// How one message is protected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protection {
    pub(crate) compression: Option<Compression>,
    pub(crate) digest: Option<DigestAlgorithm>,
    pub(crate) cipher: Option<ContentAlgorithm>,
}

impl Protection {
    pub(crate) const NONE: Self = Self {
        compression: None,
        digest: None,
        cipher: None,
    };

    pub(crate) const ENCRYPTED: Self = Self {
        cipher: Some(ContentAlgorithm::Aes256Cbc),
        ..Self::NONE
    };

    pub(crate) const SIGNED_AND_ENCRYPTED: Self = Self {
        digest: Some(DigestAlgorithm::Sha256),
        ..Self::ENCRYPTED
    };

    /// Every combination of these compressions and digests and the ciphers that both sides have, each also left out.
    pub(crate) fn all(compressions: &[Compression], digests: &[DigestAlgorithm]) -> Vec<Self> {
        let ciphers = [
            ContentAlgorithm::Aes128Cbc,
            ContentAlgorithm::Aes192Cbc,
            ContentAlgorithm::Aes256Cbc,
            ContentAlgorithm::DesEde3Cbc,
        ];
        let mut all = Vec::new();
        for compression in or_none(compressions) {
            for digest in or_none(digests) {
                for cipher in or_none(&ciphers) {
                    all.push(Self {
                        compression,
                        digest,
                        cipher,
                    });
                }
            }
        }
        all
    }

    fn put_on<'a>(
        self,
        mut message: MessageBuilder<'a>,
        own: &'a Credential,
        encrypt_to: &'a Certificate,
    ) -> MessageBuilder<'a> {
        if let Some(compression) = self.compression {
            message = message.compressed(compression);
        }
        if let Some(digest) = self.digest {
            message = message.signed_by(own, digest);
        }
        if let Some(cipher) = self.cipher {
            message = message.encrypted_to([encrypt_to], cipher);
        }
        message
    }
}

fn or_none<T: Copy>(choices: &[T]) -> impl Iterator<Item = Option<T>> {
    core::iter::once(None).chain(choices.iter().copied().map(Some))
}

/// Both sides.
pub(crate) struct Pair {
    pub(crate) listener: Listener,
    pub(crate) rng: StdRng,
    station: Station,
}

/// What came of a message to the station.
pub(crate) struct Sent {
    /// The receipt, held against the message; of one that proves nothing, the name of the problem.
    pub(crate) receipt: Result<Receipt, &'static str>,
    /// The digest that the signature of the receipt rests on, if it has one.
    pub(crate) receipt_digest: Option<DigestAlgorithm>,
    /// What the station says about the message.
    pub(crate) record: Value,
}

/// What came of a message from the station.
pub(crate) struct Received {
    pub(crate) opened: Result<Opened, Box<Refusal>>,
    /// What the station says about its message and our receipt.
    pub(crate) answer: Value,
}

impl Pair {
    /// Starts the station, in good terms with us; see [`Station::start`].
    pub(crate) fn start() -> Option<Self> {
        let mut pair = Self {
            station: Station::start()?,
            listener: Listener::open(),
            rng: rng(),
        };
        pair.station_takes(json!({}));
        Some(pair)
    }

    /// Settles how the station takes messages.
    pub(crate) fn station_takes(&mut self, deviations: Value) {
        let command = settings("receive", [deviations]);
        assert_eq!(self.station.ask(&command), json!({}));
    }

    /// Sends a message and waits for its receipt.
    pub(crate) fn send(
        &mut self,
        entity: &[u8],
        protection: Protection,
        request: &MdnRequest,
        encrypt_to: &Credential,
    ) -> Sent {
        let own = alice();
        let message = protection.put_on(self.message(), &own, encrypt_to.certificate());
        self.send_as(entity, message, request)
    }

    /// A message of ours, to be sent by [`Self::send_as`].
    pub(crate) fn message<'a>(&mut self) -> MessageBuilder<'a> {
        let message_id = MessageId::random("alice.example", &mut self.rng).unwrap();
        Message::builder(&ALICE, &BOB, message_id).subject("a document")
    }

    /// Sends a message that is protected in any way.
    pub(crate) fn send_as(
        &mut self,
        entity: &[u8],
        message: MessageBuilder<'_>,
        request: &MdnRequest,
    ) -> Sent {
        let message = message
            .request_mdn(request.clone())
            .build(entity, now(), PROVIDER, &mut self.rng)
            .unwrap();
        let response = post(&self.station.url(), &message.headers, &message.body);
        assert_eq!(response.status(), "200");
        let answer = match request.delivery {
            MdnDelivery::Synchronous => response,
            _ => {
                assert_eq!(response.body, b"");
                self.listener
                    .serve(|request| (Vec::new(), Vec::new(), request.clone()))
            }
        };
        let own = alice();
        let opener = opener(&own, &bob());
        let mdn = read_mdn(&answer.headers(), &answer.body, &opener, &mut self.rng).unwrap();
        let receipt = mdn.check_with(&message.message_id, &message.mic, request.signing);
        let mut record = self.station.received();
        let mic = record.as_object_mut().unwrap().remove("mic").unwrap();
        let mic = mic
            .as_str()
            .map(|mic| mic == STANDARD.encode(message.mic.value()));
        record = merged(record, json!({ "mic_is_ours": mic }));
        Sent {
            receipt: receipt.map_err(|problem| problem.code()),
            receipt_digest: mdn.signature.and_then(|signature| signature.digest),
            record,
        }
    }

    /// Lets the station send a message, opens it, and answers it as it wishes, signed by `receipt_signer`.
    pub(crate) fn receive(
        &mut self,
        options: Value,
        own: &Credential,
        receipt_signer: &Credential,
    ) -> Received {
        let url = json!({ "url": self.listener.url("as2") });
        self.station.tell(&settings("send", [url, options]));

        let opener = opener(own, &bob());
        let Self { listener, rng, .. } = self;
        let (opened, receipt) = listener.serve(|request| {
            let headers = request.headers();
            let envelope = Envelope::parse(&headers).unwrap();
            assert_eq!((&envelope.from, &envelope.to), (&*BOB, &*ALICE));
            let opened = examine(&headers, &request.body, &opener, rng);
            let receipt = receipt(envelope, &opened, receipt_signer, rng);
            match receipt {
                Some(MdnMessage {
                    delivery: MdnDelivery::Synchronous,
                    headers,
                    body,
                    ..
                }) => (headers, body, (opened, None)),
                later => (Vec::new(), Vec::new(), (opened, later)),
            }
        });
        if let Some(receipt) = receipt {
            let MdnDelivery::Asynchronous { url } = &receipt.delivery else {
                panic!("expected a URL but found {:?}", receipt.delivery);
            };
            let response = post(url, &receipt.headers, &receipt.body);
            assert_eq!(response.status(), "200");
        }
        Received {
            opened,
            answer: self.station.answer(),
        }
    }
}

/// What we answer to a message: what its facts propose.
fn receipt(
    envelope: Envelope,
    opened: &Result<Opened, Box<Refusal>>,
    signer: &Credential,
    rng: &mut StdRng,
) -> Option<MdnMessage> {
    let wanted = envelope.mdn_request?;
    let (disposition, mic) = match opened {
        Ok(Opened { signature, mic, .. }) => {
            let disposition = signature
                .as_ref()
                .map_or(Disposition::Processed, Signature::disposition);
            (disposition, Some(mic.clone()))
        }
        Err(refusal) => (refusal.disposition(), None),
    };
    let mut mdn = Mdn::new(envelope.message_id, envelope.to.clone(), disposition);
    if let Some(mic) = mic {
        mdn = mdn.with_mic(mic);
    }
    let message_id = MessageId::random("alice.example", rng).unwrap();
    let mut builder = mdn
        .builder(&envelope.to, &envelope.from, message_id)
        .delivered_as(&wanted);
    if wanted.signing == ReceiptSigning::Signed {
        // SHA-1 is for reading only: whoever asks for it gets its MIC, under a signature that stands.
        let digest = wanted
            .micalg()
            .filter(|digest| *digest != DigestAlgorithm::Sha1);
        builder = builder.signed_by(signer, digest.unwrap_or(DigestAlgorithm::Sha256));
    }
    Some(builder.build(now(), PROVIDER, rng).unwrap())
}

fn opener<'o>(own: &'o Credential, partner: &Credential) -> Opener<'o> {
    Opener::new(PROVIDER, now())
        .with_credentials([own])
        .with_certificates([partner.certificate()])
}

/// A command to the station, with what it needs to know of both sides.
fn settings<const N: usize>(command: &str, more: [Value; N]) -> Value {
    let settings = json!({
        "do": command,
        "name": BOB.as_str(),
        "partner": ALICE.as_str(),
        "keys": keys("cem/bob"),
        "partner_keys": keys("cem/alice-old"),
    });
    more.into_iter().fold(settings, merged)
}

/// Where the station finds a key and its certificate.
pub(crate) fn keys(name: &str) -> Value {
    json!(fixture_path(name))
}

/// The members of both, those of `more` where both have one.
pub(crate) fn merged(mut value: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("expected an object but found {more}");
    };
    value.as_object_mut().unwrap().extend(more);
    value
}

static ALICE: LazyLock<As2Name> = LazyLock::new(|| As2Name::new("ALICE").unwrap());
static BOB: LazyLock<As2Name> = LazyLock::new(|| As2Name::new("BOB AS2").unwrap());
