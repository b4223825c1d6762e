//! `--explain`: every setting with its value and origin, and the request that would be sent, as text for
//! people. Secrets are redacted, and all else is escaped.

use std::fmt::Write;

use super::setting::{Role, SETTINGS};
use super::sources::{Found, Sources};
use super::trust::is_secret_header;
use super::{Config, Way};
use crate::endpoint::is_secret_name;
use crate::error::Failure;
use crate::secret::REDACTED;
use crate::text::escape;

/// The whole explanation, without a line break at its end.
pub fn explain(config: &Config, sources: &Sources) -> Result<String, Failure> {
    let mut text = String::from("settings:\n");
    for row in &SETTINGS {
        let (value, origin) = match sources.find(row.setting)? {
            Some(found) => (shown(&found), format!("from {}", found.origin)),
            None if row.default.is_empty() => ("-".to_owned(), "not set".to_owned()),
            None => (row.default.to_owned(), "by default".to_owned()),
        };
        let _ = writeln!(text, "  {:<26}{value}  ({origin})", row.variable);
    }
    let proxy = config.transport.proxy.as_ref();
    let proxy =
        proxy.map_or_else(|| "none".to_owned(), |choice| format!("{}, {}", choice.shown, choice.origin));
    let _ = writeln!(text, "proxy:\n  {proxy}");
    let _ = writeln!(text, "result:\n  {}", result(config));
    let _ = write!(text, "request:\n  {}", request(config).join("\n  "));
    Ok(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
}

/// The head and the form of the request, a line each, without secrets.
pub fn request(config: &Config) -> Vec<String> {
    let request = &config.request;
    let mut lines = vec![
        format!("POST {} HTTP/1.1", escape(request.endpoint.target())),
        format!("Host: {}", request.endpoint.authority()),
    ];
    lines.extend(request.headers.iter().map(|(name, value)| format!("{name}: {}", escape(&value.shown()))));
    lines.push(String::new());
    lines.push(escape(&request.shown_body()));
    lines
}

fn result(config: &Config) -> String {
    let name = &config.delivery.name;
    match &config.delivery.way {
        Way::Print(format) => format!("{format:?} on stdout").to_lowercase(),
        Way::GithubEnv(_) => format!("{name} in the file of GITHUB_ENV"),
        Way::Run(command) => format!(
            "{name} in the environment of `{}`",
            command.first().map(|program| escape(&program.to_string_lossy())).unwrap_or_default()
        ),
    }
}

fn shown(found: &Found) -> String {
    let row = found.setting.row();
    let values = found.values.iter().map(|value| match row.role {
        // A file's name is no secret, and the value of the one setting that is none has no option.
        Role::Credential if row.option.is_none() => REDACTED.to_owned(),
        Role::MaybeCredential => {
            let end = value.find(['=', ':']).unwrap_or(value.len());
            let name = value[..end].trim();
            let is_secret = is_secret_name(name) || is_secret_header(name);
            if is_secret {
                format!("{}{REDACTED}", escape(value.get(..=end).unwrap_or(value)))
            } else {
                escape(value)
            }
        }
        Role::Aim => escape(&without_userinfo(value)),
        _ => escape(value),
    });
    values.collect::<Vec<_>>().join(" | ")
}

/// A proxy's URL may hold a password.
fn without_userinfo(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or(String::new(), |(scheme, _)| format!("{scheme}://"));
            format!("{scheme}{REDACTED}@{host}")
        }
        None => url.to_owned(),
    }
}
