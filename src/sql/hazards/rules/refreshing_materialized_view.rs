use squawk_syntax::ast::{AstNode, Stmt};

use super::prelude::*;
use crate::model::ObjectKind;

pub static REFRESHING_MATERIALIZED_VIEW: HazardRule = HazardRule {
    id: "refreshing-materialized-view",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads the materialized view while it is filled anew",
    trigger: "`REFRESH MATERIALIZED VIEW` without `CONCURRENTLY`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the materialized view" }),
    cost: Cost::Rewrite,
    why: "Readers wait until the whole query has run and all indexes are built again. `WITH NO \
          DATA` empties it, and readers fail.",
    acquittal: Some("The materialized view has no rows."),
    instead: "Refresh it concurrently, which needs a unique index over plain columns, without a \
              condition.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;
CREATE MATERIALIZED VIEW account_list AS SELECT id, name FROM account;",
        bad: "REFRESH MATERIALIZED VIEW account_list;",
        safe: &[
            "-- turnback:transaction off
CREATE UNIQUE INDEX CONCURRENTLY account_list_id ON account_list (id);",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY account_list;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Stmt::Refresh(refresh) = scene.syntax else { return Vec::new() };
    let doubt = Doubt::Rows(scene.named(ObjectKind::View));
    let is_one = refresh.concurrently_token().is_none();
    is_one.then(|| Mark::new(refresh.syntax(), doubt)).into_iter().collect()
}
