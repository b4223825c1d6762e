//! Each grant: what is sent, what is kept, and what is never sent twice.

use serde_json::json;

use super::keys::{key, private};
use super::server::{Server, field, form, http, jwt, parameter};
use super::{GOOD, Tool};

pub fn good() -> Server {
    Server::raw([http("200 OK", "", GOOD)])
}

pub fn pairs(server: &Server) -> Vec<String> {
    form(&server.requests().pop().unwrap())
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

#[test]
fn what_may_be_spent_is_never_sent_twice() {
    for options in [
        "--refresh-token-file file",
        "--assertion-file file --auth-method none",
        "--grant-type urn:x --auth-method none",
        "--username u --password-file file --grant-type password -q",
    ] {
        for answer in [http("503 x", "Retry-After: 0\r\n", ""), String::new()] {
            let server = Server::raw([answer]);
            let tool = private(Tool::client(), "file", "x").url(&server.url()).line(options);
            assert!([6, 9].contains(&tool.run().code), "{options}");
            assert_eq!(server.connections(), 1, "{options}");
        }
    }
}

#[test]
fn what_was_not_sent_is_tried_again_even_if_it_may_be_spent() {
    let tool = private(Tool::client(), "refresh", "old").url("http://127.0.0.1:1/").line("--retry 1");
    tool.line("--refresh-token-file refresh").fails(
        6,
        "no connection to `127.0.0.1` port 1: connection refused, after 2 attempts",
        "check the URL's host and port, and that the server runs",
    );
}

#[test]
fn an_assertion_from_a_file_is_the_grant_and_the_client_need_not_prove_itself() {
    let server = good();
    private(Tool::bare(), "jwt", "a.b.c\n")
        .url(&server.url())
        .line("--assertion-file jwt")
        .succeeds("tok-1\n");
    assert_eq!(pairs(&server), ["grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion=a.b.c"]);
}

#[test]
fn an_assertion_is_signed_here_with_subject_and_claims() {
    let server = good();
    private(Tool::bare(), "key.pem", key())
        .url(&server.url())
        .line("--grant-type jwt-bearer --signing-key key.pem --client-id me --assertion-subject somebody")
        .args([
            "--assertion-claim",
            "box_sub_type=enterprise",
            "--assertion-claim",
            "level:=3",
            "--assertion-audience",
            "https://aud",
        ])
        .succeeds("tok-1\n");
    let request = server.requests().remove(0);
    let (_, mut claims) = jwt(&parameter(&request, "assertion").unwrap());
    for varying in ["iat", "exp", "jti"] {
        claims.as_object_mut().unwrap().remove(varying).unwrap();
    }
    assert_eq!(
        claims,
        json!({"iss": "me", "sub": "somebody", "aud": "https://aud", "box_sub_type": "enterprise", "level": 3})
    );
    assert_eq!(parameter(&request, "client_assertion"), None, "the key is the grant's");
    assert_eq!(parameter(&request, "client_id").as_deref(), Some("me"));
}

#[test]
fn a_google_service_account_is_enough_by_itself() {
    let server = good();
    let account = json!({
        "type": "service_account", "private_key_id": "kid-1", "private_key": key(),
        "client_email": "robot@example.iam.gserviceaccount.com", "token_uri": server.url()
    });
    private(Tool::bare(), "account.json", account.to_string())
        .line("--google-service-account account.json --scope a --scope b --assertion-lifetime 3600")
        .succeeds("tok-1\n");
    let request = server.requests().remove(0);
    let names: Vec<String> = form(&request).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["grant_type", "assertion"], "no client, and no scope but in the assertion");
    let (header, claims) = jwt(&parameter(&request, "assertion").unwrap());
    assert_eq!(header["kid"], "kid-1");
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["scope"]),
        (&json!("robot@example.iam.gserviceaccount.com"), &json!(server.url()), &json!("a b"))
    );
    assert!(claims.get("sub").is_none());
    for content in ["{}", "canary", r#"{"client_email":"canary"}"#] {
        private(Tool::bare(), "account.json", content).line("--google-service-account account.json").fails(
            3,
            "the file of `--google-service-account` is no key file of a service account",
            "give the JSON file that Google made, with `client_email`, `private_key` and `token_uri`",
        );
    }
}

