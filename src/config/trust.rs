//! The rule for ./.env: it may supply credentials, but may not aim somebody else's. Whoever can write to a
//! directory, or commits to a repository, could otherwise send the secrets of everybody who works there to a
//! server of their own.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::file;

use super::found::{Found, Origin};
use super::setting::{Role, SETTINGS, Setting};
use super::sources::{Sources, within_current_directory};
use crate::error::Failure;

/// Refuses a request in which ./.env says where a secret goes that it did not supply itself. `server` is the setting that
/// says whom to ask.
pub fn check(sources: &Sources, server: Option<Setting>) -> Result<(), Failure> {
    let mut aims = Vec::new();
    let mut credentials = Vec::new();
    for row in &SETTINGS {
        let Some(found) = sources.find(row.setting)? else { continue };
        let is_ambient = found.origin == Origin::AmbientFile;
        // An endpoint is not looked for at an issuer, nor the other way round.
        let is_idle = matches!(row.setting, Setting::Url | Setting::Issuer) && server != Some(row.setting);
        match row.role {
            Role::Aim if is_idle => {}
            Role::Aim if is_ambient => aims.push(found),
            // Google's key file names the endpoint, too.
            Role::CredentialFile if is_ambient && names_endpoint(row.setting, server) => aims.push(found),
            Role::Credential | Role::CredentialFile | Role::WrittenFile if !is_ambient => {
                credentials.push(found);
            }
            // Whatever its name, somebody may hold it for a secret.
            Role::MaybeCredential if !is_ambient => credentials.push(found),
            // The machine gives the token, whoever says that it shall be asked.
            Role::Source => credentials.push(Found { origin: Origin::Environment, ..found }),
            _ => {}
        }
    }
    // Which of secret and secret file counts is decided by precedence, as everywhere.
    match (aims.first(), credentials.first()) {
        (Some(aim), Some(credential)) => {
            let option = aim.setting.row().option.unwrap_or_default();
            let secret = match credential.setting.row().role {
                Role::Source => "the runner's identity is this machine's".to_owned(),
                Role::MaybeCredential => {
                    format!(
                        "`{}`, which may hold a secret, comes from {}",
                        credential.name(),
                        credential.origin
                    )
                }
                _ => format!("`{}` comes from {}", credential.name(), credential.origin),
            };
            Err(Failure::config(format!(
                "./.env sets `{}`, but {secret}: a file that happens to lie in the current directory may not say where that secret goes",
                aim.name()
            ))
            .hint(format!("pass `{option}`, or `--env-file .env` if you trust the file")))
        }
        _ => Ok(()),
    }
}

fn names_endpoint(setting: Setting, server: Option<Setting>) -> bool {
    setting == Setting::GoogleServiceAccount && server.is_none()
}

/// Refuses authorities in a file outside the directory of ./.env, or in none that is regular, such as a pipe that
/// would keep this program waiting for ever, where ./.env names it.
pub fn authorities_file(found: &Found) -> Result<(), Failure> {
    if found.origin != Origin::AmbientFile || within_current_directory(found.value()).is_some() {
        return Ok(());
    }
    Err(Failure::config(format!("`{}` in ./.env names no file within the directory of ./.env", found.name()))
        .hint("pass `--cacert`, or `--env-file .env` if you trust the file"))
}

/// Refuses a file that is written where ./.env names it.
pub fn written_file(found: &Found) -> Result<(), Failure> {
    if found.origin != Origin::AmbientFile {
        return Ok(());
    }
    let option = found.setting.row().option.unwrap_or_default();
    Err(Failure::config(format!("`{}` in ./.env may not say where something is written", found.name()))
        .hint(format!("pass `{option}`, or `--env-file .env` if you trust the file")))
}

/// The file with a secret that this setting names. A name in ./.env must lie within its directory, and be one that
/// whoever wrote ./.env may read: not another user's, nor what a program hides there, as git does its credentials.
pub fn secret_file(found: &Found, path: &str) -> Result<PathBuf, Failure> {
    if found.origin != Origin::AmbientFile {
        return Ok(PathBuf::from(path));
    }
    let refuse = |what: &str| {
        let option = found.setting.row().option.unwrap_or_default();
        Failure::config(format!("`{}` in ./.env names {what}", found.name()))
            .hint(format!("pass `{option}`, or `--env-file .env` if you trust the file"))
    };
    let below = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    let is_below = path != file::STDIN && Path::new(path).components().all(below);
    match Path::new(path).symlink_metadata() {
        Err(error) if is_below && error.kind() == ErrorKind::NotFound => {
            return Err(file::unreadable(found, path, &error));
        }
        _ => {}
    }
    let file = within_current_directory(path)
        .filter(|_| path != "-")
        .ok_or_else(|| refuse("no file within the directory of ./.env"))?;
    if is_hidden(&file) {
        return Err(refuse("a hidden file, or one in a hidden directory"));
    }
    if is_anothers(&file) {
        return Err(refuse("a file of another user than its own"));
    }
    Ok(file)
}

/// Whether the name of this file, or of a directory between the current one and it, begins with a dot: programs keep
/// their tokens in such files, and it was not the author of ./.env who put them there.
fn is_hidden(file: &Path) -> bool {
    let below = Path::new(".").canonicalize().ok();
    let below = below.and_then(|directory| file.strip_prefix(directory).ok());
    below.is_none_or(|below| below.iter().any(|name| name.as_encoded_bytes().starts_with(b".")))
}

/// Whether a file belongs to another user than ./.env does. What root wrote is nobody's trap.
#[cfg(unix)]
fn is_anothers(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner = |path: &Path| path.metadata().map(|metadata| metadata.uid()).ok();
    let author = owner(Path::new(crate::env_file::AMBIENT));
    author != Some(0) && owner(file) != author
}

#[cfg(not(unix))]
fn is_anothers(_: &Path) -> bool {
    false
}
