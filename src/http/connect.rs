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
