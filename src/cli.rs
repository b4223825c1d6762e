//! What may be typed. Every value is text here: what it means, and whether it can be meant, is for `config`
//! to say. clap's errors are told in our own words, for clap quotes what was typed, and that may be a
//! secret.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgGroup, Parser};

use crate::error::Failure;
use crate::shell::{Shell, is_name};
use crate::text::escape;

/// The default of `--name`.
pub const DEFAULT_NAME: &str = "OAUTH_ACCESS_TOKEN";

/// Get an OAuth 2.0 access token for a script or a CI job.
///
/// Asks the token endpoint once, by the client credentials grant, and prints the token. The client's id and
/// secret come from OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, in the environment or in ./.env.
#[derive(Debug, Parser)]
#[command(
    name = "oauth-token",
    version,
    override_usage = "oauth-token [OPTIONS] [-- COMMAND [ARG]...]",
    max_term_width = 100,
    after_help = AFTER_HELP,
    group = ArgGroup::new("format").args(["header", "expires_in", "expires_at", "json", "export", "github_env", "command"]),
)]
pub struct Cli {
    /// The token endpoint [env: OAUTH_TOKEN_URL]
    #[arg(long, visible_aliases = ["token-url", "token-endpoint"], value_name = "URL", help_heading = "Endpoint")]
    pub url: Option<String>,

    /// The client's id [env: OAUTH_CLIENT_ID]
    #[arg(long, value_name = "ID", help_heading = "Client")]
    pub client_id: Option<String>,

    /// Read the client's secret from a file, `-` for stdin, instead of OAUTH_CLIENT_SECRET [env: OAUTH_CLIENT_SECRET_FILE]
    #[arg(long, value_name = "FILE", help_heading = "Client")]
    pub client_secret_file: Option<String>,

    /// Does not exist: other users can read command lines.
    #[arg(long, hide = true, num_args = 0..=1, value_name = "VALUE")]
    pub client_secret: Option<Option<String>>,

    /// How the client proves itself: client_secret_basic, client_secret_post (short: basic, post), or none for a public client [env: OAUTH_AUTH_METHOD] [default: client_secret_basic]
    #[arg(long, value_name = "METHOD", help_heading = "Client")]
    pub auth_method: Option<String>,

    /// How id and secret are spelled in the Basic header: form (RFC 6749), or raw for servers that do not decode [env: OAUTH_BASIC_ENCODING] [default: form]
    #[arg(long, value_name = "form|raw", help_heading = "Client")]
    pub basic_encoding: Option<String>,

    /// The grant, by name or URI [env: OAUTH_GRANT_TYPE] [default: client_credentials]
    #[arg(long, value_name = "GRANT", help_heading = "Request")]
    pub grant_type: Option<String>,

    /// A scope, or several separated by spaces; repeatable [env: OAUTH_SCOPE]
    #[arg(long, value_name = "SCOPE", help_heading = "Request")]
    pub scope: Vec<String>,

    /// The API that the token is for, as Auth0 and others have it; repeatable [env: OAUTH_AUDIENCE]
    #[arg(long, value_name = "AUDIENCE", help_heading = "Request")]
    pub audience: Vec<String>,

    /// The resource that the token is for (RFC 8707); repeatable [env: OAUTH_RESOURCE, separated by spaces]
    #[arg(long, value_name = "URI", help_heading = "Request")]
    pub resource: Vec<String>,

    /// One more form parameter; repeatable [env: OAUTH_PARAM, one a line]
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Request")]
    pub param: Vec<String>,

    /// One more form parameter, a secret one, from a file; repeatable [env: OAUTH_PARAM_FILE, one a line]
    #[arg(long, value_name = "NAME=FILE", help_heading = "Request")]
    pub param_file: Vec<String>,

    /// One more header field; repeatable [env: OAUTH_REQUEST_HEADER, one a line]
    #[arg(long, value_name = "NAME: VALUE", help_heading = "Request")]
    pub request_header: Vec<String>,

    /// Print `Authorization: Bearer TOKEN`, for `curl -H @-`
    #[arg(long, help_heading = "Output, one of (default: the token alone)")]
    pub header: bool,

    /// Print how many seconds the token is valid for
    #[arg(long, help_heading = "Output, one of (default: the token alone)")]
    pub expires_in: bool,

    /// Print when the token expires, in seconds since 1970 UTC
    #[arg(long, help_heading = "Output, one of (default: the token alone)")]
    pub expires_at: bool,

    /// Print every field that the server sent, as one line of JSON, with `expires_at` added
    #[arg(long, help_heading = "Output, one of (default: the token alone)")]
    pub json: bool,

    /// Print a line for `eval $(…)` that exports the token, or that fails where there is none
    #[arg(long, help_heading = "Output, one of (default: the token alone)")]
    pub export: bool,

