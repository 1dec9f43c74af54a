use super::{postgres, sqlite, texts};
use crate::model::Engine;
use crate::sql::{
    Before, CATALOGUE, Doubt, Example, Faults, Ground, Hazard, HazardLevel, HazardRule,
    ParsedScript, hazards_on, review, suspicions,
};

fn hazards(engine: Engine, text: &str, script: &ParsedScript) -> Vec<Hazard> {
    hazards_on(engine, text, script, &Ground::default())
}

fn found(text: &str) -> Vec<(String, usize, bool)> {
    hazards(Engine::Postgres, text, &postgres(text))
        .into_iter()
        .map(|hazard| (hazard.id().to_owned(), hazard.statement, hazard.accepted.is_some()))
        .collect()
}

#[test]
fn hazards_belong_to_statements_and_can_be_accepted() {
    let text = "select 1;\n\
                -- turnback:allow ban-drop-column -- copied last month\n\
                alter table t drop column a;\n\
                alter table t drop column b;\n\
                alter table t alter column c type bigint;";
    assert_eq!(
        found(text),
        [
            ("ban-drop-column".to_owned(), 1, true),
            ("ban-drop-column".to_owned(), 2, false),
            ("changing-column-type".to_owned(), 3, false),
        ]
    );
    let first = &hazards(Engine::Postgres, text, &postgres(text))[0];
    assert_eq!(first.accepted.as_deref(), Some("copied last month"));
    assert_eq!(first.at.line, 3);
}

#[test]
fn new_tables_and_style_are_no_hazards() {
    assert!(found("create table t (id int, c varchar(3)); create index i on t (id);").is_empty());
    assert_eq!(found("create index i on t (id);")[0].0, "require-concurrent-index-creation");
}

#[test]
fn comments_for_squawk_accept_nothing() {
    let text =
        "-- squawk-ignore ban-drop-table\ndrop table /* squawk-ignore */ é;\n/* x */ drop table t;";
    let found = found(text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(id, _, accepted)| id == "ban-drop-table" && !accepted));
}

#[test]
fn an_unread_statement_is_a_hazard() {
    let text = "-- turnback:allow unparsed -- a newer server\nfrobnicate t;\ndrop table t;";
    assert_eq!(
        found(text),
        [("unparsed".to_owned(), 0, true), ("ban-drop-table".to_owned(), 1, false)]
    );
}

#[test]
fn those_of_sqlite_can_be_accepted_as_well() {
    let text = "create table a (x string);\n\
                -- turnback:allow sqlite-type-affinity -- only ever letters\n\
                create table b (x string);";
    let found = hazards(Engine::Sqlite, text, &sqlite(text));
    let shown: Vec<_> = found.iter().map(|it| (it.at.line, it.accepted.is_some())).collect();
    assert_eq!(shown, [(1, false), (3, true)]);
}

#[test]
fn a_review_collects_what_is_wrong_and_reads_on() {
    let text = "-- turnback:allow ban-drop-tabel -- old\n\
                drop table a;\n\
                selec 1;\n\
                -- turnback:allow ban-drop-table\n\
                drop table b;\n\
                -- turnback:backup x\n\
                drop table c; drop table 'x";
    let review = review(Engine::Postgres, "V1__a.sql", text, Faults::Collect);
    let read = texts(text, &review.script);
    assert_eq!(read, ["drop table a", "drop table b", "drop table c"]);
    let faults: Vec<String> = review.faults.iter().map(super::shown).collect();
    assert_eq!(
        faults,
        [
            "1:19 unknown hazard `ban-drop-tabel`",
            "3:1 syntax error: expected command, found IDENT",
            "4:33 expected `-- <reason>`",
            "6:13 directive `backup` stands behind the first statement",
            "7:26 syntax error: this string has no end",
        ]
    );
}

