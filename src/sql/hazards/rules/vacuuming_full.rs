use squawk_syntax::ast::{AstNode, Stmt};

use super::prelude::*;
use crate::model::ObjectKind;

pub static VACUUMING_FULL: HazardRule = HazardRule {
    id: "vacuuming-full",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads or writes the table while it is written anew without its gaps",
    trigger: "`VACUUM FULL`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Rewrite,
    why: "The table is copied and all indexes are built again. A plain `VACUUM` lets everybody \
          read and write, and makes the space available to new rows of the table.",
    acquittal: Some("The table has no rows."),
    instead: "Use a plain `VACUUM`, and reindex concurrently. Where the space has to go back to \
              the disk, an extension such as pg_repack copies the table while it is in use.",
    example: Some(Example {
        ground: "CREATE TABLE visit (id int PRIMARY KEY, account_id int);
INSERT INTO visit SELECT i, i FROM generate_series(1, 2000) AS i;",
        bad: "-- turnback:transaction off
VACUUM FULL visit;",
        safe: &["-- turnback:transaction off
VACUUM visit;"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Stmt::Vacuum(vacuum) = scene.syntax else { return Vec::new() };
    let tables = scene.named(ObjectKind::Table);
    let doubt = if tables.is_empty() { Doubt::Settled } else { Doubt::Rows(tables) };
    vacuum.is_full().then(|| Mark::new(vacuum.syntax(), doubt)).into_iter().collect()
}
