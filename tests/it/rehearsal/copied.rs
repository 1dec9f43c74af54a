//! What the database of a rehearsal has of the live one.

use super::{alone, facts, given, notes, rehearsed, statements, there};
use crate::support::{Cluster, Login, Pooler, Project, Run, Secured};

/// A migration that fails unless a condition holds.
fn asserting(conditions: &[&str]) -> String {
    let lines = conditions
        .iter()
        .map(|it| format!("DO $$ BEGIN ASSERT ({it}), '{}'; END $$;\n", it.replace('\'', "''")));
    lines.collect()
}

#[test]
fn a_sample_has_the_rows_it_refers_to() {
    let (_database, project) = given(
        "CREATE TABLE a (id bigint PRIMARY KEY, boss bigint REFERENCES a);
         CREATE TABLE b (x text, y char(3), PRIMARY KEY (x, y));
         CREATE TABLE c (id int PRIMARY KEY, a bigint NOT NULL REFERENCES a, x text, y char(3),
             FOREIGN KEY (x, y) REFERENCES b);
         INSERT INTO a SELECT g, CASE WHEN g > 1 THEN g / 2 END FROM generate_series(1, 3000) AS g;
         INSERT INTO b SELECT 'it''s ' || g, g FROM generate_series(1, 900) AS g;
         INSERT INTO c SELECT g, 3001 - g, 'it''s ' || (901 - g), 901 - g FROM generate_series(1, 900) AS g",
        &asserting(&[
            "(SELECT count(*) FROM c) = 10",
            "(SELECT count(*) FROM a) BETWEEN 20 AND 200",
            "(SELECT count(*) FROM b) BETWEEN 19 AND 20",
            "NOT EXISTS (SELECT FROM c WHERE NOT EXISTS (SELECT FROM a WHERE a.id = c.a))",
            "NOT EXISTS (SELECT FROM c WHERE NOT EXISTS (SELECT FROM b WHERE (b.x, b.y) = (c.x, c.y)))",
            "NOT EXISTS (SELECT FROM a WHERE boss NOT IN (SELECT id FROM a))",
        ]),
    );
    let run = rehearsed(&project, &["--sample", "10"]).expect_code(0);
    assert_eq!(notes(&run), [""; 0]);
}

#[test]
fn every_sort_of_table_is_there() {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE SCHEMA \"Odd \"\"Schema\"\"\";
         CREATE TYPE mood AS ENUM ('sad', 'glad');
         CREATE DOMAIN short AS text CHECK (length(VALUE) < 9);
         CREATE TYPE pair AS (a int, b mood);
         CREATE TABLE \"Odd \"\"Schema\"\"\".\"Täble, of 'names'\" (
             \"Col umn\" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
             twice int GENERATED ALWAYS AS (7 * 2) STORED,
             moods mood[], pairs pair[], word short, bytes bytea, cash money, times timestamptz[],
             hours int4range, EXCLUDE USING gist (hours WITH &&));
         INSERT INTO \"Odd \"\"Schema\"\"\".\"Täble, of 'names'\" (moods, pairs, word, bytes, cash, times, hours)
             VALUES ('{sad,glad}', '{\"(1,glad)\"}', 'wörd', '\\x00ff', 12.5, '{2020-01-01 00:00+00}', '[1,5)');
         CREATE UNLOGGED TABLE loose (id serial, \"select\" text); INSERT INTO loose (\"select\") VALUES (E'a\\tb\\\\n');
         CREATE TABLE measured (at date, value int) PARTITION BY RANGE (at);
         CREATE TABLE measured_1 PARTITION OF measured FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
         CREATE TABLE measured_2 PARTITION OF measured DEFAULT;
         INSERT INTO measured VALUES ('2020-05-05', 1), ('2022-05-05', 2);
         CREATE MATERIALIZED VIEW sums AS SELECT sum(value) AS total FROM measured;
         CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent);
         INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2);
         CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;
         CREATE SEQUENCE counted START 100; SELECT nextval('counted'), nextval('counted');
         CREATE TABLE guarded (id int); INSERT INTO guarded VALUES (1);
         ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; ALTER TABLE guarded FORCE ROW LEVEL SECURITY;
         CREATE TABLE fired (id int);
         CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO fired VALUES (1); RETURN NEW; END';
         CREATE TRIGGER fire BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION fire();
         CREATE PUBLICATION told FOR TABLE guarded",
    );
    let odd = "\"Odd \"\"Schema\"\"\".\"Täble, of 'names'\"";
    let project = Project::for_database(&database);
    let conditions = [
        format!("(SELECT count(*) FROM {odd} WHERE word = 'wörd' AND twice = 14) = 1"),
        format!(
            "(SELECT moods[2]::text || (pairs[1]).b || cash::numeric FROM {odd}) = 'gladglad12.50'"
        ),
        format!("(SELECT encode(bytes, 'hex') FROM {odd}) = '00ff'"),
        "(SELECT \"select\" FROM loose) = E'a\\tb\\\\n'".to_owned(),
        "nextval('loose_id_seq') = 2 AND nextval('counted') = 102".to_owned(),
        "(SELECT total FROM sums) = 3".to_owned(),
        "(SELECT count(*) FROM measured_1) = 1 AND (SELECT count(*) FROM measured) = 2".to_owned(),
        "(SELECT string_agg(id::text, ',' ORDER BY id) FROM parent) = '1,2'".to_owned(),
        "(SELECT count(*) FROM nothing) = 1 AND (SELECT count(*) FROM guarded) = 1".to_owned(),
        "NOT EXISTS (SELECT FROM fired)".to_owned(),
    ];
    let conditions: Vec<&str> = conditions.iter().map(String::as_str).collect();
    project.migration(1, "asserts", &asserting(&conditions), "SELECT 1;");
    let before = database.dump();
    for run in [there, alone] {
        let run = run(project.command(&["plan", "--rehearse", "--format", "json"])).run();
        let run = run.expect_code(0);
        assert_eq!(notes(&run), [""; 0], "{run}");
    }
    assert_eq!(database.dump(), before);
}

