//! All tables that a step will lock are taken before its first statement, in one order.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use crate::support::{Client, Cluster, Database, OtherSession, PATIENCE, Project, Replica, poll};

/// A database with these objects, and a project whose one migration is this script.
fn with(setup: &str, script: &str) -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql(setup);
    let project = Project::for_database(&database);
    // Nothing is saved: what the scripts are about is what they lock.
    project.migration(1, "change", script, "SELECT 1;");
    (database, project)
}

const ONE_TRY: [&str; 5] = ["migrate", "--no-backup", "--force", "--ddl-lock-timeout", "0s"];

/// The user's tables that turnback holds strongly, and the one it waits for.
const STRONGLY_HELD: &str = "SELECT coalesce(string_agg(relation::regclass::text, ' '
        ORDER BY relation) FILTER (WHERE l.granted), '-'),
    coalesce(string_agg(relation::regclass::text, ' ') FILTER (WHERE NOT l.granted), '-')
    FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
    JOIN pg_class AS c ON c.oid = relation
    WHERE a.application_name = 'turnback' AND c.relkind IN ('r', 'p')
    AND c.relnamespace = 'public'::regnamespace AND a.datname = current_database()
    AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')";

#[test]
fn what_a_statement_locks_unnamed_is_waited_for_before_the_first_statement() {
    let keys = "CREATE TABLE parent (id int PRIMARY KEY);
        CREATE TABLE child (a int, b int CONSTRAINT to_parent REFERENCES parent);
        CREATE TABLE other (a int)";
    let chain = "CREATE TABLE parent (id int PRIMARY KEY);
        CREATE SCHEMA app; CREATE TABLE app.child (id int PRIMARY KEY REFERENCES parent);
        CREATE TABLE grandchild (id int REFERENCES app.child);
        CREATE TABLE other (a int)";
    let parts = "CREATE TABLE whole (a int) PARTITION BY LIST (a);
        CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
        CREATE TABLE rest PARTITION OF whole DEFAULT;
        CREATE TABLE heads (a int); CREATE TABLE heir () INHERITS (heads);
        CREATE TABLE other (a int); CREATE INDEX other_a ON other (a)";
    let first = "ALTER TABLE other ADD COLUMN x int";
    for (setup, statement, held, mode, statement_number) in [
        (keys, "DROP TABLE child", "parent", "ACCESS EXCLUSIVE", 2),
        (keys, "ALTER TABLE child DROP CONSTRAINT to_parent", "parent", "ACCESS EXCLUSIVE", 2),
        (keys, "ALTER TABLE child DROP COLUMN b", "parent", "ACCESS EXCLUSIVE", 2),
        (keys, "ALTER TABLE child ALTER b TYPE bigint", "parent", "ACCESS EXCLUSIVE", 2),
        (keys, "ALTER TABLE parent ALTER id TYPE bigint", "child", "ACCESS EXCLUSIVE", 2),
        (keys, "DROP TABLE parent CASCADE", "child", "ACCESS EXCLUSIVE", 2),
        (keys, "TRUNCATE parent CASCADE", "child", "ACCESS EXCLUSIVE", 2),
        (chain, "TRUNCATE parent CASCADE", "grandchild", "ACCESS EXCLUSIVE", 2),
        (chain, "DROP SCHEMA app CASCADE", "parent", "ACCESS EXCLUSIVE", 2),
        (chain, "DROP SCHEMA app CASCADE", "grandchild", "ACCESS EXCLUSIVE", 2),
        (
            keys,
            "ALTER TABLE child ADD FOREIGN KEY (a) REFERENCES parent",
            "parent",
            "SHARE ROW EXCLUSIVE",
            2,
        ),
        (keys, "CREATE TABLE new (a int REFERENCES parent)", "parent", "SHARE ROW EXCLUSIVE", 2),
        (parts, "ALTER TABLE whole ADD COLUMN b int", "part", "ACCESS EXCLUSIVE", 2),
        (parts, "ALTER TABLE heads ADD COLUMN b int", "heir", "ACCESS EXCLUSIVE", 2),
        (parts, "TRUNCATE whole", "rest", "ACCESS EXCLUSIVE", 2),
        (parts, "CREATE INDEX ON whole (a)", "part", "SHARE", 2),
        (parts, "DROP TABLE part", "rest", "ACCESS EXCLUSIVE", 2),
        (
            parts,
            "CREATE TABLE new PARTITION OF whole FOR VALUES IN (2)",
            "rest",
            "ACCESS EXCLUSIVE",
            2,
        ),
        (
            parts,
            "DROP INDEX other_a; ALTER TABLE heads ADD COLUMN b int",
            "other",
            "ACCESS EXCLUSIVE",
            1,
        ),
    ] {
        let (database, project) = with(setup, &format!("{first};\n{statement};\n"));
        // What a writer holds stands in the way of each of these.
        let writer = format!("BEGIN; LOCK TABLE ONLY {held} IN ROW EXCLUSIVE MODE");
        let writer = OtherSession::holding(&database, "writer", &writer);
        let run = project.run(&[&ONE_TRY[..], &["--format", "json"]].concat()).expect_code(1);
        let error = &run.json()["error"];
        let context =
            format!("before the first statement: LOCK TABLE public.{held} IN {mode} MODE");
        assert_eq!(error["context"], context, "{statement}: {run}");
        assert_eq!(error["line"], statement_number, "{statement}: {run}");
        assert_eq!(error["blockers"][0]["application"], "writer", "{statement}: {run}");
        writer.end();
        project.run(&ONE_TRY).expect_code(0);
    }
}

