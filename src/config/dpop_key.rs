//! The key of `--dpop-key`, which is made here where it is asked for.

use super::file;
use super::found::Found;
use super::setting::Setting;
use super::signing::{Unusable, parse, unusable};
use super::sources::Sources;
use crate::dpop::{self, DpopKey};
use crate::error::Failure;
use crate::jose::{Algorithm, Family, SigningKey};
use crate::process;
use crate::secret::Secret;
use crate::text::escape;

/// The key of `--dpop-key`: a file, or `generate:FILE`, which is made where it is missing. `make` says whether it
/// may be made.
pub fn read(sources: &Sources, make: bool, warnings: &mut Vec<String>) -> Result<Option<DpopKey>, Failure> {
    let Some(found) = sources.find(Setting::DpopKey)? else { return Ok(None) };
    let (file, generates) = match found.value().strip_prefix("generate:") {
        Some(file) => (file.to_owned(), true),
        None => (found.value().to_owned(), false),
    };
    if generates {
        super::trust::written_file(&found)?;
        if !std::path::Path::new(&file).exists() {
            let pem = dpop::generate()?;
            if make {
                write_new(&found, &file, &pem)?;
            }
            let key = SigningKey::parse(pem.expose().as_bytes(), None, None);
            return key
                .map_err(|fault| unusable(&found, &Unusable::Key(fault), Some(&file)))
                .and_then(|key| with_algorithm(&found, key))
                .map(Some);
        }
    }
    let content = match file::read(&found, &file) {
        Err(failure) if !generates && !std::path::Path::new(&file).exists() && file != file::STDIN => {
            return Err(failure.hint("name the file of a key, or have one made: `generate:FILE`"));
        }
        read => read?,
    };
    warnings.extend(content.warning);
    let key = parse(sources, &content.bytes, None).map_err(|fault| unusable(&found, &fault, Some(&file)))?;
    with_algorithm(&found, key).map(Some)
}

fn with_algorithm(found: &Found, key: SigningKey) -> Result<DpopKey, Failure> {
    let own = key.algorithm.as_deref().and_then(Algorithm::parse);
    match own.or_else(|| Algorithm::of(key.family).first().copied()).filter(|_| key.family != Family::Secret)
    {
        Some(algorithm) => Ok(DpopKey { key, algorithm }),
        None => {
            Err(Failure::config(format!("{} holds no private key", found.subject()))
                .hint("give a private key"))
        }
    }
}

fn write_new(found: &Found, file: &str, pem: &Secret) -> Result<(), Failure> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let text = pem.expose().as_bytes();
    let made = process::require_room(|| Some(0), text.len()).and_then(|()| options.open(file));
    let written = made.and_then(|mut made| {
        let written = made.write_all(text).and_then(|()| made.sync_all());
        // Half a key would be in the way of the next one.
        written.inspect_err(|_| drop(std::fs::remove_file(file)))
    });
    written.map_err(|error| {
        let reason = crate::text::io_reason(&error);
        Failure::config(format!("the file of {} cannot be made: {reason}: {}", found.subject(), escape(file)))
            .hint("name a file in a directory that can be written")
    })
}
