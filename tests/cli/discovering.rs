//! `--issuer`: where the metadata are looked for, whom they are believed from, and what is chosen by them.

use super::keys::{key, private};
use super::server::{Server, field, http, parameter};
use super::{GOOD, Tool};

/// A server that knows its own metadata, which `more` completes, and gives tokens. The metadata are at the place of
/// OpenID Connect alone.
fn issuer(path: &'static str, more: &'static str) -> Server {
    Server::routed(move |origin, request| {
        let metadata = format!(r#"{{"issuer":"{origin}{path}","token_endpoint":"{origin}/token"{more}}}"#);
        if request.starts_with(&format!("GET {path}/.well-known/openid-configuration ")) {
            http("200 OK", "", &metadata)
        } else if request.starts_with("POST /token ") {
            http("200 OK", "", GOOD)
        } else {
            http("404 x", "", "")
        }
    })
}

fn lines(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| request.lines().next().unwrap().replace(" HTTP/1.1", "")).collect()
}

#[test]
fn both_places_are_asked_in_order_and_then_the_token_endpoint() {
    let server = issuer("/tenant", "");
    let tool = Tool::client().args(["--issuer", &format!("http://{}/tenant", server.address)]);
    tool.succeeds("tok-1\n");
    assert_eq!(
        lines(&server),
        [
            "GET /.well-known/oauth-authorization-server/tenant",
            "GET /tenant/.well-known/openid-configuration",
            "POST /token",
        ]
    );
    for request in &server.requests()[..2] {
        assert_eq!(field(request, "authorization"), None, "the secret goes to the token endpoint alone");
    }
}

#[test]
fn url_wins_over_issuer_and_needs_no_discovery() {
    let server = issuer("", "");
    let tool = Tool::client().env("OAUTH_ISSUER", format!("http://{}", server.address));
    tool.url(&format!("http://{}/token", server.address)).succeeds("tok-1\n");
    assert_eq!(lines(&server), ["POST /token"]);
    let tool = Tool::client().env("OAUTH_ISSUER", "https://issuer.invalid");
    tool.env("OAUTH_TOKEN_URL", format!("http://{}/token", server.address)).succeeds("tok-1\n");
    // What is typed comes before what is set, though.
    let tool = Tool::client().env("OAUTH_TOKEN_URL", "http://127.0.0.1:1/");
    tool.args(["--issuer", &format!("http://{}", server.address)]).succeeds("tok-1\n");
}

#[test]
fn an_issuer_is_compared_exactly() {
    let server = issuer("", "");
    let own = format!("http://{}", server.address);
    Tool::client().args(["--issuer", &format!("{own}/")]).fails(
        3,
        &format!("the issuer is `{own}/`, but its metadata says `{own}`"),
        &format!("write it without the slash at its end, as the server does: {own}"),
    );
    assert_eq!(lines(&server).len(), 2, "no token is asked for");
}

#[test]
fn what_is_no_metadata_is_told_and_no_secret_is_sent() {
    let hint = "check `--issuer`; `--url` names the token endpoint itself, and needs no metadata";
    for (answer, code, what) in [
        (
            http("302 x", "Location: https://evil/?code=canary\r\n", ""),
            10,
            "the answer is a redirect to `https://evil/?code=[redacted]`, which is never followed (302)",
        ),
        (http("200 OK", "", "<html>"), 10, "it is no JSON object (200)"),
        (http("200 OK", "", "{}"), 10, "it names no issuer (200)"),
        (http("500 x", "Retry-After: 9999\r\n", ""), 9, "the server is unwell (500)"),
    ] {
        let server = Server::raw([answer]);
        let tool = Tool::client().args(["--issuer", &format!("http://{}", server.address)]);
        tool.fails(code, &format!("the issuer's metadata cannot be used: {what}"), hint);
        assert!(server.requests().iter().all(|request| request.starts_with("GET ")));
    }
}

#[test]
fn where_no_metadata_are_is_told_and_what_is_often_pasted_is_known() {
    let server = Server::raw([http("404 x", "", "")]);
    let origin = format!("http://{}", server.address);
    let told = |path: &str, hint: &str| {
        Tool::client().args(["--issuer", &format!("{origin}{path}")]).fails(
            5,
            &format!("the issuer's metadata cannot be used: there is none at `{origin}/.well-known/oauth-authorization-server{path}` nor at `{origin}{path}/.well-known/openid-configuration` (404)"),
            hint,
        );
    };
    told("/x", "check `--issuer`; `--url` names the token endpoint itself, and needs no metadata");
    told("/.well-known/openid-configuration", "give the issuer, which is what stands before `/.well-known/`");
    assert_eq!(server.connections(), 4);
}

