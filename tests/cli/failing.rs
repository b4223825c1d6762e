//! Failures that are found here or on the way, each with its exit code and the lines that a person gets.

use super::crowding::has_strace;
use super::server::Server;
use super::{Outcome, Tool, endpoint};

pub fn with_url(line: &str) -> Tool {
    Tool::client().url("http://127.0.0.1:1/token").line(line)
}

#[test]
fn what_cannot_be_meant_is_exit_2_and_names_the_input() {
    let option = "`oauth-token --help` lists the options; a program to run comes after `--`";
    let seconds = "write a number above 0 and up to 86400, as in 30, 2.5 or 5m";
    for (line, error, hint) in [
        ("--json --header", "`--json` and `--header` cannot be used together", "leave out one of them"),
        (
            "--cache-clear --json",
            "`--cache-clear` prints and runs nothing",
            "clear the cache in a call of its own",
        ),
        (
            "--cache-clear --explain",
            "`--cache-clear` prints and runs nothing",
            "clear the cache in a call of its own",
        ),
        (
            "--cache-clear -- true",
            "`--cache-clear` prints and runs nothing",
            "clear the cache in a call of its own",
        ),
        ("--cache --cache-dir=", "`--cache-dir` names no directory", "name one, or leave it out"),
        ("--bogus", "there is no option `--bogus`", option),
        (
            "--expires-n",
            "there is no option `--expires-n`",
            "perhaps `--expires-in` is meant; `--help` lists the options",
        ),
        (
            "--dpop-proof GET --json",
            "`--dpop-proof` and `--json` cannot be used together",
            "leave out one of them",
        ),
        (
            "stray",
            "there is an argument that belongs to no option",
            "a list is one word, as in `--scope 'a b'`; a program to run comes after `--`; `--help` lists the options",
        ),
        ("--max-time -1", "`--max-time` is not a time in seconds", seconds),
        ("--max-time 0", "`--max-time` is not a time in seconds", seconds),
        ("--max-time 1e999", "`--max-time` is not a time in seconds", seconds),
        ("--connect-timeout NaN", "`--connect-timeout` is not a time in seconds", seconds),
        ("--retry -1", "`--retry` is not a number of times", "write a whole number from 0 to 100"),
        ("--retry 1.5", "`--retry` is not a number of times", "write a whole number from 0 to 100"),
        (
            "--auth-method bearer",
            "`--auth-method` is no method that is known",
            "write one of private_key_jwt, tls_client_auth, self_signed_tls_client_auth, client_secret_jwt, client_secret_basic, client_secret_post, none",
        ),
        ("--shell sh", "`--shell` is for `--export`", "add `--export`, or leave out `--shell`"),
        (
            "--name T",
            "`--name` is for `--export`, `--github-env` and `-- COMMAND`",
            "add one of them, or leave out `--name`",
        ),
        ("--param novalue", "`--param` is not of the form NAME=VALUE", "write `--param NAME=VALUE`"),
        ("--param scope=a", "the parameter `scope` has an option of its own", "use `--scope`"),
        (
            "--request-header nocolon",
            "`--request-header` is not of the form NAME: VALUE",
            "write `--request-header 'NAME: VALUE'`, in ASCII",
        ),
        ("--request-header Host:x", "the header `Host` is decided by the request itself", "leave it out"),
        (
            "--request-header Authorization:x",
            "a request carries one proof of who asks, and `Authorization` would be a second",
            "leave it out, or pass `--auth-method none`",
        ),
        (
            "--dpop-key generate:key --request-header DPoP:x",
            "a request carries one proof, and `DPoP` would be a second",
            "leave out the header, or `--dpop-key`",
        ),
        (
            "--dpop-key generate:key --request-header dpop:x",
            "a request carries one proof, and `DPoP` would be a second",
            "leave out the header, or `--dpop-key`",
        ),
        (
            "--proxy ftp://x",
            "`--proxy` is not the URL of a proxy",
            "write http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT",
        ),
        (
            "--",
            "there is no command after `--`",
            "write `-- COMMAND [ARG]...`, or leave out `--` to print the token",
        ),
    ] {
        with_url(line).fails(2, error, hint);
    }
}

#[test]
fn a_secret_on_the_command_line_is_exit_2_and_is_not_echoed() {
    for line in [
        "--client-secret canary",
        "--client-secret=canary",
        "--client-secret -canary",
        "--client-secret canary --bogus",
    ] {
        with_url(line).fails(
        2,
        "a client secret on the command line can be read by every user of this machine, so `--client-secret` does not exist",
        "set `OAUTH_CLIENT_SECRET`, or pass `--client-secret-file FILE` (`-` is stdin); take the secret that you typed for leaked",
    );
    }
    with_url("--param password=canary").fails(
        2,
        "`--param password` would put a secret where every user of this machine can read it",
        "pass `--param-file password=FILE`; take the secret that you typed for leaked",
    );
}

#[test]
fn a_url_that_may_not_be_given_a_secret_is_exit_2() {
    let whole = "write the whole URL, with `https://`";
    Tool::client().url("").fails(2, "`--url` is not usable: it is empty", whole);
    for (url, reason, hint) in [
        ("ftp://example.com/", "it does not begin with `https://`", whole),
        ("example.com/token", "it does not begin with `https://`", whole),
        ("https://", "it names no host", "write the whole URL, with the host after `https://`"),
        (
            "https://u:canary@example.com/",
            "it holds a user name or a password",
            "give the client by `OAUTH_CLIENT_ID` and `OAUTH_CLIENT_SECRET`",
        ),
        (
            "https://example.com/?api_key=canary",
            "its query has the parameter `api_key`, which looks like a secret",
            "URLs are logged on the way; send it in the body with `--param-file NAME=FILE`",
        ),
        (
            "http://example.com/",
            "`http://` would send the client's credentials in the clear",
            "use `https://`; inside a cluster, where you trust every hop, `--allow-http`",
        ),
    ] {
        Tool::client().url(url).fails(2, &format!("`--url` is not usable: {reason}"), hint);
        Tool::client().env("OAUTH_TOKEN_URL", url).fails(
            2,
            &format!("`OAUTH_TOKEN_URL` from the environment is not usable: {reason}"),
            hint,
        );
    }
}

