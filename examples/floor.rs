//! How little a token request can be: `make bench` measures this program against the real one. It trusts what
//! `SSL_CERT_FILE` holds, asks the URL in `OAUTH_TOKEN_URL`, and prints what stands in quotes after `access_token`.
//! It checks nothing else, and must not be used for anything else.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("set {name}"));
    let url = variable("OAUTH_TOKEN_URL")?;
    let (scheme, rest) = url.split_once("://").ok_or("there is no scheme")?;
    let (authority, path) = rest.split_once('/').ok_or("there is no path")?;
    let (host, _) = authority.split_once(':').ok_or("there is no port")?;
    let client = format!("{}:{}", variable("OAUTH_CLIENT_ID")?, variable("OAUTH_CLIENT_SECRET")?);
    let body = "grant_type=client_credentials";
    let request = format!(
        "POST /{path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Basic {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        BASE64_STANDARD.encode(client),
        body.len()
    );
    let mut socket = TcpStream::connect(authority)?;
    let mut answer = String::new();
    if scheme == "https" {
        let mut stream = StreamOwned::new(secured(host, &variable("SSL_CERT_FILE")?)?, socket);
        stream.write_all(request.as_bytes())?;
        stream.read_to_string(&mut answer)?;
    } else {
        socket.write_all(request.as_bytes())?;
        socket.read_to_string(&mut answer)?;
    }
    let (_, rest) = answer.split_once("\"access_token\":\"").ok_or("there is no token")?;
    writeln!(std::io::stdout(), "{}", rest.split('"').next().unwrap_or_default())?;
    Ok(())
}

fn secured(host: &str, roots: &str) -> Result<ClientConnection, Box<dyn Error>> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(roots)? {
        store.add(certificate?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(ClientConnection::new(Arc::new(config), ServerName::try_from(host.to_owned())?)?)
}
