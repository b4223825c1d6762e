//! All that is said on stderr: errors and hints, warnings, and with `-v` what was sent and answered. It says
//! nothing that has not been cleared of secrets.

use std::cell::Cell;
use std::path::Path;

use crate::cache::Flight;
use crate::config::explain;
use crate::config::sources::Verbosity;
use crate::error::Failure;
use crate::http::{Event, ProxyChoice, Reply, TellPhase, seconds};
use crate::output::{Format, tell};
use crate::redact::Redactor;
use crate::request::TokenRequest;
use crate::response::fields::map_strings;
use crate::response::{Fields, Token};
use crate::secret::REDACTED;
use crate::secret_name::may_be_secret;
use crate::shown_url::shown_url;
use crate::text::escape;

/// A lifetime beyond this many seconds, a year, is more likely to be one in milliseconds.
const LONG_LIFETIME: i64 = 366 * 24 * 60 * 60;

/// How many fields of an answer are told. No token response has more.
const MOST_FIELDS: usize = 100;

/// How much of a field is looked at, in characters.
const MOST_OF_A_FIELD: usize = 2 * 1024;

/// How much is said.
#[derive(Default)]
pub struct Report {
    verbose: Cell<bool>,
    quiet: Cell<bool>,
}

impl Report {
    /// Says so much.
    pub fn set(&self, verbosity: Verbosity) {
        self.verbose.set(verbosity == Verbosity::Verbose);
        self.quiet.set(verbosity == Verbosity::Quiet);
    }

    /// What happened, and what to do about it.
    pub fn fail(&self, failure: &Failure) {
        tell(&format!("oauth-token: error: {}", failure.message));
        if let Some(hint) = failure.hint.as_ref().filter(|_| !self.quiet.get()) {
            tell(&format!("oauth-token: hint: {hint}"));
        }
    }

    /// What the user should know though it stops nothing.
    pub fn warn(&self, warning: &str) {
        if !self.quiet.get() {
            tell(&format!("oauth-token: warning: {warning}"));
        }
    }

    /// How the token was come by, as far as the user should know.
    pub fn tell_flight(
        &self,
        flight: &Flight,
        file: &Path,
        min_ttl: Option<i64>,
        is_kept: &dyn Fn(&Token) -> bool,
    ) {
        let left = |token: &Token| token.lifetime().unwrap_or_default();
        match flight {
            Flight::Cached(token) if self.verbose.get() => {
                let file = escape(&file.display().to_string());
                tell(&format!("* from the cache, valid for another {} s: {file}", left(token)));
            }
            Flight::Bridged(token, failure) => self.warn(&format!(
                "{failure}: the token comes from the cache, and is valid for another {} s",
                left(token)
            )),
            Flight::Fetched(token) if min_ttl.is_some_and(|min_ttl| left(token) < min_ttl) => {
                self.warn(&format!(
                    "the server gives tokens that are valid for {} s, less than `--min-ttl`",
                    left(token)
                ));
            }
            Flight::Fetched(token) if !is_kept(token) && self.verbose.get() => {
                tell("* not kept: the server does not say how long the token is valid, see `--assume-ttl`");
            }
            Flight::Cached(_) | Flight::Fetched(_) => {}
        }
    }

    /// A lifetime is passed on as the server says it, however odd: nobody can guess what it meant.
    pub fn warn_of_lifetime(&self, format: Format, token: &Token) {
        let is_asked = matches!(format, Format::ExpiresIn | Format::ExpiresAt | Format::Json);
        match token.expires_in {
            Some(lifetime) if is_asked && lifetime > LONG_LIFETIME => {
                self.warn(&format!("the server says that the token is valid for {lifetime} seconds, more than a year; some servers count milliseconds"));
            }
            _ => {}
        }
    }

    /// What to tell of each phase of an attempt, if anything.
    pub fn phases(&self) -> Option<TellPhase> {
        let tell_phase: TellPhase =
            |phase, after| tell(&format!("* {phase} after {:.1} ms", after.as_secs_f64() * 1000.0));
        self.verbose.get().then_some(tell_phase)
    }

    /// What happens on the way: each request as it is sent, redacted, and each answer.
    pub fn tell_event(&self, event: &Event, redactor: &Redactor) {
        if !self.verbose.get() {
            return;
        }
        match event {
            Event::Sending(request, proxy) => tell_request(request, *proxy),
            Event::Answered(reply) => tell_reply(reply, redactor),
            Event::Retrying { reason, wait } => {
                tell(&format!("* {reason}; trying again in {}", seconds(*wait)));
            }
        }
    }
}

fn tell_request(request: &TokenRequest, proxy: Option<&ProxyChoice>) {
    let way = proxy.map_or_else(
        || "directly".to_owned(),
        |choice| format!("through the proxy {}, {}", choice.shown, choice.origin),
    );
    tell(&format!("* to {} port {}, {way}", request.endpoint.host(), request.endpoint.port()));
    for line in explain::request_lines(request) {
        tell(format!("> {line}").trim_end());
    }
}

/// The answer: its header, and of its body what is no secret.
fn tell_reply(reply: &Reply, redactor: &Redactor) {
    tell(&format!("< HTTP {}", reply.status));
    for (name, value) in &reply.headers {
        let value = match name.as_str() {
            name if may_be_secret(name) => REDACTED.to_owned(),
            "location" | "content-location" | "refresh" | "link" => redactor.show(&shown_url(value)),
            _ => redactor.show(value),
        };
        tell(&format!("< {}: {value}", redactor.show(name)));
    }
    tell("<");
    match Fields::parse(&reply.text()) {
        Some(fields) => fields.iter().take(MOST_FIELDS).for_each(|(name, value)| {
            let value = if is_telling(name) {
                let start: String = value.chars().take(MOST_OF_A_FIELD).collect();
                redactor.show(&map_strings(&start, |text| Some(format!("\"{}\"", redactor.show(text)))))
            } else {
                REDACTED.to_owned()
            };
            tell(&format!("< {}: {value}", redactor.show(name)));
        }),
        None => {
            tell(&format!("< ({} bytes that are neither a JSON object nor a form)", reply.body.len()));
        }
    }
}

/// The fields of an answer that are known to hold no secret; a provider's own may.
fn is_telling(field: &str) -> bool {
    const FIELDS: &[&str] = &[
        "token_type",
        "expires_in",
        "expires_at",
        "expires_on",
        "not_before",
        "scope",
        "issued_token_type",
        "instance_url",
        "error",
        "error_description",
        "error_uri",
        "error_codes",
        "correlation_id",
        "trace_id",
        "timestamp",
        "status",
        "message",
        "code",
        "detail",
        "title",
        "type",
        "errorCode",
        "errorSummary",
        "errorMessage",
        "errorId",
        "fault",
        "errors",
        "ok",
        "success",
    ];
    FIELDS.contains(&field)
}
