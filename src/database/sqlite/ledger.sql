-- turnback's own tables in a SQLite database. `set_name` is empty for a project's unnamed set.
--
-- `…_sha256` names a row of turnback_script, without a foreign key: the check for dangling rows
-- around each script would read the whole record every time.

CREATE TABLE turnback_format (
    version integer NOT NULL
);
INSERT INTO turnback_format (version) VALUES (1);

-- Texts of scripts and rollbacks, once each.
CREATE TABLE turnback_script (
    sha256 text NOT NULL PRIMARY KEY,
    body text NOT NULL
);

-- Catalogs, once each: whole, or as what changed since another one, `depth` rows away from a whole
-- one.
CREATE TABLE turnback_catalog (
    sha256 text NOT NULL PRIMARY KEY,
    base_sha256 text,
    depth integer NOT NULL,
    schemas text NOT NULL,
    body text NOT NULL
);

-- What happened, in order. Rows are only ever added. The catalogs before and after an event are
-- NULL for a failure.
CREATE TABLE turnback_event (
    id integer PRIMARY KEY,
    set_name text NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('applied', 'adopted', 'rolled_back', 'failed')),
    script_sha256 text NOT NULL,
    rollback_sha256 text NOT NULL,
    catalog_before_sha256 text,
    catalog_after_sha256 text,
    at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    duration_ms integer NOT NULL,
    actor text NOT NULL,
    tool_version text NOT NULL,
    failure text
);
CREATE INDEX turnback_event_by_version ON turnback_event (set_name, version, id);

-- How far scripts outside a transaction have come; a row goes when its script is done.
CREATE TABLE turnback_statement_progress (
    set_name text NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    rolling_back integer NOT NULL,
    script_sha256 text NOT NULL,
    rollback_sha256 text NOT NULL,
    catalog_sha256 text,
    statement integer NOT NULL,
    state text NOT NULL CHECK (state IN ('started', 'finished')),
    PRIMARY KEY (set_name, version)
);

-- What was saved of tables before a step destroyed it. `rolling_back` tells whether a rollback
-- destroyed it. `detail` is a JSON object: which table and columns, the tables that hold the saved
-- rows (`turnback_backup_…`), what tells one row from another. `hash` is the number of saved rows
-- and two sums of their hashes. `kept`: it is nowhere else; `restored`: it was put back;
-- `set_aside`: the step was undone, but its table was not there to take it back.
CREATE TABLE turnback_backup (
    id integer PRIMARY KEY,
    set_name text NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    rolling_back integer NOT NULL,
    at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    state text NOT NULL CHECK (state IN ('kept', 'restored', 'set_aside')),
    row_count integer NOT NULL,
    bytes integer NOT NULL,
    hash text NOT NULL,
    conflicts integer NOT NULL,
    detail text NOT NULL,
    concluded_at text
);
CREATE INDEX turnback_backup_by_version ON turnback_backup (set_name, version, id);

-- History tables that turnback made, and so removes when the last version is rolled back.
CREATE TABLE turnback_history (
    table_name text NOT NULL PRIMARY KEY
);

-- Backfills: statements that run in batches. `statement` is the statement's place in its script.
-- `detail` is a JSON object: the tables whose rows are taken, by number, and where what they destroy
-- is written down. `tuning` is how hard it works, `waits_for` what held it back when last seen. It is
-- open until the script goes on behind it, or its step is undone, or it was cancelled.
CREATE TABLE turnback_backfill (
    id integer PRIMARY KEY,
    set_name text NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    rolling_back integer NOT NULL,
    statement integer NOT NULL,
    statement_sha256 text NOT NULL,
    script_sha256 text NOT NULL,
    table_name text NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'paused', 'cancelled', 'incomplete', 'done')),
    open integer NOT NULL DEFAULT 1,
    tuning text NOT NULL,
    detail text NOT NULL,
    waits_for text,
    row_count integer NOT NULL DEFAULT 0,
    started_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    finished_at text
);
CREATE INDEX turnback_backfill_by_version ON turnback_backfill (set_name, version, id);

-- The parts of a backfill. `last` and `next` are rows of a key. A batch's transaction moves `next`.
CREATE TABLE turnback_backfill_unit (
    backfill integer NOT NULL,
    unit integer NOT NULL,
    relation integer NOT NULL,
    first text,
    last text,
    next text,
    pass integer NOT NULL DEFAULT 0,
    row_count integer NOT NULL DEFAULT 0,
    done integer NOT NULL DEFAULT 0,
    worker_pid integer,
    worker_since text,
    PRIMARY KEY (backfill, unit)
);

-- Rows that a backfill could not change, each with its key as text and as it is shown.
CREATE TABLE turnback_backfill_refused (
    backfill integer NOT NULL,
    relation integer NOT NULL,
    row_key text NOT NULL,
    shown text NOT NULL,
    code text,
    message text NOT NULL,
    at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (backfill, relation, row_key)
);
