//! Rehearsals that are stopped in the middle, and what is left of them: nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{alone, set_for, there};
use crate::support::{Cluster, PATIENCE, Project, Running, Signal, poll};

/// A rehearsal that stops at its second version, and does not go on by itself.
struct Asleep {
    run: Running,
    scratch: PathBuf,
    _project: Project,
}

impl Asleep {
    fn start(format: &str) -> Self {
        // The server writes there, which may run as another user.
        let marks = TempDir::new().unwrap();
        fs::set_permissions(marks.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let mark = marks.path().join("mark");
        let project = set_for("postgresql");
        project.migration(1, "users", "CREATE TABLE users (id int);", "DROP TABLE users;");
        // What is built first, to know what comes, has no rows.
        let up = format!(
            "COPY (SELECT 'reached' FROM users LIMIT 1) TO '{}';\n\
             SELECT pg_sleep(600) FROM users LIMIT 1;\n",
            mark.display()
        );
        project.migration(2, "slow", &up, "SELECT 1;");
        let run = alone(project.command(&["prove", "--format", format])).spawn();
        let reached =
            poll(PATIENCE, || fs::read_to_string(&mark).ok().filter(|it| it.contains("reached")));
        assert!(reached.is_some(), "it never slept: {}", run.stderr_so_far());
        let scratch = places(run.pid()).pop().expect("its server has a directory");
        assert!(!processes_of(&scratch).is_empty());
        Self { run, scratch, _project: project }
    }
}

/// The directories that a run with this number made.
fn places(pid: u32) -> Vec<PathBuf> {
    let start = format!("turnback-scratch-{pid}-");
    let bases = [PathBuf::from("/dev/shm"), std::env::temp_dir(), PathBuf::from("/tmp")];
    let entries = bases.iter().filter_map(|it| fs::read_dir(it).ok()).flatten().flatten();
    let ours = entries.filter(|it| it.file_name().to_string_lossy().starts_with(&start));
    ours.map(|it| it.path()).collect()
}

/// The processes that name a directory on their command line.
fn processes_of(directory: &Path) -> Vec<String> {
    let name = directory.to_string_lossy().into_owned();
    let commands = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
        let bytes = fs::read(entry.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
    });
    commands.filter(|command| command.contains(&name)).collect()
}

#[track_caller]
fn assert_gone(scratch: &Path) {
    let gone =
        poll(PATIENCE, || (!scratch.exists() && processes_of(scratch).is_empty()).then_some(()));
    assert!(gone.is_some(), "{} {:?}", scratch.display(), processes_of(scratch));
}

#[test]
fn interrupted_it_says_so_and_nothing_is_left_when_it_ends() {
    for signal in [Signal::INT, Signal::TERM] {
        let Asleep { run, scratch, _project } = Asleep::start("text");
        let pid = run.pid();
        run.signal(signal);
        let run = run.wait().expect_code(1);
        assert_eq!(run.stderr, "error: interrupted; nothing is left of it\n");
        assert_eq!(run.stdout, "");
        assert_eq!(places(pid), [""; 0].map(PathBuf::from));
        assert_eq!(processes_of(&scratch), [""; 0]);
    }
}

#[test]
fn a_program_is_told_that_it_was_interrupted() {
    let Asleep { run, .. } = Asleep::start("json");
    run.signal(Signal::INT);
    let run = run.wait().expect_code(1);
    assert_eq!(run.json()["error"]["kind"], "interrupted");
}

#[test]
fn killed_it_leaves_nothing_for_long() {
    let Asleep { run, scratch, _project } = Asleep::start("text");
    run.signal(Signal::KILL);
    run.wait().expect_code(137);
    assert_gone(&scratch);
}

#[test]
fn what_was_left_behind_is_swept_by_the_next_one() {
    let base = TempDir::new().unwrap();
    // As a run leaves it whose supervisor was killed as well: nobody holds the lock.
    let stale = base.path().join("turnback-scratch-1-0badcafe");
    fs::create_dir(&stale).unwrap();
    fs::write(stale.join("owner"), "").unwrap();
    let project = set_for("sqlite");
    project.migration(1, "a", "CREATE TABLE a (id int);", "DROP TABLE a;");
    let run = project.command(&["prove"]).env("TMPDIR", base.path()).run().expect_code(0);
    assert!(!stale.exists(), "{run}");
}

#[test]
fn on_a_named_server_its_databases_are_dropped() {
    let cluster = Cluster::private(&[]);
    let server = format!("postgres://postgres@127.0.0.1:{}/postgres", cluster.database().port());
    let project = set_for("postgresql");
    project.migration(1, "users", "CREATE TABLE users (id int);", "DROP TABLE users;");
    project.migration(2, "slow", "SELECT pg_sleep(600) FROM users LIMIT 1;", "SELECT 1;");
    let run = there(project.command(&["prove"])).env("TURNBACK_SCRATCH", &server).spawn();
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    poll(PATIENCE, || (cluster.psql(asleep) == "1").then_some(())).expect("it sleeps");
    run.signal(Signal::INT);
    let run = run.wait().expect_code(1);
    assert_eq!(run.stderr, "error: interrupted; nothing is left of it\n");
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'turnback\\_scratch\\_%'";
    assert_eq!(cluster.psql(left), "0");
}
