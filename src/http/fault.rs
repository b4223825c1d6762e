//! What may go wrong between the request and the answer, in words and exit codes: ureq's errors become
//! [`Failure`]s here, by how far the attempt had come and whose fault it is, the server's or the proxy's.

use std::io;
use std::time::Duration;

use super::lookup::LookupFailed;
use super::progress::{Phase, Progress, is_secured};
use super::proxy_fault::{self, Proxy};
use super::{BODY_LIMIT, ProxyChoice, Roots, tls_fault};
use crate::error::{Exit, Failure};
use crate::request::TokenRequest;
use crate::text::{escape, io_reason};

/// A failed attempt.
#[derive(Debug)]
pub struct Fault {
    /// What to tell the user, if this was the last attempt.
    pub failure: Failure,
    /// Whether another attempt may fare better.
    pub passing: bool,
    /// Whether bytes of the request may have reached the server.
    pub sent: bool,
}

/// What ended an attempt, as ureq says it.
#[derive(Debug)]
pub enum Cause {
    /// No answer came.
    Exchange(ureq::Error),
    /// The header of an answer came, and then not its whole body.
    Body(ureq::Error),
    /// The body goes on past the limit.
    TooLarge,
}

/// What messages name: the parties to the exchange.
#[derive(Clone, Debug)]
pub struct Context {
    pub(super) host: String,
    port: u16,
    pub(super) proxy: Option<Proxy>,
    pub(super) plain: bool,
    pub(super) has_own_authorities: bool,
    pub(super) variables: Vec<&'static str>,
    pub(super) shows_certificate: bool,
}

impl Context {
    /// The parties of this request.
    pub fn new(
        request: &TokenRequest,
        proxy: Option<&ProxyChoice>,
        roots: &Roots,
        shows_certificate: bool,
    ) -> Self {
        let endpoint = &request.endpoint;
        let proxy = proxy.map(Proxy::new);
        Self {
            host: endpoint.host(),
            port: endpoint.port(),
            proxy,
            plain: endpoint.is_http(),
            has_own_authorities: roots.has_own(),
            variables: roots.variables(),
            shows_certificate,
        }
    }

