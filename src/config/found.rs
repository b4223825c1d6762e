//! [`Found`]: a setting that is set, with its [`Origin`], for trust depends on it and messages name it.

use std::fmt;

use super::setting::Setting;
use crate::text::escape;

/// Where a value was set. The order is that of precedence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// An option.
    CommandLine,
    /// A variable of the process.
    Environment,
    /// A file that `--env-file` names, as it was named.
    NamedFile(String),
    /// `./.env`: whoever wrote the directory wrote it.
    AmbientFile,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("the command line"),
            Self::Environment => f.write_str("the environment"),
            Self::NamedFile(name) => f.write_str(&escape(name)),
            Self::AmbientFile => f.write_str("./.env"),
        }
    }
}

/// A setting that is set: its values, never none, and where they come from.
#[derive(Clone, Debug)]
pub struct Found {
    /// What is set.
    pub setting: Setting,
    /// To what.
    pub values: Vec<String>,
    /// Where.
    pub origin: Origin,
}

impl Found {
    /// The value of a setting that has one.
    pub fn value(&self) -> &str {
        self.values.first().map(String::as_str).unwrap_or_default()
    }

    /// Whether it was typed.
    pub fn is_typed(&self) -> bool {
        self.origin == Origin::CommandLine
    }

    /// The option or the variable that was used.
    pub fn name(&self) -> &'static str {
        let row = self.setting.row();
        row.option.filter(|_| self.origin == Origin::CommandLine).unwrap_or(row.variable)
    }

    /// As the subject of a sentence: `` `--scope` ``, or `` `OAUTH_SCOPE` from ./.env``.
    pub fn subject(&self) -> String {
        match self.origin {
            Origin::CommandLine => format!("`{}`", self.name()),
            _ => format!("`{}` from {}", self.name(), self.origin),
        }
    }

    /// At the end of a sentence: `` `OAUTH_SCOPE`, from ./.env``.
    pub fn described(&self) -> String {
        format!("`{}`, from {}", self.name(), self.origin)
    }
}

/// Two settings and where they come from, as in `` `A` and `B`, both from ./.env``.
pub fn both(first: &Found, second: &Found) -> String {
    if first.origin == second.origin {
        format!("`{}` and `{}`, both from {}", first.name(), second.name(), first.origin)
    } else {
        format!("{}, and {}", first.described(), second.described())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_settings_of_one_origin_are_told_together() {
        let found = |setting, origin| Found { setting, values: vec![], origin };
        let id = found(Setting::ClientId, Origin::AmbientFile);
        assert_eq!(
            both(&id, &found(Setting::ClientSecret, Origin::AmbientFile)),
            "`OAUTH_CLIENT_ID` and `OAUTH_CLIENT_SECRET`, both from ./.env"
        );
        assert_eq!(
            both(
                &found(Setting::ClientId, Origin::CommandLine),
                &found(Setting::ClientSecret, Origin::Environment)
            ),
            "`--client-id`, from the command line, and `OAUTH_CLIENT_SECRET`, from the environment"
        );
    }
}
