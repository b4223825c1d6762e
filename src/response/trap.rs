//! The usual traps of the usual providers, as a table: how each is recognised, and the line that gets its
//! victim out of it.

use super::hint::{Asked, Refused};

/// A known trap. Every part that is not empty must fit; letters fit whatever their case.
struct Trap {
    /// Part of the endpoint's host.
    host: &'static str,
    /// The error code.
    code: &'static str,
    /// Part of the description.
    description: &'static str,
    /// A form parameter, or the header field `DPoP`, that was not sent.
    missing: &'static str,
    /// What to do.
    hint: &'static str,
}

const ANY: Trap = Trap { host: "", code: "", description: "", missing: "", hint: "" };

const ENTRA_SCOPE: &str =
    "Entra wants one scope that ends in `/.default`, as in https://graph.microsoft.com/.default";
const DATABRICKS_SCOPE: &str = "Databricks wants `--scope all-apis`";

const ZITADEL_SCOPE: &str = "Zitadel wants `--scope openid`";

const TRAPS: &[Trap] = &[
    Trap {
        code: "access_denied",
        description: "Non-global clients are not allowed access to APIv1",
        hint: "Auth0 wants to know for which API: pass its identifier with `--audience`",
        ..ANY
    },
    Trap {
        host: ".auth0.com",
        code: "access_denied",
        missing: "audience",
        hint: "Auth0 wants to know for which API: pass its identifier with `--audience`",
        ..ANY
    },
    Trap {
        host: ".auth0.com",
        description: "Service not",
        hint: "Auth0 knows no such API: check `--audience` against the API's identifier, slash for slash",
        ..ANY
    },
    Trap {
        description: "AADSTS7000215",
        hint: "Entra wants the value of the client secret, not its id: make a new secret and copy its value",
        ..ANY
    },
    Trap {
        description: "AADSTS7000222",
        hint: "the client secret has expired: make a new one in Entra",
        ..ANY
    },
    Trap { description: "AADSTS1002012", hint: ENTRA_SCOPE, ..ANY },
    Trap { description: "AADSTS70011", hint: ENTRA_SCOPE, ..ANY },
    Trap {
        description: "AADSTS900144",
        hint: "Entra wants a scope that ends in `/.default`: pass it with `--scope` (with the v1 endpoint, `--resource`)",
        ..ANY
    },
    Trap {
        description: "AADSTS90014",
        hint: "Entra misses a parameter, which it names: `--scope`, or with the v1 endpoint `--resource`",
        ..ANY
    },
    Trap {
        description: "AADSTS901002",
        hint: "Entra's v2 endpoint takes no `--resource`: pass `--scope` with the API and `/.default` at its end",
        ..ANY
    },
    Trap {
        description: "AADSTS700016",
        hint: "Entra does not know the client in this tenant: check the client's id and the tenant in the URL",
        ..ANY
    },
    Trap { description: "AADSTS90002", hint: "Entra does not know the tenant: check the URL", ..ANY },
    Trap {
        description: "AADSTS700024",
        hint: "Entra finds the assertion expired or not valid yet: check this machine's clock",
        ..ANY
    },
    Trap {
        code: "invalid_dpop_proof",
        missing: "DPoP",
        hint: "the server demands DPoP (RFC 9449): pass `--dpop-key generate:FILE`; in Okta, or turn off `Require DPoP` for the application",
        ..ANY
    },
    Trap {
        code: "use_dpop_nonce",
        missing: "DPoP",
        hint: "the server demands DPoP (RFC 9449): pass `--dpop-key generate:FILE`",
        ..ANY
    },
    Trap {
        host: "okta",
        code: "invalid_scope",
        hint: "Okta's org server grants only its own `okta.*` scopes; custom scopes need a custom server, as in https://DOMAIN/oauth2/default/v1/token",
        ..ANY
    },
    Trap { host: "databricks", code: "invalid_scope", hint: DATABRICKS_SCOPE, ..ANY },
    Trap { host: "databricks", code: "invalid_request", missing: "scope", hint: DATABRICKS_SCOPE, ..ANY },
    Trap { host: "zitadel", code: "invalid_scope", hint: ZITADEL_SCOPE, ..ANY },
    Trap { description: "scope of your request is missing", hint: ZITADEL_SCOPE, ..ANY },
    Trap {
        description: "request not supported on this domain",
        hint: "Salesforce grants this on your own domain alone: use https://MY-DOMAIN.my.salesforce.com/services/oauth2/token",
        ..ANY
    },
    Trap {
        code: "consent_required",
        hint: "an administrator must consent to the application once, in a browser",
        ..ANY
    },
    Trap {
        host: "box.com",
        missing: "box_subject_type",
        hint: "Box wants `--param box_subject_type=enterprise --param box_subject_id=ID`",
        ..ANY
    },
    Trap {
        code: "unsupported_grant_type",
        hint: "the server does not offer this grant here: check the URL, and whether the client may use it",
        ..ANY
    },
];

