//! The shapes in which providers say that there is no token, and what their error codes mean, as tables: a
//! new provider is a new row.

use super::fields::Fields;
use crate::error::Exit;

/// Where providers put their error code, and where their words for people, from the most telling to the
/// least: the first of each that is found is taken.
const SHAPES: &[(&str, &str)] = &[
    ("error", "error_description"),                  // RFC 6749 section 5.2
    ("error.code", "error.message"),                 // nested, in many homes
    ("error.status", "error.message"),               // Google's APIs
    ("errorCode", "errorSummary"),                   // Okta
    ("errorCode", "errorMessage"),                   // IBM
    ("fault.detail.errorcode", "fault.faultstring"), // Apigee
    ("errors.0.code", "errors.0.message"),           // FedEx
    ("errors.0.errorType", "errors.0.message"),      // Fitbit
    ("code", "detail"),                              // RFC 9457
    ("code", "title"),                               // RFC 9457 without detail
    ("code", "message"),                             // Twitch, Reddit, Spring
    ("code", "msg"),                                 // Casdoor
];

/// What a known error code means, whatever the status. Others are judged by the status.
const CODES: &[(&str, Exit)] = &[
    ("invalid_client", Exit::Client),
    ("unauthorized_client", Exit::Client),
    ("invalid_client_id", Exit::Client),
    ("invalid_client_secret", Exit::Client),
    ("invalid_client_credentials", Exit::Client),
    ("incorrect_client_credentials", Exit::Client),
    ("bad_client_secret", Exit::Client),
    ("invalid_request", Exit::Request),
    ("invalid_grant", Exit::Request),
    ("invalid_scope", Exit::Request),
    ("invalid_target", Exit::Request),
    ("invalid_resource", Exit::Request),
    ("access_denied", Exit::Request),
    ("unsupported_grant_type", Exit::Request),
    ("invalid_dpop_proof", Exit::Request),
    ("use_dpop_nonce", Exit::Request),
    ("consent_required", Exit::Request),
    ("server_error", Exit::Unwell),
    ("temporarily_unavailable", Exit::Unwell),
    ("ratelimited", Exit::Unwell), // Slack, with 200
];

/// Whether an answer says that it is an error, though its status says success (GitHub, Slack, Casdoor).
pub fn is_error(fields: &Fields) -> bool {
    let is_set = |name: &str| {
        fields.raw(name).is_some_and(|raw| !matches!(raw, "null" | "false" | "\"\"" | "0" | "[]" | "{}"))
    };
    let says_no = ["ok", "success"].iter().any(|name| fields.raw(name) == Some("false"))
        || fields.text("status").as_deref() == Some("error");
    ["error", "errors", "errorCode", "fault"].iter().any(|name| is_set(name))
        || says_no
        || error_for_token(fields).is_some()
}

/// Casdoor before 2024 puts its words in the place of the token. Any other token is no description: it is a secret.
fn error_for_token(fields: &Fields) -> Option<String> {
    fields.text("access_token").filter(|token| token.starts_with("error: "))
}

/// The provider's error code.
pub fn code(fields: &Fields) -> Option<String> {
    SHAPES.iter().find_map(|shape| fields.text_at(shape.0))
}

/// The provider's words for people.
pub fn description(fields: &Fields) -> Option<String> {
    SHAPES.iter().find_map(|shape| fields.text_at(shape.1)).or_else(|| error_for_token(fields))
}

/// By the error code first, then by the status: `ServiceNow` says `server_error` with a 401. Too many
/// requests are that, whatever else the server says of them.
pub fn classify(status: u16, code: Option<&str>, fields: Option<&Fields>) -> Exit {
    let known = code.and_then(|code| CODES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code)));
    let in_body = || fields.and_then(|fields| fields.integer("error").or_else(|| fields.integer("status")));
    let status = match status {
        200..300 => in_body().and_then(|status| u16::try_from(status).ok()).unwrap_or(400),
        status => status,
    };
    match (status, known) {
        (429, _) | (500.., None) => Exit::Unwell,
        (_, Some((_, exit))) => *exit,
        (401, None) => Exit::Client,
        (400..500, None) => Exit::Request,
        (_, None) => Exit::NotAToken,
    }
}
