use squawk_syntax::ast::{AstNode, Stmt};

use super::prelude::*;
use crate::sql::postgres::name_of;

pub static CREATING_PARTITION: HazardRule = HazardRule {
    id: "creating-partition",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Warning,
    title: "nobody reads or writes the whole partitioned table while it gets a new partition",
    trigger: "`CREATE TABLE … PARTITION OF`",
    lock: Some(HazardLock {
        strength: LockStrength::AccessExclusive,
        on: "the partitioned table and its default partition",
    }),
    cost: Cost::Lock,
    why: "That takes a moment, but the lock has to wait for every transaction that uses the table. \
          A default partition is read from end to end meanwhile, for rows that belong into the new \
          one.",
    acquittal: Some("The partitioned table has no rows."),
    instead: "Make the table by itself and attach it: attaching one without rows lets everybody \
              read and write the partitioned table, though not its default partition.",
    example: Some(Example {
        ground: "CREATE TABLE event (id int, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event
    FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO event SELECT i, '2024-06-01' FROM generate_series(1, 2000) AS i;",
        bad: "CREATE TABLE event_2025 PARTITION OF event
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
        safe: &["CREATE TABLE event_2025 (LIKE event INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE event ATTACH PARTITION event_2025
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Stmt::CreateTable(create) = scene.syntax else { return Vec::new() };
    let Some(of) = create.partition_of() else { return Vec::new() };
    let parent = name_of(of.table_name_ref());
    parent.map(|parent| Mark::new(of.syntax(), Doubt::Rows(vec![parent]))).into_iter().collect()
}
