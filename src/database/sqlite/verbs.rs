//! What turnback asks of a `SQLite` database.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use rusqlite::{MAIN_DB, OpenFlags};

use super::error::convert;
use super::lock_file::LockFile;
use super::{
    CAPABILITIES, SqliteSession, catalog, catalog_store, configure, digests, exchange, keeping,
    ledger, lock_path, look_up, open_error, open_file, refused, script, sizes, trial,
};
use crate::catalog::{Catalog, Scope};
use crate::database::DatabaseError;
use crate::database::contract::{
    Answer, BatchStart, Capabilities, Colleagues, DeletedBatch, Ending, HistoryChange, IndexState,
    Judge, Keep, Keeper, Keeping, LockAttempt, Notice, PolicyBypass, ProgressMark, RowCount, Rows,
    ServerFacts, Session, StatementClock, StatementRun, StepTransaction, TableDigest, TableShape,
    TableSize, Touch,
};
use crate::model::{Backup, Digest, Globals, LedgerState, ObjectName, StatementState, Target};
use crate::plan::{Presence, Probe, Questions, Surroundings};
use crate::sets::MigrationSet;
use crate::settings::SqliteLocation;

/// Between two batches of a runner there is so little time that SQLite's own waiting, which asks every
/// tenth of a second, would miss it again and again.
fn get_in(tries: i32) -> bool {
    const TRIES: i32 = 30_000;
    std::thread::sleep(Duration::from_micros(500));
    tries < TRIES
}

impl Session for SqliteSession {
    fn facts(&self) -> &ServerFacts {
        &self.facts
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn read_ledger(&mut self, target: &Target) -> Result<LedgerState, DatabaseError> {
        ledger::read(&mut self.connection, target)
    }

    fn read_texts(&mut self, digests: &[Digest]) -> Result<HashMap<Digest, String>, DatabaseError> {
        ledger::read_texts(&self.connection, digests)
    }

    fn read_backups(&mut self, _target: &Target) -> Result<Vec<Backup>, DatabaseError> {
        keeping::read_backups(&self.connection)
    }

    fn read_tables(&mut self, target: &Target) -> Result<Vec<TableShape>, DatabaseError> {
        keeping::read_shapes(&self.connection, &target.history_table).map_err(convert)
    }

    fn look_up(
        &mut self,
        _target: &Target,
        probes: &[Probe],
    ) -> Result<HashMap<Probe, Presence>, DatabaseError> {
        look_up::look_up(&self.connection, probes)
    }

    fn surroundings(
        &mut self,
        _target: &Target,
        questions: &Questions,
    ) -> Result<Surroundings, DatabaseError> {
        look_up::surroundings(&self.connection, questions)
    }

    fn count_rows(
        &mut self,
        _target: &Target,
        tables: &[ObjectName],
    ) -> Result<Vec<Option<RowCount>>, DatabaseError> {
        look_up::count_rows(&self.connection, tables)
    }

    fn table_sizes(
        &mut self,
        _target: &Target,
        tables: &[ObjectName],
    ) -> Result<Vec<Option<TableSize>>, DatabaseError> {
        sizes::table_sizes(&self.connection, tables).map_err(convert)
    }

    fn time_statements(&mut self, clock: StatementClock) -> Result<(), DatabaseError> {
        self.clock = Some(clock);
        Ok(())
    }

    fn read_catalog(&mut self, scope: &Scope) -> Result<Catalog, DatabaseError> {
        catalog::read(&mut self.connection, scope)
    }

    fn read_catalogs(
        &mut self,
        digests: &[Digest],
    ) -> Result<HashMap<Digest, Catalog>, DatabaseError> {
        catalog_store::read_catalogs(&self.connection, digests)
    }

    fn data_digests(
        &mut self,
        tables: &[ObjectName],
    ) -> Result<BTreeMap<ObjectName, TableDigest>, DatabaseError> {
        self.stop_if_asked()?;
        digests::read(&mut self.connection, tables).map_err(|error| self.name_interrupt(error))
    }

    fn policy_bypasses(&mut self, _scope: &Scope) -> Result<Vec<PolicyBypass>, DatabaseError> {
        Ok(Vec::new())
    }

    fn read_globals(&mut self) -> Result<Globals, DatabaseError> {
        Ok(Globals::default())
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        let SqliteLocation::File(path) = &self.location else { return Ok(LockAttempt::Acquired) };
        if self.lock.is_none() {
            let lock_path = lock_path(path);
            let attempt = LockFile::try_acquire(&lock_path).map_err(|error| {
                let reason = format!("{} beside it cannot be locked: {error}", lock_path.display());
                refused(&self.location, reason)
            });
            match attempt? {
                Ok(lock) => self.lock = Some(lock),
                Err(holder) => return Ok(LockAttempt::Held(holder)),
            }
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        self.connection =
            open_file(path, flags).map_err(|error| open_error(&self.location, &error))?;
        // Asked to write what may only be read, SQLite opens it for reading and says nothing.
        if self.connection.is_readonly(MAIN_DB).map_err(convert)? {
            return Err(refused(&self.location, "it may not be written to"));
        }
        configure(&mut self.connection, &self.interrupt).map_err(convert)?;
        Ok(LockAttempt::Acquired)
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        self.lock = None;
        Ok(())
    }

    fn prepare_ledger(
        &mut self,
        target: &Target,
        set: &MigrationSet,
        lock_timeout: Duration,
    ) -> Result<(), DatabaseError> {
        self.connection.busy_timeout(lock_timeout).map_err(convert)?;
        ledger::prepare(&mut self.connection, target, set)
    }

    fn run_step(
        &mut self,
        step: &StepTransaction<'_>,
        judge: &mut Judge<'_>,
        keeper: Option<&mut dyn Keeper>,
    ) -> Result<(), DatabaseError> {
        if matches!(step.history, HistoryChange::Keep) {
            // That the run was interrupted is still recorded.
            self.connection.progress_handler(0, None::<fn() -> bool>).map_err(convert)?;
        } else {
            self.stop_if_asked()?;
        }
        script::run_step((&mut self.connection, self.clock.as_ref()), step, judge, keeper)
            .map_err(|error| self.name_interrupt(error))
    }

    fn begin_statements(&mut self, _target: &Target) -> Result<(), DatabaseError> {
        // A script before this one may have switched them on.
        self.connection.pragma_update(None, "foreign_keys", false).map_err(convert)
    }

    fn run_statement(
        &mut self,
        run: &StatementRun<'_>,
        keeper: Option<&mut dyn Keeper>,
    ) -> Result<(), DatabaseError> {
        self.stop_if_asked()?;
        script::run_statement((&mut self.connection, self.clock.as_ref()), run, keeper)
            .map_err(|error| self.name_interrupt(error))
    }

    fn mark_statement(
        &mut self,
        target: &Target,
        mark: &ProgressMark<'_>,
        state: StatementState,
    ) -> Result<(), DatabaseError> {
        self.stop_if_asked()?;
        ledger::write_progress(&self.connection, target, mark, state).map_err(convert)
    }

    fn exchange(&mut self, statements: &[String]) -> Result<Vec<Answer>, DatabaseError> {
        self.stop_if_asked()?;
        self.exchange_all(statements).map_err(|error| self.name_interrupt(error))
    }

    fn touches(&mut self, sql: &str) -> Result<Vec<Touch>, DatabaseError> {
        keeping::touches_of(&mut self.connection, sql).map_err(convert)
    }

    fn abandon(&mut self) {
        exchange::abandon(&self.connection);
    }

    fn write_beside(&mut self) -> Result<(), DatabaseError> {
        self.open_for_trial()?;
        self.connection.busy_handler(Some(get_in)).map_err(convert)
    }

    fn colleagues(&self) -> Option<Colleagues> {
        None
    }

    fn keep(&mut self, keep: &Keep<'_>, work: &mut Keeping<'_>) -> Result<(), DatabaseError> {
        self.stop_if_asked()?;
        if keep.ending == Ending::Undo {
            self.open_for_trial()?;
        }
        script::keep(&mut self.connection, keep, work).map_err(|error| self.name_interrupt(error))
    }

    fn index_state(
        &mut self,
        index: &ObjectName,
        _table: Option<&ObjectName>,
    ) -> Result<IndexState, DatabaseError> {
        let exists: bool = self
            .connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1 COLLATE NOCASE)",
                [&index.name],
                |row| row.get(0),
            )
            .map_err(convert)?;
        Ok(if exists { IndexState::Valid } else { IndexState::Absent })
    }

