//! A whole catalog.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{CatalogObject, ObjectKey};
use crate::model::{Digest, Engine};

/// Which part of a database a catalog covers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scope {
    /// The schemas, where the engine has any; none at all means every schema that is neither the
    /// server's own nor turnback's. What belongs to no schema, such as extensions, is always in.
    pub schemas: BTreeSet<String>,
}

impl Scope {
    /// Whether objects of the schema belong to it.
    pub fn covers(&self, schema: Option<&str>) -> bool {
        schema.is_none_or(|schema| self.schemas.is_empty() || self.schemas.contains(schema))
    }
}

/// A schema as it was found, or as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    /// The engine.
    pub engine: Engine,
    /// The server's major version, `15`; 3 for `SQLite`. Servers of different majors may write the
    /// same definition differently.
    pub major: u32,
    /// What it covers.
    pub scope: Scope,
    /// The objects by name.
    pub objects: BTreeMap<ObjectKey, CatalogObject>,
}

impl Catalog {
    /// A catalog of these objects.
    pub fn new(
        engine: Engine,
        major: u32,
        scope: Scope,
        objects: impl IntoIterator<Item = CatalogObject>,
    ) -> Self {
        let objects = objects.into_iter().map(|object| (object.key.clone(), object)).collect();
        Self { engine, major, scope, objects }
    }

    /// The SHA-256 over all objects, which depends on nothing but the schema: not on the order of
    /// creation, nor on what is only noted.
    pub fn digest(&self) -> Digest {
        Digest::of_parts(self.objects.values().map(CatalogObject::canonical))
    }

    /// The SHA-256 of all that is stored of it: scope and what is only noted included.
    pub fn record_digest(&self) -> Digest {
        let head = format!("{} {} {:?}\n", self.engine, self.major, self.scope.schemas);
        let objects = self.objects.values().map(CatalogObject::canonical_with_notes);
        Digest::of_parts(std::iter::once(head).chain(objects))
    }

    /// The part of it that a narrower scope covers.
    #[must_use]
    pub fn within(&self, scope: &Scope) -> Self {
        let objects = self.objects.values().filter(|object| {
            let schema = match object.key.kind {
                super::Kind::Schema => Some(object.key.name.as_str()),
                _ => object.key.schema.as_deref(),
            };
            scope.covers(schema)
        });
        Self::new(self.engine, self.major, scope.clone(), objects.cloned())
    }
}
