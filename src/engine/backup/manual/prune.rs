//! Backups that nobody needs any more go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use time::OffsetDateTime;

use super::super::dialect::Dialect;
use super::transact::{Desk, Halt, find};
use crate::database::{Ending, Session};
use crate::engine::{EngineError, Observer};
use crate::model::{Backup, BackupState};
use crate::sql::quote_name;

/// Which backups are to go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// These, whatever else is said.
    pub ids: Vec<i64>,
    /// Those taken longer ago than this.
    pub older_than: Option<Duration>,
    /// All but the newest of each table.
    pub keep: Option<usize>,
    /// Whether those named go although what they hold is nowhere else.
    pub only_copies: bool,
}

/// A backup that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// The backup.
    pub backup: Backup,
    /// Why what it holds is lost for good, if so.
    pub lost: Option<String>,
}

/// A backup that was selected and stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The backup.
    pub backup: Backup,
    /// Why.
    pub reason: String,
}

/// What goes, and what stays although it was selected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pruning {
    /// What goes.
    pub pruned: Vec<Pruned>,
    /// What stays.
    pub skipped: Vec<Skipped>,
}

/// Decides what goes. Nothing is written.
pub fn plan_prune(
    session: &mut dyn Session,
    desk: Desk<'_>,
    selection: &Selection,
) -> Result<Pruning, EngineError> {
    let backups = session.read_backups(desk.target)?;
    for id in &selection.ids {
        find(&backups, *id).map_err(Halt::Fault)?;
    }
    Ok(decide(&backups, selection, OffsetDateTime::now_utc()))
}

fn decide(backups: &[Backup], selection: &Selection, now: OffsetDateTime) -> Pruning {
    let newest = selection.keep.map(|count| newest(backups, count));
    let has_criteria = selection.older_than.is_some() || newest.is_some();
    let mut pruning = Pruning::default();
    for backup in backups {
        let named = selection.ids.contains(&backup.id);
        let is_old = selection.older_than.is_none_or(|age| now - backup.taken_at > age);
        let is_spare = newest.as_ref().is_none_or(|newest| !newest.contains(&backup.id));
        let is_met = has_criteria && is_old && is_spare;
        if !named && !is_met {
            continue;
        }
        match only_copy(backup) {
            Some(reason) if !(named && selection.only_copies) => {
                pruning.skipped.push(Skipped { backup: backup.clone(), reason });
            }
            lost => pruning.pruned.push(Pruned { backup: backup.clone(), lost }),
        }
    }
    pruning
}

/// The newest backups of each table. They are read in the order they were taken.
fn newest(backups: &[Backup], count: usize) -> BTreeSet<i64> {
    let mut tables: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    for backup in backups.iter().rev() {
        let own = tables.entry((&backup.table.schema, &backup.table.table)).or_default();
        if own.len() < count {
            own.push(backup.id);
        }
    }
    tables.into_values().flatten().collect()
}

/// Why what a backup holds may be nowhere else.
fn only_copy(backup: &Backup) -> Option<String> {
    let label = backup.label();
    match backup.state {
        BackupState::Kept if backup.rolling_back => {
            Some(format!("migrating {label} again would put it back"))
        }
        BackupState::Kept => Some(format!("rolling back {label} would put it back")),
        BackupState::SetAside => Some("nothing has put it back".to_owned()),
        BackupState::Restored if backup.conflicts == 1 => {
            Some("1 row was changed since, and did not get its saved values back".to_owned())
        }
        BackupState::Restored if backup.conflicts > 1 => Some(format!(
            "{} rows were changed since, and did not get their saved values back",
            backup.conflicts
        )),
        BackupState::Restored => None,
    }
}

/// Removes what was decided on, all in one transaction. A backup of which something has become
/// meanwhile stays.
pub fn prune(
    session: &mut dyn Session,
    observer: &mut dyn Observer,
    desk: Desk<'_>,
    pruning: Pruning,
) -> Result<Pruning, EngineError> {
    desk.work(session, observer, Ending::Commit, |session, observer| {
        let backups = session.read_backups(desk.target)?;
        let Pruning { pruned, mut skipped } = pruning;
        let (pruned, changed): (Vec<Pruned>, Vec<Pruned>) =
            pruned.into_iter().partition(|it| backups.contains(&it.backup));
        skipped.extend(changed.into_iter().map(|it| Skipped {
            backup: it.backup,
            reason: "it was put back or pruned meanwhile".to_owned(),
        }));
        let dialect = Dialect(session.capabilities().engine);
        let statements: Vec<String> =
            pruned.iter().flat_map(|it| statements(dialect, &it.backup)).collect();
        if !statements.is_empty() {
            desk.transact(session, observer, Ending::Commit, &mut |open| {
                for statement in &statements {
                    open.run(statement)?;
                }
                Ok(())
            })?;
        }
        Ok(Pruning { pruned, skipped })
    })
}

/// Drops a backup's tables, those that somebody dropped before excepted, and its entry.
fn statements(dialect: Dialect, backup: &Backup) -> Vec<String> {
    let table = &backup.table;
    let conflicts = format!("{}_conflicts", table.place);
    let places = [Some(&table.place), table.left_place.as_ref(), Some(&conflicts)];
    let drop =
        |place: &String| format!("DROP TABLE IF EXISTS {}", quote_name(&dialect.place(place)));
    let mut statements: Vec<String> = places.into_iter().flatten().map(drop).collect();
    let register = quote_name(&dialect.register());
    statements.push(format!("DELETE FROM {register} WHERE id = {}", backup.id));
    statements
}
