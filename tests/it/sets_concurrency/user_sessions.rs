//! `user-sessions`: one refresh token in several hands, and signing out beside it.

use super::{asked_behind, database_with, together, uuid};
use crate::support::{Client, Database};

fn user(number: usize) -> String {
    uuid(0xa, number)
}

/// A hash that a person can tell from the others.
fn hash(kind: u32, number: usize) -> String {
    format!("{kind:08x}{number:056x}")
}

const ACCESS: u32 = 0xacce_5500;
const REFRESH: u32 = 0x0fe5_0000;
const RENEWED: u32 = 0xacce_5501;

fn sign_in(owner: usize, number: usize) -> String {
    format!(
        "INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, expires_at)
         VALUES ('{}', '{}', '{}', '{}', localtimestamp + interval '7 days')",
        uuid(1, number),
        user(owner),
        hash(ACCESS, number),
        hash(REFRESH, number)
    )
}

fn refresh(session: usize, renewed: usize) -> String {
    let (held, renewed) = (hash(REFRESH, session), hash(RENEWED, renewed));
    format!("SELECT refresh_user_session('{held}', '{renewed}')")
}

fn revoke(owner: usize, session: usize) -> String {
    format!("SELECT revoke_user_session('{}', '{}')", user(owner), uuid(1, session))
}

fn revoke_others(owner: usize, session: usize) -> String {
    format!("SELECT revoke_other_user_sessions('{}', '{}')", user(owner), uuid(1, session))
}

fn migrated(users: usize) -> Database {
    let database = database_with("user-sessions");
    let users: Vec<_> = (0..users).map(|it| format!("('{}')", user(it))).collect();
    database.psql(&format!("INSERT INTO users (id) VALUES {}", users.join(", ")));
    database
}

fn two_callers(sessions: usize) -> (Database, Client, Client) {
    let database = migrated(1);
    database.psql(&(0..sessions).map(|it| sign_in(0, it)).collect::<Vec<_>>().join(";\n"));
    let (one, other) = (Client::connect(&database), Client::connect(&database));
    (database, one, other)
}

/// The access tokens of ended and renewed sessions that nothing refuses, and live ones refused.
const WRONGLY_KNOWN: &str = "
    SELECT id, access_token_hash FROM user_sessions
     WHERE is_active = is_access_token_revoked(access_token_hash) AND expires_at > localtimestamp";

#[test]
fn of_the_access_tokens_that_several_fetched_at_once_only_the_last_is_good() {
    const ROUNDS: usize = 60;
    const CALLERS: usize = 4;
    let database = migrated(1);
    database.psql(&(0..ROUNDS).map(|it| sign_in(0, it)).collect::<Vec<_>>().join(";\n"));
    let answers = together(&database, CALLERS, |caller, client, barrier| {
        let fetch = |round: usize| {
            barrier.wait();
            client.ask(&refresh(round, round * CALLERS + caller)).map_err(|it| it.to_string())
        };
        (0..ROUNDS).map(fetch).collect::<Vec<_>>()
    });
    for of_caller in &answers {
        for (round, answer) in of_caller.iter().enumerate() {
            assert_eq!(answer, &Ok(uuid(1, round)));
        }
    }
    // Of each session: the token it began with and all fetched but one are refused.
    let refused = "SELECT DISTINCT count(*) FROM revoked_access_tokens GROUP BY session_id";
    assert_eq!(database.psql(refused), CALLERS.to_string());
    assert_eq!(database.psql("SELECT count(*) FROM revoked_access_tokens"), "240");
    assert_eq!(database.psql(WRONGLY_KNOWN), "");
}

#[test]
fn a_session_that_is_being_revoked_gets_no_new_access_token() {
    for (ending, answer) in [(revoke(0, 0), "t"), (revoke_others(0, 1), "1")] {
        let (database, one, other) = two_callers(2);
        one.tell("BEGIN");
        assert_eq!(one.tell(&ending), answer);
        assert_eq!(asked_behind(&one, "COMMIT", &other, &refresh(0, 0)).unwrap(), "");
        let known = "SELECT token_hash FROM revoked_access_tokens";
        assert_eq!(database.psql(known), hash(ACCESS, 0));
        assert_eq!(other.tell(&refresh(1, 1)), uuid(1, 1));
    }
}

#[test]
fn the_access_token_that_a_revocation_waited_for_is_refused_too() {
    for (ending, answer) in [(revoke(0, 0), "t"), (revoke_others(0, 1), "1")] {
        let (database, one, other) = two_callers(2);
        one.tell("BEGIN");
        assert_eq!(one.tell(&refresh(0, 0)), uuid(1, 0));
        assert_eq!(asked_behind(&one, "COMMIT", &other, &ending).unwrap(), answer);
        let known = "SELECT token_hash FROM revoked_access_tokens ORDER BY token_hash";
        assert_eq!(
            database.psql(known),
            format!("{}\n{}", hash(ACCESS, 0), hash(RENEWED, 0)),
            "{ending}"
        );
        assert_eq!(database.psql(WRONGLY_KNOWN), "");
    }
}

#[test]
fn two_who_sign_out_everywhere_else_share_the_count_and_never_deadlock() {
    const ROUNDS: usize = 20;
    let (database, one, other) = two_callers(40);
    one.tell("BEGIN");
    assert_eq!(one.tell(&revoke_others(0, 7)), "39");
    assert_eq!(asked_behind(&one, "COMMIT", &other, &revoke_others(0, 7)).unwrap(), "0");
    for _ in 0..ROUNDS {
        database.psql(
            "TRUNCATE revoked_access_tokens;
             UPDATE user_sessions SET is_active = true, revoked_at = NULL",
        );
        // Each spares its own, so that the others' end all three of them.
        let counts = together(&database, 3, |caller, client, _| {
            client.tell(&revoke_others(0, caller * 10)).parse::<usize>().expect("it is a count")
        });
        assert_eq!(counts.iter().sum::<usize>(), 40, "{counts:?}");
        assert_eq!(database.psql("SELECT count(*) FROM revoked_access_tokens"), "40");
    }
}

