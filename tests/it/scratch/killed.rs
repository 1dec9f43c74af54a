//! Runs that are killed.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, kill_process};
use turnback::model::Engine;
use turnback::settings::ScratchChoice;

use super::{Asker, ask, directory, processes_of};
use crate::support::{PATIENCE, Signal, poll};

const HOLD: &str = "TURNBACK_TEST_HOLD";

/// What the tests below run as a process of its own.
#[test]
#[ignore = "the tests beside it run and kill it"]
fn holds_a_database() {
    let mut asker = Asker::new(ScratchChoice::Temporary);
    let hold = std::env::var(HOLD);
    if hold.as_deref() == Ok("sqlite") {
        asker.engine = Engine::Sqlite;
    }
    let scratch = asker.open().unwrap();
    let database = scratch.database().unwrap();
    println!("\n{HOLD} {}", directory(&database).display());
    if hold.is_ok() {
        // Until it is killed.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
    }
}

/// Starts it; returns the directory it uses.
fn held(engine: &str) -> (Child, PathBuf) {
    let name = "scratch::killed::holds_a_database";
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--ignored", "--nocapture"]).env(HOLD, engine);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let start = format!("{HOLD} ");
    let path =
        lines.map_while(Result::ok).find_map(|it| it.strip_prefix(&start).map(PathBuf::from));
    (child, path.expect("it says where"))
}

fn assert_gone(directory: &Path) {
    let gone = poll(PATIENCE, || {
        (!directory.exists() && processes_of(directory).is_empty()).then_some(())
    });
    assert!(gone.is_some(), "{} {:?}", directory.display(), processes_of(directory));
}

#[test]
fn whatever_ends_the_run_nothing_is_left() {
    for (engine, signal) in
        [("postgres", Signal::KILL), ("postgres", Signal::TERM), ("sqlite", Signal::KILL)]
    {
        let (mut child, directory) = held(engine);
        assert!(directory.exists());
        kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait().unwrap();
        assert_gone(&directory);
    }
}

#[test]
fn when_the_supervisor_is_killed_as_well_the_next_run_sweeps() {
    let (mut child, directory) = held("postgres");
    let group = Pid::from_child(&child);
    let supervisor = supervisor_of(&directory);
    // First the one that would clean up.
    kill_process(supervisor, Signal::KILL).unwrap();
    kill_process(group, Signal::KILL).unwrap();
    child.wait().unwrap();
    assert!(directory.exists());
    let asker = Asker::new(ScratchChoice::Temporary);
    let database = asker.open().unwrap().database().unwrap();
    assert_gone(&directory);
    assert_eq!(ask(&database, "SELECT 1"), "1");
}

/// The shell that names the directory; the server does, too.
fn supervisor_of(directory: &Path) -> Pid {
    let processes = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let number = entry.file_name().to_str()?.parse::<i32>().ok()?;
        let command = fs::read(entry.path().join("cmdline")).ok()?;
        Some((number, String::from_utf8_lossy(&command).into_owned()))
    });
    let name = directory.to_string_lossy();
    let found = processes
        .filter(|(_, command)| command.starts_with("/bin/sh\0") && command.contains(&*name))
        .find_map(|(number, _)| Pid::from_raw(number));
    found.expect("it looks after the directory")
}

#[test]
fn what_is_in_use_or_somebody_elses_is_not_swept() {
    let base = tempfile::tempdir().unwrap();
    let mut asker = Asker::new(ScratchChoice::Temporary);
    base.path().clone_into(&mut asker.settings.temporary);
    let elsewhere = base.path().join("elsewhere");
    let held = base.path().join("turnback-scratch-1-0000aaaa");
    let dead = base.path().join("turnback-scratch-1-0000bbbb");
    let link = base.path().join("turnback-scratch-1-0000cccc");
    let young = base.path().join("turnback-scratch-1-0000dddd");
    for directory in [&elsewhere, &held, &dead, &young] {
        fs::create_dir(directory).unwrap();
    }
    for directory in [&elsewhere, &held, &dead] {
        fs::write(directory.join("owner"), "").unwrap();
    }
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    let lock = fs::File::open(held.join("owner")).unwrap();
    lock.try_lock().unwrap();
    drop(asker.open().unwrap());
    let left = [&elsewhere, &held, &dead, &link, &young].map(|path| path.exists());
    assert_eq!(left, [true, true, false, true, true]);
    assert!(elsewhere.join("owner").exists());
}
