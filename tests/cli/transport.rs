//! The way to the server: retries and TLS.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::authority::Authority;
use super::server::{Server, http};
use super::{GOOD, Tool};

pub fn good() -> String {
    http("200 OK", "Content-Type: application/json\r\n", GOOD)
}

#[test]
fn passing_faults_are_tried_again_and_others_are_not() {
    for (status, connections) in [
        ("429 x", 2),
        ("500 x", 2),
        ("502 x", 2),
        ("503 x", 2),
        ("504 x", 2),
        ("501 x", 1),
        ("400 x", 1),
        ("401 x", 1),
        ("408 x", 1),
    ] {
        let server = Server::raw([http(status, "Retry-After: 0\r\n", ""), good()]);
        let outcome = Tool::client().url(&server.url()).run();
        assert_eq!((server.connections(), outcome.code == 0), (connections, connections == 2), "{status}");
    }
}

#[test]
fn a_connection_that_breaks_is_tried_again_only_for_a_grant_that_may_be_repeated() {
    let server = Server::raw([String::new(), good()]);
    Tool::client().url(&server.url()).succeeds("tok-1\n");
    let server = Server::raw([String::new(), good()]);
    assert_eq!(Tool::client().url(&server.url()).line("--grant-type urn:x").run().code, 6);
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_refusal_is_one_though_its_words_are_cut_short() {
    let cut =
        |status: &str, more: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 100\r\n{more}\r\n{{\"err");
    for (answer, code) in [
        (cut("401 x", ""), 4),
        (cut("400 x", ""), 5),
        (cut("401 x", "Content-Encoding: gzip\r\n"), 4),
        ("HTTP/1.1 401 x\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n".to_owned(), 4),
        (http("400 x", "", &" ".repeat(1024 * 1024 + 1)), 5),
    ] {
        let server = Server::raw([answer.clone()]);
        assert_eq!(Tool::client().url(&server.url()).run().code, code, "{}", &answer[..60]);
        assert_eq!(server.connections(), 1);
    }
    let server = Server::raw([cut("503 x", "Retry-After: 0\r\n"), good()]);
    Tool::client().url(&server.url()).succeeds("tok-1\n");
}

#[test]
fn a_form_that_does_not_say_where_it_ends_is_no_token() {
    let server = Server::raw(["HTTP/1.1 200 OK\r\n\r\naccess_token=abcdef"]);
    Tool::client().url(&server.url()).fails(
        10,
        "the answer is no token: it is a form that does not say where it ends, so it may be cut short (200)",
        "check that `--url` is the token endpoint; `--verbose` shows the answer",
    );
}

#[test]
fn retry_says_how_often() {
    for (times, connections) in [("0", 1), ("1", 2), ("4", 5)] {
        let server = Server::raw([http("500 x", "Retry-After: 0\r\n", "")]);
        assert_eq!(Tool::client().url(&server.url()).args(["--retry", times]).run().code, 9);
        assert_eq!(server.connections(), connections);
    }
}

#[test]
fn a_date_in_retry_after_is_understood() {
    let server = Server::raw([http("503 x", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", ""), good()]);
    Tool::client().url(&server.url()).succeeds("tok-1\n");
    let server = Server::raw([http("503 x", "Retry-After: Fri, 31 Dec 2399 23:59:59 GMT\r\n", "")]);
    assert_eq!((Tool::client().url(&server.url()).run().code, server.connections()), (9, 1));
}

#[test]
fn odd_wrappings_of_a_good_answer_are_read() {
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x};x=y\r\n{GOOD}\r\n0\r\n\r\n",
        GOOD.len()
    );
    let gzipped = BASE64_STANDARD.decode("H4sIAAAAAAACA6tWSkxOTi0uji/Jz07NU7JSAtK6hkq1AKYaohwYAAAA").unwrap();
    for answer in [
        http("200 OK", "Content-Type: text/html\r\n", GOOD).into_bytes(),
        http("200 OK", "Content-Type: application/json; charset=ISO-8859-1\r\n", GOOD).into_bytes(),
        http("201 Created", "", &format!("\u{feff}{GOOD}")).into_bytes(),
        http("200 OK", "Content-Type: text/plain\r\n", "access_token=tok-1&token_type=bearer").into_bytes(),
        format!("HTTP/1.0 200 OK\r\n\r\n{GOOD}").into_bytes(),
        format!("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n{}", good()).into_bytes(),
        chunked.into_bytes(),
        [
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", gzipped.len())
                .into_bytes(),
            gzipped,
        ]
        .concat(),
    ] {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let server = Server::raw([answer]);
        let outcome = Tool::client().url(&server.url()).run();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "tok-1\n"), "{shown}\n{}", outcome.stderr);
    }
}

#[test]
fn a_private_authority_is_trusted_by_cacert_and_by_ssl_cert_file_and_else_not() {
    let authority = Authority::new();
    let server = Server::tls(&authority.localhost(), &good());
    let url = server.https("localhost");
    Tool::client().url(&url).file("ca.pem", &authority.pem).line("--cacert ca.pem").succeeds("tok-1\n");
    Tool::client().url(&url).file("ca.pem", &authority.pem).env("OAUTH_CACERT", "ca.pem").succeeds("tok-1\n");
    Tool::client()
        .url(&url)
        .file("ca.pem", &authority.pem)
        .env("SSL_CERT_FILE", "ca.pem")
        .succeeds("tok-1\n");
    Tool::client().url(&url).file("other.pem", Authority::new().pem).env("SSL_CERT_FILE", "other.pem").fails(
        7,
        "no trusted connection to `localhost`: the certificate is signed by an unknown authority",
        "if the authority is a private one, give its certificate with `--cacert FILE`; those that are known come from `SSL_CERT_FILE`",
    );
}

#[test]
fn cacert_adds_to_the_systems_authorities_and_does_not_replace_them() {
    let (system, private) = (Authority::new(), Authority::new());
    for authority in [&system, &private] {
        let server = Server::tls(&authority.localhost(), &good());
        for (variable, place) in [("SSL_CERT_FILE", "certs/system.pem"), ("SSL_CERT_DIR", "certs")] {
            let tool = Tool::client().url(&server.https("localhost")).file("private.pem", &private.pem);
            std::fs::create_dir(tool.path().join("certs")).unwrap();
            let tool = tool.file("certs/system.pem", &system.pem).env(variable, place);
            tool.line("--cacert private.pem").succeeds("tok-1\n");
        }
    }
}

#[test]
fn expired_early_and_foreign_certificates_are_exit_7_and_are_not_tried_again() {
    let authority = Authority::new();
    let clock = "check this machine's clock";
    for (identity, reason, hint) in [
        (
            authority.identity("localhost", (2000, 2001)),
            "the certificate has expired",
            "check this machine's clock; if it is right, the server needs a new certificate",
        ),
        (authority.identity("localhost", (2100, 2101)), "the certificate is not valid yet", clock),
        (
            authority.identity("example.com", (2020, 2100)),
            "the certificate is not for the host `localhost`",
            "check the URL's host; the certificate must name it",
        ),
    ] {
        let server = Server::tls(&identity, &good());
        Tool::client()
            .url(&server.https("localhost"))
            .file("ca.pem", &authority.pem)
            .line("--cacert ca.pem")
            .fails(7, &format!("no trusted connection to `localhost`: {reason}"), hint);
        assert_eq!((server.connections(), server.requests().len()), (1, 0), "{reason}");
    }
}

#[test]
fn a_server_that_speaks_no_tls_or_an_old_one_is_exit_7() {
    let plain = Server::silent_after_hello(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    Tool::client().url(&plain.https("localhost")).fails(
        7,
        "no trusted connection to `localhost`: the server does not speak TLS on this port",
        "check the port; plain `http://` is for loopback alone",
    );
    // The alert `protocol_version`, in a record of TLS 1.1: what a server that stops there says to us.
    let old = Server::silent_after_hello(b"\x15\x03\x02\x00\x02\x02\x46");
    Tool::client().url(&old.https("localhost")).fails(
        7,
        "no trusted connection to `localhost`: the server offers no TLS version or cipher that is still safe",
        "the server must offer TLS 1.2 or 1.3",
    );
}

#[test]
fn authorities_that_cannot_be_read_are_exit_3_and_name_the_setting() {
    let tool = || Tool::client().url("https://localhost:1/");
    let pem = "give a file with the authority's certificate in PEM, `-----BEGIN CERTIFICATE-----`";
    tool().line("--cacert none").fails(3, "`--cacert`: no such file or directory: none", pem);
    tool().line("--cacert /").fails(3, "`--cacert`: is a directory: /", pem);
    tool().file("ca", "text").line("--cacert ca").fails(
        3,
        "`--cacert`: it holds no certificate in PEM: ca",
        pem,
    );
    tool()
        .file("ca", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .env("OAUTH_CACERT", "ca")
        .fails(3, "`OAUTH_CACERT` from the environment: a certificate in it is damaged: ca", pem);
    tool()
        .file("ca", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .env("SSL_CERT_FILE", "ca")
        .fails(
            3,
            "no certificate could be read from `SSL_CERT_FILE` (ca): what is in it is damaged",
            "name a readable PEM file, or a directory of them; or unset it for the system's own certificates",
        );
    tool().env("SSL_CERT_FILE", "/nowhere").fails(
        3,
        "no certificate could be read from `SSL_CERT_FILE` (/nowhere): no such file or directory",
        "name a readable PEM file, or a directory of them; or unset it for the system's own certificates",
    );
}

#[test]
fn several_directories_of_authorities_are_read() {
    let authority = Authority::new();
    let server = Server::tls(&authority.localhost(), &good());
    let tool = Tool::client().url(&server.https("localhost"));
    for directory in ["empty", "full"] {
        std::fs::create_dir(tool.path().join(directory)).unwrap();
    }
    tool.file("full/ca.pem", &authority.pem).env("SSL_CERT_DIR", "empty:full").succeeds("tok-1\n");
}

#[test]
fn an_empty_variable_for_authorities_counts_as_unset() {
    let authority = Authority::new();
    let server = Server::tls(&authority.localhost(), &good());
    for variable in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        Tool::client()
            .url(&server.https("localhost"))
            .file("ca.pem", &authority.pem)
            .line("--cacert ca.pem")
            .env(variable, "")
            .succeeds("tok-1\n");
    }
}

#[test]
fn names_under_localhost_are_this_machine_without_a_name_server() {
    let server = Server::raw([good()]);
    Tool::client()
        .url(&format!("http://auth.tenant.localhost:{}/token", server.address.port()))
        .succeeds("tok-1\n");
    assert!(
        server.requests()[0].contains(&format!("host: auth.tenant.localhost:{}\r\n", server.address.port())),
        "{:?}",
        server.requests()
    );
}

#[test]
fn a_server_that_is_not_trusted_is_told_so() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::handshake(&authority.localhost());
    let tool = Tool::client().url(&server.https("localhost")).file("ca.pem", &other.pem);
    assert_eq!(tool.line("--cacert ca.pem").run().code, 7);
    server.wait_for_requests(1);
    assert_eq!(server.requests(), ["received fatal alert: UnknownCA"]);
}

#[test]
fn a_server_without_the_key_of_its_certificate_is_exit_7() {
    let authority = Authority::new();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = Server::impostor(&authority.localhost(), &authority.localhost(), version);
        let tool = Tool::client().url(&server.https("localhost")).file("ca.pem", &authority.pem);
        let outcome = tool.line("--cacert ca.pem").run();
        assert_eq!((outcome.code, server.requests().len()), (7, 0), "{}", outcome.stderr);
    }
}

#[test]
fn a_connection_that_is_not_made_in_time_is_tried_again_and_max_time_bounds_it_too() {
    let server = Server::silent_after_hello(b"");
    let tool = || Tool::client().url(&server.https("localhost"));
    tool().line("--connect-timeout 0.2 --retry 1").fails(
        8,
        "out of time: no connection to `localhost` within 0.2 s, after 2 attempts",
        "check the network, the host and the port; `--connect-timeout` and `--max-time` allow more time",
    );
    server.wait_for_connections(2);
    let outcome = tool().line("--max-time 0.2").run();
    let left = outcome.stderr.split("within ").nth(1).unwrap().split(" s").next().unwrap();
    assert!(outcome.code == 8 && left.parse::<f64>().unwrap() <= 0.2, "{}", outcome.stderr);
}

#[test]
fn one_deadline_holds_for_all_attempts_and_the_wait_between_them() {
    let server = Server::silent_after_first(http("503 x", "Retry-After: 1\r\n", ""));
    let outcome = Tool::client().url(&server.url()).line("--max-time 1.5 --retry 1").run();
    assert_eq!((outcome.code, server.connections()), (8, 2), "{}", outcome.stderr);
    // The second attempt has what the first and the wait have left of it.
    let left = outcome.stderr.split("within ").nth(1).unwrap().split(" s").next().unwrap();
    assert!(left.parse::<f64>().unwrap() <= 0.5, "{}", outcome.stderr);
}
