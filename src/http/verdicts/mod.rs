//! Tests: every chain of certificates, with every store, is judged by the fast way as by the whole store.

mod cases;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::KeyPair;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{ServerName, UnixTime};

use cases::{Case, PLAIN, cases, root};

use super::roots::Roots;
use super::verifier::Verifier;

/// A way in which a store is found; it is made of roots in a directory.
type Store = (&'static str, fn(&Path, &[String]) -> Roots);

fn file(directory: &Path, text: &str) -> PathBuf {
    let path = directory.join("bundle.pem");
    std::fs::write(&path, text).unwrap();
    path
}

fn in_directory(directory: &Path, roots: &[String]) -> PathBuf {
    let path = directory.join("certs");
    std::fs::create_dir(&path).unwrap();
    for (number, pem) in roots.iter().enumerate() {
        std::fs::write(path.join(format!("{number}.pem")), pem).unwrap();
    }
    path
}

/// What a bundle begins with before what matters.
fn others() -> String {
    (0..60).map(|number| root(&format!("other {number}"), PLAIN).pem()).collect()
}

const STORES: [Store; 11] = [
    ("SSL_CERT_FILE", |directory, roots| {
        Roots::of(vec![("SSL_CERT_FILE", file(directory, &roots.concat()))], Vec::new())
    }),
    ("SSL_CERT_FILE with many others", |directory, roots| {
        Roots::of(vec![("SSL_CERT_FILE", file(directory, &(others() + &roots.concat())))], Vec::new())
    }),
    ("SSL_CERT_FILE with CRLF and comments", |directory, roots| {
        let text = format!("# - a comment\n{}", roots.join("# another -- one\n\n")).replace('\n', "\r\n");
        Roots::of(vec![("SSL_CERT_FILE", file(directory, &text))], Vec::new())
    }),
    ("SSL_CERT_FILE with a damaged certificate", |directory, roots| {
        let damaged = root("damaged", PLAIN).pem().replace("MII", "!!!");
        Roots::of(vec![("SSL_CERT_FILE", file(directory, &(damaged + &roots.concat())))], Vec::new())
    }),
    ("SSL_CERT_FILE with a certificate that does not end", |directory, roots| {
        let cut = root("cut", PLAIN).pem().replace("-----END CERTIFICATE-----\n", "");
        Roots::of(
            vec![("SSL_CERT_FILE", file(directory, &(roots[0].clone() + &cut + &roots.concat())))],
            Vec::new(),
        )
    }),
    ("SSL_CERT_FILE with a key", |directory, roots| {
        let key = KeyPair::generate().unwrap().serialize_pem();
        Roots::of(vec![("SSL_CERT_FILE", file(directory, &(key + &roots.concat())))], Vec::new())
    }),
    ("SSL_CERT_FILE that cannot be read, and SSL_CERT_DIR", |directory, roots| {
        let certs = in_directory(directory, roots);
        Roots::of(vec![("SSL_CERT_FILE", directory.join("none")), ("SSL_CERT_DIR", certs)], Vec::new())
    }),
    ("SSL_CERT_DIR", |directory, roots| {
        Roots::of(vec![("SSL_CERT_DIR", in_directory(directory, roots))], Vec::new())
    }),
    ("SSL_CERT_FILE and SSL_CERT_DIR", |directory, roots| {
        let certs = in_directory(directory, &roots[1..]);
        Roots::of(vec![("SSL_CERT_FILE", file(directory, &roots[0])), ("SSL_CERT_DIR", certs)], Vec::new())
    }),
    ("the system's", |_, _| Roots::of(Vec::new(), Vec::new())),
    ("the system's and --cacert", |directory, roots| {
        let extra = super::roots::read_bundle(&file(directory, &roots.concat()), "--cacert").unwrap();
        Roots::of(Vec::new(), extra)
    }),
];

#[test]
fn every_chain_is_judged_as_by_the_whole_store() {
    let provider = Arc::new(default_provider());
    let name = ServerName::try_from("localhost").unwrap();
    let cases = cases();
    let (mut accepted, mut by_few) = (0, 0);
    for (store, make) in STORES {
        for Case { name: chain, chain: certificates, roots } in &cases {
            let directory = tempfile::tempdir().unwrap();
            let roots = Arc::new(make(directory.path(), roots));
            let verifier = Verifier::new(Arc::clone(&roots), Arc::clone(&provider));
            let now = UnixTime::now();
            let judge = || {
                let (own, others) = certificates.split_first().unwrap();
                verifier.verify_server_cert(own, others, &name, &[], now).map(|_| ())
            };
            let fast = judge();
            let was_by_few = !roots.are_read();
            // From here on there is no fast way.
            roots.all();
            let whole = judge();
            // An error of webpki's own is equal to nothing.
            assert_eq!(format!("{fast:?}"), format!("{whole:?}"), "{chain}, {store}");
            assert!(fast.is_ok() || !was_by_few, "{chain}, {store}: refused by a few");
            accepted += usize::from(fast.is_ok());
            by_few += usize::from(was_by_few);
        }
    }
    // The test would be worth nothing if there were few, all were refused, or none were judged by a few.
    assert!(
        cases.len() >= 40 && accepted > 150 && by_few > 80,
        "{accepted} accepted, {by_few} of them by a few"
    );
}
