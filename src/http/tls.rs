//! TLS on top of ureq's transports, with our own choice of whom to trust and to whom a certificate is shown: ureq's
//! connector knows one configuration for the server and for a proxy before it.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ALL_VERSIONS, ClientConfig, ClientConnection, StreamOwned};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use super::exchange::INPUT_BUFFER;
use super::roots::Roots;
use super::verifier::Verifier;
use crate::client_auth::Certificate;

/// Adds TLS where the URL wants it, to the server or to a proxy.
#[derive(Debug)]
pub struct TlsConnector {
    /// Whom to trust.
    pub roots: Arc<Roots>,
    /// What is shown to the server, and to no proxy.
    pub certificate: Option<Certificate>,
    /// Whether there is a proxy: the chain runs within itself to reach it, and that run has none set.
    pub proxied: bool,
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let is_to_proxy = self.proxied && details.config.proxy().is_none();
        let config = self.config(self.certificate.as_ref().filter(|_| !is_to_proxy))?;
        let host = details.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Error::Tls("the host is not a name that a certificate can have"))?;
        let mut connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let mut socket = TransportAdapter::new(transport.boxed(), details.current_time.clone());
        let agreed = connection.complete_io(&mut socket);
        if agreed.is_err() {
            // The alert that says why, which no answer follows. rustls alone writes but the first of what it has.
            while connection.wants_write() && connection.write_tls(&mut socket).is_ok_and(|sent| sent > 0) {}
            socket.get_mut().transmit_output(0, details.timeout).ok();
        }
        agreed?;
        let buffers = LazyBuffers::new(INPUT_BUFFER, details.config.output_buffer_size());
        Ok(Some(Either::B(TlsTransport { buffers, stream: StreamOwned::new(connection, socket) })))
    }
}

impl TlsConnector {
    fn config(&self, certificate: Option<&Certificate>) -> Result<ClientConfig, Error> {
        let provider = Arc::new(default_provider());
        let verifier = Verifier::new(Arc::clone(&self.roots), Arc::clone(&provider));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(ALL_VERSIONS)
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match certificate {
            None => builder.with_no_client_auth(),
            Some(certificate) => {
                let key = PrivateKeyDer::from_pem_slice(&certificate.key)
                    .map_err(|_| Error::Tls("the client's key can no longer be read"))?;
                builder.with_client_auth_cert(certificate.chain.clone(), key).map_err(io::Error::other)?
            }
        };
        // One connection has nothing to resume.
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

/// A connection with TLS.
pub struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTransport")
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if amount == 0 {
            return self.stream.get_mut().get_mut().transmit_output(0, timeout);
        }
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// No connection is used twice.
    fn is_open(&mut self) -> bool {
        false
    }

    fn is_tls(&self) -> bool {
        true
    }
}
