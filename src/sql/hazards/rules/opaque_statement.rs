use squawk_syntax::ast::{AstNode, Stmt};

use super::prelude::*;
use crate::sql::hazards::functions::{calls, is_built_in};

pub static OPAQUE_STATEMENT: HazardRule = HazardRule {
    id: "opaque-statement",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Note,
    title: "what the statement does is not seen beforehand",
    trigger: "`DO`, `CALL`, `EXECUTE`, and `SELECT` of a function that is not known as the \
              server's own",
    lock: None,
    cost: Cost::Unknown,
    why: "Locks, rewrites and changes within a block, procedure or function are found by nobody \
          who reads the script.",
    acquittal: None,
    instead: "Rehearse the migration with `turnback plan --rehearse`, which sees them, or write \
              the statements themselves.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "DO $$ BEGIN EXECUTE 'ALTER TABLE account ADD COLUMN seen bool'; END $$;",
        safe: &["ALTER TABLE account ADD COLUMN seen bool;"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let is_opaque = match scene.syntax {
        Stmt::Do(_) | Stmt::Call(_) | Stmt::Execute(_) => true,
        Stmt::Select(select) => !calls(select.syntax()).iter().all(is_built_in),
        _ => false,
    };
    let mark = || Mark::new(scene.syntax.syntax(), Doubt::Settled);
    is_opaque.then(mark).into_iter().collect()
}
