use squawk_syntax::ast::{AstNode, Constraint};

use super::prelude::*;

pub static ADDING_SERIAL_PRIMARY_KEY_FIELD: HazardRule = HazardRule {
    id: "adding-serial-primary-key-field",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads or writes the table while the primary key's index is built",
    trigger: "`ADD PRIMARY KEY` without `USING INDEX`, and `ADD COLUMN … PRIMARY KEY`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::IndexBuild,
    why: "The index is built from all rows, and every row is checked for NULL, under the lock that \
          excludes everybody.",
    acquittal: Some("The table has no rows."),
    instead: "Build a unique index concurrently, and make it the primary key afterwards, which \
              takes a moment where the columns are `NOT NULL`.",
    example: Some(Example {
        ground: "CREATE TABLE visit (id int NOT NULL, account_id int);
INSERT INTO visit SELECT i, i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE visit ADD CONSTRAINT visit_key PRIMARY KEY (id);",
        safe: &[
            "-- turnback:transaction off
CREATE UNIQUE INDEX CONCURRENTLY visit_key ON visit (id);",
            "ALTER TABLE visit ADD CONSTRAINT visit_key PRIMARY KEY USING INDEX visit_key;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let added = scene.added_constraints();
    let columns = scene.added_columns();
    let with_columns = columns
        .iter()
        .flat_map(|(table, add)| add.constraints().map(|constraint| (table.clone(), constraint)));
    let builds = added.into_iter().chain(with_columns).filter(|(_, constraint)| {
        matches!(constraint, Constraint::PrimaryKeyConstraint(it) if it.using_index().is_none())
    });
    builds.map(|(table, it)| Mark::new(it.syntax(), Doubt::Rows(vec![table]))).collect()
}
