use squawk_syntax::ast::{AlterTableAction, AstNode};

use super::prelude::*;

pub static VALIDATING_UNDER_LOCK: HazardRule = HazardRule {
    id: "validating-under-lock",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the rows are checked while a lock taken earlier in the transaction keeps others from \
            the table",
    trigger: "`VALIDATE CONSTRAINT` behind another statement of the same transaction, or beside \
              another action of the same statement, that locks the table against writers",
    lock: Some(HazardLock {
        strength: LockStrength::AccessExclusive,
        on: "the table, or the lock taken before",
    }),
    cost: Cost::Scan,
    why: "Validating by itself lets everybody read and write. But a lock once taken, such as that \
          of `ADD CONSTRAINT … NOT VALID`, is held until the end of the transaction.",
    acquittal: Some("The table has no rows."),
    instead: "Validate in a migration of its own, or before the statements that take a strong \
              lock.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE account ADD CONSTRAINT account_id_positive CHECK (id > 0) NOT VALID;
ALTER TABLE account VALIDATE CONSTRAINT account_id_positive;",
        safe: &[
            "ALTER TABLE account ADD CONSTRAINT account_id_positive CHECK (id > 0) NOT VALID;",
            "ALTER TABLE account VALIDATE CONSTRAINT account_id_positive;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Some((table, actions)) = scene.alterations() else { return Vec::new() };
    // Another action of the same statement takes its lock first.
    let is_locked_by_itself = scene.statement.affects.iter().any(|affected| {
        let is_strong = affected.lock.is_some_and(|it| it >= LockStrength::Share);
        is_strong && affected.object.name == table
    });
    let is_locked = is_locked_by_itself || scene.before.is_locked(&table);
    let validations = actions
        .iter()
        .filter(|action| is_locked && matches!(action, AlterTableAction::ValidateConstraint(_)));
    validations.map(|it| Mark::new(it.syntax(), Doubt::Rows(vec![table.clone()]))).collect()
}
