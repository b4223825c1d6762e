//! [`Reply`] -> [`Token`] or [`Failure`] (RFC 6749 section 5): tolerant of what servers really send, strict
//! about what is handed on as a token. Pure: the same answer gives the same outcome.

pub mod fields;
mod hint;
mod prose;
mod rejection;
mod shape;
mod token;
mod trap;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::Failure;
use crate::http::Reply;
use crate::redact::Redactor;
use crate::secret::Secret;

pub use fields::Fields;
pub use hint::Asked;
pub use token::{Token, require_header_safe};

use token::is_dpop;

/// Reads the answer that came at `now`.
pub fn read(reply: &Reply, asked: &Asked, redactor: &Redactor, now: SystemTime) -> Result<Token, Failure> {
    let text = reply.text();
    let fields = Fields::parse(&text);
    let received_at = epoch(now);
    let reader = rejection::Reader { reply, asked, redactor, text: &text, now: received_at };
    if !(200..300).contains(&reply.status) {
        return Err(reader.refusal(fields.as_ref()));
    }
    let Some(fields) = fields else { return Err(reader.no_fields()) };
    if shape::is_error(&fields) {
        return Err(reader.refusal(Some(&fields)));
    }
    if fields.is_form && !reply.is_delimited() {
        return Err(reader.no_token("it is a form that does not say where it ends, so it may be cut short"));
    }
    let access_token = match fields.text("access_token") {
        Some(token) if !token.is_empty() => Secret::new(token),
        Some(_) => return Err(reader.no_token("`access_token` is empty")),
        None if fields.has("access_token") => return Err(reader.no_token("`access_token` is not text")),
        None if fields.is_empty() => {
            return Err(reader.no_token("it has no `access_token`, nor anything else"));
        }
        None => {
            return Err(
                reader.no_token(&format!("it has no `access_token`, only {}", fields.names(redactor)))
            );
        }
    };
    if !access_token.expose().bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(reader.no_token("`access_token` holds characters other than printable ASCII"));
    }
    if redactor.finds(access_token.expose()) {
        return Err(reader.no_token("`access_token` holds a secret that was sent to the server"));
    }
    let token_type = fields.text("token_type");
    if asked.has_dpop && !token_type.as_deref().is_some_and(is_dpop) {
        return Err(reader.not_bound());
    }
    Ok(Token { access_token, token_type, expires_in: fields.integer("expires_in"), received_at, fields })
}

/// The fields of an answer that is a token response and whole, whatever its access token is worth.
pub fn success(reply: &Reply) -> Option<Fields> {
    let fields = Fields::parse(&reply.text()).filter(|_| (200..300).contains(&reply.status))?;
    let is_whole = !fields.is_form || reply.is_delimited();
    // What else has a refresh token may be the request, echoed.
    let is_response =
        ["access_token", "id_token", "token_type", "expires_in"].iter().any(|name| fields.has(name));
    (is_whole && is_response && !shape::is_error(&fields)).then_some(fields)
}

/// The tokens that an answer holds, which must not be shown.
pub fn tokens(reply: &Reply) -> Vec<Secret> {
    let Some(fields) = Fields::parse(&reply.text()) else { return Vec::new() };
    ["access_token", "refresh_token", "id_token", "value"]
        .into_iter()
        .filter_map(|name| fields.text(name))
        .filter(|token| !token.starts_with("error: "))
        .map(Secret::new)
        .collect()
}

/// The nonce without which the server takes no proof (RFC 9449 section 8).
pub fn demanded_nonce(reply: &Reply) -> Option<&str> {
    let fields = Fields::parse(&reply.text())?;
    let is_demand =
        matches!(reply.status, 400 | 401) && fields.text("error").as_deref() == Some("use_dpop_nonce");
    reply.header("dpop-nonce").filter(|nonce| is_demand && !nonce.is_empty())
}

