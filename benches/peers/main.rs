//! Whole processes against each other: this program, curl, the scripts that people paste, and floors. Every round
//! runs each once, in whatever order, so that what the machine does besides falls on all alike; what counts is the ratio pair
//! by pair. `make bench` prints a table, `make bench-record` writes it to benches/RESULTS.md. What is not installed
//! is left out.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, missing_docs)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;
use wait4::Wait4;

mod commands;
mod growth;
mod servers;

use commands::Peer;

/// How often each command is run, unless the environment variable `ROUNDS` says otherwise.
const ROUNDS: usize = 60;

/// What one run took.
#[derive(Clone, Copy)]
struct Run {
    wall: f64,
    cpu: f64,
    peak: u64,
}

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let bench = Bench::new(&directory);
    let peers: Vec<Peer> = bench.peers().into_iter().filter(|peer| is_installed(&peer.words[0])).collect();
    bench.fill_cache(&peers);
    for peer in &peers {
        bench.check(peer);
    }
    let rounds = std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let mut runs: Vec<Vec<Run>> = vec![Vec::new(); peers.len()];
    // In another order each time: who comes after a program that takes long finds the processor's caches cold.
    let mut order: Vec<usize> = (0..peers.len()).collect();
    for _ in 0..rounds {
        fastrand::shuffle(&mut order);
        for index in &order {
            runs[*index].push(bench.run(&peers[*index]));
        }
    }
    let table = bench.table(&peers, &runs, rounds) + &growth::table(&bench);
    println!("{table}");
    if std::env::args().any(|word| word == "--record") {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/RESULTS.md");
        fs::write(place, format!("# Results\n\nWritten by `make bench-record`. Only ratios within one run mean anything.\n\n{table}")).unwrap();
    }
}

struct Bench {
    tool: String,
    /// The same, linked statically, where `make static` has built it.
    static_tool: Option<String>,
    /// The least that can be done, where `cargo build --release --example floor` has built it.
    floor: Option<String>,
    directory: PathBuf,
    servers: servers::Servers,
}

impl Bench {
    fn new(directory: &TempDir) -> Self {
        let servers = servers::start(directory.path());
        let tool = Path::new(env!("CARGO_BIN_EXE_oauth-token"));
        let release = tool.parent().unwrap();
        // What a linker has written lies in the system's memory in small pieces, and starts a fifth slower than what
        // was copied, as all is that was ever installed.
        let installed = |path: &Path, name: &str| {
            let place = directory.path().join(name).join(path.file_name().unwrap());
            fs::create_dir(place.parent().unwrap()).unwrap();
            fs::copy(path, &place).is_ok().then(|| place.to_str().unwrap().to_owned())
        };
        let targets = fs::read_dir(release.parent().unwrap()).unwrap().flatten();
        Self {
            tool: installed(tool, "dynamic").unwrap(),
            static_tool: targets
                .filter(|entry| entry.file_name().to_string_lossy().contains("-linux-gnu"))
                .find_map(|entry| installed(&entry.path().join("release/oauth-token"), "static")),
            floor: installed(&release.join("examples/floor"), "floor"),
            directory: directory.path().to_owned(),
            servers,
        }
    }

    fn path(&self, name: &str) -> String {
        self.directory.join(name).to_str().unwrap().to_owned()
    }

