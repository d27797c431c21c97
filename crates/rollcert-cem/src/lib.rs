//! EDIINT certificate exchange messages (CEM): partners announce their next certificates and answer each
//! other, in XML inside a `multipart/related`.
//!
//! The protocol is that of draft-meadors-certificate-exchange-14, cited as `CEM §…`. This crate reads and writes the
//! entity that an AS2 message carries: what is inside the signature. It opens no signature, knows no transport and
//! no clock, and it decides nothing about trust: it says what speaks against it.
//!
//! # Reading
//!
//! [`Received::parse`] goes as far as the octets allow, and three things can come of it:
//!
//! | the message | result |
//! |---|---|
//! | cannot be read: MIME, XML, a bundle | [`Malformed`], with the facts read before the fault |
//! | can be read, and breaks the rules | [`Received`] with [`Violation`]s and all [`Facts`], but no [`Message`] |
//! | keeps the rules | [`Received`] with a [`Message`], perhaps with [`Warning`]s |
//!
//! [`Message::parse`] does it in one step for those who want only the last.
//!
//! # Judging
//!
//! A message that keeps the rules may still be one not to act upon. Two questions are left, and both are answered
//! by functions of what the host knows, without a clock or a store:
//!
//! | question | answered by |
//! |---|---|
//! | is the sender who it says, and can the certificates be used? | [`Request::assess`], [`Response::assess`], under a [`Policy`] |
//! | what is it beside the messages before it? | [`RequestOutcome::of`], [`ResponseOutcome::of`] |
//!
//! # Writing
//!
//! [`Request::builder`] and [`Response::builder`] write what the strictest reader known takes, and refuse what a
//! partner would have to reject. [`RequestBuilder::strict_peer_risks`] tells what else some software stumbles over.
//! An answer may be split over several messages ([`ResponseBuilder::build_part`]), and is where the request names several URLs
//! ([`ResponseBuilder::build_by_url`]).
//!
//! ```
//! use chrono::DateTime;
//! use rollcert_cem::{
//!     CertUsage, Context, Limits, Message, MessageSignature, Policy, Request, RequestId,
//!     RequestOutcome, Response, ResponseOutcome, SentRequest, Signer,
//! };
//! # use rollcert_pki::Certificate;
//!
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! # let mut rng = rand::rng();
//! # let pem = include_str!("../tests/fixtures/certificates/alice-new-self.cert.pem");
//! # let next = Certificate::from_der(rollcert_cem_example_der(pem))?;
//! # let pem = include_str!("../tests/fixtures/certificates/alice-old.cert.pem");
//! # let current = Certificate::from_der(rollcert_cem_example_der(pem))?;
//! let now = DateTime::from_timestamp(1_795_500_000, 0).ok_or("no such instant")?;
//! let id = RequestId::draw(&mut rng);
//! let sent = [SentRequest::new(id.clone(), &[next.clone()])];
//! let entity = Request::builder(id, "ALICE", now, "https://alice.example/as2")
//!     .end_entity(&next, &[], [CertUsage::DigitalSignature, CertUsage::KeyEncipherment])
//!     .build(&mut rng, now)?;
//!
//! // At the partner's, who knows from AS2 that `current` signed it:
//! let Message::Request(request) = Message::parse(&entity, &Limits::default())? else {
//!     return Err("not a request".into());
//! };
//! let context = Context::new("ALICE", now, MessageSignature::Valid(Signer::accepted(&current)))
//!     .with_response_urls(&["https://alice.example/as2"]);
//! assert_eq!(request.assess(&context, &Policy::default()).consequence(), None);
//! assert_eq!(RequestOutcome::of(&request, &[], &[]).code(), "request-new");
//! let mut response = Response::builder(&request, "BOB AS2", now);
//! for trust in request.trust() {
//!     response = response.accept(trust.identifier());
//! }
//! let answer = response.build(&mut rng)?;
//!
//! // And back:
//! let Message::Response(response) = Message::parse(&answer, &Limits::default())? else {
//!     return Err("not a response".into());
//! };
//! let ResponseOutcome::Answered(answered) = ResponseOutcome::of(&response, &sent) else {
//!     return Err("not an answer to us".into());
//! };
//! assert!(answered.missing.is_empty());
//! # Ok(())
//! # }
//! # fn rollcert_cem_example_der(pem: &str) -> Vec<u8> {
//! #     use base64::Engine as _;
//! #     let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
//! #     base64::engine::general_purpose::STANDARD.decode(text).unwrap()
//! # }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod announcement;
mod answers;
mod assess;
mod bundle;
mod context;
mod date_time;
mod emit;
mod error;
mod facts;
mod finding;
mod identifier;
mod limits;
mod message;
mod objection;
mod package;
mod policy;
mod quoted;
mod receive;
mod request_builder;
mod request_id;
mod request_outcome;
mod request_refused;
mod response_builder;
mod response_outcome;
mod schema;
mod strict_peer;
mod url;
mod usage;
mod xml;

pub use announcement::Announcement;
pub use answers::{Answer, Answers, AnswersError};
pub use assess::Assessment;
pub use context::{Context, MessageSignature, Signer};
pub use date_time::{InvalidDateTime, XmlDateTime};
pub use error::{Malformed, MalformedKind, ParseError, RulesBroken};
pub use facts::{Facts, RequestFacts, ResponseFacts, TrustRequestFacts, TrustResponseFacts};
pub use finding::{Violation, Warning};
pub use identifier::{CertificateIdentifier, InvalidSerial, IssuerMatch};
pub use limits::Limits;
pub use message::{CertStatus, Chain, Message, Request, Response, TrustRequest, TrustResponse};
pub use objection::{Consequence, Objection};
pub use package::is_cem;
pub use policy::{BundleForms, LeafOnlyBundles, Policy, ResponseUrls, UnsignedMessages};
pub use receive::Received;
pub use request_builder::RequestBuilder;
pub use request_id::{InvalidRequestId, RequestId};
pub use request_outcome::{
    AcceptedCertificate, KnownRequest, NewRequest, RequestOutcome, RequestStanding, Superseded,
    TrustRequestOutcome,
};
pub use request_refused::RequestRefused;
pub use response_builder::{AddressedResponse, ResponseBuilder, ResponseRefused};
pub use response_outcome::{
    AnswerNews, Answered, Contradictions, JudgedAnswer, ResponseOutcome, SentRequest, SentStanding,
};
pub use strict_peer::StrictPeerRisk;
pub use usage::{CertUsage, CertUsages};
pub use xml::{XmlError, XmlErrorKind};
