//! Databases, roles and tablespaces for rehearsals, made and removed.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use super::answer::{no_answer, number};
use super::lock::refuse_pooler;
use super::session::{PostgresSession, quote_literal};
use crate::database::DatabaseError;
use crate::model::Globals;
use crate::sql::quote_identifier;

/// `"scra"` in ASCII: the first half of the lock that shows that a run is alive. The second is the
/// run's number.
const LOCK_CLASS: i32 = 0x7363_7261;

/// `CREATE DATABASE` takes strategies from here on; before, it always copies files.
const STRATEGIES: u32 = 150_000;

/// How often, and how long, a session that was just closed is waited for.
const LOOK: Duration = Duration::from_millis(1);
const LOOKS: u32 = 200;

/// What the names of databases begin with that are made here.
const PREFIX: &str = "turnback_scratch_";

/// The name of a run's database. It says what it is to whoever meets it.
pub(in crate::database) fn database_name(run: u32, count: u32) -> String {
    format!("{PREFIX}{run:08x}_{count}")
}

/// Whether a name is of that kind.
pub(in crate::database) fn is_numbered(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// The roles and tablespaces that scripts may name, and who and where this session is.
pub(super) fn read_globals(session: &PostgresSession) -> Result<Globals, DatabaseError> {
    let results = session.query(
        "SELECT rolname, rolname = current_user FROM pg_catalog.pg_roles \
         WHERE rolname !~ '^pg_' ORDER BY rolname; \
         SELECT spcname FROM pg_catalog.pg_tablespace WHERE spcname !~ '^pg_' ORDER BY spcname; \
         SELECT pg_catalog.current_database()",
    )?;
    let [roles, tablespaces, database] = &results[..] else { return Err(no_answer()) };
    let mut globals = Globals::default();
    for row in roles {
        let name = row.get(0).ok_or_else(no_answer)?;
        if row.get(1) == Some("t") {
            globals.current_role = Some(name.to_owned());
        }
        globals.roles.push(name.to_owned());
    }
    globals.tablespaces = texts(tablespaces).map(str::to_owned).collect();
    globals.database = texts(database).next().map(str::to_owned);
    Ok(globals)
}

/// The first column of rows.
fn texts<'a>(rows: impl IntoIterator<Item = &'a SimpleQueryRow>) -> impl Iterator<Item = &'a str> {
    rows.into_iter().filter_map(|row| row.get(0))
}

impl PostgresSession {
    /// Marks a run's databases as in use, for as long as this session lasts. False where the number
    /// is another run's.
    pub(in crate::database) fn claim_run(&self, run: u32) -> Result<bool, DatabaseError> {
        refuse_pooler(self)?;
        let sql = format!("SELECT pg_catalog.pg_try_advisory_lock({LOCK_CLASS}, {run})");
        let results = self.query(&sql)?;
        Ok(results.iter().flatten().next().is_some_and(|row| row.get(0) == Some("t")))
    }

    /// Drops the databases of runs that are dead: nobody holds their lock, nobody is connected.
    /// One that cannot be dropped stays.
    pub(in crate::database) fn sweep_databases(&self) -> Result<(), DatabaseError> {
        let results = self.query(&format!(
            "SELECT d.datname FROM pg_catalog.pg_database AS d \
             WHERE d.datname ~ '^{PREFIX}[0-9a-f]{{8}}_[0-9]+$' \
               AND pg_catalog.pg_has_role(d.datdba, 'USAGE') \
               AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity AS a \
                               WHERE a.datid = d.oid) \
               AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_locks AS l \
                               WHERE l.locktype = 'advisory' AND l.objsubid = 2 \
                                 AND l.classid::int8 = {LOCK_CLASS} \
                                 AND lpad(to_hex(l.objid::int8), 8, '0') \
                                     = substr(d.datname, 18, 8))"
        ))?;
        for name in texts(results.iter().flatten()) {
            self.tidy(&format!("DROP DATABASE IF EXISTS {}", quote_identifier(name)));
        }
        Ok(())
    }

