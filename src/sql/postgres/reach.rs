//! What statements lock besides the tables they name, as the server's `tablecmds.c` has it: the other
//! ends of foreign keys, partitions, tables that inherit, the table of an index.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AlterColumnOption, AlterTableAction, AstNode, Stmt};

use super::alter;
use super::names::{name, name_of, names, names_under, referenced};
use crate::model::ObjectName;
use crate::sql::script::{Keys, LockStrength, Reach, Reached};

const ALL: LockStrength = LockStrength::AccessExclusive;

/// The tables a statement locks without naming them.
pub(super) fn reaches(statement: &Stmt) -> Vec<Reach> {
    match statement {
        Stmt::AlterTable(it) => alter_table(it),
        Stmt::CreateTable(it) => create_table(it),
        Stmt::CreateIndex(it) if it.concurrently_token().is_none() => {
            of_partitions(it.table_relation_name(), LockStrength::Share)
        }
        Stmt::CreateTrigger(it) => {
            let table = name_of(it.on_relation());
            of(table, &[Reached::Partitions], LockStrength::ShareRowExclusive)
        }
        Stmt::DropTable(it) => drop_table(it),
        Stmt::DropIndex(it) if it.concurrently_token().is_none() => {
            of(names(it.index_refs()), &[Reached::Indexed], ALL)
        }
        Stmt::DropSchema(it) => {
            of(names_under::<ast::SchemaRef>(it.syntax()), &[Reached::Contents], ALL)
        }
        Stmt::Reindex(it) if !it.is_concurrently() => reindex(it),
        Stmt::Truncate(it) => truncate(it),
        Stmt::Lock(it) => lock_table(it),
        _ => Vec::new(),
    }
}

fn of(
    names: impl IntoIterator<Item = ObjectName>,
    to: &[Reached],
    lock: LockStrength,
) -> Vec<Reach> {
    let each = |from: ObjectName| {
        to.iter().map(move |to| Reach { from: from.clone(), to: to.clone(), lock })
    };
    names.into_iter().flat_map(each).collect()
}

fn of_partitions(table: Option<ast::TableRelationName>, lock: LockStrength) -> Vec<Reach> {
    let whole = table.filter(|it| it.only_token().is_none());
    of(name_of(whole), &[Reached::Partitions], lock)
}

fn cascades(behavior: Option<&ast::DropBehavior>) -> bool {
    matches!(behavior, Some(ast::DropBehavior::Cascade(_)))
}

/// A foreign key that refers to a partitioned table refers to each partition.
fn by_references(node: &SyntaxNode) -> Vec<Reach> {
    let tables = referenced(node).into_iter().map(|it| it.object.name);
    of(tables, &[Reached::Partitions], LockStrength::ShareRowExclusive)
}

fn alter_table(alter: &ast::AlterTable) -> Vec<Reach> {
    let Some(relation) = alter.table_relation_name() else { return Vec::new() };
    let is_only = relation.only_token().is_some();
    let Some(table) = name(relation.syntax()) else { return Vec::new() };
    let mut reaches = Vec::new();
    for action in alter.actions() {
        let below = passed_on(&action).filter(|_| !is_only);
        reaches.extend(of([table.clone()], below.as_slice(), alter::lock(&action)));
        reaches.extend(by_references(action.syntax()));
        reaches.extend(by_action(&table, &action));
    }
    reaches
}

/// To whom an action is passed on, where the statement does not say `ONLY`.
fn passed_on(action: &AlterTableAction) -> Option<Reached> {
    match action {
        AlterTableAction::AddColumn(_)
        | AlterTableAction::DropColumn(_)
        | AlterTableAction::AlterColumn(_)
        | AlterTableAction::RenameColumn(_)
        | AlterTableAction::RenameConstraint(_)
        | AlterTableAction::DropConstraint(_)
        | AlterTableAction::ValidateConstraint(_) => Some(Reached::Heirs),
        AlterTableAction::AddConstraint(add) => Some(match add.constraint() {
            Some(ast::Constraint::CheckConstraint(_) | ast::Constraint::NotNullConstraint(_)) => {
                Reached::Heirs
            }
            _ => Reached::Partitions,
        }),
        AlterTableAction::EnableTrigger(_)
        | AlterTableAction::EnableAlwaysTrigger(_)
        | AlterTableAction::EnableReplicaTrigger(_)
        | AlterTableAction::DisableTrigger(_) => Some(Reached::Partitions),
        _ => None,
    }
}

