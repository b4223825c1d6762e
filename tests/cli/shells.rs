//! Quoting, tried in real shells: what `--export` prints is evaluated, unquoted, and the variable printed.

use std::fs;
use std::path::Path;
use std::process::Command;

use oauth_token::shell::Shell;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::server::{Server, http};
use super::{Outcome, Tool, endpoint};

/// How many tokens each shell is given.
const TOKENS: usize = 1000;

/// POSIX shells: their words, and what makes each as hostile to unquoted text as it can be made.
const POSIX: [(&[&str], &str); 11] = [
    (&["bash"], ""),
    (&["bash"], "shopt -s nullglob"),
    (&["bash"], "shopt -s failglob"),
    (&["bash", "--posix"], "IFS=,"),
    (&["dash"], "IFS=,"),
    (&["dash"], ""),
    (&["zsh"], ""),
    (&["zsh", "--emulate", "sh"], "IFS=,"),
    (&["zsh"], "setopt nullglob globsubst shwordsplit"),
    (&["busybox", "sh"], "IFS=,"),
    (&["ksh"], ""),
];

/// Whether a shell is here. In CI all of them must be.
pub fn is_here(program: &str) -> bool {
    let is_here =
        ["/bin", "/usr/bin", "/usr/local/bin"].iter().any(|place| Path::new(place).join(program).exists());
    assert!(is_here || std::env::var_os("CI").is_none(), "{program} is not installed");
    is_here
}

/// Tokens of all printable ASCII, the same in every run.
fn tokens() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let strategy =
        prop_oneof!["[ -~]{1,60}", "[A-Za-z0-9._~+/=-]{1,60}", "[ *?\\[\\]'\"$`\\\\!#~&|;<>(){}^%,=-]{1,12}"];
    let mut tokens: Vec<String> =
        std::iter::repeat_with(|| strategy.new_tree(&mut runner).unwrap().current()).take(TOKENS).collect();
    tokens.extend(
        ["*", "a  b", " x ", "-n", "\\", "'", "\"", "$HOME", "`id`", "$(id)", "!!", "%s", "\\052", "~", "#"]
            .map(String::from),
    );
    tokens.push((b' '..=b'~').map(char::from).collect());
    tokens
}

/// Evaluates every line in one process of the shell, in a directory whose files match many patterns, and
/// returns what the variable held each time.
fn evaluated(words: &[&str], before: &str, evaluate: &str, lines: &[String]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    for file in ["a", "T", "x=y", "export", "bb", "[", "*", "'\\052'"] {
        fs::write(directory.path().join(file), "").unwrap();
    }
    let lines_at = directory.path().join("lines");
    fs::create_dir(&lines_at).unwrap();
    let mut script = format!("{before}\n");
    for (number, line) in lines.iter().enumerate() {
        fs::write(lines_at.join(number.to_string()), format!("{line}\n")).unwrap();
        script += &format!("{}\n", evaluate.replace("FILE", &format!("lines/{number}")));
    }
    fs::write(directory.path().join("script"), script).unwrap();
    let output = Command::new(words[0])
        .args(&words[1..])
        .arg("./script")
        .current_dir(directory.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", directory.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?} {before}");
    assert!(output.status.success(), "{words:?} {before}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn every_token_survives_an_unquoted_eval_in_every_posix_shell() {
    let tokens = tokens();
    let lines: Vec<String> = tokens.iter().map(|token| Shell::Sh.assign("T", token).unwrap()).collect();
    for (words, before) in POSIX.into_iter().filter(|(words, _)| is_here(words[0])) {
        let evaluate = "T=stale; eval $(cat FILE); printf '%s\\n' \"$T\"";
        assert!(evaluated(words, before, evaluate, &lines) == tokens, "{words:?} with {before}");
    }
}

#[test]
fn every_token_is_exported_and_survives_a_quoted_eval_too() {
    let tokens = tokens();
    let lines: Vec<String> =
        tokens.iter().take(100).map(|token| Shell::Sh.assign("T", token).unwrap()).collect();
    for (words, before) in POSIX.into_iter().filter(|(words, _)| is_here(words[0])) {
        let evaluate = "eval \"$(cat FILE)\"; printenv T";
        assert!(evaluated(words, before, evaluate, &lines) == tokens[..100], "{words:?} with {before}");
    }
}

#[test]
fn every_token_survives_fish_and_csh() {
    let tokens = tokens();
    for (shell, words, evaluate) in [
        (Shell::Fish, &["fish", "--no-config"][..], "cat FILE | source; printf '%s\\n' $T"),
        (Shell::Fish, &["fish", "--no-config"], "eval (cat FILE); printf '%s\\n' $T"),
        (Shell::Csh, &["tcsh", "-f"], "eval \"`cat FILE`\"\nprintenv T"),
    ] {
        if is_here(words[0]) {
            let lines: Vec<String> = tokens.iter().map(|token| shell.assign("T", token).unwrap()).collect();
            assert!(evaluated(words, "", evaluate, &lines) == tokens, "{words:?}: {evaluate}");
        }
    }
}

#[test]
fn nu_gets_json_and_powershell_doubles_single_quotes_alone() {
    for token in tokens() {
        let nu = Shell::Nu.assign("T", &token).unwrap();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&nu).unwrap(),
            serde_json::json!({ "T": token })
        );
        let powershell = Shell::PowerShell.assign("T", &token).unwrap();
        let quoted = powershell.strip_prefix("$env:T = '").unwrap().strip_suffix('\'').unwrap();
        assert_eq!(quoted.replace("''", "\0").replace('\'', "?").replace('\0', "'"), token);
    }
}

