use squawk_syntax::ast::{AlterColumnOption, AlterTableAction};

use super::prelude::*;

pub static CHANGING_GENERATED_EXPRESSION: HazardRule = HazardRule {
    id: "changing-generated-expression",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the table is written anew with what the new expression yields",
    trigger: "`ALTER COLUMN … SET EXPRESSION` of a stored generated column (PostgreSQL 17 and \
              later)",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Rewrite,
    why: "The expression is computed for each row and written into it, all indexes are built \
          again, and nobody reads or writes the table until that is done.",
    acquittal: Some("The table has no rows."),
    instead: "Add an ordinary column, keep it filled by a trigger, fill the rows that exist with a \
              backfill, and let the application change over.",
    example: None,
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    scene.actions(|action| {
        let AlterTableAction::AlterColumn(alter) = action else { return false };
        matches!(alter.option(), Some(AlterColumnOption::SetExpression(_)))
    })
}
