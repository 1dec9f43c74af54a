//! Where a catalog differs from another: for `diff`, `verify`, and rollbacks that were refused.

use serde_json::{Value, json};

use super::text::counted;
use crate::catalog::{Change, Difference, difference_text};

/// The differences object by object, each with its definition as it should be (`-`) and as it is
/// (`+`): first those that matter, then what is minor, then what cannot be compared. Empty where
/// there are none.
pub fn drift_text(differences: &[Difference]) -> String {
    let mut text = String::new();
    for it in differences.iter().filter(|it| it.change.matters()) {
        text += &difference_text(it);
    }
    for (change, heading) in [
        (Change::Minor, "Minor, no difference to anybody's SQL:"),
        (
            Change::NotComparable,
            "Not comparable, because servers of two majors wrote these definitions:",
        ),
    ] {
        let of_kind: Vec<_> = differences.iter().filter(|it| it.change == change).collect();
        if !of_kind.is_empty() {
            text += &format!("{heading}\n");
            text.extend(of_kind.into_iter().map(difference_text));
        }
    }
    text
}

/// `1 missing, 2 altered`; empty where there are no differences.
pub fn drift_summary(differences: &[Difference]) -> String {
    let changes = [
        Change::Missing,
        Change::Unexpected,
        Change::Altered,
        Change::Minor,
        Change::NotComparable,
    ];
    let parts = changes.into_iter().filter_map(|change| {
        let count = differences.iter().filter(|it| it.change == change).count();
        (count > 0).then(|| counted(count, change.word(), change.word()))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// `[{kind, object, change, expected, actual}]`, in the order of the differences; what an object
/// is made of stands there as text, or null where there is no such object.
pub fn drift_json(differences: &[Difference]) -> Value {
    differences.iter().map(|it| json!(it.describe())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, CatalogObject, Kind, ObjectKey, Scope, differences};
    use crate::model::Engine;

    fn object(kind: Kind, name: &str, property: (&str, &str), position: &str) -> CatalogObject {
        let parent = (kind == Kind::Column).then(|| "users".to_owned());
        let key = ObjectKey { kind, schema: None, parent, name: name.to_owned() };
        let mut object = CatalogObject::new(key);
        object.properties.insert(property.0.to_owned(), property.1.to_owned());
        if kind == Kind::Column {
            object.noted.insert("position".to_owned(), position.to_owned());
        }
        object
    }

    fn catalog(major: u32, objects: Vec<CatalogObject>) -> Catalog {
        Catalog::new(Engine::Postgres, major, Scope::default(), objects)
    }

    #[test]
    fn each_kind_of_difference_is_told_apart() {
        let expected = catalog(
            15,
            vec![
                object(Kind::Column, "id", ("type", "integer"), "1"),
                object(Kind::Column, "moved", ("type", "text"), "2"),
                object(Kind::Column, "gone", ("type", "text"), "3"),
                object(Kind::View, "v", ("query", "SELECT a"), ""),
            ],
        );
        let actual = catalog(
            16,
            vec![
                object(Kind::Column, "id", ("type", "bigint"), "1"),
                object(Kind::Column, "moved", ("type", "text"), "3"),
                object(Kind::Column, "new", ("type", "text"), "2"),
                object(Kind::View, "v", ("query", "SELECT t.a"), ""),
            ],
        );
        let found = differences(&expected, &actual);
        assert_eq!(
            drift_summary(&found),
            "1 missing, 1 unexpected, 1 altered, 1 minor, 1 not comparable"
        );
        insta::assert_snapshot!(drift_text(&found), @"
          missing: column users.gone
            - gone text
            - -- position: 3
          altered: column users.id
            - id integer
            + id bigint
              -- position: 1
          unexpected: column users.new
            + new text
            + -- position: 2
        Minor, no difference to anybody's SQL:
          minor: column users.moved
              moved text
            - -- position: 2
            + -- position: 3
        Not comparable, because servers of two majors wrote these definitions:
          not comparable: view v
              CREATE VIEW v AS
            - SELECT a;
            + SELECT t.a;
        ");
        let json = drift_json(&found);
        let gone = json.as_array().unwrap().iter().find(|it| it["change"] == "missing").unwrap();
        assert_eq!(
            *gone,
            json!({
                "kind": "column",
                "object": "users.gone",
                "change": "missing",
                "expected": "gone text\n-- position: 3\n",
                "actual": null,
            })
        );
    }
}
