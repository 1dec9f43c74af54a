//! Constraints, unique indexes and types as a catalog writes them.

use super::quote::unquote;
use super::token::{Token, TokenKind, lex};
use super::words::Words;
use crate::model::{Engine, ObjectName};

/// What the definition of a constraint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintText {
    /// `PRIMARY KEY` or `UNIQUE`.
    Key {
        /// The columns.
        columns: Vec<String>,
        /// Whether it is the primary one.
        primary: bool,
    },
    /// `FOREIGN KEY`.
    Foreign {
        /// The columns that refer.
        columns: Vec<String>,
        /// The table they refer to.
        table: ObjectName,
        /// Its columns; none at all stand for its primary key.
        referenced: Vec<String>,
        /// Whether it can be checked as late as the commit.
        deferrable: bool,
    },
    /// `CHECK`, by its expression.
    Check(String),
    /// One of another kind.
    Other,
}

/// Reads `FOREIGN KEY (user_id) REFERENCES app.users(id)` and its like.
pub fn read_constraint(engine: Engine, definition: &str) -> ConstraintText {
    let lexed = lex(engine, definition);
    let mut words = Words::new(engine, definition, &lexed.tokens);
    read(&mut words).unwrap_or(ConstraintText::Other)
}

fn read(words: &mut Words<'_>) -> Option<ConstraintText> {
    if words.eat_all(&["PRIMARY", "KEY"]) {
        let columns = names(words)?;
        return Some(ConstraintText::Key { columns, primary: true });
    }
    if words.eat("UNIQUE") {
        words.eat("NULLS");
        words.eat("NOT");
        words.eat("DISTINCT");
        return Some(ConstraintText::Key { columns: names(words)?, primary: false });
    }
    if words.eat("CHECK") {
        let inside = parenthesised(words)?;
        let (first, last) = (inside.first()?, inside.last()?);
        return Some(ConstraintText::Check(words.text[first.start()..last.end()].to_owned()));
    }
    if !words.eat_all(&["FOREIGN", "KEY"]) {
        return None;
    }
    let columns = names(words)?;
    if !words.eat("REFERENCES") {
        return None;
    }
    let table = words.name()?;
    let referenced = if words.is_kind(TokenKind::Open) { names(words)? } else { Vec::new() };
    let not_deferrable = {
        let mut ahead = *words;
        ahead.skip_to_any(&["NOT"]) && ahead.eat_all(&["NOT", "DEFERRABLE"])
    };
    let deferrable = words.contains("DEFERRABLE") && !not_deferrable;
    Some(ConstraintText::Foreign { columns, table, referenced, deferrable })
}

/// The tokens of what stands in parentheses next, without those.
fn parenthesised<'a>(words: &mut Words<'a>) -> Option<&'a [Token]> {
    if !words.eat_kind(TokenKind::Open) {
        return None;
    }
    let inside = words.rest();
    let mut depth = 1_usize;
    let mut length = 0;
    while let Some(token) = words.next() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&inside[..length]);
        }
        length += 1;
    }
    None
}

/// The items of a list in parentheses that are columns; `None` where one is an expression.
fn names(words: &mut Words<'_>) -> Option<Vec<String>> {
    let (engine, text) = (words.engine, words.text);
    items(engine, text, parenthesised(words)?)
}

fn items(engine: Engine, text: &str, inside: &[Token]) -> Option<Vec<String>> {
    let mut depth = 0_usize;
    let mut names = Vec::new();
    let mut starts = true;
    for (index, token) in inside.iter().enumerate() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if starts {
            let is_name = matches!(token.kind, TokenKind::Word | TokenKind::Quoted);
            let is_call = inside.get(index + 1).is_some_and(|next| next.kind == TokenKind::Open);
            if !is_name || is_call {
                return None;
            }
            names.push(unquote(engine, token.text(text)));
        }
        starts = depth == 0 && token.kind == TokenKind::Comma;
    }
    Some(names)
}

