use squawk_syntax::ast::{AddColumn, AstNode};

use super::prelude::*;
use crate::model::ObjectName;
use crate::sql::hazards::column;
use crate::sql::postgres::name_of;

pub static ADDING_DOMAIN_COLUMN: HazardRule = HazardRule {
    id: "adding-domain-column",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "the table is written anew to check the new column against its domain's constraints",
    trigger: "`ADD COLUMN` of a domain that has a constraint, its own or from the domain below it; \
              an array of one does not count",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Rewrite,
    why: "Each row is written again with the new column, even where that is NULL or a constant, so \
          that the domain's constraints are checked for each. Nobody reads or writes the table \
          until that is done.",
    acquittal: Some("The table has no rows, or the type is no domain, or none with a constraint."),
    instead: "Give the column the type below the domain, and a `CHECK` of its own that says what \
              the domain says.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;
CREATE DOMAIN amount AS int CHECK (VALUE >= 0);",
        bad: "ALTER TABLE account ADD COLUMN credit amount;",
        safe: &[
            "ALTER TABLE account ADD COLUMN credit int;
ALTER TABLE account ADD CONSTRAINT account_credit_amount CHECK (credit >= 0) NOT VALID;",
            "ALTER TABLE account VALIDATE CONSTRAINT account_credit_amount;",
        ],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let added = scene.added_columns().into_iter().filter(|(_, add)| column::may_be_domain(add));
    added.filter_map(|(table, add)| mark(scene, table, &add)).collect()
}

/// Of a type that the script itself makes the database knows nothing yet.
fn mark(scene: Scene<'_>, table: ObjectName, add: &AddColumn) -> Option<Mark> {
    let data_type = column::data_type(add);
    let name = name_of(add.ty())?;
    let doubt = if scene.before.constrained.contains(&name) {
        Doubt::Rows(vec![table])
    } else if scene.before.made.contains(&name) {
        return None;
    } else {
        Doubt::Domain { table, data_type }
    };
    Some(Mark::new(add.syntax(), doubt))
}
