//! What SQLite's shell and its documentation teach people to write.

use super::on_sqlite;
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Project, Turnback};

#[test]
fn a_trigger_with_several_statements_is_one() {
    let (file, project) = on_sqlite();
    project.migration(
        1,
        "trigger",
        "CREATE TABLE t (n integer, kind text); CREATE TABLE log (said text);
         CREATE TRIGGER t_added AFTER INSERT ON t WHEN new.n > 0
         BEGIN
             INSERT INTO log VALUES ('END; of ' || CASE new.n WHEN 1 THEN 'one' ELSE 'many' END);
             UPDATE t SET kind = 'seen' WHERE n = new.n; -- END;
         END;
         INSERT INTO t (n) VALUES (1), (2), (0);",
        "DROP TRIGGER t_added; DROP TABLE log; DROP TABLE t;",
    );
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(file.rows("SELECT said FROM log"), ["END; of one", "END; of many"]);
    assert_eq!(file.rows("SELECT kind FROM t"), ["seen", "seen", ""]);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(file.schema(), "");
}

const FAMILY: &str = "
    CREATE TABLE parent (id integer PRIMARY KEY, name text);
    CREATE TABLE child (id integer PRIMARY KEY,
                        parent_id integer NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
    CREATE VIEW family AS SELECT name, child.id FROM parent JOIN child ON parent_id = parent.id;
    CREATE INDEX by_parent ON child (parent_id);
    INSERT INTO parent VALUES (1, 'a'), (2, 'b'); INSERT INTO child VALUES (10, 1), (20, 2);
";

/// The twelve steps of SQLite's own documentation, as far as they are a script's.
const REBUILD: &str = "
    DROP VIEW family;
    CREATE TABLE new_parent (id integer PRIMARY KEY, name text NOT NULL CHECK (name <> ''));
    INSERT INTO new_parent SELECT id, name FROM parent;
    DROP TABLE parent;
    ALTER TABLE new_parent RENAME TO parent;
    CREATE VIEW family AS SELECT name, child.id FROM parent JOIN child ON parent_id = parent.id;
";

#[test]
fn a_table_that_others_refer_to_is_rebuilt_and_their_rows_stay() {
    let (file, project) = on_sqlite();
    project.migration(
        1,
        "family",
        FAMILY,
        "DROP VIEW family; DROP TABLE child; DROP TABLE parent;",
    );
    let back = REBUILD.replace(" NOT NULL CHECK (name <> '')", "");
    project.migration(2, "rebuild", REBUILD, &back);
    project.run(&["migrate", "--to", "1"]).expect_code(0);
    let schema = file.schema();
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(file.rows("SELECT * FROM family ORDER BY 1"), ["a|10", "b|20"]);
    // The child still refers to the parent, and not to what the parent was for a moment.
    assert!(
        file.try_execute("INSERT INTO child VALUES (30, 3)").unwrap_err().contains("FOREIGN KEY")
    );
    file.execute("DELETE FROM parent WHERE id = 2");
    assert_eq!(file.rows("SELECT id FROM child"), ["10"]);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(file.schema().replace("\"parent\"", "parent"), schema);
    assert_eq!(file.rows("SELECT * FROM family"), ["a|10"]);
}

#[test]
fn a_rebuild_that_loses_a_parent_is_refused_and_nothing_of_it_stands() {
    let (file, project) = on_sqlite();
    project.migration(
        1,
        "family",
        FAMILY,
        "DROP VIEW family; DROP TABLE child; DROP TABLE parent;",
    );
    let losing = REBUILD.replace("FROM parent;", "FROM parent WHERE id = 1;");
    project.migration(2, "rebuild", &losing, "SELECT 1;");
    project.run(&["migrate", "--to", "1"]).expect_code(0);
    let before = file.schema();
    let run = project.run(&["migrate"]).expect_code(1);
    let shown = run.clone();
    assert!(shown.stderr.contains("child: row 20 names a missing row of parent"), "{run}");
    assert!(shown.stderr.contains("nothing of V2__rebuild stands"), "{run}");
    assert_eq!(file.schema(), before);
    assert_eq!(file.rows("SELECT * FROM family ORDER BY 1"), ["a|10", "b|20"]);
    // Rows that dangled before are not the script's doing.
    file.execute("PRAGMA foreign_keys = off; INSERT INTO child VALUES (99, 9)");
    project.migration(2, "rebuild", REBUILD, "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(file.rows("SELECT count(*) FROM child"), ["3"]);
}

/// SQLite lets them be made, and applications that do not enforce foreign keys never notice.
#[test]
fn a_foreign_key_to_no_key_stops_no_other_script() {
    let (file, project) = on_sqlite();
    file.execute(
        "PRAGMA foreign_keys = off;
         CREATE TABLE plain (name text); CREATE TABLE broken (name text REFERENCES plain (name));
         INSERT INTO broken VALUES ('x')",
    );
    project.migration(
        1,
        "family",
        FAMILY,
        "DROP VIEW family; DROP TABLE child; DROP TABLE parent;",
    );
    project.migration(2, "rebuild", REBUILD, "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(file.rows("SELECT * FROM family ORDER BY 1"), ["a|10", "b|20"]);
    // What can be checked still is.
    project.migration(3, "lose", "DELETE FROM parent;", "SELECT 1;");
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("child: row 10 names a missing row of parent"), "{run}");
    // And a script does not make one more without a word.
    let more = "CREATE TABLE more (name text REFERENCES plain (name)); UPDATE plain SET name = 1;";
    project.migration(3, "more", more, "SELECT 1;");
    project.remove("migrations/V3__lose.sql").remove("rollbacks/V3__lose.sql");
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("foreign key mismatch - \"more\" referencing \"plain\""), "{run}");
}

#[test]
fn switching_foreign_keys_off_in_a_script_is_refused_with_the_reason() {
    let (_file, project) = on_sqlite();
    project.migration(1, "a", "PRAGMA foreign_keys = off;\nCREATE TABLE a (b);", "DROP TABLE a;");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: PRAGMA foreign_keys does nothing inside a transaction
      --> migrations/V1__a.sql:1:1
       1 | PRAGMA foreign_keys = off;
         | ^
      next: remove it: turnback switches foreign keys off around a migration, checks them before the commit, and restores them
    ");
    project.migration(1, "a", ".mode box\nCREATE TABLE a (b);", "DROP TABLE a;");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `.mode` is a command of the sqlite3 shell, not SQL
      --> migrations/V1__a.sql:1:1
       1 | .mode box
         | ^
      next: remove it: scripts are run by SQLite itself, which knows only SQL
    ");
}

#[test]
fn what_cannot_run_in_a_transaction_runs_without_one() {
    let (file, project) = on_sqlite();
    project.migration(1, "a", "CREATE TABLE a (b);", "DROP TABLE a;");
    project.migration(
        2,
        "wal",
        "-- turnback:transaction off\nPRAGMA journal_mode = wal;\nVACUUM;\nINSERT INTO a VALUES (1);",
        "-- turnback:transaction off\nDELETE FROM a;\nPRAGMA journal_mode = delete;",
    );
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(file.rows("PRAGMA journal_mode"), ["wal"]);
    assert_eq!(file.rows("SELECT b FROM a"), ["1"]);
    project.run(&["status", "--exit-code"]).expect_code(0);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(file.rows("PRAGMA journal_mode"), ["delete"]);
    // In a transaction it would fail, or do nothing without a word.
    project.write("migrations/V2__wal.sql", "PRAGMA journal_mode = wal;");
    let run = project.run(&["migrate", "--format", "json"]).expect_code(2);
    assert_eq!(run.json()["error"]["line"], 1, "{run}");
}

#[test]
fn every_kind_of_table_and_quote_goes_up_and_back() {
    let (file, project) = on_sqlite();
    project.migration(
        1,
        "kinds",
        "CREATE TABLE `back ticks` (id integer PRIMARY KEY) STRICT;
         CREATE TABLE [brackets] (a text PRIMARY KEY, 'b' int) WITHOUT ROWID;
         CREATE VIRTUAL TABLE words USING fts5(body);
         INSERT INTO words VALUES ('hello world');
         CREATE INDEX \"partial\" ON [brackets] (b) WHERE b > 0;
         SELECT * FROM words;
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 9)
         INSERT INTO `back ticks` SELECT x FROM n;",
        "DROP TABLE words; DROP TABLE [brackets]; DROP TABLE `back ticks`;",
    );
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(file.rows("SELECT body FROM words WHERE words MATCH 'world'"), ["hello world"]);
    assert_eq!(file.rows("SELECT count(*) FROM `back ticks`"), ["9"]);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(file.schema(), "");
}

