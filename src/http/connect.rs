//! The way to a connection: name lookup that keeps `localhost` on this machine, and ureq's own connectors
//! with milestones between them, so that each phase can be timed and bounded.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::Sender;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, SocksConnector, TcpConnector,
    Transport,
};

use super::exchange::Progress;
use super::tls::TlsConnector;
use crate::endpoint::is_localhost;

/// A part of an attempt, named for what has been reached at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The name is an address.
    LookedUp,
    /// A TCP connection to the server, or a tunnel through the proxy.
    Connected,
    /// TLS is agreed and the server is trusted; without TLS, the same as connected.
    Secured,
    /// The header of the answer has come.
    Answered,
    /// The body is complete.
    Complete,
}

/// In the place of a phase: nobody waits any more, and nothing may be sent.
const ABANDONED: u8 = u8::MAX;

/// All of them, in order.
const PHASES: [Phase; 5] =
    [Phase::LookedUp, Phase::Connected, Phase::Secured, Phase::Answered, Phase::Complete];

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LookedUp => "name looked up",
            Self::Connected => "connected",
            Self::Secured => "TLS agreed",
            Self::Answered => "answered",
            Self::Complete => "answer complete",
        })
    }
}

/// How far an attempt has come, for the thread that waits for it. To wake that thread costs more than to reach a phase,
/// so it hears of all of them only where somebody watches, and else of the one that another limit begins with.
#[derive(Clone, Debug)]
pub struct Milestones {
    progress: Sender<Progress>,
    reached: Arc<AtomicU8>,
    watched: bool,
}

impl Milestones {
    /// None is reached yet.
    pub fn new(progress: Sender<Progress>, watched: bool) -> Self {
        Self { progress, reached: Arc::default(), watched }
    }

    /// The attempt has come this far, and fails if nobody waits for it any more: what was given up may be tried
    /// again, and must not be sent twice.
    pub fn reach(&self, phase: Phase) -> Result<(), Error> {
        let next = |reached| (reached != ABANDONED).then_some(phase as u8 + 1);
        self.reached
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
            .map_err(|_| Error::Timeout(ureq::Timeout::Connect))?;
        if self.watched || phase == Phase::Secured {
            self.progress.send(Progress::Reached(phase)).ok();
        }
        Ok(())
    }

    /// Gives the attempt up, unless the request may be on its way. Returns whether it is certain not to be sent.
    pub fn abandon(&self) -> bool {
        let secured = Phase::Secured as u8 + 1;
        let next = |reached| (reached < secured).then_some(ABANDONED);
        self.reached.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }

    /// The last that was reached.
    pub fn last(&self) -> Option<Phase> {
        PHASES.get(usize::from(self.reached.load(Ordering::Relaxed)).checked_sub(1)?).copied()
    }
}

/// A name that has no address.
#[derive(Debug)]
pub struct LookupFailed {
    /// The name.
    pub host: String,
    /// What the system's resolver said.
    pub reason: String,
}

impl fmt::Display for LookupFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot look up `{}`", self.host)
    }
}

impl std::error::Error for LookupFailed {}

/// The system's resolver, called in the thread of the exchange: whoever waits for that thread holds the
/// deadline, so no second thread is needed for it.
#[derive(Debug)]
pub struct SystemResolver(pub Milestones);

impl Resolver for SystemResolver {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
            Some("https") => 443,
            Some("http") => 80,
            _ => 1080,
        });
        let mut addresses = self.empty();
        let found: Vec<SocketAddr> = if is_localhost(host) {
            [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]
                .map(|ip| (ip, port).into())
                .to_vec()
        } else {
            let failed =
                |reason: String| Error::Other(Box::new(LookupFailed { host: host.to_owned(), reason }));
            let found = (host, port).to_socket_addrs().map_err(|error| failed(error.to_string()))?;
            Some(found.collect::<Vec<_>>())
                .filter(|found| !found.is_empty())
                .ok_or_else(|| failed("no address".to_owned()))?
        };
        // ureq keeps 16 addresses and panics on more.
        found.into_iter().take(16).for_each(|address| addresses.push(address));
        self.0.reach(Phase::LookedUp)?;
        Ok(addresses)
    }
}

/// Tells that the chain has come this far.
#[derive(Debug)]
struct Milestone {
    phase: Phase,
    milestones: Milestones,
    /// With a proxy, the chain runs once within itself to reach the proxy; that run has no proxy set.
    proxied: bool,
}

impl<In: Transport> Connector<In> for Milestone {
    type Out = In;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<In>, Error> {
        let is_inner_run = self.proxied && details.config.proxy().is_none();
        if chained.is_some() && !is_inner_run {
            self.milestones.reach(self.phase)?;
        }
        Ok(chained)
    }
}

/// Reads on where a write fails: a server that refuses a request, or a client's certificate, says so and closes,
/// and what it said is worth more than the broken pipe.
#[derive(Debug)]
struct ReadOn;

#[derive(Debug)]
struct ReadOnTransport<T>(T);

impl<In: Transport> Connector<In> for ReadOn {
    type Out = ReadOnTransport<In>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(ReadOnTransport))
    }
}

impl<T: Transport> Transport for ReadOnTransport<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        match self.0.transmit_output(amount, timeout) {
            Err(Error::Io(error))
                if matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset) =>
            {
                Ok(())
            }
            sent => sent,
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    /// No connection is used twice, so ureq need not look whether it could be.
    fn is_open(&mut self) -> bool {
        false
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

/// ureq's chain of connectors, with milestones, and with our own for TLS.
pub fn chain(milestones: &Milestones, tls: TlsConnector) -> impl Connector<()> {
    let proxied = tls.proxied;
    let milestone = |phase| Milestone { phase, milestones: milestones.clone(), proxied };
    ().chain(SocksConnector::default())
        .chain(ConnectProxyConnector::default())
        .chain(TcpConnector::default())
        .chain(ReadOn)
        .chain(milestone(Phase::Connected))
        .chain(tls)
        .chain(milestone(Phase::Secured))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn milestones() -> (Milestones, mpsc::Receiver<Progress>) {
        let (progress, reports) = mpsc::channel();
        (Milestones::new(progress, false), reports)
    }

    #[test]
    fn what_was_given_up_comes_no_further_and_what_may_be_sent_is_not_given_up() {
        for reached in [None, Some(Phase::LookedUp), Some(Phase::Connected)] {
            let (milestones, _reports) = milestones();
            if let Some(phase) = reached {
                milestones.reach(phase).unwrap();
            }
            assert_eq!(milestones.last(), reached);
            assert!(milestones.abandon());
            assert!(PHASES.iter().all(|phase| milestones.reach(*phase).is_err()));
        }
        for reached in [Phase::Secured, Phase::Answered, Phase::Complete] {
            let (milestones, _reports) = milestones();
            milestones.reach(reached).unwrap();
            assert!(!milestones.abandon() && milestones.last() == Some(reached));
        }
    }

    #[test]
    fn the_waiting_thread_hears_of_what_it_waits_for() {
        let (milestones, reports) = milestones();
        for phase in PHASES {
            milestones.reach(phase).unwrap();
        }
        drop(milestones);
        assert!(matches!(reports.iter().collect::<Vec<_>>()[..], [Progress::Reached(Phase::Secured)]));
    }
}
