//! [`Secret`]: text that must not be shown. It has no `Display`, its `Debug` is redacted, and its bytes
//! are wiped when it is dropped. [`Secret::expose`] marks each place where the bytes leave.

use std::fmt;

use zeroize::Zeroizing;

/// What is shown in the place of a secret.
pub const REDACTED: &str = "[redacted]";

/// A client secret, a token, a password: UTF-8 text, wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller keeps no copy.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for the one place that must send or write it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_a_secret_however_it_is_wrapped() {
        let secret = Some(vec![Secret::new("canary".into())]);
        assert_eq!(format!("{secret:?}"), "Some([[redacted]])");
        assert!(!format!("{secret:#?}").contains("canary"));
    }
}
