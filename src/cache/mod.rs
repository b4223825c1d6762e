//! [`Cache`]: tokens on disk, encrypted with a key that is made of the client's own secrets, and one request
//! however many processes ask. Whatever is wrong with the cache, the token is fetched as if there were none.

mod entry;
mod flight;
mod identity;
mod own;
mod place;
mod sweep;

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::error::{Exit, Failure};
use crate::response::{Fields, Token};
use crate::text::io_reason;

use entry::Entry;
use identity::Derived;
use place::{Kind, Place};

pub use flight::{Answer, Flight};
pub use identity::Identity;

/// How many seconds a refusal speaks for the processes that ask the same: long enough for those that
/// were started together, too short to be in the way of whoever mends the client.
const REFUSAL_LIFETIME: i64 = 5;

/// What the user demands of a cached token.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// Ask anew, whatever is there.
    pub refresh: bool,
    /// How many seconds must be left.
    pub min_ttl: Option<i64>,
    /// How many seconds a token is valid whose server does not say.
    pub assume_ttl: Option<i64>,
}

/// One entry, and the rules for it.
pub struct Cache {
    place: Place,
    derived: Derived,
    policy: Policy,
    trouble: RefCell<Option<String>>,
}

/// What the cache holds for a request.
#[derive(Debug)]
pub enum Held {
    /// A token that is valid for long enough.
    Fresh(Token),
    /// A token that is still valid, though not for long enough.
    Ending(Token),
    /// Nothing of use.
    Nothing,
}

impl Cache {
    /// The cache below a directory, for one request.
    pub fn new(directory: PathBuf, identity: &Identity, policy: Policy) -> anyhow::Result<Self> {
        let derived = identity.derive()?;
        let place = Place::new(directory, &derived.name);
        Ok(Self { place, derived, policy, trouble: RefCell::default() })
    }

    /// The file of the entry.
    pub fn path(&self) -> PathBuf {
        self.place.path(Kind::Token)
    }

    /// What the cache holds at this time, in seconds of the Unix epoch.
    pub fn look(&self, now: i64) -> Held {
        let Some(entry) = self.entry() else { return Held::Nothing };
        let left = entry.left(now);
        let needed = self.policy.min_ttl.unwrap_or_else(|| entry.margin());
        match entry.token(now) {
            Some(token) if left > 0 && left >= needed => Held::Fresh(token),
            Some(token) if left > 0 => Held::Ending(token),
            _ => Held::Nothing,
        }
    }

    /// Whether the server is asked, whatever the cache holds.
    pub fn is_to_refresh(&self) -> bool {
        self.policy.refresh
    }

    /// The token, where the cache would answer with it.
    pub fn kept(&self, now: i64) -> Option<Token> {
        match self.look(now) {
            Held::Fresh(token) if !self.policy.refresh => Some(token),
            _ => None,
        }
    }

    /// The last nonce for DPoP that came from this server (RFC 9449 section 8.2).
    pub fn nonce(&self) -> Option<String> {
        self.entry()?.nonce
    }

    fn entry(&self) -> Option<Entry> {
        self.read(Kind::Token).and_then(|bytes| Entry::open(&self.derived, &bytes))
    }

    fn read(&self, kind: Kind) -> Option<Vec<u8>> {
        self.note(self.place.read(kind)).flatten()
    }

    /// Whether a token of this kind is kept at all: nobody knows how long one is valid whose server does not say.
    pub fn keeps(&self, token: &Token) -> bool {
        Entry::new(token, self.policy.assume_ttl, None).is_some()
    }

    /// Keeps a token.
    pub fn store(&self, token: &Token, nonce: Option<String>) {
        let Some(entry) = Entry::new(token, self.policy.assume_ttl, nonce) else { return };
        if let Ok(bytes) = entry.seal(&self.derived) {
            self.note(self.place.write(Kind::Token, &bytes));
        }
        self.place.remove(Kind::Refusal);
    }

    /// Keeps the server's refusal of the client, for the processes that wait to ask the same.
    fn store_refusal(&self, failure: &Failure, now: i64) {
        let text = json!({ "exit": failure.exit.code(), "message": failure.message, "hint": failure.hint, "at": now }).to_string();
        if let Ok(bytes) = entry::seal(&self.derived, text.as_bytes()) {
            self.note(self.place.write(Kind::Refusal, &bytes));
        }
    }

    /// The refusal that another process has just been given.
    fn refusal(&self, now: i64) -> Option<Failure> {
        let text = entry::open(&self.derived, &self.read(Kind::Refusal)?)?;
        let members = Fields::parse(std::str::from_utf8(&text).ok()?)?;
        let age = now.checked_sub(members.integer("at")?)?;
        if !(0..=REFUSAL_LIFETIME).contains(&age) {
            return None;
        }
        let exit = if members.integer("exit") == Some(i64::from(Exit::Client.code())) {
            Exit::Client
        } else {
            Exit::Request
        };
        let message = format!("{}, as another process was told {age} s ago", members.text("message")?);
        Some(Failure::new(exit, message).maybe_hint(members.text("hint")))
    }

    /// What is wrong with the cache, to be told once.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.borrow().clone()
    }

    /// Keeps the first trouble for a word at the end; whatever it was, the token is had without the cache.
    fn note<T>(&self, result: io::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let told = || format!("the cache is not used: {}: {}", io_reason(&error), self.place.shown());
                self.trouble.borrow_mut().get_or_insert_with(told);
                None
            }
        }
    }
}

/// Removes every file that a cache below this directory has written.
pub fn clear(directory: &Path) -> Result<(), Failure> {
    sweep::all(directory).map_err(|error| {
        let shown = crate::text::escape(&directory.display().to_string());
        Failure::new(Exit::Output, format!("the cache cannot be cleared: {}: {shown}", io_reason(&error)))
            .hint("remove the directory yourself")
    })
}

/// Where the cache is unless the user says otherwise: a directory of the user's own, and none where there is none.
pub fn default_directory(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    let base = if cfg!(target_vendor = "apple") {
        absolute("HOME")?.join("Library/Caches")
    } else if cfg!(windows) {
        absolute("LOCALAPPDATA")?
    } else {
        match absolute("XDG_CACHE_HOME") {
            Some(base) => base,
            None => absolute("HOME")?.join(".cache"),
        }
    };
    Some(base.join("oauth-token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(variables: &[(&str, &str)]) -> Option<PathBuf> {
        default_directory(&|name| {
            variables.iter().find(|(own, _)| *own == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    #[cfg(all(unix, not(target_vendor = "apple")))]
    fn the_directory_is_xdgs_or_below_home_and_never_relative() {
        let below_home = Some(PathBuf::from("/home/me/.cache/oauth-token"));
        assert_eq!(directory(&[("HOME", "/home/me")]), below_home);
        assert_eq!(directory(&[("HOME", "/home/me"), ("XDG_CACHE_HOME", "relative")]), below_home);
        assert_eq!(directory(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]), Some("/x/oauth-token".into()));
        assert_eq!(directory(&[("HOME", "home")]), None);
        assert_eq!(directory(&[("HOME", "")]), None);
        assert_eq!(directory(&[]), None);
    }
}
