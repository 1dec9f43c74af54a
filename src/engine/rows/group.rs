//! The query that looks for the values of one group of columns.

use super::order::Late;
use super::query::{LAST, Query, Relation, exists};
use super::shape::Reference;
use super::statement::{Group, Plan, Search};
use crate::model::{Engine, ObjectName};
use crate::sql::quote_identifier;

/// So many combinations of candidates a group may have before candidates are left out.
const MOST_COMBINATIONS: usize = 100_000;

impl Plan<'_> {
    /// The best values of a group.
    pub fn select(&self, group: &Group, search: &Search) -> String {
        let mut query = Query::new(search.null_cost);
        self.add_references(group, search, &mut query);
        let free = query.open(group);
        let most = self.candidates_each(&free);
        for column in free {
            query.add(&self.list(column, most, search), [column], 0);
        }
        for check in self.table.checks.iter().filter(|check| {
            search.with_checks && check.columns.iter().all(|it| group.0.contains(it))
        }) {
            query.conditions.push(format!("({}) IS NOT FALSE", check.expression));
        }
        for key in self.table.keys.iter().filter(|key| key.iter().all(|it| group.0.contains(it))) {
            let same: Vec<String> = key
                .iter()
                .map(|column| self.same(&query, *column, &self.table.columns[*column].name))
                .collect();
            query.conditions.push(format!("NOT {}", exists(&self.table.name, &same)));
        }
        let columns: Vec<String> =
            group.0.iter().map(|column| self.value(&query, *column)).collect();
        let condition = if query.conditions.is_empty() {
            "true".to_owned()
        } else {
            query.conditions.join(" AND ")
        };
        format!(
            "SELECT {} FROM {} WHERE {condition} ORDER BY {} LIMIT 1",
            columns.join(", "),
            query.generators.join(", "),
            query.costs.join(" + ")
        )
    }

    /// What a column of the row is in a query.
    fn value(&self, query: &Query, column: usize) -> String {
        query.value(column, &self.quoted(column))
    }

    fn same(&self, query: &Query, column: usize, name: &str) -> String {
        format!("turnback_t.{} = {}", quote_identifier(name), self.value(query, column))
    }

    /// Values that must come from other rows.
    fn add_references(&self, group: &Group, search: &Search, query: &mut Query) {
        let is_in = |columns: &[usize]| columns.iter().all(|column| group.0.contains(column));
        for owed in self.owed.iter().filter(|owed| is_in(&owed.columns)) {
            let (table, names) = &owed.by;
            let from = (table, names.as_slice(), Rows::Missing);
            self.add_relation(query, &owed.columns, from, search);
        }
        let mut own = Vec::new();
        for (index, reference) in self.table.references.iter().enumerate() {
            if !is_in(&reference.columns) {
                continue;
            }
            let may_be_null = |column: &&usize| !self.table.columns[**column].not_null;
            match self.late.get(&index) {
                Some(Late::Owed | Late::Ignored) => {}
                Some(Late::Null) => {
                    let mut open = reference.columns.iter().filter(|it| !query.covers(**it));
                    if let Some(column) = open.find(may_be_null) {
                        query.add(&self.null(*column), [*column], 0);
                    }
                }
                None if self.is_to_itself(reference)
                    && !reference.columns.iter().any(|it| may_be_null(&it)) =>
                {
                    own.push(reference);
                }
                None => {
                    let Reference { columns, table, referenced, .. } = reference;
                    let from = (table, referenced.as_slice(), Rows::There);
                    self.add_relation(query, columns, from, search);
                }
            }
        }
        for reference in own {
            self.add_own(group, reference, search, query);
        }
    }

    /// A row that refers to itself, because it must refer to one.
    fn add_own(&self, group: &Group, reference: &Reference, search: &Search, query: &mut Query) {
        let referenced: Option<Vec<usize>> =
            reference.referenced.iter().map(|name| self.table.index_of(name)).collect();
        // What the server numbers itself cannot be known.
        let Some(referenced) = referenced else { return };
        let most = self.candidates_each(&query.open(group));
        for column in reference.columns.iter().chain(&referenced) {
            if !query.covers(*column) {
                query.add(&self.list(*column, most, search), [*column], 0);
            }
        }
        for (column, own) in reference.columns.iter().zip(referenced) {
            let (column, own) = (self.value(query, *column), self.value(query, own));
            query.conditions.push(format!("{column} = {own}"));
        }
    }

    /// Values that stand in another table.
    fn add_relation(
        &self,
        query: &mut Query,
        columns: &[usize],
        (table, names, rows): (&ObjectName, &[String], Rows),
        search: &Search,
    ) {
        let pairs = || columns.iter().copied().zip(names);
        let open: Vec<(usize, &String)> =
            pairs().filter(|(column, _)| !query.covers(*column)).collect();
        if !open.is_empty() {
            let renamed = open.iter().map(|(column, name)| (self.quoted(*column), *name));
            let mut relation = Relation { table, columns: renamed.collect(), condition: None };
            if rows == Rows::Missing {
                let same = pairs().map(|(column, name)| {
                    let (own, name) = (self.quoted(column), quote_identifier(name));
                    format!("turnback_t.{own} = turnback_r.{name}")
                });
                let same: Vec<String> = same.collect();
                relation.condition = Some(format!("NOT {}", exists(&self.table.name, &same)));
            }
            let may_be_null = open.iter().all(|(column, _)| !self.table.columns[*column].not_null);
            let select = relation.select(may_be_null && rows == Rows::There);
            let start = (search.start)(open[0].0);
            query.add(&select, open.iter().map(|(column, _)| *column), start);
        }
        if open.len() < columns.len() {
            let same: Vec<String> =
                pairs().map(|(column, name)| self.same(query, column, name)).collect();
            let nulls = columns.iter().map(|column| self.value(query, *column) + " IS NULL OR ");
            let nulls: String = nulls.collect();
            query.conditions.push(format!("({nulls}{})", exists(table, &same)));
        }
    }

    /// How many candidates of each of these columns are joined.
    fn candidates_each(&self, free: &[usize]) -> usize {
        let combinations = |most: usize| {
            let counts = free.iter().map(|column| {
                let null = usize::from(!self.table.columns[*column].not_null);
                self.candidates[*column].len().clamp(1, most) + null
            });
            counts.fold(1_usize, usize::saturating_mul)
        };
        (2..=100).rev().find(|most| combinations(*most) <= MOST_COMBINATIONS).unwrap_or(2)
    }

    /// Whether all candidates of a group can be joined at once, so that where one starts makes no
    /// difference to whether there are values at all.
    pub fn is_whole(&self, group: &Group) -> bool {
        let columns: Vec<usize> = group.0.iter().copied().collect();
        let most = self.candidates_each(&columns);
        columns.iter().all(|column| self.candidates[*column].len() <= most)
    }

    /// So many candidates, the one that is asked for first.
    fn list(&self, column: usize, most: usize, search: &Search) -> String {
        let name = self.quoted(column);
        let all = &self.candidates[column];
        let start = (search.start)(column) % all.len().max(1);
        let candidates: Vec<&String> =
            all.iter().cycle().skip(start).take(most.min(all.len())).collect();
        let mut selects: Vec<String> = candidates
            .iter()
            .enumerate()
            .map(|(index, value)| {
                format!(
                    "SELECT {index} AS turnback_i, {} AS turnback_n, {value} AS {name}",
                    candidates.len()
                )
            })
            .collect();
        if !self.table.columns[column].not_null || selects.is_empty() {
            selects.push(self.null(column));
        }
        selects.join(" UNION ALL ")
    }

    fn null(&self, column: usize) -> String {
        let name = self.quoted(column);
        let null = match self.engine {
            Engine::Postgres => format!("CAST(NULL AS {})", self.table.columns[column].data_type),
            Engine::Sqlite => "NULL".to_owned(),
        };
        format!("SELECT {LAST} AS turnback_i, 1 AS turnback_n, {null} AS {name}")
    }
}

/// Which rows of another table give their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    /// Any of them.
    There,
    /// Those that refer to a row which is still to be made.
    Missing,
}
