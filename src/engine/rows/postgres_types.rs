//! Values of `PostgreSQL`'s types, as texts that the server reads.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, CatalogObject, Kind};
use crate::model::{Engine, ObjectName};
use crate::sql::{ConstraintText, TypeText, clues, read_constraint, read_type};

/// What kind of values a type has, as far as conditions on them are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Number,
    Time,
    Json,
    Bytes,
    Array,
    Other,
}

const WORDS: [&str; 8] = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"];

/// How deep types may be made of types.
const DEEPEST: usize = 5;

/// The types a catalog defines, beside the server's own.
pub(super) struct Types<'a> {
    defined: BTreeMap<ObjectName, &'a CatalogObject>,
    checks: BTreeMap<ObjectName, Vec<(String, String)>>,
}

/// What a column's type comes down to.
pub(super) struct Base {
    /// The type without its domains.
    pub data_type: String,
    /// Whether a domain refuses NULL.
    pub not_null: bool,
    /// The conditions of the domains, by name; the value is called `VALUE`.
    pub checks: Vec<(String, String)>,
}

impl<'a> Types<'a> {
    pub fn of(catalog: &'a Catalog) -> Self {
        let mut types = Self { defined: BTreeMap::new(), checks: BTreeMap::new() };
        for object in catalog.objects.values() {
            let key = &object.key;
            let name = |name: &str| ObjectName { schema: key.schema.clone(), name: name.into() };
            match (key.kind, &key.parent, object.properties.get("definition")) {
                (Kind::Type, ..) => {
                    types.defined.insert(name(&key.name), object);
                }
                (Kind::Constraint, Some(parent), Some(definition)) => {
                    let text = read_constraint(Engine::Postgres, definition);
                    if let ConstraintText::Check(expression) = text {
                        let checks = types.checks.entry(name(parent)).or_default();
                        checks.push((key.name.clone(), expression));
                    }
                }
                _ => {}
            }
        }
        types
    }

    fn property(&self, name: &ObjectName, property: &str) -> Option<&'a str> {
        self.defined.get(name)?.properties.get(property).map(String::as_str)
    }

    /// What a type is below its domains.
    pub fn base(&self, data_type: &str) -> Base {
        let mut base =
            Base { data_type: data_type.to_owned(), not_null: false, checks: Vec::new() };
        for _ in 0..DEEPEST {
            let text = read_type(Engine::Postgres, &base.data_type);
            let below = self.property(&text.name, "base").filter(|_| !text.is_array);
            let Some(below) = below else { break };
            base.not_null |= self.property(&text.name, "not_null").is_some();
            base.checks.extend(self.checks.get(&text.name).into_iter().flatten().cloned());
            below.clone_into(&mut base.data_type);
        }
        base
    }

    /// Values of a type without domains, no two alike; none at all where nothing is known of it.
    pub fn texts(&self, data_type: &str) -> Vec<String> {
        self.texts_of(&read_type(Engine::Postgres, data_type), 0)
    }

    fn texts_of(&self, text: &TypeText, depth: usize) -> Vec<String> {
        if depth > DEEPEST {
            return Vec::new();
        }
        if text.is_array {
            let element = TypeText { is_array: false, ..text.clone() };
            let separator = if text.name.name == "box" { ';' } else { ',' };
            return arrays(&self.texts_of(&element, depth + 1), separator);
        }
        match self.property(&text.name, "form") {
            Some("enum") => {
                clues(Engine::Postgres, self.property(&text.name, "labels").unwrap_or("")).texts
            }
            Some("domain") => {
                let base = self.property(&text.name, "base").unwrap_or_default();
                self.texts_of(&read_type(Engine::Postgres, base), depth + 1)
            }
            Some("range") => {
                let subtype = self.property(&text.name, "subtype").unwrap_or_default();
                ranges(&self.texts_of(&read_type(Engine::Postgres, subtype), depth + 1))
            }
            Some("composite") => self.rows(&text.name, depth),
            _ => self.multirange(text, depth).unwrap_or_else(|| built_in(text)),
        }
    }

    fn multirange(&self, text: &TypeText, depth: usize) -> Option<Vec<String>> {
        let is = |object: &&&CatalogObject| {
            let multirange = object.properties.get("multirange");
            multirange.is_some_and(|it| read_type(Engine::Postgres, it).name == text.name)
        };
        let subtype = self.defined.values().find(is)?.properties.get("subtype")?;
        let ranges = ranges(&self.texts_of(&read_type(Engine::Postgres, subtype), depth + 1));
        Some(ranges.iter().map(|range| format!("{{{range}}}")).collect())
    }

    fn rows(&self, name: &ObjectName, depth: usize) -> Vec<String> {
        let attributes = self.property(name, "attributes").unwrap_or_default().lines();
        let fields: Vec<Vec<String>> = attributes
            .map(|line| {
                let end = |part: &str| line.find(part).unwrap_or(line.len());
                let line = &line[..end(" COLLATE ").min(end(" -- "))];
                let name = if line.starts_with('"') {
                    line.get(1..).and_then(|rest| rest.find("\" ")).map_or(0, |at| at + 2)
                } else {
                    line.find(' ').unwrap_or(0)
                };
                self.texts_of(&read_type(Engine::Postgres, &line[name..]), depth + 1)
            })
            .collect();
        let row = |index: usize| {
            let values: Vec<String> = fields
                .iter()
                .map(|texts| {
                    texts
                        .get(index % texts.len().max(1))
                        .map_or_else(String::new, |text| quoted(text))
                })
                .collect();
            format!("({})", values.join(","))
        };
        (0..4).map(row).collect()
    }
}

