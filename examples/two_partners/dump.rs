//! Every message with its headers, and every reply, as files for other tools.

use std::fs;
use std::path::Path;

use rollcert::exchange::{Rendered, Reply};
use rollcert::store::{Outbox, Store};

use crate::Failure;
use crate::host::Host;

/// Writes `NAME.headers` and `NAME.body` for each message that was sent, and the same with `NAME.mdn` for
/// the reply that it got. The names begin with the sender's.
pub(crate) fn write(folder: &Path, alice: &Host, bob: &Host) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for (from, to) in [(alice, bob), (bob, alice)] {
        let sender = from.party().local().as_str().to_lowercase();
        for row in from.store().effects(&from.party().relationship())? {
            let Some(octets) = &row.rendered else {
                continue;
            };
            let rendered = Rendered::decode(octets)?;
            let name = format!("{sender}-{}", row.id);
            save(folder, &name, &rendered.headers, &rendered.body)?;
            let received = to
                .store()
                .received(&to.party().relationship(), &rendered.message_id)?;
            if let Some(received) = received {
                let reply = Reply::decode(&received.reply)?;
                save(folder, &format!("{name}.mdn"), &reply.headers, &reply.body)?;
            }
        }
    }
    Ok(())
}

fn save(
    folder: &Path,
    name: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<(), Failure> {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    fs::write(folder.join(format!("{name}.headers")), headers)?;
    fs::write(folder.join(format!("{name}.body")), body)?;
    Ok(())
}
