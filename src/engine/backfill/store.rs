//! Backfills in the ledger.

use serde::Serialize;

use super::record::{Advance, Claimant, Detail, Job, Unit, is_true, job, unreadable};
use super::tuning::Tuning;
use crate::database::{Answer, DatabaseError, OpenTransaction, Session};
use crate::model::{BackfillState, Engine, Target};
use crate::sql::quote_literal;

/// The record of one schema's backfills.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    schema: String,
    set: String,
}

impl Store {
    /// That of a set.
    pub fn new(session: &dyn Session, target: &Target) -> Self {
        let schema = target.schema.clone().or_else(|| session.facts().creation_schema.clone());
        Self {
            engine: session.capabilities().engine,
            schema: schema.unwrap_or_default(),
            set: target.ledger_set().to_owned(),
        }
    }

    pub(super) const fn engine(&self) -> Engine {
        self.engine
    }

    /// A table of the record.
    pub(super) const fn table(&self, which: Which) -> &'static str {
        match (self.engine, which) {
            (Engine::Postgres, Which::Job) => "turnback.backfill",
            (Engine::Postgres, Which::Unit) => "turnback.backfill_unit",
            (Engine::Postgres, Which::Refused) => "turnback.backfill_refused",
            (Engine::Sqlite, Which::Job) => "turnback_backfill",
            (Engine::Sqlite, Which::Unit) => "turnback_backfill_unit",
            (Engine::Sqlite, Which::Refused) => "turnback_backfill_refused",
        }
    }

    pub(super) fn literal(&self, text: &str) -> String {
        quote_literal(self.engine, text)
    }

    fn optional(&self, text: Option<&str>) -> String {
        text.map_or_else(|| "NULL".to_owned(), |text| self.literal(text))
    }

    fn own(&self) -> String {
        let set = format!("set_name = {}", self.literal(&self.set));
        match self.engine {
            Engine::Postgres => format!("schema_name = {} AND {set}", self.literal(&self.schema)),
            Engine::Sqlite => set,
        }
    }

    /// The backfills on record, oldest first; none where nothing was ever recorded.
    pub fn read(&self, session: &mut dyn Session) -> Result<Vec<Job>, DatabaseError> {
        let exists = match self.engine {
            Engine::Postgres => "SELECT to_regclass('turnback.backfill') IS NOT NULL",
            Engine::Sqlite => {
                "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'turnback_backfill'"
            }
        };
        let found = session.exchange(&[exists.to_owned()])?;
        if !found.first().and_then(Answer::value).is_some_and(is_true) {
            return Ok(Vec::new());
        }
        self.read_those(session, "1 = 1")
    }

    /// Those that are not at their end; where the record was prepared.
    pub(in crate::engine) fn read_open(
        &self,
        session: &mut dyn Session,
    ) -> Result<Vec<Job>, DatabaseError> {
        let open = if self.engine == Engine::Postgres { "j.open" } else { "j.open = 1" };
        self.read_those(session, open)
    }

    fn read_those(
        &self,
        session: &mut dyn Session,
        which: &str,
    ) -> Result<Vec<Job>, DatabaseError> {
        let answers = session.exchange(&[self.read_sql(which)])?;
        answers.iter().flat_map(|it| &it.rows).map(|row| job(row)).collect()
    }

    fn read_sql(&self, which: &str) -> String {
        let (units, refused) = (self.table(Which::Unit), self.table(Which::Refused));
        let (times, seconds, workers) = match self.engine {
            Engine::Postgres => (
                ["j.started_at", "j.finished_at"].map(|it| {
                    format!("to_char({it} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
                }),
                "extract(epoch FROM coalesce(j.finished_at, clock_timestamp()) - j.started_at)",
                format!(
                    "(SELECT count(DISTINCT u.worker_pid) FROM {units} AS u JOIN \
                     pg_stat_activity AS a ON a.pid = u.worker_pid \
                     AND coalesce(extract(epoch FROM a.backend_start)::text, u.worker_since) = u.worker_since \
                     WHERE u.backfill = j.id AND NOT u.done)"
                ),
            ),
            Engine::Sqlite => (
                ["j.started_at", "j.finished_at"].map(str::to_owned),
                "(julianday(coalesce(j.finished_at, 'now')) - julianday(j.started_at)) * 86400",
                "0".to_owned(),
            ),
        };
        let [started, finished] = times;
        let of_units = |sum: &str| {
            format!(
                "(SELECT {sum} FROM {units} AS u WHERE u.backfill = j.id AND u.first IS NOT NULL)"
            )
        };
        // How many blocks there are, those of parts that are done, and those of the others, each as
        // often as it was gone over.
        let blocks = match self.engine {
            Engine::Postgres => [
                "sum(u.last::int8 - u.first::int8)",
                "sum(u.last::int8 - u.first::int8) FILTER (WHERE u.done)",
                "sum(u.pass * (u.last::int8 - u.first::int8) + u.next::int8 - u.first::int8) \
                 FILTER (WHERE NOT u.done)",
            ]
            .map(of_units)
            .join(", "),
            Engine::Sqlite => "NULL, NULL, NULL".to_owned(),
        };
        format!(
            "SELECT j.id, j.version, j.name, j.rolling_back, j.statement, j.table_name, \
             j.statement_sha256, j.script_sha256, j.state, j.open, j.tuning, j.detail, \
             j.row_count + coalesce((SELECT sum(u.row_count) FROM {units} AS u \
             WHERE u.backfill = j.id), 0), \
             (SELECT count(*) FROM {refused} AS r WHERE r.backfill = j.id), \
             (SELECT count(*) FROM {units} AS u WHERE u.backfill = j.id AND u.done), \
             (SELECT count(*) FROM {units} AS u WHERE u.backfill = j.id), \
             {workers}, {started}, {finished}, {seconds}, j.waits_for, {blocks} \
             FROM {} AS j WHERE {} AND {which} ORDER BY j.id",
            self.table(Which::Job),
            self.own()
        )
    }

    /// Enters a backfill, and returns its number.
    pub(super) fn enter(
        &self,
        open: &mut dyn OpenTransaction,
        job: &Job,
    ) -> Result<i64, DatabaseError> {
        let of = &job.of;
        let (schema, schema_value) = match self.engine {
            Engine::Postgres => ("schema_name, ", format!("{}, ", self.literal(&self.schema))),
            Engine::Sqlite => ("", String::new()),
        };
        let rolling_back = match self.engine {
            Engine::Postgres => of.rolling_back.to_string(),
            Engine::Sqlite => i32::from(of.rolling_back).to_string(),
        };
        let rows = open.ask(&format!(
            "INSERT INTO {} ({schema}set_name, version, name, rolling_back, statement, \
             statement_sha256, script_sha256, table_name, state, tuning, detail) \
             VALUES ({schema_value}{}, {}, {}, {rolling_back}, {}, {}, {}, {}, {}, {}, {}) \
             RETURNING id",
            self.table(Which::Job),
            self.literal(&self.set),
            of.version,
            self.literal(&of.name),
            of.statement,
            self.literal(&job.statement_digest),
            self.literal(&job.script_digest),
            self.literal(&of.table),
            self.literal(job.state.word()),
            self.literal(&json(&job.tuning)?),
            self.literal(&json(&job.detail)?),
        ))?;
        let id = rows.rows.first().and_then(|row| row.first().cloned()).flatten();
        id.and_then(|id| id.parse().ok()).ok_or_else(unreadable)
    }

    pub(super) fn state_sql(&self, job: i64, state: BackfillState) -> String {
        let finished = match (state, self.engine) {
            (BackfillState::Running | BackfillState::Paused, _) => "NULL",
            (_, Engine::Postgres) => "clock_timestamp()",
            (_, Engine::Sqlite) => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        };
        format!(
            "UPDATE {} SET state = '{}', finished_at = {finished}, waits_for = NULL WHERE id = {job}",
            self.table(Which::Job),
            state.word()
        )
    }

    pub(super) fn tuning_sql(&self, job: i64, tuning: &Tuning) -> Result<String, DatabaseError> {
        Ok(format!(
            "UPDATE {} SET tuning = {} WHERE id = {job}",
            self.table(Which::Job),
            self.literal(&json(tuning)?)
        ))
    }

    pub(super) fn detail_sql(&self, job: i64, detail: &Detail) -> Result<String, DatabaseError> {
        Ok(format!(
            "UPDATE {} SET detail = {} WHERE id = {job}",
            self.table(Which::Job),
            self.literal(&json(detail)?)
        ))
    }

    pub(super) fn waits_for_sql(&self, job: i64, reason: Option<&str>) -> String {
        format!(
            "UPDATE {} SET waits_for = {} WHERE id = {job} AND state = 'running'",
            self.table(Which::Job),
            self.optional(reason)
        )
    }

    pub(super) fn close_sql(&self, job: i64) -> String {
        let no = if self.engine == Engine::Postgres { "false" } else { "0" };
        format!("UPDATE {} SET open = {no} WHERE id = {job}", self.table(Which::Job))
    }

    /// What is on record of where a backfill works; nobody else changes it meanwhile.
    pub(super) fn lock_detail(
        &self,
        open: &mut dyn OpenTransaction,
        job: i64,
    ) -> Result<Detail, DatabaseError> {
        let lock = if self.engine == Engine::Postgres { " FOR UPDATE" } else { "" };
        let table = self.table(Which::Job);
        let rows = open.ask(&format!("SELECT detail FROM {table} WHERE id = {job}{lock}"))?;
        let detail = rows.rows.first().and_then(|row| row.first().cloned()).flatten();
        detail.and_then(|it| serde_json::from_str(&it).ok()).ok_or_else(unreadable)
    }

    /// Looks for a part that nobody works at, in one of the first so many relations.
    pub(super) fn claim_sql(&self, job: i64, relations: usize, me: &Claimant) -> String {
        let (table, since) = (self.table(Which::Unit), self.literal(&me.since));
        let (free, lock) = match self.engine {
            Engine::Postgres => (
                "(u.worker_pid IS NULL OR NOT EXISTS (SELECT FROM pg_stat_activity AS a \
                 WHERE a.pid = u.worker_pid \
                 AND coalesce(extract(epoch FROM a.backend_start)::text, u.worker_since) = u.worker_since))",
                " FOR UPDATE SKIP LOCKED",
            ),
            Engine::Sqlite => ("1 = 1", ""),
        };
        format!(
            "UPDATE {table} SET worker_pid = {}, worker_since = {since} \
             WHERE backfill = {job} AND unit = (SELECT u.unit FROM {table} AS u \
             WHERE u.backfill = {job} AND u.relation < {relations} AND NOT u.done AND {free} ORDER BY u.unit LIMIT 1{lock}) \
             RETURNING unit, relation, first, last, next, pass",
            me.pid
        )
    }

    /// Writes down how far a part has come; it touches one row as long as the part is still ours.
    pub(super) fn advance_sql(
        &self,
        (job, me): (i64, &Claimant),
        unit: &Unit,
        to: &Advance,
        rows: u64,
    ) -> String {
        let done = match (self.engine, to.done) {
            (Engine::Postgres, done) => done.to_string(),
            (Engine::Sqlite, done) => i32::from(done).to_string(),
        };
        let same = |name: &str, value: Option<&str>| match value {
            Some(value) => format!("{name} = {}", self.literal(value)),
            None => format!("{name} IS NULL"),
        };
        format!(
            "UPDATE {} SET next = {}, pass = {}, done = {done}, row_count = row_count + {rows} \
             WHERE backfill = {job} AND unit = {} AND {} AND pass = {} AND worker_pid = {} \
             AND worker_since = {}",
            self.table(Which::Unit),
            self.optional(to.next.as_deref()),
            to.pass,
            unit.number,
            same("next", unit.next.as_deref()),
            unit.pass,
            me.pid,
            self.literal(&me.since)
        )
    }

    /// Adds to the rows of a part, or of the backfill itself.
    pub(super) fn count_sql(&self, job: i64, unit: Option<&Unit>, rows: u64) -> String {
        match unit {
            Some(unit) => format!(
                "UPDATE {} SET row_count = row_count + {rows} WHERE backfill = {job} AND unit = {}",
                self.table(Which::Unit),
                unit.number
            ),
            None => format!(
                "UPDATE {} SET row_count = row_count + {rows} WHERE id = {job}",
                self.table(Which::Job)
            ),
        }
    }

    /// Gives a part back to whoever wants it.
    pub(super) fn release_sql(&self, job: i64, me: &Claimant) -> String {
        format!(
            "UPDATE {} SET worker_pid = NULL, worker_since = NULL \
             WHERE backfill = {job} AND NOT done AND worker_pid = {} AND worker_since = {}",
            self.table(Which::Unit),
            me.pid,
            self.literal(&me.since)
        )
    }
}

/// A table of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Job,
    Unit,
    Refused,
}

fn json(value: &impl Serialize) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(|error| {
        DatabaseError::Unexpected(format!("a backfill's record cannot be written: {error}"))
    })
}