/// The columns that a unique index keeps distinct; `None` where it is not unique, or keeps an
/// expression distinct.
pub fn unique_index_columns(definition: &str) -> Option<Vec<String>> {
    let engine = Engine::Postgres;
    let lexed = lex(engine, definition);
    let mut words = Words::new(engine, definition, &lexed.tokens);
    if !words.eat_all(&["CREATE", "UNIQUE", "INDEX"]) || !words.skip_to_any(&["USING"]) {
        return None;
    }
    words.eat("USING");
    words.identifier()?;
    names(&mut words)
}

/// The columns in a list such as `a, b DESC`; `None` where one is an expression.
pub fn listed_columns(engine: Engine, list: &str) -> Option<Vec<String>> {
    items(engine, list, &lex(engine, list).tokens)
}

/// A column's type, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeText {
    /// Its name: of several words where SQL has it so, as `double precision`; in lower case unless
    /// it was quoted.
    pub name: ObjectName,
    /// What stands in parentheses behind it.
    pub modifiers: Vec<i64>,
    /// Whether it is an array of them.
    pub is_array: bool,
}

/// Reads `character varying(20)[]`, `app."Mood"` and their like.
pub fn read_type(engine: Engine, text: &str) -> TypeText {
    let lexed = lex(engine, text);
    let mut words = Words::new(engine, text, &lexed.tokens);
    let mut name = words.name().unwrap_or_else(|| ObjectName::bare(""));
    // The one type that has its quotes in its name: the other char is another type.
    if text.starts_with("\"char\"") {
        name = ObjectName::bare("\"char\"");
    }
    let mut type_text = TypeText { name, modifiers: Vec::new(), is_array: false };
    while let Some(token) = words.next() {
        match token.kind {
            TokenKind::Word => {
                let word = token.text(text).to_ascii_lowercase();
                type_text.name.name += &format!(" {word}");
            }
            TokenKind::Number => type_text.modifiers.extend(token.text(text).parse::<i64>()),
            TokenKind::Open if token.text(text) == "[" => type_text.is_array = true,
            _ => {}
        }
    }
    if engine == Engine::Sqlite {
        type_text.name.name.make_ascii_lowercase();
    }
    type_text
}

/// What an expression speaks of, for who looks for values that satisfy it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clues {
    /// Words and quoted names, folded, functions and keywords among them.
    pub names: Vec<String>,
    /// The texts of its literals.
    pub texts: Vec<String>,
    /// Its numbers.
    pub numbers: Vec<String>,
}

/// Collects names and literals from an expression, each once.
pub fn clues(engine: Engine, expression: &str) -> Clues {
    let mut clues = Clues::default();
    for token in lex(engine, expression).tokens {
        let text = token.text(expression);
        let (list, found) = match token.kind {
            TokenKind::Word | TokenKind::Quoted => (&mut clues.names, unquote(engine, text)),
            TokenKind::Text => (&mut clues.texts, literal_text(text)),
            TokenKind::Number => (&mut clues.numbers, text.to_owned()),
            _ => continue,
        };
        if !list.contains(&found) {
            list.push(found);
        }
    }
    clues
}

/// What a literal as a catalog writes it stands for: `'it''s'`, `E'\\d'`.
fn literal_text(literal: &str) -> String {
    let escaped = literal.starts_with(['E', 'e']);
    let inner = literal.trim_start_matches(|c| c != '\'');
    let inner = inner.strip_prefix('\'').and_then(|it| it.strip_suffix('\'')).unwrap_or(inner);
    let plain = inner.replace("''", "'");
    if escaped { plain.replace("\\\\", "\\") } else { plain }
}