#[test]
fn scripts_find_the_settings_of_the_live_database() {
    let (database, project) = given(
        "CREATE SCHEMA app; CREATE TABLE app.t (at timestamp); INSERT INTO app.t VALUES (now())",
        "ALTER TABLE t ALTER COLUMN at TYPE timestamptz;",
    );
    let name = database.name();
    database.psql(&format!(
        "ALTER DATABASE {name} SET search_path = app, public; \
         ALTER DATABASE {name} SET timezone = 'Europe/Vienna'"
    ));
    let rewrites = |run: &Run| facts(&statements(run)[0]["observed"]);
    let run = rehearsed(&project, &[]).expect_code(0);
    assert!(rewrites(&run).contains(&"rewrite table app.t".to_owned()), "{run}");
    database.psql(&format!("ALTER DATABASE {name} SET timezone = 'UTC'"));
    let run = rehearsed(&project, &[]).expect_code(0);
    assert!(!rewrites(&run).contains(&"rewrite table app.t".to_owned()), "{run}");
}

#[test]
fn what_the_role_may_not_read_is_named() {
    let cluster = Cluster::private(&[]);
    cluster.psql("CREATE ROLE app LOGIN");
    let database = cluster.database();
    database.psql(&format!(
        "GRANT ALL ON DATABASE {} TO app; CREATE SCHEMA app AUTHORIZATION app;
         CREATE TABLE public.secret (id int); INSERT INTO public.secret VALUES (1);
         CREATE TABLE app.hidden (id int); INSERT INTO app.hidden VALUES (1); ALTER TABLE app.hidden OWNER TO app;
         ALTER TABLE app.hidden ENABLE ROW LEVEL SECURITY; ALTER TABLE app.hidden FORCE ROW LEVEL SECURITY;
         ALTER ROLE app SET search_path = app",
        database.name()
    ));
    let project = Project::new().url(&database.url().replace("postgres@", "app@"));
    project.migration(1, "a", "CREATE TABLE a (id int);\nDROP TABLE hidden;", "SELECT 1;");
    let run = alone(project.command(&["plan", "--rehearse", "--format", "json"])).run();
    let run = run.expect_code(0);
    assert_eq!(
        notes(&run),
        [
            "public.secret is not there: the role may not read it, and so not its definition",
            "no row of app.hidden was copied: its row-level security would hide rows from the role",
        ]
    );
    assert_eq!(facts(&statements(&run)[1]["observed"]), ["lock app.hidden ACCESS EXCLUSIVE"]);
}

#[test]
fn foreign_tables_reach_nobody() {
    let database = Cluster::shared().database();
    database.psql(&format!(
        "CREATE EXTENSION postgres_fdw;
         CREATE TABLE mine (id int); INSERT INTO mine VALUES (1);
         CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{}', dbname '{}');
         CREATE USER MAPPING FOR postgres SERVER here OPTIONS (user 'postgres');
         CREATE FOREIGN TABLE theirs (id int) SERVER here OPTIONS (table_name 'mine')",
        database.port(),
        database.name()
    ));
    let project = Project::for_database(&database);
    project.migration(1, "a", "UPDATE theirs SET id = 2;", "SELECT 1;");
    let run = rehearsed(&project, &[]).expect_code(4);
    let failure = run.json()["rehearsal"]["failure"]["message"].to_string();
    assert!(failure.contains("user mapping not found"), "{run}");
    assert_eq!(database.psql("SELECT id FROM mine"), "1");
}

