//! Whom to trust: the system's store, with `SSL_CERT_FILE` and `SSL_CERT_DIR` honoured, and `--cacert`
//! added to it. There is no way to trust everybody.

use std::cell::OnceCell;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::tls::Certificate;

use crate::error::Failure;
use crate::text::{escape, io_reason};

/// The largest bundle that is read, in bytes.
const BUNDLE_LIMIT: u64 = 16 * 1024 * 1024;

/// Certificates that may end a chain: the system's, which are read when they are first needed, and others.
#[derive(Debug, Default)]
pub struct Roots {
    extra: Vec<CertificateDer<'static>>,
    all: OnceCell<Arc<Vec<Certificate<'static>>>>,
}

impl Roots {
    /// The system's certificates and `extra` ones.
    pub fn system_and(extra: Vec<CertificateDer<'static>>) -> Self {
        Self { extra, all: OnceCell::new() }
    }

    /// All certificates, for ureq.
    pub fn certificates(&self) -> Result<Arc<Vec<Certificate<'static>>>, Failure> {
        if let Some(all) = self.all.get() {
            return Ok(Arc::clone(all));
        }
        let all = self.load()?;
        Ok(Arc::clone(self.all.get_or_init(|| all)))
    }

    fn load(&self) -> Result<Arc<Vec<Certificate<'static>>>, Failure> {
        let system = rustls_native_certs::load_native_certs();
        if system.certs.is_empty() {
            let set: Vec<_> = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
                .into_iter()
                .filter(|name| std::env::var_os(name).is_some())
                .collect();
            let failure = match set.as_slice() {
                [] => Failure::config("this machine has no certificate authorities that could be trusted")
                    .hint("install them (on Debian and Alpine the package `ca-certificates`), or give some with `SSL_CERT_FILE`"),
                set => Failure::config(format!("no certificate could be read from `{}`", set.join("` and `")))
                    .hint("set it to a readable PEM file, or unset it for the system's own certificates"),
            };
            // With `--cacert` the user has named the authority; that the system knows none is no obstacle,
            // unless a variable asks for ones that cannot be had.
            if self.extra.is_empty() || !set.is_empty() {
                return Err(failure);
            }
        }
        let all = system.certs.iter().chain(&self.extra);
        Ok(Arc::new(all.map(|der| Certificate::from_der(der).to_owned()).collect()))
    }
}

/// Reads the certificates of a PEM file. `setting` is how the user named the file, for the message.
pub fn read_bundle(path: &Path, setting: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let shown = escape(&path.display().to_string());
    let unusable = |reason: &str| {
        Failure::config(format!("{setting}: {reason}: {shown}"))
            .hint("give a file with the authority's certificate in PEM, `-----BEGIN CERTIFICATE-----`")
    };
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(BUNDLE_LIMIT).read_to_end(&mut bytes));
    read.map_err(|error| unusable(&io_reason(&error)))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|_| unusable("the PEM in it is damaged"))?;
    if certificates.is_empty() {
        return Err(unusable("it holds no certificate in PEM"));
    }
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|_| unusable("a certificate in it is damaged"))?;
    }
    Ok(certificates)
}
