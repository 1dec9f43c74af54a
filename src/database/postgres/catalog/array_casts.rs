//! One way of writing the cast of an array.
//!
//! `status IN ('a', 'b')` on a varchar column is kept, and written, as a cast of the whole array.
//! Read back, as by the restore of a dump, that text becomes a cast of each element. Both say the
//! same, so both are written in the second form, which stays as it is.

/// The properties that hold what the server writes of its own inner form.
const DEPARSED: [&str; 12] = [
    "arguments",
    "check",
    "check_query",
    "default",
    "definition",
    "generated",
    "partition_key",
    "query",
    "sql_body",
    "tables",
    "using",
    "using_query",
];

const ARRAY: &str = "ARRAY[";
const CAST_ARRAY: &str = "(ARRAY[";

/// A property's value with each `(ARRAY[a, b])::T[]` written as `ARRAY[(a)::T, (b)::T]`.
pub(super) fn pushed_down(property: &str, value: String) -> String {
    if value.contains(CAST_ARRAY) && DEPARSED.contains(&property) { rewrite(&value) } else { value }
}

fn rewrite(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = first(rest, |tail| tail.starts_with(CAST_ARRAY)) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((array, element_type, behind)) = cast_array(rest) {
            text.push_str(&cast_elements(array, element_type));
            rest = behind;
        } else {
            text.push('(');
            rest = &rest[1..];
        }
    }
    text + rest
}

/// The array, the type of the elements it is cast to, and what follows the cast.
fn cast_array(sql: &str) -> Option<(&str, &str, &str)> {
    let inner = &sql[1..];
    let open = ARRAY.len() - 1;
    let end = open + closing(&inner[open..])? + 1;
    let behind = inner[end..].strip_prefix(")::")?;
    let brackets = type_length(behind)?;
    Some((&inner[..end], &behind[..brackets], &behind[brackets + 2..]))
}

/// The length of the name of a type that brackets follow.
fn type_length(sql: &str) -> Option<usize> {
    let brackets = first(sql, |tail| tail.starts_with("[]"))?;
    let is_name = |c: char| c.is_alphanumeric() || "_$. \"(,)".contains(c);
    sql[..brackets].chars().all(is_name).then_some(brackets)
}

/// `ARRAY[a, b]` with each element cast, also those of arrays within.
fn cast_elements(array: &str, element_type: &str) -> String {
    let elements = elements(&array[ARRAY.len()..array.len() - 1]).into_iter().map(|element| {
        if element.starts_with(ARRAY) && closing(&element[ARRAY.len() - 1..]).is_some() {
            cast_elements(element, element_type)
        } else {
            format!("({})::{element_type}", rewrite(element))
        }
    });
    format!("{ARRAY}{}]", elements.collect::<Vec<_>>().join(", "))
}

/// The parts between the commas that stand in no brackets.
fn elements(sql: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = sql;
    let mut from = 0;
    while let Some(at) = first(&rest[from..], |tail| tail.starts_with([',', '(', '['])) {
        let at = from + at;
        if rest[at..].starts_with(',') {
            parts.push(rest[..at].trim());
            rest = &rest[at + 1..];
            from = 0;
        } else {
            // What the server writes is balanced.
            from = at + closing(&rest[at..]).unwrap_or(0) + 1;
        }
    }
    parts.push(rest.trim());
    parts
}

/// Where the bracket closes that the text begins with.
fn closing(sql: &str) -> Option<usize> {
    let mut depth = 0_usize;
    first(sql, |tail| {
        if tail.starts_with(['(', '[']) {
            depth += 1;
        } else if tail.starts_with([')', ']']) {
            depth -= 1;
        }
        depth == 0
    })
}

/// The first place outside quotes where a test holds of the text from there on.
fn first(sql: &str, mut test: impl FnMut(&str) -> bool) -> Option<usize> {
    let mut quote = None;
    for (at, c) in sql.char_indices() {
        match quote {
            // A doubled quote closes and opens again.
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if test(&sql[at..]) => return Some(at),
            Some(_) | None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(sql: &str) -> String {
        pushed_down("definition", sql.to_owned())
    }

    #[test]
    fn the_cast_of_an_array_becomes_one_of_each_element() {
        let whole = "CHECK (((s)::text = ANY ((ARRAY['a'::character varying, \
                     'b, (''c'::character varying])::text[])))";
        let each = "CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text, \
                    ('b, (''c'::character varying)::text])))";
        assert_eq!(canonical(whole), each);
        assert_eq!(canonical(each), each);
    }

    #[test]
    fn elements_and_types_of_any_form_are_found() {
        for (whole, each) in [
            (
                "(ARRAY[f(1, 2), a[1]])::numeric(5,2)[]",
                "ARRAY[(f(1, 2))::numeric(5,2), (a[1])::numeric(5,2)]",
            ),
            (
                "(ARRAY[ARRAY[1, 2], ARRAY[3]])::bigint[]",
                "ARRAY[ARRAY[(1)::bigint, (2)::bigint], ARRAY[(3)::bigint]]",
            ),
            (
                "(ARRAY[x((ARRAY[1])::a[])])::app.\"B c\"[]",
                "ARRAY[(x(ARRAY[(1)::a]))::app.\"B c\"]",
            ),
            ("(ARRAY[1])::ints = (ARRAY[2])::a[]", "(ARRAY[1])::ints = ARRAY[(2)::a]"),
        ] {
            assert_eq!(canonical(whole), each);
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in
            ["('(ARRAY[1])::a[]'::text)", "(ARRAY[1])::ints", "\"(ARRAY[1])::a[]\"", "f(ARRAY[1])"]
        {
            assert_eq!(canonical(text), text);
        }
        let body = "SELECT (ARRAY[1])::bigint[]".to_owned();
        assert_eq!(pushed_down("body", body.clone()), body);
    }
}
