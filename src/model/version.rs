//! The version of a migration.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The number after `V` in a migration's file name: a counter or a timestamp, up to 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(i64);

/// Why a text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Something other than decimal digits.
    #[error("`{0}` is not a version: a version is a whole number, like 3 or 20260131120000")]
    NotANumber(String),
    /// More than 63 bits.
    #[error("version {0} is too large: the largest is 9223372036854775807")]
    TooLarge(String),
}

impl Version {
    /// Wraps a number that was read from a history table.
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The bare number.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether refinery's default build, whose versions are 32 bit, can hold this one.
    pub fn fits_int4(self) -> bool {
        i32::try_from(self.0).is_ok()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Version {
    type Err = VersionError;

    /// Accepts `12` and, as people type it, `V12`.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let digits = text.strip_prefix(['V', 'v']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VersionError::NotANumber(text.to_owned()));
        }
        digits.parse().map(Self).map_err(|_| VersionError::TooLarge(digits.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_and_counters_are_versions() {
        assert_eq!("7".parse(), Ok(Version::new(7)));
        assert_eq!("V20260131120000".parse(), Ok(Version::new(20_260_131_120_000)));
        assert!(!Version::new(20_260_131_120_000).fits_int4());
    }

    #[test]
    fn anything_else_is_refused_with_its_text() {
        assert!(matches!("1.2".parse::<Version>(), Err(VersionError::NotANumber(_))));
        assert!(matches!("-1".parse::<Version>(), Err(VersionError::NotANumber(_))));
        assert!(matches!(
            "99999999999999999999".parse::<Version>(),
            Err(VersionError::TooLarge(_))
        ));
    }
}
