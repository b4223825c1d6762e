//! Refresh tokens in files: exchanged, replaced, and asked with once, however many processes want the answer.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::binding::BOUND;
use super::caching::{directory, tool};
use super::crowding::has_strace;
use super::granting::{good, pairs};
use super::keys::private;
use super::server::{Server, field, http, jwt};
use super::{GOOD, Outcome, Tool, binary};

#[test]
fn a_refresh_token_is_exchanged_and_the_new_one_takes_its_place() {
    let answer = r#"{"access_token":"tok-1","refresh_token":"new"}"#;
    let server = Server::raw([http("200 OK", "", answer)]);
    let tool =
        private(Tool::client(), "refresh", "old\n").url(&server.url()).line("--refresh-token-file refresh");
    let (outcome, directory) = tool.run_in_place();
    assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (0, "tok-1\n", ""));
    assert_eq!(pairs(&server), ["grant_type=refresh_token", "refresh_token=old"]);
    let file = directory.path().join("refresh");
    assert_eq!(fs::read_to_string(&file).unwrap(), "new\n");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(directory.path().read_dir().unwrap().count(), 1);
}

#[test]
fn a_refresh_token_that_is_refused_or_not_rotated_stays() {
    for (answer, code) in [
        (http("200 OK", "", GOOD), 0),
        (http("200 OK", "", r#"{"access_token":"t","refresh_token":""}"#), 0),
        (http("200 OK", "", r#"{"access_token":"t","refresh_token":null}"#), 0),
        (http("400 x", "", r#"{"error":"invalid_grant"}"#), 5),
        (http("200 OK", "", r#"{"grant_type":"refresh_token","refresh_token":"***"}"#), 10),
        (http("400 x", "", r#"{"error":"invalid_grant","refresh_token":"new"}"#), 5),
        (http("400 x", "", r#"{"token_type":"Bearer","refresh_token":"new"}"#), 5),
        (http("200 OK", "", r#"{"error":"invalid_grant","refresh_token":"new"}"#), 5),
        ("HTTP/1.1 200 OK\r\n\r\naccess_token=t&refresh_token=ne".to_owned(), 10),
    ] {
        let server = Server::raw([answer]);
        let tool =
            private(Tool::client(), "refresh", "old").url(&server.url()).line("--refresh-token-file refresh");
        let (outcome, directory) = tool.run_in_place();
        assert_eq!(outcome.code, code);
        assert_eq!(fs::read_to_string(directory.path().join("refresh")).unwrap(), "old");
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    }
}

#[test]
fn a_new_refresh_token_is_kept_whatever_is_wrong_with_the_access_token() {
    for answer in [
        r#"{"token_type":"Bearer","refresh_token":"new"}"#,
        r#"{"access_token":7,"refresh_token":"new"}"#,
        r#"{"access_token":"two\nlines","refresh_token":"new"}"#,
        r#"{"access_token":"t","token_type":"Bearer","refresh_token":"new"}"#,
    ]
    .into_iter()
    .flat_map(|body| [http("200 OK", "", body), format!("HTTP/1.0 200 OK\r\n\r\n{body}")])
    {
        let server = Server::raw([answer.as_str()]);
        let tool = private(Tool::client(), "refresh", "old").url(&server.url());
        let (outcome, directory) =
            tool.line("--refresh-token-file refresh --dpop-key generate:dpop.jwk").run_in_place();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (10, ""), "{answer}");
        assert_eq!(fs::read_to_string(directory.path().join("refresh")).unwrap(), "new\n", "{answer}");
    }
}

#[test]
fn a_new_refresh_token_that_cannot_be_kept_is_told_and_not_lost_without_a_word() {
    for new in ["\"new\\tone\"", "7", "[\"x\"]"] {
        let answer = format!(r#"{{"access_token":"tok-1","refresh_token":{new}}}"#);
        let server = Server::raw([http("200 OK", "", &answer)]);
        let tool =
            private(Tool::client(), "refresh", "old").url(&server.url()).line("--refresh-token-file refresh");
        let path = tool.path().canonicalize().unwrap().join("refresh");
        tool.fails(
            10,
            &format!(
                "the new refresh token is no single line of text, and cannot be kept: {}",
                path.display()
            ),
            "the old one may be spent: if it is refused, let the user log in again",
        );
    }
}

#[test]
fn a_refresh_token_file_that_cannot_serve_sends_nothing() {
    let server = good();
    let tool = || Tool::client().url(&server.url()).line("--refresh-token-file refresh");
    for (content, what, hint) in [
        ("", "is empty", "write the refresh token to it"),
        ("a\nb\n", "is not one line of text, of 64 KiB at most", "keep the refresh token alone in it"),
        (
            &"x".repeat(70_000),
            "is not one line of text, of 64 KiB at most",
            "keep the refresh token alone in it",
        ),
    ] {
        private(tool(), "refresh", content).fails(
            3,
            &format!("the file of `--refresh-token-file` {what}: refresh"),
            hint,
        );
    }
    tool().fails(
        3,
        "the file of `--refresh-token-file` cannot be read: no such file or directory: refresh",
        "name the file that holds the refresh token",
    );
    Tool::client().url(&server.url()).line("--grant-type refresh-token").fails(
        3,
        "no refresh token",
        "pass `--refresh-token-file FILE`",
    );
    let limited = private(Tool::of("/bin/sh"), "refresh", "old")
        .env("OAUTH_CLIENT_ID", "i")
        .env("OAUTH_REFRESH_TOKEN_FILE", "refresh")
        .env("OAUTH_TOKEN_URL", server.url());
    limited.args(["-c", "ulimit -f 0; oauth-token"]).fails(
        3,
        "the file of `OAUTH_REFRESH_TOKEN_FILE` from the environment cannot be replaced: file too large: refresh",
        "a server may answer with a new refresh token: keep the file in a directory that can be written",
    );
    let from_dot_env = Tool::bare().file("refresh", "old").file(
        ".env",
        format!("OAUTH_TOKEN_URL={}\nOAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET=s\nOAUTH_REFRESH_TOKEN_FILE=refresh\n", server.url()),
    );
    from_dot_env.fails(
        3,
        "`OAUTH_REFRESH_TOKEN_FILE` in ./.env may not say where something is written",
        "pass `--refresh-token-file`, or `--env-file .env` if you trust the file",
    );
    assert_eq!(server.connections(), 0);
}

#[test]
fn tokens_of_a_rotating_refresh_token_are_kept_and_another_login_is_another_entry() {
    let (cache, home) = (directory(), directory());
    let answer = |number: usize| {
        http(
            "200 OK",
            "",
            &format!(r#"{{"access_token":"t{number}","expires_in":600,"refresh_token":"r{number}"}}"#),
        )
    };
    let server = Server::raw([answer(1), answer(2)]);
    let file = home.path().join("refresh");
    let run =
        || tool(&server, cache.path()).args(["--refresh-token-file", file.to_str().unwrap()]).run().stdout;
    fs::write(&file, "r0").unwrap();
    assert_eq!((run().as_str(), run().as_str(), server.connections()), ("t1\n", "t1\n", 1));
    assert_eq!(fs::read_to_string(&file).unwrap(), "r1\n");
    fs::write(&file, "another-login").unwrap();
    assert_eq!((run().as_str(), server.connections()), ("t2\n", 2));
    let words = ["--refresh", "--refresh-token-file", file.to_str().unwrap()];
    assert_eq!(tool(&server, cache.path()).args(words).run().code, 0);
    assert_eq!(server.connections(), 3, "it was to be asked anew");
}

#[test]
fn processes_that_wait_for_one_refresh_token_share_its_answer() {
    const COUNT: usize = 12;
    let (release, released) = mpsc::channel::<()>();
    let (released, number) = (Mutex::new(released), AtomicUsize::new(0));
    // The first is answered when all have been started; who asks after it is told of another token.
    let server = Server::routed(move |_, _| {
        let number = number.fetch_add(1, Ordering::SeqCst);
        if number == 0 {
            released.lock().unwrap().recv().unwrap();
        }
        let answer =
            format!(r#"{{"access_token":"t{number}","expires_in":600,"refresh_token":"r{number}"}}"#);
        http("200 OK", "", &answer)
    });
    let home = directory();
    let file = home.path().join("refresh");
    fs::write(&file, "old").unwrap();
    let start = || {
        std::process::Command::new(binary())
            .env_clear()
            .envs([("OAUTH_CLIENT_ID", "i"), ("OAUTH_CLIENT_SECRET", "s"), ("OAUTH_CACHE", "1")])
            .env("OAUTH_TOKEN_URL", server.url())
            .env("OAUTH_CACHE_DIR", home.path().join("cache"))
            .env("OAUTH_REFRESH_TOKEN_FILE", &file)
            .arg("--no-env-file")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut children = vec![start()];
    server.wait_for_connections(1);
    children.extend((1..COUNT).map(|_| start()));
    release.send(()).unwrap();
    let outputs = children.into_iter().map(Child::wait_with_output);
    let tokens: Vec<String> =
        outputs.map(|output| String::from_utf8(output.unwrap().stdout).unwrap()).collect();
    assert!(tokens.iter().all(|token| token == "t0\n"), "{tokens:?}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_nonce_that_comes_with_a_refreshed_token_is_kept_for_the_next() {
    let home = directory();
    let answer = |number: usize| {
        let body = BOUND.replacen('{', &format!(r#"{{"refresh_token":"r{number}","#), 1);
        http("200 OK", &format!("DPoP-Nonce: n{number}\r\n"), &body)
    };
    let server = Server::raw([answer(1), answer(2)]);
    let file = home.path().join("refresh");
    fs::write(&file, "r0").unwrap();
    let key = home.path().join("dpop.jwk");
    for refresh in ["", "--refresh"] {
        let tool = tool(&server, home.path()).args(["--refresh-token-file", file.to_str().unwrap()]);
        let tool = tool.args(["--dpop-key", &format!("generate:{}", key.display())]).line(refresh);
        assert_eq!(tool.run().code, 0);
    }
    let nonces: Vec<_> = server
        .requests()
        .iter()
        .map(|request| jwt(&field(request, "dpop").unwrap()).1["nonce"].clone())
        .collect();
    assert_eq!(nonces, [serde_json::Value::Null, "n1".into()]);
}

#[test]
fn a_new_refresh_token_that_is_beyond_the_limit_on_files_is_exit_11_and_no_signal() {
    let answer = format!(r#"{{"access_token":"t","refresh_token":"{}"}}"#, "x".repeat(60_000));
    let server = Server::raw([http("200 OK", "", &answer)]);
    let tool = private(Tool::of("/bin/sh"), "refresh", "old")
        .env("OAUTH_CLIENT_ID", "i")
        .env("OAUTH_CLIENT_SECRET", "s")
        .env("OAUTH_REFRESH_TOKEN_FILE", "refresh")
        .env("OAUTH_TOKEN_URL", server.url());
    let path = tool.path().canonicalize().unwrap().join("refresh");
    // 4 KiB, which is as much as a new token must have.
    let (outcome, directory) = tool.args(["-c", "ulimit -f 8; oauth-token"]).run_in_place();
    let error = format!("the new refresh token could not be written: file too large: {}", path.display());
    let hint = "the old one may be spent: if it is refused, let the user log in again";
    let stderr = format!("oauth-token: error: {error}\noauth-token: hint: {hint}\n");
    assert_eq!(outcome, Outcome { code: 11, stdout: String::new(), stderr });
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(directory.path().read_dir().unwrap().count(), 1);
}

#[test]
fn a_new_refresh_token_is_on_the_disk_and_locked_before_it_has_the_name_of_the_old_one() {
    if !has_strace() {
        return;
    }
    let answer = r#"{"access_token":"t","refresh_token":"new"}"#;
    let server = Server::raw([http("200 OK", "", answer)]);
    let words = "-f -qq -e trace=fsync,flock,rename,renameat,renameat2 -o log oauth-token --refresh-token-file refresh --url";
    let tool = private(Tool::of("strace"), "refresh", "old").line(words).args([server.url().as_str()]);
    let (outcome, directory) =
        tool.env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s").run_in_place();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let log = fs::read_to_string(directory.path().join("log")).unwrap();
    let calls: Vec<&str> = ["flock(", "fsync(", "rename"]
        .iter()
        .flat_map(|name| log.match_indices(*name))
        .collect::<std::collections::BTreeMap<_, _>>()
        .into_values()
        .collect();
    assert_eq!(calls, ["flock(", "fsync(", "flock(", "rename", "fsync("], "{log}");
}

#[test]
fn a_new_refresh_token_that_cannot_be_locked_is_put_in_its_place_all_the_same() {
    if !has_strace() {
        return;
    }
    let answer = r#"{"access_token":"t","refresh_token":"new"}"#;
    let server = Server::raw([http("200 OK", "", answer)]);
    let words = "-f -qq -o /dev/null -e inject=flock:error=ENOLCK:when=2 oauth-token --refresh-token-file refresh --url";
    let tool = private(Tool::of("strace"), "refresh", "old").line(words).args([server.url().as_str()]);
    let (outcome, directory) =
        tool.env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s").run_in_place();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "t\n"), "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(directory.path().join("refresh")).unwrap(), "new\n");
}
