//! The policy of `rls-sessions`, for every command and every state of the setting.

use tokio_postgres::error::SqlState;

use super::Ground;
use crate::support::{Answer, Client};

const ANN: &str = "00000000-0000-4000-8000-00000000000a";
const BOB: &str = "00000000-0000-4000-8000-00000000000b";

/// Each returns how many rows it read or wrote, without asking for anybody's in particular.
const SELECT: &str = "SELECT count(*) FROM sessions";
const UPDATE: &str =
    "WITH it AS (UPDATE sessions SET device_name = 'mine' RETURNING 1) SELECT count(*) FROM it";
const DELETE: &str = "WITH it AS (DELETE FROM sessions RETURNING 1) SELECT count(*) FROM it";
const INSERT: &str = "WITH it AS (
    INSERT INTO sessions (user_id, refresh_token_hash, expires_at)
    VALUES ('00000000-0000-4000-8000-00000000000a', 'h', now() + interval '1 day') RETURNING 1)
    SELECT count(*) FROM it";
/// Also where no row would tell: the functions run as their caller.
const CALLS: [&str; 3] = [
    "SELECT revoke_all_sessions('00000000-0000-4000-8000-00000000000a', 'logout')",
    "SELECT count(*) FILTER (WHERE revoke_session('00000000-0000-4000-8000-000000000001', 'x'))",
    "SELECT count(*) FILTER (WHERE touch_session('00000000-0000-4000-8000-000000000001'))",
];

/// Ann has two sessions, Bob one; the role may do everything that the policy lets it.
fn ground() -> Ground {
    let ground = Ground::installed(("rls-sessions", ""));
    ground.psql(&format!(
        "INSERT INTO users (id) VALUES ('{ANN}'), ('{BOB}');
         INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at)
         SELECT id::uuid, user_id::uuid, 'h', now() + interval '1 day'
           FROM (VALUES ('00000000-0000-4000-8000-000000000001', '{ANN}'),
                        ('00000000-0000-4000-8000-000000000002', '{ANN}'),
                        ('00000000-0000-4000-8000-000000000003', '{BOB}')) AS s(id, user_id)"
    ));
    ground.grant("SELECT, INSERT, UPDATE, DELETE ON users, sessions");
    ground.grant("EXECUTE ON ALL FUNCTIONS IN SCHEMA app");
    ground
}

/// Runs one statement and undoes it.
fn attempt(client: &Client, sql: &str) -> Answer {
    client.tell("BEGIN");
    let answer = client.ask(sql);
    client.tell("ROLLBACK");
    answer
}

#[track_caller]
fn assert_refused(client: &Client, sql: &str, code: &SqlState) {
    let refused = attempt(client, sql).expect_err(sql);
    assert_eq!(refused.code(), code, "{refused} in:\n{sql}");
}

#[test]
fn whoever_is_named_reads_and_writes_their_own() {
    let ground = ground();
    let client = ground.stranger();
    for (user, own) in [(ANN, "2"), (BOB, "1")] {
        client.tell(&format!("SET app.current_user_id = '{user}'"));
        for sql in [SELECT, UPDATE, DELETE] {
            assert_eq!(attempt(&client, sql).unwrap(), own, "{user}: {sql}");
        }
    }
    assert_refused(&client, INSERT, &SqlState::INSUFFICIENT_PRIVILEGE);
    for call in CALLS {
        assert_eq!(attempt(&client, call).unwrap(), "0", "{call}");
    }
    client.tell(&format!("SET app.current_user_id = '{ANN}'"));
    assert_eq!(attempt(&client, INSERT).unwrap(), "1");
    for (call, count) in CALLS.iter().zip(["2", "1", "1"]) {
        assert_eq!(attempt(&client, call).unwrap(), count, "{call}");
    }
}

#[test]
fn nobody_named_reads_and_writes_nothing() {
    let ground = ground();
    let missing = ground.stranger();
    let empty = ground.stranger();
    empty.tell("SET app.current_user_id = ''");
    let left_empty = ground.stranger();
    left_empty.tell(&format!("BEGIN; SET LOCAL app.current_user_id = '{ANN}'; COMMIT"));
    for client in [missing, empty, left_empty] {
        for sql in [SELECT, UPDATE, DELETE].iter().chain(&CALLS) {
            assert_eq!(attempt(&client, sql).unwrap(), "0", "{sql}");
        }
        assert_refused(&client, INSERT, &SqlState::INSUFFICIENT_PRIVILEGE);
    }
}

#[test]
fn a_name_that_is_none_is_an_error_for_every_command() {
    let ground = ground();
    let client = ground.stranger();
    for malformed in ["ann", " ", "00000000-0000-4000-8000-00000000000", "' OR true --"] {
        client.tell(&format!("SET app.current_user_id = '{}'", malformed.replace('\'', "''")));
        for sql in [SELECT, UPDATE, DELETE, INSERT].iter().chain(&CALLS) {
            assert_refused(&client, sql, &SqlState::INVALID_TEXT_REPRESENTATION);
        }
    }
    assert_eq!(ground.psql("SELECT count(*) FROM sessions"), "3");
}
