//! What was typed and set, and what it means: [`Config`] holds the request, the way to send it, and what to
//! do with the token. All that can be wrong with the settings is found here, before anything is sent.

pub mod client;
pub mod explain;
pub mod setting;
pub mod sources;
pub mod trust;
pub mod value;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use setting::Setting;
use sources::{Found, Sources, both};

use crate::cli::{Cli, DEFAULT_NAME};
use crate::client_auth::{ClientAuth, Method, secret};
use crate::endpoint::{Endpoint, Plaintext};
use crate::error::{Exit, Failure};
use crate::grant::Grant;
use crate::http::{ProxyChoice, Roots, Transport, proxy, roots};
use crate::output::Format;
use crate::request::{TokenRequest, Value};
use crate::response::Asked;
use crate::shell::{Shell, is_name};
use crate::text::Redactor;

/// Everything that a run needs to know.
pub struct Config {
    /// What is sent.
    pub request: TokenRequest,
    /// How it is sent.
    pub transport: Transport,
    /// What becomes of the token.
    pub delivery: Delivery,
    /// What hints may speak of.
    pub asked: Asked,
    /// Every secret that is known so far.
    pub redactor: Redactor,
    /// What the user should hear though it stops nothing.
    pub warnings: Vec<String>,
}

/// What becomes of the token.
#[derive(Debug)]
pub struct Delivery {
    /// The way.
    pub way: Way,
    /// The variable that holds it, where one does.
    pub name: String,
    /// Whether a line break follows it on stdout.
    pub line_break: bool,
}

/// A way to hand a token over.
#[derive(Debug)]
pub enum Way {
    /// On stdout.
    Print(Format),
    /// To the next steps of a GitHub Actions job, by the file that `$GITHUB_ENV` names.
    GithubEnv(PathBuf),
    /// To a program, in its environment.
    Run(Vec<OsString>),
}

impl Config {
    /// Finds out what is meant.
    pub fn new(sources: &Sources) -> Result<Self, Failure> {
        // What is there and wrong is told before what is missing.
        let delivery = delivery(sources)?;
        let limits = value::limits(sources)?;
        let (endpoint, url) = endpoint(sources)?;
        trust::check(sources)?;
        let client = client::find(sources)?;
        let ask = value::ask(sources, client.auth.method())?;
        let grant = grant(sources)?;
        let proxy = choose_proxy(sources, &endpoint)?;
        let request = TokenRequest::new(endpoint.clone(), &client.auth, &grant, &ask);
        Ok(Self {
            redactor: redactor(&request, &client.auth, proxy.as_ref()),
            warnings: warnings(sources, &endpoint)?,
            asked: asked(sources, &endpoint, &url, &client, &request)?,
            transport: transport(sources, &endpoint, proxy, &limits)?,
            request,
            delivery,
        })
    }
}

fn delivery(sources: &Sources) -> Result<Delivery, Failure> {
    let cli = sources.cli;
    let shell = match &cli.shell {
        None => Shell::Sh,
        Some(text) => Shell::parse(text).ok_or_else(|| {
            Failure::usage("`--shell` names no shell that is known")
                .hint(format!("write one of {}", Shell::names().join(", ")))
        })?,
    };
    let way = match cli {
        Cli { command, .. } if !command.is_empty() => Way::Run(command.clone()),
        Cli { github_env: true, .. } => Way::GithubEnv(github_env(sources)?),
        Cli { header: true, .. } => Way::Print(Format::Header),
        Cli { expires_in: true, .. } => Way::Print(Format::ExpiresIn),
        Cli { expires_at: true, .. } => Way::Print(Format::ExpiresAt),
        Cli { json: true, .. } => Way::Print(Format::Json),
        Cli { export: true, .. } => Way::Print(Format::Export(shell)),
        _ => Way::Print(Format::Token),
    };
    let is_export = matches!(way, Way::Print(Format::Export(_)));
    if cli.shell.is_some() && !is_export {
        return Err(
            Failure::usage("`--shell` is for `--export`").hint("add `--export`, or leave out `--shell`")
        );
    }
    if cli.name.is_some() && !is_export && matches!(way, Way::Print(_)) {
        return Err(Failure::usage("`--name` is for `--export`, `--github-env` and `-- COMMAND`")
            .hint("add one of them, or leave out `--name`"));
    }
    let name = cli.name.clone().unwrap_or_else(|| DEFAULT_NAME.to_owned());
    if !is_name(&name) {
        return Err(Failure::usage("`--name` is not the name of a variable")
            .hint("write letters, digits and `_`, beginning with no digit"));
    }
    Ok(Delivery { way, name, line_break: !cli.no_newline })
}

