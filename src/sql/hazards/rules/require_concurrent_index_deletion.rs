use super::prelude::*;

pub static REQUIRE_CONCURRENT_INDEX_DELETION: HazardRule = HazardRule {
    id: "require-concurrent-index-deletion",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Warning,
    title: "nobody reads or writes the table while the index is dropped",
    trigger: "`DROP INDEX` without `CONCURRENTLY`",
    lock: Some(HazardLock {
        strength: LockStrength::AccessExclusive,
        on: "the index and its table",
    }),
    cost: Cost::Lock,
    why: "Dropping takes a moment, but the lock has to wait for every transaction that uses the \
          table, and turnback has to try again until there is a gap.",
    acquittal: Some("The index's table has no rows."),
    instead: "Drop it concurrently, in a migration of its own that runs outside a transaction.",
    example: Some(Example {
        ground: "CREATE TABLE visit (id int PRIMARY KEY, account_id int);
INSERT INTO visit SELECT i, i FROM generate_series(1, 2000) AS i;
CREATE INDEX visit_account ON visit (account_id);",
        bad: "DROP INDEX visit_account;",
        safe: &["-- turnback:transaction off
DROP INDEX CONCURRENTLY visit_account;"],
    }),
    find: Find::Squawk(SquawkRule::RequireConcurrentIndexDeletion),
};
