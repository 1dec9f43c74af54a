//! What may stand in a column: SQL expressions, the likelier ones first.

use super::patterns::{like_regex, like_wildcards};
use super::postgres_types::{Family, Types, family, longest};
use super::shape::{Column, Table};
use crate::model::Engine;
use crate::sql::{Clues, quote_identifier, quote_literal, read_type, replace_word};

/// More than this many for one column only cost time.
const MOST: usize = 90;

/// Texts of so many variants are made of each pattern and each length.
const VARIANTS: usize = 5;

/// The longest text made because a condition names its length.
const LONGEST: usize = 4_000;

/// Puts a column's domains down to what they are made of: their type and their conditions.
pub(super) fn without_domains(table: &mut Table, types: &Types<'_>) {
    let all: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    for index in 0..table.columns.len() {
        let base = types.base(&table.columns[index].data_type);
        let column = &mut table.columns[index];
        column.data_type = base.data_type;
        column.not_null |= base.not_null;
        let name = quote_identifier(&column.name);
        for (check, expression) in base.checks {
            let expression = replace_word(Engine::Postgres, &expression, "VALUE", &name);
            table.add_check(Engine::Postgres, &check, expression, &all);
        }
    }
}

/// The candidates of a column. NULL is none of them.
pub(super) fn candidates(
    engine: Engine,
    types: &Types<'_>,
    table: &Table,
    index: usize,
) -> Vec<String> {
    let column = &table.columns[index];
    let bounds = table.bounds.iter().filter(|(columns, _)| columns.contains(&index));
    let bounds = merged(bounds.map(|(_, clues)| clues));
    let checks = table.checks.iter().filter(|check| check.columns.contains(&index));
    let checks = merged(checks.map(|check| &check.clues));
    let mut found = match engine {
        Engine::Postgres => {
            let texts = of_postgres(types, (index, column), &bounds, &checks);
            let cast =
                |text: &String| format!("CAST({} AS {})", literal(engine, text), column.data_type);
            texts.iter().map(cast).collect()
        }
        Engine::Sqlite => of_sqlite((index, column), &checks),
    };
    let mut seen = std::collections::HashSet::new();
    found.retain(|expression: &String| seen.insert(expression.clone()));
    found.truncate(MOST);
    found
}

fn literal(engine: Engine, text: &str) -> String {
    quote_literal(engine, text)
}

fn merged<'a>(all: impl Iterator<Item = &'a Clues>) -> Clues {
    let mut merged = Clues::default();
    for clues in all {
        merged.names.extend(clues.names.iter().cloned());
        merged.texts.extend(clues.texts.iter().cloned());
        merged.numbers.extend(clues.numbers.iter().cloned());
    }
    merged
}

