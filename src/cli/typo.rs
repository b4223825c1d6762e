//! What is wrong with a command line, in our own words: clap quotes what was typed, and that may be a secret. What is
//! often meant is known: options of other programs, one dash for two, a dash of a word processor's.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use strsim::osa_distance;

use super::Cli;
use crate::error::Failure;
use crate::text::escape;

/// Options that curl and others have and this program has not, and what to do instead.
const OTHERS: &[(&str, &str)] = &[
    ("--insecure", CERTIFICATE),
    ("-k", CERTIFICATE),
    ("--no-verify", CERTIFICATE),
    ("--secret", SECRET),
    ("--user", SECRET),
    ("-u", SECRET),
    ("--password", "set `OAUTH_PASSWORD`, or pass `--password-file FILE`"),
    ("--data", "pass `--param NAME=VALUE`, or `--param-file NAME=FILE`"),
    ("-d", "pass `--param NAME=VALUE`, or `--param-file NAME=FILE`"),
    ("-H", "pass `--request-header 'NAME: VALUE'`; `--header` prints the token as a header"),
    ("-x", "pass `--proxy URL`"),
    ("-m", "pass `--max-time SECONDS`"),
    ("--timeout", "pass `--max-time SECONDS`"),
    ("--retries", "pass `--retry NUMBER`"),
    ("-s", "pass `--quiet`; nothing but the result is on stdout in any case"),
    ("--silent", "pass `--quiet`; nothing but the result is on stdout in any case"),
    ("--debug", "pass `--verbose`"),
    ("-f", "leave it out: a failure is one without it"),
    ("--fail", "leave it out: a failure is one without it"),
    ("-L", "redirects are never followed, for one could carry the secret away"),
    ("--location", "redirects are never followed, for one could carry the secret away"),
    ("-o", "redirect stdout: `oauth-token > FILE`, after `umask 077`"),
    ("--output", "redirect stdout: `oauth-token > FILE`, after `umask 077`"),
    ("-K", "pass `--env-file FILE`"),
    ("--config", "pass `--env-file FILE`"),
    ("-X", "leave it out: a token is asked for with POST"),
    ("--request", "leave it out: a token is asked for with POST"),
    ("--key-file", "pass `--signing-key FILE`, or beside `--cert` `--key FILE`"),
    ("--clear-cache", "pass `--cache-clear`"),
];
const CERTIFICATE: &str = "certificates are always checked; give a private authority's with `--cacert FILE`";
const SECRET: &str =
    "set `OAUTH_CLIENT_SECRET`, or pass `--client-secret-file FILE`; take a secret that you typed for leaked";

const LIST: &str = "`oauth-token --help` lists the options; a program to run comes after `--`";

/// How many letters of an option may be wrong for another to be suggested.
const NEAR: usize = 2;

/// One dash where two are meant: clap would take the letters for options, and `-header` for a call for help, whose
/// text would be taken for a token.
pub fn of_dashes(arguments: &[OsString]) -> Option<Failure> {
    let own = arguments.iter().skip(1).take_while(|word| *word != "--");
    own.filter_map(|word| word.to_str()).find_map(|word| {
        let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-') && rest.len() > 1)?;
        let name = letters.split(['=', ' ']).next().unwrap_or_default();
        let is_option = Cli::command().get_arguments().any(|own| own.get_long() == Some(name));
        is_option.then(|| {
            Failure::usage(format!("there is no option `-{}`", escape(name)))
                .hint(format!("write two dashes: `--{}`", escape(name)))
        })
    })
}

/// clap's error without anything that was typed as a value.
pub fn explain(error: &clap::Error, arguments: &[OsString]) -> Failure {
    if error.kind() == ErrorKind::InvalidUtf8 {
        return not_utf8(arguments);
    }
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join("` and `")),
        _ => None,
    };
    let argument = context(ContextKind::InvalidArg);
    if let (ErrorKind::UnknownArgument, Some(text)) = (error.kind(), &argument) {
        return unknown(text);
    }
    let message = match (error.kind(), argument) {
        (ErrorKind::ArgumentConflict, Some(text)) => match context(ContextKind::PriorArg) {
            Some(prior) if option(&prior) == option(&text) => {
                format!("`{}` is given twice", option(&text))
            }
            Some(prior) => {
                format!("`{}` and `{}` cannot be used together", named(&option(&text)), named(&prior))
            }
            None => format!("`{}` cannot be used with the other options", named(&option(&text))),
        },
        (
            ErrorKind::InvalidValue
            | ErrorKind::NoEquals
            | ErrorKind::WrongNumberOfValues
            | ErrorKind::TooFewValues,
            Some(text),
        ) => {
            format!("`{}` needs a value", option(&text))
        }
        (ErrorKind::TooManyValues, Some(text)) => format!("`{}` takes no value", option(&text)),
        _ => "the command line cannot be understood".to_owned(),
    };
    let hint = if error.kind() == ErrorKind::ArgumentConflict { "leave out one of them" } else { LIST };
    Failure::usage(message).hint(hint)
}

