//! The command line, parsed. clap's errors are told in our own words, for clap quotes what was typed, and
//! that may be a secret.

use std::ffi::{OsStr, OsString};

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Cli, DEFAULT_NAME};
use crate::error::Failure;
use crate::shell::{Shell, is_name};
use crate::text::escape;

/// The option that does not exist, and says so.
const SECRET_OPTION: &[u8] = b"--client-secret";

/// Options that curl and others have and this program has not, and what to do instead.
const OTHERS: [(&str, &str); 8] = [
    ("--insecure", CERTIFICATE),
    ("-k", CERTIFICATE),
    ("--secret", SECRET),
    ("--user", SECRET),
    ("-u", SECRET),
    ("--password", "set `OAUTH_PASSWORD`, or pass `--password-file FILE`"),
    ("--data", "pass `--param NAME=VALUE`, or `--param-file NAME=FILE`"),
    ("-d", "pass `--param NAME=VALUE`, or `--param-file NAME=FILE`"),
];
const CERTIFICATE: &str = "certificates are always checked; give a private authority's with `--cacert FILE`";
const SECRET: &str =
    "set `OAUTH_CLIENT_SECRET`, or pass `--client-secret-file FILE`; take a secret that you typed for leaked";

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
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return Ok(Typed::Text(error.to_string().trim_end().to_owned()));
        }
        Err(error) if error.kind() == ErrorKind::InvalidUtf8 => return Err(not_utf8(arguments)),
        Err(error) => return Err(explain(&error)),
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
    let known = argument.as_ref().filter(|_| error.kind() == ErrorKind::UnknownArgument).and_then(|typed| {
        let name =
            if typed.starts_with("--") { option(typed.clone()) } else { typed.chars().take(2).collect() };
        OTHERS.iter().find(|(own, _)| *own == name)
    });
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
        _ => "the command line cannot be understood".to_owned(),
    };
    let hint = match context(ContextKind::SuggestedArg) {
        _ if error.kind() == ErrorKind::ArgumentConflict => "leave out one of them".to_owned(),
        Some(suggested) => format!("perhaps `{}` is meant; `--help` lists the options", option(suggested)),
        None => "`oauth-token --help` lists the options; a program to run comes after `--`".to_owned(),
    };
    Failure::usage(message).hint(known.map_or(hint, |(_, instead)| (*instead).to_owned()))
}

/// clap does not say which argument it is.
fn not_utf8(arguments: &[OsString]) -> Failure {
    let is_text = |word: &&OsString| word.to_str().is_some();
    let before = arguments.iter().skip(1).take_while(is_text).last();
    let own = arguments.iter().find(|word| !is_text(word));
    // As in `--scope=…`, or the word before it.
    let name = |word: &OsString| {
        let name = word.as_encoded_bytes().split(|byte| *byte == b'=').next().unwrap_or_default();
        std::str::from_utf8(name).ok().filter(|name| name.starts_with('-')).map(escape)
    };
    let what = match own.and_then(name).or_else(|| before.and_then(name)) {
        Some(option) => format!("the value of `{option}`"),
        None => "an argument".to_owned(),
    };
    Failure::usage(format!("{what} is not UTF-8"))
        .hint("write it in UTF-8; a file can be renamed, or linked to")
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
    fn nothing_typed_means_what_clap_would_make_of_it() {
        let Ok(Typed::Command(cli)) = parse(&words("")) else { panic!("nothing was refused") };
        assert_eq!(format!("{cli:?}"), format!("{:?}", Cli::try_parse_from(["oauth-token"]).unwrap()));
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
    fn options_of_other_programs_are_told_what_to_do_instead() {
        for (own, instead) in OTHERS {
            let Err(failure) = parse(&words(&format!("{own} canary"))) else { panic!("{own} was accepted") };
            assert_eq!(failure.message, format!("there is no option `{own}`"));
            assert_eq!(failure.hint.as_deref(), Some(instead));
        }
    }

    #[test]
    fn what_is_not_utf_8_is_named_by_its_option() {
        use std::os::unix::ffi::OsStringExt;
        let told = |words: &[&[u8]]| {
            let words = words.iter().map(|word| OsString::from_vec(word.to_vec()));
            let words: Vec<_> = std::iter::once(OsString::from("oauth-token")).chain(words).collect();
            parse(&words).err().unwrap().message
        };
        assert_eq!(told(&[b"-q", b"--scope", b"\xff"]), "the value of `--scope` is not UTF-8");
        assert_eq!(told(&[b"--scope=a", b"--cacert=\xff"]), "the value of `--cacert` is not UTF-8");
        assert_eq!(told(&[b"--scope", b"a", b"\xff"]), "there is an argument that belongs to no option");
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
