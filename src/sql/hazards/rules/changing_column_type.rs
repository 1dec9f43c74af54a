use super::prelude::*;

pub static CHANGING_COLUMN_TYPE: HazardRule = HazardRule {
    id: "changing-column-type",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody reads or writes the table while it is written anew with the column's new type",
    trigger: "`ALTER COLUMN … TYPE`, and `ALTER ATTRIBUTE … TYPE` of a type",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Rewrite,
    why: "Every row is converted and all indexes are built again, unless the new type stores every \
          value just as the old one did. Even then a `CHECK` on the column makes the server read \
          all rows, and sometimes its indexes are built again.",
    acquittal: Some(
        "The table has no rows, or the old values serve as they are: `varchar(n)` to a \
                     longer one or to `text`, `numeric` to a higher precision with the same scale.",
    ),
    instead: "Add a column of the new type, keep it filled by a trigger, fill the rows that exist \
              with a backfill, let the application change over, and drop the old column.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE account ALTER COLUMN id TYPE bigint;",
        safe: &[
            "ALTER TABLE account ADD COLUMN id_long bigint;
CREATE FUNCTION account_fill_id_long() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.id_long := NEW.id; RETURN NEW; END $$;
CREATE TRIGGER account_fill_id_long BEFORE INSERT OR UPDATE ON account
    FOR EACH ROW EXECUTE FUNCTION account_fill_id_long();",
            "-- turnback:backfill account
UPDATE account SET id_long = id WHERE id_long IS NULL;",
        ],
    }),
    find: Find::Squawk(SquawkRule::ChangingColumnType),
};
