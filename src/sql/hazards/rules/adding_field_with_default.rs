use squawk_syntax::ast::{AddColumn, AstNode, GeneratedKind};

use super::prelude::*;
use crate::model::ObjectName;
use crate::sql::hazards::column;
use crate::sql::hazards::functions::{calls, is_steady};

pub static ADDING_FIELD_WITH_DEFAULT: HazardRule = HazardRule {
    id: "adding-field-with-default",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the table is written anew, because the new column's value is computed for each row",
    trigger: "`ADD COLUMN … DEFAULT` with a volatile function, such as `gen_random_uuid()`, and \
              `ADD COLUMN … GENERATED ALWAYS AS (…) STORED`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Rewrite,
    why: "A constant default, or `now()`, is kept once for all rows that exist, and costs nothing. \
          One that differs from row to row has to be written into each of them, and nobody reads \
          or writes the table until that is done.",
    acquittal: Some(
        "The table has no rows, or every function that the default calls is stable or \
                     immutable.",
    ),
    instead: "Add the column without the default, set the default for rows to come, and fill the \
              rows that exist with a backfill. In place of a stored generated column, a trigger \
              can fill an ordinary one; a virtual one (PostgreSQL 18) is not stored and costs \
              nothing.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE account ADD COLUMN token uuid DEFAULT gen_random_uuid();",
        safe: &[
            "ALTER TABLE account ADD COLUMN token uuid;
ALTER TABLE account ALTER COLUMN token SET DEFAULT gen_random_uuid();",
            "-- turnback:backfill account
UPDATE account SET token = gen_random_uuid() WHERE token IS NULL;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    scene.added_columns().into_iter().filter_map(|(table, add)| computed(table, &add)).collect()
}

fn computed(table: ObjectName, add: &AddColumn) -> Option<Mark> {
    if let Some(generated) = column::generated(add) {
        let is_stored = matches!(generated.generated_kind(), Some(GeneratedKind::Stored(_)));
        return is_stored.then(|| Mark::new(generated.syntax(), Doubt::Rows(vec![table])));
    }
    let default = column::default_of(add)?;
    let mut functions = calls(default.syntax());
    functions.retain(|name| !is_steady(name));
    (!functions.is_empty())
        .then(|| Mark::new(default.syntax(), Doubt::Default { table, functions }))
}
