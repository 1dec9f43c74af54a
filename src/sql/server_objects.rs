//! What scripts do to the whole server rather than to their database.

use std::collections::BTreeSet;

use super::token::{Token, TokenKind, lex};
use crate::model::Engine;

/// What scripts make or change that belongs to the whole server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerObjects {
    /// Whether there is anything.
    pub any: bool,
    /// The roles that are made, as they are written, without quotes, in lower case.
    pub roles: BTreeSet<String>,
}

const ROLES: [&str; 3] = ["role", "user", "group"];
const OTHERS: [&str; 4] = ["tablespace", "system", "database", "subscription"];

impl ServerObjects {
    /// Looks through `PostgreSQL` scripts, bodies of `DO` blocks and functions and the statements
    /// quoted in those included: what may happen there is assumed to happen.
    pub fn of<'a>(scripts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut found = Self::default();
        for script in scripts {
            found.look_through(script);
        }
        found
    }

    fn look_through(&mut self, text: &str) {
        let tokens = lex(Engine::Postgres, text).tokens;
        let word = |token: &Token| token.text(text).to_ascii_lowercase();
        for three in tokens.windows(3) {
            let [verb, kind, name] = three else { continue };
            let (verb, kind) = (word(verb), word(kind));
            let is_role = ROLES.contains(&&*kind);
            if !["create", "alter", "drop"].contains(&&*verb)
                || !(is_role || OTHERS.contains(&&*kind))
            {
                continue;
            }
            self.any = true;
            if is_role && verb == "create" {
                self.roles.insert(word(name).trim_matches('"').to_owned());
            }
        }
        for token in tokens.iter().filter(|token| token.kind == TokenKind::Text) {
            let text = token.text(text);
            let quoted = text.trim_start_matches(|c: char| c != '\'' && c != '$');
            let end = quoted.strip_prefix('$').and_then(|rest| rest.find('$')).map(|at| at + 2);
            let end = end.unwrap_or(1).min(quoted.len() / 2);
            let inner = &quoted[end..quoted.len() - end];
            // What it quotes ends before it does, so this comes to an end.
            self.look_through(inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(script: &str) -> Vec<String> {
        ServerObjects::of([script]).roles.into_iter().collect()
    }

    #[test]
    fn roles_are_found_in_statements_in_blocks_and_in_what_blocks_execute() {
        assert_eq!(roles("CREATE ROLE app; create user \"Mine\" LOGIN;"), ["app", "mine"]);
        let block = "DO $$ BEGIN IF true THEN CREATE ROLE inner_one; END IF; \
                     EXECUTE 'CREATE ROLE quoted'; EXECUTE $q$create role deep$q$; END $$;";
        assert_eq!(roles(block), ["deep", "inner_one", "quoted"]);
    }

    #[test]
    fn a_comment_makes_nothing() {
        let script =
            "-- create user rows\n/* DROP DATABASE app */ CREATE TABLE user_roles (a int);";
        assert_eq!(ServerObjects::of([script]), ServerObjects::default());
    }

    #[test]
    fn other_objects_of_the_server_make_no_role() {
        let found = ServerObjects::of(["ALTER SYSTEM SET work_mem = '1MB'; DROP TABLESPACE t;"]);
        assert!(found.any && found.roles.is_empty());
    }

    #[test]
    fn odd_quotes_end_the_search() {
        for script in ["$$", "''", "'", "$a$", "E'\\''", "U&'x'", "'é'", "$é$é$é$", "B'1'"] {
            ServerObjects::of([script]);
        }
    }
}
