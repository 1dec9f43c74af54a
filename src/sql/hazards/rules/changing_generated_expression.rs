use squawk_syntax::ast::{AlterColumnOption, AlterTableAction};

use super::prelude::*;

pub static CHANGING_GENERATED_EXPRESSION: HazardRule = HazardRule {
    id: "changing-generated-expression",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the table is written anew with what the new expression yields",
    trigger: "`ALTER COLUMN … SET EXPRESSION` of a stored generated column (PostgreSQL 17 and \
              later)",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Rewrite,
    why: "The expression is computed for each row and written into it, all indexes are built \
          again, and nobody reads or writes the table until that is done.",
    acquittal: Some("The table has no rows."),
    instead: "Add an ordinary column, keep it filled by a trigger, fill the rows that exist with a \
              backfill, and let the application change over.",
    example: Some(Example {
        ground: "CREATE TABLE hit (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 119 / 100) STORED);
INSERT INTO hit SELECT n, n FROM generate_series(1, 2000) AS n;",
        bad: "ALTER TABLE hit ALTER COLUMN gross SET EXPRESSION AS (net * 116 / 100);",
        safe: &[
            "ALTER TABLE hit ADD COLUMN gross_now int;

CREATE FUNCTION set_gross_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.gross_now := NEW.net * 116 / 100;
    RETURN NEW;
END $$;

CREATE TRIGGER hit_gross_now BEFORE INSERT OR UPDATE ON hit
    FOR EACH ROW EXECUTE FUNCTION set_gross_now();",
            "-- turnback:backfill hit
UPDATE hit SET gross_now = net * 116 / 100 WHERE gross_now IS NULL;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    scene.actions(|action| {
        let AlterTableAction::AlterColumn(alter) = action else { return false };
        matches!(alter.option(), Some(AlterColumnOption::SetExpression(_)))
    })
}
