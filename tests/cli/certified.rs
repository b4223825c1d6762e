//! The certificate that the client shows: who sees it, and what cannot serve as one.

use std::io::Write;
use std::process::{Command, Stdio};

use super::authority::Authority;
use super::keys::private;
use super::server::{Server, field, http, parameter};
use super::{GOOD, Tool};

#[test]
fn a_certificate_proves_the_client_or_binds_the_token_beside_a_secret() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let (certificate, key) = clients.localhost().pem();
    let server = Server::mtls(&servers.localhost(), &clients, &http("200 OK", "", GOOD));
    let tool = |tool: Tool| {
        private(tool.file("ca.pem", &servers.pem).file("cert.pem", &certificate), "key.pem", &key)
            .url(&server.https("localhost"))
            .line("--cacert ca.pem")
    };
    tool(Tool::bare()).line("--client-id me --cert cert.pem --key key.pem").succeeds("tok-1\n");
    let request = server.requests().pop().unwrap();
    assert_eq!(parameter(&request, "client_id").as_deref(), Some("me"));
    tool(Tool::client()).line("--cert cert.pem --key key.pem").succeeds("tok-1\n");
    assert!(field(&server.requests().pop().unwrap(), "authorization").is_some());
    private(tool(Tool::client()), "both.pem", format!("{key}{certificate}"))
        .line("--cert both.pem")
        .succeeds("tok-1\n");
}

#[test]
fn a_demanded_or_foreign_certificate_is_exit_7_whatever_the_race() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let server = Server::mtls(&servers.localhost(), &clients, &http("200 OK", "", GOOD));
    let tool = || {
        Tool::client().file("ca.pem", &servers.pem).url(&server.https("localhost")).line("--cacert ca.pem")
    };
    for _ in 0..20 {
        tool().fails(
            7,
            "no trusted connection to `localhost`: the server wants a client certificate",
            "pass it with `--cert FILE` and `--key FILE`",
        );
    }
    let (certificate, key) = Authority::new().localhost().pem();
    let outcome = private(tool().file("cert.pem", certificate), "key.pem", key)
        .line("--cert cert.pem --key key.pem")
        .run();
    assert_eq!(outcome.code, 7);
    assert!(
        outcome.stderr.contains("the server does not accept the client's certificate"),
        "{}",
        outcome.stderr
    );
    assert_eq!(server.connections(), 21, "none was tried again");
}

#[test]
fn a_pair_that_cannot_serve_is_exit_3_with_its_file_and_nothing_is_sent() {
    let authority = Authority::new();
    let (certificate, key) = authority.localhost().pem();
    let (expired, expired_key) = authority.identity("localhost", (2000, 2001)).pem();
    let other = super::keys::key();
    let pem = "give a file in PEM, with `-----BEGIN CERTIFICATE-----`; a PFX is split by openssl pkcs12 -in FILE -noenc -out both.pem";
    let legacy = format!(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n{key}"
    );
    for (certificate, key, error, hint) in [
        (
            &certificate,
            &other,
            "the file of `--key` holds the key of another certificate: key.pem",
            "give the key that the certificate was made for",
        ),
        (
            &expired,
            &expired_key,
            "the file of `--cert` holds a certificate that has expired: cert.pem",
            "renew the certificate, or check this machine's clock",
        ),
        (
            &certificate,
            &certificate,
            "`--key` cannot be used: it is a certificate without a key: key.pem",
            "give the private key",
        ),
        (
            &certificate,
            &legacy,
            "`--key` cannot be used: it is encrypted in OpenSSL's old form: key.pem",
            "convert it: openssl pkcs8 -topk8 -in FILE -out key.pem",
        ),
        (&key, &key, "the file of `--cert` holds no certificate that can be read: cert.pem", pem),
    ] {
        private(Tool::client().file("cert.pem", certificate), "key.pem", key)
            .url("https://localhost:1/")
            .line("--cert cert.pem --key key.pem")
            .fails(3, error, hint);
    }
    let pfx = b"\x30\x82\x01\x00\x02\x01\x03\xff";
    private(Tool::client().file("cert.pem", &certificate), "key.pfx", pfx)
        .url("https://localhost:1/")
        .line("--cert cert.pem --key key.pfx")
        .fails(
            3,
            "`--key` cannot be used: it is a PFX (PKCS#12) file: key.pfx",
            "take the key out of it: openssl pkcs12 -in FILE -nocerts -noenc -out key.pem",
        );
    private(Tool::client(), "cert.pfx", pfx).url("https://localhost:1/").line("--cert cert.pfx").fails(
        3,
        "the file of `--cert` holds no certificate that can be read: cert.pfx",
        pem,
    );
    Tool::client().file("cert.pem", &certificate).url("https://localhost:1/").line("--cert cert.pem").fails(
        3,
        "`--cert` is set without its key",
        "pass the key with `--key FILE`, or put both into one file",
    );
    private(Tool::client(), "key.pem", &key).url("https://localhost:1/").line("--key key.pem").fails(
        3,
        "`--key` is set without a certificate",
        "pass the certificate with `--cert FILE`",
    );
}

