//! Where checks are run: by whom, through what, beside whom.

use super::{given, given_postgres, states};
use crate::support::{Either, OtherSession, Pooler, SqliteFile};

const HOLDS: &str = "INSERT INTO accounts VALUES (2, 'bob@example.org');
    -- turnback:check a
    SELECT 2 AS expected, count(*) AS actual FROM accounts;
    -- turnback:check b
    SELECT 2 AS expected, count(*) AS actual FROM accounts;";

#[test]
fn a_pooler_in_between_makes_no_difference() {
    let (database, project) = given_postgres(HOLDS);
    for pooler in [Pooler::transaction(&database), Pooler::session(&database)] {
        let run = project.command(&["check"]).env("DATABASE_URL", pooler.url()).run();
        run.expect_code(0);
    }
    assert_eq!(database.psql("SELECT count(*) FROM accounts"), "1");
}

#[test]
fn a_role_that_may_not_create_roles_skips_what_needs_one() {
    let (database, project) = given_postgres(
        "-- turnback:check a role of its own
         -- turnback:skip-unless (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)
         CREATE ROLE turnback_never;
         SELECT 1 AS expected, 2 AS actual;
         -- turnback:check the rest
         SELECT 1 AS expected, count(*) AS actual FROM accounts;",
    );
    let role = format!("{}_plain", database.name());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public, turnback TO {role};
         GRANT USAGE ON SCHEMA turnback TO {role}"
    ));
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let run = project.command(&["check", "--format", "json"]).env("DATABASE_URL", url).run();
    let run = run.expect_code(0);
    assert_eq!(states(&run.json()), ["skipped", "passed"], "{run}");
    database.psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_table_that_somebody_locks_fails_the_check_and_hangs_nobody() {
    let (database, project) = given_postgres(
        "-- turnback:check behind the lock
         SELECT 1 AS expected, count(*) AS actual FROM accounts;
         -- turnback:check beside it
         SELECT 1 AS expected, 1 AS actual;",
    );
    let holder = OtherSession::holding(&database, "holder", "BEGIN; LOCK TABLE accounts");
    let run = project.run(&["check", "--format", "json"]).expect_code(4);
    let report = run.json();
    assert_eq!(states(&report), ["failed", "passed"], "{run}");
    assert!(report["checks"][0]["actual"].as_str().unwrap().starts_with("55P03: "), "{run}");
    project.write("migrations/checks/accounts.sql", HOLDS);
    let report = project.run(&["check", "--format", "json"]).expect_code(4).json();
    assert_eq!(states(&report), ["failed"]);
    assert_eq!(report["checks"][0]["name"], "the set-up runs");
    holder.end();
    project.run(&["check"]).expect_code(0);
}

#[test]
fn a_sqlite_file_that_somebody_writes_is_given_up_with_a_clear_word() {
    let place = Either::Sqlite(SqliteFile::new());
    let project = given(&place, HOLDS);
    let Either::Sqlite(file) = &place else { unreachable!("it was made two lines above") };
    let writer = file.connection();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let run = project.run(&["check", "--format", "json"]).expect_code(1);
    let error = &run.json()["error"];
    assert_eq!(error["sqlstate"], "SQLITE_BUSY", "{run}");
    assert_eq!(error["message"], "database is locked", "{run}");
    drop(writer);
    project.run(&["check"]).expect_code(0);
}

#[test]
fn names_in_checks_mean_the_schema_the_set_is_in() {
    let (database, project) = given_postgres(HOLDS);
    database.psql(r#"CREATE SCHEMA "My Schema""#);
    let odd = |command: &str| project.run(&["--schema", "My Schema", command]);
    odd("check").expect_code(1);
    odd("migrate").expect_code(0);
    odd("check").expect_code(4);
    database.psql(r#"INSERT INTO "My Schema".accounts VALUES (1, 'ann@example.org')"#);
    odd("check").expect_code(0);
    database.psql("DELETE FROM public.accounts");
    odd("check").expect_code(0);
    project.run(&["check"]).expect_code(4);
}
