//! Files with secrets, keys and tokens that settings name: read whole, within limits, and named in errors without
//! a word of what they hold.

use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::found::{Found, both};
use super::setting::Setting;
use super::sources::Sources;
use super::{misplaced, trust};
use crate::env_file::{Fault, decode};
use crate::error::Failure;
use crate::secret::Secret;
use crate::text::{escape, io_reason};

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// The file that is stdin.
pub const STDIN: &str = "-";

/// A file that has been read.
pub struct Content {
    /// Its bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// What to warn of: that others can read it.
    pub warning: Option<String>,
}

/// Reads the file of a setting. `-` is stdin.
pub fn read(found: &Found, file: &str) -> Result<Content, Failure> {
    if file.is_empty() {
        return Err(
            Failure::config(format!("{} names no file", found.subject())).hint("name one, or leave it out")
        );
    }
    let path = trust::secret_file(found, file)?;
    let (bytes, warning) = if file == STDIN {
        (limited(io::stdin().lock()), None)
    } else {
        let opened = std::fs::File::open(&path);
        let warning = opened.as_ref().ok().filter(|file| is_open_to_others(file)).map(|_| {
            format!(
                "other users of this machine can read the file of {}: chmod 600 {}",
                found.subject(),
                shown(&path)
            )
        });
        (opened.and_then(limited), warning)
    };
    let named = named(found, file);
    let bytes = bytes.map_err(|error| unreadable(found, file, &error))?;
    if bytes.len() as u64 > LIMIT {
        return Err(Failure::config(format!("{named} is over 64 KiB: {}", shown(&path)))
            .hint("name the file that holds the secret alone"));
    }
    Ok(Content { bytes, warning })
}

/// A file that cannot be read. What is not there is not shown where it may be the secret itself.
pub fn unreadable(found: &Found, file: &str, error: &io::Error) -> Failure {
    let (named, reason) = (named(found, file), io_reason(error));
    if error.kind() == io::ErrorKind::NotFound && !misplaced::may_be_shown(found, file) {
        return Failure::config(format!("{named} cannot be read: {reason}")).hint(misplaced::way_out(found));
    }
    let place = if file == STDIN { String::new() } else { format!(": {}", shown(Path::new(file))) };
    Failure::config(format!("{named} cannot be read: {reason}{place}"))
        .hint("name a readable file, or `-` for stdin")
}

/// Reads a secret from the file of a setting, less the line break at its end.
pub fn secret(found: &Found, file: &str) -> Result<Secret, Failure> {
    let named = named(found, file);
    let place = if file == STDIN { String::new() } else { format!(": {}", shown(Path::new(file))) };
    let content = read(found, file)?;
    let text = decode(&content.bytes).map_err(|fault| {
        let encoding = if let Fault::Encoding(encoding) = fault { encoding } else { "not UTF-8" };
        Failure::config(format!("{named} is {encoding}{place}"))
            .hint("save it as UTF-8, with the secret alone")
    })?;
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if text.trim().is_empty() {
        return Err(Failure::config(format!("{named} is empty{place}")).hint("write the secret to it"));
    }
    Ok(Secret::new(text.to_owned()))
}

fn named(found: &Found, file: &str) -> String {
    if file == STDIN {
        format!("stdin, for {},", found.subject())
    } else {
        format!("the file of {}", found.subject())
    }
}

/// A secret on one line, from the file of a setting.
pub fn line(found: &Found, file: &str) -> Result<Secret, Failure> {
    one_line(found, secret(found, file)?)
}

/// The secret, if it is one line.
pub fn one_line(found: &Found, secret: Secret) -> Result<Secret, Failure> {
    if secret.expose().chars().any(char::is_control) {
        return Err(Failure::config(format!(
            "the secret of {} holds a line break or another control character",
            found.subject()
        ))
        .hint("give the secret alone, on one line"));
    }
    Ok(secret)
}

/// Of two settings, one that holds a secret and one that names its file, the one that takes precedence by its
/// origin.
pub fn either(sources: &Sources, value: Setting, file: Setting) -> Result<Option<Found>, Failure> {
    match (sources.find(value)?, sources.find(file)?) {
        (None, None) => Ok(None),
        (Some(found), None) | (None, Some(found)) => Ok(Some(found)),
        (Some(value), Some(file)) if value.origin == file.origin => {
            Err(Failure::config(format!("{}, are set", both(&value, &file)))
                .hint("unset one of them: only one can count"))
        }
        (Some(value), Some(file)) => Ok(Some(if value.origin < file.origin { value } else { file })),
    }
}

/// The secret of a setting that [`either`] has found, on one line.
pub fn resolve(found: &Found, value: Setting) -> Result<Secret, Failure> {
    if found.setting == value {
        one_line(found, Secret::new(found.value().to_owned()))
    } else {
        line(found, found.value())
    }
}

fn limited(source: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    source.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(unix)]
fn is_open_to_others(file: &std::fs::File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::File) -> bool {
    false
}

/// A path as it may be shown.
pub fn shown(path: &Path) -> String {
    escape(&path.display().to_string())
}