/// Writes a name wherever an expression has this word, as a domain's check has `VALUE`.
pub fn replace_word(engine: Engine, expression: &str, word: &str, name: &str) -> String {
    let mut replaced = String::new();
    let mut done = 0;
    for token in lex(engine, expression).tokens {
        if super::words::is_word(token, expression, word) {
            replaced += &expression[done..token.start()];
            replaced += name;
            done = token.end();
        }
    }
    replaced + &expression[done..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn constraints_are_read_as_both_engines_write_them() {
        let read = |text| read_constraint(Engine::Postgres, text);
        assert_eq!(
            read("PRIMARY KEY (id, \"Odd, Name\") INCLUDE (c)"),
            ConstraintText::Key { columns: names(&["id", "Odd, Name"]), primary: true }
        );
        assert_eq!(
            read("UNIQUE NULLS NOT DISTINCT (a)"),
            ConstraintText::Key { columns: names(&["a"]), primary: false }
        );
        assert_eq!(
            read("CHECK (((a > 0) AND (b IS NOT NULL))) NOT VALID"),
            ConstraintText::Check("((a > 0) AND (b IS NOT NULL))".to_owned())
        );
        let foreign = |text, deferrable, referenced: &[&str]| {
            let ConstraintText::Foreign { table, referenced: found, deferrable: is, .. } =
                read(text)
            else {
                panic!("{text}")
            };
            assert_eq!((table.name.as_str(), is), ("users", deferrable), "{text}");
            assert_eq!(found, names(referenced));
        };
        foreign("FOREIGN KEY (a) REFERENCES app.users(id) ON DELETE SET NULL", false, &["id"]);
        foreign("FOREIGN KEY (a) REFERENCES users DEFERRABLE INITIALLY DEFERRED", true, &[]);
        foreign("FOREIGN KEY (a) REFERENCES users (id) NOT DEFERRABLE", false, &["id"]);
        assert_eq!(read("EXCLUDE USING gist (a WITH &&)"), ConstraintText::Other);
    }

    #[test]
    fn a_unique_index_names_columns_or_has_expressions() {
        let unique = "CREATE UNIQUE INDEX i ON ONLY app.\"using\" USING btree";
        let of = |rest: &str| unique_index_columns(&format!("{unique} {rest}"));
        assert_eq!(of("(a, b DESC) WHERE (c IS NULL)"), Some(names(&["a", "b"])));
        assert_eq!(of("(a, lower(b))"), None);
        assert_eq!(of("(((a + b)))"), None);
        assert_eq!(unique_index_columns("CREATE INDEX i ON t USING btree (a)"), None);
        assert_eq!(
            listed_columns(Engine::Sqlite, "a COLLATE NOCASE, [b]"),
            Some(names(&["a", "b"]))
        );
    }

    #[test]
    fn types_are_taken_apart() {
        let read = |text| {
            let read = read_type(Engine::Postgres, text);
            (read.name.to_string(), read.modifiers, read.is_array)
        };
        assert_eq!(
            read("character varying(20)[]"),
            ("\"character varying\"".into(), vec![20], true)
        );
        assert_eq!(read("timestamp(3) with time zone").0, "\"timestamp with time zone\"");
        assert_eq!(read("numeric(10,2)").1, [10, 2]);
        assert_eq!(read("app.\"Mood\"[]"), ("app.\"Mood\"".into(), vec![], true));
        assert_eq!(read_type(Engine::Postgres, "\"char\"").name.name, "\"char\"");
        assert_eq!(read_type(Engine::Sqlite, "VARCHAR(10)").name.name, "varchar");
    }

    #[test]
    fn an_expression_gives_its_names_and_literals() {
        let found =
            clues(Engine::Postgres, "(status = ANY (ARRAY['a'::text, 'it''s'])) OR \"N\" < 10");
        assert_eq!(found.texts, ["a", "it's"]);
        assert_eq!(found.numbers, ["10"]);
        assert!(
            found.names.contains(&"status".to_owned()) && found.names.contains(&"N".to_owned())
        );
        assert_eq!(
            replace_word(Engine::Postgres, "(VALUE > 0) AND f('value', value)", "value", "\"a\""),
            "(\"a\" > 0) AND f('value', \"a\")"
        );
    }
}