/// The ids of what weighs at least a warning in a script and is not accepted in it.
fn grave(text: &str) -> Vec<&'static str> {
    let found = hazards(Engine::Postgres, text, &postgres(text)).into_iter();
    let grave = found.filter(|it| it.rule.level >= HazardLevel::Warning && it.accepted.is_none());
    grave.map(|it| it.rule.id).collect()
}

fn examples() -> impl Iterator<Item = (&'static HazardRule, Example)> {
    let own = CATALOGUE.into_iter().filter(|rule| rule.engine != Some(Engine::Sqlite));
    own.filter_map(|rule| Some((rule, rule.example?)))
}

#[test]
fn every_hazard_is_found_in_its_bad_form() {
    for (rule, example) in examples() {
        let found = suspicions(
            Engine::Postgres,
            example.bad,
            &postgres(example.bad),
            &mut Before::default(),
        );
        assert!(found.iter().any(|it| it.rule == rule), "{}: {found:?}", rule.id);
    }
}

#[test]
fn no_safe_form_has_a_hazard() {
    for (rule, example) in examples() {
        for safe in example.safe {
            assert!(grave(safe).is_empty(), "{}: {:?} in\n{safe}", rule.id, grave(safe));
        }
    }
}

#[test]
fn some_suspicions_are_for_a_database_alone() {
    for (text, id) in [
        ("CREATE INDEX CONCURRENTLY i ON t (a)", "concurrent-index-on-partitioned-table"),
        ("ALTER TABLE t ADD PRIMARY KEY USING INDEX i", "primary-key-of-nullable-columns"),
        ("ALTER TABLE t DROP CONSTRAINT c", "dropping-foreign-key"),
    ] {
        let text = format!("-- turnback:transaction off\n{text}");
        assert!(ids(&text).is_empty(), "{text}");
        let found = suspicions(Engine::Postgres, &text, &postgres(&text), &mut Before::default());
        assert_eq!(found.iter().map(|it| it.rule.id).collect::<Vec<_>>(), [id]);
    }
}

#[test]
fn the_catalogue_is_in_order_and_each_has_a_file() {
    assert!(CATALOGUE.is_sorted_by(|one, next| one.id < next.id));
    let listed = |directory: &str| {
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
        let files = std::fs::read_dir(directory).expect("the sources are there");
        let name = |file: std::io::Result<std::fs::DirEntry>| file.unwrap().file_name();
        files.map(move |file| name(file).to_string_lossy().into_owned()).collect::<Vec<String>>()
    };
    let rules = listed("src/sql/hazards/rules").into_iter();
    let mut files: Vec<String> =
        rules.filter(|name| name != "mod.rs" && name != "prelude.rs").collect();
    files.sort();
    let file = |rule: &HazardRule| rule.id.replace('-', "_") + ".rs";
    let is_sqlite = |rule: &&HazardRule| rule.engine == Some(Engine::Sqlite);
    let others = CATALOGUE.into_iter().filter(|rule| !is_sqlite(rule));
    let mut expected: Vec<String> = others.map(file).collect();
    expected.sort();
    let known = listed("src/sql/sqlite/hazards");
    for rule in CATALOGUE.into_iter().filter(is_sqlite) {
        let file = file(rule).replace("sqlite_", "");
        assert!(known.contains(&file), "{file}");
    }
    assert_eq!(files, expected);
}

#[test]
fn texts_are_sentences() {
    for rule in CATALOGUE {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(rule.id.chars().all(is_word), "{}", rule.id);
        let first = rule.title.chars().next();
        assert!(first.is_some_and(char::is_lowercase) && !rule.title.ends_with('.'), "{}", rule.id);
        assert!(!rule.trigger.ends_with('.'), "{}", rule.id);
        for text in [Some(rule.why), Some(rule.instead), rule.acquittal].into_iter().flatten() {
            assert!(text.ends_with('.'), "{}: {text}", rule.id);
        }
    }
}

/// What a statement is found to have, by its ids alone.
fn ids(text: &str) -> Vec<String> {
    found(text).into_iter().map(|(id, ..)| id).collect()
}