#[test]
fn cleaning_up_leaves_what_somebody_works_with_to_the_next_run() {
    let (database, one, other) = two_callers(3);
    database.psql(&format!(
        "UPDATE user_sessions SET created_at = localtimestamp - interval '9 days',
             expires_at = localtimestamp - interval '1 day' WHERE id <> '{}';
         INSERT INTO revoked_access_tokens (token_hash, revoked_at, expires_at)
         SELECT repeat(digit, 64), localtimestamp - interval '2 hours',
                localtimestamp - interval '1 hour' FROM unnest(ARRAY['a', 'b']) AS digit",
        uuid(1, 2)
    ));
    one.tell("BEGIN");
    assert_eq!(one.tell(&revoke(0, 0)), "t");
    one.tell("SELECT FROM revoked_access_tokens WHERE token_hash ~ '^a' FOR UPDATE");
    other.tell("SET statement_timeout = '10s'");
    assert_eq!(other.tell("SELECT cleanup_expired_user_sessions()"), "1");
    assert_eq!(other.tell("SELECT token_hash ~ '^a' FROM revoked_access_tokens"), "t");
    one.tell("COMMIT");
    assert_eq!(other.tell("SELECT cleanup_expired_user_sessions()"), "0");
    assert_eq!(database.psql("SELECT token_hash FROM revoked_access_tokens"), hash(ACCESS, 0));
    assert_eq!(database.psql("SELECT id FROM user_sessions WHERE is_active"), uuid(1, 2));
}

/// What the calls of one connection returned.
#[derive(Default)]
struct Tally {
    refreshed: usize,
    revoked: usize,
    expired: usize,
    marked: usize,
}

fn operate(client: &Client, random: &mut fastrand::Rng, unique: usize, tally: &mut Tally) {
    const USERS: usize = 4;
    let count = |sql: &str| client.tell(sql).parse::<usize>().expect("it is a count");
    let owner = random.usize(..USERS);
    let me = user(owner);
    let live = |column: &str| {
        format!(
            "SELECT {column} FROM user_sessions WHERE user_id = '{me}' AND is_active
                AND expires_at > localtimestamp ORDER BY md5(id::text || {unique}) LIMIT 1"
        )
    };
    match random.u32(..100) {
        0..25 => {
            client.tell(&sign_in(owner, unique));
        }
        25..55 => {
            let renewed = hash(RENEWED, unique);
            let refresh = format!(
                "SELECT count(refresh_user_session(({}), '{renewed}'))",
                live("refresh_token_hash")
            );
            tally.refreshed += count(&refresh);
        }
        55..68 => {
            tally.revoked +=
                count(&format!("SELECT revoke_user_session('{me}', ({}))::int", live("id")));
        }
        68..74 => {
            tally.revoked +=
                count(&format!("SELECT revoke_other_user_sessions('{me}', ({}))", live("id")));
        }
        74..82 => {
            client.tell(&format!(
                "INSERT INTO user_sessions (user_id, access_token_hash, refresh_token_hash,
                                            created_at, expires_at, user_agent)
                 VALUES ('{}', '{}', '{}', localtimestamp - interval '9 days',
                         localtimestamp - interval '2 days', 'old')",
                user(USERS),
                hash(ACCESS, unique),
                hash(REFRESH, unique)
            ));
            tally.expired += 1;
        }
        82..90 => tally.marked += count("SELECT cleanup_expired_user_sessions()"),
        _ => {
            // In one statement, so in one snapshot.
            let wrong = format!("{WRONGLY_KNOWN} AND user_id = '{me}'");
            assert_eq!(client.tell(&wrong), "");
            let listed = format!(
                "SELECT (SELECT count(*) FROM list_user_sessions('{me}'))
                      = (SELECT count(*) FROM active_user_sessions WHERE user_id = '{me}')"
            );
            assert_eq!(client.tell(&listed), "t");
        }
    }
}

#[test]
fn thousands_of_operations_from_eight_connections_leave_everything_in_order() {
    const OPERATIONS: usize = 400;
    let database = migrated(5);
    let tallies = together(&database, 8, |number, client, _| {
        let mut random = fastrand::Rng::with_seed(number as u64);
        let mut tally = Tally::default();
        for operation in 0..OPERATIONS {
            operate(client, &mut random, number * OPERATIONS + operation, &mut tally);
        }
        tally
    });
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let (refreshed, revoked) = (sum(|it| it.refreshed), sum(|it| it.revoked));
    let (expired, marked) = (sum(|it| it.expired), sum(|it| it.marked));
    assert!(
        [refreshed, revoked, marked].iter().all(|count| *count > 50),
        "these show little: {refreshed} {revoked} {marked}"
    );
    let number = |sql: &str| database.psql(sql).parse::<usize>().expect("it is a number");
    assert_eq!(database.psql(WRONGLY_KNOWN), "");
    let ended = "SELECT count(*) FROM user_sessions WHERE revoked_at IS NOT NULL";
    assert_eq!(number(ended), revoked);
    let left = "SELECT count(*) FROM user_sessions WHERE user_agent = 'old' AND is_active";
    assert_eq!(number(left), expired - marked);
    // A token for each refresh and each revocation, none of them lost or written twice.
    assert_eq!(number("SELECT count(*) FROM revoked_access_tokens"), refreshed + revoked);
}
