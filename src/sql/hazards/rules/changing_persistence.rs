use squawk_syntax::ast::AlterTableAction;

use super::prelude::*;

pub static CHANGING_PERSISTENCE: HazardRule = HazardRule {
    id: "changing-persistence",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the table is written anew to become logged or unlogged",
    trigger: "`ALTER TABLE … SET LOGGED` and `SET UNLOGGED`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Rewrite,
    why: "The table and all its indexes are copied, into the write-ahead log too where it becomes \
          logged, and nobody reads or writes it until that is done.",
    acquittal: Some("The table has no rows."),
    instead: "Make a new table with the persistence that is wanted, fill it while the application \
              works, and put it in the other's place.",
    example: Some(Example {
        ground: "CREATE UNLOGGED TABLE hit (id int PRIMARY KEY);
INSERT INTO hit SELECT generate_series(1, 2000);",
        bad: "ALTER TABLE hit SET LOGGED;",
        safe: &["CREATE TABLE hit_logged (LIKE hit INCLUDING ALL);"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    scene.actions(|action| {
        matches!(action, AlterTableAction::SetLogged(_) | AlterTableAction::SetUnlogged(_))
    })
}
