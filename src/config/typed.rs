//! What was typed for each setting. The compiler asks for a row where a setting is new.

use super::setting::Setting;
use crate::cli::Cli;

/// What was typed for a setting, in order; nothing for what was not.
#[rustfmt::skip] // a table
pub fn typed(setting: Setting, cli: &Cli) -> Vec<String> {
    use Setting as S;
    let one = |value: &Option<String>| value.iter().cloned().collect();
    let flag = |set: bool| if set { vec!["1".to_owned()] } else { Vec::new() };
    match setting {
        S::ClientSecret | S::SigningKey | S::KeyPassphrase | S::Password => Vec::new(),
        S::Url => one(&cli.url),
        S::Issuer => one(&cli.issuer),
        S::ClientId => one(&cli.client.client_id),
        S::ClientSecretFile => one(&cli.client.client_secret_file),
        S::AuthMethod => one(&cli.client.auth_method),
        S::BasicEncoding => one(&cli.client.basic_encoding),
        S::SigningKeyFile => one(&cli.client.signing_key),
        S::KeyPassphraseFile => one(&cli.client.key_passphrase_file),
        S::KeyId => one(&cli.client.key_id),
        S::Algorithm => one(&cli.client.algorithm),
        S::SigningCert => one(&cli.client.signing_cert),
        S::Thumbprint => one(&cli.client.thumbprint),
        S::AssertionAudience => one(&cli.client.assertion_audience),
        S::AssertionType => one(&cli.client.assertion_type),
        S::AssertionLifetime => one(&cli.client.assertion_lifetime),
        S::ClientAssertionFile => one(&cli.client.client_assertion_file),
        S::ClientAssertion => one(&cli.client.client_assertion),
        S::Cert => one(&cli.client.cert),
        S::Key => one(&cli.client.key),
        S::DpopKey => one(&cli.client.dpop_key),
        S::GrantType => one(&cli.grant.grant_type),
        S::RefreshTokenFile => one(&cli.grant.refresh_token_file),
        S::AssertionFile => one(&cli.grant.assertion_file),
        S::AssertionIssuer => one(&cli.grant.assertion_issuer),
        S::AssertionSubject => one(&cli.grant.assertion_subject),
        S::AssertionClaim => cli.grant.assertion_claim.clone(),
        S::GoogleServiceAccount => one(&cli.grant.google_service_account),
        S::SubjectTokenFile => one(&cli.grant.subject_token_file),
        S::SubjectToken => one(&cli.grant.subject_token),
        S::SubjectTokenType => one(&cli.grant.subject_token_type),
        S::ActorTokenFile => one(&cli.grant.actor_token_file),
        S::ActorTokenType => one(&cli.grant.actor_token_type),
        S::RequestedTokenType => one(&cli.grant.requested_token_type),
        S::Username => one(&cli.grant.username),
        S::PasswordFile => one(&cli.grant.password_file),
        S::Scope => cli.request.scope.clone(),
        S::Audience => cli.request.audience.clone(),
        S::Resource => cli.request.resource.clone(),
        S::Param => cli.request.param.clone(),
        S::ParamFile => cli.request.param_file.clone(),
        S::RequestHeader => cli.request.request_header.clone(),
        S::Cacert => one(&cli.transport.cacert),
        S::ConnectTimeout => one(&cli.transport.connect_timeout),
        S::MaxTime => one(&cli.transport.max_time),
        S::Retry => one(&cli.transport.retry),
        S::Proxy => one(&cli.transport.proxy),
        S::Cache => flag(cli.cache.cache),
        S::CacheDir => one(&cli.cache.cache_dir),
        S::MinTtl => one(&cli.cache.min_ttl),
        S::AssumeTtl => one(&cli.cache.assume_ttl),
        S::EnvFile => one(&cli.env_file),
        S::NoEnvFile => flag(cli.no_env_file),
        S::Verbose => flag(cli.verbose),
        S::Quiet => flag(cli.quiet),
    }
}
