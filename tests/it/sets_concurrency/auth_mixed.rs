//! `auth-sessions`: everything at once, for a while.

use std::sync::{Mutex, MutexGuard};

use super::auth_sessions::{family, migrated, rotation, sign_in};
use super::{together, uuid};
use crate::support::Client;

const CONNECTIONS: usize = 8;
const OPERATIONS: usize = 1_250;
/// Few, so that the connections meet all the time.
const USERS: usize = 16;

/// What a client holds: the newest session of its family, the jti it carries, the one before.
#[derive(Clone)]
struct Held {
    family: String,
    session: String,
    jti: String,
    used_up: Option<String>,
}

impl Held {
    fn new(number: usize) -> Self {
        let session = format!("first-{number}");
        Self { family: family(number), session, jti: uuid(1, number), used_up: None }
    }
}

/// What the calls of one connection returned.
#[derive(Default)]
struct Tally {
    rotated: usize,
    refused: usize,
    replayed: usize,
    revocations: usize,
    revoked: usize,
    cleanups: usize,
    expired: usize,
    deleted: usize,
}

/// One connection at work.
struct Caller<'a> {
    client: &'a Client,
    number: usize,
    clients: &'a [Mutex<Held>],
    tally: Tally,
}

impl Caller<'_> {
    fn held(&self, user: usize) -> MutexGuard<'_, Held> {
        self.clients[user].lock().expect("no holder panics")
    }

    /// An operation on what the client held a moment ago; others may have been faster.
    fn operate(&mut self, operation: usize, random: &mut fastrand::Rng) {
        let user = random.usize(..USERS);
        let unique = self.number * OPERATIONS + operation;
        let held = self.held(user).clone();
        match random.u32(..100) {
            0..50 => self.rotate(user, &held, unique),
            50..58 => {
                let jti = held.used_up.as_ref().unwrap_or(&held.jti);
                let replay = format!("SELECT handle_token_replay('{jti}', '{}')", held.family);
                self.tally.replayed += usize::from(self.client.tell(&replay) == "t");
            }
            58..62 => {
                let revoke = format!("SELECT revoke_session_family('{}', 'test')", held.family);
                self.tally.revoked += self.count(&revoke);
                self.tally.revocations += 1;
            }
            62..68 => self.expire(&held, unique),
            68..74 => {
                self.tally.deleted += self.count("SELECT cleanup_expired_sessions()");
                self.tally.cleanups += 1;
            }
            74..84 => {
                let touch = "UPDATE auth_sessions SET last_used = now() WHERE id";
                self.client.tell(&format!("{touch} = '{}'", held.session));
            }
            _ => self.look(&held),
        }
    }

    fn rotate(&mut self, user: usize, held: &Held, unique: usize) {
        let (session, jti) = (format!("next-{unique}"), uuid(2, unique));
        if self.client.tell(&rotation(&held.session, &session, &jti)) == "t" {
            self.tally.rotated += 1;
            let next = Held { session, jti, used_up: Some(held.jti.clone()), ..held.clone() };
            self.replace(user, held, next);
        } else {
            self.tally.refused += 1;
            // Signed out: whoever notices first signs in again.
            let number = USERS + unique;
            self.client.tell(&sign_in(number));
            self.replace(user, held, Held::new(number));
        }
    }

    /// What the client holds from now on, unless another connection has given it something.
    fn replace(&self, user: usize, held: &Held, next: Held) {
        let mut now = self.held(user);
        if now.session == held.session {
            *now = next;
        }
    }

    /// A session of the family that ended long ago.
    fn expire(&mut self, held: &Held, unique: usize) {
        self.client.tell(&format!(
            "INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, expires_at,
                                        revoked_at)
             VALUES ('expired-{unique}', 'ann', 'hash', '{}', now() - interval '8 days',
                     now() - interval '9 days')",
            held.family
        ));
        self.tally.expired += 1;
    }

    /// Whenever one looks, a family has one live session at most.
    fn look(&self, held: &Held) {
        let family = &held.family;
        let families = format!(
            "SELECT coalesce(max(active_sessions), 0) <= 1 AND count(*) = 1
               FROM session_families WHERE family_id = '{family}'"
        );
        assert_eq!(self.client.tell(&families), "t", "family {family}");
        let active =
            format!("SELECT count(*) <= 1 FROM active_sessions WHERE family_id = '{family}'");
        assert_eq!(self.client.tell(&active), "t", "family {family}");
        self.client.tell("SELECT auth_freshness, count(*) FROM active_sessions GROUP BY 1");
    }

    fn count(&self, sql: &str) -> usize {
        self.client.tell(sql).parse().expect("it is a count")
    }
}

