//! `-- COMMAND`: run a program with the token in its environment, and without the settings that hold
//! the secrets it was got with.

use std::ffi::OsString;
use std::io;
use std::process::Command;

use crate::error::{Exit, Failure};
#[cfg(unix)]
use crate::process;
use crate::secret::Secret;
use crate::shell::require_size;
use crate::text::{escape, io_reason};

/// Becomes the program, on Unix: signals, status and process id are its own. Returns only if that fails.
/// `variables` are taken out of its environment.
pub fn run(command: &[OsString], name: &str, token: &Secret, variables: &[&str]) -> Result<u8, Failure> {
    require_size(name, token.expose())?;
    let Some((program, arguments)) = command.split_first() else {
        return Err(Failure::usage("there is no command after `--`"));
    };
    let mut child = Command::new(program);
    child.args(arguments);
    for variable in variables {
        child.env_remove(variable);
    }
    child.env(name, token.expose());
    replace(child).map_err(|error| {
        let exit =
            if error.kind() == io::ErrorKind::NotFound { Exit::CommandNotFound } else { Exit::CannotExecute };
        Failure::new(
            exit,
            format!("cannot run `{}`: {}", escape(&program.to_string_lossy()), io_reason(&error)),
        )
    })
}

#[cfg(unix)]
fn replace(mut child: Command) -> io::Result<u8> {
    use std::os::unix::process::CommandExt;
    process::pass_on_signals(&mut child);
    Err(child.exec())
}

/// Elsewhere there is no exec: waits for the program and passes its status on.
#[cfg(not(unix))]
fn replace(mut child: Command) -> io::Result<u8> {
    let status = child.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
