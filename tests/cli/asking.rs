//! The request: where each part comes from, and the bytes that are sent.

use mockito::Matcher;

use super::server::{Server, field, http, parameter};
use super::{GOOD, Tool, endpoint};

/// The request that this tool sends, as the server sees it: header fields by lower-case name, sorted, without
/// the host, and the body.
fn sent(tool: Tool) -> (String, Vec<String>, String) {
    let server = Server::raw([http("200 OK", "", GOOD)]);
    tool.url(&format!("{}?kept=1%2F2", server.url())).succeeds("tok-1\n");
    let request = server.requests().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let first = lines.next().unwrap().to_owned();
    let mut headers: Vec<String> = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            format!("{}:{value}", name.to_lowercase())
        })
        .filter(|line| !line.starts_with("host:"))
        .collect();
    headers.sort();
    (first, headers, body.to_owned())
}

#[test]
fn the_plain_request_is_the_one_of_rfc_6749() {
    let (first, headers, body) = sent(Tool::client());
    assert_eq!(first, "POST /token?kept=1%2F2 HTTP/1.1");
    assert_eq!(
        headers,
        [
            "accept-encoding: gzip",
            "accept: application/json",
            "authorization: Basic bXktY2xpZW50Om15LXNlY3JldA==",
            "content-length: 29",
            "content-type: application/x-www-form-urlencoded",
            concat!("user-agent: oauth-token/", env!("CARGO_PKG_VERSION")),
        ]
    );
    assert_eq!(body, "grant_type=client_credentials");
}

#[test]
fn every_part_of_the_request_can_be_said_by_option() {
    let tool = Tool::client().file("key", "k&1\n").args([
        "--auth-method",
        "client-secret-post",
        "--scope",
        "a",
        "--scope",
        "b,c d",
        "--audience",
        "https://api/",
        "--resource",
        "urn:x",
        "--resource",
        "urn:y",
        "--param",
        "tenant=t 1",
        "--param",
        "empty=",
        "--param-file",
        "apikey=key",
        "--request-header",
        "X-Trace: on",
        "--request-header",
        "accept: */*",
    ]);
    let (_, headers, body) = sent(tool);
    assert_eq!(
        body,
        "grant_type=client_credentials&client_id=my-client&client_secret=my-secret&scope=a+b%2Cc+d&audience=https%3A%2F%2Fapi%2F&resource=urn%3Ax&resource=urn%3Ay&tenant=t+1&empty=&apikey=k%261"
    );
    assert!(
        headers.contains(&"x-trace: on".to_owned()) && headers.contains(&"accept: */*".to_owned()),
        "{headers:?}"
    );
    assert!(!headers.iter().any(|header| header.starts_with("authorization")), "{headers:?}");
}

#[test]
fn every_part_of_the_request_can_be_said_by_variable() {
    let tool = Tool::bare()
        .file("secret", "s\r\n")
        .file("key", "k")
        .env("OAUTH_CLIENT_ID", "id")
        .env("OAUTH_CLIENT_SECRET_FILE", "secret")
        .env("OAUTH_AUTH_METHOD", "post")
        .env("OAUTH_GRANT_TYPE", "urn:example:grant")
        .env("OAUTH_SCOPE", " a  b ")
        .env("OAUTH_AUDIENCE", "x y")
        .env("OAUTH_RESOURCE", "urn:a urn:b")
        .env("OAUTH_PARAM", "a=1\nb=2 3")
        .env("OAUTH_PARAM_FILE", "apikey=key")
        .env("OAUTH_REQUEST_HEADER", "X-CF-ENCODED-CREDENTIALS: true\nX-B: c");
    let (_, headers, body) = sent(tool);
    assert_eq!(
        body,
        "grant_type=urn%3Aexample%3Agrant&client_id=id&client_secret=s&scope=a+b&audience=x+y&resource=urn%3Aa&resource=urn%3Ab&a=1&b=2+3&apikey=k"
    );
    assert!(
        headers.contains(&"x-cf-encoded-credentials: true".to_owned())
            && headers.contains(&"x-b: c".to_owned())
    );
}

