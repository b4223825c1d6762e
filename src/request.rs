//! [`TokenRequest`]: endpoint, headers and form of one token request (RFC 6749 section 4.4.2). Pure: the
//! same settings give the same bytes, and nothing is sent here.

use crate::client_auth::ClientAuth;
use crate::endpoint::Endpoint;
use crate::grant::Grant;
use crate::secret::{REDACTED, Secret};
use crate::text::form_encode;

/// A value of a header or of the form.
#[derive(Clone, Debug)]
pub enum Value {
    /// May be shown.
    Plain(String),
    /// May be sent to the endpoint and shown to nobody.
    Hidden(Secret),
}

impl Value {
    /// What is sent.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Hidden(secret) => secret.expose(),
        }
    }

    /// What is shown: the scheme of an `Authorization` header, and nothing of what follows.
    pub fn shown(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Hidden(secret) => match secret.expose().split_once(' ') {
                Some(("Basic", _)) => format!("Basic {REDACTED}"),
                _ => REDACTED.to_owned(),
            },
        }
    }
}

/// What is asked for, beside who asks.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// One text, scopes separated by single spaces (RFC 6749 section 3.3); empty for none.
    pub scope: String,
    /// Each as its own `audience` parameter.
    pub audiences: Vec<String>,
    /// Each as its own `resource` parameter (RFC 8707).
    pub resources: Vec<String>,
    /// Further form parameters, in order.
    pub params: Vec<(String, Value)>,
    /// Further header fields, in order.
    pub headers: Vec<(String, Value)>,
}

/// One token request, complete.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// Where it goes.
    pub endpoint: Endpoint,
    /// Header fields, without those that the transport adds.
    pub headers: Vec<(String, Value)>,
    /// Form parameters, in order.
    pub form: Vec<(String, Value)>,
    /// Whether it may be sent again when its fate is unknown.
    pub repeatable: bool,
}

impl TokenRequest {
    /// Puts the request together.
    pub fn new(endpoint: Endpoint, client: &ClientAuth, grant: &Grant, ask: &Ask) -> Self {
        let plain = |name: &str, value: &str| (name.to_owned(), Value::Plain(value.to_owned()));
        let mut headers = vec![
            plain("Accept", "application/json"),
            plain("Content-Type", "application/x-www-form-urlencoded"),
        ];
        headers.retain(|(name, _)| !ask.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)));
        headers
            .extend(client.authorization().map(|value| ("Authorization".to_owned(), Value::Hidden(value))));
        headers.extend(ask.headers.iter().cloned());

        let mut form = vec![plain("grant_type", grant.name())];
        form.extend(client.form_id().map(|id| plain("client_id", id)));
        form.extend(
            client.form_secret().map(|secret| ("client_secret".to_owned(), Value::Hidden(secret.clone()))),
        );
        if !ask.scope.is_empty() {
            form.push(plain("scope", &ask.scope));
        }
        form.extend(ask.audiences.iter().map(|audience| plain("audience", audience)));
        form.extend(ask.resources.iter().map(|resource| plain("resource", resource)));
        form.extend(ask.params.iter().cloned());
        Self { endpoint, headers, form, repeatable: grant.is_repeatable() }
    }

    /// The body, form-encoded.
    pub fn body(&self) -> Secret {
        Secret::new(encode(&self.form, |value| form_encode(value.expose())))
    }

    /// The body as it may be shown.
    pub fn shown_body(&self) -> String {
        encode(&self.form, |value| match value {
            Value::Plain(text) => form_encode(text),
            Value::Hidden(_) => value.shown(),
        })
    }
}

fn encode(form: &[(String, Value)], value_of: impl Fn(&Value) -> String) -> String {
    let pairs: Vec<String> =
        form.iter().map(|(name, value)| format!("{}={}", form_encode(name), value_of(value))).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_auth::BasicEncoding;
    use crate::endpoint::Plaintext;

    fn request(client: &ClientAuth, ask: &Ask) -> TokenRequest {
        let endpoint = Endpoint::parse("https://example.com/token?a=b", Plaintext::LoopbackOnly).unwrap();
        TokenRequest::new(endpoint, client, &Grant::ClientCredentials, ask)
    }

    fn secret() -> Secret {
        Secret::new("s+1".into())
    }

    #[test]
    fn basic_puts_the_client_in_the_header_and_nothing_of_it_in_the_form() {
        let client = ClientAuth::Basic { id: "id".into(), secret: secret(), encoding: BasicEncoding::Form };
        let request = request(&client, &Ask::default());
        assert_eq!(request.body().expose(), "grant_type=client_credentials");
        let shown: Vec<_> =
            request.headers.iter().map(|(name, value)| format!("{name}: {}", value.shown())).collect();
        assert_eq!(
            shown,
            [
                "Accept: application/json",
                "Content-Type: application/x-www-form-urlencoded",
                "Authorization: Basic [redacted]"
            ]
        );
    }

    #[test]
    fn post_puts_the_client_in_the_form_and_no_header() {
        let client = ClientAuth::Post { id: "id".into(), secret: secret() };
        let request = request(&client, &Ask::default());
        assert_eq!(request.body().expose(), "grant_type=client_credentials&client_id=id&client_secret=s%2B1");
        assert_eq!(
            request.shown_body(),
            "grant_type=client_credentials&client_id=id&client_secret=[redacted]"
        );
        assert!(request.headers.iter().all(|(name, _)| name != "Authorization"));
    }

    #[test]
    fn a_public_client_sends_its_id_alone() {
        let request = request(&ClientAuth::None { id: "id".into() }, &Ask::default());
        assert_eq!(request.body().expose(), "grant_type=client_credentials&client_id=id");
    }

    #[test]
    fn scope_audience_resource_and_parameters_follow_in_that_order() {
        let ask = Ask {
            scope: "read write".into(),
            audiences: vec!["https://api/".into()],
            resources: vec!["urn:a".into(), "urn:b".into()],
            params: vec![("x y".into(), Value::Hidden(Secret::new("&".into())))],
            headers: vec![],
        };
        let request = request(&ClientAuth::None { id: "i".into() }, &ask);
        assert_eq!(
            request.body().expose(),
            "grant_type=client_credentials&client_id=i&scope=read+write&audience=https%3A%2F%2Fapi%2F&resource=urn%3Aa&resource=urn%3Ab&x+y=%26"
        );
    }

    #[test]
    fn a_header_of_the_users_replaces_ours() {
        let ask = Ask { headers: vec![("accept".into(), Value::Plain("*/*".into()))], ..Ask::default() };
        let request = request(&ClientAuth::None { id: "i".into() }, &ask);
        let names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Content-Type", "accept"]);
    }
}
