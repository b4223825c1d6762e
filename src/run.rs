//! The program, top to bottom.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use crate::cli::{self, Typed};
use crate::config::setting::{Setting, secret_variables};
use crate::config::sources::{Environment, Sources};
use crate::config::{Config, Delivery, Way, explain};
use crate::error::{Exit, Failure};
use crate::http;
use crate::report::Report;
use crate::response::{self, Token};
use crate::text::Redactor;
use crate::{child, output, process};

/// Does what the command line says and tells of it. The status is that of the process.
pub fn main(arguments: &[OsString]) -> u8 {
    let report = Report::default();
    match guarded(|| program(arguments, &report)) {
        Ok(status) => status,
        Err(failure) => {
            if let Some((shell, name)) = cli::failing_export(arguments) {
                // Where stdout cannot be written, the exit code must do.
                let line = shell.fail(name.as_deref(), failure.exit);
                line.and_then(|line| output::print(&line, true).ok());
            }
            report.fail(&failure);
            failure.exit.code()
        }
    }
}

fn program(arguments: &[OsString], report: &Report) -> Result<u8, Failure> {
    process::harden()?;
    let cli = match cli::parse(arguments)? {
        Typed::Text(text) => return output::print(&text, true).map(|()| Exit::Success.code()),
        Typed::Command(cli) => cli,
    };
    let environment = Environment::of_this_process();
    let sources = Sources::read(&cli, &environment)?;
    report.set(sources.is_on(Setting::Verbose)?, sources.is_on(Setting::Quiet)?);

    let config = Config::new(&sources)?;
    config.warnings.iter().for_each(|warning| report.warn(warning));
    if cli.explain {
        return output::print(&explain::explain(&config, &sources)?, true).map(|()| Exit::Success.code());
    }
    output::require_stdout()?;

    report.tell_request(&config);
    let reply = http::post(&config.request, &config.transport, &mut |event| report.tell_event(&event))?;
    report.tell_reply(&reply, &config.redactor);
    let token = response::read(&reply, &config.asked, &config.redactor, SystemTime::now())?;
    deliver(&config.delivery, &token, &config.redactor, report)
}

fn deliver(delivery: &Delivery, token: &Token, redactor: &Redactor, report: &Report) -> Result<u8, Failure> {
    match &delivery.way {
        Way::Print(format) => {
            report.warn_of_lifetime(*format, token);
            output::print(
                output::render(*format, token, &delivery.name, redactor)?.expose(),
                delivery.line_break,
            )?;
        }
        Way::GithubEnv(file) => output::write_github_env(token, &delivery.name, file)?,
        Way::Run(command) => {
            return child::run(command, &delivery.name, &token.access_token, &secret_variables());
        }
    }
    Ok(Exit::Success.code())
}

/// Runs the program so that even a panic ends in an exit code and a line that says so. What a panic says
/// is not shown: nobody has checked it for secrets. Where it happened is.
pub fn guarded(program: impl FnOnce() -> Result<u8, Failure>) -> Result<u8, Failure> {
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            output::tell(&format!("oauth-token: note: panicked at {}:{}", place.file(), place.line()));
        }
    }));
    catch_unwind(AssertUnwindSafe(program))
        .unwrap_or_else(|_| Err(Failure::from(anyhow::anyhow!("it panicked"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_in_exit_1_and_its_message_is_not_shown() {
        let failure = guarded(|| panic!("canary")).unwrap_err();
        assert_eq!(failure.exit, Exit::Bug);
        assert!(!format!("{failure:?}").contains("canary"));
    }
}
