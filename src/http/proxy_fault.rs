//! What may go wrong with the proxy, in words, so that nobody looks for the fault at the server.

use super::ProxyChoice;
use crate::error::{Exit, Failure};
use crate::text::escape;

/// A proxy, as messages name it.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Scheme, host and port, in backticks.
    pub shown: String,
    /// As in `from the environment`.
    pub origin: String,
    has_password: bool,
}

impl Proxy {
    /// The chosen one.
    pub fn new(choice: &ProxyChoice) -> Self {
        Self {
            shown: format!("`{}`", choice.shown),
            origin: choice.origin.clone(),
            has_password: choice.password().is_some(),
        }
    }

    /// The host alone.
    pub fn host(&self) -> String {
        let address = self.shown.trim_matches('`').rsplit('/').next().unwrap_or_default();
        address.rsplit_once(':').map_or(address, |(host, _)| host).to_owned()
    }

    /// It is not there, or it does not reach the target: SOCKS tells of both in words alone.
    pub fn unreachable(&self, reason: &str, target: &str) -> Failure {
        let hint = if reason.contains("auth") {
            self.credentials()
        } else {
            format!("it comes {}; check that it runs, is meant, and reaches {target}", self.origin)
        };
        Failure::new(Exit::Connection, format!("no connection through the proxy {}: {reason}", self.shown))
            .hint(hint)
    }

    fn credentials(&self) -> String {
        if self.has_password {
            return format!(
                "the proxy {}, {}, does not accept its user name and password",
                self.shown, self.origin
            );
        }
        format!(
            "the proxy wants a user name and a password: http://USER:PASSWORD@HOST:PORT in `HTTPS_PROXY` or `OAUTH_PROXY` (now {}, {})",
            self.shown, self.origin
        )
    }
}

/// It answers, and refuses to connect to the target. Also whether another attempt may fare better.
pub fn refused(proxy: Option<&Proxy>, reason: &str, target: &str) -> (Failure, bool) {
    // ureq tells the status in words: `proxy server responded 407/407`.
    let status = reason.split([' ', '/']).find_map(|word| word.parse::<u16>().ok());
    let message = match status {
        Some(status) => format!("the proxy refused to connect to {target} ({status})"),
        None => format!("the proxy did not connect to {target}: {}", escape(reason)),
    };
    let hint = match (status, proxy) {
        // tinyproxy says 401 to a wrong password.
        (Some(401 | 407), Some(proxy)) => proxy.credentials(),
        (_, Some(proxy)) => {
            format!(
                "ask who runs the proxy {}, {}, or list the host in `NO_PROXY`",
                proxy.shown, proxy.origin
            )
        }
        (_, None) => "list the host in `NO_PROXY`".to_owned(),
    };
    (Failure::new(Exit::Connection, message).hint(hint), status.is_none_or(|status| status >= 500))
}
