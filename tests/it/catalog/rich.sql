-- A populated schema with something of everything that a catalog holds. It works on every server
-- from 14 on. The roles exist already.

SET check_function_bodies = off;

CREATE EXTENSION hstore;
CREATE EXTENSION postgres_fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1');

CREATE SCHEMA app AUTHORIZATION catalog_owner;
COMMENT ON SCHEMA app IS 'The application';
GRANT USAGE ON SCHEMA app TO catalog_reader, catalog_writer;
CREATE SCHEMA "Odd Schema";
GRANT USAGE ON FOREIGN SERVER elsewhere TO catalog_owner;

SET ROLE catalog_owner;
SET search_path TO app;

-- Types.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s, happy');
COMMENT ON TYPE mood IS 'How it is';
CREATE DOMAIN email AS text COLLATE "C" DEFAULT 'nobody@example.com' NOT NULL
    CONSTRAINT has_at CHECK (VALUE ~ '@');
CREATE DOMAIN pct AS numeric(5, 2) CONSTRAINT low CHECK (VALUE >= 0) CONSTRAINT high CHECK (VALUE <= 100);
COMMENT ON CONSTRAINT low ON DOMAIN pct IS 'Not less';
CREATE TYPE address AS (street text COLLATE "C", zip varchar(10));
COMMENT ON COLUMN address.zip IS 'The code';
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);
REVOKE USAGE ON TYPE mood FROM PUBLIC;
GRANT USAGE ON TYPE mood TO catalog_reader;

-- Sequences.
CREATE SEQUENCE ticket AS integer START WITH 100 INCREMENT BY 5 MINVALUE 10 MAXVALUE 9000 CACHE 7 CYCLE;
CREATE SEQUENCE downward INCREMENT BY -1;
GRANT USAGE ON SEQUENCE ticket TO catalog_writer;

-- Functions.
CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS 'SELECT n * 2';
CREATE FUNCTION plus(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql STABLE
    RETURN a + b;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO app, pg_temp SET work_mem TO '8MB'
    AS $$BEGIN NEW.changed := now(); RETURN NEW; END$$;
CREATE FUNCTION moods(p mood, OUT one mood, OUT two mood) RETURNS SETOF record LANGUAGE plpgsql
    COST 50 ROWS 10 AS $$BEGIN one := p; two := p; RETURN NEXT; END$$;
CREATE FUNCTION add_to(s integer, VARIADIC v integer[]) RETURNS integer LANGUAGE sql
    AS 'SELECT s + v[1]';
CREATE FUNCTION sum_state(s integer, v integer) RETURNS integer LANGUAGE sql AS 'SELECT s + v';
CREATE PROCEDURE tidy(keep interval DEFAULT '30 days') LANGUAGE plpgsql AS $$BEGIN NULL; END$$;
CREATE AGGREGATE total(integer) (SFUNC = sum_state, STYPE = integer, INITCOND = '0');
COMMENT ON FUNCTION twice(integer) IS 'Doubles';
COMMENT ON AGGREGATE total(integer) IS 'Adds up';
REVOKE EXECUTE ON FUNCTION touch() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION touch() TO catalog_writer WITH GRANT OPTION;

-- Tables.
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 CACHE 5) PRIMARY KEY,
    email email UNIQUE,
    name varchar(80) COLLATE "C" NOT NULL DEFAULT 'anonymous',
    gone integer,
    mood mood DEFAULT 'ok',
    home address,
    score numeric(6, 2) DEFAULT 1.5 CONSTRAINT score_low CHECK (score > 0),
    doubled numeric GENERATED ALWAYS AS (score * 2) STORED,
    born date DEFAULT '2000-01-31' CHECK (born > '1900-01-01'),
    patience interval DEFAULT '1 day 02:00',
    seen timestamptz DEFAULT '2020-01-01 12:00+00',
    secret bytea DEFAULT '\x00ff',
    ratio double precision DEFAULT 0.1,
    price money DEFAULT 12.34,
    tags text[] DEFAULT '{}',
    extra public.hstore,
    changed timestamptz DEFAULT now()
);
ALTER TABLE users DROP COLUMN gone;
ALTER TABLE users ALTER COLUMN tags SET STORAGE EXTERNAL, ALTER COLUMN name SET STATISTICS 300,
    ALTER COLUMN secret SET COMPRESSION pglz, ALTER COLUMN name SET (n_distinct = -0.5);
ALTER TABLE users SET (fillfactor = 80, autovacuum_enabled = false, toast.autovacuum_enabled = false);
COMMENT ON TABLE users IS 'Who';
COMMENT ON COLUMN users.name IS 'As shown';
COMMENT ON CONSTRAINT score_low ON users IS 'Positive';
GRANT SELECT ON users TO PUBLIC;
GRANT ALL ON users TO catalog_writer WITH GRANT OPTION;
GRANT SELECT (name), UPDATE (name, mood) ON users TO catalog_reader;
CREATE INDEX users_name ON users (lower(name) text_pattern_ops DESC NULLS LAST, born) WHERE score > 1;
CREATE UNIQUE INDEX users_patience ON users (patience) INCLUDE (ratio) WITH (fillfactor = 70);
CREATE INDEX users_tags ON users USING gin (tags);
ALTER INDEX users_name ALTER COLUMN 1 SET STATISTICS 500;
COMMENT ON INDEX users_name IS 'By name';
CREATE INDEX users_plain ON users (name);
CREATE STATISTICS users_stats (ndistinct, dependencies) ON name, mood FROM users;
COMMENT ON STATISTICS users_stats IS 'Together';
CREATE STATISTICS users_expressions ON (score * 2), born FROM users;
ALTER STATISTICS users_stats SET STATISTICS 400;
INSERT INTO users (email, name, score, patience)
    SELECT 'u' || i || '@x.org', 'u' || i, i, i * interval '1 s' FROM generate_series(1, 50) AS i;

