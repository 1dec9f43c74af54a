//! The questions before a restore and before pruning.

use std::time::Duration;

use super::{listed, places, project, updated, users};
use crate::support::{Database, Project, Terminal};

const SOON: Duration = Duration::from_secs(20);

fn asked(project: &Project, args: &[&str], question: &str) -> Terminal {
    let mut terminal = project.command(&[&["backup"], args].concat()).in_terminal();
    terminal.expect(question, SOON);
    terminal
}

fn answer(mut terminal: Terminal, keys: &str, code: i32) -> String {
    terminal.send(keys);
    assert_eq!(terminal.wait(), code, "{}", terminal.output_so_far());
    terminal.assert_restored();
    terminal.output_so_far()
}

fn protected() -> (Database, Project) {
    let (database, project) = updated();
    project.write("turnback.toml", "protected = true\n");
    (database, project)
}

#[test]
fn a_restore_shows_what_it_would_do_and_no_is_the_default() {
    let (database, project) = updated();
    database.psql("UPDATE users SET email = 'new@x' WHERE id = 2");
    let before = users(&database);
    let terminal = asked(&project, &["restore", "1"], "Put it back? [y/N]");
    let output = answer(terminal, "\r", 6);
    for line in [
        "Backup 1 into public.users, from V2__lower (migrate):",
        "1 row gets its saved values back",
        "1 row was changed since, and stays as it is",
        "restored: id 1: saved email A@x; now email a@x",
        "conflict: id 2: saved email B@x; now email new@x",
        "declined; nothing was done",
    ] {
        assert!(output.contains(line), "{line} is not in:\n{output}");
    }
    assert_eq!(users(&database), before);
}

#[test]
fn yes_puts_it_back() {
    let (database, project) = updated();
    let terminal = asked(&project, &["restore", "1"], "Put it back? [y/N]");
    let output = answer(terminal, "y\r", 0);
    assert!(output.contains("2 rows got their saved values back"), "{output}");
    assert!(users(&database).starts_with("1|A@x"));
}

#[test]
fn without_a_terminal_it_needs_to_be_said() {
    let (database, project) = updated();
    let before = database.dump();
    let run = project.run(&["backup", "restore", "1"]).expect_code(6);
    assert!(run.stderr.contains("--force or --yes goes ahead"), "{run}");
    assert_eq!(database.dump(), before);
    project.run(&["backup", "restore", "1", "--yes"]).expect_code(0);
    assert!(users(&database).starts_with("1|A@x"));
}

#[test]
fn a_protected_database_is_named() {
    let (database, project) = protected();
    project.run(&["backup", "restore", "1", "--yes"]).expect_code(6);
    let question =
        format!("This database is protected. Type its name ({}) to go on:", database.name());
    answer(asked(&project, &["restore", "1"], &question), "y\r", 6);
    answer(asked(&project, &["prune", "1", "--force"], &question), "y\r", 6);
    let name = format!("{}\r", database.name());
    answer(asked(&project, &["restore", "1"], &question), &name, 0);
    assert!(users(&database).starts_with("1|A@x"));
}

#[test]
fn pruning_tells_what_is_lost_for_good() {
    let (database, project) = updated();
    let before = places(&database);
    let question = "Drop these backups? [y/N]";
    let output = answer(asked(&project, &["prune", "1", "--force"], question), "n\r", 6);
    assert!(output.contains("Lost for good"), "{output}");
    assert!(output.contains("rolling back V2__lower would put it back"), "{output}");
    assert_eq!(places(&database), before);
    answer(asked(&project, &["prune", "1", "--force"], question), "y\r", 0);
    assert!(listed(&project).is_empty());
}

#[test]
fn pruning_without_a_terminal_needs_to_be_said() {
    let (_database, project) = project();
    project.migration(2, "lower", "UPDATE users SET email = lower(email);", "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--force"]).expect_code(0);
    let run = project.run(&["backup", "prune", "1"]).expect_code(6);
    assert!(run.stderr.contains("pruning needs confirmation"), "{run}");
    assert_eq!(listed(&project)[0]["id"], 1);
    project.run(&["backup", "prune", "1", "--yes"]).expect_code(0);
    assert_ne!(listed(&project)[0]["id"], 1);
}
