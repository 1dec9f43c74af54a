//! A database of either engine, for promises that hold on both.

use super::cluster::Cluster;
use super::database::Database;
use super::project::Project;
use super::sqlite_file::SqliteFile;

/// A database of either engine.
pub enum Either {
    Postgres(Database),
    Sqlite(SqliteFile),
}

impl Either {
    /// An empty one of each.
    pub fn both() -> [Self; 2] {
        [Self::Postgres(Cluster::shared().database()), Self::Sqlite(SqliteFile::new())]
    }

    pub fn url(&self) -> String {
        match self {
            Self::Postgres(database) => database.url(),
            Self::Sqlite(file) => file.url(),
        }
    }

    /// A project whose runs use this database.
    pub fn project(&self) -> Project {
        Project::new().url(&self.url())
    }

    /// Runs SQL and returns the rows, one a line, columns separated by `|`.
    pub fn query(&self, sql: &str) -> String {
        match self {
            Self::Postgres(database) => database.psql(sql),
            Self::Sqlite(file) => file.query(sql),
        }
    }

    /// One of turnback's own tables.
    pub fn ledger(&self, table: &str) -> String {
        match self {
            Self::Postgres(_) => format!("turnback.{table}"),
            Self::Sqlite(_) => format!("turnback_{table}"),
        }
    }
}
