use squawk_syntax::ast::{AstNode, Constraint};

use super::prelude::*;
use crate::sql::hazards::column;

pub static ADDING_FOREIGN_KEY_CONSTRAINT: HazardRule = HazardRule {
    id: "adding-foreign-key-constraint",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody writes to either table while every row is checked against the new foreign key",
    trigger: "`ADD FOREIGN KEY` without `NOT VALID`, and `ADD COLUMN … DEFAULT … REFERENCES`; a \
              new column without a default refers to nothing yet, and is not checked",
    lock: Some(HazardLock {
        strength: LockStrength::ShareRowExclusive,
        on: "the table and the one it refers to",
    }),
    cost: Cost::Scan,
    why: "The constraint is checked for all rows that exist, while writers of both tables wait.",
    acquittal: Some("The table that gets the foreign key has no rows."),
    instead: "Add it `NOT VALID`, which checks new rows only, and validate it in a migration of \
              its own: validating lets everybody read and write.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;
CREATE TABLE visit (id int PRIMARY KEY, account_id int);
INSERT INTO visit SELECT i, i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE visit ADD CONSTRAINT visit_account
    FOREIGN KEY (account_id) REFERENCES account (id);",
        safe: &[
            "ALTER TABLE visit ADD CONSTRAINT visit_account
    FOREIGN KEY (account_id) REFERENCES account (id) NOT VALID;",
            "ALTER TABLE visit VALIDATE CONSTRAINT visit_account;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let added = scene.added_constraints().into_iter().filter_map(|(table, constraint)| {
        let is_checked =
            matches!(constraint, Constraint::ForeignKeyConstraint(_)) && !constraint.is_not_valid();
        is_checked.then(|| Mark::new(constraint.syntax(), Doubt::Rows(vec![table])))
    });
    let with_columns = scene.added_columns().into_iter().filter_map(|(table, add)| {
        let reference =
            add.constraints().find(|it| matches!(it, Constraint::ReferencesConstraint(_)))?;
        let has_values = column::default_of(&add).is_some() || column::generated(&add).is_some();
        has_values.then(|| Mark::new(reference.syntax(), Doubt::Rows(vec![table])))
    });
    added.chain(with_columns).collect()
}
