//! `sqlite-alter-unsupported`

use super::read::{Ddl, tokens};
use super::rule::{SqliteHazard, found_by};
use super::scene::{Moment, Scene};
use crate::model::{Engine, ObjectName};
use crate::sql::hazards::rule::{Cost, Example, Find, HazardLevel, HazardRule};
use crate::sql::sqlite::version::SqliteVersion;
use crate::sql::stored::list;
use crate::sql::token::TokenKind;
use crate::sql::words::Words;

/// See <https://www.sqlite.org/lang_altertable.html>.
pub(in crate::sql) static RULE: HazardRule = HazardRule {
    id: "sqlite-alter-unsupported",
    engine: Some(Engine::Sqlite),
    level: HazardLevel::Error,
    title: "this ALTER TABLE is refused by SQLite: always, in old versions, or on a table with rows",
    trigger: "an `ALTER TABLE` that SQLite has no syntax for, or not in the oldest version the \
              scripts are for; ADD COLUMN with PRIMARY KEY or UNIQUE; on a table that may have rows, \
              ADD COLUMN with NOT NULL and no default, with a default that is no constant, or STORED",
    lock: None,
    cost: Cost::Failure,
    why: "SQLite's ALTER TABLE renames a table or column, adds a column to the end and drops one; \
          from 3.53 on it also adds and drops CHECK and NOT NULL. A new column must be readable \
          without the rows being written anew: it takes the constant default, or NULL.",
    acquittal: None,
    instead: "Give a new column a constant default, or none and fill it afterwards. For everything \
              else rebuild the table: make the new one under another name, copy the rows, drop the \
              old one, rename the new one, make indexes and triggers again.",
    example: Some(Example {
        ground: "CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT);
INSERT INTO accounts VALUES (1, 'a@example.org');",
        bad: "ALTER TABLE accounts ADD COLUMN created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP;",
        safe: &["ALTER TABLE accounts ADD COLUMN created_at TEXT NOT NULL DEFAULT '';
UPDATE accounts SET created_at = CURRENT_TIMESTAMP WHERE created_at = '';"],
    }),
    find: Find::Elsewhere,
};

/// Since when columns can be renamed, dropped, and constraints altered.
const RENAME_COLUMN: SqliteVersion = SqliteVersion::new(3, 25);
const DROP_COLUMN: SqliteVersion = SqliteVersion::new(3, 35);
const CONSTRAINTS: SqliteVersion = SqliteVersion::new(3, 53);

/// What is wrong with a statement, and the byte of its own text where it begins.
type Fault = (usize, String);

pub(super) fn find(scene: &Scene<'_>) -> Vec<SqliteHazard> {
    let mut found = Vec::new();
    scene.walk(|index, ddl, moment| {
        let statement = &scene.script.statements[index];
        let own = &scene.text[statement.span.clone()];
        let is_alter = own.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("ALTER"));
        if !is_alter || matches!(ddl, Ddl::RenameTable { .. }) {
            return;
        }
        let tokens = tokens(scene.text, statement);
        let words = Words::new(Engine::Sqlite, own, &tokens);
        if let Some((at, message)) = fault(words, scene.minimum, moment) {
            found.push(found_by(&RULE, index, statement.span.start + at, message));
        }
    });
    found
}

fn fault(mut words: Words<'_>, minimum: SqliteVersion, moment: &Moment<'_>) -> Option<Fault> {
    let start = words.at();
    if !words.eat_all(&["ALTER", "TABLE"]) {
        let what = words.rest().iter().take(2).map(|it| it.text(words.text).to_ascii_uppercase());
        return Some(has_no(start, &what.collect::<Vec<_>>().join(" ")));
    }
    if words.is("IF") {
        return Some(has_no(words.at(), "ALTER TABLE IF EXISTS"));
    }
    let table = words.name()?;
    let at = words.at();
    if words.eat("RENAME") {
        return if words.is("CONSTRAINT") {
            Some(has_no(at, "RENAME CONSTRAINT"))
        } else {
            lacks(minimum, RENAME_COLUMN, at, "RENAME COLUMN")
        };
    }
    if words.eat("DROP") {
        return dropped(words, at, minimum);
    }
    if words.eat("ALTER") {
        return altered(words, at, minimum);
    }
    if words.eat("ADD") {
        let is_column = !words.is_any(&["CONSTRAINT", "CHECK", "PRIMARY", "FOREIGN", "UNIQUE"]);
        return if is_column {
            column_added(words, at, &table, moment)
        } else {
            constraint_added(words, at, minimum)
        };
    }
    Some(has_no(at, &format!("ALTER TABLE … {}", upper(&mut words))))
}

