use squawk_syntax::ast::{AlterTableAction, AstNode};

use super::prelude::*;

pub static ENABLING_ROW_SECURITY: HazardRule = HazardRule {
    id: "enabling-row-security",
    engine: Some(Engine::Postgres),
    level: HazardLevel::Error,
    title: "applications see no rows of the table any more, because it has no policy",
    trigger: "`ENABLE ROW LEVEL SECURITY`, and `FORCE` for the owner, on a table for which neither \
              the script nor the database has a policy",
    lock: Some(HazardLock { strength: LockStrength::AccessExclusive, on: "the table" }),
    cost: Cost::Clients,
    why: "Without a policy nothing is permitted: whoever is not the owner reads no rows, without \
          an error, and writes none.",
    acquittal: Some("The table has no rows, or it has a policy."),
    instead: "Create the policies in the same migration.",
    example: Some(Example {
        ground: "CREATE TABLE account (id int PRIMARY KEY, name text);
INSERT INTO account SELECT i, 'n' || i FROM generate_series(1, 2000) AS i;",
        bad: "ALTER TABLE account ENABLE ROW LEVEL SECURITY;",
        safe: &["ALTER TABLE account ENABLE ROW LEVEL SECURITY;
CREATE POLICY account_own ON account USING (name = current_user);"],
    }),
    find: Find::Syntax(find),
};

fn find(scene: Scene<'_>) -> Vec<Mark> {
    let Some((table, actions)) = scene.alterations() else { return Vec::new() };
    let has_policy = scene.before.policies.contains(&table);
    let switches = actions.iter().filter(|action| {
        matches!(action, AlterTableAction::EnableRls(_) | AlterTableAction::ForceRls(_))
    });
    let switches = switches.filter(|_| !has_policy).take(1);
    switches.map(|it| Mark::new(it.syntax(), Doubt::Policies(table.clone()))).collect()
}
