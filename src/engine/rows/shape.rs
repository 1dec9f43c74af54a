//! Tables as whoever makes up rows sees them: what has a value, and what the values must satisfy.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, CatalogObject, Kind};
use crate::model::{Engine, ObjectName};
use crate::sql::{
    Clues, ConstraintText, clues, listed_columns, read_constraint, unique_index_columns,
};

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub name: ObjectName,
    /// Those that are given a value, by name.
    pub columns: Vec<Column>,
    /// Columns whose values together are in no two rows.
    pub keys: Vec<Vec<usize>>,
    pub references: Vec<Reference>,
    pub checks: Vec<Check>,
    /// What the bounds of its partitions say, with the columns of its partition key.
    pub bounds: Option<(Vec<usize>, Clues)>,
    /// Whether some of this is only asked by later versions.
    pub has_later: bool,
}

/// A column that is given a value.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    pub data_type: String,
    pub not_null: bool,
    /// Whether it gets a value by itself.
    pub has_default: bool,
    /// The type it is to have one day.
    pub becomes: Option<String>,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub columns: Vec<usize>,
    pub table: ObjectName,
    pub referenced: Vec<String>,
    /// Whether it can be checked when all rows are there.
    pub deferrable: bool,
    /// Whether only a later version asks for it.
    pub is_later: bool,
}

/// A condition on the values of a row.
#[derive(Debug, Clone)]
pub(super) struct Check {
    pub name: String,
    pub expression: String,
    pub columns: Vec<usize>,
    pub clues: Clues,
}

impl Table {
    /// Where a column stands among those that are given a value.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    fn indices(&self, names: &[String]) -> Option<Vec<usize>> {
        names.iter().map(|name| self.index_of(name)).collect()
    }

    /// Adds a condition if it is on columns that are given a value, and on no other.
    pub fn add_check(&mut self, engine: Engine, name: &str, expression: String, all: &[String]) {
        let clues = clues(engine, &expression);
        let named: BTreeSet<&String> =
            all.iter().filter(|column| is_named(engine, &clues, column)).collect();
        let columns: Option<Vec<usize>> =
            named.into_iter().map(|column| self.index_of(column)).collect();
        if let Some(columns) = columns.filter(|columns| !columns.is_empty()) {
            self.checks.push(Check { name: name.to_owned(), expression, columns, clues });
        }
    }
}

fn is_named(engine: Engine, clues: &Clues, column: &str) -> bool {
    clues.names.iter().any(|name| match engine {
        Engine::Postgres => name == column,
        Engine::Sqlite => name.eq_ignore_ascii_case(column),
    })
}

/// The ordinary tables of a catalog by name. Partitions are part of their root.
pub(super) fn tables(catalog: &Catalog) -> BTreeMap<ObjectName, Table> {
    let children = Children::of(catalog);
    let is_own = |table: &&CatalogObject| {
        !table.properties.contains_key("partition_of")
            && !table.properties.contains_key("virtual")
            && !table.properties.contains_key("shadow")
    };
    let objects = catalog.objects.values().filter(|object| object.key.kind == Kind::Table);
    let mut tables: BTreeMap<ObjectName, Table> = objects
        .filter(is_own)
        .map(|object| {
            let table = table(catalog.engine, object, &children);
            (table.name.clone(), table)
        })
        .collect();
    refer_to_primary_keys(&mut tables, &children, catalog.engine);
    tables
}

/// What belongs to each table or domain.
struct Children<'a>(BTreeMap<(Kind, ObjectName), Vec<&'a CatalogObject>>, Vec<&'a CatalogObject>);

impl<'a> Children<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        let mut children: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut partitions = Vec::new();
        for object in catalog.objects.values() {
            let key = &object.key;
            if let Some(parent) = &key.parent {
                let parent = ObjectName { schema: key.schema.clone(), name: parent.clone() };
                children.entry((key.kind, parent)).or_default().push(object);
            }
            if object.properties.contains_key("partition_bound") {
                partitions.push(object);
            }
        }
        Self(children, partitions)
    }

    fn get(&self, kind: Kind, parent: &ObjectName) -> &[&'a CatalogObject] {
        self.0.get(&(kind, parent.clone())).map_or(&[], Vec::as_slice)
    }

    /// The bounds of a table's partitions, and of theirs.
    fn bounds(&self, root: &ObjectName) -> String {
        let mut text = String::new();
        let of_root = self.1.iter().filter(|partition| {
            partition.properties.get("partition_of").is_some_and(|it| *it == root.to_string())
        });
        for partition in of_root {
            text += partition.properties.get("partition_bound").map_or("", String::as_str);
            text.push('\n');
            text += &self.bounds(&name_of(partition));
        }
        text
    }
}

