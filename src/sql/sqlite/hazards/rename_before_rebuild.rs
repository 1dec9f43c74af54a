//! `sqlite-rename-before-rebuild`

use super::read::Ddl;
use super::rule::{SqliteHazard, found_by};
use super::scene::Scene;
use crate::model::Engine;
use crate::sql::hazards::rule::{Cost, Example, Find, HazardLevel, HazardRule};

/// See <https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes>.
pub(in crate::sql) static RULE: HazardRule = HazardRule {
    id: "sqlite-rename-before-rebuild",
    engine: Some(Engine::Sqlite),
    level: HazardLevel::Error,
    title: "a table is renamed away before another one takes its name",
    trigger: "`ALTER TABLE t RENAME TO …`, and behind it in the same script a new table `t`",
    lock: None,
    cost: Cost::Clients,
    why: "Since SQLite 3.26 a rename is followed by every foreign key, trigger and view that speaks \
          of the table. They go with the old table, and fail once it is dropped; nothing refers to \
          the new one.",
    acquittal: None,
    instead: "Make the new table under another name, copy the rows, drop the old table, and rename \
              the new one: what refers to the old name then finds the new table.",
    example: Some(Example {
        ground: "CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts (id));
INSERT INTO accounts VALUES (1, 'a@example.org');
INSERT INTO orders VALUES (1, 1);",
        bad: "ALTER TABLE accounts RENAME TO accounts_old;
CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
INSERT INTO accounts SELECT id, email FROM accounts_old;
DROP TABLE accounts_old;",
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
        let Ddl::RenameTable { from, to } = statement else { return };
        if moment.legacy_rename || scene.made_again(index, from).is_none() {
            return;
        }
        let message = format!(
            "Foreign keys, triggers and views that refer to {from} follow it to {to}, and not to \
             the new {from}."
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
    fn a_rename_with_a_successor_is_one() {
        let is_found = |text: &str| !found(&RULE, "", text).is_empty();
        assert!(is_found(RULE.example.unwrap().bad));
        assert!(is_found("alter table T rename to o; alter table n rename to \"t\""));
        assert!(!is_found("alter table t rename to o; create table u (a)"));
        assert!(!is_found("create table t (a); alter table t rename to o"));
        assert!(!is_found(
            "pragma legacy_alter_table = on; alter table t rename to o; create table t (a)"
        ));
    }
}
