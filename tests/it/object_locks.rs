//! No statement queues for a lock longer than a short budget: it backs off and tries again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{
    Client, Cluster, Database, OtherSession, PATIENCE, Project, Signal, SqliteFile, poll, sessions,
};

const READER: &str = "BEGIN; SELECT count(*) FROM busy";

fn with_busy_table() -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE busy (a int); INSERT INTO busy VALUES (1)");
    let project = Project::for_database(&database);
    let up = "CREATE TABLE log (a int);\nALTER TABLE busy ADD COLUMN b int;\n";
    project.migration(1, "widen", up, "ALTER TABLE busy DROP COLUMN b; DROP TABLE log;");
    (database, project)
}

fn columns(database: &Database) -> String {
    database
        .psql("SELECT count(*) FROM pg_attribute WHERE attrelid = 'busy'::regclass AND attnum > 0")
}

#[test]
fn a_locked_table_is_tried_again_until_it_is_free() {
    let (database, project) = with_busy_table();
    let reader = OtherSession::holding(&database, "reader", READER);
    let mut running = project.command(&["migrate"]).spawn();
    let note = "canceling statement due to lock timeout; trying again in ";
    running.wait_for_stderr(note);
    // Between two tries no transaction is open and no lock is waited for.
    let idle = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'turnback' \
                AND datname = current_database() AND xact_start IS NULL AND state = 'idle'";
    poll(PATIENCE, || (database.psql(idle) == "1").then_some(())).expect("it backs off");
    assert!(running.is_running());
    reader.end();
    let run = running.wait().expect_code(0);
    assert!(run.stderr.contains(note), "{run}");
    assert_eq!(columns(&database), "2");
    // What is tried again is the whole transaction, and it is recorded once.
    assert_eq!(database.psql("SELECT kind FROM turnback.event"), "applied");
}

#[test]
fn whoever_queues_behind_the_migration_gets_through_in_time() {
    let (database, project) = with_busy_table();
    let reader = OtherSession::holding(&database, "reader", READER);
    let stop = AtomicBool::new(false);
    let (worst, count) = std::thread::scope(|scope| {
        let queries = scope.spawn(|| {
            let (mut worst, mut count) = (Duration::ZERO, 0);
            while !stop.load(Ordering::SeqCst) {
                let began = Instant::now();
                // Fails if it queues longer than any try of the migration may.
                database.psql("SET statement_timeout = '5s'; SELECT count(*) FROM busy");
                worst = worst.max(began.elapsed());
                count += 1;
            }
            (worst, count)
        });
        let run = project.run(&["migrate", "--ddl-lock-timeout", "3s"]);
        stop.store(true, Ordering::SeqCst);
        run.expect_code(1);
        queries.join().expect("every query gets through")
    });
    assert!(count > 0 && worst < Duration::from_secs(5), "{count} queries, the slowest {worst:?}");
    drop(reader);
}

#[test]
fn a_table_that_stays_locked_is_given_up_and_nothing_changes() {
    let (database, project) = with_busy_table();
    let reader = OtherSession::holding(&database, "reader", READER);
    // A single try, after which it is looked who is in the way.
    let run = project.run(&["migrate", "--ddl-lock-timeout", "0s", "--quiet"]).expect_code(1);
    assert_run_snapshot!(run);
    let args = ["migrate", "--ddl-lock-timeout", "0s", "--format", "json"];
    let error = project.run(&args).expect_code(1).json()["error"].clone();
    assert_eq!((&error["kind"], &error["sqlstate"]), (&"object_lock".into(), &"55P03".into()));
    assert_eq!((&error["line"], &error["column"]), (&2.into(), &1.into()), "{error}");
    assert_eq!(columns(&database), "1");
    assert_eq!(database.psql("SELECT to_regclass('log') IS NULL"), "t");
    reader.end();
    project.run(&["migrate"]).expect_code(0);
}