/// Seconds of the Unix epoch.
pub fn epoch(time: SystemTime) -> i64 {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::error::Exit;

    fn reply(status: u16, body: impl AsRef<[u8]>) -> Reply {
        let headers = vec![("content-length".to_owned(), body.as_ref().len().to_string())];
        Reply { status, headers, body: body.as_ref().to_vec().into(), attempts: 1 }
    }

    fn read_body(status: u16, body: impl AsRef<[u8]>) -> Result<Token, Failure> {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("canary-secret".into()));
        read(&reply(status, body), &Asked::default(), &redactor, UNIX_EPOCH + Duration::from_secs(1000))
    }

    fn token_of(body: impl AsRef<[u8]>) -> Token {
        read_body(200, body).unwrap()
    }

    #[test]
    fn a_plain_answer_is_read_whole() {
        let token = token_of(r#"{"access_token":"t","token_type":"Bearer","expires_in":3600,"scope":"a"}"#);
        assert_eq!(
            (token.access_token.expose(), token.token_type.as_deref(), token.expires_at()),
            ("t", Some("Bearer"), Some(4600))
        );
    }

    #[test]
    fn expires_in_is_an_integer_however_it_is_spelled() {
        for (sent, read) in [
            ("3600", Some(3600)),
            ("\"3600\"", Some(3600)),
            ("3599.933", Some(3599)),
            ("\" 60 \"", Some(60)),
            ("\"59.9\"", Some(59)),
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("3.6e3", Some(3600)),
            ("86399999", Some(86_399_999)),
            ("null", None),
            ("\"\"", None),
            ("\"soon\"", None),
            ("true", None),
            ("[1]", None),
            ("{}", None),
            ("1e300", None),
            ("99999999999999999999999", None),
            ("\"NaN\"", None),
            ("\"inf\"", None),
        ] {
            let token = token_of(format!(r#"{{"access_token":"t","expires_in":{sent}}}"#));
            assert_eq!(token.expires_in, read, "{sent}");
        }
        assert_eq!(token_of(r#"{"access_token":"t"}"#).lifetime(), None);
    }

    #[test]
    fn odd_wrappings_of_a_good_answer_are_read() {
        for body in [
            &b"\xef\xbb\xbf{\"access_token\":\"t\"}"[..],
            b"  \r\n{\"access_token\" : \"t\"}\n",
            b"{\"access_token\":\"t\",\"note\":\"caf\xe9\"}",
            b"access_token=t&scope=a%20b&token_type=bearer",
            b"{\"error\":null,\"access_token\":\"t\"}",
            b"{\"error\":\"\",\"ok\":true,\"access_token\":\"t\"}",
            b"{\"access_token\":\"\\u0074\"}",
        ] {
            assert_eq!(token_of(body).access_token.expose(), "t", "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn a_demand_for_a_nonce_is_one_behind_a_byte_order_mark_too() {
        let demand = Reply {
            headers: vec![("dpop-nonce".to_owned(), "n".to_owned())],
            ..reply(400, "\u{feff}{\"error\":\"use_dpop_nonce\"}")
        };
        assert_eq!(demanded_nonce(&demand), Some("n"));
        assert_eq!(demanded_nonce(&Reply { status: 200, ..demand }), None);
    }

    #[test]
    fn a_form_that_may_be_cut_short_is_no_token_and_json_shows_its_end_itself() {
        let undelimited = |body: &str| {
            let reply = Reply { headers: Vec::new(), ..reply(200, body) };
            read(&reply, &Asked::default(), &Redactor::default(), UNIX_EPOCH).map(|token| token.access_token)
        };
        assert_eq!(undelimited("access_token=abc").unwrap_err().exit, Exit::NotAToken);
        assert_eq!(undelimited(r#"{"access_token":"abc"}"#).unwrap().expose(), "abc");
    }

    #[test]
    fn odd_tokens_are_kept_byte_for_byte() {
        for odd in ["v^1.1#i^1#f^0#p^1", "a|b=c==", "with space", "~!@$%&*()'`", &"x".repeat(100_000)] {
            let body = serde_json::json!({ "access_token": odd }).to_string();
            assert_eq!(token_of(body).access_token.expose(), odd);
        }
    }

    #[test]
    fn what_is_no_token_is_exit_10() {
        for body in [
            "",
            "null",
            "[]",
            "\"t\"",
            "{}",
            "{\"access_token\":null}",
            "{\"access_token\":\"\"}",
            "{\"access_token\":1}",
            "{\"access_token\":[\"t\"]}",
            "{\"access_token\":\"t\\n\"}",
            "{\"access_token\":\"t\\u0000\"}",
            "{\"access_token\":\"é\"}",
            "{\"access_token\":\"\\ud800\"}",
            "{\"access_token\":\"t\"",
            "{\"access_token\":\"t\"}}",
            "<html><title>Sign in</title>",
            "access_token",
            "access_token=",
            "token",
            "{\"access_token\":\"xcanary-secretx\"}",
            "{\"accessToken\":\"t\"}",
        ] {
            assert_eq!(read_body(200, body).unwrap_err().exit, Exit::NotAToken, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_panics_and_no_failure_shows_the_secret(status in 100u16..1000, body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "[{}\\[\\]\",:a-z0-9. ]{0,80}".prop_map(String::into_bytes),
            "(\\{\"(error|message|errors|fault|detail)\":(\"canary-secret\"|\\[\\{\"message\":\"canary-secret\"\\}\\]|\\{\"message\":\"canary-secret\"\\})\\})".prop_map(String::into_bytes),
        ]) {
            if let Err(failure) = read_body(status, &body) {
                let shown = format!("{} {:?}", failure.message, failure.hint);
                prop_assert!(!shown.contains("canary-secret"), "{shown}");
                prop_assert!(!failure.message.chars().any(char::is_control), "{shown}");
                prop_assert!(matches!(failure.exit, Exit::Client | Exit::Request | Exit::Unwell | Exit::NotAToken));
            }
        }

        #[test]
        fn only_printable_ascii_is_ever_a_token(token in ".{0,20}") {
            let body = serde_json::json!({ "access_token": token }).to_string();
            let good = !token.is_empty() && token.bytes().all(|byte| (0x20..0x7f).contains(&byte));
            let read = read_body(200, body);
            prop_assert_eq!(read.is_ok(), good);
            prop_assert!(read.map_or(true, |read| read.access_token.expose() == token));
        }
    }
}
