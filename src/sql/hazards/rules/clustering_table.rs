use squawk_syntax::ast::{AstNode, Stmt};

use super::prelude::*;
use crate::model::ObjectKind;

pub static CLUSTERING_TABLE: HazardRule = HazardRule {
    id: "clustering-table",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads or writes the table while it is written anew in the order of an index",
    trigger: "`CLUSTER`, and `REPACK` without `CONCURRENTLY`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Rewrite,
    why: "The table is copied in the order of the index, and all indexes are built again. New rows \
          do not keep the order.",
    acquittal: Some("The table has no rows."),
    instead: "Leave the order to an index, if need be with `INCLUDE` columns, built concurrently. \
              Where space is to be won, an extension such as pg_repack copies the table while it \
              is in use.",
    example: Some(Example {
        ground: "CREATE TABLE visit (id int PRIMARY KEY, account_id int);
INSERT INTO visit SELECT i, i FROM generate_series(1, 2000) AS i;",
        bad: "CLUSTER visit USING visit_pkey;",
        safe: &["-- turnback:transaction off
CREATE INDEX CONCURRENTLY visit_covering ON visit (id) INCLUDE (account_id);"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let is_one = match scene.syntax {
        Stmt::Cluster(_) => true,
        Stmt::Repack(repack) => {
            let options = repack.option_item_list();
            let options = options.map(|it| it.syntax().text().to_string().to_ascii_lowercase());
            !options.is_some_and(|it| it.contains("concurrently"))
        }
        _ => false,
    };
    let tables = scene.named(ObjectKind::Table);
    let doubt = if tables.is_empty() { Doubt::Settled } else { Doubt::Rows(tables) };
    is_one.then(|| Mark::new(scene.syntax.syntax(), doubt)).into_iter().collect()
}
