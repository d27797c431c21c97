//! What opens the protected parts of one file: the password, and a budget of key derivation.

mod cipher;
mod dek_info;
mod derivation;
mod scheme;

use rollcert_crypto::Provider;
use zeroize::Zeroizing;

use crate::Limits;
use crate::import_error::ImportError;
use crate::password::Password;
use crate::pkcs12::terminated_utf16;
use crate::unlock::derivation::PasswordKind;
use crate::unlock::scheme::Unlocked;

pub(crate) use derivation::{KeyDerivation, PBKDF2, SCRYPT, hmac, upper};
pub(crate) use scheme::{PBES2, Scheme, identifier, iteration_count, name_of, unsupported};

/// The password and the budget for one file.
pub(crate) struct Unlock<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) limits: &'a Limits,
    password: Option<&'a Password>,
    iterations: u64,
    used: bool,
}

impl<'a> Unlock<'a> {
    pub(crate) const fn new(
        password: Option<&'a Password>,
        provider: &'a Provider,
        limits: &'a Limits,
    ) -> Self {
        Self {
            provider,
            limits,
            password,
            iterations: limits.kdf_iterations,
            used: false,
        }
    }

    /// Decrypts by the password of the file, in each form that products give it, until `accept` makes
    /// something of the result. `None`: nothing came of any, so the password is wrong or the file damaged.
    pub(crate) fn open<T>(
        &mut self,
        scheme: &Scheme<'_>,
        encrypted: &[u8],
        accept: impl Fn(Zeroizing<Vec<u8>>) -> Result<Option<T>, ImportError>,
    ) -> Result<Option<T>, ImportError> {
        let password = self.secret_password();
        self.open_by(password, scheme, encrypted, accept)
    }

    /// The same for the key that the file calls `alias`, which may have a password of its own.
    pub(crate) fn open_key<T>(
        &mut self,
        alias: Option<&str>,
        scheme: &Scheme<'_>,
        encrypted: &[u8],
        accept: impl Fn(Zeroizing<Vec<u8>>) -> Result<Option<T>, ImportError>,
    ) -> Result<Option<T>, ImportError> {
        match self.secret_password_of(alias) {
            Some(own) => {
                self.used = true;
                self.open_by(own, scheme, encrypted, accept)
            }
            None => self.open(scheme, encrypted, accept),
        }
    }

    /// Whether a password was given for the key called `alias` alone.
    pub(crate) fn has_password_of(&self, alias: Option<&str>) -> bool {
        self.secret_password_of(alias).is_some()
    }

    /// A key to authenticate with, in each form of the password, until `accept` says that it is the one.
    pub(crate) fn authenticate(
        &mut self,
        derivation: &KeyDerivation<'_>,
        key_len: usize,
        accept: impl Fn(&[u8]) -> bool,
    ) -> Result<bool, ImportError> {
        let password = self.secret_password();
        for form in password_forms(password, derivation.password_kind()) {
            self.spend(derivation.cost(key_len, 0))?;
            let mut key = Zeroizing::new(vec![0; key_len]);
            derivation.derive(&form, &mut key, &mut [], self.limits, self.provider)?;
            if accept(&key) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a password was given that nothing in the file asked for.
    pub(crate) fn was_needless(&self) -> bool {
        !self.used
            && self
                .password
                .is_some_and(|password| !password.secret_str().is_empty())
    }

    /// The error for a password that does not fit.
    pub(crate) const fn refused(&self) -> ImportError {
        match self.password {
            None => ImportError::PasswordRequired,
            Some(_) => ImportError::WrongPassword,
        }
    }

    /// The password; an absent one is tried as the empty one.
    fn secret_password(&mut self) -> &'a str {
        self.used = true;
        self.password.map_or("", Password::secret_str)
    }

    fn secret_password_of(&self, alias: Option<&str>) -> Option<&'a str> {
        self.password?.secret_str_of(alias?)
    }