#[test]
fn what_is_missing_is_exit_3_and_says_how_to_set_it() {
    Tool::bare().fails(
        3,
        "no token endpoint",
        "pass `--url URL`, or set `OAUTH_TOKEN_URL` in the environment or in ./.env",
    );
    Tool::bare().url("http://127.0.0.1:1/").fails(
        3,
        "no client id",
        "set `OAUTH_CLIENT_ID` in the environment or in ./.env, or pass `--client-id`",
    );
}

#[test]
fn no_connection_is_exit_6() {
    // Nobody listens there, and no other test can be given it.
    let port = 1;
    let hint = "check the URL's host and port, and that the server runs";
    Tool::client().url(&format!("http://127.0.0.1:{port}/")).line("--retry 0").fails(
        6,
        &format!("no connection to `127.0.0.1` port {port}: connection refused"),
        hint,
    );
    let server = Server::raw([""]);
    Tool::client().url(&server.url()).line("--retry 0").fails(
        6,
        &format!(
            "no connection to `127.0.0.1` port {}: the server closed the connection without an answer",
            server.address.port()
        ),
        hint,
    );
    let outcome = Tool::client().url("https://no-such-host.invalid/").line("--retry 0").run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""));
    assert!(
        outcome.stderr.starts_with("oauth-token: error: cannot look up `no-such-host.invalid`: "),
        "{}",
        outcome.stderr
    );
}

#[test]
fn out_of_time_is_exit_8_wherever_the_server_dawdles() {
    for pause in [&b""[..], b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"] {
        let server = Server::silent_after(pause);
        let outcome = Tool::client().url(&server.url()).line("--max-time 0.2").run();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (8, ""));
        assert!(outcome.stderr.starts_with("oauth-token: error: out of time: no "), "{}", outcome.stderr);
        assert_eq!(server.connections(), 1, "a request whose deadline has passed is not repeated");
    }
}

#[test]
fn a_failed_export_prints_what_makes_eval_fail_whatever_failed() {
    let (_server, url) = endpoint(401, "");
    let exported = |line: &str| {
        let Outcome { code, stdout, .. } = Tool::client().line(line).run();
        (code, stdout)
    };
    for (line, code, name) in [
        (format!("--url {url} --export"), 4, "OAUTH_ACCESS_TOKEN"),
        (format!("--url {url} --export --name T"), 4, "T"),
        (format!("--url {url} --export --quiet --shell bash"), 4, "OAUTH_ACCESS_TOKEN"),
        ("--export".into(), 3, "OAUTH_ACCESS_TOKEN"),
        ("--export --json".into(), 2, "OAUTH_ACCESS_TOKEN"),
        ("--export --bogus --name=X".into(), 2, "X"),
        ("--export --shell nosuch".into(), 2, "OAUTH_ACCESS_TOKEN"),
        ("--export --client-secret canary".into(), 2, "OAUTH_ACCESS_TOKEN"),
    ] {
        assert_eq!(exported(&line), (code, format!("unset {name}; (exit {code})\n")), "{line}");
    }
    assert_eq!(exported("--export --name a;b"), (2, "(exit 2)\n".into()));
    for shell in ["fish", "powershell", "cmd", "csh", "nu"] {
        assert_eq!(exported(&format!("--url {url} --export --shell {shell}")), (4, String::new()), "{shell}");
    }
}

#[test]
fn an_answer_that_has_begun_is_told_from_one_that_has_not() {
    for (bytes, what) in
        [(&b""[..], "no answer"), (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "no complete answer")]
    {
        let server = Server::silent_after(bytes);
        let Outcome { code, stderr, .. } = Tool::client().url(&server.url()).line("--max-time 1").run();
        let told = format!("oauth-token: error: out of time: {what} from `127.0.0.1` within ");
        assert!(code == 8 && stderr.starts_with(&told), "{stderr}");
    }
}

#[test]
fn a_lookup_that_gets_no_thread_is_told_as_such() {
    if !has_strace() {
        return;
    }
    Tool::of("strace")
        .env("OAUTH_CLIENT_ID", "i")
        .env("OAUTH_CLIENT_SECRET", "s")
        .line("-f -qq -o /dev/null -e inject=clone,clone3:error=EAGAIN oauth-token")
        .url("https://no-such-host.invalid/")
        .fails(
            6,
            "cannot start a thread to look up `no-such-host.invalid`: resource temporarily unavailable",
            "raise the limit on processes, see `ulimit -u`",
        );
}

#[test]
fn an_option_of_another_program_is_exit_2_with_what_to_do_instead() {
    let secret = "set `OAUTH_CLIENT_SECRET`, or pass `--client-secret-file FILE`; take a secret that you typed for leaked";
    for (line, option, hint) in [
        ("-k", "-k", "certificates are always checked; give a private authority's with `--cacert FILE`"),
        ("-ui:canary", "-u", secret),
        ("--user=i:canary", "--user", secret),
        ("--password canary", "--password", "set `OAUTH_PASSWORD`, or pass `--password-file FILE`"),
    ] {
        with_url(line).fails(2, &format!("there is no option `{option}`"), hint);
    }
}