#[test]
fn who_holds_the_lock_is_named_and_how_to_end_it() {
    let (database, project) = with_busy_table();
    database.psql("CREATE TABLE \"Other one\" (a int)");
    let idle = Client::connect(&database);
    idle.tell("SET application_name = 'forgotten'");
    idle.tell("BEGIN; LOCK TABLE \"Other one\" IN SHARE MODE; SELECT count(*) FROM busy");
    let pid: i32 = idle.tell("SELECT pg_backend_pid()").parse().expect("it is a number");
    let running = project.command(&["migrate", "--ddl-lock-timeout", "3s"]).spawn();
    let run = running.wait().expect_code(1);
    // Only what is waited for is named among the locks it holds.
    let said = format!("the lock is held by pid {pid} (forgotten, role postgres");
    assert!(run.stderr.contains(&said), "{said} is not in {run}");
    assert!(run.stderr.contains("idle in transaction for "), "{run}");
    assert!(
        run.stderr.contains("holds ACCESS SHARE on public.busy: SELECT pg_backend_pid()"),
        "{run}"
    );
    assert!(run.stderr.contains(&format!("SELECT pg_terminate_backend({pid});")), "{run}");
    // Once while it is tried again, and once when it is given up.
    assert_eq!(run.stderr.matches(&said).count(), 2, "{run}");
    let args = ["migrate", "--ddl-lock-timeout", "2s", "--format", "json"];
    let blockers = project.run(&args).expect_code(1).json()["error"]["blockers"].clone();
    assert_eq!(blockers[0]["pid"], pid, "{blockers}");
    assert_eq!(blockers[0]["application"], "forgotten");
    assert_eq!(blockers.as_array().map(Vec::len), Some(1), "{blockers}");
    // The command that is named does end it.
    database.psql(&format!("SELECT pg_terminate_backend({pid})"));
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(sessions(&database), "0");
}

#[test]
fn who_holds_the_lock_is_ended_only_where_that_is_agreed() {
    let (database, project) = with_busy_table();
    let args = ["migrate", "--ddl-lock-timeout", "1s", "--terminate-blockers"];
    // There is nobody to ask.
    let run = project.run(&args).expect_code(6);
    assert!(run.stderr.contains("--yes or --force ends them without asking"), "{run}");
    let reader = OtherSession::holding(&database, "reader", READER);
    for (answer, code) in [("n\n", 1), ("y\n", 0)] {
        let mut terminal = project.command(&args).in_terminal();
        terminal.expect("the lock is held by pid ", PATIENCE);
        terminal.expect("Its transaction is rolled back.", PATIENCE);
        terminal.send(answer);
        assert_eq!(terminal.wait(), code, "{}", terminal.output_so_far());
        assert_eq!(columns(&database), if code == 0 { "2" } else { "1" });
    }
    drop(reader);
    let _second = OtherSession::holding(&database, "reader", READER);
    let run = project.run(&["rollback", "--force", "--ddl-lock-timeout", "1s"]).expect_code(1);
    assert!(run.stderr.contains("the lock is held by pid "), "{run}");
    let args = ["rollback", "--force", "--ddl-lock-timeout", "1s", "--terminate-blockers"];
    let run = project.run(&args).expect_code(0);
    assert!(run.stderr.contains(", which held the lock, was ended"), "{run}");
}

#[test]
fn a_role_that_may_see_little_still_learns_who_it_is() {
    let (database, project) = with_busy_table();
    let role = format!("runner_of_{}", database.name());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT CREATE ON DATABASE {} TO {role};
         GRANT ALL ON SCHEMA public TO {role}; ALTER TABLE busy OWNER TO {role}",
        database.name()
    ));
    let reader = OtherSession::holding(&database, "reader", READER);
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let command = project.command(&["migrate", "--ddl-lock-timeout", "2s"]);
    let run = command.env("DATABASE_URL", &url).run().expect_code(1);
    assert!(run.stderr.contains("the lock is held by pid "), "{run}");
    // Nor may it end a superuser's session. What it is told leaves the transaction as it is, which
    // has saved a column by then.
    project.migration(
        1,
        "narrow",
        "ALTER TABLE busy DROP COLUMN a;",
        "ALTER TABLE busy ADD a int;",
    );
    project.remove("migrations/V1__widen.sql").remove("rollbacks/V1__widen.sql");
    let args = ["migrate", "--ddl-lock-timeout", "2s", "--terminate-blockers", "--yes"];
    let run = project.command(&args).env("DATABASE_URL", url).run().expect_code(1);
    assert!(run.stderr.contains(", which held the lock, cannot be ended: "), "{run}");
    assert!(run.stderr.contains("SQLSTATE: 55P03"), "{run}");
    reader.end();
    database.psql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

