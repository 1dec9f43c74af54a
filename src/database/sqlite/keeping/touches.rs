//! What a statement will do to rows that exist, as `SQLite` tells while it compiles it: triggers
//! and foreign keys are compiled with it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OptionalExtension as _, Statement};

use crate::database::contract::Touch;

/// What is reported of the tables of the database itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    table: String,
    what: What,
    /// The trigger that does it.
    by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Column(String),
    Delete,
    Insert,
}

/// Listens to what `SQLite` asks leave for, and grants all of it.
pub(in crate::database::sqlite) struct Watch(Arc<Mutex<Option<Vec<Report>>>>);

impl Watch {
    /// Begins to listen on a connection.
    pub fn begin(connection: &mut Connection) -> rusqlite::Result<Self> {
        let heard = Arc::new(Mutex::new(None::<Vec<Report>>));
        let shared = Arc::clone(&heard);
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            if let Some(heard) = &mut *shared.lock().unwrap_or_else(PoisonError::into_inner) {
                heard.extend(report(&context));
            }
            Authorization::Allow
        }))?;
        Ok(Self(heard))
    }

    /// Listens no more.
    pub fn end(connection: &mut Connection) -> rusqlite::Result<()> {
        connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
    }

    /// Compiles a statement, and tells what was reported of it.
    pub(super) fn prepare<'c>(
        &self,
        connection: &'c Connection,
        sql: &str,
    ) -> rusqlite::Result<(Statement<'c>, Vec<Report>)> {
        let heard = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *heard() = Some(Vec::new());
        let prepared = connection.prepare(sql);
        let reports = heard().take().unwrap_or_default();
        Ok((prepared?, reports))
    }
}

fn report(context: &AuthContext<'_>) -> Option<Report> {
    let (table, what) = match context.action {
        AuthAction::Update { table_name, column_name } => {
            (table_name, What::Column(column_name.to_owned()))
        }
        AuthAction::Delete { table_name } => (table_name, What::Delete),
        AuthAction::Insert { table_name } => (table_name, What::Insert),
        _ => return None,
    };
    let lower = table.to_ascii_lowercase();
    let is_own = lower.starts_with("sqlite_") || lower.starts_with("turnback_");
    (context.database_name == Some("main") && !is_own).then(|| Report {
        table: table.to_owned(),
        what,
        by: context.accessor.map(str::to_owned),
    })
}

/// The rows that exist and that a statement will touch. That it replaces rows which conflict with
/// its own is not reported; it must say so itself, or a trigger of its, or the table.
pub(super) fn touches(
    connection: &Connection,
    sql: &str,
    reports: Vec<Report>,
) -> rusqlite::Result<Vec<Touch>> {
    let mut touches = Vec::new();
    let mut seen = BTreeSet::new();
    let mut add = |table: &str, column: Option<String>| {
        if seen.insert((table.to_owned(), column.clone())) {
            touches.push(Touch { table: table.to_owned(), column });
        }
    };
    let mut asked: Vec<(String, Option<String>)> = Vec::new();
    for Report { table, what, by } in reports {
        match what {
            What::Delete => add(&table, None),
            What::Insert => {}
            What::Column(column) if column == "ROWID" => {
                add(&table, Some(number_column(connection, &table)?.unwrap_or(column)));
            }
            What::Column(column) => add(&table, Some(column)),
        }
        let question = (table, by);
        if asked.contains(&question) {
            continue;
        }
        if says_replace(sql) || may_replace(connection, &question.0, question.1.as_deref())? {
            add(&question.0, None);
        }
        asked.push(question);
    }
    Ok(touches)
}

/// The rows that exist and that a statement would touch, which does not replace any by itself. It
/// is not run.
pub(in crate::database::sqlite) fn touches_of(
    connection: &mut Connection,
    sql: &str,
) -> rusqlite::Result<Vec<Touch>> {
    let watch = Watch::begin(connection)?;
    let told = watch.prepare(connection, sql).and_then(|(statement, reports)| {
        drop(statement);
        // The word may as well be the function's name.
        touches(connection, "", reports)
    });
    Watch::end(connection)?;
    told
}

