//! Statements that maintain what exists: `REINDEX`, `CLUSTER`, `VACUUM` and their kind.

use squawk_syntax::ast::{self, AstNode};

use super::names::{affected, name_of, names_under, tables};
use crate::model::{ObjectKind, ObjectName};
use crate::sql::meaning::Meaning;
use crate::sql::script::{LockStrength, Reindexed, StatementKind};

fn outside(condition: bool) -> StatementKind {
    if condition { StatementKind::OutsideTransaction } else { StatementKind::Other }
}

pub(super) fn reindex(reindex: &ast::Reindex) -> Meaning {
    let concurrent = reindex.is_concurrently();
    let table_lock =
        if concurrent { LockStrength::ShareUpdateExclusive } else { LockStrength::Share };
    match reindex.reindex_target() {
        Some(ast::ReindexTarget::ReindexTargetTable(target)) => {
            let name = super::names::name(target.syntax());
            let kind = reindexing(concurrent, name.as_ref());
            Meaning::new(kind, tables(name, Some(table_lock)))
        }
        Some(ast::ReindexTarget::ReindexTargetIndex(target)) => {
            let lock = if concurrent { table_lock } else { LockStrength::AccessExclusive };
            let index = super::names::name(target.syntax());
            let kind = reindexing(concurrent, index.as_ref());
            let affects =
                index.into_iter().map(|name| affected(ObjectKind::Index, name, Some(lock)));
            Meaning::new(kind, affects.collect())
        }
        Some(ast::ReindexTarget::ReindexTargetSchema(target)) if concurrent => {
            let schema = name_of(target.schema_ref()).map(|it| Reindexed::Schema(it.name));
            let kind = schema.map(|of| StatementKind::ReindexConcurrently { of });
            Meaning::new(kind.unwrap_or(StatementKind::OutsideTransaction), Vec::new())
        }
        Some(ast::ReindexTarget::ReindexTargetDatabase(_)) if concurrent => {
            let kind = StatementKind::ReindexConcurrently { of: Reindexed::Database };
            Meaning::new(kind, Vec::new())
        }
        _ => Meaning::new(StatementKind::OutsideTransaction, Vec::new()),
    }
}

fn reindexing(concurrent: bool, relation: Option<&ObjectName>) -> StatementKind {
    match relation.cloned().map(Reindexed::Relation) {
        Some(of) if concurrent => StatementKind::ReindexConcurrently { of },
        _ => outside(concurrent),
    }
}

/// `CLUSTER` has two spellings; the older one names the index first.
pub(super) fn cluster(cluster: &ast::Cluster) -> Meaning {
    let named = cluster.table_name_ref().map(|table| table.syntax().clone());
    let table = named
        .and_then(|node| super::names::name(&node))
        .or_else(|| names_under::<ast::TableNameRef>(cluster.syntax()).pop());
    exclusive_or_all(table.into_iter().collect())
}

pub(super) fn repack(repack: &ast::Repack) -> Meaning {
    exclusive_or_all(names_under::<ast::TableRelationName>(repack.syntax()))
}

fn exclusive_or_all(names: Vec<ObjectName>) -> Meaning {
    let kind = outside(names.is_empty());
    Meaning::new(kind, tables(names, Some(LockStrength::AccessExclusive)))
}

pub(super) fn vacuum(vacuum: &ast::Vacuum) -> Meaning {
    let lock = if vacuum.is_full() {
        LockStrength::AccessExclusive
    } else {
        LockStrength::ShareUpdateExclusive
    };
    let names = names_under::<ast::TableRelationName>(vacuum.syntax());
    Meaning::new(StatementKind::OutsideTransaction, tables(names, Some(lock)))
}

pub(super) fn analyze(analyze: &ast::Analyze) -> Meaning {
    let names = names_under::<ast::TableRelationName>(analyze.syntax());
    Meaning::other(tables(names, Some(LockStrength::ShareUpdateExclusive)))
}

pub(super) fn refresh(refresh: &ast::Refresh) -> Meaning {
    let lock = if refresh.concurrently_token().is_some() {
        LockStrength::Exclusive
    } else {
        LockStrength::AccessExclusive
    };
    let view = name_of(refresh.view_ref());
    Meaning::other(
        view.into_iter().map(|name| affected(ObjectKind::View, name, Some(lock))).collect(),
    )
}

pub(super) fn lock(lock: &ast::Lock) -> Meaning {
    let strength = lock_strength(lock);
    Meaning::other(tables(names_under::<ast::RelationName>(lock.syntax()), Some(strength)))
}

/// What a `LOCK TABLE` asks for.
pub(super) fn lock_strength(lock: &ast::Lock) -> LockStrength {
    let mode = lock.lock_mode_clause().and_then(|clause| clause.lock_mode());
    match mode {
        None | Some(ast::LockMode::AccessExclusive(_)) => LockStrength::AccessExclusive,
        Some(ast::LockMode::AccessShare(_)) => LockStrength::AccessShare,
        Some(ast::LockMode::Exclusive(_)) => LockStrength::Exclusive,
        Some(ast::LockMode::RowExclusive(_)) => LockStrength::RowExclusive,
        Some(ast::LockMode::RowShare(_)) => LockStrength::RowShare,
        Some(ast::LockMode::Share(_)) => LockStrength::Share,
        Some(ast::LockMode::ShareRowExclusive(_)) => LockStrength::ShareRowExclusive,
        Some(ast::LockMode::ShareUpdateExclusive(_)) => LockStrength::ShareUpdateExclusive,
    }
}