/// A foreign key that goes, or is made anew because a column's type changes, has triggers on both
/// tables.
fn by_action(table: &ObjectName, action: &AlterTableAction) -> Vec<Reach> {
    let own = |to: &[Reached], lock| of([table.clone()], to, lock);
    let column = |name: Option<ast::ColumnNameRef>| Some(Keys::Column(name_of(name)?.name));
    match action {
        AlterTableAction::DropConstraint(drop) => {
            let Some(named) = name_of(drop.constraint_name_ref()) else { return Vec::new() };
            let mut reaches = own(&[Reached::Referenced(Keys::Named(named.name))], ALL);
            if cascades(drop.drop_behavior().as_ref()) {
                reaches.extend(own(&[Reached::Referencing(Keys::All)], ALL));
            }
            reaches
        }
        AlterTableAction::DropColumn(drop) => {
            let Some(keys) = column(drop.column_name_ref()) else { return Vec::new() };
            let mut reaches = own(&[Reached::Referenced(keys.clone())], ALL);
            if cascades(drop.drop_behavior().as_ref()) {
                reaches.extend(own(&[Reached::Referencing(keys)], ALL));
            }
            reaches
        }
        AlterTableAction::AlterColumn(alter)
            if matches!(alter.option(), Some(AlterColumnOption::SetType(_))) =>
        {
            let Some(keys) = column(alter.column_name_ref()) else { return Vec::new() };
            own(&[Reached::Referenced(keys.clone()), Reached::Referencing(keys)], ALL)
        }
        AlterTableAction::AttachPartition(attach) => {
            let mut reaches = own(&[Reached::DefaultPartition], ALL);
            let keys = Reached::Referenced(Keys::All);
            reaches.extend(own(&[keys], LockStrength::ShareRowExclusive));
            reaches.extend(of(name_of(attach.table_name_ref()), &[Reached::Heirs], ALL));
            reaches
        }
        AlterTableAction::DetachPartition(detach) if detach.detach_partition_option().is_none() => {
            own(&[Reached::DefaultPartition], ALL)
        }
        _ => Vec::new(),
    }
}

/// A partition gets the foreign keys of its whole.
fn create_table(create: &ast::CreateTable) -> Vec<Reach> {
    let mut reaches = by_references(create.syntax());
    if let Some(whole) = create.partition_of().and_then(|of| name_of(of.table_name_ref())) {
        reaches.extend(of([whole.clone()], &[Reached::DefaultPartition], ALL));
        let keys = Reached::Referenced(Keys::All);
        reaches.extend(of([whole], &[keys], LockStrength::ShareRowExclusive));
    }
    reaches
}

fn drop_table(drop: &ast::DropTable) -> Vec<Reach> {
    let mut to = vec![Reached::Whole, Reached::Partitions, Reached::Referenced(Keys::All)];
    if cascades(drop.drop_behavior().as_ref()) {
        to.extend([Reached::Heirs, Reached::Referencing(Keys::All)]);
    }
    of(names(drop.table_name_refs()), &to, ALL)
}

fn reindex(reindex: &ast::Reindex) -> Vec<Reach> {
    let Some(ast::ReindexTarget::ReindexTargetIndex(index)) = reindex.reindex_target() else {
        return Vec::new();
    };
    of(name(index.syntax()), &[Reached::Indexed], LockStrength::Share)
}

fn truncate(truncate: &ast::Truncate) -> Vec<Reach> {
    let mut reaches = Vec::new();
    for table in truncate.syntax().descendants().filter_map(ast::TableRelationName::cast) {
        if table.only_token().is_none() {
            reaches.extend(of(name(table.syntax()), &[Reached::Heirs], ALL));
        }
        if cascades(truncate.drop_behavior().as_ref()) {
            reaches.extend(of(name(table.syntax()), &[Reached::Emptied], ALL));
        }
    }
    reaches
}

fn lock_table(lock: &ast::Lock) -> Vec<Reach> {
    let strength = super::maintain::lock_strength(lock);
    let each = lock.syntax().descendants().filter_map(ast::RelationName::cast);
    let whole = each.filter(|it| it.only_token().is_none());
    of(whole.filter_map(|it| name(it.syntax())), &[Reached::Heirs], strength)
}
