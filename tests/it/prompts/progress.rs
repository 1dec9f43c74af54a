//! Progress bars and colours.

use super::{SOON, assert_screen, given, screen};
use crate::support::{Cluster, Database, Project, poll};

/// A migration that waits until the test lets it go on: for a row, because for a lock it would
/// not wait long.
const WAITS: &str = "DO $$ BEGIN
    WHILE NOT EXISTS (SELECT FROM go) LOOP PERFORM pg_sleep(0.01); END LOOP;
END $$;";

fn slow() -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE go ()");
    let project = Project::for_database(&database);
    project.migration(1, "first", "CREATE TABLE a (b int);", "DROP TABLE a;");
    project.migration(2, "slow", WAITS, "-- nothing");
    (database, project)
}

fn wait_until_it_waits(database: &Database) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event = 'PgSleep'";
    let waits = || (database.psql(waiting) == "1").then_some(());
    poll(SOON, waits).expect("the migration gets that far");
}

fn let_it_go(database: &Database) {
    database.psql("INSERT INTO go DEFAULT VALUES");
}

#[test]
fn a_bar_shows_the_migration_under_way_and_is_gone_at_the_end() {
    let (database, project) = slow();
    let mut terminal = project.command(&["migrate"]).in_terminal();
    terminal.expect("1/2", SOON);
    terminal.expect("V2__slow", SOON);
    let shows_bar = || {
        let seen = terminal.screen();
        (seen.contains('█') && seen.contains("1/2  ") && seen.contains("V2__slow")).then_some(())
    };
    poll(SOON, shows_bar).unwrap_or_else(|| panic!("{}", terminal.screen()));
    let_it_go(&database);
    assert_eq!(terminal.wait(), 0);
    terminal.assert_restored();
    assert_screen!(&terminal, @r"
    postgres://postgres@127.0.0.1:[port]/[database]

      applied  V1__first  [duration]
      applied  V2__slow   [duration]

    2 migrations applied
    ");
}

#[test]
fn a_bar_is_gone_before_an_error_is_shown() {
    let (_database, project) = slow();
    project.write("migrations/V2__slow.sql", "SELECT pg_sleep(0.3);\nSELECT 1 / 0;\n");
    let mut terminal = project.command(&["migrate"]).in_terminal();
    assert_eq!(terminal.wait(), 1);
    assert!(terminal.output_so_far().contains("V2__slow"));
    assert!(terminal.output_so_far().contains('█'), "{}", terminal.output_so_far());
    let seen = screen(&terminal);
    assert!(seen.starts_with("error: V2__slow failed: division by zero\n"), "{seen}");
    assert!(!seen.contains('█'), "{seen}");
}

#[test]
fn without_a_terminal_there_is_no_trace_of_a_bar() {
    let (database, project) = slow();
    let running = project.command(&["migrate"]).spawn();
    wait_until_it_waits(&database);
    let_it_go(&database);
    let run = running.wait().expect_code(0);
    assert_eq!(run.stderr, "", "{run}");
}

#[test]
fn quiet_shows_no_bar() {
    let (database, project) = slow();
    let mut terminal = project.command(&["migrate", "--quiet"]).in_terminal();
    wait_until_it_waits(&database);
    assert_eq!(terminal.raw_output(), b"");
    let_it_go(&database);
    assert_eq!(terminal.wait(), 0);
    assert!(!terminal.output_so_far().contains('█'));
}

const RED: &[u8] = b"\x1b[31m";

fn has_color(output: &[u8]) -> bool {
    output.windows(RED.len()).any(|it| it == RED)
}

#[test]
fn an_error_is_red_at_a_terminal_unless_somebody_minds() {
    let project = Project::new().url("mysql://somewhere");
    let shown = |args: &[&str], no_color: bool| {
        let command = project.command(&[&["status"], args].concat());
        let command = if no_color { command } else { command.env_remove("NO_COLOR") };
        let mut terminal = command.in_terminal();
        assert_eq!(terminal.wait(), 2);
        has_color(&terminal.raw_output())
    };
    assert!(shown(&[], false));
    assert!(!shown(&[], true));
    assert!(!shown(&["--color", "never"], false));
    assert!(shown(&["--color", "always"], true));
}

#[test]
fn a_pipe_gets_colours_only_when_it_is_asked_to() {
    let project = Project::new().url("mysql://somewhere");
    let shown = |args: &[&str]| {
        let command = project.command(&[&["status"], args].concat()).env_remove("NO_COLOR");
        has_color(command.run().expect_code(2).stderr.as_bytes())
    };
    assert!(!shown(&[]));
    assert!(shown(&["--color", "always"]));
    assert!(!shown(&["--color", "never"]));
}

#[test]
fn results_are_never_coloured() {
    let (_database, project) = given();
    let run = project.run(&["status", "--color", "always"]).expect_code(0);
    assert!(!run.stdout.contains('\x1b'), "{run}");
    let run = project.run(&["status", "--format", "json", "--color", "always"]).expect_code(0);
    assert!(!run.stdout.contains('\x1b'), "{run}");
}
