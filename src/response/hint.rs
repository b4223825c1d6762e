//! What to do about a refusal: the usual traps of the usual providers as a table, and a sensible word for
//! all others.

use std::time::Duration;

use crate::client_auth::BasicEncoding;
use crate::error::Exit;
use crate::http::seconds;

/// What was asked, as far as a hint may speak of it. Names come with where they were set.
#[derive(Debug, Default)]
pub struct Asked {
    /// As in ``check `OAUTH_CLIENT_ID` and `OAUTH_CLIENT_SECRET`, both from ./.env``.
    pub check_client: String,
    /// As in `` `OAUTH_TOKEN_URL`, from the environment``.
    pub url_setting: String,
    /// As in `` `--scope`, from the command line``; empty where none was set.
    pub scope_setting: String,
    /// The endpoint's host.
    pub host: String,
    /// Whether an audience was sent.
    pub has_audience: bool,
    /// The spelling of the `Basic` header, where another spelling would have given other bytes.
    pub basic_encoding: Option<BasicEncoding>,
}

impl Asked {
    /// For answers that cannot come from a token endpoint.
    pub fn check_url(&self) -> String {
        format!("check that {} is the token endpoint; `--verbose` shows the answer", self.url_setting)
    }
}

/// What the server said.
pub struct Refused<'a> {
    pub exit: Exit,
    pub status: u16,
    pub code: &'a str,
    pub description: &'a str,
    pub retry_after: Option<Duration>,
    pub clock_offset: Option<i64>,
}

/// A known trap: the parts that are not empty must all be found.
struct Trap {
    host: &'static str,
    code: &'static str,
    description: &'static str,
    hint: &'static str,
}

const TRAPS: &[Trap] = &[
    Trap {
        host: "",
        code: "access_denied",
        description: "Non-global clients are not allowed access to APIv1",
        hint: "Auth0 wants to know for which API: pass its identifier with `--audience`",
    },
    Trap {
        host: "",
        code: "",
        description: "AADSTS7000215",
        hint: "Entra wants the value of the client secret, not its id: make a new secret and copy its value",
    },
    Trap {
        host: "",
        code: "",
        description: "AADSTS7000222",
        hint: "the client secret has expired: make a new one in Entra",
    },
    Trap {
        host: "",
        code: "",
        description: "AADSTS1002012",
        hint: "Entra wants one scope that ends in `/.default`, as in https://graph.microsoft.com/.default",
    },
    Trap {
        host: "",
        code: "",
        description: "AADSTS70011",
        hint: "Entra wants one scope that ends in `/.default`, as in https://graph.microsoft.com/.default",
    },
    Trap {
        host: "",
        code: "",
        description: "AADSTS900144",
        hint: "Entra wants a scope that ends in `/.default`: pass it with `--scope` (with the v1 endpoint, `--resource`)",
    },
    Trap {
        host: "",
        code: "",
        description: "AADSTS700016",
        hint: "Entra does not know the client in this tenant: check the client's id and the tenant in the URL",
    },
    Trap {
        host: "",
        code: "",
        description: "AADSTS90002",
        hint: "Entra does not know the tenant: check the URL",
    },
    Trap {
        host: "",
        code: "",
        description: "AADSTS700024",
        hint: "Entra finds the assertion expired or not valid yet: check this machine's clock",
    },
    Trap {
        host: "",
        code: "invalid_dpop_proof",
        description: "",
        hint: "the server demands DPoP (RFC 9449), which this version does not send; in Okta, turn off `Require DPoP` for the application",
    },
    Trap {
        host: "",
        code: "use_dpop_nonce",
        description: "",
        hint: "the server demands DPoP (RFC 9449), which this version does not send",
    },
    Trap {
        host: "okta",
        code: "invalid_scope",
        description: "",
        hint: "Okta's org server grants only its own `okta.*` scopes; custom scopes need a custom server, as in https://DOMAIN/oauth2/default/v1/token",
    },
    Trap {
        host: "databricks",
        code: "invalid_scope",
        description: "",
        hint: "Databricks wants `--scope all-apis`",
    },
    Trap {
        host: "databricks",
        code: "invalid_request",
        description: "",
        hint: "Databricks wants `--scope all-apis`",
    },
    Trap { host: "zitadel", code: "invalid_scope", description: "", hint: "Zitadel wants `--scope openid`" },
    Trap {
        host: "",
        code: "",
        description: "request not supported on this domain",
        hint: "Salesforce grants this on your own domain alone: use https://MY-DOMAIN.my.salesforce.com/services/oauth2/token",
    },
    Trap {
        host: "",
        code: "consent_required",
        description: "",
        hint: "an administrator must consent to the application once, in a browser",
    },
    Trap {
        host: "box.com",
        code: "",
        description: "box_subject",
        hint: "Box wants `--param box_subject_type=enterprise --param box_subject_id=ID`",
    },
    Trap {
        host: "",
        code: "unsupported_grant_type",
        description: "",
        hint: "the server does not offer this grant here: check the URL, and whether the client may use it",
    },
];

/// Beyond this many seconds, a clock is worth a word. Servers allow from one to five minutes.
const CLOCK_TOLERANCE: i64 = 120;

/// The hint for a refusal.
pub fn for_refusal(refused: &Refused, asked: &Asked) -> String {
    let hint = match trap(refused, asked) {
        Some(hint) => hint.to_owned(),
        None => general(refused, asked),
    };
    match refused.clock_offset {
        Some(offset)
            if offset.abs() > CLOCK_TOLERANCE && matches!(refused.exit, Exit::Client | Exit::Request) =>
        {
            let direction = if offset > 0 { "ahead of" } else { "behind" };
            format!("{hint}; this machine's clock is {} s {direction} the server's", offset.abs())
        }
        _ => hint,
    }
}

