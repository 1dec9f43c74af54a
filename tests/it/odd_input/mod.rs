//! Input that is odd and legal.

mod files;
mod postgres;
mod sqlite;
mod versions;

use crate::support::{Cluster, Database, Project, SqliteFile};

/// A project on PostgreSQL.
fn on_postgres() -> (Database, Project) {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    (database, project)
}

/// A project on SQLite.
fn on_sqlite() -> (SqliteFile, Project) {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    (file, project)
}
