//! What was measured, and the tables of it.

use std::time::Duration;

use crate::load::Latencies;
use crate::support::Database;
use crate::ways::{COMBINED, FOUR, TURNBACK};

/// Sizes in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub heap: u64,
    pub indexes: u64,
    /// All that the server has ever written ahead.
    wal: u64,
}

impl Sizes {
    pub fn of(database: &Database) -> Self {
        let sizes = database.psql(
            "SELECT pg_relation_size('auth_sessions'), pg_indexes_size('auth_sessions'), \
             pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')",
        );
        let mut sizes = sizes.split('|').map(|size| size.parse().expect("it is a number of bytes"));
        let mut next = || sizes.next().expect("three columns were asked for");
        Self { heap: next(), indexes: next(), wal: next() }
    }
}

/// A way, once.
struct Run {
    taken: Duration,
    wal: u64,
    heap_growth: u64,
    index_growth: u64,
}

impl Run {
    fn new(taken: Duration, before: &Sizes, after: &Sizes) -> Self {
        let percent = |before: u64, after: u64| after.saturating_sub(before) * 100 / before;
        Self {
            taken,
            wal: after.wal - before.wal,
            heap_growth: percent(before.heap, after.heap),
            index_growth: percent(before.indexes, after.indexes),
        }
    }

    /// Without a line's end, for columns that follow.
    fn cells(&self, rows: u32) -> String {
        let Self { taken, wal, heap_growth, index_growth } = self;
        let seconds = taken.as_secs_f64();
        let speed = f64::from(rows) / seconds;
        let wal = wal / 1_000_000;
        format!("{seconds:.2} s | {speed:.0} | {wal} MB | {heap_growth} % | {index_growth} %")
    }
}

/// All runs with one number of rows, by way, in the order of the first run.
pub struct Results {
    rows: u32,
    undisturbed: Vec<(&'static str, Vec<Run>)>,
    alone: Option<(Duration, Latencies)>,
    under_load: Vec<(&'static str, Run, Latencies)>,
}

impl Results {
    pub fn new(rows: u32) -> Self {
        Self { rows, undisturbed: Vec::new(), alone: None, under_load: Vec::new() }
    }

    pub fn undisturbed(
        &mut self,
        way: &'static str,
        taken: Duration,
        before: &Sizes,
        after: &Sizes,
    ) {
        let run = Run::new(taken, before, after);
        match self.undisturbed.iter_mut().find(|(known, _)| *known == way) {
            Some((_, runs)) => runs.push(run),
            None => self.undisturbed.push((way, vec![run])),
        }
    }

    pub fn under_load(
        &mut self,
        way: &'static str,
        taken: Duration,
        before: &Sizes,
        after: &Sizes,
        latencies: Latencies,
    ) {
        self.under_load.push((way, Run::new(taken, before, after), latencies));
    }

    pub fn alone(&mut self, taken: Duration, latencies: Latencies) {
        self.alone = Some((taken, latencies));
    }

    pub fn print(mut self) {
        for (_, runs) in &mut self.undisturbed {
            runs.sort_by_key(|run| run.taken);
        }
        self.print_undisturbed();
        self.print_under_load();
        self.print_ratios();
    }

    /// All but the slowest time is of the run with the median one.
    fn print_undisturbed(&self) {
        let runs = self.undisturbed.first().map_or(0, |(_, runs)| runs.len());
        println!("\nWithout load; median of {runs} runs, and the slowest\n");
        println!("| | median | rows/s | WAL | heap | indexes | slowest |");
        println!("|---|--:|--:|--:|--:|--:|--:|");
        for (way, runs) in &self.undisturbed {
            let cells = runs[runs.len() / 2].cells(self.rows);
            let slowest = runs[runs.len() - 1].taken.as_secs_f64();
            println!("| {way} | {cells} | {slowest:.2} s |");
        }
    }

    fn print_under_load(&self) {
        println!("\nUnder load, whose own writes are in the WAL and the heap; latencies in ms\n");
        println!(
            "| | time | rows/s | WAL | heap | indexes | requests | p50 | p99 | p99.9 | slowest |"
        );
        println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        if let Some((taken, latencies)) = &self.alone {
            let seconds = taken.as_secs_f64();
            println!("| the load alone | {seconds:.2} s | | | | | {} |", cells(latencies));
        }
        for (way, run, latencies) in &self.under_load {
            println!("| {way} | {} | {} |", run.cells(self.rows), cells(latencies));
        }
    }

    fn print_ratios(&self) {
        let median = |way: &str| {
            let (_, runs) = self.undisturbed.iter().find(|(known, _)| *known == way)?;
            Some(runs[runs.len() / 2].taken.as_secs_f64())
        };
        let loaded = |way: &str| {
            let (_, run, _) = self.under_load.iter().find(|(known, ..)| *known == way)?;
            Some(run.taken.as_secs_f64())
        };
        println!("\nRatios, without load and under it\n");
        for other in [COMBINED, FOUR] {
            let without = ratio(median(TURNBACK), median(other));
            let under = ratio(loaded(TURNBACK), loaded(other));
            println!("- time of {TURNBACK} to {other}: {without}, {under}");
        }
        let beside = self.under_load.iter().find(|(known, ..)| *known == TURNBACK);
        let beside = beside.map(|(.., latencies)| latencies.per_mille(999));
        let alone = self.alone.as_ref().map(|(_, latencies)| latencies.per_mille(999));
        println!("- p99.9 beside {TURNBACK} to that of the load alone: {}", ratio(beside, alone));
    }
}

fn cells(latencies: &Latencies) -> String {
    let [p50, p99, p999, slowest] = [500, 990, 999, 1_000].map(|share| latencies.per_mille(share));
    format!("{} | {p50:.1} | {p99:.1} | {p999:.1} | {slowest:.1}", latencies.count())
}

fn ratio(ours: Option<f64>, other: Option<f64>) -> String {
    let both = ours.zip(other);
    both.map_or_else(|| "not measured".to_owned(), |(ours, other)| format!("{:.2}", ours / other))
}