/// As arrays, rows and ranges have their values.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn arrays(elements: &[String], separator: char) -> Vec<String> {
    let mut arrays: Vec<String> =
        elements.iter().take(4).map(|element| format!("{{{}}}", quoted(element))).collect();
    if let [first, second, ..] = elements {
        arrays.push(format!("{{{}{separator}{}}}", quoted(second), quoted(first)));
    }
    arrays.push("{}".to_owned());
    arrays
}

/// Of one value each, since nothing is known of their order.
fn ranges(bounds: &[String]) -> Vec<String> {
    bounds.iter().map(|bound| format!("[{0},{0}]", quoted(bound))).collect()
}

/// What conditions on a type are about.
pub(super) fn family(data_type: &str) -> Family {
    let text = read_type(Engine::Postgres, data_type);
    if text.is_array {
        return Family::Array;
    }
    match text.name.name.as_str() {
        "text" | "character varying" | "character" | "bpchar" | "name" | "citext" => Family::Text,
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" | "money" => {
            Family::Number
        }
        "json" | "jsonb" => Family::Json,
        "bytea" => Family::Bytes,
        name if name == "date" || name.starts_with("time") => Family::Time,
        _ => Family::Other,
    }
}

/// The longest text of a type, where it has one.
pub(super) fn longest(data_type: &str) -> Option<usize> {
    let text = read_type(Engine::Postgres, data_type);
    let limited = ["character varying", "character"].contains(&text.name.name.as_str());
    text.modifiers.first().filter(|_| limited).and_then(|length| usize::try_from(*length).ok())
}

