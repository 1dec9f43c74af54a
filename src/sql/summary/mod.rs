//! A statement in a few words.

mod keywords;

use keywords::{ACTION, BEHIND_SET, HEAD, HEAD_ONLY_BEHIND};

use super::token::TokenKind;
use super::words::Words;

/// The longest summary, in characters.
const LONGEST: usize = 80;

/// A statement in one line of at most 80 characters, such as `CREATE TABLE sessions`.
pub(super) fn summary(words: Words<'_>) -> String {
    let mut line = Line::default();
    describe(&mut line, words);
    line.finish()
}

fn describe(line: &mut Line, mut words: Words<'_>) {
    if words.is("WITH") {
        words.skip_to_any(&["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "VALUES"]);
    }
    if words.is("DO") {
        return line.word("DO block");
    }
    if words.is_any(&["SELECT", "VALUES"]) || words.is_kind(TokenKind::Open) {
        return line.word("SELECT");
    }
    if words.is_any(&["INSERT", "REPLACE", "MERGE"]) {
        line.capitals(&mut words, &["INSERT", "REPLACE", "MERGE"]);
        words.skip_to_any(&["INTO"]);
        line.capitals(&mut words, &["INTO"]);
        return line.name(&mut words);
    }
    if words.is_any(&["UPDATE", "DELETE"]) {
        line.capitals(&mut words, &["UPDATE", "DELETE", "FROM"]);
        if words.eat("OR") {
            words.next();
        }
        words.eat("ONLY");
        return line.name(&mut words);
    }
    if words.is("COMMENT") {
        // The text itself says nothing about what the statement does.
        return line.start_of(words.before("IS"));
    }
    if words.is_any(&["GRANT", "REVOKE", "SET", "RESET", "PRAGMA"]) {
        return line.start_of(words);
    }
    describe_definition(line, words);
}

fn describe_definition(line: &mut Line, mut words: Words<'_>) {
    let alters = words.is("ALTER");
    let attached = words;
    let mut is_known = false;
    while words.is_any(&HEAD) || (is_known && words.is_any(&HEAD_ONLY_BEHIND)) {
        line.capital(&mut words);
        is_known = true;
        if words.is_kind(TokenKind::Open) {
            skip_parentheses(&mut words);
        }
        words.eat_if_exists();
    }
    if !is_known {
        return line.start_of(words);
    }
    words.eat("ONLY");
    if !words.is("ON") {
        line.name(&mut words);
    }
    while words.eat_kind(TokenKind::Comma) {
        line.glue(",");
        line.name(&mut words);
    }
    if alters {
        line.actions(words);
    } else {
        describe_owner(line, attached, words);
    }
}

/// An index, trigger, policy or rule belongs to the table behind its ON.
fn describe_owner(line: &mut Line, start: Words<'_>, mut words: Words<'_>) {
    let owned = ["INDEX", "TRIGGER", "POLICY", "RULE"];
    let head: Vec<_> = start.rest().iter().take(6).copied().collect();
    let is_owned = head
        .iter()
        .any(|token| owned.iter().any(|word| token.text(start.text).eq_ignore_ascii_case(word)));
    if !is_owned || start.is("REINDEX") {
        return;
    }
    // A rule names its event after ON, and its table after TO.
    let is_rule = head.iter().any(|token| token.text(start.text).eq_ignore_ascii_case("RULE"));
    let found = if is_rule && start.is("CREATE") {
        words.skip_to_any(&["TO"])
    } else {
        words.skip_to_any(&["ON"])
    };
    if found {
        words.next();
        words.eat("ONLY");
        line.word("ON");
        line.name(&mut words);
    }
}

fn skip_parentheses(words: &mut Words<'_>) {
    let mut depth = 0_usize;
    while let Some(token) = words.next() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

/// The summary as it grows.
#[derive(Default)]
struct Line(String);

impl Line {
    fn is_full(&self) -> bool {
        // Characters are at least as many bytes; a little more than needed does no harm.
        self.0.len() > 4 * LONGEST
    }

    fn word(&mut self, word: &str) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.glue(word);
    }

    /// Adds a word without a space; what does not fit is never copied.
    fn glue(&mut self, word: &str) {
        if !self.is_full() {
            let end = word.floor_char_boundary(word.len().min(4 * LONGEST));
            self.0.extend(word[..end].chars().map(|c| if c.is_control() { ' ' } else { c }));
        }
    }

    fn capital(&mut self, words: &mut Words<'_>) {
        if let Some(token) = words.next() {
            self.word(&token.text(words.text).to_ascii_uppercase());
        }
    }

    fn capitals(&mut self, words: &mut Words<'_>, keywords: &[&str]) {
        while words.is_any(keywords) {
            self.capital(words);
        }
    }

    fn name(&mut self, words: &mut Words<'_>) {
        if let Some(name) = words.name() {
            self.word(&name.to_string());
        }
    }

    /// The words of each action and the name behind them: `ADD COLUMN ip, DROP COLUMN x`.
    fn action(&mut self, words: &mut Words<'_>) {
        let mut sets = false;
        while words.is_any(&ACTION) || (sets && words.is_any(&BEHIND_SET)) {
            sets |= words.is("SET");
            self.capital(words);
        }
    }

    fn actions(&mut self, mut words: Words<'_>) {
        loop {
            if self.is_full() {
                return;
            }
            self.action(&mut words);
            words.eat_if_exists();
            self.name(&mut words);
            self.action(&mut words);
            let mut depth = 0_usize;
            loop {
                match words.next().map(|token| token.kind) {
                    None => return,
                    Some(TokenKind::Open) => depth += 1,
                    Some(TokenKind::Close) => depth = depth.saturating_sub(1),
                    Some(TokenKind::Comma) if depth == 0 => break,
                    Some(_) => {}
                }
            }
            self.glue(",");
        }
    }

    /// The statement itself as far as it fits, its first word in capitals.
    fn start_of(&mut self, mut words: Words<'_>) {
        self.capital(&mut words);
        let mut glued = false;
        while let Some(token) = words.next() {
            if self.is_full() {
                return;
            }
            let tight = matches!(token.kind, TokenKind::Dot | TokenKind::Comma | TokenKind::Close);
            let text = token.text(words.text);
            if glued || tight {
                self.glue(text);
            } else {
                self.word(text);
            }
            glued = matches!(token.kind, TokenKind::Dot | TokenKind::Open);
        }
    }

    fn finish(self) -> String {
        if self.0.chars().count() <= LONGEST {
            return self.0;
        }
        let kept: String = self.0.chars().take(LONGEST - 1).collect();
        format!("{}…", kept.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Engine;
    use crate::sql::token::lex;

    fn of(engine: Engine, text: &str) -> String {
        summary(Words::new(engine, text, &lex(engine, text).tokens))
    }

    #[test]
    fn names_what_is_done_to_what() {
        for (text, expected) in [
            ("create table if not exists sessions (id int)", "CREATE TABLE sessions"),
            (
                "alter table only users add column ip inet not null",
                "ALTER TABLE users ADD COLUMN ip",
            ),
            (
                "alter table a.users drop column if exists x, alter column y set not null",
                "ALTER TABLE a.users DROP COLUMN x, ALTER COLUMN y SET NOT NULL",
            ),
            (
                "create unique index concurrently idx on only t (a)",
                "CREATE UNIQUE INDEX CONCURRENTLY idx ON t",
            ),
            ("create index on t (a)", "CREATE INDEX ON t"),
            ("with x as (select 1) update only users set a = 1", "UPDATE users"),
            ("do $$ begin end $$", "DO block"),
            ("select 1", "SELECT"),
            ("insert into a.b values (1)", "INSERT INTO a.b"),
            ("delete from \"A b\" where 1 = 1", "DELETE FROM \"A b\""),
            ("drop table if exists a, b cascade", "DROP TABLE a, b"),
            ("create or replace function f(x int) returns int", "CREATE OR REPLACE FUNCTION f"),
            ("create trigger x before insert on t execute function f()", "CREATE TRIGGER x ON t"),
            ("create rule r as on update to t do nothing", "CREATE RULE r ON t"),
            ("drop policy p on t", "DROP POLICY p ON t"),
            (
                "alter table t set access method heap, set tablespace fast, alter a set storage main",
                "ALTER TABLE t SET ACCESS METHOD heap, SET TABLESPACE fast, ALTER a SET STORAGE",
            ),
            ("alter table t drop column access", "ALTER TABLE t DROP COLUMN access"),
            ("vacuum (full) t", "VACUUM (full) t"),
            ("grant select on t to r", "GRANT select on t to r"),
            (
                "refresh materialized view concurrently v",
                "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            ),
        ] {
            assert_eq!(of(Engine::Postgres, text), expected);
        }
        assert_eq!(
            of(Engine::Postgres, "comment on table t is 'What it is'"),
            "COMMENT on table t"
        );
        assert_eq!(of(Engine::Sqlite, "pragma foreign_keys = on"), "PRAGMA foreign_keys = on");
        assert_eq!(of(Engine::Sqlite, "update or ignore t set a = 1"), "UPDATE t");
    }

    #[test]
    fn stays_one_short_line() {
        let long = format!("grant select on {}t to r", "x, ".repeat(1000));
        let line = of(Engine::Postgres, &long);
        assert!(line.chars().count() <= LONGEST && line.ends_with('…') && !line.contains('\n'));
    }
}
