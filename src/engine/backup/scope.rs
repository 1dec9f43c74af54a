//! What runs, and which tables it can mean, so that a script of few tables need not look at thousands.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::request::are_watched;
use crate::model::Engine;
use crate::plan::Step;
use crate::sql::{ParsedScript, Renamed, Statement, StatementKind, names_before_parentheses};

/// What runs: a step, or one statement of it.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Part<'a> {
    /// The set, as the ledger names it.
    pub set: &'a str,
    pub step: &'a Step,
    pub statements: &'a [Statement],
    /// Whether the step's directives belong to this part of it.
    pub with_directives: bool,
    /// The script that undoes the step, once somebody has asked for it.
    pub way_back: &'a OtherWay,
}

/// A script that is parsed when it is first needed.
pub(in crate::engine) type OtherWay = OnceCell<Option<ParsedScript>>;

impl Part<'_> {
    /// Whether it may destroy anything.
    pub fn keeps(&self) -> bool {
        (self.with_directives && !self.step.parsed.backups.is_empty())
            || are_watched(self.statements)
    }
}

/// What a script speaks of.
pub(super) struct Scope {
    /// Whether it touches only what it names, and what the engine tells of besides.
    pub is_known: bool,
    /// The names of the tables.
    pub names: BTreeSet<String>,
    /// The names of all functions that it may call, and of other things.
    pub calls: BTreeSet<String>,
}

impl Scope {
    pub fn of(engine: Engine, part: &Part<'_>) -> Self {
        let text = &part.step.running().stored.text;
        let written = |statement: &Statement| text.get(statement.span.clone()).unwrap_or_default();
        let is_known = part.statements.iter().all(|statement| match engine {
            // The engine tells what each statement touches; but a trigger that the script makes
            // may touch anything.
            Engine::Sqlite => !statement.unparsed && !statement.summary.contains("TRIGGER"),
            Engine::Postgres => names_all_it_touches(statement, written(statement)),
        });
        let calls = match engine {
            Engine::Postgres if is_known => {
                let texts = part.statements.iter().map(written);
                texts.flat_map(|text| names_before_parentheses(engine, text)).collect()
            }
            _ => BTreeSet::new(),
        };
        Self { is_known, names: names(part), calls }
    }
}

fn names(part: &Part<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for statement in part.statements {
        names.extend(statement.affects.iter().map(|it| it.object.name.name.clone()));
        names.extend(statement.destroys.iter().map(|it| it.name.name.clone()));
        names.extend(statement.changes.iter().map(|it| it.table.name.clone()));
        if let Some(rename) = &statement.renames {
            names.insert(rename.table.name.clone());
            if let Renamed::Table { to } = &rename.what {
                names.insert(to.name.clone());
            }
        }
    }
    names.extend(part.step.parsed.backups.iter().map(|it| it.table.name.clone()));
    names
}

/// What statements begin with that touch rows and definitions of the tables they name only, apart
/// from what functions, triggers, rules and foreign keys do.
const PLAIN: [&str; 14] = [
    "ALTER TABLE ",
    "COMMENT ",
    "CREATE INDEX ",
    "CREATE TABLE ",
    "CREATE UNIQUE INDEX ",
    "DELETE FROM ",
    "DROP FUNCTION ",
    "DROP INDEX ",
    "DROP SEQUENCE ",
    "DROP TABLE ",
    "DROP TRIGGER ",
    "DROP VIEW ",
    "INSERT INTO ",
    "UPDATE ",
];

/// Whether a statement, as it is written, touches only the tables it names, those that inherit from
/// them, and what its functions touch. `CASCADE` takes others along.
fn names_all_it_touches(statement: &Statement, written: &str) -> bool {
    let cascades = written.to_ascii_uppercase().contains("CASCADE");
    let is_plain = PLAIN.iter().any(|it| statement.summary.starts_with(it));
    !statement.unparsed && !cascades && (is_plain || statement.kind == StatementKind::Session)
}
