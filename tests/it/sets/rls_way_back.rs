//! `rls-sessions`: every way up has its way back, to the letter of `pg_dump`.

use super::{rls, states};
use crate::support::{Cluster, Database, Project, Turnback};

const HIGHEST: i64 = 11;

fn dump(database: &Database) -> String {
    database.dump_with(&["--schema-only", "--exclude-schema=turnback"])
}

/// The catalog while versions are applied: the history is a table then.
fn catalog(database: &Database) -> String {
    database.dump_with(&[
        "--schema-only",
        "--exclude-schema=turnback",
        "--exclude-table=*.refinery_schema_history*",
    ])
}

#[test]
fn a_fresh_database_is_as_it_was_after_everything_is_rolled_back() {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE TABLE neighbour (id int PRIMARY KEY); COMMENT ON TABLE neighbour IS 'stays';
         CREATE VIEW onlooker AS SELECT id FROM neighbour",
    );
    let before = dump(&database);
    rls(&database, &["migrate"]).expect_code(0);
    assert_ne!(dump(&database), before);
    rls(&database, &["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(dump(&database), before);
}

#[test]
fn each_version_goes_down_and_up_again_to_the_same_catalog() {
    let database = Cluster::shared().database();
    let mut levels = vec![catalog(&database)];
    for version in 1..=HIGHEST {
        rls(&database, &["migrate", "--to", &version.to_string()]).expect_code(0);
        let catalog = catalog(&database);
        // The reference to users comes with the table; V4 and V5 are for tables adopted without.
        let changes = levels.last() != Some(&catalog);
        assert_eq!(changes, ![4, 5].contains(&version), "V{version} changes: {changes}");
        levels.push(catalog);
    }
    for version in (1..=HIGHEST).rev() {
        let run = rls(&database, &["rollback", "--steps", "1", "--force", "--format", "json"]);
        assert_eq!(states(&run.expect_code(0)), [(version, "rolled_back".to_owned())]);
        let below = usize::try_from(version).unwrap() - 1;
        assert_eq!(catalog(&database), levels[below], "V{version} did not go back");
        if version % 3 == 0 {
            rls(&database, &["migrate", "--to", &version.to_string()]).expect_code(0);
            assert_eq!(catalog(&database), levels[below + 1], "V{version} did not come again");
            let to = (version - 1).to_string();
            rls(&database, &["rollback", "--to", &to, "--force"]).expect_code(0);
            assert_eq!(catalog(&database), levels[below], "V{version} did not go back twice");
        }
    }
    rls(&database, &["migrate"]).expect_code(0);
    assert_eq!(catalog(&database), levels[11]);
}

#[test]
fn two_schemas_hold_a_set_each_and_neither_goes_with_the_other() {
    let database = Cluster::shared().database();
    database.psql(r#"CREATE SCHEMA "My Schema""#);
    let in_odd = |args: &[&str]| {
        let mut all = vec!["--schema", "My Schema"];
        all.extend(args);
        rls(&database, &all)
    };
    let empty = dump(&database);
    rls(&database, &["migrate"]).expect_code(0);
    let only_public = dump(&database);
    in_odd(&["migrate"]).expect_code(0);
    let tables = "SELECT string_agg(schemaname, ',' ORDER BY schemaname) FROM pg_tables \
                  WHERE tablename = 'sessions'";
    assert_eq!(database.psql(tables), "My Schema,public");
    // The functions of each schema work on the tables of their own.
    database.psql(
        r#"INSERT INTO "My Schema".users VALUES (gen_random_uuid(), 'a@example.org');
           INSERT INTO "My Schema".sessions (user_id, refresh_token_hash, expires_at)
           SELECT id, 'h', now() + interval '1 day' FROM "My Schema".users"#,
    );
    let revoke = r#"SELECT "My Schema".revoke_all_sessions(id, 'logout') FROM "My Schema".users"#;
    assert_eq!(database.psql(revoke), "1");

    in_odd(&["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(dump(&database), only_public);
    let status = rls(&database, &["status", "--exit-code"]);
    assert_eq!(status.code, 0, "{status}");
    assert_eq!(in_odd(&["status", "--exit-code"]).code, 3);
    in_odd(&["migrate"]).expect_code(0);
    rls(&database, &["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(in_odd(&["status", "--exit-code"]).code, 0);
    in_odd(&["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(dump(&database), empty);
}

#[test]
fn the_generator_of_uuid_ossp_is_used_wherever_the_extension_lives() {
    let default = "SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d \
                   JOIN pg_attribute AS a ON (a.attrelid, a.attnum) = (d.adrelid, d.adnum) \
                   WHERE d.adrelid = 'sessions'::regclass AND a.attname = 'id'";
    for (extension, expected) in [
        ("SELECT 1", "gen_random_uuid()"),
        (r#"CREATE EXTENSION "uuid-ossp""#, "uuid_generate_v4()"),
        (
            r#"CREATE SCHEMA "Odd One"; CREATE EXTENSION "uuid-ossp" SCHEMA "Odd One""#,
            "\"Odd One\".uuid_generate_v4()",
        ),
    ] {
        let database = Cluster::shared().database();
        database.psql(extension);
        let before = dump(&database);
        let run = rls(&database, &["migrate"]).expect_code(0);
        let reported = run.stderr.contains("extension \"uuid-ossp\" does not exist");
        assert_eq!(reported, expected == "gen_random_uuid()", "{run}");
        assert_eq!(database.psql(default), expected);
        database.psql(
            "INSERT INTO users VALUES (gen_random_uuid(), 'a@example.org');
             INSERT INTO sessions (user_id, refresh_token_hash, expires_at)
             SELECT id, 'h', now() + interval '1 day' FROM users",
        );
        assert_eq!(database.psql("SELECT count(DISTINCT id) FROM sessions"), "1");
        rls(&database, &["rollback", "--all", "--force"]).expect_code(0);
        assert_eq!(dump(&database), before);
    }
}

/// A role as a careful administrator gives it out: it may create, and is no superuser.
#[test]
fn an_ordinary_role_installs_the_set_and_takes_it_back() {
    let database = Cluster::shared().database();
    let (name, role) = (database.name(), format!("{}_owner", database.name()));
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT CREATE ON DATABASE {name} TO {role};
         GRANT USAGE, CREATE ON SCHEMA public TO {role}"
    ));
    let before = dump(&database);
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let run = |args: &[&str]| {
        let mut all = vec!["-D", &url, "--set", "rls-sessions"];
        all.extend(args);
        Turnback::new(&all).run().expect_code(0)
    };
    run(&["migrate"]);
    let owners =
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('public', 'turnback')";
    assert_eq!(database.psql(owners), role);
    // What stands in the record is nobody else's business.
    let others = format!("{role}_other");
    database.psql(&format!("CREATE ROLE {others}"));
    let refused = database.try_psql(&format!("SET ROLE {others}; SELECT * FROM turnback.script"));
    assert!(refused.unwrap_err().contains("permission denied for schema turnback"));
    run(&["rollback", "--all", "--force"]);
    assert_eq!(dump(&database), before);
    database.psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}, {others}"));
}

#[test]
fn a_project_and_a_bundled_set_share_a_database_and_not_a_history() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let empty = dump(&database);
    project.migration(1, "own", "CREATE TABLE own (id int);", "DROP TABLE own;");
    project.run(&["migrate"]).expect_code(0);
    let only_own = dump(&database);
    rls(&database, &["migrate"]).expect_code(0);
    assert_eq!(project.run(&["status", "--exit-code"]).code, 0);
    rls(&database, &["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(dump(&database), only_own);
    rls(&database, &["migrate"]).expect_code(0);
    project.run(&["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(rls(&database, &["status", "--exit-code"]).code, 0);
    rls(&database, &["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(dump(&database), empty);
}
