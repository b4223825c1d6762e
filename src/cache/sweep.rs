//! Removing files of the cache: those that can be of no more use, and all of them, but never a stranger's.

use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::entry::{LONGEST, MAGIC};
use super::own::{User, is_safe_directory, open_own};
use super::place::{KINDS, TEMPORARY};

/// How old a temporary file is that no process is still writing.
const LEFT_OVER: Duration = Duration::from_secs(60 * 60);

/// Removes from a directory of entries what killed processes have left, and entries that have expired by now.
pub fn expired(shard: &Path) {
    let (now, user) = (SystemTime::now(), User::own());
    let longest = Duration::from_secs(LONGEST.unsigned_abs());
    for entry in fs::read_dir(shard).into_iter().flatten().flatten() {
        let limit = if is_temporary(&entry.file_name()) { LEFT_OVER } else { longest };
        let age = entry.metadata().and_then(|metadata| metadata.modified());
        if age.is_ok_and(|time| now.duration_since(time).is_ok_and(|age| age > limit)) && is_own(&entry, user)
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Removes every file that a cache in this directory has written, and nothing else.
pub fn all(root: &Path) -> io::Result<()> {
    let user = User::own();
    if !is_safe_directory(root, user)? {
        return Ok(());
    }
    for shard in fs::read_dir(root)? {
        let shard = shard?;
        if !is_hexadecimal(&shard.file_name(), 2) || !shard.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(shard.path())?.filter_map(Result::ok).filter(|file| is_own(file, user)) {
            match fs::remove_file(file.path()) {
                // Another process clears it, too.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
        // It stays if it holds something else.
        let _ = fs::remove_dir(shard.path());
    }
    Ok(())
}

/// Whether a file is one of ours, by its name and by what it begins with: others have such names, too.
fn is_own(entry: &DirEntry, user: User) -> bool {
    let name = entry.file_name();
    let is_kind = |text: &str| {
        KINDS.iter().any(|(_, ending)| {
            text.strip_suffix(ending).is_some_and(|rest| is_hexadecimal(rest.as_ref(), 62))
        })
    };
    let begins_as_ours = || {
        let mut start = Vec::new();
        let read = open_own(&entry.path(), user)
            .and_then(|(file, _)| file.take(MAGIC.len() as u64).read_to_end(&mut start));
        // Whoever was killed may have written less than that.
        read.is_ok() && MAGIC.starts_with(&start)
    };
    entry.file_type().is_ok_and(|kind| kind.is_file())
        && (is_temporary(&name) || name.to_str().is_some_and(is_kind))
        && begins_as_ours()
}

fn is_temporary(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(TEMPORARY))
}

fn is_hexadecimal(name: &OsStr, length: usize) -> bool {
    name.to_str().is_some_and(|name| {
        name.len() == length
            && name.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::PathBuf;

    use super::super::place::{Kind, Place};
    use super::*;

    const NAME: &str = "ab00000000000000000000000000000000000000000000000000000000000000";

    /// An entry, its cache's directory, and the entry's own.
    fn place() -> (tempfile::TempDir, Place, PathBuf, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("cache");
        (directory, Place::new(root.clone(), NAME), root.clone(), root.join("ab"))
    }

    #[test]
    fn what_is_left_over_is_swept_and_what_is_young_or_foreign_is_not() {
        let (_directory, place, _, shard) = place();
        place.write(Kind::Token, b"x").unwrap();
        let old = SystemTime::now() - Duration::from_secs(2 * LONGEST.unsigned_abs());
        let make = |name: &str, is_old: bool| {
            let file = File::create(shard.join(name)).unwrap();
            if is_old {
                file.set_modified(old).unwrap();
            }
        };
        let expired = "1".repeat(62);
        for (name, is_old) in [
            (".oauth-token-old", true),
            (".oauth-token-young", false),
            ("foreign", true),
            (&expired, true),
            (&format!("{expired}.refused"), true),
        ] {
            make(name, is_old);
        }
        place.write(Kind::Token, b"y").unwrap();
        let mut left: Vec<String> = shard
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, [".oauth-token-young", &NAME[2..], "foreign"]);
    }

    #[test]
    fn clearing_removes_what_the_cache_wrote_and_nothing_else() {
        let (_directory, place, root, shard) = place();
        assert!(all(&root).is_ok(), "there is nothing yet");
        place.write(Kind::Token, b"oatoken1x").unwrap();
        place.write(Kind::Refusal, b"oatoken1x").unwrap();
        fs::write(shard.join("2".repeat(62)), "an object of another program").unwrap();
        fs::write(shard.join(".oauth-token-mine"), "so is this").unwrap();
        fs::write(shard.join(".oauth-token-ours"), "oat").unwrap();
        fs::write(root.join("mine"), "").unwrap();
        fs::write(shard.join("mine"), "").unwrap();
        fs::create_dir(root.join("cd")).unwrap();
        all(&root).unwrap();
        let left: Vec<_> = shard.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "{left:?}");
        assert!(
            shard.join("mine").exists()
                && shard.join(".oauth-token-mine").exists()
                && shard.join("2".repeat(62)).exists()
        );
        assert!(root.join("mine").exists() && !root.join("cd").exists());
    }

    #[test]
    #[cfg(unix)]
    fn a_directory_that_others_could_have_touched_is_not_cleared() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (directory, place, root, _) = place();
        place.write(Kind::Token, b"oatoken1x").unwrap();
        let link = directory.path().join("link");
        symlink(&root, &link).unwrap();
        assert!(all(&link).is_err());
        fs::set_permissions(&root, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(all(&root).is_err());
        assert!(place.path(Kind::Token).exists());
    }
}
