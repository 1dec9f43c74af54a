//! What an operator sees at a terminal: the question before a rollback, progress, colours.

mod confirm;
mod declined;
mod progress;
mod protected;

use std::time::Duration;

use crate::support::{Cluster, Database, Project, Terminal};

const SOON: Duration = Duration::from_secs(20);
const QUESTION: &str = "Roll back? [y/N]";

/// Three versions are applied, and there are rows that a rollback loses.
fn given() -> (Database, Project) {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "users", "CREATE TABLE users (id int);", "DROP TABLE users;");
    let add = "ALTER TABLE users ADD COLUMN name text;";
    project.migration(2, "names", add, "ALTER TABLE users DROP COLUMN name;");
    project.migration(3, "logs", "CREATE TABLE logs (line text);", "DROP TABLE logs;");
    project.run(&["migrate"]).expect_code(0);
    database
        .psql("INSERT INTO users SELECT generate_series(1, 1234); INSERT INTO logs VALUES ('a')");
    (database, project)
}

/// The versions that stand.
fn standing(database: &Database) -> String {
    database
        .psql("SELECT string_agg(version::text, ' ' ORDER BY version) FROM refinery_schema_history")
}

/// A rollback that waits for its answer.
fn asked(project: &Project, args: &[&str]) -> Terminal {
    let mut terminal = project.command(&[&["rollback"], args].concat()).in_terminal();
    terminal.expect(QUESTION, SOON);
    terminal
}

/// Presses a key at a question. The program has listened since before it asked: else the terminal
/// itself would show the key, and make a signal of Ctrl-C.
#[track_caller]
fn press(terminal: &mut Terminal, key: &str) {
    assert!(!terminal.settings().is_canonical(), "nobody listens");
    terminal.send(key);
}

/// What the screen shows, without the spaces that fill its lines.
fn screen(terminal: &Terminal) -> String {
    let screen = terminal.screen();
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned() + "\n"
}

/// Compares what a person sees in the end with a snapshot in place.
macro_rules! assert_screen {
    ($terminal:expr, $($snapshot:tt)*) => {
        $crate::support::snapshot::settings().bind(|| {
            insta::assert_snapshot!($crate::prompts::screen($terminal), $($snapshot)*);
        })
    };
}
use assert_screen;

/// The cursor is visible if the last word about it says so.
fn shows_cursor(terminal: &Terminal) -> bool {
    let output = terminal.raw_output();
    let last = |sequence: &[u8]| output.windows(sequence.len()).rposition(|it| it == sequence);
    last(b"\x1b[?25l") <= last(b"\x1b[?25h")
}
