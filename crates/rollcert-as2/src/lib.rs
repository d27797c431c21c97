//! The AS2 message layer (RFC 4130): S/MIME entities, MIC, headers, MDN.
//!
//! | going out | coming in |
//! |---|---|
//! | [`Message::builder`] signs, encrypts, and asks for a receipt | [`Envelope::parse`] reads who, to whom, which |
//! | [`sign`], [`encrypt`] do one layer | [`open()`] takes all layers off and says what it found |
//! | [`Mdn::builder`] answers | [`read_mdn`] reads the answer, [`ReceivedMdn::check`] holds it against what was sent |
//!
//! HTTP is the caller's: headers and bodies go in and out as text and octets. So are the clock and the source of
//! randomness.
//!
//! # Facts and judgement
//!
//! [`open()`] fails only when a message cannot be opened. A bad signature, a signer who was not expected, one
//! who has expired: these are facts in [`Opened`], for whoever knows the partnership to judge.
//! [`Signature::disposition`] and [`OpenError::disposition`] propose what to answer. [`ReceivedMdn::check`] does
//! judge: a receipt is proof or it is not.
//!
//! # Not served
//!
//! Compression (RFC 3274, RFC 5402), authenticated encryption, key agreement: recognised, refused with
//! [`OpenError::Unsupported`]. Restart (AS2-Restart) and sending more than one document in one message beyond
//! what a MIME entity holds.
//!
//! # Examples
//!
//! A message, its receipt, and the check that closes the circle:
//!
//! ```
//! use rollcert_as2::{
//!     As2Name, Disposition, Envelope, Mdn, Message, MessageId, Opener, Receipt, ReceiptSigning, open, read_mdn,
//! };
//! use rollcert_crypto::{DigestAlgorithm, rustcrypto::PROVIDER};
//! use rollcert_mime::Headers;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use rand::SeedableRng as _;
//! # let mut rng = rand::rngs::StdRng::seed_from_u64(1);
//! # let now = "2026-12-01T12:00:00Z".parse()?;
//! let (alice, bob) = (As2Name::new("ALICE")?, As2Name::new("BOB AS2")?);
//!
//! // ALICE sends. (Partners sign and encrypt: `.signed_by(…)`, `.encrypted_to(…)`, `.request_mdn(…)`.)
//! let sent = Message::builder(&alice, &bob, MessageId::random("alice.example", &mut rng)?)
//!     .build(b"Content-Type: text/plain\r\n\r\nhello", now, &PROVIDER, &mut rng)?;
//!
//! // BOB receives: any HTTP server hands over headers and body.
//! let headers = Headers::from_pairs(sent.headers.iter().map(|(name, value)| (name, value)));
//! let envelope = Envelope::parse(&headers)?;
//! let opener = Opener::new(&PROVIDER, now).with_mic_algorithm(DigestAlgorithm::Sha256);
//! let opened = open(&headers, &sent.body, &opener, &mut rng)?;
//! assert_eq!(opened.entity, b"Content-Type: text/plain\r\n\r\nhello");
//!
//! // BOB answers. (`.signed_by(…)` here too.)
//! let answer = Mdn::new(envelope.message_id, bob.clone(), Disposition::Processed).with_mic(opened.mic);
//! let answer = answer
//!     .builder(&bob, &envelope.from, MessageId::random("bob.example", &mut rng)?)
//!     .build(now, &PROVIDER, &mut rng)?;
//!
//! // ALICE checks: the same message, the same octets.
//! let headers = Headers::from_pairs(answer.headers.iter().map(|(name, value)| (name, value)));
//! let received = read_mdn(&headers, &answer.body, &opener, &mut rng)?;
//! let receipt = received.check_with(&sent.message_id, &sent.mic, ReceiptSigning::Unsigned)?;
//! assert_eq!(receipt, Receipt::Processed);
//! # Ok(())
//! # }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod build;
mod disposition;
mod envelope;
mod features;
mod limits;
mod mdn;
mod message;
mod message_id;
mod mic;
mod name;
mod open;
mod receipt;
mod signature;

pub use build::{BuildError, encrypt, sign};
pub use disposition::{Disposition, DispositionError, FailureReason, Modifier, WarningReason};
pub use envelope::{Envelope, HeaderError, MdnDelivery, MdnRequest, ReceiptSigning, Version};
pub use features::Features;
pub use limits::Limits;
pub use mdn::{Mdn, MdnBuilder, MdnMessage};
pub use message::{Message, MessageBuilder};
pub use message_id::{MessageId, MessageIdError};
pub use mic::{Mic, MicError};
pub use name::{As2Name, As2NameError};
pub use open::{Layer, OpenError, Opened, Opener, Refusal, Warning, examine, open};
pub use receipt::{MdnError, MdnProblem, Receipt, ReceivedMdn, read_mdn};
pub use signature::{Pinned, Signature};
