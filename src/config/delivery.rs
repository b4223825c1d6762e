//! What becomes of the token: printed in a format, handed to GitHub, or given to a program.

use std::ffi::OsString;
use std::path::PathBuf;

use super::sources::Sources;
use crate::cli::{Cli, DEFAULT_NAME};
use crate::dpop::DpopKey;
use crate::endpoint::{Endpoint, Plaintext};
use crate::error::Failure;
use crate::output::Format;
use crate::shell::{Shell, is_name};

/// What becomes of the token.
#[derive(Debug)]
pub struct Delivery {
    /// The way.
    pub way: Way,
    /// The variable that holds it, where one does.
    pub name: String,
    /// Whether a line break follows it on stdout.
    pub line_break: bool,
    /// The call that a `DPoP:` line is printed for.
    pub call: Option<Call>,
}

/// A way to hand a token over.
#[derive(Debug)]
pub enum Way {
    /// On stdout.
    Print(Format),
    /// To the next steps of a GitHub Actions job, by the file that `$GITHUB_ENV` names.
    GithubEnv(PathBuf),
    /// To a program, in its environment.
    Run(Vec<OsString>),
}

/// A call to an API that a DPoP proof is wanted for.
#[derive(Debug)]
pub struct Call {
    /// The method, in upper case.
    pub method: String,
    /// The URL.
    pub endpoint: Endpoint,
}

/// Finds out what shall become of the token.
pub fn read(sources: &Sources) -> Result<Delivery, Failure> {
    let cli = sources.cli;
    let shell = match &cli.shell {
        None => Shell::Sh,
        Some(text) => Shell::parse(text).ok_or_else(|| {
            Failure::usage("`--shell` names no shell that is known")
                .hint(format!("write one of {}", Shell::names().join(", ")))
        })?,
    };
    let way = match cli {
        Cli { command, .. } if !command.is_empty() => Way::Run(command.clone()),
        Cli { github_env: true, .. } => Way::GithubEnv(github_env(sources)?),
        Cli { header: true, .. } => Way::Print(Format::Header),
        Cli { dpop_proof: Some(_), .. } => Way::Print(Format::DpopProof),
        Cli { expires_in: true, .. } => Way::Print(Format::ExpiresIn),
        Cli { expires_at: true, .. } => Way::Print(Format::ExpiresAt),
        Cli { json: true, .. } => Way::Print(Format::Json),
        Cli { export: true, .. } => Way::Print(Format::Export(shell)),
        _ => Way::Print(Format::Token),
    };
    let is_export = matches!(way, Way::Print(Format::Export(_)));
    if cli.shell.is_some() && !is_export {
        return Err(
            Failure::usage("`--shell` is for `--export`").hint("add `--export`, or leave out `--shell`")
        );
    }
    if cli.name.is_some() && !is_export && matches!(way, Way::Print(_)) {
        return Err(Failure::usage("`--name` is for `--export`, `--github-env` and `-- COMMAND`")
            .hint("add one of them, or leave out `--name`"));
    }
    let name = cli.name.clone().unwrap_or_else(|| DEFAULT_NAME.to_owned());
    if !is_name(&name) {
        return Err(Failure::usage("`--name` is not the name of a variable")
            .hint("write letters, digits and `_`, beginning with no digit"));
    }
    Ok(Delivery { way, name, line_break: !cli.no_newline, call: call(cli)? })
}

fn call(cli: &Cli) -> Result<Option<Call>, Failure> {
    let Some(text) = &cli.dpop_proof else { return Ok(None) };
    let wrong = |reason: &str| {
        Failure::usage(format!("`--dpop-proof` is not of the form METHOD URL: {reason}"))
            .hint("write the call that the proof is for, as in --dpop-proof 'GET https://api.example.com/v1'")
    };
    let (method, url) = text.trim().split_once(' ').ok_or_else(|| wrong("it is one word"))?;
    if !method.bytes().all(|byte| byte.is_ascii_alphabetic()) || method.is_empty() {
        return Err(wrong("the method holds more than letters"));
    }
    let endpoint =
        Endpoint::parse(url.trim(), Plaintext::Everywhere).map_err(|refusal| wrong(&refusal.reason))?;
    Ok(Some(Call { method: method.to_ascii_uppercase(), endpoint }))
}

fn github_env(sources: &Sources) -> Result<PathBuf, Failure> {
    let missing = || {
        Failure::config("`GITHUB_ENV` is not set")
            .hint("`--github-env` works within a step of GitHub Actions; elsewhere use `--export`")
    };
    sources.environment.value("GITHUB_ENV")?.map(PathBuf::from).ok_or_else(missing)
}

/// A proof needs a key.
pub fn require_dpop(delivery: &Delivery, dpop: Option<&DpopKey>) -> Result<(), Failure> {
    match (&delivery.call, dpop) {
        (Some(_), None) => Err(Failure::config("`--dpop-proof` needs a key")
            .hint("pass `--dpop-key FILE` or `--dpop-key generate:FILE`")),
        _ => Ok(()),
    }
}
