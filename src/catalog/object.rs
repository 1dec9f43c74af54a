//! One object: its name, its properties, its fingerprint.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::model::{Digest, quoted_where_needed};

/// What tells an object from every other one, whatever the server's own number for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectKey {
    /// What it is.
    pub kind: Kind,
    /// The schema it lies in, where the kind has schemas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The table, view or domain it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Its own name, as the database holds it; a function's with the types of its arguments, as
    /// the server writes them.
    pub name: String,
}

impl ObjectKey {
    /// `app.users.id`, quoted where SQL would need quotes; a function's signature as it is.
    pub fn path(&self) -> String {
        let above = [&self.schema, &self.parent].into_iter().flatten();
        let above: String = above.map(|part| quoted_where_needed(part) + ".").collect();
        above + &self.own_name()
    }

    /// The last part of the path.
    pub(super) fn own_name(&self) -> String {
        match self.kind {
            Kind::Function | Kind::Procedure | Kind::Aggregate | Kind::DefaultPrivileges => {
                self.name.clone()
            }
            _ => quoted_where_needed(&self.name),
        }
    }
}

impl fmt::Display for ObjectKey {
    /// `column app.users.id`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.path())
    }
}

/// An object as the catalog knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogObject {
    /// Which one it is.
    #[serde(flatten)]
    pub key: ObjectKey,
    /// What makes it what it is, by the property's name. A property that has its default value is
    /// left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
    /// What is worth knowing but makes no difference to anybody's SQL: where a column stands, the
    /// version of an extension. It does not enter the fingerprint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub noted: BTreeMap<String, String>,
}

impl CatalogObject {
    /// An object that has no properties yet.
    pub fn new(key: ObjectKey) -> Self {
        Self { key, properties: BTreeMap::new(), noted: BTreeMap::new() }
    }

    /// The SHA-256 of name and properties.
    pub fn digest(&self) -> Digest {
        Digest::of(self.canonical())
    }

    /// Name and properties as one text that no other object shares.
    pub(super) fn canonical(&self) -> String {
        let mut text = String::new();
        self.write_key(&mut text);
        write_pairs(&mut text, &self.properties);
        text.push('\n');
        text
    }

    /// The same with what is only noted.
    pub(super) fn canonical_with_notes(&self) -> String {
        let mut text = self.canonical();
        write_pairs(&mut text, &self.noted);
        text.push('\n');
        text
    }

    fn write_key(&self, text: &mut String) {
        let ObjectKey { kind, schema, parent, name } = &self.key;
        text.push_str(kind.word());
        for part in [schema.as_deref(), parent.as_deref(), Some(name)] {
            match part {
                Some(part) => write_framed(text, part),
                None => text.push('-'),
            }
        }
    }
}

/// With its length in front, so that no two lists of texts look alike.
fn write_framed(text: &mut String, part: &str) {
    text.push_str(&part.len().to_string());
    text.push(':');
    text.push_str(part);
}

fn write_pairs(text: &mut String, pairs: &BTreeMap<String, String>) {
    for (name, value) in pairs {
        write_framed(text, name);
        write_framed(text, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str) -> CatalogObject {
        let key = ObjectKey {
            kind: Kind::Column,
            schema: Some("app".into()),
            parent: Some("Users".into()),
            name: name.into(),
        };
        CatalogObject::new(key)
    }

    #[test]
    fn a_name_is_quoted_where_sql_would_quote_it() {
        assert_eq!(column("id").key.to_string(), "column app.\"Users\".id");
        assert_eq!(column("a b").key.to_string(), "column app.\"Users\".\"a b\"");
    }

    #[test]
    fn what_is_noted_is_no_part_of_the_fingerprint() {
        let mut moved = column("id");
        moved.noted.insert("position".into(), "2".into());
        assert_eq!(moved.digest(), column("id").digest());
        assert_ne!(moved.canonical_with_notes(), column("id").canonical_with_notes());
    }

    #[test]
    fn values_cannot_run_into_each_other() {
        let with = |pairs: &[(&str, &str)]| {
            let mut object = column("id");
            object.properties =
                pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            object.digest()
        };
        assert_ne!(with(&[("ab", "c")]), with(&[("a", "bc")]));
        assert_ne!(with(&[("a", "1"), ("b", "2")]), with(&[("a", "11:b2:2")]));
    }
}
