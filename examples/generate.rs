//! Writes what follows from clap's definition of the command line and from the tables of the program, the shell
//! completions, the man page and two parts of README.md: `cargo run --example generate`. All of it is
//! committed, and a test compares it.

#![allow(clippy::expect_used, reason = "a generator that cannot go on says where")]

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use oauth_token::cli::Cli;
use oauth_token::client_auth::Method;
use oauth_token::config::setting::{SETTINGS, Setting};
use oauth_token::error::EXITS;

/// Every generated file: its path from the project's root, and its content.
///
/// # Panics
///
/// Where clap's definition is broken, or README.md is not there.
#[must_use]
pub fn files() -> Vec<(&'static str, String)> {
    vec![
        ("completions/oauth-token.bash", completions(Shell::Bash)),
        ("completions/oauth-token.fish", completions(Shell::Fish)),
        ("completions/_oauth-token", completions(Shell::Zsh)),
        ("completions/_oauth-token.ps1", completions(Shell::PowerShell)),
        ("man/oauth-token.1", man_page().expect("memory takes a man page")),
        ("README.md", readme(&std::fs::read_to_string("README.md").expect("README.md is here"))),
    ]
}

fn completions(shell: Shell) -> String {
    // What may follow an option is known to completions alone: the program itself tells of a wrong value in
    // its own words. Of the help they show the first line.
    let shells: &[&str] = &["sh", "fish", "powershell", "cmd", "csh", "nu"];
    let mut command = Cli::command()
        .mut_arg("auth_method", |arg| arg.value_parser(Method::names()))
        .mut_arg("request_header", |arg| arg.value_name("FIELD"))
        .mut_arg("basic_encoding", |arg| arg.value_name("ENCODING").value_parser(["form", "raw"]))
        .mut_arg("shell", |arg| arg.value_parser(shells.to_vec()))
        .mut_args(|arg| {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            arg.help(help.lines().next().unwrap_or_default().to_owned())
        });
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "oauth-token", &mut script);
    let script = String::from_utf8(script).expect("a script is text");
    script.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n"
}

fn man_page() -> std::io::Result<String> {
    let command: Command = Cli::command();
    let man = Man::new(command).title("OAUTH-TOKEN").manual("User Commands").date("");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_options_section(&mut page)?;
    sections().to_writer(&mut page)?;
    Ok(String::from_utf8(page).expect("a man page is text"))
}

/// What people do most.
const EXAMPLES: [(&str, &str); 5] = [
    ("The token, alone:", "oauth-token --url https://auth.example.com/oauth/token"),
    (
        "A request to an API; the token is in nobody's process list:",
        "oauth-token --header | curl -fsS -H @- https://api.example.com/v1",
    ),
    ("A variable in a script, which stops where there is no token:", "eval $(oauth-token --export)"),
    ("One program with the token in its environment:", "oauth-token -- ./deploy.sh"),
    ("What would be sent, and where each setting comes from:", "oauth-token --explain"),
];

/// What the help has in one paragraph, as sections of their own.
fn sections() -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", ["EXIT STATUS"]);
    for (_, code, meaning, example) in EXITS {
        let example = if example.is_empty() { String::new() } else { format!(" ({example})") };
        roff.control("TP", []).text([bold(code.to_string())]).text([roman(format!("{meaning}{example}"))]);
    }
    roff.control("PP", []).text([roman(
        "With COMMAND, its own exit status; 126 where it cannot be run and 127 where it is not found.",
    )]);
    roff.control("SH", ["ENVIRONMENT"]);
    roff.text([roman(
        "The command line comes before the environment, a file named by --env-file, and ./.env. An empty variable counts as unset.",
    )]);
    for row in &SETTINGS {
        let meaning = match (row.option, row.setting) {
            (Some(option), _) => format!("as {option}"),
            (None, Setting::SigningKey) => {
                "the private key itself, which --signing-key names a file of".to_owned()
            }
            (None, Setting::KeyPassphrase) => "the passphrase of an encrypted key".to_owned(),
            (None, Setting::Password) => "the password of the grant `password`".to_owned(),
            (None, _) => "the client secret".to_owned(),
        };
        roff.control("TP", []).text([bold(row.variable)]).text([roman(meaning)]);
    }
    roff.control("TP", [])
        .text([bold("SSL_CERT_FILE, SSL_CERT_DIR")])
        .text([roman("the certificate authorities to trust, in the place of the system's")]);
    roff.control("TP", [])
        .text([bold("https_proxy, all_proxy, no_proxy")])
        .text([roman("as curl has them, lower case before upper")]);
    roff.control("TP", [])
        .text([bold("GITHUB_ENV, ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN")])
        .text([roman("as a runner of GitHub Actions sets them")]);
    roff.control("SH", ["FILES"]);
    roff.control("TP", []).text([bold("./.env")]).text([roman(
        "Variables that begin with OAUTH_, one NAME=VALUE a line, values literal. It may hold credentials, but may not say where a secret from elsewhere is sent.",
    )]);
    roff.control("TP", [])
        .text([bold("$XDG_CACHE_HOME/oauth-token, ~/.cache/oauth-token")])
        .text([roman("the cache, where it is on: encrypted entries, a file each.")]);
    roff.control("SH", ["EXAMPLES"]);
    for (what, command) in EXAMPLES {
        roff.control("TP", []).text([roman(what)]).text([bold(command)]);
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman("curl(1), RFC 6749")]);
    roff
}

/// README.md with its table of exit codes and its help text made anew.
fn readme(text: &str) -> String {
    let rows =
        EXITS.map(|(_, code, meaning, example)| format!("| {code} | {meaning} | {example} |\n")).concat();
    let help = Cli::command().render_help().to_string();
    let with_table = replace(text, "| code | meaning | example |\n|---|---|---|\n", "\n", &rows);
    replace(&with_table, "```text\n", "```\n", &format!("{}\n", help.trim_end()))
}

/// Replaces what stands between `before` and the first line after it that begins with `after`.
fn replace(text: &str, before: &str, after: &str, new: &str) -> String {
    let (head, rest) = text.split_once(before).expect("README.md has the place");
    let end =
        if rest.starts_with(after) { 0 } else { rest.find(&format!("\n{after}")).expect("it ends") + 1 };
    format!("{head}{before}{new}{}", &rest[end..])
}

fn main() -> std::io::Result<()> {
    files().into_iter().try_for_each(|(path, content)| std::fs::write(path, content))
}
