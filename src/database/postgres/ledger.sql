-- The contents of turnback's own schema, which exists by now. `schema_name` and `set_name` say which set of which schema a row belongs
-- to; `set_name` is empty for a project's unnamed set.

REVOKE ALL ON SCHEMA turnback FROM PUBLIC;
COMMENT ON SCHEMA turnback IS 'Record of the migrations turnback applied';

CREATE TABLE turnback.format (
    version integer NOT NULL
);
INSERT INTO turnback.format (version) VALUES (1);

-- Texts of scripts and rollbacks, once each.
CREATE TABLE turnback.script (
    sha256 text PRIMARY KEY,
    body text NOT NULL
);

-- Catalogs, once each: whole, or as what changed since another one, `depth` rows away from a whole
-- one. `schemas` is a JSON array of the schemas it covers.
CREATE TABLE turnback.catalog (
    sha256 text PRIMARY KEY,
    base_sha256 text REFERENCES turnback.catalog (sha256),
    depth integer NOT NULL,
    schemas text NOT NULL,
    body text NOT NULL
);

-- What happened, in order. Rows are only ever added. The catalogs before and after an event are
-- NULL for a failure.
CREATE TABLE turnback.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schema_name text NOT NULL,
    set_name text NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('applied', 'adopted', 'rolled_back', 'failed')),
    script_sha256 text NOT NULL REFERENCES turnback.script (sha256),
    rollback_sha256 text NOT NULL REFERENCES turnback.script (sha256),
    catalog_before_sha256 text REFERENCES turnback.catalog (sha256),
    catalog_after_sha256 text REFERENCES turnback.catalog (sha256),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration_ms bigint NOT NULL,
    actor text NOT NULL DEFAULT session_user,
    client_address inet DEFAULT inet_client_addr(),
    tool_version text NOT NULL,
    failure text
);
CREATE INDEX event_by_version ON turnback.event (schema_name, set_name, version, id);

-- How far scripts outside a transaction have come; a row goes when its script is done. The catalog
-- is the one before its first statement.
CREATE TABLE turnback.statement_progress (
    schema_name text NOT NULL,
    set_name text NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    rolling_back boolean NOT NULL,
    script_sha256 text NOT NULL REFERENCES turnback.script (sha256),
    rollback_sha256 text NOT NULL REFERENCES turnback.script (sha256),
    catalog_sha256 text REFERENCES turnback.catalog (sha256),
    statement integer NOT NULL,
    state text NOT NULL CHECK (state IN ('started', 'finished')),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (schema_name, set_name, version)
);

-- What was saved of tables before a step destroyed it. `rolling_back` tells whether a rollback
-- destroyed it. `detail` is a JSON object: which table and columns, the tables of this schema that
-- hold the saved rows, what tells one row from another. `hash` is the number of saved rows and two
-- sums of their hashes. `kept`: it is nowhere else; `restored`: it was put back; `set_aside`: the
-- step was undone, but its table was not there to take it back.
CREATE TABLE turnback.backup (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schema_name text NOT NULL,
    set_name text NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    rolling_back boolean NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL CHECK (state IN ('kept', 'restored', 'set_aside')),
    row_count bigint NOT NULL,
    bytes bigint NOT NULL,
    hash text NOT NULL,
    conflicts bigint NOT NULL,
    detail text NOT NULL,
    concluded_at timestamptz
);
CREATE INDEX backup_by_version ON turnback.backup (schema_name, set_name, version, id);

-- History tables that turnback made, and so removes when the last version is rolled back.
CREATE TABLE turnback.history (
    schema_name text NOT NULL,
    table_name text NOT NULL,
    PRIMARY KEY (schema_name, table_name)
);

-- The fencing token behind the advisory lock: each runner raises it, and every transaction of a
-- runner holds it to be its own.
CREATE TABLE turnback.runner (
    token bigint NOT NULL,
    pid integer,
    since timestamptz
);
INSERT INTO turnback.runner (token) VALUES (0);

-- Backfills: statements that run in batches. `statement` is the statement's place in its script. `detail` is a JSON object: the
-- tables and partitions whose rows are taken, by number, and where what they destroy is written down. `tuning` is how hard it
-- works, `waits_for` what held it back when last seen. It is open until the script goes on behind it, or its step is undone,
-- or it was cancelled.
CREATE TABLE turnback.backfill (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schema_name text NOT NULL,
    set_name text NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    rolling_back boolean NOT NULL,
    statement integer NOT NULL,
    statement_sha256 text NOT NULL,
    script_sha256 text NOT NULL REFERENCES turnback.script (sha256),
    table_name text NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'paused', 'cancelled', 'incomplete', 'done')),
    open boolean NOT NULL DEFAULT true,
    tuning text NOT NULL,
    detail text NOT NULL,
    waits_for text,
    row_count bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
);
CREATE INDEX backfill_by_version ON turnback.backfill (schema_name, set_name, version, id);

-- The parts of a backfill. `first`, `last` and `next` are heap blocks, or rows of a key. A batch's transaction moves `next`, and
-- `pass` behind the last block. Whoever works at one is named; who is gone has left it to others.
CREATE TABLE turnback.backfill_unit (
    backfill bigint NOT NULL REFERENCES turnback.backfill (id) ON DELETE CASCADE,
    unit bigint NOT NULL,
    relation integer NOT NULL,
    first text,
    last text,
    next text,
    pass integer NOT NULL DEFAULT 0,
    row_count bigint NOT NULL DEFAULT 0,
    done boolean NOT NULL DEFAULT false,
    worker_pid integer,
    worker_since text,
    PRIMARY KEY (backfill, unit)
);

-- Rows that a backfill could not change, each with its key as text and as it is shown.
CREATE TABLE turnback.backfill_refused (
    backfill bigint NOT NULL REFERENCES turnback.backfill (id) ON DELETE CASCADE,
    relation integer NOT NULL,
    row_key text NOT NULL,
    shown text NOT NULL,
    code text,
    message text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (backfill, relation, row_key)
);
