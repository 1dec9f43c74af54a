//! What a rehearsal tells.

use super::{alone, facts, given, notes, rehearsed, statements, there};
use crate::support::{Cluster, Project, Run};

const HIDDEN: &str = "
CREATE TABLE accounts (id bigint PRIMARY KEY, name text);
INSERT INTO accounts SELECT g, 'a' FROM generate_series(1, 5000) AS g;
ANALYZE accounts";

const BLOCK: &str = "DO $$ BEGIN
    EXECUTE 'ALTER TABLE accounts ADD COLUMN token uuid DEFAULT gen_random_uuid()';
END $$;
";

/// Times differ from run to run.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("    observed") {
        Some((before, rest)) => match (rest.find(','), rest.find(": ")) {
            (Some(comma), Some(colon)) => {
                format!("{before}    observed{}{}", &rest[..comma], &rest[colon..])
            }
            _ => line.to_owned(),
        },
        None => line.to_owned(),
    });
    lines.skip(1).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_a_block_does_stands_beside_what_its_text_tells() {
    let (database, project) = given(HIDDEN, BLOCK);
    let before = database.dump();
    let run = alone(project.command(&["plan", "--rehearse"])).run().expect_code(0);
    let text = without_times(&run.stdout);
    let place = text.lines().find(|it| it.starts_with("Rehearsed on ")).unwrap_or_default();
    assert!(place.starts_with("Rehearsed on a temporary PostgreSQL "), "{text}");
    insta::assert_snapshot!(text.replace(place, "Rehearsed on …"), @"

    V1__work: 1 statement, one transaction
      DO block
        observed: ACCESS EXCLUSIVE on public.accounts; rewrites public.accounts (1,000 here, about 5,000 there); rebuilds public.accounts_pkey; scans public.accounts: 2,000 rows read
        not foreseen: ACCESS EXCLUSIVE on public.accounts
      hazard observed-rewrite at migrations/V1__work.sql:1:1: public.accounts is written anew under ACCESS EXCLUSIVE. It has about 5,000 rows.
      hazard observed-lock at migrations/V1__work.sql:1:1: public.accounts is locked (ACCESS EXCLUSIVE), which the text does not show: nobody else can read or write it until the transaction ends. It has about 5,000 rows.

    What blocks and procedures of V1__work do is seen only when they run; what they destroy unsaved is not committed.

    Rehearsed on …

    Nothing was changed.
    ");
    assert_eq!(database.dump(), before);
}

/// The hazards of the first step that nothing but the rehearsal shows.
fn observed_hazards(run: &Run) -> Vec<String> {
    let document = run.json();
    let hazards = document["migrations"][0]["hazards"].as_array().expect("they are listed");
    let ids = hazards.iter().filter_map(|it| it["id"].as_str());
    ids.filter(|id| id.starts_with("observed-")).map(str::to_owned).collect()
}

#[test]
fn a_danger_of_the_rehearsal_is_a_hazard_of_the_plan() {
    let (_database, project) = given(HIDDEN, BLOCK);
    let run = rehearsed(&project, &[]).expect_code(0);
    assert_eq!(observed_hazards(&run), ["observed-rewrite", "observed-lock"]);
    let observed = &statements(&run)[0]["observed"];
    assert_eq!(observed["locks"][0]["foreseen"], false, "{observed}");
    assert_eq!(observed["scans"][0]["rows_here"], 1000, "{observed}");
    assert_eq!(observed["scans"][0]["rows_there"], 5000, "{observed}");
}

#[test]
fn what_is_foreseen_or_touches_nothing_of_value_is_no_danger() {
    let (_database, project) = given(
        "CREATE TABLE empty (id int); CREATE TABLE full_ (id int NOT NULL, other int); \
         INSERT INTO full_ SELECT g, g FROM generate_series(1, 100) AS g",
        "DO $$ BEGIN ALTER TABLE empty ADD COLUMN token uuid DEFAULT gen_random_uuid(); END $$;
         CREATE TABLE made (id int);
         DO $$ BEGIN ALTER TABLE made ADD COLUMN token uuid DEFAULT gen_random_uuid(); END $$;
         ALTER TABLE full_ ADD COLUMN plain int;
         UPDATE full_ SET plain = id;",
    );
    let run = rehearsed(&project, &[]).expect_code(0);
    assert!(observed_hazards(&run).is_empty(), "{run}");
}

#[test]
fn a_scan_under_a_lock_that_stops_writers_is_a_danger() {
    let (_database, project) = given(
        "CREATE TABLE t (id int NOT NULL, other int); \
         INSERT INTO t SELECT g, g FROM generate_series(1, 100) AS g; \
         CREATE FUNCTION tighten() RETURNS void LANGUAGE sql AS \
         'ALTER TABLE t ALTER COLUMN other SET NOT NULL'",
        "SELECT tighten();",
    );
    let run = rehearsed(&project, &[]).expect_code(0);
    let hazards = run.json()["migrations"][0]["hazards"].to_string();
    assert!(hazards.contains("Every row of public.t is read under ACCESS EXCLUSIVE."), "{hazards}");
}

#[test]
fn a_statement_that_fails_there_is_shown_in_its_place() {
    let (database, project) = given(
        "CREATE TABLE t (id int); INSERT INTO t VALUES (1), (1)",
        "ALTER TABLE t ADD COLUMN a int;\nALTER TABLE t ADD PRIMARY KEY (id);\nDROP TABLE t;\n",
    );
    let run = there(project.command(&["plan", "--rehearse"])).run().expect_code(4);
    let (_, end) = run.stdout.split_once("\nin the rehearsal, ").expect("it is told");
    insta::assert_snapshot!(end, @r#"
    V1__work failed: could not create unique index "t_pkey"
      --> migrations/V1__work.sql:2:1
       2 | ALTER TABLE t ADD PRIMARY KEY (id);
         | ^
      detail: Key (id)=(1) is duplicated.
      SQLSTATE: 23505

    Nothing was changed.
    "#);
    let run = rehearsed(&project, &[]).expect_code(4);
    let failure = &run.json()["rehearsal"]["failure"];
    assert_eq!(failure["sqlstate"], "23505", "{failure}");
    assert_eq!(failure["line"], 2, "{failure}");
    let statements = statements(&run);
    assert!(statements[0]["observed"].is_object() && statements[1]["observed"].is_null(), "{run}");
    assert_eq!(database.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'turnback'"), "0");
}

#[test]
fn a_deferred_constraint_fails_as_in_a_real_run() {
    let (_database, project) = given(
        "CREATE TABLE p (id int PRIMARY KEY); \
         CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO c VALUES (1);",
    );
    let run = rehearsed(&project, &[]).expect_code(4);
    assert_eq!(run.json()["rehearsal"]["failure"]["sqlstate"], "23503", "{run}");
}

#[test]
fn statements_outside_a_transaction_are_watched_from_beside() {
    let (_database, project) = given(
        "CREATE TABLE t (id int PRIMARY KEY, a int); \
         INSERT INTO t SELECT g, g FROM generate_series(1, 3000) AS g; \
         CREATE INDEX old ON t (a)",
        "-- turnback:transaction off
         CREATE INDEX CONCURRENTLY new ON t (a);
         DROP INDEX CONCURRENTLY old;
         REINDEX TABLE CONCURRENTLY t;
         VACUUM FULL t;
         VACUUM t;
         ALTER TABLE t ADD COLUMN b int;",
    );
    let run = rehearsed(&project, &[]).expect_code(0);
    let statements = statements(&run);
    let lock = |index: usize| statements[index]["observed"]["locks"][0]["lock"].to_string();
    assert!(notes(&run).is_empty(), "{run}");
    assert_eq!(statements[0]["observed"]["how"], "alone");
    for (index, expected) in [
        "\"SHARE UPDATE EXCLUSIVE\"",
        "\"SHARE UPDATE EXCLUSIVE\"",
        "\"SHARE UPDATE EXCLUSIVE\"",
        "\"ACCESS EXCLUSIVE\"",
        "\"SHARE UPDATE EXCLUSIVE\"",
        "\"ACCESS EXCLUSIVE\"",
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(lock(index), expected, "statement {index}: {run}");
    }
    let full = facts(&statements[3]["observed"]);
    assert!(full.contains(&"rewrite table public.t".to_owned()), "{full:?}");
    let reindexed = facts(&statements[2]["observed"]);
    assert!(reindexed.contains(&"rewrite index public.t_pkey".to_owned()), "{reindexed:?}");
}

#[test]
fn a_backfill_runs_in_one_piece_and_says_so() {
    let (_database, project) = given(
        "CREATE TABLE t (id int PRIMARY KEY, a int); \
         INSERT INTO t SELECT g FROM generate_series(1, 50) AS g",
        "-- turnback:backfill t\nUPDATE t SET a = id WHERE a IS NULL;",
    );
    let run = there(project.command(&["plan", "--rehearse"])).run().expect_code(0);
    assert!(run.stdout.contains("    observed in one piece, "), "{run}");
    assert!(run.stdout.contains("updates 50 rows of public.t"), "{run}");
}

#[test]
fn nothing_to_do_takes_no_server() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "a", "CREATE TABLE a (id int);", "DROP TABLE a;");
    project.run(&["migrate"]).expect_code(0);
    let run =
        project.command(&["plan", "--rehearse"]).env("TURNBACK_SCRATCH", "postgres://nowhere:1/x");
    let run = run.run().expect_code(0);
    assert!(run.stdout.ends_with("nothing to apply\n"), "{run}");
}

#[test]
fn tablespaces_of_the_live_server_are_there() {
    let cluster = Cluster::private(&[]);
    cluster.tablespace("fast");
    let database = cluster.database();
    database.psql("CREATE TABLE here (id int); CREATE TABLE there (id int) TABLESPACE fast");
    database.psql("INSERT INTO here VALUES (1); INSERT INTO there VALUES (1); ANALYZE");
    let project = Project::for_database(&database);
    let script = "ALTER TABLE here SET TABLESPACE fast;\nALTER TABLE there SET TABLESPACE fast;";
    project.migration(1, "work", script, "SELECT 1;");
    let run = alone(project.command(&["plan", "--rehearse", "--format", "json"])).run();
    let statements = statements(&run.expect_code(0));
    let moved = facts(&statements[0]["observed"]);
    assert!(moved.contains(&"rewrite table public.here".to_owned()), "{moved:?}");
    // It is there already.
    assert_eq!(facts(&statements[1]["observed"]), ["lock public.there ACCESS EXCLUSIVE"]);
}
