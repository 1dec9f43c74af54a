//! What the sets' functions are made of.

use std::fs;
use std::path::Path;

use super::{Ground, grounds};
use crate::support::Cluster;

/// All that the checker has to say about the functions of the schema, trigger functions on the
/// tables whose triggers call them; and how many it read.
const FINDINGS: &str = "
    SELECT p.oid::regprocedure, c.lineno, c.level, c.message, c.detail, c.hint
      FROM pg_proc AS p
      JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
      LEFT JOIN pg_trigger AS t ON t.tgfoid = p.oid
     CROSS JOIN LATERAL plpgsql_check.plpgsql_check_function_tb(
               p.oid, coalesce(t.tgrelid, 0), fatal_errors => false, all_warnings => true) AS c
     WHERE p.pronamespace = 'app'::regnamespace";

fn with_checker(ground: &Ground) {
    let available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'plpgsql_check'";
    assert_eq!(
        ground.psql(available),
        "1",
        "plpgsql_check is not installed for the server under test, PostgreSQL {0}. Run \
         `scripts/test`, which installs it on Debian and Ubuntu, or install it:\n    \
         apt-get install postgresql-{0}-plpgsql-check",
        Cluster::major()
    );
    ground.psql("CREATE SCHEMA plpgsql_check; CREATE EXTENSION plpgsql_check SCHEMA plpgsql_check");
}

/// The versions of a set whose scripts in that directory make functions, lowest first.
fn versions_with_functions(directory: &str, set: &str) -> Vec<i64> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory).join(set);
    let mut versions = Vec::new();
    for entry in fs::read_dir(&directory).expect("each set has it") {
        let path = entry.expect("it can be listed").path();
        let name = path.file_name().expect("it has one").to_string_lossy().into_owned();
        let version = name.strip_prefix('V').and_then(|it| it.split_once("__")?.0.parse().ok());
        if let Some(version) = version
            && fs::read_to_string(&path).expect("it is text").contains("CREATE FUNCTION")
        {
            versions.push(version);
        }
    }
    versions.sort_unstable();
    versions
}

/// Functions that live from one version to another only are read too, on the way up and down.
#[test]
fn the_checker_finds_nothing_in_any_function() {
    for ground in grounds() {
        let ground = Ground::new(ground);
        with_checker(&ground);
        let mut read = 0;
        let mut check = |when: &str| {
            assert_eq!(ground.psql(FINDINGS), "", "{} {when}", ground.set);
            let count = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'app'::regnamespace";
            read += ground.psql(count).parse::<u32>().expect("it is a count");
        };
        for version in versions_with_functions("migrations", ground.set) {
            ground.turnback(&["migrate", "--to", &version.to_string()]);
            check(&format!("after V{version}"));
        }
        for version in versions_with_functions("rollbacks", ground.set).into_iter().rev() {
            ground.turnback(&["rollback", "--to", &(version - 1).to_string(), "--force"]);
            check(&format!("after the way back of V{version}"));
        }
        assert!(read > 3, "{}: {read}", ground.set);
    }
}

#[test]
fn the_checker_sees_what_it_looks_for() {
    let ground = Ground::new(grounds().next().expect("there are sets"));
    with_checker(&ground);
    ground.psql(
        "CREATE TABLE t (a int);
         CREATE FUNCTION plain() RETURNS int LANGUAGE plpgsql AS
             'DECLARE unused int; BEGIN RETURN (SELECT b FROM t); END';
         CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN NEW.b := 1; RETURN NEW; END';
         CREATE TRIGGER fires BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fires()",
    );
    let findings = ground.psql(FINDINGS);
    for finding in ["column \"b\" does not exist", "record \"new\" has no field \"b\"", "unused"] {
        assert!(findings.contains(finding), "{findings}");
    }
}

#[test]
fn names_in_functions_and_who_runs_them_are_not_the_callers_to_choose() {
    for ground in grounds() {
        let ground = Ground::installed(ground);
        let all = "SELECT count(*) > 3 FROM pg_proc WHERE pronamespace = 'app'::regnamespace";
        assert_eq!(ground.psql(all), "t", "{}", ground.set);
        let loose = "
            SELECT p.oid::regprocedure, p.proconfig, p.prosecdef, obj_description(p.oid, 'pg_proc')
              FROM pg_proc AS p
             WHERE p.pronamespace = 'app'::regnamespace
               AND (NOT 'search_path=app, pg_temp' = ANY (coalesce(p.proconfig, '{}'))
                    OR p.prosecdef
                    OR obj_description(p.oid, 'pg_proc') IS NULL)";
        assert_eq!(ground.psql(loose), "", "{}", ground.set);
    }
}
