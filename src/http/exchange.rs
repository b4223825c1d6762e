//! One attempt: the request out, the answer in. It runs in a thread of its own, so that no name server,
//! proxy or server, however it dawdles, can hold this program past its deadline.

use std::io::Read;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::{HeaderName, HeaderValue, Request};
use ureq::tls::{RootCerts, TlsConfig};
use zeroize::Zeroizing;

use super::connect::{self, Phase, SystemResolver};
use super::fault::{Context, Fault};
use super::{BODY_LIMIT, Event, Reply, Transport};
use crate::request::TokenRequest;

/// What the thread reports.
#[derive(Debug)]
pub enum Progress {
    /// A milestone.
    Reached(Phase),
    /// The end.
    Done(Box<Result<Reply, Fault>>),
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

/// Sends the request once and waits for the answer, until the deadline and no longer.
pub fn exchange(
    request: &TokenRequest,
    transport: &Transport,
    deadline: Instant,
    watch: &mut dyn FnMut(Event),
) -> Result<Reply, Fault> {
    let began = Instant::now();
    let context = Context::new(request, transport);
    let left = deadline.saturating_duration_since(began);
    let (progress, reports) = mpsc::channel();
    let job = Job {
        request: request.clone(),
        transport: transport.clone(),
        context: context.clone(),
        left,
        progress,
    };
    thread::Builder::new().spawn(move || job.run()).map_err(|error| context.no_thread(&error))?;
    wait(&reports, &context, began, transport.connect_timeout.min(left), left, watch)
}

fn wait(
    reports: &Receiver<Progress>,
    context: &Context,
    began: Instant,
    connect_timeout: Duration,
    left: Duration,
    watch: &mut dyn FnMut(Event),
) -> Result<Reply, Fault> {
    let mut secured = false;
    loop {
        let limit = if secured { left } else { connect_timeout };
        match reports.recv_timeout(limit.saturating_sub(began.elapsed())) {
            Ok(Progress::Reached(phase)) => {
                secured |= phase == Phase::Secured;
                if phase != Phase::Secured || !context.is_plain() {
                    watch(Event::Reached(phase, began.elapsed()));
                }
            }
            Ok(Progress::Done(outcome)) => return outcome.map_err(|fault| Fault { sent: secured, ..fault }),
            Err(RecvTimeoutError::Timeout) => return Err(context.timed_out(secured, limit)),
            Err(RecvTimeoutError::Disconnected) => return Err(context.thread_died()),
        }
    }
}

/// All that the thread needs, owned by it.
struct Job {
    request: TokenRequest,
    transport: Transport,
    context: Context,
    left: Duration,
    progress: Sender<Progress>,
}

impl Job {
    fn run(self) {
        let outcome = self.attempt();
        self.progress.send(Progress::Done(Box::new(outcome))).ok();
    }

    fn attempt(&self) -> Result<Reply, Fault> {
        let agent = self.agent();
        let body = self.request.body();
        let http = self.http_request(body.expose())?;
        let response = agent.run(http).map_err(|error| self.context.exchange_failed(error))?;
        self.progress.send(Progress::Reached(Phase::Answered)).ok();

        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let headers = headers.collect();
        let body = self.read(response.into_body().into_reader())?;
        self.progress.send(Progress::Reached(Phase::Complete)).ok();
        Ok(Reply { status, headers, body, attempts: 1 })
    }

    /// Reads bytes, whatever the answer says that they are: a byte order mark or a wrong charset must not
    /// stand between a token and its user.
    fn read(&self, reader: impl Read) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let mut body = Zeroizing::new(Vec::new());
        let limit = u64::try_from(BODY_LIMIT).unwrap_or(u64::MAX);
        reader
            .take(limit + 1)
            .read_to_end(&mut body)
            .map_err(|error| self.context.body_failed(error.into()))?;
        if body.len() > BODY_LIMIT { Err(self.context.body_too_large()) } else { Ok(body) }
    }

    fn http_request<'a>(&self, body: &'a str) -> Result<Request<&'a str>, Fault> {
        let mut http = Request::post(self.request.endpoint.as_str());
        for (name, value) in &self.request.headers {
            let name = HeaderName::try_from(name)
                .map_err(|error| self.context.exchange_failed(ureq::Error::Http(error.into())))?;
            let value = HeaderValue::try_from(value.expose())
                .map_err(|error| self.context.exchange_failed(ureq::Error::Http(error.into())))?;
            http = http.header(name, value);
        }
        http.body(body).map_err(|error| self.context.exchange_failed(error.into()))
    }

    fn agent(&self) -> Agent {
        let proxy = self.transport.proxy.as_ref().map(|choice| choice.proxy.clone());
        let chain = connect::chain(&self.progress, proxy.is_some());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(self.transport.roots.certificates()))
            .unversioned_rustls_crypto_provider(std::sync::Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(proxy)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(self.left))
            .timeout_connect(Some(self.transport.connect_timeout))
            .user_agent(concat!("oauth-token/", env!("CARGO_PKG_VERSION")))
            .build();
        Agent::with_parts(config, chain, SystemResolver(self.progress.clone()))
    }
}