#[test]
fn a_default_is_computed_for_each_row_only_where_it_calls_what_may_be_volatile() {
    for default in [
        "0",
        "-1",
        "(1)",
        "NULL",
        "now()",
        "CURRENT_DATE",
        "'{}'::jsonb",
        "lower('A')",
        "true",
        "now() + interval '1 day'",
        "ARRAY[]::text[]",
        "COALESCE(current_setting('a.b', true), 'x')",
        "pg_catalog.now()",
        "1::numeric(10, 2)",
    ] {
        let text = format!("ALTER TABLE t ADD COLUMN c text DEFAULT {default}");
        assert!(ids(&text).is_empty(), "{text}");
    }
    for default in ["random()", "app.lower('A')", "lower(gen_random_uuid()::text)", "ARRAY[f()]"] {
        let text = format!("ALTER TABLE t ADD COLUMN c text DEFAULT {default}");
        assert_eq!(ids(&text), ["adding-field-with-default"], "{text}");
    }
    let text = "ALTER TABLE t ADD COLUMN c uuid DEFAULT app.uuid(3)";
    let doubt = hazards(Engine::Postgres, text, &postgres(text)).remove(0).doubt;
    let Doubt::Default { functions, .. } = doubt else { panic!("{doubt:?}") };
    assert_eq!(functions[0].to_string(), "app.uuid");
}

#[test]
fn a_column_that_is_computed_when_read_costs_nothing() {
    let stored = "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (a + 1) STORED";
    assert_eq!(ids(stored), ["adding-field-with-default"]);
    assert!(ids(&stored.replace("STORED", "VIRTUAL")).is_empty());
}

#[test]
fn a_new_column_refers_to_nothing_until_it_has_values() {
    assert!(ids("ALTER TABLE t ADD COLUMN a int REFERENCES u (id)").is_empty());
    assert_eq!(
        ids("ALTER TABLE t ADD COLUMN a int DEFAULT 1 REFERENCES u (id)"),
        ["adding-foreign-key-constraint"]
    );
}

#[test]
fn not_null_is_proven_by_a_constraint_on_that_column_alone() {
    let by = |constraint: &str| {
        format!(
            "ALTER TABLE t VALIDATE CONSTRAINT {constraint};\n\
             ALTER TABLE t ALTER COLUMN email SET NOT NULL"
        )
    };
    assert!(ids(&by("t_email_not_null")).is_empty());
    assert_eq!(ids(&by("t_name_not_null")), ["adding-not-nullable-field"]);
    let other = by("t_email_not_null").replace("TABLE t VALIDATE", "TABLE u VALIDATE");
    assert_eq!(ids(&other), ["adding-not-nullable-field"]);
}

#[test]
fn what_the_script_makes_itself_is_in_nobodys_way() {
    let table = "CREATE TABLE t (a int);\n";
    for statement in [
        "ALTER TABLE t ADD COLUMN b int UNIQUE",
        "ALTER TABLE t ADD COLUMN b bigserial PRIMARY KEY",
        "ALTER TABLE t ADD COLUMN b int DEFAULT random() REFERENCES u (id)",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE t ADD CHECK (a > 0)",
        "CREATE INDEX ON t (a)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "UPDATE t SET a = 1",
        "TRUNCATE t",
    ] {
        assert!(ids(&format!("{table}{statement}")).is_empty(), "{statement}");
        // It may have been there, rows and all.
        let perhaps = format!("{}{statement}", table.replace("TABLE t", "TABLE IF NOT EXISTS t"));
        assert!(!ids(&perhaps).is_empty(), "{statement}");
    }
    let domain = "CREATE DOMAIN d AS int;\n";
    assert!(ids(&format!("{domain}ALTER DOMAIN d ADD CHECK (VALUE > 0)")).is_empty());
    assert!(ids(&format!("{domain}ALTER TABLE t ADD COLUMN a d")).is_empty());
    let constrained = domain.replace("int", "int CHECK (VALUE > 0)");
    assert_eq!(
        ids(&format!("{constrained}ALTER TABLE t ADD COLUMN a d")),
        ["adding-domain-column"]
    );
}

