//! The files are plain SQL: the engines' own shells run them.

use super::{assert_same, each, empty};

#[test]
fn every_file_runs_by_itself_in_order_and_back_to_the_same_catalogs() {
    for place in each() {
        let (fresh, by_turnback) = (place.catalog(), empty(place.name));
        for migration in &place.set.migrations {
            place.at.query(&migration.script.stored.text);
        }
        by_turnback.run(&["migrate"]).expect_code(0);
        assert_same(&place.catalog(), &by_turnback.catalog(), place.name);
        for migration in place.set.migrations.iter().rev() {
            place.at.query(&migration.rollback.stored.text);
        }
        assert_same(&place.catalog(), &fresh, place.name);
    }
}
