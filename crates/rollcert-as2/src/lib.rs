//! The AS2 message layer (RFC 4130): S/MIME entities, MIC, headers, MDN.
//!
//! | going out | coming in |
//! |---|---|
//! | [`Message::builder`] compresses, signs, encrypts, and asks for a receipt | [`Envelope::parse`] reads who, to whom, which |
//! | [`sign`], [`compress`], [`encrypt()`] put on one layer, for any other order | [`open()`] takes all layers off, in whatever order, and says what it found |
//! | [`Mdn::builder`] answers, in the HTTP response or in a request of its own | [`read_mdn`] reads the answer, [`ReceivedMdn::check`] holds it against what was sent |
//! | [`Features`] says what we can do | and what the partner can, on messages and receipts |
//!
//! HTTP is the caller's: headers and bodies go in and out as text and octets. So are the clock and the source of
//! randomness.
//!
//! # Facts and judgement
//!
//! [`open()`] fails only when a message cannot be opened. A bad signature, a signer who was not expected, one
//! who has expired: these are facts in [`Opened`], for whoever knows the partnership to judge.
//! [`Signature::disposition`], [`Refusal::disposition`] and [`MdnRequest::objection`] propose what to answer.
//! [`ReceivedMdn::check`] does judge: a receipt is proof or it is not.
//!
//! When something went wrong, [`Diagnosis`] says where to look: at which certificate, ours or the partner's, for
//! signing or for encryption, or elsewhere; with what the message asked for and what is held.
//!
//! # What hostile input may cost
//!
//! [`Limits`] bounds the parts and headers of each entity, the layers, and what may come out of compression. The octets of
//! a message itself are the caller's to bound, where HTTP hands them over; opening takes memory of a few times those, and
//! time in proportion.
//!
//! # Not served
//!
//! Restart (AS2-Restart), reliability beyond message ids, signatures inside signatures, which are left in place, and sending
//! more than one document in one message beyond what a MIME entity holds.
//!
//! # Examples
//!
//! A message, its receipt, and the check that closes the circle:
//!
//! ```
//! use rollcert_as2::{
//!     As2Name, Disposition, Envelope, Mdn, Message, MessageId, Opener, Receipt, ReceiptSigning, open, read_mdn,
//! };
//! use rollcert_crypto::rustcrypto::PROVIDER;
//! use rollcert_mime::Headers;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use rand::SeedableRng as _;
//! # let mut rng = rand::rngs::StdRng::seed_from_u64(1);
//! # let now = "2026-12-01T12:00:00Z".parse()?;
//! let (alice, bob) = (As2Name::new("ALICE")?, As2Name::new("BOB AS2")?);
//!
//! // ALICE sends. (Partners sign and encrypt: `.signed_by(…)`, `.compressed(…)`, `.encrypted_to(…)`, `.request_mdn(…)`.)
//! let sent = Message::builder(&alice, &bob, MessageId::random("alice.example", &mut rng)?)
//!     .build(b"Content-Type: text/plain\r\n\r\nhello", now, &PROVIDER, &mut rng)?;
//!
//! // BOB receives: any HTTP server hands over headers and body.
//! let headers = Headers::from_pairs(sent.headers.iter().map(|(name, value)| (name, value)));
//! let envelope = Envelope::parse(&headers)?;
//! let opener = Opener::new(&PROVIDER, now);
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
mod diagnosis;
mod disposition;
mod envelope;
mod features;
mod findings;
mod layer;
mod limits;
mod mdn;
mod mdn_request;
mod message;
mod message_id;
mod mic;
mod name;
mod open;
mod opening;
mod receipt;
mod refusal;
mod signature;

pub use build::{BuildError, compress, encrypt, sign};
pub use diagnosis::{Diagnosis, Owner, Purpose, Suspect};
pub use disposition::{Disposition, DispositionError, FailureReason, Modifier, WarningReason};
pub use envelope::{Envelope, HeaderError, Version};
pub use features::Features;
pub use limits::Limits;
pub use mdn::{Mdn, MdnBuilder, MdnMessage};
pub use mdn_request::{Importance, MdnDelivery, MdnRequest, ReceiptSigning};
pub use message::{Compression, Message, MessageBuilder};
pub use message_id::{MessageId, MessageIdError};
pub use mic::{Mic, MicError};
pub use name::{As2Name, As2NameError};
pub use open::{Layer, Opened, Opener, Warning, examine, open};
pub use receipt::{MdnError, MdnProblem, Receipt, ReceivedMdn, read_mdn};
pub use refusal::{OpenError, Refusal};
pub use signature::{Pinned, Signature};
