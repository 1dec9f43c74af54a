//! What `rls-sessions` promises an application.

use super::rls;
use crate::support::{Cluster, Database};

const ANN: &str = "00000000-0000-4000-8000-00000000000a";
const BOB: &str = "00000000-0000-4000-8000-00000000000b";
const SESSION: &str = "10000000-0000-4000-8000-00000000000a";

/// A migrated database with two users, two sessions of Ann's and one of Bob's, and a role that
/// owns nothing.
struct App {
    database: Database,
    role: String,
}

impl App {
    fn new() -> Self {
        let database = Cluster::shared().database();
        rls(&database, &["migrate"]).expect_code(0);
        let role = format!("{}_app", database.name());
        database.psql(&format!(
            "CREATE ROLE {role};
             GRANT SELECT, INSERT, UPDATE, DELETE ON users, sessions TO {role};
             GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role};
             INSERT INTO users VALUES ('{ANN}', 'ann@example.org'), ('{BOB}', 'bob@example.org');
             INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at) VALUES
                 ('{SESSION}', '{ANN}', 'h1', now() + interval '1 day'),
                 (DEFAULT, '{ANN}', 'h2', now() + interval '1 day'),
                 (DEFAULT, '{BOB}', 'h3', now() + interval '1 day')"
        ));
        Self { database, role }
    }

    /// Runs SQL as the application's role.
    fn try_as_app(&self, sql: &str) -> Result<String, String> {
        self.database.try_psql(&format!("SET ROLE {};\n{sql}", self.role))
    }

    fn as_app(&self, sql: &str) -> String {
        self.try_as_app(sql).unwrap()
    }

    /// The same on behalf of a user.
    fn working_for(&self, user: &str, sql: &str) -> Result<String, String> {
        self.try_as_app(&format!("SET app.current_user_id = '{user}';\n{sql}"))
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let role = &self.role;
        let _ = self.database.try_psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    }
}

#[test]
fn a_user_sees_own_sessions_and_nobody_sees_any_without_being_named() {
    let app = App::new();
    let count = "SELECT count(*) FROM sessions";
    assert_eq!(app.as_app(count), "0", "the setting is missing");
    assert_eq!(app.working_for("", count).unwrap(), "0", "the setting is empty");
    // What a pool leaves behind after SET LOCAL.
    let left_behind = format!(
        "BEGIN; SET LOCAL app.current_user_id = '{ANN}'; {count}; COMMIT;
         SELECT '[' || current_setting('app.current_user_id') || ']'; {count}"
    );
    assert_eq!(app.as_app(&left_behind), "2\n[]\n0");
    assert_eq!(app.working_for(ANN, count).unwrap(), "2");
    assert_eq!(app.working_for(BOB, count).unwrap(), "1");
    let malformed = app.working_for("ann", count).unwrap_err();
    assert!(malformed.contains("invalid input syntax for type uuid"), "{malformed}");
    assert_eq!(app.database.psql(count), "3", "the owner is not bound");
}

#[test]
fn nobody_writes_for_another_user() {
    let app = App::new();
    let insert = |owner: &str| {
        format!(
            "INSERT INTO sessions (user_id, refresh_token_hash, expires_at)
             VALUES ('{owner}', 'x', now() + interval '1 day')"
        )
    };
    app.working_for(ANN, &insert(ANN)).unwrap();
    for attempt in [insert(BOB), format!("UPDATE sessions SET user_id = '{BOB}'")] {
        let refused = app.working_for(ANN, &attempt).unwrap_err();
        assert!(refused.contains("violates row-level security policy"), "{refused}");
    }
    app.working_for(ANN, "DELETE FROM sessions").unwrap();
    assert_eq!(app.database.psql("SELECT user_id FROM sessions"), BOB);
}

#[test]
fn the_setting_is_read_once_for_a_statement() {
    let app = App::new();
    let plan = app.working_for(ANN, "EXPLAIN SELECT * FROM sessions").unwrap();
    assert!(plan.contains("InitPlan"), "{plan}");
    let filter = plan.lines().find(|line| line.contains("Filter:") || line.contains("Cond:"));
    assert!(filter.is_some_and(|line| !line.contains("current_setting")), "{plan}");
}

