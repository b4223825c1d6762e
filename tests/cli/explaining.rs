//! `--explain`, `--verbose` and `--quiet`: what they tell, exactly, and that it is never a secret.

use super::authority::Authority;
use super::server::{Server, http};
use super::{GOOD, Outcome, Tool, endpoint};

#[test]
fn explain_tells_every_setting_its_origin_and_the_request_and_sends_nothing() {
    let server = Server::raw([http("200 OK", "", GOOD)]);
    let url = server.url();
    let expected = format!(
        "settings:
  OAUTH_TOKEN_URL               {url}?a=b  (from the command line)
  OAUTH_ISSUER                  -  (not set)
  OAUTH_CLIENT_ID               my-client  (from the environment)
  OAUTH_CLIENT_SECRET           [redacted]  (from the environment)
  OAUTH_CLIENT_SECRET_FILE      -  (not set)
  OAUTH_AUTH_METHOD             post  (from settings)
  OAUTH_BASIC_ENCODING          form  (by default)
  OAUTH_SIGNING_KEY             -  (not set)
  OAUTH_SIGNING_KEY_FILE        -  (not set)
  OAUTH_KEY_PASSPHRASE          -  (not set)
  OAUTH_KEY_PASSPHRASE_FILE     -  (not set)
  OAUTH_KEY_ID                  -  (not set)
  OAUTH_ALGORITHM               -  (not set)
  OAUTH_SIGNING_CERT            -  (not set)
  OAUTH_THUMBPRINT              sha256  (by default)
  OAUTH_ASSERTION_AUDIENCE      -  (not set)
  OAUTH_ASSERTION_TYPE          JWT  (by default)
  OAUTH_ASSERTION_LIFETIME      60  (by default)
  OAUTH_CLIENT_ASSERTION_FILE   -  (not set)
  OAUTH_CLIENT_ASSERTION        -  (not set)
  OAUTH_CERT                    -  (not set)
  OAUTH_KEY                     -  (not set)
  OAUTH_DPOP_KEY                -  (not set)
  OAUTH_GRANT_TYPE              client_credentials  (by default)
  OAUTH_REFRESH_TOKEN_FILE      -  (not set)
  OAUTH_ASSERTION_FILE          -  (not set)
  OAUTH_ASSERTION_ISSUER        -  (not set)
  OAUTH_ASSERTION_SUBJECT       -  (not set)
  OAUTH_ASSERTION_CLAIM         -  (not set)
  OAUTH_GOOGLE_SERVICE_ACCOUNT  -  (not set)
  OAUTH_SUBJECT_TOKEN_FILE      -  (not set)
  OAUTH_SUBJECT_TOKEN           -  (not set)
  OAUTH_SUBJECT_TOKEN_TYPE      -  (not set)
  OAUTH_ACTOR_TOKEN_FILE        -  (not set)
  OAUTH_ACTOR_TOKEN_TYPE        -  (not set)
  OAUTH_REQUESTED_TOKEN_TYPE    -  (not set)
  OAUTH_USERNAME                -  (not set)
  OAUTH_PASSWORD                -  (not set)
  OAUTH_PASSWORD_FILE           -  (not set)
  OAUTH_SCOPE                   a | b  (from the command line)
  OAUTH_AUDIENCE                an audience  (from ./.env)
  OAUTH_RESOURCE                -  (not set)
  OAUTH_PARAM                   password=[redacted] | x=y  (from the environment)
  OAUTH_PARAM_FILE              apikey=key  (from the command line)
  OAUTH_REQUEST_HEADER          X-Api-Key:[redacted]  (from the environment)
  OAUTH_CACERT                  -  (not set)
  OAUTH_CONNECT_TIMEOUT         10  (by default)
  OAUTH_MAX_TIME                5  (from ./.env)
  OAUTH_RETRY                   2  (by default)
  OAUTH_PROXY                   http://[redacted]@proxy:3128  (from the environment)
  OAUTH_CACHE                   -  (not set)
  OAUTH_CACHE_DIR               -  (not set)
  OAUTH_MIN_TTL                 -  (not set)
  OAUTH_ASSUME_TTL              -  (not set)
  OAUTH_ENV_FILE                settings  (from the command line)
  OAUTH_NO_ENV_FILE             -  (not set)
  OAUTH_VERBOSE                 -  (not set)
  OAUTH_QUIET                   -  (not set)
proxy:
  none
cache:
  off
result:
  the token on stdout
request:
  POST /token?a=b HTTP/1.1
  Host: {}
  Accept: application/json
  Content-Type: application/x-www-form-urlencoded
  X-Api-Key: [redacted]

  grant_type=client_credentials&client_id=my-client&client_secret=[redacted]&scope=a+b&audience=an+audience&password=[redacted]&x=y&apikey=[redacted]
",
        server.address
    );
    Tool::client()
        .file(".env", "OAUTH_AUDIENCE=an audience\nOAUTH_MAX_TIME=5\n")
        .file("settings", "OAUTH_AUTH_METHOD=post\n")
        .file("key", "canary-key")
        .env("OAUTH_PARAM", "password=canary\nx=y")
        .env("OAUTH_REQUEST_HEADER", "X-Api-Key: canary")
        .env("OAUTH_PROXY", "http://user:canary@proxy:3128")
        .url(&format!("{url}?a=b"))
        .line("--env-file settings --scope a --scope b --param-file apikey=key --explain")
        .succeeds(&expected);
    assert_eq!(server.connections(), 0);
}

