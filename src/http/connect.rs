//! The way to a connection: ureq's own connectors, given the time that is left, with milestones between them, and with
//! our own for TLS.

use std::sync::{Arc, Weak};

use ureq::Error;
use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, SocksConnector, TcpConnector, Transport,
};

use super::line::LineConnector;
use super::progress::{Phase, Progress};
use super::tls::TlsConnector;

/// The chain of connectors. With a proxy, it runs once within itself to reach the proxy, and that run has no proxy set.
pub fn chain(progress: &Progress, tls: TlsConnector) -> impl Connector<()> {
    let proxied = tls.proxied;
    let milestone = |phase| Milestone { phase, progress: progress.clone(), proxied };
    ().chain(InTime(SocksConnector::default(), progress.clone()))
        .chain(ConnectProxyConnector::default())
        .chain(InTime(TcpConnector::default(), progress.clone()))
        .chain(LineConnector(progress.clone()))
        .chain(milestone(Phase::Connected))
        .chain(tls)
        .chain(milestone(Phase::Secured))
}

/// Gives a connector the time that is left, and no more, and has what it connects shut down at the end of it.
#[derive(Debug)]
struct InTime<C>(C, Progress);

impl<In: Transport, C: Connector<In>> Connector<In> for InTime<C> {
    type Out = C::Out;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<C::Out>, Error> {
        let (progress, register) = (self.1.clone(), details.register_shutdown.clone());
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: (details.current_time)(),
            timeout: NextTimeout { after: self.1.left()?.into(), ..details.timeout },
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: Arc::new(move |handle| {
                progress.connected(Weak::clone(&handle));
                register(handle)
            }),
        };
        self.0.connect(&details, chained)
    }
}

/// Tells that the chain has come this far.
#[derive(Debug)]
struct Milestone {
    phase: Phase,
    progress: Progress,
    proxied: bool,
}

impl<In: Transport> Connector<In> for Milestone {
    type Out = In;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<In>, Error> {
        let is_inner_run = self.proxied && details.config.proxy().is_none();
        if chained.is_some() && !is_inner_run {
            if self.phase == Phase::Secured && !details.needs_tls() {
                self.progress.pass(self.phase);
            } else {
                self.progress.reach(self.phase);
            }
        }
        Ok(chained)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{self, Sender};
    use std::time::Duration;

    use ureq::unversioned::resolver::Resolver;
    use ureq::unversioned::transport::ShutdownHandle;
    use ureq::unversioned::transport::time::{Duration as Limit, Instant};

    use super::super::lookup::SystemResolver;
    use super::super::progress::Limits;
    use super::*;

    /// Records for how long it may try, and tells of a socket.
    struct Below {
        waits: Mutex<Vec<Limit>>,
        socket: Arc<dyn ShutdownHandle>,
    }

    impl std::fmt::Debug for Below {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Below")
        }
    }

    struct Socket(Mutex<Sender<()>>);

    impl ShutdownHandle for Socket {
        fn shutdown(&self) {
            self.0.lock().unwrap().send(()).unwrap();
        }
    }

    impl Connector<()> for Below {
        type Out = ();

        fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<()>, Error> {
            self.waits.lock().unwrap().push(details.timeout.after);
            (details.register_shutdown)(Arc::downgrade(&self.socket))?;
            Ok(Some(()))
        }
    }

    fn connect(connector: &InTime<Below>) -> Result<Option<()>, Error> {
        let config = ureq::Agent::config_builder().build();
        let resolver = SystemResolver(connector.1.clone());
        let details = ConnectionDetails {
            uri: &"https://h/".parse().unwrap(),
            addrs: resolver.empty(),
            config: &config,
            request_level: false,
            resolver: &resolver,
            now: Instant::now(),
            timeout: NextTimeout::default(),
            current_time: Arc::new(Instant::now),
            run_connector: Arc::new(|_| unreachable!()),
            register_shutdown: Arc::new(|_| Ok(())),
        };
        connector.connect(&details, None)
    }

    fn in_time(connection: Duration) -> (InTime<Below>, mpsc::Receiver<()>) {
        let (sender, shut) = mpsc::channel();
        let socket: Arc<dyn ShutdownHandle> = Arc::new(Socket(Mutex::new(sender)));
        let limits = Limits { connection, answer: Duration::ZERO };
        (InTime(Below { waits: Mutex::default(), socket }, Progress::start(limits, None)), shut)
    }

    #[test]
    fn to_connect_there_is_what_the_lookup_has_left_of_the_time_and_else_nothing_is_tried() {
        let limit = Duration::from_secs(3600);
        let (connector, _shut) = in_time(limit);
        assert!(connect(&connector).is_ok());
        assert!(connector.0.waits.lock().unwrap()[0] < limit.into());
        let (late, _shut) = in_time(Duration::ZERO);
        assert!(matches!(connect(&late), Err(Error::Timeout(_))));
        assert!(late.0.waits.lock().unwrap().is_empty());
    }

    #[test]
    fn what_is_connected_can_be_shut_down_when_its_time_is_over() {
        let (connector, shut) = in_time(Duration::from_secs(3600));
        connect(&connector).unwrap();
        // From here on nothing is left.
        connector.1.pass(Phase::Secured);
        let _watchdog = connector.1.watch();
        shut.recv().unwrap();
    }
}
