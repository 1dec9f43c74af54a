//! Functions and procedures as SQL.

use super::properties::Left;
use crate::catalog::ObjectKey;
use crate::model::quoted_where_needed;

pub(super) fn routine(key: &ObjectKey, left: &mut Left<'_>) -> String {
    // The types in the name are those of the arguments, which come with their names.
    let name = key.name.split_once('(').map_or(key.name.as_str(), |(name, _)| name);
    let schema = key.schema.as_ref().map(|schema| quoted_where_needed(schema) + ".");
    let arguments = left.take("arguments").unwrap_or_default();
    let mut text = format!(
        "CREATE {} {}{}({arguments})",
        key.kind.to_string().to_uppercase(),
        schema.unwrap_or_default(),
        quoted_where_needed(name)
    );
    text.extend(left.take("returns").map(|returns| format!("\n    RETURNS {returns}")));
    let mut words = left.phrase("LANGUAGE", "language") + &left.word("WINDOW", "window");
    words.extend(left.take("volatility").map(|word| format!(" {}", word.to_uppercase())));
    words += &left.word("STRICT", "strict");
    words += &left.word("LEAKPROOF", "leakproof");
    words += &left.word("SECURITY DEFINER", "security_definer");
    words.extend(left.take("parallel").map(|word| format!(" PARALLEL {}", word.to_uppercase())));
    for (phrase, name) in [("COST", "cost"), ("ROWS", "rows"), ("SUPPORT", "support")] {
        words += &left.phrase(phrase, name);
    }
    if !words.is_empty() {
        text += &format!("\n   {words}");
    }
    for setting in left.take("settings").into_iter().flat_map(str::lines) {
        text += &format!("\n    SET {setting}");
    }
    if let Some(body) = left.take("sql_body") {
        text += &format!("\n{body}");
    }
    if let Some(body) = left.take("body") {
        let quote = quote(body);
        text += &format!("\nAS {quote}{body}{quote}");
    }
    text
}

/// A dollar quote that does not stand in the body.
fn quote(body: &str) -> String {
    let mut quote = "$$".to_owned();
    while body.contains(&quote) {
        quote.insert(1, '_');
    }
    quote
}
