//! README's recipes, run as they stand: the example's server takes the places of the authorization server and
//! the API, and each recipe is told by what it prints.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use super::shells::is_here;
use super::{Outcome, Tool};

#[path = "../../examples/server.rs"]
#[allow(dead_code)]
mod server;

const API: &str = r#"{"message":"the API knows this token"}"#;
/// `demo.` and 32 digits.
const LENGTH: usize = 37;

/// The example's server; where it listens.
fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || server::serve(&listener));
    origin
}

/// A recipe's code blocks: language and text, addressed to the server.
fn recipe(title: &str, origin: &str) -> Vec<(String, String)> {
    let readme = fs::read_to_string("README.md").unwrap();
    let section =
        readme.split(&format!("\n### {title}\n")).nth(1).unwrap_or_else(|| panic!("no recipe `{title}`"));
    let section = section.split("\n## ").next().unwrap().split("\n### ").next().unwrap();
    let blocks = section.split("```").skip(1).step_by(2);
    let addressed = |text: &str| {
        text.replace("https://auth.example.com", origin).replace("https://api.example.com", origin)
    };
    blocks
        .map(|block| block.split_once('\n').unwrap())
        .map(|(language, text)| (language.to_owned(), addressed(text)))
        .collect()
}

fn block(title: &str, origin: &str) -> String {
    recipe(title, origin).remove(0).1
}

/// Any program, with the example's client in the environment.
fn tool(program: &str, origin: &str) -> Tool {
    Tool::of(program)
        .env("OAUTH_TOKEN_URL", format!("{origin}/oauth/token"))
        .env("OAUTH_CLIENT_ID", server::CLIENT_ID)
        .env("OAUTH_CLIENT_SECRET", server::CLIENT_SECRET)
}

#[test]
fn every_recipe_is_run_by_a_test() {
    let readme = fs::read_to_string("README.md").unwrap();
    let recipes = readme.split("\n## Recipes\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let own = include_str!("recipes.rs");
    for title in recipes.lines().filter_map(|line| line.strip_prefix("### ")) {
        assert!(own.contains(&format!("(\"{title}\"")), "`{title}` is run by no test");
    }
}

#[test]
fn recipes_for_a_posix_shell_do_what_they_say_in_every_shell() {
    let origin = start();
    for (title, stdout) in [
        ("curl", API.to_owned()),
        ("A variable in a script", format!("got a token of {LENGTH} characters\n")),
        ("Export in a script or CI job", format!("a child sees a token of {LENGTH} characters\n")),
        ("One program", format!("the program got a token of {LENGTH} characters\n")),
    ] {
        for shell in ["sh", "bash", "dash", "zsh", "busybox"].into_iter().filter(|shell| is_here(shell)) {
            let tool = tool(shell, &origin);
            let tool = if shell == "busybox" { tool.args(["sh"]) } else { tool };
            tool.args(["-c", &block(title, &origin)]).succeeds(&stdout);
        }
    }
}

#[test]
fn the_same_recipes_stop_with_exit_4_when_the_client_is_rejected() {
    let origin = start();
    for title in ["A variable in a script", "Export in a script or CI job", "One program"] {
        let outcome = tool("sh", &origin)
            .env("OAUTH_CLIENT_SECRET", "wrong")
            .args(["-c", &block(title, &origin)])
            .run();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""), "{title}");
    }
    let script = format!("set -o pipefail\n{}", block("curl", &origin));
    let outcome = tool("bash", &origin).env("OAUTH_CLIENT_SECRET", "wrong").args(["-c", &script]).run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (22, ""), "curl's failure is the last one");
}

#[test]
fn the_recipe_for_the_expiry_prints_numbers_and_the_scope() {
    let origin = start();
    if is_here("jq") {
        let script = block("Until when", &origin);
        let outcome = tool("sh", &origin).env("OAUTH_SCOPE", "read").args(["-c", &script]).run();
        let lines: Vec<&str> = outcome.stdout.lines().collect();
        assert_eq!((lines[0], lines[2], lines.len()), ("3600", "read", 3), "{outcome:?}");
        assert!(lines[1].parse::<u64>().unwrap() > 1_700_000_000);
    }
}

/// What stands behind `key: ` on its line, in order.
fn values(yaml: &str, key: &str) -> Vec<String> {
    let value = |line: &str| {
        line.trim().trim_start_matches("- ").strip_prefix(key)?.strip_prefix(": ").map(str::to_owned)
    };
    yaml.lines().filter_map(value).collect()
}

