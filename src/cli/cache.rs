//! Tokens that are kept for the next run.

use clap::{Args, ValueHint};

/// Options about the cache.
#[derive(Debug, Default, Args)]
#[allow(missing_docs, reason = "the help is the documentation")]
#[allow(clippy::struct_excessive_bools, reason = "a flag is a bool")]
pub struct Cache {
    #[arg(
        long,
        help_heading = "Cache",
        help = "Keep the token, encrypted, and use it again while it is valid [env: OAUTH_CACHE=1]"
    )]
    pub cache: bool,

    #[arg(long, help_heading = "Cache", help = "Neither read nor write the cache")]
    pub no_cache: bool,

    #[arg(long, help_heading = "Cache", help = "Ask for a new token, and keep it")]
    pub refresh: bool,

    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Cache",
        help = "Use a kept token only if it is valid for this long, as in 90, 90s, 5m or 1h;\nby default a minute or a tenth of its lifetime, whichever is less [env: OAUTH_MIN_TTL]"
    )]
    pub min_ttl: Option<String>,

    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        help_heading = "Cache",
        help = "Keep a token of unknown lifetime for this long [env: OAUTH_ASSUME_TTL]"
    )]
    pub assume_ttl: Option<String>,

    #[arg(
        long,
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        help_heading = "Cache",
        help = "The directory of the cache; by default oauth-token in the user's cache directory\n[env: OAUTH_CACHE_DIR]"
    )]
    pub cache_dir: Option<String>,

    #[arg(long, help_heading = "Cache", help = "Remove everything that was kept, and do nothing else")]
    pub cache_clear: bool,
}