#[test]
fn odd_ids_and_secrets_are_form_encoded_for_basic_or_sent_raw_on_demand() {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    for (encoding, expected) in
        [("form", "sb-a%21b1%7Cc:a%2Bb%25%2F%3D%3A+%C3%A9"), ("raw", "sb-a!b1|c:a+b%/=: é")]
    {
        let tool = Tool::bare()
            .env("OAUTH_CLIENT_ID", "sb-a!b1|c")
            .env("OAUTH_CLIENT_SECRET", "a+b%/=: é")
            .args(["--basic-encoding", encoding]);
        let (_, headers, _) = sent(tool);
        let basic = headers.iter().find_map(|header| header.strip_prefix("authorization: Basic ")).unwrap();
        assert_eq!(String::from_utf8(BASE64_STANDARD.decode(basic).unwrap()).unwrap(), expected);
    }
}

#[test]
fn a_public_client_sends_its_id_and_no_secret_even_where_one_is_set() {
    let (_, headers, body) = sent(Tool::client().args(["--auth-method", "none"]));
    assert_eq!(body, "grant_type=client_credentials&client_id=my-client");
    assert!(!headers.iter().any(|header| header.starts_with("authorization")));
}

#[test]
fn an_empty_secret_is_never_sent_as_one() {
    let (_server, url) = endpoint(200, GOOD);
    Tool::bare().env("OAUTH_CLIENT_ID", "id").env("OAUTH_CLIENT_SECRET", "").url(&url).fails(
        3,
        "no client secret",
        "`OAUTH_CLIENT_SECRET` from the environment is empty: see whether this job is given the secret, which those of forks are not",
    );
    Tool::bare().file(".env", "OAUTH_CLIENT_ID=\nOAUTH_CLIENT_SECRET=s\n").url(&url).fails(
        3,
        "no client id",
        "`OAUTH_CLIENT_ID` from ./.env is empty: give it the id, or pass `--client-id`",
    );
    Tool::client().env("OAUTH_TOKEN_URL", "").fails(
        3,
        "no token endpoint",
        "`OAUTH_TOKEN_URL` from the environment is empty: give it the URL, or pass `--url URL`",
    );
}

#[test]
fn the_secret_can_come_from_a_file_or_stdin_without_its_line_break() {
    for (content, sent) in [
        ("canary", "canary"),
        ("canary\n", "canary"),
        ("canary\r\n", "canary"),
        (" a b ", " a b "),
        ("\u{feff}canary", "canary"),
    ] {
        let mut server = mockito::Server::new();
        let body =
            format!("grant_type=client_credentials&client_id=id&client_secret={}", sent.replace(' ', "+"));
        let mock = server.mock("POST", "/token").match_body(body.as_str()).with_body(GOOD).expect(2).create();
        let url = format!("{}/token", server.url());
        let tool = || {
            Tool::bare().url(&url).args([
                "--client-id",
                "id",
                "--auth-method",
                "post",
                "--client-secret-file",
            ])
        };
        tool().file("secret", content).args(["secret"]).succeeds("tok-1\n");
        tool().stdin(content).args(["-"]).succeeds("tok-1\n");
        mock.assert();
    }
}

#[test]
fn headers_may_be_long() {
    let long = "x".repeat(60_000);
    let server = Server::raw([http("200 OK", "", GOOD)]);
    Tool::client()
        .url(&server.url())
        .args([
            "--request-header",
            &format!("X-Long: {long}"),
            "--request-header",
            &format!("X-Longer: {long}"),
        ])
        .succeeds("tok-1\n");
    let request = server.requests().remove(0);
    assert_eq!(field(&request, "x-long"), Some(long));
}

#[test]
fn settings_come_from_dot_env_alone() {
    let mut server = mockito::Server::new();
    let mock = server
        .mock("POST", "/token")
        .match_body(Matcher::UrlEncoded("scope".into(), "pa$USERx".into()))
        .with_body(GOOD)
        .create();
    let env = format!(
        "# comment\nexport OAUTH_TOKEN_URL={}/token\nOAUTH_CLIENT_ID='my id'\r\nOAUTH_CLIENT_SECRET=it's $ecret # c\nOAUTH_SCOPE=\"pa$USERx\"\nPATH=/nowhere\n",
        server.url()
    );
    Tool::bare().file(".env", env).args(["--export"]).succeeds("export OAUTH_ACCESS_TOKEN='tok-1'\n");
    mock.assert();
}

