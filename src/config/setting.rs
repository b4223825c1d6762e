//! [`Setting`]: everything that can be set other than by an output option, as a table: its option, its
//! variable, what it is unless set, and how far a file in the current directory is trusted with it.

use crate::cli::Cli;

/// One setting.
#[allow(missing_docs, reason = "the option of the same name documents it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    Url,
    ClientId,
    ClientSecret,
    ClientSecretFile,
    AuthMethod,
    BasicEncoding,
    GrantType,
    Scope,
    Audience,
    Resource,
    Param,
    ParamFile,
    RequestHeader,
    Cacert,
    ConnectTimeout,
    MaxTime,
    Retry,
    Proxy,
    EnvFile,
    NoEnvFile,
    Verbose,
    Quiet,
}

/// What a setting is, to those who must be careful with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Says what is asked for.
    Plain,
    /// Is a secret, or names a file with one.
    Credential,
    /// May be a secret, depending on the parameter's or header's name.
    MaybeCredential,
    /// Says where a secret goes, or whom it is shown to.
    Aim,
    /// Says which files are read or how much is told: the command line and the environment alone set it.
    Outer,
}

/// How a variable holds several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// It holds one.
    One,
    /// One a line.
    Lines,
    /// Separated by white space.
    Words,
}

/// A row of the table.
pub struct Row {
    /// The setting that the row is about.
    pub setting: Setting,
    /// The option with its hyphens, where it has one.
    pub option: Option<&'static str>,
    /// The environment variable, which is also the name in env files.
    pub variable: &'static str,
    /// The value where none is set; empty for none.
    pub default: &'static str,
    /// How careful one must be with it.
    pub role: Role,
    /// How the variable holds several values.
    pub values: Values,
}

const fn row(
    setting: Setting,
    option: Option<&'static str>,
    variable: &'static str,
    default: &'static str,
    role: Role,
    values: Values,
) -> Row {
    Row { setting, option, variable, default, role, values }
}

/// Every setting, in the order of `--help`.
pub const SETTINGS: [Row; 22] = {
    use Role::{Aim, Credential, MaybeCredential, Outer, Plain};
    use Values::{Lines, One, Words};
    [
        row(Setting::Url, Some("--url"), "OAUTH_TOKEN_URL", "", Aim, One),
        row(Setting::ClientId, Some("--client-id"), "OAUTH_CLIENT_ID", "", Plain, One),
        row(Setting::ClientSecret, None, "OAUTH_CLIENT_SECRET", "", Credential, One),
        row(
            Setting::ClientSecretFile,
            Some("--client-secret-file"),
            "OAUTH_CLIENT_SECRET_FILE",
            "",
            Credential,
            One,
        ),
        row(
            Setting::AuthMethod,
            Some("--auth-method"),
            "OAUTH_AUTH_METHOD",
            "client_secret_basic",
            Plain,
            One,
        ),
        row(Setting::BasicEncoding, Some("--basic-encoding"), "OAUTH_BASIC_ENCODING", "form", Plain, One),
        row(Setting::GrantType, Some("--grant-type"), "OAUTH_GRANT_TYPE", "client_credentials", Plain, One),
        row(Setting::Scope, Some("--scope"), "OAUTH_SCOPE", "", Plain, One),
        row(Setting::Audience, Some("--audience"), "OAUTH_AUDIENCE", "", Plain, One),
        row(Setting::Resource, Some("--resource"), "OAUTH_RESOURCE", "", Plain, Words),
        row(Setting::Param, Some("--param"), "OAUTH_PARAM", "", MaybeCredential, Lines),
        row(Setting::ParamFile, Some("--param-file"), "OAUTH_PARAM_FILE", "", Credential, Lines),
        row(
            Setting::RequestHeader,
            Some("--request-header"),
            "OAUTH_REQUEST_HEADER",
            "",
            MaybeCredential,
            Lines,
        ),
        row(Setting::Cacert, Some("--cacert"), "OAUTH_CACERT", "", Aim, One),
        row(Setting::ConnectTimeout, Some("--connect-timeout"), "OAUTH_CONNECT_TIMEOUT", "10", Plain, One),
        row(Setting::MaxTime, Some("--max-time"), "OAUTH_MAX_TIME", "30", Plain, One),
        row(Setting::Retry, Some("--retry"), "OAUTH_RETRY", "2", Plain, One),
        row(Setting::Proxy, Some("--proxy"), "OAUTH_PROXY", "", Aim, One),
        row(Setting::EnvFile, Some("--env-file"), "OAUTH_ENV_FILE", "", Outer, One),
        row(Setting::NoEnvFile, Some("--no-env-file"), "OAUTH_NO_ENV_FILE", "", Outer, One),
        row(Setting::Verbose, Some("--verbose"), "OAUTH_VERBOSE", "", Outer, One),
        row(Setting::Quiet, Some("--quiet"), "OAUTH_QUIET", "", Outer, One),
    ]
};

