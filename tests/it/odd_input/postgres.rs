//! What PostgreSQL's own lexer and its clients know.

use super::on_postgres;
use crate::support::Cluster;
use crate::support::snapshot::assert_run_snapshot;

#[test]
fn nested_dollar_quotes_and_blocks_are_one_statement() {
    let (database, project) = on_postgres();
    let script = r"
        CREATE TABLE log (said text);
        DO $outer$
        BEGIN
            EXECUTE $inner$
                CREATE FUNCTION shout(what text) RETURNS text LANGUAGE plpgsql AS $body$
                DECLARE marker text := '$inner; -- no end';
                BEGIN
                    -- a comment; with a semicolon and a ' quote
                    INSERT INTO log VALUES (what || $$;$$ || marker);
                    RETURN upper(what);
                END $body$
            $inner$;
            PERFORM shout('hello');
        END
        $outer$;
        /* a /* nested; */ comment; */
        INSERT INTO log VALUES (E'it\'s; \\'), (U&'\0061;'), ('a;''b');
        CREATE RULE silent AS ON DELETE TO log DO INSTEAD (SELECT 1; SELECT 2);
    ";
    project.migration(1, "odd", script, "DROP FUNCTION shout(text);\nDROP TABLE log;");
    let plan = project.run(&["plan", "--format", "json"]).expect_code(0).json();
    assert_eq!(plan["migrations"][0]["statements"].as_array().unwrap().len(), 4);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(
        database.psql("SELECT string_agg(said, '/' ORDER BY ctid) FROM log"),
        "hello;$inner; -- no end/it's; \\/a;/a;'b"
    );
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(database.psql("SELECT count(*) FROM pg_proc WHERE proname = 'shout'"), "0");
}

#[test]
fn a_function_with_a_body_of_sql_statements_is_one_statement() {
    let (database, project) = on_postgres();
    assert!(Cluster::major() >= 14);
    let script = "
        CREATE TABLE t (n int);
        CREATE FUNCTION add_two(a int) RETURNS bigint
        BEGIN ATOMIC
            INSERT INTO t VALUES (a);
            INSERT INTO t SELECT CASE WHEN a > 1 THEN a ELSE 0 END;
            SELECT count(*) FROM t;
        END;
        CREATE PROCEDURE clear() BEGIN ATOMIC DELETE FROM t; END;
        SELECT add_two(5);
    ";
    project.migration(
        1,
        "atomic",
        script,
        "DROP PROCEDURE clear; DROP FUNCTION add_two; DROP TABLE t;",
    );
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT string_agg(n::text, ',') FROM t"), "5,5");
    project.run(&["rollback", "--force"]).expect_code(0);
}

#[test]
fn a_dump_is_a_migration() {
    let origin = Cluster::shared().database();
    origin.psql(
        "CREATE TABLE parent (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text DEFAULT ';');
         CREATE TABLE child (p int REFERENCES parent); COMMENT ON TABLE child IS 'it''s';
         CREATE VIEW v AS SELECT count(*) FROM child; CREATE TYPE mood AS ENUM ('a', 'b')",
    );
    let (database, project) = on_postgres();
    // What pg_dump writes sets the search_path of the session to nothing.
    project.migration(
        1,
        "dump",
        &origin.dump_with(&["--schema-only", "--no-owner"]),
        "DROP VIEW v; DROP TABLE child, parent; DROP TYPE mood;",
    );
    project.migration(2, "next", "CREATE TABLE next (m mood);", "DROP TABLE next;");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(
        database.psql(
            "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class \
                       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
        ),
        "child,next,parent,refinery_schema_history,v"
    );
    project.run(&["rollback", "--all", "--force"]).expect_code(0);
}

#[test]
fn what_a_script_sets_ends_with_it() {
    let (database, project) = on_postgres();
    let role = format!("{}_owner", database.name());
    database.psql(&format!("CREATE ROLE {role}; CREATE SCHEMA other AUTHORIZATION {role}"));
    project.migration(
        1,
        "as_another",
        &format!(
            "SET ROLE {role}; SET search_path = other; SET statement_timeout = '1h';\n\
                  CREATE TABLE mine (id int); CREATE TEMP TABLE scratch (id int);"
        ),
        "DROP TABLE other.mine;",
    );
    project.migration(
        2,
        "as_ourselves",
        "CREATE TABLE ours AS SELECT current_user AS who, current_setting('statement_timeout') AS t;\n\
         CREATE TEMP TABLE scratch (id int);",
        "DROP TABLE ours;",
    );
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT who, t FROM public.ours"), "postgres|0");
    let owners = "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'other'";
    assert_eq!(database.psql(owners), format!("mine|{role}"));
    assert_eq!(database.psql("SELECT count(*) FROM refinery_schema_history"), "2");
    project.run(&["rollback", "--all", "--force"]).expect_code(0);
    database.psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_constraint_that_fails_at_the_commit_takes_the_record_with_it() {
    let (database, project) = on_postgres();
    project.migration(
        1,
        "deferred",
        "CREATE TABLE p (id int PRIMARY KEY);\n\
         CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\n\
         INSERT INTO c VALUES (1);",
        "DROP TABLE c, p;",
    );
    let before = database.dump_with(&["--schema-only", "--exclude-schema=turnback"]);
    let run = project.run(&["migrate", "--format", "json"]).expect_code(1);
    let error = &run.json()["error"];
    assert_eq!(error["sqlstate"], "23503", "{run}");
    assert!(
        error["notes"][0].as_str().unwrap().contains("nothing of V1__deferred stands"),
        "{run}"
    );
    assert_eq!(database.psql("SELECT to_regclass('p')"), "");
    let status = project.run(&["status", "--format", "json"]).expect_code(0);
    assert_eq!(status.json()["migrations"][0]["state"], "failed");
    // Mended, it goes through, and the way back leaves nothing.
    project
        .write("migrations/V1__deferred.sql", "CREATE TABLE p (id int); CREATE TABLE c (id int);");
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(database.dump_with(&["--schema-only", "--exclude-schema=turnback"]), before);
}

#[test]
fn commands_of_psql_are_named_and_refused() {
    let (_database, project) = on_postgres();
    project.migration(1, "psql", "CREATE TABLE a (b int);\n\\copy a from 'x'\n", "DROP TABLE a;");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `\copy` is a psql command, not SQL
      --> migrations/V1__psql.sql:2:1
       2 | \copy a from 'x'
         | ^
      next: remove it: scripts are sent to the server, which knows only SQL
    ");
    project.migration(
        1,
        "psql",
        "CREATE TABLE a (b int);\nCOPY a FROM stdin;\n1\n2\n\\.\n",
        "DROP TABLE a;",
    );
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: COPY FROM STDIN needs a client that feeds or reads the data; a script has none
      --> migrations/V1__psql.sql:2:1
       2 | COPY a FROM stdin;
         | ^
      next: write the rows as INSERT, or use COPY with a file or program on the server
    ");
    project.migration(1, "psql", "CREATE TABLE a (b int);\nCOPY a FROM stdin;\n", "DROP TABLE a;");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: COPY FROM STDIN needs a client that feeds or reads the data; a script has none
      --> migrations/V1__psql.sql:2:1
       2 | COPY a FROM stdin;
         | ^
      next: write the rows as INSERT, or use COPY with a file or program on the server
    ");
}
