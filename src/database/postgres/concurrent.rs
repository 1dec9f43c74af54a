//! Statements that work beside others for long.

use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use super::answer::{by_statement, number};
use super::error::During;
use super::script;
use super::session::{PostgresSession, quote_literal};
use crate::database::DatabaseError;
use crate::database::contract::{Concurrent, PartitionState, StatementRun, Telling};
use crate::model::ObjectName;
use crate::sql::{Reindexed, quote_name};

impl Concurrent for PostgresSession {
    fn run(&mut self, run: &StatementRun<'_>, tell: &mut Telling<'_>) -> Result<(), DatabaseError> {
        script::run_watched(self, run, tell)
    }

    fn builder(&mut self, index: &ObjectName) -> Result<Option<i32>, DatabaseError> {
        let name = quote_literal(&quote_name(index));
        let rows = answer(
            self,
            &format!(
                "SELECT pid FROM pg_catalog.pg_stat_progress_create_index \
                 WHERE index_relid = to_regclass({name})"
            ),
        )?;
        rows.first().map(|row| number(row, 0)).transpose()
    }

    fn leftovers(&mut self, of: &Reindexed) -> Result<Vec<ObjectName>, DatabaseError> {
        let tables = match of {
            Reindexed::Relation(name) => {
                let name = quote_literal(&quote_name(name));
                include_str!("reindexed.sql").replace("__NAME__", &name)
            }
            Reindexed::Schema(name) => {
                let name = quote_literal(name);
                format!(
                    "SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = \
                     (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = {name})"
                )
            }
            Reindexed::Database => "SELECT oid FROM pg_catalog.pg_class".to_owned(),
        };
        let rows = answer(self, &include_str!("leftovers.sql").replace("__TABLES__", &tables))?;
        let name = |row: &SimpleQueryRow| {
            Some(ObjectName { schema: row.get(0).map(str::to_owned), name: row.get(1)?.to_owned() })
        };
        Ok(rows.iter().filter_map(name).collect())
    }

    fn drop_index(
        &mut self,
        index: &ObjectName,
        patience: Option<Duration>,
        tell: &mut Telling<'_>,
    ) -> Result<(), DatabaseError> {
        let limit = patience.map_or(0, |it| it.as_millis().max(1));
        answer(self, &format!("SET lock_timeout = {limit}"))?;
        let sql = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", quote_name(index));
        let asked = self.client().simple_query(&sql);
        let dropped = if self.is_interrupted() {
            self.settled(asked, During::Own)
        } else {
            self.watched(asked, tell)
        };
        self.tidy("RESET lock_timeout");
        dropped?.map_err(|error| self.fail(&error, During::Own))?;
        Ok(())
    }

    fn partition_state(
        &mut self,
        whole: &ObjectName,
        part: &ObjectName,
    ) -> Result<PartitionState, DatabaseError> {
        let [whole, part] = [whole, part].map(|it| quote_literal(&quote_name(it)));
        let rows = answer(
            self,
            &format!(
                "SELECT i.inhdetachpending FROM pg_catalog.pg_class AS c \
                 LEFT JOIN pg_catalog.pg_inherits AS i \
                 ON i.inhrelid = c.oid AND i.inhparent = to_regclass({whole}) \
                 WHERE c.oid = to_regclass({part})"
            ),
        )?;
        Ok(match rows.first().map(|row| row.get(0)) {
            None => PartitionState::Absent,
            Some(None) => PartitionState::Apart,
            Some(Some("t")) => PartitionState::HalfDetached,
            Some(Some(_)) => PartitionState::Attached,
        })
    }
}

/// The rows of a query that is asked also where a stop was asked for: to know what it leaves.
pub(super) fn answer(
    session: &PostgresSession,
    sql: &str,
) -> Result<Vec<SimpleQueryRow>, DatabaseError> {
    let tidying = session.is_interrupted();
    let answer = session.while_asked(tidying, session.client().simple_query(sql))?;
    let answer = answer.map_err(|error| session.fail(&error, During::Own))?;
    Ok(by_statement(answer).into_iter().flatten().collect())
}