impl Setting {
    /// The setting's row.
    pub fn row(self) -> &'static Row {
        &SETTINGS[self as usize]
    }

    /// What was typed for it, in order; nothing for what was not.
    pub fn typed(self, cli: &Cli) -> Vec<String> {
        let one = |value: &Option<String>| value.iter().cloned().collect();
        let flag = |set: bool| if set { vec!["1".to_owned()] } else { Vec::new() };
        match self {
            Self::Url => one(&cli.url),
            Self::ClientId => one(&cli.client_id),
            Self::ClientSecret => Vec::new(),
            Self::ClientSecretFile => one(&cli.client_secret_file),
            Self::AuthMethod => one(&cli.auth_method),
            Self::BasicEncoding => one(&cli.basic_encoding),
            Self::GrantType => one(&cli.grant_type),
            Self::Scope => cli.scope.clone(),
            Self::Audience => cli.audience.clone(),
            Self::Resource => cli.resource.clone(),
            Self::Param => cli.param.clone(),
            Self::ParamFile => cli.param_file.clone(),
            Self::RequestHeader => cli.request_header.clone(),
            Self::Cacert => one(&cli.cacert),
            Self::ConnectTimeout => one(&cli.connect_timeout),
            Self::MaxTime => one(&cli.max_time),
            Self::Retry => one(&cli.retry),
            Self::Proxy => one(&cli.proxy),
            Self::EnvFile => one(&cli.env_file),
            Self::NoEnvFile => flag(cli.no_env_file),
            Self::Verbose => flag(cli.verbose),
            Self::Quiet => flag(cli.quiet),
        }
    }
}

/// The variables that a program run with the token must not inherit.
pub fn secret_variables() -> Vec<&'static str> {
    let is_secret = |row: &&Row| {
        matches!(row.role, Role::Credential | Role::MaybeCredential) || row.setting == Setting::Proxy
    };
    SETTINGS.iter().filter(is_secret).map(|row| row.variable).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Options that say what is printed or done with the result, and the two that no variable may set.
    const NOT_SETTINGS: [&str; 13] = [
        "header",
        "expires_in",
        "expires_at",
        "json",
        "export",
        "github_env",
        "shell",
        "name",
        "no_newline",
        "allow_http",
        "explain",
        "command",
        "help",
    ];

    #[test]
    fn every_row_stands_at_its_settings_place() {
        for (place, row) in SETTINGS.iter().enumerate() {
            assert_eq!(row.setting as usize, place);
            assert!(row.variable.starts_with("OAUTH_"));
        }
    }

    #[test]
    fn every_option_is_a_setting_with_a_variable_that_help_names_or_is_known_not_to_be_one() {
        for argument in Cli::command().get_arguments() {
            let id = argument.get_id().as_str();
            let option = argument.get_long().map(|long| format!("--{long}"));
            let row = SETTINGS.iter().find(|row| row.option == option.as_deref() && option.is_some());
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            match row {
                Some(row) => {
                    assert!(help.contains(row.variable) && help.contains(row.default), "{id}: {help}");
                }
                None => assert!(NOT_SETTINGS.contains(&id), "{id} is neither a setting nor an output option"),
            }
        }
    }

    #[test]
    fn a_child_inherits_no_secret_setting() {
        assert_eq!(
            secret_variables(),
            [
                "OAUTH_CLIENT_SECRET",
                "OAUTH_CLIENT_SECRET_FILE",
                "OAUTH_PARAM",
                "OAUTH_PARAM_FILE",
                "OAUTH_REQUEST_HEADER",
                "OAUTH_PROXY"
            ]
        );
    }
}
