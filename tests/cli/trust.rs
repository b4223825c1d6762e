//! What a file in the current directory may not do, what a child may not know, and where a secret may not go.

use std::os::unix::fs::symlink;

use super::server::{Server, http};
use super::{GOOD, Outcome, Tool, endpoint};

/// An endpoint that ./.env names, and that must never be asked.
fn trap() -> Server {
    Server::raw([http("200 OK", "", GOOD)])
}

#[test]
fn dot_env_may_not_say_where_a_secret_from_elsewhere_goes() {
    let trap = trap();
    let aims = [
        (format!("OAUTH_TOKEN_URL={}\n", trap.url()), "OAUTH_TOKEN_URL", "--url"),
        (format!("OAUTH_PROXY=http://{}\n", trap.address), "OAUTH_PROXY", "--proxy"),
        ("OAUTH_CACERT=ca.pem\n".to_owned(), "OAUTH_CACERT", "--cacert"),
    ];
    let why = "a file that happens to lie in the current directory may not say where that secret goes";
    for (line, aim, option) in &aims {
        let hint = format!("pass `{option}`, or `--env-file .env` if you trust the file");
        let tool = |text: &str| {
            let tool = Tool::bare().file(".env", format!("{line}{text}")).file("secret", "canary");
            if *aim == "OAUTH_TOKEN_URL" { tool } else { tool.url("https://127.0.0.1:1/") }
        };
        let refused =
            |name: &str, origin: &str| format!("./.env sets `{aim}`, but `{name} comes from {origin}: {why}");
        tool("OAUTH_CLIENT_ID=i\n").env("OAUTH_CLIENT_SECRET", "canary").fails(
            3,
            &refused("OAUTH_CLIENT_SECRET`", "the environment"),
            &hint,
        );
        tool("OAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET=own\n").env("OAUTH_CLIENT_SECRET", "canary").fails(
            3,
            &refused("OAUTH_CLIENT_SECRET`", "the environment"),
            &hint,
        );
        tool("OAUTH_CLIENT_ID=i\n").line("--client-secret-file secret").fails(
            3,
            &refused("--client-secret-file`", "the command line"),
            &hint,
        );
        tool("OAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET=own\n").line("--param-file apikey=secret").fails(
            3,
            &refused("--param-file`", "the command line"),
            &hint,
        );
        tool("OAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET=own\n").env("OAUTH_PARAM", "password=canary").fails(
            3,
            &refused("OAUTH_PARAM`, which may hold a secret,", "the environment"),
            &hint,
        );
        tool("OAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET=own\n")
            .env("OAUTH_REQUEST_HEADER", "X-Api-Key: canary")
            .fails(3, &refused("OAUTH_REQUEST_HEADER`, which may hold a secret,", "the environment"), &hint);
        tool("OAUTH_CLIENT_ID=i\n")
            .file("named", "OAUTH_CLIENT_SECRET=canary\n")
            .line("--env-file named")
            .fails(3, &refused("OAUTH_CLIENT_SECRET`", "named"), &hint);
    }
    assert_eq!(trap.connections(), 0);
}

#[test]
fn an_export_that_is_refused_for_trust_fails_under_eval() {
    let trap = trap();
    let tool =
        Tool::client().file(".env", format!("OAUTH_TOKEN_URL={}\n", trap.url())).line("--export --quiet");
    let outcome = tool.run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (3, "unset OAUTH_ACCESS_TOKEN; (exit 3)\n"));
    assert_eq!(trap.connections(), 0);
}

#[test]
fn a_file_that_is_named_or_an_endpoint_that_is_typed_is_trusted() {
    let (_server, url) = endpoint(200, GOOD);
    let aim = format!("OAUTH_TOKEN_URL={url}\n");
    Tool::client().file(".env", &aim).line("--env-file .env").succeeds("tok-1\n");
    Tool::client().file(".env", &aim).line("--env-file ./.env").succeeds("tok-1\n");
    Tool::client().file("settings", &aim).line("--env-file settings").succeeds("tok-1\n");
    Tool::client().file("settings", &aim).env("OAUTH_ENV_FILE", "settings").succeeds("tok-1\n");
    Tool::client().file(".env", "OAUTH_TOKEN_URL=http://127.0.0.1:1/\n").url(&url).succeeds("tok-1\n");
    let whole = format!("{aim}OAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET=s\n");
    Tool::bare().file(".env", whole).succeeds("tok-1\n");
}

