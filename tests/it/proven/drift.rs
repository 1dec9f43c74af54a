//! What others changed since: elsewhere it stays, in the same objects it is named first.

use std::time::Duration;

use super::{contents, each, empty, events};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Database, Either, Project, Terminal, drift, poll};

const SOON: Duration = Duration::from_secs(20);

/// Two migrations, the second of which adds to a table of the first and makes one of its own.
fn apply(project: &Project) {
    let users = "CREATE TABLE users (id int PRIMARY KEY, name text);";
    project.migration(1, "users", users, "DROP TABLE users;");
    let up = "ALTER TABLE users ADD COLUMN email text;\nCREATE TABLE logs (line text);\n";
    let down = "DROP TABLE logs;\nALTER TABLE users DROP COLUMN email;\n";
    project.migration(2, "emails", up, down);
    project.run(&["migrate"]).expect_code(0);
}

/// The same, with a change of the column and one of the table.
fn changed() -> (Database, Project) {
    let database = empty();
    let project = Project::for_database(&database);
    apply(&project);
    database.psql("ALTER TABLE users ALTER email SET DEFAULT ''; ALTER TABLE logs ADD at date");
    (database, project)
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn what_others_made_elsewhere_neither_blocks_nor_goes() {
    for (database, project) in each() {
        apply(&project);
        let elsewhere = "
            CREATE TABLE theirs (a int);
            ALTER TABLE users ADD COLUMN age int;
            CREATE INDEX users_name ON users (name);
            CREATE VIEW names AS SELECT name FROM users;";
        database.query(elsewhere);
        if let Either::Postgres(database) = &database {
            database.psql(
                "COMMENT ON COLUMN users.name IS 'theirs'; COMMENT ON TABLE theirs IS 'theirs'; \
                 GRANT SELECT (id) ON users TO proven_reader",
            );
        }
        let document =
            project.run(&["rollback", "--dry-run", "--format", "json"]).expect_code(0).json();
        assert!(document.get("drift").is_none(), "{document}");
        project.run(&["rollback", "--force"]).expect_code(0);
        let left = contents(&database);
        for stays in ["theirs", "age", "users_name", "names"] {
            assert!(left.contains(stays), "{stays} is gone:\n{left}");
        }
        assert!(!left.contains("email"), "{left}");
        if matches!(database, Either::Postgres(_)) {
            let theirs = ["IS 'theirs'", "GRANT SELECT(id)"].map(|it| left.matches(it).count());
            assert_eq!(theirs, [2, 1], "{left}");
        }
    }
}

#[test]
fn a_change_of_the_same_objects_stops_a_rollback() {
    for (database, project) in each() {
        apply(&project);
        let (change, expected) = match &database {
            Either::Postgres(_) => (
                "ALTER TABLE users ALTER email TYPE varchar(80); \
                 CREATE INDEX logs_line ON logs (line); ALTER TABLE logs ADD COLUMN at date",
                [
                    "altered column public.users.email",
                    "unexpected column public.logs.at",
                    "unexpected index public.logs.logs_line",
                ],
            ),
            Either::Sqlite(_) => (
                "ALTER TABLE users DROP COLUMN email; ALTER TABLE users ADD COLUMN email int; \
                 CREATE INDEX logs_line ON logs (line); ALTER TABLE logs ADD COLUMN at date",
                [
                    "altered column users.email",
                    "unexpected column logs.at",
                    "unexpected index logs.logs_line",
                ],
            ),
        };
        database.query(change);
        let before = contents(&database);
        for flags in [&[][..], &["--yes"]] {
            let args = [&["rollback", "--format", "json"], flags].concat();
            let document = project.run(&args).expect_code(4).json();
            assert_eq!(sorted(drift(&document)), expected);
            let error = &document["error"];
            assert_eq!(error["kind"], "mismatch");
            assert_eq!(error["notes"], serde_json::json!(["nothing was done"]));
            assert!(error["hints"].to_string().contains("--force"), "{error}");
        }
        assert_eq!(contents(&database), before);
        assert_eq!(events(&database), "applied 1, applied 2");
        let run = project.run(&["rollback", "--force"]).expect_code(0);
        for line in expected {
            let (change, object) = line.split_once(' ').unwrap();
            assert!(run.stderr.contains(&format!("{change}: {object}")), "{line}: {run}");
        }
        assert_eq!(events(&database), "applied 1, applied 2, rolled_back 2");
        let left = contents(&database);
        assert!(!left.contains("email") && !left.contains("logs"), "{left}");
    }
}

#[test]
fn an_object_says_what_is_expected_of_it_and_what_it_is() {
    let (_database, project) = changed();
    let document =
        project.run(&["rollback", "--dry-run", "--format", "json"]).expect_code(0).json();
    assert_eq!(document["ok"], true);
    assert_eq!(
        document["drift"],
        serde_json::json!([
            {
                "kind": "column",
                "object": "public.logs.at",
                "change": "unexpected",
                "expected": null,
                "actual": "at date\n-- position: 2\n",
            },
            {
                "kind": "column",
                "object": "public.users.email",
                "change": "altered",
                "expected": "email text\n-- position: 3\n",
                "actual": "email text DEFAULT ''::text\n-- position: 3\n",
            },
        ])
    );
    let failed = project.run(&["rollback", "--format", "json"]).expect_code(4).json();
    assert_eq!(failed["drift"], document["drift"]);
}

#[test]
fn a_person_reads_what_was_changed() {
    let (database, project) = changed();
    let before = database.dump();
    assert_run_snapshot!(project.run(&["rollback"]));
    assert_run_snapshot!(project.run(&["rollback", "--dry-run"]));
    assert_eq!(database.dump(), before, "something was written");
    assert_run_snapshot!(project.run(&["rollback", "--force"]));
}

/// A forced rollback that waits for its answer to the list.
fn asked(project: &Project) -> Terminal {
    let mut terminal = project.command(&["rollback", "--force"]).in_terminal();
    terminal.expect("Changed since by others, and lost with the rollback:", SOON);
    terminal.expect("altered: column public.users.email", SOON);
    terminal.expect("Roll back over these changes? They are lost. [y/N]", SOON);
    terminal
}

fn press(terminal: &mut Terminal, key: &str) {
    let listens = || (!terminal.settings().is_canonical()).then_some(());
    poll(SOON, listens).expect("the program listens");
    terminal.send(key);
}

#[test]
fn at_a_terminal_the_list_is_confirmed() {
    let (database, project) = changed();
    let before = database.dump();
    let mut terminal = asked(&project);
    press(&mut terminal, "\r");
    assert_eq!(terminal.wait(), 6);
    terminal.assert_restored();
    assert!(terminal.output_so_far().contains("declined; nothing was done"));
    assert_eq!(database.dump(), before);

    let mut terminal = asked(&project);
    press(&mut terminal, "y");
    terminal.expect("[Y/n]", SOON);
    press(&mut terminal, "\r");
    assert_eq!(terminal.wait(), 0);
    terminal.assert_restored();
    assert_eq!(database.psql("SELECT to_regclass('logs')"), "");
}

#[test]
fn who_said_yes_beforehand_sees_the_list_and_is_not_asked() {
    let (database, project) = changed();
    let mut terminal = project.command(&["rollback", "--force", "--yes"]).in_terminal();
    assert_eq!(terminal.wait(), 0);
    let shown = terminal.output_so_far();
    assert!(shown.contains("altered: column public.users.email"), "{shown}");
    assert!(!shown.contains("[y/N]"), "{shown}");
    assert_eq!(database.psql("SELECT to_regclass('logs')"), "");
}

#[test]
fn on_a_protected_database_the_name_is_typed() {
    let (database, project) = changed();
    project.write("turnback.toml", "protected = true\n");
    let mut terminal = project.command(&["rollback", "--force"]).in_terminal();
    terminal.expect("altered: column public.users.email", SOON);
    terminal.expect(database.name(), SOON);
    press(&mut terminal, "no\r");
    assert_eq!(terminal.wait(), 6);
    assert_eq!(database.psql("SELECT to_regclass('logs')"), "logs");
}

/// The operator agreed to what was on the screen.
#[test]
fn what_is_changed_while_the_question_stands_stops_the_rollback() {
    let database = empty();
    let project = Project::for_database(&database);
    apply(&project);
    let mut terminal = project.command(&["rollback"]).in_terminal();
    terminal.expect("Roll back? [y/N]", SOON);
    database.psql("ALTER TABLE users ALTER email SET DEFAULT ''");
    press(&mut terminal, "y");
    terminal.expect("[Y/n]", SOON);
    press(&mut terminal, "\r");
    assert_eq!(terminal.wait(), 4);
    let shown = terminal.output_so_far();
    assert!(shown.contains("1 object was changed since the migration"), "{shown}");
    assert!(shown.contains("nothing of V2__emails stands"), "{shown}");
    assert_eq!(database.psql("SELECT to_regclass('logs')"), "logs");

    // Nor is more lost than was on the list.
    let mut terminal = asked(&project);
    database.psql("CREATE INDEX logs_line ON logs (line)");
    press(&mut terminal, "y");
    terminal.expect("[Y/n]", SOON);
    press(&mut terminal, "\r");
    assert_eq!(terminal.wait(), 4);
    assert_eq!(database.psql("SELECT to_regclass('logs')"), "logs");
}

#[test]
fn the_drift_of_several_steps_is_foreseen() {
    for (database, project) in each() {
        apply(&project);
        let three = "ALTER TABLE users ADD COLUMN third int;";
        project.migration(3, "third", three, "ALTER TABLE users DROP COLUMN third;");
        project.run(&["migrate"]).expect_code(0);
        // The first belongs to what V2 made, the others to what V1 made.
        database.query(
            "CREATE INDEX logs_line ON logs (line); CREATE INDEX users_name ON users (name);
             ALTER TABLE users ADD COLUMN theirs int",
        );
        let json = |args: &[&str]| project.run(&[&["rollback", "--format", "json"], args].concat());
        let two = drift(&json(&["--steps", "2", "--dry-run"]).json());
        assert_eq!(two.len(), 1, "{two:?}");
        assert!(two[0].ends_with("logs.logs_line"), "{two:?}");
        let all = drift(&json(&["--all"]).expect_code(4).json());
        let objects: Vec<&str> = all.iter().map(|it| it.rsplit('.').next().unwrap()).collect();
        assert_eq!(objects, ["logs_line", "theirs", "users_name"]);
        let run = project.run(&["rollback", "--all"]).expect_code(4);
        assert!(run.stderr.contains("3 objects were changed since by others"), "{run}");
        assert!(run.stderr.contains("V2__emails, V1__users"), "{run}");
        // One step is nobody's business but its own.
        json(&["--force"]).expect_code(0);
        json(&["--all", "--force"]).expect_code(0);
        let left = contents_without_history(&database);
        assert!(!left.contains("users") && !left.contains("logs"), "{left}");
    }
}

fn contents_without_history(database: &Either) -> String {
    match database {
        Either::Postgres(database) => database.dump_with(&["--exclude-schema=turnback"]),
        Either::Sqlite(file) => file.schema_without_history(),
    }
}

#[test]
fn an_object_somebody_removed_is_drift_as_well() {
    let database = empty();
    let project = Project::for_database(&database);
    apply(&project);
    database.psql("DROP TABLE logs");
    project.write(
        "rollbacks/V2__emails.sql",
        "DROP TABLE IF EXISTS logs;\nALTER TABLE users DROP COLUMN email;\n",
    );
    let json = ["rollback", "--script", "file", "--format", "json"];
    let document = project.run(&json).expect_code(4).json();
    let expected = ["missing table public.logs", "missing column public.logs.line"];
    assert_eq!(sorted(drift(&document)), sorted(expected.map(str::to_owned).to_vec()));
    project.run(&["rollback", "--script", "file", "--force"]).expect_code(0);
}
