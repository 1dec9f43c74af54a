//! Several versions at once.

use super::{set_for, there, verdicts};

#[test]
fn the_verdicts_are_those_of_one_after_the_other() {
    let project = set_for("sqlite");
    for version in 1..=9 {
        let down = match version {
            4 => "SELECT 1;".to_owned(),
            6 => "DROP TABLE t6; UPDATE t1 SET a = a + 1;".to_owned(),
            _ => format!("DROP TABLE t{version};"),
        };
        let up = match version {
            8 => "CREATE TABLE t1 (again int);".to_owned(),
            _ => format!("CREATE TABLE t{version} (a int);"),
        };
        project.migration(version, "t", &up, &down);
    }
    let run = |jobs: &str| {
        let run = project.run(&["prove", "--jobs", jobs, "--format", "json"]).expect_code(4);
        (verdicts(&run), run.json()["not_reached"].clone())
    };
    let one = run("1");
    assert_eq!(one.0.len(), 8);
    assert_eq!(one.0[5], "6 yes yes yes yes no");
    assert_eq!(one.1, 1);
    // With nine, one database has no version but the ninth, which cannot be reached.
    for jobs in ["2", "3", "9", "100"] {
        assert_eq!(run(jobs), one, "{jobs} at once");
    }
}

#[test]
fn a_bundled_set_is_proven_in_two_databases() {
    let args = ["prove", "--set", "rls-sessions", "--jobs", "2", "--format", "json"];
    let run = there(crate::support::Turnback::new(&args)).run().expect_code(0);
    assert_eq!(verdicts(&run).len(), 11);
    assert!(verdicts(&run).iter().all(|it| it.ends_with(" yes yes yes yes yes")), "{run}");
}
