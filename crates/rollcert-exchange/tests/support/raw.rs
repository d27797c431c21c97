//! A partner's messages, made by hand: also those that the library itself would not send.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rand::{SeedableRng as _, rngs::StdRng};
use rollcert_as2::{Disposition, Mdn, MdnRequest, Message, MessageId, Mic};
use rollcert_crypto::{ContentAlgorithm, DigestAlgorithm};
use rollcert_exchange::{Incoming, Rendered, Reply};
use rollcert_pki::{Certificate, Credential, certs_only};

use super::{PROVIDER, certificate, credential, name, start};

/// One certificate of a request.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) usages: Vec<&'static str>,
    pub(crate) url: String,
    pub(crate) respond_by: Option<String>,
    pub(crate) certificate: Certificate,
}

impl Trust {
    pub(crate) fn new(fixture: &str, usages: &[&'static str]) -> Self {
        Self {
            usages: usages.to_vec(),
            url: super::ALICE_URL.to_owned(),
            respond_by: None,
            certificate: certificate(fixture),
        }
    }

    pub(crate) fn answer_to(self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self
        }
    }
}

const XMLNS: &str = r#"xmlns="urn:ietf:params:xml:ns:ediintcertificateexchange" xmlns:ds="http://www.w3.org/2000/09/xmldsig#""#;
const DATE: &str = "2026-12-01T12:00:00+00:00";

fn head(id: Option<&str>, from: &str) -> (String, String) {
    let id = id.map_or_else(String::new, |id| format!(" requestId=\"{}\"", escape(id)));
    let info = format!(
        "<TradingPartnerInfo><Name qualifier=\"AS2\">{}</Name><MessageOriginated>{DATE}</MessageOriginated></TradingPartnerInfo>",
        escape(from)
    );
    (format!("{XMLNS}{id}"), info)
}

fn identifier(element: &str, certificate: &Certificate) -> String {
    format!(
        "<{element}><ds:X509IssuerName>{}</ds:X509IssuerName><ds:X509SerialNumber>{}</ds:X509SerialNumber></{element}>",
        escape(&certificate.issuer().to_string()),
        certificate.serial()
    )
}

/// The entity of a request.
pub(crate) fn request(id: Option<&str>, from: &str, trust: &[Trust]) -> Vec<u8> {
    let (attributes, info) = head(id, from);
    let body: String = trust
        .iter()
        .enumerate()
        .map(|(index, trust)| {
            let usages: String = trust
                .usages
                .iter()
                .map(|usage| format!("<CertUsage>{usage}</CertUsage>"))
                .collect();
            let date = trust.respond_by.as_ref().map_or_else(String::new, |date| {
                format!("<RespondByDate>{date}</RespondByDate>")
            });
            format!(
                "<TrustRequest>{usages}{date}<ResponseURL>{}</ResponseURL><EndEntity>{}<CertificateContentID>part-{index}@alice</CertificateContentID></EndEntity></TrustRequest>",
                escape(&trust.url),
                identifier("CertificateIdentifier", &trust.certificate)
            )
        })
        .collect();
    let xml = format!(
        "<EDIINTCertificateExchangeRequest {attributes}>{info}{body}</EDIINTCertificateExchangeRequest>"
    );
    let bundles: Vec<Vec<u8>> = trust
        .iter()
        .map(|trust| certs_only::encode(core::slice::from_ref(&trust.certificate)))
        .collect();
    package(&xml, &bundles)
}

/// The entity of a response.
pub(crate) fn response(id: Option<&str>, from: &str, answers: &[(&str, &str)]) -> Vec<u8> {
    let (attributes, info) = head(id, from);
    let body: String = answers
        .iter()
        .map(|(fixture, status)| {
            format!(
                "<TrustResponse><CertStatus>{status}</CertStatus>{}</TrustResponse>",
                identifier("CertificateReference", &certificate(fixture))
            )
        })
        .collect();
    let xml = format!(
        "<EDIINTCertificateExchangeResponse {attributes}>{info}{body}</EDIINTCertificateExchangeResponse>"
    );
    package(&xml, &[])
}

