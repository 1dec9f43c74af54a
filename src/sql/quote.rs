//! Names and strings as SQL text, and back.

use crate::model::{Engine, ObjectName};

/// A name in double quotes, which both engines read exactly as it stands.
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name with its schema, where it has one, in double quotes.
pub fn quote_name(name: &ObjectName) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", quote_identifier(schema), quote_identifier(&name.name)),
        None => quote_identifier(&name.name),
    }
}

/// A string literal that does not depend on any setting of the session. Neither engine can write
/// the character NUL in one.
pub fn quote_literal(engine: Engine, text: &str) -> String {
    let doubled = text.replace('\'', "''");
    match engine {
        // `standard_conforming_strings` decides what a backslash means in plain quotes.
        Engine::Postgres if doubled.contains('\\') => {
            format!("E'{}'", doubled.replace('\\', "\\\\"))
        }
        Engine::Postgres | Engine::Sqlite => format!("'{doubled}'"),
    }
}

/// The name an SQL word or quoted name stands for, folded the way the engine folds it.
pub(super) fn unquote(engine: Engine, written: &str) -> String {
    let mut chars = written.chars();
    let (first, rest) = (chars.next(), chars.as_str());
    let quote = match (engine, first) {
        (_, Some('"')) => '"',
        (Engine::Sqlite, Some('`')) => '`',
        (Engine::Sqlite, Some('\'')) => '\'',
        (Engine::Sqlite, Some('[')) => return rest.strip_suffix(']').unwrap_or(rest).to_owned(),
        (Engine::Postgres, Some('U' | 'u')) if rest.starts_with("&\"") => {
            return unescape_unicode(&unquote(engine, &rest[1..]));
        }
        (Engine::Postgres, _) => return written.to_ascii_lowercase(),
        (Engine::Sqlite, _) => return written.to_owned(),
    };
    let inner = rest.strip_suffix(quote).unwrap_or(rest);
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}

/// The escapes `\XXXX`, `\+XXXXXX` and `\\` of a `U&"…"` name; any other backslash stays.
fn unescape_unicode(escaped: &str) -> String {
    let mut plain = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let (digits, tail) = match after.strip_prefix('+') {
            Some(long) => (long.get(..6), long.get(6..)),
            None => (after.get(..4), after.get(4..)),
        };
        let decoded = digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32)
            .zip(tail);
        rest = if let Some((decoded, tail)) = decoded {
            plain.push(decoded);
            tail
        } else {
            plain.push('\\');
            after.strip_prefix('\\').unwrap_or(after)
        };
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_and_unquoting_are_inverse() {
        for name in ["plain", "Odd Name", "with \"quotes\"", "", "é", "a\\b"] {
            for engine in [Engine::Postgres, Engine::Sqlite] {
                assert_eq!(unquote(engine, &quote_identifier(name)), name);
            }
        }
    }

    #[test]
    fn only_postgres_folds() {
        assert_eq!(unquote(Engine::Postgres, "Users"), "users");
        assert_eq!(unquote(Engine::Sqlite, "Users"), "Users");
        assert_eq!(unquote(Engine::Sqlite, "[odd ` name]"), "odd ` name");
        assert_eq!(unquote(Engine::Sqlite, "`a``b`"), "a`b");
        assert_eq!(unquote(Engine::Postgres, r#"U&"d\0061t\+000061 \\ \zz""#), r"data \ \zz");
    }

    #[test]
    fn literals_are_safe_whatever_the_session_says() {
        assert_eq!(quote_literal(Engine::Postgres, "it's"), "'it''s'");
        assert_eq!(quote_literal(Engine::Postgres, r"\'; drop"), r"E'\\''; drop'");
        assert_eq!(quote_literal(Engine::Sqlite, r"a\'b"), r"'a\''b'");
    }

    #[test]
    fn a_schema_is_quoted_by_itself() {
        let name = ObjectName { schema: Some("a.b".into()), name: "c".into() };
        assert_eq!(quote_name(&name), "\"a.b\".\"c\"");
    }
}
