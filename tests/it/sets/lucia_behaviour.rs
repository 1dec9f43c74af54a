//! What `lucia-sessions` promises an application.

use sha2::{Digest as _, Sha256};

use crate::support::SqliteFile;
use crate::support::snapshot::assert_run_snapshot;

fn migrated() -> SqliteFile {
    let file = SqliteFile::new();
    file.run("lucia-sessions", &["migrate"]).expect_code(0);
    file
}

#[test]
fn an_audit_row_never_changes_and_can_be_deleted() {
    let file = migrated();
    file.execute(
        "INSERT INTO audit_logs (id, event_type, event_category, action) VALUES ('a', 'login', 'auth', 'x')",
    );
    for update in ["UPDATE audit_logs SET action = 'y'", "UPDATE audit_logs SET id = id"] {
        let refused = file.try_execute(update).unwrap_err();
        assert!(refused.contains("audit_logs is append-only"), "{refused}");
    }
    assert_eq!(
        file.rows("SELECT severity, outcome, action, timestamp IS NOT NULL FROM audit_logs"),
        ["info|success|x|1"]
    );
    file.execute("DELETE FROM audit_logs");
    assert_eq!(file.rows("SELECT count(*) FROM audit_logs"), ["0"]);
}

#[test]
fn an_elevation_is_begun_or_dropped_and_nothing_else() {
    let file = migrated();
    let insert = |action: &str| {
        file.try_execute(&format!(
            "INSERT INTO pim_elevation_logs (email, role, action) VALUES ('a', 'admin', '{action}')"
        ))
    };
    for action in ["elevate", "drop"] {
        insert(action).unwrap();
    }
    for action in ["Elevate", "", "revoke"] {
        let refused = insert(action).unwrap_err();
        assert!(refused.contains("CHECK constraint failed"), "{refused}");
    }
    let dated = "SELECT count(*) FROM pim_elevation_logs WHERE elevated_at LIKE '20__-__-__ %'";
    assert_eq!(file.rows(dated), ["2"]);
    // A gap shows that rows are gone.
    file.execute("DELETE FROM pim_elevation_logs");
    insert("drop").unwrap();
    assert_eq!(file.rows("SELECT id FROM pim_elevation_logs"), ["3"]);
}

#[test]
fn what_belongs_to_a_user_goes_with_the_user_and_the_record_stays() {
    let file = migrated();
    file.execute(
        "INSERT INTO users (email) VALUES ('ann'), ('bob');
         INSERT INTO sessions (id, user_id, expires_at) VALUES ('s1', 'ann', 1), ('s2', 'bob', 1);
         INSERT INTO password_reset_tokens (id, user_id, token_hash, expires_at)
             VALUES ('r1', 'ann', 'h', 1), ('r2', 'bob', 'h', 1);
         INSERT INTO password_setup_tokens (id, user_id, token_hash, expires_at)
             VALUES ('p1', 'ann', 'h', 1), ('p2', 'bob', 'h', 1);
         INSERT INTO mfa_backup_codes (id, user_id, code_hash)
             VALUES ('m1', 'ann', 'h'), ('m2', 'bob', 'h');
         INSERT INTO audit_logs (id, event_type, event_category, action, user_id)
             VALUES ('a1', 'x', 'x', 'x', 'ann');
         INSERT INTO security_events (id, event_type, user_id) VALUES ('e1', 'x', 'ann')",
    );
    let orphan =
        file.try_execute("INSERT INTO sessions (id, user_id, expires_at) VALUES ('s3', 'eve', 1)");
    assert!(orphan.unwrap_err().contains("FOREIGN KEY"));
    file.execute("DELETE FROM users WHERE email = 'ann'");
    let left = "SELECT id FROM sessions UNION ALL SELECT id FROM password_reset_tokens
                UNION ALL SELECT id FROM password_setup_tokens
                UNION ALL SELECT id FROM mfa_backup_codes UNION ALL SELECT id FROM audit_logs
                UNION ALL SELECT id FROM security_events";
    assert_eq!(file.rows(left), ["s2", "r2", "p2", "m2", "a1", "e1"]);
    assert_eq!(
        file.rows("SELECT role, status, failed_login_attempts, mfa_enabled FROM users"),
        ["member|active|0|0"]
    );
}

