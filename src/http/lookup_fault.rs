//! What may go wrong with the lookup of a name, in words: whose name it is, the server's or the proxy's.

use std::io;
use std::time::Duration;

use super::fault::{Context, Fault, lasting, passing, seconds};
use super::lookup::LookupFailed;
use super::progress::{Phase, Progress};
use super::proxy_fault::Proxy;
use crate::error::{Exit, Failure};
use crate::text::{escape, io_reason};

impl Context {
    /// Why there is no address.
    pub(super) fn lookup(&self, failed: &LookupFailed, progress: &Progress) -> Fault {
        let reached = progress.last();
        match failed {
            LookupFailed::Unknown { host, reason } => self.unknown_host(host, reason, reached),
            LookupFailed::Late { host } => self.lookup_late(host, progress.limit(), reached),
            LookupFailed::NoThread(error) => self.no_thread(error),
        }
    }

    /// The name has no address.
    pub(super) fn unknown_host(&self, host: &str, reason: &str, reached: Option<Phase>) -> Fault {
        let reason = reason.trim_start_matches("failed to lookup address information: ");
        let (whose, hint) = match self.proxy_of_name(host, reached) {
            Some(proxy) => ("the proxy ", format!("it comes {}; check its name", proxy.origin)),
            None if self.proxy.is_some() => (
                "",
                "check the name; if only the proxy can look it up, write `socks5h://` (or `socks4a://`)"
                    .to_owned(),
            ),
            None if self.plain => ("", "check the name".to_owned()),
            None => ("", "check the name; if only a proxy can look it up, set `HTTPS_PROXY`".to_owned()),
        };
        let message = format!("cannot look up {whose}`{}`: {reason}", escape(host));
        passing(Failure::new(Exit::Connection, message).hint(hint))
    }

    fn lookup_late(&self, host: &str, limit: Duration, reached: Option<Phase>) -> Fault {
        let whose = if self.proxy_of_name(host, reached).is_some() { "the proxy " } else { "" };
        let message =
            format!("out of time: no address of {whose}`{}` within {}", escape(host), seconds(limit));
        let hint =
            "check the network and its name server; `--connect-timeout` and `--max-time` allow more time";
        passing(Failure::new(Exit::Timeout, message).hint(hint))
    }

    /// The proxy, if the name is its: with `socks5://` and `socks4://` the server's is looked up here, too.
    fn proxy_of_name(&self, host: &str, reached: Option<Phase>) -> Option<&Proxy> {
        self.blamed_proxy(reached).filter(|proxy| proxy.host() == host)
    }

    fn no_thread(&self, error: &io::Error) -> Fault {
        let message = format!("cannot start a thread to look up `{}`: {}", self.host, io_reason(error));
        lasting(Failure::new(Exit::Connection, message).hint("raise the limit on processes, see `ulimit -u`"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Roots;
    use super::super::fault::Cause;
    use super::super::progress::Limits;
    use super::*;
    use crate::endpoint::{Endpoint, Plaintext};
    use crate::request::TokenRequest;

    #[test]
    fn a_lookup_that_takes_too_long_is_out_of_time_and_tried_again() {
        let endpoint = Endpoint::parse("https://h/", Plaintext::LoopbackOnly).ok().unwrap();
        let roots = Roots::of(Vec::new(), Vec::new());
        let context = Context::new(&TokenRequest::get(endpoint, Vec::new()), None, &roots, false);
        let limits = Limits { connection: Duration::from_secs(2), answer: Duration::MAX };
        let late = LookupFailed::Late { host: "h".to_owned() };
        let fault = context.ended(Cause::Exchange(late.into()), &Progress::start(limits, None));
        assert!(fault.passing && !fault.sent && fault.failure.exit == Exit::Timeout);
        assert_eq!(fault.failure.message, "out of time: no address of `h` within 2 s");
    }
}
