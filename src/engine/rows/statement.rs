//! The statement that makes one row.
//!
//! The database itself looks for values that go together: columns that share a condition, a key or
//! a foreign key form a group, whose candidates are joined and filtered by the conditions, and the
//! first that fits in the order asked for is inserted.

use std::collections::{BTreeMap, BTreeSet};

use super::order::Late;
use super::shape::{Reference, Table};
use crate::model::{Engine, ObjectName};
use crate::sql::{quote_identifier, quote_name};

/// All that is known when a table's turn has come.
pub(super) struct Plan<'a> {
    pub engine: Engine,
    pub table: &'a Table,
    /// The candidates of each column.
    pub candidates: Vec<Vec<String>>,
    /// Those of its foreign keys that come too early.
    pub late: &'a BTreeMap<usize, Late>,
    /// Rows that others already refer to, which have to be made.
    pub owed: Vec<Owed>,
}

/// Columns whose values are told by rows that refer to them.
pub(super) struct Owed {
    pub columns: Vec<usize>,
    /// The table that refers, and its columns.
    pub by: (ObjectName, Vec<String>),
}

/// How a row is looked for.
pub(super) struct Search {
    /// Which candidate each column begins with.
    pub start: Box<dyn Fn(usize) -> usize>,
    /// What NULL costs, where a candidate that is not the one asked for costs ten and more.
    pub null_cost: usize,
    /// Whether conditions are asked for beforehand, rather than left to the server to refuse.
    pub with_checks: bool,
    /// Whether columns that have a default, and no condition, get a value.
    pub with_defaults: bool,
}

/// Columns that depend on each other.
#[derive(Debug)]
pub(super) struct Group(pub BTreeSet<usize>);

impl Plan<'_> {
    /// The groups of columns; a column in none of them may have any of its candidates.
    pub fn groups(&self) -> Vec<Group> {
        let sets = self.table.checks.iter().map(|check| &check.columns);
        let sets = sets.chain(&self.table.keys);
        let sets = sets.chain(self.table.references.iter().map(|it| &it.columns));
        let sets = sets.chain(self.owed.iter().map(|owed| &owed.columns));
        let mut groups: Vec<BTreeSet<usize>> = Vec::new();
        for set in sets {
            let mut joined: BTreeSet<usize> = set.iter().copied().collect();
            // A row that refers to itself has the value it refers to.
            for it in self.table.references.iter().filter(|it| self.is_to_itself(it)) {
                if it.columns.iter().any(|column| joined.contains(column)) {
                    joined
                        .extend(it.referenced.iter().filter_map(|name| self.table.index_of(name)));
                }
            }
            let (apart, together): (Vec<_>, Vec<_>) =
                groups.into_iter().partition(|group| group.is_disjoint(&joined));
            joined.extend(together.into_iter().flatten());
            groups = apart;
            groups.push(joined);
        }
        groups.sort();
        groups.into_iter().filter(|group| !group.is_empty()).map(Group).collect()
    }

    pub fn is_to_itself(&self, reference: &Reference) -> bool {
        reference.table == self.table.name
    }

    /// The whole statement; it returns a row where it made one.
    pub fn insert(&self, search: &Search) -> String {
        let groups = self.groups();
        let mut names = Vec::new();
        let mut values = Vec::new();
        let mut from = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            for column in &group.0 {
                names.push(self.quoted(*column));
                values.push(format!("turnback_{index}.{}", self.quoted(*column)));
            }
            from.push(format!("({}) AS turnback_{index}", self.select(group, search)));
        }
        for (index, column) in self.table.columns.iter().enumerate() {
            let is_grouped = groups.iter().any(|group| group.0.contains(&index));
            let candidates = &self.candidates[index];
            if is_grouped || candidates.is_empty() || (column.has_default && !search.with_defaults)
            {
                continue;
            }
            names.push(self.quoted(index));
            values.push(candidates[(search.start)(index) % candidates.len()].clone());
        }
        let table = quote_name(&self.table.name);
        if names.is_empty() {
            return format!("INSERT INTO {table} DEFAULT VALUES RETURNING 1");
        }
        let from =
            if from.is_empty() { String::new() } else { format!(" FROM {}", from.join(", ")) };
        // Without a WHERE, SQLite could take what follows for a join's condition.
        format!(
            "INSERT INTO {table} ({}) SELECT {}{from} WHERE true RETURNING 1",
            names.join(", "),
            values.join(", ")
        )
    }

    pub fn quoted(&self, column: usize) -> String {
        quote_identifier(&self.table.columns[column].name)
    }

    /// Which of some candidates a column's own conditions let through.
    pub fn filter(&self, column: usize, all: &[String]) -> String {
        let name = self.quoted(column);
        let selects: Vec<String> = all
            .iter()
            .enumerate()
            .map(|(index, value)| format!("SELECT {index} AS turnback_i, {value} AS {name}"))
            .collect();
        let own = self.table.checks.iter().filter(|check| check.columns == [column]);
        let conditions: Vec<String> =
            own.map(|check| format!(" AND ({}) IS NOT FALSE", check.expression)).collect();
        // Every candidate is made a value of its type, whether a condition looks at it or not.
        format!(
            "SELECT turnback_i FROM ({}) AS g0 WHERE {name} IS NOT NULL{} ORDER BY 1",
            selects.join(" UNION ALL "),
            conditions.concat()
        )
    }

    /// What a group without any values cannot satisfy.
    pub fn blame(&self, group: &Group) -> String {
        let columns: Vec<&str> =
            group.0.iter().map(|column| self.table.columns[*column].name.as_str()).collect();
        let all_in = |columns: &[usize]| columns.iter().all(|it| group.0.contains(it));
        let checks = self.table.checks.iter().filter(|check| all_in(&check.columns));
        let mut conditions: Vec<String> =
            checks.map(|check| format!("the check {}", check.name)).collect();
        let references = self.table.references.iter().filter(|it| all_in(&it.columns));
        conditions.extend(references.map(|it| format!("the foreign key to {}", it.table)));
        if self.table.keys.iter().any(|key| all_in(key)) {
            conditions.push("uniqueness".to_owned());
        }
        format!(
            "no values of {} were found that satisfy {}",
            columns.join(", "),
            conditions.join(", ")
        )
    }

    /// Gives the columns of a reference that came too early their values, in all rows at once.
    pub fn settle(&self, reference: &Reference) -> String {
        let columns: Vec<String> =
            reference.columns.iter().map(|column| self.quoted(*column)).collect();
        let referenced: Vec<String> =
            reference.referenced.iter().map(|name| quote_identifier(name)).collect();
        let open = columns.iter().map(|column| format!("{column} IS NULL")).collect::<Vec<_>>();
        format!(
            "UPDATE {} SET ({}) = (SELECT {} FROM {} AS turnback_r ORDER BY {} LIMIT 1) WHERE {}",
            quote_name(&self.table.name),
            columns.join(", "),
            referenced.join(", "),
            quote_name(&reference.table),
            referenced.join(", "),
            open.join(" OR ")
        )
    }
}
