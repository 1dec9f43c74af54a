//! The schemas a statement speaks of.

use super::token::TokenKind;
use super::words::Words;

/// Behind these words a dotted name is no longer that of what is defined: a column, a query, a body.
const BEHIND_THE_NAME: [&str; 8] =
    ["AS", "COLUMN", "CONSTRAINT", "OWNED", "RETURNS", "USING", "WHEN", "WHERE"];

/// The schemas that a statement defines something in, or that it makes, alters or drops, or sets as
/// the path. A name that is no schema after all does no harm: nothing lies in it.
pub(super) fn named_schemas(words: Words<'_>) -> Vec<String> {
    let mut first = words;
    let mut schemas = if first.eat("SET") {
        search_path(first)
    } else if first.eat_any(&["CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE", "SECURITY"])
    {
        let mut schemas = listed(first);
        schemas.extend(of_name(first));
        schemas
    } else {
        Vec::new()
    };
    schemas.sort();
    schemas.dedup();
    schemas
}

/// `SET search_path TO app, public`.
fn search_path(mut words: Words<'_>) -> Vec<String> {
    words.eat_any(&["SESSION", "LOCAL"]);
    if !words.eat("search_path") || words.next().is_none() {
        return Vec::new();
    }
    names(words)
}

/// What `SCHEMA a, b` lists, wherever it stands outside parentheses.
fn listed(mut words: Words<'_>) -> Vec<String> {
    let mut schemas = Vec::new();
    while words.skip_to_any(&["SCHEMA"]) {
        words.next();
        words.eat_if_exists();
        words.eat("AUTHORIZATION");
        schemas.extend(names(words));
    }
    schemas
}

/// Names or strings with commas between them.
fn names(mut words: Words<'_>) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        match words.peek() {
            Some(token) if token.kind == TokenKind::Text => {
                words.next();
                names.push(token.text(words.text).trim_matches('\'').to_owned());
            }
            _ => names.extend(words.identifier()),
        }
        if !words.eat_kind(TokenKind::Comma) {
            return names;
        }
    }
}

/// The schemas of the names in front of parentheses, queries and bodies.
fn of_name(mut words: Words<'_>) -> Vec<String> {
    let mut schemas = Vec::new();
    let mut depth = 0_usize;
    while let Some(token) = words.peek() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Word | TokenKind::Quoted if depth == 0 => {
                if words.is_any(&BEHIND_THE_NAME) {
                    return schemas;
                }
                let name = words.name();
                schemas.extend(name.and_then(|name| name.schema));
                continue;
            }
            _ => {}
        }
        words.next();
    }
    schemas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Engine;
    use crate::sql::token::lex;

    fn schemas(sql: &str) -> String {
        let lexed = lex(Engine::Postgres, sql);
        named_schemas(Words::new(Engine::Postgres, sql, &lexed.tokens)).join(" ")
    }

    #[test]
    fn what_is_defined_names_its_schema() {
        for (sql, expected) in [
            ("CREATE SCHEMA IF NOT EXISTS app", "app"),
            ("CREATE SCHEMA AUTHORIZATION joe", "joe"),
            ("DROP SCHEMA a, \"B c\" CASCADE", "B c a"),
            ("ALTER TABLE t SET SCHEMA app", "app"),
            ("CREATE EXTENSION hstore WITH SCHEMA app", "app"),
            ("CREATE OR REPLACE FUNCTION app.f(a other.t) RETURNS x.y LANGUAGE sql AS ''", "app"),
            ("DROP FUNCTION a.f(int), b.g(c.t)", "a b"),
            ("CREATE TYPE app.mood AS ENUM ('a')", "app"),
            ("ALTER SEQUENCE s OWNED BY t.c", ""),
            ("CREATE VIEW v AS SELECT a.b FROM a", ""),
            ("CREATE POLICY p ON app.t USING (t.a > 0)", "app"),
            ("CREATE INDEX i ON app.t (lower(x.y))", "app"),
            ("COMMENT ON COLUMN users.name IS 'a'", ""),
            ("COMMENT ON SCHEMA app IS 'a'", "app"),
            ("GRANT USAGE ON SCHEMA a, b TO c", "a b"),
            ("GRANT EXECUTE ON FUNCTION app.f(int) TO c", "app"),
            ("ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO c", "app"),
            ("SET search_path TO app, 'Other', public", "Other app public"),
            ("SET LOCAL search_path = \"$user\"", "$user"),
            ("SET statement_timeout = 1", ""),
            ("INSERT INTO t SELECT a.b FROM a", ""),
        ] {
            assert_eq!(schemas(sql), expected, "{sql}");
        }
    }
}
