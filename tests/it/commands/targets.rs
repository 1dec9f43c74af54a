//! How far `migrate` and `rollback` go, and what they say to a target that cannot be.

use super::three;
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Project, Run};

const NONE: [i64; 0] = [];

fn applied(project: &Project) -> Vec<i64> {
    let json = project.run(&["status", "--format", "json"]).expect_code(0).json();
    let migrations = json["migrations"].as_array().unwrap();
    let standing = migrations.iter().filter(|it| it["state"] == "applied");
    standing.map(|it| it["version"].as_i64().unwrap()).collect()
}

#[test]
fn migrate_goes_to_a_version_and_no_further() {
    let project = three();
    for (to, expected) in
        [("1", vec![1]), ("V2", vec![1, 2]), ("2", vec![1, 2]), ("3", vec![1, 2, 3])]
    {
        project.run(&["migrate", "--to", to]).expect_code(0);
        assert_eq!(applied(&project), expected);
    }
}

#[test]
fn rollback_goes_back_as_far_as_it_is_told() {
    let project = three();
    let back = |args: &[&str]| {
        project.run(&["migrate"]).expect_code(0);
        let mut all = vec!["rollback", "--force"];
        all.extend(args);
        project.run(&all).expect_code(0);
        applied(&project)
    };
    assert_eq!(back(&[]), [1, 2]);
    assert_eq!(back(&["--steps", "2"]), [1]);
    assert_eq!(back(&["--steps", "9"]), NONE);
    assert_eq!(back(&["--steps", "0"]), [1, 2, 3]);
    assert_eq!(back(&["--to", "1"]), [1]);
    assert_eq!(back(&["--to", "3"]), [1, 2, 3]);
    assert_eq!(back(&["--to", "0"]), NONE);
    assert_eq!(back(&["--all"]), NONE);
    let nothing = project.run(&["rollback", "--all", "--force"]).expect_code(0);
    assert!(nothing.stdout.contains("nothing to roll back"), "{nothing}");
}

#[test]
fn a_target_that_cannot_be_is_a_usage_error_with_the_way_out() {
    let project = three();
    let refused = |args: &[&str]| -> Run {
        let before = applied(&project);
        let run = project.run(args).expect_code(2);
        assert_eq!(applied(&project), before);
        run
    };
    assert_run_snapshot!(refused(&["migrate", "--to", "7"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the set has no version 7
      next: versions: V1, V2, V3
    ");
    assert_run_snapshot!(refused(&["plan", "--to", "7"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the set has no version 7
      next: versions: V1, V2, V3
    ");
    project.run(&["migrate", "--to", "2"]).expect_code(0);
    assert_run_snapshot!(refused(&["migrate", "--to", "1"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the database is at V2, beyond V1
      next: `turnback rollback --to 1` goes back
    ");
    assert_run_snapshot!(refused(&["rollback", "--to", "3", "--force"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: V3 is not applied
      next: applied: V1, V2
      next: --all, or --to 0, rolls everything back
    ");
    assert_run_snapshot!(refused(&["rollback", "--to", "7", "--force"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: V7 is not applied
      next: applied: V1, V2
      next: --all, or --to 0, rolls everything back
    ");
    for args in [
        &["migrate", "--to", "1.5"][..],
        &["migrate", "--to", "-1"],
        &["migrate", "--to", "99999999999999999999"],
        &["rollback", "--steps", "two", "--force"],
        &["rollback", "--steps", "1", "--all", "--force"],
        &["rollback", "--steps", "1", "--to", "1", "--force"],
        &["rollback", "--to", "1", "--all", "--force"],
        &["migrate", "--unknown"],
        &["migrat"],
    ] {
        let run = refused(args);
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{args:?}: {run}");
    }
}

#[test]
fn a_rollback_without_a_terminal_needs_force_or_yes() {
    let project = three();
    project.run(&["migrate"]).expect_code(0);
    let run = project.run(&["rollback", "--format", "json"]).expect_code(6);
    assert_eq!(run.json()["error"]["kind"], "declined");
    assert_eq!(applied(&project), [1, 2, 3]);
    project.write("turnback.toml", "protected = true\n");
    assert_run_snapshot!(project.run(&["rollback", "--yes"]).expect_code(6), @"
    exit code: 6
    ----- stdout -----
    ----- stderr -----
    error: a rollback needs confirmation, and there is no terminal to ask on
      note: nothing was done
      next: --force goes ahead without asking; --dry-run shows what would be done
    ");
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(applied(&project), [1, 2]);
}
