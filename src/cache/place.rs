//! [`Place`]: the files of one entry, in a directory that is this user's alone. Files are written whole or not at
//! all, and read only where nobody else can have put them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use super::own::{User, is_safe_directory, make_directory, open_own, open_with};
use super::sweep;
use crate::file_lock::{self, is_at};
use crate::process;
use crate::text::escape;

/// The largest file that is read or written, in bytes: an answer of 1 MiB, escaped and encrypted.
const LIMIT: u64 = 4 * 1024 * 1024;

/// What the names of temporary files begin with.
pub const TEMPORARY: &str = ".oauth-token-";

/// What a file of an entry is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The token.
    Token,
    /// What the server said when it refused the client.
    Refusal,
    /// Nothing: it is locked by the process that asks the server.
    Lock,
}

/// Every kind, and how its files' names end.
pub const KINDS: [(Kind, &str); 3] = [(Kind::Token, ""), (Kind::Refusal, ".refused"), (Kind::Lock, ".lock")];

/// The files of one entry. Entries are spread over 256 directories, so that none is slow to sweep.
#[derive(Debug)]
pub struct Place {
    root: PathBuf,
    shard: PathBuf,
    name: String,
}

/// The lock of an entry. The kernel gives it up when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    path: PathBuf,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is still held, so that nobody can hold the removed file and think that it counts.
        let _ = fs::remove_file(&self.path);
    }
}

/// What waiting for a lock has led to.
#[derive(Debug)]
pub enum Waited {
    /// It is ours.
    Held(Lock),
    /// Whoever held it has been answered, and has let go of it: it is time to look again.
    Released,
    /// The patience is at its end.
    TooLong,
}

impl Place {
    /// The files of an entry of this name, 64 hexadecimal digits, below the cache's directory.
    pub fn new(root: PathBuf, name: &str) -> Self {
        let (shard, name) = name.split_at(2);
        Self { shard: root.join(shard), name: name.to_owned(), root }
    }

    /// The cache's directory, as it may be shown.
    pub fn shown(&self) -> String {
        escape(&self.root.display().to_string())
    }

    /// A file of the entry.
    pub fn path(&self, kind: Kind) -> PathBuf {
        let ending = KINDS.iter().find(|row| row.0 == kind).map_or("", |row| row.1);
        self.shard.join(format!("{}{ending}", self.name))
    }

