//! The plan of the house, checked: one-way arrows between the crates, pure crates that stay pure, async
//! and unsafe code only where it may be, files and functions of a size to be read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each crate and the crates of the house that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("audio", &[]),
    ("rtp", &[]),
    ("sdp", &[]),
    ("udp", &[]),
    ("sip", &[]),
    ("conference", &[]),
    ("invitation", &["conference"]),
    ("webrtc", &["rtp"]),
    ("mixer", &["audio"]),
    ("engine", &["audio", "rtp", "webrtc", "mixer", "udp"]),
    ("recording", &["audio", "engine"]),
    ("store", &["conference"]),
    ("sim", &["audio", "rtp", "sdp", "sip", "webrtc"]),
    (
        "server",
        &[
            "audio",
            "conference",
            "engine",
            "invitation",
            "mixer",
            "recording",
            "rtp",
            "sdp",
            "sim",
            "sip",
            "store",
            "udp",
            "webrtc",
        ],
    ),
];

/// What the load tester depends on: it knows nothing of the engine that it is to judge.
const LOAD_TESTER: &[&str] = &["audio", "rtp", "sdp", "sim", "sip", "udp", "webrtc"];

/// Libraries that one crate hides from all others.
const OWNED: &[(&str, &str)] = &[("rsipstack", "sip"), ("dimpl", "webrtc"), ("rcgen", "webrtc")];

/// Crates without sockets, files, clocks, threads, locks and async.
const PURE: &[&str] = &["audio", "rtp", "sdp", "webrtc", "mixer", "conference", "invitation"];

/// What a pure crate's code never names, outside its tests.
const IMPURE: &[&str] = &[
    "async fn",
    ".await",
    "tokio",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "std::fs",
    "std::thread",
    "std::env",
    "Instant::now",
    "SystemTime",
    "Mutex<",
    "RwLock<",
    "println!",
];

/// Crates whose code may be async.
const ASYNC: &[&str] = &["server", "sip", "store", "sim"];

/// Where `unsafe` may stand.
const UNSAFE: &[&str] = &[
    "crates/audio/src/codec",
    "crates/engine/src",
    "crates/engine/tests",
    "crates/udp/src",
    "tools/load/src/media/clock.rs",
];

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

#[test]
fn arrows_between_crates_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut seen = 0;
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(allowed) = allowed.get(name.as_str()) else {
            panic!("crate {name} isn't in the plan");
        };
        for dependency in dependencies(&path.join("Cargo.toml")) {
            let of_the_house = ARROWS.iter().any(|(name, _)| *name == dependency);
            let fits = !of_the_house || allowed.contains(&dependency.as_str());
            assert!(fits, "{name} must not depend on {dependency}");
            for (library, owner) in OWNED {
                let fits = dependency != *library || name == *owner;
                assert!(fits, "only {owner} knows {library}, and {name} depends on it");
            }
        }
        seen += 1;
    }
    assert_eq!(seen, ARROWS.len(), "a crate of the plan is missing");
}

#[test]
fn the_load_tester_knows_nothing_of_the_engine() {
    for dependency in dependencies(&root().join("tools/load/Cargo.toml")) {
        let of_the_house = ARROWS.iter().any(|(name, _)| *name == dependency);
        let fits = !of_the_house || LOAD_TESTER.contains(&dependency.as_str());
        assert!(fits, "the load tester must not depend on {dependency}");
    }
}

#[test]
fn every_crate_takes_the_workspaces_lints() {
    for (name, _) in ARROWS {
        let manifest = manifest(&root().join("crates").join(name).join("Cargo.toml"));
        let inherits = manifest["lints"]["workspace"].as_bool();
        assert_eq!(inherits, Some(true), "{name} has lints of its own");
    }
}

#[test]
fn pure_crates_are_linted_as_pure() {
    for name in PURE {
        let link = root().join("crates").join(name).join("clippy.toml");
        let target = fs::read_link(&link).unwrap_or_else(|e| panic!("{}: {e}", link.display()));
        assert_eq!(target, Path::new("../../tools/pure.clippy.toml"), "{name}");
    }
}

#[test]
fn pure_crates_name_nothing_impure() {
    for source in sources(&PURE.map_dirs()) {
        for (number, line) in source.code() {
            for word in IMPURE {
                assert!(!line.contains(word), "{}:{number} says {word}", source.name);
            }
        }
    }
}

