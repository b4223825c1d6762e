//! From what was meant to what is asked: a [`Plan`] for a server about which enough is known.

use super::choice::Chosen;
use super::found::{Found, both};
use super::source::Source;
use super::{Config, Target};
use crate::client_auth::{ClientAuth, secret};
use crate::endpoint::Endpoint;
use crate::error::Failure;
use crate::http::Session;
use crate::request::Plan;
use crate::response::Asked;
use crate::secret::{REDACTED, Secret};

/// What is known of the server.
pub struct Server {
    endpoint: Endpoint,
    /// Whom assertions are for.
    audience: String,
    methods: Option<Vec<String>>,
    algorithms: Vec<String>,
}

/// What will be asked, and what may be said of it.
pub struct Planned {
    /// The request, but for the moment.
    pub plan: Plan,
    /// What hints may speak of.
    pub asked: Asked,
    /// What the user should hear of it.
    pub warnings: Vec<String>,
}

impl Config {
    /// Finds the server, by discovery where only the issuer is known.
    pub fn server(&self, session: &Session) -> Result<Server, Failure> {
        let Target::Issuer(issuer, _) = &self.target else { return Ok(self.known_server()) };
        let metadata = issuer.discover(session, &self.redactor)?;
        // An alias is for clients that show a certificate (RFC 8705 section 5).
        let alias = metadata.mtls_token_endpoint.filter(|_| self.credentials.certificate().is_some());
        Ok(Server {
            endpoint: alias.unwrap_or(metadata.token_endpoint),
            audience: issuer.text.clone(),
            methods: Some(metadata.methods),
            algorithms: metadata.algorithms,
        })
    }

    /// What is known of the server before anything is asked.
    pub fn known_server(&self) -> Server {
        let audience = match &self.target {
            Target::Url(endpoint, _) => endpoint.to_string(),
            Target::Issuer(issuer, _) => issuer.text.clone(),
        };
        Server { endpoint: self.target.endpoint().clone(), audience, methods: None, algorithms: Vec::new() }
    }

    /// Plans the request to this server. `fetch` gets what is not at hand.
    pub fn plan(
        &self,
        server: &Server,
        fetch: &dyn Fn(&Source) -> Result<Secret, Failure>,
    ) -> Result<Planned, Failure> {
        let chosen =
            self.credentials.client(server.methods.as_deref(), &server.algorithms, &self.kind, fetch)?;
        self.check_headers(&chosen)?;
        let plan = Plan {
            endpoint: server.endpoint.clone(),
            audience: server.audience.clone(),
            client: chosen.auth.clone(),
            grant: self.grant.complete(fetch)?,
            ask: self.ask.clone(),
            dpop: self.dpop.clone(),
        };
        plan.grant.secrets().into_iter().for_each(|secret| self.redactor.learn(secret));
        if let ClientAuth::Assertion { assertion, .. } = &plan.client {
            self.redactor.learn(assertion);
        }
        let asked = self.asked(&chosen, &plan);
        let mut warnings: Vec<String> = chosen.warning.into_iter().collect();
        warnings.extend(super::warn_of_plaintext(&plan.endpoint).filter(|_| server.methods.is_some()));
        // Where the server's metadata choose the method, nobody can know what it will have use for.
        if server.methods.is_none() || chosen.method.is_some() {
            warnings.extend(self.typed.idle(&plan));
        }
        if self.credentials.certificate().is_some() && plan.endpoint.is_http() {
            warnings.push("`--cert` is not used: an `http://` endpoint sees no certificate".to_owned());
        }
        Ok(Planned { plan, asked, warnings })
    }

    /// The plan as it can be known without asking anybody, to be shown.
    pub fn plan_to_show(&self) -> Result<Plan, Failure> {
        let unknown = |_: &Source| Ok(Secret::new(REDACTED.to_owned()));
        self.plan(&self.known_server(), &unknown).map(|planned| planned.plan)
    }

    fn check_headers(&self, chosen: &Chosen) -> Result<(), Failure> {
        let has_own = self.ask.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        if has_own && !matches!(chosen.auth, ClientAuth::None { .. }) {
            return Err(Failure::usage(
                "a request carries one proof of who asks, and `Authorization` would be a second",
            )
            .hint("leave it out, or pass `--auth-method none`"));
        }
        Ok(())
    }

    fn asked(&self, chosen: &Chosen, plan: &Plan) -> Asked {
        let check_client = match (&chosen.id, &chosen.proof) {
            (Some(id), Some(proof)) => format!("check {}", both(id, proof)),
            (Some(one), None) | (None, Some(one)) => format!("check {}", one.described()),
            (None, None) => "check what the grant says of who asks".to_owned(),
        };
        let mut check_client = match &chosen.method {
            Some(method) => format!("{check_client}, and {}", method.described()),
            None => check_client,
        };
        let odd = self.credentials.odd_end(&plan.client);
        check_client.extend(odd.iter().map(|odd| format!(": {odd}")));
        let basic_encoding = match &plan.client {
            _ if odd.is_some() => None,
            ClientAuth::Basic { id, secret, encoding } if secret::encoding_matters(id, secret) => {
                Some(*encoding)
            }
            _ => None,
        };
        let (Target::Url(_, url_setting) | Target::Issuer(_, url_setting)) = &self.target;
        let mut sent: Vec<String> = self.ask.params.iter().map(|(name, _)| name.clone()).collect();
        for (name, is_sent) in [
            ("scope", !self.ask.scope.is_empty()),
            ("audience", !self.ask.audiences.is_empty()),
            ("resource", !self.ask.resources.is_empty()),
            ("DPoP", plan.dpop.is_some()),
        ] {
            sent.extend(is_sent.then(|| name.to_owned()));
        }
        Asked {
            check_client,
            url_setting: url_setting.clone(),
            scope_setting: self.scope.as_ref().map(Found::described).unwrap_or_default(),
            grant: plan.grant.kind().name().to_owned(),
            endpoint: Some(plan.endpoint.clone()),
            sent,
            basic_encoding,
            has_dpop: plan.dpop.is_some(),
        }
    }
}
