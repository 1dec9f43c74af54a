//! Killed at random while an application writes: the backfill ends, and takes nothing from it.
//!
//! `TURNBACK_SEED=<seed>` plays one run again, whose seed a failure has named.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;

use super::application::{Application, Rows, ground};
use super::seeds;
use crate::support::{Cluster, Database, Project, Signal};

const RUNS: u64 = 100;
/// Runs side by side.
const AT_ONCE: usize = 4;
const STATEMENT: &str = "-- turnback:backfill item
UPDATE item SET label = 'v2:' || src WHERE label NOT LIKE 'v2:%';";
/// How long before the backfill is recorded as done its last look was, at most, in seconds.
const LAST_LOOK: &str = "1.0";

/// How often a kill hit a backfill that was under way.
static HITS: AtomicUsize = AtomicUsize::new(0);

struct Plan {
    seed: u64,
    random: Rng,
    rows: u32,
    partitioned: bool,
    saves: bool,
    kills: usize,
    /// How long the application writes rows that have to be backfilled, in milliseconds.
    unfilled: u64,
    rolls_back: bool,
}

impl Plan {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let saves = random.u8(..3) > 0;
        Self {
            seed,
            rows: random.u32(3_000..7_000),
            partitioned: random.u8(..3) == 0,
            saves,
            kills: random.usize(..4),
            unfilled: if random.bool() { random.u64(100..1_500) } else { 0 },
            rolls_back: saves && random.u8(..3) == 0,
            random,
        }
    }

    fn command(&self) -> &'static [&'static str] {
        if self.saves { &["migrate"] } else { &["migrate", "--no-backup", "--force"] }
    }

    fn play(&mut self) {
        let database = Cluster::shared().database();
        let (rows, sql) = ground(self.rows, self.partitioned);
        database.psql(&sql);
        let project = Project::for_database(&database);
        project.migration(1, "label", STATEMENT, "-- values");
        let application = Application::start(&database, &rows, self.partitioned, &mut self.random);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(self.unfilled));
                application.calm();
            });
            for _ in 0..self.kills {
                let running = project.command(self.command()).spawn();
                std::thread::sleep(Duration::from_millis(self.random.u64(50..900)));
                running.signal(Signal::KILL);
                running.wait();
                HITS.fetch_add(usize::from(under_way(&database)), Ordering::Relaxed);
            }
            let run = project.run(self.command());
            assert_eq!(run.code, 0, "seed {}: {run}", self.seed);
        });
        let expected = application.end();
        self.check(&database, &expected);
        if self.rolls_back {
            let run = project.run(&["rollback", "--force"]);
            assert_eq!(run.code, 0, "seed {}: {run}", self.seed);
            self.check_rolled_back(&database, &expected);
        }
    }

    fn check(&self, database: &Database, expected: &Rows) {
        let seed = self.seed;
        self.check_columns(database, expected);
        let late = database.psql(&format!(
            "SELECT count(*) FROM item WHERE label NOT LIKE 'v2:%' \
             AND NOT coalesce(substr(label, 4)::numeric > (SELECT extract(epoch FROM max(finished_at)) \
             FROM turnback.backfill) - {LAST_LOOK}, false)"
        ));
        assert_eq!(late, "0", "seed {seed}: rows still match");
        let wrong = "SELECT count(*) FROM item WHERE label LIKE 'v2:%' AND label <> 'v2:' || src";
        assert_eq!(database.psql(wrong), "0", "seed {seed}: rows have other values");
        let open = "SELECT count(*) FROM turnback.backfill WHERE open OR state <> 'done'";
        assert_eq!(database.psql(open), "0", "seed {seed}: a backfill is not recorded as done");
    }

    fn check_columns(&self, database: &Database, expected: &Rows) {
        let line = |(id, row): (&u32, &super::application::Row)| {
            format!("{id}|{}|{}|{}|{}", row.region, row.src, row.other, row.note)
        };
        let sql = "SELECT id, region, src, other, length(note) FROM item ORDER BY id";
        let found = database.psql(sql);
        let mut differences = Vec::new();
        let expected: Vec<String> = expected.iter().map(line).collect();
        let found: Vec<&str> = found.lines().collect();
        differences.extend(expected.iter().filter(|it| !found.contains(&it.as_str())).take(5));
        assert!(
            expected.len() == found.len() && expected.iter().zip(&found).all(|(a, b)| a == b),
            "seed {}: {} rows expected, {} found; such as {differences:?}",
            self.seed,
            expected.len(),
            found.len()
        );
    }

    /// What the application has not labelled is as it was.
    fn check_rolled_back(&self, database: &Database, expected: &Rows) {
        self.check_columns(database, expected);
        let untouched = expected.iter().filter(|(_, row)| !row.labelled);
        let untouched: Vec<String> = untouched.map(|(id, _)| id.to_string()).collect();
        let wrong = database.psql(&format!(
            "SELECT id, label FROM item WHERE id = ANY ('{{{}}}') AND label <> 'v1:' || id LIMIT 5",
            untouched.join(",")
        ));
        assert_eq!(wrong, "", "seed {}: values have not come back", self.seed);
    }
}

/// Whether a backfill has begun, and is not done.
fn under_way(database: &Database) -> bool {
    database.psql("SELECT to_regclass('turnback.backfill') IS NOT NULL") == "t"
        && database.psql("SELECT count(*) FROM turnback.backfill WHERE state = 'running'") == "1"
}

#[test]
fn neither_kills_nor_an_application_make_a_backfill_lose_anything() {
    let seeds = seeds(RUNS);
    println!("seeds {}..", seeds[0]);
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let played = std::panic::catch_unwind(|| Plan::new(*seed).play());
                    if played.is_err() {
                        failures.lock().expect("no holder panics").push(*seed);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no holder panics");
    let hits = HITS.load(Ordering::Relaxed);
    println!("{hits} kills hit a backfill");
    assert!(seeds.len() == 1 || hits >= 5, "only {hits} kills hit a backfill");
    assert!(failures.is_empty(), "these seeds failed: {failures:?}");
}
