//! Catalogs as the ledger keeps them: once each, and mostly as what changed since another one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Catalog, CatalogObject, ObjectKey, Scope};
use crate::model::{Diagnose, Digest, Engine, Problem, ProblemKind};

/// How many changes are followed back to a catalog that is stored whole. A thousand migrations of a
/// large schema stay small, and no reading has far to go.
const LONGEST_CHAIN: u32 = 64;

/// A catalog as a row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogRow {
    /// The catalog's [record digest](Catalog::record_digest).
    pub digest: Digest,
    /// The catalog this one is described against; `None` where it is stored whole.
    pub base: Option<Digest>,
    /// How many rows lie between it and a whole one.
    pub depth: u32,
    /// The schemas it covers, as a JSON array.
    pub schemas: String,
    /// The catalog, or what changed, as JSON.
    pub body: String,
}

/// Why a stored catalog cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Its row, or one it builds on, is not there.
    #[error("the recorded catalog {0} is not in the ledger")]
    Absent(Digest),
    /// Its row is not what turnback wrote.
    #[error("the recorded catalog {digest} cannot be read: {reason}")]
    Unreadable {
        /// Which one.
        digest: Digest,
        /// What is wrong.
        reason: String,
    },
}

impl Diagnose for RecordError {
    fn problem(&self) -> Problem {
        Problem::new(ProblemKind::Mismatch, self.to_string())
            .note("rows of turnback's record were changed or removed by hand")
            .hint("restore the ledger's rows from a backup of the database")
    }
}

#[derive(Serialize, Deserialize)]
struct Body<'a> {
    engine: Engine,
    major: u32,
    scope: Scope,
    objects: Vec<Cow<'a, CatalogObject>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    removed: Vec<ObjectKey>,
}

impl CatalogRow {
    /// A catalog stored whole.
    pub fn whole(catalog: &Catalog) -> Self {
        Self::new(catalog, None, 0, catalog.objects.values(), Vec::new())
    }

    /// A catalog stored as what changed since `base`, of that digest, or whole where the chain
    /// would grow long.
    pub fn since(catalog: &Catalog, base: &Catalog, digest: &Digest, base_depth: u32) -> Self {
        if base_depth >= LONGEST_CHAIN {
            return Self::whole(catalog);
        }
        let changed = catalog.objects.values().filter(|it| base.objects.get(&it.key) != Some(it));
        let removed = base.objects.keys().filter(|key| !catalog.objects.contains_key(key));
        Self::new(
            catalog,
            Some(digest.clone()),
            base_depth + 1,
            changed,
            removed.cloned().collect(),
        )
    }

    fn new<'a>(
        catalog: &Catalog,
        base: Option<Digest>,
        depth: u32,
        objects: impl Iterator<Item = &'a CatalogObject>,
        removed: Vec<ObjectKey>,
    ) -> Self {
        let body = Body {
            engine: catalog.engine,
            major: catalog.major,
            scope: catalog.scope.clone(),
            objects: objects.map(Cow::Borrowed).collect(),
            removed,
        };
        let json = "texts, numbers and lists of them are JSON";
        Self {
            digest: catalog.record_digest(),
            base,
            depth,
            schemas: serde_json::to_string(&catalog.scope.schemas).expect(json),
            body: serde_json::to_string(&body).expect(json),
        }
    }

    /// The schemas that a ledger row's `schemas` names.
    pub fn parse_schemas(json: &str) -> BTreeSet<String> {
        serde_json::from_str(json).unwrap_or_default()
    }
}

/// Puts a catalog together from the ledger's rows, by digest.
pub fn decode(
    digest: &Digest,
    rows: &BTreeMap<Digest, CatalogRow>,
) -> Result<Catalog, RecordError> {
    let mut chain = Vec::new();
    let mut next = Some(digest);
    while let Some(wanted) = next {
        let row = rows.get(wanted).ok_or_else(|| RecordError::Absent(wanted.clone()))?;
        if chain.len() > rows.len() {
            return Err(unreadable(digest, "its rows name each other in a circle"));
        }
        chain.push(row);
        next = row.base.as_ref();
    }
    let mut objects = BTreeMap::new();
    let mut head = None;
    for row in chain.into_iter().rev() {
        let body: Body<'_> =
            serde_json::from_str(&row.body).map_err(|error| unreadable(digest, error))?;
        for key in &body.removed {
            objects.remove(key);
        }
        let changed = body.objects.into_iter().map(Cow::into_owned);
        objects.extend(changed.map(|object| (object.key.clone(), object)));
        head = Some((body.engine, body.major, body.scope));
    }
    let (engine, major, scope) = head.ok_or_else(|| RecordError::Absent(digest.clone()))?;
    let catalog = Catalog { engine, major, scope, objects };
    if catalog.record_digest() != *digest {
        return Err(unreadable(digest, "its text does not have that digest"));
    }
    Ok(catalog)
}

fn unreadable(digest: &Digest, reason: impl fmt::Display) -> RecordError {
    RecordError::Unreadable { digest: digest.clone(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    fn catalog(tables: &[(&str, &str)]) -> Catalog {
        let objects = tables.iter().map(|(name, owner)| {
            let mut object = CatalogObject::new(ObjectKey {
                kind: Kind::Table,
                schema: Some("app".into()),
                parent: None,
                name: (*name).into(),
            });
            object.properties.insert("owner".into(), (*owner).into());
            object
        });
        let scope = Scope { schemas: ["app".to_owned()].into() };
        Catalog::new(Engine::Postgres, 15, scope, objects)
    }

    fn rows(rows: impl IntoIterator<Item = CatalogRow>) -> BTreeMap<Digest, CatalogRow> {
        rows.into_iter().map(|row| (row.digest.clone(), row)).collect()
    }

    #[test]
    fn what_changed_leads_back_to_the_whole() {
        let first = catalog(&[("a", "x"), ("b", "x"), ("c", "x")]);
        let second = catalog(&[("a", "y"), ("c", "x"), ("d", "x")]);
        let third = catalog(&[("d", "z")]);
        let stored = rows([
            CatalogRow::whole(&first),
            CatalogRow::since(&second, &first, &first.record_digest(), 0),
            CatalogRow::since(&third, &second, &second.record_digest(), 1),
        ]);
        for catalog in [first, second, third] {
            assert_eq!(decode(&catalog.record_digest(), &stored).unwrap(), catalog);
        }
    }

    #[test]
    fn a_long_chain_begins_anew() {
        let (first, second) = (catalog(&[("a", "x")]), catalog(&[("b", "x")]));
        assert_eq!(
            CatalogRow::since(&second, &first, &first.record_digest(), LONGEST_CHAIN).base,
            None
        );
    }

    #[test]
    fn a_row_edited_by_hand_is_found_out() {
        let first = catalog(&[("a", "x")]);
        let digest = first.record_digest();
        let mut row = CatalogRow::whole(&first);
        row.body = row.body.replace("\"x\"", "\"y\"");
        let error = decode(&digest, &rows([row])).unwrap_err();
        assert!(matches!(error, RecordError::Unreadable { .. }), "{error}");
        assert!(matches!(decode(&digest, &rows([])).unwrap_err(), RecordError::Absent(_)));
    }
}
