//! The program as its users have it: each test runs the real thing in an empty directory with an empty
//! environment, and states stdout, stderr and exit code exactly.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value
)]
#![allow(clippy::return_self_not_must_use, clippy::format_push_string, clippy::format_collect, missing_docs)]
#![allow(clippy::print_stdout, clippy::type_complexity)]

mod asking;
mod authority;
mod binding;
mod cache_files;
mod cache_identity;
mod caching;
mod certified;
mod choosing;
mod crowding;
mod discovering;
mod documents;
mod explaining;
mod failing;
mod federating;
mod granting;
mod idle;
mod keys;
mod printing;
mod providers;
mod proxying;
mod recipes;
mod refreshing;
mod refusing;
mod secrecy;
mod server;
mod shells;
mod streams;
mod transport;
mod trust;
mod unreadable;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The program, about to be run.
pub struct Tool {
    command: assert_cmd::Command,
    directory: TempDir,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

pub fn binary() -> PathBuf {
    assert_cmd::cargo::cargo_bin!("oauth-token").to_owned()
}

impl Tool {
    /// With nothing set.
    pub fn bare() -> Self {
        Self::of(binary())
    }

    /// Any program, in the same bareness; `oauth-token` is on its PATH.
    pub fn of(program: impl AsRef<Path>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut command = assert_cmd::Command::new(program.as_ref());
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", binary().parent().unwrap().display());
        command.env_clear().env("PATH", path).current_dir(directory.path());
        Self { command, directory }
    }

    /// With a client in the environment.
    pub fn client() -> Self {
        Self::bare().env("OAUTH_CLIENT_ID", "my-client").env("OAUTH_CLIENT_SECRET", "my-secret")
    }

    pub fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Arguments as one would type them, separated by spaces.
    pub fn line(self, line: &str) -> Self {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        self.args(words)
    }

    pub fn url(self, url: &str) -> Self {
        self.args(["--url", url])
    }

    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.directory.path().join(name), content).unwrap();
        self
    }

    pub fn stdin(mut self, content: impl Into<Vec<u8>>) -> Self {
        self.command.write_stdin(content);
        self
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn run(self) -> Outcome {
        self.run_in_place().0
    }

    /// Runs it and leaves the directory for a look.
    pub fn run_in_place(mut self) -> (Outcome, TempDir) {
        let output = self.command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let outcome = Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        (outcome, self.directory)
    }

    pub fn succeeds(self, stdout: &str) {
        self.gives(0, stdout, "");
    }

    /// Fails with nothing on stdout, and these two lines on stderr.
    pub fn fails(self, code: i32, error: &str, hint: &str) {
        let hint = if hint.is_empty() { String::new() } else { format!("oauth-token: hint: {hint}\n") };
        self.gives(code, "", &format!("oauth-token: error: {error}\n{hint}"));
    }

    pub fn gives(self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!(self.run(), Outcome { code, stdout: stdout.to_owned(), stderr: stderr.to_owned() });
    }
}

/// A token endpoint that answers everything with this.
pub fn endpoint(status: usize, body: &str) -> (mockito::ServerGuard, String) {
    let mut server = mockito::Server::new();
    server
        .mock("POST", "/token")
        .with_status(status)
        .with_header("content-type", "application/json")
        .with_body(body)
        .create();
    let url = format!("{}/token", server.url());
    (server, url)
}

pub const GOOD: &str = r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":3600,"scope":"a b"}"#;