#[test]
fn the_recipe_for_github_actions_masks_the_token_and_hands_it_to_the_next_step() {
    let origin = start();
    let yaml = block("GitHub Actions", &origin);
    let steps = values(&yaml, "run");
    let first = tool("bash", &origin).env("GITHUB_ENV", "github_env").args(["-ec", &steps[0]]);
    let (outcome, directory) = first.run_in_place();
    let file = fs::read_to_string(directory.path().join("github_env")).unwrap();
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(
        outcome,
        Outcome { code: 0, stdout: format!("::add-mask::{}\n", lines[1]), stderr: String::new() }
    );
    let name = lines[0].split("<<").next().unwrap();
    Tool::of("bash").env(name, lines[1]).args(["-ec", &steps[1]]).succeeds(API);
    assert_eq!(values(&yaml, "OAUTH_TOKEN_URL"), [format!("{origin}/oauth/token")]);
}

#[test]
fn the_recipe_for_gitlab_asks_the_api() {
    let origin = start();
    let yaml = block("GitLab CI", &origin);
    let script: Vec<&str> = yaml.lines().filter_map(|line| line.trim().strip_prefix("- ")).collect();
    tool("bash", &origin).args(["-eo", "pipefail", "-c", &script.join("\n")]).succeeds(API);
    let outcome = tool("bash", &origin)
        .env("OAUTH_CLIENT_SECRET", "x")
        .args(["-eo", "pipefail", "-c", &script.join("\n")])
        .run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""));
}

#[test]
fn the_recipe_for_azure_sets_a_secret_variable_or_nothing() {
    let origin = start();
    let yaml = block("Azure Pipelines", &origin);
    let script: Vec<&str> =
        yaml.lines().skip(1).take_while(|line| line.starts_with("    ")).map(str::trim_start).collect();
    let outcome = tool("sh", &origin).args(["-c", &script.join("\n")]).run();
    let token = outcome
        .stdout
        .trim_end()
        .strip_prefix("##vso[task.setvariable variable=ACCESS_TOKEN;issecret=true]")
        .unwrap();
    assert_eq!((token.len(), outcome.code), (LENGTH, 0));
    let outcome = tool("sh", &origin).env("OAUTH_CLIENT_SECRET", "x").args(["-c", &script.join("\n")]).run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (4, ""));
}

#[test]
fn the_recipes_for_docker_work_without_its_engine() {
    let origin = start();
    let blocks = recipe("Docker", &origin);
    let run = blocks[0].1.split_once("client_secret \\\n").unwrap().1;
    let run = run.replace("/run/secrets/client_secret", "client_secret");
    Tool::of("sh")
        .file("client_secret", server::CLIENT_SECRET)
        .env("OAUTH_TOKEN_URL", format!("{origin}/oauth/token"))
        .env("OAUTH_CLIENT_ID", server::CLIENT_ID)
        .args(["-c", &run])
        .succeeds(API);
    let list = |name: &str| -> Vec<String> {
        let line = blocks[1].1.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        serde_json::from_str(line).unwrap()
    };
    let words = [list("ENTRYPOINT"), list("CMD")].concat();
    tool(super::binary().to_str().unwrap(), &origin)
        .args(words[1..].iter().map(String::as_str))
        .succeeds(&format!("the service has a token of {LENGTH} characters\n"));
}

#[test]
fn the_recipe_for_make_deploys_and_fails_as_it_should() {
    let origin = start();
    let run = |secret: &str| {
        tool("make", &origin)
            .env("OAUTH_CLIENT_SECRET", secret)
            .file("Makefile", block("Makefile", &origin))
            .args(["--silent", "deploy"])
            .run()
    };
    let outcome = run(server::CLIENT_SECRET);
    assert_eq!(
        (outcome.code, outcome.stdout),
        (0, format!("deploying with a token of {LENGTH} characters\n"))
    );
    assert_eq!(run("wrong").code, 2, "make's own");
}

#[test]
fn the_recipe_for_cron_runs_the_report_with_settings_from_its_file() {
    let origin = start();
    let line = block("cron", &origin);
    let command = line.trim_end().splitn(6, ' ').nth(5).unwrap();
    let settings = format!(
        "OAUTH_TOKEN_URL={origin}/oauth/token\nOAUTH_CLIENT_ID={}\nOAUTH_CLIENT_SECRET={}\n",
        server::CLIENT_ID,
        server::CLIENT_SECRET
    );
    let tool = Tool::of("sh")
        .file("report.env", settings)
        .file("report.sh", "#!/bin/sh\nprintenv OAUTH_ACCESS_TOKEN | wc -c\n");
    let chmod = Command::new("chmod").arg("+x").arg(tool.path().join("report.sh")).status().unwrap();
    assert!(chmod.success());
    let here = command.replace("/srv/report", tool.path().to_str().unwrap());
    tool.args(["-c", &here]).succeeds(&format!("{}\n", LENGTH + 1));
}

