//! `sqlite-without-rowid-backfill`

use super::read::tokens;
use super::rule::{SqliteHazard, found_by};
use super::scene::Scene;
use crate::model::Engine;
use crate::sql::hazards::rule::{Cost, Example, Find, HazardLevel, HazardRule};
use crate::sql::words::is_word;

/// See <https://www.sqlite.org/withoutrowid.html>.
pub(in crate::sql) static RULE: HazardRule = HazardRule {
    id: "sqlite-without-rowid-backfill",
    engine: Some(Engine::Sqlite),
    level: HazardLevel::Error,
    title: "a backfill of a table WITHOUT ROWID names the row's number or changes its key",
    trigger: "below `-- turnback:backfill t`, where a script has made `t` WITHOUT ROWID, a \
              statement with `rowid`, `_rowid_` or `oid`, or one that sets a column of the primary \
              key",
    lock: None,
    cost: Cost::Failure,
    why: "A table WITHOUT ROWID has no row numbers: a statement that speaks of them fails. Its \
          batches go by the primary key, and one that changes the key cannot be cut into batches.",
    acquittal: None,
    instead: "Choose the rows by a condition on columns that the statement sets, and leave the key \
              as it is; turnback itself takes the rows in the order of the key.",
    example: Some(Example {
        ground:
            "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT, kind TEXT) WITHOUT ROWID;
INSERT INTO settings VALUES ('color', 'red', NULL), ('size', '12', NULL);",
        bad: "-- turnback:backfill settings
UPDATE settings SET kind = 'text' WHERE kind IS NULL AND rowid < 1000000;",
        safe: &["-- turnback:backfill settings
UPDATE settings SET kind = 'text' WHERE kind IS NULL;"],
    }),
    find: Find::Elsewhere,
};

const NUMBERS: [&str; 3] = ["ROWID", "_ROWID_", "OID"];

pub(super) fn find(scene: &Scene<'_>) -> Vec<SqliteHazard> {
    let mut found = Vec::new();
    if scene.script.statements.iter().all(|it| it.backfill.is_none()) {
        return found;
    }
    scene.walk(|index, _, moment| {
        let statement = &scene.script.statements[index];
        let Some(backfill) = &statement.backfill else { return };
        let table = &backfill.table;
        let Some(key) = moment.schema.key_without_rowid(table) else { return };
        let own = &scene.text[statement.span.clone()];
        let words = tokens(scene.text, statement);
        let number = words.iter().find(|it| NUMBERS.iter().any(|name| is_word(**it, own, name)));
        let sets = |name: &&String| backfill.columns.iter().any(|it| it.eq_ignore_ascii_case(name));
        let (at, message) = if let Some(token) = number {
            let name = token.text(own);
            let message = format!("{table} is WITHOUT ROWID: there is no {name}.");
            (statement.span.start + token.start(), message)
        } else if let Some(column) = key.iter().find(sets) {
            let message = format!(
                "{column} is part of the key by which batches of {table} go: the statement runs in \
                 one piece."
            );
            (statement.span.start, message)
        } else {
            return;
        };
        found.push(found_by(&RULE, index, at, message));
    });
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::RULE;

    const TABLE: &str = "create table T (k text, n, v, primary key (k, n)) without rowid;";

    #[test]
    fn row_numbers_and_changed_keys_are_ones() {
        let of = |before: &str, statement: &str| {
            found(&RULE, before, &format!("-- turnback:backfill t\n{statement}"))
        };
        let numbered = of(TABLE, "update t set v = 1 where v is null and t._rowid_ > 5");
        assert_eq!(numbered[0].message, "t is WITHOUT ROWID: there is no _rowid_.");
        assert!(of(TABLE, "update t set N = 1 where n is null")[0].message.contains("key"));
        assert_eq!(of(TABLE, "update t set v = 1 where v is null"), []);
        assert_eq!(of("create table t (v)", "update t set v = 1 where rowid > 5"), []);
        assert_eq!(found(&RULE, TABLE, "update t set v = 1 where rowid > 5"), []);
    }
}
