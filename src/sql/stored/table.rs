//! The text of `CREATE TABLE`.

use super::canonical::{Layout, Names, write};
use super::statement::{list, whole};
use crate::model::Engine;
use crate::sql::sqlite::CONSTRAINTS;
use crate::sql::token::{Token, TokenKind};
use crate::sql::words::Words;

/// What the text of a table says that no pragma does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableText {
    /// Columns and constraints.
    Ordinary {
        /// The columns, in order.
        columns: Vec<ColumnText>,
        /// The constraints of columns and table alike, in order.
        constraints: Vec<ConstraintText>,
        /// Whether no key is ever given twice.
        autoincrement: bool,
    },
    /// A virtual table: `USING fts5 (…)`.
    Virtual(String),
}

/// A column, with what pragmas do not tell of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnText {
    /// Its name.
    pub name: String,
    /// The collation, where one is named, in upper case.
    pub collation: Option<String>,
    /// What a NULL does where it is not the usual error.
    pub not_null_conflict: Option<String>,
    /// Its expression, where it is generated.
    pub generated: Option<String>,
}

/// A constraint other than NOT NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstraintText {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// What it is.
    pub body: ConstraintBody,
}

/// What a constraint says that no pragma does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintBody {
    /// A primary key over these columns.
    PrimaryKey {
        /// The columns.
        columns: Vec<String>,
        /// What a second row does where it is not the usual error.
        conflict: Option<String>,
    },
    /// A unique key over these columns.
    Unique {
        /// The columns.
        columns: Vec<String>,
        /// What a second row does where it is not the usual error.
        conflict: Option<String>,
    },
    /// A condition.
    Check(String),
    /// A foreign key; pragmas tell the rest of it.
    ForeignKey {
        /// Whether it is checked at the end of the transaction.
        deferred: bool,
        /// The MATCH that `SQLite` reads and forgets.
        matching: Option<String>,
    },
}

/// Reads `CREATE TABLE` or `CREATE VIRTUAL TABLE`.
pub fn read_table(sql: &str) -> Option<TableText> {
    let tokens = whole(sql)?;
    let mut words = Words::new(Engine::Sqlite, sql, &tokens);
    words.eat("CREATE").then_some(())?;
    words.eat_any(&["TEMP", "TEMPORARY"]);
    let is_virtual = words.eat("VIRTUAL");
    words.eat("TABLE").then_some(())?;
    words.eat_if_exists();
    words.name()?;
    if is_virtual {
        return virtual_table(words);
    }
    let elements = list(&mut words)?;
    let names: Vec<String> = elements
        .iter()
        .filter_map(|element| {
            let mut element = Words::new(Engine::Sqlite, sql, element);
            if starts_constraint(&element) { None } else { element.identifier() }
        })
        .collect();
    let mut reader = Reader {
        sql,
        names: &names,
        columns: Vec::new(),
        constraints: Vec::new(),
        autoincrement: false,
    };
    for element in elements {
        reader.element(Words::new(Engine::Sqlite, sql, element))?;
    }
    let Reader { columns, constraints, autoincrement, .. } = reader;
    Some(TableText::Ordinary { columns, constraints, autoincrement })
}

fn virtual_table(mut words: Words<'_>) -> Option<TableText> {
    words.eat("USING").then_some(())?;
    let module = words.identifier()?.to_ascii_lowercase();
    let arguments = super::statement::without_end(words.rest());
    let arguments = write(words.text, arguments, Names::Unknown, Layout::Line);
    let space = if arguments.is_empty() { "" } else { " " };
    Some(TableText::Virtual(format!("USING {module}{space}{arguments}")))
}

fn starts_constraint(words: &Words<'_>) -> bool {
    words.is_any(&["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"])
}

struct Reader<'a> {
    sql: &'a str,
    names: &'a [String],
    columns: Vec<ColumnText>,
    constraints: Vec<ConstraintText>,
    autoincrement: bool,
}

impl<'a> Reader<'a> {
    fn element(&mut self, mut words: Words<'a>) -> Option<()> {
        let mut column = None;
        if !starts_constraint(&words) {
            let name = words.identifier()?;
            skip_type(&mut words);
            column = Some(ColumnText { name, ..ColumnText::default() });
        }
        let mut name = None;
        while words.peek().is_some() {
            if words.eat("CONSTRAINT") {
                // SQLite takes a name without a constraint, and forgets it.
                name = Some(words.identifier()?);
                continue;
            }
            let name = name.take();
            let body = if let Some(column) = &mut column {
                if self.attribute(&mut words, column)? {
                    continue;
                }
                self.of_column(&mut words, column)?
            } else {
                self.of_table(&mut words)?
            };
            self.constraints.push(ConstraintText { name, body });
        }
        self.columns.extend(column);
        Some(())
    }

    /// Reads what is no more than a column's property, if that comes next.
    fn attribute(&self, words: &mut Words<'a>, column: &mut ColumnText) -> Option<bool> {
        if is_deferral(words) {
            // It belongs to the reference before it, which has taken its own already.
            deferral(words)?;
        } else if words.eat_all(&["NOT", "NULL"]) {
            column.not_null_conflict = conflict(words);
        } else if words.eat("NULL") {
            conflict(words);
        } else if words.eat("COLLATE") {
            column.collation = Some(words.identifier()?.to_ascii_uppercase());
        } else if words.eat("DEFAULT") {
            skip_default(words)?;
        } else if words.eat_all(&["GENERATED", "ALWAYS", "AS"]) || words.eat("AS") {
            column.generated = Some(self.parenthesised(words)?);
            words.eat_any(&["STORED", "VIRTUAL"]);
        } else {
            return Some(false);
        }
        Some(true)
    }

