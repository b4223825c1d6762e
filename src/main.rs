//! The door: the command line in, the exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    ExitCode::from(oauth_token::run::main(&arguments))
}
