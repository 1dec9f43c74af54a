use squawk_syntax::ast::{AlterTableAction, AstNode};

use super::prelude::*;
use crate::sql::postgres::name_of;

pub static ATTACHING_UNPROVEN_PARTITION: HazardRule = HazardRule {
    id: "attaching-unproven-partition",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads or writes the partition while every row is checked for belonging there",
    trigger: "`ATTACH PARTITION` of a table that no validated `CHECK` proves to hold only rows of \
              the partition",
    lock: Some(HazardLock {
        strength: LockStrength::AccessExclusive,
        on: "the partition, and on the default partition",
    }),
    cost: Cost::Scan,
    why: "The server reads the whole table, unless a validated `CHECK` says that all rows are \
          within the bounds and the column is `NOT NULL`. If there is a default partition that is \
          read too, for rows that belong into the new one; a `CHECK` on it that excludes them \
          saves that.",
    acquittal: Some(
        "The table has no rows, or a validated `CHECK` proves that all its rows belong \
                     there.",
    ),
    instead: "Add a `CHECK` with the bounds `NOT VALID`, validate it in the next migration, right \
              before attaching, and drop it there.",
    example: Some(Example {
        ground: "CREATE TABLE event (id int, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE event_2025 (id int, at date NOT NULL);
INSERT INTO event_2025 SELECT i, '2025-06-01' FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE event ATTACH PARTITION event_2025
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
        safe: &[
            "ALTER TABLE event_2025 ADD CONSTRAINT event_2025_bounds
    CHECK (at >= '2025-01-01' AND at < '2026-01-01') NOT VALID;",
            "ALTER TABLE event_2025 VALIDATE CONSTRAINT event_2025_bounds;
ALTER TABLE event ATTACH PARTITION event_2025
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE event_2025 DROP CONSTRAINT event_2025_bounds;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Some((parent, actions)) = scene.alterations() else { return Vec::new() };
    let found = actions.iter().filter_map(|action| {
        let AlterTableAction::AttachPartition(attach) = action else { return None };
        let partition = name_of(attach.table_name_ref())?;
        let doubt = Doubt::Partition { parent: parent.clone(), partition: partition.clone() };
        let is_proven = scene.before.has_validated(&partition, None);
        (!is_proven).then(|| Mark::new(attach.syntax(), doubt))
    });
    found.collect()
}