    fn command(&self, peer: &Peer) -> Command {
        let mut command = Command::new(&peer.words[0]);
        command.args(&peer.words[1..]).env_clear().current_dir(&self.directory);
        command.envs(peer.variables.iter().map(|(name, value)| (*name, value.as_str())));
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// A command that does not do what is measured must not be measured.
    fn check(&self, peer: &Peer) {
        let output = self.command(peer).stderr(Stdio::piped()).output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let is_good = output.status.success() && (peer.group == "cached" || stdout.contains(servers::TOKEN));
        assert!(is_good, "{}: {}{}", peer.name, stdout, String::from_utf8_lossy(&output.stderr));
    }

    /// The entry that is read again and again, and a copy of it for cat.
    fn fill_cache(&self, peers: &[Peer]) {
        if let Some(peer) = peers
            .iter()
            .find(|peer| peer.group == "cached" && peer.words.iter().any(|word| word == "--cache"))
        {
            self.check(peer);
            fs::copy(find_file(Path::new(&self.path("cache"))), self.path("entry")).unwrap();
        }
    }

    fn run(&self, peer: &Peer) -> Run {
        let mut command = self.command(peer);
        command.stdout(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn().unwrap();
        let ended = child.wait4().unwrap();
        let wall = began.elapsed().as_secs_f64();
        assert!(ended.status.success(), "{}", peer.name);
        let usage = ended.rusage;
        Run { wall, cpu: (usage.utime + usage.stime).as_secs_f64(), peak: usage.maxrss }
    }

    fn table(&self, peers: &[Peer], runs: &[Vec<Run>], rounds: usize) -> String {
        let mut table = format!(
            "{rounds} rounds, interleaved in random order; ratios pair by pair to the first of each group, median (quarter, three quarters). TLS is {}'s. The program is {:.2} MB.\n\n",
            self.servers.tls,
            fs::metadata(&self.tool).unwrap().len() as f64 / 1e6
        );
        table += "| | ms | ratio | CPU ms | peak MB | system calls | thousand instructions |\n|---|---|---|---|---|---|---|\n";
        for (index, peer) in peers.iter().enumerate() {
            let base = peers.iter().position(|other| other.group == peer.group).unwrap();
            let ratios = |of: fn(&Run) -> f64| -> Vec<f64> {
                runs[index].iter().zip(&runs[base]).map(|(own, base)| of(own) / of(base)).collect()
            };
            let [low, middle, high] = quarters(ratios(|run| run.wall));
            let own = |of: fn(&Run) -> f64| quarters(runs[index].iter().map(of).collect())[1];
            let text = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
            let calls = text(self.system_calls(peer));
            let instructions = text(self.instructions(peer).map(|count| count / 1000));
            writeln!(
                table,
                "| {}: {} | {:.2} | {middle:.3} ({low:.3}, {high:.3}) | {:.2} | {:.1} | {calls} | {instructions} |",
                peer.group,
                peer.name,
                own(|run| run.wall) * 1e3,
                own(|run| run.cpu) * 1e3,
                own(|run| run.peak as f64) / 1e6
            )
            .unwrap();
        }
        table
    }

    /// Counted by strace, where it is at hand.
    fn system_calls(&self, peer: &Peer) -> Option<u64> {
        let log = self.path("strace");
        let log = self.watched_by(&["strace", "-f", "-qq", "-o", &log], peer, &log)?;
        Some(log.lines().filter(|line| line.contains('(')).count() as u64)
    }

    /// Counted by valgrind, where it is at hand; not where the words run several programs.
    fn instructions(&self, peer: &Peer) -> Option<u64> {
        let log = self.path("valgrind");
        let out = format!("--callgrind-out-file={}", self.path("callgrind"));
        let to = format!("--log-file={log}");
        let words = ["valgrind", "--tool=callgrind", &out, &to];
        let log = self.watched_by(&words, peer, &log).filter(|_| peer.words[0] != "sh")?;
        log.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok())
    }

    /// What a program that watches another has written to its log.
    fn watched_by(&self, words: &[&str], peer: &Peer, log: &str) -> Option<String> {
        let plain = self.command(peer);
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(plain.get_program()).args(plain.get_args()).env_clear();
        command.envs(peer.variables.iter().map(|(name, value)| (*name, value.as_str())));
        command.current_dir(&self.directory).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().ok().filter(std::process::ExitStatus::success)?;
        fs::read_to_string(log).ok()
    }
}

fn quarters(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() * quarter / 4).min(values.len() - 1)])
}

fn find_file(directory: &Path) -> PathBuf {
    let mut paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    paths.next().map(|path| if path.is_dir() { find_file(&path) } else { path }).unwrap()
}

fn is_installed(program: &str) -> bool {
    program.starts_with('/')
        || std::env::var_os("PATH")
            .is_some_and(|paths| std::env::split_paths(&paths).any(|path| path.join(program).exists()))
}
