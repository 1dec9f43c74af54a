//! A catalog as text for people: SQL as far as SQL has words for it, remarks for the rest. Nothing
//! of an object is left out, so two texts are equal only where two objects are.

mod definition;
mod difference;

use self::definition::definition;
pub use self::difference::difference_text;
use super::{CatalogObject, Kind};

/// One object, in one or more lines. Two objects of one name differ in their texts where they
/// differ at all, in what is only noted too.
pub fn object_text(object: &CatalogObject) -> String {
    let definition = definition(object);
    let end = if is_part(object.key.kind) { "" } else { ";" };
    let mut text = definition.sql + end + "\n";
    for (name, value) in definition.remarks {
        remark(&mut text, name, value);
    }
    for (name, value) in &object.noted {
        remark(&mut text, name, value);
    }
    text
}

/// Whether an object is defined within its table's own statement.
fn is_part(kind: Kind) -> bool {
    matches!(kind, Kind::Column | Kind::Constraint)
}

/// `-- name: value`; a value of several lines goes below the name.
fn remark(text: &mut String, name: &str, value: &str) {
    let name = name.replace('_', " ");
    if value.contains('\n') {
        text.push_str(&format!("-- {name}:\n"));
        text.extend(value.trim_end_matches('\n').split('\n').map(|line| format!("--   {line}\n")));
    } else {
        text.push_str(&format!("-- {name}: {value}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ObjectKey;

    /// An object of the table `app.users`, or of the schema where the kind has no parent.
    fn object(kind: Kind, name: &str, properties: &[(&str, &str)]) -> CatalogObject {
        let parent = matches!(kind, Kind::Column | Kind::Constraint | Kind::Index);
        let key = ObjectKey {
            kind,
            schema: Some("app".into()),
            parent: parent.then(|| "users".into()),
            name: name.into(),
        };
        let pair = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
        CatalogObject {
            properties: properties.iter().map(pair).collect(),
            ..CatalogObject::new(key)
        }
    }

    #[test]
    fn a_column_reads_as_in_its_table() {
        let column = object(
            Kind::Column,
            "Name",
            &[("type", "text"), ("not_null", "true"), ("default", "''"), ("collation", "\"C\"")],
        );
        assert_eq!(object_text(&column), "\"Name\" text COLLATE \"C\" DEFAULT '' NOT NULL\n");
    }

    #[test]
    fn a_constraint_without_a_name_of_its_own_is_given_none() {
        let named = object(Kind::Constraint, "adult", &[("definition", "CHECK (age > 17)")]);
        assert_eq!(object_text(&named), "CONSTRAINT adult CHECK (age > 17)\n");
        let unnamed = object(
            Kind::Constraint,
            "FOREIGN KEY (a)",
            &[("definition", "FOREIGN KEY (a) REFERENCES b (c) ON DELETE CASCADE")],
        );
        assert_eq!(object_text(&unnamed), "FOREIGN KEY (a) REFERENCES b (c) ON DELETE CASCADE\n");
    }

    #[test]
    fn what_has_no_words_in_sql_is_a_remark() {
        let mut view =
            object(Kind::View, "adults", &[("query", " SELECT 1;"), ("odd_thing", "x\ny")]);
        view.noted.insert("version".into(), "2".into());
        assert_eq!(
            object_text(&view),
            "CREATE VIEW app.adults AS\n SELECT 1;\n-- odd thing:\n--   x\n--   y\n-- version: 2\n"
        );
    }
}
