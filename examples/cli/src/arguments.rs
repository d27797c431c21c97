//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use rollcert::cem::CertUsage;
use rollcert::pki::Oid;
use rollcert::trust::ReferenceName;

/// Looks into the files of certificate exchange, says what they are, and makes its messages.
#[derive(Debug, Parser)]
#[command(name = "rollcert", version, propagate_version = true)]
pub(crate) struct Arguments {
    /// Print one JSON document instead of text for people
    // Taken out of the arguments before these are parsed; it stands here for `--help`.
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    pub(crate) call: Call,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Call {
    /// Say what a file is, how it is protected, and what its certificates, keys, requests and revocation lists are for
    Inspect(Inspect),
    /// Certificate exchange messages (CEM)
    Cem {
        #[command(subcommand)]
        call: Box<CemCall>,
    },
    /// Evaluate one certificate and explain: the verdict, why, what to do, and every path
    Trust(Box<Trust>),
    /// What OFTP2 sessions carry (not built yet)
    Oftp2 {
        #[command(subcommand)]
        call: Oftp2Call,
    },
    /// The built-in certification authority (not built yet)
    Ca {
        #[command(subcommand)]
        call: CaCall,
    },
    /// The dry run of a rollover (not built yet)
    Plan(Rest),
}

#[derive(Debug, Subcommand)]
pub(crate) enum CemCall {
    /// Decrypt and verify an AS2 body and say what the message inside announces or answers
    Read(CemRead),
    /// Announce a certificate: build a signed request
    Request(CemRequest),
    /// Answer a request: build a signed response
    Respond(CemRespond),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Oftp2Call {
    /// The commands of a captured stream (not built yet)
    Decode(Rest),
    /// The logical identity of a certificate (not built yet)
    Clid(Rest),
    /// What a received certificate file would do (not built yet)
    Certificate(Rest),
    /// What a session carries, opened or verified (not built yet)
    Cms(Rest),
}

#[derive(Debug, Subcommand)]
pub(crate) enum CaCall {
    /// The preview of a bulk request file (not built yet)
    Bulk(Rest),
    /// A new authority (not built yet)
    Create(Rest),
    /// A certificate for a request (not built yet)
    Issue(Rest),
    /// A revocation list (not built yet)
    Crl(Rest),
    /// A certification request (not built yet)
    Csr(Rest),
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Certificates, keys, requests, revocation lists in DER, PEM, PKCS#7, PKCS#12 or bare base64, recognised by
    /// content
    pub(crate) file: PathBuf,
    /// The password of the file
    #[arg(long, value_name = "P")]
    pub(crate) password: Option<String>,
    /// The clock, as RFC 3339; the system's without it
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<DateTime<Utc>>,
}

#[derive(Debug, Args)]
pub(crate) struct CemRead {
    /// The headers of the message, one `Name: value` a line
    #[arg(long, value_name = "F")]
    pub(crate) headers: PathBuf,
    /// The body of the message, as it arrived
    #[arg(long, value_name = "F")]
    pub(crate) body: PathBuf,
    /// One of our keys, PEM or PKCS#12; may be repeated
    #[arg(long = "key", value_name = "F")]
    pub(crate) keys: Vec<PathBuf>,
    /// The password of the key files
    #[arg(long, value_name = "P")]
    pub(crate) password: Option<String>,
    /// Certificates known to us, ours and the partner's; may be repeated
    #[arg(long = "cert", value_name = "F")]
    pub(crate) certificates: Vec<PathBuf>,
    /// The clock, as RFC 3339; the system's without it
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<DateTime<Utc>>,
    /// Take a message that nobody signed
    #[arg(long)]
    pub(crate) allow_unsigned: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CemRequest {
    /// Our AS2 name
    #[arg(long, value_name = "ID")]
    pub(crate) from: String,
    /// The AS2 name of the partner
    #[arg(long, value_name = "ID")]
    pub(crate) to: String,
    /// Our key of today, which signs: PEM or PKCS#12, with its certificate in it or named by --signer
    #[arg(long, value_name = "F")]
    pub(crate) key: PathBuf,
    /// The password of the key files
    #[arg(long, value_name = "P")]
    pub(crate) password: Option<String>,
    /// The certificate of our key of today
    #[arg(long, value_name = "F")]
    pub(crate) signer: Option<PathBuf>,
    /// The certificate to announce; if its private key stands beside it, it must belong to it
    #[arg(long, value_name = "F")]
    pub(crate) new: PathBuf,
    /// What it is for: keyEncipherment, digitalSignature, tlsServer or tlsClient; may be repeated
    #[arg(long = "usage", value_name = "U", required = true, value_parser = usage)]
    pub(crate) usages: Vec<CertUsage>,
    /// When the partner should have answered, as RFC 3339
    #[arg(long, value_name = "T")]
    pub(crate) respond_by: DateTime<Utc>,
    /// Where the partner sends the answer, http or https
    #[arg(long, value_name = "URL")]
    pub(crate) response_url: String,
    /// The certificates above the one to announce, in any order; may be repeated
    #[arg(long = "chain", value_name = "F")]
    pub(crate) chain: Vec<PathBuf>,
    /// The clock, as RFC 3339; the system's without it
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<DateTime<Utc>>,
    /// Where `headers` and `body` of the message are written; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CemRespond {
    /// The headers of the request, one `Name: value` a line
    #[arg(long, value_name = "F")]
    pub(crate) headers: PathBuf,
    /// The body of the request, as it arrived
    #[arg(long, value_name = "F")]
    pub(crate) body: PathBuf,
    /// Our AS2 name
    #[arg(long, value_name = "ID")]
    pub(crate) from: String,
    /// The AS2 name of the partner, who sent the request
    #[arg(long, value_name = "ID")]
    pub(crate) to: String,
    /// Our key, which opens the request and signs the answer: PEM or PKCS#12
    #[arg(long, value_name = "F")]
    pub(crate) key: PathBuf,
    /// The password of the key files
    #[arg(long, value_name = "P")]
    pub(crate) password: Option<String>,
    /// Our current certificate, of that key
    #[arg(long, value_name = "F")]
    pub(crate) signer: PathBuf,
    /// The partner's certificates, one of which must have signed the request; may be repeated
    #[arg(long = "cert", value_name = "F", required = true)]
    pub(crate) certificates: Vec<PathBuf>,
    /// Accept the certificate with this serial number, decimal, or `all`; may be repeated
    #[arg(long = "accept", value_name = "SERIAL", allow_hyphen_values = true)]
    pub(crate) accepted: Vec<String>,
    /// Reject the certificate with this serial number, decimal, and say why; may be repeated
    #[arg(
        long = "reject",
        value_name = "SERIAL=REASON",
        allow_hyphen_values = true
    )]
    pub(crate) rejected: Vec<String>,
    /// The clock, as RFC 3339; the system's without it
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<DateTime<Utc>>,
    /// Where `headers` and `body` of the message are written; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Trust {
    /// The certificate to evaluate, in any file that `inspect` reads; what else is in the file helps to build paths
    #[arg(value_name = "LEAF")]
    pub(crate) leaf: PathBuf,
    /// Certificates that are trusted and end a path, but for what OpenSSL's trust settings beside one rule out; may be
    /// repeated
    #[arg(long = "root", value_name = "F", required = true)]
    pub(crate) roots: Vec<PathBuf>,
    /// Certificates that help to build a path; may be repeated
    #[arg(long = "intermediate", value_name = "F")]
    pub(crate) intermediates: Vec<PathBuf>,
    /// Revocation lists; may be repeated
    #[arg(long = "crl", value_name = "F")]
    pub(crate) crls: Vec<PathBuf>,
    /// The trust list: a JSON array of {"sha512", "status", "allow_expired"}
    #[arg(long = "ctl", value_name = "F")]
    pub(crate) trust_list: Option<PathBuf>,
    /// The clock, as RFC 3339; the system's without it
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<DateTime<Utc>>,
    /// What it must serve for
    #[arg(long, value_enum, default_value_t = PurposeWord::Any)]
    pub(crate) purpose: PurposeWord,
    /// Where an extended key usage is present, want the purpose itself in it, not anyExtendedKeyUsage
    #[arg(long)]
    pub(crate) strict_purpose: bool,
    /// A name that it must carry: dns:HOST, ip:ADDR or email:ADDR
    #[arg(long, value_name = "NAME", value_parser = reference_name)]
    pub(crate) name: Option<ReferenceName>,
    /// Whether revocation is checked: gateway reports what is not known, strict refuses it
    #[arg(long, value_enum, default_value_t = RevocationWord::Gateway)]
    pub(crate) revocation: RevocationWord,
    /// By which rules: those for partners, or those of the public web
    #[arg(long, value_enum, default_value_t = ProfileWord::Partner)]
    pub(crate) profile: ProfileWord,
    /// A certificate policy that is acceptable; may be repeated, any without it
    #[arg(long = "policy", value_name = "OID", value_parser = policy)]
    pub(crate) policies: Vec<Oid>,
    /// The path must be valid for an acceptable policy
    #[arg(long)]
    pub(crate) require_explicit_policy: bool,
    /// Policies must not be mapped to others
    #[arg(long)]
    pub(crate) inhibit_policy_mapping: bool,
    /// anyPolicy must not stand for another policy
    #[arg(long)]
    pub(crate) inhibit_any_policy: bool,
    /// The most intermediate certificates between the certificate and the root
    #[arg(long, value_name = "N")]
    pub(crate) max_depth: Option<usize>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PurposeWord {
    Any,
    SmimeSign,
    SmimeEncrypt,
    TlsServer,
    TlsClient,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RevocationWord {
    Off,
    Gateway,
    Strict,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ProfileWord {
    Partner,
    Webpki,
}

/// Whatever is said to a call that is not built yet.
#[derive(Debug, Args)]
pub(crate) struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    arguments: Vec<OsString>,
}

impl Call {
    /// The words that choose the call.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Inspect(_) => "inspect",
            Self::Cem { call } => match **call {
                CemCall::Read(_) => "cem read",
                CemCall::Request(_) => "cem request",
                CemCall::Respond(_) => "cem respond",
            },
            Self::Trust(_) => "trust",
            Self::Oftp2 { call } => match call {
                Oftp2Call::Decode(_) => "oftp2 decode",
                Oftp2Call::Clid(_) => "oftp2 clid",
                Oftp2Call::Certificate(_) => "oftp2 certificate",
                Oftp2Call::Cms(_) => "oftp2 cms",
            },
            Self::Ca { call } => match call {
                CaCall::Bulk(_) => "ca bulk",
                CaCall::Create(_) => "ca create",
                CaCall::Issue(_) => "ca issue",
                CaCall::Crl(_) => "ca crl",
                CaCall::Csr(_) => "ca csr",
            },
            Self::Plan(_) => "plan",
        }
    }
}

fn reference_name(text: &str) -> Result<ReferenceName, String> {
    match text.split_once(':') {
        Some((_, "")) | None => Err("expected dns:HOST, ip:ADDR or email:ADDR".to_owned()),
        Some(("dns", host)) => Ok(ReferenceName::Dns(host.to_owned())),
        Some(("ip", address)) => address
            .parse()
            .map(ReferenceName::Ip)
            .map_err(|error| error.to_string()),
        Some(("email", address)) => Ok(ReferenceName::Email(address.to_owned())),
        Some((kind, _)) => Err(format!(
            "expected dns, ip or email before the colon but found {kind}"
        )),
    }
}

fn policy(text: &str) -> Result<Oid, String> {
    Oid::from_dotted(text)
        .ok_or_else(|| "expected an object identifier in dotted decimal".to_owned())
}

fn usage(word: &str) -> Result<CertUsage, String> {
    CertUsage::from_word(word).ok_or_else(|| {
        "expected keyEncipherment, digitalSignature, tlsServer or tlsClient".to_owned()
    })
}

/// The instant to judge by: the one given, else now.
#[expect(
    clippy::disallowed_methods,
    reason = "the command is the host, whose clock it is"
)]
pub(crate) fn clock(at: Option<DateTime<Utc>>) -> DateTime<Utc> {
    at.unwrap_or_else(Utc::now)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