#[test]
fn the_certificate_is_shown_to_the_token_endpoint_alone() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let (certificate, key) = clients.localhost().pem();
    // It asks for a certificate, does without, and has no metadata.
    let server = Server::tls_connect_proxy(&servers.localhost(), &clients);
    let tool = Tool::client().file("ca.pem", &servers.pem).file("cert.pem", &certificate);
    private(tool, "key.pem", &key)
        .args(["--issuer", &format!("https://localhost:{}", server.address.port())])
        .line("--cacert ca.pem --cert cert.pem --key key.pem --retry 0")
        .run();
    assert_eq!(server.requests()[0], "no certificate");
}

#[test]
fn an_encrypted_key_of_a_certificate_opens_with_its_passphrase() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let (certificate, key) = clients.localhost().pem();
    let mut openssl = Command::new("openssl")
        .args(["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:pw"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    openssl.stdin.take().unwrap().write_all(key.as_bytes()).unwrap();
    let encrypted = String::from_utf8(openssl.wait_with_output().unwrap().stdout).unwrap();
    let server = Server::mtls(&servers.localhost(), &clients, &http("200 OK", "", GOOD));
    let tool = |file: &str, content: &str| {
        let tool = Tool::client().file("ca.pem", &servers.pem).file("cert.pem", &certificate);
        private(tool, file, content).url(&server.https("localhost")).line("--cacert ca.pem --cert")
    };
    let two = || tool("key.pem", &encrypted).line("cert.pem --key key.pem");
    two().env("OAUTH_KEY_PASSPHRASE", "pw").succeeds("tok-1\n");
    let one = tool("both.pem", &format!("{certificate}{encrypted}")).line("both.pem");
    private(one, "pass", "pw\n").line("--key-passphrase-file pass").succeeds("tok-1\n");
    two().fails(
        3,
        "`--key` cannot be used: the key is encrypted: key.pem",
        "set `OAUTH_KEY_PASSPHRASE`, or pass `--key-passphrase-file FILE`",
    );
    two().env("OAUTH_KEY_PASSPHRASE", "wrong").fails(
        3,
        "`--key` cannot be used: the passphrase does not open the key: key.pem",
        "check `OAUTH_KEY_PASSPHRASE` or its file",
    );
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_passphrase_is_asked_for_where_a_key_is_encrypted_and_else_not() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let (certificate, key) = clients.localhost().pem();
    let server = Server::mtls(&servers.localhost(), &clients, &http("200 OK", "", GOOD));
    private(Tool::client().file("ca.pem", &servers.pem).file("cert.pem", &certificate), "key.pem", &key)
        .url(&server.https("localhost"))
        .env("OAUTH_KEY_PASSPHRASE_FILE", "missing")
        .line("--cacert ca.pem --cert cert.pem --key key.pem")
        .succeeds("tok-1\n");
}

#[test]
fn a_certificate_of_an_old_version_is_told_from_another_keys() {
    let tool = private(Tool::client(), "key.pem", super::keys::key());
    let script = "openssl req -new -key key.pem -subj /CN=x -out request.pem && \
                  openssl x509 -req -in request.pem -signkey key.pem -out cert.pem && \
                  openssl x509 -in cert.pem -noout -text";
    let mut openssl = Command::new("/bin/sh");
    let made = openssl.args(["-c", script]).current_dir(tool.path()).output().unwrap();
    // As OpenSSL makes it of itself up to 3.3.
    if !String::from_utf8_lossy(&made.stdout).contains("Version: 1 ") {
        return;
    }
    tool.url("https://localhost:1/").line("--cert cert.pem --key key.pem").fails(
        3,
        "the file of `--cert` holds a certificate that TLS cannot use: cert.pem",
        "have one made of X.509 version 3: openssl x509 -req makes such with -extfile",
    );
}