#[test]
fn functions_end_touch_and_clean_up_what_the_caller_may_see() {
    let app = App::new();
    let ann = |sql: &str| app.working_for(ANN, sql).unwrap();
    let revoke = format!("SELECT revoke_session('{SESSION}', 'logout')");
    let touch = format!("SELECT touch_session('{SESSION}')");
    assert_eq!(app.working_for(BOB, &revoke).unwrap(), "f");
    assert_eq!(app.working_for(BOB, &touch).unwrap(), "f");
    assert_eq!(ann(&touch), "t");
    assert_eq!(ann(&revoke), "t");
    assert_eq!(ann(&revoke), "f");
    assert_eq!(ann(&touch), "f");
    let reason = format!(
        "SELECT is_revoked, revoked_reason, revoked_at >= created_at FROM sessions \
         WHERE id = '{SESSION}'"
    );
    assert_eq!(app.database.psql(&reason), "t|logout|t");
    let all = |user: &str| format!("SELECT revoke_all_sessions('{user}', 'password_change')");
    assert_eq!(ann(&all(BOB)), "0");
    assert_eq!(ann(&all(ANN)), "1");
    let but_one = format!(
        "SELECT revoke_all_sessions('{BOB}', 'admin_action', (SELECT id FROM sessions LIMIT 1))"
    );
    assert_eq!(app.working_for(BOB, &but_one).unwrap(), "0");

    app.database.psql(
        "UPDATE sessions SET created_at = now() - interval '90 days',
             expires_at = now() - interval '40 days', revoked_at = NULL, is_revoked = false",
    );
    assert_eq!(ann("SELECT cleanup_sessions('50 days')"), "0");
    assert_eq!(ann("SELECT cleanup_sessions()"), "2");
    assert_eq!(app.database.psql("SELECT cleanup_sessions()"), "1", "the owner, for everybody");
    let negative = app.database.try_psql("SELECT cleanup_sessions('-1 day')").unwrap_err();
    assert!(negative.contains("must not be null or negative"), "{negative}");
}

#[test]
fn rows_that_make_no_sense_are_refused_and_go_with_their_user() {
    let app = App::new();
    for (change, constraint) in [
        ("expires_at = created_at", "sessions_valid_expiry"),
        ("revoked_at = created_at - interval '1 second'", "sessions_valid_revocation"),
        ("user_id = gen_random_uuid()", "sessions_user_id_fkey"),
    ] {
        let refused = app.database.try_psql(&format!("UPDATE sessions SET {change}")).unwrap_err();
        assert!(refused.contains(constraint), "{refused}");
    }
    let unvalidated = "SELECT count(*) FROM pg_constraint WHERE NOT convalidated";
    assert_eq!(app.database.psql(unvalidated), "0");
    app.database.psql(&format!("DELETE FROM users WHERE id = '{ANN}'"));
    assert_eq!(app.database.psql("SELECT user_id FROM sessions"), BOB);
}

#[test]
fn nobody_calls_the_functions_unasked_and_everything_says_what_it_is_for() {
    let database = Cluster::shared().database();
    rls(&database, &["migrate"]).expect_code(0);
    let functions = "SELECT string_agg(proname, ',' ORDER BY proname) FROM pg_proc \
                     WHERE pronamespace = 'public'::regnamespace";
    assert_eq!(
        database.psql(functions),
        "cleanup_sessions,revoke_all_sessions,revoke_session,touch_session"
    );
    let open = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
                AND (prosecdef OR has_function_privilege('public', oid, 'EXECUTE'))";
    assert_eq!(database.psql(open), "0");
    let silent = "
        SELECT c.relname || coalesce('.' || a.attname, '') FROM pg_class AS c
        LEFT JOIN LATERAL (
            SELECT attname, attnum FROM pg_attribute
            WHERE attrelid = c.oid AND attnum > 0 UNION ALL SELECT NULL, 0) AS a ON true
        WHERE c.relname IN ('users', 'sessions')
          AND col_description(c.oid, coalesce(a.attnum, 0)) IS NULL
        UNION ALL SELECT polname FROM pg_policy WHERE obj_description(oid, 'pg_policy') IS NULL
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
          AND obj_description(oid, 'pg_proc') IS NULL";
    assert_eq!(database.psql(silent), "");
}

#[test]
fn the_indexes_are_the_promised_ones_and_valid() {
    let database = Cluster::shared().database();
    rls(&database, &["migrate"]).expect_code(0);
    let indexes = "SELECT regexp_replace(pg_get_indexdef(indexrelid), '^.* btree ', c.relname || ' ') \
                   FROM pg_index JOIN pg_class AS c ON c.oid = indexrelid \
                   WHERE indrelid = 'sessions'::regclass AND indisvalid AND NOT indisprimary \
                   ORDER BY c.relname";
    assert_eq!(
        database.psql(indexes),
        "idx_sessions_active (user_id, is_revoked) WHERE (is_revoked = false)\n\
         idx_sessions_expires_at (expires_at) WHERE (is_revoked = false)\n\
         idx_sessions_ip_address (ip_address) WHERE (is_revoked = false)\n\
         idx_sessions_last_used (last_used_at) WHERE (is_revoked = false)\n\
         idx_sessions_user_id (user_id)"
    );
}
