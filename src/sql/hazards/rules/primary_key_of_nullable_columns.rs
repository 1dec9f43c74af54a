use squawk_syntax::ast::{AstNode, Constraint};

use super::prelude::*;
use crate::sql::postgres::name_of;

pub static PRIMARY_KEY_OF_NULLABLE_COLUMNS: HazardRule = HazardRule {
    id: "primary-key-of-nullable-columns",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads or writes the table while every row of the new primary key is checked for \
            NULL",
    trigger: "`ADD PRIMARY KEY USING INDEX` where a column of the index is not `NOT NULL`; that is \
              seen with a database only",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Scan,
    why: "The index is there already, but the columns have to be `NOT NULL`, and the server reads \
          the whole table to see that they are.",
    acquittal: Some(
        "The table has no rows, or each column of the index is `NOT NULL` or proven so \
                     by a validated `CHECK`.",
    ),
    instead: "Make the columns `NOT NULL` first, as `adding-not-nullable-field` says; or validate a \
              `CHECK` that proves it right before, in the same migration.",
    example: Some(Example {
        ground: "CREATE TABLE visit (id int, account_id int);
INSERT INTO visit SELECT i, i FROM generate_series(1, 2000) AS i;
CREATE UNIQUE INDEX visit_key ON visit (id);",
        bad: "ALTER TABLE visit ADD CONSTRAINT visit_key PRIMARY KEY USING INDEX visit_key;",
        safe: &[
            "ALTER TABLE visit ADD CONSTRAINT visit_id_not_null CHECK (id IS NOT NULL) NOT VALID;",
            "ALTER TABLE visit VALIDATE CONSTRAINT visit_id_not_null;
ALTER TABLE visit ADD CONSTRAINT visit_key PRIMARY KEY USING INDEX visit_key;
ALTER TABLE visit DROP CONSTRAINT visit_id_not_null;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let found = scene.added_constraints().into_iter().filter_map(|(table, constraint)| {
        let Constraint::PrimaryKeyConstraint(key) = constraint else { return None };
        let index = name_of(key.using_index())?;
        let is_proven = scene.before.has_validated(&table, None);
        let doubt = Doubt::NullableKey { table, index };
        (!is_proven).then(|| Mark::new(key.syntax(), doubt))
    });
    found.collect()
}
