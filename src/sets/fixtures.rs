//! Fixtures: what rehearsals find in the database besides the set's own objects.

use std::collections::BTreeMap;

use super::file_name::FileName;
use super::raw_file::{RawFile, decode};
use super::{FileFault, FileFaultKind, Migration, Script};
use crate::model::Version;

/// The fixture that runs before the first migration.
const BEFORE: &str = "before.sql";

/// A script for a rehearsal, never run on a live database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixture {
    /// The version behind which it runs; `None` before the first one.
    pub after: Option<Version>,
    /// What it does.
    pub script: Script,
}

/// Fixtures in the order in which they run.
pub(super) fn read(
    files: Vec<RawFile>,
    migrations: &[Migration],
    faults: &mut Vec<FileFault>,
) -> Vec<Fixture> {
    let mut fixtures: BTreeMap<Option<Version>, Fixture> = BTreeMap::new();
    for file in files {
        let Some(text) = decode(&file, faults) else { continue };
        let after = match place(&file.name, migrations) {
            Ok(after) => after,
            Err(kind) => {
                faults.push(FileFault { file: file.label, kind });
                continue;
            }
        };
        if let Some((version, other)) = after.zip(fixtures.get(&after)) {
            let other = other.script.file.clone();
            let kind = FileFaultKind::DuplicateVersion { version, other };
            faults.push(FileFault { file: file.label, kind });
            continue;
        }
        fixtures.insert(after, Fixture { after, script: Script::new(file.label, &text) });
    }
    fixtures.into_values().collect()
}

fn place(name: &str, migrations: &[Migration]) -> Result<Option<Version>, FileFaultKind> {
    if name == BEFORE {
        return Ok(None);
    }
    let version = FileName::parse(name).map_err(FileFaultKind::Misnamed)?.version;
    if migrations.iter().any(|migration| migration.version == version) {
        Ok(Some(version))
    } else {
        Err(FileFaultKind::OrphanFixture { version })
    }
}
