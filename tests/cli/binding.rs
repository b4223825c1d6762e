//! Tokens that are bound to a key: DPoP (RFC 9449) and the certificate of the connection (RFC 8705).

use super::keys::private;
use super::server::{Server, field, http, jwt, parameter};
use super::{GOOD, Tool};

pub const BOUND: &str = r#"{"access_token":"tok-1","token_type":"DPoP","expires_in":60}"#;

fn bound() -> Server {
    Server::raw([http("200 OK", "", BOUND)])
}

fn client() -> Tool {
    private(Tool::client(), "key.pem", super::keys::key()).line("--dpop-key key.pem")
}

#[test]
fn the_first_request_carries_a_proof_and_the_header_is_of_the_scheme_dpop() {
    let server = bound();
    client().url(&format!("{}?a=b", server.url())).line("--header").succeeds("Authorization: DPoP tok-1\n");
    let request = server.requests().remove(0);
    let (header, claims) = jwt(&field(&request, "dpop").unwrap());
    assert_eq!((&header["typ"], &header["alg"]), (&"dpop+jwt".into(), &"ES256".into()));
    assert!(header["jwk"]["d"].is_null() && header["jwk"]["x"].is_string());
    assert_eq!((claims["htm"].as_str(), claims["htu"].as_str()), (Some("POST"), Some(server.url().as_str())));
    assert!(claims.get("nonce").is_none());
}

