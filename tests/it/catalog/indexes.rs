//! The plainest indexes are written by the query itself, in the server's words.

use turnback::catalog::Kind;

use super::{catalog, template};

/// Indexes of which some are plain, and some differ from that in one thing each.
const INDEXES: &str = r#"
CREATE TABLE app."Odd" (id integer, "a b" text, v varchar(9), c char(3), e app.email, n name,
    t text COLLATE "C", m app.mood, x text[], f float8, at timestamptz, h public.hstore)
    PARTITION BY RANGE (id);
CREATE INDEX ON app."Odd" (id);
CREATE INDEX ON app."Odd" (id DESC, "a b");
CREATE INDEX ON app."Odd" (id NULLS FIRST);
CREATE INDEX ON app."Odd" (id DESC NULLS LAST);
CREATE UNIQUE INDEX "Odd Index" ON app."Odd" (id, v);
CREATE INDEX ON app."Odd" (v);
CREATE INDEX ON app."Odd" (v varchar_ops);
CREATE INDEX ON app."Odd" (v text_pattern_ops);
CREATE INDEX ON app."Odd" (v bpchar_ops);
CREATE INDEX ON app."Odd" (c);
CREATE INDEX ON app."Odd" (e);
CREATE INDEX ON app."Odd" (n);
CREATE INDEX ON app."Odd" (t);
CREATE INDEX ON app."Odd" (t COLLATE "default");
CREATE INDEX ON app."Odd" ("a b" COLLATE "C");
CREATE INDEX ON app."Odd" (m);
CREATE INDEX ON app."Odd" (x);
CREATE INDEX ON app."Odd" USING gin (x);
CREATE INDEX ON app."Odd" USING hash (f);
CREATE INDEX ON app."Odd" USING brin (at);
CREATE INDEX ON app."Odd" (f) INCLUDE (at);
CREATE INDEX ON app."Odd" (f) WHERE f > 1;
CREATE INDEX ON app."Odd" ((f + 1), id);
CREATE INDEX ON app."Odd" (f) WITH (fillfactor = 50);
CREATE INDEX ON app."Odd" (h);
CREATE TABLE app.part PARTITION OF app."Odd" FOR VALUES FROM (1) TO (9);
ALTER TABLE app."Odd" RENAME id TO "renamed id";
"#;

#[test]
fn they_are_the_servers_own_words() {
    let database = template().copy();
    database.psql(INDEXES);
    let catalog = catalog(&database);
    let indexes = catalog.objects.values().filter(|object| object.key.kind == Kind::Index);
    let mut ours: Vec<&str> = indexes.map(|index| &*index.properties["definition"]).collect();
    let theirs = database.psql(
        "SET search_path TO ''; SELECT pg_get_indexdef(i.indexrelid) FROM pg_index AS i \
         JOIN pg_class AS c ON c.oid = i.indrelid \
         WHERE c.relnamespace = 'app'::regnamespace AND NOT EXISTS ( \
             SELECT FROM pg_constraint AS k \
             WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))",
    );
    let mut theirs: Vec<&str> = theirs.lines().collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert!(ours.len() > 50, "{ours:#?}");
    assert_eq!(ours, theirs);
}
