//! The method by which the client proves itself, chosen from what is configured and what the server offers.

use super::client::Credentials;
use super::found::Found;
use super::signing::KeyMaterial;
use super::source::Source;
use crate::client_auth::{BasicEncoding, ClientAuth, Method};
use crate::error::Failure;
use crate::grant::Kind;
use crate::jose::SigningKey;
use crate::secret::Secret;

/// A client that has been chosen.
pub struct Chosen {
    /// The client and its proof.
    pub auth: ClientAuth,
    /// Where its id was set.
    pub id: Option<Found>,
    /// Where its proof was set or named.
    pub proof: Option<Found>,
    /// Where the method was set, if it was.
    pub method: Option<Found>,
    /// What the user should hear of the choice.
    pub warning: Option<String>,
}

impl Credentials {
    /// Chooses the method: the user's, else the best that the server offers, as far as it is known, and that the
    /// configuration can serve. A certificate beside another proof only binds the token to itself.
    ///
    /// A secret alone means `client_secret_basic` or `client_secret_post`, even where the server lists
    /// `client_secret_jwt`: what a server lists is what some of its clients use, and this one was given a secret
    /// to send. An algorithm that only a secret fits says otherwise.
    fn choose(&self, offered: Option<&[String]>, kind: &Kind) -> Result<Method, Failure> {
        if let Some((_, method)) = &self.method {
            return Ok(*method);
        }
        let speaks_for_itself = *kind == Kind::JwtBearer;
        let mut candidates = Vec::new();
        if self.assertion.is_some() || (self.key.is_some() && !speaks_for_itself) {
            candidates.push(Method::PrivateKeyJwt);
        }
        if self.secret.is_some() && self.key.is_none() && self.signing.wants_secret() {
            candidates.push(Method::ClientSecretJwt);
        } else if self.secret.is_some() {
            candidates.extend([Method::ClientSecretBasic, Method::ClientSecretPost, Method::ClientSecretJwt]);
        }
        if self.certificate.is_some() {
            candidates.extend([Method::TlsClientAuth, Method::SelfSignedTlsClientAuth]);
        }
        if speaks_for_itself {
            candidates.push(Method::None);
        }
        let is_offered =
            |method: &&Method| offered.is_none_or(|list| list.iter().any(|name| name == method.name()));
        match (candidates.iter().find(is_offered), candidates.first(), offered) {
            (Some(method), ..) | (None, Some(method @ Method::None), _) => Ok(*method),
            (None, Some(_), Some(offered)) => Err(Failure::config(format!(
                "the server offers no method that the client's credentials can serve, {}",
                listed(offered)
            ))
            .hint("set the credentials that it wants, or choose a method with `--auth-method`")),
            _ if self.id.is_none() => Err(self.no_id()),
            _ => Err(self.no_secret()),
        }
    }

    fn no_id(&self) -> Failure {
        Failure::config("no client id").hint(match &self.emptied[0] {
            Some(emptied) => format!("{emptied}: give it the id, or pass `--client-id`"),
            None => "set `OAUTH_CLIENT_ID` in the environment or in ./.env, or pass `--client-id`".to_owned(),
        })
    }

    fn no_secret(&self) -> Failure {
        Failure::config("no client secret").hint(match &self.emptied[1] {
            Some(emptied) => format!("{emptied}: see whether this job is given the secret, which those of forks are not"),
            None => "set `OAUTH_CLIENT_SECRET` in the environment or in ./.env, or pass `--client-secret-file FILE`; a public client has `--auth-method none`".to_owned(),
        })
    }

