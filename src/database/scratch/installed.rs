//! The servers that are installed, or were fetched by an earlier run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::server_user::{ServerUser, run_as, server_command};
use crate::settings::ScratchSettings;

/// The oldest major version turnback works with.
const OLDEST: u32 = 14;

/// The programs of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Installation {
    /// The directory of `initdb` and `postgres`, without links.
    pub(super) bin: PathBuf,
    /// All it says of its version: `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    pub(super) banner: String,
    /// The version, `15.18`.
    pub(super) version: String,
    /// The first number of the version.
    pub(super) major: u32,
    /// Whether the user that servers run as can run it where it is.
    pub(super) is_reachable: bool,
}

impl Installation {
    /// Looks at a directory that [`bin_of`] found; `None` where its server will not do.
    pub(super) fn at(bin: PathBuf, user: Option<ServerUser>) -> Option<Self> {
        let banner_of = |user| {
            let mut command = server_command(bin.join("postgres"));
            run_as(command.arg("--version").current_dir("/"), user);
            let output = command.output().ok().filter(|output| output.status.success())?;
            Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let reached = banner_of(user);
        let is_reachable = reached.is_some();
        let banner = reached.or_else(|| banner_of(None))?;
        // Such as 15.18, 19beta1, 18devel.
        let version = banner.split_whitespace().nth(2)?.to_owned();
        let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
        let major = digits.parse().ok().filter(|major| *major >= OLDEST)?;
        Some(Self { bin, banner, version, major, is_reachable })
    }
}

/// The directory that a server's programs really are in, from where it finds its other files.
pub(super) fn bin_of(directory: &Path) -> Option<PathBuf> {
    let bin = fs::canonicalize(directory.join("postgres")).ok()?.parent()?.to_owned();
    bin.join("initdb").is_file().then_some(bin)
}

/// Where servers are looked for, in this order, and what was found there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) found: Vec<Installation>,
    /// The places, as they are told to the user.
    pub(super) places: Vec<String>,
}

impl Search {
    /// Looks everywhere. What was fetched comes last.
    pub(super) fn run(
        settings: &ScratchSettings,
        fetched: Option<&Path>,
        user: Option<ServerUser>,
    ) -> Self {
        let ScratchSettings { program_path, server_places, .. } = settings;
        let mut directories = program_path.clone();
        directories.extend(pg_config_bin(program_path));
        directories.extend(server_places.iter().flat_map(|pattern| expand(pattern)));
        let mut search = Self::default();
        let mut seen = BTreeSet::new();
        for bin in directories.iter().filter_map(|directory| bin_of(directory)) {
            if seen.insert(bin.clone()) {
                // What was fetched can be copied; what is installed stays where it is.
                let installation = Installation::at(bin, user).filter(|it| it.is_reachable);
                search.found.extend(installation);
            }
        }
        let fetched = fetched.map(|root| expand(&root.join("*/bin"))).unwrap_or_default();
        let fetched = fetched.iter().filter_map(|directory| bin_of(directory));
        search.found.extend(fetched.filter_map(|bin| Installation::at(bin, user)));
        search.places = ["PATH", "pg_config --bindir"].map(str::to_owned).into();
        search.places.extend(server_places.iter().map(|pattern| pattern.display().to_string()));
        search
    }

    /// The one of the wanted major version, else of the nearest; the first one found where none is
    /// wanted.
    pub(super) fn choose(&self, wanted: Option<u32>) -> Option<&Installation> {
        let Some(wanted) = wanted else { return self.found.first() };
        // The first of those that are equally near; the newer one rather than the older.
        self.found.iter().min_by_key(|it| (it.major.abs_diff(wanted), std::cmp::Reverse(it.major)))
    }
}

/// The paths a pattern stands for, the highest name first. Its `*` ends a name.
pub(super) fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::new()];
    for part in pattern.components() {
        let part = part.as_os_str();
        let start = part.to_str().and_then(|part| part.strip_suffix('*'));
        paths = match start {
            None => paths.iter().map(|path| path.join(part)).collect(),
            Some(start) => paths.iter().flat_map(|path| children(path, start)).collect(),
        };
    }
    paths
}

fn children(directory: &Path, start: &str) -> Vec<PathBuf> {
    let names = fs::read_dir(directory).into_iter().flatten().flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.starts_with(start).then_some(name)
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.iter().rev().map(|name| directory.join(name)).collect()
}

/// The first program of that name.
pub(super) fn program(path: &[PathBuf], name: &str) -> Option<PathBuf> {
    path.iter().map(|directory| directory.join(name)).find(|file| file.is_file())
}

pub(super) fn pg_config_bin(path: &[PathBuf]) -> Option<PathBuf> {
    let output = Command::new(program(path, "pg_config")?).arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(majors: &[u32]) -> Search {
        let found = majors.iter().map(|major| Installation {
            bin: PathBuf::from(format!("/pg/{major}/bin")),
            banner: String::new(),
            version: major.to_string(),
            major: *major,
            is_reachable: true,
        });
        Search { found: found.collect(), places: Vec::new() }
    }

    fn chosen(majors: &[u32], wanted: Option<u32>) -> Option<u32> {
        search(majors).choose(wanted).map(|it| it.major)
    }

    #[test]
    fn a_pattern_stands_for_what_is_there() {
        let root = tempfile::tempdir().unwrap();
        for name in ["postgresql@14/bin", "postgresql@16/bin", "other"] {
            fs::create_dir_all(root.path().join(name)).unwrap();
        }
        let expected = ["postgresql@16/bin", "postgresql@14/bin"].map(|it| root.path().join(it));
        assert_eq!(expand(&root.path().join("postgresql*/bin")), expected);
        assert_eq!(expand(Path::new("/usr/bin")), [PathBuf::from("/usr/bin")]);
    }

    #[test]
    fn the_wanted_major_version_wins_and_else_the_nearest() {
        assert_eq!(chosen(&[15, 18, 14], None), Some(15));
        assert_eq!(chosen(&[15, 18, 14], Some(18)), Some(18));
        assert_eq!(chosen(&[14, 16], Some(15)), Some(16));
        assert_eq!(chosen(&[14, 15], Some(18)), Some(15));
        assert_eq!(chosen(&[], Some(18)), None);
    }
}
