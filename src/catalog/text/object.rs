//! One object.

use super::definition::definition;
use crate::catalog::{CatalogObject, Kind};

/// One object, in one or more lines. Two objects of one name differ in their texts where they
/// differ at all, in what is only noted too.
pub fn object_text(object: &CatalogObject) -> String {
    let mut text = statement(object);
    for (name, value) in &object.noted {
        remark(&mut text, name, value);
    }
    text
}

/// The object with its properties.
pub(super) fn statement(object: &CatalogObject) -> String {
    let definition = definition(object);
    let mut text = definition.head + &definition.tail + end(object.key.kind) + "\n";
    for (name, value) in definition.remarks {
        remark(&mut text, name, value);
    }
    text
}

/// What ends an object's statement; some have none of their own.
pub(super) fn end(kind: Kind) -> &'static str {
    match kind {
        Kind::Column | Kind::Constraint | Kind::Database | Kind::DefaultPrivileges => "",
        _ => ";",
    }
}

/// `-- name: value`; a value of several lines goes below the name.
pub(super) fn remark(text: &mut String, name: &str, value: &str) {
    let name = name.replace('_', " ");
    if value.contains('\n') {
        text.push_str(&format!("-- {name}:\n"));
        text.extend(value.trim_end_matches('\n').split('\n').map(|line| format!("--   {line}\n")));
    } else {
        text.push_str(&format!("-- {name}: {value}\n"));
    }
}
