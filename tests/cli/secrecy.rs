//! Every failure with a canary for a secret, and a search for it, in every spelling, over all that comes out.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use oauth_token::text::form_encode;

use super::authority::Authority;
use super::keys::{key, with_key};
use super::server::{Server, http, parameter};
use super::{GOOD, Tool, endpoint};

const ID: &str = "my client";
const CANARY: &str = "CANARY+9/x %é\"k";

/// What must not be found: the secret as it is, form-encoded, percent-encoded, in JSON, and within Base64.
fn spellings() -> Vec<String> {
    let form = form_encode(CANARY);
    let json = serde_json::Value::from(CANARY).to_string();
    let mut all = vec![CANARY.to_owned(), form.replace('+', "%20"), json[1..json.len() - 1].to_owned()];
    for pair in
        [format!("{ID}:{CANARY}"), format!("{}:{form}", form_encode(ID)), CANARY.to_owned(), form.clone()]
    {
        // The last digits depend on what follows.
        let digits = |encoded: String| encoded.trim_end_matches('=')[..encoded.len() - 6].to_owned();
        all.extend([digits(BASE64_STANDARD.encode(&pair)), digits(BASE64_URL_SAFE.encode(&pair))]);
    }
    all.push(form);
    // However it is cut up, this much of it would be too much.
    all.extend(["CANARY".to_owned(), "canary".to_owned()]);
    all
}