    fn begin_trial(&mut self, _target: &Target) -> Result<(), DatabaseError> {
        self.open_for_trial()?;
        trial::begin(&self.connection)
    }

    fn try_statement(&mut self, sql: &str) -> Result<Rows, DatabaseError> {
        self.stop_if_asked()?;
        trial::try_statement(&self.connection, sql).map_err(|error| self.name_interrupt(error))
    }

    fn keep_trial(&mut self) -> Result<(), DatabaseError> {
        trial::keep(&self.connection)
    }

    fn end_trial(&mut self) -> Result<(), DatabaseError> {
        trial::end(&self.connection)
    }

    fn count_matching(
        &mut self,
        _target: &Target,
        table: &ObjectName,
        condition: &str,
    ) -> Result<u64, DatabaseError> {
        trial::count_matching(&self.connection, table, condition)
    }

    fn delete_batch(
        &mut self,
        _target: &Target,
        table: &ObjectName,
        condition: &str,
        from: Option<BatchStart>,
        lock_timeout: Duration,
    ) -> Result<DeletedBatch, DatabaseError> {
        self.stop_if_asked()?;
        self.connection.busy_timeout(lock_timeout).map_err(convert)?;
        trial::delete_batch(&mut self.connection, table, condition, from)
    }

    fn take_notices(&mut self) -> Vec<Notice> {
        Vec::new()
    }
}

impl SqliteSession {
    /// What is undone in the end still needs a connection that may write.
    fn open_for_trial(&mut self) -> Result<(), DatabaseError> {
        if let SqliteLocation::File(path) = &self.location
            && self.lock.is_none()
        {
            self.connection = open_file(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
                .map_err(|error| open_error(&self.location, &error))?;
            configure(&mut self.connection, &self.interrupt).map_err(convert)?;
        }
        Ok(())
    }

    pub(super) fn stop_if_asked(&self) -> Result<(), DatabaseError> {
        if self.interrupt.is_raised() { Err(DatabaseError::Interrupted) } else { Ok(()) }
    }

    fn name_interrupt(&self, error: DatabaseError) -> DatabaseError {
        if error.code() == Some("SQLITE_INTERRUPT") && self.interrupt.is_raised() {
            DatabaseError::Interrupted
        } else {
            error
        }
    }
}