#[test]
fn dot_env_may_not_name_another_env_file_nor_turn_on_the_log() {
    let (_server, url) = endpoint(200, GOOD);
    let text = "OAUTH_ENV_FILE=none\nOAUTH_VERBOSE=1\nOAUTH_ALLOW_HTTP=1\nGITHUB_ENV=stolen\nPATH=/nowhere\nHTTPS_PROXY=x\n";
    let place = "counts on the command line and in the environment alone";
    Tool::client().file(".env", text).url(&url).gives(
        0,
        "tok-1\n",
        &format!("oauth-token: warning: `OAUTH_ENV_FILE` from ./.env does nothing: it {place}\noauth-token: warning: `OAUTH_VERBOSE` from ./.env does nothing: it {place}\n"),
    );
    Tool::client().file(".env", text).url(&url).line("--github-env").fails(
        3,
        "`GITHUB_ENV` is not set",
        "`--github-env` works within a step of GitHub Actions; elsewhere use `--export`",
    );
    Tool::client().file(".env", text).url("http://example.com/").fails(
        2,
        "`--url` is not usable: `http://` would send the client's credentials in the clear",
        "use `https://`; inside a cluster, where you trust every hop, `--allow-http`",
    );
}

#[test]
fn dot_env_may_not_name_a_secret_outside_its_directory() {
    let trap = trap();
    let outside = tempfile::tempdir().unwrap();
    let canary = outside.path().join("canary");
    std::fs::write(&canary, "canary").unwrap();
    let settings = |setting: &str| format!("OAUTH_TOKEN_URL={}\nOAUTH_CLIENT_ID=i\n{setting}\n", trap.url());
    for named in [
        canary.to_str().unwrap(),
        "link",
        "./link",
        "linked/canary",
        "../x",
        "/proc/self/environ",
        "-",
        ".",
        "fifo",
    ] {
        for (variable, value, option) in [
            ("OAUTH_CLIENT_SECRET_FILE", named.to_owned(), "--client-secret-file"),
            ("OAUTH_PARAM_FILE", format!("a={named}"), "--param-file"),
        ] {
            let with_secret = if option == "--param-file" { "\nOAUTH_CLIENT_SECRET=s" } else { "" };
            let tool = Tool::bare().file(".env", settings(&format!("{variable}={value}{with_secret}")));
            symlink(&canary, tool.path().join("link")).unwrap();
            symlink(outside.path(), tool.path().join("linked")).unwrap();
            let fifo = std::process::Command::new("mkfifo").arg(tool.path().join("fifo")).status().unwrap();
            assert!(fifo.success());
            tool.fails(
                3,
                &format!("`{variable}` in ./.env names no file within the directory of ./.env"),
                &format!("pass `{option}`, or `--env-file .env` if you trust the file"),
            );
        }
    }
    assert_eq!(trap.connections(), 0);
}

#[test]
fn dot_env_may_name_a_secret_within_its_directory() {
    let (_server, url) = endpoint(200, GOOD);
    let text = format!("OAUTH_TOKEN_URL={url}\nOAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET_FILE=./secrets/one\n");
    let tool = Tool::bare().file(".env", text);
    std::fs::create_dir(tool.path().join("secrets")).unwrap();
    tool.file("secrets/one", "s\n").succeeds("tok-1\n");
}

#[test]
fn what_may_be_a_secret_is_called_that_and_what_cannot_be_meant_is_told_first() {
    let text = "OAUTH_TOKEN_URL=http://127.0.0.1:1/\nOAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET=s\n";
    Tool::bare().file(".env", text).line("--param a=b").fails(
        3,
        "./.env sets `OAUTH_TOKEN_URL`, but `--param`, which may hold a secret, comes from the command line: a file that happens to lie in the current directory may not say where that secret goes",
        "pass `--url`, or `--env-file .env` if you trust the file",
    );
    Tool::bare().file(".env", text).line("--param a").fails(
        2,
        "`--param` is not of the form NAME=VALUE",
        "write `--param NAME=VALUE`",
    );
}

#[test]
fn a_file_that_dot_env_names_and_that_is_not_there_is_told_as_such() {
    let text =
        "OAUTH_TOKEN_URL=http://127.0.0.1:1/\nOAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET_FILE=secret.txt\n";
    Tool::bare().file(".env", text).fails(
        3,
        "the file of `OAUTH_CLIENT_SECRET_FILE` from ./.env cannot be read: no such file or directory: secret.txt",
        "name a readable file, or `-` for stdin",
    );
}

