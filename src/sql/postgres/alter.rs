//! The locks of `ALTER TABLE`, action by action
//! (`AlterTableGetLockLevel` in the server's `tablecmds.c`).

use squawk_syntax::ast::{self, AlterColumnOption, AlterTableAction, AstNode};

use super::names::{affected, name, name_of, object, referenced, tables};
use crate::model::{ObjectKind, ObjectName, ObjectRef};
use crate::sql::meaning::{Meaning, strongest};
use crate::sql::script::{Affected, LockStrength, StatementKind};

/// What an `ALTER TABLE` does.
pub(super) fn alter_table(alter: &ast::AlterTable) -> Meaning {
    let Some(table) = name_of(alter.table_relation_name()) else {
        return Meaning::other(Vec::new());
    };
    let actions: Vec<_> = alter.actions().collect();
    let dropped: Vec<_> = actions.iter().filter_map(|action| dropped(&table, action)).collect();
    let lock = actions.iter().map(lock).max().unwrap_or(LockStrength::AccessExclusive);
    let mut affects = if dropped.is_empty() {
        tables([table.clone()], Some(lock))
    } else {
        let columns = dropped.iter().cloned();
        columns.map(|object| Affected { object, lock: Some(lock) }).collect()
    };
    for action in &actions {
        affects.extend(also_locked(action));
        affects.extend(referenced(action.syntax()));
    }
    let kind = if !dropped.is_empty() {
        StatementKind::Destructive
    } else if let Some(part) = actions.iter().find_map(concurrently_detached) {
        StatementKind::DetachConcurrently { whole: table, part }
    } else if !actions.is_empty() && actions.iter().all(is_add_column) {
        StatementKind::Additive
    } else {
        StatementKind::Other
    };
    Meaning { kind, affects: strongest(affects), destroys: dropped, ..Meaning::default() }
}

fn is_add_column(action: &AlterTableAction) -> bool {
    matches!(action, AlterTableAction::AddColumn(_))
}

fn dropped(table: &ObjectName, action: &AlterTableAction) -> Option<ObjectRef> {
    let AlterTableAction::DropColumn(drop) = action else { return None };
    let column = name(drop.column_name_ref()?.syntax())?.name;
    let mut column_of = object(ObjectKind::Column, table.clone());
    column_of.column = Some(column);
    Some(column_of)
}

fn detach_option(action: &AlterTableAction) -> Option<ast::DetachPartitionOption> {
    let AlterTableAction::DetachPartition(detach) = action else { return None };
    detach.detach_partition_option()
}

fn is_concurrent_detach(action: &AlterTableAction) -> bool {
    matches!(detach_option(action), Some(ast::DetachPartitionOption::DetachConcurrently(_)))
}

fn concurrently_detached(action: &AlterTableAction) -> Option<ObjectName> {
    match action {
        AlterTableAction::DetachPartition(detach) if is_concurrent_detach(action) => {
            name_of(detach.table_name_ref())
        }
        _ => None,
    }
}

/// The lock that an action takes on the table.
pub(super) fn lock(action: &AlterTableAction) -> LockStrength {
    match action {
        AlterTableAction::ValidateConstraint(_)
        | AlterTableAction::ClusterOn(_)
        | AlterTableAction::SetWithoutCluster(_)
        | AlterTableAction::SetOptions(_)
        | AlterTableAction::ResetOptions(_)
        | AlterTableAction::AttachPartition(_) => LockStrength::ShareUpdateExclusive,
        AlterTableAction::DetachPartition(_) if detach_option(action).is_some() => {
            LockStrength::ShareUpdateExclusive
        }
        AlterTableAction::AlterColumn(alter) => column_lock(alter.option().as_ref()),
        AlterTableAction::AddConstraint(add)
            if matches!(add.constraint(), Some(ast::Constraint::ForeignKeyConstraint(_))) =>
        {
            LockStrength::ShareRowExclusive
        }
        AlterTableAction::EnableTrigger(_)
        | AlterTableAction::EnableAlwaysTrigger(_)
        | AlterTableAction::EnableReplicaTrigger(_)
        | AlterTableAction::DisableTrigger(_) => LockStrength::ShareRowExclusive,
        _ => LockStrength::AccessExclusive,
    }
}

fn column_lock(option: Option<&AlterColumnOption>) -> LockStrength {
    match option {
        Some(
            AlterColumnOption::SetStatistics(_)
            | AlterColumnOption::SetOptions(_)
            | AlterColumnOption::SetOptionsList(_)
            | AlterColumnOption::ResetOptions(_),
        ) => LockStrength::ShareUpdateExclusive,
        _ => LockStrength::AccessExclusive,
    }
}

/// Tables an action locks besides the one it alters and those a foreign key refers to.
fn also_locked(action: &AlterTableAction) -> Option<Affected> {
    let (table, lock) = match action {
        AlterTableAction::AttachPartition(attach) => {
            (attach.table_name_ref(), LockStrength::AccessExclusive)
        }
        AlterTableAction::DetachPartition(detach) => {
            let lock = if is_concurrent_detach(action) {
                LockStrength::ShareUpdateExclusive
            } else {
                LockStrength::AccessExclusive
            };
            (detach.table_name_ref(), lock)
        }
        AlterTableAction::InheritTable(inherit) => {
            (inherit.table_name_ref(), LockStrength::ShareUpdateExclusive)
        }
        _ => return None,
    };
    Some(affected(ObjectKind::Table, name_of(table)?, Some(lock)))
}
