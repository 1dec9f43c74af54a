use squawk_syntax::ast::{AlterTableAction, AstNode, Stmt};

use super::prelude::*;
use crate::model::ObjectKind;
use crate::sql::postgres::name_of;

pub static DROPPING_FOREIGN_KEY: HazardRule = HazardRule {
    id: "dropping-foreign-key",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Note,
    title: "the table that the foreign key refers to is locked against everybody as well",
    trigger: "`DROP CONSTRAINT` of a foreign key, and `DROP TABLE` of a table that has one",
    lock: Some(HazardLock {
        strength: LockStrength::AccessExclusive,
        on: "the table and the one it refers to",
    }),
    cost: Cost::Lock,
    why: "That takes a moment, but the lock is the strongest, on a table that the statement does \
          not name, and has to wait for every transaction that uses it.",
    acquittal: Some("It is no foreign key, or the table has none."),
    instead: "Keep the migration short, and let it do nothing else: turnback waits for the lock \
              briefly and tries again.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;
CREATE TABLE visit (id int PRIMARY KEY, account_id int);
INSERT INTO visit SELECT i, i FROM generate_series(1, 2000) AS i;
ALTER TABLE visit ADD CONSTRAINT visit_account
    FOREIGN KEY (account_id) REFERENCES account (id);",
        bad: "ALTER TABLE visit DROP CONSTRAINT visit_account;",
        safe: &["ALTER TABLE visit DROP CONSTRAINT visit_account;"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    if let Stmt::DropTable(drop) = scene.syntax {
        let tables = scene.named(ObjectKind::Table);
        return vec![Mark::new(drop.syntax(), Doubt::ForeignKeys { tables, constraint: None })];
    }
    let Some((table, actions)) = scene.alterations() else { return Vec::new() };
    let found = actions.iter().filter_map(|action| {
        let AlterTableAction::DropConstraint(drop) = action else { return None };
        let constraint = name_of(drop.constraint_name_ref()).map(|it| it.name);
        let doubt = Doubt::ForeignKeys { tables: vec![table.clone()], constraint };
        Some(Mark::new(drop.syntax(), doubt))
    });
    found.collect()
}