#[test]
fn a_token_endpoint_of_the_metadata_obeys_the_policy_for_endpoints() {
    let server = Server::routed(|origin, _| {
        http("200 OK", "", &format!(r#"{{"issuer":"{origin}","token_endpoint":"http://example.com/token"}}"#))
    });
    Tool::client().args(["--issuer", &format!("http://{}", server.address)]).fails(
        10,
        "the issuer's metadata cannot be used: its token endpoint `http://example.com/token` is not usable: `http://` would send the client's credentials in the clear (200)",
        "check `--issuer`; `--url` names the token endpoint itself, and needs no metadata",
    );
    assert_eq!(server.connections(), 1);
}

#[test]
fn the_method_is_the_best_that_the_server_offers_and_the_configuration_can_serve() {
    let all = r#","token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","client_secret_jwt","private_key_jwt"]"#;
    let post = r#","token_endpoint_auth_methods_supported":["client_secret_post"]"#;
    for (more, with_key, expected) in [
        (all, false, "authorization"),
        (all, true, "client_assertion"),
        (post, false, "client_secret"),
        ("", false, "authorization"),
    ] {
        let server = issuer("", more);
        let tool = private(Tool::client(), "key.pem", key())
            .args(["--issuer", &format!("http://{}", server.address)]);
        let tool = if with_key { tool.line("--signing-key key.pem") } else { tool };
        tool.succeeds("tok-1\n");
        let request = server.requests().pop().unwrap();
        let sent = match expected {
            "authorization" => field(&request, expected),
            name => parameter(&request, name),
        };
        assert!(sent.is_some(), "{expected}: {request}");
    }
}

#[test]
fn a_method_that_is_not_offered_is_warned_of_and_none_that_can_be_served_is_exit_3() {
    let only_keys = r#","token_endpoint_auth_methods_supported":["private_key_jwt"]"#;
    let server = issuer("", only_keys);
    let tool = || Tool::client().args(["--issuer", &format!("http://{}", server.address)]);
    tool().line("--auth-method post").gives(
        0,
        "tok-1\n",
        "oauth-token: warning: the server does not offer `client_secret_post` of `--auth-method`, only `private_key_jwt`\n",
    );
    tool().fails(
        3,
        "the server offers no method that the client's credentials can serve, only `private_key_jwt`",
        "set the credentials that it wants, or choose a method with `--auth-method`",
    );
}

#[test]
fn the_audience_is_the_issuer_and_the_algorithm_one_that_the_server_lists() {
    let more = r#","token_endpoint_auth_methods_supported":["private_key_jwt"],"token_endpoint_auth_signing_alg_values_supported":["ES256"]"#;
    let server = issuer("/x", more);
    let own = format!("http://{}/x", server.address);
    private(Tool::client(), "key.pem", key())
        .args(["--issuer", &own])
        .line("--signing-key key.pem")
        .succeeds("tok-1\n");
    let request = server.requests().pop().unwrap();
    let (_, claims) = super::server::jwt(&parameter(&request, "client_assertion").unwrap());
    assert_eq!(claims["aud"], own);
}

#[test]
fn explain_shows_where_metadata_are_looked_for_and_asks_nobody() {
    let server = issuer("", "");
    let own = format!("http://{}", server.address);
    let outcome = Tool::client().args(["--issuer", &own, "--explain"]).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let told = format!(
        "metadata:\n  {own}/.well-known/oauth-authorization-server\n  or, if that is not found, {own}/.well-known/openid-configuration\nrequest:\n  POST (to the token endpoint that the metadata name)\n"
    );
    assert!(outcome.stdout.contains(&told), "{}", outcome.stdout);
    assert_eq!(server.connections(), 0);
}

#[test]
fn one_deadline_holds_for_discovery_and_token_together() {
    let server = Server::silent_after(b"");
    let outcome =
        Tool::client().args(["--issuer", &format!("http://{}", server.address)]).line("--max-time 0.2").run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (8, ""));
}

#[test]
fn an_issuer_with_a_query_is_none() {
    Tool::client().args(["--issuer", "https://h/?a=b"]).fails(
        2,
        "`--issuer` is not usable: it has a query (`?`)",
        "an issuer has none; `--url` names the token endpoint itself",
    );
}

#[test]
fn an_issuer_or_an_endpoint_in_dot_env_that_is_not_asked_aims_nothing() {
    let server = issuer("", "");
    let origin = format!("http://{}", server.address);
    Tool::client()
        .file(".env", "OAUTH_ISSUER=https://issuer.invalid\n")
        .args(["--url", &format!("{origin}/token")])
        .succeeds("tok-1\n");
    Tool::client()
        .file(".env", "OAUTH_TOKEN_URL=https://endpoint.invalid\n")
        .args(["--issuer", &origin])
        .succeeds("tok-1\n");
}

#[test]
fn dot_env_may_not_name_the_issuer_of_a_secret_from_elsewhere() {
    let server = issuer("", "");
    let line = format!("OAUTH_ISSUER=http://{}\n", server.address);
    assert_eq!(Tool::client().file(".env", line).run().code, 3);
    assert_eq!(server.connections(), 0);
}

#[test]
fn an_alias_is_for_clients_with_a_certificate() {
    let server = issuer("", r#","mtls_endpoint_aliases":{"token_endpoint":"http://127.0.0.1:1/"}"#);
    Tool::client().args(["--issuer", &format!("http://{}", server.address)]).succeeds("tok-1\n");
}

#[test]
fn the_second_place_is_asked_where_the_first_is_404_and_never_else() {
    for (status, code) in [("403 x", 5), ("400 x", 5), ("410 x", 5)] {
        let server = Server::raw([http(status, "", "")]);
        let tool = Tool::client().args(["--issuer", &format!("http://{}", server.address)]);
        assert_eq!((tool.run().code, server.connections()), (code, 1), "{status}");
    }
}

#[test]
fn metadata_that_lead_to_plain_http_are_warned_of() {
    let server = Server::routed(|origin, request| {
        let metadata = format!(r#"{{"issuer":"{origin}","token_endpoint":"http://auth.invalid/t"}}"#);
        if request.starts_with("GET /.well-known/openid") {
            http("200 OK", "", &metadata)
        } else {
            http("404 x", "", "")
        }
    });
    let tool = Tool::client().args(["--issuer", &format!("http://{}", server.address)]);
    let outcome = tool.line("--allow-http --retry 0").run();
    let told = "oauth-token: warning: `--allow-http`: everybody on the way to `auth.invalid` can read";
    assert!(outcome.code == 6 && outcome.stderr.starts_with(told), "{}", outcome.stderr);
}
