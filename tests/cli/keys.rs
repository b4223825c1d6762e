//! The client proves itself with a key or with somebody else's assertion: what is signed, and what is refused
//! before anything is sent.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::server::{Server, field, form, http, jwt, parameter};
use super::{GOOD, Tool};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub fn good() -> Server {
    Server::raw([http("200 OK", "", GOOD)])
}

/// A key for ES256, in PEM.
pub fn key() -> String {
    rcgen::KeyPair::generate().unwrap().serialize_pem()
}

/// A certificate of a key.
pub fn certificate_of(pem: &str) -> rcgen::Certificate {
    let params = rcgen::CertificateParams::new(vec!["x".to_owned()]).unwrap();
    params.self_signed(&rcgen::KeyPair::from_pem(pem).unwrap()).unwrap()
}

pub fn client() -> Tool {
    Tool::bare().env("OAUTH_CLIENT_ID", "my-client")
}

/// Makes a file private, as a key's should be.
pub fn private(tool: Tool, name: &str, content: impl AsRef<[u8]>) -> Tool {
    use std::os::unix::fs::PermissionsExt;
    let tool = tool.file(name, content);
    std::fs::set_permissions(tool.path().join(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    tool
}

pub fn with_key(pem: &str) -> Tool {
    private(client(), "key.pem", pem).line("--signing-key key.pem")
}

#[test]
fn a_private_key_signs_an_assertion_that_says_who_to_whom_and_until_when() {
    let server = good();
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    with_key(&key()).url(&format!("{}?a=b", server.url())).line("--key-id k1").succeeds("tok-1\n");
    let request = server.requests().remove(0);
    assert_eq!(field(&request, "authorization"), None);
    let names: Vec<String> = form(&request).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["grant_type", "client_id", "client_assertion_type", "client_assertion"]);
    assert_eq!(parameter(&request, "client_assertion_type").unwrap(), ASSERTION_TYPE);
    let (header, claims) = jwt(&parameter(&request, "client_assertion").unwrap());
    assert_eq!(header, json!({"alg": "ES256", "typ": "JWT", "kid": "k1"}));
    let members: Vec<&String> = claims.as_object().unwrap().keys().collect();
    assert_eq!(members, ["aud", "exp", "iat", "iss", "jti", "sub"]);
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("my-client"), &json!("my-client")));
    assert_eq!(claims["aud"], format!("{}?a=b", server.url()));
    let issued = claims["iat"].as_u64().unwrap();
    assert!((before - 10..=before).contains(&issued), "{issued}");
    assert_eq!(claims["exp"].as_u64().unwrap() - issued, 60);
}

#[test]
fn the_secret_signs_with_hmac_and_is_not_sent() {
    for (algorithm, expected) in [(None, "HS256"), (Some("HS384"), "HS384"), (Some("hs512"), "HS512")] {
        let server = good();
        let tool = Tool::client().url(&server.url()).line("--auth-method client_secret_jwt");
        let tool = if let Some(algorithm) = algorithm { tool.args(["--algorithm", algorithm]) } else { tool };
        tool.succeeds("tok-1\n");
        let request = server.requests().remove(0);
        let assertion = parameter(&request, "client_assertion").unwrap();
        assert_eq!(jwt(&assertion).0["alg"], expected);
        assert!(!request.contains("my-secret") && parameter(&request, "client_secret").is_none());
        if expected == "HS256" {
            let (message, signature) = assertion.rsplit_once('.').unwrap();
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"my-secret");
            let tag = ring::hmac::sign(&key, message.as_bytes());
            assert_eq!(oauth_token::jose::base64url(tag), signature);
        }
    }
}

#[test]
fn an_algorithm_that_only_a_secret_fits_chooses_the_method() {
    let server = good();
    Tool::client().url(&server.url()).line("--algorithm HS256").succeeds("tok-1\n");
    let request = server.requests().remove(0);
    assert!(parameter(&request, "client_assertion").is_some() && field(&request, "authorization").is_none());
}

#[test]
fn audience_type_lifetime_and_certificate_are_at_the_users_choice() {
    let server = good();
    let key = key();
    let certificate = certificate_of(&key);
    let tool = with_key(&key).file("cert.pem", certificate.pem()).url(&server.url());
    tool.args(["--assertion-audience", "https://issuer", "--assertion-type", "client-authentication+jwt"])
        .line("--assertion-lifetime 300 --signing-cert cert.pem")
        .succeeds("tok-1\n");
    let tool = with_key(&key).file("cert.pem", certificate.pem()).url(&server.url());
    tool.line("--assertion-type none --signing-cert cert.pem --thumbprint x5t").succeeds("tok-1\n");
    let requests = server.requests();
    let (header, claims) = jwt(&parameter(&requests[0], "client_assertion").unwrap());
    assert_eq!(
        (&header["typ"], &claims["aud"]),
        (&json!("client-authentication+jwt"), &json!("https://issuer"))
    );
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 300);
    let digest = oauth_token::jose::sha256(certificate.der());
    assert_eq!(header["x5t#S256"], oauth_token::jose::base64url(digest));
    let (header, _) = jwt(&parameter(&requests[1], "client_assertion").unwrap());
    assert!(header.get("typ").is_none() && header["x5t"].as_str().unwrap().len() == 27);

    let tool = with_key(&super::keys::key()).file("cert.pem", certificate.pem()).url(&server.url());
    tool.line("--signing-cert cert.pem").fails(
        3,
        "the file of `--signing-cert` holds the certificate of another key than `--signing-key`: cert.pem",
        "give the certificate that was made for the key",
    );
}

