//! Conversions between types, and which of them keep every value.

/// Whether every value of one type is kept in another, so that converting back gives it again.
pub(super) fn keeps_values(before: &str, after: &str) -> bool {
    if before == after {
        return true;
    }
    let ((from, from_size), (to, to_size)) = (size_of(before), size_of(after));
    let grows = || match (from_size, to_size) {
        (_, None) => true,
        (Some(from), Some(to)) => {
            from.len() == to.len() && from[0] <= to[0] && from[1..] == to[1..]
        }
        (None, Some(_)) => false,
    };
    match (from.as_str(), to.as_str()) {
        ("smallint", "integer" | "bigint" | "numeric")
        | ("integer", "bigint" | "numeric")
        | ("bigint", "numeric")
        | ("text", "character varying") => to_size.is_none(),
        ("real", "double precision") | ("character varying", "text") => true,
        (
            "character varying"
            | "numeric"
            | "bit varying"
            | "timestamp without time zone"
            | "timestamp with time zone"
            | "time without time zone"
            | "time with time zone",
            _,
        ) if from == to => grows(),
        _ => false,
    }
}

/// A type as the server writes it, of one that somebody wrote: `varchar(9)` as
/// `character varying(9)`. What is not known here stays as it is, and then counts as another type.
pub(super) fn type_name(written: &str) -> String {
    let words: Vec<String> =
        written.to_ascii_lowercase().split_whitespace().map(str::to_owned).collect();
    let written = words.join(" ").replace(" (", "(").replace(", ", ",");
    let (head, tail) = written.split_at(written.find('(').unwrap_or(written.len()));
    let head = match head {
        "varchar" | "pg_catalog.varchar" => "character varying",
        "varbit" => "bit varying",
        "decimal" | "dec" => "numeric",
        "int" | "int4" => "integer",
        "int2" => "smallint",
        "int8" => "bigint",
        "float4" => "real",
        "float8" | "float" => "double precision",
        "timestamptz" => return format!("timestamp{tail} with time zone"),
        "timetz" => return format!("time{tail} with time zone"),
        "timestamp" | "time" if !tail.contains(' ') => {
            return format!("{head}{tail} without time zone");
        }
        other => other,
    };
    format!("{head}{tail}")
}

/// A type and the numbers in its parentheses: `numeric(10,2)` as `numeric` and `[10, 2]`.
fn size_of(name: &str) -> (String, Option<[u32; 2]>) {
    let Some((head, rest)) = name.split_once('(') else { return (name.to_owned(), None) };
    let Some((inside, tail)) = rest.split_once(')') else { return (name.to_owned(), None) };
    let mut numbers = inside.split(',').map(|it| it.trim().parse().unwrap_or(0));
    let size = [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)];
    (format!("{}{tail}", head.trim_end()), Some(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_every_name_it_has() {
        for (written, name) in [
            ("VARCHAR (9)", "character varying(9)"),
            ("decimal(10, 2)", "numeric(10,2)"),
            ("timestamptz", "timestamp with time zone"),
            ("timestamp(3)", "timestamp(3) without time zone"),
            ("timestamp with time zone", "timestamp with time zone"),
            ("int8", "bigint"),
        ] {
            assert_eq!(type_name(written), name);
        }
    }

    #[test]
    fn wider_types_keep_every_value() {
        for (from, to) in [
            ("character varying(10)", "character varying(20)"),
            ("character varying(10)", "text"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,2)", "numeric"),
            ("integer", "bigint"),
            ("timestamp(3) without time zone", "timestamp without time zone"),
        ] {
            assert!(keeps_values(from, to), "{from} to {to}");
            assert!(!keeps_values(to, from), "{to} to {from}");
        }
        assert!(!keeps_values("numeric(10,2)", "numeric(12,3)"));
        assert!(!keeps_values("timestamp with time zone", "timestamp without time zone"));
        assert!(!keeps_values("text", "integer"));
    }
}
