//! Where a host is: `localhost` is this machine whatever a name server says, and the system's own lookup, which knows no
//! deadline, runs in a thread of its own, so that nobody waits for it any longer than he has time.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::progress::{Phase, Progress};
use crate::endpoint::is_localhost;
use crate::text::io_reason;

/// ureq keeps 16 addresses and panics on more.
const MOST: usize = 16;

/// Why a name has no address.
#[derive(Debug)]
pub enum LookupFailed {
    /// The system's resolver said so.
    Unknown {
        /// The name.
        host: String,
        /// In the resolver's words.
        reason: String,
    },
    /// It did not say anything in time.
    Late {
        /// The name.
        host: String,
    },
    /// The system gave no thread to ask it in.
    NoThread(io::Error),
}

impl fmt::Display for LookupFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no address")
    }
}

impl std::error::Error for LookupFailed {}

impl From<LookupFailed> for Error {
    fn from(failed: LookupFailed) -> Self {
        Self::Other(Box::new(failed))
    }
}

/// The system's resolver, within the time that there is.
#[derive(Debug)]
pub struct SystemResolver(pub Progress);

impl Resolver for SystemResolver {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
            Some("https") => 443,
            Some("http") => 80,
            _ => 1080,
        });
        let found = match (is_localhost(host), host.parse::<IpAddr>()) {
            (true, _) => vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()],
            (false, Ok(address)) => vec![(address, port).into()],
            (false, Err(_)) => look_up(host, port, &self.0)?,
        };
        let mut addresses = self.empty();
        found.into_iter().take(MOST).for_each(|address| addresses.push(address));
        self.0.reach(Phase::LookedUp);
        Ok(addresses)
    }
}

fn look_up(host: &str, port: u16, progress: &Progress) -> Result<Vec<SocketAddr>, Error> {
    let unknown = |reason: String| LookupFailed::Unknown { host: host.to_owned(), reason };
    let name = host.to_owned();
    let found = in_time(progress, move || {
        (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>)
    })?;
    match found.ok_or_else(|| LookupFailed::Late { host: host.to_owned() })? {
        Err(error) => Err(unknown(io_reason(&error)).into()),
        Ok(found) if found.is_empty() => Err(unknown("no address".to_owned()).into()),
        Ok(found) => Ok(found),
    }
}

/// What this finds out, if it does so in time; what it has to do with afterwards is nobody's concern.
fn in_time<T: Send + 'static>(
    progress: &Progress,
    find: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, Error> {
    let (sender, receiver) = mpsc::channel();
    let asking = thread::Builder::new().spawn(move || sender.send(find()));
    asking.map_err(LookupFailed::NoThread)?;
    Ok(receiver.recv_timeout(progress.left().unwrap_or_default()).ok())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::progress::Limits;
    use super::*;

    #[test]
    fn a_name_server_that_never_answers_is_waited_for_until_the_limit() {
        let limits = Limits { connection: Duration::from_millis(1), answer: Duration::from_secs(3600) };
        let (sender, never) = mpsc::channel::<()>();
        let found = in_time(&Progress::start(limits, None), move || never.recv());
        assert!(matches!(found, Ok(None)));
        drop(sender);
    }

    #[test]
    fn localhost_and_addresses_are_not_looked_up() {
        let limits = Limits { connection: Duration::ZERO, answer: Duration::ZERO };
        let config = ureq::Agent::config_builder().build();
        let resolve = |url: &str| {
            let resolver = SystemResolver(Progress::start(limits, None));
            let found = resolver.resolve(&url.parse().unwrap(), &config, NextTimeout::default());
            found.map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>()).ok()
        };
        let own = |port: u16| Some(vec![format!("127.0.0.1:{port}"), format!("[::1]:{port}")]);
        assert_eq!(resolve("http://localhost/"), own(80));
        assert_eq!(resolve("https://a.LOCALHOST./"), own(443));
        assert_eq!(resolve("socks5://localhost"), own(1080));
        assert_eq!(resolve("https://192.0.2.1:8443/"), Some(vec!["192.0.2.1:8443".to_owned()]));
        assert_eq!(resolve("https://[2001:db8::1]/"), Some(vec!["[2001:db8::1]:443".to_owned()]));
        assert_eq!(resolve("https://example.com/"), None);
    }
}