fn of_postgres(
    types: &Types<'_>,
    (index, column): (usize, &Column),
    bounds: &Clues,
    checks: &Clues,
) -> Vec<String> {
    let data_type = column.data_type.as_str();
    let typical = types.texts(data_type);
    let family = family(data_type);
    // What is to be of another type one day is written as that type is read.
    let of_later = column.becomes.as_ref().map(|it| types.texts(it)).unwrap_or_default();
    if !of_later.is_empty() {
        return of_later;
    }
    let mut found = Vec::new();
    let bounds: Vec<&String> = bounds.texts.iter().chain(&bounds.numbers).collect();
    match family {
        Family::Text => {
            found.extend(bounds.into_iter().cloned());
            found.extend(texts(&typical, checks, index));
            if let Some(longest) = longest(data_type) {
                found.extend(typical);
                found.retain(|text| text.chars().count() <= longest);
            }
        }
        Family::Number => {
            let fits = |text: &String| fits_number(data_type, text);
            found.extend(bounds.into_iter().filter(|text| fits(text)).cloned());
            found.extend(numbers_near(checks).into_iter().filter(fits));
            found.extend(typical);
        }
        Family::Time => {
            let is_day =
                |text: &&String| text.len() >= 10 && text.is_ascii() && text.as_bytes()[4] == b'-';
            found.extend(bounds.into_iter().filter(is_day).cloned());
            found.extend(typical);
            found.extend(checks.texts.iter().filter(is_day).cloned());
        }
        Family::Json => {
            found.extend(typical);
            if !checks.texts.is_empty() {
                let pairs = |value: &str| -> Vec<String> {
                    checks.texts.iter().map(|key| format!("{}: {value}", json(key))).collect()
                };
                for value in ["\"alpha\"", "1", "{}", "[]", "true"] {
                    found.push(format!("{{{}}}", pairs(value).join(", ")));
                    found.extend(pairs(value).iter().map(|pair| format!("{{{pair}}}")));
                }
            }
        }
        Family::Bytes => {
            let of_length = |length: usize| {
                (1..=VARIANTS)
                    .map(move |variant| format!("\\x{}", format!("{variant:02x}").repeat(length)))
            };
            found.extend(lengths(checks).into_iter().flat_map(of_length));
            found.extend(typical);
        }
        Family::Array => {
            let quoted =
                |text: &String| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            let is_text = data_type.starts_with("text") || data_type.starts_with("character");
            if is_text {
                found.extend(checks.texts.iter().map(|text| format!("{{{}}}", quoted(text))));
            }
            found.extend(typical);
        }
        Family::Other => {
            found.extend(bounds.into_iter().filter(|text| typical.contains(text)).cloned());
            found.extend(typical);
        }
    }
    found
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn fits_number(data_type: &str, text: &str) -> bool {
    let read = read_type(Engine::Postgres, data_type);
    match read.name.name.as_str() {
        "smallint" => text.parse::<i16>().is_ok(),
        "integer" => text.parse::<i32>().is_ok(),
        "bigint" => text.parse::<i64>().is_ok(),
        "numeric" => text.parse::<f64>().is_ok_and(|number| {
            let [precision, scale, ..] = read.modifiers[..] else { return true };
            let digits = i32::try_from(precision - scale).unwrap_or(0);
            number.abs() < 10_f64.powi(digits)
        }),
        _ => text.parse::<f64>().is_ok(),
    }
}

/// The numbers a condition names, and those beside them.
fn numbers_near(clues: &Clues) -> Vec<String> {
    let mut near = Vec::new();
    for text in clues.numbers.iter().chain(&clues.texts) {
        if let Ok(number) = text.parse::<i64>() {
            let beside =
                [Some(number), number.checked_add(1), number.checked_sub(1), number.checked_neg()];
            near.extend(beside.into_iter().flatten().map(|number| number.to_string()));
        } else if text.parse::<f64>().is_ok_and(f64::is_finite) {
            near.extend([text.clone(), format!("-{text}")]);
        }
    }
    near
}

/// The lengths a condition may speak of.
fn lengths(clues: &Clues) -> Vec<usize> {
    let named = clues.numbers.iter().filter_map(|text| text.parse::<usize>().ok());
    let mut lengths: Vec<usize> =
        named.flat_map(|length| [length, length + 1, length.saturating_sub(1)]).collect();
    lengths.retain(|length| (1..=LONGEST).contains(length));
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// The texts a column may have. Where nothing is asked of them, they are others than in the columns
/// beside it: values that got into the wrong column must show.
fn texts(usual: &[String], checks: &Clues, index: usize) -> Vec<String> {
    if checks.names.is_empty() {
        let own = usual.iter().map(|text| match text.strip_suffix('}') {
            Some(object) => format!("{object}, \"column\": {index}}}"),
            // A day stays one.
            None if text.starts_with(|c: char| c.is_ascii_digit()) => text.clone(),
            None => format!("{text} {index}"),
        });
        return own.collect();
    }
    let is_pattern = |text: &&String| text.contains(['^', '$', '%', '\\', '[', '*']);
    let (patterns, literals): (Vec<&String>, Vec<&String>) =
        checks.texts.iter().partition(is_pattern);
    let mut found: Vec<String> = literals.into_iter().chain(usual).cloned().collect();
    found.extend(shaped_texts(checks));
    found.extend(patterns.into_iter().cloned());
    found
}

/// Texts as conditions on texts ask for: in the shape of a pattern, of a length, or of something
/// that is usual.
fn shaped_texts(clues: &Clues) -> Vec<String> {
    let mut found = Vec::new();
    for pattern in
        clues.texts.iter().filter(|text| text.contains(['^', '$', '[', '%', '*', '_', '\\', '.']))
    {
        for variant in 0..VARIANTS {
            found.push(like_regex(pattern, variant));
            found.push(like_wildcards(pattern, variant));
        }
    }
    let usual = |k: usize| {
        [
            format!("row{k}@example.org"),
            format!("https://example.org/{k}"),
            format!("192.0.2.{k}"),
            format!("2026-01-0{k}T00:00:00Z"),
            format!("2026-01-0{k}"),
            format!("2026-01-0{k} 00:00:00"),
            format!("00000000-0000-4000-8000-{k:012}"),
            k.to_string(),
            format!("{{\"a\": {k}}}"),
            format!("[{k}]"),
            format!("Ab{k}"),
            format!("AB{k}"),
        ]
    };
    found.extend((1..=3).flat_map(usual));
    for value in ["\"alpha\"", "1"] {
        let pairs = clues.texts.iter().map(|key| format!("{}: {value}", json(key)));
        found.push(format!("{{{}}}", pairs.collect::<Vec<_>>().join(", ")));
    }
    // Hexadecimal digits fit most conditions that go with a length.
    for length in lengths(clues) {
        let letters = "abcdeABCDE".chars();
        found.extend(letters.map(|letter| letter.to_string().repeat(length)));
    }
    found
}

/// Columns of SQLite's by what they are declared as.
fn of_sqlite((index, column): (usize, &Column), checks: &Clues) -> Vec<String> {
    let engine = Engine::Sqlite;
    let declared = column.data_type.to_ascii_uppercase();
    let has = |part: &str| declared.contains(part);
    let numbers = || {
        let whole = |text: &String| text.parse::<i64>().is_ok();
        let mut found: Vec<String> = numbers_near(checks).into_iter().filter(whole).collect();
        found.extend((1..=8).map(|k: u32| k.to_string()));
        found.extend(["0".to_owned(), "-1".to_owned()]);
        found
    };
    let blobs = || {
        let of_length = |length: usize| {
            (1..=VARIANTS).map(move |k| format!("x'{}'", format!("{k:02x}").repeat(length)))
        };
        let mut found: Vec<String> = lengths(checks).into_iter().flat_map(of_length).collect();
        found.extend((1..=8).map(|k| format!("x'{k:02x}00ff'")));
        found
    };
    let strings = |first: &[String]| {
        let found = texts(first, checks, index);
        found.iter().map(|text| literal(engine, text)).collect::<Vec<_>>()
    };
    let words: Vec<String> = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
        .map(str::to_owned)
        .into();
    let days: Vec<String> = (1..=8).map(|k| format!("2026-01-0{k} 0{k}:00:00")).collect();
    if has("INT") {
        numbers()
    } else if has("JSON") {
        strings(&(1..=8).map(|k| format!("{{\"a\": {k}}}")).collect::<Vec<_>>())
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        strings(&words)
    } else if declared == "BLOB" {
        blobs()
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        (1..=8).map(|k| format!("{k}.25")).chain(numbers_near(checks)).collect()
    } else if has("BOOL") {
        vec!["1".to_owned(), "0".to_owned()]
    } else if has("DATE") || has("TIME") {
        let of_checks = if checks.names.is_empty() { Vec::new() } else { numbers() };
        [strings(&days), of_checks].concat()
    } else if declared.is_empty() || has("ANY") || has("BLOB") {
        let mixed = ["1", "'alpha'", "2.5", "x'01'", "'1'", "2", "'beta'", "x''"];
        [mixed.map(str::to_owned).to_vec(), strings(&words), numbers(), blobs()].concat()
    } else {
        [numbers(), strings(&days)].concat()
    }
}
