//! A SQLite file for one test.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::command::{Run, Turnback};

/// The path of a SQLite file in a directory of its own, and what one asks of such a file. The file
/// comes into being when something is written to it.
pub struct SqliteFile {
    directory: TempDir,
}

impl SqliteFile {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory can be created") }
    }

    /// A file in which this SQL was run.
    pub fn with(sql: &str) -> Self {
        let file = Self::new();
        file.execute(sql);
        file
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("app.db")
    }

    pub fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    /// The program on this database, with a bundled set.
    pub fn run(&self, set: &str, args: &[&str]) -> Run {
        let url = self.url();
        let mut all = vec!["-D", &url, "--set", set];
        all.extend(args);
        Turnback::new(&all).run()
    }

    /// Runs statements with foreign keys enforced, as an application does.
    #[track_caller]
    pub fn execute(&self, sql: &str) {
        self.try_execute(sql).unwrap_or_else(|error| panic!("{error} in:\n{sql}"));
    }

    /// Like `execute`, with SQLite's words if it fails.
    pub fn try_execute(&self, sql: &str) -> Result<(), String> {
        self.connection().execute_batch(sql).map_err(|error| error.to_string())
    }

    /// The rows of a query, columns separated by `|`.
    #[track_caller]
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let connection = self.connection();
        let mut statement =
            connection.prepare(sql).unwrap_or_else(|error| panic!("{error} in:\n{sql}"));
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let cells: Vec<String> = (0..columns)
                .map(|column| row.get_ref(column).map(text))
                .collect::<rusqlite::Result<_>>()?;
            Ok(cells.join("|"))
        });
        rows.and_then(Iterator::collect).unwrap_or_else(|error| panic!("{error} in:\n{sql}"))
    }

    /// Runs SQL and returns the rows, if it is a query, as `Database::psql` does.
    #[track_caller]
    pub fn query(&self, sql: &str) -> String {
        if sql.trim_start().starts_with("SELECT") {
            return self.rows(sql).join("\n");
        }
        self.execute(sql);
        String::new()
    }

    /// What `.schema` prints, but for turnback's own tables and SQLite's.
    pub fn schema(&self) -> String {
        self.schema_where("true")
    }

    /// The same without the history tables, which stand as long as a version is applied.
    pub fn schema_without_history(&self) -> String {
        self.schema_where("tbl_name NOT LIKE 'refinery_schema_history%'")
    }

    fn schema_where(&self, condition: &str) -> String {
        self.rows(&format!(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema \
             WHERE {condition} AND tbl_name NOT LIKE 'turnback\\_%' ESCAPE '\\' \
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name"
        ))
        .join("\n")
    }

    /// Every file of the directory: its name, a checksum of its bytes, when it was last written.
    pub fn trace(&self) -> Vec<(String, String, SystemTime)> {
        let entries = fs::read_dir(self.directory.path()).expect("the directory is ours");
        let mut trace: Vec<_> = entries
            .map(|entry| {
                let entry = entry.expect("the directory is ours");
                let modified = entry.metadata().and_then(|metadata| metadata.modified());
                let bytes = fs::read(entry.path()).expect("the file is ours");
                (
                    entry.file_name().to_string_lossy().into_owned(),
                    format!("{} bytes, {:02x?}", bytes.len(), &Sha256::digest(&bytes)[..8]),
                    modified.expect("every file system here keeps the time"),
                )
            })
            .collect();
        trace.sort();
        trace
    }

    /// The names of the files in its directory.
    pub fn files(&self) -> Vec<String> {
        self.trace().into_iter().map(|(name, ..)| name).collect()
    }

    /// A connection, as another program has one.
    pub fn connection(&self) -> Connection {
        let connection = Connection::open(self.path()).expect("the directory is ours");
        connection.pragma_update(None, "foreign_keys", true).expect("it is a known pragma");
        connection
    }
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => format!("{bytes:02x?}"),
    }
}
