//! Values put back while their step stands, and afterwards.

use serde_json::json;

use super::{dropped, listed, places, rows_of, told, updated, users};

const LOWER: &str = "1|a@x|10.0.0.1\n2|b@x|10.0.0.2\n3|c@x|";

#[test]
fn rows_that_nobody_changed_get_their_values_back() {
    let (database, project) = updated();
    assert_eq!(users(&database), LOWER);
    database.psql("UPDATE users SET email = 'new@x' WHERE id = 2");
    let told = told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!(users(&database), "1|A@x|10.0.0.1\n2|new@x|10.0.0.2\n3|c@x|");
    assert_eq!(told["restored_rows"], 1);
    assert_eq!(told["inserted_rows"], 0);
    assert_eq!(told["conflicts"], 1);
    assert_eq!(told["dry_run"], false);
    let conflicts = rows_of(&database, &told["conflicts_place"]);
    assert_eq!(conflicts, r#"2|{"email":"new@x"}"#);
    // The migration stands: its rollback will want the backup still.
    assert_eq!(told["backup"]["state"], "kept");
    assert_eq!(listed(&project)[0]["conflicts"], 1);
}

#[test]
fn a_second_time_there_is_nothing_left() {
    let (database, project) = updated();
    told(&project, &["backup", "restore", "1", "--force"]);
    let before = (users(&database), places(&database));
    let told = told(&project, &["backup", "restore", "1"]);
    assert_eq!(told["restored_rows"], 0);
    assert_eq!(told["unchanged_rows"], listed(&project)[0]["rows"]);
    assert_eq!((users(&database), places(&database)), before);
    let run = project.run(&["backup", "restore", "1"]).expect_code(0);
    assert!(run.stdout.contains("There is nothing to put back."), "{run}");
}

#[test]
fn a_dry_run_tells_and_changes_nothing() {
    let (database, project) = updated();
    database.psql("UPDATE users SET email = 'new@x' WHERE id = 2");
    let before = database.dump();
    let told = told(&project, &["backup", "restore", "1", "--overwrite", "--dry-run"]);
    assert_eq!(database.dump(), before);
    assert_eq!(told["restored_rows"], 1);
    assert_eq!(told["overwritten_rows"], 1);
    assert_eq!(told["overwritten_backup"], json!(null));
    assert_eq!(told["dry_run"], true);
    assert_eq!(
        told["examples"],
        json!([
            { "outcome": "restored", "row": { "id": "1" }, "saved": { "email": "A@x" },
              "present": { "email": "a@x" } },
            { "outcome": "overwritten", "row": { "id": "2" }, "saved": { "email": "B@x" },
              "present": { "email": "new@x" } },
        ])
    );
}

#[test]
fn what_is_overwritten_is_saved_and_comes_back() {
    let (database, project) = updated();
    database.psql("UPDATE users SET email = 'new@x' WHERE id = 2");
    let first = told(&project, &["backup", "restore", "1", "--overwrite", "--force"]);
    assert_eq!(users(&database), "1|A@x|10.0.0.1\n2|B@x|10.0.0.2\n3|c@x|");
    assert_eq!(first["overwritten_rows"], 1);
    assert_eq!(first["conflicts"], 0);
    let saved = &first["overwritten_backup"];
    assert_eq!(saved["id"], 2);
    assert_eq!(saved["direction"], "rollback");
    assert_eq!(saved["state"], "set_aside");
    assert_eq!(rows_of(&database, &saved["place"]), "2|new@x");
    let second = told(&project, &["backup", "restore", "2", "--force"]);
    assert_eq!(second["restored_rows"], 1);
    assert_eq!(users(&database), "1|A@x|10.0.0.1\n2|new@x|10.0.0.2\n3|c@x|");
    assert_eq!(listed(&project)[1]["state"], "restored");
}

#[test]
fn only_the_rows_of_a_condition() {
    let (database, project) = updated();
    let chosen = "id = 2 OR email = '--' -- the second";
    let done = told(&project, &["backup", "restore", "1", "--where", chosen, "--force"]);
    assert_eq!(done["restored_rows"], 1);
    assert_eq!(users(&database), "1|a@x|10.0.0.1\n2|B@x|10.0.0.2\n3|c@x|");
    // The rollback puts the rest back, and knows that this row has its value.
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(users(&database), "1|A@x|10.0.0.1\n2|B@x|10.0.0.2\n3|c@x|");
    assert_eq!(listed(&project)[0]["conflicts"], 0);
}

#[test]
fn only_the_columns_that_are_named() {
    let (database, project) = super::project();
    let update = "UPDATE users SET email = lower(email), ip = NULL;";
    project.migration(2, "lower", update, "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    told(&project, &["backup", "restore", "1", "--columns", "ip", "--force"]);
    assert_eq!(users(&database), LOWER);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(users(&database), "1|A@x|10.0.0.1\n2|B@x|10.0.0.2\n3|c@x|");
    assert_eq!(listed(&project)[0]["conflicts"], 0);
}

#[test]
fn a_column_that_was_added_again_is_filled() {
    let (database, project) = dropped();
    database.psql("ALTER TABLE users ADD ip inet; UPDATE users SET ip = '1.1.1.1' WHERE id = 2");
    let done = told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!(done["restored_rows"], 1);
    assert_eq!(done["conflicts"], 1);
    assert_eq!(users(&database), "1|A@x|10.0.0.1\n2|B@x|1.1.1.1\n3|c@x|");
}

#[test]
fn deleted_rows_come_back() {
    let (database, project) = super::project();
    project.migration(2, "fewer", "DELETE FROM users WHERE id > 1;", "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    database.psql("INSERT INTO users VALUES (3, 'other@x')");
    let done = told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!(done["inserted_rows"], 1);
    assert_eq!(done["conflicts"], 1);
    assert_eq!(users(&database), "1|A@x|10.0.0.1\n2|B@x|10.0.0.2\n3|other@x|");
}

#[test]
fn conflicts_of_a_rollback_are_settled_afterwards() {
    let (database, project) = updated();
    database.psql("UPDATE users SET email = 'new@x' WHERE id = 2");
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(users(&database), "1|A@x|10.0.0.1\n2|new@x|10.0.0.2\n3|c@x|");
    let backup = &listed(&project)[0];
    assert_eq!((&backup["state"], &backup["conflicts"]), (&json!("restored"), &json!(1)));
    assert_ne!(backup["conflicts_place"], json!(null));
    let done = told(&project, &["backup", "restore", "1", "--overwrite", "--force"]);
    assert_eq!(done["overwritten_rows"], 1);
    assert_eq!(users(&database), "1|A@x|10.0.0.1\n2|B@x|10.0.0.2\n3|c@x|");
    assert_eq!(listed(&project)[0]["conflicts"], 0);
    assert_eq!(listed(&project)[0]["conflicts_place"], json!(null));
}

#[test]
fn migrating_again_does_not_put_back_what_an_operator_overwrote() {
    let (database, project) = updated();
    database.psql("UPDATE users SET email = 'new@x' WHERE id = 2");
    told(&project, &["backup", "restore", "1", "--overwrite", "--force"]);
    project.run(&["rollback", "--force"]).expect_code(0);
    project.run(&["migrate"]).expect_code(0);
    // The rollback found nothing to undo, so the migration has its way; what the operator had
    // replaced before stays replaced.
    assert_eq!(users(&database), LOWER);
}

#[test]
fn triggers_rest_meanwhile() {
    let (database, project) = updated();
    database.psql(
        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN NEW.email = 'shouted'; RETURN NEW; END $$;
         CREATE TRIGGER shout BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION shout()",
    );
    told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!(users(&database), "1|A@x|10.0.0.1\n2|B@x|10.0.0.2\n3|c@x|");
    assert_eq!(database.psql("SELECT tgenabled FROM pg_trigger WHERE tgname = 'shout'"), "O");
}

#[test]
fn rows_without_a_key_are_found_by_what_stayed() {
    let (database, project) = super::project();
    database.psql("CREATE TABLE log (line text, level text)");
    database.psql("INSERT INTO log VALUES ('a', 'X'), ('a', 'Y'), ('b', 'Z')");
    project.migration(2, "low", "UPDATE log SET level = lower(level);", "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    let done = told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!(done["restored_rows"], 3);
    assert_eq!(database.psql("SELECT * FROM log ORDER BY 1, 2"), "a|X\na|Y\nb|Z");
}
