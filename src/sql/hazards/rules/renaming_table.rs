use super::prelude::*;

pub static RENAMING_TABLE: HazardRule = HazardRule {
    id: "renaming-table",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "applications that still use the table's old name fail",
    trigger: "`ALTER TABLE … RENAME TO`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Clients,
    why: "No application can be changed at the very moment at which the migration commits; until \
          then, or from then on, its statements fail.",
    acquittal: Some("The table has no rows."),
    instead: "Rename it, and leave a view of the old name behind in the same migration: simple \
              views can be read and written like the table. Drop the view when no release uses it \
              any more.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE account RENAME TO customer;",
        safe: &["-- turnback:allow renaming-table -- the view below stands in for it
ALTER TABLE account RENAME TO customer;
CREATE VIEW account AS SELECT * FROM customer;"],
    }),
    find: Find::Squawk(SquawkRule::RenamingTable),
};
