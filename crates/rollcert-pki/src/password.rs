use core::fmt;

use zeroize::Zeroizing;

/// The password of a file, and those of keys in it that have their own. Wiped when dropped; `Debug` shows
/// nothing of it.
///
/// ```
/// use rollcert_pki::Password;
///
/// let password = Password::from("changeit").with_key_password("as2 signing", "another");
/// assert_eq!(format!("{password:?}"), "Password(..)");
/// ```
pub struct Password {
    file: Zeroizing<String>,
    keys: Vec<(String, Zeroizing<String>)>,
}

impl Password {
    /// The same, and another password for the keys that the file calls `alias` (`friendlyName` in PKCS#12).
    ///
    /// Java can give each key a password of its own beside that of the key store. Aliases are compared
    /// without regard to case, as Java does.
    #[must_use]
    pub fn with_key_password(
        mut self,
        alias: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        self.keys
            .push((alias.into(), Zeroizing::new(password.into())));
        self
    }

    /// The password of the file itself, to hand it to whoever is to have it.
    #[must_use]
    pub fn secret_str(&self) -> &str {
        &self.file
    }

    /// The password that was given for keys of this alias.
    pub(crate) fn secret_str_of(&self, alias: &str) -> Option<&str> {
        let alias = alias.to_lowercase();
        self.keys
            .iter()
            .find(|(known, _)| known.to_lowercase() == alias)
            .map(|(_, password)| password.as_str())
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self {
            file: Zeroizing::new(text),
            keys: Vec::new(),
        }
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}
