//! The pieces of a query that looks for values which go together.

use std::collections::BTreeMap;

use super::statement::Group;
use crate::model::ObjectName;
use crate::sql::{quote_identifier, quote_name};

/// The place of NULL among the candidates: behind all others.
pub(super) const LAST: usize = 1_000;

/// So many rows of a referenced table are looked at.
const MOST_REFERENCED: usize = 12;

/// A query as it grows: tables of candidates, and what must hold of them together.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub generators: Vec<String>,
    /// What choosing a value from each generator costs.
    pub costs: Vec<String>,
    pub conditions: Vec<String>,
    /// What NULL costs.
    null_cost: usize,
    /// Which generator has a column's values.
    covered: BTreeMap<usize, usize>,
}

impl Query {
    pub fn new(null_cost: usize) -> Self {
        Self { null_cost, ..Self::default() }
    }

    /// Adds a generator of the values of some columns, and which of its values is asked for.
    pub fn add(&mut self, generator: &str, columns: impl IntoIterator<Item = usize>, start: usize) {
        let index = self.generators.len();
        self.costs.push(self.cost(index, start));
        self.generators.push(format!("({generator}) AS g{index}"));
        self.covered.extend(columns.into_iter().map(|column| (column, index)));
    }

    /// How far a candidate is from the one asked for.
    fn cost(&self, generator: usize, start: usize) -> String {
        let (i, n) = (format!("g{generator}.turnback_i"), format!("g{generator}.turnback_n"));
        let null = self.null_cost;
        format!(
            "CASE WHEN {i} = {LAST} THEN {null} ELSE 10 * (({i} + {start} * ({n} - 1)) % {n}) END"
        )
    }

    pub fn covers(&self, column: usize) -> bool {
        self.covered.contains_key(&column)
    }

    /// The columns of a group that nothing gives values to yet.
    pub fn open(&self, group: &Group) -> Vec<usize> {
        group.0.iter().copied().filter(|column| !self.covers(*column)).collect()
    }

    pub fn value(&self, column: usize, quoted: &str) -> String {
        let generator = self.covered.get(&column).expect("what is asked for was added");
        format!("g{generator}.{quoted}")
    }
}

pub(super) fn exists(table: &ObjectName, same: &[String]) -> String {
    let (table, same) = (quote_name(table), same.join(" AND "));
    format!("EXISTS (SELECT 1 FROM {table} AS turnback_t WHERE {same})")
}

/// Values that stand in a table.
pub(super) struct Relation<'a> {
    pub table: &'a ObjectName,
    /// What a column is to be called, quoted, and what it is called there.
    pub columns: Vec<(String, &'a String)>,
    pub condition: Option<String>,
}

impl Relation<'_> {
    /// Each of them once, in order; with NULL behind them where that will do.
    pub fn select(&self, with_null: bool) -> String {
        let list = |of: &dyn Fn(&str, &str) -> String| {
            let columns = self.columns.iter();
            let list: Vec<String> =
                columns.map(|(own, name)| of(own, &quote_identifier(name))).collect();
            list.join(", ")
        };
        let own = list(&|own, _| own.to_owned());
        let renamed = list(&|own, name| format!("turnback_r.{name} AS {own}"));
        let named = self.columns.iter().map(|(_, name)| quote_identifier(name));
        let mut conditions: Vec<String> =
            named.map(|name| format!("turnback_r.{name} IS NOT NULL")).collect();
        conditions.extend(self.condition.clone());
        let mut select = format!(
            "SELECT row_number() OVER (ORDER BY {own}) - 1 AS turnback_i, \
             count(*) OVER () AS turnback_n, {own} \
             FROM (SELECT DISTINCT {renamed} FROM {} AS turnback_r WHERE {} \
                   ORDER BY {own} LIMIT {MOST_REFERENCED}) AS turnback_d",
            quote_name(self.table),
            conditions.join(" AND ")
        );
        if with_null {
            let nulls = vec!["NULL"; self.columns.len()].join(", ");
            select += &format!(" UNION ALL SELECT {LAST}, 1, {nulls}");
        }
        select
    }
}
