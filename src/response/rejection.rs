//! Why there is no token: from an answer of whatever shape to the exit code and the line that tells the user.

use super::fields::Fields;
use super::hint::{self, Asked};
use super::{prose, shape};
use crate::error::{Exit, Failure};
use crate::http::{Reply, RetryAfter};
use crate::redact::Redactor;
use crate::shown_url::shown_url;

/// An answer without a token, and what is needed to tell of it.
pub struct Reader<'a> {
    pub reply: &'a Reply,
    pub asked: &'a Asked,
    pub redactor: &'a Redactor,
    pub text: &'a str,
    pub now: i64,
}

impl Reader<'_> {
    /// An error answer of whatever shape.
    pub fn refusal(&self, fields: Option<&Fields>) -> Failure {
        if (300..400).contains(&self.reply.status) {
            return self.redirect();
        }
        let code = fields.and_then(shape::code);
        let description = fields.and_then(shape::description).filter(|text| Some(text) != code.as_ref());
        let description = description
            .or_else(|| if fields.is_none() { prose::in_words(self.reply, self.text) } else { None });
        let exit = shape::classify(self.reply.status, code.as_deref(), fields);

        let verdict = match exit {
            Exit::Client => "the server rejected the client",
            Exit::Unwell => "the server is unwell",
            Exit::NotAToken => "the answer is no token",
            _ => "the server rejected the request",
        };
        let code_shown = code.as_ref().map(|code| format!(": `{}`", self.redactor.show(code)));
        let description_shown =
            description.as_ref().map(|text| format!(": {}", self.redactor.show(text).trim_end_matches('.')));
        let attempts = match self.reply.attempts {
            1 => String::new(),
            attempts => format!(", after {attempts} attempts"),
        };
        let message = format!(
            "{verdict}{}{} ({}){attempts}",
            code_shown.unwrap_or_default(),
            description_shown.unwrap_or_default(),
            self.reply.status
        );
        let refused = hint::Refused {
            exit,
            status: self.reply.status,
            code: code.as_deref().unwrap_or_default(),
            description: description.as_deref().unwrap_or_default(),
            retry_after: match self.reply.retry_after() {
                RetryAfter::Wait(wait) => Some(wait),
                RetryAfter::Unsaid => None,
            },
            clock_offset: self.clock_offset(),
            is_html: fields.is_none() && self.text.trim_start().starts_with('<'),
        };
        let hint = match exit {
            Exit::NotAToken => self.asked.check_url(),
            _ => hint::for_refusal(&refused, self.asked),
        };
        Failure::new(exit, message).hint(hint)
    }

    fn redirect(&self) -> Failure {
        // A whole URL is shown as it is, for parsing one would spell a secret in it in a new way.
        let resolved = |location: &str| {
            let endpoint = self.asked.endpoint.as_ref().filter(|_| !location.contains(':'));
            let is_clean = self.redactor.clear(location) == location;
            let url = endpoint.filter(|_| is_clean).and_then(|endpoint| endpoint.resolve(location));
            url.unwrap_or_else(|| location.to_owned())
        };
        let target = self.reply.header("location");
        let target = target.map(|location| self.redactor.show(&shown_url(&resolved(location))));
        let message = match &target {
            Some(target) => {
                format!("the answer is no token: a redirect to `{target}` ({})", self.reply.status)
            }
            None => format!("the answer is no token: a redirect to nowhere ({})", self.reply.status),
        };
        Failure::new(Exit::NotAToken, message)
            .hint("redirects are never followed, for one could carry the secret away; if you trust the target, use it as `--url`")
    }

    /// A success that is neither JSON nor a form.
    pub fn no_fields(&self) -> Failure {
        let what = prose::in_words(self.reply, self.text).unwrap_or_else(|| "it is empty".to_owned());
        self.no_token(&self.redactor.show(&what))
    }

    /// A success whose content is no token, for this reason, which is safe to show.
    pub fn no_token(&self, reason: &str) -> Failure {
        let message = format!("the answer is no token: {reason} ({})", self.reply.status);
        Failure::new(Exit::NotAToken, message).hint(self.asked.check_url())
    }

    /// A token that anybody could use, where one was asked for that is bound to a key (RFC 9449 section 5).
    pub fn not_bound(&self) -> Failure {
        let message = format!(
            "the answer is no token: it is not bound to the key of `--dpop-key` ({})",
            self.reply.status
        );
        Failure::new(Exit::NotAToken, message)
            .hint("the server does not know DPoP, or has it turned off for this client: turn it on, or leave out `--dpop-key`")
    }

    /// How many seconds the local clock is ahead of the server's, by the `Date` header.
    fn clock_offset(&self) -> Option<i64> {
        let date = httpdate::parse_http_date(self.reply.header("date")?).ok()?;
        Some(self.now.saturating_sub(super::epoch(date)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(status: u16, headers: &[(&str, &str)], body: &str) -> Failure {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let reply = Reply { status, headers, body: body.as_bytes().to_vec().into(), attempts: 1 };
        let now = std::time::UNIX_EPOCH + std::time::Duration::from_secs(784_111_777);
        super::super::read(&reply, &Asked::default(), &Redactor::default(), now).unwrap_err()
    }

    #[test]
    #[allow(clippy::too_many_lines, reason = "a table")]
    fn every_providers_shape_is_told_with_code_description_and_status() {
        for (status, body, exit, message) in [
            (
                401,
                r#"{"error":"invalid_client","error_description":"no such client"}"#,
                Exit::Client,
                "the server rejected the client: `invalid_client`: no such client (401)",
            ),
            (
                400,
                r#"{"error":"invalid_scope"}"#,
                Exit::Request,
                "the server rejected the request: `invalid_scope` (400)",
            ),
            (
                401,
                r#"{"errorCode":"invalid_client","errorSummary":"Invalid value for 'client_id' parameter."}"#,
                Exit::Client,
                "the server rejected the client: `invalid_client`: Invalid value for 'client_id' parameter (401)",
            ),
            (
                401,
                r#"{"fault":{"faultstring":"Invalid client id","detail":{"errorcode":"oauth.v2.InvalidClientIdentifier"}}}"#,
                Exit::Client,
                "the server rejected the client: `oauth.v2.InvalidClientIdentifier`: Invalid client id (401)",
            ),
            (
                403,
                r#"{"status":403,"message":"invalid client secret"}"#,
                Exit::Request,
                "the server rejected the request: invalid client secret (403)",
            ),
            (
                401,
                r#"{"message":"Unauthorized","error":401}"#,
                Exit::Client,
                "the server rejected the client: Unauthorized (401)",
            ),
            (
                401,
                r#"{"transactionId":"1","errors":[{"code":"NOT.AUTHORIZED.ERROR","message":"The given client credentials were not valid."}]}"#,
                Exit::Client,
                "the server rejected the client: `NOT.AUTHORIZED.ERROR`: The given client credentials were not valid (401)",
            ),
            (
                400,
                r#"{"errors":[{"errorType":"invalid_client","message":"no"}],"success":false}"#,
                Exit::Client,
                "the server rejected the client: `invalid_client`: no (400)",
            ),
            (
                400,
                r#"{"errorCode":"BXNIM0415E","errorMessage":"Provided API key could not be found."}"#,
                Exit::Request,
                "the server rejected the request: `BXNIM0415E`: Provided API key could not be found (400)",
            ),
            (
                403,
                r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"no grant"}"#,
                Exit::Request,
                "the server rejected the request: no grant (403)",
            ),
            (
                400,
                r#"{"error":{"code":"invalid_client","message":"nested"}}"#,
                Exit::Client,
                "the server rejected the client: `invalid_client`: nested (400)",
            ),
            (
                401,
                r#"{"error":{"code":401,"message":"bad","status":"UNAUTHENTICATED"}}"#,
                Exit::Client,
                "the server rejected the client: `UNAUTHENTICATED`: bad (401)",
            ),
            (
                401,
                r#"{"timestamp":1,"status":401,"error":"Unauthorized","path":"/t"}"#,
                Exit::Client,
                "the server rejected the client: `Unauthorized` (401)",
            ),
            (
                400,
                r#"{"error":"unauthorized_client"}"#,
                Exit::Client,
                "the server rejected the client: `unauthorized_client` (400)",
            ),
            (
                400,
                r#"{"error":"temporarily_unavailable"}"#,
                Exit::Unwell,
                "the server is unwell: `temporarily_unavailable` (400)",
            ),
            (
                401,
                r#"{"error":"server_error","error_description":"misconfigured"}"#,
                Exit::Unwell,
                "the server is unwell: `server_error`: misconfigured (401)",
            ),
            (
                429,
                r#"{"error":"access_denied","error_description":"Global limit"}"#,
                Exit::Unwell,
                "the server is unwell: `access_denied`: Global limit (429)",
            ),
            (401, "", Exit::Client, "the server rejected the client (401)"),
            (
                404,
                "<html><TITLE>\n Not here </TITLE>",
                Exit::Request,
                "the server rejected the request: it is HTML, titled `Not here` (404)",
            ),
            (500, "<?xml version='1.0'?><fault/>", Exit::Unwell, "the server is unwell: it is XML (500)"),
            (400, "plain\nwords", Exit::Request, "the server rejected the request: plain words (400)"),
            (
                418,
                "[",
                Exit::Request,
                "the server rejected the request: it is JSON that is damaged or no object (418)",
            ),
        ] {
            let failure = refuse(status, &[], body);
            assert_eq!((failure.exit, failure.message.as_str()), (exit, message));
            assert!(failure.hint.is_some(), "{body}");
        }
    }

    #[test]
    fn a_success_that_says_error_is_an_error() {
        for (body, exit) in [
            ("error=incorrect_client_credentials&error_description=The+client_id+is+wrong", Exit::Client),
            (r#"{"ok":false,"error":"invalid_client_id"}"#, Exit::Client),
            (r#"{"ok":false,"error":"ratelimited"}"#, Exit::Unwell),
            (r#"{"status":"error","msg":"error: Invalid client"}"#, Exit::Request),
            (
                r#"{"access_token":"error: invalid client_id","token_type":"","expires_in":0,"scope":"error"}"#,
                Exit::Request,
            ),
            (r#"{"access_token":"t","error":"invalid_grant"}"#, Exit::Request),
            (r#"{"message":"Unauthorized","error":401}"#, Exit::Client),
        ] {
            assert_eq!(refuse(200, &[], body).exit, exit, "{body}");
        }
    }

    #[test]
    fn a_redirect_is_no_token_and_its_target_is_shown_escaped() {
        let failure = refuse(302, &[("location", "https://login.example.com/\u{1b}[2J")], "");
        assert_eq!(
            (failure.exit, failure.message.as_str()),
            (
                Exit::NotAToken,
                "the answer is no token: a redirect to `https://login.example.com/\\u{1b}[2J` (302)"
            )
        );
        assert_eq!(refuse(304, &[], "").message, "the answer is no token: a redirect to nowhere (304)");
    }

    #[test]
    fn a_body_in_an_encoding_that_was_not_asked_for_is_named() {
        let failure = refuse(200, &[("content-encoding", "br")], "\u{1}\u{2}");
        assert_eq!(
            failure.message,
            "the answer is no token: it is encoded as `br`, which is not understood (200)"
        );
    }
}
