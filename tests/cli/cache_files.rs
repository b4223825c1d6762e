//! The files of the cache: what is never in them, whose they are, and that their troubles cost nothing but a word.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use super::Tool;
use super::caching::{directory, files, good, tool};
use super::server::{Server, http};

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
        ("it is a symbolic link", |cache| symlink("/tmp", cache).unwrap()),
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
fn a_limit_on_files_costs_a_warning_and_no_token() {
    let (server, cache) = (good(), directory());
    let script =
        format!("ulimit -f 0; oauth-token --cache --cache-dir {}/cache | cat", cache.path().display());
    let tool = Tool::of("/bin/sh").env("OAUTH_CLIENT_ID", "i").env("OAUTH_CLIENT_SECRET", "s");
    tool.env("OAUTH_TOKEN_URL", server.url()).args(["-c", &script]).gives(
        0,
        "tok-1\n",
        &format!(
            "oauth-token: warning: the cache is not used: file too large: {}/cache\n",
            cache.path().display()
        ),
    );
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
