//! [`Source`]: where a token comes from that a request must carry, for some are not at hand before the program
//! begins to ask.

use std::path::PathBuf;

use super::found::Found;
use super::setting::Setting;
use super::sources::Sources;
use crate::error::Failure;
use crate::federation::{GITHUB_ACTIONS, Runner};
use crate::secret::Secret;

/// Where a token comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// It is here.
    Ready(Secret),
    /// In a file that is locked while it is used, and replaced.
    RefreshFile {
        /// The file.
        path: PathBuf,
        /// How messages name it.
        subject: String,
    },
    /// The runner gives it.
    Runner(Runner),
}

/// The place that a setting names.
pub fn named_source(sources: &Sources, found: &Found) -> Result<Source, Failure> {
    if found.value() != GITHUB_ACTIONS {
        return Err(Failure::usage(format!("{} names no place that is known", found.subject()))
            .hint(format!("write `{GITHUB_ACTIONS}`; an assertion itself is kept in a file, see `--help`")));
    }
    let audience = sources.find(Setting::AssertionAudience)?;
    let variable = |name: &str| sources.environment.value(name);
    Runner::new(&variable, audience.as_ref().map(Found::value)).map(Source::Runner)
}
