//! Databases and roles for rehearsals, made and removed.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use super::lock::refuse_pooler;
use super::session::{PostgresSession, no_answer, number, quote_literal};
use crate::database::DatabaseError;
use crate::model::Roles;
use crate::sql::quote_identifier;

/// `"scra"` in ASCII: the first half of the lock that shows that a run is alive. The second is the
/// run's number.
const LOCK_CLASS: i32 = 0x7363_7261;

/// `CREATE DATABASE` takes strategies from here on; before, it always copies files.
const STRATEGIES: u32 = 150_000;

/// How often, and how long, a session that was just closed is waited for.
const LOOK: Duration = Duration::from_millis(1);
const LOOKS: u32 = 200;

/// The name of a run's database. It says what it is to whoever meets it.
pub(in crate::database) fn database_name(run: u32, count: u32) -> String {
    format!("turnback_scratch_{run:08x}_{count}")
}

/// The roles that scripts may name, and who this session is.
pub(super) fn read_roles(session: &PostgresSession) -> Result<Roles, DatabaseError> {
    let results = session.query(
        "SELECT rolname, rolname = current_user FROM pg_catalog.pg_roles \
         WHERE rolname !~ '^pg_' ORDER BY rolname",
    )?;
    let mut roles = Roles::default();
    for row in results.iter().flatten() {
        let name = row.get(0).ok_or_else(no_answer)?;
        if row.get(1) == Some("t") {
            roles.current = Some(name.to_owned());
        }
        roles.names.push(name.to_owned());
    }
    Ok(roles)
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
             WHERE d.datname ~ '^turnback_scratch_[0-9a-f]{{8}}_[0-9]+$' \
               AND pg_catalog.pg_has_role(d.datdba, 'USAGE') \
               AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity AS a \
                               WHERE a.datid = d.oid) \
               AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_locks AS l \
                               WHERE l.locktype = 'advisory' AND l.objsubid = 2 \
                                 AND l.classid::int8 = {LOCK_CLASS} \
                                 AND lpad(to_hex(l.objid::int8), 8, '0') \
                                     = substr(d.datname, 18, 8))"
        ))?;
        for name in results.iter().flatten().filter_map(|row| row.get(0)) {
            self.tidy(&format!("DROP DATABASE IF EXISTS {}", quote_identifier(name)));
        }
        Ok(())
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
        let existing: BTreeSet<&str> =
            existing.iter().flatten().filter_map(|row| row.get(0)).collect();
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
}
