//! [`Setting`]: everything that can be set other than by an output option, as a table: its option, its
//! variable, what it is unless set, and how far a file in the current directory is trusted with it.

/// One setting.
#[allow(missing_docs, reason = "the option of the same name documents it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    Url,
    Issuer,
    ClientId,
    ClientSecret,
    ClientSecretFile,
    AuthMethod,
    BasicEncoding,
    SigningKey,
    SigningKeyFile,
    KeyPassphrase,
    KeyPassphraseFile,
    KeyId,
    Algorithm,
    SigningCert,
    Thumbprint,
    AssertionAudience,
    AssertionType,
    AssertionLifetime,
    ClientAssertionFile,
    ClientAssertion,
    Cert,
    Key,
    DpopKey,
    GrantType,
    RefreshTokenFile,
    AssertionFile,
    AssertionIssuer,
    AssertionSubject,
    AssertionClaim,
    GoogleServiceAccount,
    SubjectTokenFile,
    SubjectToken,
    SubjectTokenType,
    ActorTokenFile,
    ActorTokenType,
    RequestedTokenType,
    Username,
    Password,
    PasswordFile,
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
    Cache,
    CacheDir,
    MinTtl,
    AssumeTtl,
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
    /// Is a secret.
    Credential,
    /// Names a file with a secret.
    CredentialFile,
    /// Names a file with a secret that is also written.
    WrittenFile,
    /// Names a place that gives out secrets of the machine's.
    Source,
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
    option: &'static str,
    variable: &'static str,
    default: &'static str,
    role: Role,
) -> Row {
    Row { setting, option: Some(option), variable, default, role, values: Values::One }
}

/// A secret that no option may carry.
const fn secret(setting: Setting, variable: &'static str) -> Row {
    Row { setting, option: None, variable, default: "", role: Role::Credential, values: Values::One }
}

const fn repeatable(
    setting: Setting,
    option: &'static str,
    variable: &'static str,
    role: Role,
    values: Values,
) -> Row {
    Row { setting, option: Some(option), variable, default: "", role, values }
}

/// Every setting, in the order of `--help`.
#[rustfmt::skip] // a table
pub const SETTINGS: [Row; 58] = {
    use Role::{Aim, CredentialFile, MaybeCredential, Outer, Plain, Source, WrittenFile};
    use Setting as S;
    use Values::{Lines, Words};
    [
        row(S::Url, "--url", "OAUTH_TOKEN_URL", "", Aim),
        row(S::Issuer, "--issuer", "OAUTH_ISSUER", "", Aim),
        row(S::ClientId, "--client-id", "OAUTH_CLIENT_ID", "", Plain),
        secret(S::ClientSecret, "OAUTH_CLIENT_SECRET"),
        row(S::ClientSecretFile, "--client-secret-file", "OAUTH_CLIENT_SECRET_FILE", "", CredentialFile),
        row(S::AuthMethod, "--auth-method", "OAUTH_AUTH_METHOD", "client_secret_basic", Plain),
        row(S::BasicEncoding, "--basic-encoding", "OAUTH_BASIC_ENCODING", "form", Plain),
        secret(S::SigningKey, "OAUTH_SIGNING_KEY"),
        row(S::SigningKeyFile, "--signing-key", "OAUTH_SIGNING_KEY_FILE", "", CredentialFile),
        secret(S::KeyPassphrase, "OAUTH_KEY_PASSPHRASE"),
        row(S::KeyPassphraseFile, "--key-passphrase-file", "OAUTH_KEY_PASSPHRASE_FILE", "", CredentialFile),
        row(S::KeyId, "--key-id", "OAUTH_KEY_ID", "", Plain),
        row(S::Algorithm, "--algorithm", "OAUTH_ALGORITHM", "", Plain),
        row(S::SigningCert, "--signing-cert", "OAUTH_SIGNING_CERT", "", Plain),
        row(S::Thumbprint, "--thumbprint", "OAUTH_THUMBPRINT", "sha256", Plain),
        row(S::AssertionAudience, "--assertion-audience", "OAUTH_ASSERTION_AUDIENCE", "", Plain),
        row(S::AssertionType, "--assertion-type", "OAUTH_ASSERTION_TYPE", "JWT", Plain),
        row(S::AssertionLifetime, "--assertion-lifetime", "OAUTH_ASSERTION_LIFETIME", "60", Plain),
        row(S::ClientAssertionFile, "--client-assertion-file", "OAUTH_CLIENT_ASSERTION_FILE", "", CredentialFile),
        row(S::ClientAssertion, "--client-assertion", "OAUTH_CLIENT_ASSERTION", "", Source),
        row(S::Cert, "--cert", "OAUTH_CERT", "", CredentialFile),
        row(S::Key, "--key", "OAUTH_KEY", "", CredentialFile),
        row(S::DpopKey, "--dpop-key", "OAUTH_DPOP_KEY", "", CredentialFile),
        row(S::GrantType, "--grant-type", "OAUTH_GRANT_TYPE", "client_credentials", Plain),
        row(S::RefreshTokenFile, "--refresh-token-file", "OAUTH_REFRESH_TOKEN_FILE", "", WrittenFile),
        row(S::AssertionFile, "--assertion-file", "OAUTH_ASSERTION_FILE", "", CredentialFile),
        row(S::AssertionIssuer, "--assertion-issuer", "OAUTH_ASSERTION_ISSUER", "", Plain),
        row(S::AssertionSubject, "--assertion-subject", "OAUTH_ASSERTION_SUBJECT", "", Plain),
        repeatable(S::AssertionClaim, "--assertion-claim", "OAUTH_ASSERTION_CLAIM", Plain, Lines),
        row(S::GoogleServiceAccount, "--google-service-account", "OAUTH_GOOGLE_SERVICE_ACCOUNT", "", CredentialFile),
        row(S::SubjectTokenFile, "--subject-token-file", "OAUTH_SUBJECT_TOKEN_FILE", "", CredentialFile),
        row(S::SubjectToken, "--subject-token", "OAUTH_SUBJECT_TOKEN", "", Source),
        row(S::SubjectTokenType, "--subject-token-type", "OAUTH_SUBJECT_TOKEN_TYPE", "", Plain),
        row(S::ActorTokenFile, "--actor-token-file", "OAUTH_ACTOR_TOKEN_FILE", "", CredentialFile),
        row(S::ActorTokenType, "--actor-token-type", "OAUTH_ACTOR_TOKEN_TYPE", "", Plain),
        row(S::RequestedTokenType, "--requested-token-type", "OAUTH_REQUESTED_TOKEN_TYPE", "", Plain),
        row(S::Username, "--username", "OAUTH_USERNAME", "", Plain),
        secret(S::Password, "OAUTH_PASSWORD"),
        row(S::PasswordFile, "--password-file", "OAUTH_PASSWORD_FILE", "", CredentialFile),
        row(S::Scope, "--scope", "OAUTH_SCOPE", "", Plain),
        row(S::Audience, "--audience", "OAUTH_AUDIENCE", "", Plain),
        repeatable(S::Resource, "--resource", "OAUTH_RESOURCE", Plain, Words),
        repeatable(S::Param, "--param", "OAUTH_PARAM", MaybeCredential, Lines),
        repeatable(S::ParamFile, "--param-file", "OAUTH_PARAM_FILE", CredentialFile, Lines),
        repeatable(S::RequestHeader, "--request-header", "OAUTH_REQUEST_HEADER", MaybeCredential, Lines),
        row(S::Cacert, "--cacert", "OAUTH_CACERT", "", Aim),
        row(S::ConnectTimeout, "--connect-timeout", "OAUTH_CONNECT_TIMEOUT", "10", Plain),
        row(S::MaxTime, "--max-time", "OAUTH_MAX_TIME", "30", Plain),
        row(S::Retry, "--retry", "OAUTH_RETRY", "2", Plain),
        row(S::Proxy, "--proxy", "OAUTH_PROXY", "", Aim),
        row(S::Cache, "--cache", "OAUTH_CACHE", "", Plain),
        row(S::CacheDir, "--cache-dir", "OAUTH_CACHE_DIR", "", Plain),
        row(S::MinTtl, "--min-ttl", "OAUTH_MIN_TTL", "", Plain),
        row(S::AssumeTtl, "--assume-ttl", "OAUTH_ASSUME_TTL", "", Plain),
        row(S::EnvFile, "--env-file", "OAUTH_ENV_FILE", "", Outer),
        row(S::NoEnvFile, "--no-env-file", "OAUTH_NO_ENV_FILE", "", Outer),
        row(S::Verbose, "--verbose", "OAUTH_VERBOSE", "", Outer),
        row(S::Quiet, "--quiet", "OAUTH_QUIET", "", Outer),
    ]
};

