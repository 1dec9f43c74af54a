use super::prelude::*;

pub static REQUIRE_CONCURRENT_REINDEX: HazardRule = HazardRule {
    id: "require-concurrent-reindex",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody writes to the table, or reads by the index, while it is built again",
    trigger: "`REINDEX` without `CONCURRENTLY`, but for `REINDEX SYSTEM`",
    lock: Some(HazardLock {
        strength: LockStrength::AccessExclusive,
        on: "the index, and SHARE on its table",
    }),
    cost: Cost::IndexBuild,
    why: "The index is built from all rows. Writers wait, and so does every query that might use \
          the index, from its planning on.",
    acquittal: Some("The table has no rows."),
    instead: "Reindex concurrently, in a migration of its own that runs outside a transaction.",
    example: Some(Example {
        ground: "CREATE TABLE visit (id int PRIMARY KEY, account_id int);
INSERT INTO visit SELECT i, i FROM generate_series(1, 2000) AS i;",
        bad: "REINDEX INDEX visit_pkey;",
        safe: &["-- turnback:transaction off
REINDEX INDEX CONCURRENTLY visit_pkey;"],
    }),
    find: Find::Squawk(SquawkRule::RequireConcurrentReindex),
};