fn name_of(object: &CatalogObject) -> ObjectName {
    ObjectName { schema: object.key.schema.clone(), name: object.key.name.clone() }
}

fn table(engine: Engine, object: &CatalogObject, children: &Children<'_>) -> Table {
    let name = name_of(object);
    let own = children.get(Kind::Column, &name);
    let mut table = Table {
        name: name.clone(),
        columns: own.iter().filter_map(|column| of_column(column)).collect(),
        keys: Vec::new(),
        references: Vec::new(),
        checks: Vec::new(),
        bounds: None,
        has_later: false,
    };
    let all: Vec<String> = own.iter().map(|column| column.key.name.clone()).collect();
    for constraint in children.get(Kind::Constraint, &name) {
        let Some(definition) = constraint.properties.get("definition") else { continue };
        match read_constraint(engine, definition) {
            ConstraintText::Key { columns, .. } => table.keys.extend(table.indices(&columns)),
            ConstraintText::Foreign { columns, table: to, referenced, deferrable } => {
                let to = ObjectName { schema: to.schema.or_else(|| name.schema.clone()), ..to };
                // SQLite can put off any of them.
                let deferrable = deferrable || engine == Engine::Sqlite;
                if let Some(columns) = table.indices(&columns) {
                    let is_later = false;
                    let reference =
                        Reference { columns, table: to, referenced, deferrable, is_later };
                    table.references.push(reference);
                }
            }
            ConstraintText::Check(expression) => {
                table.add_check(engine, &constraint.key.name, expression, &all);
            }
            ConstraintText::Other => {}
        }
    }
    for index in children.get(Kind::Index, &name) {
        let columns = unique_columns(engine, index);
        table.keys.extend(columns.and_then(|columns| table.indices(&columns)));
    }
    table.keys.sort();
    table.keys.dedup();
    if let Some(key) = object.properties.get("partition_key") {
        let bounds = clues(engine, &children.bounds(&name));
        let named = clues(engine, key);
        let columns = (0..table.columns.len())
            .filter(|index| is_named(engine, &named, &table.columns[*index].name));
        table.bounds = Some((columns.collect(), bounds));
    }
    table
}

/// `None` for a column whose value is the server's own affair.
fn of_column(object: &CatalogObject) -> Option<Column> {
    let property = |name: &str| object.properties.get(name).map(String::as_str);
    let default = property("default");
    let counts = default.is_some_and(|default| default.contains("nextval("));
    if counts || property("generated").is_some() || property("identity").is_some() {
        return None;
    }
    Some(Column {
        name: object.key.name.clone(),
        data_type: property("type").unwrap_or_default().to_owned(),
        not_null: property("not_null").is_some(),
        has_default: default.is_some(),
        becomes: None,
    })
}

fn unique_columns(engine: Engine, index: &CatalogObject) -> Option<Vec<String>> {
    let property = |name: &str| index.properties.get(name);
    match engine {
        Engine::Postgres => unique_index_columns(property("definition")?),
        Engine::Sqlite => {
            property("unique")?;
            listed_columns(engine, property("columns")?)
        }
    }
}

/// A reference that names no columns means the primary key.
fn refer_to_primary_keys(
    tables: &mut BTreeMap<ObjectName, Table>,
    children: &Children<'_>,
    engine: Engine,
) {
    for table in tables.values_mut() {
        for reference in table.references.iter_mut().filter(|it| it.referenced.is_empty()) {
            let constraints = children.get(Kind::Constraint, &reference.table);
            let definitions = constraints.iter().filter_map(|it| it.properties.get("definition"));
            let keys = definitions.filter_map(|text| match read_constraint(engine, text) {
                ConstraintText::Key { columns, primary: true } => Some(columns),
                _ => None,
            });
            reference.referenced = keys.into_iter().next().unwrap_or_default();
        }
        // One whose columns cannot be told is nothing to go by.
        table.references.retain(|it| it.referenced.len() == it.columns.len());
    }
}
