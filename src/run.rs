//! The program, top to bottom.

use std::cell::Cell;
use std::ffi::OsString;
use std::time::SystemTime;

use crate::assertion::Moment;
use crate::cache::{self, Answer, Cache};
use crate::cli::{self, Typed};
use crate::config::delivery::{Call, Delivery, Way};
use crate::config::plan::Planned;
use crate::config::setting::secret_variables;
use crate::config::source::Source;
use crate::config::sources::{Environment, Sources};
use crate::config::{self, Config, explain, misspelt};
use crate::dpop::DpopKey;
use crate::error::{Exit, Failure};
use crate::http::{Event, Session};
use crate::redact::Redactor;
use crate::refresh_file::RefreshToken;
use crate::report::Report;
use crate::response::{self, Token};
use crate::secret::Secret;
use crate::{child, output, process};

/// Does what the command line says and tells of it. The status is that of the process.
pub fn main(arguments: &[OsString]) -> u8 {
    let report = Report::default();
    let own = arguments.to_vec();
    end_when_it_panics(move |failure| fail(&own, failure, &Report::default()));
    match program(arguments, &report) {
        Ok(status) => status,
        Err(failure) => fail(arguments, &failure, &report),
    }
}

fn fail(arguments: &[OsString], failure: &Failure, report: &Report) -> u8 {
    if let Some((shell, name)) = cli::failing_export(arguments) {
        // Where stdout cannot be written, the exit code must do.
        let line = shell.fail(name.as_deref(), failure.exit);
        line.and_then(|line| output::print(&line, true).ok());
    }
    report.fail(failure);
    failure.exit.code()
}

fn program(arguments: &[OsString], report: &Report) -> Result<u8, Failure> {
    process::harden()?;
    let cli = match cli::parse(arguments)? {
        Typed::Text(text) => return output::print(&text, true).map(|()| Exit::Success.code()),
        Typed::Command(cli) => cli,
    };
    let environment = Environment::of_this_process();
    let sources = Sources::read(&cli, &environment)?;
    report.set(sources.verbosity()?);
    if cli.cache.cache_clear {
        let directory = config::cache::directory(&sources)?;
        return directory.map_or(Ok(()), |directory| cache::clear(&directory)).map(|()| Exit::Success.code());
    }

    // Before what they have led to.
    for warning in misspelt::near(&sources) {
        report.warn(&warning);
    }
    let config = Config::new(&sources)?;
    config.warnings.iter().for_each(|warning| report.warn(warning));
    if cli.explain {
        return output::print(&explain::explain(&config, &sources)?, true).map(|()| Exit::Success.code());
    }
    // A command gets the token otherwise.
    if !matches!(config.delivery.way, Way::Run(_)) {
        output::require_stdout()?;
    }
    process::require_clock()?;

    let watch = |event: Event| watch(&event, &config.redactor, report);
    let session = Session::start(&config.transport, &watch, report.phases());
    let ask = |nonce: Option<&str>| ask(&config, &session, nonce, report);
    let token = match config.cache(None)? {
        Some(cache) => cached(&cache, &config, report, &ask)?,
        None => ask(None)?.token,
    };
    deliver(&config, &token, report)
}

/// The token from the cache, or from the server into the cache.
fn cached(
    cache: &Cache,
    config: &Config,
    report: &Report,
    ask: &dyn Fn(Option<&str>) -> Result<Answer, Failure>,
) -> Result<Token, Failure> {
    let flight = cache.get(&|| response::epoch(SystemTime::now()), config.patience(), ask);
    cache.trouble().iter().for_each(|trouble| report.warn(trouble));
    let flight = flight?;
    report.tell_flight(&flight, &cache.path(), config.min_ttl(), &|token| cache.keeps(token));
    Ok(flight.token())
}

/// Asks the server: for its metadata where need be, for what the request must carry, for the token.
fn ask(config: &Config, session: &Session, nonce: Option<&str>, report: &Report) -> Result<Answer, Failure> {
    let refresh = RefreshToken::default();
    if let Some(answer) = kept_by_refresh_token(config, session, &refresh)? {
        return Ok(answer);
    }
    let server = config.server(session)?;
    let plan = || config.plan(&server, &|source| fetch(source, session, &refresh, config));
    let Planned { plan: first, asked, warnings } = plan()?;
    for warning in warnings {
        report.warn(&warning);
    }

    let has_dpop = first.dpop.is_some();
    let first = Cell::new(Some(first));
    // A token that was fetched for one attempt may be good for that one alone.
    let next = || first.take().map_or_else(|| plan().map(|planned| planned.plan), Ok);
    let send = |nonce: Option<&str>| session.send(&|| Ok(next()?.request(&Moment::now(), nonce)?));
    let mut reply = send(nonce)?;
    // The server may first hand out a nonce (RFC 9449 section 8).
    if let Some(nonce) = response::demanded_nonce(&reply).filter(|_| has_dpop) {
        reply = send(Some(nonce))?;
    }

    let token = response::read(&reply, &asked, &config.redactor, SystemTime::now());
    // Whatever is wrong with the access token beside it.
    let refreshed = response::success(&reply).map(|fields| refresh.keep(&fields)).transpose()?.flatten();
    let token = token?;
    let nonce = reply.header("dpop-nonce").map(str::to_owned);
    let Some(kept) = refreshed else { return Ok(Answer { token, nonce, kept: false }) };
    // The next run finds this refresh token in the file, and by it the entry.
    if let Some(cache) = config.cache(Some(&kept))? {
        cache.store(&token, nonce.clone());
    }
    Ok(Answer { token, nonce, kept: true })
}

