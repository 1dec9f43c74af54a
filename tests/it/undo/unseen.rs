//! What destroys rows in a way that a script does not show is refused, or comes back; it is never
//! lost in silence.

use crate::support::{Cluster, Either, Project, SqliteFile};

const GROUND: &str = "CREATE TABLE shelves (id integer PRIMARY KEY, name text);
    CREATE TABLE books (id integer PRIMARY KEY, title text,
        shelf integer REFERENCES shelves (id) ON DELETE CASCADE);
    CREATE TABLE loans (id integer PRIMARY KEY, book integer REFERENCES books (id)
        ON DELETE SET NULL, reader text);
    INSERT INTO shelves VALUES (1, 'poems'), (2, 'plays');
    INSERT INTO books VALUES (1, 'Odes', 1), (2, 'Faust', 2), (3, 'Psalms', 1);
    INSERT INTO loans VALUES (1, 1, 'Ada'), (2, 2, 'Bob'), (3, 3, NULL);";
const DO_DELETE: &str = "DO $$ BEGIN DELETE FROM loans WHERE id > 1; END $$;\n";

fn postgres() -> Either {
    let database = Cluster::shared().database();
    database.psql(GROUND);
    Either::Postgres(database)
}

fn sqlite() -> Either {
    Either::Sqlite(SqliteFile::with(GROUND))
}

fn contents(database: &Either) -> String {
    let tables = ["shelves", "books", "loans"];
    let rows = |table| database.query(&format!("SELECT * FROM {table} ORDER BY id"));
    tables.map(rows).join("\n--\n")
}

fn project(database: &Either, up: &str, down: &str) -> Project {
    let project = database.project();
    project.migration(1, "unseen", up, down);
    project
}

#[test]
fn an_unseen_delete_is_refused() {
    let database = postgres();
    let before = contents(&database);
    let project = project(&database, DO_DELETE, "-- rows");
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("loans"), "{run}");
    assert_eq!(contents(&database), before);
}

#[test]
fn an_unseen_delete_comes_back_where_a_directive_names_the_table() {
    let database = postgres();
    let before = contents(&database);
    let up = format!("-- turnback:backup loans\n{DO_DELETE}");
    let project = project(&database, &up, "-- rows");
    project.run(&["migrate"]).expect_code(0);
    assert_ne!(contents(&database), before);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(contents(&database), before);
}

#[test]
fn unseen_overwritten_columns_come_back_where_a_directive_names_them() {
    let database = postgres();
    let before = contents(&database);
    let up = "-- turnback:backup loans(reader)\n\
        DO $$ BEGIN UPDATE loans SET reader = 'nobody'; END $$;\n";
    let project = project(&database, up, "-- values");
    project.run(&["migrate"]).expect_code(0);
    assert_ne!(contents(&database), before);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(contents(&database), before);
}

#[test]
fn a_loss_that_is_accepted_is_a_loss() {
    let database = postgres();
    let project = project(&database, DO_DELETE, "-- rows");
    project.run(&["migrate", "--no-backup", "--force"]).expect_code(0);
    assert_eq!(database.query("SELECT count(*) FROM loans"), "1");
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(database.query("SELECT count(*) FROM loans"), "1");
}

/// What is lost, if anything: either nothing is done, or what was done is undone to the last value.
fn loss(database: &Either, up: &str, down: &str) -> Option<String> {
    let before = contents(database);
    let project = project(database, up, down);
    let run = project.run(&["migrate"]);
    if run.code != 0 {
        let is_refused = ["SQLSTATE:", "SQLITE_ERROR"].iter().all(|it| !run.stderr.contains(it));
        assert!(run.code == 1 && is_refused, "{up}: the script itself is wrong: {run}");
        return (contents(database) != before).then(|| format!("{up}: it was refused: {run}"));
    }
    assert_ne!(contents(database), before, "{up}: it does nothing");
    let back = project.run(&["rollback", "--force"]).expect_code(0);
    (contents(database) != before).then(|| format!("{up}: {back}"))
}

