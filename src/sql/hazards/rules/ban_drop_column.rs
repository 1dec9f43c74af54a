use super::prelude::*;

pub static BAN_DROP_COLUMN: HazardRule = HazardRule {
    id: "ban-drop-column",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "applications that still use the column fail, and its values go",
    trigger: "`DROP COLUMN`, and `DROP ATTRIBUTE` of a type",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Clients,
    why: "From one moment to the next every statement that names the column fails, in sessions \
          that have prepared it as well. Rolling the migration back brings the values back as they \
          were when it ran, not what was written since.",
    acquittal: Some("The table has no rows."),
    instead: "First release an application that does not name the column; then drop it, and say \
              so.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE account DROP COLUMN name;",
        safe: &["-- turnback:allow ban-drop-column -- no release has read or written it since May
ALTER TABLE account DROP COLUMN name;"],
    }),
    find: Find::Squawk(SquawkRule::BanDropColumn),
};
