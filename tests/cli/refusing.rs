//! Answers without a token, each with its exit code and the lines that a person gets.

use std::io::Write;
use std::process::{Command, Stdio};

use super::authority::Authority;
use super::server::{Server, http};
use super::{GOOD, Tool, endpoint};

const CHECK: &str = "check `OAUTH_CLIENT_ID` and `OAUTH_CLIENT_SECRET`, both from the environment";
const EXPLAIN: &str = "`--explain` shows the request and where each setting comes from";

#[test]
fn a_rejected_client_is_exit_4_with_the_origin_of_its_settings() {
    let (_server, url) = endpoint(401, r#"{"error":"invalid_client","error_description":"no such client"}"#);
    let error = "the server rejected the client: `invalid_client`: no such client (401)";
    Tool::client().url(&url).fails(4, error, CHECK);
    Tool::bare()
        .file(".env", format!("OAUTH_TOKEN_URL={url}\nOAUTH_CLIENT_ID=a\nOAUTH_CLIENT_SECRET=b\n"))
        .fails(4, error, "check `OAUTH_CLIENT_ID` and `OAUTH_CLIENT_SECRET`, both from ./.env");
    Tool::client().url(&url).line("--client-id x").fails(
        4,
        error,
        "check `--client-id`, from the command line, and `OAUTH_CLIENT_SECRET`, from the environment",
    );
    Tool::client().url(&url).line("--auth-method none").fails(
        4,
        error,
        "check `OAUTH_CLIENT_ID`, from the environment, and `--auth-method`, from the command line",
    );
}

#[test]
fn a_401_for_a_secret_with_odd_ends_says_so() {
    let (_server, url) = endpoint(401, r#"{"error":"invalid_client"}"#);
    for (id, secret, odd) in [
        ("my-client", "my secret ", "`OAUTH_CLIENT_SECRET` begins or ends with white space"),
        ("my-client", "\"my-secret\"", "`OAUTH_CLIENT_SECRET` begins or ends with a quotation mark"),
        ("my-client'", "my-secret", "`OAUTH_CLIENT_ID` begins or ends with a quotation mark"),
        (
            "my-client",
            "${SECRET}",
            "`OAUTH_CLIENT_SECRET` looks like a variable that nobody has put a value for",
        ),
        ("my-client", "***", "`OAUTH_CLIENT_SECRET` looks like what stands in a log for a secret"),
        ("$(ID)", "my-secret", "`OAUTH_CLIENT_ID` looks like a variable that nobody has put a value for"),
    ] {
        let tool = Tool::bare().env("OAUTH_CLIENT_ID", id).env("OAUTH_CLIENT_SECRET", secret);
        tool.url(&url).fails(
            4,
            "the server rejected the client: `invalid_client` (401)",
            &format!("{CHECK}: {odd}"),
        );
    }
}

#[test]
fn a_401_after_encoding_says_how_to_send_it_raw() {
    let (_server, url) = endpoint(401, "");
    Tool::client().env("OAUTH_CLIENT_SECRET", "a+b").url(&url).fails(
        4,
        "the server rejected the client (401)",
        &format!("{CHECK}; they hold characters that are form-encoded for Basic (RFC 6749 section 2.3.1): if the server does not decode them, try `--basic-encoding raw`"),
    );
}

#[test]
fn a_rejected_request_is_exit_5() {
    for (status, body, error, hint) in [
        (403, r#"{"status":403,"message":"invalid client secret"}"#, "invalid client secret (403)", CHECK),
        (
            400,
            r#"{"error":"invalid_scope"}"#,
            "`invalid_scope` (400)",
            "the server may want a scope: pass it with `--scope`",
        ),
        (
            403,
            r#"{"error":"access_denied","error_description":"Non-global clients are not allowed access to APIv1"}"#,
            "`access_denied`: Non-global clients are not allowed access to APIv1 (403)",
            "Auth0 wants to know for which API: pass its identifier with `--audience`",
        ),
        (
            415,
            "",
            "(415)",
            "the server does not take a form, which RFC 6749 demands; ask who runs it for another endpoint",
        ),
        (
            404,
            "<title>Not found</title>",
            "it is HTML, titled `Not found` (404)",
            "check that `--url` is the token endpoint; `--verbose` shows the answer",
        ),
        (
            400,
            r#"{"error":"invalid_request","error_description":"\r\nAADSTS1: x.\r\nTrace ID: 1"}"#,
            "`invalid_request`: AADSTS1: x. Trace ID: 1 (400)",
            EXPLAIN,
        ),
    ] {
        let (_server, url) = endpoint(status, body);
        let colon = if error.starts_with('(') { "" } else { ":" };
        Tool::client().url(&url).fails(5, &format!("the server rejected the request{colon} {error}"), hint);
    }
}

#[test]
fn an_unwell_server_is_exit_9_after_the_retries() {
    let server = Server::raw([http("503 Service Unavailable", "Retry-After: 0\r\n", "")]);
    Tool::client().url(&server.url()).fails(
        9,
        "the server is unwell (503), after 3 attempts",
        "try later; if it stays, ask who runs the server",
    );
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_server_that_asks_to_wait_a_day_is_exit_9_at_once() {
    let server = Server::raw([http(
        "429 Too Many Requests",
        "Retry-After: 86400\r\n",
        r#"{"error":"access_denied"}"#,
    )]);
    Tool::client().url(&server.url()).fails(
        9,
        "the server is unwell: `access_denied` (429)",
        "try later: the server asks to wait 86400 s",
    );
    assert_eq!(server.connections(), 1);
}

#[test]
fn an_answer_without_a_token_is_exit_10() {
    for (answer, error) in [
        (
            http("200 OK", "", "<!doctype html><title>Sign in</title>"),
            "the answer is no token: it is HTML, titled `Sign in` (200)",
        ),
        (http("200 OK", "", ""), "the answer is no token: it is empty (200)"),
        (
            http("200 OK", "", "{}"),
            "the answer is no token: it has no `access_token`, nor anything else (200)",
        ),
        (
            http("200 OK", "", r#"{"token":"x","exp":1}"#),
            "the answer is no token: it has no `access_token`, only `token`, `exp` (200)",
        ),
        (
            http("200 OK", "", r#"{"access_token":null}"#),
            "the answer is no token: `access_token` is not text (200)",
        ),
        (
            http("200 OK", "", r#"{"access_token":"a\nb"}"#),
            "the answer is no token: `access_token` holds characters other than printable ASCII (200)",
        ),
        (
            http("200 OK", "", "eyJhbGciOi.bare.token"),
            "the answer is no token: it is plain text, 21 bytes long (200)",
        ),
        (http("204 No Content", "", ""), "the answer is no token: it is empty (204)"),
    ] {
        let server = Server::raw([answer]);
        Tool::client().url(&server.url()).fails(
            10,
            error,
            "check that `--url` is the token endpoint; `--verbose` shows the answer",
        );
        assert_eq!(server.connections(), 1, "a malformed success is not repeated: {error}");
    }
}

#[test]
fn a_redirect_is_exit_10_and_is_not_followed() {
    let target = Server::raw([http("200 OK", "", GOOD)]);
    for status in [
        "300 Multiple Choices",
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let server = Server::raw([http(status, &format!("Location: {}\r\n", target.url()), "")]);
        Tool::client().url(&server.url()).fails(
            10,
            &format!("the answer is no token: a redirect to `{}` ({})", target.url(), &status[..3]),
            "redirects are never followed, for one could carry the secret away; if you trust the target, use it as `--url`",
        );
    }
    assert_eq!(target.connections(), 0);
    let server = Server::raw([http("302 x", "Location: https://u:canary@h/cb#access_token=canary\r\n", "")]);
    let told = Tool::client().url(&server.url()).line("-v").run().stderr;
    assert!(told.contains("a redirect to `https://[redacted]@h/cb#access_token=[redacted]`"), "{told}");
    assert!(!told.contains("canary"), "{told}");
    let server = Server::raw([http("301 x", "Location: /token/\r\n", "")]);
    let outcome = Tool::client().url(&server.url()).run();
    assert!(
        outcome.stderr.contains(&format!("a redirect to `{}/` (301)", server.url())),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_body_over_one_mebibyte_is_exit_10_however_it_is_packed() {
    let hint = "check that the URL is the token endpoint's";
    let server = Server::endless(b"                ");
    Tool::client().url(&server.url()).fails(
        10,
        "the answer of `127.0.0.1` is over 1 MiB, which is no token response",
        hint,
    );
    let body = " ".repeat(1024 * 1024 + 1);
    let server = Server::raw([http("200 OK", "", &body)]);
    Tool::client().url(&server.url()).fails(
        10,
        "the answer of `127.0.0.1` is over 1 MiB, which is no token response",
        hint,
    );
    let mut gzip = Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    gzip.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    let packed = gzip.wait_with_output().unwrap().stdout;
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len());
    let server = Server::raw([[head.as_bytes(), &packed].concat()]);
    Tool::client().url(&server.url()).fails(
        10,
        "the answer of `127.0.0.1` is over 1 MiB, which is no token response",
        hint,
    );
    let padded = format!("{GOOD}{}", " ".repeat(1024 * 1024 - GOOD.len()));
    let server = Server::raw([http("200 OK", "", &padded)]);
    Tool::client().url(&server.url()).succeeds("tok-1\n");
}

#[test]
fn a_header_over_64_kib_is_exit_10_and_is_not_asked_for_again() {
    let authority = Authority::new();
    let long = format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: {}\r\n\r\n{{}}", "y".repeat(70_000));
    let plain = Server::raw([long.clone()]);
    let secured = Server::tls(&authority.localhost(), &long);
    for (server, url) in [(&plain, plain.url()), (&secured, secured.https("localhost"))] {
        let tool = Tool::client().url(&url).file("ca.pem", &authority.pem).line("--cacert ca.pem");
        let outcome = tool.run();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (10, ""), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("is over 64 KiB"), "{}", outcome.stderr);
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn an_answer_that_ends_early_or_is_no_http_is_exit_10() {
    let server = Server::raw([format!("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{GOOD}")]);
    Tool::client().url(&server.url()).fails(
        10,
        "the answer of `127.0.0.1` cannot be read: it ends early",
        "try again; if it stays, the server or a proxy on the way breaks answers",
    );
    let server = Server::raw(["SSH-2.0-OpenSSH_9.2\r\n\r\n"]);
    let outcome = Tool::client().url(&server.url()).run();
    assert_eq!((outcome.code, outcome.stdout.as_str(), server.connections()), (10, "", 1));
    assert!(
        outcome
            .stderr
            .starts_with("oauth-token: error: `127.0.0.1` answered with something that is not HTTP: "),
        "{}",
        outcome.stderr
    );
}
