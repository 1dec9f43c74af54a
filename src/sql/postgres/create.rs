//! Statements that create: what they lock besides what they make.

use squawk_syntax::ast::{self, AstNode};

use super::names::{affected, columns, name_of, names, names_under, referenced, tables};
use crate::model::ObjectKind;
use crate::sql::meaning::{Meaning, strongest};
use crate::sql::script::{LockStrength, StatementKind};

pub(super) fn additive(affects: Vec<crate::sql::script::Affected>) -> Meaning {
    Meaning::new(StatementKind::Additive, affects)
}

/// Nobody else can see the new table, but its partition's parent, its ancestors and the tables its
/// foreign keys refer to are in use.
pub(super) fn table(create: &ast::CreateTable) -> Meaning {
    let table = name_of(create.table_name());
    let mut affects = tables(table.clone(), None);
    let parent = create.partition_of().and_then(|of| name_of(of.table_name_ref()));
    affects.extend(tables(parent, Some(LockStrength::AccessExclusive)));
    if let Some(inherits) = create.inherits() {
        let ancestors = names(inherits.table_name_refs());
        affects.extend(tables(ancestors, Some(LockStrength::ShareUpdateExclusive)));
    }
    affects.extend(referenced(create.syntax()));
    // A table that refers to itself is new all the same.
    if let Some(new) = affects.first().cloned() {
        affects.retain(|other| other.object != new.object);
        affects.insert(0, new);
    }
    let creates = table.map(|name| (name, columns(create)));
    Meaning { creates, ..additive(strongest(affects)) }
}

pub(super) fn index(create: &ast::CreateIndex) -> Meaning {
    let index = name_of(create.index());
    let Some(table) = name_of(create.table_relation_name()) else {
        return Meaning::default();
    };
    if create.concurrently_token().is_some() {
        let affects = tables([table.clone()], Some(LockStrength::ShareUpdateExclusive));
        return Meaning::new(StatementKind::CreateIndexConcurrently { index, table }, affects);
    }
    additive(tables([table], Some(LockStrength::Share)))
}

pub(super) fn drop_index(drop: &ast::DropIndex) -> Meaning {
    let indexes = names(drop.index_refs());
    let (kind, lock) = if drop.concurrently_token().is_some() {
        let kind = StatementKind::DropIndexConcurrently { indexes: indexes.clone() };
        (kind, LockStrength::ShareUpdateExclusive)
    } else {
        (StatementKind::Other, LockStrength::AccessExclusive)
    };
    let affects =
        indexes.into_iter().map(|name| affected(ObjectKind::Index, name, Some(lock))).collect();
    Meaning::new(kind, affects)
}

/// An index is renamed, and given statistics, under a weaker lock than anything else.
pub(super) fn alter_index(alter: &ast::AlterIndex) -> Meaning {
    let lock = match alter.action() {
        Some(
            ast::AlterIndexAction::IndexRenameTo(_)
            | ast::AlterIndexAction::AlterSetStatistics(_)
            | ast::AlterIndexAction::AttachIndexPartition(_),
        ) => LockStrength::ShareUpdateExclusive,
        _ => LockStrength::AccessExclusive,
    };
    let index = name_of(alter.index_ref());
    Meaning::other(
        index.into_iter().map(|name| affected(ObjectKind::Index, name, Some(lock))).collect(),
    )
}

/// A view that exists is replaced under the strongest lock.
pub(super) fn view(create: &ast::CreateView) -> Meaning {
    let replaces = create.or_replace().is_some();
    let lock = replaces.then_some(LockStrength::AccessExclusive);
    let view = name_of(create.view());
    let affects =
        view.into_iter().map(|name| affected(ObjectKind::View, name, lock)).collect::<Vec<_>>();
    if replaces { Meaning::other(affects) } else { additive(affects) }
}

pub(super) fn trigger(create: &ast::CreateTrigger) -> Meaning {
    let affects = tables(name_of(create.on_relation()), Some(LockStrength::ShareRowExclusive));
    if create.or_replace().is_some() { Meaning::other(affects) } else { additive(affects) }
}

pub(super) fn rule(create: &ast::CreateRule) -> Meaning {
    let table = create.rule_on().and_then(|on| name_of(on.relation_name_ref()));
    Meaning::other(tables(table, Some(LockStrength::AccessExclusive)))
}

/// A subscription makes its slot at once, on another server, unless it is told not to.
pub(super) fn subscription(create: &ast::CreateSubscription) -> Meaning {
    let declines = create.with_params().is_some_and(|params| {
        ["create_slot", "connect"].iter().any(|option| is_switched_off(params.syntax(), option))
    });
    let kind = if declines { StatementKind::Additive } else { StatementKind::OutsideTransaction };
    Meaning::new(kind, Vec::new())
}

/// Whether a list of options switches one of them off.
pub(super) fn is_switched_off(list: &squawk_syntax::SyntaxNode, option: &str) -> bool {
    list.descendants().filter_map(ast::AttributeOption::cast).any(|attribute| {
        let text = attribute.syntax().text().to_string();
        let (name, value) = text.split_once('=').unwrap_or((text.as_str(), "true"));
        let value = value.trim().trim_matches('\'');
        name.trim().eq_ignore_ascii_case(option)
            && ["false", "off", "no", "0"].iter().any(|no| value.eq_ignore_ascii_case(no))
    })
}

pub(super) fn statistics(create: &ast::CreateStatistics) -> Meaning {
    let names = create
        .from_table()
        .map(|from| names_under::<ast::TableNameRef>(from.syntax()))
        .unwrap_or_default();
    additive(tables(names, Some(LockStrength::ShareUpdateExclusive)))
}
