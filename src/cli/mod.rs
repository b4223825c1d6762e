//! What may be typed. Every value is text here: what it means, and whether it can be meant, is for `config`
//! to say.

mod parse;

use std::ffi::OsString;

use clap::{ArgGroup, Parser, ValueHint};

pub use parse::{Typed, failing_export, parse};

/// The default of `--name`.
pub const DEFAULT_NAME: &str = "OAUTH_ACCESS_TOKEN";

const OUTPUT: &str = "Output, one of (default: the token alone)";

const AFTER_HELP: &str = "\
The client's id and secret come from OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, in the environment or in
./.env. The command line comes before the environment, a file named by --env-file, and ./.env.

Exit codes: 0 success, 1 bug, 2 usage, 3 configuration, 4 client rejected, 5 request rejected,
6 no connection, 7 TLS, 8 out of time, 9 server unwell, 10 no token, 11 not written; with COMMAND, its own.";

/// Get an OAuth 2.0 access token for a script or a CI job
#[derive(Debug, Parser)]
#[command(
    name = "oauth-token",
    version,
    override_usage = "oauth-token [OPTIONS] [-- COMMAND [ARG]...]",
    after_help = AFTER_HELP,
    group = ArgGroup::new("format").args(["header", "expires_in", "expires_at", "json", "export", "github_env", "command"]),
)]
#[allow(missing_docs, reason = "the help is the documentation")]
#[allow(clippy::struct_excessive_bools, reason = "a flag is a bool, and there are many")]
pub struct Cli {
    #[arg(long, visible_aliases = ["token-url", "token-endpoint"], value_name = "URL", help_heading = "Endpoint", help = "The token endpoint\n[env: OAUTH_TOKEN_URL]")]
    pub url: Option<String>,

    #[arg(
        long,
        value_name = "ID",
        help_heading = "Client",
        help = "The client's id\n[env: OAUTH_CLIENT_ID]"
    )]
    pub client_id: Option<String>,

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Client",
        help = "Read the secret from a file (`-`: stdin), not from OAUTH_CLIENT_SECRET\n[env: OAUTH_CLIENT_SECRET_FILE]"
    )]
    pub client_secret_file: Option<String>,

    #[arg(
        long,
        value_name = "METHOD",
        help_heading = "Client",
        help = "client_secret_basic, client_secret_post (short: basic, post), or none\n[env: OAUTH_AUTH_METHOD] [default: client_secret_basic]"
    )]
    pub auth_method: Option<String>,

    #[arg(
        long,
        value_name = "form|raw",
        help_heading = "Client",
        help = "The spelling within Basic: by RFC 6749, or for servers that do not decode\n[env: OAUTH_BASIC_ENCODING] [default: form]"
    )]
    pub basic_encoding: Option<String>,

    #[arg(
        long,
        value_name = "GRANT",
        help_heading = "Request",
        help = "The grant, by name or URI\n[env: OAUTH_GRANT_TYPE] [default: client_credentials]"
    )]
    pub grant_type: Option<String>,

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

    #[arg(long, help_heading = OUTPUT, help = "Print `Authorization: Bearer TOKEN`, for `curl -H @-`")]
    pub header: bool,

    #[arg(long, help_heading = OUTPUT, help = "Print how many seconds the token is valid for")]
    pub expires_in: bool,

    #[arg(long, help_heading = OUTPUT, help = "Print when the token expires, in seconds since 1970 UTC")]
    pub expires_at: bool,

    #[arg(long, help_heading = OUTPUT, help = "Print every field that the server sent, on one line, and `expires_at`")]
    pub json: bool,

    #[arg(long, help_heading = OUTPUT, help = "Print a line for `eval $(…)` that exports the token, or fails without one")]
    pub export: bool,

    #[arg(long, help_heading = OUTPUT, help = "Mask the token and add it to $GITHUB_ENV, for the next steps of a job")]
    pub github_env: bool,

    #[arg(
        long,
        value_name = "SHELL",
        help_heading = "Output, more",
        help = "Write `--export` for sh, fish, powershell, cmd, csh or nu [default: sh]"
    )]
    pub shell: Option<String>,

    #[arg(
        long,
        value_name = "VAR",
        help_heading = "Output, more",
        help = "The variable for `--export`, `--github-env` and COMMAND\n[default: OAUTH_ACCESS_TOKEN]"
    )]
    pub name: Option<String>,

    #[arg(long, help_heading = "Output, more", help = "Print no line break at the end")]
    pub no_newline: bool,

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

    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Settings",
        help = "Read settings from this file too, and trust it\n[env: OAUTH_ENV_FILE]"
    )]
    pub env_file: Option<String>,

    #[arg(long, help_heading = "Settings", help = "Do not read ./.env [env: OAUTH_NO_ENV_FILE]")]
    pub no_env_file: bool,

    #[arg(
        long,
        conflicts_with = "export",
        help_heading = "Settings",
        help = "Print every setting, where it comes from, and the request; send nothing"
    )]
    pub explain: bool,

    #[arg(
        short,
        long,
        conflicts_with = "quiet",
        help_heading = "Settings",
        help = "Tell what is sent and answered, and how long it took [env: OAUTH_VERBOSE]"
    )]
    pub verbose: bool,

    #[arg(
        short,
        long,
        help_heading = "Settings",
        help = "No warnings and no hints, errors alone [env: OAUTH_QUIET]"
    )]
    pub quiet: bool,

    #[arg(
        last = true,
        value_name = "COMMAND",
        help = "Run this program with the token in its environment, without the secret"
    )]
    pub command: Vec<OsString>,
}
