//! One object as SQL, as far as SQL has words for it.

use super::properties::Left;
use crate::catalog::{CatalogObject, Kind, ObjectKey};
use crate::model::quoted_where_needed;

/// What reads like SQL, and every property that does not.
#[derive(Debug)]
pub(super) struct Definition<'a> {
    /// The statement without its semicolon, up to where a table lists its columns; a column or a
    /// constraint as it stands in that list.
    pub head: String,
    /// What follows the list.
    pub tail: String,
    /// The properties that neither tells.
    pub remarks: Vec<(&'a str, &'a str)>,
}

pub(super) fn definition(object: &CatalogObject) -> Definition<'_> {
    let mut left = Left::of(&object.properties);
    let key = &object.key;
    let (head, tail) = match key.kind {
        Kind::Table | Kind::ForeignTable => table(key, &mut left),
        Kind::Column => (column(key, &mut left), String::new()),
        Kind::Constraint => (constraint(key, &mut left), String::new()),
        Kind::Index if left.has("columns") => (index(key, &mut left), String::new()),
        Kind::View | Kind::MaterializedView => (view(key, &mut left), String::new()),
        Kind::Type => (data_type(key, &mut left), String::new()),
        Kind::Sequence => (sequence(key, &mut left), String::new()),
        Kind::Function | Kind::Procedure => {
            (super::routine::routine(key, &mut left), String::new())
        }
        Kind::Policy => (policy(key, &mut left), String::new()),
        Kind::EventTrigger => (event_trigger(key, &mut left), String::new()),
        Kind::Extension => (create(key) + &left.phrase("SCHEMA", "in_schema"), String::new()),
        // There is no statement that makes them.
        Kind::Database | Kind::DefaultPrivileges => (format!("-- {key}"), String::new()),
        _ => (general(key, &mut left), String::new()),
    };
    Definition { head, tail, remarks: left.rest() }
}

/// `CREATE SEQUENCE app.numbers`.
fn create(key: &ObjectKey) -> String {
    format!("CREATE {} {}", key.kind.to_string().to_uppercase(), key.path())
}

/// The table of an object that belongs to one.
fn parent(key: &ObjectKey) -> String {
    let above = [&key.schema, &key.parent].into_iter().flatten();
    above.map(|part| quoted_where_needed(part)).collect::<Vec<_>>().join(".")
}

fn table(key: &ObjectKey, left: &mut Left<'_>) -> (String, String) {
    let words = match key.kind {
        Kind::ForeignTable => "FOREIGN TABLE",
        _ if left.take_flag("virtual") => "VIRTUAL TABLE",
        _ if left.take_flag("unlogged") => "UNLOGGED TABLE",
        _ => "TABLE",
    };
    let mut head = format!("CREATE {words} {}", key.path());
    // What a virtual table is made of stands for its columns.
    head.extend(left.take("definition").map(|definition| format!(" {definition}")));
    let mut tail = left.phrase("OF", "of_type");
    tail += &left.phrase("PARTITION OF", "partition_of");
    tail.extend(left.take("partition_bound").map(|bound| format!(" {bound}")));
    tail.extend(left.take("inherits").map(|parents| format!(" INHERITS ({parents})")));
    tail += &left.phrase("PARTITION BY", "partition_key");
    tail += &left.phrase("USING", "access_method");
    tail += &left.phrase("SERVER", "server");
    tail.extend(left.take("options").map(|options| format!(" WITH ({options})")));
    let strict = left.take_flag("strict").then_some("STRICT");
    let without = left.take_flag("without_rowid").then_some("WITHOUT ROWID");
    let options: Vec<&str> = [strict, without].into_iter().flatten().collect();
    if !options.is_empty() {
        tail += &format!(" {}", options.join(", "));
    }
    (head, tail)
}

/// `id bigint COLLATE "C" DEFAULT 1 NOT NULL`.
fn column(key: &ObjectKey, left: &mut Left<'_>) -> String {
    let mut words = vec![key.own_name()];
    words.extend(left.take("type").map(str::to_owned));
    words.extend(left.take("collation").map(|name| format!("COLLATE {name}")));
    words.extend(left.take("default").map(|value| format!("DEFAULT {value}")));
    words.extend(left.take("generated").map(|how| format!("GENERATED ALWAYS AS {how}")));
    let identity = left.take("identity").map(str::to_uppercase);
    words.extend(identity.map(|how| format!("GENERATED {how} AS IDENTITY")));
    if left.take_flag("not_null") {
        words.push("NOT NULL".to_owned());
    }
    words.join(" ")
}

