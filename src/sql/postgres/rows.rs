//! The rows that a statement changes, those of data-changing queries inside it included.

use std::collections::HashSet;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{
    self, AlterColumnOption, AlterTableAction, AstNode, ConflictAction, MergeAction,
    MergeWhenClause, SetColumn, Stmt, WhereClauseOrCurrentOf,
};

use super::names::name_of;
use crate::model::ObjectName;
use crate::sql::script::{ChangedRows, RowChange, RowChoice};
use crate::sql::words::{Words, is_word};

/// The rows a statement changes; `start` is where its text starts in the script.
pub(super) fn changes(statement: &Stmt, words: Words<'_>, start: usize) -> Vec<RowChange> {
    match statement {
        Stmt::AlterTable(alter) => converted(alter),
        Stmt::Truncate(truncate) => emptied(truncate),
        // Only a WITH holds another change, and rows to insert can be very many nodes.
        Stmt::Insert(insert) if !has_with(words) => upserted(insert).into_iter().collect(),
        Stmt::Explain(explain) if !runs(explain) => Vec::new(),
        // Other statements that hold queries only keep them, such as CREATE FUNCTION.
        Stmt::Insert(_)
        | Stmt::Update(_)
        | Stmt::Delete(_)
        | Stmt::Merge(_)
        | Stmt::Select(_)
        | Stmt::SelectInto(_)
        | Stmt::CompoundSelect(_)
        | Stmt::ParenSelect(_)
        | Stmt::Table(_)
        | Stmt::Values(_)
        | Stmt::CreateTableAs(_)
        | Stmt::Copy(_)
        | Stmt::Explain(_) => {
            statement.syntax().descendants().flat_map(|node| changed(node, start)).collect()
        }
        _ => Vec::new(),
    }
}

fn has_with(words: Words<'_>) -> bool {
    words.rest().iter().any(|token| is_word(*token, words.text, "WITH"))
}

/// Whether an `EXPLAIN` speaks of `ANALYZE`, in either spelling.
fn runs(explain: &ast::Explain) -> bool {
    explain
        .explain_mode()
        .is_some_and(|mode| mode.syntax().text().to_string().to_ascii_lowercase().contains("analy"))
}

fn changed(node: SyntaxNode, start: usize) -> Vec<RowChange> {
    if let Some(update) = ast::Update::cast(node.clone()) {
        updated(&update, start).into_iter().collect()
    } else if let Some(delete) = ast::Delete::cast(node.clone()) {
        deleted(&delete, start).into_iter().collect()
    } else if let Some(insert) = ast::Insert::cast(node.clone()) {
        upserted(&insert).into_iter().collect()
    } else {
        ast::Merge::cast(node).map(|merge| merged(&merge)).unwrap_or_default()
    }
}

fn updated(update: &ast::Update, start: usize) -> Option<RowChange> {
    let relation = update.relation_name()?;
    let chosen = if update.from_clause().is_some() || update.for_portion_of().is_some() {
        RowChoice::Otherwise
    } else {
        let alias = name_of(update.alias().and_then(|alias| alias.name()));
        choice(update.syntax(), update.where_clause_or_current_of(), alias, start)
    };
    Some(RowChange {
        table: name_of(relation.relation_name_ref())?,
        what: ChangedRows::Columns(assigned(update.set_clause())),
        only: relation.only_token().is_some(),
        chosen,
    })
}

fn deleted(delete: &ast::Delete, start: usize) -> Option<RowChange> {
    let relation = delete.relation_name()?;
    let chosen = if delete.using_clause().is_some() || delete.for_portion_of().is_some() {
        RowChoice::Otherwise
    } else {
        let alias = name_of(delete.alias().and_then(|alias| alias.name()));
        choice(delete.syntax(), delete.where_clause_or_current_of(), alias, start)
    };
    Some(RowChange {
        table: name_of(relation.relation_name_ref())?,
        what: ChangedRows::Rows,
        only: relation.only_token().is_some(),
        chosen,
    })
}

/// How the rows of a change without other tables are chosen. A condition can speak of the queries
/// in the `WITH` that the change has or stands in; without one it is every row all the same.
fn choice(
    change: &SyntaxNode,
    condition: Option<WhereClauseOrCurrentOf>,
    alias: Option<ObjectName>,
    start: usize,
) -> RowChoice {
    let clause = match condition {
        None => return RowChoice::All,
        Some(WhereClauseOrCurrentOf::WhereCurrentOf(_)) => return RowChoice::Otherwise,
        Some(WhereClauseOrCurrentOf::WhereClause(clause)) => clause,
    };
    let has_with = change.children().any(|child| ast::WithClause::can_cast(child.kind()));
    let is_in_with = change.ancestors().any(|node| ast::WithTable::can_cast(node.kind()));
    match clause.expr() {
        Some(condition) if !has_with && !is_in_with => {
            let range = condition.syntax().text_range();
            let span = start + usize::from(range.start())..start + usize::from(range.end());
            RowChoice::Where { span, alias: alias.map(|alias| alias.name) }
        }
        _ => RowChoice::Otherwise,
    }
}

