//! Certificate authorities of every make, and the certificates of servers and clients.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

/// A certificate authority.
pub struct Authority {
    params: CertificateParams,
    key: KeyPair,
    certificate: CertificateDer<'static>,
    pub pem: String,
}

/// A server's certificate and key.
pub struct Identity {
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    key: PrivateKeyDer<'static>,
    key_pem: String,
}

impl Authority {
    pub fn new() -> Self {
        Self::named(&format!("test authority {}", fastrand::u64(..)))
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (pem, certificate) = (certificate.pem(), certificate.der().clone());
        Self { params, key, certificate, pem }
    }

    /// A certificate for this host, valid from one year to another.
    pub fn identity(&self, host: &str, years: (i32, i32)) -> Identity {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = params.signed_by(&key, &issuer).unwrap();
        Identity {
            certificate_pem: certificate.pem(),
            certificate: certificate.der().clone(),
            key_pem: key.serialize_pem(),
            key: key.into(),
        }
    }

    /// A certificate for localhost that is valid now.
    pub fn localhost(&self) -> Identity {
        self.identity("localhost", (2020, 2100))
    }
}

impl Authority {
    fn store(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        Arc::new(roots)
    }
}

impl Identity {
    /// Certificate and key in PEM.
    pub fn pem(&self) -> (String, String) {
        (self.certificate_pem.clone(), self.key_pem.clone())
    }

    /// For a server that serves nobody without a certificate of these clients.
    pub fn demanding_config(&self, clients: &Authority) -> ServerConfig {
        self.config(WebPkiClientVerifier::builder_with_provider(clients.store(), provider()).build().unwrap())
    }

    /// For a server that asks for a certificate and does without.
    pub fn asking_config(&self, clients: &Authority) -> ServerConfig {
        let verifier = WebPkiClientVerifier::builder_with_provider(clients.store(), provider());
        self.config(verifier.allow_unauthenticated().build().unwrap())
    }

    pub fn server_config(&self) -> ServerConfig {
        self.config(WebPkiClientVerifier::no_client_auth())
    }

    /// For a server that shows this certificate and signs with the key of another.
    pub fn impostor_config(
        &self,
        other: &Identity,
        version: &'static SupportedProtocolVersion,
    ) -> ServerConfig {
        let pair = CertifiedKey::new(vec![self.certificate.clone()], any_supported_type(&other.key).unwrap());
        ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)))
    }

    fn config(&self, verifier: Arc<dyn ClientCertVerifier>) -> ServerConfig {
        ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())
            .unwrap()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
