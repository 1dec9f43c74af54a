//! Statements that have no transaction: a second session sees what they lock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::observed::{Carried, Observed};
use super::state::{Counted, State, differences};
use crate::database::{Colleagues, DatabaseError, Session};
use crate::model::{Engine, ObjectName, Target};
use crate::sql::{LockStrength, Statement, StatementKind, quote_literal, quote_name};

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(1);

/// How long the statement is kept waiting at most, so that it is seen what it waits for.
const HOLD: Duration = Duration::from_millis(500);

/// From here on a session can hand over its statistics when it is asked to.
const FLUSHES: u32 = 150_000;

/// Runs a statement by itself. What it locks shows only as long as it runs, which on few rows is no
/// time at all: so the second session first holds a lock that it has to wait for.
pub(super) fn run_watched(
    session: &mut dyn Session,
    target: &Target,
    statement: &Statement,
    text: &str,
) -> Result<Observed, DatabaseError> {
    let Some(colleagues) = session.colleagues() else {
        return Err(DatabaseError::Unexpected("nobody can watch this session".to_owned()));
    };
    let pid = session.try_statement("SELECT pg_catalog.pg_backend_pid()")?;
    let pid = pid.rows.first().and_then(|row| row.first().cloned().flatten()).unwrap_or_default();
    flush(session)?;
    let mut known = State::of_database(session, Counted::Ever)?;
    let original: BTreeSet<u32> = known.relations.keys().copied().collect();
    let watch = Watch { colleagues, target, statement, pid: &pid };
    let is_over = AtomicBool::new(false);
    let (ready, is_ready) = channel();
    let (outcome, duration, seen) = thread::scope(|scope| {
        let watching = scope.spawn(|| watch.until(&is_over, ready));
        // If it cannot watch, it has gone.
        let _ = is_ready.recv();
        let began = Instant::now();
        let outcome = session.try_statement(text);
        let duration = began.elapsed();
        is_over.store(true, Ordering::Relaxed);
        let seen = watching.join().expect("what panics in a thread is a bug, and goes on as one");
        (outcome, duration, seen)
    });
    outcome?;
    flush(session)?;
    let mut now = State::of_database(session, Counted::Ever)?;
    now.locks = seen?;
    known.locks.clear();
    // What it dropped has a name no more.
    let gone = known.relations.iter().filter(|(id, _)| now.locks.contains_key(id));
    let gone: Vec<_> = gone.map(|(id, it)| (*id, it.clone())).collect();
    for (id, relation) in gone {
        now.relations.entry(id).or_insert(relation);
    }
    let observed = differences(&known, &now, &original, statement);
    Ok(Observed { duration, how: Carried::Alone, ..observed })
}

/// Hands over what the session has counted by now. An older server does so when it likes, and what
/// it read is not known.
fn flush(session: &mut dyn Session) -> Result<(), DatabaseError> {
    if session.facts().version_number >= FLUSHES {
        session.try_statement("SELECT pg_catalog.pg_stat_force_next_flush()")?;
    }
    Ok(())
}

struct Watch<'a> {
    colleagues: Colleagues,
    target: &'a Target,
    statement: &'a Statement,
    pid: &'a str,
}

impl Watch<'_> {
    /// Looks until the statement is over, and says what it locked.
    fn until(
        &self,
        is_over: &AtomicBool,
        ready: Sender<()>,
    ) -> Result<BTreeMap<u32, LockStrength>, DatabaseError> {
        let mut session = self.colleagues.open()?;
        session.begin_statements(self.target)?;
        let mut holds = self.hold(session.as_mut())?;
        drop(ready);
        let began = Instant::now();
        let sql = include_str!("watched.sql").replace("__PID__", self.pid);
        let mut seen = BTreeMap::new();
        while !is_over.load(Ordering::Relaxed) {
            let mut waits = false;
            for row in session.try_statement(&sql)?.rows {
                let text = |column: usize| row.get(column).cloned().flatten().unwrap_or_default();
                waits |= text(2) == "f";
                if let (Ok(id), Some(lock)) =
                    (text(0).parse::<u32>(), LockStrength::of_pg_locks(&text(1)))
                {
                    let strongest = seen.entry(id).or_insert(lock);
                    *strongest = lock.max(*strongest);
                }
            }
            if holds && (waits || began.elapsed() > HOLD) {
                session.abandon();
                holds = false;
            }
            thread::sleep(LOOK);
        }
        Ok(seen)
    }

    /// Locks the tables that the statement names, or those of the indexes it names, so that whatever
    /// changes them has to wait. Returns whether there are any.
    fn hold(&self, session: &mut dyn Session) -> Result<bool, DatabaseError> {
        let tables = session.try_statement(&self.tables_sql())?;
        let tables: Vec<&str> =
            tables.rows.iter().filter_map(|row| row.first()?.as_deref()).collect();
        if !tables.is_empty() {
            let tables = tables.join(", ");
            session.try_statement("BEGIN")?;
            session
                .try_statement(&format!("LOCK TABLE {tables} IN SHARE UPDATE EXCLUSIVE MODE"))?;
        }
        Ok(!tables.is_empty())
    }

    fn tables_sql(&self) -> String {
        let own = self.statement.affects.iter().map(|it| &it.object.name);
        let indexes: &[ObjectName] = match &self.statement.kind {
            StatementKind::DropIndexConcurrently { indexes } => indexes,
            _ => &[],
        };
        let table = match &self.statement.kind {
            StatementKind::CreateIndexConcurrently { table, .. } => Some(table),
            _ => None,
        };
        let all = own.chain(indexes).chain(table).map(|name| {
            format!("to_regclass({})", quote_literal(Engine::Postgres, &quote_name(name)))
        });
        let all: Vec<String> = all.collect();
        format!(
            "SELECT DISTINCT quote_ident(n.nspname) || '.' || quote_ident(t.relname) \
             FROM unnest(ARRAY[{}]::oid[]) AS named (id) \
             LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = named.id \
             JOIN pg_catalog.pg_class AS t ON t.oid = coalesce(i.indrelid, named.id) \
             JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace \
             WHERE t.relkind IN ('r', 'p') ORDER BY 1",
            all.join(", ")
        )
    }
}
