//! Catalogs on record.

use super::{each, empty, events};
use crate::support::{Either, Project, drift};

/// Each event with its catalogs, numbered in the order in which they first occur.
fn catalogs(database: &Either) -> Vec<String> {
    let rows = database.query(&format!(
        "SELECT kind || ' ' || version, coalesce(catalog_before_sha256, '-'),
                coalesce(catalog_after_sha256, '-') FROM {} ORDER BY id",
        database.ledger("event")
    ));
    let mut known: Vec<String> = Vec::new();
    let mut number = |hash: &str| {
        if hash == "-" {
            return "-".to_owned();
        }
        assert_eq!(hash.len(), 64, "{hash}");
        let at = known.iter().position(|it| it == hash).unwrap_or_else(|| {
            known.push(hash.to_owned());
            known.len() - 1
        });
        at.to_string()
    };
    let events = rows.lines().map(|row| {
        let columns: Vec<&str> = row.split('|').collect();
        format!("{}: {} to {}", columns[0], number(columns[1]), number(columns[2]))
    });
    let events = events.collect();
    let stored = database.query(&format!("SELECT count(*) FROM {}", database.ledger("catalog")));
    assert_eq!(stored, known.len().to_string(), "each is stored once");
    events
}

fn three(project: &Project) {
    project.migration(1, "users", "CREATE TABLE users (id int);", "DROP TABLE users;");
    let (up, down) = ("CREATE VIEW ids AS SELECT id FROM users;", "DROP VIEW ids;");
    project.migration(2, "ids", up, down);
    let fill = "INSERT INTO users VALUES (1);";
    project.migration(3, "fill", fill, "DELETE FROM users;");
}

#[test]
fn each_event_has_the_catalogs_on_either_side_and_the_way_back_the_same() {
    for (database, project) in each() {
        three(&project);
        project.run(&["migrate", "--to", "2"]).expect_code(0);
        project.run(&["migrate"]).expect_code(0);
        project.run(&["rollback", "--all", "--force"]).expect_code(0);
        project.run(&["migrate"]).expect_code(0);
        let expected = [
            "applied 1: 0 to 1",
            "applied 2: 1 to 2",
            "applied 3: 2 to 2",
            "rolled_back 3: 2 to 2",
            "rolled_back 2: 2 to 1",
            "rolled_back 1: 1 to 0",
            "applied 1: 0 to 1",
            "applied 2: 1 to 2",
            "applied 3: 2 to 2",
        ];
        assert_eq!(catalogs(&database), expected);
    }
}

#[test]
fn what_others_changed_between_two_runs_is_the_next_ones_ground() {
    for (database, project) in each() {
        three(&project);
        project.run(&["migrate", "--to", "1"]).expect_code(0);
        database.query("CREATE TABLE theirs (a int)");
        project.run(&["migrate", "--to", "2"]).expect_code(0);
        let expected = ["applied 1: 0 to 1", "applied 2: 2 to 3"];
        assert_eq!(catalogs(&database), expected);
        project.run(&["rollback", "--all", "--force"]).expect_code(0);
        let back = ["rolled_back 2: 3 to 2", "rolled_back 1: 2 to 4"];
        assert_eq!(catalogs(&database)[2..], back);
    }
}

#[test]
fn a_failure_has_none_and_an_adoption_has() {
    for (database, project) in each() {
        database.query("CREATE TABLE users (id int)");
        let script = "-- turnback:adopt-if table users\nCREATE TABLE users (id int);";
        project.migration(1, "users", script, "DROP TABLE users;");
        project.migration(2, "broken", "INSERT INTO missing VALUES (1);", "-- nothing");
        project.run(&["migrate"]).expect_code(1);
        assert_eq!(catalogs(&database), ["adopted 1: 0 to 0", "failed 2: - to -"]);
        project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(catalogs(&database)[2..], ["rolled_back 1: 0 to 0"]);
    }
}

#[test]
fn a_long_chain_is_read_back() {
    for (database, project) in each() {
        let count = 70;
        for version in 1..=count {
            let (up, down) =
                (format!("CREATE TABLE t{version} (a int);"), format!("DROP TABLE t{version};"));
            project.migration(version, "table", &up, &down);
        }
        project.run(&["migrate"]).expect_code(0);
        let depth = format!("SELECT max(depth), count(*) FROM {}", database.ledger("catalog"));
        assert_eq!(database.query(&depth), "64|71");
        project.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert_eq!(catalogs(&database).len(), 140);
        assert_eq!(*catalogs(&database).last().unwrap(), "rolled_back 1: 1 to 0");
    }
}

/// The schemas that the newest catalog covers.
fn covered(database: &Either) -> String {
    database.query(
        "SELECT c.schemas FROM turnback.event AS e
         JOIN turnback.catalog AS c ON c.sha256 = e.catalog_after_sha256
         ORDER BY e.id DESC LIMIT 1",
    )
}