fn upper(words: &mut Words<'_>) -> String {
    words.next().map(|it| it.text(words.text).to_ascii_uppercase()).unwrap_or_default()
}

fn has_no(at: usize, what: &str) -> Fault {
    (at, format!("SQLite has no {what}."))
}

fn several(at: usize) -> Fault {
    (at, "SQLite does one thing in an ALTER TABLE: write a statement for each.".to_owned())
}

fn lacks(minimum: SqliteVersion, since: SqliteVersion, at: usize, what: &str) -> Option<Fault> {
    let message = format!("{what} needs SQLite {since}, and the scripts are for {minimum}.");
    (minimum < since).then_some((at, message))
}

fn dropped(mut words: Words<'_>, at: usize, minimum: SqliteVersion) -> Option<Fault> {
    if words.is("CONSTRAINT") {
        return lacks(minimum, CONSTRAINTS, at, "DROP CONSTRAINT");
    }
    words.eat("COLUMN");
    if words.is("IF") {
        return Some(has_no(words.at(), "DROP COLUMN IF EXISTS"));
    }
    words.identifier();
    let behind = words.at();
    match words.peek() {
        None => lacks(minimum, DROP_COLUMN, at, "DROP COLUMN"),
        Some(token) if token.kind == TokenKind::Comma => Some(several(behind)),
        Some(token) => Some(has_no(behind, &format!("DROP COLUMN … {}", token.text(words.text)))),
    }
}

fn altered(mut words: Words<'_>, at: usize, minimum: SqliteVersion) -> Option<Fault> {
    words.eat("COLUMN");
    words.identifier();
    let mut ahead = words;
    if (words.eat("SET") || words.eat("DROP")) && words.eat_all(&["NOT", "NULL"]) {
        return lacks(minimum, CONSTRAINTS, at, "ALTER COLUMN … NOT NULL");
    }
    Some(has_no(at, &format!("ALTER COLUMN … {}", upper(&mut ahead))))
}

fn constraint_added(mut words: Words<'_>, at: usize, minimum: SqliteVersion) -> Option<Fault> {
    if words.eat("CONSTRAINT") {
        words.identifier();
    }
    match upper(&mut words).as_str() {
        "CHECK" => lacks(minimum, CONSTRAINTS, at, "ADD CHECK"),
        kind => Some((at, format!("SQLite cannot add {kind} to a table that exists."))),
    }
}

fn column_added(
    mut words: Words<'_>,
    at: usize,
    table: &ObjectName,
    moment: &Moment<'_>,
) -> Option<Fault> {
    words.eat("COLUMN");
    if words.is("IF") {
        return Some(has_no(words.at(), "ADD COLUMN IF NOT EXISTS"));
    }
    words.identifier()?;
    let column = Column::read(words);
    if let Some(at) = column.another {
        return Some(several(at));
    }
    if let Some((at, kind)) = column.key {
        return Some((at, format!("SQLite cannot add a column with {kind}.")));
    }
    if moment.is_empty(table) {
        return None;
    }
    let is_filled = column.default == Default::Constant;
    let why = match column {
        Column { not_null: true, default: Default::None, .. } => "NOT NULL and no default but NULL",
        Column { default: Default::Computed, .. } => "a default that is no constant",
        Column { stored: true, .. } => "a STORED expression",
        Column { references: true, .. } if is_filled && moment.foreign_keys => {
            "REFERENCES and a default, while foreign keys are on"
        }
        _ => return None,
    };
    Some((at, format!("SQLite refuses a new column with {why}, once {table} has rows.")))
}

/// What a new column gets where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Default {
    /// NULL.
    None,
    Constant,
    /// The time, or an expression.
    Computed,
}