#[test]
fn a_failed_export_stops_every_posix_shell_with_its_exit_code() {
    let (_server, url) = endpoint(401, "");
    for (words, _) in POSIX.into_iter().filter(|(words, _)| is_here(words[0])) {
        for eval in ["eval $(oauth-token --export --quiet)", "eval \"$(oauth-token --export --quiet)\""] {
            for (script, stdout, code) in [
                (format!("set -e; {eval}; echo reached"), "", 4),
                (
                    format!("OAUTH_ACCESS_TOKEN=stale; {eval}; echo $? ${{OAUTH_ACCESS_TOKEN-unset}}"),
                    "4 unset\n",
                    0,
                ),
                (format!("{eval} && echo reached"), "", 4),
                (format!("{eval} || exit 7"), "", 7),
            ] {
                let mut tool = Tool::of(words[0]).env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s");
                tool =
                    tool.env("OAUTH_TOKEN_URL", &url).args(words[1..].iter().copied()).args(["-c", &script]);
                let stderr = "oauth-token: error: the server rejected the client (401)\n".to_owned();
                assert_eq!(
                    tool.run(),
                    Outcome { code, stdout: stdout.into(), stderr },
                    "{words:?}: {script}"
                );
            }
        }
    }
}

#[test]
fn a_successful_export_is_evaluated_by_every_posix_shell() {
    let odd = r#"{"access_token":"v^1.1#i*?[a]  'b' $x"}"#;
    let server = Server::raw([http("200 OK", "", odd)]);
    for (words, _) in POSIX.into_iter().filter(|(words, _)| is_here(words[0])) {
        let script = "set -e; eval $(oauth-token --export --name T); printf '%s' \"$T\"";
        Tool::of(words[0])
            .env("OAUTH_CLIENT_ID", "i")
            .env("OAUTH_CLIENT_SECRET", "s")
            .env("OAUTH_TOKEN_URL", server.url())
            .args(words[1..].iter().copied())
            .args(["-c", script])
            .succeeds("v^1.1#i*?[a]  'b' $x");
    }
}

#[test]
fn the_completions_are_accepted_by_their_shells() {
    let file = |name: &str| format!("{}/completions/{name}", env!("CARGO_MANIFEST_DIR"));
    for (shell, words) in [
        ("bash", vec!["-n".to_owned(), file("oauth-token.bash")]),
        ("zsh", vec!["-n".to_owned(), file("_oauth-token")]),
        ("fish", vec!["--no-execute".to_owned(), file("oauth-token.fish")]),
    ] {
        if is_here(shell) {
            Tool::of(shell).args(words.iter().map(String::as_str)).succeeds("");
        }
    }
    if is_here("bash") {
        let script = format!(
            "source {}; COMP_WORDS=(oauth-token --auth-method ''); COMP_CWORD=2; $(complete -p oauth-token | sed 's/.*-F //; s/ .*//') oauth-token '' --auth-method; echo ${{COMPREPLY[@]}}",
            file("oauth-token.bash")
        );
        Tool::of("bash").args(["-c", &script]).succeeds("private_key_jwt tls_client_auth self_signed_tls_client_auth client_secret_jwt client_secret_basic client_secret_post none\n");
    }
}