#[test]
fn without_rows_the_sizes_are_known_all_the_same() {
    let (_database, project) = given(
        "CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 20000); ANALYZE t",
        &asserting(&[
            "(SELECT count(*) FROM t) = 0",
            "(SELECT reltuples FROM pg_class WHERE oid = 't'::regclass) = 20000",
        ]),
    );
    let server = alone(project.command(&["plan", "--rehearse", "--sample", "0"])).run();
    server.expect_code(0);
}

#[test]
fn a_thousand_tables_take_seconds() {
    let tables = (0..1000).fold(String::new(), |sql, i| {
        sql + &format!("CREATE TABLE t{i} (id int PRIMARY KEY); INSERT INTO t{i} VALUES (1);\n")
    });
    let (_database, project) = given(&tables, "ALTER TABLE t7 ADD COLUMN b int;\nDROP TABLE t8;");
    let began = std::time::Instant::now();
    let run = rehearsed(&project, &[]).expect_code(0);
    let took = began.elapsed();
    assert_eq!(facts(&statements(&run)[0]["observed"]), ["lock public.t7 ACCESS EXCLUSIVE"]);
    assert!(took < std::time::Duration::from_secs(40), "it took {took:?}");
}

#[test]
fn an_interrupted_script_goes_on_where_it_was() {
    let (database, project) = given("CREATE TABLE t (id int)", "SELECT 1;");
    project.migration(
        1,
        "work",
        "-- turnback:transaction off\nALTER TABLE t ADD COLUMN a int;\nSELECT 1 / count(*) FROM t;\nALTER TABLE t ADD COLUMN b int;",
        "SELECT 1;",
    );
    project.run(&["migrate"]).expect_code(1);
    database.psql("INSERT INTO t VALUES (1)");
    let run = rehearsed(&project, &[]).expect_code(0);
    let observed = statements(&run);
    assert!(observed[0]["observed"].is_null() && observed[2]["observed"].is_object(), "{run}");
}

#[test]
fn an_event_trigger_that_forbids_changes_stops_the_scripts_alone() {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE EXTENSION postgres_fdw;
         CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw;
         CREATE USER MAPPING FOR PUBLIC SERVER there OPTIONS (user 'somebody');
         CREATE TABLE t (id int); INSERT INTO t VALUES (1);
         CREATE MATERIALIZED VIEW v AS SELECT count(*) AS rows FROM t;
         CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE 'the schema is frozen'; END $$;
         CREATE EVENT TRIGGER frozen ON ddl_command_start EXECUTE FUNCTION refuse()",
    );
    let project = Project::for_database(&database);
    let up = asserting(&["(SELECT rows FROM v) = 1"]) + "ALTER TABLE t ADD COLUMN a int;\n";
    project.migration(1, "a", &up, "SELECT 1;");
    let run = rehearsed(&project, &[]).expect_code(4);
    let failure = &run.json()["rehearsal"]["failure"];
    assert_eq!(failure["message"], "V1__a failed: the schema is frozen", "{run}");
    assert_eq!(failure["line"], 2, "{run}");
    assert_eq!(notes(&run), [""; 0]);
}

#[test]
fn behind_a_pooler_it_is_the_same() {
    let (database, project) = given(
        "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)",
        "UPDATE t SET id = id + 10;",
    );
    let pooler = Pooler::transaction(&database);
    let args = ["plan", "--rehearse", "--format", "json", "-D", pooler.url()];
    let run = there(project.command(&args)).run();
    let run = run.expect_code(0);
    let changed = &statements(&run)[0]["observed"]["changed"];
    assert_eq!(changed[0]["updated"], 2, "{run}");
}

#[test]
fn the_schema_is_read_over_the_same_connection_as_everything_else() {
    let secured = Secured::shared();
    let database = secured.database();
    database.psql("CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
    let certificates = &secured.certificates;
    let trusted = format!("sslmode=verify-full&sslrootcert={}", certificates.ca().display());
    let (own, key) = (certificates.client(), certificates.client_key());
    let shown = format!("{trusted}&sslcert={}&sslkey={}", own.display(), key.display());
    for (login, parameters) in [
        (Login::Password, "sslmode=disable".to_owned()),
        (Login::PasswordOverTls, trusted),
        (Login::Certificate, shown),
    ] {
        let url = format!("{}?{parameters}", secured.url(&database, login));
        let project = Project::new().url(&url);
        project.migration(1, "a", "UPDATE t SET id = 2;", "SELECT 1;");
        // What leads elsewhere is not followed.
        let run = there(project.command(&["plan", "--rehearse", "--format", "json"]));
        let run = run.env("PGHOST", "nowhere.example").run().expect_code(0);
        assert_eq!(notes(&run), [""; 0], "{login:?}");
        assert_eq!(statements(&run)[0]["observed"]["changed"][0]["updated"], 1, "{run}");
        assert!(!run.stdout.contains(Secured::PASSWORD), "{run}");
    }
}
