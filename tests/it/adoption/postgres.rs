//! Which tables of PostgreSQL are adopted, and what happens to the others.

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Database, Project, Run};

/// A project whose only migration has these lines at its head, on a database with these objects.
fn project(head: &str, existing: &str) -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql(existing);
    let project = Project::for_database(&database);
    project.migration(1, "base", head, "DROP TABLE accounts;");
    (database, project)
}

const ACCOUNTS: &str = "-- turnback:adopt-if table accounts(id bigint, mail text, note)
CREATE TABLE accounts (id bigint PRIMARY KEY, mail text, note text);
";

fn state(project: &Project) -> String {
    let run = project.run(&["status", "--format", "json"]).expect_code(0);
    run.json()["migrations"][0]["state"].as_str().unwrap().to_owned()
}

/// Fails the test unless the run was refused and the database is, to the letter, as it was.
#[track_caller]
fn refused(database: &Database, project: &Project) -> Run {
    let before = database.dump();
    let run = project.run(&["migrate"]).expect_code(1);
    assert_eq!(database.dump(), before, "a refused adoption changed the database");
    let planned = project.run(&["plan"]).expect_code(1);
    assert_eq!(planned.stderr, run.stderr, "the plan says something else");
    run
}

#[test]
fn a_table_with_the_columns_is_adopted_whatever_else_it_has() {
    let existing = "CREATE TABLE accounts (more int, note int[], mail text NOT NULL, id bigint);
                    INSERT INTO accounts (mail) VALUES ('kept')";
    let (database, project) = project(ACCOUNTS, existing);
    let before = database.dump();
    let run = project.run(&["migrate"]).expect_code(0);
    assert_run_snapshot!(run);
    assert_eq!(state(&project), "adopted");
    let run = project.run(&["rollback", "--force"]).expect_code(0);
    assert_run_snapshot!(run);
    assert_eq!(database.dump_with(&["--exclude-schema=turnback"]), before);
    assert_eq!(state(&project), "pending");
    // It can be adopted again, and again be released.
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(database.psql("SELECT mail FROM accounts"), "kept");
}

#[test]
fn an_adopted_version_is_released_whatever_became_of_its_rollback() {
    let existing = "CREATE TABLE accounts (id bigint, mail text, note text)";
    let (database, project) = project(ACCOUNTS, existing);
    for rollback in [Some("DROP TABLE accounts CASCADE;"), None] {
        project.write("rollbacks/V1__base.sql", "DROP TABLE accounts;");
        project.run(&["migrate"]).expect_code(0);
        if let Some(changed) = rollback {
            project.write("rollbacks/V1__base.sql", changed);
        } else {
            project.migration(2, "other", "SELECT 1;", "SELECT 1;");
            project.remove("rollbacks/V1__base.sql").remove("migrations/V1__base.sql");
        }
        let run = project.run(&["rollback", "--force"]).expect_code(0);
        assert!(run.stdout.contains("released  V1__base"), "{run}");
        assert_eq!(database.psql("SELECT count(*) FROM accounts"), "0");
    }
}

#[test]
fn without_the_table_the_script_runs() {
    let (database, project) = project(ACCOUNTS, "");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(state(&project), "applied");
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(database.psql("SELECT to_regclass('accounts')"), "");
}

#[test]
fn a_wrong_type_and_a_missing_column_are_named_and_nothing_changes() {
    let existing = "CREATE TABLE accounts (id integer, note text)";
    let (database, project) = project(ACCOUNTS, existing);
    let run = refused(&database, &project);
    assert_run_snapshot!(run);
    let json = project.run(&["migrate", "--format", "json"]).expect_code(1).json();
    assert_eq!(json["ok"], false);
    assert_eq!(json["error"]["kind"], "precondition");
    // The obstacle removed, the same command goes on.
    database.psql("ALTER TABLE accounts ALTER id TYPE bigint, ADD mail text");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(state(&project), "adopted");
}

#[test]
fn tables_that_exist_in_part_are_refused() {
    let head = "-- turnback:adopt-if table accounts(id)
-- turnback:adopt-if table owners(id)
CREATE TABLE owners (id int);
CREATE TABLE accounts (id int);
";
    let (database, project) = project(head, "CREATE TABLE accounts (id int)");
    let run = refused(&database, &project);
    assert_run_snapshot!(run);
    database.psql("CREATE TABLE owners (id int)");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(state(&project), "adopted");
}

#[test]
fn without_a_list_the_columns_of_the_create_table_are_needed() {
    let head = "-- turnback:adopt-if table accounts
CREATE TABLE accounts (id bigserial PRIMARY KEY, mail varchar(255), tags text[] NOT NULL);
";
    let existing = "CREATE TABLE accounts (id bigint, mail character varying(255), tags text[])";
    let (_database, adopting) = project(head, existing);
    adopting.run(&["migrate"]).expect_code(0);
    assert_eq!(state(&adopting), "adopted");

    let existing = "CREATE TABLE accounts (id bigint, mail varchar(100), tags text)";
    let (database, refusing) = project(head, existing);
    let run = refused(&database, &refusing);
    assert!(
        run.stderr.contains(
            "column mail is character varying(100), needed is varchar(255); \
             column tags is text, needed is text[]"
        ),
        "{run}"
    );
}

