//! A catalog as a JSON document that can be kept: in a repository, or in the ledger.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Catalog, CatalogObject, Kind, ObjectKey, Scope};
use crate::model::{Diagnose, Digest, Engine, Problem, ProblemKind};

/// The format this program writes, and the only one it reads.
const FORMAT: u64 = 1;

/// The document without its objects.
#[derive(Serialize, Deserialize)]
struct Head {
    format: u64,
    engine: Engine,
    major: u32,
    scope: Scope,
    /// Of the schema, as [`Catalog::digest`] tells it.
    digest: String,
}

/// Why a document is no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SnapshotError {
    /// It cannot be read as JSON.
    #[error("it is not JSON: {0}")]
    Json(String),
    /// It is JSON of another kind.
    #[error("it is not a snapshot: {0}")]
    NotASnapshot(String),
    /// Another version of turnback wrote it.
    #[error("it has the format {0}, and this turnback reads the format {FORMAT}")]
    Format(u64),
    /// One of its objects is none.
    #[error("object {number} of it is not one: {reason}")]
    Object {
        /// Its place in the list, from 1.
        number: usize,
        /// What is wrong.
        reason: String,
    },
    /// Two of its objects have one name.
    #[error("it lists {0} twice")]
    Twice(Box<ObjectKey>),
    /// Somebody changed it.
    #[error("it was changed: its objects have the digest {computed}, and it says {stated}")]
    Digest {
        /// The digest in the document.
        stated: String,
        /// The digest of the objects in it.
        computed: Digest,
    },
}

impl Diagnose for SnapshotError {
    fn problem(&self) -> Problem {
        let problem = Problem::new(ProblemKind::Usage, self.to_string());
        match self {
            Self::Format(found) if *found > FORMAT => {
                problem.hint("a newer turnback wrote it, and can read it")
            }
            Self::Json(_) | Self::NotASnapshot(_) => {
                problem.hint("`turnback snapshot -o FILE.json` writes one")
            }
            Self::Format(_) | Self::Object { .. } | Self::Twice(_) | Self::Digest { .. } => {
                problem.hint("`turnback snapshot` makes it anew; it is not meant to be edited")
            }
        }
    }
}

/// The document, objects in order, a line for each property. It ends in a newline.
pub fn write_snapshot(catalog: &Catalog) -> String {
    let head = Head {
        format: FORMAT,
        engine: catalog.engine,
        major: catalog.major,
        scope: catalog.scope.clone(),
        digest: catalog.digest().to_string(),
    };
    let objects: Vec<&CatalogObject> = catalog.objects.values().collect();
    let mut document = serde_json::to_value(head).expect("strings and numbers are JSON");
    document["objects"] = serde_json::to_value(objects).expect("strings are JSON");
    let text = serde_json::to_string_pretty(&document).expect("a JSON value can be written");
    text + "\n"
}

/// Reads the document, and believes none of it unseen.
pub fn read_snapshot(text: &str) -> Result<Catalog, SnapshotError> {
    let mut document: Value =
        serde_json::from_str(text).map_err(|error| SnapshotError::Json(error.to_string()))?;
    let not_one = |reason: &str| SnapshotError::NotASnapshot(reason.to_owned());
    let format = document.get("format").ok_or_else(|| not_one("it names no format"))?;
    let format = format.as_u64().ok_or_else(|| not_one("its format is no number"))?;
    if format != FORMAT {
        return Err(SnapshotError::Format(format));
    }
    let Some(Value::Array(objects)) = document.get_mut("objects").map(Value::take) else {
        return Err(not_one("it has no list of objects"));
    };
    let head: Head =
        serde_json::from_value(document).map_err(|error| not_one(&error.to_string()))?;
    let mut seen = BTreeSet::new();
    let mut read = Vec::with_capacity(objects.len());
    for (number, object) in (1..).zip(objects) {
        let object =
            read_object(object).map_err(|reason| SnapshotError::Object { number, reason })?;
        if !seen.insert(object.key.clone()) {
            return Err(SnapshotError::Twice(Box::new(object.key)));
        }
        read.push(object);
    }
    let catalog = Catalog::new(head.engine, head.major, head.scope, read);
    let computed = catalog.digest();
    if computed.as_str() != head.digest {
        return Err(SnapshotError::Digest { stated: head.digest, computed });
    }
    Ok(catalog)
}