fn github_env(sources: &Sources) -> Result<PathBuf, Failure> {
    let missing = || {
        Failure::config("`GITHUB_ENV` is not set")
            .hint("`--github-env` works within a step of GitHub Actions; elsewhere use `--export`")
    };
    sources.environment.value("GITHUB_ENV")?.map(PathBuf::from).ok_or_else(missing)
}

fn endpoint(sources: &Sources) -> Result<(Endpoint, Found), Failure> {
    let missing = || {
        Failure::config("no token endpoint")
            .hint("pass `--url URL`, or set `OAUTH_TOKEN_URL` in the environment or in ./.env")
    };
    let found = sources.find(Setting::Url)?.ok_or_else(missing)?;
    let plaintext = if sources.cli.allow_http { Plaintext::Everywhere } else { Plaintext::LoopbackOnly };
    let endpoint = Endpoint::parse(found.value(), plaintext);
    let endpoint = endpoint.map_err(|refusal| {
        Failure::usage(format!("{} is not usable: {}", found.subject(), refusal.reason)).hint(refusal.hint)
    })?;
    Ok((endpoint, found))
}

fn grant(sources: &Sources) -> Result<Grant, Failure> {
    match sources.find(Setting::GrantType)? {
        None => Ok(Grant::ClientCredentials),
        Some(found) => Grant::parse(found.value())
            .map_err(|reason| Failure::usage(format!("{} is not usable: {reason}", found.subject()))),
    }
}

fn choose_proxy(sources: &Sources, endpoint: &Endpoint) -> Result<Option<ProxyChoice>, Failure> {
    let found = sources.find(Setting::Proxy)?;
    let explicit = found.as_ref().map(|found| proxy::Explicit {
        url: found.value(),
        name: found.name(),
        origin: format!("from {}", found.origin),
        exit: if found.origin == sources::Origin::CommandLine { Exit::Usage } else { Exit::Config },
    });
    // A variable that is not UTF-8 is no proxy's URL, and is said to be none.
    let variable =
        |name: &str| sources.environment.0.get(name).map(|value| value.to_string_lossy().into_owned());
    proxy::choose(endpoint, explicit, &variable)
}

fn transport(
    sources: &Sources,
    endpoint: &Endpoint,
    proxy: Option<ProxyChoice>,
    limits: &value::Limits,
) -> Result<Transport, Failure> {
    let extra = match sources.find(Setting::Cacert)? {
        None => Vec::new(),
        Some(found) => roots::read_bundle(found.value().as_ref(), &found.subject())?,
    };
    Ok(Transport {
        connect_timeout: limits.connect_timeout,
        max_time: limits.max_time,
        retries: limits.retries,
        roots: Arc::new(if endpoint.is_http() || sources.cli.explain {
            Roots::none()
        } else {
            Roots::system_and(&extra)?
        }),
        proxy,
    })
}

fn redactor(request: &TokenRequest, client: &ClientAuth, proxy: Option<&ProxyChoice>) -> Redactor {
    let mut redactor = Redactor::sparing(client.id());
    if let ClientAuth::Basic { secret, .. } | ClientAuth::Post { secret, .. } = client {
        redactor.learn(secret);
    }
    for (_, value) in request.form.iter().chain(&request.headers) {
        if let Value::Hidden(secret) = value {
            redactor.learn(secret);
        }
    }
    if let Some(password) = proxy.and_then(ProxyChoice::password) {
        redactor.learn(&password);
    }
    redactor
}

fn warnings(sources: &Sources, endpoint: &Endpoint) -> Result<Vec<String>, Failure> {
    let mut warnings = Vec::new();
    if endpoint.is_http() && !endpoint.is_loopback() {
        warnings.push(format!(
            "`--allow-http`: everybody on the way to `{}` can read the client's credentials and the token",
            endpoint.host()
        ));
    }
    if let Some(found) = sources.find(Setting::Proxy)?
        && found.origin == sources::Origin::CommandLine
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

fn asked(
    sources: &Sources,
    endpoint: &Endpoint,
    url: &Found,
    client: &client::Client,
    request: &TokenRequest,
) -> Result<Asked, Failure> {
    let check_client = match &client.secret {
        Some(found) if client.auth.method() != Method::None => format!("check {}", both(&client.id, found)),
        _ => format!("check {}", client.id.described()),
    };
    let basic_encoding = match &client.auth {
        ClientAuth::Basic { id, secret, encoding } if secret::encoding_matters(id, secret) => Some(*encoding),
        _ => None,
    };
    Ok(Asked {
        check_client,
        url_setting: url.subject(),
        scope_setting: sources.find(Setting::Scope)?.map(|found| found.described()).unwrap_or_default(),
        host: endpoint.host(),
        sent: request.form.iter().map(|(name, _)| name.clone()).collect(),
        basic_encoding,
    })
}
