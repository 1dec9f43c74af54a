//! refinery's checksum of a migration.

use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

use super::Migration;
use crate::model::Version;

/// The integer type of refinery's versions. It is a feature of the application's build, and it
/// decides the type of the history's column and goes into the checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionWidth {
    /// refinery's default.
    Int4,
    /// refinery built with `int8-versions`.
    Int8,
}

impl VersionWidth {
    /// The narrower type where every version up to this one fits: what an application built with
    /// refinery's defaults can read.
    pub fn for_highest(highest: Option<Version>) -> Self {
        if highest.is_none_or(Version::fits_int4) { Self::Int4 } else { Self::Int8 }
    }
}

/// The checksum refinery would compute: `SipHash` 1-3 over name, version and text
/// (`Migration::unapplied` in refinery-core's `runner.rs`), the version hashed at its width.
pub fn refinery_checksum(name: &str, version: Version, text: &str, width: VersionWidth) -> u64 {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    match (width, i32::try_from(version.get())) {
        (VersionWidth::Int4, Ok(narrow)) => narrow.hash(&mut hasher),
        _ => version.get().hash(&mut hasher),
    }
    text.hash(&mut hasher);
    hasher.finish()
}

/// The checksums an application may have recorded for a migration, by either width.
pub fn refinery_checksums(migration: &Migration) -> [u64; 2] {
    [VersionWidth::Int4, VersionWidth::Int8].map(|width| {
        refinery_checksum(&migration.name, migration.version, &migration.script.stored.text, width)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int8_checksums_are_refinerys_own() {
        let text = "CREATE TABLE persons (id int);";
        let refinery = refinery_core::Migration::unapplied("V3__initial", text).unwrap();
        assert_eq!(
            refinery_checksum("initial", Version::new(3), text, VersionWidth::Int8),
            refinery.checksum()
        );
    }

    #[test]
    fn int4_checksums_are_those_of_refinerys_default_build() {
        // Printed by refinery-core 0.10.1 built without `int8-versions`.
        let text = "CREATE TABLE persons (id int);";
        assert_eq!(
            refinery_checksum("initial", Version::new(3), text, VersionWidth::Int4),
            INT4_VECTOR
        );
    }

    const INT4_VECTOR: u64 = 15_858_927_999_769_101_892;
}
