//! How hard backfills work, as `turnback.toml` has it.

use serde::Deserialize;

use super::{SettingsError, parse_duration};

/// The section `[backfill]`. Flags go before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackfillSection {
    /// The most connections that work at once.
    pub workers: Option<usize>,
    /// How many milliseconds a batch's transaction is to take.
    pub batch_ms: Option<u64>,
    /// How far a replica may be behind.
    pub max_lag: Option<String>,
    /// How many finished WAL segments may wait to be archived.
    pub max_archive: Option<u64>,
    /// A query that tells the application's latency in milliseconds.
    pub latency_query: Option<String>,
    /// The latency above which a backfill gives way, in milliseconds.
    pub max_latency_ms: Option<u64>,
}

impl BackfillSection {
    /// How many milliseconds a replica may be behind.
    pub fn max_lag_ms(&self) -> Result<Option<u64>, SettingsError> {
        let Some(text) = &self.max_lag else { return Ok(None) };
        let lag = parse_duration(text)
            .map_err(|reason| SettingsError::Duration { key: "backfill.max_lag", reason })?;
        Ok(Some(u64::try_from(lag.as_millis()).unwrap_or(u64::MAX)))
    }
}
