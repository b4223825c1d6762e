//! The command line, parsed.

use std::ffi::{OsStr, OsString};

use clap::Parser;
use clap::error::ErrorKind;

use super::{Cli, DEFAULT_NAME, typo};
use crate::error::Failure;
use crate::shell::{Shell, is_name};

/// The option that does not exist, and says so.
const SECRET_OPTION: &[u8] = b"--client-secret";

/// A command line that makes sense to clap.
pub enum Typed {
    /// What to do.
    Command(Box<Cli>),
    /// `--help` or `--version`: print this.
    Text(String),
}

/// Reads the command line, its first word being the program's name.
pub fn parse(arguments: &[OsString]) -> Result<Typed, Failure> {
    if holds_secret_option(arguments) {
        return Err(Failure::usage("a client secret on the command line can be read by every user of this machine, so `--client-secret` does not exist")
            .hint("set `OAUTH_CLIENT_SECRET`, or pass `--client-secret-file FILE` (`-` is stdin); take the secret that you typed for leaked"));
    }
    // Where nothing is typed, clap need not be set up: that is a third of the instructions of a cached call.
    if arguments.len() <= 1 {
        return Ok(Typed::Command(Box::default()));
    }
    if let Some(failure) = typo::of_dashes(arguments) {
        return Err(failure);
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return Ok(Typed::Text(error.to_string().trim_end().to_owned()));
        }
        Err(error) => return Err(typo::explain(&error, arguments)),
    };
    if cli.cache.cache_clear && (cli.explain || cli.has_format()) {
        return Err(Failure::usage("`--cache-clear` prints and runs nothing")
            .hint("clear the cache in a call of its own"));
    }
    if cli.command.is_empty() && arguments.iter().skip(1).any(|argument| argument == "--") {
        return Err(Failure::usage("there is no command after `--`")
            .hint("write `-- COMMAND [ARG]...`, or leave out `--` to print the token"));
    }
    Ok(Typed::Command(Box::new(cli)))
}

/// Looks for `--client-secret` before clap does, so that whatever else is wrong, this is what is told.
fn holds_secret_option(arguments: &[OsString]) -> bool {
    let own = arguments.iter().skip(1).take_while(|word| *word != "--");
    own.map(|word| word.as_encoded_bytes()).any(|word| {
        word == SECRET_OPTION || word.strip_prefix(SECRET_OPTION).is_some_and(|rest| rest[0] == b'=')
    })
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
    fn nothing_typed_means_what_clap_would_make_of_it() {
        let Ok(Typed::Command(cli)) = parse(&words("")) else { panic!("nothing was refused") };
        assert_eq!(format!("{cli:?}"), format!("{:?}", Cli::try_parse_from(["oauth-token"]).unwrap()));
    }

    #[test]
    fn the_secret_option_explains_itself_with_or_without_a_value() {
        for line in [
            "--client-secret canary",
            "--client-secret=canary",
            "--client-secret",
            "--client-secret -c -- x",
            "x --client-secret canary",
        ] {
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
