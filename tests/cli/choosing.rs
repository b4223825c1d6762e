//! Which grant is meant, and what is said where the server does not take it.

use super::granting::{good, pairs};
use super::keys::private;
use super::server::{Server, http, parameter};
use super::{GOOD, Tool};

#[test]
fn a_grant_whose_name_is_nearly_a_known_one_is_asked_for_with_a_warning() {
    let server = Server::raw([http("200 OK", "", GOOD)]);
    Tool::client().url(&server.url()).line("--grant-type refresh").gives(
        0,
        "tok-1\n",
        "oauth-token: warning: the grant `refresh` is not known here, and is asked for as it is: did you mean `refresh_token`?\n",
    );
    assert_eq!(pairs(&server), ["grant_type=refresh"]);
}

#[test]
fn an_option_of_a_grant_chooses_it_and_is_refused_with_another() {
    let server = good();
    let tool = || {
        let tool = private(Tool::client(), "a", "assertion-1");
        private(private(tool, "r", "refresh-1"), "s", "subject-1").url(&server.url())
    };
    let hint = |kind: &str| format!("write `--grant-type {kind}`, or leave it out");
    for (options, option, kind) in [
        ("--grant-type client_credentials --refresh-token-file r", "--refresh-token-file", "refresh_token"),
        ("--grant-type refresh_token --assertion-file a", "--assertion-file", "jwt_bearer"),
        ("--grant-type urn:x --assertion-subject s", "--assertion-subject", "jwt_bearer"),
        ("--refresh-token-file r --username u", "--username", "password"),
        ("--grant-type urn:x --assertion-issuer i", "--assertion-issuer", "jwt_bearer"),
        ("--grant-type urn:x --assertion-claim a=b", "--assertion-claim", "jwt_bearer"),
        ("--grant-type urn:x --google-service-account a", "--google-service-account", "jwt_bearer"),
        ("--grant-type urn:x --subject-token-file s", "--subject-token-file", "token_exchange"),
        ("--grant-type urn:x --subject-token github-actions", "--subject-token", "token_exchange"),
        ("--grant-type urn:x --subject-token-type jwt", "--subject-token-type", "token_exchange"),
        ("--grant-type urn:x --actor-token-type jwt", "--actor-token-type", "token_exchange"),
        ("--grant-type urn:x --requested-token-type jwt", "--requested-token-type", "token_exchange"),
        ("--grant-type urn:x --password-file a", "--password-file", "password"),
        ("--username u", "--username", "password"),
        (
            "--grant-type jwt-bearer --assertion-file a --actor-token-file s",
            "--actor-token-file",
            "token_exchange",
        ),
    ] {
        tool().line(options).fails(2, &format!("`{option}` is for the grant `{kind}`"), &hint(kind));
    }
    let leave = "leave out one of them, or name the grant with `--grant-type`";
    tool().line("--refresh-token-file r --subject-token-file s").fails(
        2,
        "`--refresh-token-file` and `--subject-token-file`, both from the command line, are for two grants, `refresh_token` and `token_exchange`",
        leave,
    );
    tool().env("OAUTH_ASSERTION_FILE", "a").env("OAUTH_REFRESH_TOKEN_FILE", "r").fails(
        3,
        "`OAUTH_ASSERTION_FILE` and `OAUTH_REFRESH_TOKEN_FILE`, both from the environment, are for two grants, `jwt_bearer` and `refresh_token`",
        leave,
    );
    assert_eq!(server.connections(), 0);

    tool().env("OAUTH_REFRESH_TOKEN_FILE", "r").line("--subject-token-file s").succeeds("tok-1\n");
    tool().env("OAUTH_REFRESH_TOKEN_FILE", "r").line("--grant-type client_credentials").succeeds("tok-1\n");
    tool().env("OAUTH_ASSERTION_SUBJECT", "s").env("OAUTH_SUBJECT_TOKEN_TYPE", "jwt").succeeds("tok-1\n");
    tool().env("OAUTH_PASSWORD", "p").gives(
        0,
        "tok-1\n",
        "oauth-token: warning: `OAUTH_PASSWORD` from the environment does nothing without `--grant-type password`\n",
    );
    let grants: Vec<_> =
        server.requests().iter().map(|request| parameter(request, "grant_type").unwrap()).collect();
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    assert_eq!(grants, [exchange, "client_credentials", "client_credentials", "client_credentials"]);
}

#[test]
fn a_grant_that_is_refused_has_a_hint_of_its_own() {
    let server = Server::raw([http("400 x", "", r#"{"error":"invalid_grant"}"#)]);
    for (options, hint) in [
        (
            "--refresh-token-file file",
            "the refresh token was used before, has expired, was revoked, or is another client's: let the user log in again",
        ),
        (
            "--assertion-file file",
            "check the assertion: who issues it, about whom, for which audience, until when, and that the server knows its key",
        ),
        (
            "--subject-token-file file",
            "check the subject token: that it is still valid, and that this client may exchange it",
        ),
        ("-q --grant-type password --username u --password-file file", ""),
        ("", "`--explain` shows the request and where each setting comes from"),
    ] {
        private(Tool::client(), "file", "x").url(&server.url()).line(options).fails(
            5,
            "the server rejected the request: `invalid_grant` (400)",
            hint,
        );
    }
}
