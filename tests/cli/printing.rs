//! What a success prints, in each format.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{GOOD, Outcome, Tool, endpoint};

#[test]
fn the_token_alone_is_the_default() {
    let (_server, url) = endpoint(200, GOOD);
    Tool::client().url(&url).succeeds("tok-1\n");
}

#[test]
fn each_format_prints_its_part() {
    let (_server, url) = endpoint(200, GOOD);
    for (options, stdout) in [
        ("--header", "Authorization: Bearer tok-1\n"),
        ("--expires-in", "3600\n"),
        ("--export", "export OAUTH_ACCESS_TOKEN='tok-1'\n"),
        ("--export --name T", "export T='tok-1'\n"),
        ("--export --shell fish --name T", "set -gx T 'tok-1'\n"),
        ("--export --shell powershell --name T", "$env:T = 'tok-1'\n"),
        ("--export --shell cmd --name T", "set \"T=tok-1\"\n"),
        ("--export --shell csh --name T", "setenv T tok-1\n"),
        ("--export --shell nu --name T", "{\"T\":\"tok-1\"}\n"),
        ("--no-newline", "tok-1"),
        ("--header --no-newline", "Authorization: Bearer tok-1"),
    ] {
        Tool::client().url(&url).line(options).succeeds(stdout);
    }
}

