//! Secrets in the wrong place: where a file's name belongs, its content, and the other way round. An error or
//! `--explain` would show a name, so what may be none is found first.

use std::path::Path;

use super::file::STDIN;
use super::found::{Found, Origin, both};
use super::setting::{Role, SETTINGS, Setting};
use super::sources::Sources;
use crate::error::Failure;

/// Settings that name a file, and those that hold what would be in it.
const TWINS: [(Setting, Setting); 4] = [
    (Setting::ClientSecretFile, Setting::ClientSecret),
    (Setting::SigningKeyFile, Setting::SigningKey),
    (Setting::KeyPassphraseFile, Setting::KeyPassphrase),
    (Setting::PasswordFile, Setting::Password),
];

/// The longest name of a file that any system takes, in bytes.
const LONGEST_NAME: usize = 4096;

/// How names begin that say where they lead.
const PATHS: [&str; 4] = ["/", "./", "../", "generate:"];

/// Refuses content where a name belongs, and stdin where another setting reads it.
pub fn check(sources: &Sources) -> Result<(), Failure> {
    let mut reader: Option<Found> = None;
    for row in SETTINGS.iter().filter(|row| matches!(row.role, Role::CredentialFile | Role::WrittenFile)) {
        let Some(found) = sources.find(row.setting)? else { continue };
        if found.values.iter().any(|value| is_content(name_in(&found, value))) {
            return Err(Failure::config(format!(
                "{} holds what belongs into a file, and not a file's name",
                found.subject()
            ))
            .hint(way_out(&found)));
        }
        for _ in found.values.iter().filter(|value| name_in(&found, value) == STDIN) {
            if let Some(first) = reader.replace(found.clone()).filter(|first| first.origin == found.origin) {
                return Err(Failure::usage(format!(
                    "{}, read stdin, which can be read once",
                    both(&first, &found)
                ))
                .hint("give one of them in a file"));
            }
        }
    }
    Ok(())
}

/// What to do with a secret that stands where a file's name belongs.
pub fn way_out(found: &Found) -> String {
    match TWINS.iter().find(|(file, _)| *file == found.setting) {
        Some((_, twin)) => format!("name a file, or set `{}` to the secret itself", twin.row().variable),
        None => "write it to a file, and name that".to_owned(),
    }
}

/// What to do with a file's name where the key itself belongs; nothing where it is none.
pub fn name_for_key(value: &str) -> Option<String> {
    let twin = Setting::SigningKeyFile.row().variable;
    (!is_content(value)).then(|| format!("it is to hold the key itself: a file is named by `{twin}`"))
}

/// Whether a value that should name a file may be shown: it was typed, or leads to one, or looks as if it did.
pub fn may_be_shown(found: &Found, value: &str) -> bool {
    let name = name_in(found, value);
    !is_content(name) && (found.origin == Origin::CommandLine || looks_like_name(name))
}

fn looks_like_name(value: &str) -> bool {
    let has_ending = |name: &str| {
        name.rsplit_once('.').is_some_and(|(_, ending)| {
            (1..=5).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_lowercase())
        })
    };
    let path = Path::new(value);
    let leads_somewhere =
        path.parent().is_some_and(|parent| !parent.as_os_str().is_empty() && parent.exists());
    value == "-"
        || PATHS.iter().any(|start| value.starts_with(start))
        || has_ending(value)
        || leads_somewhere
        || path.exists()
}

/// The name of the file in `NAME=FILE`, or the whole.
fn name_in<'a>(found: &Found, value: &'a str) -> &'a str {
    if found.setting != Setting::ParamFile {
        return value;
    }
    value.split_once('=').map_or(value, |(_, file)| file)
}

/// Whether a text is no file's name: PEM, JSON, a JWT, several lines, or too long for one.
fn is_content(value: &str) -> bool {
    value.contains(['\n', '\r'])
        || value.contains("-----BEGIN")
        || value.starts_with('{')
        || value.starts_with("eyJ")
        || value.len() > LONGEST_NAME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_nowhere_and_has_no_ending_may_be_a_secret() {
        for name in ["/run/secrets/x", "./x", "secret.txt", "generate:dpop", "src/nosuch", "-", "Cargo.toml"]
        {
            assert!(looks_like_name(name) && !is_content(name), "{name}");
        }
        for secret in
            ["s3cr3t", "a/b+c==", "eyJhbGciOiJub25lIn0.e30.x", "{\"a\":1}", "a\nb", "a.bcDEF", "v1.0x9"]
        {
            assert!(!looks_like_name(secret) || is_content(secret), "{secret}");
        }
    }
}