    /// Mask the token and add it to $GITHUB_ENV, for the next steps of a GitHub Actions job
    #[arg(long, help_heading = "Output, one of (default: the token alone)")]
    pub github_env: bool,

    /// The shell that `--export` writes for [default: sh]
    #[arg(long, value_name = "sh|fish|powershell|cmd|csh|nu", help_heading = "Output, more")]
    pub shell: Option<String>,

    /// The variable for `--export`, `--github-env` and COMMAND [default: OAUTH_ACCESS_TOKEN]
    #[arg(long, value_name = "VAR", help_heading = "Output, more")]
    pub name: Option<String>,

    /// Print no line break at the end
    #[arg(long, help_heading = "Output, more")]
    pub no_newline: bool,

    /// Trust these certificate authorities too, in PEM [env: OAUTH_CACERT]
    #[arg(long, value_name = "FILE", help_heading = "Transport")]
    pub cacert: Option<String>,

    /// Give up on a connection after this long [env: OAUTH_CONNECT_TIMEOUT] [default: 10]
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true, help_heading = "Transport")]
    pub connect_timeout: Option<String>,

    /// Give up altogether after this long, retries included [env: OAUTH_MAX_TIME] [default: 30]
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true, help_heading = "Transport")]
    pub max_time: Option<String>,

    /// Try again this often after passing faults [env: OAUTH_RETRY] [default: 2]
    #[arg(long, value_name = "TIMES", allow_hyphen_values = true, help_heading = "Transport")]
    pub retry: Option<String>,

    /// Tunnel through this proxy; empty for none [env: OAUTH_PROXY, https_proxy, all_proxy; but see no_proxy]
    #[arg(long, value_name = "URL", help_heading = "Transport")]
    pub proxy: Option<String>,

    /// Send the credentials over http:// to hosts other than this one: whoever is on the way reads them
    #[arg(long, help_heading = "Transport")]
    pub allow_http: bool,

    /// Read settings from this file too, and trust it as much as the command line [env: OAUTH_ENV_FILE]
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub env_file: Option<String>,

    /// Do not read ./.env [env: OAUTH_NO_ENV_FILE]
    #[arg(long, help_heading = "Settings")]
    pub no_env_file: bool,

    /// Print every setting, where it comes from, and the request; send nothing
    #[arg(long, conflicts_with = "export", help_heading = "Settings")]
    pub explain: bool,

    /// Tell on stderr what is sent and answered, without secrets, and how long it took [env: OAUTH_VERBOSE]
    #[arg(short, long, conflicts_with = "quiet", help_heading = "Settings")]
    pub verbose: bool,

    /// Print errors only, no warnings and no hints [env: OAUTH_QUIET]
    #[arg(short, long, help_heading = "Settings")]
    pub quiet: bool,

    /// Run this program with the token in its environment, and without the client's secret
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

const AFTER_HELP: &str = "\
Exit codes: 0 success, 1 bug, 2 usage, 3 configuration, 4 client rejected, 5 request rejected,
6 no connection, 7 TLS, 8 out of time, 9 server unwell, 10 no token, 11 not written; with COMMAND, its own.";

/// A command line that makes sense to clap.
pub enum Typed {
    /// What to do.
    Command(Box<Cli>),
    /// `--help` or `--version`: print this.
    Text(String),
}

/// Reads the command line, its first word being the program's name.
pub fn parse(arguments: &[OsString]) -> Result<Typed, Failure> {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return Ok(Typed::Text(error.to_string().trim_end().to_owned()));
        }
        Err(error) => return Err(explain(&error)),
    };
    if cli.client_secret.is_some() {
        return Err(Failure::usage("a client secret on the command line can be read by every user of this machine, so `--client-secret` does not exist")
            .hint("set `OAUTH_CLIENT_SECRET`, or pass `--client-secret-file FILE` (`-` is stdin); take the secret that you typed for leaked"));
    }
    if cli.command.is_empty() && arguments.iter().skip(1).any(|argument| argument == "--") {
        return Err(Failure::usage("there is no command after `--`")
            .hint("write `-- COMMAND [ARG]...`, or leave out `--` to print the token"));
    }
    Ok(Typed::Command(Box::new(cli)))
}

