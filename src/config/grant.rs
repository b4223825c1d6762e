//! What is exchanged for the token, read from the settings of the grant that is meant.

use super::client::Credentials;
use super::file::{self, either, resolve};
use super::found::{Found, both};
use super::setting::Setting;
use super::signing::KeyMaterial;
use super::source::{Source, named_source};
use super::sources::Sources;
use super::{misplaced, trust};
use crate::assertion::Signer;
use crate::cache::Identity;
use crate::error::Failure;
use crate::grant::{Assertion, Exchanged, Grant, Kind, token_type};
use crate::jose::{Members, SigningKey};
use crate::secret::Secret;

/// A grant, as far as it can be known before anything is asked.
#[derive(Debug)]
pub enum GrantPlan {
    /// Complete.
    Ready(Grant),
    /// A refresh token.
    Refresh(Source),
    /// Tokens to exchange, with their types.
    Exchange {
        /// On whose behalf.
        subject: (Source, String),
        /// Who acts.
        actor: Option<(Source, String)>,
        /// The type that is wanted.
        requested_type: Option<String>,
    },
}

/// A key file of Google's.
pub struct ServiceAccount {
    /// Who signs.
    pub client_email: String,
    private_key: Secret,
    private_key_id: Option<String>,
    /// The token endpoint, and the audience.
    pub token_uri: String,
}

/// The service account, where its file is set.
pub fn service_account(sources: &Sources) -> Result<Option<(Found, ServiceAccount)>, Failure> {
    let Some(found) = sources.find(Setting::GoogleServiceAccount)? else { return Ok(None) };
    match sources.find(Setting::AssertionFile)? {
        Some(assertion) if assertion.origin < found.origin => return Ok(None),
        Some(assertion) if assertion.origin == found.origin => {
            return Err(Failure::config(format!("{}, are set", both(&assertion, &found)))
                .hint("unset one of them: only one can count"));
        }
        _ => {}
    }
    let content = file::read(&found, found.value())?;
    let members: Members = serde_json::from_slice(&content.bytes).unwrap_or_default();
    let member = |name: &str| members.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let (Some(client_email), Some(private_key), Some(token_uri)) =
        (member("client_email"), member("private_key"), member("token_uri"))
    else {
        return Err(Failure::config(format!(
            "the file of {} is no key file of a service account",
            found.subject()
        ))
        .hint("give the JSON file that Google made, with `client_email`, `private_key` and `token_uri`"));
    };
    let private_key = Secret::new(private_key);
    let account =
        ServiceAccount { client_email, private_key, private_key_id: member("private_key_id"), token_uri };
    Ok(Some((found, account)))
}

/// The grant.
pub fn read(
    sources: &Sources,
    kind: &Kind,
    credentials: &Credentials,
    account: Option<&(Found, ServiceAccount)>,
    scope: &str,
) -> Result<GrantPlan, Failure> {
    Ok(match kind {
        Kind::ClientCredentials => GrantPlan::Ready(Grant::ClientCredentials),
        Kind::Extension(name) => GrantPlan::Ready(Grant::Extension(name.clone())),
        Kind::RefreshToken => GrantPlan::Refresh(refresh(sources)?),
        Kind::JwtBearer => {
            GrantPlan::Ready(Grant::JwtBearer(assertion(sources, credentials, account, scope)?))
        }
        Kind::TokenExchange => exchange(sources)?,
        Kind::Password => GrantPlan::Ready(password(sources)?),
    })
}

fn missing(what: &str, hint: &str) -> Failure {
    Failure::config(format!("no {what}")).hint(hint)
}

fn refresh(sources: &Sources) -> Result<Source, Failure> {
    let found = sources
        .find(Setting::RefreshTokenFile)?
        .ok_or_else(|| missing("refresh token", "pass `--refresh-token-file FILE`"))?;
    trust::written_file(&found)?;
    if !misplaced::may_be_shown(&found, found.value()) {
        return Err(Failure::config(format!("{} names no file that is there", found.subject()))
            .hint(misplaced::way_out(&found)));
    }
    Ok(Source::RefreshFile { path: found.value().into(), subject: found.subject() })
}

fn assertion(
    sources: &Sources,
    credentials: &Credentials,
    account: Option<&(Found, ServiceAccount)>,
    scope: &str,
) -> Result<Assertion, Failure> {
    if let Some(found) = sources.find(Setting::AssertionFile)?.filter(|_| account.is_none()) {
        return file::line(&found, found.value()).map(Assertion::Ready);
    }
    let setting = |setting| Ok::<_, Failure>(sources.find(setting)?.map(|found| found.value().to_owned()));
    let subject = setting(Setting::AssertionSubject)?;
    let (key, signing) = credentials.signing();
    let mut signer = if let Some((found, account)) = account {
        let material = service_account_key(found, account)?;
        let mut signer = signing.signer(&material, &account.client_email, subject.as_deref(), &[])?;
        signer.audience.get_or_insert_with(|| account.token_uri.clone());
        // Google reads the scope within the assertion.
        if !scope.is_empty() {
            signer.claims.insert("scope".to_owned(), scope.into());
        }
        signer
    } else {
        let key = key.ok_or_else(|| {
            missing(
                "assertion",
                "pass `--assertion-file FILE`, or `--signing-key FILE` to sign one, or `--google-service-account FILE`",
            )
        })?;
        let issuer = setting(Setting::AssertionIssuer)?.or_else(|| credentials.id().map(str::to_owned));
        let issuer = issuer.ok_or_else(|| {
            missing("issuer for the assertion", "pass `--assertion-issuer`, or `--client-id`")
        })?;
        signing.signer(key, &issuer, subject.as_deref(), &[])?
    };
    add_claims(sources, &mut signer)?;
    Ok(Assertion::Signed(Box::new(signer)))
}

