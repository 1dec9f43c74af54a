//! How hard backfills work, for the commands that run them.

use std::num::NonZero;
use std::time::Duration;

use crate::engine::Retuning;
use crate::settings::{BackfillSection, SettingsError, parse_duration};

/// How hard a backfill works. What is not named stays as it is.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Backfills")]
pub struct TuningArgs {
    /// The most connections that work at once [default: 2]
    #[arg(long, value_name = "N")]
    workers: Option<NonZero<usize>>,
    /// How long a batch's transaction is to take, in milliseconds, up to 250 [default: 75]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    batch_ms: Option<u64>,
    /// How far a replica may be behind [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    max_lag: Option<Duration>,
    /// How many finished WAL segments may wait to be archived [default: 64]
    #[arg(long, value_name = "N")]
    max_archive: Option<u64>,
    /// A query that tells the application's latency in milliseconds, asked once a second; an empty
    /// one ends it
    #[arg(long, value_name = "SQL")]
    latency_query: Option<String>,
    /// The latency above which a backfill gives way, in milliseconds [default: 50]
    #[arg(long, value_name = "MS")]
    max_latency_ms: Option<u64>,
}

impl TuningArgs {
    /// What is asked for: flags over `turnback.toml`. Taking the struct apart means that a new flag
    /// does not compile until it is handled.
    pub fn over(&self, file: &Retuning) -> Retuning {
        let Self { workers, batch_ms, max_lag, max_archive, latency_query, max_latency_ms } = self;
        let lag = max_lag.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX));
        Retuning {
            workers: workers.map(NonZero::get).or(file.workers),
            batch_ms: batch_ms.or(file.batch_ms),
            max_lag_ms: lag.or(file.max_lag_ms),
            max_archive: max_archive.or(file.max_archive),
            latency_query: latency_query.clone().or_else(|| file.latency_query.clone()),
            max_latency_ms: max_latency_ms.or(file.max_latency_ms),
        }
    }
}

/// What `turnback.toml` asks for.
pub(super) fn in_file(section: &BackfillSection) -> Result<Retuning, SettingsError> {
    Ok(Retuning {
        workers: section.workers,
        batch_ms: section.batch_ms,
        max_lag_ms: section.max_lag_ms()?,
        max_archive: section.max_archive,
        latency_query: section.latency_query.clone(),
        max_latency_ms: section.max_latency_ms,
    })
}
