//! `V<version>__<name>.sql`.

use std::fmt;

use crate::model::{Version, VersionError};

/// The parts of a migration's file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    /// The number between `V` and the two underscores.
    pub version: Version,
    /// The words behind them.
    pub name: String,
}

/// Why a file name is not a migration's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misnamed {
    /// Not `V…__….sql` at all.
    Shape,
    /// A prefix that means something in another tool.
    OtherPrefix(char),
    /// The number is none.
    Version(VersionError),
    /// The words hold something other than letters, digits and underscores, or nothing.
    Name,
}

impl fmt::Display for Misnamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape => f.write_str("a migration is named V<version>__<name>.sql"),
            Self::OtherPrefix('U') => f.write_str(
                "U means a forward migration in refinery and an undo in Flyway; \
                 turnback has V<version>__<name>.sql in both directories",
            ),
            Self::OtherPrefix('R') => f.write_str(
                "repeatable migrations do not exist here; name it V<version>__<name>.sql",
            ),
            Self::OtherPrefix(prefix) => {
                write!(f, "it starts with {prefix}; write an upper-case V")
            }
            Self::Version(error) => error.fmt(f),
            Self::Name => f.write_str(
                "the part behind the two underscores has letters, digits and underscores only",
            ),
        }
    }
}

impl FileName {
    /// Reads a file name.
    pub fn parse(file_name: &str) -> Result<Self, Misnamed> {
        let stem = file_name.strip_suffix(".sql").ok_or(Misnamed::Shape)?;
        let (head, name) = stem.split_once("__").ok_or(Misnamed::Shape)?;
        let mut chars = head.chars();
        match chars.next() {
            Some('V') => {}
            Some(prefix @ ('U' | 'R' | 'v')) => return Err(Misnamed::OtherPrefix(prefix)),
            _ => return Err(Misnamed::Shape),
        }
        let version = chars.as_str().parse().map_err(Misnamed::Version)?;
        // refinery takes \w+ for the name and writes it into SQL unescaped.
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Err(Misnamed::Name);
        }
        Ok(Self { version, name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_name_are_read() {
        let parsed = FileName::parse("V20260131120000__add_ip_2.sql").unwrap();
        assert_eq!(parsed.version, Version::new(20_260_131_120_000));
        assert_eq!(parsed.name, "add_ip_2");
        assert_eq!(FileName::parse("V3__größe.sql").unwrap().name, "größe");
        assert_eq!(FileName::parse("V3___x.sql").unwrap().name, "_x");
    }

    #[test]
    fn everything_else_says_why() {
        for (name, reason) in [
            ("notes.sql", Misnamed::Shape),
            ("V1_a.sql", Misnamed::Shape),
            ("V1__a.SQL", Misnamed::Shape),
            ("U1__a.sql", Misnamed::OtherPrefix('U')),
            ("R__view.sql", Misnamed::OtherPrefix('R')),
            ("v1__a.sql", Misnamed::OtherPrefix('v')),
            ("V1__.sql", Misnamed::Name),
            ("V1__it's.sql", Misnamed::Name),
            ("V1__a b.sql", Misnamed::Name),
        ] {
            assert_eq!(FileName::parse(name), Err(reason), "{name}");
        }
        assert!(matches!(FileName::parse("V1.2__a.sql"), Err(Misnamed::Version(_))));
        assert!(matches!(FileName::parse("V__a.sql"), Err(Misnamed::Version(_))));
    }
}
