use super::prelude::*;

pub static RENAMING_COLUMN: HazardRule = HazardRule {
    id: "renaming-column",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "applications that still use the column's old name fail",
    trigger: "`RENAME COLUMN` and `RENAME ATTRIBUTE`",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Clients,
    why: "No application can be changed at the very moment at which the migration commits; until \
          then, or from then on, its statements fail.",
    acquittal: Some("The table has no rows."),
    instead: "Add a column of the new name, keep both alike by a trigger, fill the rows that exist \
              with a backfill, let the application change over, and drop the old column.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE account RENAME COLUMN name TO full_name;",
        safe: &[
            "ALTER TABLE account ADD COLUMN full_name text;
CREATE FUNCTION account_fill_full_name() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.full_name := NEW.name; RETURN NEW; END $$;
CREATE TRIGGER account_fill_full_name BEFORE INSERT OR UPDATE OF name ON account
    FOR EACH ROW EXECUTE FUNCTION account_fill_full_name();",
            "-- turnback:backfill account
UPDATE account SET full_name = name WHERE full_name IS DISTINCT FROM name;",
        ],
    }),
    find: Find::Squawk(SquawkRule::RenamingColumn),
};
