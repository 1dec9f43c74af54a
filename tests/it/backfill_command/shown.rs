//! What is seen of a backfill while it runs and behind it.

use serde_json::json;

use super::{ROWS, given, go, told, under_way};
use crate::support::{PATIENCE, poll};

#[test]
fn a_bar_of_its_own_is_drawn_and_wiped_away() {
    let (database, project) = given();
    super::brake(&database);
    let mut terminal = project.command(&["migrate"]).in_terminal();
    terminal.expect("V2__fill", PATIENCE);
    let shows_bar = || {
        let seen = terminal.screen();
        let told = ["t: ", " of about ", " rows/s", "2 workers, ", " a batch"];
        told.iter().all(|it| seen.contains(it)).then_some(())
    };
    poll(PATIENCE, shows_bar).unwrap_or_else(|| panic!("{}", terminal.screen()));
    go(&database);
    assert_eq!(terminal.wait(), 0);
    terminal.assert_restored();
    let left = terminal.screen();
    assert!(!left.contains("rows/s") && !left.contains('░'), "{left}");
    assert!(left.contains("V2__fill: backfill of t, 6,000 rows in "), "{left}");
}

#[test]
fn without_a_terminal_there_is_a_line_now_and_then() {
    let (database, project) = given();
    let mut running = under_way(&database, &project);
    running.wait_for_stderr("note: backfill of t: ");
    go(&database);
    let run = running.wait().expect_code(0);
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert!(
        matches!(lines.as_slice(), [line] if line.starts_with("note: backfill of t: ")),
        "{run}"
    );
    let (_database, project) = given();
    let run = project.run(&["migrate", "--quiet"]).expect_code(0);
    assert_eq!(run.stderr, "", "{run}");
}

#[test]
fn the_report_says_what_it_came_to() {
    let (_database, project) = given();
    let told = told(&project, &["migrate"]);
    let it = &told["migrations"][0]["backfills"][0];
    assert_eq!((&it["table"], &it["rows"], &it["retries"]), (&json!("t"), &json!(ROWS), &json!(0)));
    for count in ["batches", "longest_ms", "duration_ms"] {
        assert!(it[count].as_u64().unwrap() > 0, "{it}");
    }
    for bytes in ["bytes_before", "bytes_after"] {
        assert!(it[bytes]["table"].as_u64().unwrap() > 0, "{it}");
        assert!(it[bytes]["indexes"].as_u64().unwrap() > 0, "{it}");
    }
    let back = project.run(&["rollback", "--force", "--format", "json"]).expect_code(0).json();
    assert_eq!(back["migrations"][0]["backfills"], json!([]));
    let (_database, project) = given();
    let run = project.run(&["migrate"]).expect_code(0);
    let line =
        run.stdout.lines().find(|it| it.starts_with("V2__fill: backfill of t, 6,000 rows in "));
    let line = line.unwrap_or_else(|| panic!("{run}"));
    for part in [" batches, the longest ", "; table ", " KiB; indexes ", ", were "] {
        assert!(line.contains(part) || line.contains("MiB"), "{part} is not in {line}");
    }
}

#[test]
fn a_plan_says_how_it_runs() {
    let (_database, project) = given();
    let plan = project.run(&["plan"]).expect_code(0);
    assert!(plan.stdout.contains("1 statement, statement by statement because of its backfill"));
    assert!(plan.stdout.contains("ROW EXCLUSIVE on t, backfill, in batches\n"), "{plan}");
    let whole = project.run(&["migrate", "--dry-run", "--backup", "full"]).expect_code(0);
    assert!(whole.stdout.contains("ROW EXCLUSIVE on t, backfill, in one piece\n"), "{whole}");
}
