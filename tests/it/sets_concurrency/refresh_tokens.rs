//! `refresh-tokens`: tokens that several connections use, end and clean up at once.

use std::collections::HashMap;

use super::{asked_behind, database_with, together, uuid};
use crate::support::{Client, Database};

fn migrated() -> Database {
    database_with("refresh-tokens")
}

/// A live token of Ann's, with its number for a name.
fn token(number: usize) -> String {
    format!(
        "INSERT INTO refresh_tokens (id, user_id, token, device_fingerprint, expires_at)
         VALUES ('{}', 'ann', 'token-{number}', 'phone', localtimestamp + interval '1 day')",
        uuid(1, number)
    )
}

const REVOKE: &str = "SELECT revoke_refresh_token('token-0', 'logout')";
const REVOKE_ALL: &str = "SELECT revoke_user_refresh_tokens('ann')";
const EXTEND: &str = "SELECT extend_refresh_token('token-0') > localtimestamp + interval '2 days'";
const EVENTS: &str = "SELECT event_type, metadata->>'reason' FROM security_events ORDER BY 1, 2";

fn two_callers(tokens: usize) -> (Database, Client, Client) {
    let database = migrated();
    database.psql(&(0..tokens).map(token).collect::<Vec<_>>().join(";\n"));
    let (one, other) = (Client::connect(&database), Client::connect(&database));
    (database, one, other)
}

#[test]
fn of_many_revocations_of_a_token_one_ends_it_and_is_recorded() {
    const ROUNDS: usize = 150;
    let database = migrated();
    let tokens = (0..ROUNDS).map(|it| token(it).replace("'ann'", &format!("'ann-{it}'")));
    database.psql(&tokens.collect::<Vec<_>>().join(";\n"));
    let answers = together(&database, 4, |caller, client, barrier| {
        let revoke = |round: usize| {
            let sql = match caller {
                0 | 1 => format!("SELECT revoke_refresh_token('token-{round}', 'logout')::int"),
                _ => format!("SELECT revoke_user_refresh_tokens('ann-{round}')"),
            };
            barrier.wait();
            client.ask(&sql).map_err(|error| error.to_string())
        };
        (0..ROUNDS).map(revoke).collect::<Vec<_>>()
    });
    for round in 0..ROUNDS {
        let mut ended: Vec<_> = answers.iter().map(|of_caller| &of_caller[round]).collect();
        ended.sort();
        assert_eq!(ended, ["0", "0", "0", "1"].map(|count| Ok(count.to_owned())).each_ref());
    }
    let recorded = "SELECT event_type, count(*), count(DISTINCT token_id) FROM security_events
                     WHERE metadata->>'reason' IN ('logout', 'all tokens of the user') GROUP BY 1";
    assert_eq!(database.psql(recorded), "token_revoked|150|150");
}

#[test]
fn two_who_sign_a_user_out_everywhere_share_the_count_and_never_deadlock() {
    const ROUNDS: usize = 20;
    let (database, one, other) = two_callers(50);
    one.tell("BEGIN");
    assert_eq!(one.tell(REVOKE_ALL), "50");
    assert_eq!(asked_behind(&one, "COMMIT", &other, REVOKE_ALL).unwrap(), "0");

    // Against single revocations, in the order that is the worst for the other.
    for _ in 0..ROUNDS {
        database.psql("TRUNCATE security_events; UPDATE refresh_tokens SET revoked_at = NULL");
        let counts = together(&database, 3, |caller, client, _| {
            let sql = match caller {
                0 | 1 => REVOKE_ALL,
                _ => {
                    "SELECT count(*) FILTER (WHERE revoke_refresh_token(token, 'logout'))
                       FROM (SELECT token FROM refresh_tokens ORDER BY id DESC LIMIT 1) AS last"
                }
            };
            client.tell(sql).parse::<usize>().expect("it is a count")
        });
        assert_eq!(counts.iter().sum::<usize>(), 50, "{counts:?}");
        assert_eq!(database.psql("SELECT count(*) FROM security_events"), "50");
    }
}