fn assert_secret(tool: Tool, what: &str) -> i32 {
    let (outcome, directory) = tool.run_in_place();
    let mut places = vec![("stdout", outcome.stdout.clone()), ("stderr", outcome.stderr.clone())];
    for entry in std::fs::read_dir(directory.path()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_file() && !["secret", ".env", "settings", "ca.pem", "bad"].contains(&name.as_str())
        {
            places.push(("a file", std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
    for (place, text) in &places {
        for spelling in spellings() {
            assert!(!text.contains(&spelling), "{what}: `{spelling}` in {place}:\n{text}");
        }
    }
    let is_clean = |c: char| c == '\n' || !c.is_control();
    assert!(outcome.stderr.chars().all(is_clean) && outcome.stdout.chars().all(is_clean), "{what}");
    assert!(![1, 101, -1].contains(&outcome.code), "{what}: exit {}\n{}", outcome.code, outcome.stderr);
    if outcome.code != 0 {
        assert_eq!(outcome.stdout, "", "{what}");
    }
    outcome.code
}

/// The ways in which the secret reaches the program.
fn ways() -> Vec<(&'static str, Tool)> {
    let env = || Tool::bare().env("OAUTH_CLIENT_ID", ID);
    vec![
        ("environment", env().env("OAUTH_CLIENT_SECRET", CANARY)),
        ("form", env().env("OAUTH_CLIENT_SECRET", CANARY).line("--auth-method post")),
        ("raw", env().env("OAUTH_CLIENT_SECRET", CANARY).line("--basic-encoding raw")),
        ("file", env().file("secret", CANARY).line("--client-secret-file secret")),
        ("stdin", env().stdin(CANARY).line("--client-secret-file -")),
        (
            "named file",
            env().file("settings", format!("OAUTH_CLIENT_SECRET='{CANARY}'\n")).line("--env-file settings"),
        ),
        ("parameter", env().file("secret", CANARY).line("--auth-method none --param-file password=secret")),
        (
            "header",
            env()
                .env("OAUTH_REQUEST_HEADER", format!("Authorization: Bearer {}", CANARY.replace('é', "e")))
                .line("--auth-method none"),
        ),
    ]
}

/// Secrets of several lines, of a header's part, and where a name belongs.
#[test]
fn secrets_of_every_make_stay_secret_when_they_are_echoed_or_misplaced() {
    let lines = "CANARY-one-abcdef\nCANARY-two-ghijkl\r\nCANARY-three";
    let basic = BASE64_STANDARD.encode("user:CANARY-password");
    let public = || Tool::bare().env("OAUTH_CLIENT_ID", "i").line("--auth-method none");
    for (echo, tool) in [
        (lines, public().file("secret", lines).line("--param-file x=secret")),
        (
            "bad token CANARY-bearer",
            public().env("OAUTH_REQUEST_HEADER", "Authorization: Bearer CANARY-bearer"),
        ),
        (
            "bad CANARY-password",
            public().env("OAUTH_REQUEST_HEADER", format!("Authorization: Basic {basic}")),
        ),
        ("bad CANARY-session", public().env("OAUTH_REQUEST_HEADER", "Cookie: a=b; SESSION=CANARY-session")),
    ] {
        let body = serde_json::json!({ "error": "x", "error_description": echo }).to_string();
        assert_eq!(assert_secret(tool.url(&Server::raw([http("400 x", "", &body)]).url()), echo), 5);
    }
    let bearer = || public().env("OAUTH_REQUEST_HEADER", "Authorization: Bearer CANARY-bearer");
    let echoed = Server::raw([http("200 OK", "", r#"{"access_token":"CANARY-bearer"}"#)]);
    assert_eq!(assert_secret(bearer().url(&echoed.url()), "a bearer as the token"), 10);

    for (variable, value) in [
        ("OAUTH_SIGNING_KEY_FILE", "-----BEGIN PRIVATE KEY-----\nCANARY\n"),
        ("OAUTH_KEY", "-----BEGIN PRIVATE KEY-----\\nCANARY"),
        ("OAUTH_GOOGLE_SERVICE_ACCOUNT", r#"{"private_key":"CANARY"}"#),
        ("OAUTH_CLIENT_SECRET_FILE", "CANARY"),
        ("OAUTH_REFRESH_TOKEN_FILE", "CANARY/+x"),
        ("OAUTH_CLIENT_ASSERTION", "CANARY"),
        ("OAUTH_SUBJECT_TOKEN", "CANARY"),
        ("OAUTH_PARAM_FILE", "x=CANARY"),
    ] {
        for option in ["", "--explain", "-v"] {
            let tool = Tool::bare().env("OAUTH_CLIENT_ID", "i").env(variable, value).line(option);
            let code = assert_secret(tool.url("http://127.0.0.1:1/"), &format!("{variable} {option}"));
            assert!(matches!(code, 2 | 3) || option == "--explain", "{variable} {option} {code}");
        }
    }
    let tool = Tool::client().env("OAUTH_PARAM", "urn:x:client_secret=CANARY").line("--explain");
    assert_secret(tool.url("http://127.0.0.1:1/?sig=CANARY&a=b"), "--explain");
}

#[test]
fn an_assertion_that_was_sent_is_cleared_where_it_is_echoed() {
    let server = Server::routed(|_, request| {
        let sent = parameter(request, "client_assertion").unwrap();
        http("400 x", "", &serde_json::json!({ "error": "x", "error_description": sent }).to_string())
    });
    with_key(&key()).url(&server.url()).fails(
        5,
        "the server rejected the request: `x`: [redacted] (400)",
        "`--explain` shows the request and where each setting comes from",
    );
}

/// Every spelling that a server might have of what it was sent.
fn echoes() -> Vec<String> {
    let basic = BASE64_STANDARD.encode(format!("{ID}:{CANARY}"));
    let form = BASE64_STANDARD.encode(format!("{}:{}", form_encode(ID), form_encode(CANARY)));
    vec![
        CANARY.to_owned(),
        form_encode(CANARY),
        form_encode(CANARY).replace('+', "%20"),
        format!("Authorization: Basic {basic}"),
        format!("Authorization: Basic {form}"),
        format!("client_secret={}&x=y", form_encode(CANARY)),
        CANARY.replace(' ', "\r\n"),
    ]
}

#[test]
fn no_answer_that_echoes_the_secret_makes_it_show() {
    for echo in echoes() {
        let json = |text: &str| {
            serde_json::json!({ text: &echo, "error_description": &echo, "x": [&echo] }).to_string()
        };
        let header = if echo == CANARY { form_encode(&echo) } else { echo.replace("\r\n", " ") };
        let name = form_encode(CANARY);
        for (status, headers, body) in [
            ("401 x", format!("WWW-Authenticate: {header}\r\nX-{name}: x\r\n"), json("error")),
            ("400 x", String::new(), json("message")),
            ("400 x", String::new(), echo.clone()),
            ("400 x", String::new(), format!("<title>{echo}</title>")),
            ("200 OK", String::new(), json("error")),
            ("200 OK", String::new(), json("z")),
            ("200 OK", String::new(), serde_json::json!({ &echo: 1 }).to_string()),
            ("200 OK", String::new(), serde_json::json!({ "access_token": &echo }).to_string()),
            ("302 x", format!("Location: https://example.com/?{header}\r\n"), String::new()),
            ("503 x", "Retry-After: 9999\r\n".to_owned(), json("error")),
            ("429 x", "Retry-After: 9999\r\n".to_owned(), echo.clone()),
        ] {
            let server = Server::raw([http(status, &headers, &body)]);
            for (way, options) in ["", "-v"].into_iter().enumerate() {
                let (_, tool) = ways().swap_remove(way);
                let code = assert_secret(tool.url(&server.url()).line(options), &format!("{status} {body}"));
                assert_ne!(code, 0, "{body}");
            }
        }
    }
}

#[test]
fn a_token_of_an_answer_that_is_refused_is_not_shown() {
    for (status, body, code) in [
        ("200 OK", r#"{"access_token":"CANARY-token","errors":[{"code":"W1"}]}"#, 5),
        ("200 OK", r#"{"access_token":"CANARY-token","ok":false}"#, 5),
        ("200 OK", r#"{"access_token":"CANARY-token","error":"x","error_description":"CANARY-token"}"#, 5),
        ("400 x", r#"{"access_token":"CANARY-token"}"#, 5),
        ("401 x", r#"{"refresh_token":"CANARY-token","message":"CANARY-token"}"#, 4),
    ] {
        let headers =
            "X-Access-Token: CANARY-token\r\nAuthorization: Bearer CANARY-token\r\nX-Echo: CANARY-token\r\n";
        let server = Server::raw([http(status, headers, body)]);
        for options in ["", "-v"] {
            let tool = Tool::bare().env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s");
            assert_eq!(assert_secret(tool.url(&server.url()).line(options), body), code, "{body}");
        }
    }
}

#[test]
fn json_shows_no_secret_however_it_is_escaped_or_typed() {
    let json =
        r#"{"access_token":"t","half":"\ud800 12345678901","number":12345678901,"list":[[12345678901]]}"#;
    let server = Server::raw([http("200 OK", "", json)]);
    Tool::bare()
        .env("OAUTH_CLIENT_ID", "i")
        .env("OAUTH_CLIENT_SECRET", "12345678901")
        .url(&server.url())
        .line("--json")
        .succeeds("{\"access_token\":\"t\",\"half\":\"[redacted]\",\"number\":\"[redacted]\",\"list\":\"[redacted]\"}\n");
}

#[test]
fn no_way_in_leads_out() {
    let refusing = Server::raw([http("401 x", "", "")]);
    let good = Server::raw([http("200 OK", "", GOOD)]);
    for index in 0..ways().len() {
        let way = || ways().swap_remove(index);
        for (url, options, code) in [
            (refusing.url(), "-v", 4),
            (refusing.url(), "", 4),
            (good.url(), "-v --json", 0),
            (good.url(), "--explain", 0),
            (good.url(), "-v -- printenv", 0),
            ("http://127.0.0.1:1/".to_owned(), "-v --retry 0", 6),
            ("https://127.0.0.1:1/".to_owned(), "--retry 0", 6),
            ("ftp://127.0.0.1/".to_owned(), "", 2),
            (good.url(), "--cacert none", 3),
            (good.url(), "--bogus", 2),
            (good.url(), "--max-time x", 2),
        ] {
            let (what, tool) = way();
            let words: Vec<&str> = options.split(' ').filter(|word| !word.is_empty()).collect();
            // `--bogus` and the like come first, for a command takes the rest.
            let tool = tool.url(&url).args(words);
            assert_eq!(
                assert_secret(tool, &format!("{what} {url} {options}")),
                code,
                "{what} {url} {options}"
            );
        }
    }
}

#[test]
fn no_bad_input_is_quoted() {
    let tool = || Tool::bare().env("OAUTH_CLIENT_ID", ID).url("http://127.0.0.1:1/");
    let with_file = |content: &str| tool().file("secret", content).line("--client-secret-file secret");
    for (what, tool) in [
        ("a secret of two lines", with_file(&format!("{CANARY}\n{CANARY}\n"))),
        ("a secret with a NUL", with_file(&format!("{CANARY}\0"))),
        ("an env file that breaks", tool().file(".env", format!("OAUTH_CLIENT_SECRET {CANARY}\n"))),
        ("an env file with an open quote", tool().file(".env", format!("OAUTH_CLIENT_SECRET='{CANARY}\n"))),
        ("a named file that breaks", tool().file("bad", format!("{CANARY}\n")).line("--env-file bad")),
        ("a secret as an option", tool().args(["--client-secret", CANARY])),
        ("a secret as an option with =", tool().args([format!("--client-secret={CANARY}").as_str()])),
        ("a secret as a stray argument", tool().args([CANARY])),
        ("a secret for an unknown option", tool().args([format!("--secret={CANARY}").as_str()])),
        ("a secret for an unknown option, apart", tool().args(["--password", CANARY])),
        ("a secret as a parameter", tool().args(["--param", format!("password={CANARY}").as_str()])),
        ("a secret as a flag's value", tool().args([format!("--json={CANARY}").as_str()])),
        ("a secret as a method", tool().env("OAUTH_CLIENT_SECRET", CANARY).args(["--auth-method", CANARY])),
        (
            "a secret in the URL's query",
            Tool::bare().url(&format!("https://a/?client_secret={}", form_encode(CANARY))),
        ),
        (
            "a secret in the URL's userinfo",
            Tool::bare().url(&format!("https://u:{}@a/", form_encode(CANARY))),
        ),
        ("a secret as a time", tool().env("OAUTH_CLIENT_SECRET", CANARY).env("OAUTH_MAX_TIME", CANARY)),
        ("a secret as a shell", tool().args(["--export", "--shell", CANARY]).line("--github-env")),
        ("a secret with a control", tool().env("OAUTH_CLIENT_SECRET", format!("{CANARY}\n"))),
    ] {
        let (outcome, _directory) = tool.run_in_place();
        assert!([2, 3].contains(&outcome.code), "{what}: {outcome:?}");
        for spelling in spellings() {
            assert!(!format!("{outcome:?}").contains(&spelling), "{what}: {outcome:?}");
        }
    }
}

#[test]
fn help_shows_no_value_of_the_environment() {
    for (_, tool) in ways() {
        assert_eq!(assert_secret(tool.line("--help"), "--help"), 0);
    }
}

#[test]
fn no_proxy_and_no_tls_failure_sees_or_shows_the_secret() {
    let authority = Authority::new();
    let good = http("200 OK", "", GOOD);
    let server = Server::tls(&authority.localhost(), &good);
    let proxy = Server::connect_proxy(None);
    let refusing = Server::connect_proxy(Some("x"));
    for (what, tool) in ways() {
        let tool =
            tool.file("ca.pem", &authority.pem).url(&server.https("localhost")).line("-v --cacert ca.pem");
        let tool = tool.env("https_proxy", format!("http://u:CANARY@{}", proxy.address));
        assert_eq!(assert_secret(tool, what), 0, "{what}");
    }
    for (what, tool) in ways() {
        let tool = tool.url(&server.https("localhost")).line("-v");
        assert_eq!(assert_secret(tool, what), 7, "{what}");
    }
    for (what, tool) in ways() {
        let tool = tool.url(&server.https("localhost")).line("-v");
        let tool = tool.env("https_proxy", format!("http://u:CANARY@{}", refusing.address));
        assert_eq!(assert_secret(tool, what), 6, "{what}");
    }
    for request in proxy.requests().iter().chain(&refusing.requests()) {
        assert!(spellings().iter().all(|spelling| !request.contains(spelling)), "{request}");
    }
}

#[test]
fn a_word_of_a_cookie_may_stand_in_a_token() {
    // {"tenant":"acme-corp"}
    let answer = r#"{"access_token":"e30.eyJ0ZW5hbnQiOiJhY21lLWNvcnAifQ.c2ln"}"#;
    let (_server, url) = endpoint(200, answer);
    let header = "Cookie: session=abcdefghijk; tenant=acme-corp";
    Tool::client()
        .url(&url)
        .args(["--request-header", header])
        .succeeds("e30.eyJ0ZW5hbnQiOiJhY21lLWNvcnAifQ.c2ln\n");
}
