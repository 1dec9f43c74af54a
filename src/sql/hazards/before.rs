//! What the statements of a script leave to those behind them.

use std::collections::{BTreeMap, BTreeSet};

use squawk_syntax::ast::{AlterTableAction, AlterTypeAction, Constraint, DomainQualifier, Stmt};

use crate::model::ObjectName;
use crate::sql::postgres::name_of;
use crate::sql::script::{LockStrength, Statement, TransactionMode};

/// What is known behind some statements: of a script, and of those that run before it.
#[derive(Debug, Default)]
pub struct Before {
    /// The tables and types they have made: no application knows them.
    pub(super) made: BTreeSet<ObjectName>,
    /// Domains with a constraint among these.
    pub(super) constrained: BTreeSet<ObjectName>,
    /// Constraints they have validated, by their tables.
    pub(super) validated: BTreeMap<ObjectName, Vec<String>>,
    /// Values they have added to enums that were there before, in this transaction.
    pub(super) values: BTreeSet<String>,
    /// Tables with a policy that any statement of the script makes.
    pub(super) policies: BTreeSet<ObjectName>,
    /// The schemas, as written, of tables that are locked against writers to the end of this
    /// transaction, by the tables' names.
    locked: BTreeMap<String, BTreeSet<Option<String>>>,
}

impl Before {
    /// Begins another script, whose statements are these: earlier transactions are at their end.
    pub(super) fn begin(&mut self, all: &[Stmt]) {
        let policies = all.iter().filter_map(|statement| match statement {
            Stmt::CreatePolicy(it) => name_of(it.on_table()?.table_name_ref()),
            _ => None,
        });
        self.policies.extend(policies);
        self.values.clear();
        self.locked.clear();
    }

    /// Adds what one more statement leaves.
    pub(super) fn add(&mut self, syntax: &Stmt, statement: &Statement, mode: TransactionMode) {
        if mode == TransactionMode::Single {
            self.lock(statement);
            self.values.extend(value_added(syntax, &self.made));
        }
        self.made.extend(made_by(syntax));
        match syntax {
            Stmt::CreateDomain(it) if it.domain_qualifiers().any(|it| constrains(&it)) => {
                self.constrained.extend(name_of(it.domain()));
            }
            Stmt::AlterTable(alter) => {
                let validated = alter.actions().filter_map(|action| match action {
                    AlterTableAction::ValidateConstraint(it) => name_of(it.constraint_name_ref()),
                    _ => None,
                });
                if let Some(table) = name_of(alter.table_relation_name()) {
                    let names = validated.map(|constraint| constraint.name);
                    self.validated.entry(table).or_default().extend(names);
                }
            }
            _ => {}
        }
    }

    /// Whether a constraint of the table has been validated whose name speaks of the column, if one
    /// is given.
    pub(super) fn has_validated(&self, table: &ObjectName, column: Option<&str>) -> bool {
        let mut validated = self.validated.get(table).into_iter().flatten();
        validated.any(|constraint| {
            column.is_none_or(|column| format!("_{constraint}_").contains(&format!("_{column}_")))
        })
    }

    /// Whether the table is locked against writers, as far as names tell.
    pub(super) fn is_locked(&self, table: &ObjectName) -> bool {
        self.locked.get(&table.name).is_some_and(|schemas| {
            table.schema.is_none() || schemas.contains(&None) || schemas.contains(&table.schema)
        })
    }

    fn lock(&mut self, statement: &Statement) {
        for affected in &statement.affects {
            if affected.lock.is_some_and(|lock| lock >= LockStrength::Share) {
                let ObjectName { schema, name } = affected.object.name.clone();
                self.locked.entry(name).or_default().insert(schema);
            }
        }
    }
}

fn constrains(qualifier: &DomainQualifier) -> bool {
    matches!(
        qualifier,
        DomainQualifier::Constraint(
            Constraint::CheckConstraint(_) | Constraint::NotNullConstraint(_)
        )
    )
}

/// The value that a statement adds to an enum, unless the type is among these.
fn value_added(statement: &Stmt, made: &BTreeSet<ObjectName>) -> Option<String> {
    let Stmt::AlterType(alter) = statement else { return None };
    let Some(AlterTypeAction::AddValue(add)) = alter.action() else { return None };
    let is_new = made.contains(&name_of(alter.type_name_ref())?);
    add.literal()?.string_value().filter(|_| !is_new)
}

/// The table or type that a statement makes, which nobody else has seen; where it may be there
/// already (`IF NOT EXISTS`) others may have.
fn made_by(statement: &Stmt) -> Option<ObjectName> {
    match statement {
        Stmt::CreateTable(it) if it.if_not_exists().is_none() => name_of(it.table_name()),
        Stmt::CreateTableAs(it) if it.if_not_exists().is_none() => name_of(it.table_name()),
        Stmt::CreateMaterializedView(it) if it.if_not_exists().is_none() => name_of(it.view()),
        Stmt::CreateType(it) => name_of(it.type_name()),
        Stmt::CreateDomain(it) => name_of(it.domain()),
        _ => None,
    }
}