#[test]
fn expires_at_is_the_local_clock_plus_expires_in() {
    let (_server, url) = endpoint(200, GOOD);
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let before = now();
    let outcome = Tool::client().url(&url).args(["--expires-at"]).run();
    let at: u64 = outcome.stdout.trim_end().parse().unwrap();
    assert!((before + 3600..=now() + 3600).contains(&at));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn json_is_all_that_the_server_sent_in_its_order_on_one_line() {
    let (_server, url) = endpoint(
        200,
        "{\n \"z\": [1, {\"y\": 2.50}],\n \"access_token\": \"t\", \"instance_url\": \"https://a b\", \"expires_in\": \"\"}",
    );
    Tool::client().url(&url).args(["--json"]).succeeds(
        "{\"z\":[1,{\"y\":2.50}],\"access_token\":\"t\",\"instance_url\":\"https://a b\",\"expires_in\":\"\"}\n",
    );
    let (_server, url) = endpoint(200, r#"{"expires_in":"60.9","access_token":"t","expires_at":7}"#);
    Tool::client()
        .url(&url)
        .args(["--json"])
        .succeeds("{\"expires_in\":60,\"access_token\":\"t\",\"expires_at\":7}\n");
}

#[test]
fn json_adds_expires_at() {
    let (_server, url) = endpoint(200, GOOD);
    let outcome = Tool::client().url(&url).args(["--json"]).run();
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert!(json["expires_at"].as_u64().unwrap() > 1_700_000_000);
    assert_eq!(json["expires_in"], 3600);
}

#[test]
fn a_jwt_tells_its_own_expiry_and_a_token_without_one_is_exit_10() {
    // The payload is {"exp":32503680000}.
    let (_server, url) = endpoint(200, r#"{"access_token":"e30.eyJleHAiOjMyNTAzNjgwMDAwfQ.c2ln"}"#);
    Tool::client().url(&url).args(["--expires-at"]).succeeds("32503680000\n");
    let (_server, url) = endpoint(200, r#"{"access_token":"t"}"#);
    for option in ["--expires-at", "--expires-in"] {
        Tool::client().url(&url).args([option]).fails(
            10,
            "the server does not say when the token expires, and the token is no JWT with an `exp`",
            "ask for the token itself, and get a new one for each run",
        );
    }
}

#[test]
fn a_lifetime_in_milliseconds_is_passed_on_with_a_warning() {
    let (_server, url) = endpoint(200, r#"{"access_token":"t","expires_in":86399999}"#);
    Tool::client().url(&url).args(["--expires-in"]).gives(
        0,
        "86399999\n",
        "oauth-token: warning: the server says that the token is valid for 86399999 seconds, more than a year; some servers count milliseconds\n",
    );
    Tool::client().url(&url).args(["--expires-in", "--quiet"]).succeeds("86399999\n");
    Tool::client().url(&url).succeeds("t\n");
}

#[test]
fn github_env_masks_first_and_then_appends_with_a_delimiter_of_its_own() {
    let (_server, url) = endpoint(200, GOOD);
    let tool =
        Tool::client().url(&url).file("env", "A=1\n").env("GITHUB_ENV", "env").line("--github-env --name T");
    let (outcome, directory) = tool.run_in_place();
    assert_eq!(outcome, Outcome { code: 0, stdout: "::add-mask::tok-1\n".into(), stderr: String::new() });
    let file = std::fs::read_to_string(directory.path().join("env")).unwrap();
    let lines: Vec<&str> = file.lines().collect();
    let delimiter = lines[1].strip_prefix("T<<").unwrap();
    assert!(
        delimiter.len() > 32 && delimiter.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    );
    assert_eq!(lines, ["A=1", lines[1], "tok-1", delimiter]);
}

#[test]
fn github_env_without_its_variable_sends_nothing() {
    Tool::client().url("http://127.0.0.1:1/").args(["--github-env"]).fails(
        3,
        "`GITHUB_ENV` is not set",
        "`--github-env` works within a step of GitHub Actions; elsewhere use `--export`",
    );
}

#[test]
fn a_file_of_github_env_that_cannot_be_written_is_exit_11() {
    let (_server, url) = endpoint(200, GOOD);
    Tool::client().url(&url).env("GITHUB_ENV", "/nowhere/env").args(["--github-env"]).gives(
        11,
        "",
        "oauth-token: error: cannot write to the file of `GITHUB_ENV`: no such file or directory\noauth-token: hint: the runner makes this file for each step; leave the variable alone\n",
    );
}

#[test]
fn a_command_gets_the_token_and_its_status_is_passed_on() {
    let (_server, url) = endpoint(200, GOOD);
    let script = "echo $OAUTH_ACCESS_TOKEN $0; echo error >&2; exit 42";
    Tool::client().url(&url).args(["--", "sh", "-c", script]).gives(42, "tok-1 sh\n", "error\n");
    Tool::client().url(&url).args(["--name", "T", "--", "sh", "-c", "echo $T"]).succeeds("tok-1\n");
}

#[test]
fn a_command_that_is_missing_or_cannot_run_is_127_or_126_as_env_has_it() {
    let (_server, url) = endpoint(200, GOOD);
    Tool::client().url(&url).args(["--", "no-such-program"]).fails(
        127,
        "cannot run `no-such-program`: no such file or directory",
        "",
    );
    Tool::client().url(&url).args(["--", "/"]).fails(126, "cannot run `/`: permission denied", "");
}

#[test]
fn a_command_is_executed_in_place_so_that_a_signal_ends_it_as_one() {
    use std::os::unix::process::ExitStatusExt;
    let (_server, url) = endpoint(200, GOOD);
    let status = std::process::Command::new(super::binary())
        .env_clear()
        .envs([
            ("PATH", "/usr/bin:/bin"),
            ("OAUTH_CLIENT_ID", "i"),
            ("OAUTH_CLIENT_SECRET", "s"),
            ("OAUTH_TOKEN_URL", &url),
        ])
        .args(["--no-env-file", "--", "sh", "-c", "kill -TERM $$"])
        .status()
        .unwrap();
    assert_eq!(status.signal(), Some(15));
}

#[test]
fn an_unfinished_line_in_the_file_of_github_is_ended_first() {
    let (_server, url) = endpoint(200, GOOD);
    let tool = Tool::client().url(&url).file("env", "A=1").env("GITHUB_ENV", "env").line("--github-env");
    let (outcome, directory) = tool.run_in_place();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "::add-mask::tok-1\n"));
    let written = std::fs::read_to_string(directory.path().join("env")).unwrap();
    assert!(written.starts_with("A=1\nOAUTH_ACCESS_TOKEN<<oauth_token_"), "{written}");
}

#[test]
fn a_file_of_github_that_is_none_keeps_nobody_waiting_and_a_new_one_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let (_server, url) = endpoint(200, GOOD);
    let tool = || Tool::client().url(&url).env("GITHUB_ENV", "env").line("--github-env");
    let waiting = tool();
    let pipe = std::process::Command::new("mkfifo").arg(waiting.path().join("env")).status().unwrap();
    assert!(pipe.success());
    waiting.fails(
        11,
        "cannot write to the file of `GITHUB_ENV`: it is a pipe",
        "the runner makes this file for each step; leave the variable alone",
    );
    let (_, directory) = tool().run_in_place();
    let mode = directory.path().join("env").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn tokens_of_every_make_are_printed_byte_for_byte() {
    for token in ["v^1.1#i^1#f^0#p^1", "a|b=c==", "x".repeat(100_000).as_str(), "two words"] {
        let (_server, url) = endpoint(200, &serde_json::json!({ "access_token": token }).to_string());
        Tool::client().url(&url).succeeds(&format!("{token}\n"));
    }
}

#[test]
fn a_token_too_large_for_a_variable_is_printed_but_not_exported() {
    let token = "x".repeat(131_072);
    let (_server, url) = endpoint(200, &serde_json::json!({ "access_token": token }).to_string());
    Tool::client().url(&url).succeeds(&format!("{token}\n"));
    let error = "the access token is 131072 bytes long, more than an environment variable may hold (128 KiB)";
    let hint = "write it to a file or a pipe instead: leave out `--export`, `--github-env` or the command";
    let stderr = format!("oauth-token: error: {error}\noauth-token: hint: {hint}\n");
    Tool::client().url(&url).args(["--export"]).gives(11, "unset OAUTH_ACCESS_TOKEN; (exit 11)\n", &stderr);
    Tool::client().url(&url).args(["--", "true"]).fails(11, error, hint);
    Tool::client().url(&url).env("GITHUB_ENV", "env").args(["--github-env"]).fails(11, error, hint);
}

#[test]
fn help_and_version_are_successes_on_stdout() {
    Tool::bare().args(["--version"]).succeeds(concat!("oauth-token ", env!("CARGO_PKG_VERSION"), "\n"));
    let outcome = Tool::bare().args(["--help"]).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(outcome.stdout.starts_with("Get an OAuth 2.0 access token"));
}

#[test]
fn a_command_inherits_no_setting_that_leads_to_a_secret_and_may_have_the_token_in_its_place() {
    let (_server, url) = endpoint(200, GOOD);
    Tool::client()
        .env("OAUTH_CLIENT_ASSERTION", "github-actions")
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/")
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "r")
        .url(&url)
        .line("--auth-method basic -- sh -c")
        .args(["env | grep '^OAUTH' | sort"])
        .succeeds("OAUTH_ACCESS_TOKEN=tok-1\nOAUTH_CLIENT_ID=my-client\n");
    let line = "--name OAUTH_CLIENT_SECRET -- printenv OAUTH_CLIENT_SECRET";
    Tool::client().url(&url).line(line).succeeds("tok-1\n");
}

#[test]
fn a_token_with_a_space_is_no_header() {
    let (_server, url) = endpoint(200, r#"{"access_token":"two words"}"#);
    Tool::client().url(&url).line("--header").fails(
        10,
        "the access token holds a space, which would break an `Authorization` header",
        "leave out `--header` to get the token as it is",
    );
}

#[test]
fn a_token_is_masked_before_it_is_handed_on_and_as_the_runner_decodes_it() {
    let (_server, url) = endpoint(200, r#"{"access_token":"a%25b"}"#);
    let tool = || Tool::client().url(&url).env("GITHUB_ENV", "env").line("--github-env");
    tool().succeeds("::add-mask::a%2525b\n");
    let script = format!("oauth-token --url {url} --github-env >/dev/full");
    let tool = Tool::of("/bin/sh").env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s");
    let (outcome, directory) = tool.env("GITHUB_ENV", "env").args(["-c", &script]).run_in_place();
    assert_eq!(outcome.code, 11);
    assert_eq!(std::fs::read_to_string(directory.path().join("env")).unwrap(), "");
}

#[test]
fn a_long_token_is_written_in_one_piece() {
    if !super::crowding::has_strace() {
        return;
    }
    let token = "x".repeat(50_000);
    let (_server, url) = endpoint(200, &format!(r#"{{"access_token":"{token}"}}"#));
    let words = ["-f", "-qq", "-e", "trace=write", "-o", "log", "oauth-token", "--url", &url];
    let tool = Tool::of("strace").env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s").args(words);
    let (outcome, directory) = tool.run_in_place();
    assert_eq!((outcome.code, outcome.stdout), (0, format!("{token}\n")));
    let log = std::fs::read_to_string(directory.path().join("log")).unwrap();
    assert_eq!(log.lines().filter(|line| line.contains("write(1,")).count(), 1, "{log}");
}

#[test]
#[cfg(unix)]
fn a_pipe_that_takes_no_more_for_now_is_waited_for() {
    use std::io::Read;
    let token = "x".repeat(100_000);
    let (_server, url) = endpoint(200, &format!(r#"{{"access_token":"{token}"}}"#));
    let (mut reader, writer) = std::io::pipe().unwrap();
    let flags = rustix::fs::fcntl_getfl(&writer).unwrap() | rustix::fs::OFlags::NONBLOCK;
    rustix::fs::fcntl_setfl(&writer, flags).unwrap();
    let mut child = std::process::Command::new(super::binary())
        .env_clear()
        .envs([("OAUTH_CLIENT_ID", "i"), ("OAUTH_CLIENT_SECRET", "s"), ("OAUTH_TOKEN_URL", &url)])
        .stdout(writer)
        .spawn()
        .unwrap();
    // Nobody reads until it is full.
    while rustix::io::ioctl_fionread(&reader).unwrap() < 60_000 && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let mut printed = String::new();
    reader.read_to_string(&mut printed).unwrap();
    assert!(child.wait().unwrap().success() && printed == format!("{token}\n"));
}

#[test]
fn a_file_of_github_that_would_pass_the_limit_on_files_is_exit_11_and_no_signal() {
    let (_server, url) = endpoint(200, GOOD);
    let before = format!("A={}\n", "x".repeat(1017));
    let script = format!("ulimit -f 1; oauth-token --url {url} --github-env");
    let tool = Tool::of("/bin/sh").env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s");
    let tool = tool.file("env", &before).env("GITHUB_ENV", "env").args(["-c", &script]);
    let (outcome, directory) = tool.run_in_place();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (11, ""), "no mask without a token");
    assert!(
        outcome.stderr.contains("cannot write to the file of `GITHUB_ENV`: file too large"),
        "{}",
        outcome.stderr
    );
    assert_eq!(fs::read_to_string(directory.path().join("env")).unwrap(), before);
}
