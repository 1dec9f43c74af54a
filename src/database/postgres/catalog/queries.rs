//! The queries that read a catalog, put together from their files.

use crate::catalog::Scope;
use crate::database::postgres::session::quote_literal;

/// In any order: each SELECT answers for itself.
const FILES: [&str; 7] = [
    include_str!("schemas.sql"),
    include_str!("types.sql"),
    include_str!("relations.sql"),
    include_str!("columns.sql"),
    include_str!("constraints.sql"),
    include_str!("functions.sql"),
    include_str!("triggers.sql"),
];

/// What belongs to extensions, of one class: it is known through them.
const MEMBERS: &str = "SELECT x.objid FROM pg_depend AS x \
     WHERE x.refclassid = 'pg_extension'::regclass AND x.deptype = 'e' AND x.classid =";

/// The end of a query.
const END: &str = ";\n";

/// Nested loops compare everything with everything where the statistics are from before the
/// migrations, as they are on a new database.
const PLANNER: &str = "SET LOCAL enable_nestloop TO off;\n";

/// The queries for a scope on a server of this major version, each ended by a semicolon. They are
/// for a transaction, or a savepoint, of their own.
pub(super) fn selects(scope: &Scope, major: u32) -> String {
    PLANNER.to_owned() + &selects_where(&condition(scope), major)
}

/// The same, prepared as statements of these names where they are not yet, and executed. Their plans
/// are made once: for what is read of few objects, planning takes twice as long as reading.
pub(super) fn executes(scope: &Scope, major: u32, names: &str, are_prepared: bool) -> String {
    let (condition, types, values) = if scope.schemas.is_empty() {
        (condition(scope), "", String::new())
    } else {
        let values = format!("(ARRAY[{}]::name[])", literals(scope));
        ("n.nspname = ANY ($1)".to_owned(), "(name[])", values)
    };
    let selects = selects_where(&condition, major);
    let mut sql = format!("{PLANNER}SET LOCAL plan_cache_mode TO force_generic_plan;\n");
    for (number, select) in selects.split_inclusive(END).enumerate() {
        if !are_prepared {
            sql += &format!("PREPARE {names}_{number}{types} AS {select}");
        }
        sql += &format!("EXECUTE {names}_{number}{values};\n");
    }
    sql
}

fn selects_where(condition: &str, major: u32) -> String {
    let [grants, relation] = [include_str!("grants.sql"), include_str!("relation.sql")]
        .map(|fragment| lines_for(fragment, major));
    // Comments name the placeholders, too, and are gone before those are filled in.
    lines_for(&FILES.concat(), major)
        .replace("__GRANTS__", &grants)
        .replace("__RELATION__", &format!("({relation})"))
        .replace("__MEMBERS__", MEMBERS)
        .replace("__SCOPE__", &format!("({condition})"))
}

/// The query for roles that policies do not hold for.
pub(super) fn policy_bypasses(scope: &Scope) -> String {
    lines_for(include_str!("policy_bypasses.sql"), 0)
        .replace("__SCOPE__", &format!("({})", condition(scope)))
}

/// The condition on `pg_namespace AS n` that a scope stands for.
fn condition(scope: &Scope) -> String {
    if scope.schemas.is_empty() {
        return "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'turnback') \
                AND n.nspname !~ '^pg_(toast_)?temp_'"
            .to_owned();
    }
    format!("n.nspname IN ({})", literals(scope))
}

fn literals(scope: &Scope) -> String {
    let schemas: Vec<String> = scope.schemas.iter().map(|schema| quote_literal(schema)).collect();
    schemas.join(", ")
}

/// What is for a server of this version.
fn lines_for(sql: &str, major: u32) -> String {
    sql.lines().filter_map(|line| line_for(line, major)).flat_map(|line| [line, "\n"]).collect()
}

/// A line without its comment, unless the comment says that it is for other servers: `-- 15+` is
/// for 15 and later, `-- <15` for those before. What is no comment of either kind stays.
fn line_for(line: &str, major: u32) -> Option<&str> {
    let line = line.trim();
    if line.starts_with("--") {
        return None;
    }
    let Some((sql, tag)) = line.rsplit_once("-- ") else { return Some(line) };
    let meant = if let Some(Ok(since)) = tag.strip_suffix('+').map(str::parse::<u32>) {
        major >= since
    } else if let Some(Ok(before)) = tag.strip_prefix('<').map(str::parse::<u32>) {
        major < before
    } else {
        // A literal may hold two dashes.
        return Some(line);
    };
    meant.then_some(sql.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_for_the_servers_it_names() {
        assert_eq!(line_for("  a, -- 15+", 15), Some("a,"));
        assert_eq!(line_for("  a, -- 15+", 14), None);
        assert_eq!(line_for("a -- <15", 14), Some("a"));
        assert_eq!(line_for("a -- <15", 15), None);
        for comment in ["-- Why.", "--", "-- A line that ends in `-- 15+` is for some."] {
            assert_eq!(line_for(comment, 15), None);
        }
        assert_eq!(line_for("' -- ' || a", 15), Some("' -- ' || a"));
    }

    #[test]
    fn no_placeholder_is_left_and_no_line_is_for_two_kinds_of_servers() {
        let schemas = ["app".to_owned()].into();
        for scope in [Scope::default(), Scope { schemas }] {
            for major in 14..=18 {
                let sql = selects(&scope, major);
                assert!(!sql.contains("__") && sql.trim_end().ends_with(';'), "{sql}");
                // The first one is a setting.
                let queries = sql.matches(END).count() - 1;
                let [new, old] = [false, true].map(|it| executes(&scope, major, "n", it));
                assert_eq!(new.matches("PREPARE n_").count(), queries, "{new}");
                assert_eq!(old.matches("EXECUTE n_").count(), queries, "{old}");
                assert!(!old.contains("PREPARE") && new.matches("EXECUTE n_").count() == queries);
            }
        }
    }
}
