//! What `backup list` tells.

use serde_json::json;

use super::{dropped, listed, project, rows_of, told};
use crate::support::{Cluster, Project};

#[test]
fn a_database_without_a_ledger_has_none() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let told = told(&project, &["backup", "list"]);
    assert_eq!(told["backups"], json!([]));
    assert_eq!(told["command"], "backup list");
    assert_eq!(database.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'turnback'"), "0");
    let run = project.run(&["backup", "list"]).expect_code(0);
    assert!(run.stdout.ends_with(": no backups\n"), "{run}");
}

#[test]
fn everything_on_record_is_told() {
    let (database, project) = dropped();
    let backup = &listed(&project)[0];
    for (key, value) in [
        ("id", json!(1)),
        ("set", json!(null)),
        ("version", json!(2)),
        ("name", json!("no_ip")),
        ("direction", json!("migrate")),
        ("schema", json!("public")),
        ("table", json!("users")),
        ("table_removed", json!(false)),
        ("columns", json!(["ip"])),
        ("whole_rows", json!(false)),
        ("identity", json!({ "kind": "key", "columns": ["id"] })),
        ("rows", json!(3)),
        ("state", json!("kept")),
        ("conflicts", json!(0)),
        ("conflicts_place", json!(null)),
    ] {
        assert_eq!(backup[key], value, "{key}");
    }
    assert_eq!(rows_of(&database, &backup["place"]), "1|10.0.0.1\n2|10.0.0.2\n3|");
    assert!(backup["bytes"].as_u64().unwrap() > 0);
    assert!(backup["hash"].as_str().unwrap().starts_with("3:"));

    let text = project.run(&["backup", "list"]).expect_code(0).stdout;
    let line = text.lines().find(|line| line.contains("V2__no_ip (migrate)")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(&words[..6], ["1", "V2__no_ip", "(migrate)", "public.users", "ip", "3"], "{text}");
    assert!(line.contains("kept") && line.contains("turnback.\"users_backup_"), "{text}");
    assert!(text.contains("\n1 backup, "), "{text}");
}

#[test]
fn a_rollback_tells_what_it_put_back() {
    let (_database, project) = dropped();
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(listed(&project)[0]["state"], "restored");
}

#[test]
fn another_schema_has_its_own() {
    let (database, project) = dropped();
    database.psql("CREATE SCHEMA other");
    let told = told(&project, &["backup", "list", "--schema", "other"]);
    assert_eq!(told["backups"], json!([]));
}

#[test]
fn no_files_are_needed() {
    let (database, project) = dropped();
    let elsewhere = Project::for_database(&database);
    assert_eq!(listed(&elsewhere), listed(&project));
}

#[test]
fn listing_writes_nothing() {
    let (database, project) = project();
    let before = database.dump();
    told(&project, &["backup", "list"]);
    assert_eq!(database.dump(), before);
}
