//! Databases with the schema of a live one.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::ScratchError;
use super::clients::Clients;
use super::open::{Scratch, ScratchDatabase};
use super::place::Place;
use super::process::{Outcome, run};
use super::supervisor::Supervisor;
use crate::database::postgres::PostgresSession;
use crate::database::sqlite::copy_file;
use crate::database::{DatabaseError, Interrupt};
use crate::settings::libpq::ConnectionParameters;
use crate::settings::{Connection, SqliteLocation};

/// How long the schema's tables are waited for, which somebody else may have locked.
const LOCK_WAIT: &str = "--lock-wait-timeout=5s";

/// What a rehearsal must not take over: a subscription would fetch, and security labels belong to
/// the machine.
const LEFT_OUT: [&str; 2] = ["--no-subscriptions", "--no-security-labels"];

/// What of the live server another one may not have.
const OTHERS: [&str; 3] = ["--no-owner", "--no-privileges", "--no-tablespaces"];

/// What `pg_restore` says in the end where some objects could not be made.
const WENT_ON: &str = "errors ignored on restore";

/// How many of the objects that could not be made are told.
const TOLD: usize = 5;

/// A throwaway database with the schema of a live one.
pub struct SchemaCopy {
    /// The database.
    pub database: ScratchDatabase,
    /// What of the schema it lacks, one fact each.
    pub notes: Vec<String>,
}

/// What copies the schema of a live server.
#[derive(Debug, Clone)]
pub struct Copier(Clients);

impl Scratch {
    /// What copies the schema of a live server of this major version; else why there is nothing.
    pub fn copier(&self, live_major: u32) -> Result<Copier, String> {
        Clients::find(self.settings(), live_major).map(Copier)
    }

    /// Makes a database with the schema of a live one, which is only read. `copier` comes from
    /// [`copier`](Self::copier). A file of `SQLite` is copied whole.
    pub fn copy_of(
        &self,
        live: &Connection,
        copier: Option<&Copier>,
        interrupt: &Interrupt,
    ) -> Result<SchemaCopy, ScratchError> {
        let database = self.database()?;
        let notes = match (live, database.connection(), copier) {
            (Connection::Sqlite(from), Connection::Sqlite(SqliteLocation::File(to)), _) => {
                copy_file(from, to, interrupt)?;
                Vec::new()
            }
            (Connection::Postgres(from), Connection::Postgres(to), Some(Copier(clients))) => {
                self.copy_schema(clients, from, to, interrupt)?
            }
            _ => unreachable!("a copy is asked for with what makes it"),
        };
        Ok(SchemaCopy { database, notes })
    }

    fn copy_schema(
        &self,
        clients: &Clients,
        live: &ConnectionParameters,
        copy: &ConnectionParameters,
        interrupt: &Interrupt,
    ) -> Result<Vec<String>, ScratchError> {
        let base = super::place::base(&self.settings().temporary);
        let cannot = |error| ScratchError::io(format!("cannot use {}", base.display()), error);
        let place = Place::claim(&base, None).and_then(|place| Supervisor::new(place, &[]));
        let supervisor = place.map_err(cannot)?;
        let archive = supervisor.path().join("schema");
        let source = PostgresSession::open(live, interrupt)?;
        let unreadable = source.unreadable_tables()?;
        let mut dump = clients.command("pg_dump", live, source.server());
        dump.args(["--format=custom", "--schema-only", LOCK_WAIT]).args(LEFT_OUT);
        // Each is a pattern, which quotes keep from being one.
        dump.args(unreadable.iter().map(|name| format!("--exclude-table={name}")));
        let dumped = run(dump.arg("--file").arg(&archive), &supervisor, interrupt)?;
        if let Outcome::Failed(said) = dumped {
            return Err(ScratchError::Dump { said });
        }
        let target = PostgresSession::open(copy, interrupt)?;
        let mut notes = missing_extensions(&source, &target)?;
        let restore = clients.command("pg_restore", copy, target.server());
        notes.extend(self.restore(restore, &archive, &supervisor, interrupt)?);
        notes.extend(unreadable.iter().map(|name| {
            format!("{name} is not there: the role may not read it, and so not its definition")
        }));
        target.silence_event_triggers()?;
        target.forget_user_mappings()?;
        Ok(notes)
    }

    /// What cannot be made is left out, as far as nothing else stops.
    fn restore(
        &self,
        mut command: Command,
        archive: &Path,
        supervisor: &Supervisor,
        interrupt: &Interrupt,
    ) -> Result<Vec<String>, ScratchError> {
        command.args(LEFT_OUT).args(["--dbname", ""]);
        if !self.is_mirror() {
            command.args(OTHERS);
        }
        match run(command.arg(archive), supervisor, interrupt)? {
            Outcome::Done => Ok(Vec::new()),
            Outcome::Failed(said) if said.contains(WENT_ON) => Ok(faults(&said)),
            Outcome::Failed(said) => Err(ScratchError::Restore { said }),
        }
    }
}

/// The extensions that the server of the copy lacks. What needs them is missing, too.
fn missing_extensions(
    source: &PostgresSession,
    target: &PostgresSession,
) -> Result<Vec<String>, DatabaseError> {
    let available = target.available_extensions()?;
    let missing = source.extensions()?.into_iter().filter(|it| !available.contains(it));
    Ok(missing
        .map(|name| {
            format!(
                "extension {name} is not installed on the scratch server: what needs it is missing; \
                 --scratch names a server that has it"
            )
        })
        .collect())
}

/// What the server said of each object that could not be made, the first ones of many.
fn faults(said: &str) -> Vec<String> {
    let mut errors: Vec<String> = Vec::new();
    for line in said.lines() {
        if let Some((_, message)) = line.split_once("ERROR:") {
            errors.push(message.trim().to_owned());
        } else if line.starts_with("Command was: SET ") {
            // A client that is newer than the server begins with settings that it does not know.
            errors.pop();
        }
    }
    let mut notes: Vec<String> =
        errors.iter().take(TOLD).map(|it| format!("not copied from the target: {it}")).collect();
    if let Some(more) = errors.len().checked_sub(TOLD).filter(|more| *more > 0)
        && let Some(last) = notes.last_mut()
    {
        let _ = write!(last, "; and {more} more");
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::faults;

    #[test]
    fn what_could_not_be_made_is_told_and_the_rest_counted() {
        let one =
            "pg_restore: error: could not execute query: ERROR:  no such type\nCommand was: x\n";
        assert_eq!(faults(one), ["not copied from the target: no such type"]);
        let newer = "pg_restore: error: could not execute query: ERROR:  unrecognized configuration \
                     parameter \"transaction_timeout\"\nCommand was: SET transaction_timeout = 0;\n";
        assert_eq!(faults(&format!("{newer}{one}")), ["not copied from the target: no such type"]);
        assert!(faults(newer).is_empty());
        let many = faults(&one.repeat(7));
        assert_eq!(many.len(), 5);
        assert!(many[4].ends_with("; and 2 more"), "{many:?}");
    }
}
