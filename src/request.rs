//! [`TokenRequest`]: endpoint, headers and form of one token request (RFC 6749 section 4.4.2), and the few other
//! requests that must come before it. Pure: the same plan and moment give the same bytes, and nothing is sent
//! here.

use crate::assertion::Moment;
use crate::client_auth::ClientAuth;
use crate::dpop::DpopKey;
use crate::endpoint::Endpoint;
use crate::grant::Grant;
use crate::secret::{Named, Secret, Value, hidden, plain};
use crate::text::form_encode;

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
    pub params: Vec<Named>,
    /// Further header fields, in order.
    pub headers: Vec<Named>,
}

/// Everything of a token request but the moment.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where it goes.
    pub endpoint: Endpoint,
    /// Whom assertions are for: the issuer where it is known, else the endpoint.
    pub audience: String,
    /// Who asks.
    pub client: ClientAuth,
    /// What for.
    pub grant: Grant,
    /// The rest.
    pub ask: Ask,
    /// The key that the token is bound to.
    pub dpop: Option<DpopKey>,
}

/// One HTTP request of this program, complete.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// Where it goes.
    pub endpoint: Endpoint,
    /// Header fields, without those that the transport adds.
    pub headers: Vec<Named>,
    /// Form parameters, in order; without them it is a GET.
    pub form: Option<Vec<Named>>,
    /// Whether it may be sent again when its fate is unknown.
    pub repeatable: bool,
}

impl Plan {
    /// The request of this moment. `nonce` is the server's, for DPoP.
    pub fn request(&self, moment: &Moment, nonce: Option<&str>) -> anyhow::Result<TokenRequest> {
        let ask = &self.ask;
        let mut headers = vec![
            plain("Accept", "application/json"),
            plain("Content-Type", "application/x-www-form-urlencoded"),
        ];
        headers.retain(|(name, _)| !ask.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)));
        headers.extend(self.client.authorization().map(|value| hidden("Authorization", value)));
        if let Some(key) = &self.dpop {
            headers.push(hidden("DPoP", key.proof("POST", &self.endpoint, moment, nonce, None)?));
        }
        headers.extend(ask.headers.iter().cloned());

        let mut form = self.grant.parameters(&self.audience, moment)?;
        form.extend(self.client.parameters(&self.audience, moment)?);
        if !ask.scope.is_empty() {
            form.push(plain("scope", &ask.scope));
        }
        form.extend(ask.audiences.iter().map(|audience| plain("audience", audience)));
        form.extend(ask.resources.iter().map(|resource| plain("resource", resource)));
        form.extend(ask.params.iter().cloned());
        Ok(TokenRequest {
            endpoint: self.endpoint.clone(),
            headers,
            form: Some(form),
            repeatable: self.grant.is_repeatable(),
        })
    }
}

impl TokenRequest {
    /// A GET, for what must be known before a token can be asked for.
    pub fn get(endpoint: Endpoint, headers: Vec<Named>) -> Self {
        let mut all = vec![plain("Accept", "application/json")];
        all.extend(headers);
        Self { endpoint, headers: all, form: None, repeatable: true }
    }

    /// `POST` or `GET`.
    pub fn method(&self) -> &'static str {
        if self.form.is_some() { "POST" } else { "GET" }
    }

    /// Every value that may not be shown.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let values = self.headers.iter().chain(self.form.iter().flatten()).map(|(_, value)| value);
        values.filter_map(|value| match value {
            Value::Hidden(secret) => Some(secret),
            Value::Plain(_) => None,
        })
    }

    /// How many bytes the request line and the header fields that are set here take, about.
    pub fn head_length(&self) -> usize {
        let fields = self.headers.iter().map(|(name, value)| name.len() + value.expose().len() + 4);
        self.endpoint.as_str().len() + fields.sum::<usize>()
    }

    /// The body, form-encoded.
    pub fn body(&self) -> Secret {
        Secret::new(self.encode(|value| form_encode(value.expose())))
    }

    /// The body as it may be shown.
    pub fn shown_body(&self) -> String {
        self.encode(|value| match value {
            Value::Plain(text) => form_encode(text),
            Value::Hidden(_) => value.shown(),
        })
    }

    fn encode(&self, value_of: impl Fn(&Value) -> String) -> String {
        let form = self.form.iter().flatten();
        let pairs: Vec<String> =
            form.map(|(name, value)| format!("{}={}", form_encode(name), value_of(value))).collect();
        pairs.join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_auth::BasicEncoding;
    use crate::endpoint::Plaintext;

    fn request(client: ClientAuth, ask: Ask) -> TokenRequest {
        let endpoint = Endpoint::parse("https://example.com/token?a=b", Plaintext::LoopbackOnly).unwrap();
        let audience = endpoint.to_string();
        let plan = Plan { endpoint, audience, client, grant: Grant::ClientCredentials, ask, dpop: None };
        plan.request(&Moment { now: 0, id: "id".to_owned().into() }, None).unwrap()
    }

    fn secret() -> Secret {
        Secret::new("s+1".into())
    }

    #[test]
    fn basic_puts_the_client_in_the_header_and_nothing_of_it_in_the_form() {
        let client = ClientAuth::Basic { id: "id".into(), secret: secret(), encoding: BasicEncoding::Form };
        let request = request(client, Ask::default());
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
        let request = request(ClientAuth::Post { id: "id".into(), secret: secret() }, Ask::default());
        assert_eq!(request.body().expose(), "grant_type=client_credentials&client_id=id&client_secret=s%2B1");
        assert_eq!(
            request.shown_body(),
            "grant_type=client_credentials&client_id=id&client_secret=[redacted]"
        );
        assert!(request.headers.iter().all(|(name, _)| name != "Authorization"));
    }

    #[test]
    fn a_public_client_sends_its_id_alone() {
        let request = request(ClientAuth::None { id: Some("id".into()) }, Ask::default());
        assert_eq!(request.body().expose(), "grant_type=client_credentials&client_id=id");
    }

    #[test]
    fn scope_audience_resource_and_parameters_follow_in_that_order() {
        let ask = Ask {
            scope: "read write".into(),
            audiences: vec!["https://api/".into()],
            resources: vec!["urn:a".into(), "urn:b".into()],
            params: vec![hidden("x y", Secret::new("&".into()))],
            headers: vec![],
        };
        let request = request(ClientAuth::None { id: None }, ask);
        assert_eq!(
            request.body().expose(),
            "grant_type=client_credentials&scope=read+write&audience=https%3A%2F%2Fapi%2F&resource=urn%3Aa&resource=urn%3Ab&x+y=%26"
        );
    }

    #[test]
    fn a_header_of_the_users_replaces_ours() {
        let ask = Ask { headers: vec![plain("accept", "*/*")], ..Ask::default() };
        let request = request(ClientAuth::None { id: None }, ask);
        let names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Content-Type", "accept"]);
    }
}