#[test]
fn while_a_table_is_waited_for_only_those_before_it_are_held() {
    let setup = "CREATE TABLE one (a int); CREATE TABLE two (a int); CREATE TABLE three (a int)";
    for script in ["two three one", "three two one", "one three two"] {
        let altered = |table| format!("ALTER TABLE {table} ADD COLUMN b int;\n");
        let script: String = script.split(' ').map(altered).collect();
        let (database, project) = with(setup, &script);
        for (held, expected) in [("one", "-|one"), ("two", "one|two"), ("three", "one two|three")] {
            let reader = format!("BEGIN; SELECT FROM {held}");
            let reader = OtherSession::holding(&database, "reader", &reader);
            let running = project.command(&["migrate", "--ddl-lock-timeout", "2s"]).spawn();
            let seen = poll(PATIENCE, || {
                Some(database.psql(STRONGLY_HELD)).filter(|it| !it.ends_with("|-"))
            });
            assert_eq!(seen.as_deref(), Some(expected), "{script}");
            drop(running);
            reader.end();
        }
    }
}

#[test]
fn a_lock_is_taken_at_once_as_strong_as_it_will_be_needed() {
    let script = "UPDATE one SET a = a + 1;\nALTER TABLE one ADD COLUMN b int;\n";
    let (database, project) = with("CREATE TABLE one (a int); INSERT INTO one VALUES (1)", script);
    let reader = OtherSession::holding(&database, "reader", "BEGIN; SELECT FROM one");
    let run = project.run(&[&ONE_TRY[..], &["--format", "json"]].concat()).expect_code(1);
    let context = run.json()["error"]["context"].to_string();
    assert!(context.contains("LOCK TABLE public.one IN ACCESS EXCLUSIVE MODE"), "{run}");
    reader.end();
    // What is saved is locked with it, and once.
    let reader = OtherSession::holding(&database, "reader", "BEGIN; SELECT FROM one");
    let args = ["migrate", "--ddl-lock-timeout", "0s", "--format", "json"];
    let run = project.run(&args).expect_code(1);
    let context = run.json()["error"]["context"].to_string();
    assert!(context.contains("LOCK TABLE public.one IN ACCESS EXCLUSIVE MODE"), "{run}");
    assert_eq!(run.json()["error"]["blockers"][0]["application"], "reader", "{run}");
    reader.end();
    project.run(&["migrate"]).expect_code(0);
}

