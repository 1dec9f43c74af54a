//! What is recorded, and what a record that contradicts the files leads to.

mod changed;
mod order;
mod record;
mod refinery;

use rusqlite::types::Value;

use crate::support::{Cluster, Database, Project};

/// A project with a database of either engine.
struct Given {
    project: Project,
    database: Option<Database>,
}

impl Given {
    fn postgres() -> Self {
        let database = Cluster::shared().database();
        Self { project: Project::for_database(&database), database: Some(database) }
    }

    fn sqlite() -> Self {
        Self { project: Project::new().url("sqlite:app.db"), database: None }
    }

    fn each() -> [Self; 2] {
        [Self::postgres(), Self::sqlite()]
    }

    fn is_postgres(&self) -> bool {
        self.database.is_some()
    }

    /// With versions 1 and 2 applied.
    fn applied(self) -> Self {
        self.project.migration(1, "users", "CREATE TABLE users (id int);", "DROP TABLE users;");
        self.project.migration(
            2,
            "names",
            "ALTER TABLE users ADD COLUMN name text;\n",
            "ALTER TABLE users DROP COLUMN name;\n",
        );
        self.project.run(&["migrate"]).expect_code(0);
        self
    }

    /// Runs SQL, in which `turnback.x` is the ledger's table x for both engines, and returns the
    /// rows, columns separated by `|`.
    fn sql(&self, sql: &str) -> String {
        match &self.database {
            Some(database) => database.psql(sql),
            None => sqlite_rows(&self.sqlite_connection(), &sql.replace("turnback.", "turnback_")),
        }
    }

    fn sqlite_connection(&self) -> rusqlite::Connection {
        let path = self.project.path().join("app.db");
        rusqlite::Connection::open(path).expect("it is a SQLite database, or will be one")
    }

    /// Whether a table exists.
    fn has_table(&self, table: &str) -> bool {
        let sql = match &self.database {
            Some(_) => format!("SELECT count(*) FROM pg_tables WHERE tablename = '{table}'"),
            None => format!("SELECT count(*) FROM sqlite_schema WHERE name = '{table}'"),
        };
        self.sql(&sql) == "1"
    }

    /// The versions and states that `status` tells.
    fn states(&self) -> Vec<(i64, String)> {
        let document = self.project.run(&["status", "--format", "json"]).expect_code(0).json();
        let migrations = document["migrations"].as_array().expect("a list").clone();
        let state = |it: &serde_json::Value| {
            (it["version"].as_i64().unwrap(), it["state"].as_str().unwrap().to_owned())
        };
        migrations.iter().map(state).collect()
    }
}

fn states<const N: usize>(states: [(i64, &str); N]) -> Vec<(i64, String)> {
    states.into_iter().map(|(version, state)| (version, state.to_owned())).collect()
}

fn sqlite_rows(connection: &rusqlite::Connection, sql: &str) -> String {
    let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{error} in {sql}"));
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap_or_else(|error| panic!("{error} in {sql}")) {
        let cells = (0..columns).map(|column| match row.get(column).unwrap() {
            Value::Null => String::new(),
            Value::Integer(number) => number.to_string(),
            Value::Real(number) => number.to_string(),
            Value::Text(text) => text,
            Value::Blob(bytes) => format!("{bytes:?}"),
        });
        lines.push(cells.collect::<Vec<_>>().join("|"));
    }
    lines.join("\n")
}
