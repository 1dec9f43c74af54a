//! `rls-sessions` over tables that an application had before.

use super::{rls, states};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Database};

/// Tables as an application may have made them: more columns, other types of text, own comments,
/// no policy, a foreign key of its own.
const TABLES: &str = "
    CREATE TABLE users (
        id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT people_pk PRIMARY KEY,
        email varchar(255) UNIQUE, tenant int
    );
    COMMENT ON TABLE users IS 'ours';
    CREATE TABLE sessions (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        refresh_token_hash varchar(64) NOT NULL, user_agent text, ip_address inet,
        expires_at timestamp with time zone NOT NULL, is_revoked bool NOT NULL DEFAULT false,
        revoked_at timestamptz, revoked_reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now(), note text
    );
    COMMENT ON COLUMN sessions.note IS 'also ours';
    INSERT INTO users (email, tenant) SELECT format('u%s@example.org', n), n
        FROM generate_series(1, 50) AS n;
    INSERT INTO sessions (user_id, refresh_token_hash, expires_at, note)
        SELECT id, md5(email), now() + interval '1 day', 'kept' FROM users;
";

/// Catalog and rows.
fn everything(database: &Database) -> String {
    database.dump_with(&["--exclude-schema=turnback"])
}

#[test]
fn tables_that_exist_are_adopted_and_outlive_the_way_back() {
    let database = Cluster::shared().database();
    database.psql(TABLES);
    let before = everything(&database);
    let rows = "SELECT md5(string_agg(u::text, ',' ORDER BY id)) FROM users AS u
                UNION ALL SELECT md5(string_agg(s::text, ',' ORDER BY id)) FROM sessions AS s";
    let rows_before = database.psql(rows);

    let migrated = rls(&database, &["migrate", "--format", "json"]).expect_code(0);
    let adopted: Vec<_> = states(&migrated)
        .into_iter()
        .filter(|(_, state)| state == "adopted")
        .map(|(version, _)| version)
        .collect();
    assert_eq!(adopted, [1, 2]);
    let status = rls(&database, &["status", "--format", "json"]).expect_code(0);
    assert_eq!(
        states(&status)[..3].iter().map(|it| &*it.1).collect::<Vec<_>>(),
        ["adopted", "adopted", "applied"]
    );
    assert_eq!(database.psql(rows), rows_before);
    let kinds = "SELECT string_agg(kind, ',' ORDER BY id) FROM turnback.event WHERE version < 3";
    assert_eq!(database.psql(kinds), "adopted,adopted");
    // The foreign key that was there does the work; a second one would double it.
    let keys = "SELECT count(*) FROM pg_constraint \
                WHERE contype = 'f' AND conrelid = 'sessions'::regclass";
    assert_eq!(database.psql(keys), "1");

    let run = rls(&database, &["rollback", "--all", "--force", "--format", "json"]).expect_code(0);
    assert_eq!(states(&run)[9..], [(2, "released".to_owned()), (1, "released".to_owned())]);
    assert_eq!(everything(&database), before);
    assert_eq!(rls(&database, &["status", "--exit-code"]).code, 3);
}

#[test]
fn only_users_adopted_leaves_users_alone() {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE TABLE users (id uuid PRIMARY KEY); INSERT INTO users VALUES (gen_random_uuid())",
    );
    let before = everything(&database);
    let run = rls(&database, &["migrate", "--to", "2", "--format", "json"]).expect_code(0);
    assert_eq!(states(&run), [(1, "adopted".to_owned()), (2, "applied".to_owned())]);
    rls(&database, &["migrate"]).expect_code(0);
    rls(&database, &["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(everything(&database), before);
}

#[test]
fn what_would_widen_the_policy_is_refused_and_nothing_of_the_step_stands() {
    let database = Cluster::shared().database();
    database.psql(TABLES);
    database.psql("CREATE POLICY open ON sessions USING (true)");
    let run = rls(&database, &["migrate"]);
    assert_run_snapshot!(run);
    let policies = "SELECT string_agg(polname, ',') FROM pg_policy";
    assert_eq!(database.psql(policies), "open");
    let status = rls(&database, &["status", "--format", "json"]).expect_code(0);
    assert_eq!(states(&status)[7], (8, "failed".to_owned()));
    // With the obstacle gone the same command goes on.
    database.psql("DROP POLICY open ON sessions");
    rls(&database, &["migrate"]).expect_code(0);
    assert_eq!(database.psql(policies), "sessions_user_isolation");
}

#[test]
fn a_plan_over_existing_tables_says_what_is_adopted() {
    let database = Cluster::shared().database();
    database.psql(TABLES);
    let plan = rls(&database, &["plan", "--to", "2"]);
    assert_run_snapshot!(plan);
    rls(&database, &["migrate", "--to", "2"]).expect_code(0);
    let preview = rls(&database, &["rollback", "--all", "--dry-run"]);
    assert_run_snapshot!(preview);
}
