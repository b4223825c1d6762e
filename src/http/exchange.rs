//! One attempt: the request out, the answer in, until the deadline and no longer.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use ureq::http::{HeaderName, HeaderValue, Request, Response};
use ureq::{Agent, Body};
use zeroize::Zeroizing;

use super::connect;
use super::fault::{Cause, Context, Fault};
use super::lookup::SystemResolver;
use super::progress::{Limits, Phase, Progress, TellPhase};
use super::roots::Roots;
use super::tls::TlsConnector;
use super::{BODY_LIMIT, ProxyChoice, Reply, Transport};
use crate::client_auth::Certificate;
use crate::request::TokenRequest;

/// The longest header of an answer, in bytes.
const HEADER_LIMIT: usize = 64 * 1024;

/// Bytes for what comes in, of which one more shows that a header is too long, and for what goes out, which a longer
/// header of the request makes longer. ureq's own are 128 KiB each, and to clear them took a fifth of all instructions
/// of a call without TLS.
pub(super) const INPUT_BUFFER: usize = HEADER_LIMIT + 1;
const OUTPUT_BUFFER: usize = 8 * 1024;

/// The same for what lies below TLS, which reads a record at a time.
const RECORD: usize = 18 * 1024;

/// Sends the request once and waits for the answer.
pub fn exchange(
    request: &TokenRequest,
    transport: &Transport,
    proxy: Option<ProxyChoice>,
    deadline: Instant,
    tell: Option<TellPhase>,
) -> Result<Reply, Fault> {
    let is_plain = request.endpoint.is_http();
    let certificate = transport.certificate.clone().filter(|_| request.form.is_some() && !is_plain);
    let context = Context::new(request, proxy.as_ref(), &transport.roots, certificate.is_some());
    let answer = deadline.saturating_duration_since(Instant::now());
    let limits = Limits { connection: transport.connect_timeout.min(answer), answer };
    let progress = Progress::start(limits, tell);
    let attempt =
        Attempt { request, proxy, roots: &transport.roots, certificate, progress: progress.clone() };
    attempt.run().map_err(|cause| context.ended(cause, &progress))
}

struct Attempt<'a> {
    request: &'a TokenRequest,
    proxy: Option<ProxyChoice>,
    roots: &'a Arc<Roots>,
    certificate: Option<Certificate>,
    progress: Progress,
}

impl Attempt<'_> {
    fn run(&self) -> Result<Reply, Cause> {
        let response = self.answer().map_err(Cause::Exchange)?;
        self.progress.reach(Phase::Answered);

        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let headers = headers.collect();
        let body = match read(response.into_body().into_reader()) {
            // A refusal is one, whatever becomes of the words that follow.
            Err(_) if !(200..300).contains(&status) => Zeroizing::default(),
            body => body?,
        };
        self.progress.reach(Phase::Complete);
        Ok(Reply { status, headers, body, attempts: 1 })
    }

    fn answer(&self) -> Result<Response<Body>, ureq::Error> {
        let agent = self.agent();
        let body = self.request.body();
        match self.request.form {
            Some(_) => agent.run(self.http_request(body.expose())?),
            None => agent.run(self.http_request(())?),
        }
    }

    fn http_request<B>(&self, body: B) -> Result<Request<B>, ureq::Error> {
        let mut http = Request::builder().method(self.request.method()).uri(self.request.endpoint.as_str());
        for (name, value) in &self.request.headers {
            let name = HeaderName::try_from(name).map_err(|error| ureq::Error::Http(error.into()))?;
            let value =
                HeaderValue::try_from(value.expose()).map_err(|error| ureq::Error::Http(error.into()))?;
            http = http.header(name, value);
        }
        http.body(body).map_err(ureq::Error::Http)
    }

    /// Whether there is TLS to hold the header of an answer, and no proxy that answers below it.
    fn has_own_buffers(&self) -> bool {
        !self.request.endpoint.is_http() && self.proxy.is_none()
    }

    fn agent(&self) -> Agent {
        let proxy = self.proxy.as_ref().map(|choice| choice.proxy.clone());
        let tls = TlsConnector {
            roots: Arc::clone(self.roots),
            certificate: self.certificate.clone(),
            proxied: proxy.is_some(),
        };
        let chain = connect::chain(&self.progress, tls);
        let config = Agent::config_builder()
            .proxy(proxy)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(HEADER_LIMIT)
            .input_buffer_size(if self.has_own_buffers() { RECORD } else { INPUT_BUFFER })
            .output_buffer_size(OUTPUT_BUFFER + self.request.head_length())
            .user_agent(concat!("oauth-token/", env!("CARGO_PKG_VERSION")))
            .build();
        Agent::with_parts(config, chain, SystemResolver(self.progress.clone()))
    }
}

/// Reads bytes, whatever the answer says that they are: a byte order mark or a wrong charset must not stand
/// between a token and its user.
fn read(reader: impl Read) -> Result<Zeroizing<Vec<u8>>, Cause> {
    let mut body = Zeroizing::new(Vec::new());
    let limit = u64::try_from(BODY_LIMIT).unwrap_or(u64::MAX);
    reader.take(limit + 1).read_to_end(&mut body).map_err(|error| Cause::Body(error.into()))?;
    if body.len() > BODY_LIMIT { Err(Cause::TooLarge) } else { Ok(body) }
}
