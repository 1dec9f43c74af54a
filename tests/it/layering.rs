//! The house's map: who may import whom, and what may stand where.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use source::{Source, Sources};

/// The folders of `src/`, the highest first. A folder imports only from itself and from those
/// behind it.
const ORDER: [&str; 11] = [
    "commands", "ui", "report", "engine", "database", "plan", "catalog", "sets", "settings", "sql",
    "model",
];
/// The files above all folders.
const TOP: [&str; 3] = ["main.rs", "lib.rs", "cli.rs"];
const LONGEST_FILE: usize = 400;

fn folder(file: &str) -> Option<&str> {
    file.split_once('/').map(|(folder, _)| folder)
}

/// 0 for the files above all folders.
fn rank(file: &str) -> usize {
    match folder(file) {
        None => 0,
        Some(folder) => 1 + ORDER.iter().position(|known| *known == folder).expect("it has a rank"),
    }
}

fn is_test(source: &Source) -> bool {
    source.module.iter().any(|part| part == "tests")
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_folder_has_its_place_in_the_order() {
    let sources = Sources::read();
    let folders: BTreeSet<&str> = sources.iter().filter_map(|it| folder(&it.file)).collect();
    let unknown: Vec<_> = folders.iter().filter(|folder| !ORDER.contains(folder)).collect();
    assert!(unknown.is_empty(), "say where in the order {unknown:?} stands");
    let loose: Vec<_> = sources.iter().filter(|it| folder(&it.file).is_none()).collect();
    let loose: Vec<_> = loose.iter().map(|it| &*it.file).collect();
    assert_eq!(loose.len(), TOP.len(), "{loose:?} stand beside the folders");
    assert!(loose.iter().all(|file| TOP.contains(file)), "{loose:?} stand beside the folders");

    // What the library's first lines tell a reader is this same order.
    let told = fs::read_to_string(root().join("src/lib.rs")).unwrap().replace("\n//!", "");
    let order: Vec<_> = ORDER.into_iter().filter(|folder| folders.contains(folder)).collect();
    let order = format!("`{}`", order.join("` → `"));
    assert!(told.contains(&order), "src/lib.rs does not say {order}");
}

#[test]
fn a_folder_imports_only_from_folders_below_it() {
    let sources = Sources::read();
    let mut faults = Vec::new();
    for source in sources.iter() {
        for named in sources.named_by(source) {
            let is_allowed = match rank(named) {
                0 => rank(&source.file) == 0,
                below => rank(&source.file) <= below,
            };
            if !is_allowed {
                faults.push(format!("{} imports from {named}, which is above it", source.file));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn commands_do_not_call_commands() {
    let sources = Sources::read();
    // What every command works with, how the destructive ones ask and save, where catalogs come from,
    // how hard backfills work, which hazards are accepted, what a plan is tried on.
    let shared = [
        "commands/mod.rs",
        "commands/blockers.rs",
        "commands/context.rs",
        "commands/confirm.rs",
        "commands/hazards.rs",
        "commands/file.rs",
        "commands/reporting.rs",
        "commands/rehearsal.rs",
        "commands/saving.rs",
        "commands/scratch.rs",
        "commands/sources.rs",
        "commands/tuning.rs",
    ];
    let mut faults = Vec::new();
    for source in sources.iter().filter(|it| folder(&it.file) == Some("commands")) {
        for named in sources.named_by(source) {
            if folder(named) == Some("commands") && !shared.contains(&named) {
                faults.push(format!("{} imports from {named}", source.file));
            }
        }
    }
    assert_none(&faults);
    let count = sources.iter().filter(|it| folder(&it.file) == Some("commands")).count();
    assert!(count > shared.len(), "no command was looked at");
}

#[test]
fn no_file_imports_in_a_circle() {
    let sources = Sources::read();
    let graph: BTreeMap<&str, BTreeSet<&str>> = sources
        .iter()
        .filter(|source| !is_test(source))
        .map(|source| (source.file.as_str(), sources.named_by(source)))
        .collect();
    let edges: usize = graph.values().map(BTreeSet::len).sum();
    assert!(edges > graph.len(), "only {edges} imports were found in {} files", graph.len());
    let mut circles = BTreeSet::new();
    for start in graph.keys() {
        if let Some(circle) = circle_through(&graph, start) {
            circles.insert(circle);
        }
    }
    assert_none(&circles.into_iter().collect::<Vec<_>>());
}

/// The shortest way from a file back to itself, told from its first name in the alphabet.
fn circle_through(graph: &BTreeMap<&str, BTreeSet<&str>>, start: &str) -> Option<String> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in graph.get(way.last()?).into_iter().flatten() {
                if *next == start {
                    let least = way.iter().min()?;
                    let at = way.iter().position(|file| file == least)?;
                    let turned = way[at..].iter().chain(&way[..at]).chain([least]);
                    return Some(turned.copied().collect::<Vec<_>>().join(" → "));
                }
                if seen.insert(*next) {
                    longer.push(way.iter().copied().chain([*next]).collect());
                }
            }
        }
        ways = longer;
    }
    None
}

/// A word of code or a macro, and the only places it may stand in: files or folders below `src/`.
const HOMES: [(&[&str], &[&str]); 10] = [
    (&["tokio_postgres"], &["database/postgres/"]),
    (&["tokio"], &["database/postgres/"]),
    (&["rusqlite"], &["database/sqlite/"]),
    (&["refinery_core"], &["database/history.rs", "sets/refinery.rs"]),
    (&["squawk_lexer", "squawk_linter", "squawk_syntax", "sqlite3_parser"], &["sql/"]),
    (&["dialoguer", "indicatif"], &["ui/"]),
    (&["println!", "eprintln!", "print!", "eprint!"], &["ui/"]),
    (&["dbg!", "todo!", "unimplemented!"], &[]),
    (&["unsafe"], &[]),
    (&["clap"], &["cli.rs", "commands/", "ui/printer.rs"]),
];

fn has(source: &Source, word: &str) -> bool {
    let (word, is_macro) = word.strip_suffix('!').map_or((word, false), |name| (name, true));
    let next = source.tokens.iter().skip(1).map(String::as_str).chain([""]);
    source.tokens.iter().zip(next).any(|(token, next)| token == word && (!is_macro || next == "!"))
}

#[test]
fn what_belongs_to_one_place_stands_nowhere_else() {
    let sources = Sources::read();
    let mut faults = Vec::new();
    for source in sources.iter().filter(|it| !is_test(it)) {
        for (words, homes) in HOMES {
            let at_home = homes.iter().any(|home| source.file.starts_with(home));
            let found = words.iter().find(|word| has(source, word));
            if let Some(word) = found.filter(|_| !at_home) {
                faults.push(format!("{} has `{word}`, which belongs in {homes:?}", source.file));
            }
        }
        // The environment is read once; below, nobody looks at it.
        let environment = ["main.rs", "settings/environment.rs"].contains(&source.file.as_str());
        let mut paths = source.tokens.windows(3).filter(|it| it[0] == "std" && it[2] == "env");
        if paths.next().is_some() && !environment {
            faults.push(format!("{} reads the environment", source.file));
        }
    }
    assert_none(&faults);
}

#[test]
fn no_file_is_too_long_to_read() {
    let sources = Sources::read();
    let long = sources.iter().filter(|source| source.text.lines().count() > LONGEST_FILE);
    assert_none(&long.map(|source| source.file.clone()).collect::<Vec<_>>());
}

#[test]
fn the_tree_names_no_registry_and_leaves_nothing_undone() {
    // Put together here, so that this file does not contain them.
    let words = [
        ["crates", ".io"],
        ["npmjs", ".org"],
        ["npmjs", ".com"],
        ["pypi", ".org"],
        ["docker", ".io"],
        ["TO", "DO"],
        ["FIX", "ME"],
    ]
    .map(|parts| parts.concat());
    let mut files = Vec::new();
    tree(&root(), &mut files);
    assert!(files.iter().any(|file| file.ends_with("src/lib.rs")), "{files:?}");
    let mut faults = Vec::new();
    for file in &files {
        let text = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
        if file.ends_with("Cargo.lock") {
            // cargo itself writes where packages come from: one place, the usual one.
            let places: BTreeSet<_> =
                text.lines().filter(|line| line.starts_with("source = ")).collect();
            let usual =
                format!("source = \"registry+https://github.com/rust-lang/{}-index\"", words[0]);
            assert_eq!(places.into_iter().collect::<Vec<_>>(), [usual]);
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(word) = words.iter().find(|word| line.contains(*word)) {
                faults.push(format!("{}:{number}: {word}", file.display()));
            }
        }
    }
    assert_none(&faults);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The files of the tree, but for what is built, and what the user's own tools keep in hidden
/// directories.
fn tree(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("it is a directory") {
        let path = entry.expect("it can be listed").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            let is_hidden = name.starts_with('.') && name != ".ci";
            if name != "target" && !is_hidden {
                tree(&path, files);
            }
        } else {
            files.push(path);
        }
    }
}