    fn of_column(&mut self, words: &mut Words<'a>, column: &ColumnText) -> Option<ConstraintBody> {
        let columns = vec![column.name.clone()];
        if words.eat_all(&["PRIMARY", "KEY"]) {
            words.eat_any(&["ASC", "DESC"]);
            let conflict = conflict(words);
            self.autoincrement |= words.eat("AUTOINCREMENT");
            return Some(ConstraintBody::PrimaryKey { columns, conflict });
        }
        if words.eat("UNIQUE") {
            return Some(ConstraintBody::Unique { columns, conflict: conflict(words) });
        }
        if words.eat("REFERENCES") {
            return references(words);
        }
        self.check(words)
    }

    fn of_table(&mut self, words: &mut Words<'a>) -> Option<ConstraintBody> {
        if words.eat_all(&["PRIMARY", "KEY"]) {
            let columns = self.key(words)?;
            return Some(ConstraintBody::PrimaryKey { columns, conflict: conflict(words) });
        }
        if words.eat("UNIQUE") {
            let columns = self.key(words)?;
            return Some(ConstraintBody::Unique { columns, conflict: conflict(words) });
        }
        if words.eat_all(&["FOREIGN", "KEY"]) {
            list(words)?;
            words.eat("REFERENCES").then_some(())?;
            return references(words);
        }
        self.check(words)
    }

    /// The columns of a key, without collations and directions.
    fn key(&mut self, words: &mut Words<'a>) -> Option<Vec<String>> {
        let items = list(words)?;
        let columns = items.into_iter().map(|item| {
            let mut item = Words::new(Engine::Sqlite, self.sql, item);
            let name = item.identifier();
            self.autoincrement |= item.contains("AUTOINCREMENT");
            name
        });
        columns.collect()
    }

    fn check(&mut self, words: &mut Words<'a>) -> Option<ConstraintBody> {
        words.eat("CHECK").then_some(())?;
        let condition = self.parenthesised(words)?;
        // SQLite reads this after a CHECK, and heeds it nowhere.
        conflict(words);
        Some(ConstraintBody::Check(condition))
    }

    fn parenthesised(&self, words: &mut Words<'a>) -> Option<String> {
        let tokens = in_parentheses(words)?;
        Some(write(self.sql, tokens, Names::Table(self.names), Layout::Line))
    }
}

fn in_parentheses<'a>(words: &mut Words<'a>) -> Option<&'a [Token]> {
    let start = words.rest();
    list(words)?;
    Some(&start[1..start.len() - words.rest().len() - 1])
}

fn skip_type(words: &mut Words<'_>) {
    while words.peek().is_some() && !words.is_any(&CONSTRAINTS) {
        if words.is_kind(TokenKind::Open) {
            if list(words).is_none() {
                return;
            }
        } else {
            words.next();
        }
    }
}

/// A literal with its sign, a word, or an expression in parentheses.
fn skip_default(words: &mut Words<'_>) -> Option<()> {
    if words.is_kind(TokenKind::Open) {
        return list(words).map(|_| ());
    }
    while words.is_kind(TokenKind::Sign) {
        words.next();
    }
    words.next().map(|_| ())
}

/// `ON CONFLICT …`, but for the ABORT that holds without.
fn conflict(words: &mut Words<'_>) -> Option<String> {
    if !words.eat_all(&["ON", "CONFLICT"]) {
        return None;
    }
    let algorithm = words.identifier()?.to_ascii_uppercase();
    (algorithm != "ABORT").then_some(algorithm)
}

/// What stands behind `REFERENCES`.
fn references(words: &mut Words<'_>) -> Option<ConstraintBody> {
    words.identifier()?;
    if words.is_kind(TokenKind::Open) {
        list(words)?;
    }
    let (mut deferred, mut matching) = (false, None);
    loop {
        if words.eat("MATCH") {
            matching = Some(words.identifier()?.to_ascii_uppercase());
        } else if words.eat("ON") {
            // The actions, which pragmas tell.
            words.eat_any(&["DELETE", "UPDATE", "INSERT"]).then_some(())?;
            words.eat_any(&["SET", "NO"]);
            words.next()?;
        } else if is_deferral(words) {
            deferred = deferral(words)?;
        } else {
            return Some(ConstraintBody::ForeignKey { deferred, matching });
        }
    }
}

fn is_deferral(words: &Words<'_>) -> bool {
    let mut ahead = *words;
    ahead.eat("NOT");
    ahead.is("DEFERRABLE")
}

/// Whether a `[NOT] DEFERRABLE [INITIALLY …]` defers: only without NOT and with DEFERRED.
fn deferral(words: &mut Words<'_>) -> Option<bool> {
    let never = words.eat("NOT");
    words.eat("DEFERRABLE").then_some(())?;
    let initially = words.eat("INITIALLY");
    let deferred = initially && words.eat("DEFERRED");
    if initially && !deferred {
        words.eat("IMMEDIATE").then_some(())?;
    }
    Some(deferred && !never)
}
