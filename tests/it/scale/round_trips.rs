//! Work on a server, counted: round trips, and what the server itself counts.

use std::time::Duration;

use super::{small_migration, write_small_migrations};
use crate::support::{Cluster, Database, PATIENCE, Project, Proxy, poll};

/// The round trips of a run that succeeds.
fn round_trips(project: &Project, proxy: &Proxy, args: &[&str]) -> usize {
    let before = proxy.round_trips();
    project.run(args).expect_code(0);
    proxy.round_trips() - before
}

#[test]
fn a_thousand_applied_migrations_cost_no_more_round_trips_than_none() {
    let database = Cluster::shared().database();
    let proxy = Proxy::for_database(&database);
    let project = Project::new().url(&proxy.url_for(&database));
    write_small_migrations(&project, 1_000);
    // To offer TLS, to start the session, to learn who the server is, and what exists of the record.
    assert_eq!(round_trips(&project, &proxy, &["status"]), 4);
    project.run(&["migrate", "-q"]).expect_code(0);
    // The same, and the record itself. The promise is at most 8; what it takes now is held.
    for args in [&["migrate"][..], &["status"], &["plan"], &["migrate", "--dry-run"]] {
        assert_eq!(round_trips(&project, &proxy, args), 5, "{args:?}");
    }
}

/// The round trips that each of ten more migrations costs on the way there, and on the way back.
fn slopes(script: impl Fn(i64) -> (String, String)) -> (usize, usize) {
    let trips = |count: i64| {
        let database = Cluster::shared().database();
        let proxy = Proxy::for_database(&database);
        let project = Project::new().url(&proxy.url_for(&database));
        for version in 1..=count {
            let (up, down) = script(version);
            project.migration(version, "step", &up, &down);
        }
        let there = round_trips(&project, &proxy, &["migrate"]);
        (there, round_trips(&project, &proxy, &["rollback", "--all", "--force"]))
    };
    let slope = |few: (usize, usize), many: (usize, usize), by: usize| {
        // A catalog is larger than a packet: now and then the answer begins before all was asked.
        let each = |few: usize, many: usize| (many - few + by / 2) / by;
        (each(few.0, many.0), each(few.1, many.1))
    };
    let least =
        |one: (usize, usize), other: (usize, usize)| (one.0.min(other.0), one.1.min(other.1));
    let counts = [10, 20, 40];
    let mut found = counts.map(&trips);
    for _ in 0..3 {
        let [few, many, more] = found;
        let (first, second) = (slope(few, many, 10), slope(many, more, 20));
        if first.0 == second.0 && first.1.abs_diff(second.1) <= 1 {
            return second;
        }
        // On a machine with much to do it happens more often, but no run is without some that it
        // does not happen to.
        let again = counts.map(&trips);
        found = [0, 1, 2].map(|it| least(found[it], again[it]));
    }
    panic!("each further migration costs another number of round trips: {found:?}")
}

#[test]
fn a_migration_costs_two_round_trips_and_saving_what_its_rollback_drops_is_bounded() {
    let plain = |version: i64| {
        let rows = (0..20).map(|row| format!("INSERT INTO t{version} VALUES ({row});\n"));
        let up = format!("CREATE TABLE t{version} (a integer);\n{}", rows.collect::<String>());
        (up, format!("DROP TABLE t{version};\n"))
    };
    // On the way back, the catalogs on record are asked for before the operator is, and again for
    // the proof; and the table is looked at, copied, locked, compared and entered in the register.
    let (there, back) = slopes(plain);
    assert!(there == 2 && (4..=32).contains(&back), "{there} {back}");
}

#[test]
fn a_statement_without_a_transaction_costs_two_round_trips() {
    // Each migration: its session, its statements, and its record.
    let off = |statements: usize| {
        move |version: i64| {
            let columns =
                (1..statements).map(|n| format!("ALTER TABLE t{version} ADD c{n} int;\n"));
            let up = format!(
                "-- turnback:transaction off\nCREATE TABLE t{version} (a int);\n{}",
                columns.collect::<String>()
            );
            (up, format!("DROP TABLE t{version};\n"))
        }
    };
    let (one, _) = slopes(off(1));
    let (five, _) = slopes(off(5));
    assert_eq!((one, five), (1 + 2 + 2, 1 + 5 * 2 + 2));
}

/// What a server did for a database: rows and index entries read, pages looked at.
fn work(database: &Database, run: impl FnOnce()) -> u64 {
    let counters = || {
        let sql = format!(
            "SELECT tup_returned + tup_fetched + blks_hit + blks_read, numbackends
             FROM pg_stat_database WHERE datname = '{}'",
            database.name()
        );
        Cluster::shared().psql(&sql)
    };
    // A session hands its counts in before it is gone; up to PostgreSQL 14 they take half a second
    // more to arrive.
    let settled = || {
        let gone = || counters().strip_suffix("|0").map(str::parse::<u64>);
        let arrived = || {
            if Cluster::major() < 15 {
                std::thread::sleep(Duration::from_secs(1));
            }
            gone()
        };
        let count = poll(PATIENCE, || gone().and_then(|_| arrived()));
        count.expect("the sessions end").expect("it is a number")
    };
    let before = settled();
    run();
    settled() - before
}

#[test]
fn four_times_the_migrations_are_about_four_times_the_work_for_the_server() {
    let server_work = |count: i64| {
        let database = Cluster::shared().database();
        let project = Project::for_database(&database);
        for version in 1..=count {
            let (up, down) = small_migration(version);
            project.migration(version, "small", &up, &down);
        }
        let there = work(&database, || {
            project.run(&["migrate"]).expect_code(0);
        });
        let idle = work(&database, || {
            project.run(&["migrate"]).expect_code(0);
        });
        let back = work(&database, || {
            project.run(&["rollback", "--all", "--force"]).expect_code(0);
        });
        [there, idle, back]
    };
    let (few, many) = (server_work(80), server_work(320));
    // What 320 may cost at most: a tenth more than they do. Without that, a program that did twice as
    // much for each, however few there are, would seem to grow more slowly.
    let most = [11_000_000, 7_700, 46_000_000];
    for (((few, many), most), what) in
        few.into_iter().zip(many).zip(most).zip(["migrate", "no-op", "rollback"])
    {
        println!("{what:10} {few:>12} {many:>12}");
        assert!(many < most, "{what}: {many}");
        // A little more than four times: each catalog that is read has more tables towards the end.
        assert!(2 * many < 13 * few, "{what}: {few} grew to {many}");
    }
}
