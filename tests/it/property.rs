//! Whatever a team does, in whatever order: history, ledger and catalog agree with a model that a
//! reader can check at a glance.

mod model;
mod place;
mod script;

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use model::{Ending, Model, Op};
use place::{OnPostgres, OnSqlite, Place};
use script::Kind;

const MIGRATIONS: i64 = 50;

/// A set of migrations, what was there before it, and what happens.
#[derive(Debug, Clone)]
struct Story {
    kinds: BTreeMap<i64, Kind>,
    /// Of the adoptable ones, those whose table exists already.
    foreign: BTreeSet<i64>,
    /// Files that are not there from the beginning.
    late: BTreeSet<i64>,
    ops: Vec<Op>,
}

fn stories() -> impl Strategy<Value = Story> {
    let version = || 1..=MIGRATIONS;
    let op = prop_oneof![
        3 => Just(Op::Migrate),
        4 => version().prop_map(Op::MigrateTo),
        3 => (1..=12_usize).prop_map(Op::RollbackSteps),
        3 => (0..=MIGRATIONS).prop_map(Op::RollbackTo),
        1 => Just(Op::RollbackAll),
        3 => version().prop_map(Op::Break),
        3 => version().prop_map(Op::Mend),
        2 => version().prop_map(Op::Delete),
        4 => version().prop_map(Op::Appear),
    ];
    let kinds = vec(proptest::sample::select(&Kind::ALL[..]), usize::try_from(MIGRATIONS).unwrap());
    (kinds, btree_set(version(), 0..12), btree_set(version(), 0..15), vec(op, 1..24)).prop_map(
        |(kinds, foreign, late, ops)| {
            let kinds: BTreeMap<_, _> = (1..).zip(kinds).collect();
            let foreign = foreign.into_iter().filter(|v| kinds[v] == Kind::Adoptable).collect();
            Story { kinds, foreign, late, ops }
        },
    )
}

/// Plays a story, and then brings it to a good end: everything back, everything in.
fn play(story: Story, place: &mut dyn Place) {
    let Story { kinds, foreign, late, ops } = story;
    place.begin(&foreign);
    let mut model = Model::new(&kinds, foreign, &late);
    let mut played = Vec::new();
    let versions = model.versions();
    let good_end = [Op::RollbackAll]
        .into_iter()
        .chain(versions.iter().flat_map(|version| [Op::Mend(*version), Op::Appear(*version)]))
        .chain([Op::Migrate, Op::Migrate, Op::RollbackAll, Op::RollbackAll]);
    let before = model.facts();
    let count = ops.len();
    for (number, op) in ops.into_iter().chain(good_end).enumerate() {
        if number <= count {
            played.push(op);
        }
        let set: Vec<_> = model.files().collect();
        let Some(expected) = model.perform(op) else { continue };
        let ending = place.perform(op, &set);
        assert_eq!(ending, expected, "the end of {op:?} after {played:?}");
        let (found, wanted) = (place.facts(), model.facts());
        let missing: Vec<_> = wanted.difference(&found).collect();
        let surplus: Vec<_> = found.difference(&wanted).collect();
        assert!(
            missing.is_empty() && surplus.is_empty(),
            "after {played:?}: {missing:?} should be there, {surplus:?} should not"
        );
        if op == Op::Migrate && number > count {
            assert!(model.is_all_applied(), "the good end is none after {played:?}");
            assert!(matches!(ending, Ending::Done(_)));
        }
    }
    let left: BTreeSet<_> =
        place.facts().into_iter().filter(|fact| !fact.starts_with("event")).collect();
    assert_eq!(left, before, "what was there before is not what is there now");
}

/// The failing story is printed, made as short as it gets; nothing is written to files.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(36))]

    #[test]
    fn any_story_on_sqlite_ends_with_history_ledger_and_catalog_agreeing(story in stories()) {
        play(story, &mut OnSqlite::new());
    }
}

proptest! {
    #![proptest_config(config(9))]

    #[test]
    fn any_story_on_postgres_ends_with_history_ledger_and_catalog_agreeing(story in stories()) {
        play(story, &mut OnPostgres::new());
    }
}

#[test]
fn each_kind_of_migration_is_in_every_story_book() {
    // Otherwise the stories above would tell less than they seem to.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        let story = stories().new_tree(&mut runner).unwrap().current();
        let mut model = Model::new(&story.kinds, story.foreign.clone(), &story.late);
        for op in &story.ops {
            let ending = model.perform(*op);
            seen.insert(match ending {
                None => "files",
                Some(Ending::Done(steps)) if steps.is_empty() => "nothing",
                Some(Ending::Done(_)) => "done",
                Some(Ending::Failed { .. }) => "failed",
                Some(Ending::Refused(_)) => "refused",
            });
            for fact in model.facts() {
                seen.insert(match fact.split(' ').next().unwrap_or_default() {
                    "begun" => "begun",
                    "event" if fact.ends_with("adopted") => "adopted",
                    _ => continue,
                });
            }
        }
    }
    let all = ["adopted", "begun", "done", "failed", "files", "nothing", "refused"];
    assert_eq!(seen, BTreeSet::from(all));
}
