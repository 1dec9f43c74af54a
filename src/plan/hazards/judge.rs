//! Whether what a script looks like is a hazard on this database.

use crate::model::ObjectName;
use crate::sql::Doubt;

use super::surroundings::{Column, MANY_ROWS, Relation, Surroundings};
use super::type_change::{TypeChange, type_change};

/// What a database says of a suspicion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is no hazard here.
    Acquitted,
    /// It is one, and this is what was seen; nothing where there is nothing to see.
    Hazard(Vec<String>),
}

impl Verdict {
    /// A hazard where the tables have rows, and their sizes.
    fn of_rows<'a>(relations: impl Iterator<Item = &'a Relation>) -> Self {
        let full: Vec<&Relation> = relations.filter(|it| !it.is_empty()).collect();
        if full.is_empty() {
            Self::Acquitted
        } else {
            Self::Hazard(full.into_iter().map(Relation::size).collect())
        }
    }
}

impl Surroundings {
    /// Decides on one doubt. A table that does not exist is made by an earlier step of the same plan,
    /// so that no application knows it.
    pub(super) fn decide(&self, doubt: &Doubt) -> Verdict {
        let found = |names: &[ObjectName]| -> Vec<&Relation> {
            names.iter().filter_map(|name| self.tables.get(name)).collect()
        };
        match doubt {
            Doubt::Settled => Verdict::Hazard(Vec::new()),
            Doubt::Rows(tables) => Verdict::of_rows(found(tables).into_iter()),
            Doubt::Indexes(names) => {
                Verdict::of_rows(names.iter().filter_map(|name| self.indexes.get(name)))
            }
            Doubt::TypeInUse(name) => {
                let users = self.users.get(&name.to_string());
                Verdict::of_rows(users.into_iter().flatten())
            }
            Doubt::Dependents(names) => dependents(&found(names)),
            Doubt::ForeignKeys { tables, constraint } => {
                foreign_keys(&found(tables), constraint.as_deref())
            }
            _ => match doubt.tables().first().and_then(|table| self.tables.get(table)) {
                Some(relation) => self.decide_on(relation, doubt),
                None => Verdict::Acquitted,
            },
        }
    }

    /// Decides on a doubt about one table that exists.
    fn decide_on(&self, relation: &Relation, doubt: &Doubt) -> Verdict {
        let rows = || Verdict::of_rows(std::iter::once(relation));
        match doubt {
            Doubt::NotNull { column, .. } if proves_not_null(relation, column) => {
                Verdict::Acquitted
            }
            Doubt::Default { functions, .. } => {
                let volatile = functions.iter().find(|name| self.volatile.contains(name));
                match (volatile, functions.is_empty()) {
                    (Some(name), _) => and(rows(), format!("{name}() is volatile")),
                    (None, false) => Verdict::Acquitted,
                    (None, true) => rows(),
                }
            }
            Doubt::Domain { data_type, .. } => match self.types.get(data_type) {
                Some(found) if !found.constrained => Verdict::Acquitted,
                _ => rows(),
            },
            Doubt::Type { column, data_type, using, .. } => {
                self.decide_on_type(relation, relation.column(column), data_type, *using)
            }
            Doubt::Partition { parent, .. } => {
                let key = self.tables.get(parent).map(|it| it.partition_key.as_slice());
                if key.is_some_and(|key| is_bounded(relation, key)) {
                    Verdict::Acquitted
                } else {
                    rows()
                }
            }
            Doubt::NullableKey { index, .. } if has_full_key(relation, &index.name) => {
                Verdict::Acquitted
            }
            Doubt::ManyRows(_) if relation.counted.is_some_and(|rows| rows <= MANY_ROWS) => {
                Verdict::Acquitted
            }
            Doubt::Partitioned(_) if !relation.partitioned => Verdict::Acquitted,
            Doubt::Policies(_) if relation.policies > 0 => Verdict::Acquitted,
            _ => rows(),
        }
    }

    fn decide_on_type(
        &self,
        relation: &Relation,
        column: Option<&Column>,
        written: &str,
        using: bool,
    ) -> Verdict {
        let rows = Verdict::of_rows(std::iter::once(relation));
        let Some(column) = column else { return rows };
        let from = format!("{} is {}", column.name, column.data_type);
        if using {
            return and(rows, format!("{from}, and USING computes each value"));
        }
        let Some(data_type) = self.types.get(written) else { return and(rows, from) };
        let cost = match type_change(column, written, data_type, self.is_utc) {
            TypeChange::Noted => return Verdict::Acquitted,
            TypeChange::Indexes => "and its indexes are built anew",
            TypeChange::Scan => "and a CHECK on it makes the server read every row",
            TypeChange::Rewrite => "and is stored in another way",
        };
        and(rows, format!("{from}, {cost}"))
    }
}

/// A verdict with one more thing that was seen, told first.
fn and(verdict: Verdict, seen: String) -> Verdict {
    match verdict {
        Verdict::Acquitted => Verdict::Acquitted,
        Verdict::Hazard(sizes) => Verdict::Hazard(std::iter::once(seen).chain(sizes).collect()),
    }
}

