use squawk_syntax::ast::{AstNode, Literal, Stmt};

use super::prelude::*;

pub static ENUM_VALUE_USED_AT_ONCE: HazardRule = HazardRule {
    id: "enum-value-used-at-once",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the statement fails, since a new value of an enum cannot be used in the transaction \
            that adds it",
    trigger: "a statement with the text of a value that `ALTER TYPE … ADD VALUE` adds earlier in \
              the same transaction, unless the type is new as well",
    lock: None,
    cost: Cost::Failure,
    why: "The server says so with SQLSTATE 55P04, `unsafe use of new value`, and the whole script \
          is undone.",
    acquittal: None,
    instead: "Add the value in a migration of its own.",
    example: Some(Example {
        ground: "CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE account (id int PRIMARY KEY, mood mood);
INSERT INTO account SELECT i, 'glad' FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TYPE mood ADD VALUE 'sad';
ALTER TABLE account ALTER COLUMN mood SET DEFAULT 'sad';",
        safe: &[
            "ALTER TYPE mood ADD VALUE 'sad';",
            "ALTER TABLE account ALTER COLUMN mood SET DEFAULT 'sad';",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let added = &scene.before.values;
    if added.is_empty() || matches!(scene.syntax, Stmt::AlterType(_)) {
        return Vec::new();
    }
    let literals = scene.syntax.syntax().descendants().filter_map(Literal::cast);
    let used = literals.filter(|it| it.string_value().is_some_and(|it| added.contains(&it)));
    used.map(|it| Mark::new(it.syntax(), Doubt::Settled)).collect()
}
