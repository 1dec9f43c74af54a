//! From a heap of files to a checked set.

use std::collections::{BTreeMap, BTreeSet};

use super::file_name::FileName;
use super::raw_file::{RawFile, decode};
use super::{
    FileFault, FileFaultKind, Manifest, Migration, MigrationSet, Script, SetError, fixtures,
};
use crate::model::Version;

/// The files of a set's two directories.
pub(super) struct RawSet {
    pub manifest: Option<RawFile>,
    pub migrations: Vec<RawFile>,
    pub rollbacks: Vec<RawFile>,
    pub checks: Vec<RawFile>,
    pub fixtures: Vec<RawFile>,
    /// Where a missing rollback, a missing migration would be: the directories' labels.
    pub migrations_label: String,
    pub rollbacks_label: String,
    /// Faults found while listing.
    pub faults: Vec<FileFault>,
}

/// Checks and pairs the files. All faults are reported at once.
pub(super) fn assemble(raw: RawSet) -> Result<MigrationSet, SetError> {
    let mut faults = raw.faults;
    let manifest = raw.manifest.and_then(|file| read_manifest(file, &mut faults));
    // Versions of files that are there and wrong: their partners miss nothing.
    let mut unusable = BTreeSet::new();
    let scripts = index(raw.migrations, &mut faults, &mut unusable);
    let mut rollbacks = index(raw.rollbacks, &mut faults, &mut unusable);

    let checks = raw
        .checks
        .into_iter()
        .filter_map(|file| Some(Script::new(&file.label, &decode(&file, &mut faults)?)))
        .collect();

    let mut migrations = Vec::with_capacity(scripts.len());
    for (version, (name, script)) in scripts {
        match rollbacks.remove(&version) {
            _ if unusable.contains(&version) => {}
            Some((rollback_name, rollback)) if rollback_name == name => {
                migrations.push(Migration { version, name, script, rollback });
            }
            other => {
                let expected = format!("{}/{}", raw.rollbacks_label, base_name(&script.file));
                faults.push(FileFault {
                    file: script.file,
                    kind: FileFaultKind::MissingRollback { expected },
                });
                faults.extend(other.map(|(_, orphan)| orphaned(&raw.migrations_label, orphan)));
            }
        }
    }
    let orphans = rollbacks.into_iter().filter(|(version, _)| !unusable.contains(version));
    faults.extend(orphans.map(|(_, (_, orphan))| orphaned(&raw.migrations_label, orphan)));
    let fixtures = match faults.as_slice() {
        [] => fixtures::read(raw.fixtures, &migrations, &mut faults),
        // A migration that is wrong would seem to be missing.
        _ => Vec::new(),
    };
    if faults.is_empty() {
        Ok(MigrationSet { manifest, migrations, checks, fixtures })
    } else {
        Err(SetError::Files(faults))
    }
}

fn base_name(label: &str) -> &str {
    label.rsplit(['/', '\\']).next().unwrap_or(label)
}

fn orphaned(migrations_label: &str, rollback: Script) -> FileFault {
    let expected = format!("{migrations_label}/{}", base_name(&rollback.file));
    FileFault { file: rollback.file, kind: FileFaultKind::OrphanRollback { expected } }
}

fn read_manifest(file: RawFile, faults: &mut Vec<FileFault>) -> Option<Manifest> {
    let text = decode(&file, faults)?;
    match Manifest::parse(&text) {
        Ok(manifest) => Some(manifest),
        Err(reason) => {
            faults.push(FileFault { file: file.label, kind: FileFaultKind::Manifest(reason) });
            None
        }
    }
}

/// Scripts by version, with the name in their file name.
fn index(
    files: Vec<RawFile>,
    faults: &mut Vec<FileFault>,
    unusable: &mut BTreeSet<Version>,
) -> BTreeMap<Version, (String, Script)> {
    let mut scripts: BTreeMap<Version, (String, Script)> = BTreeMap::new();
    for file in files {
        let FileName { version, name } = match FileName::parse(&file.name) {
            Ok(parsed) => parsed,
            Err(reason) => {
                faults.push(FileFault { file: file.label, kind: FileFaultKind::Misnamed(reason) });
                continue;
            }
        };
        let Some(text) = decode(&file, faults) else {
            unusable.insert(version);
            continue;
        };
        if let Some((_, other)) = scripts.get(&version) {
            let other = other.file.clone();
            unusable.insert(version);
            faults.push(FileFault {
                file: file.label,
                kind: FileFaultKind::DuplicateVersion { version, other },
            });
            continue;
        }
        scripts.insert(version, (name, Script::new(file.label, &text)));
    }
    scripts
}