#[test]
fn a_database_in_memory_takes_a_whole_set() {
    let run = Turnback::new(&["-D", "sqlite::memory:", "--set", "lucia-sessions", "migrate"]).run();
    assert!(run.expect_code(0).stdout.contains("19 migrations applied"));
}

#[test]
fn a_path_that_can_be_no_database_is_named_with_what_to_do() {
    let project = Project::new();
    project.write("text.db", "hello, this is no database, and it is longer than its header");
    project.write("folder/file", "");
    let run = |path: &str, command: &str| {
        let url = format!("sqlite:{path}");
        let args = ["-D", &url, "--set", "lucia-sessions", "--format", "json", command];
        let error = project.run(&args).expect_code(1).json()["error"].clone();
        assert!(error["hints"][0].as_str().unwrap().contains("check that"), "{error}");
        assert!(error["message"].as_str().unwrap().contains(path), "{error}");
    };
    run("text.db", "status");
    run("text.db", "migrate");
    run("folder", "migrate");
    run("no/such/app.db", "migrate");
    assert_eq!(std::fs::read_dir(project.path()).unwrap().count(), 2);
    // An empty file is a database without tables.
    project.write("empty.db", "");
    let args = ["-D", "sqlite:empty.db", "--set", "lucia-sessions", "migrate"];
    project.run(&args).expect_code(0);
}
