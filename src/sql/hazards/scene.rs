//! A statement as it is looked at for hazards.

use std::ops::Range;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{AddColumn, AlterTableAction, AstNode, Constraint, Stmt};

use super::before::Before;
use super::doubt::Doubt;
use crate::model::{ObjectKind, ObjectName};
use crate::sql::postgres::name_of;
use crate::sql::script::Statement;

/// A statement that is looked at.
#[derive(Clone, Copy)]
pub(in crate::sql) struct Scene<'a> {
    /// Its syntax.
    pub syntax: &'a Stmt,
    /// What is known of it.
    pub statement: &'a Statement,
    /// What the statements before it leave.
    pub before: &'a Before,
}

/// A part of a statement that looks like a hazard.
#[derive(Debug)]
pub(in crate::sql) struct Mark {
    /// Its bytes in the text that was parsed.
    pub range: Range<usize>,
    /// What the database decides.
    pub doubt: Doubt,
}

impl Mark {
    pub fn new(node: &SyntaxNode, doubt: Doubt) -> Self {
        let range = node.text_range();
        Self { range: usize::from(range.start())..usize::from(range.end()), doubt }
    }
}

impl Scene<'_> {
    /// The table of an `ALTER TABLE` and what is done to it.
    pub fn alterations(&self) -> Option<(ObjectName, Vec<AlterTableAction>)> {
        let Stmt::AlterTable(alter) = self.syntax else { return None };
        Some((name_of(alter.table_relation_name())?, alter.actions().collect()))
    }

    /// A mark at each action of an `ALTER TABLE` that is one of these.
    pub fn actions(&self, is_one: fn(&AlterTableAction) -> bool) -> Vec<Mark> {
        let Some((table, actions)) = self.alterations() else { return Vec::new() };
        let found = actions.iter().filter(|action| is_one(action));
        found.map(|action| Mark::new(action.syntax(), Doubt::Rows(vec![table.clone()]))).collect()
    }

    /// The columns that an `ALTER TABLE` adds, and its table.
    pub fn added_columns(&self) -> Vec<(ObjectName, AddColumn)> {
        let Some((table, actions)) = self.alterations() else { return Vec::new() };
        let added = actions.into_iter().filter_map(|action| match action {
            AlterTableAction::AddColumn(add) => Some((table.clone(), add)),
            _ => None,
        });
        added.collect()
    }

    /// The constraints that an `ALTER TABLE` adds to its table, those of new columns apart.
    pub fn added_constraints(&self) -> Vec<(ObjectName, Constraint)> {
        let Some((table, actions)) = self.alterations() else { return Vec::new() };
        let added = actions.into_iter().filter_map(|action| match action {
            AlterTableAction::AddConstraint(add) => Some((table.clone(), add.constraint()?)),
            _ => None,
        });
        added.collect()
    }

    /// The objects of a kind that the statement names.
    pub fn named(&self, kind: ObjectKind) -> Vec<ObjectName> {
        let names = self.statement.affects.iter().map(|it| &it.object);
        names.filter(|it| it.kind == kind).map(|it| it.name.clone()).collect()
    }

    /// Whether a doubt is about nothing but what the script itself has made, so that there is none.
    pub fn is_made_here(&self, doubt: &Doubt) -> bool {
        let objects = match doubt {
            Doubt::TypeInUse(name) => std::slice::from_ref(name),
            doubt => doubt.tables(),
        };
        !objects.is_empty() && objects.iter().all(|name| self.before.made.contains(name))
    }
}
