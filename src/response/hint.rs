//! What to do about a refusal: the way out of a known trap, or a sensible word by exit code and status.

use std::time::Duration;

use super::trap;
use crate::client_auth::BasicEncoding;
use crate::endpoint::Endpoint;
use crate::error::Exit;
use crate::grant::Kind;
use crate::http::seconds;

/// What was asked, as far as a hint may speak of it. Names come with where they were set.
#[derive(Debug, Default)]
pub struct Asked {
    /// As in ``check `OAUTH_CLIENT_ID` and `OAUTH_CLIENT_SECRET`, both from ./.env``.
    pub check_client: String,
    /// As in `` `OAUTH_TOKEN_URL` from the environment``.
    pub url_setting: String,
    /// As in `` `--scope`, from the command line``; empty where none was set.
    pub scope_setting: String,
    /// The names of the form parameters that were sent.
    pub sent: Vec<String>,
    /// The spelling of the `Basic` header, where another spelling would have given other bytes.
    pub basic_encoding: Option<BasicEncoding>,
    /// Whether the token was asked for with a proof of a key (RFC 9449).
    pub has_dpop: bool,
    /// The value of `grant_type`.
    pub grant: String,
    /// Where the request went.
    pub endpoint: Option<Endpoint>,
}

impl Asked {
    /// The endpoint's host.
    pub fn host(&self) -> String {
        self.endpoint.as_ref().map(Endpoint::host).unwrap_or_default()
    }

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
    /// Whether the answer is a page for people.
    pub is_html: bool,
}

/// Beyond this many seconds, a clock is worth a word. Servers allow from one to five minutes.
const CLOCK_TOLERANCE: i64 = 120;

/// Where nothing better is known.
const EXPLAIN: &str = "`--explain` shows the request and where each setting comes from";

/// The hint for a refusal.
pub fn for_refusal(refused: &Refused, asked: &Asked) -> String {
    let hint = trap::hint(refused, asked).map_or_else(|| general(refused, asked), str::to_owned);
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

fn general(refused: &Refused, asked: &Asked) -> String {
    match (refused.exit, refused.status, refused.code) {
        (Exit::Client, _, "unauthorized_client") => {
            format!("{}, and whether the client may use the grant `{}`", asked.check_client, asked.grant)
        }
        (Exit::Client, ..) => check_client(asked),
        (Exit::Unwell, ..) => match refused.retry_after {
            Some(wait) if !wait.is_zero() => format!("try later: the server asks to wait {}", seconds(wait)),
            _ => "try later; if it stays, ask who runs the server".to_owned(),
        },
        // Twitch says it with 403 and without a code.
        (_, _, "") if refused.description.to_ascii_lowercase().starts_with("invalid client") => {
            check_client(asked)
        }
        (_, _, "invalid_scope" | "scope_invalid") if asked.scope_setting.is_empty() => {
            "the server may want a scope: pass it with `--scope`".to_owned()
        }
        (_, _, "invalid_scope" | "scope_invalid") => format!("check {}", asked.scope_setting),
        (_, _, "invalid_grant") => for_grant(&asked.grant).unwrap_or(EXPLAIN).to_owned(),
        (_, _, "invalid_target") => {
            "check `--resource` and `--audience`: the server knows no such API".to_owned()
        }
        (_, 415, _) => {
            "the server does not take a form, which RFC 6749 demands; ask who runs it for another endpoint"
                .to_owned()
        }
        (_, 404 | 405, _) => asked.check_url(),
        (_, 400, "invalid_request") if asked.basic_encoding == Some(BasicEncoding::Raw) => {
            "the server may want id and secret form-encoded: leave out `--basic-encoding raw`".to_owned()
        }
        (_, _, "") if refused.is_html => asked.check_url(),
        (_, _, "") if refused.description.is_empty() => {
            format!(
                "the server does not say why: {}, and that {} is the token endpoint",
                check_client(asked),
                asked.url_setting
            )
        }
        _ => EXPLAIN.to_owned(),
    }
}

/// What is wrong with a grant that the server does not take, by the value of `grant_type`.
fn for_grant(grant: &str) -> Option<&'static str> {
    let known = [
        (
            Kind::RefreshToken,
            "the refresh token was used before, has expired, was revoked, or is another client's: let the user log in again",
        ),
        (
            Kind::JwtBearer,
            "check the assertion: who issues it, about whom, for which audience, until when, and that the server knows its key",
        ),
        (
            Kind::TokenExchange,
            "check the subject token: that it is still valid, and that this client may exchange it",
        ),
        (Kind::Password, "check `--username` and the password"),
    ];
    known.into_iter().find(|(kind, _)| kind.name() == grant).map(|(_, hint)| hint)
}

fn check_client(asked: &Asked) -> String {
    let check = &asked.check_client;
    match asked.basic_encoding {
        Some(BasicEncoding::Form) => format!(
            "{check}; they hold characters that are form-encoded for Basic (RFC 6749 section 2.3.1): if the server does not decode them, try `--basic-encoding raw`"
        ),
        Some(BasicEncoding::Raw) => format!(
            "{check}; they hold characters that RFC 6749 section 2.3.1 wants form-encoded: try `--basic-encoding form`"
        ),
        None => check.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(exit: Exit, status: u16, code: &str, description: &str, asked: &Asked) -> String {
        for_refusal(
            &Refused {
                exit,
                status,
                code,
                description,
                retry_after: None,
                clock_offset: None,
                is_html: false,
            },
            asked,
        )
    }

    fn at(host: &str) -> Asked {
        let endpoint =
            Endpoint::parse(&format!("https://{host}/"), crate::endpoint::Plaintext::LoopbackOnly).ok();
        Asked { endpoint, check_client: "check the client".into(), ..Asked::default() }
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
            is_html: false,
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
            is_html: false,
        };
        assert_eq!(for_refusal(&refused, &at("h")), "try later: the server asks to wait 86400 s");
    }

    #[test]
    fn an_invalid_client_in_words_alone_is_the_client_and_a_code_says_more_than_words() {
        let told = |code: &str| hint(Exit::Request, 403, code, "Invalid client secret", &at("h"));
        assert_eq!(told(""), "check the client");
        assert_eq!(told("invalid_scope"), "the server may want a scope: pass it with `--scope`");
    }
}
