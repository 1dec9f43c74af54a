//! What the statements of a script do to the schema, as far as the rules ask.

use crate::model::{Engine, ObjectName};
use crate::sql::script::{ParsedScript, Statement};
use crate::sql::sqlite::CONSTRAINTS;
use crate::sql::stored::{ConstraintBody, TableText, list, read_table};
use crate::sql::token::{Token, TokenKind, lex};
use crate::sql::words::Words;

/// A statement, as far as the rules ask. Offsets are those of the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ddl {
    CreateTable(NewTable),
    CreateIndex(Part),
    CreateTrigger(Part),
    CreateView(ObjectName),
    DropTable(ObjectName),
    DropIndex(ObjectName),
    DropTrigger(ObjectName),
    RenameTable {
        from: ObjectName,
        to: ObjectName,
    },
    AddColumn {
        table: ObjectName,
        column: NewColumn,
    },
    /// Any other `ALTER TABLE`; the rule about them reads it itself.
    AlterTable(ObjectName),
    /// `INSERT INTO`, `REPLACE INTO`.
    Fills(ObjectName),
    /// `PRAGMA foreign_keys = …`
    ForeignKeys(bool),
    /// `PRAGMA legacy_alter_table = …`
    LegacyRename(bool),
    Other,
}

impl Ddl {
    /// Whether there are other tables, indexes or triggers behind it.
    pub fn changes_schema(&self) -> bool {
        !matches!(
            self,
            Self::CreateView(_)
                | Self::AlterTable(_)
                | Self::Fills(_)
                | Self::ForeignKeys(_)
                | Self::LegacyRename(_)
                | Self::Other
        )
    }
}

/// A table that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewTable {
    pub name: ObjectName,
    pub columns: Vec<NewColumn>,
    pub strict: bool,
    pub without_rowid: bool,
    /// The columns of its primary key, as far as it says so.
    pub key: Vec<String>,
    /// The tables its foreign keys refer to.
    pub references: Vec<String>,
}

/// A column that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewColumn {
    pub name: String,
    /// Its declared type in one line, and where that begins.
    pub data_type: Option<(String, usize)>,
    /// The table it refers to.
    pub references: Option<String>,
}

/// An index or trigger, and the table it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub name: ObjectName,
    pub table: ObjectName,
}

/// Reads every statement of a script, in order.
pub(super) fn read(text: &str, script: &ParsedScript) -> Vec<Ddl> {
    script.statements.iter().map(|statement| one(text, statement)).collect()
}

/// Names a rule compares: `SQLite` folds the letters of ASCII.
pub(super) fn is_same(left: &ObjectName, right: &ObjectName) -> bool {
    let schemas = left.schema.as_deref().zip(right.schema.as_deref());
    left.name.eq_ignore_ascii_case(&right.name)
        && schemas.is_none_or(|(left, right)| left.eq_ignore_ascii_case(right))
}

/// The tokens of a statement, at their places in the statement's own text.
pub(super) fn tokens(text: &str, statement: &Statement) -> Vec<Token> {
    lex(Engine::Sqlite, &text[statement.span.clone()]).tokens
}

fn one(text: &str, statement: &Statement) -> Ddl {
    let own = &text[statement.span.clone()];
    let first = own.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match first.to_ascii_uppercase().as_str() {
        // Rows may be many, and nobody asks for them.
        "INSERT" | "REPLACE" => {
            let table = statement.affects.first().map(|it| it.object.name.clone());
            return table.map_or(Ddl::Other, Ddl::Fills);
        }
        "CREATE" | "DROP" | "ALTER" | "PRAGMA" => {}
        _ => return Ddl::Other,
    }
    let tokens = tokens(text, statement);
    let words = Words::new(Engine::Sqlite, own, &tokens);
    ddl(words, statement.span.start).unwrap_or(Ddl::Other)
}