fn built_in(text: &TypeText) -> Vec<String> {
    let numbered = |from: &dyn Fn(usize) -> String| (1..=8).map(from).collect::<Vec<_>>();
    let listed = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let modifier = text.modifiers.first().and_then(|it| usize::try_from(*it).ok());
    match text.name.name.as_str() {
        "text" | "character varying" | "character" | "bpchar" | "name" | "citext" => {
            words(modifier)
        }
        "\"char\"" => listed(&["a", "b", "c", "d"]),
        "smallint" | "integer" | "bigint" => {
            listed(&["1", "2", "3", "5", "8", "13", "21", "0", "-1"])
        }
        "oid" | "xid" | "xid8" | "cid" => numbered(&|k| k.to_string()),
        "numeric" => numerics(&text.modifiers),
        "real" | "double precision" => {
            listed(&["1.5", "2.25", "3", "-4.125", "0.1", "1e10", "0", "-0"])
        }
        "money" => numbered(&|k| format!("{k}.25")),
        "boolean" => listed(&["true", "false"]),
        "bytea" => numbered(&|k| format!("\\x{k:02x}ff00")),
        "date" => timestamps(|day, _| day.to_owned()),
        "timestamp without time zone" => timestamps(|day, time| format!("{day} {time}")),
        "timestamp with time zone" => timestamps(|day, time| format!("{day} {time}+00")),
        "time without time zone" => numbered(&|k| format!("{k:02}:30:00.5")),
        "time with time zone" => numbered(&|k| format!("{k:02}:30:00.5+02")),
        name if name.starts_with("interval") => listed(&[
            "1 day",
            "24 hours",
            "1 mon",
            "00:00:01.5",
            "1 year 2 mons 3 days",
            "15 min",
            "30 days",
        ]),
        "uuid" => numbered(&|k| format!("00000000-0000-4000-8000-{k:012}")),
        "json" | "jsonb" => listed(&[
            "{\"a\": 1}",
            "{\"b\": [1, 2.50, null]}",
            "{}",
            "{\"c\":  \"text\"}",
            "[]",
            "[1, \"two\"]",
            "\"text\"",
            "3.0",
            "true",
        ]),
        "jsonpath" => listed(&["$.\"a\"", "$.\"b\"[*]", "$"]),
        "xml" => listed(&["<a/>", "<b>text</b>", "<c d=\"1\"/>", "text"]),
        "inet" => numbered(&|k| {
            if k % 2 == 0 { format!("2001:db8::{k}") } else { format!("192.0.2.{k}") }
        }),
        "cidr" => numbered(&|k| format!("198.51.{k}.0/24")),
        "macaddr" => numbered(&|k| format!("08:00:2b:01:02:{k:02x}")),
        "macaddr8" => numbered(&|k| format!("08:00:2b:01:02:03:04:{k:02x}")),
        "bit" => {
            let length = modifier.unwrap_or(1);
            let most = if length < 4 { 1 << length } else { 8 };
            (0..most).map(|k| format!("{k:0length$b}")).collect()
        }
        "bit varying" => (1..=modifier.unwrap_or(4).min(4)).map(|k| "1".repeat(k)).collect(),
        "point" => numbered(&|k| format!("({k},2.5)")),
        "line" => numbered(&|k| format!("{{1,2,{k}}}")),
        "lseg" => numbered(&|k| format!("[(0,0),(1,{k})]")),
        "box" => numbered(&|k| format!("({k},{k}),(0,0)")),
        "path" => numbered(&|k| format!("[(0,0),(1,{k}),(2,0)]")),
        "polygon" => numbered(&|k| format!("((0,0),(1,{k}),(2,0))")),
        "circle" => numbered(&|k| format!("<(0,0),{k}>")),
        "tsvector" => numbered(&|k| format!("'alpha':{k} 'beta':2B")),
        "tsquery" => numbered(&|k| format!("'alpha' & 'w{k}'")),
        "pg_lsn" => numbered(&|k| format!("0/{k:X}")),
        "tid" => numbered(&|k| format!("(0,{k})")),
        "pg_snapshot" | "txid_snapshot" => numbered(&|k| format!("10:{}:", 10 + k)),
        "regclass" | "regtype" => listed(&["pg_catalog.pg_class", "pg_catalog.pg_type"]),
        "regproc" => listed(&["pg_catalog.now", "pg_catalog.version"]),
        "regprocedure" => listed(&["pg_catalog.now()", "pg_catalog.version()"]),
        "regnamespace" => listed(&["pg_catalog", "information_schema"]),
        "regconfig" | "regdictionary" => listed(&["pg_catalog.simple"]),
        "regcollation" => listed(&["pg_catalog.\"C\"", "pg_catalog.\"POSIX\""]),
        "int4range" | "int8range" => numbered(&|k| format!("[{k}0,{k}5)")),
        "numrange" => numbered(&|k| format!("[{k},{k}.5)")),
        "daterange" => numbered(&|k| format!("[2026-01-{k:02},2026-02-{k:02})")),
        "tsrange" => numbered(&|k| format!("[2026-01-{k:02} 10:00,2026-01-{k:02} 11:00)")),
        "tstzrange" => numbered(&|k| format!("[2026-01-{k:02} 10:00+00,2026-01-{k:02} 11:00+00)")),
        "int4multirange" | "int8multirange" | "nummultirange" => {
            numbered(&|k| format!("{{[{k},{}),[100,200)}}", k + 1))
        }
        "datemultirange" => numbered(&|k| format!("{{[2026-01-{k:02},2026-02-{k:02})}}")),
        "tsmultirange" => numbered(&|k| format!("{{[2026-01-{k:02} 10:00,2026-01-{k:02} 11:00)}}")),
        "tstzmultirange" => {
            numbered(&|k| format!("{{[2026-01-{k:02} 10:00+00,2026-01-{k:02} 11:00+00)}}"))
        }
        "hstore" => numbered(&|k| format!("\"a\"=>\"{k}\", \"b\"=>NULL")),
        "ltree" => numbered(&|k| format!("top.w{k}")),
        "vector" | "halfvec" => {
            numbered(&|k| format!("[{}]", vec![k.to_string(); modifier.unwrap_or(3)].join(",")))
        }
        "geometry" | "geography" => numbered(&|k| format!("POINT({k} 2)")),
        // What a type nobody knows of may take; what it does not is left out.
        _ => listed(&["1", "2", "3", "a", "b", "(1,2)", "{}", "0"]),
    }
}

