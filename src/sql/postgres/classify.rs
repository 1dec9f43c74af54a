//! What each kind of statement does, and to what.

use squawk_syntax::ast::{self, AstNode, Stmt};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::names::{
    affected, column_reference, name, name_of, names, names_under, object, referenced, tables,
};
use super::{alter, create, maintain, reach, rows};
use crate::model::{ObjectKind, ObjectName};
use crate::sql::error::{ScriptError, Source};
use crate::sql::meaning::{Meaning, strongest};
use crate::sql::script::{Affected, LockStrength, StatementKind};
use crate::sql::token::TokenKind;
use crate::sql::words::Words;

/// What a statement means; `COPY` from or to the client is refused.
pub(super) fn meaning(
    source: &Source<'_>,
    statement: &Stmt,
    words: Words<'_>,
    start: usize,
) -> Result<Meaning, ScriptError> {
    let meaning = if let Stmt::Copy(copy) = statement {
        copy_meaning(source, copy, start)?
    } else {
        changing(statement)
            .or_else(|| defining(statement))
            .or_else(|| removing(statement))
            .or_else(|| maintaining(statement))
            .unwrap_or_else(|| by_words(words))
    };
    let reaches = reach::reaches(statement);
    Ok(Meaning { reaches, changes: rows::changes(statement, words, start), ..meaning })
}

fn copy_meaning(
    source: &Source<'_>,
    copy: &ast::Copy,
    start: usize,
) -> Result<Meaning, ScriptError> {
    let under = |direction: SyntaxNode| {
        direction.descendants().any(|node| {
            ast::CopyStdin::can_cast(node.kind()) || ast::CopyStdout::can_cast(node.kind())
        })
    };
    let (direction, uses_client, lock) = match copy.copy_direction() {
        Some(ast::CopyDirection::CopyFrom(from)) => {
            ("FROM STDIN", under(from.syntax().clone()), Some(LockStrength::RowExclusive))
        }
        Some(ast::CopyDirection::CopyTo(to)) => ("TO STDOUT", under(to.syntax().clone()), None),
        None => ("FROM STDIN", false, None),
    };
    if uses_client {
        return Err(ScriptError::CopyWithClient { direction, place: source.place(start) });
    }
    Ok(Meaning::other(tables(name_of(copy.copy_table()), lock)))
}

/// Statements that change rows, those inside a `WITH` included.
fn changing(statement: &Stmt) -> Option<Meaning> {
    let (kind, target) = match statement {
        Stmt::Update(update) => (StatementKind::Update, name_of(update.relation_name())),
        Stmt::Delete(delete) => (StatementKind::Delete, name_of(delete.relation_name())),
        Stmt::Insert(insert) => (StatementKind::Other, name_of(insert.relation_name_ref())),
        Stmt::Merge(merge) => (StatementKind::Other, name_of(merge.table_relation_name())),
        Stmt::Select(select) if select.with_clause().is_some() => (StatementKind::Other, None),
        _ => return None,
    };
    let lock = Some(LockStrength::RowExclusive);
    let mut affects = tables(target, lock);
    if let Some(with) = statement.syntax().children().find_map(ast::WithClause::cast) {
        affects.extend(tables(changed_under(with.syntax()), lock));
    }
    Some(Meaning { kind, affects: strongest(affects), ..Meaning::default() })
}

fn changed_under(node: &SyntaxNode) -> Vec<ObjectName> {
    node.descendants()
        .filter_map(|inner| {
            if let Some(update) = ast::Update::cast(inner.clone()) {
                name_of(update.relation_name())
            } else if let Some(delete) = ast::Delete::cast(inner.clone()) {
                name_of(delete.relation_name())
            } else if let Some(insert) = ast::Insert::cast(inner.clone()) {
                name_of(insert.relation_name_ref())
            } else {
                name_of(ast::Merge::cast(inner)?.table_relation_name())
            }
        })
        .collect()
}

fn exclusive(kind: ObjectKind, names: impl IntoIterator<Item = ObjectName>) -> Vec<Affected> {
    names
        .into_iter()
        .map(|name| affected(kind, name, Some(LockStrength::AccessExclusive)))
        .collect()
}

fn on_table(table: Option<ast::OnTable>) -> Vec<Affected> {
    exclusive(ObjectKind::Table, table.and_then(|on| name_of(on.table_name_ref())))
}

