//! What a script destroys in a SQLite database comes back when the step is undone.

mod between;
mod destroyed;
mod found_out;
mod told_apart;

use crate::support::{Project, SqliteFile};

/// A table as it is: every value with the class it is stored in.
pub(crate) fn content(file: &SqliteFile, table: &str) -> Vec<String> {
    let names = file.rows(&format!("SELECT name FROM pragma_table_info('{table}') ORDER BY name"));
    let values: Vec<String> = names
        .iter()
        .map(|name| name.replace('"', "\"\""))
        .map(|name| format!("typeof(\"{name}\") || ' ' || quote(\"{name}\")"))
        .collect();
    let mut rows = file.rows(&format!("SELECT {} FROM \"{table}\"", values.join(", ")));
    rows.sort();
    rows
}

/// A project whose first version makes tables and whose second one destroys something.
fn destroying(made: &str, up: &str, down: &str) -> (SqliteFile, Project) {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    project.migration(1, "made", made, "SELECT 1;").migration(2, "destroying", up, down);
    project.run(&["migrate", "--to", "1"]).expect_code(0);
    (file, project)
}

/// Migrates and rolls back; the tables hold then what they held. That the schema is as it was
/// is the rollback's own business.
#[track_caller]
fn comes_back(made: &str, up: &str, down: &str, tables: &[&str]) -> SqliteFile {
    let (file, project) = destroying(made, up, down);
    let contents = || tables.iter().map(|table| content(&file, table)).collect::<Vec<_>>();
    let before = contents();
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(contents(), before);
    file
}
