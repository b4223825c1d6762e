//! What was typed and set, and what it means: [`Config`] holds the request, the way to send it, and what to
//! do with the token. All that can be wrong with the settings is found here, before anything is sent.

pub mod cache;
pub mod certificate;
pub mod choice;
pub mod client;
pub mod delivery;
mod dpop_key;
pub mod explain;
pub mod file;
pub mod found;
pub mod grant;
pub mod grant_choice;
pub mod idle;
mod misplaced;
pub mod misspelt;
pub mod plan;
pub mod setting;
pub mod signing;
pub mod source;
pub mod sources;
pub mod trust;
pub mod typed;
pub mod value;

use std::sync::Arc;

use client::Credentials;
use delivery::Delivery;
use found::{Found, Origin};
use grant::{GrantPlan, ServiceAccount};
use setting::Setting;
use sources::Sources;

use crate::discovery::Issuer;
use crate::dpop::DpopKey;
use crate::endpoint::{Endpoint, Plaintext};
use crate::error::{Exit, Failure};
use crate::grant::Kind;
use crate::http::proxy::Explicit;
use crate::http::{ProxyRules, Roots, Transport, roots};
use crate::redact::Redactor;
use crate::request::Ask;
use crate::secret::{Secret, Value};
use crate::text::escape;

/// Everything that a run needs to know.
pub struct Config {
    /// Whom to ask.
    pub target: Target,
    /// What is known of the client.
    pub credentials: Credentials,
    /// The kind of grant.
    pub kind: Kind,
    /// The grant.
    pub grant: GrantPlan,
    /// What is asked for beside it.
    pub ask: Ask,
    /// The key that the token is bound to.
    pub dpop: Option<DpopKey>,
    /// How to reach servers.
    pub transport: Transport,
    /// What becomes of the token.
    pub delivery: Delivery,
    /// Every secret that is known so far.
    pub redactor: Redactor,
    /// What the user should hear though it stops nothing.
    pub warnings: Vec<String>,
    /// Where settings count from, where some are another server's.
    pub least: Option<Origin>,
    scope: Option<Found>,
    cache: Option<cache::Settings>,
    typed: idle::Typed,
}

/// Whom to ask for the token.
#[derive(Debug)]
pub enum Target {
    /// The token endpoint, and how it was named.
    Url(Endpoint, String),
    /// The issuer whose metadata names it, and how it was named.
    Issuer(Issuer, String),
}

impl Target {
    /// What is known of the server's address.
    pub fn endpoint(&self) -> &Endpoint {
        match self {
            Self::Url(endpoint, _) => endpoint,
            Self::Issuer(issuer, _) => &issuer.endpoint,
        }
    }
}

impl Config {
    /// Finds out what is meant.
    pub fn new(sources: &Sources) -> Result<Self, Failure> {
        misplaced::check(sources)?;
        // What is there and wrong is told before what is missing.
        let mut warnings = misspelt::misplaced(sources);
        let delivery = delivery::read(sources)?;
        let limits = value::limits(sources)?;
        let kind = grant_choice::kind(sources, &mut warnings)?;
        let account = if kind == Kind::JwtBearer { grant::service_account(sources)? } else { None };
        // A service account's file names its own server, unless what names another takes as much precedence. What is
        // set with less is meant for that other one.
        let server = sources.server()?;
        let names_server =
            |(found, _): &&(Found, _)| server.as_ref().is_none_or(|server| found.origin < server.origin);
        let own_server = account.as_ref().filter(names_server);
        let least = own_server.map(|(found, _)| found.origin.clone());
        let narrowed = least.clone().map(|least| sources.narrowed(least));
        let sources = narrowed.as_ref().unwrap_or(sources);
        let server = sources.server()?;
        let target = target(sources, server.as_ref(), own_server)?;
        let mut ask = value::ask(sources)?;
        trust::check(sources, server.map(|found| found.setting))?;
        let mut credentials = client::read(sources, &mut warnings)?;
        if own_server.is_some() {
            credentials.leave_proof_to_the_grant(&mut warnings);
        }
        let grant = grant::read(sources, &kind, &credentials, account.as_ref(), &ask.scope)?;
        if account.is_some() {
            ask.scope.clear();
        }
        let dpop = dpop_key::read(sources, !sources.cli.explain, &mut warnings)?;
        delivery::require_dpop(&delivery, dpop.as_ref())?;
        if dpop.is_some() && ask.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("DPoP")) {
            return Err(Failure::usage("a request carries one proof, and `DPoP` would be a second")
                .hint("leave out the header, or `--dpop-key`"));
        }
        let transport = transport(sources, &target, &credentials, &limits)?;
        warnings.extend(self::warnings(sources, &target, &kind)?);
        let redactor = redactor(&credentials, &ask, &transport, &target);
        let scope = sources.find(Setting::Scope)?;
        let has_key = credentials.key.is_some() || credentials.certificate.is_some();
        let typed = idle::Typed::new(sources, has_key)?;
        let cache = cache::read(sources)?;
        warnings.extend(cache::warning(sources, cache.is_some())?);
        Ok(Self {
            target,
            credentials,
            kind,
            grant,
            ask,
            dpop,
            transport,
            delivery,
            redactor,
            warnings,
            least,
            scope,
            cache,
            typed,
        })
    }
}