#[test]
fn giving_up_takes_the_time_that_was_given() {
    let (database, project) = with_busy_table();
    let reader = OtherSession::holding(&database, "reader", READER);
    let began = Instant::now();
    project.run(&["migrate", "--ddl-lock-timeout", "3s"]).expect_code(1);
    // A lock that is let go of within the time is had.
    assert!(began.elapsed() >= Duration::from_secs(3), "given up after {:?}", began.elapsed());
    drop(reader);
}

#[test]
fn tables_that_a_step_leaves_alone_are_not_waited_for() {
    let (database, project) = with_busy_table();
    database.psql("CREATE TABLE theirs (id serial); INSERT INTO theirs DEFAULT VALUES");
    let down = "ALTER TABLE busy ADD COLUMN a int;";
    project.remove("migrations/V1__widen.sql").remove("rollbacks/V1__widen.sql");
    project.migration(1, "narrow", "ALTER TABLE busy DROP COLUMN a;", down);
    for held in ["LOCK TABLE theirs", "ALTER SEQUENCE theirs_id_seq CACHE 7"] {
        let other = OtherSession::holding(&database, "other", &format!("BEGIN; {held}"));
        project.run(&["migrate", "--ddl-lock-timeout", "0s"]).expect_code(0);
        project.run(&["rollback", "--ddl-lock-timeout", "0s", "--force"]).expect_code(0);
        assert_eq!(database.psql("SELECT a FROM busy"), "1");
        other.end();
    }
}

#[test]
fn a_statement_outside_a_transaction_backs_off_too() {
    let (database, project) = with_busy_table();
    let script = "-- turnback:transaction off\nCREATE TABLE log (a int);\n\
                  ALTER TABLE busy ADD COLUMN b int;\n";
    project.write("migrations/V1__widen.sql", script);
    let reader = OtherSession::holding(&database, "reader", READER);
    let gave_up = project.run(&["migrate", "--ddl-lock-timeout", "1s"]).expect_code(1);
    assert!(gave_up.stderr.contains("SQLSTATE: 55P03"), "{gave_up}");
    assert!(gave_up.stderr.contains("1 of the 2 statements of V1__widen"), "{gave_up}");
    let mut running = project.command(&["migrate"]).spawn();
    running.wait_for_stderr("lock timeout; trying again");
    reader.end();
    running.wait().expect_code(0);
    assert_eq!(columns(&database), "2");
}

#[test]
fn a_run_that_backs_off_can_be_interrupted() {
    let (database, project) = with_busy_table();
    let reader = OtherSession::holding(&database, "reader", READER);
    let mut running = project.command(&["migrate", "--format", "json"]).spawn();
    running.wait_for_stderr("trying again");
    running.signal(Signal::INT);
    assert_eq!(running.wait().expect_code(1).json()["error"]["kind"], "interrupted");
    assert_eq!(sessions(&database), "0");
    drop(reader);
}