#[test]
fn dot_env_may_not_name_what_a_program_hides_or_another_user_owns() {
    let trap = trap();
    let settings = |file: &str| {
        let url = trap.url();
        format!(
            "OAUTH_TOKEN_URL={url}\nOAUTH_CLIENT_ID=i\nOAUTH_AUTH_METHOD=none\nOAUTH_PARAM_FILE=x={file}\n"
        )
    };
    let hint = "pass `--param-file`, or `--env-file .env` if you trust the file";
    for file in [".git/config", ".npmrc"] {
        let tool = Tool::bare().file(".env", settings(file));
        std::fs::create_dir(tool.path().join(".git")).unwrap();
        tool.file(file, "extraheader = AUTHORIZATION: basic canary").fails(
            3,
            "`OAUTH_PARAM_FILE` in ./.env names a hidden file, or one in a hidden directory",
            hint,
        );
    }
    // Root alone can give a file away.
    let tool = Tool::bare().file(".env", settings("mine")).file("mine", "canary");
    if std::os::unix::fs::chown(tool.path().join(".env"), Some(4242), None).is_ok() {
        tool.fails(3, "`OAUTH_PARAM_FILE` in ./.env names a file of another user than its own", hint);
    }
    assert_eq!(trap.connections(), 0);
}

#[test]
fn a_pipe_in_the_place_of_dot_env_keeps_nobody_waiting() {
    let tool = Tool::client().url("http://127.0.0.1:1/");
    let fifo = std::process::Command::new("mkfifo").arg(tool.path().join(".env")).status().unwrap();
    assert!(fifo.success());
    tool.fails(3, "./.env is no regular file", "remove it, or pass `--no-env-file`");
}

#[test]
fn dot_env_may_not_keep_the_program_waiting_for_authorities() {
    let text =
        "OAUTH_TOKEN_URL=https://127.0.0.1:1/\nOAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET=s\nOAUTH_CACERT=fifo\n";
    let tool = Tool::bare().file(".env", text);
    let fifo = std::process::Command::new("mkfifo").arg(tool.path().join("fifo")).status().unwrap();
    assert!(fifo.success());
    tool.fails(
        3,
        "`OAUTH_CACERT` in ./.env names no file within the directory of ./.env",
        "pass `--cacert`, or `--env-file .env` if you trust the file",
    );
}

#[test]
fn a_child_gets_the_token_and_none_of_the_secrets() {
    let (_server, url) = endpoint(200, GOOD);
    let script = "env | grep '^OAUTH' | sort";
    let tool = Tool::client()
        .file("key", "k")
        .file("settings", "OAUTH_SCOPE=from-file\n")
        .env("OAUTH_TOKEN_URL", &url)
        .env("OAUTH_PARAM", "password=canary")
        .env("OAUTH_PARAM_FILE", "apikey=key")
        .env("OAUTH_REQUEST_HEADER", "X-Api-Key: canary")
        .env("OAUTH_PROXY", "http://u:canary@127.0.0.1:1")
        .line("--env-file settings -- sh -c")
        .args([script]);
    tool.succeeds(&format!("OAUTH_ACCESS_TOKEN=tok-1\nOAUTH_CLIENT_ID=my-client\nOAUTH_TOKEN_URL={url}\n"));
    let tool = Tool::bare()
        .file("secret", "canary")
        .env("OAUTH_CLIENT_ID", "i")
        .env("OAUTH_CLIENT_SECRET_FILE", "secret")
        .env("OAUTH_ACCESS_TOKEN", "stale");
    tool.url(&url).line("-- sh -c").args([script]).succeeds("OAUTH_ACCESS_TOKEN=tok-1\nOAUTH_CLIENT_ID=i\n");
}

#[test]
fn a_failure_starts_no_child() {
    let (_server, url) = endpoint(401, "");
    let (outcome, directory) = Tool::client().url(&url).line("--quiet -- touch started").run_in_place();
    let stderr = "oauth-token: error: the server rejected the client (401)\n".to_owned();
    assert_eq!(outcome, Outcome { code: 4, stdout: String::new(), stderr });
    assert!(!directory.path().join("started").exists());
}

