//! [`RefreshFile`]: a refresh token in a file (RFC 6749 section 6). It is locked while it is used, for a server
//! that rotates tokens takes the second use of one for theft; a new token takes its place whole or not at all.

use std::cell::RefCell;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::error::{Exit, Failure};
use crate::file_lock::{self, is_at};
use crate::response::Token;
use crate::secret::Secret;
use crate::text::{escape, io_reason};

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// Why a file cannot be used.
#[derive(Debug)]
pub enum RefreshFault {
    /// It cannot be read.
    Unreadable(io::Error),
    /// No new file can be made in its directory, so a new token would be lost.
    Unwritable(io::Error),
    /// Another process has held it for too long.
    Busy,
    /// It is not one line of text.
    NotText,
    /// It is empty.
    Empty,
}

/// A locked file and the token in it, and a file beside it for the next one.
#[derive(Debug)]
pub struct RefreshFile {
    path: PathBuf,
    // Closing it gives up the lock.
    _locked: File,
    next: NamedTempFile,
    /// The token that the file holds.
    pub token: Secret,
}

impl RefreshFile {
    /// Locks the file and reads it, waiting for others no longer than `patience`. A symbolic link stays one: its
    /// target is used.
    pub fn open(path: &Path, patience: Duration) -> Result<Self, RefreshFault> {
        let path = path.canonicalize().map_err(RefreshFault::Unreadable)?;
        let mut locked = lock(&path, patience)?;
        let mut bytes = Zeroizing::new(Vec::new());
        Read::by_ref(&mut locked).take(LIMIT).read_to_end(&mut bytes).map_err(RefreshFault::Unreadable)?;
        let text =
            std::str::from_utf8(&bytes).map_err(|_| RefreshFault::NotText)?.trim_end_matches(['\r', '\n']);
        if text.chars().any(char::is_control) {
            return Err(RefreshFault::NotText);
        }
        if text.is_empty() {
            return Err(RefreshFault::Empty);
        }
        let token = Secret::new(text.to_owned());
        // Made before anything is sent: a rotated token must have a place to go.
        let next = new_beside(&path, &locked).map_err(RefreshFault::Unwritable)?;
        Ok(Self { path, _locked: locked, next, token })
    }

    /// Puts a new token in the place of the old one. At every moment the file holds one of the two, whole.
    pub fn replace(mut self, token: &Secret) -> io::Result<()> {
        self.next.rewind()?;
        self.next.write_all(format!("{}\n", token.expose()).as_bytes())?;
        self.next.as_file().sync_all()?;
        self.next.persist(&self.path).map_err(|error| error.error)?;
        match self.path.parent() {
            // So that the new name survives a power failure, too.
            Some(directory) => File::open(directory)?.sync_all(),
            None => Ok(()),
        }
    }
}

/// The refresh token of this run, if it has one: its file stays locked from the request to the end.
#[derive(Debug, Default)]
pub struct RefreshToken(RefCell<Option<RefreshFile>>);

impl RefreshToken {
    /// Opens its file, if it is not open. `subject` is how messages name it.
    pub fn open(&self, path: &Path, subject: &str, patience: Duration) -> Result<Secret, Failure> {
        if let Some(file) = &*self.0.borrow() {
            return Ok(file.token.clone());
        }
        let file = RefreshFile::open(path, patience).map_err(|fault| failure(&fault, path, subject))?;
        let token = file.token.clone();
        self.0.replace(Some(file));
        Ok(token)
    }