#[test]
fn the_command_line_beats_the_environment_beats_the_named_file_beats_dot_env() {
    for (taken, expected) in [(0, "cli"), (1, "environment"), (2, "named"), (3, "ambient")] {
        let mut server = mockito::Server::new();
        let mock = server
            .mock("POST", "/token")
            .match_body(Matcher::UrlEncoded("scope".into(), expected.into()))
            .with_body(GOOD)
            .create();
        let mut tool =
            Tool::client().url(&format!("{}/token", server.url())).file(".env", "OAUTH_SCOPE=ambient\n");
        if taken <= 2 {
            tool = tool.file("named", "OAUTH_SCOPE=named\n").args(["--env-file", "named"]);
        }
        if taken <= 1 {
            tool = tool.env("OAUTH_SCOPE", "environment");
        }
        if taken == 0 {
            tool = tool.args(["--scope", "cli"]);
        }
        tool.succeeds("tok-1\n");
        mock.assert();
    }
}

#[test]
fn no_env_file_leaves_dot_env_unread() {
    let (_server, url) = endpoint(200, GOOD);
    Tool::client()
        .file(".env", "this is no assignment")
        .url(&url)
        .args(["--no-env-file"])
        .succeeds("tok-1\n");
    Tool::client()
        .file(".env", "this is no assignment")
        .url(&url)
        .env("OAUTH_NO_ENV_FILE", "1")
        .succeeds("tok-1\n");
}

#[test]
fn a_named_file_is_read_where_dot_env_is_not() {
    let server = Server::raw([http("200 OK", "", GOOD)]);
    for (flag, variable) in [(true, false), (false, true), (true, true)] {
        let tool = Tool::client().file(".env", "OAUTH_AUDIENCE=ambient").file("named", "OAUTH_SCOPE=named");
        let tool = tool.url(&server.url()).args(["--env-file", "named"]);
        let tool = if flag { tool.line("--no-env-file") } else { tool };
        let tool = if variable { tool.env("OAUTH_NO_ENV_FILE", "1") } else { tool };
        tool.succeeds("tok-1\n");
        let request = server.requests().pop().unwrap();
        assert_eq!(parameter(&request, "scope").as_deref(), Some("named"));
        assert_eq!(parameter(&request, "audience"), None);
    }
}

#[test]
fn of_more_and_less_the_one_that_takes_precedence_is_done() {
    let (_server, url) = endpoint(200, GOOD);
    let told = |options: &str, variable: &str| {
        let tool = Tool::client().url(&url).line("--refresh").line(options).env(variable, "1");
        tool.run().stderr.lines().count()
    };
    assert_eq!(told("-q", "OAUTH_VERBOSE"), 0);
    assert_eq!(told("", "OAUTH_QUIET"), 0);
    assert_eq!(told("", "OAUTH_NO_ENV_FILE"), 1);
    assert!(told("-v", "OAUTH_QUIET") > 1 && told("", "OAUTH_VERBOSE") > 1);
    let both = Tool::client().url(&url).env("OAUTH_QUIET", "1").env("OAUTH_VERBOSE", "1");
    assert!(both.run().stderr.lines().count() > 1);
}

#[test]
fn a_directory_called_dot_env_and_a_dot_env_of_a_parent_are_not_read() {
    let (_server, url) = endpoint(200, GOOD);
    let tool = Tool::client().url(&url);
    std::fs::create_dir(tool.path().join(".env")).unwrap();
    tool.succeeds("tok-1\n");

    let tool = Tool::of("/bin/sh").file(".env", "OAUTH_CLIENT_ID=a\nOAUTH_CLIENT_SECRET=b\n");
    std::fs::create_dir(tool.path().join("below")).unwrap();
    tool.args(["-c", "cd below && oauth-token --url http://127.0.0.1:1/"]).fails(
        3,
        "no client id",
        "set `OAUTH_CLIENT_ID` in the environment or in ./.env, or pass `--client-id`",
    );
}

#[test]
fn the_names_of_the_url_option_are_one_option() {
    for name in ["--url", "--token-url", "--token-endpoint"] {
        let (_server, url) = endpoint(200, GOOD);
        Tool::client().args([name, &url]).succeeds("tok-1\n");
    }
}

#[test]
fn an_empty_variable_in_a_file_is_unset_and_a_secrets_file_obeys_the_same_order() {
    let (_server, url) = endpoint(200, GOOD);
    let settings = format!("OAUTH_TOKEN_URL={url}\nOAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET=s\n");
    let tool = Tool::bare().file("named", "OAUTH_CLIENT_SECRET=\n").line("--env-file named");
    tool.file(".env", settings).succeeds("tok-1\n");
    let tool = Tool::client().file("named", "OAUTH_CLIENT_SECRET_FILE=missing\n").line("--env-file named");
    tool.url(&url).succeeds("tok-1\n");
}
