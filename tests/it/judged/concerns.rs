//! What a plan touches beyond what its statements name.

use crate::support::{Cluster, Database, Project};

const GROUND: &str = r#"
    CREATE TABLE account (id int PRIMARY KEY, name text, at timestamp, "Old" int);
    INSERT INTO account SELECT i, 'n' FROM generate_series(1, 10) AS i;
    CREATE VIEW recent AS SELECT id, name FROM account;
    CREATE MATERIALIZED VIEW kept AS SELECT at FROM account;
    CREATE TABLE visit (id int, account_id int CONSTRAINT visit_account REFERENCES account);
    CREATE FUNCTION parsed() RETURNS bigint LANGUAGE sql BEGIN ATOMIC
        SELECT count(name) FROM account; END;
    CREATE FUNCTION unparsed() RETURNS bigint LANGUAGE plpgsql AS
        $$ BEGIN RETURN (SELECT count(at) FROM Account); END $$;
    CREATE FUNCTION unrelated() RETURNS text LANGUAGE sql AS $$ SELECT 'accounts at' $$;
    CREATE POLICY own ON account USING (name = current_user);
    CREATE PUBLICATION feed FOR TABLE account;
"#;

struct Concern {
    object: String,
    message: String,
}

fn concerns(database: &Database, up: &str) -> Vec<Concern> {
    let project = Project::for_database(database);
    project.migration(1, "step", up, "SELECT 1;");
    let plan = project.run(&["plan", "--format", "json"]).expect_code(0).json();
    let text = |value: &serde_json::Value| value.as_str().expect("it is a text").to_owned();
    let concern = |it: &serde_json::Value| Concern {
        object: format!("{} {}", text(&it["kind"]), text(&it["object"])),
        message: text(&it["message"]),
    };
    plan["concerns"].as_array().expect("they are listed").iter().map(concern).collect()
}

fn objects(database: &Database, up: &str) -> Vec<String> {
    let mut objects: Vec<_> = concerns(database, up).into_iter().map(|it| it.object).collect();
    objects.sort();
    objects
}

#[test]
fn who_uses_what_changes_is_named() {
    let database = Cluster::shared().database();
    database.psql(GROUND);
    for (statement, expected) in [
        (
            "ALTER TABLE account ALTER COLUMN name TYPE varchar(20);",
            &["function parsed()", "policy own", "publication feed", "view recent"][..],
        ),
        (
            "ALTER TABLE account DROP COLUMN at;",
            &["function unparsed()", "materialized view kept", "publication feed"],
        ),
        // A view follows a new name; a function's text does not.
        (
            "ALTER TABLE account RENAME COLUMN at TO since;",
            &["function unparsed()", "publication feed"],
        ),
        (
            "DROP TABLE account CASCADE;",
            &[
                "foreign key visit_account of visit",
                "function parsed()",
                "function unparsed()",
                "materialized view kept",
                "publication feed",
                "view recent",
            ],
        ),
        ("ALTER TABLE account DROP COLUMN \"Old\";", &["publication feed"]),
        ("CREATE TABLE other (id int);", &[]),
    ] {
        assert_eq!(objects(&database, statement), expected, "{statement}");
    }
}

#[test]
fn an_event_trigger_that_may_refuse_is_named() {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'not on a Friday'; END $$;
         CREATE TABLE t (a int);
         CREATE EVENT TRIGGER off ON ddl_command_start EXECUTE FUNCTION forbid();
         ALTER EVENT TRIGGER off DISABLE;
         CREATE EVENT TRIGGER guard ON ddl_command_start WHEN TAG IN ('ALTER TABLE')
             EXECUTE FUNCTION forbid();",
    );
    let up = "ALTER TABLE t ADD b int; ALTER TABLE t ADD c int; CREATE TABLE u (a int);";
    let found = concerns(&database, up);
    let [only] = found.as_slice() else { panic!("{} are told", found.len()) };
    assert_eq!(only.object, "event trigger guard");
    assert_eq!(
        only.message,
        "runs forbid() at ddl_command_start for 2 statements of the plan, and may refuse"
    );
    assert!(concerns(&database, "CREATE TABLE u (a int);").is_empty());
}

#[test]
fn slots_that_a_backfill_would_flood_are_named() {
    let cluster = Cluster::private(&[("wal_level", "replica"), ("max_wal_senders", "1")]);
    let database = cluster.database();
    database.psql(
        "CREATE TABLE t (a int); INSERT INTO t VALUES (1);
         SELECT pg_create_physical_replication_slot('lagging', true)",
    );
    let found = concerns(&database, "-- turnback:backfill t\nUPDATE t SET a = 2 WHERE a = 1;");
    let [only] = found.as_slice() else { panic!("{} are told", found.len()) };
    assert_eq!(only.object, "replication slot lagging");
    assert!(only.message.contains("is read by nobody"), "{}", only.message);
    assert!(concerns(&database, "ALTER TABLE t ADD b int;").is_empty());
}

#[test]
fn a_plan_shows_them_below_the_step_and_in_the_end() {
    let database = Cluster::shared().database();
    database.psql(GROUND);
    let project = Project::for_database(&database);
    project.migration(1, "step", "ALTER TABLE account ALTER COLUMN id TYPE bigint;", "SELECT 1;");
    let run = project.run(&["plan"]).expect_code(0);
    for told in [
        "  view recent uses account.id: the server refuses another type until it is dropped\n",
        "  foreign key visit_account of visit refers to account.id",
        "Besides:\n  publication feed sends the rows of account to its subscribers",
    ] {
        assert!(run.stdout.contains(told), "{told}: {run}");
    }
}
