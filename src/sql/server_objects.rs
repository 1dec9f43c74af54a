//! What scripts do to the whole server rather than to their database.

use std::fmt;

use super::token::{Token, TokenKind, lex};
use crate::model::Engine;

/// What belongs to a whole server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerObject {
    /// A role, under each of its names.
    Role,
    /// A place for files.
    Tablespace,
    /// A database.
    Database,
    /// The server's settings: `ALTER SYSTEM`.
    Settings,
    /// A subscription, which makes a replication slot on its publisher.
    Subscription,
}

/// A statement that makes, changes or drops what belongs to a whole server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerChange {
    /// What it changes.
    pub object: ServerObject,
    /// What it makes, without quotes, in lower case; `None` where it makes nothing.
    pub made: Option<String>,
    /// Its first words, as they are written.
    words: String,
}

impl fmt::Display for ServerChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl ServerChange {
    /// Looks through a `PostgreSQL` script, bodies of `DO` blocks and functions and the statements
    /// quoted in those included: what may happen there is assumed to happen.
    pub fn all_of(script: &str) -> Vec<Self> {
        let mut found = Vec::new();
        look_through(script, &mut found);
        found
    }

    /// Whether it makes this.
    pub fn makes(&self, object: ServerObject, name: &str) -> bool {
        self.object == object && self.made.as_deref() == Some(name.to_ascii_lowercase().as_str())
    }
}

fn look_through(text: &str, found: &mut Vec<ServerChange>) {
    let tokens = lex(Engine::Postgres, text).tokens;
    for at in 0..tokens.len() {
        let is_first = at.checked_sub(1).is_none_or(|before| begins_behind(tokens[before], text));
        if is_first {
            found.extend(change(&tokens[at..], text));
        }
    }
    for token in tokens.iter().filter(|token| token.kind == TokenKind::Text) {
        let text = token.text(text);
        let quoted = text.trim_start_matches(|c: char| c != '\'' && c != '$');
        let end = quoted.strip_prefix('$').and_then(|rest| rest.find('$')).map(|at| at + 2);
        let end = end.unwrap_or(1).min(quoted.len() / 2);
        // What it quotes ends before it does, so this comes to an end.
        look_through(&quoted[end..quoted.len() - end], found);
    }
}

/// Whether a statement may begin behind a token.
fn begins_behind(token: Token, text: &str) -> bool {
    let words = ["begin", "then", "else", "loop", "atomic"];
    let word = token.text(text).to_ascii_lowercase();
    // The second `>` of a label is a token of its own.
    token.kind == TokenKind::Semicolon || word.ends_with('>') || words.contains(&&*word)
}

fn change(tokens: &[Token], text: &str) -> Option<ServerChange> {
    let [verb, kind, name, ..] = tokens else { return None };
    let word = |token: &Token| token.text(text).trim_matches(['"', '\'']).to_ascii_lowercase();
    let verb = word(verb);
    if !["create", "alter", "drop"].contains(&&*verb) {
        return None;
    }
    let object = match &*word(kind) {
        // A user mapping belongs to a foreign server, which belongs to a database.
        "user" if word(name) == "mapping" => return None,
        "role" | "user" | "group" => ServerObject::Role,
        "tablespace" => ServerObject::Tablespace,
        "database" => ServerObject::Database,
        "system" => ServerObject::Settings,
        "subscription" if verb == "create" && !connects(tokens, &word) => return None,
        "subscription" => ServerObject::Subscription,
        _ => return None,
    };
    let made = (verb == "create").then(|| word(name));
    let words = text[tokens[0].start()..name.end()].split_whitespace();
    Some(ServerChange { object, made, words: words.collect::<Vec<_>>().join(" ") })
}

/// Whether a new subscription reaches its publisher, which it does unless it says otherwise.
fn connects(tokens: &[Token], word: &impl Fn(&Token) -> String) -> bool {
    let statement = tokens.iter().take_while(|token| token.kind != TokenKind::Semicolon);
    let words: Vec<String> = statement.map(word).collect();
    let option = words.windows(3).find(|three| three[0] == "connect" && three[1] == "=");
    !option.is_some_and(|three| ["false", "off", "no", "0"].contains(&&*three[2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(script: &str) -> Vec<String> {
        ServerChange::all_of(script).iter().map(ToString::to_string).collect()
    }

    fn roles(script: &str) -> Vec<String> {
        let found = ServerChange::all_of(script).into_iter();
        found.filter(|it| it.object == ServerObject::Role).filter_map(|it| it.made).collect()
    }

    #[test]
    fn roles_are_found_in_statements_in_blocks_and_in_what_blocks_execute() {
        assert_eq!(roles("CREATE ROLE app; create user \"Mine\" LOGIN;"), ["app", "mine"]);
        let block = "DO $$ BEGIN IF true THEN CREATE ROLE inner_one; END IF; \
                     <<there>> CREATE ROLE labelled; \
                     EXECUTE 'CREATE ROLE quoted'; EXECUTE $q$create role deep$q$; END $$;";
        assert_eq!(roles(block), ["inner_one", "labelled", "quoted", "deep"]);
    }

    #[test]
    fn what_is_not_of_the_server_is_not_found() {
        for script in [
            "-- create user rows\n/* DROP DATABASE app */ CREATE TABLE user_roles (a int);",
            "CREATE USER MAPPING FOR app SERVER there",
            "COMMENT ON FUNCTION f() IS 'Used to drop user sessions'",
            "SELECT 1 AS create, 2 AS role, 3 AS app",
        ] {
            assert_eq!(ServerChange::all_of(script), [], "{script}");
        }
    }

    #[test]
    fn objects_of_each_kind_are_told_by_their_words() {
        let script = "ALTER SYSTEM SET work_mem = '1MB'; DROP TABLESPACE t; drop  database other;
                      CREATE TABLESPACE \"Fast\" LOCATION '/fast'";
        assert_eq!(
            changes(script),
            [
                "ALTER SYSTEM SET",
                "DROP TABLESPACE t",
                "drop database other",
                "CREATE TABLESPACE \"Fast\""
            ]
        );
        let fast = ServerChange::all_of(script).pop().unwrap();
        assert!(fast.makes(ServerObject::Tablespace, "Fast") && roles(script).is_empty());
    }

    #[test]
    fn a_subscription_that_does_not_connect_reaches_nobody() {
        let script = |with: &str| {
            format!("CREATE SUBSCRIPTION s CONNECTION 'host=there' PUBLICATION p {with}; SELECT 1")
        };
        assert_eq!(changes(&script("")), ["CREATE SUBSCRIPTION s"]);
        assert_eq!(changes(&script("WITH (connect = true)")), ["CREATE SUBSCRIPTION s"]);
        assert!(changes(&script("WITH (slot_name = x, connect = 'false')")).is_empty());
    }

    #[test]
    fn odd_quotes_end_the_search() {
        for script in ["$$", "''", "'", "$a$", "E'\\''", "U&'x'", "'é'", "$é$é$é$", "B'1'"] {
            ServerChange::all_of(script);
        }
    }
}
