//! README's recipes for providers, run as they stand and compared with the request that each provider documents.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::keys::private;
use super::server::{Server, field, form, http, jwt};
use super::shells::is_here;
use super::{GOOD, Tool};

/// A provider: its title in README, and of each request the form as documented. `JWT` stands for a signed assertion.
struct Provider {
    title: &'static str,
    requests: &'static [&'static [&'static str]],
    /// Whether the client proves itself by Basic.
    basic: bool,
}

const PROVIDERS: [Provider; 13] = [
    Provider {
        title: "Auth0",
        requests: &[&[
            "grant_type=client_credentials",
            "client_id=id",
            "client_secret=s",
            "audience=https://api.example.com/",
        ]],
        basic: false,
    },
    Provider {
        title: "Okta",
        requests: &[&[
            "grant_type=client_credentials",
            "client_id=id",
            "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion=JWT",
            "scope=my.scope",
        ]],
        basic: false,
    },
    Provider {
        title: "Microsoft Entra, with a certificate",
        requests: &[&[
            "grant_type=client_credentials",
            "client_id=id",
            "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion=JWT",
            "scope=https://graph.microsoft.com/.default",
        ]],
        basic: false,
    },
    Provider {
        title: "Microsoft Entra, from GitHub Actions and Kubernetes",
        requests: &[
            &[
                "grant_type=client_credentials",
                "client_id=id",
                "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion=runners-token",
                "scope=https://graph.microsoft.com/.default",
            ],
            &[
                "grant_type=client_credentials",
                "client_id=id",
                "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion=pods-token",
                "scope=https://graph.microsoft.com/.default",
            ],
        ],
        basic: false,
    },
    Provider { title: "Keycloak", requests: &[&["grant_type=client_credentials"]], basic: true },
    Provider {
        title: "Amazon Cognito",
        requests: &[&["grant_type=client_credentials", "scope=my-resource-server/read"]],
        basic: true,
    },
    Provider {
        title: "Google",
        requests: &[&["grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion=JWT"]],
        basic: false,
    },
    Provider {
        title: "Salesforce",
        requests: &[
            &["grant_type=client_credentials"],
            &["grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion=JWT"],
        ],
        basic: true,
    },
    Provider {
        title: "Zoom",
        requests: &[&["grant_type=account_credentials", "account_id=ACCOUNT-ID"]],
        basic: true,
    },
    Provider {
        title: "SAP XSUAA and Cloud Foundry UAA",
        requests: &[&["grant_type=client_credentials"]],
        basic: true,
    },
    Provider {
        title: "Databricks",
        requests: &[&["grant_type=client_credentials", "scope=all-apis"]],
        basic: true,
    },
    Provider {
        title: "Box",
        requests: &[&[
            "grant_type=client_credentials",
            "client_id=id",
            "client_secret=s",
            "box_subject_type=enterprise",
            "box_subject_id=ENTERPRISE-ID",
        ]],
        basic: false,
    },
    Provider {
        title: "IBM Cloud",
        requests: &[&["grant_type=urn:ibm:params:oauth:grant-type:apikey", "client_id=id", "apikey=k"]],
        basic: false,
    },
];

/// A server that is every provider: it has metadata, an ID token for a runner, and access tokens.
fn server() -> Server {
    Server::routed(|origin, request| {
        let line = request.lines().next().unwrap_or_default();
        if line.starts_with("GET /realms/REALM/.well-known/openid-configuration ") {
            let metadata = json!({
                "issuer": format!("{origin}/realms/REALM"),
                "token_endpoint": format!("{origin}/realms/REALM/protocol/openid-connect/token"),
                "token_endpoint_auth_methods_supported":
                    ["private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth", "client_secret_jwt"],
            });
            http("200 OK", "", &metadata.to_string())
        } else if line.starts_with("GET /runner") {
            http("200 OK", "", r#"{"value":"runners-token"}"#)
        } else if line.starts_with("POST ") {
            http("200 OK", "", GOOD)
        } else {
            http("404 x", "", "")
        }
    })
}

fn recipe(title: &str, origin: &str) -> String {
    let readme = fs::read_to_string("README.md").unwrap();
    let section =
        readme.split(&format!("\n### {title}\n")).nth(1).unwrap_or_else(|| panic!("no recipe `{title}`"));
    let block = section.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    // The endpoints alone are another's: scopes and audiences stay.
    let mut addressed = String::new();
    for word in block.split_inclusive([' ', '\n']) {
        let is_endpoint = word.starts_with("OAUTH_TOKEN_URL=https://") || addressed.ends_with("--issuer ");
        match word.split_once("https://").filter(|_| is_endpoint) {
            Some((before, url)) => {
                addressed += &format!("{before}{origin}/{}", url.split_once('/').unwrap().1);
            }
            None => addressed += word,
        }
    }
    addressed
}

/// The key and the certificate of the recipes, an RSA one as most providers have it, and Google's file with the key.
fn with_files(tool: Tool, origin: &str) -> Tool {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=client"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(tool.path())
        .output()
        .unwrap();
    assert!(made.status.success());
    let key = fs::read_to_string(tool.path().join("key.pem")).unwrap();
    let account = json!({
        "client_email": "robot@project.iam.gserviceaccount.com", "private_key_id": "kid", "private_key": key,
        "token_uri": format!("{origin}/token")
    });
    private(
        private(private(tool, "account.json", account.to_string()), "apikey.txt", "k\n"),
        "pods-token",
        "pods-token",
    )
}

fn run(provider: &Provider) -> Server {
    let server = server();
    let origin = format!("http://{}", server.address);
    let tool = Tool::of("sh")
        .env("OAUTH_CLIENT_ID", "id")
        .env("OAUTH_CLIENT_SECRET", "s")
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{origin}/runner?api-version=2.0"))
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner")
        .env("AZURE_FEDERATED_TOKEN_FILE", "pods-token");
    // A key or a federated token stands alone.
    let without_secret = ["Okta", "Microsoft", "Google"].iter().any(|name| provider.title.starts_with(name));
    let tool = if without_secret { tool.env("OAUTH_CLIENT_SECRET", "") } else { tool };
    let tool = if provider.title == "Google" { tool.env("OAUTH_CLIENT_ID", "") } else { tool };
    let script = recipe(provider.title, &origin);
    let outcome = with_files(tool, &origin).args(["-ec", &script]).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{}: {}", provider.title, outcome.stdout);
    server
}

#[test]
fn each_provider_gets_the_request_that_it_documents() {
    if !is_here("openssl") {
        return;
    }
    for provider in &PROVIDERS {
        let server = run(provider);
        let posts: Vec<String> =
            server.requests().into_iter().filter(|request| request.starts_with("POST ")).collect();
        assert_eq!(posts.len(), provider.requests.len(), "{}", provider.title);
        for (request, documented) in posts.iter().zip(provider.requests) {
            let sent: Vec<String> = form(request)
                .into_iter()
                .filter(|(name, _)| !(provider.title == "Salesforce" && name == "client_id"))
                .map(|(name, value)| {
                    if value.matches('.').count() == 2 && value.starts_with("ey") {
                        format!("{name}=JWT")
                    } else {
                        format!("{name}={value}")
                    }
                })
                .collect();
            assert_eq!(sent, *documented, "{}", provider.title);
        }
        let basic = field(&posts[0], "authorization").is_some_and(|value| value == "Basic aWQ6cw==");
        assert_eq!(basic, provider.basic, "{}", provider.title);
        if provider.title.starts_with("SAP") {
            assert_eq!(field(&posts[0], "x-cf-encoded-credentials").as_deref(), Some("true"));
        }
    }
}

#[test]
fn every_provider_of_readme_is_compared() {
    let readme = fs::read_to_string("README.md").unwrap();
    let section = readme.split("\n## Providers\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let titles: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert_eq!(titles, PROVIDERS.iter().map(|provider| provider.title).collect::<Vec<_>>());
}

#[test]
fn assertions_are_those_that_the_providers_document() {
    if !is_here("openssl") {
        return;
    }
    let assertion = |title: &str, name: &str| -> (Value, Value, String) {
        let provider = PROVIDERS.iter().find(|provider| provider.title == title).unwrap();
        let server = run(provider);
        let request = server.requests().pop().unwrap();
        let token = form(&request).into_iter().find(|(own, _)| own == name).unwrap().1;
        let (header, claims) = jwt(&token);
        (header, claims, format!("http://{}", server.address))
    };
    let lifetime = |claims: &Value| claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();

    let (header, claims, origin) = assertion("Okta", "client_assertion");
    assert_eq!((&header["alg"], &header["kid"]), (&json!("RS256"), &json!("KEY-ID")));
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("id"), &json!("id")));
    assert_eq!(claims["aud"], format!("{origin}/oauth2/default/v1/token"));

    let (header, claims, origin) = assertion("Microsoft Entra, with a certificate", "client_assertion");
    assert_eq!((&header["alg"], &header["typ"]), (&json!("PS256"), &json!("JWT")));
    assert_eq!(header["x5t#S256"].as_str().unwrap().len(), 43);
    assert_eq!(claims["aud"], format!("{origin}/TENANT/oauth2/v2.0/token"));

    let (header, claims, origin) = assertion("Google", "assertion");
    assert_eq!((&header["alg"], &header["kid"]), (&json!("RS256"), &json!("kid")));
    assert_eq!(claims["iss"], "robot@project.iam.gserviceaccount.com");
    assert_eq!(claims["aud"], format!("{origin}/token"));
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/cloud-platform");
    assert_eq!(lifetime(&claims), 3600);

    let (header, claims, _) = assertion("Salesforce", "assertion");
    assert_eq!(header["alg"], "RS256");
    assert_eq!(
        (&claims["iss"], &claims["sub"], &claims["aud"]),
        (&json!("id"), &json!("user@example.com"), &json!("https://login.salesforce.com"))
    );
}
