//! The rows a rehearsal finds: the fixtures', else made-up ones.

use super::{set_for, there, verdicts};
use crate::support::Project;

/// A rollback that writes the plans anew, and gets every one wrong that is not `free`.
fn forgets_plans() -> Project {
    let project = set_for("postgresql");
    project
        .migration(
            1,
            "accounts",
            "CREATE TABLE accounts (id int PRIMARY KEY, plan text NOT NULL CHECK (plan <> ''));",
            "DROP TABLE accounts;",
        )
        .migration(
            2,
            "paid",
            "ALTER TABLE accounts ADD paid bool;\n\
             UPDATE accounts SET paid = plan <> 'free';",
            "UPDATE accounts SET plan = CASE WHEN paid THEN 'premium' ELSE 'free' END;\n\
             ALTER TABLE accounts DROP paid;",
        );
    project
}

#[test]
fn fixtures_are_what_is_tried() {
    let fixture = |project: &Project, plan: &str| {
        let sql = format!("INSERT INTO accounts VALUES (1, 'free'), (2, '{plan}');");
        project.write("migrations/fixtures/V1__accounts.sql", sql);
    };
    let project = forgets_plans();
    fixture(&project, "premium");
    there(project.command(&["prove"])).run().expect_code(0);
    fixture(&project, "gold");
    let run = there(project.command(&["prove"])).run().expect_code(4);
    assert!(
        run.stdout.contains("public.accounts: 2 rows before, 2 rows after, whose values"),
        "{run}"
    );
}

#[test]
fn without_fixtures_rows_are_made_up() {
    let run = there(forgets_plans().command(&["prove"])).run().expect_code(4);
    assert!(
        run.stdout.contains("V2__paid: its rollback did not leave the rows as they were\n"),
        "{run}"
    );
    assert!(
        run.stdout.contains("public.accounts: 4 rows before, 4 rows after, whose values"),
        "{run}"
    );
}

#[test]
fn tables_of_one_family_have_rows_that_fit_together() {
    let project = set_for("postgresql");
    project
        .migration(
            1,
            "all",
            "CREATE TYPE mood AS ENUM ('sad', 'happy');\n\
             CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');\n\
             CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n\
               mail mail NOT NULL UNIQUE, mood mood NOT NULL, boss int REFERENCES users);\n\
             CREATE TABLE orders (id uuid PRIMARY KEY, user_id int NOT NULL REFERENCES users\n\
               ON DELETE CASCADE, amount numeric(8, 2) CHECK (amount > 0), during tstzrange);\n\
             CREATE TABLE log (at date NOT NULL, line text) PARTITION BY RANGE (at);\n\
             CREATE TABLE log_all PARTITION OF log DEFAULT;",
            "DROP TABLE log;\nDROP TABLE orders;\nDROP TABLE users;\nDROP DOMAIN mail;\n\
             DROP TYPE mood;",
        )
        .migration(2, "drop", "SELECT 1;", "DELETE FROM orders;")
        .migration(3, "log", "SELECT 1;", "DELETE FROM log;");
    let run = there(project.command(&["prove", "--format", "json"])).run().expect_code(4);
    let all = verdicts(&run);
    assert_eq!(all, ["1 yes yes yes yes yes", "2 yes yes yes yes no", "3 yes yes yes yes no"]);
    for migration in run.json()["migrations"].as_array().unwrap() {
        assert_eq!(migration["tables_without_rows"].as_array().map(Vec::len), Some(0), "{run}");
    }
}

#[test]
fn a_table_that_takes_no_row_is_named() {
    let project = set_for("postgresql");
    project
        .migration(
            1,
            "closed",
            "CREATE TABLE closed (id int CHECK (id > 5 AND id < 3) NOT NULL);",
            "DROP TABLE closed;",
        )
        .migration(2, "b", "ALTER TABLE closed ADD b int;", "ALTER TABLE closed DROP b;");
    let run = there(project.command(&["prove"])).run().expect_code(0);
    let note = "note: V2__b: public.closed had no rows: new row for relation \"closed\" violates \
                check constraint \"closed_id_check\" (23514)\n";
    assert!(run.stdout.contains(note), "{run}");
    let run = there(project.command(&["prove", "--format", "json"])).run().expect_code(0);
    let without = &run.json()["migrations"][1]["tables_without_rows"][0];
    assert_eq!(
        (&without["table"], &without["sqlstate"]),
        (&"public.closed".into(), &"23514".into())
    );
}

#[test]
fn policies_hide_no_rows_from_it() {
    let project = set_for("postgresql");
    project
        .migration(
            1,
            "docs",
            "CREATE TABLE docs (id int PRIMARY KEY, owner text);\n\
             ALTER TABLE docs ENABLE ROW LEVEL SECURITY;\n\
             ALTER TABLE docs FORCE ROW LEVEL SECURITY;\n\
             CREATE POLICY none ON docs USING (false);",
            "DROP TABLE docs;",
        )
        .migration(
            2,
            "no_owner",
            "ALTER TABLE docs DROP owner;",
            "ALTER TABLE docs ADD owner text;\nUPDATE docs SET id = -id;",
        );
    let run = there(project.command(&["prove", "--format", "json"])).run().expect_code(4);
    assert_eq!(verdicts(&run), ["1 yes yes yes yes yes", "2 yes yes yes yes no"]);
}
