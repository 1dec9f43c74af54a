//! `rls-sessions`: users at work on their sessions, each bound by the policy.

use super::{asked_behind, database_with, together, uuid};
use crate::support::{Client, Database};

/// A database with users, and a role that is bound by the policy.
struct App {
    database: Database,
    role: String,
}

impl App {
    fn with_users(count: usize) -> Self {
        let database = database_with("rls-sessions");
        let role = format!("{}_app", database.name());
        let users: Vec<_> =
            (0..count).map(|it| format!("('{}', '{it}@example.org')", user(it))).collect();
        database.psql(&format!(
            "CREATE ROLE {role};
             GRANT SELECT, INSERT, UPDATE, DELETE ON users, sessions TO {role};
             GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role};
             INSERT INTO users VALUES {}",
            users.join(", ")
        ));
        Self { database, role }
    }

    fn bind(&self, client: &Client, number: usize) {
        let user = user(number);
        client.tell(&format!("SET ROLE {}; SET app.current_user_id = '{user}'", self.role));
    }

    /// Two connections that work for the first user, who has one session.
    fn two_callers(&self) -> (Client, Client) {
        let (one, other) = (Client::connect(&self.database), Client::connect(&self.database));
        self.bind(&one, 0);
        self.bind(&other, 0);
        one.tell(&sign_in(0, 0));
        (one, other)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let role = &self.role;
        let _ = self.database.try_psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    }
}

fn user(number: usize) -> String {
    uuid(0xa, number)
}

fn sign_in(owner: usize, number: usize) -> String {
    format!(
        "INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at)
         VALUES ('{}', '{}', 'hash', now() + interval '1 day')",
        uuid(1, number),
        user(owner)
    )
}

fn call(function: &str, number: usize) -> String {
    match function {
        "touch_session" => format!("SELECT touch_session('{}')", uuid(1, number)),
        _ => format!("SELECT revoke_session('{}', 'logout')", uuid(1, number)),
    }
}

#[test]
fn a_session_that_is_being_revoked_is_neither_touched_nor_revoked_again() {
    for (second, undone) in [("touch_session", "t"), ("revoke_session", "t")] {
        let app = App::with_users(1);
        let (one, other) = app.two_callers();
        one.tell("BEGIN");
        assert_eq!(one.tell(&call("revoke_session", 0)), "t");
        assert_eq!(asked_behind(&one, "ROLLBACK", &other, &call(second, 0)).unwrap(), undone);
        app.database.psql("UPDATE sessions SET is_revoked = false, revoked_at = NULL");
        let before = app.database.psql("SELECT last_used_at FROM sessions");
        one.tell("BEGIN");
        assert_eq!(one.tell(&call("revoke_session", 0)), "t");
        assert_eq!(asked_behind(&one, "COMMIT", &other, &call(second, 0)).unwrap(), "f");
        assert_eq!(app.database.psql("SELECT last_used_at FROM sessions"), before);
    }
}

#[test]
fn two_who_sign_out_everywhere_share_the_count() {
    let app = App::with_users(1);
    let (one, other) = app.two_callers();
    one.tell(&(1..30).map(|it| sign_in(0, it)).collect::<Vec<_>>().join(";"));
    let all = format!("SELECT revoke_all_sessions('{}', 'password_change')", user(0));
    one.tell("BEGIN");
    assert_eq!(one.tell(&call("touch_session", 7)), "t");
    assert_eq!(asked_behind(&one, "COMMIT", &other, &all).unwrap(), "30");
    other.tell("UPDATE sessions SET is_revoked = false, revoked_at = NULL");
    one.tell("BEGIN");
    assert_eq!(one.tell(&all), "30");
    assert_eq!(asked_behind(&one, "COMMIT", &other, &all).unwrap(), "0");
}

