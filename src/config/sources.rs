//! Where settings come from: the command line, the environment, a named file, ./.env, in this order. Each
//! value keeps its [`Origin`].

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::found::{Found, Origin};
use super::setting::{Role, Setting, Values};
use super::typed::typed;
use crate::cli::Cli;
use crate::env_file::{self, AMBIENT, Assignment, Fault};
use crate::error::Failure;
use crate::text::{escape, io_reason};

/// The process environment, as it was at the start.
pub struct Environment(pub BTreeMap<String, OsString>);

impl Environment {
    /// The environment of this process.
    pub fn of_this_process() -> Self {
        Self(
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect(),
        )
    }

    /// The variable's value; an empty one counts as unset.
    pub fn value(&self, name: &str) -> Result<Option<String>, Failure> {
        match self.0.get(name).filter(|value| !value.is_empty()).map(|value| value.to_str()) {
            None => Ok(None),
            Some(Some(text)) => Ok(Some(text.to_owned())),
            Some(None) => {
                Err(Failure::config(format!("`{name}` in the environment is not UTF-8"))
                    .hint("set it in UTF-8"))
            }
        }
    }
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Errors alone.
    Quiet,
    /// Hints and warnings, too.
    Normal,
    /// What is sent and answered, too.
    Verbose,
}

/// All sources, read.
#[derive(Clone)]
pub struct Sources<'a> {
    /// What was typed.
    pub cli: &'a Cli,
    /// The process environment.
    pub environment: &'a Environment,
    named: Option<(String, Vec<Assignment>)>,
    ambient: Vec<Assignment>,
    /// What belongs to a server counts only from here up.
    least: Option<Origin>,
}

impl<'a> Sources<'a> {
    /// Reads the files. The environment of the process is not changed by them.
    pub fn read(cli: &'a Cli, environment: &'a Environment) -> Result<Self, Failure> {
        let mut sources = Self { cli, environment, named: None, ambient: Vec::new(), least: None };
        if let Some(found) = sources.find(Setting::EnvFile)? {
            let file = found.value();
            if file.is_empty() {
                return Err(Failure::usage("`--env-file` names no file").hint("name one, or leave it out"));
            }
            let named = format!("`{}`: {}", found.name(), escape(file));
            let way_out = "name a file that can be read, or leave it out";
            let assignments = File::open(file)
                .map_err(Fault::Unreadable)
                .and_then(env_file::read)
                .map_err(|fault| unusable(&named, fault, way_out))?;
            sources.named = Some((file.to_owned(), assignments));
            if is_same_file(file) {
                return Ok(sources);
            }
        }
        if !sources.is_on(Setting::NoEnvFile)? {
            sources.ambient = read_ambient()?;
        }
        Ok(sources)
    }

    /// The same, without what belongs to another server: what is set with less precedence than this.
    #[must_use]
    pub fn narrowed(&self, least: Origin) -> Self {
        Self { least: Some(least), ..self.clone() }
    }

    /// The setting's values from the first source that has any.
    pub fn find(&self, setting: Setting) -> Result<Option<Found>, Failure> {
        let counts = |found: &Found| self.least.as_ref().is_none_or(|least| found.origin <= *least);
        Ok(self.first(setting)?.filter(|found| !setting.row().belongs_to_a_server() || counts(found)))
    }

    fn first(&self, setting: Setting) -> Result<Option<Found>, Failure> {
        let row = setting.row();
        let found = |values, origin| Ok(Some(Found { setting, values, origin }));
        let typed = typed(setting, self.cli);
        if !typed.is_empty() {
            return found(typed, Origin::CommandLine);
        }
        if let Some(value) = self.environment.value(row.variable)? {
            return found(split(&value, row.values), Origin::Environment);
        }
        if row.role == Role::Outer {
            return Ok(None);
        }
        if let Some((name, assignments)) = &self.named
            && let Some(value) = last(assignments, row.variable)
        {
            return found(split(value, row.values), Origin::NamedFile(name.clone()));
        }
        match last(&self.ambient, row.variable) {
            Some(value) => found(split(value, row.values), Origin::AmbientFile),
            None => Ok(None),
        }
    }

