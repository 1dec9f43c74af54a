//! What people see of `status`, `plan`, `migrate` and `rollback`.

use super::{fill, three};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Project, Run};

/// `status` for a script, which reads the exit code alone.
fn verdict(project: &Project) -> i32 {
    project.run(&["status", "--exit-code"]).code
}

#[test]
fn a_migration_from_the_first_look_to_the_last() {
    let project = three();
    assert_run_snapshot!(project.run(&["status"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db

      VERSION  STATE    APPLIED  NAME
      1        pending           users
      2        pending           add_name
      3        pending           orders

    3 pending
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["plan"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db: 3 migrations to apply

    V1__users: 1 statement, one transaction
      CREATE TABLE users

    V2__add_name: 1 statement, one transaction
      ALTER TABLE users ADD name

    V3__orders: 2 statements, one transaction
      CREATE TABLE orders
      CREATE INDEX by_id ON orders

    Nothing was changed.
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["migrate", "--to", "2"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db

      applied  V1__users     [duration]
      applied  V2__add_name  [duration]

    2 migrations applied
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["status"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db

      VERSION  STATE    APPLIED                  NAME
      1        applied  [timestamp]  users
      2        applied  [timestamp]  add_name
      3        pending                           orders

    2 applied, 1 pending
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db

      applied  V3__orders  [duration]

    1 migration applied
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db: nothing left to apply
    ----- stderr -----
    ");
}

#[test]
fn the_way_back_from_the_last_migration_to_nothing() {
    let project = three();
    project.run(&["migrate"]).expect_code(0);
    assert_run_snapshot!(project.run(&["rollback", "--dry-run"]), @"
    exit code: 0
    ----- stdout -----
    sqlite:app.db: 1 migration to roll back

    V3__orders: 1 statement, one transaction
      DROP TABLE orders

    Saved first, and kept for the way back:
      orders    V3__orders

    Nothing was changed.
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["rollback"]), @"
    exit code: 6
    ----- stdout -----
    ----- stderr -----
    error: a rollback needs confirmation, and there is no terminal to ask on
      note: nothing was done
      next: --force or --yes goes ahead without asking; --dry-run shows what would be done
    ");
    assert_run_snapshot!(project.run(&["rollback", "--to", "1", "--force"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db

      rolled back  V3__orders    [duration]
      rolled back  V2__add_name  [duration]

    2 migrations rolled back
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["rollback", "--all", "--yes"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db

      rolled back  V1__users  [duration]

    1 migration rolled back
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["rollback", "--all"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db: nothing to roll back
    ----- stderr -----
    ");
}

#[test]
fn a_plan_for_postgresql_shows_locks_and_what_runs_without_a_transaction() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    fill(&project);
    project.migration(
        4,
        "index",
        "-- turnback:transaction off\n-- turnback:requires extension hstore?\n\
         CREATE INDEX CONCURRENTLY by_name ON users (name);",
        "-- turnback:transaction off\nDROP INDEX CONCURRENTLY by_name;",
    );
    assert_run_snapshot!(project.run(&["plan"]), @r"
    exit code: 0
    ----- stdout -----
    postgres://postgres@127.0.0.1:[port]/[database]: 4 migrations to apply

    V1__users: 1 statement, one transaction
      CREATE TABLE users

    V2__add_name: 1 statement, one transaction
      ALTER TABLE users ADD name  ACCESS EXCLUSIVE on users

    V3__orders: 2 statements, one transaction
      CREATE TABLE orders
      CREATE INDEX by_id ON orders  SHARE on orders

    V4__index: 1 statement, no transaction
      requires extension hstore, which does not exist now (optional)
      CREATE INDEX CONCURRENTLY by_name ON users  SHARE UPDATE EXCLUSIVE on users

    Nothing was changed.
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["migrate", "--dry-run"]), @r"
    exit code: 0
    ----- stdout -----
    postgres://postgres@127.0.0.1:[port]/[database]: 4 migrations to apply

    V1__users: 1 statement, one transaction
      CREATE TABLE users

    V2__add_name: 1 statement, one transaction
      ALTER TABLE users ADD name  ACCESS EXCLUSIVE on users

    V3__orders: 2 statements, one transaction
      CREATE TABLE orders
      CREATE INDEX by_id ON orders  SHARE on orders

    V4__index: 1 statement, no transaction
      requires extension hstore, which does not exist now (optional)
      CREATE INDEX CONCURRENTLY by_name ON users  SHARE UPDATE EXCLUSIVE on users

    Nothing was changed.
    ----- stderr -----
    ");
    project.run(&["migrate"]).expect_code(0);
    assert_run_snapshot!(project.run(&["rollback", "--steps", "2", "--dry-run"]), @"
    exit code: 0
    ----- stdout -----
    postgres://postgres@127.0.0.1:[port]/[database]: 2 migrations to roll back

    V4__index: 1 statement, no transaction
      DROP INDEX CONCURRENTLY by_name  SHARE UPDATE EXCLUSIVE on by_name

    V3__orders: 1 statement, one transaction
      DROP TABLE orders  ACCESS EXCLUSIVE on orders

    Saved first, and kept for the way back:
      public.orders    V3__orders

    Nothing was changed.
    ----- stderr -----
    ");
}

#[test]
fn the_exit_code_tells_pending_from_mismatch() {
    let project = three();
    assert_eq!(verdict(&project), 3);
    project.run(&["migrate", "--to", "2"]).expect_code(0);
    assert_eq!(verdict(&project), 3);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(verdict(&project), 0);

    // A changed file, which outweighs a pending one.
    project.migration(4, "more", "CREATE TABLE more (id int);", "DROP TABLE more;");
    project.write("migrations/V2__add_name.sql", "ALTER TABLE users ADD name varchar(9);");
    assert_eq!(verdict(&project), 4);
    assert_run_snapshot!(project.run(&["status"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db

      VERSION  STATE    APPLIED                  NAME
      1        applied  [timestamp]  users
      2        changed  [timestamp]  add_name
      3        applied  [timestamp]  orders
      4        pending                           more

    2 applied, 1 pending, 1 changed
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    error: migrations/V2__add_name.sql has changed since V2__add_name was applied
      --> migrations/V2__add_name.sql

    --- as applied
    +++ migrations/V2__add_name.sql
    @@ -1 +1 @@
    -ALTER TABLE users ADD name text;
    \ No newline at end of file
    +ALTER TABLE users ADD name varchar(9);
    \ No newline at end of file

      next: put the applied text back, and make the change in a new migration
    ");
    fill(&project);
    assert_eq!(verdict(&project), 3);

    // A rollback that changed, and files that are gone.
    project.write("rollbacks/V2__add_name.sql", "-- nothing to undo\nSELECT 1;");
    assert_eq!(verdict(&project), 4);
    fill(&project);
    project.remove("migrations/V3__orders.sql").remove("rollbacks/V3__orders.sql");
    assert_eq!(verdict(&project), 4);
    assert_run_snapshot!(project.run(&["status"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db

      VERSION  STATE    APPLIED                  NAME
      1        applied  [timestamp]  users
      2        applied  [timestamp]  add_name
      3        missing  [timestamp]  orders
      4        pending                           more

    2 applied, 1 pending, 1 missing
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    error: V3__orders is recorded as applied, but its file is missing
      next: restore the file; or roll the version back, its rollback is recorded
    ");
    assert_eq!(project.run(&["status"]).code, 0, "asked without --exit-code");
    // Its rollback is recorded.
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(verdict(&project), 3);
}

#[test]
fn a_failure_is_shown_where_it_stands_and_stays_in_the_status_until_it_is_mended() {
    let project = three();
    project.write(
        "migrations/V3__orders.sql",
        "CREATE TABLE orders (id integer);\n\nCREATE INDEX by_id\n  ON ordres (id);\n",
    );
    assert_run_snapshot!(project.run(&["migrate"]), @"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: V3__orders failed: no such table: main.ordres
      --> migrations/V3__orders.sql:3:1
       3 | CREATE INDEX by_id
         | ^
      code: SQLITE_ERROR
      note: nothing of V3__orders stands: its transaction was rolled back
      note: applied and standing: V1__users, V2__add_name
      next: mend the script and run the same command again
    ");
    assert_run_snapshot!(project.run(&["status"]), @r"
    exit code: 0
    ----- stdout -----
    sqlite:app.db

      VERSION  STATE    APPLIED                  NAME
      1        applied  [timestamp]  users
      2        applied  [timestamp]  add_name
      3        failed                            orders

    2 applied, 1 failed
    V3__orders: the last attempt failed: no such table: main.ordres
    ----- stderr -----
    ");
    assert_eq!(verdict(&project), 3);
    fill(&project);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(verdict(&project), 0);
    let status: Run = project.run(&["status"]);
    assert!(!status.stdout.contains("failed"), "{status}");
}
