use squawk_syntax::ast::{AlterColumnOption, AlterTableAction, AstNode};

use super::prelude::*;
use crate::sql::postgres::name_of;

pub static ADDING_NOT_NULLABLE_FIELD: HazardRule = HazardRule {
    id: "adding-not-nullable-field",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads or writes the table while every row is checked for NULL",
    trigger: "`ALTER COLUMN … SET NOT NULL` on a column that no validated `CHECK` proves",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Scan,
    why: "The server reads the whole table to see that the column holds no NULL, unless a \
          validated `CHECK (… IS NOT NULL)` says so already.",
    acquittal: Some(
        "The table has no rows, the column is `NOT NULL` already, or a validated \
                     `CHECK` proves it.",
    ),
    instead: "Add a `CHECK (… IS NOT NULL) NOT VALID`, and validate it in the next migration, \
              right before `SET NOT NULL`. Without a database that is recognised by the \
              constraint's name, if the column's name is part of it. From PostgreSQL 18 on `ADD \
              CONSTRAINT … NOT NULL … NOT VALID` and `VALIDATE CONSTRAINT` do the same.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE account ALTER COLUMN name SET NOT NULL;",
        safe: &[
            "ALTER TABLE account ADD CONSTRAINT account_name_not_null CHECK (name IS NOT NULL) NOT VALID;",
            "ALTER TABLE account VALIDATE CONSTRAINT account_name_not_null;
ALTER TABLE account ALTER COLUMN name SET NOT NULL;
ALTER TABLE account DROP CONSTRAINT account_name_not_null;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Some((table, actions)) = scene.alterations() else { return Vec::new() };
    let found = actions.iter().filter_map(|action| {
        let AlterTableAction::AlterColumn(alter) = action else { return None };
        let Some(AlterColumnOption::SetNotNull(option)) = alter.option() else { return None };
        let column = name_of(alter.column_name_ref())?.name;
        let is_proven = scene.before.has_validated(&table, Some(&column));
        let doubt = Doubt::NotNull { table: table.clone(), column };
        (!is_proven).then(|| Mark::new(option.syntax(), doubt))
    });
    found.collect()
}