#[test]
fn explain_tells_the_proxy_and_what_becomes_of_the_token() {
    for (options, result) in [
        ("--header", "the header `Authorization` on stdout"),
        ("--json", "the answer as JSON on stdout"),
        ("--expires-in", "the seconds until the token expires on stdout"),
        ("--github-env --name T", "T in the file of GITHUB_ENV"),
        ("-- printenv canary", "OAUTH_ACCESS_TOKEN in the environment of `printenv`"),
    ] {
        let mut words: Vec<&str> = vec!["--explain"];
        words.extend(options.split(' '));
        let outcome = Tool::client()
            .url("https://auth.example.com/token")
            .env("https_proxy", "http://user:canary@proxy:3128")
            .env("GITHUB_ENV", "file")
            .args(words)
            .run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{options}");
        let told = format!(
            "proxy:\n  http://proxy:3128, from `https_proxy`\ncache:\n  off\nresult:\n  {result}\nrequest:\n  POST /token HTTP/1.1\n  Host: auth.example.com\n"
        );
        assert!(outcome.stdout.contains(&told), "{}", outcome.stdout);
        assert!(!outcome.stdout.contains("canary"), "{}", outcome.stdout);
    }
}

#[test]
fn explain_needs_what_a_request_needs() {
    Tool::bare().line("--explain").fails(
        3,
        "no token endpoint",
        "pass `--url URL`, or set `OAUTH_TOKEN_URL` in the environment or in ./.env",
    );
}

/// The log with its times made equal.
fn timeless(log: &str) -> String {
    let line = |line: &str| match line.split_once(" after ") {
        Some((what, time)) if time.ends_with(" ms") => format!("{what} after TIME\n"),
        _ => format!("{line}\n"),
    };
    log.lines().map(line).collect()
}

#[test]
fn verbose_tells_what_is_sent_and_answered_and_how_long_each_phase_took() {
    let answer = r#"{"access_token":"tok-canary","expires_in":60,"refresh_token":"canary","scope":"my-secret \u001b[2J"}"#;
    let server = Server::raw([http("200 OK", "Set-Cookie: id=canary\r\nX-Echo: my-secret\r\n", answer)]);
    let outcome = Tool::client().url(&server.url()).line("-v --scope a").run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "tok-canary\n"));
    let port = server.address.port();
    let expected = format!(
        "* to 127.0.0.1 port {port}, directly
> POST /token HTTP/1.1
> Host: 127.0.0.1:{port}
> Accept: application/json
> Content-Type: application/x-www-form-urlencoded
> Authorization: Basic [redacted]
>
> grant_type=client_credentials&scope=a
* name looked up after TIME
* connected after TIME
* answered after TIME
* answer complete after TIME
< HTTP 200
< content-length: {}
< set-cookie: [redacted]
< x-echo: [redacted]
<
< access_token: [redacted]
< expires_in: 60
< refresh_token: [redacted]
< scope: \"[redacted] \\u{{1b}}[2J\"
",
        answer.len()
    );
    assert_eq!(timeless(&outcome.stderr), expected);
    let again = Tool::client().url(&server.url()).line("--scope a").env("OAUTH_VERBOSE", "1").run();
    assert_eq!(timeless(&again.stderr), expected);
}

#[test]
fn verbose_tells_of_every_attempt_and_why() {
    let server = Server::raw([http("503 x", "Retry-After: 0\r\n", "canary"), http("401 x", "", "")]);
    let outcome = Tool::client().url(&server.url()).line("-v").run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""));
    let log = timeless(&outcome.stderr);
    assert!(
        log.contains("* answer complete after TIME\n< HTTP 503\n< content-length: 6\n< retry-after: 0\n<\n< (6 bytes that are neither a JSON object nor a form)\n* status 503; trying again in 0 s\n* to 127.0.0.1 port "),
        "{log}"
    );
    assert!(log.ends_with("< HTTP 401\n< content-length: 0\n<\n< (0 bytes that are neither a JSON object nor a form)\noauth-token: error: the server rejected the client (401), after 2 attempts\noauth-token: hint: check `OAUTH_CLIENT_ID` and `OAUTH_CLIENT_SECRET`, both from the environment\n"), "{log}");
}

#[test]
fn quiet_leaves_the_error_alone() {
    let (_server, url) = endpoint(401, "");
    let error = "oauth-token: error: the server rejected the client (401)\n";
    Tool::client().url(&url).line("-q").gives(4, "", error);
    Tool::client().url(&url).env("OAUTH_QUIET", "1").gives(4, "", error);
    Tool::client().url(&url).env("OAUTH_QUIET", "0").run();
    Tool::client().url(&url).env("OAUTH_QUIET", "maybe").fails(
        2,
        "`OAUTH_QUIET` from the environment is neither on nor off",
        "write 1 or 0",
    );
}

#[test]
fn the_log_tells_each_phase_in_order_and_of_tls_only_where_there_is_some() {
    let authority = Authority::new();
    let plain = Server::raw([http("200 OK", "", GOOD)]);
    let secured = Server::tls(&authority.localhost(), &http("200 OK", "", GOOD));
    for (url, phases) in [
        (plain.url(), &["name looked up", "connected", "answered", "answer complete"][..]),
        (
            secured.https("localhost"),
            &["name looked up", "connected", "TLS agreed", "answered", "answer complete"],
        ),
    ] {
        let tool = Tool::client().url(&url).file("ca.pem", &authority.pem).line("--cacert ca.pem -v");
        let Outcome { code, stderr, .. } = tool.run();
        let told: Vec<_> = stderr
            .lines()
            .filter_map(|line| line.strip_prefix("* ")?.split_once(" after ").map(|(phase, _)| phase))
            .collect();
        assert_eq!((code, told.as_slice()), (0, phases), "{stderr}");
    }
    assert_eq!(Tool::client().url(&plain.url()).run().stderr, "");
}
