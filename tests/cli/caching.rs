//! The cache: when it answers, and with what.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::authority::Authority;
use super::server::{Server, http};
use super::{GOOD, Outcome, Tool};

pub fn good() -> Server {
    Server::raw([http("200 OK", "", GOOD)])
}

/// With the cache on, in a directory that outlives the run.
pub fn tool(server: &Server, cache: &Path) -> Tool {
    Tool::client().url(&server.url()).env("OAUTH_CACHE", "1").env("OAUTH_CACHE_DIR", cache.join("cache"))
}

pub fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

pub fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn it_is_off_unless_it_is_asked_for_and_no_cache_wins() {
    let (server, home) = (good(), directory());
    for options in ["", "--no-cache --cache"] {
        Tool::client().url(&server.url()).env("HOME", home.path()).line(options).succeeds("tok-1\n");
    }
    for option in ["--refresh", "--min-ttl=5m", "--assume-ttl=5m", "--cache-dir=x"] {
        for (line, which) in [("", "without `--cache`"), ("--cache --no-cache", "with `--no-cache`")] {
            let name = option.split('=').next().unwrap();
            let warning = format!("oauth-token: warning: `{name}` does nothing {which}\n");
            let tool = Tool::client().url(&server.url()).env("HOME", home.path());
            tool.line(option).line(line).gives(0, "tok-1\n", &warning);
        }
    }
    tool(&server, home.path()).line("--no-cache").succeeds("tok-1\n");
    tool(&server, home.path()).env("OAUTH_CACHE", "0").succeeds("tok-1\n");
    assert_eq!((server.connections(), files(home.path()).len()), (12, 0));
}

#[test]
fn a_second_run_needs_no_authorities() {
    let (authority, cache) = (Authority::new(), directory());
    let server = Server::tls(&authority.localhost(), &http("200 OK", "", GOOD));
    let run = |bundle: &str| {
        let tool = Tool::client().url(&server.https("localhost")).file("ca.pem", &authority.pem);
        let cache = cache.path().join("cache");
        tool.env("SSL_CERT_FILE", bundle).env("OAUTH_CACHE", "1").env("OAUTH_CACHE_DIR", cache).run()
    };
    assert_eq!(run("none.pem").code, 3);
    assert_eq!(run("ca.pem").stdout, "tok-1\n");
    assert_eq!(run("none.pem").stdout, "tok-1\n");
}

