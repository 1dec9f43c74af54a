//! What is asked of a database before its schema is copied, and done to the copy behind it.

use crate::database::DatabaseError;
use crate::database::postgres::session::PostgresSession;
use crate::settings::libpq::HostPort;

impl PostgresSession {
    /// The server this session reached.
    pub(in crate::database) fn server(&self) -> &HostPort {
        &self.connected.server
    }

    /// The tables that the role may not read, quoted.
    pub(in crate::database) fn unreadable_tables(&self) -> Result<Vec<String>, DatabaseError> {
        self.texts(
            "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) \
             FROM pg_catalog.pg_class AS c \
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p', 'f', 'S') AND c.relpersistence <> 't' \
               AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
               AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT') \
             ORDER BY 1",
        )
    }

    /// The extensions of the database.
    pub(in crate::database) fn extensions(&self) -> Result<Vec<String>, DatabaseError> {
        self.texts("SELECT extname FROM pg_catalog.pg_extension ORDER BY 1")
    }

    /// The extensions that the server has.
    pub(in crate::database) fn available_extensions(&self) -> Result<Vec<String>, DatabaseError> {
        self.texts("SELECT name FROM pg_catalog.pg_available_extensions")
    }

    /// An event trigger that forbids changes of the schema is meant for scripts, not for what the
    /// session does to a copy. A role that may not switch them off is stopped by them.
    pub(in crate::database) fn silence_event_triggers(&self) -> Result<(), DatabaseError> {
        match self.query("SET session_replication_role TO replica") {
            Err(DatabaseError::Statement { .. }) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Removes what foreign tables need to reach their servers: what runs in a copy must not write
    /// to where the original would.
    pub(in crate::database) fn forget_user_mappings(&self) -> Result<(), DatabaseError> {
        let drops = self.texts(
            "SELECT format('DROP USER MAPPING FOR %s SERVER %I', \
                           CASE WHEN umuser = 0 THEN 'PUBLIC' ELSE quote_ident(usename) END, srvname) \
             FROM pg_catalog.pg_user_mappings",
        )?;
        drops.iter().try_for_each(|sql| self.query(sql).map(drop))
    }

    /// The first column of an answer.
    pub(super) fn texts(&self, sql: &str) -> Result<Vec<String>, DatabaseError> {
        let results = self.query(sql)?;
        Ok(results.iter().flatten().filter_map(|row| row.get(0)).map(str::to_owned).collect())
    }
}