    /// The client, for a server that offers these methods and algorithms, if it says so.
    pub fn client(
        &self,
        offered: Option<&[String]>,
        algorithms: &[String],
        kind: &Kind,
        fetch: &dyn Fn(&Source) -> Result<Secret, Failure>,
    ) -> Result<Chosen, Failure> {
        let method = self.choose(offered, kind)?;
        let id = || self.id.as_ref().map(|id| id.value().to_owned());
        let must_have_id = || id().ok_or_else(|| self.no_id());
        let secret = || self.secret.clone().ok_or_else(|| self.no_secret());
        let (auth, proof) = match method {
            Method::ClientSecretBasic => {
                let id = must_have_id()?;
                let (found, secret) = secret()?;
                self.check_raw(&id)?;
                (ClientAuth::Basic { id, secret, encoding: self.encoding }, Some(found))
            }
            Method::ClientSecretPost => {
                let id = must_have_id()?;
                let (found, secret) = secret()?;
                (ClientAuth::Post { id, secret }, Some(found))
            }
            Method::ClientSecretJwt => {
                let id = must_have_id()?;
                let (found, secret) = secret()?;
                let key = KeyMaterial {
                    found: found.clone(),
                    key: SigningKey::of_secret(secret.expose().as_bytes()),
                };
                let signer = self.signing.signer(&key, &id, Some(&id), algorithms)?;
                (ClientAuth::Signed { method, signer: Box::new(signer) }, Some(found))
            }
            Method::PrivateKeyJwt => self.by_key_or_assertion(id(), algorithms, fetch)?,
            Method::TlsClientAuth | Method::SelfSignedTlsClientAuth => {
                let Some((found, _)) = &self.certificate else {
                    return Err(Failure::config(format!("`{}` needs a certificate", method.name()))
                        .hint("pass `--cert FILE` and `--key FILE`"));
                };
                (ClientAuth::Tls { method, id: must_have_id()? }, Some(found.clone()))
            }
            Method::None if *kind == Kind::ClientCredentials => {
                (ClientAuth::None { id: Some(must_have_id()?) }, None)
            }
            Method::None => (ClientAuth::None { id: id() }, None),
        };
        Ok(Chosen {
            auth,
            id: self.id.clone(),
            proof,
            method: self.method.as_ref().map(|(found, _)| found.clone()),
            warning: self.not_offered(method, offered),
        })
    }

    fn by_key_or_assertion(
        &self,
        id: Option<String>,
        algorithms: &[String],
        fetch: &dyn Fn(&Source) -> Result<Secret, Failure>,
    ) -> Result<(ClientAuth, Option<Found>), Failure> {
        if let Some((found, source)) = &self.assertion {
            return Ok((ClientAuth::Assertion { id, assertion: fetch(source)? }, Some(found.clone())));
        }
        let Some(key) = &self.key else {
            return Err(Failure::config("`private_key_jwt` needs a key or an assertion")
                .hint("pass `--signing-key FILE`, or `--client-assertion-file FILE`"));
        };
        let id = id.ok_or_else(|| self.no_id())?;
        let signer = self.signing.signer(key, &id, Some(&id), algorithms)?;
        Ok((
            ClientAuth::Signed { method: Method::PrivateKeyJwt, signer: Box::new(signer) },
            Some(key.found.clone()),
        ))
    }

    fn check_raw(&self, id: &str) -> Result<(), Failure> {
        match &self.id {
            Some(found) if self.encoding == BasicEncoding::Raw && id.contains(':') => Err(Failure::usage(
                format!("{} holds a colon, which a raw Basic header cannot carry", found.subject()),
            )
            .hint("leave out `--basic-encoding raw`")),
            _ => Ok(()),
        }
    }

    fn not_offered(&self, method: Method, offered: Option<&[String]>) -> Option<String> {
        let (found, _) = self.method.as_ref()?;
        let offered = offered.filter(|list| !list.iter().any(|name| name == method.name()))?;
        Some(format!(
            "the server does not offer `{}` of {}, {}",
            method.name(),
            found.subject(),
            listed(offered)
        ))
    }
}

/// The methods of a list that are known. Other words in it are a stranger's, and help nobody here.
fn listed(offered: &[String]) -> String {
    let known: Vec<String> = offered
        .iter()
        .filter_map(|name| Method::parse(name))
        .map(|method| format!("`{}`", method.name()))
        .collect();
    if known.is_empty() {
        "and none that is known here".to_owned()
    } else {
        format!("only {}", known.join(", "))
    }
}
