use super::prelude::*;

pub static BAN_TRUNCATE_CASCADE: HazardRule = HazardRule {
    id: "ban-truncate-cascade",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "tables that the statement does not name are emptied as well",
    trigger: "`TRUNCATE … CASCADE`",
    lock: Some(HazardLock {
        strength: LockStrength::AccessExclusive,
        on: "the table and all that refer to it",
    }),
    cost: Cost::Data,
    why: "Every table with a foreign key to this one is emptied, and every one that refers to \
          those, whether any of their rows refers to anything or not.",
    acquittal: Some("No foreign key refers to the tables."),
    instead: "Name the tables. Where applications work on them, delete the rows in batches \
              instead.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;
CREATE TABLE visit (id int PRIMARY KEY, account_id int);
INSERT INTO visit SELECT i, i FROM generate_series(1, 2000) AS i;
ALTER TABLE visit ADD FOREIGN KEY (account_id) REFERENCES account (id);",
        bad: "TRUNCATE account CASCADE;",
        safe: &[
            "-- turnback:backfill visit
DELETE FROM visit;",
            "-- turnback:backfill account
DELETE FROM account;",
        ],
    }),
    find: Find::Squawk(SquawkRule::BanTruncateCascade),
};
