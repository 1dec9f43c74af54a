//! The open transaction.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_postgres::SimpleQueryMessage;

use super::super::answer::{by_statement, no_answer};
use super::super::catalog::SETTINGS;
use super::super::digests;
use super::super::error::During;
use super::super::gate::{self, Gate};
use super::super::session::{PostgresSession, quote_literal};
use super::parametrised::Question;
use super::{register, shapes};
use crate::database::DatabaseError;
use crate::database::contract::{OpenTransaction, Rows, TableDigest, TableLock, TableShape};
use crate::model::{Backup, Blocker, ObjectName, SavedSequence};
use crate::sql::quote_name;

/// What is set for our own work and is the script's again behind it. The role comes behind the
/// authorization, which resets it.
const BORROWED: [&str; 17] = [
    "session_authorization",
    "role",
    "search_path",
    "jit",
    "quote_all_identifiers",
    "lc_monetary",
    "datestyle",
    "intervalstyle",
    "timezone",
    "bytea_output",
    "extra_float_digits",
    "standard_conforming_strings",
    "client_encoding",
    "row_security",
    "statement_timeout",
    "work_mem",
    "join_collapse_limit",
];

/// A step's transaction, while the script does not run.
pub(in crate::database::postgres) struct Open<'a> {
    session: &'a PostgresSession,
    /// The schema of the set.
    home: String,
    /// Triggers that rest: table, name, how it was enabled.
    resting: Vec<(String, String, String)>,
    /// The script's own settings, while ours hold.
    borrowed: Vec<(&'static str, String)>,
    /// How long the script's statements wait for locks.
    patience: Option<Duration>,
    /// The tables that the script will lock: they are taken with those that were copied.
    gate: Gate,
}

impl<'a> Open<'a> {
    /// Where the script has not begun yet.
    pub fn with_gate(self, gate: Gate) -> Self {
        Self { gate, ..self }
    }

    /// Takes the transaction over from the script: the runner itself, under settings in which every
    /// value has one text. Rows must not be hidden: that is an error then.
    pub(in crate::database::postgres) fn enter(
        session: &'a PostgresSession,
        home: &str,
        patience: Option<Duration>,
    ) -> Result<Self, DatabaseError> {
        let mut open = Self {
            session,
            home: home.to_owned(),
            resting: Vec::new(),
            borrowed: Vec::new(),
            patience,
            gate: Gate::default(),
        };
        let asked: Vec<String> =
            BORROWED.iter().map(|name| format!("current_setting('{name}')")).collect();
        let rows = open.ask(&format!("SELECT {}", asked.join(", ")))?;
        let row = rows.rows.into_iter().next().ok_or_else(no_answer)?;
        open.borrowed = BORROWED
            .into_iter()
            .zip(row)
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        // What the script deferred is still checked as itself.
        open.take_over("SET CONSTRAINTS ALL IMMEDIATE; ")?;
        Ok(open)
    }

    /// Our joins are written in the order in which they are best done. The planner would begin with
    /// the one that finds rows which are missing: it expects a single such row, and loops over all
    /// saved ones for each.
    fn take_over(&mut self, first: &str) -> Result<(), DatabaseError> {
        self.run(&format!(
            "{first}SET LOCAL session_authorization TO DEFAULT; SET LOCAL role TO DEFAULT; \
             SET LOCAL row_security TO off; SET LOCAL statement_timeout TO 0; \
             SET LOCAL join_collapse_limit TO 1; \
             SELECT set_config('work_mem', '256MB', true) \
             WHERE pg_size_bytes(current_setting('work_mem')) < 268435456"
        ))?;
        Ok(())
    }

    /// Gives it back to the script.
    pub(in crate::database::postgres) fn leave(self) -> Result<(), DatabaseError> {
        self.session_query(&self.settings_of_script())?;
        Ok(())
    }

    fn settings_of_script(&self) -> String {
        let set = self.borrowed.iter();
        let set: Vec<String> = set
            .map(|(name, value)| format!("set_config('{name}', {}, true)", quote_literal(value)))
            .collect();
        format!("SELECT {}", set.join(", "))
    }

    fn session_query(&self, sql: &str) -> Result<Vec<SimpleQueryMessage>, DatabaseError> {
        tracing::debug!(sql, "keeping");
        self.session
            .interruptible(self.session.client().simple_query(sql))?
            .map_err(|error| self.session.fail(&error, During::Own))
    }
}

