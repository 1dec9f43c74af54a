//! Where there is nobody to ask.

use super::{given, standing};
use crate::support::snapshot::assert_run_snapshot;

#[test]
fn without_a_terminal_a_rollback_needs_a_flag() {
    let (database, project) = given();
    for args in [&["rollback"][..], &["down"], &["undo", "--all"], &["rollback", "--quiet"]] {
        project.run(args).expect_code(6);
    }
    // An answer on a pipe is none.
    let run = project.command(&["rollback"]).stdin("y\ny\n").run();
    assert_run_snapshot!(run, @"
    exit code: 6
    ----- stdout -----
    ----- stderr -----
    error: a rollback needs confirmation, and there is no terminal to ask on
      note: nothing was done
      next: --force or --yes goes ahead without asking; --dry-run shows what would be done
    ");
    let document = project.run(&["rollback", "--format", "json"]).expect_code(6).json();
    assert_eq!((&document["ok"], &document["exit_code"]), (&false.into(), &6.into()));
    assert_eq!(document["error"]["kind"], "declined");
    assert_eq!(standing(&database), "1 2 3");
    project.run(&["rollback", "--yes"]).expect_code(0);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(standing(&database), "1");
}

#[test]
fn without_a_terminal_yes_does_not_suffice_on_a_protected_database() {
    let (database, project) = given();
    project.write("turnback.toml", "protected = true\n");
    let run = project.run(&["rollback", "--yes"]).expect_code(6);
    assert!(run.stderr.contains("next: --force goes ahead without asking"), "{run}");
    assert!(!run.stderr.contains("--yes"), "{run}");
    assert_eq!(standing(&database), "1 2 3");
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(standing(&database), "1 2");
}

#[test]
fn what_destroys_nothing_asks_nothing() {
    let (_database, project) = given();
    project.write("turnback.toml", "protected = true\n");
    project.run(&["status"]).expect_code(0);
    project.migration(4, "more", "CREATE TABLE more (a int);", "DROP TABLE more;");
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--dry-run"]).expect_code(0);
}