fn package(xml: &str, bundles: &[Vec<u8>]) -> Vec<u8> {
    let mut text = format!(
        "Content-Type: multipart/related; type=\"application/ediint-cert-exchange+xml\"; boundary=\"--frontier\"\r\n\r\n\
         ----frontier\r\nContent-Type: application/ediint-cert-exchange+xml\r\nContent-ID: <xml@alice>\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         <?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}\r\n"
    );
    for (index, bundle) in bundles.iter().enumerate() {
        let encoded = BASE64_STANDARD.encode(bundle);
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(76)
            .map(|line| core::str::from_utf8(line).unwrap())
            .collect();
        text.push_str(&format!(
            "----frontier\r\nContent-Type: application/pkcs7-mime; smime-type=certs-only\r\nContent-ID: <part-{index}@alice>\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            lines.join("\r\n")
        ));
    }
    text.push_str("----frontier--\r\n");
    text.into_bytes()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// A message from ALICE to BOB, as far as nothing else is said.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) id: String,
    pub(crate) entity: Vec<u8>,
    pub(crate) signer: Option<Credential>,
    pub(crate) recipient: Option<Certificate>,
}

impl Letter {
    pub(crate) fn new(id: &str, entity: Vec<u8>) -> Self {
        Self {
            from: "ALICE".to_owned(),
            to: "BOB AS2".to_owned(),
            id: format!("<{id}@alice>"),
            entity,
            signer: Some(credential("alice-sign")),
            recipient: Some(certificate("bob-rsa")),
        }
    }

    pub(crate) fn back(id: &str, entity: Vec<u8>) -> Self {
        Self {
            from: "BOB AS2".to_owned(),
            to: "ALICE".to_owned(),
            id: format!("<{id}@bob>"),
            entity,
            signer: Some(credential("bob-sign")),
            recipient: Some(certificate("alice-rsa")),
        }
    }

    pub(crate) fn signed_by(self, signer: Option<&str>) -> Self {
        Self {
            signer: signer.map(credential),
            ..self
        }
    }

    pub(crate) fn encrypted_to(self, recipient: Option<&str>) -> Self {
        Self {
            recipient: recipient.map(certificate),
            ..self
        }
    }

    pub(crate) fn build(&self) -> Message {
        let (from, to) = (name(&self.from), name(&self.to));
        let mut message = Message::builder(&from, &to, MessageId::parse(&self.id).unwrap())
            .request_mdn(MdnRequest::signed("http://alice.example/"));
        if let Some(signer) = &self.signer {
            message = message.signed_by(signer, DigestAlgorithm::Sha256);
        }
        if let Some(recipient) = &self.recipient {
            message = message.encrypted_to([recipient], ContentAlgorithm::Aes256Cbc);
        }
        let mut rng = StdRng::seed_from_u64(3);
        message
            .build(&self.entity, start(), PROVIDER, &mut rng)
            .unwrap()
    }
}

/// The same message as the receiving server hands it over.
pub(crate) fn incoming(headers: &[(String, String)], body: &[u8]) -> Incoming {
    let headers: Vec<(String, Vec<u8>)> = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
        .collect();
    Incoming::read(&headers, body.to_vec(), PROVIDER).unwrap()
}

/// A receipt of BOB's for a message of ALICE's, as far as nothing else is said.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) original: String,
    pub(crate) mic: Option<String>,
    pub(crate) disposition: Disposition,
    pub(crate) signer: Option<Credential>,
}

impl Receipt {
    pub(crate) fn of(rendered: &Rendered) -> Self {
        Self {
            original: rendered.message_id.clone(),
            mic: rendered.mic.clone(),
            disposition: Disposition::Processed,
            signer: Some(credential("bob-sign")),
        }
    }

    pub(crate) fn build(&self) -> Reply {
        let (alice, bob) = (name("ALICE"), name("BOB AS2"));
        let mut rng = StdRng::seed_from_u64(4);
        let original = MessageId::parse(&self.original).unwrap();
        let mut mdn = Mdn::new(original, bob.clone(), self.disposition.clone());
        if let Some(mic) = &self.mic {
            mdn = mdn.with_mic(mic.parse::<Mic>().unwrap());
        }
        let id = MessageId::random("bob.example", &mut rng).unwrap();
        let mut builder = mdn.builder(&bob, &alice, id);
        if let Some(signer) = &self.signer {
            builder = builder.signed_by(signer, DigestAlgorithm::Sha256);
        }
        let message = builder.build(start(), PROVIDER, &mut rng).unwrap();
        Reply {
            status: 200,
            headers: message.headers,
            body: message.body,
        }
    }
}
