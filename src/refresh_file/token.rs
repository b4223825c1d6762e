//! [`RefreshToken`]: the refresh token of a run, from the lock on its file to the token that takes its place, and what
//! is said where its file cannot serve.

use std::cell::RefCell;
use std::path::Path;
use std::time::Instant;

use super::{RefreshFault, RefreshFile, is_line};
use crate::error::{Exit, Failure};
use crate::response::Fields;
use crate::secret::Secret;
use crate::text::{escape, io_reason};

/// The refresh token of this run, if it has one: its file stays locked from the request until this is dropped, when
/// what came with its successor has been kept, too.
#[derive(Debug, Default)]
pub struct RefreshToken(RefCell<Option<RefreshFile>>);

impl RefreshToken {
    /// Opens its file, if it is not open. `subject` is how messages name it.
    pub fn open(&self, path: &Path, subject: &str, deadline: Instant) -> Result<Secret, Failure> {
        if let Some(file) = &*self.0.borrow() {
            return Ok(file.token.clone());
        }
        let file = RefreshFile::open(path, deadline).map_err(|fault| failure(&fault, path, subject))?;
        let token = file.token.clone();
        self.0.replace(Some(file));
        Ok(token)
    }

    /// Keeps the refresh token of an answer, if another one came, before anybody sees the access token: most servers
    /// no longer take the old one. Returns the one that is in the file then, if there is a file.
    pub fn keep(&self, answer: &Fields) -> Result<Option<Secret>, Failure> {
        let mut file = self.0.borrow_mut();
        let Some(file) = &mut *file else { return Ok(None) };
        let shown = escape(&file.path.display().to_string());
        let spent = "the old one may be spent: if it is refused, let the user log in again";
        let rotated = match (answer.text("refresh_token"), answer.raw("refresh_token")) {
            (None, None | Some("null")) => return Ok(Some(file.token.clone())),
            (Some(new), _) if new.is_empty() || new == file.token.expose() => {
                return Ok(Some(file.token.clone()));
            }
            (Some(new), _) if is_line(&new) => Secret::new(new),
            _ => {
                let message =
                    format!("the new refresh token is no single line of text, and cannot be kept: {shown}");
                return Err(Failure::new(Exit::NotAToken, message).hint(spent));
            }
        };
        file.replace(&rotated).map_err(|error| {
            let reason = io_reason(&error);
            Failure::new(
                Exit::Output,
                format!("the new refresh token could not be written: {reason}: {shown}"),
            )
            .hint(spent)
        })?;
        Ok(Some(rotated))
    }
}

fn failure(fault: &RefreshFault, path: &Path, subject: &str) -> Failure {
    let shown = escape(&path.display().to_string());
    let (what, hint) = match fault {
        RefreshFault::Unreadable(error) => {
            (format!("cannot be read: {}", io_reason(error)), "name the file that holds the refresh token")
        }
        RefreshFault::Unwritable(error) => (
            format!("cannot be replaced: {}", io_reason(error)),
            "a server may answer with a new refresh token: keep the file in a directory that can be written",
        ),
        RefreshFault::Busy => {
            let message = format!("out of time: another process holds the file of {subject}: {shown}");
            return Failure::new(Exit::Timeout, message)
                .hint("try later, or allow more time with `--max-time`");
        }
        RefreshFault::NotText => {
            ("is not one line of text, of 64 KiB at most".to_owned(), "keep the refresh token alone in it")
        }
        RefreshFault::Empty => ("is empty".to_owned(), "write the refresh token to it"),
    };
    Failure::config(format!("the file of {subject} {what}: {shown}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_stays_locked_until_all_is_kept_that_came_with_the_next_token() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("refresh");
        for answer in [r#"{"refresh_token":"new"}"#, "{}"] {
            std::fs::write(&path, "old").unwrap();
            let token = RefreshToken::default();
            token.open(&path, "it", Instant::now()).unwrap();
            assert!(token.keep(&Fields::parse(answer).unwrap()).unwrap().is_some());
            assert!(matches!(RefreshFile::open(&path, Instant::now()), Err(RefreshFault::Busy)), "{answer}");
            drop(token);
            assert!(RefreshFile::open(&path, Instant::now()).is_ok());
        }
    }
}
