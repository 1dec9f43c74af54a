//! A script as the rules see it.

use std::borrow::Cow;

use super::known::SqliteSchema;
use super::read::{Ddl, is_same, read};
use crate::model::ObjectName;
use crate::sql::script::{ParsedScript, TransactionMode};
use crate::sql::sqlite::version::SqliteVersion;

/// A script as the rules see it.
pub(super) struct Scene<'a> {
    pub text: &'a str,
    pub script: &'a ParsedScript,
    /// What its statements do to the schema, in order.
    pub statements: Vec<Ddl>,
    /// The oldest `SQLite` that it must run on.
    pub minimum: SqliteVersion,
    /// What scripts before it have made.
    before: &'a SqliteSchema,
    /// The last statement about which a rule asks what was made before it.
    last_asking: Option<usize>,
}

/// What holds when a statement begins.
pub(super) struct Moment<'a> {
    /// What scripts and statements before it have made.
    pub schema: Cow<'a, SqliteSchema>,
    /// Whether foreign keys are enforced.
    pub foreign_keys: bool,
    /// Whether `ALTER TABLE … RENAME` leaves alone what refers to the table.
    pub legacy_rename: bool,
    /// Tables the script has made and not filled.
    empty: Vec<ObjectName>,
}

impl Moment<'_> {
    /// Whether the script itself has made the table, and put no rows into it.
    pub fn is_empty(&self, table: &ObjectName) -> bool {
        self.empty.iter().any(|known| is_same(known, table))
    }
}

impl<'a> Scene<'a> {
    pub fn new(
        text: &'a str,
        script: &'a ParsedScript,
        minimum: SqliteVersion,
        before: &'a SqliteSchema,
    ) -> Self {
        let statements = read(text, script);
        let asks = |index: &usize| {
            let is_asking = matches!(statements[*index], Ddl::DropTable(_) | Ddl::AddColumn { .. });
            is_asking || script.statements[*index].backfill.is_some()
        };
        let last_asking = (0..statements.len()).rev().find(asks);
        Self { text, script, statements, minimum, before, last_asking }
    }

    /// Where a statement begins in the script.
    pub fn start(&self, statement: usize) -> usize {
        self.script.statements[statement].span.start
    }

    /// Looks at each statement at its moment.
    pub fn walk(&self, mut look: impl FnMut(usize, &Ddl, &Moment<'_>)) {
        let mut moment = Moment {
            schema: Cow::Borrowed(self.before),
            foreign_keys: false,
            legacy_rename: false,
            empty: Vec::new(),
        };
        for (index, statement) in self.statements.iter().enumerate() {
            look(index, statement, &moment);
            // A set of thousands of tables is copied only where somebody asks for what changed.
            if statement.changes_schema() && self.last_asking > Some(index) {
                moment.schema.to_mut().heed(statement);
            }
            match statement {
                // In a transaction the setting changes nothing; turnback has switched them off.
                Ddl::ForeignKeys(on) if self.script.mode == TransactionMode::Off => {
                    moment.foreign_keys = *on;
                }
                Ddl::LegacyRename(on) => moment.legacy_rename = *on,
                Ddl::CreateTable(new) => moment.empty.push(new.name.clone()),
                Ddl::Fills(table) | Ddl::DropTable(table) => {
                    moment.empty.retain(|known| !is_same(known, table));
                }
                Ddl::RenameTable { from, to } => {
                    for known in moment.empty.iter_mut().filter(|known| is_same(known, from)) {
                        known.clone_from(to);
                    }
                }
                _ => {}
            }
        }
    }

    /// Where a table of this name comes to be again behind a statement.
    pub fn made_again(&self, statement: usize, table: &ObjectName) -> Option<usize> {
        let behind = self.statements.iter().enumerate().skip(statement + 1);
        let mut made = behind.filter(|(_, it)| match it {
            Ddl::CreateTable(new) => is_same(&new.name, table),
            Ddl::RenameTable { to, .. } => is_same(to, table),
            _ => false,
        });
        made.next().map(|(index, _)| index)
    }
}
