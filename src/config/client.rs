//! Who asks, and by which proof: everything that is configured about the client, and the method that is chosen
//! from it.

use super::certificate;
use super::file::{self, either, resolve};
use super::setting::Setting;
use super::signing::{self, KeyMaterial};
use super::source::{Source, named_source};
use super::sources::{Found, Sources};
use crate::cache::Identity;
use crate::client_auth::{BasicEncoding, Certificate, ClientAuth, Method};
use crate::error::Failure;
use crate::grant::Kind;
use crate::jose::SigningKey;
use crate::secret::Secret;
use crate::text::escape;

/// Everything that is configured about the client.
#[derive(Debug)]
pub struct Credentials {
    id: Option<Found>,
    method: Option<(Found, Method)>,
    encoding: BasicEncoding,
    secret: Option<(Found, Secret)>,
    key: Option<KeyMaterial>,
    assertion: Option<(Found, Source)>,
    certificate: Option<(Found, Certificate)>,
    signing: signing::Settings,
}

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

/// Reads what is configured. Warnings are added to `warnings`.
pub fn read(sources: &Sources, warnings: &mut Vec<String>) -> Result<Credentials, Failure> {
    let id = sources.find(Setting::ClientId)?;
    if let Some(id) = &id {
        check_id(id)?;
    }
    let method = method(sources)?;
    let secret = match either(sources, Setting::ClientSecret, Setting::ClientSecretFile)? {
        // Nothing is read that will not be used: it may be stdin.
        Some(found) if method.as_ref().is_none_or(|(_, method)| uses_secret(*method)) => {
            let secret = resolve(&found, Setting::ClientSecret)?;
            Some((found, secret))
        }
        _ => None,
    };
    Ok(Credentials {
        id,
        method,
        encoding: basic_encoding(sources)?,
        secret,
        key: signing::key(sources, warnings)?,
        assertion: assertion(sources)?,
        certificate: certificate::read(sources, warnings)?,
        signing: signing::settings(sources)?,
    })
}

fn uses_secret(method: Method) -> bool {
    matches!(method, Method::ClientSecretBasic | Method::ClientSecretPost | Method::ClientSecretJwt)
}

fn check_id(id: &Found) -> Result<(), Failure> {
    if id.value().is_empty() || id.value().chars().any(char::is_control) {
        let what = if id.value().is_empty() { "is empty" } else { "holds a control character" };
        return Err(Failure::usage(format!("{} {what}", id.subject()))
            .hint("write the id that the server gave to the client"));
    }
    Ok(())
}

fn method(sources: &Sources) -> Result<Option<(Found, Method)>, Failure> {
    let Some(found) = sources.find(Setting::AuthMethod)? else { return Ok(None) };
    match Method::parse(found.value()) {
        Some(method) => Ok(Some((found, method))),
        None => Err(Failure::usage(format!("{} is no method that is known", found.subject()))
            .hint(format!("write one of {}", Method::names().join(", ")))),
    }
}

fn basic_encoding(sources: &Sources) -> Result<BasicEncoding, Failure> {
    let Some(found) = sources.find(Setting::BasicEncoding)? else { return Ok(BasicEncoding::default()) };
    BasicEncoding::parse(found.value()).ok_or_else(|| {
        Failure::usage(format!("{} is neither `form` nor `raw`", found.subject()))
            .hint("leave it out, or write `raw`")
    })
}

fn assertion(sources: &Sources) -> Result<Option<(Found, Source)>, Failure> {
    let Some(found) = either(sources, Setting::ClientAssertion, Setting::ClientAssertionFile)? else {
        return Ok(None);
    };
    let source = if found.setting == Setting::ClientAssertion {
        named_source(sources, &found)?
    } else {
        Source::Ready(file::line(&found, found.value())?)
    };
    Ok(Some((found, source)))
}

impl Credentials {
    /// The key for assertions, and how they are made.
    pub fn signing(&self) -> (Option<&KeyMaterial>, &signing::Settings) {
        (self.key.as_ref(), &self.signing)
    }

    /// The client's id, where one is set.
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(Found::value)
    }

    /// The secrets that are at hand.
    pub fn secrets(&self) -> Vec<&Secret> {
        let mut secrets: Vec<&Secret> = self.secret.iter().map(|(_, secret)| secret).collect();
        match &self.assertion {
            Some((_, Source::Ready(assertion))) => secrets.push(assertion),
            Some((_, Source::Runner(runner))) => secrets.push(runner.secret()),
            _ => {}
        }
        secrets
    }

    /// Adds the client, its secrets and how it proves itself.
    pub fn identify(&self, identity: &mut Identity) {
        let text =
            |found: &Option<Found>| found.as_ref().map(|found| found.value().to_owned()).unwrap_or_default();
        identity.add("client_id", &text(&self.id));
        identity.add("auth_method", self.method.as_ref().map_or("", |(_, method)| method.name()));
        identity.add("basic_encoding", self.encoding.name());
        if let Some((_, secret)) = &self.secret {
            identity.add_secret("client_secret", secret.expose().as_bytes());
        }
        if let Some(material) = &self.key {
            identity.add_secret("signing_key", material.key.fingerprint());
        }
        if let Some((_, source)) = &self.assertion {
            source.identify("client_assertion", identity);
        }
        self.signing.identify(identity);
    }

    /// What is shown in the TLS handshake.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref().map(|(_, certificate)| certificate)
    }

    /// Chooses the method: the user's, else the best that the server offers, as far as it is known, and that the
    /// configuration can serve. A certificate beside another proof only binds the token to itself.
    ///
    /// A secret alone means `client_secret_basic` or `client_secret_post`, even where the server lists
    /// `client_secret_jwt`: what a server lists is what some of its clients use, and this one was given a secret
    /// to send.
    fn choose(&self, offered: Option<&[String]>, kind: &Kind) -> Result<Method, Failure> {
        if let Some((_, method)) = &self.method {
            return Ok(*method);
        }
        let speaks_for_itself = *kind == Kind::JwtBearer;
        let mut candidates = Vec::new();
        if self.assertion.is_some() || (self.key.is_some() && !speaks_for_itself) {
            candidates.push(Method::PrivateKeyJwt);
        }
        if self.secret.is_some() {
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
            (None, Some(_), Some(offered)) => {
                let offered: Vec<String> = offered.iter().map(|name| format!("`{}`", escape(name))).collect();
                Err(Failure::config(format!(
                    "the server offers no method that the client's credentials can serve, only {}",
                    offered.join(", ")
                ))
                .hint("set the credentials that it wants, or choose a method with `--auth-method`"))
            }
            _ if self.id.is_none() => Err(no_id()),
            _ => Err(no_secret()),
        }
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
        let must_have_id = || id().ok_or_else(no_id);
        let secret = || self.secret.clone().ok_or_else(no_secret);
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
        let id = id.ok_or_else(no_id)?;
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
        let list: Vec<String> = offered.iter().map(|name| format!("`{}`", escape(name))).collect();
        Some(format!(
            "the server does not offer `{}` of {}, only {}",
            method.name(),
            found.subject(),
            list.join(", ")
        ))
    }
}

fn no_id() -> Failure {
    Failure::config("no client id")
        .hint("set `OAUTH_CLIENT_ID` in the environment or in ./.env, or pass `--client-id`")
}

fn no_secret() -> Failure {
    Failure::config("no client secret")
        .hint("set `OAUTH_CLIENT_SECRET` in the environment or in ./.env, or pass `--client-secret-file FILE`; a public client has `--auth-method none`")
}
