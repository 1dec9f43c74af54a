//! Versions of `SQLite`, as far as they can do different things.

use std::fmt;

/// A version of `SQLite`: 3.35 is `(3, 35)`. The last number changes no syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SqliteVersion(u16, u16);

impl SqliteVersion {
    /// The oldest one whose databases turnback migrates.
    pub const OLDEST: Self = Self(3, 35);
    /// The one inside the program.
    pub const BUILT_IN: Self = Self(3, 54);

    /// A version by its first two numbers.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self(major, minor)
    }

    /// Reads `3.35` or `3.35.5`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        let version = Self(numbers.next()??, numbers.next()??);
        numbers.all(|number| number.is_some()).then_some(version)
    }
}

impl fmt::Display for SqliteVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}