/// The server looks for a deadlock when somebody has waited for `deadlock_timeout`, and ends whoever
/// found it. turnback has given way by then.
#[test]
fn in_a_deadlock_it_is_the_application_that_survives() {
    let up = "ALTER TABLE one ADD COLUMN b int;\nALTER TABLE two ADD COLUMN b int;\n";
    let (database, project) = with("CREATE TABLE one (a int); CREATE TABLE two (a int)", up);
    let name = database.name();
    database.psql(&format!("ALTER DATABASE {name} SET deadlock_timeout = '200ms'"));
    let application = Client::connect(&database);
    let mut running = project.command(&["migrate", "--ddl-lock-timeout", "60s"]).spawn();
    for _ in 0..5 {
        application.tell("BEGIN; INSERT INTO two VALUES (1)");
        let crossing = || (database.psql(STRONGLY_HELD) == "one|two").then_some(());
        poll(PATIENCE, crossing).expect("it has the first table and waits for the second");
        // It fails where it is the one that is ended.
        application.tell("INSERT INTO one VALUES (1)");
        assert!(running.is_running());
        // The next transaction is there at once: the migration does not get through meanwhile.
        application.tell("COMMIT; BEGIN; LOCK TABLE one IN SHARE MODE; COMMIT");
    }
    let run = running.wait().expect_code(0);
    assert!(!run.stderr.contains("deadlock detected"), "{run}");
    assert_eq!(database.psql("SELECT count(*) FROM one"), "5");
}

#[test]
fn what_the_role_may_not_lock_is_left_to_the_script() {
    let script = "ALTER TABLE own ADD FOREIGN KEY (a) REFERENCES theirs;\n\
                  ALTER TABLE more ADD COLUMN b int;\n";
    let setup = "CREATE TABLE own (a int); CREATE TABLE more (a int);
        CREATE TABLE theirs (a int PRIMARY KEY)";
    let (database, project) = with(setup, script);
    let (name, role) = (database.name(), format!("runner_of_{}", database.name()));
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT CREATE ON DATABASE {name} TO {role};
         GRANT ALL ON SCHEMA public TO {role}; ALTER TABLE own OWNER TO {role};
         ALTER TABLE more OWNER TO {role}; GRANT REFERENCES ON theirs TO {role}"
    ));
    let url = database.url().replace("postgres@", &format!("{role}@"));
    project.command(&ONE_TRY).env("DATABASE_URL", url).run().expect_code(0);
    database.psql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

#[test]
fn a_bare_name_is_not_guessed_where_the_script_sets_the_path() {
    let script = "SET LOCAL search_path = app;\nALTER TABLE one ADD COLUMN b int;\n\
                  ALTER TABLE two ADD COLUMN b int;\n";
    let setup = "CREATE SCHEMA app; CREATE TABLE app.one (a int); CREATE TABLE app.two (a int);
        CREATE TABLE one (a int); CREATE TABLE two (a int)";
    let (database, project) = with(setup, script);
    let reader = OtherSession::holding(&database, "reader", "BEGIN; SELECT FROM one, two");
    project.run(&ONE_TRY).expect_code(0);
    reader.end();
}

#[test]
fn without_a_procedural_language_the_script_takes_its_locks_itself() {
    let up = "ALTER TABLE one ADD COLUMN b int;\nALTER TABLE two ADD COLUMN b int;\n";
    let setup = "CREATE TABLE one (a int); CREATE TABLE two (a int); DROP EXTENSION plpgsql";
    let (database, project) = with(setup, up);
    let reader = OtherSession::holding(&database, "reader", "BEGIN; SELECT FROM two");
    let run = project.run(&ONE_TRY).expect_code(1);
    assert!(run.stderr.contains("V1__change.sql:2:1"), "{run}");
    assert!(run.stderr.contains("holds ACCESS SHARE on public.two"), "{run}");
    reader.end();
    project.run(&["migrate"]).expect_code(0);
}

