//! [`Verifier`]: whether a server's certificate can be trusted. webpki decides; what is decided here is which
//! authorities it is given. First those that the server's own chain names, for no others can end it. If they do not
//! accept it, all that there are decide, so that the verdict is theirs: whoever is accepted by a few would be accepted
//! by all, for webpki looks for one path that is good, and a store that is larger has no fewer. (Not quite: webpki gives
//! up after 100 signatures, so that a store with a hundred namesakes of the right authority may refuse it.)

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::bundle::issuer;
use super::roots::Roots;

/// Trusts those whom some authority of the store vouches for.
#[derive(Debug)]
pub struct Verifier {
    roots: Arc<Roots>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    /// With these authorities.
    pub fn new(roots: Arc<Roots>, provider: Arc<CryptoProvider>) -> Self {
        Self { roots, provider }
    }

    /// webpki's verdict by this store.
    fn by(&self, store: Arc<RootCertStore>, chain: &Chain) -> Result<ServerCertVerified, Error> {
        if store.is_empty() {
            return Err(Error::General("no certificate authority could be read".to_owned()));
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(store, Arc::clone(&self.provider))
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        verifier.verify_server_cert(chain.end_entity, chain.intermediates, chain.name, chain.ocsp, chain.now)
    }
}

/// What is to be judged.
struct Chain<'a> {
    end_entity: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    ocsp: &'a [u8],
    now: UnixTime,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = Chain { end_entity, intermediates, name, ocsp, now };
        let issuers: Vec<&[u8]> =
            std::iter::once(end_entity).chain(intermediates).filter_map(|der| issuer(der)).collect();
        if let Some(few) = self.roots.named(&issuers)
            && let Ok(verified) = self.by(Arc::new(few), &chain)
        {
            return Ok(verified);
        }
        self.by(self.roots.all(), &chain)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
