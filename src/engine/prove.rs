//! Every migration up, down, up, on a scratch database, with rows in the tables.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::build::{load_fixture, migrate_to, prepare, roll_back_one};
use super::observer::WithoutRemarks;
use super::rows::fill;
use super::savepoint::{statement_error, undo_to};
use super::survey::Job;
use super::{EngineError, LeftEmpty, Observer, Stands};
use crate::catalog::{Catalog, Difference, Kind, Scope, differences};
use crate::database::{DatabaseError, Interrupt, Session, TableDigest};
use crate::model::{ObjectName, Version};
use crate::sets::Migration;
use crate::sql::quote_name;

/// What came of one version.
#[derive(Debug)]
pub struct VersionProof {
    /// The version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// What was found.
    pub verdict: Trip,
    /// How long it took, the making of rows included.
    pub duration: Duration,
    /// Tables that had no row when it was tried, although one was to be made.
    pub left_empty: Vec<LeftEmpty>,
    /// Tables whose rows came out otherwise the second time, from the same rows: something in the
    /// migration gives another value each time it is asked.
    pub volatile: Vec<ObjectName>,
}

/// How far a version's way there, back and there again went, and where it went wrong.
#[derive(Debug)]
pub enum Trip {
    /// It is proven.
    Proven,
    /// The migration failed.
    UpFailed(EngineError),
    /// The rollback failed, or did not restore the schema.
    DownFailed(EngineError),
    /// The rollback changed rows.
    DataLost(Vec<TableChange>),
    /// The migration failed the second time.
    UpAgainFailed(EngineError),
    /// The second time it made another schema.
    OtherSchema(Vec<Difference>),
    /// The second time it left another number of rows.
    OtherData(Vec<TableChange>),
}

impl Trip {
    /// Whether the versions behind it cannot be reached.
    pub const fn is_end(&self) -> bool {
        match self {
            Self::UpFailed(_) | Self::UpAgainFailed(_) => true,
            // A rollback outside a transaction that stopped half-way.
            Self::DownFailed(EngineError::Step(failure)) => {
                !matches!(failure.stands, Stands::Nothing)
            }
            _ => false,
        }
    }
}

/// A table whose rows are not what they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableChange {
    /// The table.
    pub table: ObjectName,
    /// Its rows as they were.
    pub before: Option<TableDigest>,
    /// Its rows as they are.
    pub after: Option<TableDigest>,
}

/// Proves the versions from one on, up to another, on an empty scratch database. The versions before
/// them are applied. It ends with the first migration that cannot be applied. Rows are made up so
/// that they live through to the `last` version's schema, as far as that is known.
pub fn prove(
    session: &mut dyn Session,
    job: &Job<'_>,
    versions: &[Version],
    last: Option<&Catalog>,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<Vec<VersionProof>, EngineError> {
    let mut observer = WithoutRemarks(observer);
    let observer = &mut observer;
    let mut prover = Prover { session, job, last, interrupt, observer, left_empty: Vec::new() };
    prepare(prover.session, job, interrupt, prover.observer)?;
    prover.fill_empty()?;
    let mut proofs = Vec::new();
    let end = versions.last();
    for migration in &job.set.migrations {
        if end.is_none_or(|end| migration.version > *end) {
            break;
        }
        if versions.contains(&migration.version) {
            let proof = prover.prove(migration)?;
            let is_end = proof.verdict.is_end();
            proofs.push(proof);
            if is_end {
                break;
            }
        } else {
            prover.up(migration)?;
        }
        prover.add_rows(migration)?;
    }
    Ok(proofs)
}

struct Prover<'a> {
    session: &'a mut dyn Session,
    job: &'a Job<'a>,
    last: Option<&'a Catalog>,
    interrupt: &'a Interrupt,
    observer: &'a mut dyn Observer,
    left_empty: Vec<LeftEmpty>,
}

/// Schema and rows at one moment.
struct Moment {
    catalog: Catalog,
    data: BTreeMap<ObjectName, TableDigest>,
}

