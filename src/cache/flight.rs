//! Single flight: of all the processes that want one token, one asks, and the others wait for what it is told.

use std::time::Duration;

use super::place::Waited;
use super::{Cache, Held};
use crate::error::{Exit, Failure};
use crate::response::Token;

/// A token that has been asked for, and the server's nonce for the next proof.
pub struct Answer {
    /// The token.
    pub token: Token,
    /// The nonce.
    pub nonce: Option<String>,
    /// Whether it is in the cache already: by a refresh token, which makes the entry, and may have changed.
    pub kept: bool,
}

/// How a token was come by.
#[derive(Debug)]
pub enum Flight {
    /// It was in the cache.
    Cached(Token),
    /// It was asked for.
    Fetched(Token),
    /// It was in the cache, and is not valid for long; but the server is unwell for this reason.
    Bridged(Token, Failure),
}

impl Flight {
    /// The token.
    pub fn token(self) -> Token {
        match self {
            Self::Cached(token) | Self::Fetched(token) | Self::Bridged(token, _) => token,
        }
    }
}

impl Cache {
    /// Gets the token: from the cache, from a process that is asking already, or by `ask`, whose argument is the last
    /// nonce. `now` tells the time in seconds of the Unix epoch; nobody is waited for longer than `patience`.
    pub fn get(
        &self,
        now: &dyn Fn() -> i64,
        patience: Duration,
        ask: &dyn Fn(Option<&str>) -> Result<Answer, Failure>,
    ) -> Result<Flight, Failure> {
        if let Some(answered) = self.answered(now()) {
            return answered;
        }
        match self.note(self.place.lock(patience)) {
            Some(Waited::Held(_lock)) => self.answered(now()).unwrap_or_else(|| self.fetch(now, ask)),
            // What another was told is not kept: to ask one after the other would help nobody.
            Some(Waited::Released) => self.answered(now()).unwrap_or_else(|| self.fetch(now, ask)),
            // Where the lock cannot be had, more requests than one are better than none.
            None => self.fetch(now, ask),
            Some(Waited::TooLong) => self.bridge(now, waited_too_long(patience)),
        }
    }

    /// What is known without asking: a token, or what another process has just been told.
    fn answered(&self, now: i64) -> Option<Result<Flight, Failure>> {
        if self.policy.refresh {
            return None;
        }
        match self.look(now) {
            Held::Fresh(token) => Some(Ok(Flight::Cached(token))),
            Held::Ending(_) | Held::Nothing => self.refusal(now).map(Err),
        }
    }

    fn fetch(
        &self,
        now: &dyn Fn() -> i64,
        ask: &dyn Fn(Option<&str>) -> Result<Answer, Failure>,
    ) -> Result<Flight, Failure> {
        match ask(self.nonce().as_deref()) {
            Ok(Answer { token, nonce, kept }) => {
                if !kept {
                    self.store(&token, nonce);
                }
                Ok(Flight::Fetched(token))
            }
            Err(failure) => {
                if matches!(failure.exit, Exit::Client | Exit::Request) {
                    self.store_refusal(&failure, now());
                }
                self.bridge(now, failure)
            }
        }
    }

    /// While the server is unwell, a token that is still valid is better than none, unless the user demanded more.
    fn bridge(&self, now: &dyn Fn() -> i64, failure: Failure) -> Result<Flight, Failure> {
        let may_pass = matches!(failure.exit, Exit::Connection | Exit::Timeout | Exit::Unwell);
        if !may_pass || self.policy.refresh || self.policy.min_ttl.is_some() {
            return Err(failure);
        }
        match self.look(now()) {
            Held::Fresh(token) | Held::Ending(token) => Ok(Flight::Bridged(token, failure)),
            Held::Nothing => Err(failure),
        }
    }
}