/// clap's error without anything that was typed as a value.
fn explain(error: &clap::Error) -> Failure {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join("` and `")),
        _ => None,
    };
    // An option is named as far as its name goes: `--tokn=VALUE` holds a value.
    let option = |text: String| text.split(['=', ' ']).next().map(escape).unwrap_or_default();
    let argument = context(ContextKind::InvalidArg);
    let message = match (error.kind(), argument) {
        (ErrorKind::UnknownArgument, Some(text)) if text.starts_with("--") => {
            format!("there is no option `{}`", option(text))
        }
        (ErrorKind::UnknownArgument, Some(text)) if text.starts_with('-') => {
            format!("there is no option `{}`", escape(&text.chars().take(2).collect::<String>()))
        }
        (ErrorKind::UnknownArgument, _) => "there is an argument that belongs to no option".to_owned(),
        (ErrorKind::ArgumentConflict, Some(text)) => match context(ContextKind::PriorArg) {
            Some(prior) if option(prior.clone()) == option(text.clone()) => {
                format!("`{}` is given twice", option(text))
            }
            Some(prior) => {
                format!("`{}` and `{}` cannot be used together", named(&option(text)), named(&prior))
            }
            None => format!("`{}` cannot be used with the other options", named(&option(text))),
        },
        (
            ErrorKind::InvalidValue
            | ErrorKind::NoEquals
            | ErrorKind::WrongNumberOfValues
            | ErrorKind::TooFewValues,
            Some(text),
        ) => {
            format!("`{}` needs a value", option(text))
        }
        (ErrorKind::TooManyValues, Some(text)) => format!("`{}` takes no value", option(text)),
        (ErrorKind::InvalidUtf8, _) => "an argument is not UTF-8".to_owned(),
        _ => "the command line cannot be understood".to_owned(),
    };
    let hint = match context(ContextKind::SuggestedArg) {
        Some(suggested) => format!("perhaps `{}` is meant; `--help` lists the options", option(suggested)),
        None => "`oauth-token --help` lists the options; a program to run comes after `--`".to_owned(),
    };
    Failure::usage(message).hint(hint)
}

/// clap calls the trailing arguments `[COMMAND]...`.
fn named(argument: &str) -> String {
    argument
        .split(' ')
        .map(|word| if word.contains("COMMAND") { "-- COMMAND" } else { word })
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// What a failure must leave on stdout, read from the words themselves: it is needed most where the command
/// line is wrong. Nothing unless `--export` was typed for a POSIX shell, or for one that is not known.
pub fn failing_export(arguments: &[OsString]) -> Option<(Shell, Option<String>)> {
    let words: Vec<&OsStr> =
        arguments.iter().skip(1).map(OsString::as_os_str).take_while(|word| *word != "--").collect();
    let value = |option: &str| {
        words.iter().enumerate().rev().find_map(|(at, word)| {
            let rest = word.to_str()?.strip_prefix(option)?;
            if rest.is_empty() { words.get(at + 1)?.to_str() } else { rest.strip_prefix('=') }
        })
    };
    let is_export = words
        .iter()
        .filter_map(|word| word.to_str())
        .any(|word| word == "--export" || word.starts_with("--export="));
    let shell = value("--shell").and_then(Shell::parse).unwrap_or(Shell::Sh);
    let name = value("--name").unwrap_or(DEFAULT_NAME);
    (is_export && shell == Shell::Sh).then(|| (shell, Some(name.to_owned()).filter(|name| is_name(name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        std::iter::once("oauth-token")
            .chain(line.split(' ').filter(|word| !word.is_empty()))
            .map(OsString::from)
            .collect()
    }

    fn message(line: &str) -> String {
        match parse(&words(line)) {
            Err(failure) => failure.message,
            Ok(_) => panic!("{line} was accepted"),
        }
    }

    #[test]
    fn claps_definition_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn errors_name_options_and_never_quote_values() {
        for (line, told) in [
            ("--tokn=canary", "there is no option `--tokn`"),
            ("-xcanary", "there is no option `-x`"),
            ("canary", "there is an argument that belongs to no option"),
            ("--url", "`--url` needs a value"),
            ("--json=canary", "`--json` takes no value"),
            ("--url a --url canary", "`--url` is given twice"),
            ("--json --header", "`--json` and `--header` cannot be used together"),
            ("--json -- canary", "`--json` and `-- COMMAND` cannot be used together"),
            ("-v -q", "`--verbose` and `--quiet` cannot be used together"),
            ("--export --explain", "`--export` and `--explain` cannot be used together"),
            ("--", "there is no command after `--`"),
        ] {
            assert_eq!(message(line), told, "{line}");
        }
    }

    #[test]
    fn the_secret_option_explains_itself_with_or_without_a_value() {
        for line in
            ["--client-secret canary", "--client-secret=canary", "--client-secret", "--client-secret --json"]
        {
            assert!(message(line).contains("does not exist") && !message(line).contains("canary"), "{line}");
        }
    }

    #[test]
    fn a_failing_export_is_recognised_in_whatever_stands_there() {
        let name = |line: &str| failing_export(&words(line)).map(|(_, name)| name);
        assert_eq!(name("--export"), Some(Some(DEFAULT_NAME.into())));
        assert_eq!(name("--bogus --export --name=T x"), Some(Some("T".into())));
        assert_eq!(name("--export --name a-b"), Some(None));
        assert_eq!(name("--export=x --shell nosuch"), Some(Some(DEFAULT_NAME.into())));
        assert_eq!(name("--export --shell fish"), None);
        assert_eq!(name("--json"), None);
        assert_eq!(name("-- --export"), None);
    }
}
