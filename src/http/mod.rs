//! Requests over HTTP, safely: TLS roots, proxy, one deadline over everything, retries. [`Session::send`] is the
//! only place that sends; what is sent is a [`TokenRequest`], what comes back a [`Reply`], unread.

mod bundle;
mod connect;
mod exchange;
mod fault;
mod line;
mod lookup;
mod lookup_fault;
mod no_proxy;
mod progress;
pub mod proxy;
mod proxy_fault;
mod retry;
pub mod roots;
mod tls;
mod tls_fault;
#[cfg(test)]
mod verdicts;
mod verifier;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::client_auth::Certificate;
use crate::error::{Exit, Failure};
use crate::request::TokenRequest;

pub use fault::seconds;
pub use progress::{Phase, TellPhase};
pub use proxy::{ProxyChoice, ProxyRules};
pub use retry::RetryAfter;
pub use roots::Roots;

/// The largest body that is read, in bytes, counted after decompression.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// How to reach a server.
#[derive(Debug)]
pub struct Transport {
    /// Whom to trust.
    pub roots: Arc<Roots>,
    /// Which proxy to tunnel through.
    pub proxies: ProxyRules,
    /// What the client shows to the token endpoint in the handshake, and to nobody else.
    pub certificate: Option<Certificate>,
    /// The time for name lookup, connection, proxy and TLS together, in each attempt.
    pub connect_timeout: Duration,
    /// The time for everything, retries and their waits included.
    pub max_time: Duration,
    /// How many times to try again.
    pub retries: u32,
}

/// An answer, of whatever status, as it came: nothing in it has been understood yet.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Header fields with names in lower case. Bytes beyond ASCII are replaced.
    pub headers: Vec<(String, String)>,
    /// The body after decompression, at most [`BODY_LIMIT`] bytes.
    pub body: Zeroizing<Vec<u8>>,
    /// How many times the request was sent, this answer's included.
    pub attempts: u32,
}

impl Reply {
    /// The first header field of this name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The body as text, without the byte order mark that some servers begin it with.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body))
    }

    /// Whether the answer says where it ends, so that one that is cut short is noticed (RFC 9112 section 6.3).
    pub fn is_delimited(&self) -> bool {
        ["content-length", "transfer-encoding"].iter().any(|name| self.header(name).is_some())
    }

    /// How long the server asks to wait (RFC 9110 section 10.2.3).
    pub fn retry_after(&self) -> RetryAfter {
        self.header("retry-after").map_or(RetryAfter::Unsaid, retry::parse_retry_after)
    }
}

/// What happens on the way, for whoever watches.
pub enum Event<'a> {
    /// This is sent now, through this proxy.
    Sending(&'a TokenRequest, Option<&'a ProxyChoice>),
    /// This came back.
    Answered(&'a Reply),
    /// The attempt failed or was answered with a passing fault, and there will be another.
    Retrying {
        /// What was wrong.
        reason: &'a str,
        /// How long until then.
        wait: Duration,
    },
}

/// All the requests of one run, under one deadline.
pub struct Session<'a> {
    transport: &'a Transport,
    deadline: Instant,
    watch: &'a dyn Fn(Event),
    tell: Option<TellPhase>,
}

impl<'a> Session<'a> {
    /// The clock starts now.
    pub fn start(transport: &'a Transport, watch: &'a dyn Fn(Event), tell: Option<TellPhase>) -> Self {
        Self { transport, deadline: Instant::now() + transport.max_time, watch, tell }
    }

    /// When everything must have been done.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Sends a request, again where that is harmless and may help, and returns the last answer. Each attempt's
    /// request is made anew, for an assertion or a proof is good for once.
    pub fn send(&self, make: &dyn Fn() -> Result<TokenRequest, Failure>) -> Result<Reply, Failure> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let request = make()?;
            let outcome = self.attempt(&request)?;
            let again = if attempts > self.transport.retries {
                None
            } else {
                retry::wait(&request, &outcome, attempts)
            };
            let left = self.deadline.saturating_duration_since(Instant::now());
            match again.filter(|wait| *wait < left) {
                Some(wait) => {
                    (self.watch)(Event::Retrying { reason: &reason(&outcome), wait });
                    std::thread::sleep(wait);
                }
                None => return finish(outcome, attempts),
            }
        }
    }

    /// What cannot be sent at all is a [`Failure`]; what fails on the way is a [`Fault`](fault::Fault).
    fn attempt(&self, request: &TokenRequest) -> Result<Result<Reply, fault::Fault>, Failure> {
        if !request.endpoint.is_http() {
            self.transport.roots.require()?;
        }
        let proxy = self.transport.proxies.choose(&request.endpoint)?;
        (self.watch)(Event::Sending(request, proxy.as_ref()));
        let outcome = exchange::exchange(request, self.transport, proxy, self.deadline, self.tell);
        if let Ok(reply) = &outcome {
            (self.watch)(Event::Answered(reply));
        }
        Ok(outcome)
    }
}

fn reason(outcome: &Result<Reply, fault::Fault>) -> String {
    match outcome {
        Ok(reply) => format!("status {}", reply.status),
        Err(fault) => fault.failure.message.clone(),
    }
}

fn finish(outcome: Result<Reply, fault::Fault>, attempts: u32) -> Result<Reply, Failure> {
    match outcome {
        Ok(reply) => Ok(Reply { attempts, ..reply }),
        Err(fault::Fault { mut failure, .. }) => {
            if attempts > 1 && failure.exit != Exit::Bug {
                failure.message = format!("{}, after {attempts} attempts", failure.message);
            }
            Err(failure)
        }
    }
}
