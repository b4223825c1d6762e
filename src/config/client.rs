//! Everything that is configured about the client: who it is, and what it can prove itself with.

use super::certificate;
use super::file::{self, either, resolve};
use super::found::Found;
use super::setting::Setting;
use super::signing::{self, KeyMaterial};
use super::source::{Source, named_source};
use super::sources::Sources;
use crate::cache::Identity;
use crate::client_auth::{BasicEncoding, Certificate, ClientAuth, Method};
use crate::error::Failure;
use crate::secret::Secret;

/// Everything that is configured about the client.
#[derive(Debug)]
pub struct Credentials {
    pub(super) id: Option<Found>,
    pub(super) method: Option<(Found, Method)>,
    pub(super) encoding: BasicEncoding,
    pub(super) secret: Option<(Found, Secret)>,
    pub(super) key: Option<KeyMaterial>,
    pub(super) assertion: Option<(Found, Source)>,
    pub(super) certificate: Option<(Found, Certificate)>,
    pub(super) signing: signing::Settings,
    /// Of the id and of the secret, that its variable is set and empty.
    pub(super) emptied: [Option<String>; 2],
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
        emptied: [Setting::ClientId, Setting::ClientSecret].map(|setting| sources.emptied(setting)),
    })
}

/// Whether a text is `${NAME}`, `$(NAME)` or `${{ secrets.NAME }}`, which a CI system or a shell has left as it was.
fn is_unexpanded(text: &str) -> bool {
    (text.starts_with("${") && text.ends_with('}')) || (text.starts_with("$(") && text.ends_with(')'))
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
    /// For a grant that is its own proof: no client proves itself beside it, unless a method says so.
    pub fn leave_proof_to_the_grant(&mut self, warnings: &mut Vec<String>) {
        if self.method.is_some() {
            return;
        }
        let founds = [
            self.id.take(),
            self.secret.take().map(|(found, _)| found),
            self.key.take().map(|key| key.found),
            self.assertion.take().map(|(found, _)| found),
        ];
        warnings.extend(founds.into_iter().flatten().filter(Found::is_typed).map(|found| {
            format!("`{}` does nothing with a service account, unless `--auth-method` says how", found.name())
        }));
    }

    /// The key for assertions, and how they are made.
    pub fn signing(&self) -> (Option<&KeyMaterial>, &signing::Settings) {
        (self.key.as_ref(), &self.signing)
    }

    /// The client's id, where one is set.
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(Found::value)
    }

    /// What of the id and the secret that are sent looks as if it had been pasted with its surroundings.
    pub fn odd_end(&self, auth: &ClientAuth) -> Option<String> {
        let secret = self.secret.as_ref().filter(|_| uses_secret(auth.method()));
        let id = self.id.as_ref().map(|found| (found, found.value()));
        let values = secret.map(|(found, secret)| (found, secret.expose())).into_iter().chain(id);
        values.into_iter().find_map(|(found, text)| {
            let is_at_end = |is: fn(char) -> bool| text.starts_with(is) || text.ends_with(is);
            let what = match text {
                _ if is_at_end(char::is_whitespace) => "begins or ends with white space",
                _ if is_at_end(|end| matches!(end, '"' | '\'')) => "begins or ends with a quotation mark",
                _ if is_unexpanded(text) => "looks like a variable that nobody has put a value for",
                _ if text.chars().all(|c| c == '*') => "looks like what stands in a log for a secret",
                _ => return None,
            };
            Some(format!("`{}` {what}", found.name()))
        })
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
}