    /// Keeps the refresh token that came with the access token, if another one came, before anybody sees the
    /// latter: most servers no longer take the old one. Says whether one came.
    pub fn keep(&self, token: &Token) -> Result<bool, Failure> {
        let Some(file) = self.0.take() else { return Ok(false) };
        let rotated = token.fields.text("refresh_token").map(Secret::new);
        let Some(rotated) = rotated.filter(|new| is_line(new.expose()) && *new != file.token) else {
            return Ok(false);
        };
        let shown = escape(&file.path.display().to_string());
        file.replace(&rotated).map_err(|error| {
            Failure::new(
                Exit::Output,
                format!("the new refresh token could not be written: {}: {shown}", io_reason(&error)),
            )
            .hint("the old one may be spent: if it is refused, let the user log in again")
        })?;
        Ok(true)
    }
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
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
            ("holds more than one line of text".to_owned(), "keep the refresh token alone in it")
        }
        RefreshFault::Empty => ("is empty".to_owned(), "write the refresh token to it"),
    };
    Failure::config(format!("the file of {subject} {what}: {shown}")).hint(hint)
}

/// Locks the file that the path names when the lock is had: the holder before may have put another in its
/// place.
fn lock(path: &Path, patience: Duration) -> Result<File, RefreshFault> {
    loop {
        let file = File::open(path).map_err(RefreshFault::Unreadable)?;
        let file = match file.try_lock() {
            Ok(()) => file,
            Err(TryLockError::WouldBlock) => file_lock::wait(file, patience)
                .map_err(RefreshFault::Unreadable)?
                .ok_or(RefreshFault::Busy)?,
            Err(TryLockError::Error(error)) => return Err(RefreshFault::Unreadable(error)),
        };
        if is_at(&file, path).map_err(RefreshFault::Unreadable)? {
            return Ok(file);
        }
    }
}

/// A new file with the old one's permissions, and never more.
fn new_beside(path: &Path, old: &File) -> io::Result<NamedTempFile> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let new = NamedTempFile::with_prefix_in(".oauth-token-", directory)?;
    new.as_file().set_permissions(old.metadata()?.permissions())?;
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(content: &str) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, content).unwrap();
        (directory, path)
    }

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn a_new_token_takes_the_place_of_the_old_one_with_its_permissions_and_leaves_nothing_behind() {
        use std::os::unix::fs::PermissionsExt;
        let (directory, path) = directory("old\n");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let file = RefreshFile::open(&path, NOW).unwrap();
        assert_eq!(file.token.expose(), "old");
        file.replace(&Secret::new("new".into())).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_not_replaced_stays_as_it_is_and_nothing_is_left_behind() {
        let (directory, path) = directory("old");
        drop(RefreshFile::open(&path, NOW).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_symbolic_link_stays_one() {
        let (directory, path) = directory("old");
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        RefreshFile::open(&link, NOW).unwrap().replace(&Secret::new("new".into())).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
    }

    #[test]
    fn whoever_waits_reads_the_token_that_the_holder_has_left() {
        let (_directory, path) = directory("old");
        let holder = RefreshFile::open(&path, NOW).unwrap();
        assert!(matches!(RefreshFile::open(&path, NOW), Err(RefreshFault::Busy)));
        let waiting = path.clone();
        let waiter =
            std::thread::spawn(move || RefreshFile::open(&waiting, Duration::from_secs(60)).unwrap());
        holder.replace(&Secret::new("new".into())).unwrap();
        assert_eq!(waiter.join().unwrap().token.expose(), "new");
    }

    #[test]
    fn what_holds_no_token_is_named() {
        for (content, is_fault) in [
            ("", (|fault| matches!(fault, RefreshFault::Empty)) as fn(&RefreshFault) -> bool),
            ("\n", |fault| matches!(fault, RefreshFault::Empty)),
            ("a\nb", |fault| matches!(fault, RefreshFault::NotText)),
            ("a\0b", |fault| matches!(fault, RefreshFault::NotText)),
        ] {
            let (_directory, path) = directory(content);
            assert!(is_fault(&RefreshFile::open(&path, NOW).unwrap_err()), "{content}");
        }
        let (directory, _) = directory("");
        assert!(matches!(
            RefreshFile::open(&directory.path().join("none"), NOW),
            Err(RefreshFault::Unreadable(_))
        ));
    }
}
