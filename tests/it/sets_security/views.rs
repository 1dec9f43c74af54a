//! The sets' views show nobody what the tables would not.

use tokio_postgres::error::SqlState;

use super::{Ground, SETS};
use crate::support::Cluster;

/// A row for each view of the set to show.
fn rows_of(set: &str) -> &'static str {
    match set {
        "auth-sessions" => {
            "INSERT INTO users (id, email) VALUES ('ann', 'ann@example.org');
             INSERT INTO auth_sessions (id, user_id, refresh_token_hash, expires_at)
             VALUES ('s', 'ann', 'h', now() + interval '1 day')"
        }
        "refresh-tokens" => {
            "INSERT INTO refresh_tokens (user_id, token, expires_at)
             VALUES ('ann', 't', localtimestamp + interval '1 day');
             INSERT INTO security_events (event_type, user_id) VALUES ('failed_login', 'ann')"
        }
        "user-sessions" => {
            "INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-00000000000a');
             INSERT INTO user_sessions (user_id, access_token_hash, refresh_token_hash, expires_at)
             VALUES ('00000000-0000-4000-8000-00000000000a', repeat('a', 64), repeat('b', 64),
                     localtimestamp + interval '1 day')"
        }
        other => panic!("{other} has views now: give them rows to show"),
    }
}

#[test]
fn a_view_shows_what_its_reader_may_see_in_the_tables() {
    let mut seen = 0;
    for set in SETS.iter() {
        let ground = Ground::installed((set.as_str(), ""));
        let of_kind = |kind: char| {
            ground.rows(&format!(
                "SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace
                    AND relkind = '{kind}' AND relname NOT LIKE 'refinery%'"
            ))
        };
        let (views, tables) = (of_kind('v'), of_kind('r'));
        if views.is_empty() {
            continue;
        }
        seen += views.len();
        ground.psql(rows_of(set));
        for table in &tables {
            ground.psql(&format!(
                "CREATE POLICY open ON {table} USING (current_setting('test.open', true) = 'yes');
                 ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
            ));
        }
        ground.grant(&format!("SELECT ON {}", views.join(", ")));
        let stranger = ground.stranger();
        for view in &views {
            let count = format!("SELECT count(*) FROM {view}");
            assert_eq!(ground.psql(&count), "1", "{set}: its owner");
            let without_tables = stranger.ask(&count);
            if Cluster::major() < 15 {
                // There a view reads as its owner; its comment in the set says so.
                assert_eq!(without_tables.unwrap(), "1", "{set}");
                continue;
            }
            let refused = without_tables.expect_err(view);
            assert_eq!(refused.code(), &SqlState::INSUFFICIENT_PRIVILEGE, "{refused}");
            assert!(refused.message().contains("for table"), "{refused}");
            ground.grant(&format!("SELECT ON {}", tables.join(", ")));
            assert_eq!(stranger.tell(&count), "0", "{set}: {view} shows what a policy hides");
            stranger.tell("SET test.open = 'yes'");
            assert_eq!(stranger.tell(&count), "1", "{set}: {view} hides what a policy shows");
            stranger.tell("RESET test.open");
            ground.psql(&format!("REVOKE ALL ON {} FROM {}", tables.join(", "), ground.role));
        }
    }
    assert!(seen >= 4, "{seen} views");
}
