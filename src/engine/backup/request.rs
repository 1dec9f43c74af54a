//! What a step is seen to destroy, table by table.

use std::collections::{BTreeMap, BTreeSet};

use super::conversion::{keeps_values, type_name};
use super::dialect::Dialect;
use super::relation::column;
use crate::database::{ColumnShape, TableLock, TableShape};
use crate::model::{Engine, ObjectKind, ObjectName};
use crate::sql::{BackupRequest, ChangedRows, Renamed, Statement, StatementKind};

/// What is to be saved of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// The columns that are destroyed, by their names as they are; all rows' values are saved.
    pub columns: BTreeSet<String>,
    /// Whether rows go, so that they are saved with all their columns.
    pub rows: bool,
    /// Whether the table itself goes.
    pub table: bool,
    /// Whether the values are converted to another type.
    pub converted: BTreeSet<String>,
    /// Whether its author named the columns that are changed by what cannot be seen in the script.
    pub named: bool,
    /// The lock the step will hold.
    pub lock: TableLock,
}

impl Request {
    pub fn new() -> Self {
        Self {
            columns: BTreeSet::new(),
            rows: false,
            table: false,
            converted: BTreeSet::new(),
            named: false,
            lock: TableLock::AgainstWrites,
        }
    }
}

/// Requests by the tables they are of.
#[derive(Debug, Default)]
pub(super) struct Requests(pub BTreeMap<String, Request>);

/// What a script asks to be saved that is not there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotThere {
    Table(ObjectName),
    Column(ObjectName, String),
}

/// What requests are made of: the tables as they are, and how names are compared.
pub(super) struct Tables<'a> {
    pub dialect: Dialect,
    pub shapes: &'a [TableShape],
}

impl<'a> Tables<'a> {
    /// The table a script's name stands for.
    pub fn find(&self, name: &ObjectName) -> Option<&'a TableShape> {
        self.shapes.iter().find(|shape| match (&self.dialect.0, &name.schema) {
            (Engine::Sqlite, _) => shape.table.eq_ignore_ascii_case(&name.name),
            (Engine::Postgres, Some(schema)) => {
                shape.schema.as_ref() == Some(schema) && shape.table == name.name
            }
            (Engine::Postgres, None) => shape.visible && shape.table == name.name,
        })
    }

    pub fn by_id(&self, id: &str) -> Option<&'a TableShape> {
        self.shapes.iter().find(|shape| shape.id == id)
    }

    /// A table and those that inherit from it, at any depth.
    fn with_heirs(&self, shape: &'a TableShape) -> Vec<&'a TableShape> {
        let mut found = vec![shape];
        let mut next = 0;
        while let Some(shape) = found.get(next).copied() {
            next += 1;
            for heir in shape.heirs.iter().filter_map(|id| self.by_id(id)) {
                if found.iter().all(|known| known.id != heir.id) {
                    found.push(heir);
                }
            }
        }
        found
    }
}

/// Names as they change while a script goes on.
pub(super) struct Names<'a> {
    tables: &'a Tables<'a>,
    renamed_tables: Vec<(ObjectName, String)>,
    /// The table's id, a column's name and the one it had before the script.
    renamed_columns: Vec<(String, String, String)>,
}

impl<'a> Names<'a> {
    pub fn new(tables: &'a Tables<'a>) -> Self {
        Self { tables, renamed_tables: Vec::new(), renamed_columns: Vec::new() }
    }

    /// The table of before the script that a name stands for, by now or at some time.
    pub fn find(&self, name: &ObjectName) -> Option<&'a TableShape> {
        let renamed = self.renamed_tables.iter().rev().find(|(new, _)| {
            new.name == name.name && (new.schema == name.schema || name.schema.is_none())
        });
        match renamed {
            Some((_, id)) => self.tables.by_id(id),
            None => self.tables.find(name),
        }
    }

    /// A column of before the script.
    fn column(&self, shape: &'a TableShape, name: &str) -> Option<&'a ColumnShape> {
        let renamed = self.renamed_columns.iter().rev();
        let renamed = renamed.filter(|(id, ..)| *id == shape.id).find(|(_, new, _)| new == name);
        let name = renamed.map_or(name, |(_, _, old)| old.as_str());
        column(self.tables.dialect, shape, name)
    }

    /// Goes on behind a statement.
    pub fn pass(&mut self, statement: &Statement) {
        let Some(rename) = &statement.renames else { return };
        let Some(shape) = self.find(&rename.table) else { return };
        match &rename.what {
            Renamed::Table { to } => self.renamed_tables.push((to.clone(), shape.id.clone())),
            Renamed::Column { from, to } => {
                let old = self.column(shape, from).map_or(from, |column| &column.name);
                let renamed = (shape.id.clone(), to.clone(), old.clone());
                self.renamed_columns.push(renamed);
            }
        }
    }
}

impl Request {
    /// Adds what another one asks for.
    pub fn take(&mut self, other: &Self) {
        self.columns.extend(other.columns.iter().cloned());
        self.converted.extend(other.converted.iter().cloned());
        self.rows |= other.rows;
        self.table |= other.table;
        self.lock = self.lock.max(other.lock);
    }
}

impl Requests {
    /// Adds what others ask for.
    pub fn take(&mut self, others: &Self) {
        for (id, other) in &others.0 {
            self.0.entry(id.clone()).or_insert_with(Request::new).take(other);
        }
    }