fn ddl(mut words: Words<'_>, start: usize) -> Option<Ddl> {
    if words.eat("CREATE") {
        return create(words, start);
    }
    if words.eat("DROP") {
        let kind = words.next()?.text(words.text).to_ascii_uppercase();
        words.eat_if_exists();
        let name = words.name()?;
        return match kind.as_str() {
            "TABLE" => Some(Ddl::DropTable(name)),
            "INDEX" => Some(Ddl::DropIndex(name)),
            "TRIGGER" => Some(Ddl::DropTrigger(name)),
            _ => None,
        };
    }
    if words.eat_all(&["ALTER", "TABLE"]) {
        return alter(words, start);
    }
    words.eat("PRAGMA").then_some(())?;
    let setting = words.name()?.name.to_ascii_lowercase();
    words.next()?;
    let value = words.next()?.text(words.text).to_ascii_lowercase();
    let is_on = matches!(value.trim_matches(['\'', '"']), "on" | "true" | "yes" | "1");
    match setting.as_str() {
        "foreign_keys" => Some(Ddl::ForeignKeys(is_on)),
        "legacy_alter_table" => Some(Ddl::LegacyRename(is_on)),
        _ => None,
    }
}

fn create(mut words: Words<'_>, start: usize) -> Option<Ddl> {
    words.eat_any(&["TEMP", "TEMPORARY", "UNIQUE"]);
    let kind = words.next()?.text(words.text).to_ascii_uppercase();
    words.eat_if_exists();
    let name = words.name()?;
    match kind.as_str() {
        "TABLE" => Some(Ddl::CreateTable(table(words, name, start))),
        "INDEX" | "TRIGGER" => {
            // A trigger's `UPDATE OF a ON t` has its table behind the first ON as well.
            words.skip_to_any(&["ON"]);
            words.next();
            let part = Part { name, table: words.name()? };
            Some(if kind == "INDEX" { Ddl::CreateIndex(part) } else { Ddl::CreateTrigger(part) })
        }
        "VIEW" => Some(Ddl::CreateView(name)),
        _ => None,
    }
}

fn table(mut words: Words<'_>, name: ObjectName, start: usize) -> NewTable {
    let elements = list(&mut words).unwrap_or_default();
    let (mut columns, mut references) = (Vec::new(), Vec::new());
    for element in elements {
        let element = Words::new(Engine::Sqlite, words.text, element);
        if element.is_any(&["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]) {
            references.extend(referenced(element));
        } else if let Some(column) = column(element, start) {
            references.extend(column.references.clone());
            columns.push(column);
        }
    }
    let key = match read_table(words.text) {
        Some(TableText::Ordinary { constraints, .. }) => {
            let keys = constraints.into_iter().filter_map(|it| match it.body {
                ConstraintBody::PrimaryKey { columns, .. } => Some(columns),
                _ => None,
            });
            keys.flatten().collect()
        }
        _ => Vec::new(),
    };
    let strict = words.contains("STRICT");
    NewTable { name, columns, strict, without_rowid: words.contains("ROWID"), key, references }
}

/// Reads `name type constraints…`.
pub(super) fn column(mut words: Words<'_>, start: usize) -> Option<NewColumn> {
    let name = words.identifier()?;
    let typed = words;
    while words.peek().is_some() && !words.is_any(&CONSTRAINTS) {
        if words.is_kind(TokenKind::Open) {
            list(&mut words)?;
        } else {
            words.next();
        }
    }
    let data_type = typed.span_to(words).map(|span| {
        let written = words.text[span.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        (written, start + span.start)
    });
    Some(NewColumn { name, data_type, references: referenced(words) })
}

fn referenced(mut words: Words<'_>) -> Option<String> {
    words.skip_to_any(&["REFERENCES"]);
    words.next();
    words.identifier()
}

fn alter(mut words: Words<'_>, start: usize) -> Option<Ddl> {
    let table = words.name()?;
    if words.eat_all(&["RENAME", "TO"]) {
        let to = ObjectName { schema: table.schema.clone(), name: words.identifier()? };
        return Some(Ddl::RenameTable { from: table, to });
    }
    let adds = words.eat("ADD");
    let is_column = adds && !words.is_any(&["CONSTRAINT", "CHECK", "FOREIGN", "PRIMARY", "UNIQUE"]);
    if !is_column {
        return Some(Ddl::AlterTable(table));
    }
    words.eat("COLUMN");
    match column(words, start) {
        Some(column) => Some(Ddl::AddColumn { table, column }),
        None => Some(Ddl::AlterTable(table)),
    }
}
