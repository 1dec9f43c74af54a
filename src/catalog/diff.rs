//! How two catalogs differ.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Catalog, CatalogObject, ObjectKey};

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It should be there and is not.
    Missing,
    /// It is there and should not be.
    Unexpected,
    /// It is there, but not as it should be.
    Altered,
    /// Only what is noted differs: a column's place, an extension's version.
    Minor,
    /// Servers of two majors wrote its definition, each in its own way; whether it differs cannot
    /// be told.
    NotComparable,
}

impl Change {
    /// Whether the schema differs, for all anybody's SQL can tell.
    pub const fn matters(self) -> bool {
        matches!(self, Self::Missing | Self::Unexpected | Self::Altered)
    }

    /// The word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotComparable => "not_comparable",
            _ => self.word(),
        }
    }

    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::Altered => "altered",
            Self::Minor => "minor",
            Self::NotComparable => "not comparable",
        }
    }
}

/// One object that differs between two catalogs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which one.
    pub key: ObjectKey,
    /// How.
    pub change: Change,
    /// As it should be.
    pub expected: Option<CatalogObject>,
    /// As it is.
    pub actual: Option<CatalogObject>,
}

impl Difference {
    /// How an object differs between two catalogs, if it does.
    pub(super) fn of(key: &ObjectKey, expected: &Catalog, actual: &Catalog) -> Option<Self> {
        let same_server = expected.major == actual.major;
        let (expected, actual) = (expected.objects.get(key), actual.objects.get(key));
        let change = change(expected, actual, same_server)?;
        let (expected, actual) = (expected.cloned(), actual.cloned());
        Some(Self { key: key.clone(), change, expected, actual })
    }
}

/// The properties whose text a server derives from its own inner form of a query, by the property's
/// name. `PostgreSQL` 16 stopped qualifying the columns of views over one table, for one. Policies
/// are there where they hold a query of their own.
const DEPARSED: [&str; 4] = ["query", "sql_body", "using_query", "check_query"];

/// The objects in which two catalogs differ, by name. Both are taken whole: narrow them first with
/// [`Catalog::within`] where their scopes differ.
pub fn differences(expected: &Catalog, actual: &Catalog) -> Vec<Difference> {
    let keys: BTreeSet<&ObjectKey> = expected.objects.keys().chain(actual.objects.keys()).collect();
    keys.into_iter().filter_map(|key| Difference::of(key, expected, actual)).collect()
}

/// How an object changed, if it did.
fn change(
    expected: Option<&CatalogObject>,
    actual: Option<&CatalogObject>,
    same_server: bool,
) -> Option<Change> {
    match (expected, actual) {
        (None, None) => None,
        (Some(_), None) => Some(Change::Missing),
        (None, Some(_)) => Some(Change::Unexpected),
        (Some(expected), Some(actual)) if expected.properties == actual.properties => {
            (expected.noted != actual.noted).then_some(Change::Minor)
        }
        (Some(expected), Some(actual)) => {
            let only_deparsed = altered(expected, actual).all(|name| DEPARSED.contains(&name));
            Some(if only_deparsed && !same_server {
                Change::NotComparable
            } else {
                Change::Altered
            })
        }
    }
}

/// The names of the properties that differ.
fn altered<'a>(
    expected: &'a CatalogObject,
    actual: &'a CatalogObject,
) -> impl Iterator<Item = &'a str> {
    let names: BTreeSet<&String> =
        expected.properties.keys().chain(actual.properties.keys()).collect();
    names
        .into_iter()
        .filter(|name| expected.properties.get(*name) != actual.properties.get(*name))
        .map(String::as_str)
}
