//! `sqlite-rebuild-loses-objects`

use super::read::{Ddl, is_same};
use super::rule::{SqliteHazard, found_by};
use super::scene::Scene;
use crate::model::Engine;
use crate::model::ObjectName;
use crate::sql::hazards::rule::{Cost, Example, Find, HazardLevel, HazardRule};

/// See <https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes>.
pub(in crate::sql) static RULE: HazardRule = HazardRule {
    id: "sqlite-rebuild-loses-objects",
    engine: Some(Engine::Sqlite),
    level: HazardLevel::Warning,
    title: "a rebuilt table lacks indexes or triggers that the old one had",
    trigger: "`DROP TABLE t`, and behind it in the same script a new table `t`, without the indexes \
              and triggers that other scripts gave it; where no script shows what it had, a note \
              unless an index or trigger is made",
    lock: None,
    cost: Cost::Clients,
    why: "DROP TABLE takes the table's indexes and triggers with it, and the table that gets its \
          name has only those that are made for it.",
    acquittal: None,
    instead: "Make each index and trigger again behind the rebuild.",
    example: Some(Example {
        ground: "CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT);
CREATE UNIQUE INDEX accounts_email ON accounts (email);
INSERT INTO accounts VALUES (1, 'a@example.org');",
        bad: "CREATE TABLE accounts_new (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
INSERT INTO accounts_new SELECT id, email FROM accounts;
DROP TABLE accounts;
ALTER TABLE accounts_new RENAME TO accounts;",
        safe: &["CREATE TABLE accounts_new (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
INSERT INTO accounts_new SELECT id, email FROM accounts;
DROP TABLE accounts;
ALTER TABLE accounts_new RENAME TO accounts;
CREATE UNIQUE INDEX accounts_email ON accounts (email);"],
    }),
    find: Find::Elsewhere,
};

pub(super) fn find(scene: &Scene<'_>) -> Vec<SqliteHazard> {
    let mut found = Vec::new();
    scene.walk(|index, statement, moment| {
        let Ddl::DropTable(table) = statement else { return };
        let Some(successor) = scene.made_again(index, table) else { return };
        let given = given(scene, index, successor, table);
        let had = moment.schema.parts(table);
        let lost: Vec<_> = had.iter().filter(|part| !given.contains(part)).cloned().collect();
        let at = scene.start(index);
        if !lost.is_empty() {
            let message =
                format!("The new {table} lacks what the old one had: {}.", lost.join(", "));
            found.push(found_by(&RULE, index, at, message));
        } else if had.is_empty() && given.is_empty() && !moment.schema.knows(table) {
            let message = format!(
                "Indexes and triggers of {table} go with it, and no statement behind makes any for \
                 the new {table}."
            );
            let hazard = found_by(&RULE, index, at, message);
            found.push(SqliteHazard { level: HazardLevel::Note, ..hazard });
        }
    });
    found
}

/// The indexes and triggers that the new table gets: those of its own name, and those that were
/// made for it before it had that name.
fn given(scene: &Scene<'_>, drop: usize, successor: usize, table: &ObjectName) -> Vec<String> {
    let earlier = match &scene.statements[successor] {
        Ddl::RenameTable { from, .. } => Some(from),
        _ => None,
    };
    let parts = scene.statements.iter().enumerate().filter_map(|(index, it)| {
        let (kind, part) = match it {
            Ddl::CreateIndex(part) => ("index", part),
            Ddl::CreateTrigger(part) => ("trigger", part),
            _ => return None,
        };
        let is_own = index > drop && is_same(&part.table, table);
        let is_earlier = earlier.is_some_and(|it| is_same(&part.table, it));
        (is_own || is_earlier).then(|| format!("{kind} {}", part.name.name.to_ascii_lowercase()))
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::RULE;

    const TABLE: &str = "create table T (a); create index i on t (a); \
                         create trigger x after update of a on t begin select 1; end;";

    #[test]
    fn what_is_lost_is_named() {
        let text = "drop table t; create table t (a); create index I on t (a);";
        let lost = found(&RULE, TABLE, text);
        assert_eq!(lost.len(), 1);
        assert_eq!(lost[0].message, "The new t lacks what the old one had: trigger x.");
        let whole = format!("{text} create trigger x after delete on t begin select 1; end");
        assert_eq!(found(&RULE, TABLE, &whole), []);
    }

    #[test]
    fn parts_of_the_new_table_under_its_first_name_are_its_own() {
        let text = "create table n (a); create index j on n (a); drop index i; drop trigger x; \
                    drop table t; alter table n rename to t";
        assert_eq!(found(&RULE, TABLE, text), []);
    }

    #[test]
    fn what_nobody_knows_is_a_note() {
        let text = "create table n (a); drop table t; alter table n rename to t;";
        let note = crate::sql::HazardLevel::Note;
        assert_eq!(found(&RULE, "", text)[0].level, note);
        assert_eq!(found(&RULE, "", &format!("{text} create index i on t (a)")), []);
        assert_eq!(found(&RULE, "create table t (a)", text), []);
        assert_eq!(found(&RULE, "", "drop table t"), []);
    }
}
