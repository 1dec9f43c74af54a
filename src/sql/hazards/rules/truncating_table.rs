use squawk_syntax::ast::{AstNode, Stmt};

use super::prelude::*;
use crate::model::ObjectKind;

pub static TRUNCATING_TABLE: HazardRule = HazardRule {
    id: "truncating-table",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "all rows go at once, for transactions that began before as well",
    trigger: "`TRUNCATE`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Data,
    why: "The lock excludes everybody until the script has run, and a transaction that took its \
          snapshot before sees an empty table afterwards. Triggers for deleted rows do not fire.",
    acquittal: Some("The table has no rows."),
    instead: "Delete the rows as a backfill, in short batches.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "TRUNCATE account;",
        safe: &["-- turnback:backfill account
DELETE FROM account;"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Stmt::Truncate(truncate) = scene.syntax else { return Vec::new() };
    vec![Mark::new(truncate.syntax(), Doubt::Rows(scene.named(ObjectKind::Table)))]
}
