//! How a call grows with what is around it: with others at the same time, with a large answer, with a large cache.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use wait4::Wait4;

use crate::{Bench, find_file, quarters};

/// How often each ratio is taken.
const TIMES: usize = 15;

/// What is measured, what it was, and what it should be at most.
type Row = (String, String, &'static str);

/// The rows of the second table.
pub fn table(bench: &Bench) -> String {
    let rows = [crowd(bench), without_cache(bench), large_answer(bench), large_cache(bench)];
    let lines = rows.map(|(name, measured, most)| format!("| {name} | {measured} | {most} |\n"));
    format!("\n| growth | measured | at most |\n|---|---|---|\n{}", lines.concat())
}

fn quiet(mut command: Command) -> Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn tool(bench: &Bench, url: &str) -> Command {
    let mut command = Command::new(&bench.tool);
    command.env_clear().current_dir(&bench.directory).env("OAUTH_TOKEN_URL", url);
    command.envs([("OAUTH_CLIENT_ID", "my-client"), ("OAUTH_CLIENT_SECRET", "my-secret")]);
    quiet(command)
}

fn with_cache(bench: &Bench, cache: &Path) -> Command {
    let mut command = tool(bench, &bench.servers.plain);
    command.env("OAUTH_CACHE", "1").env("OAUTH_CACHE_DIR", cache);
    command
}

/// How long it takes until so many processes, all started at once, have ended; and their CPU time, in seconds.
fn together(count: usize, command: &dyn Fn() -> Command) -> (f64, f64) {
    let began = Instant::now();
    let children: Vec<Child> = (0..count).map(|_| command().spawn().unwrap()).collect();
    let mut cpu = 0.0;
    for mut child in children {
        let ended = child.wait4().unwrap();
        assert!(ended.status.success());
        cpu += (ended.rusage.utime + ended.rusage.stime).as_secs_f64();
    }
    (began.elapsed().as_secs_f64(), cpu)
}

fn median(ratio: impl Fn() -> f64) -> f64 {
    quarters((0..TIMES).map(|_| ratio()).collect())[1]
}

fn crowd(bench: &Bench) -> Row {
    let entry = bench.path("entry");
    let cat = || {
        let mut command = Command::new("cat");
        command.arg(&entry);
        quiet(command)
    };
    let ratio = median(|| {
        let directory = tempfile::tempdir().unwrap();
        let (cats, _) = together(500, &cat);
        let (one, _) = together(1, &|| tool(bench, &bench.servers.plain));
        let (own, _) = together(500, &|| with_cache(bench, &directory.path().join("cache")));
        own / (cats + one)
    });
    let name = "500 calls at once into a cold cache, to 500 times `cat` at once and one request, time";
    (name.to_owned(), format!("{ratio:.2}"), "1.2")
}

fn without_cache(bench: &Bench) -> Row {
    let at_once = |command: &dyn Fn() -> Command| {
        median(|| {
            let alone: f64 = (0..100).map(|_| together(1, command).1).sum();
            together(100, command).1 / alone
        })
    };
    let own = at_once(&|| tool(bench, &bench.servers.plain));
    let least = at_once(&|| quiet(Command::new("/bin/true")));
    let name = "100 calls at once without a cache, to 100 one after another, CPU time (the same of `true`)";
    (name.to_owned(), format!("{own:.2} ({least:.2})"), "1")
}

fn large_answer(bench: &Bench) -> Row {
    let url = bench.servers.large.clone();
    let ended = tool(bench, &url).spawn().unwrap().wait4().unwrap();
    assert!(ended.status.success());
    let peak = ended.rusage.maxrss as f64 / 1024.0 / 1024.0;
    ("an answer of 1 MiB, peak MiB".to_owned(), format!("{peak:.1}"), "8")
}

fn large_cache(bench: &Bench) -> Row {
    let directory = tempfile::tempdir().unwrap();
    let (small, large) = (directory.path().join("small"), directory.path().join("large"));
    for cache in [&small, &large] {
        together(1, &|| with_cache(bench, cache));
    }
    let entry = fs::read(find_file(&large)).unwrap();
    let own = fs::read_dir(&large).unwrap().next().unwrap().unwrap().file_name();
    for number in 0..100_000 {
        let shard = large.join(format!("{:02x}", number % 256));
        if number < 256 && shard.file_name() != Some(&own) {
            fs::create_dir(&shard).unwrap();
        }
        fs::write(shard.join(format!("{number:062x}")), &entry).unwrap();
    }
    let ratio = median(|| {
        let time =
            |cache: &Path| -> f64 { (0..50).map(|_| together(1, &|| with_cache(bench, cache)).0).sum() };
        time(&large) / time(&small)
    });
    ("a cached call with 100,000 entries, to one with 1, time".to_owned(), format!("{ratio:.2}"), "1")
}
