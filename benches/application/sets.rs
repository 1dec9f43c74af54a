//! The bundled sets of PostgreSQL, each with an application that lives in its tables.

/// A bundled set, where its tables are filled, and what uses them.
pub struct Set {
    pub name: &'static str,
    /// The last version before the rows come; what is measured are those behind it.
    pub filled_at: i64,
    /// psql's; `:rows` is how many sessions or tokens there are to be.
    pub rows: &'static str,
    /// A request, in pgbench's words.
    pub request: &'static str,
    /// What long readers read.
    pub tables: &'static [&'static str],
}

pub const SETS: &[Set] = &[
    Set {
        name: "auth-sessions",
        filled_at: 12,
        rows: include_str!("../backfill/rows.sql"),
        request: include_str!("../backfill/application.sql"),
        tables: &["auth_sessions"],
    },
    Set {
        name: "refresh-tokens",
        filled_at: 3,
        rows: include_str!("../set_targets/refresh-tokens.sql"),
        request: include_str!("refresh-tokens.sql"),
        tables: &["refresh_tokens", "security_events"],
    },
    Set {
        name: "rls-sessions",
        filled_at: 2,
        rows: include_str!("../set_targets/rls-sessions.sql"),
        request: include_str!("rls-sessions.sql"),
        tables: &["sessions"],
    },
    Set {
        name: "user-sessions",
        filled_at: 4,
        rows: concat!(
            include_str!("../set_targets/user-sessions.sql"),
            // As an older application left them, which V6 sees to.
            "UPDATE user_sessions SET is_active = true WHERE revoked_at IS NOT NULL;",
        ),
        request: include_str!("user-sessions.sql"),
        tables: &["user_sessions"],
    },
];
