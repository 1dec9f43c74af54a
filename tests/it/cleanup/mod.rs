//! `cleanup`: the rows a set keeps only so long.

mod batches;
mod refused;
mod rules;
mod stopped;

use crate::support::{Cluster, Database, Either, Project, SqliteFile};

const EXPIRED: (&str, &str, &str) = ("sessions", "expired = 1", "they ended");

/// A set that is installed, with these retention rules (table, condition, reason).
fn given(place: &Either, rules: &[(&str, &str, &str)]) -> Project {
    let project = place.project();
    project.write("migrations/set.toml", manifest(place, rules));
    project.migration(
        1,
        "sessions",
        "CREATE TABLE sessions (id integer PRIMARY KEY, expired integer NOT NULL);",
        "DROP TABLE sessions;",
    );
    project.migration(
        2,
        "log",
        "CREATE TABLE log (id integer PRIMARY KEY, line text);",
        "DROP TABLE log;",
    );
    project.run(&["migrate"]).expect_code(0);
    place.query(
        "INSERT INTO sessions VALUES (1, 0), (2, 1), (3, 1);
         INSERT INTO log VALUES (1, 'old'), (2, NULL), (3, 'new');",
    );
    project
}

fn manifest(place: &Either, rules: &[(&str, &str, &str)]) -> String {
    let engine = if matches!(place, Either::Postgres(_)) { "postgresql" } else { "sqlite" };
    let head = format!("name = \"shop\"\nengine = \"{engine}\"\nsummary = \"A shop.\"\n");
    let rules = rules.iter().map(|(table, condition, because)| {
        format!(
            "[[retention]]\ntable = '{table}'\ndelete_when = '''{condition}'''\n\
             because = '{because}'\n"
        )
    });
    head + &rules.collect::<String>()
}

/// The same on PostgreSQL alone.
fn given_postgres(rules: &[(&str, &str, &str)]) -> (Database, Project) {
    let place = Either::Postgres(Cluster::shared().database());
    let project = given(&place, rules);
    let Either::Postgres(database) = place else { unreachable!("it was made two lines above") };
    (database, project)
}

/// The same on SQLite alone.
fn given_sqlite(rules: &[(&str, &str, &str)]) -> (SqliteFile, Project) {
    let place = Either::Sqlite(SqliteFile::new());
    let project = given(&place, rules);
    let Either::Sqlite(file) = place else { unreachable!("it was made two lines above") };
    (file, project)
}