#[test]
fn a_demanded_nonce_is_sent_once_with_a_new_proof_and_a_new_assertion() {
    let demand = |status| http(status, "DPoP-Nonce: n-1\r\n", r#"{"error":"use_dpop_nonce"}"#);
    for status in ["400 x", "401 x"] {
        let server = Server::raw([demand(status), http("200 OK", "", BOUND)]);
        client().url(&server.url()).line("--auth-method client_secret_jwt").succeeds("tok-1\n");
        let requests = server.requests();
        let proofs: Vec<_> = requests.iter().map(|request| jwt(&field(request, "dpop").unwrap()).1).collect();
        assert_eq!((requests.len(), proofs[1]["nonce"].as_str()), (2, Some("n-1")));
        assert_ne!(proofs[0]["jti"], proofs[1]["jti"]);
        let ids: Vec<_> = requests
            .iter()
            .map(|request| jwt(&parameter(request, "client_assertion").unwrap()).1["jti"].clone())
            .collect();
        assert_ne!(ids[0], ids[1]);
    }
    let server = Server::raw([demand("400 x")]);
    assert_eq!(client().url(&server.url()).run().code, 5);
    assert_eq!(server.connections(), 2, "a server that demands one nonce after another is left");
}

#[test]
fn without_a_key_a_demand_for_one_says_what_to_pass() {
    let server = Server::raw([http("400 x", "DPoP-Nonce: n\r\n", r#"{"error":"use_dpop_nonce"}"#)]);
    Tool::client().url(&server.url()).fails(
        5,
        "the server rejected the request: `use_dpop_nonce` (400)",
        "the server demands DPoP (RFC 9449): pass `--dpop-key generate:FILE`",
    );
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_token_that_is_not_bound_is_refused() {
    for answer in [GOOD, r#"{"access_token":"t"}"#] {
        let server = Server::raw([http("200 OK", "", answer)]);
        client().url(&server.url()).fails(
            10,
            "the answer is no token: it is not bound to the key of `--dpop-key` (200)",
            "the server does not know DPoP, or has it turned off for this client: turn it on, or leave out `--dpop-key`",
        );
    }
}

#[test]
fn the_line_for_the_api_call_is_bound_to_the_token() {
    let server = bound();
    let tool = client()
        .url(&server.url())
        .line("--header")
        .args(["--dpop-proof", "get https://api.example.com/v1?x=y"]);
    let outcome = tool.run();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!((outcome.code, lines.len(), lines[0]), (0, 2, "Authorization: DPoP tok-1"));
    let (_, claims) = jwt(lines[1].strip_prefix("DPoP: ").unwrap());
    assert_eq!(
        (claims["htm"].as_str(), claims["htu"].as_str()),
        (Some("GET"), Some("https://api.example.com/v1"))
    );
    assert_eq!(claims["ath"], oauth_token::jose::base64url(oauth_token::jose::sha256(b"tok-1")));

    let alone = client().url(&server.url()).args(["--dpop-proof", "GET https://api.example.com/"]).run();
    assert!(alone.stdout.starts_with("DPoP: ey") && alone.stdout.lines().count() == 1, "{}", alone.stdout);

    Tool::client().url(&server.url()).args(["--dpop-proof", "GET https://a/"]).fails(
        3,
        "`--dpop-proof` needs a key",
        "pass `--dpop-key FILE` or `--dpop-key generate:FILE`",
    );
    let hint = "write the call that the proof is for, as in --dpop-proof 'GET https://api.example.com/v1'";
    client().url(&server.url()).args(["--dpop-proof", "https://a/"]).fails(
        2,
        "`--dpop-proof` is not of the form METHOD URL: it is one word",
        hint,
    );
    client().url(&server.url()).args(["--dpop-proof", "GET nowhere"]).fails(
        2,
        "`--dpop-proof` is not of the form METHOD URL: it does not begin with `https://`",
        hint,
    );
}

#[test]
fn readmes_recipe_for_a_bound_token_reaches_the_api() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let blocks = readme.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    let script = blocks.filter(|block| block.contains("--dpop-proof")).last().unwrap();
    let server = Server::routed(|origin, request| {
        if request.starts_with("POST ") {
            return http("200 OK", "", BOUND);
        }
        let is_bound = field(request, "authorization").as_deref() == Some("DPoP tok-1");
        let (_, claims) = jwt(&field(request, "dpop").unwrap_or_default());
        let is_for_this = claims["htm"] == "GET" && claims["htu"] == format!("{origin}/v1");
        http(if is_bound && is_for_this { "200 OK" } else { "401 x" }, "", "welcome\n")
    });
    let origin = format!("http://{}", server.address);
    Tool::of("sh")
        .env("OAUTH_CLIENT_ID", "i")
        .env("OAUTH_CLIENT_SECRET", "s")
        .env("OAUTH_TOKEN_URL", server.url())
        .args(["-c", &script.replace("https://api.example.com", &origin)])
        .succeeds("welcome\n");
}

#[test]
fn a_key_is_made_where_it_is_missing_private_and_then_kept() {
    use std::os::unix::fs::PermissionsExt;
    let server = bound();
    let tool = Tool::of("/bin/sh")
        .env("OAUTH_CLIENT_ID", "i")
        .env("OAUTH_CLIENT_SECRET", "s")
        .env("OAUTH_TOKEN_URL", server.url())
        .args(["-c", "umask 0; oauth-token --dpop-key generate:key && oauth-token --dpop-key generate:key"]);
    let (outcome, directory) = tool.run_in_place();
    assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (0, "tok-1\ntok-1\n", ""));
    assert_eq!(directory.path().join("key").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let keys: Vec<_> = server
        .requests()
        .iter()
        .map(|request| jwt(&field(request, "dpop").unwrap()).0["jwk"].clone())
        .collect();
    assert_eq!(keys[0], keys[1]);
    let limited = Tool::of("/bin/sh").env("OAUTH_CLIENT_ID", "i").env("OAUTH_TOKEN_URL", server.url());
    let (outcome, directory) = limited
        .args(["-c", "ulimit -f 0; oauth-token --auth-method none --dpop-key generate:key"])
        .run_in_place();
    assert_eq!(
        outcome.stderr,
        "oauth-token: error: the file of `--dpop-key` cannot be made: file too large: key\n\
         oauth-token: hint: name a file in a directory that can be written\n"
    );
    assert!(outcome.code == 3 && !directory.path().join("key").exists());
    Tool::client().url(&server.url()).line("--dpop-key none").fails(
        3,
        "the file of `--dpop-key` cannot be read: no such file or directory: none",
        "name the file of a key, or have one made: `generate:FILE`",
    );
    Tool::client().url(&server.url()).line("--dpop-key generate:none/key").fails(
        3,
        "the file of `--dpop-key` cannot be made: no such file or directory: none/key",
        "name a file in a directory that can be written",
    );
    let (outcome, directory) =
        Tool::client().url(&server.url()).line("--dpop-key generate:key --explain").run_in_place();
    assert_eq!(outcome.code, 0);
    assert_eq!(directory.path().read_dir().unwrap().count(), 0, "what only explains makes no key");
}
