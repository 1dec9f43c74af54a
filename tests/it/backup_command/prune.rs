//! Which backups go, and which stay.

use serde_json::{Value, json};

use super::{listed, places, told, updated};
use crate::support::{Database, Project};

/// Three backups of `users`: two that were put back, the oldest 40 days ago, and one that the
/// rollback of a migration that stands would need.
fn given() -> (Database, Project) {
    let (database, project) = updated();
    for _ in 0..2 {
        project.run(&["rollback", "--force"]).expect_code(0);
        project.run(&["migrate"]).expect_code(0);
    }
    // What a rollback overwrites with saved values is saved as well, for the next migration.
    database.psql("DELETE FROM turnback.backup WHERE rolling_back");
    database.psql(
        "UPDATE turnback.backup SET at = at - interval '40 days' \
         WHERE id = (SELECT min(id) FROM turnback.backup)",
    );
    assert_eq!(states(&project), ["restored", "restored", "kept"]);
    (database, project)
}

fn states(project: &Project) -> Vec<String> {
    listed(project).iter().map(|it| it["state"].as_str().unwrap().to_owned()).collect()
}

fn ids(told: &Value, key: &str) -> Vec<i64> {
    let list = told[key].as_array().expect("it is a list");
    list.iter().map(|it| it["id"].as_i64().expect("it is a number")).collect()
}

fn known(project: &Project) -> Vec<i64> {
    listed(project).iter().map(|it| it["id"].as_i64().unwrap()).collect()
}

#[test]
fn old_ones_go_with_their_tables() {
    let (database, project) = given();
    let known = known(&project);
    let first = listed(&project).remove(0);
    let done = told(&project, &["backup", "prune", "--older-than", "30d", "--force"]);
    assert_eq!(ids(&done, "pruned"), known[..1]);
    assert_eq!(done["skipped"], json!([]));
    assert_eq!(self::known(&project), known[1..]);
    for place in ["place", "left_place"] {
        let place = first[place].as_str().unwrap();
        assert_eq!(database.psql(&format!("SELECT to_regclass('{place}') IS NULL")), "t");
    }
}

#[test]
fn what_may_be_the_only_copy_stays() {
    let (_database, project) = given();
    let known = known(&project);
    let done = told(&project, &["backup", "prune", "--older-than", "0s", "--force"]);
    assert_eq!(ids(&done, "pruned"), known[..2]);
    assert_eq!(
        done["skipped"],
        json!([{ "id": known[2], "reason": "rolling back V2__lower would put it back" }])
    );
    let id = known[2].to_string();
    let done = told(&project, &["backup", "prune", &id, "--yes"]);
    assert_eq!((ids(&done, "pruned").len(), ids(&done, "skipped").len()), (0, 1));
    let done = told(&project, &["backup", "prune", &id, "--force"]);
    assert_eq!(ids(&done, "pruned"), known[2..]);
    assert!(listed(&project).is_empty());
}

#[test]
fn the_newest_of_a_table_are_kept() {
    let (_database, project) = given();
    let known = known(&project);
    let done = told(&project, &["backup", "prune", "--keep", "2", "--dry-run"]);
    assert_eq!(ids(&done, "pruned"), known[..1]);
    let both = ["backup", "prune", "--keep", "1", "--older-than", "30d", "--dry-run"];
    assert_eq!(ids(&told(&project, &both), "pruned"), known[..1]);
    let both = ["backup", "prune", "--keep", "3", "--older-than", "30d", "--dry-run"];
    assert_eq!(told(&project, &both)["pruned"], json!([]));
}

#[test]
fn a_dry_run_drops_nothing() {
    let (database, project) = given();
    let before = database.dump();
    let told = told(&project, &["backup", "prune", "--older-than", "0s", "--dry-run"]);
    assert_eq!(told["dry_run"], true);
    assert_eq!(database.dump(), before);
}

#[test]
fn conflicts_are_not_forgotten() {
    let (database, project) = updated();
    database.psql("UPDATE users SET email = 'new@x' WHERE id = 2");
    project.run(&["rollback", "--force"]).expect_code(0);
    let done = told(&project, &["backup", "prune", "1", "--yes"]);
    let reason = done["skipped"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("1 row was changed since"), "{reason}");
    let before: usize = places(&database).parse().unwrap();
    told(&project, &["backup", "prune", "1", "--force"]);
    let after: usize = places(&database).parse().unwrap();
    // The saved rows, what the migration had left, and the list of conflicts.
    assert_eq!(before - after, 3);
}
