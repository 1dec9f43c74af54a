//! Nobody but the owner reads what was saved.

use serde_json::Value;

use super::{listed, project, told};
use crate::support::Database;

/// A role of this database's own that may read whatever others may be allowed to.
fn reader(database: &Database) -> String {
    let role = format!("reader_{}", database.name());
    database.psql(&format!("CREATE ROLE {role}; GRANT pg_read_all_data TO {role}"));
    role
}

/// What the role gets to see: nothing, or a refusal.
fn seen(database: &Database, role: &str, place: &Value) -> Result<String, String> {
    let place = place.as_str().expect("it is a name");
    database.try_psql(&format!("SET ROLE {role}; SELECT count(*) FROM {place}"))
}

#[test]
fn an_application_does_not_read_backups() {
    let (database, project) = project();
    let reader = reader(&database);
    let plain = format!("plain_{}", database.name());
    database.psql(&format!(
        "CREATE ROLE {plain}; GRANT USAGE ON SCHEMA turnback TO {plain};
         ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC, {plain}, {reader};
         ALTER DEFAULT PRIVILEGES IN SCHEMA turnback GRANT SELECT ON TABLES TO {plain}"
    ));
    project.migration(2, "lower", "UPDATE users SET email = lower(email);", "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    database.psql("UPDATE users SET email = 'new@x' WHERE id = 2");
    let listing = told(&project, &["backup", "restore", "1", "--force"]);
    let done = told(&project, &["backup", "restore", "1", "--overwrite", "--force"]);
    let (first, second) = (&listed(&project)[0], &done["overwritten_backup"]);
    database.psql("UPDATE users SET email = 'newer@x' WHERE id = 1");
    let again = told(&project, &["backup", "restore", "1", "--force"]);
    assert_ne!(listing["conflicts_place"], Value::Null);
    let places = [
        &first["place"],
        &first["left_place"],
        &second["place"],
        &second["left_place"],
        &listing["conflicts_place"],
    ];
    // Nothing is left to put back the third time, and so the list was not made anew.
    assert_eq!(again["restored_rows"], 0);
    for place in &places[..4] {
        let refusal = seen(&database, &plain, place).unwrap_err();
        assert!(refusal.contains("permission denied"), "{place}: {refusal}");
        assert_eq!(seen(&database, &reader, place), Ok("0".to_owned()), "{place}");
    }
    database.psql(&format!("DROP OWNED BY {plain}, {reader}; DROP ROLE {plain}, {reader}"));
}

#[test]
fn the_list_of_conflicts_is_sealed_too() {
    let (database, project) = super::updated();
    let reader = reader(&database);
    database.psql("UPDATE users SET email = 'new@x' WHERE id = 2");
    let done = told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!(seen(&database, &reader, &done["conflicts_place"]), Ok("0".to_owned()));
    database.psql(&format!("DROP OWNED BY {reader}; DROP ROLE {reader}"));
}