/// With a refresh token, the token that another process may have got while this one waited for the file.
fn kept_by_refresh_token(
    config: &Config,
    session: &Session,
    refresh: &RefreshToken,
) -> Result<Option<Answer>, Failure> {
    let Some(source) = config.grant.refresh_source() else { return Ok(None) };
    let token = fetch(source, session, refresh, config)?;
    let Some(cache) = config.cache(Some(&token))? else { return Ok(None) };
    let kept = cache.kept(response::epoch(SystemTime::now()));
    Ok(kept.map(|token| Answer { token, nonce: None, kept: true }))
}

/// Every secret of a request is known before a server can echo it, and every token of an answer before any of the
/// answer is told.
fn watch(event: &Event, redactor: &Redactor, report: &Report) {
    match event {
        Event::Sending(request, _) => request.secrets().for_each(|secret| redactor.learn(secret)),
        Event::Answered(reply) => {
            for token in response::tokens(reply) {
                redactor.learn_received(&token);
            }
        }
        Event::Retrying { .. } => {}
    }
    report.tell_event(event, redactor);
}

/// Gets a token that the request must carry.
fn fetch(
    source: &Source,
    session: &Session,
    refresh: &RefreshToken,
    config: &Config,
) -> Result<Secret, Failure> {
    let token = match source {
        Source::Ready(token) => token.clone(),
        Source::RefreshFile { path, subject } => refresh.open(path, subject, session.deadline())?,
        Source::Runner(runner) => runner.fetch(session)?,
    };
    config.redactor.learn(&token);
    Ok(token)
}

fn deliver(config: &Config, token: &Token, report: &Report) -> Result<u8, Failure> {
    let Delivery { way, name, line_break, call } = &config.delivery;
    match way {
        Way::Print(format) => {
            report.warn_of_lifetime(*format, token);
            let proof = call.as_ref().map(|call| proof(call, config.dpop.as_ref(), token)).transpose()?;
            let text = output::render(*format, token, name, proof.as_ref(), &config.redactor)?;
            output::print(text.expose(), *line_break)?;
        }
        Way::GithubEnv(file) => output::write_github_env(token, name, file)?,
        Way::Run(command) => {
            return child::run(command, name, &token.access_token, &secret_variables());
        }
    }
    Ok(Exit::Success.code())
}

/// The proof for the call to the API that the token is for.
fn proof(call: &Call, key: Option<&DpopKey>, token: &Token) -> Result<Secret, Failure> {
    let key = key.ok_or_else(|| anyhow::anyhow!("a proof without a key"))?;
    Ok(key.proof(&call.method, &call.endpoint, &Moment::now(), None, Some(&token.access_token))?)
}

/// Even a panic, in whatever thread, ends in an exit code and a line that says so; nothing is unwound. What a panic
/// says is not shown: nobody has checked it for secrets. Where it happened is.
fn end_when_it_panics(fail: impl Fn(&Failure) -> u8 + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(place) = panic.location() {
            output::tell(&format!("oauth-token: note: panicked at {}:{}", place.file(), place.line()));
        }
        let status = fail(&Failure::from(anyhow::anyhow!("it panicked")));
        #[allow(clippy::exit, reason = "there is nowhere to return to")]
        std::process::exit(status.into());
    }));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Not a test, but the process that the next one looks at.
    #[test]
    #[ignore = "it panics"]
    fn panics() {
        let arguments = ["oauth-token", "--export"].map(OsString::from);
        end_when_it_panics(move |failure| fail(&arguments, failure, &Report::default()));
        std::thread::spawn(|| panic!("canary")).join().unwrap();
    }

    #[test]
    fn a_panic_in_any_thread_ends_in_exit_1_and_its_message_is_not_shown() {
        let own = std::env::current_exe().unwrap();
        let output = Command::new(own)
            .args(["run::tests::panics", "--exact", "--ignored", "--nocapture"])
            .output()
            .unwrap();
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(1));
        assert!(stdout.ends_with("unset OAUTH_ACCESS_TOKEN; (exit 1)\n"), "{stdout}");
        let lines: Vec<&str> = stderr.lines().collect();
        assert!(lines[0].starts_with("oauth-token: note: panicked at src/run.rs:"), "{stderr}");
        assert!(lines[1].starts_with("oauth-token: error: a bug in `oauth-token` "), "{stderr}");
        assert!(lines.len() == 3 && !stderr.contains("canary"), "{stderr}");
    }
}
