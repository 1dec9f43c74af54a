//! Finds the server and client programs that the tests run.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const HOW_TO_INSTALL: &str = "\
The tests run real servers and do not skip. Run `scripts/test`, which installs what is missing on
Debian and Ubuntu, or install PostgreSQL 14 or later (server and client programs) and PgBouncer:
    apt-get install postgresql pgbouncer        brew install postgresql pgbouncer
A PostgreSQL in another place is found through TURNBACK_TEST_PG_BIN=<directory of initdb>.";

/// The PostgreSQL under test.
pub struct Postgres {
    directory: PathBuf,
    /// As the server states it, `15.18`.
    pub version: String,
    /// The first number of the version.
    pub major: u32,
}

/// The PostgreSQL that every cluster of this process uses.
pub static POSTGRES: LazyLock<Postgres> = LazyLock::new(|| {
    let directory = candidates()
        .into_iter()
        .find(|directory| ["postgres", "initdb"].iter().all(|name| directory.join(name).is_file()))
        .unwrap_or_else(|| panic!("no PostgreSQL server programs found.\n{HOW_TO_INSTALL}"));
    let output = Command::new(directory.join("postgres")).arg("--version").output();
    let output = output.expect("`postgres` was just found, so it can be run");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.split_whitespace().nth(2).unwrap_or_default().to_owned();
    let digits = version.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let major = digits.parse().unwrap_or_else(|_| panic!("cannot read a version in {text:?}"));
    Postgres { directory, version, major }
});

impl Postgres {
    /// The path of one of its programs. Client programs may live apart from the server's.
    pub fn program(&self, name: &str) -> PathBuf {
        let beside = self.directory.join(name);
        if beside.is_file() { beside } else { program(name) }
    }
}

/// The path of any other program, searched where administrators' programs are, too.
pub fn program(name: &str) -> PathBuf {
    let more = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"].map(PathBuf::from);
    search_path()
        .into_iter()
        .chain(more)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("`{name}` is not installed.\n{HOW_TO_INSTALL}"))
}

fn search_path() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

fn candidates() -> Vec<PathBuf> {
    if let Some(chosen) = env::var_os("TURNBACK_TEST_PG_BIN") {
        return vec![PathBuf::from(chosen)];
    }
    let mut found = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        found.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    found.extend(search_path());
    found.extend(debian_directories());
    found
}

/// Where Debian keeps the versions side by side, highest first.
fn debian_directories() -> Vec<PathBuf> {
    let number =
        |path: &Path| path.file_name().and_then(OsStr::to_str).and_then(|n| n.parse::<u32>().ok());
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    versions.sort_by_key(|path| std::cmp::Reverse(number(path)));
    versions.into_iter().map(|path| path.join("bin")).collect()
}
