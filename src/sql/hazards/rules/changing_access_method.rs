use squawk_syntax::ast::AlterTableAction;

use super::prelude::*;

pub static CHANGING_ACCESS_METHOD: HazardRule = HazardRule {
    id: "changing-access-method",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the table is written anew for another access method",
    trigger: "`ALTER TABLE … SET ACCESS METHOD` (PostgreSQL 15 and later)",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Rewrite,
    why: "The table and all its indexes are copied, and nobody reads or writes it until that is \
          done.",
    acquittal: Some("The table has no rows."),
    instead: "Make a new table with the access method, fill it while the application works, and \
              put it in the other's place. For a partitioned table give new partitions the new \
              one.",
    example: Some(Example {
        ground: "CREATE TABLE hit (id int PRIMARY KEY);
INSERT INTO hit SELECT generate_series(1, 2000);
CREATE ACCESS METHOD other_heap TYPE TABLE HANDLER heap_tableam_handler;",
        bad: "ALTER TABLE hit SET ACCESS METHOD other_heap;",
        safe: &["CREATE TABLE hit_moved (LIKE hit INCLUDING ALL) USING other_heap;"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    scene.actions(|action| matches!(action, AlterTableAction::SetAccessMethod(_)))
}
