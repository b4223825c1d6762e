//! The only writer to stdout, and what it writes: the result in the format that was asked for, whole and in
//! one piece, or nothing.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::error::{Exit, Failure};
use crate::process;
use crate::redact::Redactor;
use crate::response::fields::map_strings;
use crate::response::{Token, require_header_safe};
use crate::secret::{REDACTED, Secret};
use crate::shell::{self, Shell};
use crate::text::{io_reason, is_command, is_unseen};

/// What of the token is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The access token alone.
    Token,
    /// `Authorization: Bearer …` (RFC 6750 section 2.1), or `DPoP …` (RFC 9449 section 7.1).
    Header,
    /// The `DPoP:` line of a call to an API.
    DpopProof,
    /// Seconds until the token expires.
    ExpiresIn,
    /// When the token expires, in seconds of the Unix epoch.
    ExpiresAt,
    /// Every field that the server sent, as one line of JSON.
    Json,
    /// A line that sets an environment variable in a shell.
    Export(Shell),
}

/// The result as text, without a line break at its end. `name` is the variable for [`Format::Export`], `proof` the
/// value of a `DPoP` header field that follows.
pub fn render(
    format: Format,
    token: &Token,
    name: &str,
    proof: Option<&Secret>,
    redactor: &Redactor,
) -> Result<Secret, Failure> {
    let text = match format {
        Format::Token => token.access_token.expose().to_owned(),
        Format::Header => {
            require_header_safe(token)?;
            format!("Authorization: {} {}", token.scheme(), token.access_token.expose())
        }
        // The line of the proof, which the caller adds, is all.
        Format::DpopProof => String::new(),
        Format::ExpiresIn => token.lifetime().ok_or_else(no_expiry)?.to_string(),
        Format::ExpiresAt => token.expires_at().ok_or_else(no_expiry)?.to_string(),
        Format::Json => json(token, redactor),
        Format::Export(shell) => shell.assign(name, token.access_token.expose())?,
    };
    Ok(Secret::new(match proof {
        Some(proof) if text.is_empty() => format!("DPoP: {}", proof.expose()),
        Some(proof) => format!("{text}\nDPoP: {}", proof.expose()),
        None => text,
    }))
}

fn no_expiry() -> Failure {
    Failure::new(
        Exit::NotAToken,
        "the server does not say when the token expires, and the token is no JWT with an `exp`",
    )
    .hint("ask for the token itself, and get a new one for each run")
}

/// Every field in the server's order: `expires_in` as a whole number where it can be one, `expires_at` added
/// where it is known and the server sent none. A string that echoes a secret is redacted.
fn json(token: &Token, redactor: &Redactor) -> String {
    let mut members: Vec<String> = Vec::new();
    for (name, value) in token.fields.iter() {
        let value = match (name, token.expires_in) {
            ("expires_in", Some(seconds)) => seconds.to_string(),
            _ => cleared(&value, redactor),
        };
        members.push(format!("{}:{value}", serde_json::Value::from(redactor.found_cleared(name))));
    }
    if let Some(at) = token.expires_at().filter(|_| !token.fields.has("expires_at")) {
        members.push(format!("\"expires_at\":{at}"));
    }
    harmless(&format!("{{{}}}", members.join(",")))
}