#[test]
fn a_token_that_is_being_revoked_is_not_extended() {
    let (database, one, other) = two_callers(1);
    for revoke in [REVOKE, REVOKE_ALL] {
        let before = database.psql("SELECT expires_at, last_used_at FROM refresh_tokens");
        one.tell("BEGIN");
        one.tell(revoke);
        assert_eq!(asked_behind(&one, "COMMIT", &other, EXTEND).unwrap(), "", "{revoke}");
        let after = database.psql("SELECT expires_at, last_used_at FROM refresh_tokens");
        assert_eq!(before, after, "{revoke}");
        database.psql("UPDATE refresh_tokens SET revoked_at = NULL");
    }
    // Where the revocation is undone, the token goes on.
    one.tell("BEGIN");
    one.tell(REVOKE);
    assert_eq!(asked_behind(&one, "ROLLBACK", &other, EXTEND).unwrap(), "t");
    assert_eq!(database.psql(EVENTS), "token_revoked|all tokens of the user\ntoken_revoked|logout");
}

#[test]
fn a_token_that_is_being_extended_is_revoked_all_the_same() {
    for (revoke, answer) in [(REVOKE, "t"), (REVOKE_ALL, "1")] {
        let (database, one, other) = two_callers(1);
        one.tell("BEGIN");
        assert_eq!(one.tell(EXTEND), "t");
        assert_eq!(asked_behind(&one, "COMMIT", &other, revoke).unwrap(), answer);
        let state = "SELECT revoked_at IS NOT NULL, expires_at > localtimestamp + interval '2 days'
                       FROM refresh_tokens";
        assert_eq!(database.psql(state), "t|t", "{revoke}");
    }
}

#[test]
fn two_extensions_never_shorten_a_token_whichever_comes_last() {
    let (database, one, other) = two_callers(1);
    let extend = |days: u32| format!("SELECT extend_refresh_token('token-0', '{days} days')");
    let left = "SELECT expires_at FROM refresh_tokens";
    one.tell("BEGIN");
    let long = one.tell(&extend(20));
    assert_eq!(asked_behind(&one, "COMMIT", &other, &extend(10)).unwrap(), long);
    assert_eq!(database.psql(left), long);
    one.tell("BEGIN");
    one.tell(&extend(30));
    let longest = asked_behind(&one, "COMMIT", &other, &extend(40)).unwrap();
    assert_eq!(database.psql(left), longest);
    assert!(longest > long, "{longest} {long}");
}

#[test]
fn cleaning_up_leaves_what_somebody_works_with_to_the_next_run() {
    let (database, one, other) = two_callers(3);
    database.psql(
        "UPDATE refresh_tokens SET created_at = localtimestamp - interval '90 days',
             expires_at = localtimestamp - interval '40 days' WHERE token <> 'token-2'",
    );
    one.tell("BEGIN; UPDATE refresh_tokens SET device_name = 'mine' WHERE token = 'token-0'");
    other.tell("SET statement_timeout = '10s'");
    assert_eq!(other.tell("SELECT cleanup_refresh_tokens()"), "1");
    one.tell("COMMIT");
    assert_eq!(other.tell("SELECT cleanup_refresh_tokens()"), "1");
    assert_eq!(database.psql("SELECT token FROM refresh_tokens"), "token-2");
}

/// What the calls of one connection returned.
#[derive(Default)]
struct Tally {
    revoked: usize,
    mismatches: usize,
    expired: usize,
    deleted: usize,
    /// By token, until when it was promised to live.
    promised: HashMap<String, String>,
}