fn assert_nothing_lost(database: fn() -> Either, scripts: &[(&str, &str)]) {
    let losses = scripts.iter().filter_map(|(up, down)| loss(&database(), up, down));
    let losses: Vec<_> = losses.collect();
    assert!(losses.is_empty(), "{} scripts lose rows:\n{}", losses.len(), losses.join("\n"));
}

#[test]
fn nothing_is_lost_on_postgres_by_what_a_statement_sets_off() {
    let scripts = [
        ("DELETE FROM shelves WHERE id = 1;", "-- rows"),
        ("DELETE FROM books;", "-- rows"),
        ("TRUNCATE shelves CASCADE;", "-- rows"),
        ("WITH gone AS (DELETE FROM loans RETURNING *) SELECT count(*) FROM gone;", "-- rows"),
        (
            "INSERT INTO loans VALUES (1, 1, 'Eve') ON CONFLICT (id) DO UPDATE SET reader = 'Eve';",
            "-- rows",
        ),
        ("UPDATE loans SET reader = title FROM books WHERE books.id = loans.book;", "-- rows"),
        ("DELETE FROM loans USING books WHERE books.id = loans.book AND shelf = 1;", "-- rows"),
        (
            "CREATE FUNCTION wipe() RETURNS void LANGUAGE sql AS 'DELETE FROM loans'; SELECT wipe();",
            "DROP FUNCTION wipe();",
        ),
        (
            "CREATE FUNCTION chain() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN DELETE FROM loans; RETURN NEW; END $$; \
             CREATE TRIGGER chain AFTER UPDATE ON shelves FOR EACH ROW EXECUTE FUNCTION chain(); \
             UPDATE shelves SET name = name || '!';",
            "DROP TRIGGER chain ON shelves; DROP FUNCTION chain();",
        ),
        (
            "CREATE RULE also AS ON UPDATE TO shelves DO ALSO DELETE FROM loans; \
             UPDATE shelves SET name = name || '!';",
            "DROP RULE also ON shelves;",
        ),
        (
            "CREATE VIEW readers AS SELECT id, reader FROM loans; DELETE FROM readers;",
            "DROP VIEW readers;",
        ),
        (
            "ALTER TABLE loans ALTER COLUMN reader TYPE char(1) USING left(reader, 1);",
            "ALTER TABLE loans ALTER COLUMN reader TYPE text;",
        ),
    ];
    assert_nothing_lost(postgres, &scripts);
}

#[test]
fn nothing_is_lost_on_sqlite_by_what_a_statement_sets_off() {
    let scripts = [
        ("DELETE FROM shelves WHERE id = 1;", "-- rows"),
        ("DELETE FROM books;", "-- rows"),
        ("INSERT OR REPLACE INTO loans VALUES (1, 2, 'Eve');", "-- rows"),
        ("REPLACE INTO shelves VALUES (1, 'prose');", "-- rows"),
        (
            "INSERT INTO loans VALUES (1, 1, 'Eve') ON CONFLICT (id) DO UPDATE SET reader = 'Eve';",
            "-- rows",
        ),
        ("UPDATE loans SET reader = title FROM books WHERE books.id = loans.book;", "-- rows"),
        (
            "WITH some AS (SELECT 1 AS id) DELETE FROM loans WHERE id IN (SELECT id FROM some);",
            "-- rows",
        ),
        (
            "CREATE TRIGGER chain AFTER UPDATE ON shelves BEGIN DELETE FROM loans; END; \
             UPDATE shelves SET name = name || '!';",
            "DROP TRIGGER chain;",
        ),
        (
            "CREATE VIEW readers AS SELECT id, reader FROM loans; \
             CREATE TRIGGER gone INSTEAD OF DELETE ON readers BEGIN \
             DELETE FROM loans WHERE id = OLD.id; END; DELETE FROM readers;",
            "DROP VIEW readers;",
        ),
    ];
    assert_nothing_lost(sqlite, &scripts);
}
