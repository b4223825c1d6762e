//! Who asks, and by which proof: the client's id, its secret and where that is kept, and the method.

use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::setting::Setting;
use super::sources::{Found, Sources, both};
use super::trust;
use crate::client_auth::{BasicEncoding, ClientAuth, METHODS, Method};
use crate::env_file::{Fault, decode};
use crate::error::Failure;
use crate::secret::Secret;
use crate::text::{escape, io_reason};

/// The largest secret that is read from a file, in bytes.
const LIMIT: u64 = 64 * 1024;

/// The client, and where its parts come from.
pub struct Client {
    /// The client and its proof.
    pub auth: ClientAuth,
    /// Where the id was set.
    pub id: Found,
    /// Where the secret was set or named.
    pub secret: Option<Found>,
}

/// Finds the client.
pub fn find(sources: &Sources) -> Result<Client, Failure> {
    let id = sources.find(Setting::ClientId)?;
    let id = id.ok_or_else(|| {
        Failure::config("no client id")
            .hint("set `OAUTH_CLIENT_ID` in the environment or in ./.env, or pass `--client-id`")
    })?;
    let id_text = id.value().to_owned();
    if id_text.is_empty() || id_text.chars().any(char::is_control) {
        let what = if id_text.is_empty() { "is empty" } else { "holds a control character" };
        return Err(Failure::usage(format!("{} {what}", id.subject()))
            .hint("write the id that the server gave to the client"));
    }
    let method = method(sources)?;
    let encoding = basic_encoding(sources)?;
    if method == Some(Method::None) {
        return Ok(Client { auth: ClientAuth::None { id: id_text }, id, secret: None });
    }
    let found = secret_setting(sources)?;
    let secret = read_secret(&found)?;
    let auth = match method {
        Some(Method::ClientSecretPost) => ClientAuth::Post { id: id_text, secret },
        _ if encoding == BasicEncoding::Raw && id_text.contains(':') => {
            return Err(Failure::usage(format!(
                "{} holds a colon, which a raw Basic header cannot carry",
                id.subject()
            ))
            .hint("leave out `--basic-encoding raw`"));
        }
        _ => ClientAuth::Basic { id: id_text, secret, encoding },
    };
    Ok(Client { auth, id, secret: Some(found) })
}

fn method(sources: &Sources) -> Result<Option<Method>, Failure> {
    let Some(found) = sources.find(Setting::AuthMethod)? else { return Ok(None) };
    let unknown = || {
        Failure::usage(format!("{} is no method that is known", found.subject()))
            .hint(format!("write one of {}", METHODS.join(", ")))
    };
    Method::parse(found.value()).ok_or_else(unknown).map(Some)
}

fn basic_encoding(sources: &Sources) -> Result<BasicEncoding, Failure> {
    let Some(found) = sources.find(Setting::BasicEncoding)? else { return Ok(BasicEncoding::default()) };
    BasicEncoding::parse(found.value())
        .ok_or_else(|| Failure::usage(format!("{} is neither `form` nor `raw`", found.subject())))
}

/// The setting that holds or names the secret: the one that takes precedence by its origin.
fn secret_setting(sources: &Sources) -> Result<Found, Failure> {
    let missing = || {
        Failure::config("no client secret")
            .hint("set `OAUTH_CLIENT_SECRET` in the environment or in ./.env, or pass `--client-secret-file FILE`; a public client has `--auth-method none`")
    };
    match (sources.find(Setting::ClientSecret)?, sources.find(Setting::ClientSecretFile)?) {
        (None, None) => Err(missing()),
        (Some(found), None) | (None, Some(found)) => Ok(found),
        (Some(value), Some(file)) if value.origin == file.origin => {
            Err(Failure::config(format!("{} are set", both(&value, &file)))
                .hint("unset one of them: only one can be the client's secret"))
        }
        (Some(value), Some(file)) => Ok(if value.origin < file.origin { value } else { file }),
    }
}

fn read_secret(found: &Found) -> Result<Secret, Failure> {
    let secret = match found.setting {
        Setting::ClientSecret => Secret::new(found.value().to_owned()),
        _ => read_secret_file(found, found.value())?,
    };
    if secret.expose().chars().any(char::is_control) {
        return Err(Failure::config(format!(
            "the secret of {} holds a line break or another control character",
            found.subject()
        ))
        .hint("give the secret alone, on one line"));
    }
    Ok(secret)
}

/// Reads a secret from a file, less the line break at its end. `-` is stdin.
pub fn read_secret_file(found: &Found, file: &str) -> Result<Secret, Failure> {
    let named = format!("the file of {}", found.subject());
    let path = trust::secret_file(found, file)?;
    let bytes =
        if file == "-" { read(io::stdin().lock()) } else { std::fs::File::open(&path).and_then(read) };
    let bytes = bytes.map_err(|error| {
        Failure::config(format!("{named} cannot be read: {}: {}", io_reason(&error), shown(&path)))
            .hint("name a readable file, or `-` for stdin")
    })?;
    if bytes.len() as u64 > LIMIT {
        return Err(Failure::config(format!("{named} is over 64 KiB: {}", shown(&path)))
            .hint("name the file that holds the secret alone"));
    }
    let text = decode(&bytes).map_err(|fault| {
        let encoding = if let Fault::Encoding(encoding) = fault { encoding } else { "not text" };
        Failure::config(format!("{named} is {encoding}: {}", shown(&path)))
            .hint("save it as UTF-8, with the secret alone")
    })?;
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        return Err(
            Failure::config(format!("{named} is empty: {}", shown(&path))).hint("write the secret to it")
        );
    }
    Ok(Secret::new(text.to_owned()))
}

fn read(source: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    source.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn shown(path: &Path) -> String {
    escape(&path.display().to_string())
}