#[test]
fn ten_thousand_operations_from_eight_connections_leave_everything_in_order() {
    let database = migrated();
    let sign_ins: Vec<_> = (0..USERS).map(sign_in).collect();
    database.psql(&sign_ins.join(";\n"));
    let clients: Vec<_> = (0..USERS).map(|user| Mutex::new(Held::new(user))).collect();
    let tallies = together(&database, CONNECTIONS, |number, client, _| {
        let mut random = fastrand::Rng::with_seed(number as u64);
        let mut caller = Caller { client, number, clients: &clients, tally: Tally::default() };
        for operation in 0..OPERATIONS {
            // Every error fails the test, a deadlock among them.
            caller.operate(operation, &mut random);
        }
        caller.tally
    });
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    for (what, count) in [
        ("rotations", sum(|it| it.rotated)),
        ("refused rotations", sum(|it| it.refused)),
        ("replays", sum(|it| it.replayed)),
        ("revoked sessions", sum(|it| it.revoked)),
        ("deleted sessions", sum(|it| it.deleted)),
    ] {
        assert!(count > 50, "{count} {what} show little");
    }

    let number = |sql: &str| database.psql(sql).parse::<usize>().expect("it is a number");
    // Sessions: one live of a family and of a jti, one successor of a rotated one, which ended.
    let live = "SELECT count(*) FROM auth_sessions WHERE revoked_at IS NULL GROUP BY";
    for key in ["family_id", "current_jti"] {
        assert_eq!(database.psql(&format!("{live} {key} HAVING count(*) > 1")), "", "{key}");
    }
    let forks = "SELECT rotated_from FROM auth_sessions WHERE rotated_from IS NOT NULL
                 GROUP BY 1 HAVING count(*) > 1";
    assert_eq!(database.psql(forks), "");
    let strays = "
        SELECT next.id FROM auth_sessions AS next
          LEFT JOIN auth_sessions AS old ON old.id = next.rotated_from
         WHERE next.rotated_from IS NOT NULL
           AND (old.revoked_at IS NULL OR old.family_id <> next.family_id
                OR old.user_id <> next.user_id OR old.auth_time <> next.auth_time)";
    assert_eq!(database.psql(strays), "");
    // A family ends once, whole: the successor of a rotation under way does not live on.
    let ended_twice = "
        SELECT details->>'family_id' FROM auth_audit_log
         WHERE action = 'session_family_revoked' AND details->>'count' <> '0'
         GROUP BY 1 HAVING count(*) > 1 OR sum((details->>'count')::int) > 1";
    assert_eq!(database.psql(ended_twice), "");
    let survivors = "
        SELECT s.id FROM auth_sessions AS s
          JOIN auth_audit_log AS a ON a.details->>'family_id' = s.family_id::text
         WHERE a.action = 'session_family_revoked' AND s.revoked_at IS NULL";
    assert_eq!(database.psql(survivors), "");
    let successors = "SELECT count(*) FROM auth_sessions WHERE rotated_from IS NOT NULL";
    assert_eq!(number(successors), sum(|it| it.rotated));
    let left = "SELECT count(*) FROM auth_sessions WHERE id LIKE 'expired-%'";
    assert_eq!(number(left), sum(|it| it.expired) - sum(|it| it.deleted));

    // The audit log: a row for each call, and every ended session in one of them.
    let audit = |action: &str, what: &str| {
        number(&format!("SELECT {what} FROM auth_audit_log WHERE action = '{action}'"))
    };
    let of_replays = "count(*) FILTER (WHERE details->>'reason' = 'token_replay')";
    let of_calls = "count(*) FILTER (WHERE details->>'reason' = 'test')";
    let revoked_by_calls =
        "coalesce(sum((details->>'count')::int) FILTER (WHERE details->>'reason' = 'test'), 0)";
    let all_revoked = "coalesce(sum((details->>'count')::int), 0)";
    assert_eq!(audit("session_family_revoked", of_calls), sum(|it| it.revocations));
    assert_eq!(audit("session_family_revoked", revoked_by_calls), sum(|it| it.revoked));
    let detected = audit("token_replay_detected", "count(*)");
    assert_eq!(audit("session_family_revoked", of_replays), detected);
    let (told, refused) = (sum(|it| it.replayed), sum(|it| it.refused));
    assert!(detected >= told && detected <= told + refused, "{told} {detected} {refused}");
    let ended = "SELECT count(*) FROM auth_sessions
                 WHERE revoked_at IS NOT NULL AND id NOT LIKE 'expired-%'";
    let by_families = audit("session_family_revoked", all_revoked);
    assert_eq!(number(ended), sum(|it| it.rotated) + by_families);
    assert_eq!(audit("session_cleanup", "count(*)"), sum(|it| it.cleanups));
    assert_eq!(audit("session_cleanup", all_revoked), sum(|it| it.deleted));
}
