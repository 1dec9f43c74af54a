use super::prelude::*;

pub static BAN_DROP_TABLE: HazardRule = HazardRule {
    id: "ban-drop-table",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "applications that still use the table fail, and its rows go",
    trigger: "`DROP TABLE` and `DROP FOREIGN TABLE`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Clients,
    why: "From one moment to the next every statement that names the table fails. Rolling the \
          migration back brings back the rows it had when it ran.",
    acquittal: Some("The table has no rows."),
    instead: "First release an application that does not name the table; then drop it, and say so.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "DROP TABLE account;",
        safe: &["-- turnback:allow ban-drop-table -- no release has used it since May
DROP TABLE account;"],
    }),
    find: Find::Squawk(SquawkRule::BanDropTable),
};
