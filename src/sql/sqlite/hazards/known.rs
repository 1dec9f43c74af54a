//! What is known of a schema from the scripts that make it.

use std::collections::BTreeMap;

use super::read::{Ddl, Part, read};
use crate::model::ObjectName;
use crate::sql::script::ParsedScript;

/// What scripts have made so far, by name in small letters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SqliteSchema {
    tables: BTreeMap<String, Table>,
    indexes: BTreeMap<String, String>,
    triggers: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Table {
    strict: bool,
    without_rowid: bool,
    key: Vec<String>,
    references: Vec<String>,
}

impl SqliteSchema {
    /// Adds what a script makes, and takes away what it drops.
    pub fn learn(&mut self, text: &str, script: &ParsedScript) {
        for statement in read(text, script) {
            self.heed(&statement);
        }
    }

    /// Adds what a statement makes, and takes away what it drops.
    pub(super) fn heed(&mut self, statement: &Ddl) {
        match statement {
            Ddl::CreateTable(new) => {
                let table = Table {
                    strict: new.strict,
                    without_rowid: new.without_rowid,
                    key: new.key.clone(),
                    references: new.references.iter().map(|it| it.to_ascii_lowercase()).collect(),
                };
                self.tables.entry(folded(&new.name)).or_insert(table);
            }
            Ddl::AddColumn { table, column } => {
                let table = self.tables.get_mut(&folded(table));
                let referenced = column.references.as_ref().map(|it| it.to_ascii_lowercase());
                if let Some((table, referenced)) = table.zip(referenced) {
                    table.references.push(referenced);
                }
            }
            Ddl::CreateIndex(part) => note(&mut self.indexes, part),
            Ddl::CreateTrigger(part) => note(&mut self.triggers, part),
            Ddl::DropIndex(name) => drop(self.indexes.remove(&folded(name))),
            Ddl::DropTrigger(name) => drop(self.triggers.remove(&folded(name))),
            Ddl::DropTable(name) => {
                let name = folded(name);
                self.tables.remove(&name);
                for parts in [&mut self.indexes, &mut self.triggers] {
                    parts.retain(|_, table| *table != name);
                }
            }
            Ddl::RenameTable { from, to } => self.rename(&folded(from), &folded(to)),
            _ => {}
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        if let Some(table) = self.tables.remove(from) {
            self.tables.insert(to.to_owned(), table);
        }
        let parts = self.indexes.values_mut().chain(self.triggers.values_mut());
        let references = self.tables.values_mut().flat_map(|table| &mut table.references);
        for name in parts.chain(references).filter(|name| *name == from) {
            to.clone_into(name);
        }
    }

    /// Whether the scripts make this table.
    pub(super) fn knows(&self, table: &ObjectName) -> bool {
        self.tables.contains_key(&folded(table))
    }

    /// Whether the scripts make this table, `STRICT`.
    pub(super) fn is_strict(&self, table: &ObjectName) -> bool {
        self.tables.get(&folded(table)).is_some_and(|it| it.strict)
    }

    /// The primary key of a table that the scripts make `WITHOUT ROWID`.
    pub(super) fn key_without_rowid(&self, table: &ObjectName) -> Option<&[String]> {
        let found = self.tables.get(&folded(table)).filter(|it| it.without_rowid)?;
        Some(&found.key)
    }

    /// Tables with a foreign key to this one.
    pub(super) fn referrers(&self, table: &ObjectName) -> Vec<&str> {
        let name = folded(table);
        let refers = |it: &(&String, &Table)| *it.0 != name && it.1.references.contains(&name);
        self.tables.iter().filter(refers).map(|(name, _)| name.as_str()).collect()
    }

    /// The indexes and triggers of a table: `index i`, `trigger t`.
    pub(super) fn parts(&self, table: &ObjectName) -> Vec<String> {
        let name = folded(table);
        let of = |kind: &'static str, parts: &BTreeMap<String, String>| -> Vec<String> {
            let own = parts.iter().filter(|(_, table)| **table == name);
            own.map(|(part, _)| format!("{kind} {part}")).collect()
        };
        [of("index", &self.indexes), of("trigger", &self.triggers)].concat()
    }
}

fn note(parts: &mut BTreeMap<String, String>, part: &Part) {
    parts.insert(folded(&part.name), folded(&part.table));
}

/// A name as `SQLite` compares it. Scripts of one set speak of one database.
fn folded(name: &ObjectName) -> String {
    name.name.to_ascii_lowercase()
}
