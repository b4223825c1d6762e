//! The identity of a job, which its runner vouches for.

use super::granting::{good, pairs};
use super::keys::client;
use super::server::{Server, field, http, parameter};
use super::{GOOD, Outcome, Tool};

#[test]
fn a_github_runner_is_asked_for_its_identity() {
    let runner = Server::raw([http("200 OK", "", r#"{"value":"id-token","count":1}"#)]);
    let server = good();
    let tool = || {
        client()
            .url(&server.url())
            .env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}?api-version=2.0", runner.url()))
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary-runner")
            .line("--client-assertion github-actions --assertion-audience api://AzureADTokenExchange")
    };
    tool().succeeds("tok-1\n");
    let asked = runner.requests().remove(0);
    assert!(
        asked
            .starts_with("GET /token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange HTTP/1.1\r\n"),
        "{asked}"
    );
    assert_eq!(field(&asked, "authorization").as_deref(), Some("Bearer canary-runner"));
    assert_eq!(parameter(&server.requests()[0], "client_assertion").as_deref(), Some("id-token"));

    let Outcome { code, stderr, .. } = tool().line("-v").run();
    assert_eq!(code, 0);
    assert!(!stderr.contains("canary-runner") && !stderr.contains("id-token"), "{stderr}");

    client().url(&server.url()).line("--client-assertion github-actions").fails(
        3,
        "`ACTIONS_ID_TOKEN_REQUEST_URL` is not set, so this is no job of GitHub Actions that has an identity",
        "give the job `permissions: id-token: write`",
    );
    client().url(&server.url()).line("--client-assertion canary").fails(
        2,
        "`--client-assertion` names no place that is known",
        "write `github-actions`; an assertion itself is kept in a file, see `--help`",
    );
}

#[test]
fn a_runner_is_asked_anew_for_each_attempt() {
    let runner =
        Server::raw([1, 2].map(|number| http("200 OK", "", &format!(r#"{{"value":"id-{number}"}}"#))));
    let server = Server::raw([http("503 x", "Retry-After: 0\r\n", ""), http("200 OK", "", GOOD)]);
    client()
        .url(&server.url())
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", runner.url())
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary")
        .line("--client-assertion github-actions")
        .succeeds("tok-1\n");
    let sent = server
        .requests()
        .iter()
        .map(|request| parameter(request, "client_assertion").unwrap())
        .collect::<Vec<_>>();
    assert_eq!(sent, ["id-1", "id-2"]);
}

#[test]
fn a_runner_that_refuses_is_told_with_its_exit_code() {
    for (answer, code, what) in [
        (http("403 x", "", ""), 5, "it refuses the request (403)"),
        (http("401 x", "", ""), 4, "it refuses the job (401)"),
        (http("200 OK", "", "{}"), 10, "its answer holds none (200)"),
        (
            http("302 x", "Location: https://h/\r\n", ""),
            10,
            "its answer is a redirect, which is never followed (302)",
        ),
        (http("500 x", "Retry-After: 9999\r\n", ""), 9, "it is unwell (500)"),
        (http("429 x", "Retry-After: 9999\r\n", ""), 9, "it is unwell (429)"),
    ] {
        let runner = Server::raw([answer]);
        let server = good();
        client()
            .url(&server.url())
            .env("ACTIONS_ID_TOKEN_REQUEST_URL", runner.url())
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary")
            .line("--client-assertion github-actions")
            .fails(
                code,
                &format!("the runner gave no ID token: {what}"),
                "check that the job has `permissions: id-token: write`",
            );
        assert_eq!(server.connections(), 0);
    }
}

#[test]
fn dot_env_may_not_send_the_runners_identity_to_a_place_of_its_own() {
    let runner = Server::raw([http("200 OK", "", r#"{"value":"id-token"}"#)]);
    let trap = good();
    let aim =
        format!("OAUTH_CLIENT_ID=i\nOAUTH_CLIENT_ASSERTION=github-actions\nOAUTH_TOKEN_URL={}\n", trap.url());
    Tool::bare()
        .file(".env", aim)
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", runner.url())
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary")
        .fails(
            3,
            "./.env sets `OAUTH_TOKEN_URL`, but the runner's identity is this machine's: a file that happens to lie in the current directory may not say where that secret goes",
            "pass `--url`, or `--env-file .env` if you trust the file",
        );
    assert_eq!((runner.connections(), trap.connections()), (0, 0));
}

#[test]
fn a_runners_token_can_be_exchanged() {
    let runner = Server::raw([http("200 OK", "", r#"{"value":"id-token"}"#)]);
    let server = good();
    Tool::bare()
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", runner.url())
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "r")
        .url(&server.url())
        .line("--subject-token github-actions --auth-method none")
        .succeeds("tok-1\n");
    assert_eq!(
        pairs(&server),
        [
            "grant_type=urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token=id-token",
            "subject_token_type=urn:ietf:params:oauth:token-type:jwt",
        ]
    );
}