#[test]
fn async_code_stays_in_the_control_world() {
    let others: Vec<&str> =
        ARROWS.iter().map(|(name, _)| *name).filter(|name| !ASYNC.contains(name)).collect();
    for source in sources(&others.map_dirs()) {
        for (number, line) in source.code() {
            let found = line.contains("async ") || line.contains(".await");
            assert!(!found, "{}:{number} is async", source.name);
        }
    }
}

#[test]
fn the_server_asks_for_the_time_in_one_place() {
    for source in sources(&["server"].map_dirs()) {
        for (number, line) in source.code() {
            let found = line.contains("Timestamp::now()") && !source.name.ends_with("/clock.rs");
            assert!(!found, "{}:{number} has a clock of its own", source.name);
        }
    }
}

#[test]
fn unsafe_code_stays_where_it_may_be() {
    for source in sources(&["crates", "tests", "tools"].map(|dir| root().join(dir))) {
        let may = UNSAFE.iter().any(|place| source.name.starts_with(place));
        for (number, line) in source.code() {
            let found = line.contains("unsafe {") || line.contains("unsafe fn");
            let found = found || line.contains("unsafe impl");
            assert!(may || !found || line.contains('"'), "{}:{number} is unsafe", source.name);
        }
    }
}

#[test]
fn files_and_functions_can_be_read() {
    let mut faults = Vec::new();
    for source in sources(&["crates", "tests", "benches", "tools"].map(|dir| root().join(dir))) {
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX {
            faults.push(format!("{} has {lines} lines", source.name));
        }
        faults.extend(source.long_functions());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn nothing_is_left_to_be_done() {
    let marks =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("to", "do!("), concat!("X", "XX")];
    for source in sources(&["crates", "tests", "benches", "tools"].map(|dir| root().join(dir))) {
        for mark in marks {
            assert!(!source.text.contains(mark), "{} says {mark}", source.name);
        }
    }
}

#[test]
fn every_library_says_what_it_is_for() {
    for (name, _) in ARROWS {
        let path = root().join("crates").join(name).join("src/lib.rs");
        let text = fs::read_to_string(&path).unwrap();
        let about = text.lines().take_while(|line| line.starts_with("//!")).count();
        assert!(about >= 5, "{name}: {about} lines about it");
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn manifest(path: &Path) -> toml::Table {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What a crate depends on, but for its tests.
fn dependencies(path: &Path) -> Vec<String> {
    let manifest = manifest(path);
    let table = manifest.get("dependencies").and_then(|table| table.as_table());
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

/// Names of crates, as the directories of their code.
trait MapDirs {
    fn map_dirs(&self) -> Vec<PathBuf>;
}

impl MapDirs for [&str] {
    fn map_dirs(&self) -> Vec<PathBuf> {
        self.iter().map(|name| root().join("crates").join(name).join("src")).collect()
    }
}

/// A Rust file.
struct Source {
    /// Its path from the root.
    name: String,
    text: String,
}

impl Source {
    /// The numbered lines that are neither comments nor tests (which come last in a file).
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_test = self.name.ends_with("tests.rs") || self.name.contains("/tests/");
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .take_while(move |(_, line)| !is_test && !line.starts_with("#[cfg(test)]"))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Functions above the limit. Formatted code closes a function at the indentation it began with.
    fn long_functions(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let lines: Vec<&str> = self.text.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let bare = line.trim_start();
            let words: Vec<&str> = bare.split_whitespace().take(5).collect();
            let on_one_line = bare.ends_with(';') || bare.ends_with('}');
            if bare.starts_with("//") || on_one_line || !words.contains(&"fn") {
                continue;
            }
            let indent = line.len() - bare.len();
            let end = format!("{}}}", " ".repeat(indent));
            let length = lines.iter().skip(start).position(|line| *line == end).unwrap_or(0);
            if length > FUNCTION_LINES_MAX {
                faults.push(format!("{}:{}: {length} lines: {bare}", self.name, start + 1));
            }
        }
        faults
    }
}

fn sources(directories: &[PathBuf]) -> Vec<Source> {
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> = directories.iter().filter(|dir| dir.is_dir()).cloned().collect();
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                found.push(Source { name, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    assert!(!found.is_empty(), "no code in {directories:?}");
    found
}