fn operate(client: &Client, random: &mut fastrand::Rng, unique: usize, tally: &mut Tally) {
    const USERS: usize = 8;
    let count = |sql: &str| client.tell(sql).parse::<usize>().expect("it is a count");
    let user = format!("user-{}", random.usize(..USERS));
    // Mostly one that is live, as far as this connection can see.
    let known = format!(
        "SELECT token FROM refresh_tokens WHERE user_id = '{user}' AND device_name IS NULL
            AND (revoked_at IS NULL OR {unique} % 8 = 0) ORDER BY md5(token || {unique}) LIMIT 1"
    );
    match random.u32(..100) {
        0..20 => {
            client.tell(&token(unique).replace("'ann'", &format!("'{user}'")));
        }
        20..45 => {
            let token = client.tell(&known);
            let days = random.u32(1..20);
            let extend = format!("SELECT extend_refresh_token('{token}', '{days} days')");
            let until = client.tell(&extend);
            let promised = tally.promised.entry(token).or_default();
            if until > *promised {
                *promised = until;
            }
        }
        45..65 => {
            let device = if random.bool() { "phone" } else { "stolen" };
            let verify = format!(
                "SELECT fingerprint_matches FROM verify_refresh_token(({known}), '{device}')"
            );
            let matches = client.tell(&verify);
            assert!(matches.is_empty() || (matches == "t") == (device == "phone"), "{matches}");
            tally.mismatches += usize::from(matches == "f");
        }
        65..78 => {
            tally.revoked += count(&format!("SELECT revoke_refresh_token(({known}), 'x')::int"));
        }
        78..84 => {
            tally.revoked += count(&format!(
                "SELECT revoke_user_refresh_tokens('{user}', (SELECT id FROM refresh_tokens
                     WHERE user_id = '{user}' AND revoked_at IS NULL LIMIT 1))"
            ));
        }
        84..90 => {
            client.tell(&format!(
                "INSERT INTO refresh_tokens (user_id, token, device_name, expires_at, revoked_at)
                 VALUES ('{user}', 'old-{unique}', 'old', localtimestamp - interval '40 days',
                         localtimestamp - interval '50 days')"
            ));
            tally.expired += 1;
        }
        90..95 => tally.deleted += count("SELECT cleanup_refresh_tokens()"),
        _ => {
            client.tell(&format!(
                "SELECT count(*) FROM active_refresh_tokens WHERE user_id = '{user}';
                 SELECT sum(event_count) FROM security_event_summary"
            ));
        }
    }
}

#[test]
fn thousands_of_operations_from_eight_connections_leave_everything_in_order() {
    const OPERATIONS: usize = 500;
    let database = migrated();
    let tallies = together(&database, 8, |number, client, _| {
        let mut random = fastrand::Rng::with_seed(number as u64);
        let mut tally = Tally::default();
        for operation in 0..OPERATIONS {
            operate(client, &mut random, number * OPERATIONS + operation, &mut tally);
        }
        tally
    });
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let counts =
        [sum(|it| it.revoked), sum(|it| it.mismatches), sum(|it| it.expired), sum(|it| it.deleted)];
    assert!(counts.iter().all(|count| *count > 50), "these show little: {counts:?}");
    let [revoked, mismatches, expired, deleted] = counts.map(|count| count.to_string());

    let of_type = |event: &str| {
        database.psql(&format!("SELECT count(*) FROM security_events WHERE event_type = '{event}'"))
    };
    assert_eq!(of_type("token_revoked"), revoked);
    assert_eq!(of_type("device_fingerprint_mismatch"), mismatches);
    let ended = "SELECT count(*) FROM refresh_tokens WHERE revoked_at IS NOT NULL
                 AND token NOT LIKE 'old-%'";
    assert_eq!(database.psql(ended), revoked);
    let unmatched = "
        SELECT t.token, count(e.id) FROM refresh_tokens AS t
          LEFT JOIN security_events AS e ON e.token_id = t.id AND e.event_type = 'token_revoked'
         WHERE t.token NOT LIKE 'old-%' GROUP BY t.id
        HAVING count(e.id) <> (t.revoked_at IS NOT NULL)::int";
    assert_eq!(database.psql(unmatched), "");
    let left = database.psql("SELECT count(*) FROM refresh_tokens WHERE token LIKE 'old-%'");
    let in_order = format!("SELECT {left} + {deleted} = {expired}");
    assert_eq!(database.psql(&in_order), "t", "{left} left, {counts:?}");
    // What one connection was promised, no other has taken back.
    let client = Client::connect(&database);
    for (token, until) in tallies.iter().flat_map(|it| &it.promised) {
        let ends = format!("SELECT expires_at FROM refresh_tokens WHERE token = '{token}'");
        let ends = client.tell(&ends);
        assert!(ends >= *until, "{token} ends {ends}, not {until}");
    }
}
