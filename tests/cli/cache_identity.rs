//! What makes another entry of the cache.

use super::Tool;
use super::caching::{directory, good, tool};

#[test]
fn every_input_of_the_request_makes_another_entry() {
    let (server, cache) = (good(), directory());
    let key = super::keys::key();
    let base = || {
        super::keys::private(tool(&server, cache.path()), "key", &key)
            .env("OAUTH_SCOPE", "a")
            .env("OAUTH_CLIENT_ID", "id")
    };
    base().succeeds("tok-1\n");
    base().succeeds("tok-1\n");
    assert_eq!(server.connections(), 1);
    let same_scopes = |scope: &str| base().env("OAUTH_SCOPE", scope);
    same_scopes("a b").succeeds("tok-1\n");
    same_scopes("b  a a").succeeds("tok-1\n");
    assert_eq!(server.connections(), 2, "a set of scopes has no order");
    for (count, (variable, value)) in [
        ("OAUTH_CLIENT_ID", "other"),
        ("OAUTH_CLIENT_SECRET", "other"),
        ("OAUTH_AUTH_METHOD", "post"),
        ("OAUTH_AUTH_METHOD", "client_secret_jwt"),
        ("OAUTH_BASIC_ENCODING", "raw"),
        ("OAUTH_GRANT_TYPE", "urn:x"),
        ("OAUTH_SCOPE", "other"),
        ("OAUTH_AUDIENCE", "api"),
        ("OAUTH_RESOURCE", "urn:a"),
        ("OAUTH_RESOURCE", "urn:a urn:b"),
        ("OAUTH_PARAM", "x=1"),
        ("OAUTH_PARAM", "x=2"),
        ("OAUTH_PARAM", "y=1"),
        ("OAUTH_PARAM_FILE", "x=key"),
        ("OAUTH_REQUEST_HEADER", "X-Tenant: a"),
        ("OAUTH_REQUEST_HEADER", "X-Tenant: b"),
        ("OAUTH_SIGNING_KEY_FILE", "key"),
        ("OAUTH_KEY_ID", "k"),
        ("OAUTH_ASSERTION_AUDIENCE", "aud"),
        ("OAUTH_ASSERTION_LIFETIME", "90"),
        ("OAUTH_CLIENT_ASSERTION_FILE", "key.jwt"),
        ("OAUTH_TOKEN_URL", "query"),
    ]
    .into_iter()
    .enumerate()
    {
        let tool = base().file("key.jwt", "a.b.c").env(variable, value).line("-q");
        let tool = if value == "query" {
            super::keys::private(Tool::client(), "key", &key)
                .env("OAUTH_CACHE", "1")
                .env("OAUTH_CACHE_DIR", cache.path().join("cache"))
                .env("OAUTH_SCOPE", "a")
                .env("OAUTH_CLIENT_ID", "id")
                .env(variable, format!("{}?tenant=b", server.url()))
        } else {
            tool
        };
        tool.succeeds("tok-1\n");
        assert_eq!(server.connections(), count + 3, "{variable}={value}");
    }
    base().succeeds("tok-1\n");
    assert_eq!(server.connections(), 24, "and the first is still there");
}

