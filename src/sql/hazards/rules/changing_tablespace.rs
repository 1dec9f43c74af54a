use squawk_syntax::ast::{
    AlterIndexAction, AlterMaterializedViewAction, AlterTableAction, AstNode, Stmt,
};

use super::prelude::*;
use crate::model::ObjectKind;

pub static CHANGING_TABLESPACE: HazardRule = HazardRule {
    id: "changing-tablespace",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads or writes the table while its files are copied to another tablespace",
    trigger: "`SET TABLESPACE` of a table, materialized view or index",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table or index" }),
    cost: Cost::Rewrite,
    why: "The files are copied block by block, into the write-ahead log as well, under the lock \
          that excludes everybody. Indexes of a table are not moved with it.",
    acquittal: Some("The table has no rows."),
    instead: "Build indexes anew in the other tablespace, concurrently: `CREATE INDEX CONCURRENTLY \
              … TABLESPACE …`, or `REINDEX (CONCURRENTLY, TABLESPACE …)`. For a table make a new \
              one there, fill it while the application works, and put it in the other's place.",
    example: Some(Example {
        ground: "-- The server has a tablespace named fast.
CREATE TABLE hit (id int PRIMARY KEY);
INSERT INTO hit SELECT generate_series(1, 2000);",
        bad: "ALTER TABLE hit SET TABLESPACE fast;",
        safe: &["CREATE TABLE hit_moved (LIKE hit INCLUDING ALL) TABLESPACE fast;"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let doubt = match scene.syntax {
        Stmt::AlterTable(alter) if alter.all_in_tablespace().is_some() => Doubt::Settled,
        Stmt::AlterIndex(alter) if alter.all_in_tablespace().is_some() => Doubt::Settled,
        Stmt::AlterMaterializedView(alter) if alter.all_in_tablespace().is_some() => Doubt::Settled,
        Stmt::AlterIndex(alter) => match alter.action() {
            Some(AlterIndexAction::SetTablespace(_)) => {
                Doubt::Indexes(scene.named(ObjectKind::Index))
            }
            _ => return Vec::new(),
        },
        Stmt::AlterMaterializedView(alter) => {
            let moves = alter.action().any(|it| {
                let AlterMaterializedViewAction::AlterTableAction(it) = it else { return false };
                matches!(it, AlterTableAction::SetTablespace(_))
            });
            if !moves {
                return Vec::new();
            }
            Doubt::Rows(scene.named(ObjectKind::View))
        }
        _ => return scene.actions(|it| matches!(it, AlterTableAction::SetTablespace(_))),
    };
    vec![Mark::new(scene.syntax.syntax(), doubt)]
}
