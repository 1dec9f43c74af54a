use super::prelude::*;

pub static REQUIRE_CONCURRENT_PARTITION_DETACH: HazardRule = HazardRule {
    id: "require-concurrent-partition-detach",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Warning,
    title: "nobody reads or writes the whole partitioned table while the partition is detached",
    trigger: "`DETACH PARTITION` without `CONCURRENTLY`",
    lock: Some(HazardLock {
        strength: LockStrength::AccessExclusive,
        on: "the partitioned table and the partition",
    }),
    cost: Cost::Lock,
    why: "Detaching takes a moment, but the lock has to wait for every transaction that uses the \
          table, and turnback has to try again until there is a gap.",
    acquittal: Some("The partition has no rows."),
    instead: "Detach it concurrently, in a migration of its own that runs outside a transaction. \
              The server refuses that while there is a default partition.",
    example: Some(Example {
        ground: "CREATE TABLE event (id int, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event
    FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO event SELECT i, '2024-06-01' FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE event DETACH PARTITION event_2024;",
        safe: &["-- turnback:transaction off
ALTER TABLE event DETACH PARTITION event_2024 CONCURRENTLY;"],
    }),
    find: Find::Squawk(SquawkRule::RequireConcurrentPartitionDetach),
};
