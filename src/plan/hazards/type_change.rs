//! What a new type costs a column (`ATColumnChangeRequiresRewrite` in the server's `tablecmds.c`, and
//! the support functions that tell it of a cast that changes nothing).

use super::surroundings::{Column, DataType};

/// What a type change makes the server do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TypeChange {
    /// Nothing but to write down the new type.
    Noted,
    /// Indexes of the column are built anew.
    Indexes,
    /// The table is read, for a CHECK that speaks of the column.
    Scan,
    /// The table and its indexes are written anew.
    Rewrite,
}

/// What it costs to give a column the type written as `written`.
pub(super) fn type_change(
    column: &Column,
    written: &str,
    data_type: &DataType,
    is_utc: bool,
) -> TypeChange {
    if data_type.constrained || !stored_alike(column, written, data_type, is_utc) {
        TypeChange::Rewrite
    } else if column.checked {
        TypeChange::Scan
    } else if column.indexed && !indexed_alike(&column.base_type, &data_type.base_type) {
        TypeChange::Indexes
    } else {
        TypeChange::Noted
    }
}

/// Whether every value that is stored is one of the new type as it stands.
fn stored_alike(column: &Column, written: &str, data_type: &DataType, is_utc: bool) -> bool {
    let (from, to) = (column.base_type.as_str(), data_type.base_type.as_str());
    let (had, has) = (modifiers(from, &column.data_type), modifiers(to, written));
    if from == to {
        return fits(to, had.as_deref(), has.as_deref());
    }
    let zoned = [from, to].map(|it| it.starts_with("timestamp"));
    if zoned == [true, true] {
        return is_utc && fits(to, had.as_deref(), has.as_deref());
    }
    // A modifier makes the server look at each value.
    has.is_none() && data_type.stored_as.iter().any(|it| it == from)
}

/// Whether no value of one type is too long or too precise for another with other modifiers.
fn fits(base: &str, had: Option<&[i64]>, has: Option<&[i64]>) -> bool {
    if had == has && base != "character" {
        return true;
    }
    let Some(has) = has else { return base != "character" };
    match (base, had) {
        ("character varying" | "bit varying", Some(had)) => had[0] <= has[0],
        ("numeric", Some(had)) => had[0] <= has[0] && had.get(1) == has.get(1),
        (_, had) if base.starts_with("time") || base == "interval" => {
            had.map_or(FINEST, |it| it[0]) <= has[0]
        }
        ("character", Some(had)) => had == has,
        _ => false,
    }
}

/// The digits of a second that a time without a modifier keeps.
const FINEST: i64 = 6;

/// The numbers in a type's parentheses: 10 and 2 of `numeric(10, 2)`.
fn modifiers(base: &str, data_type: &str) -> Option<Vec<i64>> {
    let (_, rest) = data_type.split_once('(')?;
    let (inner, _) = rest.split_once(')')?;
    let mut numbers: Vec<i64> =
        inner.split(',').map(|it| it.trim().parse().ok()).collect::<Option<_>>()?;
    // A scale of nothing is zero.
    if numbers.len() == 1 && base == "numeric" {
        numbers.push(0);
    }
    (!numbers.is_empty()).then_some(numbers)
}

/// Whether an index of one type serves the other as it stands.
fn indexed_alike(from: &str, to: &str) -> bool {
    const TEXTS: [&str; 2] = ["text", "character varying"];
    const ADDRESSES: [&str; 2] = ["cidr", "inet"];
    from == to || [TEXTS, ADDRESSES].iter().any(|like| like.contains(&from) && like.contains(&to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(from: (&str, &str), written: &str, base: &str) -> TypeChange {
        let column = Column {
            data_type: from.0.to_owned(),
            base_type: from.1.to_owned(),
            ..Column::default()
        };
        let stored_as = match base {
            "text" => vec!["character varying".to_owned()],
            "character varying" => vec!["text".to_owned()],
            _ => Vec::new(),
        };
        let data_type = DataType { base_type: base.to_owned(), constrained: false, stored_as };
        type_change(&column, written, &data_type, false)
    }

    #[test]
    fn what_stays_as_it_is_stored_costs_nothing() {
        let varchar = ("character varying(10)", "character varying");
        let numeric = ("numeric(10,2)", "numeric");
        let timestamp = ("timestamp(3) without time zone", "timestamp without time zone");
        for (from, written, base) in [
            (varchar, "varchar(20)", "character varying"),
            (varchar, "varchar", "character varying"),
            (varchar, "text", "text"),
            (("text", "text"), "varchar", "character varying"),
            (numeric, "numeric(12, 2)", "numeric"),
            (numeric, "decimal(10,2)", "numeric"),
            (numeric, "numeric", "numeric"),
            (timestamp, "timestamp", "timestamp without time zone"),
            (timestamp, "timestamp(6)", "timestamp without time zone"),
            (("integer", "integer"), "int", "integer"),
        ] {
            assert_eq!(change(from, written, base), TypeChange::Noted, "{from:?} to {written}");
        }
    }

    #[test]
    fn what_is_stored_otherwise_is_written_anew() {
        let varchar = ("character varying(10)", "character varying");
        let numeric = ("numeric(10,2)", "numeric");
        let timestamp = ("timestamp without time zone", "timestamp without time zone");
        for (from, written, base) in [
            (varchar, "varchar(5)", "character varying"),
            (("text", "text"), "varchar(20)", "character varying"),
            (numeric, "numeric(12, 3)", "numeric"),
            (numeric, "numeric(12)", "numeric"),
            (timestamp, "timestamp(3)", "timestamp without time zone"),
            (timestamp, "timestamptz", "timestamp with time zone"),
            (("integer", "integer"), "bigint", "bigint"),
            (("character(3)", "character"), "char(5)", "character"),
        ] {
            assert_eq!(change(from, written, base), TypeChange::Rewrite, "{from:?} to {written}");
        }
    }
}
