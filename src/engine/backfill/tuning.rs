//! What an operator may set of a backfill, also while it runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How hard a backfill works. Kept with the job, so that every runner goes by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tuning {
    /// The most connections that work at once.
    pub workers: usize,
    /// How many milliseconds a batch's transaction is to take.
    pub batch_ms: u64,
    /// How many milliseconds a replica may be behind.
    pub max_lag_ms: u64,
    /// How many finished WAL segments may wait to be archived.
    pub max_archive: u64,
    /// A query that tells the application's latency in milliseconds.
    pub latency_query: Option<String>,
    /// The latency above which the backfill gives way, in milliseconds.
    pub max_latency_ms: u64,
    /// The column or columns in whose order rows are taken, instead of the order in which they lie.
    pub order_by: Vec<String>,
}

/// The longest a batch is planned to take, whatever is asked for: a row it has changed is locked as
/// long.
pub const LONGEST_BATCH: Duration = Duration::from_millis(250);

impl Default for Tuning {
    fn default() -> Self {
        Self {
            workers: 2,
            batch_ms: 75,
            max_lag_ms: 10_000,
            max_archive: 64,
            latency_query: None,
            max_latency_ms: 50,
            order_by: Vec::new(),
        }
    }
}

impl Tuning {
    /// How long a batch's transaction is to take.
    pub fn batch(&self) -> Duration {
        Duration::from_millis(self.batch_ms.max(1)).min(LONGEST_BATCH)
    }

    /// How far a replica may be behind.
    pub const fn max_lag(&self) -> Duration {
        Duration::from_millis(self.max_lag_ms)
    }
}

/// Changes of some of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retuning {
    /// See [`Tuning::workers`].
    pub workers: Option<usize>,
    /// See [`Tuning::batch_ms`].
    pub batch_ms: Option<u64>,
    /// See [`Tuning::max_lag_ms`].
    pub max_lag_ms: Option<u64>,
    /// See [`Tuning::max_archive`].
    pub max_archive: Option<u64>,
    /// See [`Tuning::latency_query`].
    pub latency_query: Option<String>,
    /// See [`Tuning::max_latency_ms`].
    pub max_latency_ms: Option<u64>,
}

impl Retuning {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Changes what it names.
    pub fn apply(&self, tuning: &mut Tuning) {
        let set = |value: &mut u64, new: Option<u64>| *value = new.unwrap_or(*value);
        tuning.workers = self.workers.unwrap_or(tuning.workers).max(1);
        set(&mut tuning.batch_ms, self.batch_ms);
        set(&mut tuning.max_lag_ms, self.max_lag_ms);
        set(&mut tuning.max_archive, self.max_archive);
        set(&mut tuning.max_latency_ms, self.max_latency_ms);
        if let Some(query) = &self.latency_query {
            tuning.latency_query = Some(query.clone()).filter(|query| !query.is_empty());
        }
    }
}