#[test]
fn a_deadlock_is_tried_again() {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE one (a int); CREATE TABLE two (a int)");
    let project = Project::for_database(&database);
    // What a block locks is not known beforehand. It waits until its rival waits for it, and looks for the deadlock first, so that it is the
    // one that is ended: a lock_timeout of its own keeps the usual one from ending it earlier.
    let up = "SET LOCAL deadlock_timeout = '10ms';\nSET LOCAL lock_timeout = '30s';\n\
        LOCK TABLE one;\n\
        DO $$ BEGIN\n\
        WHILE EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'rival')\n\
        AND NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'one'::regclass)\n\
        LOOP PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$;\n\
        DO 'BEGIN LOCK TABLE two; ALTER TABLE two ADD COLUMN b int; END';\n";
    project.migration(1, "crossing", up, "ALTER TABLE two DROP COLUMN b;");
    let rival = "SET application_name = 'rival'; SET deadlock_timeout = '60s'; BEGIN; \
        LOCK TABLE two; DO $$ BEGIN \
        WHILE NOT EXISTS (SELECT FROM pg_locks WHERE granted AND relation = 'one'::regclass \
        AND mode = 'AccessExclusiveLock') LOOP PERFORM pg_sleep(0.01); END LOOP; END $$; \
        LOCK TABLE one; COMMIT;";
    std::thread::scope(|scope| {
        let rival = scope.spawn(|| database.psql(rival));
        let waiting = "SELECT count(*) FROM pg_locks WHERE granted AND relation = 'two'::regclass \
                       AND mode = 'AccessExclusiveLock'";
        poll(PATIENCE, || (database.psql(waiting) == "1").then_some(())).expect("it locks `two`");
        let run = project.run(&["migrate"]).expect_code(0);
        assert!(run.stderr.contains("deadlock detected; trying again"), "{run}");
        rival.join().expect("the rival is not the one that is ended");
    });
    assert_eq!(database.psql("SELECT kind FROM turnback.event"), "applied");
}

#[test]
fn a_sqlite_file_that_is_written_to_is_tried_again_until_it_is_free() {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    project.migration(1, "one", "CREATE TABLE one (a int);", "DROP TABLE one;");
    for round in 1..=2 {
        // The second time the ledger is there already.
        let writer = file.connection();
        writer
            .execute_batch("BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS theirs (a int);")
            .unwrap();
        let mut running = project.command(&["migrate"]).spawn();
        running.wait_for_stderr("database is locked; trying again in ");
        assert!(running.is_running());
        writer.execute_batch("COMMIT").unwrap();
        running.wait().expect_code(0);
        assert_eq!(file.query("SELECT count(*) FROM theirs"), "0");
        let next = format!("CREATE TABLE t{round} (a int);");
        project.migration(round + 1, "more", &next, &format!("DROP TABLE t{round};"));
    }
}

#[test]
fn a_sqlite_file_that_stays_locked_is_given_up() {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    project.migration(1, "one", "CREATE TABLE one (a int);", "DROP TABLE one;");
    for ledger_exists in [false, true] {
        let writer = file.connection();
        writer.execute_batch("BEGIN IMMEDIATE").unwrap();
        let args = ["migrate", "--ddl-lock-timeout", "1s", "--format", "json"];
        let error = project.run(&args).expect_code(1).json()["error"].clone();
        assert_eq!(
            (&error["kind"], &error["sqlstate"]),
            (&"object_lock".into(), &"SQLITE_BUSY".into())
        );
        assert!(error["hints"].to_string().contains("another program writes"), "{error}");
        writer.execute_batch("ROLLBACK").unwrap();
        if !ledger_exists {
            project.run(&["migrate"]).expect_code(0);
            project.migration(2, "two", "CREATE TABLE two (a int);", "DROP TABLE two;");
        }
    }
    assert_eq!(file.query("SELECT count(*) FROM sqlite_schema WHERE name = 'two'"), "0");
    assert_eq!(file.files(), ["app.db"]);
}

/// A reader does not block a script, but its commit.
#[test]
fn a_sqlite_commit_that_readers_hold_up_is_tried_again() {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    project.migration(1, "one", "CREATE TABLE one (a int);", "DROP TABLE one;");
    project.run(&["migrate"]).expect_code(0);
    project.migration(2, "two", "CREATE TABLE two (a int);", "DROP TABLE two;");
    let reader = file.connection();
    reader.execute_batch("BEGIN; SELECT count(*) FROM one;").unwrap();
    let mut running = project.command(&["migrate"]).spawn();
    running.wait_for_stderr("database is locked; trying again");
    reader.execute_batch("COMMIT").unwrap();
    running.wait().expect_code(0);
    assert_eq!(file.query("SELECT version FROM refinery_schema_history ORDER BY 1"), "1\n2");
}
