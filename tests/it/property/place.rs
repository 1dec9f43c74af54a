//! Where stories are played: the library on a real database, looked at by somebody else.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection as Sqlite;
use tempfile::TempDir;
use turnback::database::{Interrupt, open};
use turnback::engine::{
    AcceptedDrift, EngineError, Job, Limits, OnChange, Saving, Silent, StepDone, run, survey,
};
use turnback::model::Target;
use turnback::plan::{Extent, PlanError, Request};
use turnback::sets::MigrationSet;
use turnback::settings::{Connection, Environment, OutOfOrder, SqliteLocation, libpq};

use super::model::{Ending, Op, Reason};
use super::script::Kind;
use crate::support::{Cluster, Database, in_memory};

pub trait Place {
    /// Makes what is there before turnback comes.
    fn begin(&mut self, foreign: &BTreeSet<i64>);

    /// What somebody who knows nothing of turnback's code sees in the database.
    fn facts(&mut self) -> BTreeSet<String>;

    fn connection(&self) -> Connection;

    fn perform(&mut self, op: Op, files: &[(i64, Kind, bool)]) -> Ending {
        let connection = self.connection();
        let engine = connection.engine();
        let migrations = files.iter().map(|(v, kind, broken)| kind.migration(engine, *v, *broken));
        let set = MigrationSet {
            manifest: None,
            migrations: migrations.collect(),
            checks: Vec::new(),
            fixtures: Vec::new(),
        };
        perform(&connection, &set, request(op))
    }
}

fn beginning(foreign: &BTreeSet<i64>) -> String {
    let tables = foreign.iter().map(|v| format!("CREATE TABLE t{v} (id integer, body text);\n"));
    "CREATE TABLE base (id integer);\n".to_owned() + &tables.collect::<String>()
}

fn request(op: Op) -> Request {
    let rollback = |extent| Request::Rollback { extent, prefer: None };
    match op {
        Op::Migrate => Request::Migrate { to: None },
        Op::MigrateTo(to) => Request::Migrate { to: Some(turnback::model::Version::new(to)) },
        Op::RollbackSteps(steps) => rollback(Extent::Steps(steps)),
        Op::RollbackTo(to) => rollback(Extent::To(turnback::model::Version::new(to))),
        Op::RollbackAll => rollback(Extent::All),
        Op::Break(_) | Op::Mend(_) | Op::Delete(_) | Op::Appear(_) => {
            unreachable!("what happens to files only is no run")
        }
    }
}

/// What a command does between its arguments and its report, each time with a session of its own.
fn perform(connection: &Connection, set: &MigrationSet, request: Request) -> Ending {
    let interrupt = Interrupt::default();
    let mut session = open(connection, &interrupt).expect("the database is there");
    let target = Target {
        set: None,
        schema: None,
        history_table: Target::history_table_of(None),
        highest_version: set.highest(),
    };
    let job = Job {
        set,
        target: &target,
        out_of_order: OutOfOrder::Apply,
        saving: Saving::Destroyed,
        retuning: None,
        hazards: None,
    };
    let patience = Duration::from_secs(20);
    let limits = Limits { runner_wait: patience, ddl_lock_timeout: patience };
    let on_change = match request {
        Request::Migrate { .. } => OnChange::Replan(request),
        Request::Rollback { .. } => OnChange::Refuse(AcceptedDrift::Nothing),
    };
    let outcome = survey(session.as_mut(), &job, request).and_then(|survey| {
        run(session.as_mut(), &job, survey.plan, on_change, limits, &interrupt, &mut Silent)
    });
    let versions = |steps: &[StepDone]| steps.iter().map(|step| step.version.get()).collect();
    match outcome {
        Ok(outcome) => Ending::Done(versions(&outcome.steps)),
        Err(EngineError::Step(failure)) => {
            let number = failure.label.trim_start_matches('V').split("__").next();
            Ending::Failed {
                done: versions(&failure.done),
                at: number.and_then(|it| it.parse().ok()).expect("a label starts with the version"),
            }
        }
        Err(EngineError::Plan(error)) => Ending::Refused(match error {
            PlanError::Mismatch { .. } => Reason::Mismatch,
            PlanError::UnknownVersion { .. } => Reason::UnknownVersion,
            PlanError::TargetBehind { .. } => Reason::TargetBehind,
            PlanError::TargetNotApplied { .. } => Reason::TargetNotApplied,
            other => panic!("no story has this end: {other}"),
        }),
        Err(other) => panic!("no story has this end: {other}"),
    }
}

