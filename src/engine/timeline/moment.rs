//! Times of a run: by the clock on the wall, and by one that nobody sets.

use std::time::{Duration, Instant};

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// When a run began. Every other time is told from it, so that a clock which is set meanwhile moves
/// nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning {
    wall: OffsetDateTime,
    instant: Instant,
}

impl Beginning {
    pub(super) fn now() -> Self {
        Self { wall: OffsetDateTime::now_utc(), instant: Instant::now() }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.instant.elapsed()
    }

    /// How long after the beginning something was.
    pub(super) fn until(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.instant)
    }

    /// From one time after the beginning to another.
    pub(super) fn span(&self, from: Duration, until: Duration) -> Span {
        Span { at: self.wall + from, offset: from, took: until.saturating_sub(from) }
    }
}

/// From when to when. In JSON `started_at` (RFC 3339), `offset_ms` since the run began, and
/// `duration_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When it began.
    pub at: OffsetDateTime,
    /// The same, since the run began.
    pub offset: Duration,
    /// How long it took.
    pub took: Duration,
}

impl Span {
    /// When it ended, since the run began.
    pub fn end(&self) -> Duration {
        self.offset + self.took
    }
}

/// A time in RFC 3339, to the microsecond.
pub(super) fn rfc3339(at: OffsetDateTime) -> String {
    let at = at.replace_nanosecond(at.microsecond() * 1_000).unwrap_or(at);
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}

/// Milliseconds, to the microsecond.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "centuries of microseconds fit")]
    let microseconds = duration.as_micros() as f64;
    microseconds / 1_000.0
}

pub(super) fn as_milliseconds<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(milliseconds(*duration))
}

pub(super) fn as_rfc3339<S: Serializer>(
    at: &OffsetDateTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*at))
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("started_at", &rfc3339(self.at))?;
        map.serialize_entry("offset_ms", &milliseconds(self.offset))?;
        map.serialize_entry("duration_ms", &milliseconds(self.took))?;
        map.end()
    }
}
