use squawk_syntax::ast::{AstNode, Stmt};

use super::prelude::*;
use crate::model::ObjectKind;

pub static LOCKING_TABLE: HazardRule = HazardRule {
    id: "locking-table",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Warning,
    title: "the table stays locked until the end of the transaction",
    trigger: "`LOCK TABLE` in a mode from `SHARE` on, which is one that stops writers; without a \
              mode it is `ACCESS EXCLUSIVE`",
    lock: Some(HazardLock {
        strength: LockStrength::AccessExclusive,
        on: "the tables, or the mode that is written",
    }),
    cost: Cost::Lock,
    why: "Everybody who writes, and in the strongest mode everybody who reads, waits until the \
          whole script has run.",
    acquittal: Some("The table has no rows."),
    instead: "Leave locks to the statements that need them: turnback takes those of all tables of \
              a script before it begins, briefly and in a fixed order. To keep two runs apart, an \
              advisory lock stops nobody else.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "LOCK TABLE account;",
        safe: &["SELECT pg_advisory_xact_lock(4711);"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Stmt::Lock(lock) = scene.syntax else { return Vec::new() };
    let strongest = scene.statement.affects.iter().filter_map(|it| it.lock).max();
    let is_strong = strongest.is_some_and(|it| it >= LockStrength::Share);
    let doubt = Doubt::Rows(scene.named(ObjectKind::Table));
    is_strong.then(|| Mark::new(lock.syntax(), doubt)).into_iter().collect()
}