/// An argument that clap does not know.
fn unknown(text: &str) -> Failure {
    if !text.starts_with('-') {
        let hint = match text {
            _ if ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme)) => {
                "pass the URL with `--url URL`"
            }
            _ if text
                .starts_with(['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}']) =>
            {
                "it begins with a dash of a word processor's: write `--`"
            }
            _ => {
                "a list is one word, as in `--scope 'a b'`; a program to run comes after `--`; `--help` lists the options"
            }
        };
        return Failure::usage("there is an argument that belongs to no option").hint(hint);
    }
    let name =
        if text.starts_with("--") { option(text) } else { escape(&text.chars().take(2).collect::<String>()) };
    if text.starts_with("--") && text.split('=').next().is_some_and(|start| start.contains(' ')) {
        return Failure::usage(format!("`{name}` and its value are one word")).hint(format!(
            "write `{name} VALUE` or `{name}=VALUE`; zsh does not split `$VARIABLE`, but `${{=VARIABLE}}`"
        ));
    }
    let hint = match OTHERS.iter().find(|(own, _)| *own == name) {
        Some((_, instead)) => (*instead).to_owned(),
        None => match nearest(&name).as_deref() {
            Some("--client-secret") => SECRET.to_owned(),
            Some(near) => format!("perhaps `{near}` is meant; `--help` lists the options"),
            None => LIST.to_owned(),
        },
    };
    Failure::usage(format!("there is no option `{name}`")).hint(hint)
}

/// The option that a name nearly is, or begins.
fn nearest(name: &str) -> Option<String> {
    let command = Cli::command();
    let names =
        command.get_arguments().flat_map(|own| own.get_long_and_visible_aliases().unwrap_or_default());
    let distances = names.chain(["client-secret"]).map(|own| format!("--{own}")).filter_map(|own| {
        let begins = name.len() > 4 && own.starts_with(name);
        let distance = if begins { 0 } else { osa_distance(&own, name) };
        (distance <= NEAR).then_some((distance, own))
    });
    distances.min_by_key(|(distance, _)| *distance).map(|(_, own)| own)
}

/// An option as far as its name goes: `--tokn=VALUE` holds a value.
fn option(text: &str) -> String {
    text.split(['=', ' ']).next().map(escape).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::super::parse::{Typed, parse};
    use super::*;

    fn failure(words: &[&str]) -> Failure {
        let words: Vec<_> = std::iter::once(&"oauth-token").chain(words).map(OsString::from).collect();
        match parse(&words) {
            Err(failure) => failure,
            Ok(Typed::Text(text)) => panic!("{words:?} printed {text}"),
            Ok(Typed::Command(_)) => panic!("{words:?} was accepted"),
        }
    }

    fn message(line: &str) -> String {
        failure(&line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>()).message
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
            let failure = failure(&[own, "canary"]);
            assert_eq!(failure.message, format!("there is no option `{own}`"));
            assert_eq!(failure.hint.as_deref(), Some(*instead));
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
    fn what_is_often_meant_is_told() {
        for (words, message, hint) in [
            (&["-header"][..], "there is no option `-header`", "write two dashes: `--header`"),
            (&["-url=https://canary"], "there is no option `-url`", "write two dashes: `--url`"),
            (
                &["--url https://canary"],
                "`--url` and its value are one word",
                "write `--url VALUE` or `--url=VALUE`; zsh does not split `$VARIABLE`, but `${=VARIABLE}`",
            ),
            (
                &["https://canary"],
                "there is an argument that belongs to no option",
                "pass the URL with `--url URL`",
            ),
            (
                &["\u{2014}header"],
                "there is an argument that belongs to no option",
                "it begins with a dash of a word processor's: write `--`",
            ),
            (
                &["--ulr"],
                "there is no option `--ulr`",
                "perhaps `--url` is meant; `--help` lists the options",
            ),
            (&["--client-secrt", "canary"], "there is no option `--client-secrt`", SECRET),
            (&["--silnt"], "there is no option `--silnt`", LIST),
            (&["--xyzzy"], "there is no option `--xyzzy`", LIST),
        ] {
            let failure = failure(words);
            assert_eq!(
                (failure.message.as_str(), failure.hint.as_deref()),
                (message, Some(hint)),
                "{words:?}"
            );
        }
        let words = ["oauth-token", "-qv", "-V"].map(OsString::from);
        assert!(of_dashes(&words).is_none(), "letters are options, too");
    }
}