#[test]
fn every_attempt_has_an_assertion_of_its_own() {
    let server = Server::raw([
        http("503 x", "Retry-After: 0\r\n", ""),
        http("503 x", "Retry-After: 0\r\n", ""),
        http("200 OK", "", GOOD),
    ]);
    with_key(&key()).url(&server.url()).succeeds("tok-1\n");
    let mut ids: Vec<String> = server
        .requests()
        .iter()
        .map(|request| jwt(&parameter(request, "client_assertion").unwrap()).1["jti"].to_string())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn the_key_may_be_a_variable_a_jwk_or_one_of_a_set() {
    let pem = key();
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","kid":"ed","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let set = format!(r#"{{"keys":[{jwk},{}]}}"#, jwk.replace("\"ed\"", "\"other\""));
    for (value, options, algorithm, id) in [
        (pem.clone(), "", "ES256", None),
        (pem.trim_end().replace('\n', "\\n"), "", "ES256", None),
        (jwk.to_owned(), "", "EdDSA", Some("ed")),
        (set, "--key-id other", "EdDSA", Some("other")),
    ] {
        let server = good();
        client().env("OAUTH_SIGNING_KEY", value).url(&server.url()).line(options).succeeds("tok-1\n");
        let (header, _) = jwt(&parameter(&server.requests()[0], "client_assertion").unwrap());
        assert_eq!((header["alg"].as_str(), header["kid"].as_str()), (Some(algorithm), id));
    }
}

#[test]
fn what_cannot_sign_is_refused_before_anything_is_sent() {
    let server = good();
    let url = server.url();
    let tool = |content: &[u8]| private(client(), "key.pem", content).url(&url).line("--signing-key key.pem");
    for (content, reason, hint) in [
        (
            &b"hello"[..],
            "it holds no private key in PEM or JSON",
            "give a file with `-----BEGIN PRIVATE KEY-----`",
        ),
        (
            b"\x30\x82\x05\x01\x02\x01\x03\x30\xff",
            "it is a PFX (PKCS#12) file",
            "take the key out of it: openssl pkcs12 -in FILE -nocerts -noenc -out key.pem",
        ),
        (
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "the key is encrypted",
            "set `OAUTH_KEY_PASSPHRASE`, or pass `--key-passphrase-file FILE`",
        ),
    ] {
        tool(content).fails(3, &format!("`--signing-key` cannot be used: {reason}: key.pem"), hint);
    }
    tool(key().as_bytes()).line("--algorithm RS256").fails(
        2,
        "`--algorithm` is `RS256`, which the key of `--signing-key` cannot sign",
        "leave it out, or write one of ES256",
    );
    tool(key().as_bytes()).line("--algorithm ES512").fails(
        2,
        "`--algorithm` is no algorithm that is known",
        "write one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA",
    );
    tool(key().as_bytes()).line("--assertion-lifetime 0").fails(
        2,
        "`--assertion-lifetime` is not a time in seconds",
        "write a number from 1 and up to 3600, as in 30, 2.5 or 5m",
    );
    client().url(&url).line("--auth-method private_key_jwt").fails(
        3,
        "`private_key_jwt` needs a key or an assertion",
        "pass `--signing-key FILE`, or `--client-assertion-file FILE`",
    );
    client().url(&url).line("--signing-key none").fails(
        3,
        "the file of `--signing-key` cannot be read: no such file or directory: none",
        "name a readable file, or `-` for stdin",
    );
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_key_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let server = good();
    let tool = with_key(&key()).url(&server.url());
    std::fs::set_permissions(tool.path().join("key.pem"), std::fs::Permissions::from_mode(0o644)).unwrap();
    tool.gives(
        0,
        "tok-1\n",
        "oauth-token: warning: other users of this machine can read the file of `--signing-key`: chmod 600 key.pem\n",
    );
}

#[test]
fn a_rejected_key_is_exit_4_and_a_clock_that_is_off_is_told() {
    let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let server = Server::raw([http("401 x", date, r#"{"error":"invalid_client"}"#)]);
    let outcome = with_key(&key()).url(&server.url()).run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""));
    let hint = "oauth-token: hint: check `OAUTH_CLIENT_ID`, from the environment, and `--signing-key`, from the command line; this machine's clock is ";
    assert!(
        outcome.stderr.contains(hint) && outcome.stderr.ends_with(" s ahead of the server's\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn an_assertion_of_somebody_elses_is_read_anew_at_each_run() {
    let server = good();
    for (content, id) in [("one\n", Some("my-client")), ("two", None)] {
        let tool =
            private(Tool::bare(), "token", content).url(&server.url()).line("--client-assertion-file token");
        let tool = if let Some(id) = id { tool.args(["--client-id", id]) } else { tool };
        tool.succeeds("tok-1\n");
        let request = server.requests().pop().unwrap();
        assert_eq!(parameter(&request, "client_assertion").as_deref(), Some(content.trim_end()));
        assert_eq!(parameter(&request, "client_assertion_type").as_deref(), Some(ASSERTION_TYPE));
        assert_eq!(parameter(&request, "client_id").as_deref(), id);
    }
}