fn read_object(value: Value) -> Result<CatalogObject, String> {
    const KEYS: [&str; 6] = ["kind", "schema", "parent", "name", "properties", "noted"];
    let unknown = |map: &Map<String, Value>| {
        map.keys().find(|key| !KEYS.contains(&key.as_str())).map(|key| format!("unknown key {key}"))
    };
    if let Some(reason) = value.as_object().and_then(unknown) {
        return Err(reason);
    }
    let object: CatalogObject = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let has_parent = matches!(
        object.key.kind,
        Kind::Column | Kind::Constraint | Kind::Index | Kind::Trigger | Kind::Rule | Kind::Policy
    );
    if has_parent != object.key.parent.is_some() {
        let word = if has_parent { "needs" } else { "cannot have" };
        return Err(format!("{} {word} a parent", object.key));
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn sample() -> Catalog {
        let key = |kind, parent: Option<&str>, name: &str| ObjectKey {
            kind,
            schema: Some("app".into()),
            parent: parent.map(str::to_owned),
            name: name.into(),
        };
        let mut column = CatalogObject::new(key(Kind::Column, Some("users"), "id"));
        column.properties.insert("type".into(), "bigint".into());
        column.noted.insert("position".into(), "1".into());
        let objects = [CatalogObject::new(key(Kind::Table, None, "users")), column];
        let scope = Scope { schemas: ["app".to_owned()].into() };
        Catalog::new(Engine::Postgres, 15, scope, objects)
    }

    fn document() -> Value {
        serde_json::from_str(&write_snapshot(&sample())).unwrap()
    }

    #[track_caller]
    fn refusal(document: &Value) -> String {
        read_snapshot(&document.to_string()).unwrap_err().to_string()
    }

    #[test]
    fn a_snapshot_is_a_document_of_this_form() {
        let text = write_snapshot(&sample());
        assert!(text.ends_with("}\n"));
        let mut document: Value = serde_json::from_str(&text).unwrap();
        document["digest"] = json!("…");
        assert_eq!(
            document,
            json!({
                "format": 1,
                "engine": "postgresql",
                "major": 15,
                "scope": { "schemas": ["app"] },
                "digest": "…",
                "objects": [
                    { "kind": "table", "schema": "app", "name": "users" },
                    {
                        "kind": "column", "schema": "app", "parent": "users", "name": "id",
                        "properties": { "type": "bigint" },
                        "noted": { "position": "1" },
                    },
                ],
            })
        );
    }

    #[test]
    fn what_is_not_a_snapshot_is_refused_with_the_reason() {
        assert!(read_snapshot("CREATE TABLE").unwrap_err().to_string().contains("line 1"));
        for other in [json!([]), json!({}), json!({ "format": "1" }), json!({ "format": 1 })] {
            assert!(refusal(&other).starts_with("it is not a snapshot: "), "{other}");
        }
        let changed = |change: fn(&mut Value)| {
            let mut document = document();
            change(&mut document);
            refusal(&document)
        };
        assert_eq!(
            changed(|it| it["format"] = json!(2)),
            "it has the format 2, and this turnback reads the format 1"
        );
        assert!(changed(|it| it["engine"] = json!("oracle")).contains("oracle"));
        assert!(changed(|it| it["objects"][1]["kind"] = json!("col")).contains("object 2"));
        assert_eq!(
            changed(|it| it["objects"][1]["propertys"] = json!({})),
            "object 2 of it is not one: unknown key propertys"
        );
        assert_eq!(
            changed(|it| it["objects"][0]["parent"] = json!("a")),
            "object 1 of it is not one: table app.a.users cannot have a parent"
        );
        assert_eq!(
            changed(|it| it["objects"][1] = it["objects"][0].clone()),
            "it lists table app.users twice"
        );
        assert!(
            changed(|it| it["objects"][1]["properties"]["type"] = json!("int"))
                .starts_with("it was changed: its objects have the digest ")
        );
    }

    prop_compose! {
        fn object()(
            kind in proptest::sample::select(Kind::ALL.to_vec()),
            schema in proptest::option::of(".{0,8}"),
            parent in ".{0,8}",
            name in ".{0,8}",
            properties in proptest::collection::btree_map(".{0,8}", ".{0,20}", 0..4),
            noted in proptest::collection::btree_map(".{0,8}", ".{0,20}", 0..2),
        ) -> CatalogObject {
            let has_parent = matches!(kind, Kind::Column | Kind::Constraint | Kind::Index
                | Kind::Trigger | Kind::Rule | Kind::Policy);
            let parent = has_parent.then_some(parent);
            let key = ObjectKey { kind, schema, parent, name };
            CatalogObject { properties, noted, ..CatalogObject::new(key) }
        }
    }

    proptest! {
        #[test]
        fn any_catalog_comes_back_as_it_was(
            objects in proptest::collection::vec(object(), 0..12),
            schemas in proptest::collection::btree_set(".{0,6}", 0..3),
        ) {
            let catalog = Catalog::new(Engine::Sqlite, 3, Scope { schemas }, objects);
            let text = write_snapshot(&catalog);
            let read = read_snapshot(&text);
            prop_assert_eq!(read.as_ref(), Ok(&catalog));
            prop_assert_eq!(write_snapshot(&catalog), text);
        }
    }
}
