//! The standard streams: closed, broken, full.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use super::server::{Server, http};
use super::{GOOD, Outcome, Tool, binary, endpoint};

#[test]
fn a_result_that_cannot_be_written_is_exit_11() {
    let (_server, url) = endpoint(200, GOOD);
    let hint = "oauth-token: hint: check what stdout is connected to, and that its disk is not full\n";
    for (redirect, reason) in [
        (">&-", "stdout is closed"),
        (">/dev/full", "no space left on device"),
        ("1</dev/null", "bad file descriptor"),
        (">file", "file too large"),
        (">>file", "file too large"),
    ] {
        for options in ["", "--header", "--json", "--export", "--version"] {
            let script = format!("echo >file; ulimit -f 0; oauth-token --url {url} {options} {redirect}");
            let tool = Tool::of("/bin/sh")
                .env("OAUTH_CLIENT_ID", "i")
                .env("OAUTH_CLIENT_SECRET", "s")
                .args(["-c", &script]);
            tool.gives(
                11,
                "",
                &format!("oauth-token: error: the result could not be written to stdout: {reason}\n{hint}"),
            );
        }
    }
}

#[test]
fn a_closed_pipe_is_exit_11_and_no_signal() {
    let (_server, url) = endpoint(200, GOOD);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(binary())
        .env_clear()
        .envs([("OAUTH_CLIENT_ID", "i"), ("OAUTH_CLIENT_SECRET", "s"), ("OAUTH_TOKEN_URL", &url)])
        .arg("--no-env-file")
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    assert_eq!(output.status.code(), Some(11));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "oauth-token: error: the result could not be written to stdout: broken pipe\noauth-token: hint: check what stdout is connected to, and that its disk is not full\n"
    );
}

#[test]
fn nothing_is_sent_where_stdout_is_known_to_be_closed() {
    let server = Server::raw([http("200 OK", "", GOOD)]);
    for options in ["", "--github-env"] {
        let script = format!("oauth-token --url {} {options} >&-", server.url());
        let tool = Tool::of("/bin/sh").env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s");
        let outcome = tool.env("GITHUB_ENV", "env").args(["-c", &script]).run();
        assert_eq!((outcome.code, server.connections()), (11, 0), "{options}");
    }
}

#[test]
fn a_closed_stream_becomes_no_connection() {
    for closed in ["2>&-", "<&-", "<&- 2>&-"] {
        let server = Server::raw([http("401 x", "", r#"{"error":"invalid_client"}"#)]);
        let tool = || {
            let tool = Tool::of("/bin/sh").env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s");
            tool.args(["-c", &format!("exec oauth-token --url {} -v {closed}", server.url())])
        };
        let Outcome { code, stdout, .. } = tool().run();
        assert_eq!((code, stdout.as_str()), (4, ""), "{closed}");
        // What is told of the connection is not told to the server.
        let requests = server.requests();
        assert!(requests.len() == 1 && requests[0].starts_with("POST /token HTTP/1.1\r\n"), "{requests:?}");
    }
}

#[test]
fn a_command_runs_without_stdout() {
    let (_server, url) = endpoint(200, GOOD);
    let tool = Tool::of("/bin/sh").env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s");
    let script = format!("oauth-token --url {url} -- /bin/sh -c 'echo $OAUTH_ACCESS_TOKEN >&2' >&-");
    tool.args(["-c", &script]).gives(0, "", "tok-1\n");
}

#[test]
fn a_command_ignores_a_closed_pipe_where_this_program_was_started_so() {
    let (_server, url) = endpoint(200, GOOD);
    for (trap, code) in [("", 141), ("trap '' PIPE; ", 0)] {
        let script = format!("{trap}oauth-token --url {url} -- /bin/sh -c 'kill -PIPE $$'");
        let tool = Tool::of("/bin/sh").env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s");
        tool.args(["-c", &script]).gives(code, "", "");
    }
}

#[test]
fn a_command_is_ended_by_a_closed_pipe_as_it_would_be_without_this_program() {
    let (_server, url) = endpoint(200, GOOD);
    let status = Command::new(binary())
        .env_clear()
        .envs([("OAUTH_CLIENT_ID", "i"), ("OAUTH_CLIENT_SECRET", "s"), ("OAUTH_TOKEN_URL", &url)])
        .args(["--no-env-file", "--", "/bin/sh", "-c", "kill -PIPE $$"])
        .status()
        .unwrap();
    assert_eq!(status.signal(), Some(13));
}

#[test]
fn a_command_may_read_and_write_closed_streams_as_if_they_were_empty() {
    let (_server, url) = endpoint(200, GOOD);
    let tool = Tool::of("/bin/sh").env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s");
    let script = format!("oauth-token --url {url} -- /bin/sh -c 'cat && echo x' <&- >&-");
    tool.args(["-c", &script]).gives(0, "", "");
}