#[test]
fn cleaning_up_leaves_what_somebody_works_with_to_the_next_run() {
    let app = App::with_users(1);
    let (one, other) = app.two_callers();
    one.tell(&[sign_in(0, 1), sign_in(0, 2)].join(";"));
    app.database.psql(&format!(
        "UPDATE sessions SET created_at = now() - interval '90 days',
             expires_at = now() - interval '40 days' WHERE id <> '{}'",
        uuid(1, 2)
    ));
    one.tell("BEGIN");
    assert_eq!(one.tell(&call("revoke_session", 0)), "t");
    other.tell("SET statement_timeout = '10s'");
    assert_eq!(other.tell("SELECT cleanup_sessions()"), "1");
    one.tell("COMMIT");
    assert_eq!(other.tell("SELECT cleanup_sessions()"), "1");
    assert_eq!(app.database.psql("SELECT id FROM sessions"), uuid(1, 2));
}

/// What the calls of one connection returned.
#[derive(Default)]
struct Tally {
    signed_in: usize,
    revoked: usize,
    expired: usize,
    deleted: usize,
}

/// One of several connections that work for one user.
fn operate(
    client: &Client,
    owner: usize,
    random: &mut fastrand::Rng,
    unique: usize,
    tally: &mut Tally,
) {
    let count = |sql: &str| client.tell(sql).parse::<usize>().expect("it is a count");
    let me = user(owner);
    let mine = format!("SELECT id FROM sessions ORDER BY md5(id::text || {unique}) LIMIT 1");
    match random.u32(..100) {
        0..25 => {
            client.tell(&sign_in(owner, unique));
            tally.signed_in += 1;
        }
        25..50 => {
            client.tell(&format!("SELECT touch_session(({mine}))"));
        }
        50..65 => {
            tally.revoked += count(&format!("SELECT revoke_session(({mine}), '{me}')::int"));
        }
        65..73 => {
            tally.revoked +=
                count(&format!("SELECT revoke_all_sessions('{me}', '{me}', ({mine}))"));
        }
        73..80 => {
            client.tell(&format!(
                "INSERT INTO sessions (user_id, refresh_token_hash, created_at, expires_at,
                                       is_revoked, revoked_at, revoked_reason)
                 VALUES ('{me}', 'old', now() - interval '60 days', now() - interval '40 days',
                         true, now() - interval '50 days', '{me}')"
            ));
            tally.expired += 1;
        }
        80..88 => tally.deleted += count("SELECT cleanup_sessions()"),
        // What others have is out of reach, however busy they are.
        88..94 => {
            let other = user(owner + 1);
            let all = format!("SELECT revoke_all_sessions('{other}', '{me}')");
            assert_eq!(client.tell(&all), "0");
        }
        _ => {
            let foreign = format!("SELECT count(*) FROM sessions WHERE user_id <> '{me}'");
            assert_eq!(client.tell(&foreign), "0");
        }
    }
}

#[test]
fn thousands_of_operations_from_eight_connections_leave_everything_in_order() {
    const USERS: usize = 3;
    const OPERATIONS: usize = 400;
    let app = App::with_users(USERS + 1);
    let tallies = together(&app.database, 8, |number, client, _| {
        app.bind(client, number % USERS);
        let mut random = fastrand::Rng::with_seed(number as u64);
        let mut tally = Tally::default();
        for operation in 0..OPERATIONS {
            let unique = number * OPERATIONS + operation;
            operate(client, number % USERS, &mut random, unique, &mut tally);
        }
        tally
    });
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let counts =
        [sum(|it| it.signed_in), sum(|it| it.revoked), sum(|it| it.expired) - sum(|it| it.deleted)];
    assert!(sum(|it| it.deleted) > 50 && counts[1] > 50, "these show little: {counts:?}");
    let sessions = "
        SELECT count(*) FILTER (WHERE refresh_token_hash = 'hash'),
               count(*) FILTER (WHERE refresh_token_hash = 'hash' AND is_revoked),
               count(*) FILTER (WHERE refresh_token_hash = 'old')
          FROM sessions";
    assert_eq!(app.database.psql(sessions), counts.map(|it| it.to_string()).join("|"));
    // Whoever ended a session is whose session it was.
    let foreign = "SELECT count(*) FROM sessions WHERE is_revoked <> (revoked_at IS NOT NULL)
                   OR revoked_reason <> user_id::text OR is_revoked AND revoked_reason IS NULL";
    assert_eq!(app.database.psql(foreign), "0");
}
