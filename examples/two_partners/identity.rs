//! Certificates and keys from PKCS#12 files.

use std::path::Path;

use rollcert::crypto::{Provider, aws_lc};
use rollcert::pki::{Credential, Limits, Password, open};

use crate::Failure;

/// The cryptography of the example: hardened and fast, and it opens old files of partners too.
pub(crate) const CRYPTO: &Provider = &aws_lc::WITH_RUSTCRYPTO;

const PASSWORD: &str = "rollcert";

/// ALICE's certificate in use.
pub(crate) fn alice() -> Result<Credential, Failure> {
    import(
        include_bytes!("certificates/alice.p12"),
        PASSWORD,
        "alice.p12",
    )
}

/// The certificate that ALICE rolls over to, unless the user brings one.
pub(crate) fn alice_next() -> Result<Credential, Failure> {
    import(
        include_bytes!("certificates/alice-next.p12"),
        PASSWORD,
        "alice-next.p12",
    )
}

/// BOB's certificate in use.
pub(crate) fn bob() -> Result<Credential, Failure> {
    import(include_bytes!("certificates/bob.p12"), PASSWORD, "bob.p12")
}

/// The user's own certificate.
pub(crate) fn from_file(path: &Path, password: &str) -> Result<Credential, Failure> {
    let name = path.display().to_string();
    let octets = std::fs::read(path).map_err(|error| format!("{name}: {error}"))?;
    import(&octets, password, &name)
}

fn import(octets: &[u8], password: &str, name: &str) -> Result<Credential, Failure> {
    let password = Password::from(password);
    let mut rng = rand::rng();
    let bundle = open(octets, Some(&password), CRYPTO, &Limits::default())
        .map_err(|error| format!("{name}: {error}"))?;
    let credentials = bundle
        .credentials(CRYPTO, &mut rng)
        .map_err(|error| format!("{name}: {error}"))?;
    let mut credentials = credentials.into_iter();
    match (credentials.next(), credentials.next()) {
        (Some(credential), None) => Ok(credential),
        (None, _) => Err(format!("{name}: no private key with its certificate in it").into()),
        (Some(_), Some(_)) => Err(format!("{name}: more than one private key in it").into()),
    }
}