/// Statements that create or alter.
fn defining(statement: &Stmt) -> Option<Meaning> {
    Some(match statement {
        Stmt::AlterTable(it) => alter::alter_table(it),
        Stmt::AlterForeignTable(it) => Meaning::other(exclusive(
            ObjectKind::Table,
            names_under::<ast::TableNameRef>(it.syntax()).into_iter().take(1),
        )),
        Stmt::AlterIndex(it) => create::alter_index(it),
        Stmt::AlterView(it) => Meaning::other(exclusive(ObjectKind::View, name_of(it.view_ref()))),
        Stmt::AlterMaterializedView(it) => {
            Meaning::other(exclusive(ObjectKind::View, name_of(it.view_ref())))
        }
        Stmt::AlterTrigger(it) => {
            Meaning::other(exclusive(ObjectKind::Table, name_of(it.on_relation())))
        }
        Stmt::AlterPolicy(it) => Meaning::other(on_table(it.on_table())),
        Stmt::CreateTable(it) => create::table(it),
        Stmt::CreateForeignTable(it) => create::additive(referenced(it.syntax())),
        Stmt::CreateIndex(it) => create::index(it),
        Stmt::CreateView(it) => create::view(it),
        Stmt::CreateTrigger(it) => create::trigger(it),
        Stmt::CreateRule(it) => create::rule(it),
        Stmt::CreatePolicy(it) => create::additive(on_table(it.on_table())),
        Stmt::CreateStatistics(it) => create::statistics(it),
        Stmt::CreateSubscription(it) => create::subscription(it),
        Stmt::CommentOn(it) => create::additive(commented(it)),
        Stmt::Grant(it) => Meaning::other(granted(it.on_privilege_objects_clause())),
        Stmt::Revoke(it) => Meaning::other(granted(it.on_privilege_objects_clause())),
        _ => return None,
    })
}

/// The relation a comment is on; the server locks it against other definitions.
fn commented(comment: &ast::CommentOn) -> Vec<Affected> {
    let Some(object) = comment.comment_object() else { return Vec::new() };
    let lock = Some(LockStrength::ShareUpdateExclusive);
    let node = object.syntax();
    let (kind, name) = match &object {
        ast::CommentObject::ObjectTable(_) | ast::CommentObject::ObjectForeignTable(_) => {
            (ObjectKind::Table, name(node))
        }
        ast::CommentObject::ObjectView(_) | ast::CommentObject::ObjectMaterializedView(_) => {
            (ObjectKind::View, name(node))
        }
        ast::CommentObject::ObjectIndex(_) => (ObjectKind::Index, name(node)),
        ast::CommentObject::ObjectColumn(_) => {
            (ObjectKind::Table, column_reference(node).map(|column| column.name))
        }
        _ => return Vec::new(),
    };
    name.into_iter().map(|name| affected(kind, name, lock)).collect()
}

/// The tables of a grant; the server takes no lock on them that anything waits for.
fn granted(clause: Option<ast::OnPrivilegeObjectsClause>) -> Vec<Affected> {
    match clause.and_then(|clause| clause.privilege_objects()) {
        Some(
            objects @ (ast::PrivilegeObjects::PrivilegeTable(_)
            | ast::PrivilegeObjects::PrivilegeDefault(_)),
        ) => tables(names_under::<ast::RelationNameRef>(objects.syntax()), None),
        _ => Vec::new(),
    }
}

/// Statements that drop.
fn removing(statement: &Stmt) -> Option<Meaning> {
    Some(match statement {
        Stmt::DropTable(it) => destroying(ObjectKind::Table, names(it.table_name_refs())),
        Stmt::DropMaterializedView(it) => destroying(ObjectKind::View, names(it.view_refs())),
        Stmt::DropSchema(it) => {
            let mut meaning =
                destroying(ObjectKind::Schema, names_under::<ast::SchemaRef>(it.syntax()));
            // A schema has no table lock; those of its contents are not known here.
            meaning.affects.iter_mut().for_each(|affected| affected.lock = None);
            meaning
        }
        Stmt::Truncate(it) => {
            destroying(ObjectKind::Table, names_under::<ast::TableRelationName>(it.syntax()))
        }
        Stmt::DropOwned(_) => Meaning::new(StatementKind::Destructive, Vec::new()),
        Stmt::DropType(it) if cascades(it.syntax()) => {
            lossy(ObjectKind::Type, names_under::<ast::TypeNameRef>(it.syntax()))
        }
        Stmt::DropDomain(it) if cascades(it.syntax()) => {
            lossy(ObjectKind::Type, names_under::<ast::DomainRef>(it.syntax()))
        }
        Stmt::DropExtension(it) if cascades(it.syntax()) => {
            lossy(ObjectKind::Extension, names_under::<ast::ExtensionRef>(it.syntax()))
        }
        Stmt::DropIndex(it) => create::drop_index(it),
        Stmt::DropView(it) => Meaning::other(exclusive(ObjectKind::View, names(it.view_refs()))),
        Stmt::DropTrigger(it) => {
            Meaning::other(exclusive(ObjectKind::Table, name_of(it.on_relation())))
        }
        Stmt::DropRule(it) => {
            Meaning::other(exclusive(ObjectKind::Table, name_of(it.on_relation())))
        }
        Stmt::DropPolicy(it) => Meaning::other(on_table(it.on_table())),
        _ => return None,
    })
}

