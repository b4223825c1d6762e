//! What is exchanged for the token.

use clap::{Args, ValueHint};

/// Options about the grant.
#[derive(Debug, Default, Args)]
#[allow(missing_docs, reason = "the help is the documentation")]
pub struct Grant {
    #[arg(
        long,
        value_name = "GRANT",
        help_heading = "Grant",
        help = "client_credentials, refresh_token, jwt_bearer, token_exchange, password, or another by name or URI;\nby default what the options below are for\n[env: OAUTH_GRANT_TYPE] [default: client_credentials]"
    )]
    pub grant_type: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Grant",
        help = "The refresh token, in a file; a new one takes its place there\n[env: OAUTH_REFRESH_TOKEN_FILE]"
    )]
    pub refresh_token_file: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Grant",
        help = "jwt_bearer: the assertion, in a file\n[env: OAUTH_ASSERTION_FILE]"
    )]
    pub assertion_file: Option<String>,

    #[arg(
        long,
        value_name = "ISSUER",
        help_heading = "Grant",
        help = "jwt_bearer: sign an assertion with `--signing-key`, of this issuer; by default the client's id\n[env: OAUTH_ASSERTION_ISSUER]"
    )]
    pub assertion_issuer: Option<String>,

    #[arg(
        long,
        value_name = "SUBJECT",
        help_heading = "Grant",
        help = "jwt_bearer: on whose behalf (`sub`)\n[env: OAUTH_ASSERTION_SUBJECT]"
    )]
    pub assertion_subject: Option<String>,

    #[arg(
        long,
        value_name = "NAME=VALUE",
        help_heading = "Grant",
        help = "jwt_bearer: one more claim, a text; NAME:=JSON for other values; repeatable\n[env: OAUTH_ASSERTION_CLAIM, one a line]"
    )]
    pub assertion_claim: Vec<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Grant",
        help = "jwt_bearer: everything from a key file of Google's; it needs nothing else but a scope\n[env: OAUTH_GOOGLE_SERVICE_ACCOUNT]"
    )]
    pub google_service_account: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Grant",
        help = "token_exchange: the token of the one on whose behalf, in a file\n[env: OAUTH_SUBJECT_TOKEN_FILE]"
    )]
    pub subject_token_file: Option<String>,

    #[arg(
        long,
        value_name = "SOURCE",
        help_heading = "Grant",
        help = "token_exchange: the same, asked for where this runs: github-actions\n[env: OAUTH_SUBJECT_TOKEN]"
    )]
    pub subject_token: Option<String>,

    #[arg(
        long,
        value_name = "TYPE",
        help_heading = "Grant",
        help = "token_exchange: its type, a URI or access_token, id_token, jwt, …\n[env: OAUTH_SUBJECT_TOKEN_TYPE] [default: access_token]"
    )]
    pub subject_token_type: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Grant",
        help = "token_exchange: the token of the one who acts, in a file\n[env: OAUTH_ACTOR_TOKEN_FILE]"
    )]
    pub actor_token_file: Option<String>,

    #[arg(
        long,
        value_name = "TYPE",
        help_heading = "Grant",
        help = "token_exchange: its type\n[env: OAUTH_ACTOR_TOKEN_TYPE] [default: access_token]"
    )]
    pub actor_token_type: Option<String>,

    #[arg(
        long,
        value_name = "TYPE",
        help_heading = "Grant",
        help = "token_exchange: the type of token that is wanted\n[env: OAUTH_REQUESTED_TOKEN_TYPE]"
    )]
    pub requested_token_type: Option<String>,

    #[arg(
        long,
        value_name = "NAME",
        help_heading = "Grant",
        help = "password: whose; RFC 9700 forbids this grant\n[env: OAUTH_USERNAME]"
    )]
    pub username: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Grant",
        help = "password: the password, in a file\n[env: OAUTH_PASSWORD_FILE, or the password itself in OAUTH_PASSWORD]"
    )]
    pub password_file: Option<String>,
}