    fn open_by<T>(
        &mut self,
        password: &str,
        scheme: &Scheme<'_>,
        encrypted: &[u8],
        accept: impl Fn(Zeroizing<Vec<u8>>) -> Result<Option<T>, ImportError>,
    ) -> Result<Option<T>, ImportError> {
        for form in password_forms(password, scheme.password_kind()) {
            self.spend(scheme.cost())?;
            let opened = match scheme.decrypt(&form, encrypted, self.limits, self.provider)? {
                Unlocked::Plain(plain) => accept(plain)?,
                Unlocked::Noise => None,
            };
            if opened.is_some() {
                return Ok(opened);
            }
        }
        Ok(None)
    }

    /// Takes `iterations` off the budget.
    fn spend(&mut self, iterations: u64) -> Result<(), ImportError> {
        self.iterations = self
            .iterations
            .checked_sub(iterations)
            .ok_or(ImportError::Limit {
                what: "iterations of key derivation",
                limit: self.limits.kdf_iterations,
            })?;
        Ok(())
    }
}

/// The octets that products make of a password, the standard's own first, each once.
fn password_forms(password: &str, kind: PasswordKind) -> Vec<Zeroizing<Vec<u8>>> {
    let mut forms = match kind {
        PasswordKind::Octets => {
            // Bouncy Castle leaves the lower octet of each UTF-16 unit in PKCS#8 and PEM files; of the
            // letters of Western Europe, that is what a terminal hands to OpenSSL that is not set to UTF-8.
            let mut cut = Zeroizing::new(Vec::with_capacity(password.len()));
            cut.extend(password.encode_utf16().map(|unit| {
                let [_, lower] = unit.to_be_bytes();
                lower
            }));
            vec![Zeroizing::new(password.as_bytes().to_vec()), cut]
        }
        PasswordKind::Utf16 => {
            // OpenSSL before 1.1.0 takes each octet of UTF-8 for a character.
            let widened: Zeroizing<String> =
                Zeroizing::new(password.bytes().map(char::from).collect());
            vec![terminated_utf16(password), terminated_utf16(&widened)]
        }
    };
    if password.is_empty() && kind == PasswordKind::Utf16 {
        // Writers disagree whether an empty password is a terminator alone or nothing at all.
        forms.push(Zeroizing::new(Vec::new()));
    }
    forms.dedup();
    forms
}

/// In words how something is protected: the schemes met, each once, in their order.
#[derive(Default)]
pub(crate) struct Schemes(Vec<String>);

impl Schemes {
    pub(crate) fn add(&mut self, scheme: String) {
        if !self.0.contains(&scheme) {
            self.0.push(scheme);
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them in one line; nothing when there are none.
    pub(crate) fn into_text(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(password: &str, kind: PasswordKind) -> Vec<Vec<u8>> {
        password_forms(password, kind)
            .into_iter()
            .map(|form| form.to_vec())
            .collect()
    }

    #[test]
    fn a_password_of_ascii_has_one_form() {
        assert_eq!(forms("ab", PasswordKind::Octets), [b"ab"]);
        assert_eq!(forms("ab", PasswordKind::Utf16), [b"\0a\0b\0\0"]);
        assert_eq!(forms("", PasswordKind::Octets), [b""]);
        assert_eq!(forms("", PasswordKind::Utf16), [&b"\0\0"[..], b""]);
    }

    #[test]
    fn other_passwords_have_the_forms_that_products_give_them() {
        assert_eq!(
            forms("ä", PasswordKind::Octets),
            [&[0xc3, 0xa4][..], &[0xe4]]
        );
        assert_eq!(
            forms("ä", PasswordKind::Utf16),
            [&[0, 0xe4, 0, 0][..], &[0, 0xc3, 0, 0xa4, 0, 0]]
        );
        assert_eq!(
            forms("€", PasswordKind::Octets),
            [&[0xe2, 0x82, 0xac][..], &[0xac]]
        );
        // Beyond the basic plane: a pair of surrogates.
        assert_eq!(
            forms("🔑", PasswordKind::Utf16),
            [
                &[0xd8, 0x3d, 0xdd, 0x11, 0, 0][..],
                &[0, 0xf0, 0, 0x9f, 0, 0x94, 0, 0x91, 0, 0]
            ]
        );
    }
}