#[test]
fn a_second_run_asks_nobody_in_whatever_format() {
    let (server, cache) = (good(), directory());
    tool(&server, cache.path()).succeeds("tok-1\n");
    for (options, stdout) in [
        ("", "tok-1\n"),
        ("--header", "Authorization: Bearer tok-1\n"),
        ("--export", "export OAUTH_ACCESS_TOKEN='tok-1'\n"),
        ("-- printenv OAUTH_ACCESS_TOKEN", "tok-1\n"),
    ] {
        tool(&server, cache.path()).line(options).succeeds(stdout);
    }
    let json = tool(&server, cache.path()).line("--json").run().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let left = json["expires_in"].as_i64().unwrap();
    assert!((3500..=3600).contains(&left) && json["scope"] == "a b", "{json}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn the_default_place_is_the_users_cache_directory_and_none_without_a_home() {
    let (server, home) = (good(), directory());
    let tool = || Tool::client().url(&server.url()).line("--cache");
    tool().env("HOME", home.path()).succeeds("tok-1\n");
    tool().env("HOME", home.path()).succeeds("tok-1\n");
    assert_eq!((server.connections(), files(&home.path().join(".cache/oauth-token")).len()), (1, 1));
    tool().env("HOME", "/nowhere").env("XDG_CACHE_HOME", home.path().join("xdg")).succeeds("tok-1\n");
    assert_eq!(files(&home.path().join("xdg/oauth-token")).len(), 1);
    for home in ["", "relative"] {
        let (outcome, directory) = tool().env("HOME", home).run_in_place();
        let stderr =
            "oauth-token: warning: the cache is not used: there is no home directory for it\n".into();
        assert_eq!(outcome, Outcome { code: 0, stdout: "tok-1\n".into(), stderr });
        assert_eq!(files(directory.path()).len(), 0);
    }
    tool().line("-q").succeeds("tok-1\n");
}

#[test]
fn refresh_asks_anew_and_min_ttl_demands_more() {
    let (server, cache) = (good(), directory());
    tool(&server, cache.path()).succeeds("tok-1\n");
    for (options, connections) in [("", 1), ("--refresh", 2), ("--min-ttl 30m", 2), ("--min-ttl 3000s", 2)] {
        tool(&server, cache.path()).line(options).succeeds("tok-1\n");
        assert_eq!(server.connections(), connections, "{options}");
    }
    tool(&server, cache.path()).line("--min-ttl 2h").gives(
        0,
        "tok-1\n",
        "oauth-token: warning: the server gives tokens that are valid for 3600 s, less than `--min-ttl`\n",
    );
    assert_eq!(server.connections(), 3, "and it does not ask again and again");
    for value in ["x", "1d", "-1", "5 m", "25h", "99999999999999999999h"] {
        tool(&server, cache.path()).args(["--min-ttl", value]).fails(
            2,
            "`--min-ttl` is not a time",
            "write whole seconds, minutes or hours, as in 90, 90s, 5m or 1h, up to 24h",
        );
    }
}

#[test]
fn a_token_without_an_end_is_kept_only_on_the_users_word() {
    let (server, cache) = (Server::raw([http("200 OK", "", r#"{"access_token":"t"}"#)]), directory());
    tool(&server, cache.path()).succeeds("t\n");
    assert_eq!(files(cache.path()).len(), 0);
    let told = "* not kept: the server does not say how long the token is valid, see `--assume-ttl`\n";
    assert!(tool(&server, cache.path()).line("-v").run().stderr.ends_with(told));
    tool(&server, cache.path()).line("--assume-ttl 10m").succeeds("t\n");
    tool(&server, cache.path()).succeeds("t\n");
    assert_eq!(server.connections(), 3);
}

#[test]
fn clearing_needs_no_credentials_and_removes_what_was_kept() {
    let (server, cache) = (good(), directory());
    tool(&server, cache.path()).succeeds("tok-1\n");
    fs::write(cache.path().join("cache/mine"), "").unwrap();
    let clear = || Tool::bare().env("OAUTH_CACHE_DIR", cache.path().join("cache")).line("--cache-clear");
    clear().succeeds("");
    assert_eq!(files(cache.path()), [cache.path().join("cache/mine")]);
    clear().succeeds("");
    Tool::bare().line("--cache-clear").succeeds("");
    Tool::bare().env("HOME", "/nowhere").line("--cache-clear").succeeds("");
    let open = cache.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    Tool::bare().env("OAUTH_CACHE_DIR", &open).line("--cache-clear").fails(
        11,
        &format!("the cache cannot be cleared: others can write to it: {}", open.display()),
        "remove the directory yourself",
    );
}

#[test]
fn explain_and_verbose_tell_of_the_cache() {
    let (server, cache) = (good(), directory());
    let explained = |options: &str| {
        let outcome = tool(&server, cache.path()).line("--explain").line(options).run();
        outcome.stdout.split("cache:\n  ").nth(1).unwrap().lines().next().unwrap().to_owned()
    };
    assert!(explained("").starts_with("would not answer, has no such token: /"));
    tool(&server, cache.path()).succeeds("tok-1\n");
    let file = files(cache.path()).remove(0);
    let told = explained("");
    assert!(
        told.starts_with("would answer, valid for another 3")
            && told.ends_with(&format!(" s: {}", file.display())),
        "{told}"
    );
    assert!(explained("--min-ttl 2h").starts_with("would not answer, valid only for another 3"));
    assert!(explained("--refresh").starts_with("would not answer, for `--refresh` asks anew: "));
    assert_eq!(explained("--no-cache"), "off");
    let outcome = tool(&server, cache.path()).line("-v").run();
    assert!(outcome.stderr.starts_with("* from the cache, valid for another 3"), "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with(&format!(" s: {}\n", file.display())), "{}", outcome.stderr);
    assert_eq!(server.connections(), 1);
}

#[test]
fn dot_env_may_turn_it_on_but_not_say_where_it_is() {
    let (server, home) = (good(), directory());
    let client = format!(
        "OAUTH_TOKEN_URL={}\nOAUTH_CLIENT_ID=i\nOAUTH_CLIENT_SECRET=s\nOAUTH_CACHE=1\n",
        server.url()
    );
    for _ in 0..2 {
        Tool::bare().env("HOME", home.path()).file(".env", &client).succeeds("tok-1\n");
    }
    assert_eq!(server.connections(), 1);
    Tool::bare().env("HOME", home.path()).file(".env", format!("{client}OAUTH_CACHE_DIR=here\n")).fails(
        3,
        "`OAUTH_CACHE_DIR` in ./.env may not say where something is written",
        "pass `--cache-dir`, or `--env-file .env` if you trust the file",
    );
}

#[test]
fn readmes_recipe_for_the_cache_makes_one_token_request() {
    let readme = fs::read_to_string("README.md").unwrap();
    let blocks = readme.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    let script = blocks.filter(|block| block.contains("OAUTH_CACHE=1")).last().unwrap();
    let server = Server::routed(|_, request| {
        let answer = if request.starts_with("POST ") { GOOD } else { "page\n" };
        http("200 OK", "", answer)
    });
    let home = directory();
    Tool::of("sh")
        .env("HOME", home.path())
        .env("OAUTH_CLIENT_ID", "i")
        .env("OAUTH_CLIENT_SECRET", "s")
        .env("OAUTH_TOKEN_URL", server.url())
        .args(["-ec", &script.replace("https://api.example.com", &format!("http://{}", server.address))])
        .succeeds("page\npage\npage\n");
    let posts = server.requests().iter().filter(|request| request.starts_with("POST ")).count();
    assert_eq!((posts, files(home.path()).len()), (1, 0));
}

/// The tool as it runs when the clock shows another time, if that can be had here.
fn at(jump: &str, server: &Server, cache: &Path, options: &str) -> Option<Outcome> {
    let has_faketime =
        Command::new("faketime").arg("--version").output().is_ok_and(|output| output.status.success());
    if !has_faketime {
        assert!(std::env::var_os("CI").is_none(), "faketime is not installed");
        return None;
    }
    let url = server.url();
    let mut words = vec!["-f", jump, "oauth-token", "--url", &url];
    words.extend(options.split(' ').filter(|word| !word.is_empty()));
    let tool = Tool::of("/usr/bin/faketime")
        .env("OAUTH_CLIENT_ID", "my-client")
        .env("OAUTH_CLIENT_SECRET", "my-secret")
        .env("OAUTH_CACHE", "1")
        .env("OAUTH_CACHE_DIR", cache.join("cache"));
    Some(tool.args(words).run())
}

#[test]
fn a_clock_that_jumps_makes_no_old_token_good() {
    let (server, cache) = (good(), directory());
    tool(&server, cache.path()).succeeds("tok-1\n");
    for (jump, connections) in [("-1h", 2), ("+1y", 3)] {
        let Some(outcome) = at(jump, &server, cache.path(), "") else { return };
        assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "tok-1\n"), "{}", outcome.stderr);
        assert_eq!(server.connections(), connections, "{jump}");
    }
}

#[test]
fn a_clock_before_1970_judges_nothing() {
    let (server, cache) = (good(), directory());
    let Some(outcome) = at("1960-01-01 00:00:00", &server, cache.path(), "") else { return };
    let stderr = "oauth-token: error: this machine's clock stands before 1970\n\
                  oauth-token: hint: set it: certificates and tokens are valid at a time\n";
    assert_eq!(outcome, Outcome { code: 3, stdout: String::new(), stderr: stderr.to_owned() });
}

#[test]
fn an_outage_is_bridged_with_a_warning_unless_more_was_demanded() {
    let outage = http("503 x", "Retry-After: 9999\r\n", "");
    let (server, cache) = (Server::raw([http("200 OK", "", GOOD), outage]), directory());
    tool(&server, cache.path()).succeeds("tok-1\n");
    let Some(outcome) = at("+3550s", &server, cache.path(), "") else { return };
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "tok-1\n"), "{}", outcome.stderr);
    let warning = "oauth-token: warning: the server is unwell (503): the token comes from the cache, and is valid for another ";
    assert!(outcome.stderr.starts_with(warning) && outcome.stderr.lines().count() == 1, "{}", outcome.stderr);
    for (jump, options) in [("+3550s", "--refresh"), ("+3550s", "--min-ttl 5m"), ("+3601s", "")] {
        let Some(outcome) = at(jump, &server, cache.path(), options) else { return };
        assert_eq!((outcome.code, outcome.stdout.as_str()), (9, ""), "{jump} {options}");
    }
}
