//! Runs, projects, snapshots and terminals.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Project, Run, Signal, Terminal, Turnback, turnback};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_run_is_hermetic_and_reports_how_it_ended() {
    let Run { stdout, stderr, .. } = turnback(&["--version"]).expect_code(0);
    assert_eq!((&*stdout, &*stderr), (concat!("turnback ", env!("CARGO_PKG_VERSION"), "\n"), ""));
    let project = Project::new();
    project.migration(1, "base", "CREATE TABLE a (b int);", "DROP TABLE a;");
    assert_eq!(project.read("migrations/V1__base.sql"), "CREATE TABLE a (b int);");
    project.remove("rollbacks/V1__base.sql").write("turnback.toml", "");
    assert!(!project.path().join("rollbacks/V1__base.sql").exists());
    assert_eq!(project.run(&["--help"]).code, 0);
    let database = Cluster::shared().database();
    let command = Project::for_database(&database).command(&["status"]);
    assert_eq!(command.env("A", "b").env_remove("A").stdin("unread").run().code, 2);
}

#[test]
fn a_run_can_be_killed() {
    let running = Turnback::new(&["--version"]).spawn();
    running.signal(Signal::KILL);
    assert!([0, 128 + 9].contains(&running.wait().code));
}

#[test]
fn a_run_makes_a_stable_snapshot() {
    let project = Project::new();
    let run = project.run(&["new", "no spaces"]);
    assert_run_snapshot!(run, @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `no spaces` cannot be a migration's name
      next: use letters, digits and underscores, such as add_last_seen
    ");
}

#[test]
fn a_snapshot_hides_what_differs_from_run_to_run() {
    let database = Cluster::shared().database();
    let script = r#"
        echo "{\"url\": \"$DATABASE_URL\", \"socket\": \"$SOCKET\"}"
        echo "{\"pid\": $$, \"elapsed_ms\": 12, \"version\": 3, \"server_version\": \"15.1 (x)\"}"
        echo "pid $$ waited 12.5 ms of 60s at 2026-01-31T12:00:00.25Z and 2026-01-31 12:00:00 UTC"
        echo "PostgreSQL 15.18 (Debian 15.18-0+deb12u1), $DIGEST"
        echo "$PWD/migrations and $HOME/.pgpass, $(mktemp -u /tmp/.tmpXXXXXX)" >&2
        printf 'the end' >&2"#;
    let run = sh(script)
        .env("DATABASE_URL", database.url())
        .env("SOCKET", database.socket_url())
        .env("DIGEST", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_run_snapshot!(run.run(), @r#"
    exit code: 0
    ----- stdout -----
    {"url": "postgres://postgres@127.0.0.1:[port]/[database]", "socket": "postgres://postgres@[server]%2Fs:[port]/[database]"}
    {"pid": [pid], "elapsed_ms": [duration], "version": 3, "server_version": "[version]"}
    pid [pid] waited [duration] of 60s at [timestamp] and [timestamp]
    PostgreSQL [version], [sha256]
    ----- stderr -----
    [project]/migrations and [home]/.pgpass, [temp]
    the end[no newline at the end]
    "#);
}

#[test]
fn a_run_reads_its_input_and_tells_its_code() {
    let run = sh("read x; echo \"{\\\"got\\\": \\\"$x\\\"}\"; exit 4").stdin("a line\n").run();
    assert_eq!(run.expect_code(4).json()["got"], "a line");
}

#[test]
fn a_run_under_way_is_watched_and_signalled() {
    let mut running = sh("echo out; echo ready >&2; exec sleep 60").spawn();
    running.wait_for_stderr("ready");
    assert!(running.is_running());
    assert_eq!((&*running.stdout_so_far(), &*running.stderr_so_far()), ("out\n", "ready\n"));
    running.signal(Signal::TERM);
    assert_eq!(running.wait().code, 128 + 15);
}

#[test]
fn a_terminal_is_driven_like_a_person_does() {
    let script =
        "printf '\\033[1mname? \\033[0m'; read name; printf 'hello %s\\n' \"$name\"; exit 3";
    let mut terminal = at_terminal(script);
    terminal.expect("name? ", SOON);
    terminal.send("world\n");
    terminal.expect("hello world", SOON);
    assert_eq!(terminal.wait(), 3);
    assert!(terminal.output_so_far().starts_with("name? world"));
    assert!(terminal.raw_output().starts_with(b"\x1b[1m"));
    terminal.assert_restored();
}

#[test]
fn a_terminal_forgets_what_was_wiped_away() {
    let script = "printf '50%%'; printf '\\r\\033[Kdone\\n'";
    let mut terminal = at_terminal(script);
    assert_eq!(terminal.wait(), 0);
    assert_eq!(terminal.screen().trim_end(), "done");
    assert!(terminal.output_so_far().contains("50%"));
}

#[test]
fn a_terminal_passes_ctrl_c_and_shows_what_it_left_behind() {
    let script = "trap 'exit 7' INT; read go; stty -echo -icanon; echo ready; \
                  while :; do sleep 0.1; done";
    let mut terminal = at_terminal(script);
    assert!(terminal.settings().echoes() && terminal.settings().is_canonical());
    terminal.send("go\n");
    terminal.expect("ready", SOON);
    terminal.send_ctrl_c();
    assert_eq!(terminal.wait(), 7);
    assert!(!terminal.settings().echoes() && !terminal.settings().is_canonical());
    assert!(catch_unwind(AssertUnwindSafe(|| terminal.assert_restored())).is_err());
}

#[test]
fn the_program_runs_in_a_terminal() {
    let mut terminal = Project::new().command(&["--version"]).in_terminal();
    assert_eq!(terminal.wait(), 0);
    terminal.assert_restored();
}

/// A shell in place of the program.
fn sh(script: &str) -> Turnback {
    Turnback::other_program("/bin/sh", &["-c", script])
}

/// The same, with somebody at the keyboard.
fn at_terminal(script: &str) -> Terminal {
    sh(script).in_terminal()
}