/// JSON text that says the same, but moves no cursor and commands no CI system that reads what is printed. None of
/// these characters can stand outside a string there.
fn harmless(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for (at, character) in json.char_indices() {
        if !is_command(&json[at..]) && !is_unseen(character) {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}

/// A value in which no secret stands, in a string, nor anywhere else.
fn cleared(json: &str, redactor: &Redactor) -> String {
    let redacted = format!("\"{REDACTED}\"");
    let strings = map_strings(json, |text| redactor.finds(text).then(|| redacted.clone()));
    if redactor.finds(&strings) { redacted } else { strings }
}

/// Hands the token to the following steps of a GitHub Actions job: masks it in the log first, then appends it
/// to the file that `$GITHUB_ENV` names.
pub fn write_github_env(token: &Token, name: &str, file: &Path) -> Result<(), Failure> {
    let value = token.access_token.expose();
    shell::require_size(name, value)?;
    // The token is one line of printable ASCII, so a line that is not the token cannot be within it.
    let delimiter = format!("oauth_token_{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
    let entry = Secret::new(format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
    let failed = |error: io::Error| {
        Failure::new(Exit::Output, format!("cannot write to the file of `GITHUB_ENV`: {}", io_reason(&error)))
            .hint("the runner makes this file for each step; leave the variable alone")
    };
    let mut file = open_for_more(file).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    process::require_room(|| Some(length), entry.expose().len()).map_err(failed)?;
    // The runner decodes `%25` in what follows a command.
    print(&format!("::add-mask::{}", value.replace('%', "%25")), true)?;
    file.write_all(entry.expose().as_bytes()).map_err(failed)
}

/// Opens a file to add lines to it: one that somebody has left unfinished is ended, or it would swallow the next. A new
/// one is its owner's alone; nobody is waited for to read from a pipe.
fn open_for_more(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).read(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let mut file = options.open(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::FileTypeExt::is_fifo(&file.metadata()?.file_type()) {
        return Err(io::Error::other("it is a pipe"));
    }
    let mut last = [0];
    if file.seek(SeekFrom::End(-1)).is_ok() && file.read(&mut last)? == 1 && last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

/// Fails before anything is sent, where it is known that nothing can be delivered.
pub fn require_stdout() -> Result<(), Failure> {
    if process::began_without_stdout() { Err(undelivered("stdout is closed")) } else { Ok(()) }
}

/// Writes the text to stdout in one write, with a line break if so wanted.
pub fn print(text: &str, line_break: bool) -> Result<(), Failure> {
    require_stdout()?;
    let line = Secret::new(format!("{text}{}", if line_break { "\n" } else { "" }));
    write_all(line.expose().as_bytes()).map_err(|error| undelivered(&io_reason(&error)))
}

fn undelivered(reason: &str) -> Failure {
    Failure::new(Exit::Output, format!("the result could not be written to stdout: {reason}"))
        .hint("check what stdout is connected to, and that its disk is not full")
}

/// Writes to the descriptor itself: std's stdout takes a descriptor that is not open for writing for
/// success.
#[cfg(unix)]
fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;

    let stdout = rustix::stdio::stdout();
    process::require_room(|| end_of(stdout), bytes.len())?;
    while !bytes.is_empty() {
        match rustix::io::write(stdout, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                poll(&mut [PollFd::new(&stdout, PollFlags::OUT)], None)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Where the next byte goes, if it goes to a file.
#[cfg(unix)]
fn end_of(stdout: std::os::fd::BorrowedFd) -> Option<u64> {
    use rustix::fs::{FileType, OFlags, SeekFrom, fcntl_getfl, fstat, seek};
    let about = fstat(stdout).ok()?;
    if !FileType::from_raw_mode(about.st_mode).is_file() {
        return None;
    }
    if fcntl_getfl(stdout).ok()?.contains(OFlags::APPEND) {
        return u64::try_from(about.st_size).ok();
    }
    seek(stdout, SeekFrom::Current(0)).ok()
}

#[cfg(not(unix))]
fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush())
}

/// Writes one line to stderr. Whether it arrives changes nothing: the exit code says what matters.
pub fn tell(line: &str) {
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::Fields;

    fn token(json: &str) -> Token {
        let fields = Fields::parse(json).unwrap();
        let access_token = Secret::new(fields.text("access_token").unwrap());
        Token {
            access_token,
            token_type: None,
            expires_in: fields.integer("expires_in"),
            received_at: 1000,
            fields,
        }
    }

    fn rendered(format: Format, json: &str) -> Result<String, Failure> {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("canary/secret".into()));
        render(format, &token(json), "T", None, &redactor).map(|text| text.expose().to_owned())
    }

    #[test]
    fn each_format_says_its_part() {
        let json = r#"{"access_token":"tok","expires_in":"60"}"#;
        for (format, text) in [
            (Format::Token, "tok"),
            (Format::Header, "Authorization: Bearer tok"),
            (Format::ExpiresIn, "60"),
            (Format::ExpiresAt, "1060"),
            (Format::Json, r#"{"access_token":"tok","expires_in":60,"expires_at":1060}"#),
            (Format::Export(Shell::Sh), "export T='tok'"),
        ] {
            assert_eq!(rendered(format, json).unwrap(), text);
        }
    }

    #[test]
    fn json_keeps_order_numbers_and_what_it_does_not_know() {
        let sent = r#"{ "z" : [1.50, {"b": "\u001b"}], "expires_at": "soon", "access_token":"t", "expires_in": null }"#;
        assert_eq!(
            rendered(Format::Json, sent).unwrap(),
            r#"{"z":[1.50,{"b":"\u001b"}],"expires_at":"soon","access_token":"t","expires_in":null}"#
        );
    }

    #[test]
    fn json_moves_no_cursor_and_commands_no_ci_system() {
        let sent = "{\"access_token\":\"a##b\",\"##[x\":\"##vso[y \\\\##[z \u{9b}\u{7f}\u{202e}\u{e0041}\"}";
        let printed = rendered(Format::Json, sent).unwrap();
        assert_eq!(
            printed,
            r#"{"access_token":"a##b","\u0023#[x":"\u0023#vso[y \\\u0023#[z \u009b\u007f\u202e\udb40\udc41"}"#
        );
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(value(&printed), value(sent));
    }

    #[test]
    fn json_redacts_an_echoed_secret_however_it_is_escaped() {
        let sent = r#"{"access_token":"t","echo":["x canary\/secret y","\u0063anary/secret"],"canary/secret":1,"half":"\ud800 canary/secret"}"#;
        assert_eq!(
            rendered(Format::Json, sent).unwrap(),
            r#"{"access_token":"t","echo":["[redacted]","[redacted]"],"[redacted]":1,"half":"[redacted]"}"#
        );
    }

    #[test]
    fn no_expiry_is_exit_10() {
        for format in [Format::ExpiresIn, Format::ExpiresAt] {
            assert_eq!(rendered(format, r#"{"access_token":"t"}"#).unwrap_err().exit, Exit::NotAToken);
        }
    }
}