#[test]
fn a_lock_lasts_to_the_end_of_its_transaction() {
    let add = "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\n";
    let validate = "ALTER TABLE t VALIDATE CONSTRAINT c";
    let off = "-- turnback:transaction off\n";
    assert_eq!(ids(&format!("{add}{validate}")), ["validating-under-lock"]);
    assert!(ids(&format!("{off}{add}{validate}")).is_empty());
    assert!(ids(&format!("ALTER TABLE u ADD COLUMN a int;\n{validate}")).is_empty());
    assert!(ids(&format!("{validate};\nALTER TABLE t ADD COLUMN b int")).is_empty());
    let at_once = "ALTER TABLE t ADD COLUMN b int, VALIDATE CONSTRAINT c";
    assert_eq!(ids(at_once), ["validating-under-lock"]);
}

#[test]
fn a_value_of_an_enum_is_for_the_next_transaction() {
    let add = "ALTER TYPE mood ADD VALUE 'sad';\n";
    let update = "-- turnback:allow change-in-one-piece -- a test\nUPDATE t SET mood = 'sad'";
    let used = |text: &str| ids(text).contains(&"enum-value-used-at-once".to_owned());
    assert!(used(&format!("{add}{update}")));
    assert!(!used(&format!("-- turnback:transaction off\n{add}{update}")));
    assert!(!used(&format!("CREATE TYPE mood AS ENUM ('glad');\n{add}{update}")));
    assert!(!used(&format!("{add}ALTER TYPE mood ADD VALUE 'sad' BEFORE 'glad'")));
}

#[test]
fn functions_of_the_server_are_no_secret() {
    for text in [
        "SELECT set_config('a.b', '1', false)",
        "SELECT setval('s', max(id)) FROM t",
        "SELECT pg_catalog.anything(1)",
        "SELECT 1 WHERE EXISTS (SELECT FROM t)",
    ] {
        assert!(ids(text).is_empty(), "{text}");
    }
    for text in
        ["SELECT app.now()", "SELECT upgrade_all(1)", "CALL upgrade()", "DO $$ BEGIN END $$"]
    {
        assert_eq!(ids(text), ["opaque-statement"], "{text}");
    }
}

#[test]
fn what_goes_with_a_cascade_is_not_named() {
    for text in [
        "DROP TABLE t CASCADE",
        "ALTER TABLE t DROP COLUMN a CASCADE",
        "ALTER TABLE t DROP CONSTRAINT c CASCADE",
        "DROP FUNCTION f(int) CASCADE",
        "DROP SCHEMA s CASCADE",
        "DROP TYPE mood CASCADE",
        "DROP EXTENSION e CASCADE",
    ] {
        assert!(ids(text).contains(&"ban-drop-cascade".to_owned()), "{text}: {:?}", ids(text));
        let plain = text.replace(" CASCADE", "");
        assert!(!ids(&plain).contains(&"ban-drop-cascade".to_owned()), "{plain}");
    }
}

#[test]
fn tables_move_to_other_tablespaces_in_many_words() {
    for text in [
        "ALTER TABLE t SET TABLESPACE fast",
        "ALTER TABLE ALL IN TABLESPACE slow SET TABLESPACE fast",
        "ALTER INDEX i SET TABLESPACE fast",
        "ALTER MATERIALIZED VIEW v SET TABLESPACE fast",
    ] {
        assert_eq!(ids(text), ["changing-tablespace"], "{text}");
    }
    assert_eq!(
        ids("ALTER TABLE t ALTER COLUMN c SET EXPRESSION AS (a + 1)"),
        ["changing-generated-expression"]
    );
    let drop = "-- turnback:transaction off\nDROP DATABASE d";
    assert_eq!(ids(drop), ["ban-drop-database"]);
}
