//! The tables there are.

use std::collections::{BTreeSet, HashSet};

use tokio_postgres::SimpleQueryMessage;

use super::super::answer::{by_statement, no_answer};
use super::super::catalog::SETTINGS;
use super::super::prepared::Query;
use super::super::session::{PostgresSession, quote_literal, search_path_clause};
use super::parametrised::{Parametrised, Question};
use crate::database::DatabaseError;
use crate::database::contract::TableShape;
use crate::model::Target;

/// What is true of each.
const ALL: &str = "true";

const SHAPES: &str = include_str!("shapes.sql");

/// Outside a step, in a transaction that only reads.
pub(in crate::database::postgres) fn read_tables(
    session: &PostgresSession,
    target: &Target,
) -> Result<Vec<TableShape>, DatabaseError> {
    let path = format!("BEGIN READ ONLY; {}", search_path_clause(target, "LOCAL"));
    let results = session
        .query(&format!("{} ; COMMIT", sql(&path)))
        .inspect_err(|_| session.tidy("ROLLBACK"))?;
    shapes(&results)
}

/// Asks for them, in a transaction that only reads.
fn sql(path: &str) -> String {
    format!("{} {}", visible_sql(path, ALL), SHAPES.replace("__WHICH__", ALL))
}

/// Asks for them, or for those of these numbers. Which are found by their bare names is asked under
/// the script's own path, which `path` sets; types are written in full under ours.
pub(super) fn question(path: &str, only: Option<&str>) -> Question {
    /// How many the server expects in an array that it does not know (`estimate_array_length` in its
    /// `selfuncs.c`): for more, a plan is made for just as many.
    const FEW: usize = 10;
    match only {
        None => Question::Prepared(Parametrised {
            query: Query::AllShapes,
            before: visible_sql(path, ALL),
            // The plan stays while tables are made by the thousand.
            planner: "SET LOCAL enable_nestloop TO off;",
            types: "",
            select: SHAPES.replace("__WHICH__", ALL),
            values: String::new(),
        }),
        Some(ids) if ids.split(',').count() <= FEW => {
            let values = format!("'{{{ids}}}'::oid[]");
            Question::Prepared(Parametrised {
                query: Query::Shapes,
                before: visible_sql(path, &format!("c.oid = ANY ({values})")),
                planner: "",
                types: "oid[]",
                select: SHAPES.replace("__WHICH__", "c.oid = ANY ($1)"),
                values,
            })
        }
        Some(ids) => {
            let which = format!("c.oid IN ({ids})");
            let select = SHAPES.replace("__WHICH__", &which);
            Question::Plain(format!("{} {select}", visible_sql(path, &which)))
        }
    }
}

fn visible_sql(path: &str, which: &str) -> String {
    format!(
        "{path} SELECT 'visible', oid FROM pg_catalog.pg_class AS c \
         WHERE relkind IN ('r', 'p') AND {which} AND pg_catalog.pg_table_is_visible(oid); {SETTINGS}"
    )
}

/// Asks for the numbers of the tables of these names, in any schema, and of all that belong to one
/// tree with them. The answer is empty where others may be touched as well: by what is called,
/// triggers, rules, what a view stands for, foreign keys that pass changes on.
pub(super) fn numbers_sql(names: &BTreeSet<String>, calls: &BTreeSet<String>) -> Parametrised {
    let list = |names: &BTreeSet<String>| {
        let names: Vec<String> = names.iter().map(|it| quote_literal(it)).collect();
        format!("ARRAY[{}]::name[]", names.join(", "))
    };
    Parametrised {
        query: Query::Numbers,
        before: SETTINGS.to_owned(),
        planner: "",
        types: "name[], name[]",
        select: include_str!("numbers.sql").to_owned(),
        values: format!("{}, {}", list(names), list(calls)),
    }
}

/// The answer to [`question`].
pub(super) fn of_answer(
    messages: Vec<SimpleQueryMessage>,
) -> Result<Vec<TableShape>, DatabaseError> {
    shapes(&by_statement(messages))
}

fn shapes(
    results: &[Vec<tokio_postgres::SimpleQueryRow>],
) -> Result<Vec<TableShape>, DatabaseError> {
    let rows = || results.iter().flatten();
    let visible: HashSet<&str> =
        rows().filter(|row| row.get(0) == Some("visible")).filter_map(|row| row.get(1)).collect();
    let shapes = rows().filter(|row| row.get(0) == Some("shape")).map(|row| {
        let json = row.get(1).ok_or_else(no_answer)?;
        let mut shape: TableShape = serde_json::from_str(json).map_err(|error| {
            DatabaseError::Unexpected(format!("a table's shape cannot be read: {error}"))
        })?;
        shape.visible = visible.contains(shape.id.as_str());
        Ok(shape)
    });
    shapes.collect()
}
