//! The question before a rollback.

use super::{QUESTION, SOON, asked, assert_screen, given, press, shows_cursor, standing};
use crate::support::{Project, Signal, Terminal};

/// Answers, and says how the run ended. Whatever it was, the terminal is as it was before.
#[track_caller]
fn answer(terminal: &mut Terminal, keys: &str) -> i32 {
    let keys = match keys.strip_prefix('y') {
        Some(rest) => {
            press(terminal, "y");
            terminal.expect("Roll back? [Y/n]", SOON);
            rest
        }
        None => keys,
    };
    press(terminal, keys);
    let code = terminal.wait();
    terminal.assert_restored();
    assert!(shows_cursor(terminal), "the cursor stays hidden:\n{}", terminal.output_so_far());
    code
}

#[test]
fn enter_means_no_and_what_would_go_is_shown_before() {
    let (database, project) = given();
    let mut terminal = asked(&project, &["--steps", "2"]);
    assert_eq!(answer(&mut terminal, "\r"), 6);
    assert_eq!(standing(&database), "1 2 3");
    assert_eq!(database.psql("SELECT count(name), count(*) FROM users"), "0|1234");
    assert_screen!(&terminal, @"
    postgres://postgres@127.0.0.1:[port]/[database]: 2 migrations to roll back
      V3__logs  (one transaction)
      V2__names  (one transaction)
    Removes:
      table logs         1 row
      column users.name  1,234 rows
    Saved first, and kept for the way back:
      public.logs         8.0 KiB  V3__logs
      public.users(name)  48 KiB   V2__names
    Roll back? no
    error: declined; nothing was done
    ");
}

#[test]
fn y_goes_ahead() {
    let (database, project) = given();
    let mut terminal = asked(&project, &["--all"]);
    assert_eq!(answer(&mut terminal, "y\r"), 0);
    assert_eq!(database.psql("SELECT to_regclass('users'), to_regclass('logs')"), "|");
    assert_screen!(&terminal, @"
    postgres://postgres@127.0.0.1:[port]/[database]: 3 migrations to roll back
      V3__logs  (one transaction)
      V2__names  (one transaction)
      V1__users  (one transaction)
    Removes:
      table logs   1 row
      table users  1,234 rows
    Saved first, and kept for the way back:
      public.logs         8.0 KiB  V3__logs
      public.users(name)  48 KiB   V2__names
      public.users        48 KiB   V1__users
    Roll back? yes
    postgres://postgres@127.0.0.1:[port]/[database]

      rolled back  V3__logs   [duration]
      rolled back  V2__names  [duration]
      rolled back  V1__users  [duration]

    V3__logs: saved public.logs, 1 row in 16 KiB, as backup 1
    V2__names: saved public.users(name), 1,234 rows in 80 KiB, as backup 2
    V1__users: saved public.users, 1,234 rows in 72 KiB, as backup 3

    3 migrations rolled back
    ");
}

#[test]
fn y_alone_is_no_answer_yet() {
    let (database, project) = given();
    let mut terminal = asked(&project, &[]);
    press(&mut terminal, "y");
    terminal.expect("Roll back? [Y/n]", SOON);
    assert_eq!(standing(&database), "1 2 3");
    assert_eq!(answer(&mut terminal, "n\r"), 6);
    assert_eq!(standing(&database), "1 2 3");
}

#[test]
fn anything_but_y_declines() {
    let (database, project) = given();
    for keys in ["n\r", "N\r", "q\r", "x\r", "yn\r"] {
        let mut terminal = asked(&project, &[]);
        assert_eq!(answer(&mut terminal, keys), 6, "{keys:?}");
        assert!(terminal.output_so_far().contains("declined; nothing was done"));
        assert_eq!(standing(&database), "1 2 3");
    }
}

#[test]
fn ctrl_c_at_the_question_does_nothing_and_says_so() {
    let (database, project) = given();
    let mut terminal = asked(&project, &[]);
    assert_eq!(answer(&mut terminal, "\x03"), 1);
    assert!(terminal.output_so_far().contains("interrupted; nothing was done"));
    assert_eq!(standing(&database), "1 2 3");
    // Nor after half an answer.
    let mut terminal = asked(&project, &[]);
    assert_eq!(answer(&mut terminal, "y\x03"), 1);
    assert_eq!(standing(&database), "1 2 3");
}

#[test]
fn a_signal_at_the_question_does_nothing_and_says_so() {
    let (database, project) = given();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        for typed in ["", "y"] {
            let mut terminal = asked(&project, &[]);
            terminal.send(typed);
            terminal.signal(signal);
            assert_eq!(terminal.wait(), 1);
            terminal.assert_restored();
            assert!(shows_cursor(&terminal));
            assert!(terminal.output_so_far().contains("interrupted; nothing was done"));
            assert_eq!(standing(&database), "1 2 3");
        }
    }
}

#[test]
fn escape_takes_the_answer_back() {
    let (database, project) = given();
    let mut terminal = asked(&project, &[]);
    press(&mut terminal, "y");
    terminal.expect("Roll back? [Y/n]", SOON);
    press(&mut terminal, "\x1b");
    terminal.expect("Roll back?", SOON);
    assert_eq!(answer(&mut terminal, "\r"), 6);
    assert_eq!(standing(&database), "1 2 3");
}

#[test]
fn ctrl_d_is_no_answer() {
    let (database, project) = given();
    let mut terminal = asked(&project, &[]);
    assert_eq!(answer(&mut terminal, "\x04\r"), 6);
    assert_eq!(standing(&database), "1 2 3");
}

#[test]
fn a_sqlite_database_is_asked_about_as_well() {
    let project = Project::new().url("sqlite:app.db");
    let fill = "CREATE TABLE users (id int); INSERT INTO users VALUES (1), (2);";
    project.migration(1, "users", fill, "DROP TABLE users;");
    project.run(&["migrate"]).expect_code(0);
    let mut terminal = asked(&project, &[]);
    assert!(terminal.output_so_far().contains("table users  2 rows"));
    assert_eq!(answer(&mut terminal, "\r"), 6);
    let mut terminal = asked(&project, &[]);
    assert_eq!(answer(&mut terminal, "y\r"), 0);
    let status = project.run(&["status", "--format", "json"]).json();
    assert_eq!(status["pending"], 1);
}

#[test]
fn an_adopted_version_is_said_to_lose_only_its_record() {
    let (database, project) = given();
    database.psql("CREATE TABLE own (a int)");
    let script = "-- turnback:adopt-if table own\nCREATE TABLE own (a int);";
    project.migration(4, "own", script, "DROP TABLE own;");
    project.run(&["migrate"]).expect_code(0);
    let mut terminal = asked(&project, &[]);
    let shown = terminal.output_so_far();
    assert!(shown.contains("V4__own  (adopted: only its record is removed)"), "{shown}");
    assert!(shown.contains("No table or column is seen to go."), "{shown}");
    assert_eq!(answer(&mut terminal, "y\r"), 0);
    assert_eq!(database.psql("SELECT to_regclass('own')"), "own");
}

/// The operator agreed to the plan on the screen, and to no other.
#[test]
fn what_changed_while_the_question_stood_is_not_rolled_back() {
    let (database, project) = given();
    let mut terminal = asked(&project, &[]);
    project.migration(4, "more", "CREATE TABLE more (a int);", "DROP TABLE more;");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(answer(&mut terminal, "y\r"), 1);
    let shown = terminal.output_so_far();
    let said = "the database changed since the plan was shown; nothing was done";
    assert!(shown.contains(said), "{shown}");
    assert!(shown.contains("next: run the command again"), "{shown}");
    assert_eq!(standing(&database), "1 2 3 4");
}

#[test]
fn a_connection_that_was_ended_while_the_question_stood_says_by_whom() {
    let (database, project) = given();
    let mut terminal = asked(&project, &[]);
    let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert_eq!(database.psql(others), "1");
    assert_eq!(answer(&mut terminal, "y\r"), 1);
    let said = terminal.output_so_far();
    assert!(
        said.contains("was lost: terminating connection due to administrator command"),
        "{said}"
    );
    assert_eq!(standing(&database), "1 2 3");
}

#[test]
fn yes_and_force_ask_nothing() {
    for flag in ["--yes", "-y", "--force"] {
        let (database, project) = given();
        let mut terminal = project.command(&["rollback", flag]).in_terminal();
        assert_eq!(terminal.wait(), 0);
        assert!(!terminal.output_so_far().contains(QUESTION));
        assert_eq!(standing(&database), "1 2");
    }
}

#[test]
fn nothing_to_roll_back_needs_no_question() {
    let (_database, project) = given();
    project.run(&["rollback", "--all", "--force"]).expect_code(0);
    let mut terminal = project.command(&["rollback"]).in_terminal();
    assert_eq!(terminal.wait(), 0);
    assert!(terminal.output_so_far().contains("nothing to roll back"));
}

#[test]
fn a_dry_run_needs_no_question() {
    let (database, project) = given();
    let mut terminal = project.command(&["rollback", "--all", "--dry-run"]).in_terminal();
    assert_eq!(terminal.wait(), 0);
    assert!(terminal.output_so_far().contains("Nothing was changed."));
    assert_eq!(standing(&database), "1 2 3");
}
