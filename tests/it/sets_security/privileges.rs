//! What a role may do that was given nothing but the schema.

use tokio_postgres::error::SqlState;

use super::{Ground, grounds};
use crate::support::Client;

/// Fails the test unless the server refuses for want of a privilege on a thing of that kind.
#[track_caller]
fn assert_denied(stranger: &Client, sql: &str, kind: &str) {
    let refused = stranger.ask(sql).expect_err(sql);
    assert_eq!(refused.code(), &SqlState::INSUFFICIENT_PRIVILEGE, "{refused} in:\n{sql}");
    assert!(refused.message().starts_with(&format!("permission denied for {kind} ")), "{refused}");
}

#[test]
fn nobody_calls_what_changes_data_unasked() {
    for ground in grounds() {
        let ground = Ground::installed(ground);
        let stranger = ground.stranger();
        // A function that is not volatile cannot change data; the server sees to that.
        let calls = ground.rows(
            "SELECT format('SELECT %s(%s)', p.oid::regproc,
                           (SELECT string_agg(format('NULL::%s', a.type::regtype), ', ')
                              FROM unnest(p.proargtypes) AS a(type)))
               FROM pg_proc AS p
              WHERE p.pronamespace = 'app'::regnamespace AND p.provolatile = 'v'
                AND p.prorettype <> 'trigger'::regtype",
        );
        assert!(calls.len() > 2, "{}: {calls:?}", ground.set);
        for call in &calls {
            assert_denied(&stranger, call, "function");
        }
        // A trigger function runs for whoever can make a trigger of it.
        stranger.tell("CREATE TEMPORARY TABLE bait (a int)");
        let functions = ground.rows(
            "SELECT p.oid::regproc FROM pg_proc AS p
              WHERE p.pronamespace = 'app'::regnamespace AND p.prorettype = 'trigger'::regtype",
        );
        for function in &functions {
            let trigger = format!(
                "CREATE TRIGGER t AFTER INSERT ON bait FOR EACH ROW EXECUTE FUNCTION {function}()"
            );
            assert_denied(&stranger, &trigger, "function");
        }
    }
}

#[test]
fn nobody_reads_or_writes_unasked() {
    for ground in grounds() {
        let ground = Ground::installed(ground);
        let stranger = ground.stranger();
        let relations = ground.rows(
            "SELECT c.relname, c.relkind,
                    (SELECT quote_ident(a.attname) FROM pg_attribute AS a
                      WHERE a.attrelid = c.oid AND a.attnum = 1)
               FROM pg_class AS c
              WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('r', 'v', 'S')
                AND c.relname NOT LIKE 'refinery%'",
        );
        assert!(relations.len() > 1, "{}: {relations:?}", ground.set);
        for relation in &relations {
            let [name, kind, column] = relation.split('|').collect::<Vec<_>>()[..] else {
                panic!("{relation}");
            };
            if kind == "S" {
                assert_denied(&stranger, &format!("SELECT nextval('{name}')"), "sequence");
                continue;
            }
            let kind = if kind == "v" { "view" } else { "table" };
            for sql in [
                format!("SELECT FROM {name}"),
                format!("INSERT INTO {name} DEFAULT VALUES"),
                format!("UPDATE {name} SET {column} = NULL"),
                format!("DELETE FROM {name}"),
            ] {
                // A view that joins or groups cannot be written at all, by anybody.
                let refused = stranger.ask(&sql).expect_err(&sql);
                if refused.code() != &SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE {
                    assert_denied(&stranger, &sql, kind);
                }
            }
        }
    }
}
