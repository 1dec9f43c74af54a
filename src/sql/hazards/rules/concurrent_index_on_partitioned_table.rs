use squawk_syntax::ast::{AstNode, Stmt};

use super::prelude::*;
use crate::sql::postgres::name_of;

pub static CONCURRENT_INDEX_ON_PARTITIONED_TABLE: HazardRule = HazardRule {
    id: "concurrent-index-on-partitioned-table",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the statement fails, since an index of a partitioned table cannot be built \
            concurrently",
    trigger: "`CREATE INDEX CONCURRENTLY` on a partitioned table",
    lock: None,
    cost: Cost::Failure,
    why: "The server refuses it. Without `CONCURRENTLY` it builds the indexes of all partitions \
          while nobody writes to any of them.",
    acquittal: Some("The table is not partitioned."),
    instead: "Make the index on the partitioned table alone, which builds nothing; build one on \
              each partition concurrently; and attach each to it. The index serves as soon as the \
              last is attached.",
    example: Some(Example {
        ground: "CREATE TABLE event (id int, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event
    FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO event SELECT i, '2024-06-01' FROM generate_series(1, 2000) AS i;",
        bad: "-- turnback:transaction off
CREATE INDEX CONCURRENTLY event_id ON event (id);",
        safe: &[
            "CREATE INDEX event_id ON ONLY event (id);",
            "-- turnback:transaction off
CREATE INDEX CONCURRENTLY event_2024_id ON event_2024 (id);",
            "ALTER INDEX event_id ATTACH PARTITION event_2024_id;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Stmt::CreateIndex(create) = scene.syntax else { return Vec::new() };
    let table = name_of(create.table_relation_name());
    let table = table.filter(|_| create.concurrently_token().is_some());
    table.map(|table| Mark::new(create.syntax(), Doubt::Partitioned(table))).into_iter().collect()
}
