//! `lucia-sessions`: every way up has its way back, to the letter of `.schema`.

use super::states;
use crate::support::{Run, SqliteFile};

const HIGHEST: usize = 19;

fn lucia(file: &SqliteFile, args: &[&str]) -> Run {
    file.run("lucia-sessions", args)
}

/// Versions without anything in the schema: they change rows.
const BACKFILLS: [usize; 2] = [3, 19];

#[test]
fn a_fresh_database_is_as_it_was_after_everything_is_rolled_back() {
    let file = SqliteFile::new();
    lucia(&file, &["migrate"]).expect_code(0);
    assert!(file.schema().contains("audit_logs_append_only"));
    lucia(&file, &["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(file.schema(), "");

    let file = SqliteFile::with(
        "CREATE TABLE neighbour (id integer PRIMARY KEY);
         CREATE VIEW onlooker AS SELECT id FROM neighbour; CREATE INDEX by_id ON neighbour (id);
         INSERT INTO neighbour VALUES (1)",
    );
    let before = file.schema();
    lucia(&file, &["migrate"]).expect_code(0);
    lucia(&file, &["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(file.schema(), before);
    assert_eq!(file.rows("SELECT id FROM onlooker"), ["1"]);
}

#[test]
fn each_version_goes_down_and_up_again_to_the_same_schema() {
    let file = SqliteFile::new();
    let mut levels = vec![String::new()];
    for version in 1..=HIGHEST {
        lucia(&file, &["migrate", "--to", &version.to_string()]).expect_code(0);
        let schema = file.schema_without_history();
        let is_same = levels.last() == Some(&schema);
        assert_eq!(is_same, BACKFILLS.contains(&version), "V{version}");
        levels.push(schema);
    }
    for version in (1..=HIGHEST).rev() {
        let args = ["rollback", "--steps", "1", "--force", "--format", "json"];
        let number = i64::try_from(version).unwrap();
        assert_eq!(states(&lucia(&file, &args)), [(number, "rolled_back".to_owned())]);
        assert_eq!(file.schema_without_history(), levels[version - 1], "V{version}, down");
        lucia(&file, &["migrate", "--to", &version.to_string()]).expect_code(0);
        assert_eq!(file.schema_without_history(), levels[version], "V{version}, up again");
        let below = (version - 1).to_string();
        lucia(&file, &["rollback", "--to", &below, "--force"]).expect_code(0);
        assert_eq!(file.schema_without_history(), levels[version - 1], "V{version}, down again");
    }
    assert_eq!(file.schema(), "");
}

/// Tables as a portal wrote them, in its own handwriting; `.schema` shows every letter of it.
const PORTAL: &str = "
    CREATE TABLE \"users\"(email TEXT PRIMARY KEY,
        -- what they may do
        role VARCHAR(20) NOT NULL DEFAULT 'member', name TEXT, created DATETIME,
        phone TEXT /* optional */ );
    CREATE TABLE Sessions (
        id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(email) ON DELETE CASCADE,
        expires_at DATETIME NOT NULL, created_at DATETIME, last_activity DATETIME,
        ip_address TEXT, user_agent TEXT, fingerprint TEXT, is_active INTEGER DEFAULT 1,
        device TEXT, UNIQUE (user_id, device));
    CREATE TABLE audit_logs (id INTEGER PRIMARY KEY, timestamp, event_type, event_category,
        severity, user_id, session_id, correlation_id, outcome, action);
    INSERT INTO users VALUES ('ann@example.org', 'admin', 'Ann', NULL, '1'),
                             ('bob@example.org', 'member', NULL, '2020-01-01', NULL);
    INSERT INTO Sessions (id, user_id, expires_at, ip_address, fingerprint) VALUES
        ('s1', 'ann@example.org', '2030-01-01', '10.0.0.1', 'known already'),
        ('s2', 'bob@example.org', '2030-01-01', '10.0.0.2', 'known too');
    INSERT INTO audit_logs (event_type, action) VALUES ('login', 'x');
";

#[test]
fn tables_that_exist_are_adopted_and_outlive_the_way_back() {
    let file = SqliteFile::with(PORTAL);
    let schema = file.schema();
    let rows = || {
        ["users", "sessions", "audit_logs"]
            .map(|table| file.rows(&format!("SELECT * FROM {table} ORDER BY 1")))
    };
    let rows_before = rows();
    let run = lucia(&file, &["migrate", "--format", "json"]).expect_code(0);
    let adopted: Vec<_> =
        states(&run).into_iter().filter(|it| it.1 == "adopted").map(|it| it.0).collect();
    assert_eq!(adopted, [1, 7, 9]);
    assert_eq!(file.rows("SELECT DISTINCT status FROM users"), ["active"]);
    file.execute("INSERT INTO users (email) VALUES ('new@example.org')");
    file.execute("DELETE FROM users WHERE email = 'new@example.org'");

    let run = lucia(&file, &["rollback", "--all", "--force", "--format", "json"]).expect_code(0);
    let released: Vec<_> =
        states(&run).into_iter().filter(|it| it.1 == "released").map(|it| it.0).collect();
    assert_eq!(released, [9, 7, 1]);
    assert_eq!(file.schema(), schema);
    assert_eq!(rows(), rows_before);
}

#[test]
fn a_table_that_lacks_what_the_set_needs_stops_it_before_anything_is_done() {
    let file = SqliteFile::with("CREATE TABLE users (id integer PRIMARY KEY, mail text)");
    let before = file.trace();
    let run = lucia(&file, &["migrate"]).expect_code(1);
    assert!(
        run.stderr.contains("V1__users cannot adopt table users: column email is missing"),
        "{run}"
    );
    assert_eq!(file.trace(), before);
}

#[test]
fn columns_that_exist_already_stop_the_step_and_leave_the_table_as_it_was() {
    let file = SqliteFile::with("CREATE TABLE users (email text PRIMARY KEY, status text)");
    let run = lucia(&file, &["migrate", "--format", "json"]).expect_code(1);
    let error = &run.json()["error"];
    assert_eq!(
        error["message"],
        "V2__user_authentication_columns failed: duplicate column name: status"
    );
    assert_eq!(error["line"], 10);
    let columns = "SELECT group_concat(name) FROM pragma_table_info('users')";
    assert_eq!(file.rows(columns), ["email,status"]);
    let status = lucia(&file, &["status", "--format", "json"]).expect_code(0);
    assert_eq!(states(&status)[..2], [(1, "adopted".to_owned()), (2, "failed".to_owned())]);
}
