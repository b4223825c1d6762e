//! What is asked for, and the way to the server.

use clap::{Args, ValueHint};

/// Options about what is asked for.
#[derive(Debug, Default, Args)]
#[allow(missing_docs, reason = "the help is the documentation")]
pub struct Request {
    #[arg(
        long,
        value_name = "SCOPE",
        help_heading = "Request",
        help = "A scope, or several separated by spaces; repeatable\n[env: OAUTH_SCOPE]"
    )]
    pub scope: Vec<String>,

    #[arg(
        long,
        value_name = "AUDIENCE",
        help_heading = "Request",
        help = "The API that the token is for, as Auth0 has it; repeatable\n[env: OAUTH_AUDIENCE]"
    )]
    pub audience: Vec<String>,

    #[arg(
        long,
        value_name = "URI",
        help_heading = "Request",
        help = "The resource that the token is for (RFC 8707); repeatable\n[env: OAUTH_RESOURCE, separated by spaces]"
    )]
    pub resource: Vec<String>,

    #[arg(
        long,
        value_name = "NAME=VALUE",
        help_heading = "Request",
        help = "One more form parameter; repeatable\n[env: OAUTH_PARAM, one a line]"
    )]
    pub param: Vec<String>,

    #[arg(
        long,
        value_name = "NAME=FILE",
        help_heading = "Request",
        help = "One more form parameter, a secret one, from a file; repeatable\n[env: OAUTH_PARAM_FILE, one a line]"
    )]
    pub param_file: Vec<String>,

    #[arg(
        long,
        value_name = "NAME: VALUE",
        help_heading = "Request",
        help = "One more header field; repeatable\n[env: OAUTH_REQUEST_HEADER, one a line]"
    )]
    pub request_header: Vec<String>,
}

/// Options about the connection.
#[derive(Debug, Default, Args)]
#[allow(missing_docs, reason = "the help is the documentation")]
pub struct Transport {
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Transport",
        help = "Trust these certificate authorities too, in PEM\n[env: OAUTH_CACERT]"
    )]
    pub cacert: Option<String>,

    #[arg(
        long,
        value_name = "SECONDS",
        allow_hyphen_values = true,
        help_heading = "Transport",
        help = "Give up on a connection after this long\n[env: OAUTH_CONNECT_TIMEOUT] [default: 10]"
    )]
    pub connect_timeout: Option<String>,

    #[arg(
        long,
        value_name = "SECONDS",
        allow_hyphen_values = true,
        help_heading = "Transport",
        help = "Give up altogether after this long, retries included\n[env: OAUTH_MAX_TIME] [default: 30]"
    )]
    pub max_time: Option<String>,

    #[arg(
        long,
        value_name = "TIMES",
        allow_hyphen_values = true,
        help_heading = "Transport",
        help = "Try again this often after passing faults\n[env: OAUTH_RETRY] [default: 2]"
    )]
    pub retry: Option<String>,

    #[arg(
        long,
        value_name = "URL",
        help_heading = "Transport",
        help = "Tunnel through this proxy, for https only; empty for none\n[env: OAUTH_PROXY, https_proxy, all_proxy; exceptions: no_proxy]"
    )]
    pub proxy: Option<String>,

    #[arg(
        long,
        help_heading = "Transport",
        help = "Send credentials over http:// beyond this machine, for all to read"
    )]
    pub allow_http: bool,
}
