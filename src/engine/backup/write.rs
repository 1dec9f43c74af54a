//! The statements that write saved values into a table.

use super::dialect::Dialect;
use super::parts::{self, Statement, Written};
use super::relation::Live;
use crate::database::{ColumnShape, DatabaseError, OpenTransaction};
use crate::model::{Engine, SavedColumn};
use crate::sql::{quote_identifier, quote_name};

/// A column that is put back: as it was saved, and as it is now.
pub(super) type Pair = (SavedColumn, ColumnShape);

/// Whether rows that the table's own rules refuse are left out.
#[derive(Clone, Copy)]
pub(super) enum Refusals {
    /// They are an error.
    Fail,
    /// They are left out; those without their parents too, where it says so.
    LeaveOut { without_parents: bool },
}

fn run(
    live: &Live<'_>,
    sql: &dyn Fn(&str) -> String,
    found: &str,
    refusals: Refusals,
    open: &mut dyn OpenTransaction,
) -> Result<Written, DatabaseError> {
    match refusals {
        // Rows without a key cannot be named one by one.
        Refusals::LeaveOut { without_parents } if live.is_keyed() => {
            parts::write(live.dialect, &Statement { sql, found, without_parents }, open)
        }
        _ => Ok(Written { rows: open.run(&sql(""))?, refused: Vec::new() }),
    }
}

/// Columns that get their saved values where a condition on the saved row `b` and the live row `t`
/// holds; elsewhere they stay as they are.
pub(super) struct Values<'a> {
    pub pairs: &'a [Pair],
    pub condition: &'a str,
}

/// Updates rows of a table: `found` says which, as what stands behind FROM, with the saved row as
/// `b` and the live one as `t`.
pub(super) fn update(
    live: &Live<'_>,
    pairs: &[Pair],
    found: &str,
    open: &mut dyn OpenTransaction,
) -> Result<u64, DatabaseError> {
    let values = [Values { pairs, condition: "" }];
    Ok(update_where(live, &values, found, Refusals::Fail, open)?.rows)
}

/// The same with several groups of columns, each under a condition of its own.
pub(super) fn update_where(
    live: &Live<'_>,
    groups: &[Values<'_>],
    found: &str,
    refusals: Refusals,
    open: &mut dyn OpenTransaction,
) -> Result<Written, DatabaseError> {
    let pairs: Vec<(&Pair, &str)> = groups
        .iter()
        .flat_map(|group| group.pairs.iter().map(|pair| (pair, group.condition)))
        .collect();
    if pairs.is_empty() {
        return Ok(Written::default());
    }
    // What is always generated may be set only while it is not.
    let always: Vec<&str> = pairs
        .iter()
        .filter(|((_, now), _)| now.always_identity)
        .map(|((_, now), _)| now.name.as_str())
        .collect();
    let generate = |how: &str, open: &mut dyn OpenTransaction| -> Result<(), DatabaseError> {
        for name in &always {
            open.run(&format!(
                "ALTER TABLE {} ALTER COLUMN {} SET GENERATED {how}",
                quote_name(&live.shape.name()),
                quote_identifier(name)
            ))?;
        }
        Ok(())
    };
    generate("BY DEFAULT", open)?;
    let sql = |further: &str| {
        format!(
            "UPDATE {} AS u SET {} FROM (SELECT {}{} FROM {found}{further}) AS x WHERE {}",
            live.table(),
            set_list(&pairs),
            live.address_list("t"),
            value_list(live.dialect, &pairs),
            live.is_at("u", "x")
        )
    };
    let written = run(live, &sql, found, refusals, open)?;
    generate("ALWAYS", open)?;
    Ok(written)
}

/// Inserts rows: `found` says which, as what stands behind FROM, with the saved row as `b`.
pub(super) fn insert(
    live: &Live<'_>,
    pairs: &[Pair],
    found: &str,
    refusals: Refusals,
    open: &mut dyn OpenTransaction,
) -> Result<Written, DatabaseError> {
    let columns: Vec<String> = pairs.iter().map(|(_, now)| quote_identifier(&now.name)).collect();
    let values: Vec<String> = pairs
        .iter()
        .map(|(saved, now)| live.dialect.put_back("b", &saved.name, saved, now))
        .collect();
    let overriding = match live.dialect.0 {
        Engine::Postgres if live.shape.columns.iter().any(|it| it.always_identity) => {
            " OVERRIDING SYSTEM VALUE"
        }
        _ => "",
    };
    let sql = |further: &str| {
        format!(
            "INSERT INTO {} ({}){overriding} SELECT {} FROM {found}{further}",
            quote_name(&live.shape.name()),
            columns.join(", "),
            values.join(", ")
        )
    };
    run(live, &sql, found, refusals, open)
}

fn set_list(pairs: &[(&Pair, &str)]) -> String {
    let list = pairs.iter().enumerate();
    let list: Vec<String> = list
        .map(|(number, ((_, now), _))| format!("{} = x.v{number}", quote_identifier(&now.name)))
        .collect();
    list.join(", ")
}

fn value_list(dialect: Dialect, pairs: &[(&Pair, &str)]) -> String {
    let list: Vec<String> = pairs
        .iter()
        .enumerate()
        .map(|(number, ((saved, now), condition))| {
            let value = dialect.put_back("b", &saved.name, saved, now);
            if condition.is_empty() {
                return format!(", {value} AS v{number}");
            }
            let found = format!("t.{}", quote_identifier(&now.name));
            format!(", CASE WHEN {condition} THEN {value} ELSE {found} END AS v{number}")
        })
        .collect();
    list.concat()
}