#[test]
fn fingerprints_of_old_sessions_are_those_the_application_would_compute() {
    let file = SqliteFile::new();
    file.run("lucia-sessions", &["migrate", "--to", "18"]).expect_code(0);
    // Around the sizes of SHA-256's blocks, beyond ASCII, and far beyond what a browser sends.
    let agents: Vec<Option<String>> = [0, 1, 45, 46, 47, 53, 54, 55, 109, 110, 111, 119, 5_000]
        .into_iter()
        .map(|length| Some("x".repeat(length)))
        .chain(
            ["Mozilla/5.0 (😀; größe) 日本語", "a|b", "'; DROP TABLE users --", "line\nbreak"]
                .map(|agent| Some(agent.to_owned())),
        )
        .chain([None])
        .collect();
    let addresses = [Some("10.0.0.1"), Some("2001:db8::1"), None];
    file.execute("INSERT INTO users (email) VALUES ('ann')");
    let literal = |text: Option<&str>| {
        text.map_or("NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
    };
    let mut expected = Vec::new();
    for (number, agent) in agents.iter().enumerate() {
        for (other, address) in addresses.into_iter().enumerate() {
            let id = format!("{number:02}-{other}");
            let agent = agent.as_deref();
            file.execute(&format!(
                "INSERT INTO sessions (id, user_id, expires_at, ip_address, user_agent)
                 VALUES ('{id}', 'ann', 1, {}, {})",
                literal(address),
                literal(agent)
            ));
            let text = format!("{}|{}", address.unwrap_or_default(), agent.unwrap_or_default());
            let digest = Sha256::digest(text.as_bytes());
            let hex = digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
            expected.push(format!("{id}|{hex}"));
        }
    }
    file.execute(
        "INSERT INTO sessions (id, user_id, expires_at, fingerprint) VALUES ('zz', 'ann', 1, 'own')",
    );
    expected.push("zz|own".to_owned());
    file.run("lucia-sessions", &["migrate"]).expect_code(0);
    assert_eq!(file.rows("SELECT id, fingerprint FROM sessions ORDER BY id"), expected);
}

#[test]
fn nulls_of_old_users_become_the_defaults() {
    let file = SqliteFile::new();
    file.run("lucia-sessions", &["migrate", "--to", "2"]).expect_code(0);
    file.execute(
        "INSERT INTO users (email, status, failed_login_attempts) VALUES
             ('a', NULL, NULL), ('b', 'locked', NULL), ('c', NULL, 4), ('d', 'off', 5)",
    );
    file.run("lucia-sessions", &["migrate"]).expect_code(0);
    assert_eq!(
        file.rows("SELECT email, status, failed_login_attempts FROM users ORDER BY email"),
        ["a|active|0", "b|locked|0", "c|active|4", "d|off|5"]
    );
}

/// The end state, by name: what the schemas that this set consolidates promise to hold.
#[test]
fn the_end_state_has_every_table_column_and_index_by_name() {
    let file = migrated();
    let tables = file.rows(
        "SELECT m.name || ': ' || group_concat(c.name, ' ')
         FROM (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'turnback%'
               AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'refinery%' ORDER BY name) AS m,
              pragma_table_info(m.name) AS c GROUP BY m.name",
    );
    assert_run_snapshot!(tables.join("\n"));
    let indexes = file.rows(
        "SELECT m.tbl_name || ': ' || group_concat(m.name, ' ') FROM
             (SELECT tbl_name, name FROM sqlite_schema
              WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND name NOT LIKE 'turnback%'
                AND tbl_name NOT LIKE 'turnback%' ORDER BY tbl_name, name) AS m GROUP BY tbl_name",
    );
    assert_run_snapshot!(indexes.join("\n"));
}