/// The column that holds a row's number, which `SQLite` reports by none of its names.
fn number_column(connection: &Connection, table: &str) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT max(name) FROM pragma_table_info(?1, 'main') WHERE pk > 0 \
         GROUP BY '' HAVING count(*) = 1 AND max(type) = 'INTEGER' COLLATE NOCASE",
    )?;
    statement.query_row([table], |row| row.get(0)).optional()
}

fn says_replace(sql: &str) -> bool {
    sql.to_ascii_lowercase().contains("replace")
}

/// Whether a table or a trigger says that rows in the way are replaced. Triggers of the connection's
/// own are in a schema of their own.
fn may_replace(
    connection: &Connection,
    table: &str,
    trigger: Option<&str>,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema \
                        WHERE name COLLATE NOCASE IN (?1, ?2) AND sql LIKE '%replace%') \
             OR EXISTS (SELECT 1 FROM temp.sqlite_schema \
                        WHERE name = ?2 COLLATE NOCASE AND sql LIKE '%replace%')",
    )?;
    statement.query_row((table, trigger.unwrap_or(table)), |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: &str = "
        CREATE TABLE parent (id integer PRIMARY KEY, name text);
        CREATE TABLE child (id integer PRIMARY KEY, note text,
            parent_id integer REFERENCES parent ON DELETE CASCADE ON UPDATE SET NULL);
        CREATE TABLE log (at text UNIQUE, said text);
        CREATE TABLE last (id integer PRIMARY KEY ON CONFLICT REPLACE, n integer);
        CREATE TABLE turnback_format (version integer);
        CREATE TEMP TABLE own (a);
        CREATE TRIGGER told AFTER UPDATE OF note ON child BEGIN
            UPDATE log SET said = new.note; REPLACE INTO log VALUES ('now', 'x');
        END;";

    fn told_of(connection: &mut Connection, sql: &str) -> Vec<String> {
        let watch = Watch::begin(connection).unwrap();
        let (_, reports) = watch.prepare(connection, sql).unwrap();
        let mut lines: Vec<String> = touches(connection, sql, reports)
            .unwrap()
            .into_iter()
            .map(|it| format!("{}.{}", it.table, it.column.unwrap_or_else(|| "*".to_owned())))
            .collect();
        Watch::end(connection).unwrap();
        lines.sort();
        lines
    }

    #[test]
    fn statements_tell_what_they_touch() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        connection.execute_batch("PRAGMA foreign_keys = off").unwrap();
        for (sql, told) in [
            ("UPDATE parent SET name = 1, id = id + 1", "parent.id parent.name"),
            ("UPDATE parent SET _rowid_ = _rowid_ + 1", "parent.id"),
            ("DELETE FROM parent", "parent.*"),
            ("DROP TABLE parent", "parent.*"),
            ("UPDATE child SET note = 'x'", "child.note log.* log.said"),
            ("INSERT INTO parent VALUES (1, 'a')", ""),
            ("INSERT INTO last VALUES (1, 2)", "last.*"),
            ("INSERT OR REPLACE INTO parent VALUES (1, 'a')", "parent.*"),
            ("UPDATE OR REPLACE parent SET id = 1", "parent.* parent.id"),
            (
                "INSERT INTO parent VALUES (1, 'a') ON CONFLICT DO UPDATE SET name = 'b'",
                "parent.name",
            ),
            ("ALTER TABLE child RENAME TO kid", ""),
            ("ALTER TABLE child RENAME COLUMN note TO remark", ""),
            ("ALTER TABLE log DROP COLUMN said", ""),
            ("ALTER TABLE parent ADD COLUMN c", ""),
            ("CREATE TABLE copy AS SELECT * FROM parent", ""),
            ("DELETE FROM turnback_format", ""),
            ("DELETE FROM own", ""),
            ("SELECT * FROM parent", ""),
        ] {
            assert_eq!(told_of(&mut connection, sql).join(" "), told, "{sql}");
        }
    }

    #[test]
    fn foreign_keys_that_are_enforced_touch_what_they_change() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        connection.execute_batch("PRAGMA foreign_keys = on").unwrap();
        assert_eq!(told_of(&mut connection, "DELETE FROM parent"), ["child.*", "parent.*"]);
        assert_eq!(
            told_of(&mut connection, "UPDATE parent SET id = 2"),
            ["child.parent_id", "parent.id"]
        );
    }
}