CREATE TABLE posts (
    id serial PRIMARY KEY,
    author bigint NOT NULL REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    body text,
    during tstzrange,
    EXCLUDE USING gist (during WITH &&) WHERE (during IS NOT NULL)
);
INSERT INTO posts (author, body) SELECT id, 'hello' FROM users;
ALTER TABLE posts ADD CONSTRAINT body_there CHECK (body <> '') NOT VALID;
CREATE INDEX posts_author ON posts (author);
ALTER TABLE posts CLUSTER ON posts_author;
ALTER TABLE posts ADD CONSTRAINT author_body UNIQUE (author, body) DEFERRABLE;
ALTER SEQUENCE posts_id_seq OWNED BY posts.id;
CREATE UNLOGGED TABLE cache (key text NOT NULL, value jsonb, CONSTRAINT cache_key PRIMARY KEY (key) WITH (fillfactor = 60));
CREATE UNIQUE INDEX cache_whole ON cache (key);
ALTER TABLE cache REPLICA IDENTITY USING INDEX cache_whole;
CREATE TABLE log (at timestamptz, what text);
ALTER TABLE log REPLICA IDENTITY FULL;

-- Partitions and inheritance.
CREATE TABLE events (id bigint, at date NOT NULL, kind text, user_id bigint REFERENCES users,
    CONSTRAINT known CHECK (kind <> '')) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')
    PARTITION BY LIST (kind);
CREATE TABLE events_2025_a PARTITION OF events_2025 FOR VALUES IN ('a', 'b');
CREATE TABLE events_rest (kind text, at date NOT NULL, id bigint, user_id bigint,
    CONSTRAINT known CHECK (kind <> ''));
ALTER TABLE events ATTACH PARTITION events_rest DEFAULT;
ALTER TABLE events ADD PRIMARY KEY (id, at, kind);
CREATE INDEX events_kind ON events (kind);
INSERT INTO events VALUES (1, '2024-05-05', 'x', 1000);
CREATE TRIGGER events_touch AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE visits (event bigint, at date, kind text, FOREIGN KEY (event, at, kind) REFERENCES events);
CREATE TABLE base (id integer NOT NULL, note text DEFAULT 'n', CONSTRAINT positive CHECK (id > 0));
CREATE TABLE derived (more text) INHERITS (base);
CREATE FOREIGN TABLE remote (id integer OPTIONS (column_name 'key') NOT NULL, t text) SERVER elsewhere
    OPTIONS (table_name 'far', schema_name 'away');

-- Views.
CREATE VIEW named WITH (check_option = local) AS SELECT id, name FROM users WHERE score > 1;
CREATE VIEW guarded WITH (security_barrier = true) AS
    SELECT u.id, u.name, p.body FROM users AS u JOIN posts AS p ON p.author = u.id;
COMMENT ON VIEW named IS 'Names';
COMMENT ON COLUMN named.name IS 'Shown';
ALTER VIEW named ALTER COLUMN name SET DEFAULT 'x';
GRANT SELECT ON named TO catalog_reader;
CREATE MATERIALIZED VIEW counts WITH (fillfactor = 90) AS
    SELECT author, count(*) AS posts FROM posts GROUP BY author;
CREATE UNIQUE INDEX counts_author ON counts (author);
CREATE MATERIALIZED VIEW empty AS SELECT 1 AS one WITH NO DATA;

-- Triggers, rules, policies.
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name)
    EXECUTE FUNCTION touch();
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON posts DEFERRABLE FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER quiet BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE posts DISABLE TRIGGER quiet;
COMMENT ON TRIGGER touched ON users IS 'Stamps';
CREATE RULE no_delete AS ON DELETE TO named DO INSTEAD NOTHING;
CREATE RULE keep AS ON DELETE TO log DO ALSO INSERT INTO cache (key) SELECT body FROM posts;
COMMENT ON RULE keep ON log IS 'Keeps';
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON posts FOR ALL TO catalog_reader, catalog_writer
    USING (author = current_setting('app.user')::bigint) WITH CHECK (author > 0);
CREATE POLICY authored ON posts AS RESTRICTIVE FOR SELECT
    USING (EXISTS (SELECT 1 FROM users WHERE id = author));
COMMENT ON POLICY own ON posts IS 'One''s own';

ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO catalog_reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- What only a superuser makes.
RESET ROLE;
CREATE TABLE "Odd Schema"."Odd Table" ("odd column" integer CHECK ("odd column" > 0), "select" text);
CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN NULL; END$$;
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE VIEW', 'ALTER VIEW')
    EXECUTE FUNCTION app.watch();
COMMENT ON EVENT TRIGGER watch IS 'Watches';
CREATE PUBLICATION news FOR TABLE app.users, app.log WITH (publish = 'insert, update');
CREATE PUBLICATION everything FOR ALL TABLES;
COMMENT ON PUBLICATION news IS 'Some';
