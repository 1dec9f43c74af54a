//! What each set keeps only so long.

use super::{assert_same, each};

#[test]
fn rows_are_kept_as_long_as_the_set_says_and_no_longer() {
    let mut deleted = 0;
    for place in each() {
        let name = place.name;
        let rules = place.set.manifest.as_ref().map_or(0, |manifest| manifest.retention.len());
        if rules == 0 {
            place.run(&["migrate"]).expect_code(0);
            let run = place.run(&["cleanup", "--dry-run"]).expect_code(2);
            assert!(run.stderr.contains("the set has no retention rules"), "{name}: {run}");
            continue;
        }
        let place = place.living();
        place.run(&["migrate"]).expect_code(0);
        let before = place.everything();
        let count = |args: &[&str]| {
            let run = place.run(&[&["cleanup", "--format", "json"], args].concat());
            let report = run.expect_code(0).json();
            assert_eq!(report["tables"].as_array().map(Vec::len), Some(rules), "{name}");
            report["rows"].as_u64().expect("it is a number")
        };
        let counted = count(&["--dry-run"]);
        assert_same(&place.everything(), &before, name);
        // Two rules may name one row.
        let gone = count(&["--yes"]);
        assert!(0 < gone && gone <= counted, "{name}: {gone} of {counted}");
        assert_eq!(count(&["--dry-run"]), 0, "{name}");
        deleted += gone;
        place.run(&["rollback", "--all", "--force"]).expect_code(0);
    }
    assert!(deleted > 0);
}
