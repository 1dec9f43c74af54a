use squawk_syntax::ast::{AstNode, Delete, Stmt, Update};

use super::prelude::*;
use crate::sql::postgres::name_of;

pub static CHANGE_IN_ONE_PIECE: HazardRule = HazardRule {
    id: "change-in-one-piece",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Warning,
    title: "all rows are changed in one transaction, and those who change one of them wait for its \
            end",
    trigger: "`UPDATE` and `DELETE` without a `-- turnback:backfill` directive, and those within a \
              `WITH`",
    lock: Some(HazardLock {
        strength: LockStrength::RowExclusive,
        on: "the table, and every row that changes",
    }),
    cost: Cost::RowLocks,
    why: "Each row stays locked until the last one is changed, dead rows cannot be cleaned up \
          meanwhile, and replicas get it all at once.",
    acquittal: Some("The table has no more rows than are changed in a moment."),
    instead: "Run it as a backfill: in short batches, with pauses, and resumed where it was \
              stopped.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text, seen bool);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "UPDATE account SET seen = false WHERE seen IS NULL;",
        safe: &["-- turnback:backfill account
UPDATE account SET seen = false WHERE seen IS NULL;"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    // In a function's or a trigger's text nothing changes yet.
    if scene.statement.backfill.is_some() || !changes_rows(scene.syntax) {
        return Vec::new();
    }
    let nodes = scene.syntax.syntax().descendants();
    let found = nodes.filter_map(|node| {
        let table = match Update::cast(node.clone()) {
            Some(update) => name_of(update.relation_name())?,
            None => name_of(Delete::cast(node.clone())?.relation_name())?,
        };
        Some(Mark::new(&node, Doubt::ManyRows(table)))
    });
    found.collect()
}

fn changes_rows(statement: &Stmt) -> bool {
    matches!(
        statement,
        Stmt::Update(_) | Stmt::Delete(_) | Stmt::Insert(_) | Stmt::Select(_) | Stmt::Merge(_)
    )
}
