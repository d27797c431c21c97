//! Two AS2 partners roll a certificate over on loopback, over real HTTP, and lose nothing.
//!
//! ALICE trades ten messages with BOB. In the middle she offers a new certificate by CEM; BOB accepts it
//! after the next message; ALICE signs with it, BOB encrypts to it, the old one is archived. Each partner
//! has its own SQLite file, HTTP server and client. A clock that the story drives makes days pass.
//!
//! ```sh
//! cargo run --release -p rollcert-examples --example two_partners
//! cargo run --release -p rollcert-examples --example two_partners -- --help
//! ```
//!
//! It prints one line for each step with both partners' view of ALICE's certificates, then the totals, and
//! exits with 1 if any message was refused or lost, with 2 if it could not begin.
//!
//! | module | what it shows |
//! |---|---|
//! | `host` | what a product does with the libraries: load, decide, commit, send, confirm |
//! | `server` | the HTTP server of one partner |
//! | `identity` | certificates and keys from PKCS#12 |
//! | `story` | what happens, step by step |
//! | `state` | the folder that a story can be resumed from |
//! | `report` | what is printed |
//! | `crash` | dying hard, on request |

mod crash;
mod dump;
mod host;
mod identity;
mod report;
mod server;
mod state;
mod story;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Two AS2 partners exchange a certificate and roll over, over real HTTP, with nothing lost.
#[derive(Debug, Parser)]
#[command(name = "two_partners")]
struct Options {
    /// BOB rejects ALICE's new certificate.
    #[arg(long, conflicts_with = "no_answer")]
    reject: bool,
    /// BOB does not answer, and the request expires.
    #[arg(long)]
    no_answer: bool,
    /// Both ask for their receipts in a request of its own instead of the HTTP response.
    #[arg(long)]
    late_receipts: bool,
    /// Keep the state here, so that the story can be resumed; else it is thrown away at the end.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// List the steps at which the process can be made to die, and stop.
    #[arg(long)]
    list_steps: bool,
    /// Die hard at this step; wants `--state`.
    #[arg(long, value_name = "STEP", requires = "state")]
    kill_at: Option<String>,
    /// Go on with the story in the state folder, where the process died.
    #[arg(long, requires = "state")]
    resume: bool,
    /// Roll over to this certificate instead of the example's own: a PKCS#12 file.
    #[arg(long, value_name = "FILE")]
    pfx: Option<PathBuf>,
    /// The password of the PKCS#12 file.
    #[arg(long, value_name = "PASSWORD", requires = "pfx", default_value = "")]
    password: String,
    /// Write every message with its headers, and every reply, into this folder.
    #[arg(long, value_name = "DIR")]
    dump: Option<PathBuf>,
}

/// The story cannot begin or go on; the text says why in one line.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    match story::run(&options).await {
        Ok(report::Outcome::NothingLost) => ExitCode::SUCCESS,
        Ok(report::Outcome::Lost) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("two_partners: {}", report::chain(failure.as_ref()));
            ExitCode::from(2)
        }
    }
}
