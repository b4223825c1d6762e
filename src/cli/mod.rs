//! What may be typed. Every value is text here: what it means, and whether it can be meant, is for `config`
//! to say.

mod cache;
mod client;
mod grant;
mod parse;
mod request;
mod typo;

use std::ffi::OsString;

use clap::{ArgGroup, Parser, ValueHint};

pub use cache::Cache;
pub use client::Client;
pub use grant::Grant;
pub use parse::{Typed, failing_export, parse};
pub use request::{Request, Transport};

/// The default of `--name`.
pub const DEFAULT_NAME: &str = "OAUTH_ACCESS_TOKEN";

const OUTPUT: &str = "Output, one of (default: the token alone)";

const AFTER_HELP: &str = "\
The client's id and secret come from OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, in the environment or in
./.env. The command line comes before the environment, a file named by --env-file, and ./.env.

Exit codes: 0 success, 1 bug, 2 usage, 3 configuration, 4 client rejected, 5 request rejected,
6 no connection, 7 TLS, 8 out of time, 9 server unwell, 10 no token, 11 not written; with COMMAND, its own.";

/// Get an OAuth 2.0 access token for a script or a CI job
#[derive(Debug, Default, Parser)]
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
        value_name = "URL",
        help_heading = "Endpoint",
        help = "The issuer, whose metadata tell the endpoint and the method\n[env: OAUTH_ISSUER]"
    )]
    pub issuer: Option<String>,

    #[command(flatten)]
    pub client: Client,

    #[command(flatten)]
    pub grant: Grant,

    #[command(flatten)]
    pub request: Request,

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
        value_name = "METHOD URL",
        conflicts_with_all = ["expires_in", "expires_at", "json", "export", "github_env", "command"],
        help_heading = OUTPUT,
        help = "Print the `DPoP:` line for this call to an API; with `--header`, both lines"
    )]
    pub dpop_proof: Option<String>,

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

    #[command(flatten)]
    pub transport: Transport,

    #[command(flatten)]
    pub cache: Cache,

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

impl Cli {
    /// Whether it is said what shall become of the token.
    pub fn has_format(&self) -> bool {
        self.header
            || self.expires_in
            || self.expires_at
            || self.json
            || self.export
            || self.github_env
            || self.dpop_proof.is_some()
            || !self.command.is_empty()
    }
}
