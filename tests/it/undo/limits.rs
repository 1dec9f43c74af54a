//! Tables as wide as they may be, and migrations whose text was mended.

use crate::support::{Cluster, Project};

const WIDE: usize = 1_600;

/// Content of both tables as one number each.
const CONTENT: &str = "SELECT sum(hashtextextended(w::text, 0)) FROM wide AS w UNION ALL \
                       SELECT sum(hashtextextended(w::text, 0)) FROM keyless AS w";

fn list(of: impl Fn(usize) -> String) -> String {
    (0..WIDE).map(of).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_table_of_1600_columns_comes_back() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let (columns, values) = (list(|n| format!("c{n} int")), list(|n| format!("i + {n}")));
    let up = format!(
        "CREATE TABLE wide ({columns}, PRIMARY KEY (c0));\nCREATE TABLE keyless ({columns});\n\
         INSERT INTO wide SELECT {values} FROM generate_series(1, 30) AS i;\n\
         INSERT INTO keyless SELECT {values} FROM generate_series(1, 30) AS i;\n\
         INSERT INTO keyless SELECT {values} FROM generate_series(1, 30) AS i;"
    );
    project.migration(1, "base", &up, "DROP TABLE keyless; DROP TABLE wide;");
    let zeros: Vec<String> = (1..WIDE).map(|n| format!("c{n} = 0")).collect();
    let up = format!(
        "UPDATE wide SET {};\nDELETE FROM keyless WHERE c0 < 10;\nUPDATE keyless SET c5 = 1;",
        zeros.join(", ")
    );
    project.migration(2, "zeros", &up, "COMMENT ON TABLE wide IS NULL;");
    let up = "DROP TABLE wide;\nTRUNCATE keyless;";
    project.migration(3, "gone", up, &format!("CREATE TABLE wide ({columns}, PRIMARY KEY (c0));"));
    project.run(&["migrate", "--to", "1"]).expect_code(0);
    let before = database.psql(CONTENT);
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--to", "1", "--force"]).expect_code(0);
    assert_eq!(database.psql(CONTENT), before);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT count(*) FROM keyless"), "0");
}

#[test]
fn a_mended_migration_is_not_given_the_values_of_its_old_text() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let up = "CREATE TABLE users (id int PRIMARY KEY, email text);\n\
              INSERT INTO users VALUES (1, 'Ada@x');";
    project.migration(1, "users", up, "DROP TABLE users;");
    let down = "COMMENT ON TABLE users IS NULL;";
    project.migration(2, "fold", "UPDATE users SET email = lower(email);", down);
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(database.psql("SELECT email FROM users"), "Ada@x");
    project.migration(2, "fold", "UPDATE users SET email = upper(email);", down);
    let run = project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT email FROM users"), "ADA@X");
    assert!(run.stdout.contains("the migration's text has changed since"), "{run}");
}

#[test]
fn sequences_of_others_need_not_be_readable() {
    let database = Cluster::shared().database();
    let role = format!("runner_{}", database.name());
    database.psql(&format!(
        "CREATE TABLE theirs (id serial); INSERT INTO theirs DEFAULT VALUES;
         CREATE ROLE {role} LOGIN; CREATE SCHEMA own AUTHORIZATION {role};
         GRANT CREATE ON DATABASE {} TO {role};
         GRANT CREATE ON SCHEMA public TO {role}; SET ROLE {role};
         CREATE TABLE own.t (id int, a text); INSERT INTO own.t VALUES (1, 'x')",
        database.name()
    ));
    let project = Project::new().url(&database.url().replace("postgres@", &format!("{role}@")));
    let down = "ALTER TABLE own.t ADD COLUMN a text;";
    project.migration(1, "narrow", "ALTER TABLE own.t DROP COLUMN a;", down);
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(database.psql("SELECT * FROM own.t"), "1|x");
}

#[test]
fn equal_rows_without_a_key_come_back_although_a_trigger_of_the_rollback_changes_some() {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE TABLE visits (page text, at int, touched int NOT NULL DEFAULT 0);
         INSERT INTO visits SELECT 'page', n FROM generate_series(1, 8) AS n;
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN NEW.touched := OLD.touched + 1; RETURN NEW; END $$;
         CREATE TRIGGER touch BEFORE UPDATE ON visits FOR EACH ROW EXECUTE FUNCTION touch();",
    );
    let rows = "SELECT * FROM visits ORDER BY visits";
    let before = database.psql(rows);
    let project = Project::for_database(&database);
    // Those that stay are equal to each other and to what is known of those that go.
    project.migration(
        1,
        "fewer",
        "DELETE FROM visits WHERE at > 3;\nALTER TABLE visits DROP COLUMN at, DROP COLUMN page;",
        "ALTER TABLE visits ADD COLUMN page text, ADD COLUMN at int;\nUPDATE visits SET page = '';",
    );
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT touched FROM visits"), "0\n0\n0");
    project.run(&["rollback", "--force"]).expect_code(0);
    let after = "SELECT page, at, touched FROM visits ORDER BY page, at, touched";
    assert_eq!(database.psql(after), before);
}
