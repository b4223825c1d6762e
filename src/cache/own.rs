//! What on a disk is this user's own: directories that nobody else can write to, files that are no links.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Who this is.
#[derive(Clone, Copy, Debug)]
pub struct User(#[cfg(unix)] u32);

impl User {
    /// The one that this process acts for.
    pub fn own() -> Self {
        Self(
            #[cfg(unix)]
            rustix::process::geteuid().as_raw(),
        )
    }

    #[cfg(unix)]
    fn owns(self, metadata: &fs::Metadata) -> bool {
        std::os::unix::fs::MetadataExt::uid(metadata) == self.0
    }

    /// What lies in the user's own directories is theirs.
    #[cfg(not(unix))]
    fn owns(self, _: &fs::Metadata) -> bool {
        true
    }
}

fn refuse(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, what)
}

/// Whether a directory is there; an error where it is not this user's alone.
#[cfg(unix)]
pub fn is_safe_directory(path: &Path, user: User) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        metadata => metadata?,
    };
    if metadata.is_symlink() {
        return Err(refuse("it is a symbolic link"));
    }
    if !metadata.is_dir() {
        return Err(refuse("it is no directory"));
    }
    if !user.owns(&metadata) {
        return Err(refuse("it belongs to another user"));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(refuse("others can write to it"));
    }
    Ok(true)
}

/// Whether a directory is there; an error where it is something else.
#[cfg(not(unix))]
pub fn is_safe_directory(path: &Path, _: User) -> io::Result<bool> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Ok(metadata) if !metadata.is_dir() => Err(refuse("it is no directory")),
        metadata => metadata.map(|_| true),
    }
}

/// Makes a directory, private from the first instant, and those above it.
pub fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file for reading that is a regular one and this user's own, and tells its length.
pub fn open_own(path: &Path, user: User) -> io::Result<(File, u64)> {
    let file = open_with(OpenOptions::new().read(true), path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(refuse("an entry is no regular file"));
    }
    if !user.owns(&metadata) {
        return Err(refuse("an entry belongs to another user"));
    }
    Ok((file, metadata.len()))
}

/// Opens without following a symbolic link, and without waiting for a pipe.
pub fn open_with(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    options.open(path)
}
