//! Names, types and locks out of squawk's syntax tree.

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::model::{ColumnNeed, Engine, ObjectKind, ObjectName, ObjectRef};
use crate::sql::quote::unquote;
use crate::sql::script::{Affected, LockStrength};

/// The parts of the first dotted name at or under a node.
fn parts(node: &SyntaxNode) -> Vec<String> {
    let path = node
        .descendants()
        .find(|inner| matches!(inner.kind(), SyntaxKind::PATH | SyntaxKind::PATH_REF))
        .unwrap_or_else(|| node.clone());
    path.descendants_with_tokens()
        .filter_map(rowan_token)
        .filter(|token| !token.kind().is_trivia() && token.kind() != SyntaxKind::DOT)
        .map(|token| unquote(Engine::Postgres, token.text()))
        .collect()
}

fn rowan_token(element: squawk_syntax::SyntaxElement) -> Option<squawk_syntax::SyntaxToken> {
    element.into_token()
}

/// The first name at or under a node; a catalog before the schema is dropped.
pub(super) fn name(node: &SyntaxNode) -> Option<ObjectName> {
    let mut parts = parts(node);
    let name = parts.pop()?;
    Some(ObjectName { schema: parts.pop(), name })
}

/// The name of a node that may be missing.
pub(in crate::sql) fn name_of<N: AstNode>(node: Option<N>) -> Option<ObjectName> {
    name(node?.syntax())
}

/// The names of several nodes.
pub(super) fn names<N: AstNode>(nodes: impl Iterator<Item = N>) -> Vec<ObjectName> {
    nodes.filter_map(|node| name(node.syntax())).collect()
}

/// The names of all nodes of one kind at or under a node.
pub(super) fn names_under<N: AstNode>(node: &SyntaxNode) -> Vec<ObjectName> {
    names(node.descendants().filter_map(N::cast))
}

/// The column of a name with three parts or two, and its table.
pub(super) fn column_reference(node: &SyntaxNode) -> Option<ObjectRef> {
    let mut parts = parts(node);
    let column = parts.pop()?;
    let name = ObjectName { name: parts.pop()?, schema: parts.pop() };
    Some(ObjectRef { kind: ObjectKind::Column, name, column: Some(column) })
}

pub(super) fn object(kind: ObjectKind, name: ObjectName) -> ObjectRef {
    ObjectRef { kind, name, column: None }
}

pub(super) fn affected(kind: ObjectKind, name: ObjectName, lock: Option<LockStrength>) -> Affected {
    Affected { object: object(kind, name), lock }
}

/// Tables, each with the same lock.
pub(super) fn tables(
    names: impl IntoIterator<Item = ObjectName>,
    lock: Option<LockStrength>,
) -> Vec<Affected> {
    names.into_iter().map(|name| affected(ObjectKind::Table, name, lock)).collect()
}

/// The tables that foreign keys at or under a node refer to: the server locks them as well.
pub(super) fn referenced(node: &SyntaxNode) -> Vec<Affected> {
    let references = node.descendants().filter_map(|inner| {
        if let Some(constraint) = ast::ReferencesConstraint::cast(inner.clone()) {
            return name_of(constraint.table());
        }
        name_of(ast::ForeignKeyConstraint::cast(inner)?.table_name_ref())
    });
    tables(references, Some(LockStrength::ShareRowExclusive))
}

/// The columns of a `CREATE TABLE` with their types as written.
pub(super) fn columns(create: &ast::CreateTable) -> Vec<ColumnNeed> {
    let Some(list) = create.table_arg_list() else { return Vec::new() };
    list.args()
        .filter_map(|arg| match arg {
            ast::TableArg::Column(column) => Some(column),
            ast::TableArg::LikeClause(_) | ast::TableArg::TableConstraint(_) => None,
        })
        .filter_map(|column| {
            let name = parts(column.name()?.syntax()).pop()?;
            let data_type = column.ty().map(|data_type| one_line(data_type.syntax()));
            Some(ColumnNeed { name, data_type })
        })
        .collect()
}

/// The text of a node without comments, each whitespace one space.
fn one_line(node: &SyntaxNode) -> String {
    let text: String = node
        .descendants_with_tokens()
        .filter_map(rowan_token)
        .map(
            |token| if token.kind().is_trivia() { " ".to_owned() } else { token.text().to_owned() },
        )
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
