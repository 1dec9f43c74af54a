//! What is dangerous on SQLite, and what turnback does with it.

use super::{found, lint};
use crate::support::Project;

fn project() -> Project {
    Project::new().url("sqlite:app.db")
}

#[test]
fn what_earlier_files_have_made_is_known() {
    let project = project();
    let made = "CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID;\nCREATE INDEX i ON t (b);\n";
    project.migration(1, "a", made, "DROP TABLE t;");
    let backfill = "-- turnback:backfill t\nUPDATE t SET b = 1 WHERE b IS NULL AND rowid > 0;\n";
    project.migration(2, "b", backfill, "-- nothing");
    let rebuilt = "CREATE TABLE n (a TEXT PRIMARY KEY, b);\nINSERT INTO n SELECT a, b FROM t;\n\
                   DROP TABLE t;\nALTER TABLE n RENAME TO t;\n";
    project.migration(3, "c", rebuilt, "-- nothing");
    let run = lint(&project, &[]).expect_code(4);
    assert_eq!(
        found(&run),
        [
            "error sqlite-without-rowid-backfill migrations/V2__b.sql:2:40",
            "warning sqlite-rebuild-loses-objects migrations/V3__c.sql:3:1",
        ]
    );
    assert!(run.stdout.contains("lacks what the old one had: index i"), "{run}");
    // By itself a file shows less: what it cannot know is a note.
    let alone = lint(&project, &["migrations/V3__c.sql"]).expect_code(0);
    assert_eq!(found(&alone), ["note sqlite-rebuild-loses-objects migrations/V3__c.sql:3:1"]);
    // And what was found comes true.
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("no such column: rowid"), "{run}");
}

#[test]
fn a_rebuild_in_the_wrong_order_is_found_and_breaks_what_refers_to_the_table() {
    let project = project();
    let made = "CREATE TABLE p (id INTEGER PRIMARY KEY);\n\
                CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id));\n\
                INSERT INTO p VALUES (1);\nINSERT INTO c VALUES (1, 1);\n";
    project.migration(1, "a", made, "DROP TABLE c; DROP TABLE p;");
    let wrong = "ALTER TABLE p RENAME TO o;\nCREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT);\n\
                 INSERT INTO p (id) SELECT id FROM o;\nDROP TABLE o;\n";
    project.migration(2, "b", wrong, "-- nothing");
    let expected = ["error sqlite-rename-before-rebuild migrations/V2__b.sql:1:1"];
    assert_eq!(found(&lint(&project, &[]).expect_code(4)), expected);
    let plan = project.run(&["plan", "--format", "json"]).expect_code(0).json();
    assert_eq!(plan["migrations"][1]["hazards"][0]["id"], "sqlite-rename-before-rebuild");
    // turnback looks at every foreign key before it commits.
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("V2__b"), "{run}");
    let right = "CREATE TABLE n (id INTEGER PRIMARY KEY, n TEXT);\n\
                 INSERT INTO n (id) SELECT id FROM p;\nDROP TABLE p;\nALTER TABLE n RENAME TO p;\n";
    project.write("migrations/V2__b.sql", right);
    assert_eq!(found(&lint(&project, &[]).expect_code(0)), Vec::<String>::new());
    project.run(&["migrate"]).expect_code(0);
}

#[test]
fn forms_that_the_oldest_server_lacks_are_found() {
    let project = project();
    let script = "ALTER TABLE t ALTER COLUMN a SET NOT NULL;\n";
    project.migration(1, "a", "CREATE TABLE t (a);", "DROP TABLE t;");
    project.migration(2, "b", script, "ALTER TABLE t ALTER COLUMN a DROP NOT NULL;\n");
    let of = |args: &[&str]| found(&lint(&project, args));
    let both = [
        "error sqlite-alter-unsupported migrations/V2__b.sql:1:15",
        "error sqlite-alter-unsupported rollbacks/V2__b.sql:1:15",
    ];
    assert_eq!(of(&[]), both);
    assert_eq!(of(&["--minimum-sqlite", "3.53"]), Vec::<String>::new());
    let manifest =
        "name = \"a\"\nengine = \"sqlite\"\nsummary = \"s\"\nminimum_server = \"3.54\"\n";
    project.write("migrations/set.toml", manifest);
    assert_eq!(of(&[]), Vec::<String>::new());
    assert_eq!(of(&["--minimum-sqlite", "3.52"]), both);
    // The program's own SQLite is younger than both.
    project.run(&["migrate"]).expect_code(0);
}

#[test]
fn a_setting_that_does_nothing_is_refused() {
    let project = project();
    project.migration(1, "a", "PRAGMA foreign_keys = OFF;\nDROP TABLE a;", "-- nothing");
    let run = lint(&project, &[]).expect_code(2);
    assert_eq!(found(&run), ["error invalid-script migrations/V1__a.sql:1:1"]);
    assert!(run.stdout.contains("does nothing inside a transaction"), "{run}");
}