fn target(
    sources: &Sources,
    server: Option<&Found>,
    account: Option<&(Found, ServiceAccount)>,
) -> Result<Target, Failure> {
    let plaintext =
        if sources.cli.transport.allow_http { Plaintext::Everywhere } else { Plaintext::LoopbackOnly };
    let parse = |url: &str, subject: &str| {
        Endpoint::parse(url, plaintext).map_err(|refusal| {
            Failure::usage(format!("{subject} is not usable: {}", refusal.reason)).hint(refusal.hint)
        })
    };
    if let Some(found) = server {
        let endpoint = parse(found.value(), &found.subject())?;
        if found.setting == Setting::Url {
            return Ok(Target::Url(endpoint, found.subject()));
        }
        // RFC 8414 section 2.
        if found.value().contains('?') {
            return Err(Failure::usage(format!("{} is not usable: it has a query (`?`)", found.subject()))
                .hint("an issuer has none; `--url` names the token endpoint itself"));
        }
        let issuer = Issuer { text: found.value().to_owned(), endpoint, plaintext };
        return Ok(Target::Issuer(issuer, found.subject()));
    }
    if let Some((found, account)) = account {
        let subject = format!("`token_uri` in the file of {}", found.subject());
        return Ok(Target::Url(parse(&account.token_uri, &subject)?, subject));
    }
    Err(Failure::config("no token endpoint").hint(match sources.emptied(Setting::Url) {
        Some(emptied) => format!("{emptied}: give it the URL, or pass `--url URL`"),
        None => "pass `--url URL`, or set `OAUTH_TOKEN_URL` in the environment or in ./.env".to_owned(),
    }))
}

fn transport(
    sources: &Sources,
    target: &Target,
    credentials: &Credentials,
    limits: &value::Limits,
) -> Result<Transport, Failure> {
    let extra = match sources.find(Setting::Cacert)? {
        None => Vec::new(),
        Some(found) if found.value().is_empty() => {
            return Err(Failure::config(format!("{} names no file", found.subject()))
                .hint("name one, or leave it out"));
        }
        Some(found) => {
            trust::authorities_file(&found)?;
            roots::read_bundle(found.value().as_ref(), &found.subject())?
        }
    };
    let proxies = proxies(sources)?;
    // What is wrong is found before anything is sent.
    proxies.choose(target.endpoint())?;
    Ok(Transport {
        connect_timeout: limits.connect_timeout,
        max_time: limits.max_time,
        retries: limits.retries,
        certificate: credentials.certificate().cloned(),
        roots: Arc::new(Roots::system_and(extra)),
        proxies,
    })
}

fn proxies(sources: &Sources) -> Result<ProxyRules, Failure> {
    let explicit = sources.find(Setting::Proxy)?.map(|found| Explicit {
        url: Secret::new(found.value().to_owned()),
        name: found.name(),
        origin: format!("from {}", found.origin),
        exit: if found.origin == Origin::CommandLine { Exit::Usage } else { Exit::Config },
    });
    // A variable that is not UTF-8 is no proxy's URL, and is said to be none.
    let variable =
        |name: &str| sources.environment.0.get(name).map(|value| value.to_string_lossy().into_owned());
    Ok(ProxyRules::new(explicit, &variable))
}

fn redactor(credentials: &Credentials, ask: &Ask, transport: &Transport, target: &Target) -> Redactor {
    let redactor = Redactor::sparing(credentials.id().unwrap_or_default());
    credentials.secrets().into_iter().for_each(|secret| redactor.learn(secret));
    for (_, value) in &ask.params {
        if let Value::Hidden(secret) = value {
            redactor.learn(secret);
        }
    }
    for (_, value) in &ask.headers {
        if let Value::Hidden(secret) = value {
            redactor.learn_field(secret);
        }
    }
    if let Ok(Some(proxy)) = transport.proxies.choose(target.endpoint())
        && let Some(password) = proxy.password()
    {
        redactor.learn(&password);
    }
    redactor
}

fn warn_of_plaintext(endpoint: &Endpoint) -> Option<String> {
    (endpoint.is_http() && !endpoint.is_loopback()).then(|| {
        format!(
            "`--allow-http`: everybody on the way to `{}` can read the client's credentials and the token",
            endpoint.host()
        )
    })
}

fn warnings(sources: &Sources, target: &Target, kind: &Kind) -> Result<Vec<String>, Failure> {
    let mut warnings = Vec::new();
    let endpoint = target.endpoint();
    warnings.extend(warn_of_plaintext(endpoint));
    if *kind == Kind::Password {
        warnings.push(
            "the password grant shows a person's password to this program; RFC 9700 section 2.4 forbids it"
                .to_owned(),
        );
    }
    if let Some(own) = kind.nearly() {
        warnings.push(format!(
            "the grant `{}` is not known here, and is asked for as it is: did you mean `{own}`?",
            escape(kind.name())
        ));
    }
    if let Some(found) = sources.find(Setting::Proxy)?
        && found.origin == Origin::CommandLine
    {
        if found.value().contains('@') {
            warnings.push("other users of this machine can read the proxy's password on the command line: set `OAUTH_PROXY` instead".to_owned());
        }
        if endpoint.is_http() && !found.value().is_empty() {
            warnings.push(
                "`--proxy` is not used: an `http://` endpoint is asked directly, for a proxy would read the client's credentials"
                    .to_owned(),
            );
        }
    }
    Ok(warnings)
}
