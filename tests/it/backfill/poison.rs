//! Rows that cannot be changed, and statements that do not do what batches need.

use super::Stand;
use crate::support::Project;

const ROWS: &str = "CREATE TABLE item (id int PRIMARY KEY, src text, value int CHECK (value >= 0));
    INSERT INTO item SELECT i, i::text, NULL FROM generate_series(1, 50000) AS i;
    UPDATE item SET src = CASE id WHEN 25000 THEN '-25000' ELSE 'x' || id END
        WHERE id IN (7, 25000, 49999);
    VACUUM FULL item;";
const FILL: &str = "-- turnback:backfill item
UPDATE item SET value = src::int WHERE value IS NULL;
ALTER TABLE item ALTER COLUMN value SET NOT NULL;";
const IS_NOT_NULL: &str =
    "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname = 'value'";

fn all_but_three(migrate: impl Fn(&Stand) -> crate::support::Run) {
    let stand = Stand::new(ROWS, FILL);
    let run = migrate(&stand).expect_code(1);
    for word in ["{\"id\":7}", "{\"id\":25000}", "{\"id\":49999}", "\"x7\"", "item_value_check"] {
        assert!(run.stderr.contains(word), "{word} is not in {run}");
    }
    assert!(run.stderr.contains("is done but for 3 rows"), "{run}");
    stand.expect("SELECT count(*) FROM item WHERE value = id", "49997").expect(IS_NOT_NULL, "f");
    migrate(&stand).expect_code(1);
    stand.database.psql("UPDATE item SET src = id::text WHERE value IS NULL");
    migrate(&stand).expect_code(0);
    stand.expect("SELECT count(*) FROM item WHERE value = id", "50000").expect(IS_NOT_NULL, "t");
}

#[test]
fn rows_that_cannot_be_changed_are_named_and_can_be_mended() {
    all_but_three(Stand::migrate);
}

#[test]
fn rows_that_cannot_be_changed_are_named_without_a_backup_too() {
    all_but_three(Stand::migrate_for_good);
}

/// A trigger that keeps rows beyond a number as they are.
fn keeping(beyond: u32) -> Stand {
    let trigger = format!(
        "UPDATE item SET src = id::text;
         CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF new.id > {beyond} THEN RETURN NULL; END IF; RETURN new; END $$;
         CREATE TRIGGER keep BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION keep();"
    );
    let rows = ROWS.replace("50000", "3000");
    Stand::new(&format!("{rows}{trigger}"), FILL)
}

#[test]
fn a_trigger_that_keeps_every_row_as_it_is_is_found_at_once() {
    let stand = keeping(0);
    let run = stand.migrate().expect_code(1);
    assert!(run.stderr.contains("a trigger or a rule is in the way"), "{run}");
    stand.expect("SELECT count(*) FROM item WHERE value IS NOT NULL", "0");
}

#[test]
fn a_trigger_that_keeps_some_rows_as_they_are_ends_the_backfill() {
    for migrate in [Stand::migrate, Stand::migrate_for_good] {
        let stand = keeping(2_990);
        let run = migrate(&stand).expect_code(1);
        assert!(run.stderr.contains("leaves 10 rows as they are"), "{run}");
        stand.expect("SELECT count(*) FROM item WHERE value = id", "2990");
        stand.database.psql("DROP TRIGGER keep ON item");
        migrate(&stand).expect_code(0);
        stand.expect("SELECT count(*) FROM item WHERE value = id", "3000");
    }
}

#[test]
fn a_statement_that_would_never_end_is_refused_before_it_changes_anything() {
    let update = "-- turnback:backfill item\nUPDATE item SET value = coalesce(value, 0) + 1 \
                  WHERE id > 10;";
    let stand = Stand::new(&ROWS.replace("50000", "3000"), update);
    let run = stand.migrate().expect_code(1);
    assert!(run.stderr.contains("still match its condition"), "{run}");
    stand.expect("SELECT count(value) FROM item", "0");
}

#[test]
fn rows_that_a_policy_hides_are_not_left_out_in_silence() {
    let policy = "CREATE POLICY few ON item USING (id < 100);
        ALTER TABLE item ENABLE ROW LEVEL SECURITY; ALTER TABLE item FORCE ROW LEVEL SECURITY;";
    let ground = format!("{}{policy}", ROWS.replace("50000", "3000"));
    let stand = Stand::new(&ground, FILL);
    let database = &stand.database;
    let role = format!("owner_of_{}", database.name());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT CREATE ON DATABASE {} TO {role};
         GRANT CREATE ON SCHEMA public TO {role}; ALTER TABLE item OWNER TO {role};",
        database.name()
    ));
    let project = Project::new().url(&database.url().replace("postgres@", &format!("{role}@")));
    project.migration(1, "backfill", FILL, "-- values");
    let run = project.run(&["migrate", "--no-backup", "--force"]).expect_code(1);
    assert!(run.stderr.contains("row-level security"), "{run}");
    stand.expect("SELECT count(value) FROM item", "0");
}
