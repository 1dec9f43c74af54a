//! Verifying only reads.

use super::{applied, verify};
use crate::support::{Database, Either, Project, SqliteFile};

/// A role that may read what is needed, and whose sessions cannot write.
fn reader(database: &Database) -> String {
    let role = format!("{}_verifier", database.name());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; ALTER ROLE {role} SET default_transaction_read_only = on;
         REVOKE CREATE ON SCHEMA public FROM PUBLIC;
         REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC;
         GRANT USAGE ON SCHEMA turnback TO {role};
         GRANT SELECT ON ALL TABLES IN SCHEMA turnback TO {role};
         GRANT SELECT ON refinery_schema_history TO {role}",
        database.name()
    ));
    database.url().replace("postgres@", &format!("{role}@"))
}

#[test]
fn a_role_that_may_only_read_sees_the_same_and_nothing_is_written() {
    let [(database, project), _] = applied();
    let Either::Postgres(database) = database else { unreachable!("it is the first of both") };
    let hash = verify(&project, 0)["live_hash"].clone();
    let url = reader(&database);
    let before = database.dump();
    let reading = Project::new().url(&url);
    for file in ["V1__users.sql", "V2__index.sql"] {
        for directory in ["migrations", "rollbacks"] {
            let path = format!("{directory}/{file}");
            reading.write(&path, project.read(&path));
        }
    }
    assert_eq!(verify(&reading, 0)["live_hash"], hash);
    database.psql("CREATE TABLE theirs (a int)");
    verify(&reading, 4);
    database.psql("DROP TABLE theirs");
    assert_eq!(database.dump(), before);
}

#[test]
fn a_file_is_left_as_it_was_to_its_last_byte() {
    for setup in ["SELECT 1", "PRAGMA journal_mode = wal"] {
        let file = SqliteFile::new();
        file.connection().execute_batch("PRAGMA user_version = 1").unwrap();
        let _ = file.rows(setup);
        let project = Project::new().url(&file.url());
        project.migration(1, "users", "CREATE TABLE users (id int);", "DROP TABLE users;");
        project.run(&["migrate"]).expect_code(0);
        let before = file.trace();
        verify(&project, 0);
        project.run(&["verify"]).expect_code(0);
        assert_eq!(file.trace(), before, "{setup}");
    }
}

/// A runner at work is no reason to wait.
#[test]
fn it_takes_no_lock_of_its_own() {
    let [(database, project), _] = applied();
    let Either::Postgres(database) = database else { unreachable!("it is the first of both") };
    let up = "SELECT pg_sleep(600);";
    project.migration(3, "long", up, "SELECT 1;");
    let running = project.command(&["migrate"]).spawn();
    crate::support::wait_for_statement(&database, "pg_sleep(600)");
    verify(&project, 3);
    running.signal(crate::support::Signal::KILL);
}
