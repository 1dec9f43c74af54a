//! The contract's verbs; each leads to the file that knows how.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio_postgres::AsyncMessage;

use super::session::PostgresSession;
use super::{
    catalog, catalog_store, digests, exchange, held, keeping, ledger, lock, look_up, script, sizes,
    step, surroundings, throwaway, trial,
};
use crate::catalog::{Catalog, Scope};
use crate::database::DatabaseError;
use crate::database::contract::{
    Answer, BatchStart, Capabilities, Colleagues, Concurrent, DeletedBatch, IndexState, Judge,
    Keep, Keeper, Keeping, LockAttempt, Notice, PolicyBypass, ProgressMark, RowCount, Rows,
    ServerFacts, Session, StatementClock, StatementRun, StepTransaction, TableDigest, TableShape,
    TableSize,
};
use crate::model::{
    Backup, Blocker, Digest, Engine, Globals, LedgerState, ObjectName, StatementState, Target,
};
use crate::plan::{Presence, Probe, Questions, Surroundings};
use crate::sets::MigrationSet;

static CAPABILITIES: Capabilities = Capabilities {
    engine: Engine::Postgres,
    schemas: true,
    object_locks: true,
    deferred_foreign_keys: false,
};

impl Session for PostgresSession {
    fn facts(&self) -> &ServerFacts {
        &self.facts
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn read_ledger(&mut self, target: &Target) -> Result<LedgerState, DatabaseError> {
        ledger::read(self, target)
    }

    fn read_texts(&mut self, digests: &[Digest]) -> Result<HashMap<Digest, String>, DatabaseError> {
        ledger::read_texts(self, digests)
    }

    fn read_backups(&mut self, target: &Target) -> Result<Vec<Backup>, DatabaseError> {
        keeping::read_backups(self, target)
    }

    fn read_tables(&mut self, target: &Target) -> Result<Vec<TableShape>, DatabaseError> {
        keeping::read_tables(self, target)
    }

    fn look_up(
        &mut self,
        target: &Target,
        probes: &[Probe],
    ) -> Result<HashMap<Probe, Presence>, DatabaseError> {
        look_up::look_up(self, target, probes)
    }

    fn surroundings(
        &mut self,
        target: &Target,
        questions: &Questions,
    ) -> Result<Surroundings, DatabaseError> {
        surroundings::read(self, target, questions)
    }

    fn count_rows(
        &mut self,
        target: &Target,
        tables: &[ObjectName],
    ) -> Result<Vec<Option<RowCount>>, DatabaseError> {
        look_up::count_rows(self, target, tables)
    }

    fn table_sizes(
        &mut self,
        target: &Target,
        tables: &[ObjectName],
    ) -> Result<Vec<Option<TableSize>>, DatabaseError> {
        sizes::table_sizes(self, target, tables)
    }

    fn time_statements(&mut self, clock: StatementClock) -> Result<(), DatabaseError> {
        held::time_statements(self, clock)
    }

    fn read_catalog(&mut self, scope: &Scope) -> Result<Catalog, DatabaseError> {
        catalog::read(self, scope)
    }

    fn read_catalogs(
        &mut self,
        digests: &[Digest],
    ) -> Result<HashMap<Digest, Catalog>, DatabaseError> {
        catalog_store::read_catalogs(self, digests)
    }

    fn data_digests(
        &mut self,
        tables: &[ObjectName],
    ) -> Result<BTreeMap<ObjectName, TableDigest>, DatabaseError> {
        digests::read(self, tables)
    }

    fn policy_bypasses(&mut self, scope: &Scope) -> Result<Vec<PolicyBypass>, DatabaseError> {
        catalog::policy_bypasses(self, scope)
    }

    fn read_globals(&mut self) -> Result<Globals, DatabaseError> {
        throwaway::read_globals(self)
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        lock::try_lock(self)
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        lock::unlock(self);
        Ok(())
    }

    fn prepare_ledger(
        &mut self,
        target: &Target,
        set: &MigrationSet,
        lock_timeout: Duration,
    ) -> Result<(), DatabaseError> {
        ledger::prepare(self, target, set, lock_timeout)
    }

    fn run_step(
        &mut self,
        step: &StepTransaction<'_>,
        judge: &mut Judge<'_>,
        keeper: Option<&mut dyn Keeper>,
    ) -> Result<(), DatabaseError> {
        step::run_step(self, step, judge, keeper)
    }

    fn begin_statements(&mut self, target: &Target) -> Result<(), DatabaseError> {
        script::begin_statements(self, target)
    }

    fn run_statement(
        &mut self,
        run: &StatementRun<'_>,
        keeper: Option<&mut dyn Keeper>,
    ) -> Result<(), DatabaseError> {
        script::run_statement(self, run, keeper)
    }

    fn concurrent(&mut self) -> Option<&mut dyn Concurrent> {
        Some(self)
    }

    fn mark_statement(
        &mut self,
        target: &Target,
        mark: &ProgressMark<'_>,
        state: StatementState,
    ) -> Result<(), DatabaseError> {
        script::mark_statement(self, target, mark, state)
    }

    fn exchange(&mut self, statements: &[String]) -> Result<Vec<Answer>, DatabaseError> {
        exchange::exchange(self, statements)
    }

    fn abandon(&mut self) {
        self.tidy("ROLLBACK");
    }

    fn write_beside(&mut self) -> Result<(), DatabaseError> {
        Ok(())
    }

    fn end_blocker(&mut self, blocker: &Blocker) -> Result<bool, DatabaseError> {
        PostgresSession::end_blocker(self, blocker)
    }

    fn colleagues(&self) -> Option<Colleagues> {
        Some(exchange::colleagues(self))
    }

    fn keep(&mut self, keep: &Keep<'_>, work: &mut Keeping<'_>) -> Result<(), DatabaseError> {
        keeping::keep(self, keep, work)
    }

    fn index_state(
        &mut self,
        index: &ObjectName,
        table: Option<&ObjectName>,
    ) -> Result<IndexState, DatabaseError> {
        look_up::index_state(self, index, table)
    }

    fn begin_trial(&mut self, target: &Target) -> Result<(), DatabaseError> {
        trial::begin(self, target)
    }

    fn try_statement(&mut self, sql: &str) -> Result<Rows, DatabaseError> {
        trial::try_statement(self, sql)
    }

    fn keep_trial(&mut self) -> Result<(), DatabaseError> {
        trial::keep(self)
    }

    fn end_trial(&mut self) -> Result<(), DatabaseError> {
        trial::end(self);
        Ok(())
    }

    fn count_matching(
        &mut self,
        target: &Target,
        table: &ObjectName,
        condition: &str,
    ) -> Result<u64, DatabaseError> {
        trial::count_matching(self, target, table, condition)
    }

    fn delete_batch(
        &mut self,
        target: &Target,
        table: &ObjectName,
        condition: &str,
        from: Option<BatchStart>,
        lock_timeout: Duration,
    ) -> Result<DeletedBatch, DatabaseError> {
        trial::delete_batch(self, target, table, condition, from, lock_timeout)
    }

    fn take_notices(&mut self) -> Vec<Notice> {
        // What was found while connecting: that the connection is not encrypted, say.
        let found = self.connected.notices.drain(..).chain(self.lookout.blindness());
        let mut notices: Vec<Notice> =
            found.map(|message| Notice { severity: "WARNING".to_owned(), message }).collect();
        while let Ok(message) = self.connected.messages.try_recv() {
            if let AsyncMessage::Notice(notice) = message {
                notices.push(Notice {
                    severity: notice.severity().to_owned(),
                    message: notice.message().to_owned(),
                });
            }
        }
        notices
    }
}