/// The rows of an `INSERT … ON CONFLICT DO UPDATE`.
fn upserted(insert: &ast::Insert) -> Option<RowChange> {
    let ConflictAction::ConflictDoUpdateSet(update) =
        insert.on_conflict_clause()?.conflict_action()?
    else {
        return None;
    };
    Some(RowChange {
        table: name_of(insert.relation_name_ref())?,
        what: ChangedRows::Columns(assigned(update.set_clause())),
        only: false,
        chosen: RowChoice::Otherwise,
    })
}

/// The rows that a `MERGE` updates and those it deletes.
fn merged(merge: &ast::Merge) -> Vec<RowChange> {
    let Some(relation) = merge.table_relation_name() else { return Vec::new() };
    let Some(table) = name_of(relation.table_name_ref()) else { return Vec::new() };
    let mut columns = Vec::new();
    let mut deletes = false;
    for clause in merge.merge_when_clauses() {
        let action = match clause {
            MergeWhenClause::MergeWhenMatched(when) => when.merge_action(),
            MergeWhenClause::MergeWhenNotMatchedSource(when) => when.merge_action(),
            MergeWhenClause::MergeWhenNotMatchedTarget(when) => when.merge_action(),
        };
        match action {
            Some(MergeAction::MergeUpdate(update)) => columns.extend(assigned(update.set_clause())),
            Some(MergeAction::MergeDelete(_)) => deletes = true,
            _ => {}
        }
    }
    let update = (!columns.is_empty()).then(|| ChangedRows::Columns(each_once(columns)));
    let only = relation.only_token().is_some();
    let chosen = RowChoice::Otherwise;
    [update, deletes.then_some(ChangedRows::Rows)]
        .into_iter()
        .flatten()
        .map(|what| RowChange { table: table.clone(), what, only, chosen: chosen.clone() })
        .collect()
}

/// The columns that a `SET` assigns to, in whole or in part.
fn assigned(set: Option<ast::SetClause>) -> Vec<String> {
    let Some(list) = set.and_then(|set| set.set_column_list()) else { return Vec::new() };
    let targets = list.set_columns().flat_map(|column| match column {
        SetColumn::SetSingleColumn(one) => one.column_target().into_iter().collect::<Vec<_>>(),
        SetColumn::SetMultipleColumns(several) => several
            .column_target_list()
            .into_iter()
            .flat_map(|list| list.column_targets())
            .collect(),
    });
    let names = targets.filter_map(|target| Some(name_of(target.name())?.name));
    each_once(names.collect())
}

fn each_once(columns: Vec<String>) -> Vec<String> {
    let mut known = HashSet::new();
    columns.into_iter().filter(|column| known.insert(column.clone())).collect()
}

/// The rows of `TRUNCATE`.
fn emptied(truncate: &ast::Truncate) -> Vec<RowChange> {
    let Some(list) = truncate.table_list() else { return Vec::new() };
    list.table_relation_names()
        .filter_map(|relation| {
            Some(RowChange {
                table: name_of(relation.table_name_ref())?,
                what: ChangedRows::Rows,
                only: relation.only_token().is_some(),
                chosen: RowChoice::All,
            })
        })
        .collect()
}

/// The columns that an `ALTER TABLE` gives another type.
fn converted(alter: &ast::AlterTable) -> Vec<RowChange> {
    let Some(relation) = alter.table_relation_name() else { return Vec::new() };
    let Some(table) = name_of(relation.table_name_ref()) else { return Vec::new() };
    alter
        .actions()
        .filter_map(|action| {
            let AlterTableAction::AlterColumn(alter) = action else { return None };
            let Some(AlterColumnOption::SetType(set)) = alter.option() else { return None };
            let to = set.ty().filter(|_| set.using_expr().is_none());
            Some(RowChange {
                table: table.clone(),
                what: ChangedRows::Type {
                    column: name_of(alter.column_name_ref())?.name,
                    to: to.map(|it| it.syntax().text().to_string()),
                },
                only: relation.only_token().is_some(),
                chosen: RowChoice::All,
            })
        })
        .collect()
}
