use squawk_syntax::ast::{AddColumn, AstNode, Constraint};

use super::prelude::*;
use crate::sql::hazards::column;

pub static ADDING_REQUIRED_FIELD: HazardRule = HazardRule {
    id: "adding-required-field",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the statement fails where the table has rows, since they have no value for the new \
            column",
    trigger: "`ADD COLUMN … NOT NULL`, or with `PRIMARY KEY`, without a default, an identity or a \
              generated value",
    lock: None,
    cost: Cost::Failure,
    why: "Rows that exist would hold NULL in it. Applications that do not know the column yet \
          could not insert either.",
    acquittal: Some("The table has no rows."),
    instead: "Give the column a default, constant if possible; or add it without `NOT NULL`, fill \
              it, and make it `NOT NULL` afterwards.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE account ADD COLUMN status text NOT NULL;",
        safe: &["ALTER TABLE account ADD COLUMN status text NOT NULL DEFAULT 'active';"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let added = scene.added_columns().into_iter().filter(|(_, add)| is_required(add));
    added.map(|(table, add)| Mark::new(add.syntax(), Doubt::Rows(vec![table]))).collect()
}

fn is_required(add: &AddColumn) -> bool {
    let has_value = column::default_of(add).is_some()
        || column::generated(add).is_some()
        || column::is_identity(add)
        || column::is_serial(add);
    let is_needed = add.constraints().any(|it| {
        matches!(it, Constraint::NotNullConstraint(_) | Constraint::PrimaryKeyConstraint(_))
    });
    is_needed && !has_value
}
