use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{AlterTableAction, AstNode, Cascade, Stmt};

use super::prelude::*;
use crate::model::ObjectKind;

pub static BAN_DROP_CASCADE: HazardRule = HazardRule {
    id: "ban-drop-cascade",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "what depends on it goes as well, unnamed",
    trigger: "`DROP … CASCADE` of a table, view, column, constraint, type, function, sequence, \
              schema or extension",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "all that goes" }),
    cost: Cost::Clients,
    why: "Views, foreign keys, columns of the type, policies and functions that depend on it are \
          dropped without being named, those that somebody added yesterday included.",
    acquittal: Some("Nothing depends on it, as far as the server knows."),
    instead: "Drop what depends on it by name, and the thing itself without `CASCADE`: the server \
              then refuses what nobody thought of.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;
CREATE VIEW account_name AS SELECT name FROM account;
CREATE VIEW account_count AS SELECT count(*) FROM account_name;",
        bad: "DROP VIEW account_name CASCADE;",
        safe: &["DROP VIEW account_count;
DROP VIEW account_name;"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    if let Some((table, actions)) = scene.alterations() {
        let drops = actions.iter().filter_map(|action| match action {
            AlterTableAction::DropColumn(it) => cascade(it.syntax()),
            AlterTableAction::DropConstraint(it) => cascade(it.syntax()),
            _ => None,
        });
        let dependents = || Doubt::Dependents(vec![table.clone()]);
        return drops.map(|it| Mark::new(it.syntax(), dependents())).collect();
    }
    let relations = [scene.named(ObjectKind::Table), scene.named(ObjectKind::View)].concat();
    let doubt = match scene.syntax {
        Stmt::DropTable(_) | Stmt::DropView(_) | Stmt::DropMaterializedView(_) => {
            Doubt::Dependents(relations)
        }
        Stmt::DropType(_)
        | Stmt::DropDomain(_)
        | Stmt::DropFunction(_)
        | Stmt::DropProcedure(_)
        | Stmt::DropRoutine(_)
        | Stmt::DropAggregate(_)
        | Stmt::DropSequence(_)
        | Stmt::DropSchema(_)
        | Stmt::DropExtension(_)
        | Stmt::DropForeignTable(_)
        | Stmt::DropOperator(_)
        | Stmt::DropOwned(_) => Doubt::Settled,
        _ => return Vec::new(),
    };
    cascade(scene.syntax.syntax()).map(|it| Mark::new(it.syntax(), doubt)).into_iter().collect()
}

fn cascade(node: &SyntaxNode) -> Option<Cascade> {
    node.children().find_map(Cascade::cast)
}
