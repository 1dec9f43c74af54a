//! `auth-sessions`: two callers, one session.

use tokio_postgres::error::SqlState;

use super::{asked_behind, database_with, together, uuid};
use crate::support::{Client, Database};

pub fn migrated() -> Database {
    let database = database_with("auth-sessions");
    database.psql("INSERT INTO users (id, email) VALUES ('ann', 'ann@example.org')");
    database
}

/// A family with one live session of the same number.
pub fn sign_in(number: usize) -> String {
    format!(
        "INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, current_jti,
                                    expires_at)
         VALUES ('first-{number}', 'ann', 'hash', '{}', '{}', now() + interval '7 days')",
        family(number),
        uuid(1, number)
    )
}

pub fn family(number: usize) -> String {
    uuid(0xf, number)
}

pub fn rotation(old: &str, new: &str, jti: &str) -> String {
    format!(
        "SELECT rotate_session_token('{old}', '{new}', '{jti}', 'hash',
                                     now() + interval '7 days')"
    )
}

fn replay(number: usize) -> String {
    format!("SELECT handle_token_replay('{}', '{}')", uuid(1, number), family(number))
}

fn revocation(number: usize) -> String {
    format!("SELECT revoke_session_family('{}', 'logout')", family(number))
}

const LIVE: &str = "SELECT count(*) FROM auth_sessions WHERE revoked_at IS NULL";
const AUDIT: &str = "SELECT action, success, details->>'reason', details->>'count',
                            details->>'session_id'
                       FROM auth_audit_log ORDER BY id";

/// Two connections and a family whose session both know.
fn two_callers() -> (Database, Client, Client) {
    let database = migrated();
    database.psql(&sign_in(0));
    let (one, other) = (Client::connect(&database), Client::connect(&database));
    (database, one, other)
}

#[test]
fn of_two_rotations_at_once_one_succeeds_and_the_other_ends_the_family() {
    const ROUNDS: usize = 300;
    let database = migrated();
    let families: Vec<_> = (0..ROUNDS).map(sign_in).collect();
    database.psql(&families.join(";\n"));
    let answers = together(&database, 2, |caller, client, barrier| {
        let rotate = |round: usize| {
            let (old, new) = (format!("first-{round}"), format!("next-{round}-{caller}"));
            let rotate = rotation(&old, &new, &uuid(2 + u32::try_from(caller).unwrap(), round));
            barrier.wait();
            client.ask(&rotate).map_err(|error| error.to_string())
        };
        (0..ROUNDS).map(rotate).collect::<Vec<_>>()
    });
    for (one, other) in answers[0].iter().zip(&answers[1]) {
        let mut round = [one, other];
        round.sort();
        assert_eq!(round, [&Ok("f".to_owned()), &Ok("t".to_owned())]);
    }

    // Each family: the session, its one successor, both ended, the reuse noted where it was seen.
    let families = "
        SELECT DISTINCT count(*), count(s.revoked_at), count(s.rotated_from),
               count(*) FILTER (WHERE s.id LIKE 'first-%' AND s.reused_jti_of = s.current_jti),
               count(s.reused_jti_of)
          FROM auth_sessions AS s GROUP BY s.family_id";
    assert_eq!(database.psql(families), "2|2|1|1|1");
    let audit = "
        SELECT action, success, details->>'reason', details->>'count', count(*),
               count(DISTINCT details->>'family_id')
          FROM auth_audit_log WHERE user_id = 'ann' GROUP BY 1, 2, 3, 4 ORDER BY 1";
    assert_eq!(
        database.psql(audit),
        "session_family_revoked|t|token_replay|1|300|300\n\
         token_replay_detected|f|||300|300"
    );
}

#[test]
fn a_rotation_behind_one_that_commits_is_a_replay() {
    let (database, one, other) = two_callers();
    one.tell("BEGIN");
    assert_eq!(one.tell(&rotation("first-0", "next", &uuid(2, 0))), "t");
    let loser = rotation("first-0", "late", &uuid(3, 0));
    assert_eq!(asked_behind(&one, "COMMIT", &other, &loser).unwrap(), "f");
    assert_eq!(database.psql(LIVE), "0");
    assert_eq!(
        database.psql(AUDIT),
        "session_family_revoked|t|token_replay|1|\ntoken_replay_detected|f|||first-0"
    );
    // The winner's client is signed out too: its session ended without a successor.
    assert_eq!(other.tell(&rotation("next", "after", &uuid(4, 0))), "f");
}

#[test]
fn a_rotation_behind_one_that_is_undone_succeeds() {
    let (database, one, other) = two_callers();
    one.tell("BEGIN");
    one.tell(&rotation("first-0", "next", &uuid(2, 0)));
    let winner = rotation("first-0", "late", &uuid(3, 0));
    assert_eq!(asked_behind(&one, "ROLLBACK", &other, &winner).unwrap(), "t");
    let sessions = "SELECT id, rotated_from, revoked_at IS NULL FROM auth_sessions ORDER BY id";
    assert_eq!(database.psql(sessions), "first-0||f\nlate|first-0|t");
    assert_eq!(database.psql(AUDIT), "");
}

#[test]
fn a_snapshot_from_before_the_rotation_gives_no_second_successor() {
    let (database, one, other) = two_callers();
    other.tell("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM auth_sessions");
    assert_eq!(one.tell(&rotation("first-0", "next", &uuid(2, 0))), "t");
    let refused = other.ask(&rotation("first-0", "late", &uuid(3, 0))).unwrap_err();
    assert_eq!(refused.code(), &SqlState::T_R_SERIALIZATION_FAILURE, "{refused}");
    other.tell("ROLLBACK");
    assert_eq!(database.psql("SELECT count(*) FROM auth_sessions"), "2");
    // Tried again, as such an error asks for, it is what it would have been: a replay.
    assert_eq!(other.tell(&rotation("first-0", "late", &uuid(3, 0))), "f");
    assert_eq!(database.psql(LIVE), "0");
}

