//! `--explain`: every setting with its value and origin, and the request that would be sent, as text for
//! people. Secrets are redacted, and all else is escaped.

use std::fmt::Write;

use super::delivery::Way;
use super::found::Found;
use super::setting::{Role, SETTINGS, Setting};
use super::sources::Sources;
use super::{Config, Target, misplaced};
use crate::assertion::Moment;
use crate::cache::Held;
use crate::error::Failure;
use crate::federation::GITHUB_ACTIONS;
use crate::output::Format;
use crate::request::TokenRequest;
use crate::response::Token;
use crate::secret::REDACTED;
use crate::secret_name::may_be_secret;
use crate::shown_url::shown_url;
use crate::text::escape;

/// The whole explanation, without a line break at its end.
pub fn explain(config: &Config, sources: &Sources) -> Result<String, Failure> {
    let plan = config.plan_to_show()?;
    let mut text = String::from("settings:\n");
    let counting = config.least.clone().map(|least| sources.narrowed(least));
    for row in &SETTINGS {
        let is_left_out = match &counting {
            Some(counting) => sources.find(row.setting)?.is_some() && counting.find(row.setting)?.is_none(),
            None => false,
        };
        let (value, origin) = match (sources.find(row.setting)?, row.setting) {
            _ if is_left_out => {
                ("-".to_owned(), "not used: the service account names its own server".to_owned())
            }
            (Some(found), _) => (shown(&found), format!("from {}", found.origin)),
            (None, Setting::AuthMethod) => (plan.client.method().name().to_owned(), "by default".to_owned()),
            (None, Setting::GrantType) => (config.kind.name().to_owned(), "by default".to_owned()),
            (None, _) if row.default.is_empty() => ("-".to_owned(), "not set".to_owned()),
            (None, _) => (row.default.to_owned(), "by default".to_owned()),
        };
        let _ = writeln!(text, "  {:<30}{value}  ({origin})", row.variable);
    }
    let proxy = config.transport.proxies.choose(config.target.endpoint())?;
    let proxy =
        proxy.map_or_else(|| "none".to_owned(), |choice| format!("{}, {}", choice.shown, choice.origin));
    let _ = writeln!(text, "proxy:\n  {proxy}");
    let _ = writeln!(text, "cache:\n  {}", cache(config)?);
    let _ = writeln!(text, "result:\n  {}", result(config));
    if let Target::Issuer(issuer, _) = &config.target {
        let [first, second] = issuer.well_known();
        let _ = writeln!(
            text,
            "metadata:\n  {}\n  or, if that is not found, {}",
            escape(&first),
            escape(&second)
        );
    }
    let request = plan.request(&Moment::now(), None)?;
    let mut lines = request_lines(&request);
    if matches!(config.target, Target::Issuer(..)) {
        // Where it goes is in the metadata.
        lines.drain(..2);
        lines.insert(0, "POST (to the token endpoint that the metadata name)".to_owned());
    }
    let _ = write!(text, "request:\n  {}", lines.join("\n  "));
    Ok(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
}

/// The head and the form of a request, a line each, without secrets.
pub fn request_lines(request: &TokenRequest) -> Vec<String> {
    let mut lines = vec![
        format!("{} {} HTTP/1.1", request.method(), escape(&shown_url(request.endpoint.target()))),
        format!("Host: {}", request.endpoint.authority()),
    ];
    lines.extend(request.headers.iter().map(|(name, value)| format!("{name}: {}", escape(&value.shown()))));
    lines.push(String::new());
    if request.form.is_some() {
        lines.push(escape(&request.shown_body()));
    }
    lines
}

/// Whether the cache would answer, from which file, and for how long.
fn cache(config: &Config) -> Result<String, Failure> {
    let Some(cache) = config.cache(None)? else { return Ok("off".to_owned()) };
    let file = escape(&cache.path().display().to_string());
    let left = |token: &Token| token.lifetime().unwrap_or_default();
    Ok(match cache.look(Moment::now().now) {
        Held::Fresh(_) if cache.is_to_refresh() => {
            format!("would not answer, for `--refresh` asks anew: {file}")
        }
        Held::Fresh(token) => format!("would answer, valid for another {} s: {file}", left(&token)),
        Held::Ending(token) => format!("would not answer, valid only for another {} s: {file}", left(&token)),
        Held::Nothing => match cache.trouble() {
            Some(trouble) => trouble,
            None => format!("would not answer, has no such token: {file}"),
        },
    })
}

fn result(config: &Config) -> String {
    let name = &config.delivery.name;
    match &config.delivery.way {
        Way::Print(format) => format!("{} on stdout", words(*format)),
        Way::GithubEnv(_) => format!("{name} in the file of GITHUB_ENV"),
        Way::Run(command) => format!(
            "{name} in the environment of `{}`",
            command.first().map(|program| escape(&program.to_string_lossy())).unwrap_or_default()
        ),
    }
}

fn words(format: Format) -> String {
    match format {
        Format::Token => "the token".to_owned(),
        Format::Header => "the header `Authorization`".to_owned(),
        Format::DpopProof => "the header `DPoP`".to_owned(),
        Format::ExpiresIn => "the seconds until the token expires".to_owned(),
        Format::ExpiresAt => "when the token expires".to_owned(),
        Format::Json => "the answer as JSON".to_owned(),
        Format::Export(shell) => format!("an export line for {}", shell.name()),
    }
}

fn shown(found: &Found) -> String {
    let values = found.values.iter().map(|value| match found.setting.row().role {
        Role::Credential => REDACTED.to_owned(),
        Role::MaybeCredential => {
            let separator = if found.setting == Setting::RequestHeader { ':' } else { '=' };
            let end = value.find(separator).unwrap_or(value.len());
            let name = value[..end].trim();
            if may_be_secret(name) {
                format!("{}{REDACTED}", escape(value.get(..=end).unwrap_or(value)))
            } else {
                escape(value)
            }
        }
        Role::Aim => escape(&without_userinfo(&shown_url(value))),
        // What is no name may be the token itself.
        Role::Source if value != GITHUB_ACTIONS => REDACTED.to_owned(),
        Role::CredentialFile | Role::WrittenFile if !misplaced::may_be_shown(found, value) => {
            REDACTED.to_owned()
        }
        Role::Plain | Role::CredentialFile | Role::WrittenFile | Role::Source | Role::Outer => escape(value),
    });
    values.collect::<Vec<_>>().join(" | ")
}

/// A proxy's URL may hold a password, a `/` in it, and no scheme: what stands before the last `@` goes.
fn without_userinfo(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or(String::new(), |(scheme, _)| format!("{scheme}://"));
            format!("{scheme}{REDACTED}@{host}")
        }
        None => url.to_owned(),
    }
}
