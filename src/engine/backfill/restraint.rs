//! What holds a backfill back, in words.

use std::fmt;
use std::time::Duration;

/// Why a backfill goes slower than it could, or waits.
#[derive(Debug, Clone, PartialEq)]
pub enum Restraint {
    /// A replica is behind.
    ReplicaLag(Duration),
    /// A replica has so much to do.
    ReplicaBacklog(Duration),
    /// WAL segments wait to be archived.
    Archive(u64),
    /// A replication slot retains nearly as much as it may.
    Slot,
    /// The application answers slowly: milliseconds.
    Latency(f64),
    /// The application waits for rows of a batch.
    Blocked(u64),
    /// Rows are locked by others.
    RowLocks,
    /// A snapshot keeps dead rows from being reused.
    OldSnapshot(Duration, String),
}

impl Restraint {
    /// Whether nothing is done as long as it lasts.
    pub const fn holds(&self) -> bool {
        matches!(
            self,
            Self::ReplicaLag(_) | Self::ReplicaBacklog(_) | Self::Archive(_) | Self::Slot
        )
    }
}

impl fmt::Display for Restraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReplicaLag(lag) => {
                write!(f, "waits for a replica that is {:.1} s behind", lag.as_secs_f64())
            }
            Self::ReplicaBacklog(time) => {
                write!(f, "waits for a replica that has {:.1} s to catch up", time.as_secs_f64())
            }
            Self::Archive(count) => write!(f, "waits for {count} WAL segments to be archived"),
            Self::Slot => f.write_str("waits for a replication slot that retains too much WAL"),
            Self::Latency(ms) => write!(f, "slowed: the application takes {ms:.0} ms"),
            Self::Blocked(1) => f.write_str("slowed: a session waits for a batch"),
            Self::Blocked(count) => write!(f, "slowed: {count} sessions wait for a batch"),
            Self::RowLocks => f.write_str("slowed: others hold rows of the batch"),
            Self::OldSnapshot(age, whose) => {
                write!(f, "slowed: a snapshot of {whose}, {} s old, keeps dead rows", age.as_secs())
            }
        }
    }
}