fn dependents(relations: &[&Relation]) -> Verdict {
    let of = |it: &&Relation| it.dependents.clone();
    let known = relations.iter().flat_map(of).filter(|it| it.recorded);
    let named: Vec<String> = known.map(|it| format!("{} {}", it.kind, it.name)).collect();
    if named.is_empty() { Verdict::Acquitted } else { Verdict::Hazard(named) }
}

fn foreign_keys(relations: &[&Relation], constraint: Option<&str>) -> Verdict {
    let is_meant = |name: &str| constraint.is_none_or(|it| it == name);
    let keys = relations.iter().flat_map(|relation| {
        let keys = relation.foreign_keys.iter().filter(|it| is_meant(&it.name));
        keys.map(|it| format!("{} refers to {}", relation.title(), it.refers_to))
    });
    let named: Vec<String> = keys.collect();
    if named.is_empty() { Verdict::Acquitted } else { Verdict::Hazard(named) }
}

/// Whether none of an index's columns can hold NULL.
fn has_full_key(relation: &Relation, index: &str) -> bool {
    let found = relation.indexes.iter().find(|it| it.name == index);
    // One that is not there yet is made by an earlier step, which nothing is known of.
    found.is_none_or(|it| it.columns.iter().all(|column| proves_not_null(relation, column)))
}

/// Whether a column is known to hold no NULL: as the server sees it (`NotNullImpliedByRelConstraints`),
/// but for what only its own prover can tell.
fn proves_not_null(relation: &Relation, column: &str) -> bool {
    let is_not_null = relation.column(column).is_some_and(|it| it.not_null);
    let quoted = crate::model::quoted_where_needed(column);
    let wanted = [format!("{quoted} IS NOT NULL"), format!("\"{column}\" IS NOT NULL")];
    is_not_null
        || relation.checks.iter().any(|check| {
            conjuncts(check.trim().strip_prefix("CHECK").unwrap_or(check))
                .iter()
                .any(|conjunct| wanted.iter().any(|it| it == conjunct))
        })
}

/// Whether a validated CHECK speaks of every column the parent is partitioned by. That it proves
/// where the rows belong is for the server to find; the rehearsal shows it.
fn is_bounded(partition: &Relation, key: &[String]) -> bool {
    let speaks_of = |check: &String, column: &String| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        check.split(|c: char| !is_part(c)).any(|word| word == column)
    };
    !key.is_empty()
        && partition.checks.iter().any(|check| key.iter().all(|column| speaks_of(check, column)))
}

/// The parts of a condition, as the server writes it, that must all hold.
fn conjuncts(condition: &str) -> Vec<&str> {
    let inner = without_parentheses(condition.trim());
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    let mut in_text = false;
    for (at, c) in inner.char_indices() {
        match c {
            '\'' => in_text = !in_text,
            '(' if !in_text => depth += 1,
            ')' if !in_text => depth -= 1,
            'A' if depth == 0 && !in_text && inner[at..].starts_with("AND ") => {
                parts.push(&inner[start..at]);
                start = at + "AND ".len();
            }
            // One of several that may hold proves nothing.
            'O' if depth == 0 && !in_text && inner[at..].starts_with("OR ") => return Vec::new(),
            _ => {}
        }
    }
    if parts.is_empty() {
        return vec![inner];
    }
    parts.push(&inner[start..]);
    parts.into_iter().flat_map(|part| conjuncts(part)).collect()
}

/// A text without the parentheses around the whole of it.
fn without_parentheses(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('(').and_then(|it| it.strip_suffix(')')) else {
        return text;
    };
    let mut depth = 0_i32;
    for c in inner.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth < 0 {
            return text;
        }
    }
    without_parentheses(inner.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(check: &str) -> Relation {
        Relation { checks: vec![check.to_owned()], counted: Some(5), ..Relation::default() }
    }

    #[test]
    fn a_check_proves_that_a_column_holds_no_null() {
        for (check, proves) in [
            ("CHECK ((a IS NOT NULL))", true),
            ("CHECK (((a IS NOT NULL) AND (b > 0)))", true),
            ("CHECK (((b > 0) AND ((a IS NOT NULL) AND (c))))", true),
            ("CHECK (((a IS NOT NULL) OR (b > 0)))", false),
            ("CHECK ((b IS NOT NULL))", false),
            ("CHECK ((b = ' AND (a IS NOT NULL)'::text))", false),
            ("CHECK ((NOT (a IS NOT NULL)))", false),
        ] {
            assert_eq!(proves_not_null(&relation(check), "a"), proves, "{check}");
        }
        assert!(proves_not_null(&relation("CHECK ((\"A b\" IS NOT NULL))"), "A b"));
    }

    #[test]
    fn tables_that_do_not_exist_have_no_rows() {
        let table = ObjectName::bare("t");
        let doubt = Doubt::Rows(vec![table.clone()]);
        let mut surroundings = Surroundings::default();
        assert_eq!(surroundings.decide(&doubt), Verdict::Acquitted);
        let found = Relation { name: "t".into(), counted: Some(2_000), ..Relation::default() };
        surroundings.tables.insert(table.clone(), found);
        let seen = vec!["t has 2,000 rows".to_owned()];
        assert_eq!(surroundings.decide(&doubt), Verdict::Hazard(seen));
        assert_eq!(surroundings.decide(&Doubt::ManyRows(table)), Verdict::Acquitted);
    }
}