#[test]
fn a_service_account_goes_to_its_own_server_and_takes_no_other_client_along() {
    let (google, other) = (good(), good());
    let account = json!({"private_key": key(), "client_email": "x@y", "token_uri": google.url()}).to_string();
    let tool = || private(private(Tool::client(), "account.json", &account), "other.jwt", "canary");
    let typed = || tool().env("OAUTH_AUTH_METHOD", "basic").line("--google-service-account account.json");
    let of_environment = || tool().env("OAUTH_GOOGLE_SERVICE_ACCOUNT", "account.json");
    let elsewhere = format!("OAUTH_TOKEN_URL={}\nOAUTH_ASSERTION_FILE=other.jwt\n", other.url());
    for tool in [
        typed(),
        typed().env("OAUTH_TOKEN_URL", other.url()),
        typed().env("OAUTH_ASSERTION_FILE", "other.jwt"),
        typed().env("OAUTH_PARAM", "a=canary").env("OAUTH_REQUEST_HEADER", "X-Key: canary"),
        typed().env("OAUTH_KEY_ID", "canary").env("OAUTH_ASSERTION_AUDIENCE", "https://canary"),
        typed().file(".env", &elsewhere),
        of_environment(),
        of_environment().file(".env", &elsewhere),
    ] {
        tool.succeeds("tok-1\n");
        let request = google.requests().pop().unwrap();
        assert!(field(&request, "authorization").is_none() && !request.contains("canary"), "{request}");
        assert_eq!(form(&request).len(), 2, "{request}");
        let (header, claims) = jwt(&parameter(&request, "assertion").unwrap());
        assert!(header.get("kid").is_none() && claims["aud"] == google.url(), "{header} {claims}");
    }
    assert_eq!(other.connections(), 0);
    typed().line("--client-id me").gives(
        0,
        "tok-1\n",
        "oauth-token: warning: `--client-id` does nothing with a service account, unless `--auth-method` says how\n",
    );
    typed().line("--client-id me --auth-method none").succeeds("tok-1\n");
    assert_eq!(parameter(&google.requests().pop().unwrap(), "client_id").as_deref(), Some("me"));
    // Whoever says so as loudly is believed.
    typed().url(&other.url()).succeeds("tok-1\n");
    of_environment().line("--assertion-file other.jwt").url(&other.url()).succeeds("tok-1\n");
    assert_eq!(parameter(&other.requests().pop().unwrap(), "assertion").as_deref(), Some("canary"));
    typed().line("--assertion-file other.jwt").fails(
        3,
        "`--assertion-file` and `--google-service-account`, both from the command line, are set",
        "unset one of them: only one can count",
    );
}

#[test]
fn dot_env_may_not_aim_a_secret_by_a_service_account() {
    let trap = good();
    let account = json!({"private_key": key(), "client_email": "x@y", "token_uri": trap.url()});
    let tool = Tool::client().file("account.json", account.to_string());
    tool.file(".env", "OAUTH_GOOGLE_SERVICE_ACCOUNT=account.json\n").fails(
        3,
        "./.env sets `OAUTH_GOOGLE_SERVICE_ACCOUNT`, but `OAUTH_CLIENT_SECRET` comes from the environment: a file that happens to lie in the current directory may not say where that secret goes",
        "pass `--google-service-account`, or `--env-file .env` if you trust the file",
    );
    assert_eq!(trap.connections(), 0);
}

#[test]
fn tokens_are_exchanged_with_their_types_and_the_issued_type_is_kept() {
    let answer = r#"{"access_token":"t","token_type":"N_A","issued_token_type":"urn:x"}"#;
    let server = Server::raw([http("200 OK", "", answer)]);
    let tool = private(private(Tool::client(), "subject", "s\n"), "actor", "a").url(&server.url());
    tool.line("--subject-token-file subject --actor-token-file actor --actor-token-type jwt --requested-token-type id_token --audience api --json")
        .succeeds("{\"access_token\":\"t\",\"token_type\":\"N_A\",\"issued_token_type\":\"urn:x\"}\n");
    assert_eq!(
        pairs(&server),
        [
            "grant_type=urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token=s",
            "subject_token_type=urn:ietf:params:oauth:token-type:access_token",
            "actor_token=a",
            "actor_token_type=urn:ietf:params:oauth:token-type:jwt",
            "requested_token_type=urn:ietf:params:oauth:token-type:id_token",
            "audience=api",
        ]
    );
    Tool::client().url(&server.url()).line("--grant-type token-exchange").fails(
        3,
        "no subject token",
        "pass `--subject-token-file FILE`, or `--subject-token github-actions`",
    );
}

#[test]
fn a_password_is_sent_only_by_name_and_with_a_warning() {
    let server = good();
    let tool = Tool::client().env("OAUTH_PASSWORD", "p w").url(&server.url());
    tool.line("--grant-type password --username u").gives(
        0,
        "tok-1\n",
        "oauth-token: warning: the password grant shows a person's password to this program; RFC 9700 section 2.4 forbids it\n",
    );
    assert_eq!(pairs(&server), ["grant_type=password", "username=u", "password=p w"]);
}

#[test]
fn other_grants_take_their_parameters_from_options_and_files() {
    let server = good();
    Tool::client()
        .url(&server.url())
        .line("--grant-type account_credentials --param account_id=42")
        .succeeds("tok-1\n");
    assert_eq!(pairs(&server), ["grant_type=account_credentials", "account_id=42"]);
    private(Tool::bare(), "apikey", "k")
        .url(&server.url())
        .line("--auth-method none --grant-type urn:ibm:params:oauth:grant-type:apikey --param-file apikey=apikey")
        .succeeds("tok-1\n");
    assert_eq!(pairs(&server), ["grant_type=urn:ibm:params:oauth:grant-type:apikey", "apikey=k"]);
}