impl Prover<'_> {
    fn up(&mut self, migration: &Migration) -> Result<(), EngineError> {
        let to = Some(migration.version);
        migrate_to(self.session, self.job, to, self.interrupt, self.observer)
    }

    fn down(&mut self) -> Result<(), EngineError> {
        roll_back_one(self.session, self.job, self.interrupt, self.observer)
    }

    fn prove(&mut self, migration: &Migration) -> Result<VersionProof, EngineError> {
        let began = Instant::now();
        let mut volatile = Vec::new();
        let verdict = self.trip(migration, &mut volatile)?;
        Ok(VersionProof {
            version: migration.version,
            name: migration.name.clone(),
            verdict,
            duration: began.elapsed(),
            left_empty: self.left_empty.clone(),
            volatile,
        })
    }

    fn trip(
        &mut self,
        migration: &Migration,
        volatile: &mut Vec<ObjectName>,
    ) -> Result<Trip, EngineError> {
        let before = self.moment()?;
        if let Err(error) = self.up(migration) {
            return stopping(error, Trip::UpFailed);
        }
        let mut after = self.moment()?;
        let filled = self.fill_new(&before, &after)?;
        // Rows made up now stand for what an application writes: they come back as well.
        after.data.extend(self.session.data_digests(&filled)?);
        if let Err(error) = self.down() {
            return stopping(error, Trip::DownFailed);
        }
        let back = self.moment()?;
        // Whatever stands in the way, the next version needs this one.
        if let Err(error) = self.up(migration) {
            return stopping(error, Trip::UpAgainFailed);
        }
        let again = self.moment()?;
        self.empty(&filled)?;
        let lost = changes(&before, &back);
        if !lost.is_empty() {
            return Ok(Trip::DataLost(lost));
        }
        let mut other = differences(&after.catalog, &again.catalog);
        other.retain(|it| it.change.matters());
        if !other.is_empty() {
            return Ok(Trip::OtherSchema(other));
        }
        let (same_number, other): (Vec<_>, Vec<_>) =
            changes(&after, &again).into_iter().partition(TableChange::keeps_number);
        // Values that were kept are the same, so only chance makes others.
        volatile.extend(same_number.into_iter().map(|it| it.table));
        Ok(if other.is_empty() { Trip::Proven } else { Trip::OtherData(other) })
    }

    fn moment(&mut self) -> Result<Moment, DatabaseError> {
        let catalog = self.session.read_catalog(&Scope::default())?;
        let data = self.session.data_digests(&tables(&catalog))?;
        Ok(Moment { catalog, data })
    }

    /// Tables that the migration made are given rows too: a rollback must get past them, and they
    /// must be there again behind the next migration. A trigger on them could change others, which
    /// would look like the rollback's doing. Returns the tables.
    fn fill_new(
        &mut self,
        before: &Moment,
        after: &Moment,
    ) -> Result<Vec<ObjectName>, EngineError> {
        let with_trigger: BTreeSet<_> = after
            .catalog
            .objects
            .keys()
            .filter(|key| key.kind == Kind::Trigger)
            .map(|key| (key.schema.clone(), key.parent.clone()))
            .collect();
        let new: Vec<ObjectName> = tables(&after.catalog)
            .into_iter()
            .filter(|it| !before.data.contains_key(it) && is_empty(&after.data, it))
            .filter(|it| !with_trigger.contains(&(it.schema.clone(), Some(it.name.clone()))))
            .collect();
        if !new.is_empty() {
            fill(self.session, self.job.target, &after.catalog, self.last, &new)?;
        }
        Ok(new)
    }

    /// Takes rows that were made up away again: fixtures bring their own. Tables that others refer
    /// to are emptied behind those.
    fn empty(&mut self, tables: &[ObjectName]) -> Result<(), DatabaseError> {
        if tables.is_empty() {
            return Ok(());
        }
        self.session.begin_trial(self.job.target)?;
        let mut waiting: Vec<&ObjectName> = tables.iter().collect();
        let mut before = usize::MAX;
        // What nothing can be deleted from keeps its rows.
        while !waiting.is_empty() && waiting.len() < before {
            before = waiting.len();
            let mut left = Vec::new();
            for table in waiting {
                if !self.empty_one(table)? {
                    left.push(table);
                }
            }
            waiting = left;
        }
        self.session.keep_trial()
    }

    /// Whether the table could be emptied.
    fn empty_one(&mut self, table: &ObjectName) -> Result<bool, DatabaseError> {
        const SAVEPOINT: &str = "turnback_empty";
        self.session.try_statement(&format!("SAVEPOINT {SAVEPOINT}"))?;
        if let Err(error) =
            self.session.try_statement(&format!("DELETE FROM {}", quote_name(table)))
        {
            statement_error(error)?;
            undo_to(self.session, SAVEPOINT)?;
            return Ok(false);
        }
        self.session.try_statement(&format!("RELEASE SAVEPOINT {SAVEPOINT}"))?;
        Ok(true)
    }

    /// What the set's fixtures bring behind a version, and rows for tables that still have none.
    fn add_rows(&mut self, migration: &Migration) -> Result<(), EngineError> {
        for fixture in &self.job.set.fixtures {
            if fixture.after == Some(migration.version) {
                let target = self.job.target;
                load_fixture(self.session, target, fixture, self.interrupt, self.observer)?;
            }
        }
        self.fill_empty()
    }

    fn fill_empty(&mut self) -> Result<(), EngineError> {
        let now = self.moment()?;
        let empty: Vec<ObjectName> =
            tables(&now.catalog).into_iter().filter(|it| is_empty(&now.data, it)).collect();
        self.left_empty = if empty.is_empty() {
            Vec::new()
        } else {
            fill(self.session, self.job.target, &now.catalog, self.last, &empty)?.left_empty
        };
        Ok(())
    }
}

/// What ends the whole run is no verdict on a version.
fn stopping(error: EngineError, verdict: fn(EngineError) -> Trip) -> Result<Trip, EngineError> {
    if error.is_of_scripts() { Ok(verdict(error)) } else { Err(error) }
}

/// The tables that hold rows of their own; a partition's are those of the whole.
fn tables(catalog: &Catalog) -> Vec<ObjectName> {
    let tables = catalog
        .objects
        .values()
        .filter(|it| it.key.kind == Kind::Table && !it.properties.contains_key("partition_of"));
    let name = |schema: &Option<String>, name: &str| ObjectName {
        schema: schema.clone(),
        name: name.to_owned(),
    };
    tables.map(|it| name(&it.key.schema, &it.key.name)).collect()
}

fn is_empty(data: &BTreeMap<ObjectName, TableDigest>, table: &ObjectName) -> bool {
    data.get(table).is_some_and(|digest| digest.rows == 0)
}

fn changes(before: &Moment, after: &Moment) -> Vec<TableChange> {
    let names: BTreeSet<&ObjectName> = before.data.keys().chain(after.data.keys()).collect();
    names
        .into_iter()
        .map(|table| TableChange {
            table: table.clone(),
            before: before.data.get(table).copied(),
            after: after.data.get(table).copied(),
        })
        .filter(|it| it.before != it.after)
        .collect()
}

impl TableChange {
    fn keeps_number(&self) -> bool {
        self.before.map(|it| it.rows) == self.after.map(|it| it.rows)
    }
}
