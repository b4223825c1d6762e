//! Whom to trust: the system's store, with `SSL_CERT_FILE` and `SSL_CERT_DIR` honoured, and `--cacert`
//! added to it. There is no way to trust everybody.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_native_certs::CertificateResult;

use super::bundle::Bundle;
use crate::error::Failure;
use crate::text::{escape, io_reason};

/// The largest bundle that is read, in bytes.
const BUNDLE_LIMIT: u64 = 16 * 1024 * 1024;

/// Certificates that may end a chain: the system's, which are read when they are first needed, and others.
#[derive(Debug)]
pub struct Roots {
    extra: Vec<CertificateDer<'static>>,
    /// The variables that name places, and what they name.
    set: Vec<(&'static str, PathBuf)>,
    bundle: OnceLock<Option<Bundle>>,
    all: OnceLock<Arc<RootCertStore>>,
}

impl Roots {
    /// The system's certificates, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`, and `extra` ones. An empty variable
    /// counts as unset.
    pub fn system_and(extra: Vec<CertificateDer<'static>>) -> Self {
        let set = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
            .into_iter()
            .filter_map(|name| Some((name, PathBuf::from(std::env::var_os(name)?))))
            .filter(|(_, path)| !path.as_os_str().is_empty())
            .collect();
        Self::of(set, extra)
    }

    /// Those of the places that these variables name, and `extra` ones.
    pub fn of(set: Vec<(&'static str, PathBuf)>, extra: Vec<CertificateDer<'static>>) -> Self {
        Self { extra, set, bundle: OnceLock::new(), all: OnceLock::new() }
    }

    /// Whether all have been read.
    #[cfg(test)]
    pub fn are_read(&self) -> bool {
        self.all.get().is_some()
    }

    /// The variables in whose places the authorities are looked for, and not in the system's.
    pub fn variables(&self) -> Vec<&'static str> {
        self.set.iter().map(|(name, _)| *name).collect()
    }

    /// Whether there are certificates beside the system's.
    pub fn has_own(&self) -> bool {
        !self.extra.is_empty()
    }

    /// Fails where there is nobody to trust.
    pub fn require(&self) -> Result<(), Failure> {
        if self.all.get().is_some() || self.bundle().is_some() {
            return Ok(());
        }
        let system = load_system(&self.set);
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(system.certs.iter().cloned());
        // With `--cacert` the user has named the authority; that the system knows none is no obstacle, unless a
        // variable asks for ones that cannot be had.
        if store.is_empty() && (self.extra.is_empty() || !self.set.is_empty()) {
            return Err(nobody_to_trust(&self.set, &system));
        }
        store.add_parsable_certificates(self.extra.iter().cloned());
        self.all.get_or_init(|| Arc::new(store));
        Ok(())
    }

    /// All certificates; what cannot be used among the system's is left out.
    pub fn all(&self) -> Arc<RootCertStore> {
        Arc::clone(self.all.get_or_init(|| self.store(load_system(&self.set).certs)))
    }

    /// The certificates of authorities with these names, and the extra ones, where they can be had without reading
    /// all. There may be more of them elsewhere.
    pub fn named(&self, names: &[&[u8]]) -> Option<RootCertStore> {
        if self.all.get().is_some() {
            return None;
        }
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(self.bundle()?.named(names)?);
        store.add_parsable_certificates(self.extra.iter().cloned());
        Some(store)
    }

    fn store(&self, system: Vec<CertificateDer<'static>>) -> Arc<RootCertStore> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(system);
        store.add_parsable_certificates(self.extra.iter().cloned());
        Arc::new(store)
    }

    /// The file that holds the system's certificates, or all that count, where there is one.
    fn bundle(&self) -> Option<&Bundle> {
        self.bundle.get_or_init(|| bundle_file(&self.set).and_then(|path| Bundle::new(&path))).as_ref()
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn bundle_file(set: &[(&str, PathBuf)]) -> Option<PathBuf> {
    match set {
        [] => openssl_probe::probe().cert_file,
        set => set.iter().find(|(name, _)| *name == "SSL_CERT_FILE").map(|(_, path)| path.clone()),
    }
}

/// The system's certificates are in no file.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn bundle_file(set: &[(&str, PathBuf)]) -> Option<PathBuf> {
    set.iter().find(|(name, _)| *name == "SSL_CERT_FILE").map(|(_, path)| path.clone())
}

/// From the places that the variables name, else from the system's own. An empty variable counts as unset, which
/// `load_native_certs` alone would not do.
fn load_system(set: &[(&str, PathBuf)]) -> CertificateResult {
    let place = |name: &str| set.iter().find(|(own, _)| *own == name).map(|(_, path)| path.as_path());
    if !set.is_empty() {
        // As OpenSSL has it, one variable may name several directories.
        let directories: Vec<PathBuf> =
            place("SSL_CERT_DIR").map(std::env::split_paths).into_iter().flatten().collect();
        let first = directories.first().map(PathBuf::as_path);
        let mut found = rustls_native_certs::load_certs_from_paths(place("SSL_CERT_FILE"), first);
        for directory in directories.iter().skip(1) {
            let more = rustls_native_certs::load_certs_from_paths(None, Some(directory));
            found.certs.extend(more.certs);
            found.errors.extend(more.errors);
        }
        return found;
    }
    #[cfg(all(unix, not(target_vendor = "apple")))]
    if ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some()) {
        let found = openssl_probe::probe();
        return rustls_native_certs::load_certs_from_paths(
            found.cert_file.as_deref(),
            found.cert_dir.first().map(PathBuf::as_path),
        );
    }
    rustls_native_certs::load_native_certs()
}

fn nobody_to_trust(set: &[(&str, PathBuf)], system: &CertificateResult) -> Failure {
    if set.is_empty() {
        return Failure::config("this machine has no certificate authorities that could be trusted")
            .hint("install them (on Debian and Alpine the package `ca-certificates`), or give some with `SSL_CERT_FILE`");
    }
    let named: Vec<String> = set
        .iter()
        .map(|(name, path)| format!("`{name}` ({})", escape(&path.display().to_string())))
        .collect();
    let damaged = if system.certs.is_empty() { "" } else { ": what is in it is damaged" };
    let reason = system.errors.first().map_or_else(
        || damaged.to_owned(),
        |error| match &error.kind {
            rustls_native_certs::ErrorKind::Io { inner, .. } => format!(": {}", io_reason(inner)),
            _ => ": it is not in PEM".to_owned(),
        },
    );
    Failure::config(format!("no certificate could be read from {}{reason}", named.join(" and "))).hint(
        "name a readable PEM file, or a directory of them; or unset it for the system's own certificates",
    )
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