#[test]
fn a_replay_seen_while_the_family_is_being_revoked_is_still_noted() {
    let (database, one, other) = two_callers();
    one.tell(&rotation("first-0", "next", &uuid(2, 0)));
    one.tell("BEGIN");
    assert_eq!(one.tell(&revocation(0)), "1");
    assert_eq!(asked_behind(&one, "COMMIT", &other, &replay(0)).unwrap(), "t");
    assert_eq!(
        database.psql(AUDIT),
        "session_family_revoked|t|logout|1|\n\
         session_family_revoked|t|token_replay|0|\n\
         token_replay_detected|f|||first-0"
    );
    let seen = "SELECT id FROM auth_sessions WHERE reused_jti_of = current_jti";
    assert_eq!(database.psql(seen), "first-0");
    assert_eq!(database.psql(LIVE), "0");
}

#[test]
fn a_family_revoked_behind_a_replay_has_nothing_left_to_revoke() {
    let (database, one, other) = two_callers();
    one.tell(&rotation("first-0", "next", &uuid(2, 0)));
    one.tell("BEGIN");
    assert_eq!(one.tell(&replay(0)), "t");
    assert_eq!(asked_behind(&one, "COMMIT", &other, &revocation(0)).unwrap(), "0");
    assert_eq!(database.psql(LIVE), "0");
}

/// The successor is not in the snapshot of the statement that waits.
#[test]
fn whoever_waits_for_a_rotation_ends_its_successor_too() {
    for (ending, answer) in [(revocation(0), "1"), (replay(0), "t")] {
        let (database, one, other) = two_callers();
        one.tell("BEGIN");
        assert_eq!(one.tell(&rotation("first-0", "next", &uuid(2, 0))), "t");
        assert_eq!(asked_behind(&one, "COMMIT", &other, &ending).unwrap(), answer, "{ending}");
        assert_eq!(database.psql(LIVE), "0", "{ending}");
    }
}

#[test]
fn a_rotation_behind_a_revocation_is_refused_and_is_no_replay() {
    let (database, one, other) = two_callers();
    one.tell("BEGIN");
    assert_eq!(one.tell(&revocation(0)), "1");
    let rotate = rotation("first-0", "next", &uuid(2, 0));
    assert_eq!(asked_behind(&one, "COMMIT", &other, &rotate).unwrap(), "f");
    assert_eq!(database.psql(AUDIT), "session_family_revoked|t|logout|1|");
    assert_eq!(database.psql("SELECT id FROM auth_sessions"), "first-0");
}

#[test]
fn cleaning_up_waits_for_no_rotation_and_hinders_none() {
    let (database, one, other) = two_callers();
    database.psql(&format!(
        "INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, expires_at)
         VALUES ('old', 'ann', 'hash', '{0}', now() - interval '8 days'),
                ('older', 'ann', 'hash', '{0}', now() - interval '9 days')",
        family(0)
    ));
    // A rotation of a session that is due has it locked: it is left, and nothing waits for it.
    one.tell("BEGIN");
    assert_eq!(one.tell(&rotation("old", "never", &uuid(2, 0))), "f");
    other.tell("SET statement_timeout = '10s'");
    assert_eq!(other.tell("SELECT cleanup_expired_sessions()"), "1");
    one.tell("COMMIT");

    other.tell("BEGIN");
    assert_eq!(other.tell("SELECT cleanup_expired_sessions()"), "1");
    // In the same family, while the deletion is not committed.
    one.tell("SET statement_timeout = '10s'");
    assert_eq!(one.tell(&rotation("first-0", "next", &uuid(2, 0))), "t");
    // A rotation of what is being deleted waits, and finds nothing.
    let gone = rotation("old", "never", &uuid(3, 0));
    assert_eq!(asked_behind(&other, "COMMIT", &one, &gone).unwrap(), "f");
    assert_eq!(database.psql("SELECT id FROM auth_sessions ORDER BY id"), "first-0\nnext");
    assert_eq!(database.psql(AUDIT), "session_cleanup|t||1|\nsession_cleanup|t||1|");
}

/// Deleting a user locks the user first and the sessions then.
#[test]
fn deleting_users_beside_rotations_and_revocations_deadlocks_with_none() {
    const USERS: usize = 300;
    let database = migrated();
    let users: Vec<_> = (0..USERS)
        .map(|number| {
            let sign_in = sign_in(number).replace("'ann'", &format!("'user-{number}'"));
            format!("INSERT INTO users (id, email) VALUES ('user-{number}', '{number}');{sign_in}")
        })
        .collect();
    database.psql(&users.join(";\n"));
    let answers = together(&database, 4, |caller, client, barrier| {
        let meet = |number: usize| {
            let sql = match caller {
                0 => format!("DELETE FROM users WHERE id = 'user-{number}'"),
                1 => rotation(&format!("first-{number}"), &format!("{number}"), &uuid(2, number)),
                2 => revocation(number),
                _ => replay(number),
            };
            barrier.wait();
            client.ask(&sql).err()
        };
        (0..USERS).filter_map(meet).collect::<Vec<_>>()
    });
    // A successor whose user has just gone has nobody to belong to.
    for error in answers.iter().flatten() {
        assert_eq!(error.code(), &SqlState::FOREIGN_KEY_VIOLATION, "{error}");
    }
    assert_eq!(database.psql("SELECT count(*) FROM auth_sessions"), "0");
}
