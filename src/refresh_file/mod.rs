//! [`RefreshFile`]: a refresh token in a file (RFC 6749 section 6). It is locked while it is used, for a server
//! that rotates tokens takes the second use of one for theft; a new token takes its place whole or not at all.

mod token;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use zeroize::Zeroizing;

use crate::file_lock::{self, is_at};
use crate::process;
use crate::secret::Secret;

pub use token::RefreshToken;

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// The room that a new token must have, in bytes: what is longer is rare.
const ROOM: usize = 4 * 1024;

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
    /// The token that the file holds.
    pub token: Secret,
    next: Next,
    // Closing it gives up the lock, last of all: the file beside it has one name for all.
    _locked: File,
}

/// The file beside it, which is removed unless it has taken its place. Its name is always the same, so that whoever
/// was killed leaves no more than one.
#[derive(Debug)]
struct Next {
    file: File,
    path: PathBuf,
    is_in_place: bool,
}

impl Next {
    /// Takes the place of another file, and is locked as that one was: whoever finds it by its new name waits until all
    /// is done that belongs to it. The name beside it belongs to the next process then.
    fn take_place(&mut self, of: &Path) -> io::Result<()> {
        // Where it cannot be locked, it must be put in its place all the same.
        let _ = self.file.try_lock();
        fs::rename(&self.path, of)?;
        self.is_in_place = true;
        Ok(())
    }
}

impl Drop for Next {
    fn drop(&mut self) {
        if !self.is_in_place {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl RefreshFile {
    /// Locks the file and reads it, waiting for others until the deadline. A symbolic link stays one: its target is
    /// used.
    pub fn open(path: &Path, deadline: Instant) -> Result<Self, RefreshFault> {
        let path = path.canonicalize().map_err(RefreshFault::Unreadable)?;
        if path.is_dir() {
            return Err(RefreshFault::Unreadable(io::ErrorKind::IsADirectory.into()));
        }
        if !path.is_file() {
            return Err(RefreshFault::NotText);
        }
        let mut locked = lock(&path, deadline)?;
        let mut bytes = Zeroizing::new(Vec::new());
        Read::by_ref(&mut locked)
            .take(LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(RefreshFault::Unreadable)?;
        let text =
            std::str::from_utf8(&bytes).map_err(|_| RefreshFault::NotText)?.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(RefreshFault::Empty);
        }
        if !is_line(text) {
            return Err(RefreshFault::NotText);
        }
        let token = Secret::new(text.to_owned());
        // Made before anything is sent: a rotated token must have a place to go.
        process::require_room(|| Some(0), ROOM).map_err(RefreshFault::Unwritable)?;
        let next = new_beside(&path, &locked).map_err(RefreshFault::Unwritable)?;
        Ok(Self { path, _locked: locked, next, token })
    }

    /// Puts a new token in the place of the old one. At every moment the file holds one of the two, whole; it stays
    /// locked.
    pub fn replace(&mut self, token: &Secret) -> io::Result<()> {
        process::require_room(|| Some(0), token.expose().len() + 1)?;
        self.next.file.write_all(format!("{}\n", token.expose()).as_bytes())?;
        self.next.file.sync_all()?;
        self.next.take_place(&self.path)?;
        match self.path.parent() {
            // So that the new name survives a power failure, too.
            Some(directory) => File::open(directory)?.sync_all(),
            None => Ok(()),
        }
    }
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && text.len() as u64 <= LIMIT && !text.chars().any(char::is_control)
}

/// Locks the file that the path names when the lock is had: the holder before may have put another in its
/// place.
fn lock(path: &Path, deadline: Instant) -> Result<File, RefreshFault> {
    loop {
        let file = File::open(path).map_err(RefreshFault::Unreadable)?;
        let file = match file.try_lock() {
            Ok(()) => file,
            Err(TryLockError::WouldBlock) => {
                file_lock::wait(file, deadline.saturating_duration_since(Instant::now()))
                    .map_err(RefreshFault::Unreadable)?
                    .ok_or(RefreshFault::Busy)?
            }
            Err(TryLockError::Error(error)) => return Err(RefreshFault::Unreadable(error)),
        };
        if is_at(&file, path).map_err(RefreshFault::Unreadable)? {
            return Ok(file);
        }
    }
}

/// A new file with the old one's permissions and owner.
fn new_beside(path: &Path, old: &File) -> io::Result<Next> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = path.with_file_name(format!(".{name}.oauth-token"));
    // Whoever left one there does not hold the lock.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let next = Next { file: options.open(&beside)?, path: beside, is_in_place: false };
    let metadata = old.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Root refreshes for others, too; whoever else may not give a file away need not.
        let _ = std::os::unix::fs::fchown(&next.file, Some(metadata.uid()), Some(metadata.gid()));
    }
    next.file.set_permissions(metadata.permissions())?;
    Ok(next)
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

    fn now() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_new_token_takes_the_place_of_the_old_one_with_its_permissions_and_leaves_nothing_behind() {
        use std::os::unix::fs::PermissionsExt;
        let (directory, path) = directory("old\n");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let mut file = RefreshFile::open(&path, now()).unwrap();
        assert_eq!(file.token.expose(), "old");
        file.replace(&Secret::new("new".into())).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_new_token_belongs_to_whom_the_old_one_belonged() {
        use std::os::unix::fs::{MetadataExt, chown};
        let (_directory, path) = directory("old");
        // Root alone can give a file away.
        if chown(&path, Some(4242), Some(4243)).is_err() {
            return;
        }
        RefreshFile::open(&path, now()).unwrap().replace(&Secret::new("new".into())).unwrap();
        let metadata = path.metadata().unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (4242, 4243));
    }

    #[test]
    fn a_file_that_is_not_replaced_stays_as_it_is_and_nothing_is_left_behind() {
        let (directory, path) = directory("old");
        drop(RefreshFile::open(&path, now()).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_symbolic_link_stays_one() {
        let (directory, path) = directory("old");
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        RefreshFile::open(&link, now()).unwrap().replace(&Secret::new("new".into())).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
    }

    #[test]
    fn whoever_waits_reads_the_token_that_the_holder_has_left() {
        let (_directory, path) = directory("old");
        let mut holder = RefreshFile::open(&path, now()).unwrap();
        assert!(matches!(RefreshFile::open(&path, now()), Err(RefreshFault::Busy)));
        let waiting = path.clone();
        let waiter = std::thread::spawn(move || {
            RefreshFile::open(&waiting, now() + std::time::Duration::from_secs(60)).unwrap()
        });
        holder.replace(&Secret::new("new".into())).unwrap();
        // What came with the new token is to be kept yet.
        assert!(matches!(RefreshFile::open(&path, now()), Err(RefreshFault::Busy)));
        drop(holder);
        assert_eq!(waiter.join().unwrap().token.expose(), "new");
    }

    #[test]
    fn whoever_has_put_its_token_in_place_leaves_the_next_ones_file_alone() {
        let (directory, path) = directory("old");
        let mut first = RefreshFile::open(&path, now()).unwrap();
        first.replace(&Secret::new("new".into())).unwrap();
        first.next.file.unlock().unwrap();
        let mut second = RefreshFile::open(&path, now()).unwrap();
        drop(first);
        second.replace(&Secret::new("newer".into())).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "newer\n");
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
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
            assert!(is_fault(&RefreshFile::open(&path, now()).unwrap_err()), "{content}");
        }
        let (directory, _) = directory("");
        assert!(matches!(
            RefreshFile::open(&directory.path().join("none"), now()),
            Err(RefreshFault::Unreadable(_))
        ));
    }
}