impl Row {
    /// Whether it says whom to ask, or is a client's there, or may be a secret that is meant for that server.
    pub fn belongs_to_a_server(&self) -> bool {
        use Setting as S;
        match self.role {
            Role::Credential
            | Role::CredentialFile
            | Role::WrittenFile
            | Role::MaybeCredential
            | Role::Source => true,
            Role::Plain | Role::Aim | Role::Outer => matches!(
                self.setting,
                S::Url
                    | S::Issuer
                    | S::ClientId
                    | S::AuthMethod
                    | S::BasicEncoding
                    | S::KeyId
                    | S::Algorithm
                    | S::SigningCert
                    | S::Thumbprint
                    | S::AssertionAudience
                    | S::AssertionType
            ),
        }
    }
}

impl Setting {
    /// The setting's row.
    pub fn row(self) -> &'static Row {
        &SETTINGS[self as usize]
    }
}

/// The variables that a program run with the token must not inherit.
pub fn secret_variables() -> Vec<&'static str> {
    let is_secret = |row: &&Row| match row.role {
        Role::Credential
        | Role::CredentialFile
        | Role::WrittenFile
        | Role::MaybeCredential
        | Role::Source => true,
        Role::Plain | Role::Aim | Role::Outer => row.setting == Setting::Proxy,
    };
    SETTINGS.iter().filter(is_secret).map(|row| row.variable).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    /// Options that say what is printed or done with the result, and those that no variable may set.
    const NOT_SETTINGS: [&str; 17] = [
        "no_cache",
        "refresh",
        "cache_clear",
        "header",
        "expires_in",
        "expires_at",
        "json",
        "export",
        "github_env",
        "dpop_proof",
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
        let variables = secret_variables();
        for row in &SETTINGS {
            let name = row.variable;
            let is_secret =
                ["SECRET", "SIGNING_KEY", "PASSPHRASE", "PASSWORD", "_FILE", "PARAM", "HEADER", "PROXY"]
                    .iter()
                    .any(|part| name.contains(part));
            let is_secret = is_secret && name != "OAUTH_ENV_FILE" && name != "OAUTH_NO_ENV_FILE";
            assert!(!is_secret || variables.contains(&name), "{name}");
        }
        assert!(["OAUTH_CERT", "OAUTH_KEY", "OAUTH_DPOP_KEY"].iter().all(|name| variables.contains(name)));
    }
}
