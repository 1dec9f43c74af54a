use serde_json::Value;
use turnback::catalog::read_snapshot;

use super::SCHEMA;
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Either, Project, SqliteFile};

#[test]
fn a_sqlite_schema_reads_like_the_script_that_made_it() {
    let file = SqliteFile::with(SCHEMA);
    file.execute(
        "PRAGMA user_version = 3;
         CREATE TABLE logs (at TEXT, note TEXT COLLATE NOCASE, PRIMARY KEY (at)) STRICT, WITHOUT ROWID;
         CREATE VIRTUAL TABLE search USING fts5 (title, tokenize = 'porter');
         CREATE TRIGGER no_deletes BEFORE DELETE ON users WHEN old.id = 1
         BEGIN SELECT raise(ABORT, 'not that one'); END",
    );
    assert_run_snapshot!(Project::new().run(&["-D", &file.url(), "snapshot"]), @"
    exit code: 0
    ----- stdout -----
    -- SQLite [version]

    -- database main
    -- user version: 3

    CREATE TABLE logs (
        at TEXT NOT NULL,
        note TEXT COLLATE NOCASE,
        PRIMARY KEY (at)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE posts (
        id INTEGER,
        user_id INTEGER,
        PRIMARY KEY (id),
        CONSTRAINT author FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
    );

    CREATE VIRTUAL TABLE search USING fts5 (title, tokenize = 'porter');

    CREATE TABLE users (
        id INTEGER,
        name TEXT DEFAULT 'nobody' NOT NULL,
        age INTEGER,
        PRIMARY KEY (id),
        CONSTRAINT adult CHECK (age >= 18)
    );
    CREATE UNIQUE INDEX users_by_name ON users (name);
    CREATE TRIGGER no_deletes BEFORE DELETE ON users
    WHEN old.id = 1
    BEGIN
      SELECT RAISE (ABORT, 'not that one');
    END;

    CREATE VIEW adults AS
    SELECT id, name
    FROM users
    WHERE age >= 18;
    ----- stderr -----
    ");
}

#[test]
fn a_postgresql_schema_reads_like_the_script_that_made_it() {
    let database = Cluster::shared().database();
    database.psql(SCHEMA);
    database.psql(
        "DROP VIEW adults; CREATE VIEW one AS SELECT 1 AS number;
         CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad', 'happy');
         CREATE FUNCTION app.double(n integer) RETURNS integer LANGUAGE sql IMMUTABLE
             SET search_path = '' AS 'SELECT 2 * n';
         COMMENT ON COLUMN users.age IS 'in years';
         ALTER TABLE users ENABLE ROW LEVEL SECURITY;
         CREATE POLICY own ON users FOR SELECT USING (name = current_user);
         GRANT SELECT ON posts TO PUBLIC",
    );
    let run = Project::for_database(&database).run(&["snapshot"]);
    assert_run_snapshot!(run, @r#"
    exit code: 0
    ----- stdout -----
    -- PostgreSQL [version]

    CREATE EXTENSION plpgsql SCHEMA pg_catalog;
    -- comment: PL/pgSQL procedural language
    -- owner: postgres
    -- version: 1.0

    CREATE SCHEMA app;
    -- owner: postgres

    CREATE TYPE app.mood AS ENUM ('sad', 'happy');
    -- owner: postgres

    CREATE FUNCTION app.double(n integer)
        RETURNS integer
        LANGUAGE sql IMMUTABLE
        SET search_path=""
    AS $$SELECT 2 * n$$;
    -- owner: postgres

    CREATE SCHEMA public;

    CREATE TABLE public.posts (
        id integer NOT NULL,
        user_id integer,
        CONSTRAINT author FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE,
        CONSTRAINT posts_pkey PRIMARY KEY (id)
    );
    -- grants: PUBLIC: SELECT
    -- owner: postgres

    CREATE TABLE public.users (
        id integer NOT NULL,
        name text DEFAULT 'nobody'::text NOT NULL,
        age integer,
        -- comment: in years
        CONSTRAINT adult CHECK ((age >= 18)),
        CONSTRAINT users_pkey PRIMARY KEY (id)
    );
    -- owner: postgres
    -- row level security: enabled
    CREATE UNIQUE INDEX users_by_name ON public.users USING btree (name);
    CREATE POLICY own ON public.users FOR SELECT
        USING ((name = CURRENT_USER));

    CREATE VIEW public.one AS
    SELECT 1 AS number;
    -- owner: postgres
    -- column number integer
    ----- stderr -----
    "#);
}

#[test]
fn a_snapshot_on_stdout_is_what_the_file_holds() {
    for database in Either::both() {
        database.query(SCHEMA);
        let project = database.project();
        let piped = project.run(&["snapshot", "--format", "json"]).expect_code(0);
        project.run(&["snapshot", "-o", "schema.json"]).expect_code(0);
        assert_eq!(piped.stdout, project.read("schema.json"));
        let catalog = read_snapshot(&piped.stdout).unwrap();
        let names: Vec<String> = catalog.objects.keys().map(ToString::to_string).collect();
        assert!(names.iter().any(|name| name.ends_with("users.adult")), "{names:?}");

        let piped = project.run(&["snapshot"]).expect_code(0);
        project.run(&["snapshot", "-o", "schema.sql"]).expect_code(0);
        assert_eq!(piped.stdout, project.read("schema.sql"));
        assert!(piped.stdout.ends_with('\n') && !piped.stdout.contains(" \n"));
        // The same with words.
        project.run(&["snapshot", "--form", "json", "-o", "schema"]).expect_code(0);
        assert_eq!(project.read("schema"), project.read("schema.json"));
        let form = project.run(&["snapshot", "--form", "json"]).expect_code(0);
        assert_eq!(form.stdout, project.read("schema.json"));
    }
}

#[test]
fn writing_a_file_is_told_in_the_document() {
    let file = SqliteFile::with(SCHEMA);
    let project = Project::new().url(&file.url());
    let run = project.run(&["--format", "json", "snapshot", "-o", "s.json"]).expect_code(0);
    let written: Value = serde_json::from_str(&project.read("s.json")).unwrap();
    let document = run.json();
    assert_eq!((&document["command"], &document["file"]), (&"snapshot".into(), &"s.json".into()));
    assert_eq!(document["digest"], written["digest"]);
    assert_eq!(document["objects"], written["objects"].as_array().unwrap().len());
}

#[test]
fn a_file_is_replaced_whole_or_not_at_all() {
    let file = SqliteFile::with(SCHEMA);
    let project = Project::new().url(&file.url());
    project.write("kept/schema.json", "an older one, much longer than nothing at all");
    std::os::unix::fs::symlink("kept/schema.json", project.path().join("link.json")).unwrap();
    project.run(&["snapshot", "-o", "link.json"]).expect_code(0);
    assert!(project.read("kept/schema.json").starts_with("{\n  \"format\": 1,\n"));
    assert!(project.path().join("link.json").is_symlink());
    let names = |directory: &str| {
        let entries = std::fs::read_dir(project.path().join(directory)).unwrap();
        let mut names: Vec<String> =
            entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("kept"), ["schema.json"]);
    for nowhere in ["nowhere/schema.json", "kept"] {
        let run = project.run(&["snapshot", "--form", "json", "-o", nowhere]).expect_code(1);
        assert!(run.stderr.contains(&format!("cannot write {nowhere}")), "{run}");
    }
    assert_eq!(names("."), ["kept", "link.json"]);
    // A pipe is written to: nothing could be put in its place.
    let pipe = project.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .unwrap();
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    project.run(&["snapshot", "--form", "sql", "-o", "pipe"]).expect_code(0);
    assert!(reader.join().unwrap().starts_with("-- SQLite 3\n"));
    let entries = std::fs::read_dir(project.path()).unwrap().count();
    assert_eq!(entries, 3, "the pipe is still there, and nothing else came");
}

#[test]
fn only_the_schemas_asked_for_are_exported() {
    let database = Cluster::shared().database();
    database.psql("CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.x (); CREATE TABLE b.y ()");
    let project = Project::for_database(&database);
    let exported = |args: &[&str]| {
        let mut all = vec!["snapshot", "--format", "json"];
        all.extend(args);
        let run = project.run(&all).expect_code(0);
        let catalog = read_snapshot(&run.stdout).unwrap();
        let keys = catalog.objects.keys().map(ToString::to_string);
        keys.filter(|key| key.starts_with("table") || key.starts_with("schema")).collect::<Vec<_>>()
    };
    let all = ["schema a", "schema b", "schema public", "table a.x", "table b.y"];
    assert_eq!(exported(&[]), all);
    assert_eq!(exported(&["--schema", "a"]), ["schema a", "table a.x"]);
    assert_eq!(exported(&["--schemas", "b"]), ["schema b", "table b.y"]);
    assert_eq!(exported(&["--schema", "a", "--schemas", "a,b"]), [all[0], all[1], all[3], all[4]]);
}
