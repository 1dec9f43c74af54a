//! What a rehearsal says is what a real run on the same rows does. What a real run does is asked of
//! the server in other words than the program's.
//!
//! Another major version: `TURNBACK_TEST_PG_BIN=<directory of initdb> cargo test --test it agreement`.

use super::{facts, rehearsed};
use crate::support::{Client, Cluster, Project};

const GIVEN: &str = "
CREATE TABLE parents (id bigint PRIMARY KEY, name text NOT NULL, code varchar(20));
CREATE TABLE children (
    id bigint PRIMARY KEY,
    parent bigint REFERENCES parents ON DELETE CASCADE,
    at timestamp NOT NULL DEFAULT now(),
    amount numeric(10, 2),
    note text
);
CREATE INDEX children_at ON children (at);
CREATE INDEX children_note ON children (note);
CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO log (what) VALUES (TG_OP); RETURN NULL; END $$;
CREATE TRIGGER logged AFTER DELETE ON children FOR EACH ROW EXECUTE FUNCTION log_it();
CREATE TABLE events (id int NOT NULL, day int NOT NULL) PARTITION BY LIST (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2);
CREATE FUNCTION rewrite(t regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN EXECUTE format('ALTER TABLE %s ADD COLUMN token uuid DEFAULT gen_random_uuid()', t); END $$;
INSERT INTO parents SELECT g, 'p' || g, g FROM generate_series(1, 300) AS g;
INSERT INTO children (id, parent, amount, note)
    SELECT g, g % 300 + 1, g, CASE WHEN g % 3 = 0 THEN 'third' END FROM generate_series(1, 2000) AS g;
INSERT INTO events SELECT g, g % 2 + 1 FROM generate_series(1, 500) AS g;
-- The rehearsal knows its tables as well as this, and plans by it.
ANALYZE;
ALTER TABLE parents SET (autovacuum_enabled = off);
ALTER TABLE children SET (autovacuum_enabled = off);
ALTER TABLE log SET (autovacuum_enabled = off);
";

/// Each runs on what those before it left.
const STATEMENTS: [&str; 32] = [
    "ALTER TABLE children ADD COLUMN plain int",
    "ALTER TABLE children ADD COLUMN constant int DEFAULT 7",
    "ALTER TABLE children ADD COLUMN chance uuid DEFAULT gen_random_uuid()",
    "ALTER TABLE parents ALTER COLUMN code TYPE varchar(40)",
    "ALTER TABLE parents ALTER COLUMN code TYPE varchar(30)",
    "ALTER TABLE children ALTER COLUMN at TYPE timestamptz",
    "ALTER TABLE children ALTER COLUMN amount TYPE numeric(12, 2)",
    "ALTER TABLE children ALTER COLUMN amount TYPE numeric(12, 4)",
    "ALTER TABLE children ALTER COLUMN amount SET NOT NULL",
    "ALTER TABLE children ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID",
    "ALTER TABLE children VALIDATE CONSTRAINT positive",
    "ALTER TABLE children ADD CONSTRAINT large CHECK (amount < 1000000)",
    "ALTER TABLE children ADD CONSTRAINT unique_chance UNIQUE (chance)",
    "CREATE INDEX children_plain ON children (plain)",
    "ALTER TABLE children ADD FOREIGN KEY (plain) REFERENCES log (id)",
    "ALTER TABLE children DROP CONSTRAINT children_plain_fkey",
    "CREATE TRIGGER also BEFORE UPDATE ON parents FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "DROP TRIGGER also ON parents",
    "ALTER TABLE parents ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE children SET UNLOGGED",
    "UPDATE children SET note = 'set' WHERE note IS NULL",
    "DELETE FROM parents WHERE id <= 10",
    "INSERT INTO log (what) SELECT name FROM parents",
    "DO $$ BEGIN PERFORM rewrite('parents'); END $$",
    "SELECT rewrite('events')",
    "ALTER TABLE events ADD COLUMN extra text",
    "ALTER TABLE events ADD CONSTRAINT extra_short CHECK (length(extra) < 9)",
    "CREATE VIEW names AS SELECT name FROM parents",
    "CREATE TABLE copied AS SELECT * FROM parents",
    "LOCK TABLE log IN EXCLUSIVE MODE",
    "TRUNCATE log",
    "DROP TABLE children",
];

/// What the transaction of a session has locked, in the words of `facts`. Relations that it made are
/// left out, and what was dropped has its name from before.
const LOCKS: &str = "
SELECT format('lock %s.%s %s', b.nsp, b.rel,
    (ARRAY['ACCESS SHARE', 'ROW SHARE', 'ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'SHARE',
           'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE'])[max(array_position(
    ARRAY['AccessShareLock', 'RowShareLock', 'RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock',
          'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'], l.mode))])
FROM pg_locks AS l JOIN before AS b ON b.id = l.relation
WHERE l.pid = pg_backend_pid() AND b.kind IN ('r', 'p', 'v', 'm') AND b.nsp = 'public'
GROUP BY b.nsp, b.rel
UNION ALL
SELECT format('%s %s.%s', CASE b.kind WHEN 'i' THEN 'rewrite index' ELSE 'new file' END, b.nsp, b.rel)
FROM before AS b JOIN pg_class AS c ON c.relname = b.rel AND c.relkind = b.kind
WHERE b.kind IN ('r', 'i') AND b.nsp = 'public' AND pg_relation_filenode(c.oid) <> b.file
UNION ALL
SELECT format('scan %s.%s %s', schemaname, relname, seq_tup_read - b.read)
FROM pg_stat_xact_user_tables JOIN before AS b ON b.id = relid
WHERE seq_scan > b.scans AND schemaname = 'public'
UNION ALL
SELECT format('rows %s.%s %s %s %s', schemaname, relname, n_tup_ins - coalesce(b.ins, 0),
    n_tup_upd - coalesce(b.upd, 0), n_tup_del - coalesce(b.del, 0))
FROM pg_stat_xact_user_tables LEFT JOIN before AS b ON b.id = relid
WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del
    > coalesce(b.ins, 0) + coalesce(b.upd, 0) + coalesce(b.del, 0)";

const BEFORE: &str = "
CREATE TEMP TABLE before ON COMMIT DROP AS
SELECT c.oid AS id, n.nspname AS nsp, c.relname AS rel, c.relkind AS kind,
    pg_relation_filenode(c.oid) AS file, s.seq_scan AS scans, s.seq_tup_read AS read,
    s.n_tup_ins AS ins, s.n_tup_upd AS upd, s.n_tup_del AS del
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_xact_user_tables AS s ON s.relid = c.oid";

/// Runs a statement on the live database, and says what it did.
fn really(client: &Client, statement: &str) -> Vec<String> {
    client.tell("BEGIN");
    client.tell(BEFORE);
    client.tell(statement);
    let told = client.tell(LOCKS);
    client.tell("COMMIT");
    let mut facts: Vec<String> =
        told.lines().filter(|it| !it.is_empty()).map(str::to_owned).collect();
    // A table with a new file that nobody read was emptied; its indexes are empty as well.
    let is_scanned = |table: &str| told.lines().any(|it| it.starts_with(&format!("scan {table} ")));
    let emptied = told.lines().filter_map(|it| it.strip_prefix("new file "));
    let emptied: Vec<&str> = emptied.filter(|table| !is_scanned(table)).collect();
    for fact in &mut facts {
        if let Some(table) = fact.strip_prefix("new file ") {
            let what = if emptied.contains(&table) { "empty" } else { "rewrite table" };
            *fact = format!("{what} {table}");
        }
    }
    let of_emptied = |fact: &String| {
        fact.starts_with("rewrite index ") && emptied.iter().any(|it| fact.contains(*it))
    };
    facts.retain(|fact| !of_emptied(fact));
    facts.sort();
    facts
}

#[test]
fn each_statement_does_there_what_it_did_in_the_rehearsal() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "given", GIVEN, "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    for (version, statement) in (2..).zip(STATEMENTS) {
        project.migration(version, "statement", &format!("{statement};"), "SELECT 1;");
    }
    let run = rehearsed(&project, &["--sample", "all"]).expect_code(0);
    let document = run.json();
    let client = Client::connect(&database);
    let mut otherwise = Vec::new();
    for (index, statement) in STATEMENTS.iter().enumerate() {
        let observed = &document["migrations"][index]["statements"][0]["observed"];
        let (rehearsed, really) = (facts(observed), really(&client, statement));
        if rehearsed != really {
            otherwise
                .push(format!("{statement}\n  rehearsed {rehearsed:#?}\n  really {really:#?}"));
        }
    }
    assert!(otherwise.is_empty(), "{}", otherwise.join("\n"));
}
