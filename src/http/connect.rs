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

    /// The attempt has come this far.
    pub fn reach(&self, phase: Phase) {
        self.reached.store(phase as u8 + 1, Ordering::Relaxed);
        if self.watched || phase == Phase::Secured {
            self.progress.send(Progress::Reached(phase)).ok();
        }
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
        self.0.reach(Phase::LookedUp);
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
            self.milestones.reach(self.phase);
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
