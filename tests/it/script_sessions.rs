//! What a script does to its session disturbs neither the record nor the next script, and a role
//! that may not do something learns what.

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Database, Project};

/// A role of its own, dropped with the value.
struct Role<'a> {
    database: &'a Database,
    name: String,
}

impl<'a> Role<'a> {
    fn create(database: &'a Database, purpose: &str) -> Self {
        let name = format!("{purpose}_{}", database.name());
        database.psql(&format!("CREATE ROLE {name} LOGIN"));
        Self { database, name }
    }

    fn url(&self) -> String {
        self.database.url().replace("postgres@", &format!("{}@", self.name))
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        let name = &self.name;
        let _ = self.database.try_psql(&format!("DROP OWNED BY {name}; DROP ROLE {name}"));
    }
}

/// What the next script finds, in a row of a table that is there for it.
const LOOK: &str = "INSERT INTO public.found VALUES (current_user, session_user, \
    current_setting('search_path'), current_setting('statement_timeout'), \
    current_setting('client_encoding'), to_regclass('pg_temp.scratch') IS NULL);";
const AS_FOUND: &str = "postgres|postgres|\"$user\", public|0|UTF8|t";

fn with_found() -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE TABLE found (who text, session_who text, path text, timeout text, encoding text,
                             clean boolean);
         GRANT ALL ON found TO PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC",
    );
    let project = Project::for_database(&database);
    (database, project)
}

#[test]
fn a_script_that_changes_its_session_disturbs_neither_the_record_nor_the_next_one() {
    let (database, project) = with_found();
    let role = Role::create(&database, "changed");
    let name = &role.name;
    let text = "SELECT 'Grüße \\ aus ''Köln''';";
    let changes = [
        format!("SET ROLE {name};"),
        format!("SET LOCAL ROLE {name};"),
        format!("SET SESSION AUTHORIZATION {name};"),
        "SET search_path = pg_temp;".to_owned(),
        "SELECT pg_catalog.set_config('search_path', '', false);".to_owned(),
        "CREATE TEMP TABLE scratch (a int);".to_owned(),
        "CREATE TEMP TABLE refinery_schema_history (version int);".to_owned(),
        "SET statement_timeout = '1s';".to_owned(),
        "SET client_encoding = 'LATIN1';".to_owned(),
        "SET standard_conforming_strings = off;".to_owned(),
        "PREPARE again AS SELECT 1;".to_owned(),
        "PREPARE again AS SELECT 1; DEALLOCATE ALL; PREPARE again AS SELECT 1;".to_owned(),
        "DO 'BEGIN EXECUTE ''DEALLOCATE ALL''; END';".to_owned(),
        "DECLARE again CURSOR WITH HOLD FOR SELECT 1;".to_owned(),
    ];
    let mut version = 0;
    for change in &changes {
        for change in [change, change] {
            version += 1;
            let up = format!("{change}\n-- {text}\n");
            // Twice in a row, so that a temporary table or a name that is left would be found.
            project.migration(version, "change", &up, &format!("{change}\n-- back {text}\n"));
        }
        version += 1;
        project.migration(version, "look", LOOK, LOOK);
    }
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(database.psql("SELECT DISTINCT * FROM found"), AS_FOUND);
    assert_eq!(database.psql("SELECT count(*) FROM found"), (2 * changes.len()).to_string());
    // The texts are kept as they are.
    let kept = "SELECT count(*) FILTER (WHERE sha256 = encode(sha256(convert_to(body, 'UTF8')), \
                'hex')), count(*) FROM turnback.script";
    let kept = database.psql(kept);
    let (whole, all) = kept.split_once('|').unwrap();
    assert_eq!(whole, all);
    assert_eq!(database.psql("SELECT count(DISTINCT actor) FROM turnback.event"), "1");
}

#[test]
fn what_a_failed_script_set_does_not_keep_its_failure_from_the_record() {
    let (database, project) = with_found();
    let role = Role::create(&database, "failing");
    let up = format!(
        "SET SESSION AUTHORIZATION {};\nSET statement_timeout = 1;\nSELECT 1/0;",
        role.name
    );
    project.migration(1, "fails", &up, "SELECT 1;");
    let error = project.run(&["migrate", "--format", "json"]).expect_code(1).json();
    assert_eq!(error["error"]["sqlstate"], "22012");
    assert_eq!(database.psql("SELECT kind, actor FROM turnback.event"), "failed|postgres");
}

#[test]
fn a_statement_may_take_the_time_its_role_allows() {
    let database = Cluster::shared().database();
    let role = Role::create(&database, "hasty");
    database.psql(&format!(
        "ALTER ROLE {0} SET statement_timeout = '100ms';
         GRANT CREATE ON SCHEMA public TO {0}; CREATE SCHEMA turnback AUTHORIZATION {0}",
        role.name
    ));
    let project = Project::new();
    project.migration(1, "long", "SELECT pg_sleep(60);", "SELECT 1;");
    let run = project.run(&["migrate", "-D", &role.url(), "--format", "json"]).expect_code(1);
    assert_eq!(run.json()["error"]["sqlstate"], "57014");
}

