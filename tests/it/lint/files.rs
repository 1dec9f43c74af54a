//! Files of every kind, directories, standard input.

use super::{found, lint, project};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Project, Turnback};

#[test]
fn directories_are_read_by_version_with_what_is_below_them() {
    let project = Project::new();
    for file in [
        "db/V10__c.sql",
        "db/V9__b.sql",
        "db/a/2.down.sql",
        "db/a/2.up.sql",
        "db/a/10.up.sql",
        "db/.git/x.sql",
    ] {
        project.write(file, "DROP INDEX i;");
    }
    project.write("db/notes.txt", "DROP INDEX i;");
    let run = lint(&project, &["db"]).expect_code(0);
    let places: Vec<String> = found(&run)
        .iter()
        .map(|it| it.replace("warning require-concurrent-index-deletion ", ""))
        .collect();
    assert_eq!(
        places,
        [
            "db/V9__b.sql:1:1",
            "db/V10__c.sql:1:1",
            "db/a/2.up.sql:1:1",
            "db/a/2.down.sql:1:1",
            "db/a/10.up.sql:1:1",
        ]
    );
    assert_eq!(found(&lint(&project, &["db/notes.txt", "./db/a/2.up.sql"])).len(), 2);
}

#[test]
fn a_rollback_may_drop_and_rename_and_still_not_lock() {
    let project = Project::new();
    let back = "DROP TABLE a;\nALTER TABLE b DROP COLUMN c;\nCREATE INDEX i ON b (d);\n";
    project.migration(1, "a", "CREATE TABLE a (b int);", back);
    let expected = ["error require-concurrent-index-creation rollbacks/V1__a.sql:3:1"];
    assert_eq!(found(&lint(&project, &[]).expect_code(4)), expected);
    assert_eq!(found(&lint(&project, &["rollbacks"]).expect_code(4)), expected);
    // What goes besides, unnamed, is nobody's purpose.
    project.write("rollbacks/V1__a.sql", "DROP TABLE a CASCADE;");
    let cascade = ["error ban-drop-cascade rollbacks/V1__a.sql:1:14"];
    assert_eq!(found(&lint(&project, &["rollbacks"]).expect_code(4)), cascade);
    project.write("rollbacks/V1__a.sql", back);
    // Wherever the settings say that rollbacks lie.
    project.write("back/V1__a.sql", back);
    let run = lint(&project, &["--rollbacks-dir", "back", "back/V1__a.sql"]).expect_code(4);
    assert_eq!(found(&run).len(), 1, "{run}");
    assert_eq!(found(&lint(&project, &["back/V1__a.sql"])).len(), 3);
}

#[test]
fn standard_input_has_the_name_it_is_given() {
    let project = Project::new();
    let run = |args: &[&str]| {
        let args = [&["lint", "--format", "json", "-"], args].concat();
        project.command(&args).stdin("DROP TABLE a;").run()
    };
    assert_eq!(found(&run(&[]).expect_code(4)), ["error ban-drop-table stdin.sql:1:1"]);
    let named = run(&["--stdin-filename", "db/V7__x.sql"]);
    assert_eq!(found(&named), ["error ban-drop-table db/V7__x.sql:1:1"]);
    assert_eq!(found(&run(&["--stdin-filename", "rollbacks/V7__x.sql"])), Vec::<String>::new());
}

#[test]
fn marks_line_ends_and_odd_letters_move_no_column() {
    let plain = "-- é\nSELECT 'ü'; DROP TABLE a";
    let expected = ["error ban-drop-table migrations/V1__a.sql:2:13"];
    let windows = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    for text in [plain, &format!("{plain};\n"), &windows, &format!("{windows}\r\n\r\n")] {
        assert_eq!(found(&lint(&project(text), &[])), expected, "{text:?}");
    }
    let marked = project("\u{feff}DROP TABLE a");
    assert_eq!(found(&lint(&marked, &[])), ["error ban-drop-table migrations/V1__a.sql:1:1"]);
    for nothing in ["", "\n", "\u{feff}", "-- only a comment"] {
        let project = Project::new();
        project.write("x/a.sql", nothing);
        lint(&project, &["x"]).expect_code(0);
    }
}

#[test]
fn a_file_that_is_no_script_does_not_hide_the_others() {
    let project = Project::new();
    project.write("x/1.sql", b"SELECT 1;\nSELECT '\xff';\n");
    project.write("x/2.sql", "DROP TABLE a;");
    project.write("x/3.sql", "SELECT 'a");
    assert_run_snapshot!(project.run(&["lint", "x", "x/4.sql"]));
}

#[test]
fn without_a_project_it_says_what_to_do() {
    assert_run_snapshot!(Project::new().run(&["lint"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is nothing to look at: no file is named, and no project is here
      next: name files or directories: `turnback lint migrations rollbacks`
      next: `turnback init` makes a project
    ");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let project = Project::new();
    project.write("a.sql", "DROP TABLE a;\n".repeat(3_000));
    let program = env!("CARGO_BIN_EXE_turnback");
    let script = format!("{program} lint a.sql | head -n 1; echo ${{PIPESTATUS[0]}}");
    let run = Turnback::other_program("bash", &["-c", &script]).cwd(project.path()).run();
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[1..], ["4"], "{run}");
    assert!(lines[0].starts_with("error[ban-drop-table]"), "{run}");
    assert_eq!(run.stderr, "");
}

#[test]
fn thousands_of_findings_and_very_long_lines_are_told_in_time() {
    let project = Project::new();
    let many: Vec<String> = (0..4_000).map(|it| format!("DROP TABLE t{it};\n")).collect();
    let many = many.concat();
    project.write("many.sql", &many);
    project.write("long.sql", many.replace('\n', " "));
    project.write("wrong.sql", "SELEC 1; ".repeat(4_000));
    let began = std::time::Instant::now();
    let run = lint(&project, &["many.sql", "long.sql", "wrong.sql"]).expect_code(2);
    assert!(began.elapsed().as_secs() < 40, "it took {:?}", began.elapsed());
    let found = found(&run);
    assert_eq!(found.iter().filter(|it| it.contains("ban-drop-table")).count(), 8_000);
    assert!(found.contains(&"error ban-drop-table many.sql:4000:1".to_owned()));
    // Of what cannot be read at all a hundred lines are enough.
    assert_eq!(found.iter().filter(|it| it.contains("wrong.sql")).count(), 101);
}
