//! Counts the instructions of whole calls with valgrind, and holds them to the numbers in benches/instructions.txt:
//! they do not depend on what else the machine does, so that a call that has become slower is noticed by whoever
//! makes it so. `make instructions-record` writes new numbers.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::exit, missing_docs)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio, exit};
use std::thread;

/// How far a count may be off, in percent: the C library of the machine has its part in it.
const TOLERANCE: u64 = 5;

/// How often each call is counted; the least counts, for the system interrupts some.
const TIMES: usize = 3;

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 70\r\nConnection: close\r\n\r\n{\"access_token\":\"bench-token\",\"token_type\":\"Bearer\",\"expires_in\":3600}";

fn main() {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        assert!(std::env::var_os("CI").is_none(), "valgrind is not installed");
        println!("valgrind is not installed: no instructions are counted");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (url, cache) = (serve(), directory.path().join("cache"));
    let cold = |words: &[&str]| {
        let mut command = command(directory.path(), words);
        command.env("OAUTH_TOKEN_URL", &url);
        command
    };
    let cached = |words: &[&str]| {
        let mut command = cold(words);
        command.env("OAUTH_CACHE", "1").env("OAUTH_CACHE_DIR", &cache);
        command
    };
    assert!(cached(&[env!("CARGO_BIN_EXE_oauth-token")]).status().unwrap().success());
    let counts = [
        ("version", least(directory.path(), &|words| command(directory.path(), words), &["--version"])),
        ("cached", least(directory.path(), &|words| cached(words), &[])),
        ("cold-http", least(directory.path(), &|words| cold(words), &[])),
    ];
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt");
    if std::env::args().any(|word| word == "--record") {
        let lines = counts.map(|(name, count)| format!("{name} {count}\n")).concat();
        fs::write(place, lines).unwrap();
        return;
    }
    let recorded = fs::read_to_string(place).unwrap();
    let mut is_good = true;
    for (name, count) in counts {
        let line = recorded.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        let expected = line.unwrap_or_default();
        let is_near = count.abs_diff(expected) * 100 <= expected * TOLERANCE;
        println!(
            "{name}: {count} instructions, recorded {expected}{}",
            if is_near { "" } else { ": too far off" }
        );
        is_good &= is_near;
    }
    if !is_good {
        println!("if that is meant, record new numbers: make instructions-record");
        exit(1);
    }
}

/// A call in an environment that is the same everywhere.
fn command(directory: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env_clear().current_dir(directory).stdin(Stdio::null()).stdout(Stdio::null());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("OAUTH_CLIENT_ID", "my-client").env("OAUTH_CLIENT_SECRET", "my-secret");
    command
}

fn least(directory: &Path, command: &dyn Fn(&[&str]) -> Command, options: &[&str]) -> u64 {
    let out = format!("--callgrind-out-file={}", directory.join("callgrind").display());
    let words = ["valgrind", "--tool=callgrind", &out, env!("CARGO_BIN_EXE_oauth-token")];
    let counts = (0..TIMES).map(|_| {
        let output = command(&[&words[..], options].concat()).stderr(Stdio::piped()).output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{log}");
        let count = log.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
        count.unwrap_or_else(|| panic!("valgrind tells no count: {log}"))
    });
    counts.min().unwrap()
}

/// A token endpoint that says the same to all.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            while !request.ends_with(b"client_credentials") {
                match stream.read(&mut buffer) {
                    Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
                    _ => break,
                }
            }
            let _ = stream.write_all(ANSWER.as_bytes());
        }
    });
    url
}