fn cascades(node: &SyntaxNode) -> bool {
    node.children().any(|child| ast::Cascade::can_cast(child.kind()))
}

fn destroying(kind: ObjectKind, names: Vec<ObjectName>) -> Meaning {
    let destroys = names.iter().map(|name| object(kind, name.clone())).collect();
    let affects = exclusive(kind, names);
    Meaning { destroys, ..Meaning::new(StatementKind::Destructive, affects) }
}

/// Dropping a type with CASCADE drops the columns of that type.
fn lossy(kind: ObjectKind, names: Vec<ObjectName>) -> Meaning {
    let destroys: Vec<_> = names.into_iter().map(|name| object(kind, name)).collect();
    let affects =
        destroys.iter().map(|object| Affected { object: object.clone(), lock: None }).collect();
    Meaning { destroys, ..Meaning::new(StatementKind::Destructive, affects) }
}

fn maintaining(statement: &Stmt) -> Option<Meaning> {
    Some(match statement {
        Stmt::Reindex(it) => maintain::reindex(it),
        Stmt::Cluster(it) => maintain::cluster(it),
        Stmt::Repack(it) => maintain::repack(it),
        Stmt::Vacuum(it) => maintain::vacuum(it),
        Stmt::Analyze(it) => maintain::analyze(it),
        Stmt::Refresh(it) => maintain::refresh(it),
        Stmt::Lock(it) => maintain::lock(it),
        Stmt::CreateDatabase(_)
        | Stmt::DropDatabase(_)
        | Stmt::CreateTablespace(_)
        | Stmt::DropTablespace(_)
        | Stmt::AlterSystem(_)
        | Stmt::DropSubscription(_) => Meaning::new(StatementKind::OutsideTransaction, Vec::new()),
        Stmt::AlterSubscription(it) => alter_subscription(it),
        Stmt::Set(_)
        | Stmt::SetRole(_)
        | Stmt::SetSessionAuth(_)
        | Stmt::Reset(_)
        | Stmt::ResetRole(_)
        | Stmt::ResetSessionAuth(_)
        | Stmt::Load(_)
        | Stmt::Prepare(_) => Meaning::new(StatementKind::Session, Vec::new()),
        _ => return None,
    })
}

/// Changing the publications of a subscription refreshes it, unless it is told not to.
fn alter_subscription(alter: &ast::AlterSubscription) -> Meaning {
    let refreshes = alter
        .syntax()
        .descendants_with_tokens()
        .any(|element| element.kind() == SyntaxKind::PUBLICATION_KW);
    let outside = refreshes && !create::is_switched_off(alter.syntax(), "refresh");
    let kind = if outside { StatementKind::OutsideTransaction } else { StatementKind::Other };
    Meaning::new(kind, Vec::new())
}

/// What the first words say of statements about no relation.
fn by_words(mut words: Words<'_>) -> Meaning {
    let kind = if words.eat("CREATE") {
        if words.eat_all(&["OR", "REPLACE"]) {
            StatementKind::Other
        } else {
            StatementKind::Additive
        }
    } else if words.eat_all(&["DISCARD", "ALL"])
        || (words.eat_all(&["ALTER", "DATABASE"]) && words.contains("TABLESPACE"))
    {
        StatementKind::OutsideTransaction
    } else if words.eat("SELECT") && calls_set_config(words) {
        StatementKind::Session
    } else {
        StatementKind::Other
    };
    Meaning::new(kind, Vec::new())
}

/// `SELECT set_config('search_path', …)`: how dumps write a SET.
fn calls_set_config(mut words: Words<'_>) -> bool {
    let called = words.name().is_some_and(|name| name.name == "set_config");
    called && words.is_kind(TokenKind::Open) && !words.contains("FROM")
}
