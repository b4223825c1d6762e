//! [`Secret`]: text that must not be shown. It has no `Display`, its `Debug` is redacted, and its bytes
//! are wiped when it is dropped. [`Secret::expose`] marks each place where the bytes leave. A [`Value`] knows
//! whether it is one.

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

/// A value of a header field or of a form.
#[derive(Clone, Debug)]
pub enum Value {
    /// May be shown.
    Plain(String),
    /// May be sent to the endpoint and shown to nobody.
    Hidden(Secret),
}

/// A header field or a form parameter, by its name.
pub type Named = (String, Value);

impl Value {
    /// What is sent.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Hidden(secret) => secret.expose(),
        }
    }

    /// What is shown: the scheme of an `Authorization` header, and nothing of what follows.
    pub fn shown(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Hidden(secret) => match secret.expose().split_once(' ') {
                Some(("Basic", _)) => format!("Basic {REDACTED}"),
                _ => REDACTED.to_owned(),
            },
        }
    }
}

/// A pair whose value may be shown.
pub fn plain(name: &str, value: &str) -> Named {
    (name.to_owned(), Value::Plain(value.to_owned()))
}

/// A pair whose value may not be shown.
pub fn hidden(name: &str, value: Secret) -> Named {
    (name.to_owned(), Value::Hidden(value))
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
