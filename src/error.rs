//! What can go wrong, as a script sees it: [`Failure`] says what happened, what to do, and with which
//! exit code. Exit codes live here and nowhere else.

use std::fmt;

/// Every status that this program ends with, but for that of a program it was told to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The result was delivered.
    Success,
    /// The fault is in this program.
    Bug,
    /// The command line, or a setting's value, is not one that can be meant.
    Usage,
    /// A setting is missing, unreadable, or not safe to follow.
    Config,
    /// The server does not accept the client (RFC 6749 section 5.2, `invalid_client`).
    Client,
    /// The server does not accept what the client asks for.
    Request,
    /// No connection to the server, or to the proxy before it.
    Connection,
    /// A connection, but no trust.
    Tls,
    /// The deadline has passed.
    Timeout,
    /// The server cannot answer now.
    Unwell,
    /// An answer that holds no usable access token.
    NotAToken,
    /// The token could not be delivered.
    Output,
    /// The program to run was found but could not be run, as env(1) has it.
    CannotExecute,
    /// The program to run was not found, as env(1) has it.
    CommandNotFound,
}

/// A row of the exit-code table: status, code, meaning, example.
pub type ExitRow = (Exit, u8, &'static str, &'static str);

/// The exit codes that are this program's own. They are frozen: scripts depend on them.
pub const EXITS: [ExitRow; 12] = [
    (Exit::Success, 0, "success", ""),
    (Exit::Bug, 1, "a bug in `oauth-token`", "nothing else exits 1"),
    (Exit::Usage, 2, "usage", "unknown option, two output formats, a value that cannot be meant"),
    (
        Exit::Config,
        3,
        "configuration missing or unsafe",
        "no client id, unreadable file, a `.env` that redirects a secret",
    ),
    (Exit::Client, 4, "the server rejected the client", "`invalid_client`, 401"),
    (Exit::Request, 5, "the server rejected the request", "`invalid_scope`, `access_denied`, other 4xx"),
    (Exit::Connection, 6, "no connection", "DNS, refused, reset, proxy"),
    (Exit::Tls, 7, "TLS", "untrusted, expired, wrong host"),
    (Exit::Timeout, 8, "out of time", "`--max-time`, `--connect-timeout`"),
    (Exit::Unwell, 9, "the server is unwell, try later", "429, 5xx after the retries"),
    (
        Exit::NotAToken,
        10,
        "an answer that is no token",
        "HTML with 200, redirect, no `access_token`, over 1 MiB",
    ),
    (Exit::Output, 11, "the result could not be written", "full disk, closed stdout"),
];

impl Exit {
    /// The status as the operating system carries it.
    pub fn code(self) -> u8 {
        match self {
            Self::CannotExecute => 126,
            Self::CommandNotFound => 127,
            own => EXITS.iter().find(|row| row.0 == own).map_or(1, |row| row.1),
        }
    }
}

/// One failure: what happened, what can be done about it, and the exit code.
///
/// Neither text begins with a capital or ends with a full stop, and neither holds a secret or a
/// stranger's raw bytes: whoever makes one passes foreign text through [`crate::text`] first.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, in one line.
    pub message: String,
    /// What to do about it, in one line, where something can be done.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure with no hint.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// The command line or a value is wrong: exit 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A setting is missing, unreadable or unsafe: exit 3.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Exit::Config, message)
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what to do about it, where there is something to say.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Whatever was not foreseen is a bug. Its text stays inside: nobody has checked it for secrets.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(failure) => failure,
            Err(error) => {
                let outermost = error.to_string();
                Self::new(
                    Exit::Bug,
                    format!("a bug in `oauth-token` {}: {outermost}", env!("CARGO_PKG_VERSION")),
                )
                .hint("please report it, with the command line but without secrets")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lists_the_codes_from_0_to_11_in_order() {
        let codes: Vec<u8> = EXITS.iter().map(|row| row.1).collect();
        assert_eq!(codes, (0..=11).collect::<Vec<u8>>());
        assert!(EXITS.iter().all(|row| row.0.code() == row.1));
    }

    #[test]
    fn an_unforeseen_error_is_exit_1_and_a_foreseen_one_keeps_its_code() {
        assert_eq!(Failure::from(anyhow::anyhow!("boom")).exit, Exit::Bug);
        let foreseen = anyhow::Error::new(Failure::usage("no")).context("while trying");
        assert_eq!(Failure::from(foreseen).exit, Exit::Usage);
    }
}
