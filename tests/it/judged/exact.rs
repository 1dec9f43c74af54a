//! A hazard is one where the database makes it one.

use crate::support::{Cluster, Project};

/// Tables of every kind that decides: with rows and without, with checks, indexes, policies.
const GROUND: &str = r#"
    CREATE TABLE full_table (id int PRIMARY KEY, name varchar(10), at timestamp, price numeric(8, 2),
        code char(3), checked varchar(5) CHECK (checked <> ''), address cidr, note text,
        proven text CONSTRAINT proven CHECK (proven IS NOT NULL), "Odd Name" text);
    INSERT INTO full_table (id, name, proven)
        SELECT i, 'n' || i, 'x' || i FROM generate_series(1, 2000) AS i;
    CREATE INDEX full_at ON full_table (at);
    CREATE UNIQUE INDEX full_note ON full_table (note);
    CREATE UNIQUE INDEX full_proven ON full_table (proven);
    CREATE TABLE empty_table (LIKE full_table INCLUDING ALL);
    CREATE TABLE big_table (id int); INSERT INTO big_table SELECT generate_series(1, 10001);
    CREATE DOMAIN plain AS int;
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE DOMAIN unused AS int;
    CREATE TABLE measured (value positive); INSERT INTO measured VALUES (1);
    CREATE FUNCTION steady() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
    CREATE TABLE guarded (id int); INSERT INTO guarded VALUES (1);
    CREATE POLICY all_of_it ON guarded USING (true);
    CREATE TABLE parted (id int, at date) PARTITION BY RANGE (at);
    CREATE TABLE part_bound (id int, at date, CHECK (at >= '2026-01-01' AND at < '2027-01-01'));
    INSERT INTO part_bound VALUES (1, '2026-05-01');
    CREATE TABLE part_loose (id int, at date); INSERT INTO part_loose VALUES (1, '2026-05-01');
    CREATE VIEW seen AS SELECT id FROM full_table;
    CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES full_table);
    INSERT INTO child VALUES (1, 1);
    CREATE SCHEMA "Other"; CREATE TABLE "Other"."T t" (id int); INSERT INTO "Other"."T t" VALUES (1);
"#;

const INDEX: &str = "require-concurrent-index-creation";
const NO_INDEX: &str = "require-concurrent-index-deletion";
const NOT_NULL: &str = "adding-not-nullable-field";
const DEFAULT: &str = "adding-field-with-default";
const DOMAIN: &str = "ban-alter-domain-with-add-constraint";
const OF_DOMAIN: &str = "adding-domain-column";
const TYPE: &str = "changing-column-type";
const ATTACH: &str = "attaching-unproven-partition";
const PIECE: &str = "change-in-one-piece";
const POLICIES: &str = "enabling-row-security";
const KEY: &str = "primary-key-of-nullable-columns";

/// Statements, the hazard that each looks like, and what the database makes of it: a piece of what is
/// said of it, or nothing where it is none.
const CASES: &[(&str, &str, Option<&str>)] = &[
    // Rows.
    ("CREATE INDEX i ON full_table (name)", INDEX, Some("full_table has 2,000 rows")),
    ("CREATE INDEX i ON empty_table (name)", INDEX, None),
    ("CREATE INDEX i ON \"Other\".\"T t\" (id)", INDEX, Some("\"Other\".\"T t\" has 1 row")),
    ("DROP TABLE child", "ban-drop-table", Some("child has 1 row")),
    ("DROP TABLE empty_table", "ban-drop-table", None),
    // What proves that a column holds no NULL.
    ("ALTER TABLE full_table ALTER name SET NOT NULL", NOT_NULL, Some("2,000 rows")),
    ("ALTER TABLE full_table ALTER proven SET NOT NULL", NOT_NULL, None),
    ("ALTER TABLE full_table ALTER id SET NOT NULL", NOT_NULL, None),
    ("ALTER TABLE full_table ALTER \"Odd Name\" SET NOT NULL", NOT_NULL, Some("2,000 rows")),
    ("ALTER TABLE empty_table ALTER name SET NOT NULL", NOT_NULL, None),
    ("ALTER TABLE empty_table ADD CONSTRAINT k PRIMARY KEY USING INDEX i", KEY, None),
    // Defaults.
    ("ALTER TABLE full_table ADD x uuid DEFAULT gen_random_uuid()", DEFAULT, Some("is volatile")),
    ("ALTER TABLE full_table ADD x int DEFAULT steady()", DEFAULT, None),
    ("ALTER TABLE empty_table ADD x uuid DEFAULT gen_random_uuid()", DEFAULT, None),
    // Domains.
    ("ALTER TABLE full_table ADD x positive", OF_DOMAIN, Some("2,000 rows")),
    ("ALTER TABLE full_table ADD x plain", OF_DOMAIN, None),
    ("ALTER DOMAIN positive ADD CHECK (VALUE < 9)", DOMAIN, Some("measured has 1 row")),
    ("ALTER DOMAIN unused ADD CHECK (VALUE < 9)", DOMAIN, None),
    // Types.
    ("ALTER TABLE full_table ALTER name TYPE varchar(20)", TYPE, None),
    ("ALTER TABLE full_table ALTER name TYPE text", TYPE, None),
    ("ALTER TABLE full_table ALTER name TYPE varchar(5)", TYPE, Some("stored in another way")),
    ("ALTER TABLE full_table ALTER price TYPE numeric(10, 2)", TYPE, None),
    ("ALTER TABLE full_table ALTER price TYPE numeric(10, 3)", TYPE, Some("another way")),
    ("ALTER TABLE full_table ALTER id TYPE bigint", TYPE, Some("id is integer")),
    ("ALTER TABLE full_table ALTER code TYPE text", TYPE, Some("code is character(3)")),
    ("ALTER TABLE full_table ALTER address TYPE inet", TYPE, None),
    ("ALTER TABLE full_table ALTER checked TYPE varchar(9)", TYPE, Some("a CHECK on it")),
    ("ALTER TABLE full_table ALTER note TYPE varchar", TYPE, None),
    ("ALTER TABLE full_table ALTER name TYPE int USING 1", TYPE, Some("USING")),
    ("ALTER TABLE full_table ALTER note TYPE uuid(3)", TYPE, Some("stored in another way")),
    ("ALTER TABLE empty_table ALTER id TYPE bigint", TYPE, None),
    // Many rows.
    ("UPDATE full_table SET note = 'x'", PIECE, None),
    ("UPDATE big_table SET id = 1", PIECE, Some("more than 10,000 rows")),
    // Partitions.
    (
        "ALTER TABLE parted ATTACH PARTITION part_bound
             FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        ATTACH,
        None,
    ),
    (
        "ALTER TABLE parted ATTACH PARTITION part_loose
             FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        ATTACH,
        Some("part_loose has 1 row"),
    ),
    // Policies.
    ("ALTER TABLE guarded ENABLE ROW LEVEL SECURITY", POLICIES, None),
    ("ALTER TABLE child ENABLE ROW LEVEL SECURITY", POLICIES, Some("child has 1 row")),
    // What depends on it.
    ("DROP TABLE full_table CASCADE", "ban-drop-cascade", Some("view seen")),
    ("DROP TABLE big_table CASCADE", "ban-drop-cascade", None),
    ("DROP TABLE child", "dropping-foreign-key", Some("child refers to full_table")),
    ("DROP TABLE big_table", "dropping-foreign-key", None),
    // Indexes.
    ("DROP INDEX full_at", NO_INDEX, Some("full_table has 2,000 rows")),
    ("DROP INDEX empty_table_at_idx", NO_INDEX, None),
    (
        "ALTER TABLE full_table ADD CONSTRAINT k PRIMARY KEY USING INDEX full_note",
        KEY,
        Some("full_table has"),
    ),
    ("ALTER TABLE full_table ADD CONSTRAINT k PRIMARY KEY USING INDEX full_proven", KEY, None),
];