/// The way out of the first trap that fits.
pub fn hint(refused: &Refused, asked: &Asked) -> Option<&'static str> {
    let holds = |text: &str, part: &str| text.to_ascii_lowercase().contains(&part.to_ascii_lowercase());
    let fits = |trap: &&Trap| {
        holds(&asked.host(), trap.host)
            && (trap.code.is_empty() || trap.code == refused.code)
            && holds(refused.description, trap.description)
            && (trap.missing.is_empty() || !asked.sent.iter().any(|name| name == trap.missing))
    };
    TRAPS.iter().find(fits).map(|trap| trap.hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{Endpoint, Plaintext};
    use crate::error::Exit;

    fn found(host: &str, code: &str, description: &str, sent: &[&str]) -> Option<&'static str> {
        let refused = Refused {
            exit: Exit::Request,
            status: 400,
            code,
            description,
            retry_after: None,
            clock_offset: None,
            is_html: false,
        };
        let sent = sent.iter().map(|name| (*name).to_owned()).collect();
        let endpoint = Endpoint::parse(&format!("https://{host}/"), Plaintext::LoopbackOnly).ok();
        hint(&refused, &Asked { sent, endpoint, ..Asked::default() })
    }

    #[test]
    fn the_usual_traps_are_known() {
        let entra = "login.microsoftonline.com";
        for (host, code, description, word) in [
            ("t.auth0.com", "access_denied", "Unauthorized", "--audience"),
            (
                "a.example",
                "access_denied",
                "Non-global clients are not allowed access to APIv1",
                "--audience",
            ),
            (entra, "invalid_client", "AADSTS7000215: Invalid client secret provided.", "value"),
            (entra, "invalid_request", "AADSTS900144: The request body must contain", "/.default"),
            (entra, "invalid_request", "AADSTS90014: The required field 'scope' is missing.", "misses"),
            (entra, "invalid_request", "AADSTS901002: The 'resource' request parameter", "no `--resource`"),
            ("auth.example", "invalid_request", "The scope of your request is missing.", "openid"),
            (entra, "invalid_scope", "AADSTS1002012: The provided value for scope", "/.default"),
            ("dev-1.okta.com", "invalid_dpop_proof", "The DPoP proof JWT header is missing.", "DPoP"),
            ("dev-1.okta.com", "invalid_scope", "One or more scopes are not configured", "custom server"),
            (
                "login.salesforce.com",
                "invalid_grant",
                "request not supported on this domain",
                "my.salesforce",
            ),
            ("x.cloud.databricks.com", "invalid_request", "", "all-apis"),
            ("account.docusign.com", "consent_required", "", "consent"),
            ("api.box.com", "invalid_grant", "", "box_subject_type"),
        ] {
            let hint = found(host, code, description, &["grant_type"]).unwrap_or_default();
            assert!(hint.contains(word), "{host} {code}: {hint}");
        }
    }

    #[test]
    fn a_parameter_that_was_sent_is_not_asked_for() {
        assert_eq!(found("t.auth0.com", "access_denied", "Unauthorized", &["audience"]), None);
        assert_eq!(found("api.box.com", "invalid_grant", "", &["box_subject_type"]), None);
        assert_eq!(found("x.cloud.databricks.com", "invalid_request", "", &["scope"]), None);
    }
}