    /// Where the setting's variable is set, but empty, which counts as unset: nobody sees that from its name.
    pub fn emptied(&self, setting: Setting) -> Option<String> {
        let variable = setting.row().variable;
        let is_empty = |assignments: &[Assignment]| assignments.iter().any(|(name, _)| name == variable);
        let place = if self.environment.0.contains_key(variable) {
            Origin::Environment
        } else if let Some((name, _)) = self.named.as_ref().filter(|(_, assignments)| is_empty(assignments)) {
            Origin::NamedFile(name.clone())
        } else if is_empty(&self.ambient) {
            Origin::AmbientFile
        } else {
            return None;
        };
        Some(format!("`{variable}` from {place} is empty"))
    }

    /// The names that each place outside the command line sets.
    pub fn names(&self) -> Vec<(Origin, Vec<&str>)> {
        let mut places = vec![(Origin::Environment, self.environment.0.keys().map(String::as_str).collect())];
        if let Some((name, assignments)) = &self.named {
            places.push((Origin::NamedFile(name.clone()), names(assignments)));
        }
        places.push((Origin::AmbientFile, names(&self.ambient)));
        places
    }

    /// Of what asks for more and what asks for less, the one that takes precedence.
    pub fn verbosity(&self) -> Result<Verbosity, Failure> {
        let origin = |setting| -> Result<Option<Origin>, Failure> {
            Ok(if self.is_on(setting)? { self.find(setting)?.map(|found| found.origin) } else { None })
        };
        Ok(match (origin(Setting::Verbose)?, origin(Setting::Quiet)?) {
            (None, None) => Verbosity::Normal,
            (Some(more), Some(less)) if more <= less => Verbosity::Verbose,
            (Some(_), None) => Verbosity::Verbose,
            (_, Some(_)) => Verbosity::Quiet,
        })
    }

    /// The setting that says whom to ask: of the endpoint and the issuer, the one that takes precedence. The
    /// endpoint's own name wins where both come from one place.
    pub fn server(&self) -> Result<Option<Found>, Failure> {
        let (url, issuer) = (self.find(Setting::Url)?, self.find(Setting::Issuer)?);
        let is_first = |issuer: &Found| url.as_ref().is_none_or(|url| issuer.origin < url.origin);
        Ok(issuer.filter(is_first).or(url))
    }

    /// Whether a setting that is on or off is on.
    pub fn is_on(&self, setting: Setting) -> Result<bool, Failure> {
        match self.find(setting)? {
            None => Ok(false),
            Some(found) => {
                match found.value().to_ascii_lowercase().as_str() {
                    "1" | "true" | "yes" | "on" => Ok(true),
                    "0" | "false" | "no" | "off" => Ok(false),
                    _ => Err(Failure::usage(format!("{} is neither on nor off", found.subject()))
                        .hint("write 1 or 0")),
                }
            }
        }
    }
}

