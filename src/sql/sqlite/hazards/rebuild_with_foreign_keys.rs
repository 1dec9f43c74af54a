//! `sqlite-rebuild-with-foreign-keys`

use super::read::Ddl;
use super::rule::{SqliteHazard, found_by};
use super::scene::Scene;
use crate::model::Engine;
use crate::sql::hazards::rule::{Cost, Example, Find, HazardLevel, HazardRule};

/// See <https://www.sqlite.org/foreignkeys.html#fk_schemacommands>.
pub(in crate::sql) static RULE: HazardRule = HazardRule {
    id: "sqlite-rebuild-with-foreign-keys",
    engine: Some(Engine::Sqlite),
    level: HazardLevel::Error,
    title: "a table that others refer to is dropped while foreign keys are enforced",
    trigger: "`DROP TABLE` behind `PRAGMA foreign_keys = ON` in a script with `transaction off`, \
              unless the scripts show that no foreign key refers to the table",
    lock: None,
    cost: Cost::Data,
    why: "While foreign keys are enforced, DROP TABLE deletes all rows of the table first, and the \
          ON DELETE actions of the tables that refer to it run: with CASCADE their rows are gone.",
    acquittal: None,
    instead: "Leave foreign keys off, as turnback has them while a script runs, or switch them off \
              before the rebuild. Rows without their parent are found by `PRAGMA foreign_key_check`, \
              which turnback runs before it commits a script in a transaction.",
    example: Some(Example {
        ground: "CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE
);
INSERT INTO accounts VALUES (1, 'a@example.org');
INSERT INTO orders VALUES (1, 1);",
        bad: "-- turnback:transaction off
PRAGMA foreign_keys = ON;
CREATE TABLE accounts_new (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
INSERT INTO accounts_new SELECT id, email FROM accounts;
DROP TABLE accounts;
ALTER TABLE accounts_new RENAME TO accounts;",
        safe: &["CREATE TABLE accounts_new (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
INSERT INTO accounts_new SELECT id, email FROM accounts;
DROP TABLE accounts;
ALTER TABLE accounts_new RENAME TO accounts;"],
    }),
    find: Find::Elsewhere,
};

pub(super) fn find(scene: &Scene<'_>) -> Vec<SqliteHazard> {
    let mut found = Vec::new();
    scene.walk(|index, statement, moment| {
        let Ddl::DropTable(table) = statement else { return };
        let referrers = moment.schema.referrers(table);
        let is_alone = referrers.is_empty() && moment.schema.knows(table);
        if !moment.foreign_keys || is_alone {
            return;
        }
        let whose = match referrers.as_slice() {
            [] => "other tables".to_owned(),
            named => named.join(", "),
        };
        let message = format!(
            "With foreign keys on, DROP TABLE deletes the rows of {table} first, and what the \
             foreign keys of {whose} say of a deleted row is done."
        );
        found.push(found_by(&RULE, index, scene.start(index), message));
    });
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::RULE;

    #[test]
    fn only_a_drop_with_foreign_keys_on_is_one() {
        let off = |text: &str| format!("-- turnback:transaction off\n{text}");
        let is_found = |before: &str, text: &str| !found(&RULE, before, &off(text)).is_empty();
        let on = "pragma foreign_keys = on; drop table t";
        assert!(is_found("", on));
        assert!(is_found("create table t (a); create table c (a references T)", on));
        assert!(!is_found("create table t (a)", on));
        assert!(!is_found("", "drop table t"));
        assert!(!is_found("", "pragma foreign_keys(1); pragma foreign_keys = 'off'; drop table t"));
    }
}
