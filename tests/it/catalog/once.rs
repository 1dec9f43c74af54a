//! Changes that nothing takes back exactly.

use super::{catalog, changes, template};

/// What a change on a database of its own makes different.
fn after(change: &str) -> Vec<String> {
    let database = template().copy();
    let before = catalog(&database);
    database.psql(change);
    changes(&before, &catalog(&database))
}

#[test]
fn a_column_that_only_moved_is_a_minor_difference() {
    let moved = after(
        "ALTER TABLE app.cache ADD again jsonb; ALTER TABLE app.cache DROP value; \
         ALTER TABLE app.cache ADD value jsonb; ALTER TABLE app.cache DROP again",
    );
    assert_eq!(moved, Vec::<String>::new(), "a place is counted among the living");
    let moved = after("ALTER TABLE app.log DROP at; ALTER TABLE app.log ADD at timestamptz");
    assert_eq!(moved, ["minor column app.log.at", "minor column app.log.what"]);
}

#[test]
fn a_column_more_or_less_shows() {
    assert_eq!(after("ALTER TABLE app.log ADD extra text"), ["unexpected column app.log.extra"]);
    let expected = ["minor column app.log.what", "missing column app.log.at"];
    assert_eq!(after("ALTER TABLE app.log DROP at"), expected);
}

#[test]
fn a_column_that_is_no_longer_generated_shows() {
    let expected = ["altered column app.users.doubled"];
    assert_eq!(after("ALTER TABLE app.users ALTER doubled DROP EXPRESSION"), expected);
}

#[test]
fn a_further_label_of_an_enum_shows() {
    assert_eq!(
        after("ALTER TYPE app.mood ADD VALUE 'so so' AFTER 'sad'"),
        ["altered type app.mood"]
    );
}

#[test]
fn a_table_that_no_longer_inherits_shows_with_what_it_inherited() {
    let expected = [
        "altered column app.derived.id",
        "altered column app.derived.note",
        "altered constraint app.derived.positive",
        "altered table app.derived",
    ];
    assert_eq!(after("ALTER TABLE app.derived NO INHERIT app.base"), expected);
}

#[test]
fn a_partition_that_was_detached_shows_with_what_was_its_parents() {
    let changes = after("ALTER TABLE app.events DETACH PARTITION app.events_2024");
    let others: Vec<_> = changes.iter().filter(|line| !line.contains(" app.events_2024")).collect();
    assert!(others.is_empty(), "{others:?}");
    for expected in [
        "altered table app.events_2024",
        "altered column app.events_2024.at",
        "altered constraint app.events_2024.events_2024_pkey",
        "altered index app.events_2024.events_2024_kind_idx",
        "unexpected constraint app.events_2024.events_user_id_fkey",
    ] {
        assert!(changes.iter().any(|line| line == expected), "{expected} in {changes:#?}");
    }
}