impl Open<'_> {
    fn read_shapes(&mut self, only: Option<&str>) -> Result<Vec<TableShape>, DatabaseError> {
        let path = format!("SELECT set_config('search_path', {}, true);", self.script_path());
        shapes::of_answer(match shapes::question(&path, only) {
            Question::Prepared(question) => question.ask(self.session)?,
            Question::Plain(sql) => self.session_query(&sql)?,
        })
    }

    /// In the order and the modes of the gate, where that can be told.
    fn lock_each(
        &mut self,
        tables: &[(ObjectName, TableLock)],
        patience: Duration,
    ) -> Result<(), DatabaseError> {
        if self.session.gates {
            let path = format!("SELECT set_config('search_path', {}, true); ", self.script_path());
            let gate = self.gate.sql(self.session, tables, patience);
            self.run(&format!("{path}{gate} {SETTINGS}"))?;
            return Ok(());
        }
        for (table, lock) in tables {
            let mode = match lock {
                TableLock::AgainstWrites => "SHARE ROW EXCLUSIVE",
                TableLock::AgainstAll => "ACCESS EXCLUSIVE",
            };
            self.run(&format!("LOCK TABLE {} IN {mode} MODE", quote_name(table)))?;
        }
        Ok(())
    }

    /// The script's own path, as a literal.
    fn script_path(&self) -> String {
        let path = self.borrowed.iter().find(|(name, _)| *name == "search_path");
        path.map_or_else(|| "''".to_owned(), |(_, path)| quote_literal(path))
    }
}

