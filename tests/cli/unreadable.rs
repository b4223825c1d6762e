//! Files that settings name, and stdin, which cannot serve.

use super::Tool;
use super::failing::with_url;

#[test]
fn env_files_that_cannot_serve_are_exit_3_and_quote_nothing() {
    let line = "write NAME=VALUE; nothing of the file was used";
    for (content, error, hint) in [
        (&b"OAUTH_SCOPE=a\nOAUTH_CLIENT_SECRET canary\n"[..], "./.env, line 2: it has no `=`", line),
        (b"OAUTH_CLIENT_SECRET='canary", "./.env, line 1: its quote is never closed", line),
        (
            b"\n\nOAUTH_CLIENT_SECRET='can'ary'",
            "./.env, line 3: something follows the closing quote; quote the whole value in the other kind of quotes",
            line,
        ),
        (
            b"OAUTH CLIENT SECRET=canary",
            "./.env, line 1: what stands before `=` is no name of a variable",
            line,
        ),
        (b"\xff\xfeO\0", "./.env is UTF-16", "save it as UTF-8"),
        (
            b"OAUTH_CLIENT_SECRET=\xe9",
            "./.env, line 1: it is not UTF-8",
            "save it as UTF-8; nothing of the file was used",
        ),
        (
            b"A=1\nFOO=\xe9\n",
            "./.env, line 2: it is not UTF-8",
            "save it as UTF-8; nothing of the file was used",
        ),
    ] {
        with_url("").file(".env", content).fails(3, error, hint);
    }
    let readable = "name a file that can be read, or leave it out";
    with_url("--env-file none").fails(
        3,
        "`--env-file`: none cannot be read: no such file or directory",
        readable,
    );
    with_url("--env-file /").fails(3, "`--env-file`: / cannot be read: is a directory", readable);
    with_url("--env-file=").fails(2, "`--env-file` names no file", "name one, or leave it out");
    with_url("").env("OAUTH_ENV_FILE", "/dev/zero").fails(
        3,
        "`OAUTH_ENV_FILE`: /dev/zero is over 1 MiB",
        "name a file with settings",
    );
}

#[test]
fn stdin_is_read_once_and_must_hold_something() {
    let tool = || Tool::bare().env("OAUTH_CLIENT_ID", "i").url("http://127.0.0.1:1/token");
    tool().line("--client-secret-file - --param-file p=-").fails(
        2,
        "`--client-secret-file` and `--param-file`, both from the command line, read stdin, which can be read once",
        "give one of them in a file",
    );
    for content in ["", "\n", " \t"] {
        tool().line("--client-secret-file -").stdin(content).fails(
            3,
            "stdin, for `--client-secret-file`, is empty",
            "write the secret to it",
        );
    }
}

#[test]
fn two_secrets_from_one_origin_are_exit_3() {
    with_url("").env("OAUTH_CLIENT_SECRET_FILE", "f").fails(
        3,
        "`OAUTH_CLIENT_SECRET` and `OAUTH_CLIENT_SECRET_FILE`, both from the environment, are set",
        "unset one of them: only one can count",
    );
}

#[test]
fn files_that_cannot_serve_are_exit_3_and_are_named() {
    let readable = "name a readable file, or `-` for stdin";
    for (name, content, error, hint) in [
        ("", &b""[..], "cannot be read: no such file or directory: secret", readable),
        ("secret", b"", "is empty: secret", "write the secret to it"),
        ("secret", b"\n", "is empty: secret", "write the secret to it"),
        (
            "secret",
            b"a\0b",
            "is binary or UTF-16: it holds a NUL: secret",
            "save it as UTF-8, with the secret alone",
        ),
        ("secret", b"\xff\xfea\0", "is UTF-16: secret", "save it as UTF-8, with the secret alone"),
        ("secret", b"\xe9", "is not UTF-8: secret", "save it as UTF-8, with the secret alone"),
        (
            "secret",
            &vec![b'a'; 65_537],
            "is over 64 KiB: secret",
            "name the file that holds the secret alone",
        ),
    ] {
        let mut tool =
            Tool::bare().url("http://127.0.0.1:1/").line("--client-id i --client-secret-file secret");
        if !name.is_empty() {
            tool = tool.file(name, content);
        }
        tool.fails(3, &format!("the file of `--client-secret-file` {error}"), hint);
    }
    for (option, subject) in [
        ("--client-secret-file=", "`--client-secret-file`"),
        ("--cacert=", "`--cacert`"),
        ("--cert=", "`--cert`"),
    ] {
        Tool::client().url("https://127.0.0.1:1/").args([option]).fails(
            3,
            &format!("{subject} names no file"),
            "name one, or leave it out",
        );
    }
    with_url("").line("--param-file a=/").fails(
        3,
        "the file of `--param-file` cannot be read: is a directory: /",
        readable,
    );
    Tool::bare()
        .url("http://127.0.0.1:1/")
        .line("--client-id i --client-secret-file secret")
        .file("secret", "one\ntwo\n")
        .fails(
            3,
            "the secret of `--client-secret-file` holds a line break or another control character",
            "give the secret alone, on one line",
        );
}
