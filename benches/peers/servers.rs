//! The servers that are asked: plain, and with TLS 1.3 behind a chain with an intermediate certificate, P-256 and,
//! where openssl can make one, RSA. TLS is nginx's, where it is installed. They answer as fast as they can, so that what
//! is measured is the client.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::thread;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The token that they give.
pub const TOKEN: &str = "bench-token";

/// What makes an answer one of 1 MiB, less the rest of it.
const LARGE: usize = 1024 * 1024 - 200;

/// Where they listen; empty for what could not be made.
pub struct Servers {
    /// Without TLS.
    pub plain: String,
    /// With a P-256 chain.
    pub p256: String,
    /// With an RSA chain.
    pub rsa: String,
    /// Without TLS, with an answer of 1 MiB.
    pub large: String,
    /// Whose TLS it is.
    pub tls: &'static str,
    _nginx: Option<Nginx>,
}

/// A process that ends with this one.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts them, and writes bundle.pem, the system's authorities and theirs, and two.pem, theirs alone.
pub fn start(directory: &Path) -> Servers {
    let (root, chain, key) = p256_chain();
    let rsa = rsa_chain(directory);
    let own = format!("{root}{}", rsa.as_ref().map_or(root.as_str(), |(root, ..)| root));
    let system = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
    let system = system.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    fs::write(directory.join("bundle.pem"), format!("{system}\n{own}")).unwrap();
    fs::write(directory.join("two.pem"), own).unwrap();
    let chains: Vec<(Vec<CertificateDer>, PrivateKeyDer)> =
        [Some((chain, key)), rsa.map(|(_, chain, key)| (chain, key))].into_iter().flatten().collect();
    let (tls, nginx, secured) = match nginx(directory, &chains) {
        Some((process, urls)) => ("nginx", Some(process), urls),
        None => ("rustls", None, chains.into_iter().map(|(chain, key)| secured(chain, key)).collect()),
    };
    let mut secured = secured.into_iter();
    Servers {
        plain: format!("http://127.0.0.1:{}/token", serve(|stream| answer(stream, ""))),
        large: format!("http://127.0.0.1:{}/token", serve(|stream| answer(stream, &"x".repeat(LARGE)))),
        p256: secured.next().unwrap_or_default(),
        rsa: secured.next().unwrap_or_default(),
        tls,
        _nginx: nginx,
    }
}

/// One process of nginx for all chains, and its URLs; nothing where it is not installed.
fn nginx(directory: &Path, chains: &[(Vec<CertificateDer>, PrivateKeyDer)]) -> Option<(Nginx, Vec<String>)> {
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let mut servers = String::new();
    let mut ports = Vec::new();
    for (number, (chain, key)) in chains.iter().enumerate() {
        let (chain_file, key_file) =
            (path(&format!("chain-{number}.pem")), path(&format!("key-{number}.pem")));
        let pem = chain.iter().map(|der| pem("CERTIFICATE", der)).collect::<String>();
        fs::write(&chain_file, pem).unwrap();
        fs::write(&key_file, pem_key(key)).unwrap();
        // Nobody else takes it before nginx does, or nginx does not start.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        ports.push(port);
        writeln!(
            servers,
            "server {{ listen 127.0.0.1:{port} ssl; ssl_protocols TLSv1.3; ssl_certificate {chain_file}; ssl_certificate_key {key_file}; location / {{ default_type application/json; return 200 '{}'; }} }}",
            body("")
        )
        .unwrap();
    }
    let places: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {};\n", path(name)))
        .concat();
    let text = format!(
        "daemon off;\nmaster_process off;\npid {};\nerror_log {} crit;\nevents {{}}\nhttp {{\naccess_log off;\nkeepalive_timeout 0;\n{places}{servers}}}\n",
        path("nginx.pid"),
        path("nginx.log")
    );
    fs::write(path("nginx.conf"), text).unwrap();
    let process = Command::new("nginx").args(["-c", &path("nginx.conf"), "-e", &path("nginx.log")]).spawn();
    let mut nginx = Nginx(process.ok()?);
    for port in &ports {
        while TcpStream::connect(("127.0.0.1", *port)).is_err() {
            assert!(nginx.0.try_wait().unwrap().is_none(), "nginx ended: {}", path("nginx.log"));
            thread::yield_now();
        }
    }
    Some((nginx, ports.iter().map(|port| format!("https://localhost:{port}/token")).collect()))
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn pem_key(key: &PrivateKeyDer) -> String {
    let label = match key {
        PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
        PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
        _ => "PRIVATE KEY",
    };
    pem(label, key.secret_der())
}

fn secured(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let port = serve(move |stream| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        answer(&mut stream, "");
        stream.conn.send_close_notify();
        let _ = stream.flush();
    });
    format!("https://localhost:{port}/token")
}

