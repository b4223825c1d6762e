//! The cache: when it answers, what makes another entry, what is never in a file, and that its troubles cost
//! nothing but a word.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::server::{Server, http};
use super::{GOOD, Outcome, Tool};

fn good() -> Server {
    Server::raw([http("200 OK", "", GOOD)])
}

/// With the cache on, in a directory that outlives the run.
fn tool(server: &Server, cache: &Path) -> Tool {
    Tool::client().url(&server.url()).env("OAUTH_CACHE", "1").env("OAUTH_CACHE_DIR", cache.join("cache"))
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn it_is_off_unless_it_is_asked_for_and_no_cache_wins() {
    let (server, home) = (good(), directory());
    for options in ["", "--no-cache --cache"] {
        Tool::client().url(&server.url()).env("HOME", home.path()).line(options).succeeds("tok-1\n");
    }
    for option in ["--refresh", "--min-ttl=5m", "--assume-ttl=5m"] {
        let warning = format!(
            "oauth-token: warning: `{}` does nothing without `--cache`\n",
            option.split('=').next().unwrap()
        );
        Tool::client().url(&server.url()).env("HOME", home.path()).line(option).gives(0, "tok-1\n", &warning);
    }
    tool(&server, home.path()).line("--no-cache").succeeds("tok-1\n");
    tool(&server, home.path()).env("OAUTH_CACHE", "0").succeeds("tok-1\n");
    assert_eq!((server.connections(), files(home.path()).len()), (7, 0));
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
    tool(&server, cache.path()).line("--assume-ttl 10m").succeeds("t\n");
    tool(&server, cache.path()).succeeds("t\n");
    assert_eq!(server.connections(), 2);
}

#[test]
fn every_input_of_the_request_makes_another_entry() {
    let (server, cache) = (good(), directory());
    let key = super::keys::key();
    let base = || {
        super::keys::private(tool(&server, cache.path()), "key", &key)
            .env("OAUTH_SCOPE", "a")
            .env("OAUTH_CLIENT_ID", "id")
    };
    base().succeeds("tok-1\n");
    base().succeeds("tok-1\n");
    assert_eq!(server.connections(), 1);
    let same_scopes = |scope: &str| base().env("OAUTH_SCOPE", scope);
    same_scopes("a b").succeeds("tok-1\n");
    same_scopes("b  a a").succeeds("tok-1\n");
    assert_eq!(server.connections(), 2, "a set of scopes has no order");
    for (count, (variable, value)) in [
        ("OAUTH_CLIENT_ID", "other"),
        ("OAUTH_CLIENT_SECRET", "other"),
        ("OAUTH_AUTH_METHOD", "post"),
        ("OAUTH_AUTH_METHOD", "client_secret_jwt"),
        ("OAUTH_BASIC_ENCODING", "raw"),
        ("OAUTH_GRANT_TYPE", "urn:x"),
        ("OAUTH_SCOPE", "other"),
        ("OAUTH_AUDIENCE", "api"),
        ("OAUTH_RESOURCE", "urn:a"),
        ("OAUTH_RESOURCE", "urn:a urn:b"),
        ("OAUTH_PARAM", "x=1"),
        ("OAUTH_PARAM", "x=2"),
        ("OAUTH_PARAM", "y=1"),
        ("OAUTH_PARAM_FILE", "x=key"),
        ("OAUTH_REQUEST_HEADER", "X-Tenant: a"),
        ("OAUTH_REQUEST_HEADER", "X-Tenant: b"),
        ("OAUTH_SIGNING_KEY_FILE", "key"),
        ("OAUTH_KEY_ID", "k"),
        ("OAUTH_ASSERTION_AUDIENCE", "aud"),
        ("OAUTH_ASSERTION_LIFETIME", "90"),
        ("OAUTH_CLIENT_ASSERTION_FILE", "key.jwt"),
        ("OAUTH_TOKEN_URL", "query"),
    ]
    .into_iter()
    .enumerate()
    {
        let tool = base().file("key.jwt", "a.b.c").env(variable, value).line("-q");
        let tool = if value == "query" {
            super::keys::private(Tool::client(), "key", &key)
                .env("OAUTH_CACHE", "1")
                .env("OAUTH_CACHE_DIR", cache.path().join("cache"))
                .env("OAUTH_SCOPE", "a")
                .env("OAUTH_CLIENT_ID", "id")
                .env(variable, format!("{}?tenant=b", server.url()))
        } else {
            tool
        };
        tool.succeeds("tok-1\n");
        assert_eq!(server.connections(), count + 3, "{variable}={value}");
    }
    base().succeeds("tok-1\n");
    assert_eq!(server.connections(), 24, "and the first is still there");
}

/// The file of the entry that a run with these variables would use.
fn entry(variables: &[(&str, &str)], files: &[(&str, &str)]) -> String {
    let mut tool = Tool::bare().env("OAUTH_CACHE", "1").env("OAUTH_CACHE_DIR", "/nowhere/cache");
    for (name, content) in files {
        tool = super::keys::private(tool, name, content);
    }
    for (name, value) in variables {
        tool = tool.env(name, value);
    }
    let outcome = tool.line("--explain -q").run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{variables:?}");
    outcome
        .stdout
        .split("cache:\n  ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned()
}

/// Settings that do not make the token another one.
const NOT_OF_THE_TOKEN: [&str; 12] = [
    "OAUTH_CACERT",
    "OAUTH_CONNECT_TIMEOUT",
    "OAUTH_MAX_TIME",
    "OAUTH_RETRY",
    "OAUTH_PROXY",
    "OAUTH_MIN_TTL",
    "OAUTH_ASSUME_TTL",
    "OAUTH_ENV_FILE",
    "OAUTH_NO_ENV_FILE",
    "OAUTH_VERBOSE",
    "OAUTH_QUIET",
    // What they open makes the key, and the key the entry.
    "OAUTH_KEY_PASSPHRASE_FILE",
];

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn every_setting_makes_another_entry_or_is_known_not_to() {
    let (key, other_key) = (super::keys::key(), super::keys::key());
    let pair = rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap();
    let (cert, cert_key) = (pair.cert.pem(), pair.signing_key.serialize_pem());
    let account = serde_json::json!({"client_email": "a@b", "private_key": key, "token_uri": "https://g/t"})
        .to_string();
    let files: Vec<(&str, &str)> = vec![
        ("key", &key),
        ("other", &other_key),
        ("cert", &cert),
        ("cert.key", &cert_key),
        ("account", &account),
        ("token", "a.b.c"),
        ("pass", "p"),
    ];
    let plain =
        [("OAUTH_TOKEN_URL", "https://a/t"), ("OAUTH_CLIENT_ID", "i"), ("OAUTH_CLIENT_SECRET", "secret-1")];
    let without_url =
        [("OAUTH_CLIENT_ID", "i"), ("OAUTH_CLIENT_SECRET", "secret-1"), ("OAUTH_ISSUER", "https://a")];
    let without_secret =
        [("OAUTH_TOKEN_URL", "https://a/t"), ("OAUTH_CLIENT_ID", "i"), ("OAUTH_AUTH_METHOD", "none")];
    let signed =
        [("OAUTH_TOKEN_URL", "https://a/t"), ("OAUTH_CLIENT_ID", "i"), ("OAUTH_SIGNING_KEY_FILE", "key")];
    let bearer = [&signed[..], &[("OAUTH_GRANT_TYPE", "jwt-bearer")]].concat();
    let exchange = [&plain[..], &[("OAUTH_SUBJECT_TOKEN_FILE", "token")]].concat();
    let acted = [&exchange[..], &[("OAUTH_ACTOR_TOKEN_FILE", "token")]].concat();
    let password =
        [&plain[..], &[("OAUTH_GRANT_TYPE", "password"), ("OAUTH_USERNAME", "u"), ("OAUTH_PASSWORD", "p")]]
            .concat();
    let runner = [
        &plain[..],
        &[("ACTIONS_ID_TOKEN_REQUEST_URL", "https://r"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "r")],
    ]
    .concat();
    let both = format!("{cert}{cert_key}");
    let files = [&files[..], &[("both", both.as_str())]].concat();
    let table: Vec<(&str, &str, &[(&str, &str)])> = vec![
        ("OAUTH_TOKEN_URL", "https://b/t", &plain),
        ("OAUTH_ISSUER", "https://b", &without_url),
        ("OAUTH_CLIENT_ID", "other", &plain),
        ("OAUTH_CLIENT_SECRET", "secret-2", &plain),
        ("OAUTH_CLIENT_SECRET_FILE", "pass", &without_secret[..2]),
        ("OAUTH_AUTH_METHOD", "post", &plain),
        ("OAUTH_BASIC_ENCODING", "raw", &plain),
        ("OAUTH_SIGNING_KEY", &key, &plain),
        ("OAUTH_SIGNING_KEY_FILE", "other", &signed),
        ("OAUTH_KEY_ID", "k", &signed),
        ("OAUTH_ALGORITHM", "ES256", &signed),
        ("OAUTH_SIGNING_CERT", "cert", &signed),
        ("OAUTH_ASSERTION_AUDIENCE", "aud", &signed),
        ("OAUTH_ASSERTION_TYPE", "none", &signed),
        ("OAUTH_ASSERTION_LIFETIME", "90", &signed),
        ("OAUTH_CLIENT_ASSERTION_FILE", "token", &plain),
        ("OAUTH_CLIENT_ASSERTION", "github-actions", &runner),
        ("OAUTH_CERT", "both", &plain),
        ("OAUTH_KEY", "cert.key", &plain),
        ("OAUTH_DPOP_KEY", "key", &plain),
        ("OAUTH_GRANT_TYPE", "urn:x", &plain),
        ("OAUTH_REFRESH_TOKEN_FILE", "token", &plain),
        ("OAUTH_ASSERTION_FILE", "token", &plain),
        ("OAUTH_ASSERTION_ISSUER", "other", &bearer),
        ("OAUTH_ASSERTION_SUBJECT", "somebody", &bearer),
        ("OAUTH_ASSERTION_CLAIM", "a=b", &bearer),
        ("OAUTH_GOOGLE_SERVICE_ACCOUNT", "account", &plain),
        ("OAUTH_SUBJECT_TOKEN_FILE", "pass", &exchange),
        ("OAUTH_SUBJECT_TOKEN", "github-actions", &runner),
        ("OAUTH_SUBJECT_TOKEN_TYPE", "jwt", &exchange),
        ("OAUTH_ACTOR_TOKEN_FILE", "pass", &acted),
        ("OAUTH_ACTOR_TOKEN_TYPE", "jwt", &acted),
        ("OAUTH_REQUESTED_TOKEN_TYPE", "jwt", &exchange),
        ("OAUTH_USERNAME", "other", &password),
        ("OAUTH_PASSWORD", "other", &password),
        ("OAUTH_PASSWORD_FILE", "token", &password[..5]),
        ("OAUTH_SCOPE", "a", &plain),
        ("OAUTH_AUDIENCE", "a", &plain),
        ("OAUTH_RESOURCE", "a", &plain),
        ("OAUTH_PARAM", "a=b", &plain),
        ("OAUTH_PARAM_FILE", "a=pass", &plain),
        ("OAUTH_REQUEST_HEADER", "X-A: b", &plain),
        ("OAUTH_CACHE_DIR", "/elsewhere/cache", &plain),
    ];
    // Some need another setting beside them on one side of the comparison.
    for (variable, value, base) in &table {
        let mut base: Vec<(&str, &str)> = base.to_vec();
        let mut changed: Vec<(&str, &str)> =
            base.iter().filter(|(name, _)| name != variable).copied().collect();
        changed.push((variable, value));
        match *variable {
            "OAUTH_CLIENT_SECRET_FILE" => base.push(("OAUTH_CLIENT_SECRET", "other")),
            "OAUTH_PASSWORD_FILE" => base.push(("OAUTH_PASSWORD", "other")),
            "OAUTH_KEY" => changed.push(("OAUTH_CERT", "cert")),
            _ => {}
        }
        assert_ne!(entry(&base, &files), entry(&changed, &files), "{variable}");
        assert_eq!(entry(&changed, &files), entry(&changed, &files), "{variable}");
    }
    let covered: Vec<&str> = table.iter().map(|row| row.0).chain(NOT_OF_THE_TOKEN).collect();
    for row in &oauth_token::config::setting::SETTINGS {
        let is_switch = ["OAUTH_CACHE", "OAUTH_KEY_PASSPHRASE", "OAUTH_THUMBPRINT"].contains(&row.variable);
        assert!(
            is_switch || covered.contains(&row.variable),
            "{} makes another entry, or not?",
            row.variable
        );
    }
    let hash = [&signed[..], &[("OAUTH_SIGNING_CERT", "cert")]].concat();
    let other_hash = [&hash[..], &[("OAUTH_THUMBPRINT", "sha1")]].concat();
    assert_ne!(entry(&hash, &files), entry(&other_hash, &files));
    for (variable, value) in [
        ("OAUTH_MAX_TIME", "5"),
        ("OAUTH_RETRY", "0"),
        ("OAUTH_MIN_TTL", "5m"),
        ("OAUTH_PROXY", "http://p:1"),
    ] {
        assert_eq!(
            entry(&plain, &files),
            entry(&[&plain[..], &[(variable, value)]].concat(), &files),
            "{variable}"
        );
    }
}

#[test]
fn no_file_holds_a_secret_or_a_token_in_any_spelling() {
    let answer = r#"{"access_token":"CANARY-token","refresh_token":"CANARY-refresh","expires_in":600}"#;
    let (server, cache) = (Server::raw([http("200 OK", "", answer)]), directory());
    tool(&server, cache.path()).env("OAUTH_CLIENT_SECRET", "CANARY-secret").succeeds("CANARY-token\n");
    let refusing = Server::raw([http("401 x", "", r#"{"error":"invalid_client"}"#)]);
    assert_eq!(tool(&refusing, cache.path()).env("OAUTH_CLIENT_SECRET", "CANARY-secret").run().code, 4);
    let written = files(cache.path());
    assert_eq!(written.len(), 2);
    for file in written {
        let content =
            String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned() + file.to_str().unwrap();
        for plain in ["CANARY", "my-client", "access_token", "127.0.0.1", "Q0FOQVJZ", "invalid_client"] {
            assert!(!content.contains(plain), "{plain} in {}", file.display());
        }
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
    }
    let json =
        tool(&server, cache.path()).env("OAUTH_CLIENT_SECRET", "CANARY-secret").line("--json").run().stdout;
    assert!(!json.contains("refresh"), "{json}");
}

#[test]
fn a_damaged_entry_is_a_miss_and_heals() {
    let (server, cache) = (good(), directory());
    tool(&server, cache.path()).succeeds("tok-1\n");
    let file = files(cache.path()).remove(0);
    let good = fs::read(&file).unwrap();
    for (count, damaged) in [
        vec![],
        b"x".to_vec(),
        good[..good.len() / 2].to_vec(),
        [&good[..], b"x"].concat(),
        vec![0; 5 * 1024 * 1024],
    ]
    .iter()
    .enumerate()
    {
        fs::write(&file, damaged).unwrap();
        tool(&server, cache.path()).succeeds("tok-1\n");
        tool(&server, cache.path()).succeeds("tok-1\n");
        assert_eq!(server.connections(), count + 2);
    }
}

#[test]
fn a_cache_that_cannot_be_used_costs_a_warning_and_no_token() {
    let server = good();
    let cases: [(&str, fn(&Path)); 3] = [
        ("it is no directory", |cache| fs::write(cache, "").unwrap()),
        ("it is no directory", |cache| symlink("/tmp", cache).unwrap()),
        ("others can write to it", |cache| {
            fs::create_dir(cache).unwrap();
            fs::set_permissions(cache, fs::Permissions::from_mode(0o777)).unwrap();
        }),
    ];
    for (reason, spoil) in &cases {
        let home = directory();
        spoil(&home.path().join("cache"));
        tool(&server, home.path()).gives(
            0,
            "tok-1\n",
            &format!(
                "oauth-token: warning: the cache is not used: {reason}: {}\n",
                home.path().join("cache").display()
            ),
        );
        tool(&server, home.path()).line("-q").succeeds("tok-1\n");
    }
    let home = directory();
    fs::write(home.path().join("file"), "").unwrap();
    let outcome = Tool::client()
        .url(&server.url())
        .line("--cache --cache-dir")
        .args([home.path().join("file/below").to_str().unwrap()])
        .run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "tok-1\n"));
    assert!(outcome.stderr.starts_with("oauth-token: warning: the cache is not used: not a directory: "));
}

#[test]
fn an_entry_of_another_user_is_not_read() {
    // Only root can make one.
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let (server, cache) = (good(), directory());
    tool(&server, cache.path()).succeeds("tok-1\n");
    let file = files(cache.path()).remove(0);
    std::os::unix::fs::chown(&file, Some(65_534), None).unwrap();
    let place = cache.path().join("cache");
    let told = |reason: &str| {
        format!("oauth-token: warning: the cache is not used: {reason}: {}\n", place.display())
    };
    tool(&server, cache.path()).gives(0, "tok-1\n", &told("an entry belongs to another user"));
    std::os::unix::fs::chown(cache.path().join("cache"), Some(65_534), None).unwrap();
    tool(&server, cache.path()).gives(0, "tok-1\n", &told("it belongs to another user"));
    assert_eq!(server.connections(), 3);
}

#[test]
fn files_and_directories_are_private_whatever_the_umask() {
    let (server, cache) = (good(), directory());
    Tool::of("/bin/sh")
        .env("OAUTH_CLIENT_ID", "i")
        .env("OAUTH_CLIENT_SECRET", "s")
        .env("OAUTH_TOKEN_URL", server.url())
        .args([
            "-c",
            &format!("umask 000; oauth-token --cache --cache-dir {}/new/cache", cache.path().display()),
        ])
        .succeeds("tok-1\n");
    let mode = |path: &Path| path.metadata().unwrap().mode() & 0o777;
    let root = cache.path().join("new/cache");
    assert_eq!((mode(&root), mode(&files(&root)[0])), (0o700, 0o600));
    assert_eq!(mode(files(&root)[0].parent().unwrap()), 0o700);
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
