//! Identity of the place where this runs, instead of a stored secret: the ID token that a GitHub Actions runner
//! gives to a job that has `permissions: id-token: write`.

use crate::endpoint::{Endpoint, Plaintext};
use crate::error::{Exit, Failure};
use crate::http::Session;
use crate::request::TokenRequest;
use crate::response::Fields;
use crate::secret::{Secret, hidden};
use crate::text::form_encode;

/// The only place that is known so far.
pub const GITHUB_ACTIONS: &str = "github-actions";

/// Where the runner's tokens are asked for, and what it wants to see.
const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// A runner's endpoint for ID tokens.
#[derive(Clone, Debug)]
pub struct Runner {
    endpoint: Endpoint,
    token: Secret,
}

impl Runner {
    /// The runner of this environment, and the audience that its tokens shall have.
    pub fn new(
        environment: &dyn Fn(&str) -> Result<Option<String>, Failure>,
        audience: Option<&str>,
    ) -> Result<Self, Failure> {
        let variable = |name: &str| {
            environment(name)?.ok_or_else(|| {
                Failure::config(format!(
                    "`{name}` is not set, so this is no job of GitHub Actions that has an identity"
                ))
                .hint("give the job `permissions: id-token: write`")
            })
        };
        let (mut url, token) = (variable(URL)?, Secret::new(variable(TOKEN)?));
        if !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure::config(format!("`{TOKEN}` holds more than printable ASCII"))
                .hint("the runner sets it; leave it alone"));
        }
        if let Some(audience) = audience {
            let separator = if url.contains('?') { '&' } else { '?' };
            url = format!("{url}{separator}audience={}", form_encode(audience).replace('+', "%20"));
        }
        let endpoint = Endpoint::parse(&url, Plaintext::LoopbackOnly).map_err(|refusal| {
            Failure::config(format!("`{URL}` is not usable: {}", refusal.reason))
                .hint("the runner sets it; leave it alone")
        })?;
        Ok(Self { endpoint, token })
    }

    /// Asks for an ID token.
    pub fn fetch(&self, session: &Session) -> Result<Secret, Failure> {
        let authorization =
            || hidden("Authorization", Secret::new(format!("Bearer {}", self.token.expose())));
        let reply = session.send(&|| Ok(TokenRequest::get(self.endpoint.clone(), vec![authorization()])))?;
        let refuse = |exit, what: &str| {
            Failure::new(exit, format!("the runner gave no ID token: {what} ({})", reply.status))
                .hint("check that the job has `permissions: id-token: write`")
        };
        match reply.status {
            200 => Fields::parse(&reply.text())
                .and_then(|fields| fields.text("value"))
                .filter(|token| !token.is_empty())
                .map(Secret::new)
                .ok_or_else(|| refuse(Exit::NotAToken, "its answer holds none")),
            300..=399 => Err(refuse(Exit::NotAToken, "its answer is a redirect, which is never followed")),
            429 | 500.. => Err(refuse(Exit::Unwell, "it is unwell")),
            401 => Err(refuse(Exit::Client, "it refuses the job")),
            _ => Err(refuse(Exit::Request, "it refuses the request")),
        }
    }

    /// What must not be shown of it.
    pub fn secret(&self) -> &Secret {
        &self.token
    }
}
