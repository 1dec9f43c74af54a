//! Reading the words of one directive.

use crate::model::{ColumnNeed, Engine, LineColumn, ObjectName};
use crate::sql::error::{ScriptError, Source};
use crate::sql::postgres::is_data_type;
use crate::sql::quote::unquote;

/// A place in a directive's line; offsets are those of the whole script.
pub(super) struct Scan<'a> {
    pub source: &'a Source<'a>,
    engine: Engine,
    at: usize,
    end: usize,
}

impl<'a> Scan<'a> {
    pub fn new(source: &'a Source<'a>, engine: Engine, at: usize, end: usize) -> Self {
        let end = at + source.text[at..end].trim_end().len();
        let mut scan = Self { source, engine, at, end };
        scan.skip_spaces();
        scan
    }

    /// The byte the scan stands at.
    pub fn offset(&self) -> usize {
        self.at
    }

    pub fn position(&self) -> LineColumn {
        self.source.at(self.at)
    }

    /// What is left of the line, without the space at its end.
    pub fn rest(&self) -> &'a str {
        &self.source.text[self.at..self.end]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Reads everything that is left.
    pub fn skip_rest(&mut self) {
        self.at = self.end;
    }

    fn advance(&mut self, bytes: usize) {
        self.at += bytes;
        self.skip_spaces();
    }

    fn skip_spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Reads a sign if it comes next, and the space behind it.
    pub fn eat(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(sign);
        if found {
            self.advance(sign.len_utf8());
        }
        found
    }

    /// Reads a word of letters, digits and hyphens; empty where none comes next.
    pub fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        self.advance(length);
        &rest[..length]
    }

    /// Reads one name, quoted or not.
    pub fn identifier(&mut self, what: &str) -> Result<String, ScriptError> {
        let rest = self.rest();
        let is_quoted = rest.starts_with('"');
        let length = if is_quoted { quoted_length(rest) } else { Some(plain_length(rest)) };
        match length {
            Some(length) if length > 0 => {
                self.advance(length);
                Ok(unquote(self.engine, &rest[..length]))
            }
            Some(_) => Err(self.expected(what)),
            None => Err(self.error("this quoted name has no end", Vec::new())),
        }
    }

    /// Reads the parts of a dotted name.
    pub fn dotted(&mut self, what: &str) -> Result<Vec<String>, ScriptError> {
        let mut parts = vec![self.identifier(what)?];
        while self.eat('.') {
            parts.push(self.identifier(what)?);
        }
        Ok(parts)
    }

    /// Reads a table's name, with its schema or without.
    pub fn table(&mut self) -> Result<ObjectName, ScriptError> {
        let start = self.at;
        let mut parts = self.dotted("the name of a table")?;
        match (parts.pop(), parts.pop(), parts.is_empty()) {
            (Some(name), schema, true) => Ok(ObjectName { schema, name }),
            _ => Err(self.error_at(
                start,
                "a table's name has at most a schema before it",
                vec!["write `schema.table`".to_owned()],
            )),
        }
    }

    /// Reads `(a, b)`, if it comes next.
    pub fn columns(&mut self) -> Result<Vec<String>, ScriptError> {
        self.list(|scan| scan.identifier("the name of a column"))
    }

    /// Reads `(a type, b)`, if it comes next.
    pub fn column_needs(&mut self) -> Result<Vec<ColumnNeed>, ScriptError> {
        self.list(|scan| {
            let name = scan.identifier("the name of a column")?;
            let data_type = scan.data_type()?;
            Ok(ColumnNeed { name, data_type })
        })
    }

    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, ScriptError>,
    ) -> Result<Vec<T>, ScriptError> {
        let mut items = Vec::new();
        if !self.eat('(') {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(')') {
                return Ok(items);
            }
            if !self.eat(',') {
                return Err(self.expected("`,` or `)`"));
            }
        }
    }

    /// Reads on to the comma or parenthesis that ends a type.
    fn data_type(&mut self) -> Result<Option<String>, ScriptError> {
        let rest = self.rest();
        let mut depth = 0_usize;
        let mut is_quoted = false;
        for (index, c) in rest.char_indices() {
            match c {
                '"' => is_quoted = !is_quoted,
                _ if is_quoted => {}
                '(' | '[' => depth += 1,
                ',' | ')' if depth == 0 => {
                    let written = rest[..index].split_whitespace().collect::<Vec<_>>().join(" ");
                    let is_odd = self.engine == Engine::Postgres && !is_data_type(&written);
                    if is_odd && !written.is_empty() {
                        let hints = vec!["write the type alone, such as `varchar(255)`".to_owned()];
                        return Err(self.error(format!("`{written}` is no data type"), hints));
                    }
                    self.advance(index);
                    return Ok(Some(written).filter(|written| !written.is_empty()));
                }
                ')' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.at = self.end;
        Err(self.expected("`)`"))
    }

    /// An error unless the line ends here.
    pub fn finish(&self) -> Result<(), ScriptError> {
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(());
        }
        let shown: String = rest.chars().take(40).collect();
        Err(self.error(format!("unexpected `{shown}`"), vec!["remove it".to_owned()]))
    }

    pub fn expected(&self, what: &str) -> ScriptError {
        let found: String =
            self.rest().chars().take_while(|c| !c.is_whitespace()).take(40).collect();
        let message = if found.is_empty() {
            format!("expected {what}, but the directive ends here")
        } else {
            format!("expected {what}, found `{found}`")
        };
        self.error(message, Vec::new())
    }

    pub fn error(&self, message: impl Into<String>, hints: Vec<String>) -> ScriptError {
        self.error_at(self.at, message, hints)
    }

    pub fn error_at(
        &self,
        at: usize,
        message: impl Into<String>,
        hints: Vec<String>,
    ) -> ScriptError {
        ScriptError::Directive { message: message.into(), hints, place: self.source.place(at) }
    }
}

/// The length of a name in double quotes; `None` if it has no end.
fn quoted_length(rest: &str) -> Option<usize> {
    let mut quotes = rest.char_indices().skip(1).filter(|(_, c)| *c == '"').peekable();
    while let Some((index, _)) = quotes.next() {
        let is_doubled = quotes.peek().is_some_and(|(next, _)| *next == index + 1);
        if !is_doubled {
            return Some(index + 1);
        }
        quotes.next();
    }
    None
}

/// The length of an unquoted name; 0 where none starts here.
fn plain_length(rest: &str) -> usize {
    let is_first = |c: char| c.is_alphabetic() || c == '_' || !c.is_ascii();
    if !rest.starts_with(is_first) {
        return 0;
    }
    let is_part = |c: char| is_first(c) || c.is_ascii_digit() || c == '$';
    let is_end = |c: char| !is_part(c) || c.is_whitespace();
    rest.find(is_end).unwrap_or(rest.len())
}