/// A constraint whose name is how its definition starts has none of its own.
fn constraint(key: &ObjectKey, left: &mut Left<'_>) -> String {
    match left.take("definition") {
        Some(definition) if definition.starts_with(&key.name) => definition.to_owned(),
        Some(definition) => format!("CONSTRAINT {} {definition}", key.own_name()),
        None => format!("CONSTRAINT {}", key.own_name()),
    }
}

fn index(key: &ObjectKey, left: &mut Left<'_>) -> String {
    let unique = if left.take_flag("unique") { "UNIQUE " } else { "" };
    let columns = left.take("columns").unwrap_or_default();
    let condition = left.phrase("WHERE", "where");
    format!("CREATE {unique}INDEX {} ON {} ({columns}){condition}", key.own_name(), parent(key))
}

fn view(key: &ObjectKey, left: &mut Left<'_>) -> String {
    if !left.has("query") {
        return general(key, left);
    }
    let columns = left.take("columns").map(|columns| format!(" ({columns})")).unwrap_or_default();
    let query = without_end(left.take("query").unwrap_or_default());
    format!("{}{columns} AS\n{query}", create(key))
}

fn data_type(key: &ObjectKey, left: &mut Left<'_>) -> String {
    match left.take("form") {
        Some("enum") => {
            format!("{} AS ENUM ({})", create(key), left.take("labels").unwrap_or_default())
        }
        Some("domain") => {
            let base = left.phrase("AS", "base") + &left.phrase("COLLATE", "collation");
            let rest = left.phrase("DEFAULT", "default") + &left.word("NOT NULL", "not_null");
            format!("CREATE DOMAIN {}{base}{rest}", key.path())
        }
        Some("composite") => {
            let attributes = left.take("attributes").unwrap_or_default().replace('\n', "\n    ");
            format!("{} AS (\n    {attributes}\n)", create(key))
        }
        Some("range") => {
            let subtype = left.take("subtype").unwrap_or_default();
            format!("{} AS RANGE (SUBTYPE = {subtype})", create(key))
        }
        Some(form) => format!("{} AS {form}", create(key)),
        None => general(key, left),
    }
}

fn sequence(key: &ObjectKey, left: &mut Left<'_>) -> String {
    let phrases = [
        ("AS", "type"),
        ("START", "start"),
        ("INCREMENT", "increment"),
        ("MINVALUE", "minimum"),
        ("MAXVALUE", "maximum"),
        ("CACHE", "cache"),
        ("OWNED BY", "owned_by"),
    ];
    let phrases = phrases.map(|(words, name)| left.phrase(words, name)).concat();
    create(key) + &phrases + &left.word("CYCLE", "cycle")
}

fn policy(key: &ObjectKey, left: &mut Left<'_>) -> String {
    let restrictive = left.word("AS RESTRICTIVE", "restrictive");
    let command = left.take("command").map(|word| format!(" FOR {}", word.to_uppercase()));
    let roles = left.phrase("TO", "roles");
    let mut text = format!(
        "CREATE POLICY {} ON {}{restrictive}{}{roles}",
        key.own_name(),
        parent(key),
        command.unwrap_or_default()
    );
    for (words, name) in [
        ("USING", "using"),
        ("USING", "using_query"),
        ("WITH CHECK", "check"),
        ("WITH CHECK", "check_query"),
    ] {
        let condition = left.take(name).map(|condition| format!("\n    {words} ({condition})"));
        text.extend(condition);
    }
    text
}

fn event_trigger(key: &ObjectKey, left: &mut Left<'_>) -> String {
    let mut text = create(key) + &left.phrase("ON", "event");
    text.extend(left.take("tags").map(|tags| format!(" WHEN TAG IN ({tags})")));
    text + &left.phrase("EXECUTE FUNCTION", "function")
}

/// The server's own statement where the catalog has it, else the name.
fn general(key: &ObjectKey, left: &mut Left<'_>) -> String {
    let name = if left.has("definition") { "definition" } else { "query" };
    match left.take(name) {
        Some(statement) if starts_with_create(statement) => without_end(statement).to_owned(),
        Some(statement) => format!("{} {}", create(key), without_end(statement)),
        None => create(key),
    }
}

fn starts_with_create(statement: &str) -> bool {
    statement.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("create "))
}

fn without_end(statement: &str) -> &str {
    statement.trim_end().trim_end_matches(';')
}
