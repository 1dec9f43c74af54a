//! Making objects.

use std::collections::BTreeMap;

use crate::catalog::{CatalogObject, Kind, ObjectKey};

pub(super) fn object(kind: Kind, parent: Option<&str>, name: &str) -> CatalogObject {
    let parent = parent.map(str::to_owned);
    CatalogObject::new(ObjectKey { kind, schema: None, parent, name: name.to_owned() })
}

pub(super) fn set(properties: &mut BTreeMap<String, String>, name: &str, value: impl Into<String>) {
    properties.insert(name.to_owned(), value.into());
}
