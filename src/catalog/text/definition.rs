//! One object as SQL, as far as SQL has words for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{CatalogObject, Kind, ObjectKey};
use crate::model::quoted_where_needed;

/// What reads like SQL, and every property that does not.
#[derive(Debug)]
pub(super) struct Definition<'a> {
    /// The statement without its semicolon; a column or a constraint as it stands in its table's.
    pub sql: String,
    /// The properties that the statement does not tell.
    pub remarks: Vec<(&'a str, &'a str)>,
}

/// An object's properties, of which no one may be forgotten.
struct Left<'a> {
    properties: &'a BTreeMap<String, String>,
    taken: BTreeSet<&'a str>,
}

impl<'a> Left<'a> {
    fn take(&mut self, name: &str) -> Option<&'a str> {
        let (name, value) = self.properties.get_key_value(name)?;
        self.taken.insert(name);
        Some(value)
    }

    /// Takes a property that is either `true` or not there.
    fn take_flag(&mut self, name: &str) -> bool {
        let is_set = self.properties.get(name).is_some_and(|value| value == "true");
        is_set && self.take(name).is_some()
    }
}

pub(super) fn definition(object: &CatalogObject) -> Definition<'_> {
    let mut left = Left { properties: &object.properties, taken: BTreeSet::new() };
    let sql = match object.key.kind {
        Kind::Column => column(&object.key, &mut left),
        Kind::Constraint => constraint(&object.key, &mut left),
        Kind::Table => {
            let head = create(&object.key, &table_words(&mut left));
            // What a virtual table is made of stands for its columns.
            left.take("definition")
                .map_or(head.clone(), |definition| format!("{head} {definition}"))
        }
        Kind::View | Kind::MaterializedView => view(&object.key, &mut left),
        Kind::Index if left.properties.contains_key("columns") => index(&object.key, &mut left),
        _ => general(&object.key, &mut left),
    };
    let remarks = object.properties.iter().filter(|(name, _)| !left.taken.contains(name.as_str()));
    let remarks = remarks.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Definition { sql, remarks }
}

/// `id bigint COLLATE "C" DEFAULT 1 NOT NULL`.
fn column(key: &ObjectKey, left: &mut Left<'_>) -> String {
    let mut words = vec![key.own_name()];
    words.extend(left.take("type").map(str::to_owned));
    words.extend(left.take("collation").map(|name| format!("COLLATE {name}")));
    words.extend(left.take("default").map(|value| format!("DEFAULT {value}")));
    words.extend(left.take("generated").map(|how| format!("GENERATED ALWAYS AS {how}")));
    words.extend(left.take("identity").map(|how| format!("GENERATED {how} AS IDENTITY")));
    if left.take_flag("not_null") {
        words.push("NOT NULL".to_owned());
    }
    words.join(" ")
}

/// A constraint whose name is how its definition starts has none of its own.
fn constraint(key: &ObjectKey, left: &mut Left<'_>) -> String {
    match left.take("definition") {
        Some(definition) if definition.starts_with(&key.name) => definition.to_owned(),
        Some(definition) => format!("CONSTRAINT {} {definition}", key.own_name()),
        None => format!("CONSTRAINT {}", key.own_name()),
    }
}

fn table_words(left: &mut Left<'_>) -> String {
    let virtual_table = left.take_flag("virtual");
    if virtual_table { "VIRTUAL TABLE" } else { "TABLE" }.to_owned()
}

fn view(key: &ObjectKey, left: &mut Left<'_>) -> String {
    let head = create(key, &key.kind.to_string().to_uppercase());
    let columns = left.take("columns").map(|columns| format!(" ({columns})")).unwrap_or_default();
    match left.take("query") {
        Some(query) => format!("{head}{columns} AS\n{}", query.trim_end().trim_end_matches(';')),
        None => head + &columns,
    }
}

fn index(key: &ObjectKey, left: &mut Left<'_>) -> String {
    let unique = if left.take_flag("unique") { "UNIQUE " } else { "" };
    let table = key.parent.as_deref().map(quoted_where_needed).unwrap_or_default();
    let columns = left.take("columns").unwrap_or_default();
    let condition = left.take("where").map(|condition| format!(" WHERE {condition}"));
    format!(
        "CREATE {unique}INDEX {} ON {table} ({columns}){}",
        key.own_name(),
        condition.unwrap_or_default()
    )
}

/// The server's own statement where the catalog has it, else the name.
fn general(key: &ObjectKey, left: &mut Left<'_>) -> String {
    let head = create(key, &key.kind.to_string().to_uppercase());
    match left.take("definition") {
        Some(definition) if starts_with_create(definition) => {
            definition.trim_end().trim_end_matches(';').to_owned()
        }
        Some(definition) => format!("{head} {definition}"),
        None => head,
    }
}

fn starts_with_create(definition: &str) -> bool {
    definition.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("create "))
}

fn create(key: &ObjectKey, words: &str) -> String {
    format!("CREATE {words} {}", key.path())
}