    /// The proxy, where the attempt had not come past it.
    pub(super) fn blamed_proxy(&self, reached: Option<Phase>) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|_| !matches!(reached, Some(phase) if phase != Phase::LookedUp))
    }

    /// Whom the attempt had come as far as: `` `host` ``, or `` the proxy `http://…` ``.
    pub(super) fn peer(&self, reached: Option<Phase>) -> String {
        match self.blamed_proxy(reached) {
            Some(proxy) => format!("the proxy {}", proxy.shown),
            None => format!("`{}`", self.host),
        }
    }

    /// The host that the attempt had come as far as.
    pub(super) fn peer_host(&self, reached: Option<Phase>) -> String {
        self.blamed_proxy(reached).map_or_else(|| self.host.clone(), Proxy::host)
    }

    /// Whatever ended the attempt, which had come so far.
    pub fn ended(&self, cause: Cause, progress: &Progress) -> Fault {
        let reached = progress.last();
        let fault = match cause {
            Cause::Exchange(ureq::Error::Timeout(_)) | Cause::Body(ureq::Error::Timeout(_)) => {
                self.timed_out(reached, progress.limit())
            }
            Cause::Exchange(error) => self.exchange(error, progress),
            Cause::Body(error) => self.body(&error),
            Cause::TooLarge => self.too_large(),
        };
        Fault { sent: is_secured(reached), ..fault }
    }

    fn timed_out(&self, reached: Option<Phase>, limit: Duration) -> Fault {
        let within = seconds(limit);
        if is_secured(reached) {
            let what = if reached == Some(Phase::Answered) { "no complete answer" } else { "no answer" };
            let message = format!("out of time: {what} from `{}` within {within}", self.host);
            let hint = "try later, or allow more time with `--max-time`";
            return lasting(Failure::new(Exit::Timeout, message).hint(hint));
        }
        let message = format!("out of time: no connection to {} within {within}", self.peer(reached));
        let hint = match self.blamed_proxy(reached) {
            Some(proxy) => format!("it comes {}; check that it runs and is meant", proxy.origin),
            None => "check the network, the host and the port; `--connect-timeout` and `--max-time` allow more time"
                .to_owned(),
        };
        passing(Failure::new(Exit::Timeout, message).hint(hint))
    }

    fn exchange(&self, error: ureq::Error, progress: &Progress) -> Fault {
        use ureq::Error as E;
        let reached = progress.last();
        match error {
            E::Tls(reason) => lasting(self.no_trust(reason, reached)),
            E::Io(error) => self.io(&error, reached),
            E::HostNotFound => self.unknown_host(&self.host, "no address", reached),
            E::ConnectProxyFailed(reason) => self.proxy_refused(&reason),
            E::InvalidProxyUrl | E::BadUri(_) | E::Http(_) => {
                let reason = escape(&error.to_string());
                let message = format!("the request to `{}` cannot be written: {reason}", self.host);
                lasting(Failure::usage(message).hint("check the URL and `--request-header`"))
            }
            E::Other(other) => match other.downcast_ref::<LookupFailed>() {
                Some(failed) => self.lookup(failed, progress),
                None => passing(self.unreachable(&escape(&other.to_string()), reached)),
            },
            E::ConnectionFailed => passing(self.unreachable("the connection failed", reached)),
            other if self.blamed_proxy(reached).is_some() => passing(
                self.unreachable(&format!("it does not speak HTTP: {}", escape(&other.to_string())), reached),
            ),
            E::LargeResponseHeader(..) => {
                let message = format!("the header of the answer of `{}` is over 64 KiB", self.host);
                lasting(
                    Failure::new(Exit::NotAToken, message).hint("check that the URL is the token endpoint's"),
                )
            }
            E::Protocol(_) | E::BodyExceedsLimit(_) => {
                let reason = escape(&error.to_string());
                let message = format!("`{}` answered with something that is not HTTP: {reason}", self.host);
                lasting(
                    Failure::new(Exit::NotAToken, message)
                        .hint("check that the URL's host and port are the token endpoint's"),
                )
            }
            other => lasting(Failure::from(anyhow::anyhow!("unexpected: {}", escape(&other.to_string())))),
        }
    }

    fn body(&self, error: &ureq::Error) -> Fault {
        let reason = match error {
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                "it ends early".to_owned()
            }
            error => escape(&error.to_string()),
        };
        let message = format!("the answer of `{}` cannot be read: {reason}", self.host);
        lasting(
            Failure::new(Exit::NotAToken, message)
                .hint("try again; if it stays, the server or a proxy on the way breaks answers"),
        )
    }

    fn too_large(&self) -> Fault {
        let limit = BODY_LIMIT / 1024 / 1024;
        let message =
            format!("the answer of `{}` is over {limit} MiB, which is no token response", self.host);
        lasting(Failure::new(Exit::NotAToken, message).hint("check that the URL is the token endpoint's"))
    }

    fn io(&self, error: &io::Error, reached: Option<Phase>) -> Fault {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(error) => lasting(tls_fault::failure(error, self, reached)),
            // The system's own patience is at an end.
            None if error.kind() == io::ErrorKind::TimedOut => {
                let message = format!("out of time: no connection to {}", self.peer(reached));
                let hint = "check the network, the host and the port, or try later";
                passing(Failure::new(Exit::Timeout, message).hint(hint))
            }
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                let whose = if self.blamed_proxy(reached).is_some() { "it" } else { "the server" };
                passing(
                    self.unreachable(&format!("{whose} closed the connection without an answer"), reached),
                )
            }
            None => passing(self.unreachable(&io_reason(error), reached)),
        }
    }

    fn unreachable(&self, reason: &str, reached: Option<Phase>) -> Failure {
        if let Some(proxy) = self.blamed_proxy(reached) {
            return proxy.unreachable(reason, &format!("`{}` port {}", self.host, self.port));
        }
        let message = format!("no connection to `{}` port {}: {reason}", self.host, self.port);
        Failure::new(Exit::Connection, message).hint(match &self.proxy {
            Some(proxy) => {
                format!("the connection goes through the proxy {}, {}", proxy.shown, proxy.origin)
            }
            None if self.plain => "check the URL's host and port, and that the server runs".to_owned(),
            None => "check the URL's host and port, and whether this machine needs a proxy (`HTTPS_PROXY`)"
                .to_owned(),
        })
    }

    fn proxy_refused(&self, reason: &str) -> Fault {
        let target = format!("`{}` port {}", self.host, self.port);
        let (failure, passing) = proxy_fault::refused(self.proxy.as_ref(), reason, &target);
        fault(failure, passing, false)
    }

    /// A connection, but no trust.
    pub(super) fn no_trust(&self, reason: &str, reached: Option<Phase>) -> Failure {
        Failure::new(Exit::Tls, format!("no trusted connection to {}: {reason}", self.peer(reached)))
    }
}