/// The file of the entry that a run with these variables would use.
fn entry(variables: &[(&str, &str)], files: &[(&str, &str)]) -> String {
    let mut tool = Tool::bare().env("OAUTH_CACHE", "1").env("OAUTH_CACHE_DIR", "/nowhere/cache");
    for (name, content) in files {
        tool = super::keys::private(tool, name, content);
    }
    for (name, value) in variables {
        tool = tool.env(name, value);
    }
    let outcome = tool.line("--explain -q").run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{variables:?}");
    outcome
        .stdout
        .split("cache:\n  ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned()
}

/// Settings that do not make the token another one.
const NOT_OF_THE_TOKEN: [&str; 12] = [
    "OAUTH_CACERT",
    "OAUTH_CONNECT_TIMEOUT",
    "OAUTH_MAX_TIME",
    "OAUTH_RETRY",
    "OAUTH_PROXY",
    "OAUTH_MIN_TTL",
    "OAUTH_ASSUME_TTL",
    "OAUTH_ENV_FILE",
    "OAUTH_NO_ENV_FILE",
    "OAUTH_VERBOSE",
    "OAUTH_QUIET",
    // What they open makes the key, and the key the entry.
    "OAUTH_KEY_PASSPHRASE_FILE",
];

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn every_setting_makes_another_entry_or_is_known_not_to() {
    let (key, other_key) = (super::keys::key(), super::keys::key());
    let (cert, cert_key) = (super::keys::certificate_of(&key).pem(), key.clone());
    let account = serde_json::json!({"client_email": "a@b", "private_key": key, "token_uri": "https://g/t"})
        .to_string();
    let files: Vec<(&str, &str)> = vec![
        ("key", &key),
        ("other", &other_key),
        ("cert", &cert),
        ("cert.key", &cert_key),
        ("account", &account),
        ("token", "a.b.c"),
        ("pass", "p"),
    ];
    let plain =
        [("OAUTH_TOKEN_URL", "https://a/t"), ("OAUTH_CLIENT_ID", "i"), ("OAUTH_CLIENT_SECRET", "secret-1")];
    let without_url =
        [("OAUTH_CLIENT_ID", "i"), ("OAUTH_CLIENT_SECRET", "secret-1"), ("OAUTH_ISSUER", "https://a")];
    let without_secret =
        [("OAUTH_TOKEN_URL", "https://a/t"), ("OAUTH_CLIENT_ID", "i"), ("OAUTH_AUTH_METHOD", "none")];
    let signed =
        [("OAUTH_TOKEN_URL", "https://a/t"), ("OAUTH_CLIENT_ID", "i"), ("OAUTH_SIGNING_KEY_FILE", "key")];
    let bearer = [&signed[..], &[("OAUTH_GRANT_TYPE", "jwt-bearer")]].concat();
    let exchange = [&plain[..], &[("OAUTH_SUBJECT_TOKEN_FILE", "token")]].concat();
    let acted = [&exchange[..], &[("OAUTH_ACTOR_TOKEN_FILE", "token")]].concat();
    let password =
        [&plain[..], &[("OAUTH_GRANT_TYPE", "password"), ("OAUTH_USERNAME", "u"), ("OAUTH_PASSWORD", "p")]]
            .concat();
    let runner = [
        &plain[..],
        &[("ACTIONS_ID_TOKEN_REQUEST_URL", "https://r"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "r")],
    ]
    .concat();
    let both = format!("{cert}{cert_key}");
    let files = [&files[..], &[("both", both.as_str())]].concat();
    let table: Vec<(&str, &str, &[(&str, &str)])> = vec![
        ("OAUTH_TOKEN_URL", "https://b/t", &plain),
        ("OAUTH_ISSUER", "https://b", &without_url),
        ("OAUTH_CLIENT_ID", "other", &plain),
        ("OAUTH_CLIENT_SECRET", "secret-2", &plain),
        ("OAUTH_CLIENT_SECRET_FILE", "pass", &without_secret[..2]),
        ("OAUTH_AUTH_METHOD", "post", &plain),
        ("OAUTH_BASIC_ENCODING", "raw", &plain),
        ("OAUTH_SIGNING_KEY", &key, &plain),
        ("OAUTH_SIGNING_KEY_FILE", "other", &signed),
        ("OAUTH_KEY_ID", "k", &signed),
        ("OAUTH_ALGORITHM", "ES256", &signed),
        ("OAUTH_SIGNING_CERT", "cert", &signed),
        ("OAUTH_ASSERTION_AUDIENCE", "aud", &signed),
        ("OAUTH_ASSERTION_TYPE", "none", &signed),
        ("OAUTH_ASSERTION_LIFETIME", "90", &signed),
        ("OAUTH_CLIENT_ASSERTION_FILE", "token", &plain),
        ("OAUTH_CLIENT_ASSERTION", "github-actions", &runner),
        ("OAUTH_CERT", "both", &plain),
        ("OAUTH_KEY", "cert.key", &plain),
        ("OAUTH_DPOP_KEY", "key", &plain),
        ("OAUTH_GRANT_TYPE", "urn:x", &plain),
        ("OAUTH_REFRESH_TOKEN_FILE", "token", &plain),
        ("OAUTH_ASSERTION_FILE", "token", &plain),
        ("OAUTH_ASSERTION_ISSUER", "other", &bearer),
        ("OAUTH_ASSERTION_SUBJECT", "somebody", &bearer),
        ("OAUTH_ASSERTION_CLAIM", "a=b", &bearer),
        ("OAUTH_GOOGLE_SERVICE_ACCOUNT", "account", &plain),
        ("OAUTH_SUBJECT_TOKEN_FILE", "pass", &exchange),
        ("OAUTH_SUBJECT_TOKEN", "github-actions", &runner),
        ("OAUTH_SUBJECT_TOKEN_TYPE", "jwt", &exchange),
        ("OAUTH_ACTOR_TOKEN_FILE", "pass", &acted),
        ("OAUTH_ACTOR_TOKEN_TYPE", "jwt", &acted),
        ("OAUTH_REQUESTED_TOKEN_TYPE", "jwt", &exchange),
        ("OAUTH_USERNAME", "other", &password),
        ("OAUTH_PASSWORD", "other", &password),
        ("OAUTH_PASSWORD_FILE", "token", &password[..5]),
        ("OAUTH_SCOPE", "a", &plain),
        ("OAUTH_AUDIENCE", "a", &plain),
        ("OAUTH_RESOURCE", "a", &plain),
        ("OAUTH_PARAM", "a=b", &plain),
        ("OAUTH_PARAM_FILE", "a=pass", &plain),
        ("OAUTH_REQUEST_HEADER", "X-A: b", &plain),
        ("OAUTH_CACHE_DIR", "/elsewhere/cache", &plain),
    ];
    // Some need another setting beside them on one side of the comparison.
    for (variable, value, base) in &table {
        let mut base: Vec<(&str, &str)> = base.to_vec();
        let mut changed: Vec<(&str, &str)> =
            base.iter().filter(|(name, _)| name != variable).copied().collect();
        changed.push((variable, value));
        match *variable {
            "OAUTH_CLIENT_SECRET_FILE" => base.push(("OAUTH_CLIENT_SECRET", "other")),
            "OAUTH_PASSWORD_FILE" => base.push(("OAUTH_PASSWORD", "other")),
            "OAUTH_KEY" => changed.push(("OAUTH_CERT", "cert")),
            _ => {}
        }
        assert_ne!(entry(&base, &files), entry(&changed, &files), "{variable}");
        assert_eq!(entry(&changed, &files), entry(&changed, &files), "{variable}");
    }
    let covered: Vec<&str> = table.iter().map(|row| row.0).chain(NOT_OF_THE_TOKEN).collect();
    for row in &oauth_token::config::setting::SETTINGS {
        let is_switch = ["OAUTH_CACHE", "OAUTH_KEY_PASSPHRASE", "OAUTH_THUMBPRINT"].contains(&row.variable);
        assert!(
            is_switch || covered.contains(&row.variable),
            "{} makes another entry, or not?",
            row.variable
        );
    }
    let hash = [&signed[..], &[("OAUTH_SIGNING_CERT", "cert")]].concat();
    let other_hash = [&hash[..], &[("OAUTH_THUMBPRINT", "sha1")]].concat();
    assert_ne!(entry(&hash, &files), entry(&other_hash, &files));
    for (variable, value) in [
        ("OAUTH_MAX_TIME", "5"),
        ("OAUTH_RETRY", "0"),
        ("OAUTH_MIN_TTL", "5m"),
        ("OAUTH_PROXY", "http://p:1"),
    ] {
        assert_eq!(
            entry(&plain, &files),
            entry(&[&plain[..], &[(variable, value)]].concat(), &files),
            "{variable}"
        );
    }
}

#[test]
fn the_key_of_a_certificate_makes_the_entry_and_not_the_certificate_alone() {
    let key = super::keys::key();
    let certificate = super::keys::certificate_of(&key).pem();
    let variables = [
        ("OAUTH_TOKEN_URL", "https://a/t"),
        ("OAUTH_CLIENT_ID", "i"),
        ("OAUTH_AUTH_METHOD", "tls_client_auth"),
        ("OAUTH_CERT", "cert"),
        ("OAUTH_KEY", "key"),
    ];
    let with = |key: &str| entry(&variables, &[("cert", certificate.as_str()), ("key", key)]);
    assert_eq!(with(&key), with(&key));
    assert_ne!(with(&key), with(&format!("# a copy\n{key}")), "what is hashed is the key's file");
}