#[test]
fn a_statement_without_a_transaction_takes_its_tables_in_order_too() {
    let script = "-- turnback:transaction off\n\
                  ALTER TABLE two ADD FOREIGN KEY (a) REFERENCES one;\n";
    let setup = "CREATE TABLE one (a int PRIMARY KEY); CREATE TABLE two (a int)";
    let (database, project) = with(setup, script);
    let writer = OtherSession::holding(&database, "writer", "BEGIN; INSERT INTO one VALUES (1)");
    let run = project.run(&[&ONE_TRY[..], &["--format", "json"]].concat()).expect_code(1);
    let error = &run.json()["error"];
    assert_eq!(
        error["context"],
        "before the first statement: LOCK TABLE public.one IN SHARE ROW EXCLUSIVE MODE",
        "{run}"
    );
    assert_eq!(error["line"], 2, "{run}");
    writer.end();
    project.run(&ONE_TRY).expect_code(0);
}

/// Locks that are tried for within a step's tries share its deadline, and nobody is ended twice.
#[test]
fn there_is_one_deadline_for_a_step_and_what_is_saved_around_it() {
    let script = "ALTER TABLE busy DROP COLUMN b;\n";
    let setup = "CREATE TABLE busy (a int, b int); INSERT INTO busy VALUES (1, 2)";
    let (database, project) = with(setup, script);
    let _reader = OtherSession::holding(&database, "reader", "BEGIN; SELECT FROM busy");
    let args = ["migrate", "--ddl-lock-timeout", "2s", "--terminate-blockers"];
    let mut terminal = project.command(&args).in_terminal();
    terminal.expect("Its transaction is rolled back.", PATIENCE);
    terminal.send("n\n");
    assert_eq!(terminal.wait(), 1, "{}", terminal.output_so_far());
    let asked = terminal.output_so_far().matches("rolled back. no").count();
    assert_eq!(asked, 1, "{}", terminal.output_so_far());
}

/// Leads the first session to one server and all later ones to another. A session asks for TLS on
/// one socket, and does without on a second one.
fn distributor(first: u16, others: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    thread::spawn(move || {
        let ports = std::iter::repeat_n(first, 2).chain(std::iter::repeat(others));
        for (stream, port) in listener.incoming().zip(ports) {
            let (Ok(client), Ok(server)) = (stream, TcpStream::connect(("127.0.0.1", port))) else {
                return;
            };
            for (mut from, mut to) in [
                (client.try_clone().expect("it is open"), server.try_clone().expect("it is open")),
                (server, client),
            ] {
                thread::spawn(move || {
                    let mut bytes = [0; 4096];
                    while let Ok(read @ 1..) = from.read(&mut bytes) {
                        if to.write_all(&bytes[..read]).is_err() {
                            break;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Both);
                });
            }
        }
    });
    port
}

#[test]
fn a_second_connection_to_another_server_is_not_believed() {
    let primary = Cluster::private(Replica::PRIMARY);
    let database = primary.database();
    let replica = Replica::of(&primary);
    database.psql("CREATE TABLE busy (a int)");
    replica.catch_up();
    let at: u16 = replica.psql(&database, "SHOW port").parse().expect("it is a port");
    let project = Project::new().url(&database.url_through(distributor(primary.port(), at)));
    project.migration(1, "widen", "ALTER TABLE busy ADD COLUMN b int;", "SELECT 1;");
    let _reader = OtherSession::holding(&database, "reader", "BEGIN; SELECT FROM busy");
    let run = project.run(&["migrate", "--ddl-lock-timeout", "1s"]).expect_code(1);
    let said = "who holds a lock cannot be seen: the second connection reached another server";
    assert_eq!(run.stderr.matches(said).count(), 1, "{run}");
    assert!(!run.stderr.contains("the lock is held by"), "{run}");
}
