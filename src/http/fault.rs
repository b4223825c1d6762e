//! What may go wrong between the request and the answer, in words and exit codes: ureq's and rustls's
//! errors become [`Failure`]s here, and a hint says what usually helps.

use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};

use super::connect::LookupFailed;
use super::{BODY_LIMIT, ProxyChoice};
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

/// What messages name: the parties to the exchange.
#[derive(Clone, Debug)]
pub struct Context {
    host: String,
    port: u16,
    proxy: Option<String>,
    plain: bool,
}

impl Context {
    /// The parties of this request.
    pub fn new(request: &TokenRequest, proxy: Option<&ProxyChoice>) -> Self {
        let endpoint = &request.endpoint;
        let proxy = proxy.map(|choice| format!("`{}`, {}", choice.shown, choice.origin));
        Self { host: endpoint.host(), port: endpoint.port(), proxy, plain: endpoint.is_http() }
    }

    /// Whether the connection has no TLS.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// The deadline passed while this program waited.
    pub fn timed_out(&self, secured: bool, limit: Duration) -> Fault {
        let (what, option) = if secured {
            ("no answer from", "--max-time")
        } else {
            ("no connection to", "--connect-timeout")
        };
        let message = format!("out of time: {what} `{}` within {}", self.host, seconds(limit));
        let hint = if secured {
            format!("try later, or allow more time with `{option}`")
        } else {
            format!("check the network, the host and the port; `{option}` and `--max-time` allow more time")
        };
        Fault { failure: Failure::new(Exit::Timeout, message).hint(hint), passing: !secured, sent: secured }
    }

    /// The system gave no thread.
    pub fn no_thread(&self, error: &io::Error) -> Fault {
        let message = format!("cannot start a thread to reach `{}`: {error}", self.host);
        lasting(Failure::new(Exit::Connection, message).hint("raise the limit on processes, see `ulimit -u`"))
    }

    /// The thread ended without a report, which it never does unless it panicked.
    pub fn thread_died(&self) -> Fault {
        lasting(Failure::from(anyhow::anyhow!("the exchange with `{}` ended without an outcome", self.host)))
    }