#[test]
fn a_statement_timeout_ends_the_script_and_not_its_record() {
    let (database, project) = with_found();
    project.migration(
        1,
        "slow",
        "SET statement_timeout = '50ms';\nSELECT pg_sleep(60);",
        "SELECT 1;",
    );
    let error =
        project.run(&["migrate", "--format", "json"]).expect_code(1).json()["error"].clone();
    assert_eq!((&error["kind"], &error["sqlstate"]), (&"sql".into(), &"57014".into()));
    assert_eq!(error["line"], 2, "{error}");
    assert_eq!(database.psql("SELECT kind FROM turnback.event"), "failed");
}

#[test]
fn a_deferred_constraint_is_checked_as_the_scripts_own_user() {
    let (database, project) = with_found();
    let role = Role::create(&database, "deferring");
    database.psql(
        "CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC;
         CREATE TABLE app.rows (a int); GRANT ALL ON app.rows TO PUBLIC;
         CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO public.found (who, path)
             VALUES (current_user, current_setting('search_path'));
             RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER note AFTER INSERT ON app.rows
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.note()",
    );
    let up = format!("SET ROLE {}; SET search_path = app; INSERT INTO rows VALUES (1);", role.name);
    project.migration(1, "rows", &up, "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT who, path FROM found"), format!("{}|app", role.name));
}

#[test]
fn a_role_without_privileges_is_told_which_are_missing() {
    let database = Cluster::shared().database();
    let role = Role::create(&database, "powerless");
    let project = Project::new().url(&role.url());
    project.migration(1, "one", "CREATE TABLE t (a int);", "DROP TABLE t;");
    let error =
        project.run(&["migrate", "--format", "json"]).expect_code(1).json()["error"].clone();
    assert_eq!((&error["kind"], &error["sqlstate"]), (&"permission".into(), &"42501".into()));
    let hints = error["hints"].to_string();
    assert!(hints.contains("CREATE SCHEMA turnback AUTHORIZATION"), "{error}");
    // Looking is allowed, and leaves nothing behind.
    project.run(&["status"]).expect_code(0);
    project.run(&["plan"]).expect_code(0);
    assert_eq!(database.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'turnback'"), "0");
}

#[test]
fn a_statement_the_role_may_not_run_is_shown_in_its_place() {
    let database = Cluster::shared().database();
    let role = Role::create(&database, "limited");
    let name = &role.name;
    database.psql(&format!(
        "CREATE TABLE theirs (a int); GRANT CREATE ON DATABASE {} TO {name};
         GRANT CREATE ON SCHEMA public TO {name}",
        database.name()
    ));
    let project = Project::new().url(&role.url());
    project.migration(1, "theirs", "SELECT 1;\nALTER TABLE theirs ADD b int;", "SELECT 1;");
    let run = project.run(&["migrate"]).expect_code(1);
    assert_run_snapshot!(run);
    assert_eq!(database.psql("SELECT kind, actor FROM turnback.event"), format!("failed|{name}"));
}

#[test]
fn a_role_that_may_not_see_the_ledger_is_told_so() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "one", "CREATE TABLE t (a int);", "DROP TABLE t;");
    project.run(&["migrate"]).expect_code(0);
    let role = Role::create(&database, "stranger");
    let run = project.command(&["status"]).env("DATABASE_URL", role.url()).run().expect_code(1);
    assert_run_snapshot!(run);
}

#[test]
fn a_script_that_removes_prepared_statements_has_its_rows_saved_as_any_other() {
    // With a trigger, all tables are looked at; without one, those that the script names.
    let trigger = "CREATE FUNCTION as_it_is() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER as_it_is BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION as_it_is();";
    for further in ["", trigger] {
        let database = Cluster::shared().database();
        database.psql(&format!(
            "CREATE TABLE item (id int PRIMARY KEY, state text);
             INSERT INTO item SELECT n, 'as it was' FROM generate_series(1, 3) AS n; {further}"
        ));
        let project = Project::for_database(&database);
        for version in 1..=4 {
            let removal = if version % 2 == 0 { "DEALLOCATE ALL;" } else { "" };
            let up = format!("UPDATE item SET state = 'of {version}'; {removal}\n");
            project.migration(version, "state", &up, &format!("{removal} -- its rows come back\n"));
        }
        let states = || database.psql("SELECT string_agg(DISTINCT state, ', ') FROM item");
        for _ in 0..2 {
            project.run(&["migrate"]).expect_code(0);
            assert_eq!(states(), "of 4");
            project.run(&["rollback", "--steps", "3", "--force"]).expect_code(0);
            assert_eq!(states(), "of 1");
        }
    }
}
