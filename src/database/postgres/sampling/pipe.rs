//! From one server to another, one `COPY` at a time.

use std::collections::BTreeMap;
use std::io::Cursor;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_postgres::{Error, SimpleQueryRow};

use super::table::{Sequence, Table};
use crate::database::DatabaseError;
use crate::database::postgres::catalog::SETTINGS;
use crate::database::postgres::error::During;
use crate::database::postgres::session::PostgresSession;
use crate::model::ObjectName;

/// How much is sent at once, in bytes.
const PIECE: usize = 1 << 16;

/// How long a table that somebody else has locked is waited for.
const LOCK_WAIT: &str = "SET LOCAL lock_timeout TO '2s'";

/// A point that a `COPY` which failed goes back to.
const SAVEPOINT: &str = "SAVEPOINT turnback_copy";
const GO_BACK: &str = "ROLLBACK TO SAVEPOINT turnback_copy";
const GO_ON: &str = "RELEASE SAVEPOINT turnback_copy";

/// Two open transactions: one that reads the live database in one snapshot, one that writes to the
/// copy. Values go as text: the binary form of arrays, composites and enums holds numbers of types,
/// which are others there.
pub(super) struct Pipe<'a> {
    pub live: &'a PostgresSession,
    pub copy: &'a PostgresSession,
}

impl<'a> Pipe<'a> {
    pub(super) fn open(
        live: &'a PostgresSession,
        copy: &'a PostgresSession,
    ) -> Result<Self, DatabaseError> {
        let open = "SET LOCAL row_security TO off; SET LOCAL statement_timeout TO 0";
        live.query(&format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {SETTINGS} {open}; {LOCK_WAIT}"
        ))?;
        copy.query(&format!("BEGIN; {SETTINGS} {open}"))?;
        Ok(Self { live, copy })
    }

    pub(super) fn tables(&self) -> Result<Vec<Table>, DatabaseError> {
        let results = self.live.query(include_str!("tables.sql"))?;
        results.iter().flatten().map(Table::read).collect()
    }

    /// The tables of the copy, and whether there are rows in them already: scripts bring some.
    pub(super) fn tables_of_copy(&self) -> Result<BTreeMap<ObjectName, bool>, DatabaseError> {
        let results = self.copy.query(
            "SELECT n.nspname, c.relname, pg_catalog.pg_relation_size(c.oid) > 0 \
             FROM pg_catalog.pg_class AS c \
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind = 'r'",
        )?;
        let table = |row: &SimpleQueryRow| {
            let text = |column| row.get(column).map(str::to_owned);
            Some((ObjectName { schema: text(0), name: text(1)? }, row.get(2) == Some("t")))
        };
        Ok(results.iter().flatten().filter_map(table).collect())
    }

    pub(super) fn switch_triggers_off(&self) -> Result<(), DatabaseError> {
        let switched =
            self.copy.query(&format!("{SAVEPOINT}; SET LOCAL session_replication_role TO replica"));
        if let Err(error) = switched {
            self.copy.query(GO_BACK)?;
            return Err(error);
        }
        self.copy.query(GO_ON).map(drop)
    }

    /// Copies what a query of the live database yields, and says how many rows, or else why not.
    /// What ends a session ends the whole.
    pub(super) fn copy(
        &self,
        select: &str,
        into: &str,
    ) -> Result<Result<u64, String>, DatabaseError> {
        self.live.query(SAVEPOINT)?;
        self.copy.query(SAVEPOINT)?;
        let copied = self.stream(select, into);
        match copied {
            Ok(rows) => {
                self.live.query(GO_ON)?;
                self.copy.query(GO_ON)?;
                Ok(Ok(rows))
            }
            Err(DatabaseError::Statement { message, .. }) => {
                self.live.query(&format!("{GO_BACK}; {GO_ON}"))?;
                self.copy.query(&format!("{GO_BACK}; {GO_ON}"))?;
                Ok(Err(message))
            }
            Err(error) => Err(error),
        }
    }

    fn stream(&self, select: &str, into: &str) -> Result<u64, DatabaseError> {
        let Self { live, copy } = *self;
        let from_live = |error: Error| live.fail(&error, During::Own);
        let from_copy = |error: Error| copy.fail(&error, During::Own);
        let out = format!("COPY ({select}) TO STDOUT");
        let rows = live.interruptible(live.client().copy_out(&out))?.map_err(from_live)?;
        let take = format!("COPY {into} FROM STDIN");
        let sink = copy.interruptible(copy.client().copy_in(&take))?.map_err(from_copy)?;
        tokio::pin!(rows, sink);
        let mut piece = Vec::with_capacity(PIECE);
        loop {
            let next = live.interruptible(rows.next())?.transpose().map_err(from_live)?;
            if let Some(row) = &next {
                piece.extend_from_slice(row);
            }
            if piece.len() >= PIECE || (next.is_none() && !piece.is_empty()) {
                let full = Cursor::new(std::mem::take(&mut piece));
                copy.interruptible(sink.send(full))?.map_err(from_copy)?;
            }
            if next.is_none() {
                return copy.interruptible(sink.finish())?.map_err(from_copy);
            }
        }
    }

    /// Ends both transactions, and says how the sequences of the live database stand.
    pub(super) fn close(self) -> Result<Vec<Sequence>, DatabaseError> {
        // Those that never gave a value, and those that the role may not read, have none.
        let results = self.live.query(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), last_value \
             FROM pg_catalog.pg_sequences \
             WHERE last_value IS NOT NULL AND schemaname <> 'turnback'; COMMIT",
        )?;
        self.copy.query("COMMIT")?;
        let sequence = |row: &SimpleQueryRow| {
            Some(Sequence { name: row.get(0)?.to_owned(), last: row.get(1)?.to_owned() })
        };
        Ok(results.iter().flatten().filter_map(sequence).collect())
    }
}
