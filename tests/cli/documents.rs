//! What is written down elsewhere and must stay true: README, completions, man page, the order of the rooms.

use std::fs;
use std::path::{Path, PathBuf};

use super::Tool;

#[path = "../../examples/generate.rs"]
#[allow(dead_code)]
mod generate;

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn readme_completions_and_man_page_say_what_the_program_does() {
    for (path, content) in generate::files() {
        let committed = fs::read_to_string(path).unwrap();
        assert!(committed == content, "{path} is out of date: run `make generate`");
    }
}

#[test]
fn readme_shows_what_help_prints() {
    let help = Tool::bare().args(["--help"]).run().stdout;
    assert!(
        fs::read_to_string("README.md").unwrap().contains(&format!("```text\n{help}```\n")),
        "run `make generate`"
    );
    Tool::bare().args(["-h"]).succeeds(&help);
}

#[test]
fn no_generated_file_offers_a_secret_on_the_command_line() {
    for (path, content) in generate::files() {
        let offers = content
            .lines()
            .any(|line| line.contains("--client-secret") && !line.contains("--client-secret-file"));
        assert!(!offers || path == "README.md", "{path}");
    }
}

/// DESIGN's rule of the house: a file imports only from rooms above its own.
#[test]
fn imports_go_one_way() {
    let map = fs::read_to_string("src/lib.rs").unwrap();
    let rooms: Vec<&str> =
        map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.split(';').next()).collect();
    let place = |room: &str| rooms.iter().position(|own| *own == room);
    let mut seen = 0;
    for path in sources(Path::new("src")) {
        let own = path.strip_prefix("src").unwrap().iter().next().unwrap().to_str().unwrap();
        let Some(own_place) = place(own.trim_end_matches(".rs")) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code = lines.collect::<Vec<_>>().join("\n");
        for used in code.split("crate::").skip(1) {
            let names: Vec<&str> = match used.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap().split(',').map(str::trim).collect(),
                None => vec![used],
            };
            for name in names {
                let room = name.split(|c: char| !c.is_ascii_lowercase() && c != '_').next().unwrap();
                let Some(used_place) = place(room) else { continue };
                assert!(used_place <= own_place, "{} imports from `{room}`", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "only {seen} imports were found");
}

#[test]
fn every_file_opens_with_what_lives_there_and_stays_short() {
    for path in sources(Path::new("src")).into_iter().chain(sources(Path::new("tests/cli"))) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! ") || path.ends_with("main.rs"), "{}", path.display());
        let code = text.split("#[cfg(test)]").next().unwrap();
        assert!(code.lines().count() <= 310 || path.starts_with("tests"), "{} is long", path.display());
    }
}
