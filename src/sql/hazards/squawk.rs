//! What squawk's findings leave open.

use std::ops::Range;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AlterTableAction, AstNode, Stmt};

use super::doubt::Doubt;
use super::scene::Scene;
use crate::model::{ObjectKind, ObjectName};
use crate::sql::postgres::name_of;

/// What decides on a finding of squawk's, which knows its place alone.
pub(super) fn doubt_of(scene: Scene<'_>, range: &Range<usize>) -> Doubt {
    match scene.syntax {
        Stmt::AlterTable(alter) => {
            let Some(table) = name_of(alter.table_relation_name()) else { return Doubt::Settled };
            let action = alter.actions().find(|it| covers(it.syntax(), range));
            action.map_or_else(
                || Doubt::Rows(vec![table.clone()]),
                |action| doubt_of_action(&table, &action),
            )
        }
        Stmt::AlterType(alter) => {
            name_of(alter.type_name_ref()).map_or(Doubt::Settled, Doubt::TypeInUse)
        }
        Stmt::AlterMaterializedView(_) => Doubt::Rows(scene.named(ObjectKind::View)),
        Stmt::DropTable(_) => Doubt::Rows(scene.named(ObjectKind::Table)),
        // A table without rows may be referred to by one that has some.
        Stmt::Truncate(_) => Doubt::Dependents(scene.named(ObjectKind::Table)),
        Stmt::DropIndex(_) => Doubt::Indexes(scene.named(ObjectKind::Index)),
        Stmt::Reindex(_) => {
            let (tables, indexes) =
                (scene.named(ObjectKind::Table), scene.named(ObjectKind::Index));
            match (tables.is_empty(), indexes.is_empty()) {
                (false, _) => Doubt::Rows(tables),
                (true, false) => Doubt::Indexes(indexes),
                (true, true) => Doubt::Settled,
            }
        }
        _ => Doubt::Settled,
    }
}

fn covers(node: &SyntaxNode, range: &Range<usize>) -> bool {
    let own = node.text_range();
    usize::from(own.start()) <= range.start && range.end <= usize::from(own.end())
}

fn doubt_of_action(table: &ObjectName, action: &AlterTableAction) -> Doubt {
    let rows = || Doubt::Rows(vec![table.clone()]);
    match action {
        AlterTableAction::AlterColumn(alter) => {
            let column = name_of(alter.column_name_ref()).map(|it| it.name);
            let (Some(column), Some(ast::AlterColumnOption::SetType(set))) =
                (column, alter.option())
            else {
                return rows();
            };
            Doubt::Type {
                table: table.clone(),
                column,
                data_type: set.ty().map(|it| it.syntax().text().to_string()).unwrap_or_default(),
                using: set.using_expr().is_some(),
            }
        }
        AlterTableAction::DetachPartition(detach) => {
            Doubt::Rows(name_of(detach.table_name_ref()).into_iter().collect())
        }
        _ => rows(),
    }
}