#[test]
fn the_recipes_for_other_shells_do_what_they_say() {
    let origin = start();
    let told = format!("got a token of {LENGTH} characters\n");
    for (title, program, words, stdout) in [
        ("fish", "fish", &["--no-config"][..], told.clone()),
        ("csh and tcsh", "tcsh", &["-f"], format!("{}\n", LENGTH + 1)),
        ("PowerShell", "pwsh", &["-NoProfile"], told),
        ("Nushell", "nu", &[], String::new()),
    ] {
        // Debian has neither PowerShell nor Nushell.
        let must_be_here = ["fish", "tcsh"].contains(&program);
        if (must_be_here && is_here(program))
            || (!must_be_here && std::path::Path::new("/usr/bin").join(program).exists())
        {
            let run = |secret| {
                let tool = tool(program, &origin).env("OAUTH_CLIENT_SECRET", secret);
                tool.file("script.ps1", block(title, &origin))
                    .args(words.iter().copied())
                    .args(["./script.ps1"])
                    .run()
            };
            let outcome = run(server::CLIENT_SECRET);
            assert_eq!((outcome.code, outcome.stdout), (0, stdout), "{title}: {}", outcome.stderr);
            let outcome = run("wrong");
            assert!(outcome.code != 0 && outcome.stdout.is_empty(), "{title}: {outcome:?}");
        }
    }
}

#[test]
fn the_recipe_for_public_clients_and_files_asks_both_ways() {
    let origin = start();
    let script = block("A public client, or a secret in a file", &origin);
    let outcome = tool("sh", &origin)
        .env("OAUTH_CLIENT_SECRET", "")
        .env("SECRET_FROM_A_VAULT", server::CLIENT_SECRET)
        .args(["-c", &script])
        .run();
    assert_eq!((outcome.code, outcome.stdout.len()), (0, LENGTH + 1));
    assert_eq!(
        outcome.stderr.lines().next().unwrap(),
        "oauth-token: error: the server rejected the client: `invalid_client`: no such client, or another secret (401)",
        "the example's server knows no public client"
    );
}

/// The console session at the top of README: each command prints what stands there.
#[test]
fn the_session_at_the_top_of_readme_is_true() {
    let origin = start();
    let readme = fs::read_to_string("README.md")
        .unwrap()
        .replace("https://auth.example.com", &origin)
        .replace("https://api.example.com", &origin);
    let session = readme.split("```console\n").nth(1).unwrap().split("\n```").next().unwrap();
    let mut script = String::new();
    let mut expected = String::new();
    for line in session.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => script += &format!("{command}\nstatus=$?; echo; (exit $status)\n"),
            None => expected += &format!("{line}\n"),
        }
    }
    // The `.env` that the first command shows.
    let env: String =
        session.lines().skip(1).take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
    let outcome = Tool::of("sh").file(".env", env).args(["-c", &format!("exec 2>&1\n{script}")]).run();
    let plain = |text: &str| {
        let lines = text.lines().map(|line| if line.starts_with("demo.") { "demo.TOKEN" } else { line });
        lines.filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_eq!(plain(&outcome.stdout), plain(&expected));
}

#[test]
fn make_demo_shows_the_main_job() {
    let server = super::binary().with_file_name("examples").join("server");
    if !server.exists() {
        let built =
            Command::new(env!("CARGO")).args(["build", "--quiet", "--example", "server"]).status().unwrap();
        assert!(built.success());
    }
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/demo.sh");
    let tool = Tool::of(demo).env("OAUTH_TOKEN_BIN", super::binary()).env("SERVER_BIN", server);
    let outcome = tool.env("OAUTH_SCOPE", "leaked from outside").run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{}", outcome.stdout);
    for told in [
        "\n$ oauth-token\ndemo.",
        "\nAuthorization: Bearer demo.",
        "\nexport OAUTH_ACCESS_TOKEN='demo.",
        "\nthe variable holds demo.",
        " and the secret is gone\n",
        "\noauth-token: error: the server rejected the client: `invalid_client`",
        "\nunset OAUTH_ACCESS_TOKEN; (exit 4)\n",
        API,
    ] {
        assert!(outcome.stdout.contains(told), "{told}\n{}", outcome.stdout);
    }
    assert!(!outcome.stdout.contains("never reached\n("), "{}", outcome.stdout);
}