    /// No answer came.
    pub fn exchange_failed(&self, error: ureq::Error) -> Fault {
        use ureq::Error as E;
        match error {
            E::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                self.timed_out_itself("no connection to", true)
            }
            E::Timeout(_) => self.timed_out_itself("no answer from", false),
            E::Rustls(error) => lasting(self.tls(&error)),
            E::Tls(reason) => lasting(self.no_trust(reason)),
            E::Io(error) => self.io(&error),
            E::HostNotFound => unknown_host(&self.host, "no address"),
            E::ConnectProxyFailed(reason) => self.proxy_refused(&reason),
            E::InvalidProxyUrl | E::BadUri(_) | E::Http(_) => {
                let message = format!(
                    "the request to `{}` cannot be written: {}",
                    self.host,
                    escape(&error.to_string())
                );
                lasting(Failure::usage(message).hint("check the URL and `--request-header`"))
            }
            E::Other(other) => match other.downcast_ref::<LookupFailed>() {
                Some(lookup) => unknown_host(&lookup.host, &lookup.reason),
                None => passing(self.unreachable(&escape(&other.to_string()))),
            },
            E::ConnectionFailed => passing(self.unreachable("the connection failed")),
            E::Protocol(_) | E::LargeResponseHeader(..) | E::BodyExceedsLimit(_) => {
                let message = format!(
                    "`{}` answered with something that is not HTTP: {}",
                    self.host,
                    escape(&error.to_string())
                );
                lasting(
                    Failure::new(Exit::NotAToken, message)
                        .hint("check that the URL's host and port are the token endpoint's"),
                )
            }
            other => lasting(Failure::from(anyhow::anyhow!("unexpected: {}", escape(&other.to_string())))),
        }
    }

    /// The header of an answer came, and then not its whole body.
    pub fn body_failed(&self, error: ureq::Error) -> Fault {
        match error {
            ureq::Error::Timeout(_) => self.timed_out_itself("no complete answer from", false),
            error => {
                let reason = match &error {
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
        }
    }

    /// The body goes on past the limit.
    pub fn body_too_large(&self) -> Fault {
        let message = format!(
            "the answer of `{}` is over {} MiB, which is no token response",
            self.host,
            BODY_LIMIT / 1024 / 1024
        );
        lasting(Failure::new(Exit::NotAToken, message).hint("check that the URL is the token endpoint's"))
    }

    fn timed_out_itself(&self, what: &str, passing: bool) -> Fault {
        let failure = Failure::new(Exit::Timeout, format!("out of time: {what} `{}`", self.host));
        Fault {
            failure: failure.hint("try later, or allow more with `--connect-timeout` and `--max-time`"),
            passing,
            sent: !passing,
        }
    }

    fn io(&self, error: &io::Error) -> Fault {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(error) => lasting(self.tls(error)),
            None if error.kind() == io::ErrorKind::TimedOut => {
                self.timed_out_itself("no connection to", true)
            }
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                passing(self.unreachable("the server closed the connection without an answer"))
            }
            None => passing(self.unreachable(&io_reason(error))),
        }
    }

    fn unreachable(&self, reason: &str) -> Failure {
        let failure = Failure::new(
            Exit::Connection,
            format!("no connection to `{}` port {}: {reason}", self.host, self.port),
        );
        match &self.proxy {
            Some(proxy) => failure.hint(format!(
                "the connection goes through the proxy {proxy}; check that it runs and is meant"
            )),
            None => failure.hint(
                "check the URL's host and port, and whether this machine needs a proxy (`HTTPS_PROXY`)",
            ),
        }
    }

    fn proxy_refused(&self, reason: &str) -> Fault {
        // ureq tells the status in words: `proxy server responded 407/407`.
        let status = reason.split([' ', '/']).find_map(|word| word.parse::<u16>().ok());
        let proxy = self.proxy.as_deref().unwrap_or_default();
        let message = match status {
            Some(status) => {
                format!("the proxy refused to connect to `{}` port {} ({status})", self.host, self.port)
            }
            None => {
                format!("the proxy did not connect to `{}` port {}: {}", self.host, self.port, escape(reason))
            }
        };
        let hint = match status {
            Some(407) => format!(
                "the proxy wants a user name and a password: http://USER:PASSWORD@HOST:PORT in `HTTPS_PROXY` or `OAUTH_PROXY` (now {proxy})"
            ),
            _ => format!("ask who runs the proxy {proxy}, or list the host in `NO_PROXY`"),
        };
        let failure = Failure::new(Exit::Connection, message).hint(hint);
        Fault { failure, passing: status.is_none_or(|status| status >= 500), sent: false }
    }

    fn no_trust(&self, reason: &str) -> Failure {
        Failure::new(Exit::Tls, format!("no trusted connection to `{}`: {reason}", self.host))
    }

    fn tls(&self, error: &rustls::Error) -> Failure {
        let (reason, hint) = match error {
            rustls::Error::InvalidCertificate(error) => self.certificate(error),
            rustls::Error::InvalidMessage(_) => (
                "the server does not speak TLS on this port".to_owned(),
                Some("check the port; plain `http://` is for loopback alone".to_owned()),
            ),
            rustls::Error::PeerIncompatible(_)
            | rustls::Error::AlertReceived(
                AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure,
            ) => (
                "the server offers no TLS version or cipher that is still safe".to_owned(),
                Some("the server must offer TLS 1.2 or 1.3".to_owned()),
            ),
            other => (escape(&other.to_string()), None),
        };
        self.no_trust(&reason).maybe_hint(hint)
    }

    fn certificate(&self, error: &CertificateError) -> (String, Option<String>) {
        use CertificateError as C;
        match error {
            // A signature that does not fit is that of another authority with the same name.
            C::UnknownIssuer | C::BadSignature => (
                "the certificate is signed by an unknown authority".to_owned(),
                Some("if the authority is a private one, give its certificate with `--cacert FILE`".to_owned()),
            ),
            C::Expired | C::ExpiredContext { .. } => (
                "the certificate has expired".to_owned(),
                Some("check this machine's clock; if it is right, the server needs a new certificate".to_owned()),
            ),
            C::NotValidYet | C::NotValidYetContext { .. } => (
                "the certificate is not valid yet".to_owned(),
                Some("check this machine's clock".to_owned()),
            ),
            C::NotValidForName | C::NotValidForNameContext { .. } => (
                format!("the certificate is not for the host `{}`", self.host),
                Some("check the URL's host; the certificate must name it".to_owned()),
            ),
            C::Revoked => ("the certificate is revoked".to_owned(), None),
            C::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => (
                "the server uses an authority's certificate as its own (`CA:TRUE`)".to_owned(),
                Some("issue the server a certificate of its own (for openssl req: `-addext basicConstraints=CA:FALSE`)".to_owned()),
            ),
            other => (
                format!("the certificate is not acceptable: {}", escape(&format!("{other}"))),
                Some("the server needs a certificate for servers, signed by an authority that this machine or `--cacert` knows".to_owned()),
            ),
        }
    }
}

fn unknown_host(host: &str, reason: &str) -> Fault {
    let reason = reason.trim_start_matches("failed to lookup address information: ");
    let failure = Failure::new(
        Exit::Connection,
        format!("cannot look up `{}`: {}", escape(host), escape(reason).to_lowercase()),
    );
    passing(failure.hint("check the name; if only a proxy can look it up, set `HTTPS_PROXY`"))
}

fn passing(failure: Failure) -> Fault {
    Fault { failure, passing: true, sent: true }
}

fn lasting(failure: Failure) -> Fault {
    Fault { failure, passing: false, sent: true }
}

/// `30 s`, `0.5 s`.
pub fn seconds(duration: Duration) -> String {
    format!("{} s", (duration.as_secs_f64() * 1000.0).round() / 1000.0)
}
