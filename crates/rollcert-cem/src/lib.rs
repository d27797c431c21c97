//! EDIINT certificate exchange messages (CEM): partners announce their next certificates and answer each
//! other, in XML inside a `multipart/related`.
//!
//! The protocol is that of draft-meadors-certificate-exchange-14, cited as `CEM §…`. This crate reads and writes the
//! entity that an AS2 message carries: what is inside the signature. It knows no signature, no transport and
//! no clock, and it decides nothing about trust.
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
//! # Writing
//!
//! [`Request::builder`] and [`Response::builder`] write what the strictest reader known takes, and refuse what a
//! partner would have to reject.
//!
//! ```
//! use chrono::DateTime;
//! use rollcert_cem::{CertUsage, Limits, Message, Request, RequestId, Response};
//! # use rollcert_cem::Chain;
//! # use rollcert_pki::Certificate;
//!
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! # let mut rng = rand::rng();
//! # let pem = include_str!("../tests/fixtures/certificates/alice-new-self.cert.pem");
//! # let next = Certificate::from_der(rollcert_cem_example_der(pem))?;
//! let now = DateTime::from_timestamp(1_795_500_000, 0).ok_or("no such instant")?;
//! let id = RequestId::draw(&mut rng);
//! let entity = Request::builder(id.clone(), "ALICE", now, "https://alice.example/as2")
//!     .end_entity(&next, &[], [CertUsage::DigitalSignature, CertUsage::KeyEncipherment])
//!     .build(&mut rng, now)?;
//!
//! // At the partner's:
//! let Message::Request(request) = Message::parse(&entity, &Limits::default())? else {
//!     return Err("not a request".into());
//! };
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
//! let answers = response.answers(Some(&id), &[next])?;
//! assert_eq!(answers.found.len(), 1);
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
mod response_builder;
mod response_outcome;
mod schema;
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
pub use request_builder::{RequestBuilder, RequestRefused, StrictPeerRisk};
pub use request_id::{InvalidRequestId, RequestId};
pub use request_outcome::{
    AcceptedCertificate, KnownRequest, NewRequest, RequestOutcome, RequestStanding, Superseded,
    TrustRequestOutcome,
};
pub use response_builder::{AddressedResponse, ResponseBuilder, ResponseRefused};
pub use response_outcome::{
    AnswerNews, Answered, Contradictions, JudgedAnswer, ResponseOutcome, SentRequest, SentStanding,
};
pub use usage::{CertUsage, CertUsages};
pub use xml::{XmlError, XmlErrorKind};