#[test]
fn quoted_names_mean_exactly_what_they_say() {
    let head = r#"-- turnback:adopt-if table "User ""Accounts"""("Id" int, "E-Mail" text)
CREATE TABLE "User ""Accounts""" ("Id" int, "E-Mail" text);
"#;
    let (_database, adopting) =
        project(head, r#"CREATE TABLE "User ""Accounts""" ("Id" int, "E-Mail" text)"#);
    adopting.run(&["migrate"]).expect_code(0);
    assert_eq!(state(&adopting), "adopted");

    // Another case is another table, and another column.
    let (database, applying) = project(head, r#"CREATE TABLE "user ""accounts""" ("Id" int)"#);
    applying.run(&["migrate"]).expect_code(0);
    assert_eq!(state(&applying), "applied");
    assert_eq!(database.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "3");

    let (database, refusing) = project(head, r#"CREATE TABLE "User ""Accounts""" (id int)"#);
    let run = refused(&database, &refusing);
    assert!(run.stderr.contains(r#"cannot adopt table "User ""Accounts""": "#), "{run}");
    assert!(run.stderr.contains("column Id is missing; column E-Mail is missing"), "{run}");

    // Unquoted, every case is the same.
    let (_database, folded) =
        project(&ACCOUNTS.replace("accounts(id", "ACCOUNTS(Id"), &ACCOUNTS.replace("text", "TEXT"));
    folded.run(&["migrate"]).expect_code(0);
    assert_eq!(state(&folded), "adopted");
}

#[test]
fn a_table_counts_where_the_script_would_create_it() {
    let elsewhere = "CREATE SCHEMA app; CREATE SCHEMA other;
                     CREATE TABLE other.accounts (id bigint, mail text, note text)";
    // Another schema's table is another table, even on the search path.
    let (database, applying) = project(ACCOUNTS, elsewhere);
    let name = database.name();
    database.psql(&format!("ALTER DATABASE {name} SET search_path = public, other"));
    applying.run(&["migrate"]).expect_code(0);
    assert_eq!(state(&applying), "applied");
    assert_eq!(
        database.psql("SELECT 'public.accounts'::regclass::oid <> 'other.accounts'::regclass"),
        "t"
    );

    let (_database, chosen) = project(ACCOUNTS, elsewhere);
    let in_schema = |schema: &str| {
        let run = chosen.run(&["--schema", schema, "migrate", "--format", "json"]).expect_code(0);
        run.json()["migrations"][0]["state"].clone()
    };
    assert_eq!(in_schema("other"), "adopted");
    assert_eq!(in_schema("app"), "applied");

    let qualified = ACCOUNTS.replace("accounts", "other.accounts");
    let (_database, named) = project(&qualified, elsewhere);
    named.run(&["migrate"]).expect_code(0);
    assert_eq!(state(&named), "adopted");
}

#[test]
fn partitioned_tables_are_tables_and_views_are_not() {
    let partitioned =
        "CREATE TABLE accounts (id bigint, mail text, note text) PARTITION BY LIST (id)";
    let (_database, adopting) = project(ACCOUNTS, partitioned);
    adopting.run(&["migrate"]).expect_code(0);
    assert_eq!(state(&adopting), "adopted");

    let view = "CREATE VIEW accounts AS SELECT 1::bigint AS id, 'x'::text AS mail, 'y' AS note";
    let (database, failing) = project(ACCOUNTS, view);
    let run = failing.run(&["migrate", "--format", "json"]).expect_code(1);
    let error = &run.json()["error"];
    assert_eq!((&error["sqlstate"], &error["line"]), (&"42P07".into(), &2.into()));
    assert_eq!(database.psql("SELECT mail FROM accounts"), "x");
}

#[test]
fn a_schema_that_is_closed_or_absent_is_named() {
    let (database, closed) = project(ACCOUNTS, "CREATE SCHEMA closed");
    let role = format!("{}_outsider", database.name());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; CREATE TABLE closed.accounts (id bigint, mail text, note text);
         GRANT CREATE ON DATABASE {} TO {role}",
        database.name()
    ));
    let before = database.dump();
    let url = database.url().replace("postgres@", &format!("{role}@"));
    for (schema, kind) in [("closed", "permission"), ("absent", "precondition")] {
        let args = ["-D", &url, "--schema", schema, "migrate", "--format", "json"];
        let error = closed.run(&args).expect_code(1).json()["error"].clone();
        assert_eq!(error["kind"], kind, "{error}");
        assert!(error["message"].as_str().unwrap().contains(schema), "{error}");
        assert!(error["hints"][0].is_string(), "{error}");
    }
    assert_eq!(database.dump(), before);
    database.psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn types_of_another_schema_are_found_where_the_script_would_find_them() {
    let head = "-- turnback:adopt-if table accounts(id public.code, name app.label)
CREATE TABLE accounts (id public.code, name app.label);
";
    let existing = "CREATE SCHEMA app; CREATE DOMAIN code AS int; CREATE DOMAIN app.label AS text;
                    CREATE TABLE app.accounts (id code, name app.label)";
    let (_database, adopting) = project(head, existing);
    adopting.run(&["--schema", "app", "migrate"]).expect_code(0);
    // Unqualified, a type of public is none of a script that runs in another schema.
    let (_database, refusing) = project(&head.replace("public.", ""), existing);
    let run = refusing.run(&["--schema", "app", "migrate"]).expect_code(1);
    assert!(run.stderr.contains("column id is public.code, needed is code"), "{run}");
}
