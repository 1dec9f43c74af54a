use squawk_syntax::ast::{AlterDomainAction, AstNode, Stmt};

use super::prelude::*;
use crate::sql::postgres::name_of;

pub static BAN_ALTER_DOMAIN_WITH_ADD_CONSTRAINT: HazardRule = HazardRule {
    id: "ban-alter-domain-with-add-constraint",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "nobody writes to the tables that use the domain while all their rows are checked",
    trigger: "`ALTER DOMAIN … ADD CONSTRAINT` without `NOT VALID`, `ALTER DOMAIN … SET NOT NULL` \
              and `ALTER DOMAIN … VALIDATE CONSTRAINT`",
    lock: Some(HazardLock {
        strength: LockStrength::Share,
        on: "every table with a column of the domain",
    }),
    cost: Cost::Scan,
    why: "Every table with a column of the domain is read in one transaction, one after another, \
          while its writers wait. `NOT VALID` only puts that off: validating takes the same lock.",
    acquittal: Some("No table with a column of the domain has rows."),
    instead: "Add the constraint to the domain `NOT VALID`, so that it holds for new values, and \
              prove the rows that exist by a `CHECK` on each table, which is validated while \
              everybody reads and writes.",
    example: Some(Example {
        ground: "CREATE DOMAIN amount AS int;
CREATE TABLE payment (id int PRIMARY KEY, due amount);
INSERT INTO payment SELECT i, i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER DOMAIN amount ADD CONSTRAINT amount_positive CHECK (VALUE > 0);",
        safe: &[
            "ALTER DOMAIN amount ADD CONSTRAINT amount_positive CHECK (VALUE > 0) NOT VALID;
ALTER TABLE payment ADD CONSTRAINT payment_due_positive CHECK (due > 0) NOT VALID;",
            "ALTER TABLE payment VALIDATE CONSTRAINT payment_due_positive;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Stmt::AlterDomain(alter) = scene.syntax else { return Vec::new() };
    let checks = alter.action().filter(|action| match action {
        AlterDomainAction::AddConstraint(add) => {
            add.constraint().is_none_or(|it| !it.is_not_valid())
        }
        AlterDomainAction::SetNotNull(_) | AlterDomainAction::ValidateConstraint(_) => true,
        _ => false,
    });
    let Some(domain) = name_of(alter.domain_ref()) else { return Vec::new() };
    checks.map(|it| Mark::new(it.syntax(), Doubt::TypeInUse(domain))).into_iter().collect()
}
