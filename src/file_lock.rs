//! The kernel's locks on files, as two rooms need them: waited for with a limit, and worth something only while
//! the path still names the file that is locked.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// Waits for the lock that another process has, for as long as `patience`; nothing where that was too short. The
/// kernel knows no limit, so a thread waits.
pub fn wait(file: File, patience: Duration) -> io::Result<Option<File>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new().spawn(move || sender.send(file.lock().map(|()| file)))?;
    match receiver.recv_timeout(patience) {
        Ok(locked) => locked.map(Some),
        Err(_) => Ok(None),
    }
}

/// Whether the path names this file: whoever held the lock before may have put another in its place.
#[cfg(unix)]
pub fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let own = file.metadata()?;
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        there => there.map(|there| (own.dev(), own.ino()) == (there.dev(), there.ino())),
    }
}

/// Whether the path names this file, as far as that can be known here.
#[cfg(not(unix))]
pub fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    Ok(path.exists())
}
