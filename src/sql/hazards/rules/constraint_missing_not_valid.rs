use squawk_syntax::ast::{AstNode, Constraint};

use super::prelude::*;

pub static CONSTRAINT_MISSING_NOT_VALID: HazardRule = HazardRule {
    id: "constraint-missing-not-valid",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads or writes the table while every row is checked against the new constraint",
    trigger: "`ADD CHECK` without `NOT VALID`, and `ADD COLUMN … CHECK`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Scan,
    why: "The constraint is checked for all rows that exist while everybody waits, also where a \
          new column holds nothing but NULL.",
    acquittal: Some("The table has no rows."),
    instead: "Add it `NOT VALID`, which checks new rows only, and validate it in a migration of \
              its own: validating lets everybody read and write.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE account ADD CONSTRAINT account_id_positive CHECK (id > 0);",
        safe: &[
            "ALTER TABLE account ADD CONSTRAINT account_id_positive CHECK (id > 0) NOT VALID;",
            "ALTER TABLE account VALIDATE CONSTRAINT account_id_positive;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let columns = scene.added_columns();
    let with_columns = columns.iter().flat_map(|(table, add)| {
        let checks = add.constraints().filter(|it| matches!(it, Constraint::CheckConstraint(_)));
        checks.map(|constraint| (table.clone(), constraint))
    });
    let added = scene.added_constraints().into_iter().filter(|(_, constraint)| {
        let is_check =
            matches!(constraint, Constraint::CheckConstraint(_) | Constraint::NotNullConstraint(_));
        is_check && !constraint.is_not_valid()
    });
    let checked = added.chain(with_columns);
    checked.map(|(table, it)| Mark::new(it.syntax(), Doubt::Rows(vec![table]))).collect()
}
