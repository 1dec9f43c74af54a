use super::prelude::*;

pub static BAN_SET_SCHEMA: HazardRule = HazardRule {
    id: "ban-set-schema",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "applications no longer find the object where it was",
    trigger: "`SET SCHEMA` of a table, view, type, function, sequence or extension",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Clients,
    why: "Statements that name the schema fail, and those that rely on the `search_path` may find \
          another object of that name, or none.",
    acquittal: Some("The table has no rows."),
    instead: "Move it, and leave a view of the same name behind in the same migration: simple \
              views can be read and written like the table. Drop the view when no release uses it \
              any more.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;
CREATE SCHEMA crm;",
        bad: "ALTER TABLE account SET SCHEMA crm;",
        safe: &["-- turnback:allow ban-set-schema -- the view below stands in for it
ALTER TABLE account SET SCHEMA crm;
CREATE VIEW account AS SELECT * FROM crm.account;"],
    }),
    find: Find::Squawk(SquawkRule::BanSetSchema),
};