pub struct OnSqlite {
    directory: TempDir,
}

impl OnSqlite {
    pub fn new() -> Self {
        Self { directory: in_memory() }
    }

    fn open(&self) -> Sqlite {
        Sqlite::open(self.directory.path().join("story.db")).expect("the directory is ours")
    }
}

impl Place for OnSqlite {
    fn begin(&mut self, foreign: &BTreeSet<i64>) {
        self.open().execute_batch(&beginning(foreign)).expect("the database is empty");
    }

    fn connection(&self) -> Connection {
        Connection::Sqlite(SqliteLocation::File(self.directory.path().join("story.db")))
    }

    fn facts(&mut self) -> BTreeSet<String> {
        const CATALOG: &str = "
            SELECT type || ' ' || name FROM sqlite_schema
            WHERE type IN ('table', 'index') AND sql IS NOT NULL AND name NOT LIKE 'turnback_%'
              AND name NOT IN ('sqlite_sequence', 'refinery_schema_history')
            UNION ALL
            SELECT 'column ' || name FROM pragma_table_info('base') WHERE name <> 'id'";
        const RECORD: [(&str, &str); 3] = [
            ("refinery_schema_history", "SELECT 'history ' || version FROM refinery_schema_history"),
            (
                "turnback_event",
                "SELECT 'event ' || row_number() OVER (ORDER BY id) || ': ' || version || ' ' || kind
                 FROM turnback_event",
            ),
            (
                "turnback_statement_progress",
                "SELECT 'begun ' || version FROM turnback_statement_progress",
            ),
        ];
        let connection = self.open();
        let rows = |sql: &str| -> BTreeSet<String> {
            let mut statement = connection.prepare(sql).expect("the tables are there");
            let rows = statement.query_map([], |row| row.get(0)).expect("it has no parameters");
            rows.map(|row| row.expect("the database can be read")).collect()
        };
        let tables = rows("SELECT name FROM sqlite_schema WHERE type = 'table'");
        let mut facts = rows(CATALOG);
        for (table, sql) in RECORD {
            if tables.contains(table) {
                facts.extend(rows(sql));
            }
        }
        facts
    }
}

pub struct OnPostgres {
    database: Database,
}

impl OnPostgres {
    pub fn new() -> Self {
        Self { database: Cluster::shared().database() }
    }
}

impl Place for OnPostgres {
    fn begin(&mut self, foreign: &BTreeSet<i64>) {
        self.database.psql(&beginning(foreign));
    }

    fn connection(&self) -> Connection {
        let nothing = Environment::of::<String, String>([], Path::new("/nonexistent"));
        let parameters = libpq::resolve(Some(&self.database.url()), &nothing);
        Connection::Postgres(Box::new(parameters.expect("the URL is complete")))
    }

    fn facts(&mut self) -> BTreeSet<String> {
        let rows = self.database.psql(
            "SELECT to_regclass('turnback.event') IS NOT NULL AS ledger,
                    to_regclass('refinery_schema_history') IS NOT NULL AS history \\gset
             SELECT CASE c.relkind WHEN 'r' THEN 'table ' ELSE 'index ' END || c.relname
             FROM pg_class AS c LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
             WHERE c.relnamespace = 'public'::regnamespace AND coalesce(i.indisvalid, true)
               AND c.relname NOT LIKE 'refinery_schema_history%';
             SELECT 'column ' || attname FROM pg_attribute
             WHERE attrelid = 'base'::regclass AND attnum > 0 AND NOT attisdropped
               AND attname <> 'id';
             \\if :history
             SELECT 'history ' || version FROM refinery_schema_history;
             \\endif
             \\if :ledger
             SELECT 'event ' || row_number() OVER (ORDER BY id) || ': ' || version || ' ' || kind
             FROM turnback.event;
             SELECT 'begun ' || version FROM turnback.statement_progress;
             \\endif",
        );
        rows.lines().map(str::to_owned).collect()
    }
}
