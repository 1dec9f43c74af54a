//! Rollbacks that are wrong, one thing each: none of them commits, and what is wrong is named.

use super::{Wrong, check, each, empty, events};
use crate::support::Either;
use crate::support::snapshot::assert_run_snapshot;

/// What stands before.
const GROUND: &str = "
CREATE SEQUENCE numbers;
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE users (
    id int PRIMARY KEY,
    name text NOT NULL DEFAULT 'nobody' CHECK (name <> ''),
    born date,
    mood mood
);
COMMENT ON COLUMN users.name IS 'as they call themselves';
CREATE INDEX users_born ON users (born) WHERE born IS NOT NULL;
CREATE VIEW adults WITH (security_barrier) AS SELECT id FROM users WHERE born < '2000-01-01';
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = ''
    AS 'BEGIN NEW.born = now(); RETURN NEW; END';
CREATE TRIGGER stamp BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION stamp();
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON users FOR SELECT USING (name = current_user);
GRANT SELECT ON users TO proven_reader;
CREATE TABLE others (id int);
";

const WRONG: &[Wrong] = &[
    Wrong {
        fault: "forgotten index",
        up: "ALTER TABLE users ADD extra int; CREATE INDEX users_name ON users (name);",
        down: "ALTER TABLE users DROP extra;",
        mended: "ALTER TABLE users DROP extra; DROP INDEX users_name;",
        expected: &["unexpected index public.users.users_name"],
    },
    Wrong {
        fault: "index without its predicate",
        up: "DROP INDEX users_born;",
        down: "CREATE INDEX users_born ON users (born);",
        mended: "CREATE INDEX users_born ON users (born) WHERE born IS NOT NULL;",
        expected: &["altered index public.users.users_born"],
    },
    Wrong {
        fault: "forgotten default",
        up: "ALTER TABLE users ALTER name DROP DEFAULT;",
        down: "-- nothing",
        mended: "ALTER TABLE users ALTER name SET DEFAULT 'nobody';",
        expected: &["altered column public.users.name"],
    },
    Wrong {
        fault: "wrong type",
        up: "ALTER TABLE others ALTER id TYPE numeric;",
        down: "ALTER TABLE others ALTER id TYPE bigint;",
        mended: "ALTER TABLE others ALTER id TYPE int;",
        expected: &["altered column public.others.id"],
    },
    Wrong {
        fault: "forgotten NOT NULL",
        up: "ALTER TABLE users ALTER name DROP NOT NULL, ALTER name SET DEFAULT '';",
        down: "ALTER TABLE users ALTER name SET DEFAULT 'nobody';",
        mended: "ALTER TABLE users ALTER name SET DEFAULT 'nobody', ALTER name SET NOT NULL;",
        expected: &["altered column public.users.name"],
    },
    Wrong {
        fault: "forgotten comment",
        up: "COMMENT ON COLUMN users.name IS NULL;",
        down: "COMMENT ON COLUMN users.name IS '';",
        mended: "COMMENT ON COLUMN users.name IS 'as they call themselves';",
        expected: &["altered column public.users.name"],
    },
    Wrong {
        fault: "forgotten grant",
        up: "REVOKE SELECT ON users FROM proven_reader;",
        down: "GRANT SELECT (id) ON users TO proven_reader;",
        mended: "GRANT SELECT ON users TO proven_reader;",
        expected: &["altered table public.users", "altered column public.users.id"],
    },
    Wrong {
        fault: "dropped too much",
        up: "CREATE TABLE own (id int);",
        down: "DROP TABLE own; DROP TABLE others;",
        mended: "DROP TABLE own;",
        expected: &["missing table public.others", "missing column public.others.id"],
    },
    Wrong {
        fault: "forgotten check constraint",
        up: "ALTER TABLE users DROP CONSTRAINT users_name_check;",
        down: "ALTER TABLE users ADD CONSTRAINT users_name_check CHECK (name <> '') NOT VALID;",
        mended: "ALTER TABLE users ADD CONSTRAINT users_name_check CHECK (name <> '');",
        expected: &["altered constraint public.users.users_name_check"],
    },
    Wrong {
        fault: "trigger left disabled",
        up: "ALTER TABLE users DISABLE TRIGGER stamp;",
        down: "-- nothing",
        mended: "ALTER TABLE users ENABLE TRIGGER stamp;",
        expected: &["altered trigger public.users.stamp"],
    },
    Wrong {
        fault: "forgotten policy",
        up: "DROP POLICY own ON users;",
        down: "CREATE POLICY own ON users USING (name = current_user);",
        mended: "CREATE POLICY own ON users FOR SELECT USING (name = current_user);",
        expected: &["altered policy public.users.own"],
    },
    Wrong {
        fault: "row-level security left off",
        up: "ALTER TABLE users DISABLE ROW LEVEL SECURITY;",
        down: "-- nothing",
        mended: "ALTER TABLE users ENABLE ROW LEVEL SECURITY;",
        expected: &["altered table public.users"],
    },
    Wrong {
        fault: "function body left changed",
        up: "CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql \
             SET search_path = '' AS 'BEGIN RETURN NULL; END';",
        down: "CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql \
               SET search_path = '' AS 'BEGIN RETURN NEW; END';",
        mended: "CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql \
                 SET search_path = '' AS 'BEGIN NEW.born = now(); RETURN NEW; END';",
        expected: &["altered function public.stamp()"],
    },
    Wrong {
        fault: "owner changed",
        up: "ALTER TABLE others OWNER TO proven_reader;",
        down: "-- nothing",
        mended: "ALTER TABLE others OWNER TO postgres;",
        expected: &["altered table public.others"],
    },
    Wrong {
        fault: "label of an enum left",
        up: "ALTER TYPE mood ADD VALUE 'so so';",
        down: "-- a label cannot be removed",
        mended: "ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('sad', 'glad'); \
                 ALTER TABLE users ALTER mood TYPE mood USING mood::text::mood; DROP TYPE old;",
        expected: &["altered type public.mood"],
    },
    Wrong {
        fault: "view without its option",
        up: "CREATE OR REPLACE VIEW adults AS SELECT id FROM users;",
        down: "CREATE OR REPLACE VIEW adults AS SELECT id FROM users WHERE born < '2000-01-01';",
        mended: "CREATE OR REPLACE VIEW adults WITH (security_barrier) AS \
                 SELECT id FROM users WHERE born < '2000-01-01';",
        expected: &["altered view public.adults"],
    },
    Wrong {
        fault: "sequence left with another step",
        up: "ALTER SEQUENCE numbers INCREMENT 10;",
        down: "ALTER SEQUENCE numbers INCREMENT 2;",
        mended: "ALTER SEQUENCE numbers INCREMENT 1;",
        expected: &["altered sequence public.numbers"],
    },
    Wrong {
        fault: "schema left",
        up: "CREATE SCHEMA proven_extra; CREATE TABLE proven_extra.t (a int);",
        down: "DROP TABLE proven_extra.t;",
        mended: "DROP SCHEMA proven_extra CASCADE;",
        expected: &["unexpected schema proven_extra"],
    },
    Wrong {
        fault: "empty schema left",
        up: "CREATE SCHEMA proven_extra;",
        down: "-- nothing",
        mended: "DROP SCHEMA proven_extra;",
        expected: &["unexpected schema proven_extra"],
    },
    Wrong {
        fault: "forgotten default privileges",
        up: "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO proven_reader;",
        down: "-- nothing",
        mended: "ALTER DEFAULT PRIVILEGES IN SCHEMA public \
                 REVOKE SELECT ON TABLES FROM proven_reader;",
        expected: &["unexpected default_privileges public.tables for role postgres"],
    },
    Wrong {
        fault: "foreign key too many",
        up: "ALTER TABLE others ADD extra int;",
        down: "ALTER TABLE others DROP extra; \
               ALTER TABLE others ADD CONSTRAINT known FOREIGN KEY (id) REFERENCES users;",
        mended: "ALTER TABLE others DROP extra;",
        expected: &["unexpected constraint public.others.known"],
    },
];

