//! Many processes that want one token: one asks. The long runs are behind `make soak`, which prints what it counted.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::server::{Server, http};
use super::{GOOD, binary};

fn start(server: &Server, cache: &Path, more: &[&str]) -> Child {
    Command::new(binary())
        .env_clear()
        .envs([("OAUTH_CLIENT_ID", "my-client"), ("OAUTH_CLIENT_SECRET", "my-secret"), ("OAUTH_CACHE", "1")])
        .env("OAUTH_TOKEN_URL", server.url())
        .env("OAUTH_CACHE_DIR", cache)
        .arg("--no-env-file")
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Exit code and stdout of each.
fn ends(children: Vec<Child>) -> Vec<(i32, String)> {
    children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).unwrap())
        })
        .collect()
}

fn crowd(count: usize) {
    let cache = tempfile::tempdir().unwrap();
    let directory = cache.path().join("cache");
    let server = Server::raw([http("200 OK", "", GOOD)]);
    let children: Vec<Child> = (0..count).map(|_| start(&server, &directory, &[])).collect();
    let others: Vec<Child> =
        (0..count / 10).map(|_| start(&server, &directory, &["--scope", "other"])).collect();
    for (code, stdout) in ends(children).into_iter().chain(ends(others)) {
        assert_eq!((code, stdout.as_str()), (0, "tok-1\n"));
    }
    assert_eq!(server.connections(), 2, "one request for each of two entries");
    let left: Vec<_> = walk(&directory);
    assert_eq!(left.len(), 2, "no lock and no temporary file is left: {left:?}");
    println!("{} processes, two entries: {} requests", count + count / 10, server.connections());
}

