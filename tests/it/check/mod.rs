//! `check`: what a set promises, tried on the live database and undone.

mod places;
mod refused;
mod reports;
mod traces;
mod verdicts;

use crate::support::{Database, Either, Project};

/// The address of every account has an @ in it, and none is there twice.
const ACCOUNTS: &str = "CREATE TABLE accounts (\n    \
                        id integer PRIMARY KEY,\n    \
                        email text NOT NULL UNIQUE CHECK (email LIKE '%@%')\n\
                        );\n";

/// A set that is installed, with one account, and these checks.
fn given(place: &Either, checks: &str) -> Project {
    let project = place.project();
    project.migration(1, "accounts", ACCOUNTS, "DROP TABLE accounts;");
    project.run(&["migrate"]).expect_code(0);
    place.query("INSERT INTO accounts VALUES (1, 'ann@example.org')");
    project.write("migrations/checks/accounts.sql", checks);
    project
}

/// The same on PostgreSQL alone.
fn given_postgres(checks: &str) -> (Database, Project) {
    let place = Either::Postgres(crate::support::Cluster::shared().database());
    let project = given(&place, checks);
    let Either::Postgres(database) = place else { unreachable!("it was made two lines above") };
    (database, project)
}

/// How each check of a JSON report ended.
fn states(report: &serde_json::Value) -> Vec<&str> {
    let checks = report["checks"].as_array().unwrap_or_else(|| panic!("{report}"));
    checks.iter().map(|check| check["state"].as_str().expect("it is a word")).collect()
}