fn serve(answer: impl Fn(&mut std::net::TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.set_nodelay(true);
            answer(&mut stream);
        }
    });
    port
}

fn answer(stream: &mut (impl Read + Write), filler: &str) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&request).contains("grant_type=client_credentials") {
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => request.extend(&buffer[..read]),
            _ => return,
        }
    }
    let body = body(filler);
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn body(filler: &str) -> String {
    format!(r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":3600,"filler":"{filler}"}}"#)
}

type Chain = (String, Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn p256_chain() -> Chain {
    let authority = |name: &str| {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        params
    };
    let (root, root_key) = (authority("bench root"), KeyPair::generate().unwrap());
    let (middle, middle_key) = (authority("bench intermediate"), KeyPair::generate().unwrap());
    let (leaf, leaf_key) =
        (CertificateParams::new(vec!["localhost".to_owned()]).unwrap(), KeyPair::generate().unwrap());
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let middle_der =
        middle.signed_by(&middle_key, &Issuer::from_params(&root, &root_key)).unwrap().der().clone();
    let leaf_der =
        leaf.signed_by(&leaf_key, &Issuer::from_params(&middle, &middle_key)).unwrap().der().clone();
    (root_pem, vec![leaf_der, middle_der], leaf_key.into())
}

/// By openssl, for no library at hand makes RSA keys.
fn rsa_chain(directory: &Path) -> Option<Chain> {
    let openssl = |line: &str| {
        let words = line.split(' ').filter(|word| !word.is_empty());
        Command::new("openssl")
            .args(words)
            .current_dir(directory)
            .output()
            .ok()
            .filter(|output| output.status.success())
    };
    let file = |name: &str| fs::read(directory.join(name)).ok();
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=rsa-root -keyout rsa-root.key -out rsa-root.pem -addext basicConstraints=critical,CA:TRUE",
    )?;
    fs::write(directory.join("ca.ext"), "basicConstraints=critical,CA:TRUE").ok()?;
    openssl(
        "req -newkey rsa:2048 -nodes -subj /CN=rsa-intermediate -keyout rsa-middle.key -out rsa-middle.csr",
    )?;
    openssl(
        "x509 -req -in rsa-middle.csr -CA rsa-root.pem -CAkey rsa-root.key -CAcreateserial -days 2 -extfile ca.ext -out rsa-middle.pem",
    )?;
    fs::write(directory.join("leaf.ext"), "subjectAltName=DNS:localhost").ok()?;
    openssl("req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout rsa-leaf.key -out rsa-leaf.csr")?;
    openssl(
        "x509 -req -in rsa-leaf.csr -CA rsa-middle.pem -CAkey rsa-middle.key -CAcreateserial -days 2 -extfile leaf.ext -out rsa-leaf.pem",
    )?;
    let der = |name: &str| CertificateDer::from_pem_slice(&file(name)?).ok();
    let key = PrivateKeyDer::from_pem_slice(&file("rsa-leaf.key")?).ok()?;
    Some((
        String::from_utf8(file("rsa-root.pem")?).ok()?,
        vec![der("rsa-leaf.pem")?, der("rsa-middle.pem")?],
        key,
    ))
}
