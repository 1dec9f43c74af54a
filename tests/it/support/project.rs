//! A user's project on disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::command::{Run, Turnback};
use super::database::Database;

/// A directory with migrations, and the program run inside it.
pub struct Project {
    directory: Arc<TempDir>,
    url: Option<String>,
}

impl Project {
    /// An empty directory. Without a database, runs use whatever the program chooses.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be created");
        Self { directory: Arc::new(directory), url: None }
    }

    /// Runs get this database through `DATABASE_URL`.
    pub fn for_database(database: &Database) -> Self {
        Self::new().url(&database.url())
    }

    /// Runs get this URL through `DATABASE_URL`.
    pub fn url(mut self, url: &str) -> Self {
        self.url = Some(url.to_owned());
        self
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes `migrations/V<version>__<name>.sql` and its rollback.
    pub fn migration(&self, version: i64, name: &str, up: &str, down: &str) -> &Self {
        let file = format!("V{version}__{name}.sql");
        self.write(&format!("migrations/{file}"), up);
        self.write(&format!("rollbacks/{file}"), down)
    }

    /// Writes a file, with the directories above it.
    pub fn write(&self, path: &str, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.path_of(path);
        let parent = path.parent().expect("it lies in the project");
        fs::create_dir_all(parent).expect("the project is ours");
        fs::write(path, contents).expect("the project is ours");
        self
    }

    /// Reads a file.
    pub fn read(&self, path: &str) -> String {
        let path = self.path_of(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Deletes a file.
    pub fn remove(&self, path: &str) -> &Self {
        let path = self.path_of(path);
        fs::remove_file(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self
    }

    /// A run in this project that can still be changed.
    pub fn command(&self, args: &[&str]) -> Turnback {
        let run = Turnback::new(args).project(&self.directory);
        match &self.url {
            Some(url) => run.env("DATABASE_URL", url),
            None => run,
        }
    }

    /// Runs the program in this project.
    pub fn run(&self, args: &[&str]) -> Run {
        self.command(args).run()
    }

    fn path_of(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }
}