#[test]
fn http_beyond_this_machine_must_be_allowed_and_is_warned_of() {
    // The name cannot be looked up: what matters is that it was tried.
    let outcome = Tool::client().url("http://auth.invalid/token").line("--allow-http --retry 0").run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (6, ""));
    assert!(
        outcome.stderr.starts_with("oauth-token: warning: `--allow-http`: everybody on the way to `auth.invalid` can read the client's credentials and the token\noauth-token: error: cannot look up `auth.invalid`"),
        "{}",
        outcome.stderr
    );
    Tool::client().url("http://auth.invalid/token").env("OAUTH_ALLOW_HTTP", "1").fails(
        2,
        "`--url` is not usable: `http://` would send the client's credentials in the clear",
        "use `https://`; inside a cluster, where you trust every hop, `--allow-http`",
    );
}

#[test]
#[cfg(target_os = "linux")]
fn the_process_is_not_dumpable_while_it_waits_for_the_server() {
    use std::io::Read;
    let server = Server::silent_after(b"");
    let mut child = std::process::Command::new(super::binary())
        .env_clear()
        .envs([
            ("OAUTH_CLIENT_ID", "i"),
            ("OAUTH_CLIENT_SECRET", "canary"),
            ("OAUTH_TOKEN_URL", &server.url()),
        ])
        .args(["--no-env-file", "--verbose"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The first line of the log is written after the process has closed itself up.
    child.stderr.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    let owner = std::os::unix::fs::MetadataExt::uid(
        &std::fs::metadata(format!("/proc/{}/environ", child.id())).unwrap(),
    );
    let command_line = std::fs::read_to_string(format!("/proc/{}/cmdline", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(owner, 0, "the kernel gives what is not dumpable to root");
    assert!(!command_line.contains("canary"));
}

#[test]
fn a_process_that_could_leave_a_core_file_asks_nobody_and_is_exit_3() {
    if !super::crowding::has_strace() {
        return;
    }
    let binary = super::binary().display().to_string();
    Tool::of("/usr/bin/strace")
        .env("OAUTH_CLIENT_ID", "i")
        .env("OAUTH_CLIENT_SECRET", "s")
        .line("-qq -o /dev/null -e inject=prctl:error=EPERM")
        .args([binary.as_str(), "--url", "http://127.0.0.1:1/token"])
        .fails(
            3,
            "this process cannot be kept from leaving its secrets in a core file: operation not permitted",
            "allow prctl(2) with `PR_SET_DUMPABLE` in the sandbox that this runs in",
        );
}

#[test]
fn dot_env_may_not_aim_a_refresh_token_nor_the_runners_identity() {
    let trap = trap();
    let settings = format!("OAUTH_TOKEN_URL={}\nOAUTH_CLIENT_ID=i\nOAUTH_AUTH_METHOD=none\n", trap.url());
    let rule = "a file that happens to lie in the current directory may not say where that secret goes";
    let hint = "pass `--url`, or `--env-file .env` if you trust the file";
    super::keys::private(Tool::bare(), "token", "canary")
        .file(".env", &settings)
        .line("--refresh-token-file token")
        .fails(
            3,
            &format!("./.env sets `OAUTH_TOKEN_URL`, but `--refresh-token-file` comes from the command line: {rule}"),
            hint,
        );
    Tool::bare()
        .file(".env", format!("{settings}OAUTH_SUBJECT_TOKEN=github-actions\n"))
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", trap.url())
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary")
        .fails(
            3,
            &format!("./.env sets `OAUTH_TOKEN_URL`, but the runner's identity is this machine's: {rule}"),
            hint,
        );
    assert_eq!(trap.connections(), 0);
}

#[test]
fn dot_env_may_not_have_a_key_made_nor_hide_what_is_wrong() {
    let trap = trap();
    Tool::client().file(".env", "OAUTH_DPOP_KEY=generate:key\n").url(&trap.url()).fails(
        3,
        "`OAUTH_DPOP_KEY` in ./.env may not say where something is written",
        "pass `--dpop-key`, or `--env-file .env` if you trust the file",
    );
    assert_eq!(trap.connections(), 0);
    let tool = Tool::client().file(".env", "OAUTH_QUIET=1\n").url("http://127.0.0.1:1/").line("--retry 0");
    let outcome = tool.run();
    assert!(outcome.stderr.contains("warning: ") && outcome.stderr.contains("hint: "), "{}", outcome.stderr);
}