fn words(longest: Option<usize>) -> Vec<String> {
    match longest {
        // As many as there are letters for.
        Some(length @ ..5) => {
            (b'a'..=b'h').map(|it| char::from(it).to_string().repeat(length.min(1))).collect()
        }
        Some(length) => {
            WORDS.iter().map(|word| word[..word.len().min(length)].to_owned()).collect()
        }
        None => WORDS.iter().map(|word| (*word).to_owned()).collect(),
    }
}

/// Numbers with as many digits before the point as there is room for, and all those behind it.
fn numerics(modifiers: &[i64]) -> Vec<String> {
    let (precision, scale) = match modifiers {
        [precision, scale, ..] => (*precision, *scale),
        [precision] => (*precision, 0),
        [] => (20, 3),
    };
    let places = usize::try_from(scale).unwrap_or(0);
    let fraction = |k: usize| format!("{:0>places$}", k % 10);
    (1..=8)
        .map(|k| match (precision > scale, places) {
            (true, 0) => k.to_string(),
            (true, _) => format!("{k}.{}", fraction(k)),
            (false, _) => format!("0.{}", fraction(k)),
        })
        .collect()
}

/// Ascending, and then one each of the far past and future.
fn timestamps(text: impl Fn(&str, &str) -> String) -> Vec<String> {
    [
        ("2026-01-01", "00:00:00"),
        ("2026-01-01", "00:05:00"),
        ("2026-01-01", "12:30:00.123456"),
        ("2026-01-02", "00:00:00"),
        ("2026-01-08", "01:00:00"),
        ("2026-01-31", "00:00:00"),
        ("2026-12-31", "23:59:59"),
        ("2101-06-01", "00:00:00"),
        ("2001-02-03", "04:05:06"),
    ]
    .iter()
    .map(|(day, time)| text(day, time))
    .collect::<std::collections::BTreeSet<_>>()
    .into_iter()
    .collect()
}