    /// Adds the rest of the rows of tables that the way back deletes from, or of which it changes
    /// more than it names: what it takes along must come back as well.
    pub fn foresee(&mut self, tables: &Tables<'_>, way_back: &[Statement]) {
        for change in way_back.iter().flat_map(|statement| &statement.changes) {
            let Some(shape) = tables.find(&change.table) else { continue };
            let Some(request) = self.0.get_mut(&shape.id) else { continue };
            request.rows |= match change.what {
                ChangedRows::Columns(_) => shape.updates_widen,
                ChangedRows::Rows => true,
                ChangedRows::Type { .. } => false,
            };
        }
    }

    fn of(&mut self, shape: &TableShape) -> &mut Request {
        self.0.entry(shape.id.clone()).or_insert_with(Request::new)
    }

    /// Adds what the directives ask for.
    pub fn add_directives(
        &mut self,
        tables: &Tables<'_>,
        directives: &[BackupRequest],
    ) -> Vec<NotThere> {
        let mut missing = Vec::new();
        for directive in directives {
            let Some(shape) = tables.find(&directive.table) else {
                missing.push(NotThere::Table(directive.table.clone()));
                continue;
            };
            for shape in tables.with_heirs(shape) {
                let request = self.of(shape);
                request.rows |= directive.columns.is_empty();
                request.named = true;
                for name in &directive.columns {
                    match column(tables.dialect, shape, name) {
                        Some(column) => {
                            request.columns.insert(column.name.clone());
                        }
                        None => {
                            missing.push(NotThere::Column(directive.table.clone(), name.clone()));
                        }
                    }
                }
            }
        }
        missing
    }

    /// Adds what a statement is seen to destroy.
    pub fn add_statement(&mut self, names: &Names<'_>, statement: &Statement) {
        let tables = names.tables;
        for object in &statement.destroys {
            match object.kind {
                ObjectKind::Schema => {
                    let inside = tables.shapes.iter();
                    let inside = inside.filter(|it| it.schema.as_ref() == Some(&object.name.name));
                    for shape in inside.filter(|it| it.ancestors.is_empty()) {
                        self.remove(shape);
                    }
                }
                ObjectKind::Table => {
                    let Some(shape) = names.find(&object.name) else { continue };
                    for shape in tables.with_heirs(shape) {
                        self.remove(shape);
                    }
                }
                ObjectKind::Column => {
                    let Some(shape) = names.find(&object.name) else { continue };
                    let Some(name) = &object.column else { continue };
                    for shape in tables.with_heirs(shape) {
                        let column = names.column(shape, name);
                        self.overwrite(shape, column, TableLock::AgainstAll);
                    }
                }
                _ => {}
            }
        }
        for change in &statement.changes {
            let Some(shape) = names.find(&change.table) else { continue };
            for shape in tables.with_heirs(shape) {
                self.add_change(names, shape, &change.what);
            }
        }
    }

    fn add_change<'a>(&mut self, names: &Names<'a>, shape: &'a TableShape, what: &ChangedRows) {
        match what {
            ChangedRows::Columns(written) => {
                let columns: Vec<&ColumnShape> =
                    written.iter().filter_map(|name| names.column(shape, name)).collect();
                let moves = columns.iter().any(|it| shape.moved_by.contains(&it.name));
                self.overwrite(shape, columns, TableLock::AgainstWrites);
                self.of(shape).rows |= shape.updates_widen || moves;
            }
            ChangedRows::Rows => self.of(shape).rows = true,
            ChangedRows::Type { column: name, to } => {
                let Some(column) = names.column(shape, name) else { return };
                let to = to.as_deref().map(type_name);
                if to.is_some_and(|to| keeps_values(&column.type_name, &to)) {
                    return;
                }
                self.overwrite(shape, [column], TableLock::AgainstAll);
                self.of(shape).converted.insert(column.name.clone());
            }
        }
    }

    fn remove(&mut self, shape: &TableShape) {
        let request = self.of(shape);
        request.rows = true;
        request.table = true;
        request.lock = TableLock::AgainstAll;
    }

    /// Adds columns that get other values, or none.
    pub fn overwrite<'c>(
        &mut self,
        shape: &TableShape,
        columns: impl IntoIterator<Item = &'c ColumnShape>,
        lock: TableLock,
    ) {
        let columns = columns.into_iter().filter(|it| !it.generated);
        let names: Vec<String> = columns.map(|it| it.name.clone()).collect();
        if names.is_empty() {
            return;
        }
        let request = self.of(shape);
        request.columns.extend(names);
        request.lock = request.lock.max(lock);
    }

    /// Adds whole rows of a table.
    pub fn whole(&mut self, shape: &TableShape) {
        self.of(shape).rows = true;
    }
}

/// Whether any of the statements can do anything to rows or tables that exist, so that they are
/// watched. Rows that go into a table the script itself has made touch nothing else, as long as it
/// has no triggers.
pub(super) fn are_watched(statements: &[Statement]) -> bool {
    let mut made: BTreeSet<&ObjectName> = BTreeSet::new();
    let mut has_triggers = false;
    statements.iter().any(|statement| {
        if statement.summary.starts_with("CREATE TABLE ") {
            made.extend(statement.affects.first().map(|it| &it.object.name));
        }
        has_triggers |= statement.summary.contains("TRIGGER");
        let fills_own = !has_triggers
            && statement.summary.starts_with("INSERT INTO ")
            && statement.changes.is_empty()
            && !statement.affects.is_empty()
            && statement.affects.iter().all(|it| made.contains(&it.object.name));
        !fills_own && is_watched(statement)
    })
}

/// Whether a statement can do anything to rows or tables that exist, so that it is watched.
fn is_watched(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Additive => !statement.changes.is_empty(),
        StatementKind::Session => false,
        kind => !kind.runs_alone(),
    }
}