fn walk(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

fn refused_crowd(count: usize) -> usize {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::raw([http("401 x", "", r#"{"error":"invalid_client"}"#)]);
    let children: Vec<Child> = (0..count).map(|_| start(&server, &cache.path().join("cache"), &[])).collect();
    for (code, stdout) in ends(children) {
        assert_eq!((code, stdout.as_str()), (4, ""));
    }
    server.connections()
}

#[test]
fn fifty_processes_make_one_request_for_each_entry() {
    crowd(50);
}

#[test]
#[ignore = "long: make soak"]
fn five_hundred_processes_make_one_request_for_each_entry() {
    crowd(500);
}

#[test]
fn thirty_processes_with_a_wrong_secret_make_no_thirty_failed_logins() {
    assert!(refused_crowd(30) <= 2);
}

#[test]
#[ignore = "long: make soak"]
fn five_hundred_processes_with_a_wrong_secret_make_no_five_hundred_failed_logins() {
    let requests = refused_crowd(500);
    println!("500 processes with a wrong secret: {requests} requests");
    assert!(requests <= 2, "{requests}");
}

#[test]
fn whoever_waits_goes_on_at_once_when_the_holder_is_killed() {
    let cache = tempfile::tempdir().unwrap();
    let directory = cache.path().join("cache");
    // The first request hangs; the second is answered.
    let server = Server::held_once(http("200 OK", "", GOOD));
    let mut holder = start(&server, &directory, &[]);
    server.wait_for_requests(1);
    let waiter = start(&server, &directory, &[]);
    let elsewhere = start(&server, &directory, &["--scope", "other"]);
    assert_eq!(ends(vec![elsewhere]), [(0, "tok-1\n".to_owned())], "another entry does not wait");
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(ends(vec![waiter]), [(0, "tok-1\n".to_owned())]);
    assert_eq!(server.connections(), 3);
}

#[test]
fn nobody_is_waited_for_past_the_deadline() {
    let cache = tempfile::tempdir().unwrap();
    let directory = cache.path().join("cache");
    let server = Server::silent_after(b"");
    let mut holder = start(&server, &directory, &[]);
    server.wait_for_requests(1);
    let waiter = start(&server, &directory, &["--max-time", "0.3"]);
    let output = waiter.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(8));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "oauth-token: error: out of time: another process has been asking for the same token for 0.3 s\noauth-token: hint: try later, or allow more time with `--max-time`\n"
    );
    assert_eq!(server.connections(), 1);
    holder.kill().unwrap();
    holder.wait().unwrap();
}

/// Kills writers at random points of their way while others read.
fn kill_at_random(rounds: usize) {
    let cache = tempfile::tempdir().unwrap();
    let directory = cache.path().join("cache");
    let server = Server::raw([http("200 OK", "", GOOD)]);
    for round in 0..rounds {
        let mut writer = start(&server, &directory, &["--refresh"]);
        let reader = start(&server, &directory, &[]);
        // Chance is in how far it has come, not in a clock.
        for _ in 0..fastrand::usize(..4000) {
            std::hint::spin_loop();
        }
        if round % 2 == 0 {
            server.wait_for_requests(round / 4);
        }
        let _ = writer.kill();
        writer.wait().unwrap();
        assert_eq!(ends(vec![reader]), [(0, "tok-1\n".to_owned())], "round {round}");
    }
    let left = walk(&directory);
    let locks_and_leftovers =
        left.iter().filter(|path| path.to_string_lossy().contains(".oauth-token-")).count();
    assert!(locks_and_leftovers <= rounds, "{left:?}");
    println!("{rounds} kills: no corrupt read, {} files left", left.len());
}

#[test]
fn killed_writers_leave_nothing_corrupt() {
    kill_at_random(20);
}

#[test]
#[ignore = "long: make soak"]
fn five_hundred_killed_writers_leave_nothing_corrupt() {
    kill_at_random(500);
}

/// Kills a writer before each of its system calls that touch files, one after the other, until one lives.
#[test]
fn a_writer_that_is_killed_before_any_of_its_system_calls_leaves_a_whole_entry() {
    if !has_strace() {
        return;
    }
    let server = Server::raw([http("200 OK", "", GOOD)]);
    let cache = tempfile::tempdir().unwrap();
    let directory = cache.path().join("cache");
    assert_eq!(ends(vec![start(&server, &directory, &[])]), [(0, "tok-1\n".to_owned())]);
    let mut kills = 0;
    for call in
        ["openat", "write", "rename,renameat,renameat2", "flock", "unlink,unlinkat", "mkdir,mkdirat", "close"]
    {
        for number in 1.. {
            let status = Command::new("strace")
                .args([
                    "-f",
                    "-qq",
                    "-o",
                    "/dev/null",
                    "-e",
                    &format!("inject={call}:signal=KILL:when={number}"),
                ])
                .arg(binary())
                .args(["--no-env-file", "--cache", "--refresh", "--cache-dir"])
                .arg(&directory)
                .env_clear()
                .envs([
                    ("OAUTH_CLIENT_ID", "my-client"),
                    ("OAUTH_CLIENT_SECRET", "my-secret"),
                    ("OAUTH_TOKEN_URL", &server.url()),
                ])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            let explained = ends(vec![start(&server, &directory, &["--explain"])]).remove(0).1;
            assert!(explained.contains("cache:\n  would answer, valid for"), "{call} {number}: {explained}");
            if status.success() {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills >= 15, "only {kills} kills");
    let left = walk(&directory);
    let whole: Vec<_> =
        left.iter().filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.')).collect();
    assert_eq!(whole.len(), 1, "{left:?}");
}

pub fn has_strace() -> bool {
    let has_strace =
        Command::new("strace").args(["-qq", "true"]).output().is_ok_and(|output| output.status.success());
    assert!(has_strace || std::env::var_os("CI").is_none(), "strace is not installed");
    has_strace
}

/// System calls that may fail under the cache, as strace injects them.
#[test]
fn whatever_system_call_fails_the_token_is_printed() {
    if !has_strace() {
        return;
    }
    let server = Server::raw([http("200 OK", "", GOOD)]);
    for (calls, error) in [
        ("mkdir,mkdirat", "EACCES"),
        ("rename,renameat,renameat2", "EIO"),
        ("rename,renameat,renameat2", "ENOSPC"),
        ("flock", "ENOLCK"),
        ("unlink,unlinkat", "EROFS"),
        ("statx", "EIO"),
        ("getdents64", "EIO"),
    ] {
        let cache = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let output = Command::new("strace")
                .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("inject={calls}:error={error}")])
                .arg(binary())
                .args(["--no-env-file", "--url", &server.url(), "--cache", "--cache-dir"])
                .arg(cache.path().join("cache"))
                .env_clear()
                .envs([("OAUTH_CLIENT_ID", "i"), ("OAUTH_CLIENT_SECRET", "s")])
                .output()
                .unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(
                (output.status.code(), output.stdout.as_slice()),
                (Some(0), &b"tok-1\n"[..]),
                "{calls} {error}: {stderr}"
            );
            assert!(stderr.lines().count() <= 1, "{calls} {error}: {stderr}");
        }
    }
}

#[test]
fn a_full_disk_costs_a_warning_and_no_token() {
    let server = Server::raw([http("200 OK", "", GOOD)]);
    let cache = tempfile::tempdir().unwrap();
    // No file may grow, as on a full disk; the signal that comes with it is ignored.
    let script = format!(
        "trap '' XFSZ; ulimit -f 0; oauth-token --url {} --cache --cache-dir {}/cache",
        server.url(),
        cache.path().display()
    );
    let warning = format!(
        "oauth-token: warning: the cache is not used: file too large: {}/cache\n",
        cache.path().display()
    );
    super::Tool::of("/bin/bash")
        .env("OAUTH_CLIENT_ID", "i")
        .env("OAUTH_CLIENT_SECRET", "s")
        .args(["-c", &script])
        .gives(0, "tok-1\n", &warning);
    assert_eq!(walk(&cache.path().join("cache")).len(), 0);
}

#[test]
fn an_entry_that_cannot_be_opened_is_fetched_again() {
    if !has_strace() {
        return;
    }
    let server = Server::raw([http("200 OK", "", GOOD)]);
    let cache = tempfile::tempdir().unwrap();
    let directory = cache.path().join("cache");
    assert_eq!(ends(vec![start(&server, &directory, &[])]), [(0, "tok-1\n".to_owned())]);
    let entry = walk(&directory).remove(0);
    let strace = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "inject=openat:error=EIO", "-P"])
        .arg(&entry)
        .arg(binary())
        .args(["--no-env-file", "--cache", "--cache-dir"])
        .arg(&directory)
        .env_clear()
        .envs([
            ("OAUTH_CLIENT_ID", "my-client"),
            ("OAUTH_CLIENT_SECRET", "my-secret"),
            ("OAUTH_TOKEN_URL", &server.url()),
        ])
        .output();
    let output = strace.unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"tok-1\n"[..]));
    assert_eq!(server.connections(), 2);
}
