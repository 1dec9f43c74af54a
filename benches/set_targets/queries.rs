//! What is asked of each set, and what must answer it.

/// A bundled set, its million rows, and the questions.
pub struct Set {
    pub name: &'static str,
    /// Run once, after the set is installed.
    pub rows: &'static str,
    /// Run before each question, in its transaction.
    pub before: &'static str,
    pub queries: &'static [Query],
}

pub struct Query {
    pub what: &'static str,
    /// `$n` is another number below a million in each run.
    pub sql: &'static str,
    /// Any one of these must be in the plan; of equal ones the planner may choose either.
    pub indexes: &'static [&'static str],
    /// In milliseconds of the server's time, where the set's operators expect one.
    pub target: Option<f64>,
}

const fn query(
    what: &'static str,
    sql: &'static str,
    indexes: &'static [&'static str],
    target: Option<f64>,
) -> Query {
    Query { what, sql, indexes, target }
}

pub const SETS: &[Set] = &[
    Set {
        name: "auth-sessions",
        rows: include_str!("auth-sessions.sql"),
        before: "",
        queries: &[
            query(
                "session of a `current_jti`",
                "SELECT id, user_id, revoked_at FROM auth_sessions
                  WHERE current_jti = md5('jti $n')::uuid",
                &["idx_auth_sessions_current_jti"],
                Some(1.0),
            ),
            query(
                "live sessions of a family",
                "SELECT id FROM auth_sessions
                  WHERE family_id = md5('family ' || $n / 5)::uuid AND revoked_at IS NULL",
                &["idx_auth_sessions_family_active"],
                Some(1.0),
            ),
            query(
                "`session_families`, one",
                "SELECT * FROM session_families WHERE family_id = md5('family ' || $n / 5)::uuid",
                &["idx_auth_sessions_family_id"],
                Some(1.0),
            ),
            query(
                "sessions of a device",
                "SELECT id, user_id FROM auth_sessions
                  WHERE device_hash = encode(sha256(('device ' || $n / 5)::bytea), 'hex')",
                &["idx_auth_sessions_device_hash"],
                Some(1.0),
            ),
            query(
                "`active_sessions` of a user",
                "SELECT * FROM active_sessions WHERE user_id = 'user-' || $n / 10",
                &["idx_auth_sessions_user_id"],
                None,
            ),
            query(
                "`rotate_session_token`",
                "SELECT rotate_session_token('session-' || $n / 5 * 5 + 4, 'next', md5('new')::uuid,
                                             'hash', now() + interval '7 days')",
                &["auth_sessions_pkey"],
                None,
            ),
            query(
                "`handle_token_replay`, a replay",
                "SELECT handle_token_replay(md5('jti ' || $n / 5 * 5)::uuid,
                                            md5('family ' || $n / 5)::uuid)",
                &["idx_auth_sessions_family_id", "idx_auth_sessions_current_jti"],
                None,
            ),
        ],
    },
    Set {
        name: "refresh-tokens",
        rows: include_str!("refresh-tokens.sql"),
        before: "",
        queries: &[
            query(
                "`verify_refresh_token`",
                "SELECT * FROM verify_refresh_token(md5('token ' || $n / 10 * 10) || md5('more ' || $n / 10 * 10),
                                                    md5('device ' || $n / 10 * 10))",
                &["idx_refresh_tokens_token", "refresh_tokens_token_key"],
                Some(10.0),
            ),
            query(
                "`verify_refresh_token`, another device",
                "SELECT * FROM verify_refresh_token(md5('token ' || $n / 10 * 10) || md5('more ' || $n / 10 * 10), 'other')",
                &["idx_refresh_tokens_token", "refresh_tokens_token_key"],
                Some(10.0),
            ),
            query(
                "`extend_refresh_token`",
                "SELECT extend_refresh_token(md5('token ' || $n / 10 * 10) || md5('more ' || $n / 10 * 10))",
                &["idx_refresh_tokens_token", "refresh_tokens_token_key"],
                Some(20.0),
            ),
            query(
                "`revoke_refresh_token`",
                "SELECT revoke_refresh_token(md5('token ' || $n / 10 * 10) || md5('more ' || $n / 10 * 10), 'logout')",
                &["idx_refresh_tokens_token", "refresh_tokens_token_key"],
                Some(20.0),
            ),
            query(
                "`revoke_user_refresh_tokens`",
                "SELECT revoke_user_refresh_tokens('user-' || $n / 10)",
                &["idx_refresh_tokens_active_sessions", "idx_refresh_tokens_user_id"],
                Some(20.0),
            ),
            query(
                "`cleanup_refresh_tokens`, 100 due",
                "SELECT cleanup_refresh_tokens()",
                &["idx_refresh_tokens_expires_at"],
                Some(20.0),
            ),
            query(
                "`active_refresh_tokens` of a user",
                "SELECT * FROM active_refresh_tokens WHERE user_id = 'user-' || $n / 10",
                &["idx_refresh_tokens_active_sessions", "idx_refresh_tokens_user_id"],
                Some(20.0),
            ),
            query(
                "`security_event_summary` of a day",
                "SELECT * FROM security_event_summary WHERE day = current_date - $n % 360",
                &["idx_security_events_day"],
                Some(20.0),
            ),
            query(
                "latest events of a user",
                "SELECT * FROM security_events WHERE user_id = 'user-' || $n / 10
                  ORDER BY created_at DESC LIMIT 20",
                &["idx_security_events_user_created", "idx_security_events_user_id"],
                Some(20.0),
            ),
            query(
                "latest critical events",
                "SELECT * FROM security_events WHERE severity = 'critical'
                  ORDER BY created_at DESC LIMIT 20",
                &["idx_security_events_severity_created"],
                Some(20.0),
            ),
            query(
                "events by `metadata`",
                "SELECT * FROM security_events
                  WHERE metadata @> jsonb_build_object('request', md5('request $n'))",
                &["idx_security_events_metadata"],
                Some(20.0),
            ),
        ],
    },
    Set {
        name: "user-sessions",
        rows: include_str!("user-sessions.sql"),
        before: "",
        queries: &[
            query(
                "`list_user_sessions`",
                "SELECT * FROM list_user_sessions(md5('user ' || $n / 10)::uuid)",
                &["idx_user_sessions_active", "idx_user_sessions_user_id"],
                Some(20.0),
            ),
            query(
                "`revoke_user_session`",
                "SELECT revoke_user_session(md5('user ' || $n / 10)::uuid,
                                            md5('session ' || $n / 10 * 10)::uuid)",
                &["user_sessions_pkey"],
                Some(30.0),
            ),
            query(
                "`revoke_other_user_sessions`",
                "SELECT revoke_other_user_sessions(md5('user ' || $n / 10)::uuid,
                                                   md5('session ' || $n / 10 * 10)::uuid)",
                &["idx_user_sessions_active", "idx_user_sessions_user_id"],
                Some(30.0),
            ),
            query(
                "`is_access_token_revoked`, it is",
                "SELECT is_access_token_revoked(encode(sha256('refused $n'::bytea), 'hex'))",
                &["revoked_access_tokens_pkey"],
                Some(0.5),
            ),
            query(
                "`is_access_token_revoked`, it is not",
                "SELECT is_access_token_revoked(encode(sha256('access $n'::bytea), 'hex'))",
                &["revoked_access_tokens_pkey"],
                Some(0.5),
            ),
            query(
                "`refresh_user_session`",
                "SELECT refresh_user_session(
                     encode(sha256(('refresh ' || $n / 10 * 10)::bytea), 'hex'),
                     encode(sha256('new $n'::bytea), 'hex'))",
                &["idx_user_sessions_refresh_token"],
                None,
            ),
        ],
    },
    Set {
        name: "rls-sessions",
        rows: include_str!("rls-sessions.sql"),
        before: "SET LOCAL ROLE turnback_bench;
                 SELECT set_config('app.current_user_id', md5('user ' || $n / 10), true)",
        queries: &[
            query(
                "a user's sessions, found by the policy",
                "SELECT * FROM sessions WHERE NOT is_revoked ORDER BY last_used_at DESC",
                &["idx_sessions_active", "idx_sessions_user_id"],
                None,
            ),
            query(
                "`touch_session`",
                "SELECT touch_session(md5('session ' || $n / 10 * 10)::uuid)",
                &["sessions_pkey", "idx_sessions_active", "idx_sessions_user_id"],
                None,
            ),
            query(
                "`revoke_all_sessions`",
                "SELECT revoke_all_sessions(md5('user ' || $n / 10)::uuid, 'password_change')",
                &["idx_sessions_active", "idx_sessions_user_id"],
                None,
            ),
        ],
    },
];
