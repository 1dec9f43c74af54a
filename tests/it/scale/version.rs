//! What needs nothing looks at nothing.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, mkfifoat, open};

use crate::support::{PATIENCE, Turnback, poll};

/// A home and a project in which every file turnback could want is a trap: a pipe that nobody
/// writes to, at which a reader waits for ever.
struct Trapped {
    directory: tempfile::TempDir,
    traps: Vec<PathBuf>,
}

impl Trapped {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for name in ["migrations", "rollbacks", ".postgresql"] {
            fs::create_dir(path(name)).unwrap();
        }
        let traps = [
            "settings.toml",
            ".pgpass",
            ".pg_service.conf",
            ".postgresql/root.crt",
            ".postgresql/postgresql.crt",
            ".postgresql/postgresql.key",
            "migrations/V1__base.sql",
            "rollbacks/V1__base.sql",
            "turnback.db",
        ];
        let traps: Vec<_> = traps.into_iter().map(path).collect();
        for trap in &traps {
            mkfifoat(CWD, trap, Mode::RUSR | Mode::WUSR).unwrap();
        }
        // A pipe here would be passed over, as it is no regular file.
        fs::write(path("turnback.toml"), "this is = no settings file").unwrap();
        Self { directory, traps }
    }

    fn run(&self, args: &[&str]) -> Turnback {
        let home = self.directory.path();
        Turnback::new(args)
            .cwd(home)
            .env("HOME", home)
            .env("TURNBACK_CONFIG", home.join("settings.toml"))
            .env("PGPASSFILE", home.join(".pgpass"))
            .env("PGSERVICEFILE", home.join(".pg_service.conf"))
            .env("PGSERVICE", "trap")
            .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
    }

    fn listing(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut directories = vec![self.directory.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path.clone());
                }
                found.push(path);
            }
        }
        found.sort();
        found
    }

    /// Whether somebody has opened a trap to read from it: only then can it be opened to write.
    fn has_reader(trap: &Path) -> bool {
        open(trap, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()).is_ok()
    }
}

#[test]
fn version_and_help_touch_no_file() {
    let trapped = Trapped::new();
    let before = trapped.listing();
    for args in
        [&["--version"][..], &["-V"], &["--help"], &["migrate", "--help"], &["help", "status"]]
    {
        let run = trapped.run(args).run().expect_code(0);
        assert!(!run.stdout.is_empty() && run.stderr.is_empty(), "{run}");
        assert_eq!(trapped.listing(), before, "{args:?} made or removed a file");
    }
    // The traps do catch whoever looks for settings.
    let _caught = trapped.run(&["status"]).spawn();
    let settings = &trapped.traps[0];
    poll(PATIENCE, || Trapped::has_reader(settings).then_some(())).expect("status reads settings");
    assert!(trapped.traps[1..].iter().all(|trap| !Trapped::has_reader(trap)));
}

#[test]
fn version_needs_no_environment_and_no_directory() {
    let gone = tempfile::tempdir().unwrap();
    let run = Turnback::new(&["--version"])
        .env_remove("HOME")
        .env_remove("PATH")
        .cwd(gone.path())
        .run()
        .expect_code(0);
    assert_eq!(run.stdout, concat!("turnback ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(fs::read_dir(gone.path()).unwrap().count(), 0);
}
