//! Every way up has its way back.

use super::{Place, assert_same, each};
use crate::sets::states;
use crate::support::Either;

#[test]
fn a_fresh_database_is_as_it_was_after_everything_is_rolled_back() {
    for place in each() {
        place.at.query(
            "CREATE TABLE neighbour (id int PRIMARY KEY); INSERT INTO neighbour VALUES (1);
             CREATE VIEW onlooker AS SELECT id FROM neighbour;",
        );
        let before = place.everything();
        place.run(&["migrate"]).expect_code(0);
        assert_ne!(place.everything(), before, "{}", place.name);
        place.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert_same(&place.everything(), &before, place.name);
    }
}

#[test]
fn each_version_goes_down_and_up_again_to_the_same_catalog() {
    for place in each() {
        step_by_step(&place, Place::catalog);
    }
}

#[test]
fn each_version_goes_down_and_up_again_beside_the_rows_of_an_application() {
    for place in each() {
        step_by_step(&place.living(), Place::catalog);
    }
}

fn step_by_step(place: &Place, state: impl Fn(&Place) -> String) {
    let name = place.name;
    let mut levels = vec![state(place)];
    for migration in &place.set.migrations {
        place.run(&["migrate", "--to", &migration.version.to_string()]).expect_code(0);
        levels.push(state(place));
    }
    for (index, migration) in place.set.migrations.iter().enumerate().rev() {
        let version = migration.version;
        let down = || {
            let run = place.run(&["rollback", "--steps", "1", "--force", "--format", "json"]);
            let gone: Vec<i64> =
                states(&run.expect_code(0)).into_iter().map(|(version, _)| version).collect();
            assert_eq!(gone, [version.get()]);
            assert_same(&state(place), &levels[index], &format!("{name} V{version}, down,"));
        };
        down();
        if index % 3 == 0 {
            place.run(&["migrate", "--to", &version.to_string()]).expect_code(0);
            assert_same(
                &state(place),
                &levels[index + 1],
                &format!("{name} V{version}, up again,"),
            );
            down();
        }
    }
}

/// Fills the columns of an application that a backfill of the set fills: which of their values
/// were null is known to no rollback script.
fn settled(set: &str) -> &'static str {
    match set {
        "auth-sessions" => {
            "UPDATE auth_sessions SET family_id = gen_random_uuid() WHERE family_id IS NULL"
        }
        "lucia-sessions" => "UPDATE sessions SET fingerprint = 'known'",
        _ => "SELECT 1",
    }
}

#[test]
fn tables_of_an_application_are_adopted_and_come_back_with_every_row() {
    for place in each() {
        let place = place.living();
        place.at.query(settled(place.name));
        let before = place.everything();
        let run = place.run(&["migrate", "--format", "json"]).expect_code(0);
        let adopted = states(&run).iter().filter(|(_, state)| state == "adopted").count();
        let adoptable = place.set.migrations.iter();
        let adoptable =
            adoptable.filter(|it| it.script.stored.text.contains("turnback:adopt-if")).count();
        assert_eq!(adopted, adoptable, "{run}");
        place.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert_same(&place.everything(), &before, place.name);
        place.run(&["migrate"]).expect_code(0);
        place.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert_same(&place.everything(), &before, place.name);
    }
}

#[test]
fn a_schema_with_an_odd_name_holds_the_set_and_nothing_lands_elsewhere() {
    for place in each() {
        let Either::Postgres(database) = &place.at else { continue };
        database.psql(r#"CREATE SCHEMA "My Schema""#);
        let before = place.everything();
        let odd = |args: &[&str]| place.run(&[&["--schema", "My Schema"], args].concat());
        odd(&["migrate"]).expect_code(0);
        let elsewhere = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
        assert_eq!(database.psql(elsewhere), "0", "{}", place.name);
        odd(&["rollback", "--all", "--force"]).expect_code(0);
        assert_same(&place.everything(), &before, place.name);
    }
}

/// Applications that came before the uuid keep their families as text, in capitals or not.
#[test]
fn families_kept_as_text_become_uuids_and_come_back_as_they_were_written() {
    let place = super::empty("auth-sessions").living();
    place.at.query(settled(place.name));
    place.at.query(
        "ALTER TABLE auth_sessions ALTER COLUMN family_id TYPE varchar(36) USING family_id::text;
         UPDATE auth_sessions SET family_id = upper(family_id) WHERE id LIKE '%7'",
    );
    let before = place.everything();
    place.run(&["migrate"]).expect_code(0);
    let uuids = "SELECT count(*) FROM auth_sessions WHERE pg_typeof(family_id) = 'uuid'::regtype";
    assert_eq!(place.at.query(uuids), "400");
    place.run(&["check"]).expect_code(0);
    place.run(&["rollback", "--all", "--force"]).expect_code(0);
    assert_same(&place.everything(), &before, place.name);
}
