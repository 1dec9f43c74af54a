//! Behind a pooler in transaction mode the lock is worthless.

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Pooler, Project};

#[test]
fn a_pooler_in_transaction_mode_is_refused() {
    let database = Cluster::shared().database();
    let pooler = Pooler::transaction(&database);
    let project = Project::new();
    project.migration(1, "one", "CREATE TABLE t (a int);", "DROP TABLE t;");
    let through = |args: &[&str]| project.command(args).env("DATABASE_URL", pooler.url()).run();
    let run = through(&["migrate"]).expect_code(1);
    assert_run_snapshot!(run);
    let json = through(&["migrate", "--format", "json"]).expect_code(1).json();
    assert_eq!(json["error"]["kind"], "precondition", "{json}");
    assert_eq!(database.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'turnback'"), "0");

    let direct = project.command(&["migrate"]).env("DATABASE_URL", database.url()).run();
    direct.expect_code(0);
    let refused = through(&["rollback", "--force"]).expect_code(1);
    assert!(refused.stderr.contains("a connection pooler stands between"), "{refused}");
    assert_eq!(database.psql("SELECT count(*) FROM t"), "0");
    // Reading needs no lock.
    let status = through(&["status", "--format", "json"]).expect_code(0).json();
    assert_eq!(status["migrations"][0]["state"], "applied");
    through(&["plan"]).expect_code(0);
}
