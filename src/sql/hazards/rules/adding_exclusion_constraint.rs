use squawk_syntax::ast::{AstNode, Constraint};

use super::prelude::*;

pub static ADDING_EXCLUSION_CONSTRAINT: HazardRule = HazardRule {
    id: "adding-exclusion-constraint",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads or writes the table while the exclusion constraint's index is built",
    trigger: "`ADD CONSTRAINT … EXCLUDE`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::IndexBuild,
    why: "The index is built from all rows, and each of them is compared with the others, under \
          the lock that excludes everybody. The server builds such an index in no other way.",
    acquittal: Some("The table has no rows."),
    instead: "Make the constraint together with the table. For one that is large already make a \
              new table with the constraint and move the rows over; or take the hour when nobody \
              works, and accept it. Where all operators are `=`, a unique index does the same and \
              is built concurrently.",
    example: Some(Example {
        ground: "CREATE TABLE booking (id int PRIMARY KEY, during int4range);
INSERT INTO booking SELECT i, int4range(i, i + 1) FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE booking ADD CONSTRAINT booking_apart EXCLUDE USING gist (during WITH &&);",
        safe: &["CREATE TABLE booking_apart (
    id int PRIMARY KEY,
    during int4range,
    EXCLUDE USING gist (during WITH &&)
);"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let added = scene.added_constraints().into_iter();
    let added = added.filter(|(_, it)| matches!(it, Constraint::ExcludeConstraint(_)));
    added.map(|(table, it)| Mark::new(it.syntax(), Doubt::Rows(vec![table]))).collect()
}