/// `./.env`, from the current directory and no parent; a directory of that name is somebody else's. Whatever
/// else is no file could keep this program waiting for ever.
fn read_ambient() -> Result<Vec<Assignment>, Failure> {
    match env_file::about_ambient() {
        Ok(about) if about.is_dir() => return Ok(Vec::new()),
        Ok(about) if !about.is_file() => {
            return Err(
                Failure::config("./.env is no regular file").hint("remove it, or pass `--no-env-file`")
            );
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        // Reading it tells why it cannot be read.
        Ok(_) | Err(_) => {}
    }
    match File::open(AMBIENT).map_err(Fault::Unreadable).and_then(env_file::read) {
        // It was removed in between.
        Err(Fault::Unreadable(error)) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(|fault| unusable("./.env", fault, "make it readable, or pass `--no-env-file`")),
    }
}

fn unusable(file: &str, fault: Fault, way_out: &str) -> Failure {
    match fault {
        Fault::Unreadable(error) => {
            Failure::config(format!("{file} cannot be read: {}", io_reason(&error))).hint(way_out)
        }
        Fault::TooLarge => Failure::config(format!("{file} is over 1 MiB")).hint("name a file with settings"),
        Fault::Encoding(encoding) => {
            Failure::config(format!("{file} is {encoding}")).hint("save it as UTF-8")
        }
        Fault::NotUtf8(number) => Failure::config(format!("{file}, line {number}: it is not UTF-8"))
            .hint("save it as UTF-8; nothing of the file was used"),
        Fault::Line(number, reason) => Failure::config(format!("{file}, line {number}: {reason}"))
            .hint("write NAME=VALUE; nothing of the file was used"),
    }
}

fn is_same_file(named: &str) -> bool {
    let resolved = |path: &Path| path.canonicalize().ok();
    resolved(Path::new(named)).is_some_and(|named| Some(named) == resolved(Path::new(AMBIENT)))
}

fn last<'a>(assignments: &'a [Assignment], variable: &str) -> Option<&'a str> {
    let own = assignments.iter().rev().find(|(name, _)| name == variable);
    own.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

fn names(assignments: &[Assignment]) -> Vec<&str> {
    assignments.iter().map(|(name, _)| name.as_str()).collect()
}

fn split(value: &str, values: Values) -> Vec<String> {
    let parts: Vec<String> = match values {
        Values::One => Vec::new(),
        Values::Lines => {
            value.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
        }
        Values::Words => value.split_whitespace().map(str::to_owned).collect(),
    };
    if parts.is_empty() { vec![value.to_owned()] } else { parts }
}

/// The regular file that a path in `./.env` means, if it lies within the directory of `./.env`, symbolic links
/// resolved.
pub fn within_current_directory(path: &str) -> Option<PathBuf> {
    let directory = Path::new(".").canonicalize().ok()?;
    let file = Path::new(path).canonicalize().ok()?;
    (file.starts_with(directory) && file.is_file()).then_some(file)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn found(
        arguments: &[&str],
        environment: &[(&str, &str)],
        setting: Setting,
    ) -> Option<(Vec<String>, Origin)> {
        let words = ["oauth-token", "--no-env-file"].iter().chain(arguments);
        let cli = Cli::try_parse_from(words).unwrap();
        let environment = Environment(
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect(),
        );
        let sources = Sources::read(&cli, &environment).unwrap();
        sources.find(setting).unwrap().map(|found| (found.values, found.origin))
    }

    #[test]
    fn the_command_line_beats_the_environment_and_an_empty_variable_is_unset() {
        let environment = [("OAUTH_SCOPE", "env"), ("OAUTH_AUDIENCE", "")];
        assert_eq!(
            found(&["--scope", "a", "--scope", "b"], &environment, Setting::Scope),
            Some((vec!["a".into(), "b".into()], Origin::CommandLine))
        );
        assert_eq!(found(&[], &environment, Setting::Scope), Some((vec!["env".into()], Origin::Environment)));
        assert_eq!(found(&[], &environment, Setting::Audience), None);
    }

    #[test]
    fn variables_of_repeatable_options_are_split_by_lines_or_words() {
        let environment =
            [("OAUTH_PARAM", "a=1 2\n\n b=3\n"), ("OAUTH_RESOURCE", "urn:a  urn:b"), ("OAUTH_SCOPE", "a b")];
        assert_eq!(found(&[], &environment, Setting::Param).unwrap().0, ["a=1 2", "b=3"]);
        assert_eq!(found(&[], &environment, Setting::Resource).unwrap().0, ["urn:a", "urn:b"]);
        assert_eq!(found(&[], &environment, Setting::Scope).unwrap().0, ["a b"]);
    }
}