fn trap(refused: &Refused, asked: &Asked) -> Option<&'static str> {
    let auth0 = refused.code == "access_denied" && asked.host.ends_with(".auth0.com") && !asked.has_audience;
    if auth0 {
        return Some(TRAPS[0].hint);
    }
    let holds = |text: &str, part: &str| text.to_ascii_lowercase().contains(&part.to_ascii_lowercase());
    let fits = |trap: &&Trap| {
        holds(&asked.host, trap.host)
            && (trap.code.is_empty() || trap.code == refused.code)
            && holds(refused.description, trap.description)
    };
    TRAPS.iter().find(fits).map(|trap| trap.hint)
}

fn general(refused: &Refused, asked: &Asked) -> String {
    match (refused.exit, refused.status, refused.code) {
        (Exit::Client, ..) => match asked.basic_encoding {
            Some(BasicEncoding::Form) => format!(
                "{}; they hold characters that are form-encoded for Basic (RFC 6749 section 2.3.1): if the server does not decode them, try `--basic-encoding raw`",
                asked.check_client
            ),
            Some(BasicEncoding::Raw) => format!(
                "{}; they hold characters that RFC 6749 section 2.3.1 wants form-encoded: try `--basic-encoding form`",
                asked.check_client
            ),
            None => asked.check_client.clone(),
        },
        (Exit::Unwell, ..) => match refused.retry_after {
            Some(wait) if !wait.is_zero() => format!("try later: the server asks to wait {}", seconds(wait)),
            _ => "try later; if it stays, ask who runs the server".to_owned(),
        },
        (_, _, "invalid_scope") if asked.scope_setting.is_empty() => {
            "the server may want a scope: pass it with `--scope`".to_owned()
        }
        (_, _, "invalid_scope") => format!("check {}", asked.scope_setting),
        (_, 404 | 405, "") => asked.check_url(),
        (_, 415, _) => {
            "the server does not take a form, which RFC 6749 demands; ask who runs it for another endpoint"
                .to_owned()
        }
        _ => "`--explain` shows the request and where each setting comes from".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(exit: Exit, status: u16, code: &str, description: &str, asked: &Asked) -> String {
        for_refusal(
            &Refused { exit, status, code, description, retry_after: None, clock_offset: None },
            asked,
        )
    }

    fn at(host: &str) -> Asked {
        Asked { host: host.into(), check_client: "check the client".into(), ..Asked::default() }
    }

    #[test]
    fn the_usual_traps_are_known() {
        for (host, code, description, word) in [
            ("t.auth0.com", "access_denied", "Service not enabled", "--audience"),
            (
                "auth.example.com",
                "access_denied",
                "Non-global clients are not allowed access to APIv1",
                "--audience",
            ),
            (
                "login.microsoftonline.com",
                "invalid_client",
                "AADSTS7000215: Invalid client secret provided.",
                "value",
            ),
            (
                "login.microsoftonline.com",
                "invalid_scope",
                "AADSTS1002012: The provided value for scope",
                "/.default",
            ),
            ("dev-1.okta.com", "invalid_dpop_proof", "The DPoP proof JWT header is missing.", "DPoP"),
            ("dev-1.okta.com", "invalid_scope", "One or more scopes are not configured", "custom server"),
            (
                "login.salesforce.com",
                "invalid_grant",
                "request not supported on this domain",
                "my.salesforce.com",
            ),
            ("x.cloud.databricks.com", "invalid_request", "", "all-apis"),
            ("account.docusign.com", "consent_required", "", "consent"),
        ] {
            let hint = hint(Exit::Request, 400, code, description, &at(host));
            assert!(hint.contains(word), "{host} {code}: {hint}");
        }
    }

    #[test]
    fn auth0_with_an_audience_gets_another_hint() {
        let asked = Asked { has_audience: true, ..at("t.auth0.com") };
        assert!(!hint(Exit::Request, 403, "access_denied", "Unauthorized", &asked).contains("--audience"));
    }

    #[test]
    fn a_401_names_the_other_encoding_only_where_it_would_have_made_a_difference() {
        let with = |basic_encoding| Asked { basic_encoding, ..at("h") };
        assert_eq!(hint(Exit::Client, 401, "invalid_client", "", &with(None)), "check the client");
        assert!(
            hint(Exit::Client, 401, "", "", &with(Some(BasicEncoding::Form)))
                .ends_with("try `--basic-encoding raw`")
        );
        assert!(
            hint(Exit::Client, 401, "", "", &with(Some(BasicEncoding::Raw)))
                .ends_with("try `--basic-encoding form`")
        );
    }

    #[test]
    fn a_clock_that_is_off_is_told_with_direction() {
        let refused = |clock_offset| Refused {
            exit: Exit::Client,
            status: 401,
            code: "",
            description: "",
            retry_after: None,
            clock_offset: Some(clock_offset),
        };
        assert_eq!(
            for_refusal(&refused(300), &at("h")),
            "check the client; this machine's clock is 300 s ahead of the server's"
        );
        assert_eq!(
            for_refusal(&refused(-121), &at("h")),
            "check the client; this machine's clock is 121 s behind the server's"
        );
        assert_eq!(for_refusal(&refused(60), &at("h")), "check the client");
    }

    #[test]
    fn an_unwell_server_that_names_a_time_is_quoted() {
        let refused = Refused {
            exit: Exit::Unwell,
            status: 503,
            code: "",
            description: "",
            retry_after: Some(Duration::from_secs(86_400)),
            clock_offset: None,
        };
        assert_eq!(for_refusal(&refused, &at("h")), "try later: the server asks to wait 86400 s");
    }
}
