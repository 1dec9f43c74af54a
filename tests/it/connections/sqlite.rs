//! SQLite files, good and bad.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::project;
use crate::support::{Project, Run, Turnback};

#[test]
fn every_form_of_url_leads_to_the_file() {
    let project = project();
    let absolute = project.path().join("absolute.db").display().to_string();
    for (url, file) in [
        ("sqlite:plain.db".to_owned(), "plain.db"),
        ("sqlite:./dotted.db".to_owned(), "dotted.db"),
        ("sqlite://relative.db".to_owned(), "relative.db"),
        (format!("sqlite:{absolute}"), "absolute.db"),
        ("sqlite:with space.db".to_owned(), "with space.db"),
        ("sqlite:no-ending".to_owned(), "no-ending"),
    ] {
        let run = project.run(&["migrate", "-D", &url, "--format", "json"]);
        let shown = run.expect_code(0).json()["database"].clone();
        assert!(shown.as_str().unwrap().ends_with(file), "{shown}");
        assert!(project.path().join(file).is_file(), "{url}");
        let again = project.run(&["status", "-D", &format!("sqlite:{file}"), "--exit-code"]);
        again.expect_code(0);
    }
    let run = project.run(&["status", "--exit-code", "-D", &format!("sqlite://{absolute}")]);
    run.expect_code(0);
}

/// SQLite would open something else than what was meant, and all would seem well.
#[test]
fn a_url_that_names_no_file_is_refused() {
    let project = project();
    let before = fs::read_dir(project.path()).unwrap().count();
    for (url, reason) in [
        ("sqlite:", "it names no file"),
        ("sqlite://", "it names no file"),
        ("sqlite:file:app.db", "write the path without file:"),
        ("sqlite:app.db?mode=rwc", "it takes no parameters"),
    ] {
        let run = project.run(&["migrate", "-D", url]).expect_code(2);
        let headline = format!("error: `{url}` is not the URL of a SQLite database: {reason}\n");
        assert!(run.stderr.starts_with(&headline), "{run}");
        assert!(run.stderr.contains("next: write sqlite:PATH or sqlite::memory:"), "{run}");
    }
    assert_eq!(fs::read_dir(project.path()).unwrap().count(), before);
}

#[test]
fn a_database_in_memory_is_gone_with_the_run() {
    let project = project().url("sqlite::memory:");
    let before = fs::read_dir(project.path()).unwrap().count();
    let run = project.run(&["migrate"]).expect_code(0);
    assert!(run.stdout.starts_with("sqlite::memory:\n"), "{run}");
    assert_eq!(project.run(&["status", "--exit-code"]).code, 3);
    assert_eq!(fs::read_dir(project.path()).unwrap().count(), before);
}

/// Every command refuses it, with what to do.
#[track_caller]
fn assert_refused(command: impl Fn(&[&str]) -> Turnback, message: &str) {
    for args in [&["status"][..], &["migrate"]] {
        let text = command(args).run();
        assert_eq!(text.code, 1, "{text}");
        assert!(text.stderr.starts_with("error: cannot open sqlite:"), "{text}");
        assert!(text.stderr.contains(message), "{message:?} is not said:\n{text}");
        assert!(text.stderr.contains("\n  next: "), "{text}");
        let json = command(&[args, &["--format", "json"]].concat()).run().expect_code(1).json();
        assert_eq!(json["error"]["kind"], "connection", "{json}");
    }
}

#[test]
fn a_directory_is_no_database() {
    let project = project().url("sqlite:migrations");
    assert_refused(|args| project.command(args), "it is a directory");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let project = project().url("sqlite:notes.txt");
    project.write("notes.txt", "These are notes of mine and no database at all.\n".repeat(40));
    let before = project.read("notes.txt");
    assert_refused(|args| project.command(args), "file is not a database");
    assert_eq!(project.read("notes.txt"), before);
}

#[test]
fn a_directory_that_does_not_exist_is_not_made() {
    let project = project().url("sqlite:nowhere/app.db");
    let message = "the directory nowhere does not exist";
    assert_refused(|args| project.command(args), message);
    assert!(!project.path().join("nowhere").exists());
}

#[test]
fn an_empty_file_is_an_empty_database() {
    let project = project().url("sqlite:empty.db");
    project.write("empty.db", "");
    assert_eq!(project.run(&["status", "--exit-code"]).code, 3);
    assert_eq!(project.read("empty.db"), "");
    project.run(&["migrate"]).expect_code(0);
}

/// Runs the program without the right to write where the mode forbids it, which root has.
fn without_privileges(project: &Project, args: &[&str]) -> Run {
    let program = env!("CARGO_BIN_EXE_turnback");
    let command = if rustix::process::geteuid().is_root() {
        let words = [&["--bounding-set=-all", program], args].concat();
        Turnback::other_program("setpriv", &words)
    } else {
        Turnback::new(args)
    };
    command.cwd(project.path()).env("DATABASE_URL", "sqlite:app.db").run()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[test]
fn a_read_only_file_can_be_read_and_not_migrated() {
    for (directory_mode, file_mode) in [(0o555, 0o444), (0o755, 0o444), (0o555, 0o644)] {
        let project = project().url("sqlite:app.db");
        project.run(&["migrate"]).expect_code(0);
        project.migration(2, "more", "CREATE TABLE more (a int);", "DROP TABLE more;");
        let file = project.path().join("app.db");
        let _ = fs::remove_file(project.path().join("app.db.turnback-lock"));
        let before = fs::read(&file).unwrap();
        set_mode(&file, file_mode);
        set_mode(project.path(), directory_mode);
        let status = without_privileges(&project, &["status", "--exit-code"]);
        let migrate = without_privileges(&project, &["migrate"]);
        set_mode(project.path(), 0o755);
        assert_eq!(status.code, 3, "{status}");
        assert_eq!(migrate.code, 1, "{directory_mode:o} {file_mode:o}: {migrate}");
        assert!(migrate.stderr.contains("app.db"), "{migrate}");
        assert!(migrate.stderr.contains("\n  next: "), "{migrate}");
        assert_eq!(fs::read(&file).unwrap(), before);
    }
}
