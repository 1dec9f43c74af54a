//! What a script sets for its session.

use crate::support::{Cluster, Database, Project};

use super::{migrate, status};

fn with_log() -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE log (what text); GRANT ALL ON log TO PUBLIC");
    let project = Project::for_database(&database);
    (database, project)
}

#[test]
fn settings_are_repeated_when_a_script_continues() {
    let (database, project) = with_log();
    let script = |gate: &str| {
        format!(
            "-- turnback:transaction off\n\
             SET app.tenant = 'blue';\n\
             SELECT set_config('app.shade', 'dark', false);\n\
             INSERT INTO log SELECT current_setting('app.tenant');\n\
             SET app.tenant = 'red';\n\
             INSERT INTO log SELECT current_setting('app.tenant') {gate};\n\
             INSERT INTO log SELECT current_setting('app.shade');\n"
        )
    };
    project.migration(1, "tenant", &script("FROM nowhere"), "SELECT 1;");
    migrate(&project).expect_code(1);
    assert_eq!(status(&project)["finished_statements"], 3);
    project.migration(1, "tenant", &script(""), "SELECT 1;");
    migrate(&project).expect_code(0);
    assert_eq!(database.psql("SELECT what FROM log"), "blue\nred\ndark");
}

#[test]
fn a_script_that_leaves_the_session_to_another_role_is_recorded() {
    let (database, project) = with_log();
    database.psql("CREATE ROLE nobody_off");
    let script = "-- turnback:transaction off\n\
        SET ROLE nobody_off;\n\
        SET search_path = pg_temp;\n\
        INSERT INTO public.log SELECT current_user;\n";
    project.migration(1, "role", script, script);
    project.migration(2, "next", "INSERT INTO log SELECT current_user;", "SELECT 1;");
    migrate(&project).expect_code(0);
    assert_eq!(database.psql("SELECT what FROM log"), "nobody_off\npostgres");
    // A failure is recorded too.
    let failing = format!("{script}SELECT nothing;\n");
    project.migration(3, "fails", &failing, "SELECT 1;");
    migrate(&project).expect_code(1);
    let events = "SELECT version, kind FROM turnback.event ORDER BY id";
    assert_eq!(database.psql(events), "1|applied\n2|applied\n3|failed");
    project.run(&["rollback", "--all", "--force"]).expect_code(0);
    database.psql("DROP ROLE nobody_off");
}

#[test]
fn a_statement_of_another_runner_is_not_recorded() {
    let (database, project) = with_log();
    let script = "-- turnback:transaction off\n\
        INSERT INTO log VALUES ('one');\n\
        VACUUM log;\n\
        INSERT INTO log VALUES ('three');\n";
    // What another runner does when it starts, at an instant this one does not expect.
    let taken = |at: usize| {
        let mut lines: Vec<&str> = script.lines().collect();
        lines.insert(at, "UPDATE turnback.runner SET token = token + 1;");
        lines.join("\n")
    };
    for (at, expected) in [(1, ""), (2, "one")] {
        project.migration(1, "fenced", &taken(at), "DELETE FROM log;");
        let run = project.run(&["migrate", "--format", "json"]).expect_code(5);
        assert_eq!(run.json()["error"]["kind"], "runner_lock", "{run}");
        assert_eq!(database.psql("SELECT what FROM log"), expected);
        // Statement and record are one transaction: neither stands.
        assert_eq!(database.psql("SELECT token FROM turnback.runner"), at.to_string());
    }
}

#[test]
fn a_procedure_may_commit_by_itself() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let up = "-- turnback:transaction off
        CREATE TABLE items (a int);
        CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
        BEGIN
            FOR i IN 1..3 LOOP
                INSERT INTO items VALUES (i);
                COMMIT;
            END LOOP;
        END $$;
        CALL fill();
        DO $$ BEGIN INSERT INTO items VALUES (4); COMMIT; INSERT INTO items VALUES (5); END $$;";
    let down = "DROP PROCEDURE fill; DROP TABLE items;";
    project.migration(1, "fill", up, down);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT string_agg(a::text, ' ' ORDER BY a) FROM items"), "1 2 3 4 5");
    project.run(&["rollback", "--force"]).expect_code(0);
}
