//! What `backup restore` cannot do, and says.

use super::{dropped, project, updated, users};

#[test]
fn an_unknown_number() {
    let (_database, project) = dropped();
    let run = project.run(&["backup", "restore", "9", "--force"]).expect_code(2);
    assert!(run.stderr.contains("there is no backup 9"), "{run}");
    assert!(run.stderr.contains("on record: 1"), "{run}");
    let run = project.run(&["backup", "prune", "9", "--force"]).expect_code(2);
    assert!(run.stderr.contains("there is no backup 9"), "{run}");
}

#[test]
fn no_backup_at_all() {
    let (_database, project) = project();
    let run = project.run(&["backup", "restore", "1"]).expect_code(2);
    assert!(run.stderr.contains("no backup is on record here"), "{run}");
}

#[test]
fn a_backup_that_was_dropped_by_hand() {
    let (database, project) = dropped();
    let place = super::listed(&project)[0]["place"].as_str().unwrap().to_owned();
    database.psql(&format!("DROP TABLE {place}"));
    let run = project.run(&["backup", "restore", "1", "--force"]).expect_code(1);
    assert!(run.stderr.contains(&format!("its table {place} is not there")), "{run}");
    project.run(&["backup", "prune", "1", "--force"]).expect_code(0);
    assert!(super::listed(&project).is_empty());
}

#[test]
fn a_backup_that_was_changed_by_hand() {
    let (database, project) = updated();
    let place = super::listed(&project)[0]["place"].as_str().unwrap().to_owned();
    database.psql(&format!("UPDATE {place} SET email = 'Z@x' WHERE id = 1"));
    let before = users(&database);
    let run = project.run(&["backup", "restore", "1", "--yes"]).expect_code(4);
    assert!(run.stderr.contains("hold other values"), "{run}");
    assert_eq!(users(&database), before);
    let run = project.run(&["backup", "restore", "1", "--force"]).expect_code(0);
    assert!(run.stdout.contains("the backup was changed by somebody"), "{run}");
    assert!(users(&database).starts_with("1|Z@x"));
    database.psql(&format!("DELETE FROM {place} WHERE id = 1"));
    let run = project.run(&["backup", "restore", "1", "--yes"]).expect_code(4);
    assert!(run.stderr.contains(" were saved, and there are "), "{run}");
}

#[test]
fn columns_that_the_table_lacks() {
    let (_database, project) = dropped();
    let run = project.run(&["backup", "restore", "1", "--force"]).expect_code(1);
    assert!(run.stderr.contains("public.users has no column ip"), "{run}");
}

#[test]
fn a_key_that_is_gone() {
    let (database, project) = updated();
    database.psql("ALTER TABLE users RENAME id TO number");
    let run = project.run(&["backup", "restore", "1", "--force"]).expect_code(1);
    assert!(run.stderr.contains("public.users has no column id"), "{run}");
    assert!(run.stderr.contains("rows are told apart by"), "{run}");
}

#[test]
fn a_table_that_is_gone() {
    let (database, project) = updated();
    database.psql("DROP TABLE users");
    let run = project.run(&["backup", "restore", "1", "--force"]).expect_code(1);
    assert!(run.stderr.contains("table public.users is not there"), "{run}");
}

#[test]
fn columns_that_are_not_in_the_backup() {
    let (_database, project) = updated();
    let args = ["backup", "restore", "1", "--columns", "email,ip", "--force"];
    let run = project.run(&args).expect_code(2);
    assert!(run.stderr.contains("backup 1 does not hold column ip"), "{run}");
    assert!(run.stderr.contains("it holds email"), "{run}");
}

#[test]
fn a_condition_that_cannot_be_read() {
    let (_database, project) = updated();
    let args = ["backup", "restore", "1", "--where", "nothing = 1", "--force"];
    let run = project.run(&args).expect_code(2);
    assert!(run.stderr.contains("the condition of --where: "), "{run}");
    assert!(run.stderr.contains("it can name email, id"), "{run}");
}

#[test]
fn nothing_to_select_what_to_prune_by() {
    let (_database, project) = dropped();
    project.run(&["backup", "prune"]).expect_code(2);
}