impl OpenTransaction for Open<'_> {
    fn run(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        let messages = self.session_query(sql)?;
        let counts = messages.iter().rev().find_map(|message| match message {
            SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
            _ => None,
        });
        Ok(counts.unwrap_or(0))
    }

    fn run_as_script(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        self.session_query(&self.settings_of_script())?;
        let rows = self.run(sql);
        if rows.is_ok() {
            self.take_over("")?;
            self.run(SETTINGS)?;
        }
        rows
    }

    fn ask(&mut self, sql: &str) -> Result<Rows, DatabaseError> {
        let mut rows = Rows::default();
        for row in by_statement(self.session_query(sql)?).into_iter().flatten() {
            if rows.columns.is_empty() {
                rows.columns = row.columns().iter().map(|it| it.name().to_owned()).collect();
            }
            rows.rows.push((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect());
        }
        Ok(rows)
    }

    fn lock(
        &mut self,
        tables: &[(ObjectName, TableLock)],
        patience: Duration,
    ) -> Result<(), DatabaseError> {
        if tables.is_empty() && self.gate.is_open() {
            return Ok(());
        }
        // What fails is undone to here: the copies are kept, and no lock is.
        let wait = self.session.lock_timeout_clause(Some(patience), "LOCAL");
        self.run(&format!("SAVEPOINT turnback_lock; {wait}"))?;
        let locked = self.lock_each(tables, patience);
        let undo = if locked.is_err() { "ROLLBACK TO SAVEPOINT turnback_lock; " } else { "" };
        let own = self.session.lock_timeout_clause(self.patience, "LOCAL");
        self.run(&format!("{undo}RELEASE SAVEPOINT turnback_lock; {own}"))?;
        let path = format!("SELECT set_config('search_path', {}, true)", self.script_path());
        locked.map_err(|error| gate::explained(self.session, error, &path, &[]))
    }

    fn end_blocker(&mut self, blocker: &Blocker) -> Result<bool, DatabaseError> {
        self.session.end_blocker(blocker)
    }

    fn shapes(&mut self) -> Result<Vec<TableShape>, DatabaseError> {
        self.read_shapes(None)
    }

    fn shapes_of(
        &mut self,
        names: &BTreeSet<String>,
        calls: &BTreeSet<String>,
    ) -> Result<Option<Vec<TableShape>>, DatabaseError> {
        let answer = by_statement(shapes::numbers_sql(names, calls).ask(self.session)?);
        let numbers = answer.iter().flatten().next().and_then(|row| row.get(0));
        numbers.map(|numbers| self.read_shapes(Some(numbers))).transpose()
    }

    fn definition(&mut self, table: &TableShape) -> Result<Vec<String>, DatabaseError> {
        let name = quote_literal(&quote_name(&table.name()));
        let rows = self.ask(&include_str!("definition.sql").replace("__TABLE__", &name))?;
        Ok(rows.rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
    }

    fn digest(&mut self, table: &ObjectName) -> Result<TableDigest, DatabaseError> {
        digests::within_transaction(self.session, table)
    }

    fn seal(&mut self, table: &ObjectName) -> Result<(), DatabaseError> {
        let name = quote_name(table);
        let granted = self.ask(&format!(
            "SELECT DISTINCT a.grantee, CASE a.grantee WHEN 0 THEN 'PUBLIC' \
             ELSE quote_ident(pg_get_userbyid(a.grantee)) END \
             FROM pg_class AS c, aclexplode(c.relacl) AS a \
             WHERE c.oid = {}::regclass AND a.grantee <> c.relowner",
            quote_literal(&name)
        ))?;
        let mut sql = String::new();
        for row in granted.rows {
            if let Some(Some(grantee)) = row.get(1) {
                sql += &format!("REVOKE ALL ON {name} FROM {grantee}; ");
            }
        }
        // Without a policy nobody but the owner sees a row, pg_read_all_data included.
        sql += &format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY");
        self.run(&sql)?;
        Ok(())
    }

    fn size(&mut self, table: &ObjectName) -> Result<u64, DatabaseError> {
        let rows = self.ask(&format!(
            "SELECT pg_total_relation_size({}::regclass)",
            quote_literal(&quote_name(table))
        ))?;
        let size = rows.rows.first().and_then(|row| row.first().cloned()).flatten();
        size.and_then(|size| size.parse().ok()).ok_or_else(no_answer)
    }

    fn free_bytes(&mut self) -> Result<Option<u64>, DatabaseError> {
        // The server does not say. Its directory does, where it is on this machine and may be seen.
        let rows = self.ask(
            "SELECT setting FROM pg_settings \
             WHERE name = 'data_directory' AND inet_client_addr() IS NULL",
        )?;
        let directory =
            rows.rows.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        let room = directory.and_then(|directory| rustix::fs::statvfs(directory).ok());
        Ok(room.map(|room| room.f_bavail.saturating_mul(room.f_frsize)))
    }

    fn rest_triggers(&mut self, table: &TableShape, rest: bool) -> Result<(), DatabaseError> {
        if !rest {
            for (table, name, state) in std::mem::take(&mut self.resting) {
                let how = match state.as_str() {
                    "A" => "ENABLE ALWAYS",
                    "R" => "ENABLE REPLICA",
                    _ => "ENABLE",
                };
                self.run(&format!("ALTER TABLE ONLY {table} {how} TRIGGER {name}"))?;
            }
            return Ok(());
        }
        let found = self.ask(&format!(
            "SELECT t.tgrelid::regclass::text, quote_ident(t.tgname), t.tgenabled \
             FROM pg_trigger AS t \
             WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' \
               AND (t.tgrelid = {id} OR t.tgrelid IN (SELECT relid FROM pg_partition_tree({id}))) \
             ORDER BY t.tgrelid, t.tgname",
            id = table.id
        ))?;
        for row in found.rows {
            if let [Some(table), Some(name), Some(state)] = row.as_slice() {
                self.run(&format!("ALTER TABLE ONLY {table} DISABLE TRIGGER {name}"))?;
                self.resting.push((table.clone(), name.clone(), state.clone()));
            }
        }
        Ok(())
    }

    fn advance_sequence(&mut self, sequence: &SavedSequence) -> Result<(), DatabaseError> {
        let Some(last) = sequence.last_value else { return Ok(()) };
        let name = quote_literal(&sequence.name);
        self.run(&format!(
            "SELECT setval(s.seqrelid::regclass, {last}) FROM pg_sequence AS s \
             WHERE s.seqrelid = to_regclass({name}) \
               AND coalesce(CASE WHEN s.seqincrement > 0 \
                    THEN pg_sequence_last_value(s.seqrelid) < {last} \
                    ELSE pg_sequence_last_value(s.seqrelid) > {last} END, true)"
        ))?;
        Ok(())
    }

    fn register(&mut self, backup: &Backup) -> Result<i64, DatabaseError> {
        let rows = self.ask(&register::insert_sql(&self.home, backup)?)?;
        let id = rows.rows.first().and_then(|row| row.first().cloned()).flatten();
        id.and_then(|id| id.parse().ok()).ok_or_else(no_answer)
    }

    fn conclude(&mut self, backup: &Backup) -> Result<(), DatabaseError> {
        self.run(&register::conclude_sql(backup))?;
        Ok(())
    }
}
