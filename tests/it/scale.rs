//! Thousands of migrations: they apply, `status` answers, and no step takes longer because there
//! are more of them. Where the work can be counted it is counted, not timed.

mod growth;
mod round_trips;
mod thousands;
mod version;

use crate::support::Project;

/// The script and the rollback of a small migration. Each even one needs what the one before made.
fn small_migration(version: i64) -> (String, String) {
    let before = version - 1;
    if version % 2 == 1 {
        (
            format!("CREATE TABLE t{version} (id integer PRIMARY KEY, body text NOT NULL);\n"),
            format!("DROP TABLE t{version};\n"),
        )
    } else {
        (
            format!(
                "-- turnback:requires table t{before}\n\
                 INSERT INTO t{before} (id, body) VALUES ({version}, 'one');\n"
            ),
            format!("DELETE FROM t{before} WHERE id = {version};\n"),
        )
    }
}

/// Writes the files of small migrations from 1 to `count`.
fn write_small_migrations(project: &Project, count: i64) {
    for version in 1..=count {
        let (up, down) = small_migration(version);
        project.migration(version, "small", &up, &down);
    }
}
