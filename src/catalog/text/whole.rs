//! A whole catalog.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::definition;
use super::object::{end, remark, statement};
use crate::catalog::{Catalog, CatalogObject, Kind};

/// All objects for people to read and review: by schema, what belongs to a table with its table.
/// The same catalog gives the same text, whatever server it was read from says first.
pub fn catalog_text(catalog: &Catalog) -> String {
    let mut text = format!("-- {} {}\n", catalog.engine, catalog.major);
    if !catalog.scope.schemas.is_empty() {
        let schemas: Vec<&str> = catalog.scope.schemas.iter().map(String::as_str).collect();
        text += &format!("-- schemas: {}\n", schemas.join(", "));
    }
    let family = Family::of(catalog);
    for object in family.heads() {
        let block = family.block(object);
        if !block.is_empty() {
            text.push('\n');
            text += &block;
        }
    }
    tidy(&text)
}

/// No spaces at the ends of lines.
fn tidy(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

type Owner<'a> = (Option<&'a str>, &'a str);

/// The objects, and those that belong to them.
struct Family<'a> {
    heads: Vec<&'a CatalogObject>,
    members: BTreeMap<Owner<'a>, Vec<&'a CatalogObject>>,
}

impl<'a> Family<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        let objects = || catalog.objects.values();
        let owners: BTreeSet<Owner<'_>> =
            objects().filter(|it| has_members(it)).map(own_place).collect();
        let mut family = Self { heads: Vec::new(), members: BTreeMap::new() };
        for object in objects() {
            match owner(object).filter(|owner| owners.contains(owner)) {
                Some(owner) => family.members.entry(owner).or_default().push(object),
                None => family.heads.push(object),
            }
        }
        family
    }

    /// Schema by schema, in between what belongs to none.
    fn heads(&self) -> Vec<&'a CatalogObject> {
        let mut heads = self.heads.clone();
        heads.sort_by_key(|object| {
            let key = &object.key;
            let (part, schema) = match (key.kind, &key.schema) {
                (Kind::Schema, _) => (1, Some(&key.name)),
                (_, Some(schema)) => (1, Some(schema)),
                (Kind::EventTrigger | Kind::Publication | Kind::DefaultPrivileges, None) => {
                    (2, None)
                }
                // Without schemas all is in order by itself.
                (_, None) => (0, None),
            };
            (part, schema, key.clone())
        });
        heads
    }

    fn block(&self, object: &'a CatalogObject) -> String {
        let members = self.members.get(&own_place(object)).filter(|_| has_members(object));
        let members = members.map(Vec::as_slice).unwrap_or_default();
        let is_table = matches!(object.key.kind, Kind::Table | Kind::ForeignTable);
        let mut text = if is_table { table(object, members) } else { statement(object) };
        if object.key.kind == Kind::Database && object.properties.is_empty() {
            text.clear();
        }
        for (name, value) in &object.noted {
            remark(&mut text, name, value);
        }
        for member in members {
            if !is_part(member) {
                text += &statement(member);
            } else if !is_table {
                let lines = statement(member);
                let word = if member.key.kind == Kind::Column { "column " } else { "" };
                text += &format!("-- {word}{}", lines.replace('\n', "\n--   "));
                text.truncate(text.trim_end_matches("\n--   ").len());
                text.push('\n');
            }
        }
        text
    }
}

/// Whether others may name it as their parent. Of those in one schema no two have one name.
fn has_members(object: &CatalogObject) -> bool {
    matches!(
        object.key.kind,
        Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView | Kind::Type
    )
}

/// The place that others name as their parent.
fn own_place(object: &CatalogObject) -> Owner<'_> {
    (object.key.schema.as_deref(), &object.key.name)
}

fn owner(object: &CatalogObject) -> Option<Owner<'_>> {
    object.key.parent.as_deref().map(|parent| (object.key.schema.as_deref(), parent))
}

/// Whether it stands in its table's list.
fn is_part(object: &CatalogObject) -> bool {
    matches!(object.key.kind, Kind::Column | Kind::Constraint)
}

fn table(object: &CatalogObject, members: &[&CatalogObject]) -> String {
    let definition = definition(object);
    let mut parts: Vec<&CatalogObject> =
        members.iter().copied().filter(|member| is_part(member)).collect();
    parts.sort_by_key(|part| {
        const LAST: u32 = u32::MAX;
        let position = part.noted.get("position").and_then(|text| text.parse().ok());
        (part.key.kind, position.unwrap_or(LAST), &part.key.name)
    });
    let mut text = definition.head;
    if !parts.is_empty() {
        text += " (\n";
        for (index, part) in parts.iter().enumerate() {
            let comma = if index + 1 == parts.len() { "" } else { "," };
            text += &element(part, comma);
        }
        text.push(')');
    }
    text += &definition.tail;
    text += end(object.key.kind);
    text.push('\n');
    for (name, value) in definition.remarks {
        remark(&mut text, name, value);
    }
    text
}

/// A column or constraint with its remarks below it.
fn element(part: &CatalogObject, comma: &str) -> String {
    let definition = definition(part);
    let mut lines = format!("{}{comma}\n", definition.head);
    for (name, value) in definition.remarks {
        remark(&mut lines, name, value);
    }
    lines.lines().flat_map(|line| ["    ", line, "\n"]).collect()
}