    /// Whether the server has a database of this name.
    pub(in crate::database) fn has_database(&self, name: &str) -> Result<bool, DatabaseError> {
        let name = quote_literal(name);
        let sql = format!("SELECT FROM pg_catalog.pg_database WHERE datname = {name}");
        Ok(self.query(&sql)?.iter().flatten().next().is_some())
    }

    /// Makes a database, empty or like another one that nobody is connected to.
    pub(in crate::database) fn create_database(
        &self,
        name: &str,
        like: Option<&str>,
        owner: Option<&str>,
    ) -> Result<(), DatabaseError> {
        if let Some(like) = like {
            self.wait_until_deserted(like)?;
        }
        let template = quote_identifier(like.unwrap_or("template0"));
        let owner = owner.map(|owner| format!(" OWNER {}", quote_identifier(owner)));
        let strategy =
            if self.facts.version_number >= STRATEGIES { " STRATEGY file_copy" } else { "" };
        let sql = format!(
            "CREATE DATABASE {} TEMPLATE {template}{}{strategy}",
            quote_identifier(name),
            owner.unwrap_or_default()
        );
        // Cancelled at the last moment, it may exist all the same.
        self.query(&sql).map(drop).inspect_err(|_| self.drop_database(name))
    }

    /// A session ends a moment after its client has left; the server itself would wait for it in
    /// steps of 100 ms.
    fn wait_until_deserted(&self, database: &str) -> Result<(), DatabaseError> {
        let sql = format!(
            "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = {}",
            quote_literal(database)
        );
        for _ in 0..LOOKS {
            let results = self.query(&sql)?;
            let sessions: u64 =
                results.iter().flatten().next().map_or(Ok(0), |row| number(row, 0))?;
            if sessions == 0 {
                break;
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Drops a database, whoever is still connected, also when a stop was asked for.
    pub(in crate::database) fn drop_database(&self, name: &str) {
        self.tidy(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_identifier(name)));
    }

    /// Makes the roles that do not exist yet, none of which can connect, and one superuser that
    /// can. Names the server keeps to itself are passed over.
    pub(in crate::database) fn make_roles(
        &self,
        names: &[String],
        runner: &str,
    ) -> Result<(), DatabaseError> {
        let existing = self.query("SELECT rolname FROM pg_catalog.pg_roles")?;
        let existing: BTreeSet<&str> = texts(existing.iter().flatten()).collect();
        let missing: BTreeSet<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| *name != runner && !name.starts_with("pg_") && !existing.contains(name))
            .collect();
        let mut sql = String::new();
        for name in missing {
            sql.extend(["CREATE ROLE ", &quote_identifier(name), "; "]);
        }
        let verb = if existing.contains(runner) { "ALTER" } else { "CREATE" };
        sql.extend([verb, " ROLE ", &quote_identifier(runner), " SUPERUSER LOGIN"]);
        self.query(&sql).map(drop)
    }

    /// Makes the tablespaces that do not exist yet, within the data directory. The first minor
    /// releases of 14 cannot have any there; nothing is made on them.
    pub(in crate::database) fn make_tablespaces(
        &self,
        names: &[String],
    ) -> Result<(), DatabaseError> {
        let results = self.query(
            "SELECT spcname FROM pg_catalog.pg_tablespace; \
             SELECT pg_catalog.set_config(name, 'on', false) FROM pg_catalog.pg_settings \
             WHERE name = 'allow_in_place_tablespaces'",
        )?;
        let [existing, allowed] = &results[..] else { return Err(no_answer()) };
        let existing: BTreeSet<&str> = texts(existing).collect();
        for name in names.iter().filter(|name| !existing.contains(name.as_str())) {
            if !allowed.is_empty() {
                // None in a transaction, and so none beside another one.
                self.query(&format!("CREATE TABLESPACE {} LOCATION ''", quote_identifier(name)))?;
            }
        }
        Ok(())
    }
}