fn waited_too_long(patience: Duration) -> Failure {
    let message = format!(
        "out of time: another process has been asking for the same token for {}",
        crate::http::seconds(patience)
    );
    Failure::new(Exit::Timeout, message).hint("try later, or allow more time with `--max-time`")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::path::Path;

    use super::super::{Identity, Policy};
    use super::*;
    use crate::response::Fields;
    use crate::secret::Secret;

    fn cache(directory: &Path, policy: Policy) -> Cache {
        let mut identity = Identity::default();
        identity.add_secret("secret", b"s");
        Cache::new(directory.join("cache"), &identity, policy).unwrap()
    }

    fn answer(expires_in: i64, at: i64) -> Answer {
        let fields =
            Fields::parse(&format!(r#"{{"access_token":"t{at}","expires_in":{expires_in}}}"#)).unwrap();
        let token = Token {
            access_token: Secret::new(format!("t{at}")),
            token_type: None,
            expires_in: Some(expires_in),
            received_at: at,
            fields,
        };
        Answer { token, nonce: Some(format!("n{at}")), kept: false }
    }

    /// What a process gets that asks at this time, from a server whose tokens live so long.
    fn get(directory: &Path, policy: Policy, at: i64, lifetime: i64) -> String {
        let flight =
            cache(directory, policy).get(&|| at, Duration::ZERO, &|_| Ok(answer(lifetime, at))).unwrap();
        match flight {
            Flight::Cached(token) => {
                format!("cached {} {}", token.access_token.expose(), token.expires_in.unwrap())
            }
            Flight::Fetched(token) => format!("fetched {}", token.access_token.expose()),
            Flight::Bridged(token, _) => format!("bridged {}", token.access_token.expose()),
        }
    }

    #[test]
    fn a_token_is_used_again_until_its_margin() {
        let directory = tempfile::tempdir().unwrap();
        let get = |at| get(directory.path(), Policy::default(), at, 600);
        assert_eq!(get(1000), "fetched t1000");
        assert_eq!(get(1000), "cached t1000 600");
        assert_eq!(get(1540), "cached t1000 60");
        assert_eq!(get(1541), "fetched t1541");
        assert_eq!(get(1500), "fetched t1500", "the clock stands before the time of issue");
    }

    #[test]
    fn the_users_demands_come_before_the_margin() {
        let directory = tempfile::tempdir().unwrap();
        let with = |policy, at| get(directory.path(), policy, at, 600);
        let min_ttl = |seconds| Policy { min_ttl: Some(seconds), ..Policy::default() };
        assert_eq!(with(Policy::default(), 1000), "fetched t1000");
        assert_eq!(with(min_ttl(500), 1101), "fetched t1101");
        assert_eq!(with(min_ttl(1), 1700), "cached t1101 1");
        assert_eq!(with(Policy { refresh: true, ..Policy::default() }, 1102), "fetched t1102");
        assert_eq!(with(Policy::default(), 1103), "cached t1102 599");
    }

    #[test]
    fn a_server_that_hands_out_an_ending_token_is_asked_once_each_time() {
        let directory = tempfile::tempdir().unwrap();
        let asked = Cell::new(0);
        for _ in 0..3 {
            let ask = |_: Option<&str>| {
                asked.set(asked.get() + 1);
                Ok(answer(5, 1000))
            };
            let policy = Policy { min_ttl: Some(100), ..Policy::default() };
            assert!(matches!(
                cache(directory.path(), policy).get(&|| 1000, Duration::ZERO, &ask),
                Ok(Flight::Fetched(_))
            ));
        }
        assert_eq!(asked.get(), 3);
    }

    #[test]
    fn the_last_nonce_is_used_for_the_next_request() {
        let directory = tempfile::tempdir().unwrap();
        get(directory.path(), Policy::default(), 1000, 600);
        let nonce = |nonce: Option<&str>| {
            assert_eq!(nonce, Some("n1000"));
            Ok(answer(600, 2000))
        };
        assert!(cache(directory.path(), Policy::default()).get(&|| 2000, Duration::ZERO, &nonce).is_ok());
    }

    #[test]
    fn an_outage_is_bridged_by_a_token_that_is_still_valid_unless_more_was_demanded() {
        // A directory for each, for a refusal is kept.
        let at = |exit, policy, now: i64| {
            let directory = tempfile::tempdir().unwrap();
            get(directory.path(), Policy::default(), 1000, 600);
            let ask = |_: Option<&str>| Err(Failure::new(exit, "down"));
            cache(directory.path(), policy).get(&|| now, Duration::ZERO, &ask)
        };
        for exit in [Exit::Connection, Exit::Timeout, Exit::Unwell] {
            assert!(
                matches!(at(exit, Policy::default(), 1590), Ok(Flight::Bridged(token, _)) if token.expires_in == Some(10))
            );
            assert!(at(exit, Policy::default(), 1600).is_err(), "it has expired");
            assert!(at(exit, Policy { min_ttl: Some(60), ..Policy::default() }, 1590).is_err());
            assert!(at(exit, Policy { refresh: true, ..Policy::default() }, 1590).is_err());
        }
        for exit in [Exit::Client, Exit::Request, Exit::Tls, Exit::NotAToken] {
            assert!(at(exit, Policy::default(), 1590).is_err(), "{exit:?}");
        }
    }

    #[test]
    fn a_refusal_speaks_for_those_that_ask_at_the_same_time() {
        let mut directory = tempfile::tempdir().unwrap();
        for exit in [Exit::Request, Exit::Client] {
            directory = tempfile::tempdir().unwrap();
            let asked = Cell::new(0);
            let at = |now: i64| {
                let ask = |_: Option<&str>| {
                    asked.set(asked.get() + 1);
                    Err(Failure::new(exit, "no such client").hint("check it"))
                };
                cache(directory.path(), Policy::default()).get(&|| now, Duration::ZERO, &ask).unwrap_err()
            };
            for (now, requests) in [(1000, 1), (1000, 1), (1005, 1), (1006, 2), (1005, 3)] {
                let failure = at(now);
                assert_eq!(failure.exit, exit);
                assert!(failure.message.starts_with("no such client"), "{}", failure.message);
                assert_eq!((failure.hint.as_deref(), asked.get()), (Some("check it"), requests), "at {now}");
            }
        }
        assert_eq!(
            get(directory.path(), Policy { refresh: true, ..Policy::default() }, 1006, 600),
            "fetched t1006"
        );
        assert_eq!(get(directory.path(), Policy::default(), 1006, 600), "cached t1006 600");
    }

    #[test]
    fn a_cache_that_cannot_be_used_costs_nothing_but_a_word() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("cache"), "a file").unwrap();
        let cache = cache(directory.path(), Policy::default());
        let flight = cache.get(&|| 1000, Duration::ZERO, &|_| Ok(answer(600, 1000))).unwrap();
        assert!(matches!(flight, Flight::Fetched(_)));
        let trouble = cache.trouble().unwrap();
        assert!(trouble.starts_with("the cache is not used: it is no directory: /"), "{trouble}");
    }
}
