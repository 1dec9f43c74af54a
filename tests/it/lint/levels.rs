//! How much findings weigh.

use super::{found, lint, project};
use crate::support::snapshot::assert_run_snapshot;

const DROPS: &str = "DROP TABLE a;\nALTER TABLE b DROP COLUMN c;\n";

#[test]
fn the_file_sets_levels_and_the_command_line_wins() {
    let project = project(DROPS);
    let file = "migrations/V1__a.sql";
    lint(&project, &[]).expect_code(4);
    let levels = "[lint]\nlevels = { ban-drop-table = \"note\", ban-drop-column = \"off\" }\n";
    project.write("turnback.toml", levels);
    let run = lint(&project, &[]).expect_code(0);
    assert_eq!(found(&run), [format!("note ban-drop-table {file}:1:1")]);
    let run = lint(&project, &["--level", "ban-drop-column=warning"]).expect_code(0);
    assert_eq!(found(&run)[1], format!("warning ban-drop-column {file}:2:15"));
    lint(&project, &["--level", "ban-drop-table=error"]).expect_code(4);
    project.write("turnback.toml", "[lint.levels]\nban-drop-table = \"off\"\n");
    assert_eq!(found(&lint(&project, &[]).expect_code(4)).len(), 1);
}

#[test]
fn a_hazard_that_is_off_may_still_be_accepted() {
    let project = project("-- turnback:allow ban-drop-table -- gone\nDROP TABLE a;\n");
    let run = lint(&project, &["--level", "ban-drop-table=off"]).expect_code(0);
    assert_eq!(found(&run), Vec::<String>::new());
}

#[test]
fn an_unknown_name_or_level_is_refused_with_the_nearest() {
    let project = project(DROPS);
    project.write("turnback.toml", "[lint.levels]\nban-drop-tabel = \"off\"\n");
    assert_run_snapshot!(project.run(&["lint"]));
    project.write("turnback.toml", "[lint.levels]\nban-drop-table = \"fatal\"\n");
    assert_run_snapshot!(project.run(&["lint"]));
    project.remove("turnback.toml");
    assert_run_snapshot!(project.run(&["lint", "--level", "unused-alow=off"]));
    let run = project.run(&["lint", "--level", "invalid-script=off"]).expect_code(2);
    assert!(run.stderr.contains("unknown finding `invalid-script`"), "{run}");
}