#[test]
fn none_commits_and_what_is_wrong_is_named() {
    for wrong in WRONG {
        check(&Either::Postgres(empty()), GROUND, wrong);
    }
}

#[test]
fn what_is_wrong_is_shown_with_both_definitions() {
    let database = Either::Postgres(empty());
    let project = database.project();
    project.migration(1, "ground", GROUND, "-- stays");
    let [index, default] = [&WRONG[0], &WRONG[2]];
    let text = |parts: [&str; 2]| parts.join("\n");
    project.migration(2, "both", &text([index.up, default.up]), &text([index.down, default.down]));
    project.run(&["migrate"]).expect_code(0);
    assert_run_snapshot!(project.run(&["rollback", "--force"]).expect_code(4));
}

/// A rollback of several: those before the wrong one stand.
#[test]
fn what_was_rolled_back_before_stands() {
    let database = Either::Postgres(empty());
    let project = database.project();
    project.migration(1, "first", "CREATE TABLE first (a int);", "DROP TABLE first;");
    project.migration(2, "second", "CREATE TABLE second (a int);", "-- nothing");
    project.migration(3, "third", "CREATE TABLE third (a int);", "DROP TABLE third;");
    project.run(&["migrate"]).expect_code(0);
    let run = project.run(&["rollback", "--all", "--force"]).expect_code(4);
    assert!(run.stderr.contains("rolled back before it: V3__third"), "{run}");
    let standing = "SELECT to_regclass('first'), to_regclass('second'), to_regclass('third')";
    assert_eq!(database.query(standing), "first|second|");
    assert_eq!(events(&database), "applied 1, applied 2, applied 3, rolled_back 3, failed 2");
}

/// It stands last then, which makes no difference to anybody's SQL.
#[test]
fn a_column_that_comes_back_in_another_place_is_told_and_commits() {
    for (database, project) in each() {
        let users = "CREATE TABLE people (id int, name text, born date);";
        project.migration(1, "people", users, "DROP TABLE people;");
        let (up, down) =
            ("ALTER TABLE people DROP COLUMN name;", "ALTER TABLE people ADD COLUMN name text;");
        project.migration(2, "nameless", up, down);
        project.run(&["migrate"]).expect_code(0);
        let run = project.run(&["rollback", "--force"]).expect_code(0);
        let said = "V2__nameless: the schema is as it was, but for what makes no difference";
        assert!(run.stderr.contains(said), "{run}");
        assert!(run.stderr.contains("people.name (minor)"), "{run}");
        assert_eq!(events(&database), "applied 1, applied 2, rolled_back 2");
        // The next way back is proven by what is there now.
        project.run(&["migrate"]).expect_code(0);
        project.run(&["rollback", "--all", "--force"]).expect_code(0);
    }
}