fn plan(project: &Project) -> serde_json::Value {
    project.run(&["plan", "--format", "json"]).expect_code(0).json()
}

#[test]
fn the_database_decides_what_is_a_hazard() {
    let database = Cluster::shared().database();
    database.psql(GROUND);
    let project = Project::for_database(&database);
    // All at once: they are only planned.
    for (version, (statement, _, _)) in (1..).zip(CASES) {
        project.migration(version, "case", statement, "SELECT 1");
    }
    let plan = plan(&project);
    let migrations = plan["migrations"].as_array().expect("they are listed");
    assert_eq!(migrations.len(), CASES.len());
    let mut faults = Vec::new();
    for (migration, (statement, id, expected)) in migrations.iter().zip(CASES) {
        let hazards = migration["hazards"].as_array().expect("they are listed");
        let found = hazards.iter().find(|it| it["id"] == *id);
        let message = found.and_then(|it| it["message"].as_str());
        let is_as_expected = match (message, expected) {
            (message, None) => message.is_none(),
            (message, Some(expected)) => message.is_some_and(|it| it.contains(expected)),
        };
        if !is_as_expected {
            faults.push(format!("{statement}: {id}: {message:?}, not {expected:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_time_zone_decides_whether_times_are_written_anew() {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE TABLE log (at timestamp, due timestamp); INSERT INTO log VALUES (now(), now());
         CREATE INDEX ON log (due);",
    );
    let project = Project::for_database(&database);
    project.migration(1, "at", "ALTER TABLE log ALTER at TYPE timestamptz;", "SELECT 1;");
    project.migration(2, "due", "ALTER TABLE log ALTER due TYPE timestamptz;", "SELECT 1;");
    let hazards = |zone: &str| {
        let name = database.name();
        database.psql(&format!("ALTER DATABASE {name} SET TimeZone TO '{zone}'"));
        let plan = plan(&project);
        [0, 1].map(|index| plan["migrations"][index]["hazards"].to_string())
    };
    let [at, due] = hazards("UTC");
    assert_eq!(at, "[]");
    assert!(due.contains("its indexes are built anew"), "{due}");
    let [at, _] = hazards("Europe/Berlin");
    assert!(at.contains("stored in another way"), "{at}");
}

#[test]
fn rows_that_a_role_may_not_see_count_as_rows() {
    let database = Cluster::shared().database();
    let role = format!("{}_owner", database.name());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role};
         CREATE TABLE hidden (id int); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
         ALTER TABLE hidden FORCE ROW LEVEL SECURITY; ALTER TABLE hidden OWNER TO {role}"
    ));
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let project = Project::new().url(&url);
    project.migration(1, "index", "CREATE INDEX i ON hidden (id);", "DROP INDEX i;");
    let hazards = plan(&project)["migrations"][0]["hazards"].to_string();
    database.psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    assert!(hazards.contains("how many rows hidden has is not known"), "{hazards}");
}