    /// Reads a file, if it is there and can be trusted.
    pub fn read(&self, kind: Kind) -> io::Result<Option<Vec<u8>>> {
        let user = User::own();
        if !is_safe_directory(&self.root, user)? || !is_safe_directory(&self.shard, user)? {
            return Ok(None);
        }
        let (mut file, length) = match open_own(&self.path(kind), user) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        // A file that is in its place is never written to.
        let mut bytes = vec![0; usize::try_from(length.min(LIMIT)).unwrap_or_default()];
        file.read_exact(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Writes a file: whole, and readable by its owner alone from the first instant.
    pub fn write(&self, kind: Kind, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() as u64 > LIMIT {
            return Ok(());
        }
        process::require_room(|| Some(0), bytes.len())?;
        self.make_directories()?;
        sweep::expired(&self.shard);
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.shard)?;
        file.write_all(bytes)?;
        file.persist(self.path(kind)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes a file.
    pub fn remove(&self, kind: Kind) {
        let _ = fs::remove_file(self.path(kind));
    }

    /// Takes the lock, or waits for whoever has it.
    pub fn lock(&self, patience: Duration) -> io::Result<Waited> {
        self.make_directories()?;
        let path = self.path(Kind::Lock);
        loop {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false);
            let file = open_with(&mut options, &path)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &path)? => return Ok(Waited::Held(Lock { _file: file, path })),
                // Its holder removed it before it let go: there may be another one.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let locked = file_lock::wait(file, patience)?;
                    return match locked {
                        None => Ok(Waited::TooLong),
                        // The file is still there: its holder was killed, and nobody has been answered.
                        Some(file) if is_at(&file, &path)? => Ok(Waited::Held(Lock { _file: file, path })),
                        Some(_) => Ok(Waited::Released),
                    };
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    fn make_directories(&self) -> io::Result<()> {
        let user = User::own();
        for directory in [&self.root, &self.shard] {
            if !is_safe_directory(directory, user)? {
                make_directory(directory)?;
                is_safe_directory(directory, user)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    const NAME: &str = "ab00000000000000000000000000000000000000000000000000000000000000";

    fn place() -> (tempfile::TempDir, Place) {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::new(directory.path().join("cache"), NAME);
        (directory, place)
    }

    #[test]
    fn what_is_written_is_read_and_is_its_owners_alone() {
        let (_directory, place) = place();
        assert_eq!(place.read(Kind::Token).unwrap(), None);
        place.write(Kind::Token, b"x").unwrap();
        assert_eq!(place.read(Kind::Token).unwrap().unwrap(), b"x");
        assert_eq!(place.read(Kind::Refusal).unwrap(), None);
        assert_eq!(place.path(Kind::Token).metadata().unwrap().mode() & 0o777, 0o600);
        for directory in [&place.root, &place.shard] {
            assert_eq!(directory.metadata().unwrap().mode() & 0o777, 0o700);
        }
        assert_eq!(place.shard.read_dir().unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn a_place_that_others_could_have_touched_is_not_used() {
        let (directory, place) = place();
        place.write(Kind::Token, b"x").unwrap();
        for directory in [&place.root, &place.shard] {
            for mode in [0o777, 0o770] {
                fs::set_permissions(directory, fs::Permissions::from_mode(mode)).unwrap();
                assert!(place.read(Kind::Token).is_err() && place.write(Kind::Token, b"y").is_err());
            }
            fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).unwrap();
        }

        let elsewhere = directory.path().join("elsewhere");
        fs::rename(&place.root, &elsewhere).unwrap();
        symlink(&elsewhere, &place.root).unwrap();
        assert!(place.read(Kind::Token).is_err() && place.write(Kind::Token, b"y").is_err());
        fs::remove_file(&place.root).unwrap();
        fs::write(&place.root, "").unwrap();
        assert!(place.read(Kind::Token).is_err() && place.write(Kind::Token, b"y").is_err());
    }

    #[test]
    fn an_entry_that_is_a_link_a_pipe_or_a_directory_is_not_read() {
        let (directory, place) = place();
        place.write(Kind::Token, b"x").unwrap();
        let target = directory.path().join("target");
        fs::write(&target, "planted").unwrap();
        fs::remove_file(place.path(Kind::Token)).unwrap();
        symlink(&target, place.path(Kind::Token)).unwrap();
        assert!(place.read(Kind::Token).is_err());
        fs::remove_file(place.path(Kind::Token)).unwrap();
        let pipe = std::process::Command::new("mkfifo").arg(place.path(Kind::Token)).status().unwrap();
        assert!(pipe.success() && place.read(Kind::Token).is_err());
        place.write(Kind::Token, b"healed").unwrap();
        assert_eq!(place.read(Kind::Token).unwrap().unwrap(), b"healed");
        fs::remove_file(place.path(Kind::Token)).unwrap();
        fs::create_dir(place.path(Kind::Token)).unwrap();
        assert!(place.read(Kind::Token).is_err());
    }

    #[test]
    fn a_lock_is_one_processs_and_leaves_no_file() {
        let (_directory, place) = place();
        let Waited::Held(held) = place.lock(Duration::ZERO).unwrap() else { panic!("not held") };
        assert!(matches!(place.lock(Duration::ZERO).unwrap(), Waited::TooLong));
        assert_eq!(place.path(Kind::Lock).metadata().unwrap().mode() & 0o777, 0o600);
        let other = Place::new(place.root.clone(), &NAME.replace("ab", "cd"));
        assert!(
            matches!(other.lock(Duration::ZERO).unwrap(), Waited::Held(_)),
            "another entry does not wait"
        );
        let waiter = Place::new(place.root.clone(), NAME);
        let waiter = std::thread::spawn(move || waiter.lock(Duration::from_secs(60)).unwrap());
        drop(held);
        assert!(matches!(waiter.join().unwrap(), Waited::Released | Waited::Held(_)));
        assert!(!place.path(Kind::Lock).exists());
    }

    #[test]
    fn of_an_entry_that_is_too_long_no_more_is_read_than_may_be_there() {
        let (_directory, place) = place();
        place.write(Kind::Token, b"x").unwrap();
        let entry = OpenOptions::new().write(true).open(place.path(Kind::Token)).unwrap();
        entry.set_len(LIMIT + 1).unwrap();
        assert_eq!(place.read(Kind::Token).unwrap().unwrap().len() as u64, LIMIT);
    }
}
