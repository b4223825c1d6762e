//! The door: the command line in, the exit status out.
//!
//! On Linux with glibc it is the C library's own door, for speed alone: Rust's would first read where its stack lies and
//! prepare to tell of one that overflows, in 21 system calls; without it a cached call takes 0.92 of the time. What else
//! Rust's does there and is needed, [`oauth_token::process`] does.

#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(run())
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "the C library calls it by this name")]
#[unsafe(no_mangle)]
extern "C" fn main() -> std::ffi::c_int {
    run().into()
}

fn run() -> u8 {
    let arguments: Vec<_> = std::env::args_os().collect();
    oauth_token::run::main(&arguments)
}
