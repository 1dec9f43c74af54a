use squawk_syntax::ast::{AstNode, Constraint};

use super::prelude::*;

pub static DISALLOWED_UNIQUE_CONSTRAINT: HazardRule = HazardRule {
    id: "disallowed-unique-constraint",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads or writes the table while the constraint's index is built",
    trigger: "`ADD UNIQUE` without `USING INDEX`, and `ADD COLUMN … UNIQUE`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::IndexBuild,
    why: "The index is built from all rows under the lock that excludes everybody, also where a \
          new column holds nothing but NULL.",
    acquittal: Some("The table has no rows."),
    instead: "Build a unique index concurrently, and make it the constraint afterwards, which \
              takes a moment.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE account ADD CONSTRAINT account_name_key UNIQUE (name);",
        safe: &[
            "-- turnback:transaction off
CREATE UNIQUE INDEX CONCURRENTLY account_name_key ON account (name);",
            "ALTER TABLE account ADD CONSTRAINT account_name_key UNIQUE USING INDEX account_name_key;",
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
        matches!(constraint, Constraint::UniqueConstraint(it) if it.using_index().is_none())
    });
    builds.map(|(table, it)| Mark::new(it.syntax(), Doubt::Rows(vec![table]))).collect()
}