/// Another attempt may fare better.
pub(super) fn passing(failure: Failure) -> Fault {
    fault(failure, true, true)
}

/// Another attempt would fare the same.
pub(super) fn lasting(failure: Failure) -> Fault {
    fault(failure, false, true)
}

fn fault(failure: Failure, passing: bool, sent: bool) -> Fault {
    Fault { failure, passing, sent }
}

/// `30 s`, `0.5 s`.
pub fn seconds(duration: Duration) -> String {
    let millis = duration.saturating_add(Duration::from_micros(500)).as_millis();
    let text = format!("{}.{:03}", millis / 1000, millis % 1000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::super::progress::Limits;
    use super::*;
    use crate::endpoint::{Endpoint, Plaintext};

    #[test]
    fn an_answer_that_stops_in_its_middle_is_not_asked_for_again() {
        let endpoint = Endpoint::parse("https://h/", Plaintext::LoopbackOnly).ok().unwrap();
        let roots = Roots::of(Vec::new(), Vec::new());
        let context = Context::new(&TokenRequest::get(endpoint, Vec::new()), None, &roots, false);
        let second = Duration::from_secs(1);
        let progress = Progress::start(Limits { connection: second, answer: 2 * second }, None);
        progress.reach(Phase::Answered);
        let fault = context.ended(Cause::Body(ureq::Error::Timeout(ureq::Timeout::Global)), &progress);
        assert!(!fault.passing && fault.sent && fault.failure.exit == Exit::Timeout);
        assert_eq!(fault.failure.message, "out of time: no complete answer from `h` within 2 s");
    }

    #[test]
    fn where_the_systems_patience_ends_it_is_out_of_time_and_tried_again() {
        let endpoint = Endpoint::parse("https://h/", Plaintext::LoopbackOnly).ok().unwrap();
        let roots = Roots::of(Vec::new(), Vec::new());
        let context = Context::new(&TokenRequest::get(endpoint, Vec::new()), None, &roots, false);
        let limits = Limits { connection: Duration::MAX, answer: Duration::MAX };
        let cause = Cause::Exchange(ureq::Error::Io(io::ErrorKind::TimedOut.into()));
        let fault = context.ended(cause, &Progress::start(limits, None));
        assert!(fault.passing && !fault.sent && fault.failure.exit == Exit::Timeout);
        assert_eq!(fault.failure.message, "out of time: no connection to `h`");
    }

    #[test]
    fn seconds_are_rounded_to_thousandths_and_say_no_more_than_they_must() {
        for (micros, text) in [
            (0, "0 s"),
            (499, "0 s"),
            (500, "0.001 s"),
            (1_999_600, "2 s"),
            (2_500_000, "2.5 s"),
            (10_000_000, "10 s"),
        ] {
            assert_eq!(seconds(Duration::from_micros(micros)), text);
        }
        assert_eq!(seconds(Duration::MAX), "18446744073709551615.999 s");
    }
}
