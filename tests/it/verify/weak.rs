//! What is there and does not do what its definition says.

use super::{applied, each, findings, verify};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Database, Either, Project};

fn postgres() -> (Database, Project) {
    let [(database, project), _] = applied();
    let Either::Postgres(database) = database else { unreachable!("it is the first of both") };
    (database, project)
}

#[test]
fn an_invalid_index_is_a_mismatch() {
    let (database, project) = postgres();
    database.psql("INSERT INTO users VALUES (1, 'ann'), (2, 'ann')");
    let build = "CREATE UNIQUE INDEX CONCURRENTLY users_unique ON users (name)";
    let refused = database.try_psql(build).unwrap_err();
    assert!(refused.contains("could not create unique index"), "{refused}");
    let document = verify(&project, 4);
    assert_eq!(findings(&document), ["error drift", "error invalid-index"]);
    assert_eq!(document["findings"][1]["object"], "index public.users.users_unique");
    assert_run_snapshot!(project.run(&["verify"]));
    // Also where it is on record.
    project.migration(3, "more", "CREATE TABLE more (a int);", "DROP TABLE more;");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(findings(&verify(&project, 4)), ["error invalid-index"]);
    database.psql("DROP INDEX users_unique");
    assert_eq!(findings(&verify(&project, 4)), ["error drift"]);
}

#[test]
fn a_constraint_that_is_not_validated_is_a_warning() {
    let (database, project) = postgres();
    let up = "ALTER TABLE users ADD CONSTRAINT named CHECK (name <> '') NOT VALID;";
    project.migration(3, "named", up, "ALTER TABLE users DROP CONSTRAINT named;");
    project.run(&["migrate"]).expect_code(0);
    let document = verify(&project, 0);
    assert_eq!(findings(&document), ["warning unvalidated-constraint"]);
    assert_eq!(document["findings"][0]["object"], "constraint public.users.named");
    assert_run_snapshot!(project.run(&["verify"]));
    // Validated by hand, it is what nobody put on record.
    database.psql("ALTER TABLE users VALIDATE CONSTRAINT named");
    assert_eq!(findings(&verify(&project, 4)), ["error drift"]);
}

#[test]
fn a_role_that_a_policy_does_not_hold_for_is_a_warning() {
    let (database, project) = postgres();
    let role = |name: &str| format!("{}_{name}", database.name());
    let (owner, strong) = (role("owner"), role("strong"));
    database.psql(&format!("CREATE ROLE {owner} LOGIN; CREATE ROLE {strong} LOGIN BYPASSRLS"));
    let up = format!(
        "CREATE TABLE notes (id int); ALTER TABLE notes OWNER TO {owner};
         ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON notes USING (id > 0);"
    );
    project.migration(3, "notes", &up, "DROP TABLE notes;");
    project.run(&["migrate"]).expect_code(0);
    let bypasses = || {
        let document = project.run(&["verify", "--format", "json"]).json();
        let found = document["findings"].as_array().unwrap().clone();
        let found = found.iter().filter(|it| it["rule"] == "policy-bypass");
        let messages: Vec<_> = found.map(|it| it["message"].as_str().unwrap().to_owned()).collect();
        messages.join("\n").replace(database.name(), "…")
    };
    verify(&project, 0);
    let by_owner = "the policies of public.notes do not hold for …_owner, who owns the table, and \
                    row-level security is not forced";
    assert_eq!(bypasses(), by_owner, "who cannot touch the table bypasses nothing");
    database.psql(&format!("GRANT SELECT ON notes TO {strong}"));
    let by_attribute = "the policies of public.notes do not hold for …_strong, who has BYPASSRLS";
    assert_eq!(bypasses(), format!("{by_owner}\n{by_attribute}"));
    database.psql("ALTER TABLE notes FORCE ROW LEVEL SECURITY");
    assert_eq!(bypasses(), by_attribute);
    database.psql(&format!(
        "DROP OWNED BY {strong}; ALTER TABLE notes OWNER TO postgres; DROP ROLE {owner}, {strong}"
    ));
}

/// What others left lying outside the schemas on record is not the set's.
#[test]
fn what_lies_elsewhere_is_no_weakness_of_the_set() {
    let (database, project) = postgres();
    database.psql(
        "CREATE SCHEMA other; CREATE TABLE other.t (a int);
         ALTER TABLE other.t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
    );
    assert_eq!(findings(&verify(&project, 0)), [""; 0]);
}

#[test]
fn without_a_record_nothing_is_compared_and_that_is_said() {
    for (database, project) in each() {
        project.run(&["migrate"]).expect_code(0);
        // As if an application had applied them.
        match &database {
            Either::Postgres(database) => drop(database.psql("DROP SCHEMA turnback CASCADE")),
            Either::Sqlite(file) => {
                let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' \
                              AND name LIKE 'turnback\\_%' ESCAPE '\\'";
                for table in file.rows(tables) {
                    file.query(&format!("PRAGMA foreign_keys = off; DROP TABLE {table}"));
                }
            }
        }
        let document = verify(&project, 0);
        assert_eq!(findings(&document), ["warning drift"]);
        assert_eq!(document["expected_hash"], serde_json::Value::Null);
        let back = project.run(&["rollback", "--force"]).expect_code(0);
        let said =
            "V2__index: no catalog is on record from before it, so nothing proves its rollback";
        assert!(back.stderr.contains(said), "{back}");
    }
}