#[test]
fn only_the_schemas_that_are_touched_are_on_record() {
    let database = Either::Postgres(empty());
    let project = database.project();
    database.query(
        "CREATE SCHEMA app; CREATE SCHEMA other; CREATE TABLE other.secrets (id int);
         CREATE SCHEMA named; CREATE SCHEMA path",
    );
    project.migration(1, "users", "CREATE TABLE users (id int);", "DROP TABLE users;");
    let named = "CREATE TABLE named.things (id int);";
    project.migration(2, "things", named, "DROP TABLE named.things;");
    // Named by what is defined in it, by the path, by what is made: each is covered.
    let defining = "CREATE FUNCTION named.f() RETURNS int LANGUAGE sql AS 'SELECT 1';\n\
        CREATE SCHEMA made;\nSET search_path TO path;\nCREATE TABLE things (id int);\n";
    let forgets = "DROP SCHEMA made; DROP TABLE path.things;";
    project.migration(3, "defining", defining, forgets);
    let run = |args: &[&str]| project.run(&[&["--schema", "app"], args].concat()).expect_code(0);
    run(&["migrate", "--to", "1"]);
    assert_eq!(covered(&database), r#"["app"]"#);
    run(&["migrate", "--to", "2"]);
    assert_eq!(covered(&database), r#"["app","named"]"#);
    assert_eq!(
        database.query("SELECT count(*) FROM turnback.catalog WHERE body LIKE '%secrets%'"),
        "0"
    );
    let things = "SELECT count(*) > 0 FROM turnback.catalog WHERE body LIKE '%things%'";
    assert_eq!(database.query(things), "t");

    // What happens elsewhere is nobody's concern; what happens in either of them is.
    database.query("ALTER TABLE other.secrets ADD more int");
    project.run(&["--schema", "app", "verify"]).expect_code(3);
    database.query("ALTER TABLE named.things ADD more int");
    project.run(&["--schema", "app", "verify"]).expect_code(4);
    database.query("ALTER TABLE named.things DROP more");
    run(&["rollback", "--all", "--force"]);
    assert_eq!(events(&database), "applied 1, applied 2, rolled_back 2, rolled_back 1");
    // Covered once, covered from then on.
    assert_eq!(covered(&database), r#"["app","named"]"#);

    run(&["migrate"]);
    assert_eq!(covered(&database), r#"["app","made","named","path"]"#);
    let refused = ["--schema", "app", "rollback", "--force", "--format", "json"];
    let document = project.run(&refused).expect_code(4).json();
    assert_eq!(drift(&document), ["unexpected function named.f()"]);
}

#[test]
fn a_row_edited_by_hand_is_said_to_be() {
    for (edit, said) in [
        ("body = replace(body, 'users', 'losers')", "its text does not have that digest"),
        ("body = '{'", "cannot be read: EOF"),
        ("body = ''", "cannot be read: EOF"),
        ("body = '[1]'", "cannot be read: "),
    ] {
        for (database, project) in each() {
            let script = "CREATE TABLE users (id integer);";
            project.migration(1, "users", script, "DROP TABLE users;");
            project.run(&["migrate"]).expect_code(0);
            database.query(&format!("UPDATE {} SET {edit}", database.ledger("catalog")));
            // The digest alone says that the live schema is the recorded one.
            project.run(&["verify"]).expect_code(0);
            database.query("CREATE TABLE others (id integer)");
            for args in [&["verify"][..], &["rollback", "--dry-run"], &["rollback", "--force"]] {
                let run = project.run(args).expect_code(4);
                assert!(run.stderr.contains("the recorded catalog "), "{run}");
                assert!(run.stderr.contains(said), "{edit}: {run}");
                assert!(run.stderr.contains("changed or removed by hand"), "{run}");
            }
            assert_eq!(events(&database), "applied 1");
        }
    }
}

/// SQLite lets it go; in PostgreSQL foreign keys hold it.
#[test]
fn a_row_removed_by_hand_is_missed() {
    let [_, (database, project)] = each();
    three(&project);
    project.run(&["migrate"]).expect_code(0);
    // The newest: no older one takes its place.
    let newest = "SELECT catalog_after_sha256 FROM turnback_event ORDER BY id DESC LIMIT 1";
    database.query(&format!("DELETE FROM turnback_catalog WHERE sha256 = ({newest})"));
    let run = project.run(&["verify"]).expect_code(0);
    assert!(run.stdout.contains("no catalog is on record"), "{run}");
    let run = project.run(&["rollback", "--force"]).expect_code(4);
    assert!(run.stderr.contains("is not in the ledger"), "{run}");
    project.migration(4, "more", "CREATE TABLE more (a int);", "DROP TABLE more;");
    project.run(&["migrate"]).expect_code(0);
    project.run(&["verify"]).expect_code(0);
    project.run(&["rollback", "--force"]).expect_code(0);
}
