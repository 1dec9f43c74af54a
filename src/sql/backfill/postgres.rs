//! The parts of a `PostgreSQL` statement, by squawk's syntax tree.

use std::ops::Range;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode, Stmt, WhereClauseOrCurrentOf};

use super::parts::Parts;
use super::unsound::{Fault, Unsound};
use crate::model::{Engine, ObjectName};
use crate::sql::directives::is_same;
use crate::sql::postgres::{name_of, statement};
use crate::sql::words::Words;

/// What an UPDATE and a DELETE both have.
struct Change {
    node: SyntaxNode,
    with: Option<ast::WithClause>,
    relation: ast::RelationName,
    alias: Option<ast::OptionalAsAlias>,
    portion: Option<ast::ForPortionOf>,
    set: Option<ast::SetClause>,
    /// The `FROM` or `USING` clause.
    others: Option<SyntaxNode>,
    condition: Option<WhereClauseOrCurrentOf>,
    returning: Option<ast::ReturningClause>,
}

impl Change {
    fn of(statement: &Stmt) -> Option<Self> {
        match statement {
            Stmt::Update(update) => Some(Self {
                node: update.syntax().clone(),
                with: update.with_clause(),
                relation: update.relation_name()?,
                alias: update.alias(),
                portion: update.for_portion_of(),
                set: update.set_clause(),
                others: update.from_clause().map(|clause| clause.syntax().clone()),
                condition: update.where_clause_or_current_of(),
                returning: update.returning_clause(),
            }),
            Stmt::Delete(delete) => Some(Self {
                node: delete.syntax().clone(),
                with: delete.with_clause(),
                relation: delete.relation_name()?,
                alias: delete.alias(),
                portion: delete.for_portion_of(),
                set: None,
                others: delete.using_clause().map(|clause| clause.syntax().clone()),
                condition: delete.where_clause_or_current_of(),
                returning: delete.returning_clause(),
            }),
            _ => None,
        }
    }
}

/// The parts of an UPDATE or DELETE of this table.
pub(super) fn parts(words: Words<'_>, table: &ObjectName) -> Result<Parts, Fault> {
    let start = words.at();
    let end = words.rest().last().map_or(start, |last| last.end());
    let unreadable = || Unsound::Unreadable("an UPDATE or DELETE").at(start);
    let statement = statement(&words.text[start..end]).map_err(|_| unreadable())?;
    let change = Change::of(&statement).ok_or_else(unreadable)?;
    refuse(&change, table, start)?;
    let of = |node: &SyntaxNode| start + first(node)..start + usize::from(node.text_range().end());
    let relation = of(change.relation.syntax());
    let target_end = change.alias.as_ref().map_or(relation.end, |alias| of(alias.syntax()).end);
    let set = change.set.and_then(|set| set.set_column_list());
    Ok(Parts {
        with: change.with.map(|with| of(with.syntax())),
        target: relation.start..target_end,
        alias: name_of(change.alias.and_then(|alias| alias.name())).map(|alias| alias.name),
        assignments: set.map(|list| of(list.syntax())),
        others: change.others.and_then(|clause| items(&clause, start)),
        condition: match &change.condition {
            Some(WhereClauseOrCurrentOf::WhereClause(clause)) => {
                clause.expr().map(|condition| of(condition.syntax()))
            }
            _ => None,
        },
    })
}

/// Where a node starts.
fn first(node: &SyntaxNode) -> usize {
    usize::from(node.text_range().start())
}

/// What stands behind the word `FROM` or `USING`.
fn items(clause: &SyntaxNode, start: usize) -> Option<Range<usize>> {
    let item = clause.first_child()?;
    Some(start + first(&item)..start + usize::from(clause.text_range().end()))
}

fn refuse(change: &Change, table: &ObjectName, start: usize) -> Result<(), Fault> {
    let fault = |reason: Unsound, node: &SyntaxNode| Err(reason.at(start + first(node)));
    if let Some(portion) = &change.portion {
        return fault(Unsound::PortionOf, portion.syntax());
    }
    if let Some(WhereClauseOrCurrentOf::WhereCurrentOf(clause)) = &change.condition {
        return fault(Unsound::CurrentOf, clause.syntax());
    }
    let mut within = change.node.descendants().skip(1);
    if let Some(inner) = within.find(changes_data) {
        return fault(Unsound::ChangesWithin, &inner);
    }
    if let Some(read) = change.node.descendants().find(|node| reads(node, table)) {
        return fault(Unsound::ReadsItself(table.clone()), &read);
    }
    match &change.returning {
        Some(returning) => fault(Unsound::Returning, returning.syntax()),
        None => Ok(()),
    }
}

fn changes_data(node: &SyntaxNode) -> bool {
    ast::Insert::can_cast(node.kind())
        || ast::Update::can_cast(node.kind())
        || ast::Delete::can_cast(node.kind())
        || ast::Merge::can_cast(node.kind())
}

/// Whether a node is the name of this table in a `FROM`, `USING`, join or `TABLE`.
fn reads(node: &SyntaxNode, table: &ObjectName) -> bool {
    let Some(relation) = ast::RelationNameRef::cast(node.clone()) else { return false };
    let is_read = node.ancestors().skip(1).take(2).any(|parent| {
        ast::RelationFromItem::can_cast(parent.kind()) || ast::Table::can_cast(parent.kind())
    });
    let Some(name) = name_of(Some(relation)) else { return false };
    is_read && is_same(Engine::Postgres, &name, table) && !is_query(node, &name)
}

/// Whether a name is that of a `WITH` query which can be seen where it stands.
fn is_query(node: &SyntaxNode, name: &ObjectName) -> bool {
    name.schema.is_none()
        && node.ancestors().filter_map(|scope| with_of(&scope)).any(|with| {
            let is_around =
                |inner: &SyntaxNode| inner.text_range().contains_range(node.text_range());
            let is_recursive = with.recursive_token().is_some();
            // Without RECURSIVE a query sees those before it, and neither itself nor later ones.
            with.with_tables()
                .take_while(|query| is_recursive || !is_around(query.syntax()))
                .any(|query| name_of(query.name()).is_some_and(|it| it.name == name.name))
        })
}

/// The `WITH` whose queries a node's parts can see. In the tree that of a UNION belongs to its first
/// query.
fn with_of(scope: &SyntaxNode) -> Option<ast::WithClause> {
    let mut node = scope.clone();
    while ast::CompoundSelect::can_cast(node.kind()) {
        node = node.first_child()?;
    }
    node.children().find_map(ast::WithClause::cast)
}
