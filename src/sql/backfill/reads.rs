//! Where a `SQLite` statement reads a table.

use std::ops::Range;

use crate::model::{Engine, ObjectName};
use crate::sql::directives::is_same;
use crate::sql::token::{Token, TokenKind};
use crate::sql::words::Words;

/// Words that end a list of tables.
const BEHIND_TABLES: [&str; 11] = [
    "WHERE",
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "RETURNING",
    "SELECT",
];

/// What stands between two parentheses, as far as it was read.
#[derive(Default)]
struct Group {
    /// The names of the queries of its `WITH`.
    queries: Vec<String>,
    /// Whether commas separate tables here.
    is_list: bool,
    /// Whether a table comes next.
    expects: bool,
}

/// The first place that reads this table: in a `FROM`, a join or behind `IN`. The bytes of `target`,
/// which name the table that is changed, are left out.
pub(super) fn first_read(
    mut words: Words<'_>,
    table: &ObjectName,
    target: Range<usize>,
) -> Option<usize> {
    let mut outer: Vec<Group> = Vec::new();
    let mut group = Group { queries: queries(words), ..Group::default() };
    while let Some(token) = words.peek() {
        if target.contains(&token.start()) {
            words.next();
        } else if words.eat_kind(TokenKind::Open) {
            let is_query = words.is_any(&["SELECT", "VALUES", "WITH"]);
            let is_list = std::mem::take(&mut group.expects) && !is_query;
            let inner = Group { queries: queries(words), is_list, expects: is_list };
            outer.push(std::mem::replace(&mut group, inner));
        } else if words.eat_kind(TokenKind::Close) {
            group = outer.pop().unwrap_or_default();
        } else if std::mem::take(&mut group.expects) {
            let Some(name) = words.name() else {
                words.next();
                continue;
            };
            let is_function = words.is_kind(TokenKind::Open);
            let groups = outer.iter().chain([&group]);
            if !is_function && is_same(Engine::Sqlite, &name, table) && !is_query(groups, &name) {
                return Some(token.start());
            }
        } else {
            group.read(&mut words, token);
        }
    }
    None
}

impl Group {
    /// Reads a token that is neither a parenthesis nor the name of a table.
    fn read(&mut self, words: &mut Words<'_>, token: Token) {
        if words.eat_all(&["DISTINCT", "FROM"]) {
            // An operator, not a clause.
        } else if words.eat_any(&["FROM", "JOIN"]) {
            self.is_list = true;
            self.expects = true;
        } else if words.eat("IN") {
            // `x IN t` means all rows of a table.
            self.expects = !words.is_kind(TokenKind::Open);
        } else {
            self.expects = self.is_list && token.kind == TokenKind::Comma;
            self.is_list &= !words.is_any(&BEHIND_TABLES);
            words.next();
        }
    }
}

/// Whether a name is that of a `WITH` query.
fn is_query<'a>(mut groups: impl Iterator<Item = &'a Group>, name: &ObjectName) -> bool {
    let is_it = |query: &String| query.eq_ignore_ascii_case(&name.name);
    name.schema.is_none() && groups.any(|group| group.queries.iter().any(is_it))
}

/// The names of the queries of a `WITH`, if it comes next.
fn queries(mut words: Words<'_>) -> Vec<String> {
    let mut names = Vec::new();
    if !words.eat("WITH") {
        return names;
    }
    words.eat("RECURSIVE");
    while let Some(name) = words.identifier() {
        names.push(name);
        skip_parentheses(&mut words);
        words.eat("AS");
        words.eat("NOT");
        words.eat("MATERIALIZED");
        skip_parentheses(&mut words);
        if !words.eat_kind(TokenKind::Comma) {
            break;
        }
    }
    names
}

/// Reads from an opening parenthesis, if it comes next, to the one that closes it.
fn skip_parentheses(words: &mut Words<'_>) {
    let mut depth = 0_usize;
    while let Some(token) = words.peek() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && token.kind != TokenKind::Close {
            return;
        }
        words.next();
        if depth == 0 {
            return;
        }
    }
}