fn service_account_key(found: &Found, account: &ServiceAccount) -> Result<KeyMaterial, Failure> {
    let mut key =
        SigningKey::parse(account.private_key.expose().as_bytes(), None, None).map_err(|fault| {
            Failure::config(format!(
                "the key in the file of {} cannot be used: {}",
                found.subject(),
                fault.reason
            ))
            .hint(fault.hint)
        })?;
    key.id.clone_from(&account.private_key_id);
    Ok(KeyMaterial { found: found.clone(), key })
}

fn add_claims(sources: &Sources, signer: &mut Signer) -> Result<(), Failure> {
    let Some(found) = sources.find(Setting::AssertionClaim)? else { return Ok(()) };
    let mut claims = Members::new();
    for text in &found.values {
        let wrong = |what: &str| {
            Failure::usage(format!("{} {what}", found.subject()))
                .hint("write `NAME=VALUE` for a text, and `NAME:=JSON` for a number, a list or an object")
        };
        let (name, value) = text.split_once('=').ok_or_else(|| wrong("is not of the form NAME=VALUE"))?;
        let (name, value) = match name.strip_suffix(':') {
            Some(name) => (name, serde_json::from_str(value).map_err(|_| wrong("holds no JSON after `:=`"))?),
            None => (name, value.into()),
        };
        if name.is_empty() {
            return Err(wrong("names no claim"));
        }
        claims.insert(name.to_owned(), value);
    }
    signer.claims.extend(claims);
    Ok(())
}

fn exchange(sources: &Sources) -> Result<GrantPlan, Failure> {
    let typed = |setting, default: &str| {
        Ok::<_, Failure>(token_type(sources.find(setting)?.as_ref().map_or(default, Found::value)))
    };
    let found = either(sources, Setting::SubjectToken, Setting::SubjectTokenFile)?.ok_or_else(|| {
        missing("subject token", "pass `--subject-token-file FILE`, or `--subject-token github-actions`")
    })?;
    let subject = if found.setting == Setting::SubjectToken {
        (named_source(sources, &found)?, typed(Setting::SubjectTokenType, "jwt")?)
    } else {
        (Source::Ready(file::line(&found, found.value())?), typed(Setting::SubjectTokenType, "access_token")?)
    };
    let actor = match sources.find(Setting::ActorTokenFile)? {
        None => None,
        Some(found) => Some((
            Source::Ready(file::line(&found, found.value())?),
            typed(Setting::ActorTokenType, "access_token")?,
        )),
    };
    let requested_type = sources.find(Setting::RequestedTokenType)?.map(|found| token_type(found.value()));
    Ok(GrantPlan::Exchange { subject, actor, requested_type })
}

fn password(sources: &Sources) -> Result<Grant, Failure> {
    let username = sources
        .find(Setting::Username)?
        .ok_or_else(|| missing("user name", "pass `--username`, or set `OAUTH_USERNAME`"))?;
    let found = either(sources, Setting::Password, Setting::PasswordFile)?
        .ok_or_else(|| missing("password", "set `OAUTH_PASSWORD`, or pass `--password-file FILE`"))?;
    let password = resolve(&found, Setting::Password)?;
    Ok(Grant::Password { username: username.value().to_owned(), password })
}

impl GrantPlan {
    /// Adds what is exchanged.
    pub fn identify(&self, identity: &mut Identity) {
        let mut exchanged = |name: &str, (source, token_type): &(Source, String)| {
            source.identify(name, identity);
            identity.add(name, token_type);
        };
        match self {
            Self::Ready(Grant::JwtBearer(Assertion::Signed(signer))) => {
                identity.add_secret("grant_key", signer.key.fingerprint());
                identity.add("grant_issuer", &signer.issuer);
                identity.add("grant_subject", signer.subject.as_deref().unwrap_or_default());
                identity.add("grant_audience", signer.audience.as_deref().unwrap_or_default());
                identity.add("grant_header", &serde_json::Value::Object(signer.header.clone()).to_string());
                identity.add("grant_claims", &serde_json::Value::Object(signer.claims.clone()).to_string());
            }
            Self::Ready(grant) => {
                if let Grant::Password { username, .. } = grant {
                    identity.add("username", username);
                }
                grant
                    .secrets()
                    .into_iter()
                    .for_each(|secret| identity.add_secret("grant", secret.expose().as_bytes()));
            }
            Self::Refresh(source) => source.identify("refresh_token", identity),
            Self::Exchange { subject, actor, requested_type } => {
                exchanged("subject_token", subject);
                if let Some(actor) = actor {
                    exchanged("actor_token", actor);
                }
                identity.add("requested_token_type", requested_type.as_deref().unwrap_or_default());
            }
        }
    }

    /// Where the refresh token is, if the grant is one.
    pub fn refresh_source(&self) -> Option<&Source> {
        match self {
            Self::Refresh(source) => Some(source),
            Self::Ready(_) | Self::Exchange { .. } => None,
        }
    }

    /// The grant, with what had to be fetched.
    pub fn complete(&self, fetch: &dyn Fn(&Source) -> Result<Secret, Failure>) -> Result<Grant, Failure> {
        let exchanged = |(source, token_type): &(Source, String)| {
            fetch(source).map(|token| Exchanged { token, token_type: token_type.clone() })
        };
        Ok(match self {
            Self::Ready(grant) => grant.clone(),
            Self::Refresh(source) => Grant::RefreshToken(fetch(source)?),
            Self::Exchange { subject, actor, requested_type } => Grant::TokenExchange {
                subject: exchanged(subject)?,
                actor: actor.as_ref().map(exchanged).transpose()?,
                requested_type: requested_type.clone(),
            },
        })
    }
}
