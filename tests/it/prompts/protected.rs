//! A database that `turnback.toml` calls protected.

use super::{QUESTION, SOON, assert_screen, given, press, standing};
use crate::support::{Database, Project, Terminal};

fn protected() -> (Database, Project) {
    let (database, project) = given();
    project.write("turnback.toml", "protected = true\n");
    (database, project)
}

fn asked(database: &Database, project: &Project, args: &[&str]) -> Terminal {
    let mut terminal = project.command(&[&["rollback"], args].concat()).in_terminal();
    let question =
        format!("This database is protected. Type its name ({}) to go on:", database.name());
    terminal.expect(&question, SOON);
    terminal
}

#[test]
fn only_its_name_goes_ahead() {
    let (database, project) = protected();
    for typed in ["", "y", "yes", "turnback", &database.name().to_uppercase()] {
        let mut terminal = asked(&database, &project, &[]);
        terminal.send(&format!("{typed}\r"));
        assert_eq!(terminal.wait(), 6, "{typed:?}");
        terminal.assert_restored();
        assert_eq!(standing(&database), "1 2 3");
    }
    let mut terminal = asked(&database, &project, &[]);
    for key in database.name().chars().map(String::from) {
        press(&mut terminal, &key);
        terminal.expect(&key, SOON);
    }
    press(&mut terminal, "\r");
    assert_eq!(terminal.wait(), 0);
    terminal.assert_restored();
    assert_eq!(standing(&database), "1 2");
    assert_screen!(&terminal, @"
    postgres://postgres@127.0.0.1:[port]/[database]: 1 migration to roll back
      V3__logs  (one transaction)
    Removes:
      table logs  1 row
    Saved first, and kept for the way back:
      public.logs  8.0 KiB  V3__logs
    This database is protected. Type its name ([database]) to go on: [database]
    postgres://postgres@127.0.0.1:[port]/[database]

      rolled back  V3__logs  [duration]

    V3__logs: saved public.logs, 1 row in 16 KiB, as backup 1

    1 migration rolled back
    ");
}

#[test]
fn yes_does_not_suffice() {
    let (database, project) = protected();
    let mut terminal = asked(&database, &project, &["--yes"]);
    terminal.send("\r");
    assert_eq!(terminal.wait(), 6);
    assert_eq!(standing(&database), "1 2 3");
}

#[test]
fn force_suffices() {
    let (database, project) = protected();
    let mut terminal = project.command(&["rollback", "--force"]).in_terminal();
    assert_eq!(terminal.wait(), 0);
    assert!(!terminal.output_so_far().contains("protected"));
    assert_eq!(standing(&database), "1 2");
}

#[test]
fn ctrl_c_leaves_the_terminal_as_it_was() {
    let (database, project) = protected();
    for keys in ["\x03", "turn\x03"] {
        let mut terminal = asked(&database, &project, &[]);
        press(&mut terminal, keys);
        assert_eq!(terminal.wait(), 1);
        terminal.assert_restored();
        assert!(super::shows_cursor(&terminal));
        assert!(terminal.output_so_far().contains("interrupted; nothing was done"));
        assert_eq!(standing(&database), "1 2 3");
    }
}

#[test]
fn a_sqlite_database_is_named_by_its_file() {
    let project = Project::new().url("sqlite:data/app.db");
    std::fs::create_dir(project.path().join("data")).unwrap();
    project.migration(1, "a", "CREATE TABLE a (b int);", "DROP TABLE a;");
    project.run(&["migrate"]).expect_code(0);
    project.write("turnback.toml", "protected = true\n");
    let mut terminal = project.command(&["rollback"]).in_terminal();
    terminal.expect("Type its name (app.db) to go on:", SOON);
    terminal.send("app.db\r");
    assert_eq!(terminal.wait(), 0);
    assert!(!terminal.output_so_far().contains(QUESTION));
}
