use squawk_syntax::ast::{AstNode, Stmt};

use super::prelude::*;
use crate::sql::postgres::name_of;

pub static REQUIRE_CONCURRENT_INDEX_CREATION: HazardRule = HazardRule {
    id: "require-concurrent-index-creation",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody writes to the table while the index is built",
    trigger: "`CREATE INDEX` without `CONCURRENTLY`, but for `ON ONLY` a partitioned table",
    lock: Some(HazardLock { strength: LockStrength::Share, on: "the table" }),
    cost: Cost::IndexBuild,
    why: "The index is built from all rows while every `INSERT`, `UPDATE` and `DELETE` waits. On a \
          partitioned table that is so for all partitions at once.",
    acquittal: Some("The table has no rows."),
    instead: "Build it concurrently, in a migration of its own that runs outside a transaction. \
              turnback drops and builds again an index that failed half-way. On a partitioned \
              table: see `concurrent-index-on-partitioned-table`.",
    example: Some(Example {
        ground: "CREATE TABLE visit (id int PRIMARY KEY, account_id int);
INSERT INTO visit SELECT i, i FROM generate_series(1, 2000) AS i;",
        bad: "CREATE INDEX visit_account ON visit (account_id);",
        safe: &["-- turnback:transaction off
CREATE INDEX CONCURRENTLY visit_account ON visit (account_id);"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Stmt::CreateIndex(create) = scene.syntax else { return Vec::new() };
    let Some(relation) = create.table_relation_name() else { return Vec::new() };
    // `ON ONLY` is written for partitioned tables, where it builds nothing.
    let is_built = create.concurrently_token().is_none() && relation.only_token().is_none();
    let table = name_of(Some(relation)).filter(|_| is_built);
    table.map(|table| Mark::new(create.syntax(), Doubt::Rows(vec![table]))).into_iter().collect()
}