/// The constraints of a new column.
struct Column {
    not_null: bool,
    default: Default,
    stored: bool,
    references: bool,
    /// A key that it would be, and where that is said.
    key: Option<(usize, &'static str)>,
    /// Where another action begins.
    another: Option<usize>,
}

impl Column {
    /// Reads from behind the column's name.
    fn read(mut words: Words<'_>) -> Self {
        let mut column = Self {
            not_null: false,
            default: Default::None,
            stored: false,
            references: false,
            key: None,
            another: None,
        };
        while words.peek().is_some() {
            let at = words.at();
            if words.is_kind(TokenKind::Open) {
                if list(&mut words).is_none() {
                    return column;
                }
            } else if words.is_kind(TokenKind::Comma) {
                column.another = Some(at);
                return column;
            } else if words.eat_all(&["PRIMARY", "KEY"]) {
                column.key = Some((at, "PRIMARY KEY"));
            } else if words.eat("UNIQUE") {
                column.key = Some((at, "UNIQUE"));
            } else if words.eat_all(&["NOT", "NULL"]) {
                column.not_null = true;
            } else if words.eat("DEFAULT") {
                column.default = default(&mut words);
            } else if words.eat("STORED") {
                column.stored = true;
            } else if words.eat("REFERENCES") {
                column.references = true;
            } else if words.eat_all(&["ON", "DELETE"]) || words.eat_all(&["ON", "UPDATE"]) {
                // `SET NULL`, `SET DEFAULT`: what a foreign key does is no default of the column.
                words.next();
                words.eat_any(&["NULL", "DEFAULT", "ACTION"]);
            } else {
                words.next();
            }
        }
        column
    }
}

fn default(words: &mut Words<'_>) -> Default {
    if words.is_kind(TokenKind::Open) {
        let items = list(words).unwrap_or_default();
        return match items.as_slice() {
            [[one]] if matches!(one.kind, TokenKind::Number | TokenKind::Text) => Default::Constant,
            _ => Default::Computed,
        };
    }
    if words.eat("NULL") {
        return Default::None;
    }
    if words.eat_any(&["CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"]) {
        return Default::Computed;
    }
    while words.eat_kind(TokenKind::Sign) {}
    words.next();
    Default::Constant
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, found_for};
    use super::*;

    fn said(text: &str) -> Option<String> {
        found(&RULE, "", text).first().map(|it| format!("{} {}", it.at, it.message))
    }

    #[test]
    fn forms_that_sqlite_never_takes() {
        for text in [
            "alter table t add column a int primary key",
            "alter table t add a int unique",
            "alter table t add column if not exists a int",
            "alter table t add constraint u unique (a)",
            "alter table t add foreign key (a) references p (id)",
            "alter table t alter column a type text",
            "alter table t alter a set default 1",
            "alter table t drop column if exists a",
            "alter table t drop column a cascade",
            "alter table t add a int, add b int",
            "alter table if exists t add a int",
            "alter table t rename constraint a to b",
            "alter table t owner to b",
        ] {
            assert!(said(text).is_some(), "{text}");
        }
        let text = "select 1; alter table t add a int, add b int";
        assert!(said(text).unwrap().starts_with("33 SQLite does one thing"));
    }

    #[test]
    fn forms_that_rows_forbid() {
        let columns = [
            "a int not null",
            "a int not null default null",
            "a text default current_timestamp",
            "a text default (1 + 1)",
            "a int generated always as (b) stored",
        ];
        for column in columns {
            let text = format!("alter table t add column {column}");
            assert!(said(&text).is_some(), "{text}");
            assert_eq!(said(&format!("create table t (b); {text}")), None);
            let filled = format!("create table t (b); insert into t values (1); {text}");
            assert!(said(&filled).is_some(), "{text}");
        }
        for column in [
            "a int not null default -1",
            "a text default 'x'",
            "a default (1)",
            "a int as (b)",
            "a int check (a in (1, 2))",
            "a int references p on delete set null",
        ] {
            assert_eq!(said(&format!("alter table t add column {column}")), None, "{column}");
        }
        let referring = "alter table t add a int default 1 references p (id)";
        let on = "-- turnback:transaction off\npragma foreign_keys = on; ";
        assert!(said(&format!("{on}{referring}")).is_some());
        assert_eq!(said(referring), None);
    }

    #[test]
    fn forms_that_old_versions_lack() {
        for (text, since) in [
            ("alter table t rename column a to b", SqliteVersion::new(3, 25)),
            ("alter table t drop column a", SqliteVersion::new(3, 35)),
            ("alter table t alter column a set not null", SqliteVersion::new(3, 53)),
            ("alter table t alter column a drop not null", SqliteVersion::new(3, 53)),
            ("alter table t add constraint c check (a > 0)", SqliteVersion::new(3, 53)),
            ("alter table t drop constraint c", SqliteVersion::new(3, 53)),
        ] {
            assert_eq!(found_for(since, &RULE, "", text), [], "{text}");
            let older = SqliteVersion::new(3, 24);
            assert_eq!(found_for(older, &RULE, "", text).len(), 1, "{text}");
        }
    }
}
