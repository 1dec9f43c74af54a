//! Reading the catalog.

mod array_casts;
mod queries;

use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::answer::no_answer;
use super::prepared::{Name, Query};
use super::session::PostgresSession;
use crate::catalog::{Catalog, CatalogObject, Kind, ObjectKey, Scope};
use crate::database::DatabaseError;
use crate::database::contract::{BypassReason, PolicyBypass};
use crate::model::{Engine, ObjectName};

/// How the server writes definitions depends on these; they are what `pg_dump` sets, and a path on
/// which nothing of the user's is found, so that every name comes qualified, and no temporary table
/// stands before the server's own. Compiling the queries would take longer than running them.
pub(super) const SETTINGS: &str = "SET LOCAL search_path TO pg_catalog, pg_temp; SET LOCAL jit TO off; \
     SET LOCAL quote_all_identifiers TO off; SET LOCAL lc_monetary TO 'C'; \
     SET LOCAL datestyle TO 'ISO'; SET LOCAL intervalstyle TO 'postgres'; \
     SET LOCAL timezone TO 'UTC'; SET LOCAL bytea_output TO 'hex'; \
     SET LOCAL extra_float_digits TO 3; SET LOCAL standard_conforming_strings TO on; \
     SET LOCAL client_encoding TO 'UTF8';";

/// Properties that do not enter the fingerprint are read under this prefix.
const NOTED: &str = "noted_";

const KEY_COLUMNS: usize = 4;

/// The end of a reading within a transaction, however that went.
const TO_SAVEPOINT: &str =
    "ROLLBACK TO SAVEPOINT turnback_catalog; RELEASE SAVEPOINT turnback_catalog; ";

/// One round trip, one snapshot, read-only.
pub(super) fn read(session: &PostgresSession, scope: &Scope) -> Result<Catalog, DatabaseError> {
    let sql = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {SETTINGS} {} COMMIT",
        queries::selects(scope, major(session))
    );
    let mut objects = Vec::new();
    let read = session.query_each(&sql, |row| {
        objects.push(object(row)?);
        Ok(())
    });
    read.inspect_err(|_| session.tidy("ROLLBACK"))?;
    Ok(Catalog::new(Engine::Postgres, major(session), scope.clone(), objects))
}

pub(super) fn policy_bypasses(
    session: &PostgresSession,
    scope: &Scope,
) -> Result<Vec<PolicyBypass>, DatabaseError> {
    let sql = format!(
        "BEGIN READ ONLY; SET LOCAL search_path TO pg_catalog, pg_temp; {}; COMMIT",
        queries::policy_bypasses(scope)
    );
    let results = session.query(&sql).inspect_err(|_| session.tidy("ROLLBACK"))?;
    let text = |row: &SimpleQueryRow, column| row.get(column).unwrap_or_default().to_owned();
    let bypass = |row: &SimpleQueryRow| PolicyBypass {
        table: ObjectName { schema: Some(text(row, 0)), name: text(row, 1) },
        role: text(row, 2),
        because: match row.get(3) {
            Some("owner") => BypassReason::Owner,
            _ => BypassReason::Attribute,
        },
    };
    Ok(results.iter().flatten().map(bypass).collect())
}

/// Which queries read it.
pub(super) fn query(scope: &Scope) -> Query {
    if scope.schemas.is_empty() { Query::WholeCatalog } else { Query::Catalog }
}

/// The same as [`read`] within an open transaction, whose settings stay as they were. What it needs
/// is prepared then.
pub(super) fn within_transaction(session: &PostgresSession, scope: &Scope, name: &Name) -> String {
    format!(
        "SAVEPOINT turnback_catalog; {SETTINGS} {}{TO_SAVEPOINT}",
        queries::executes(scope, major(session), &name.statement, name.is_there)
    )
}

/// The same where [`within_transaction`] failed.
pub(super) fn once_more(session: &PostgresSession, scope: &Scope) -> String {
    format!(
        "{TO_SAVEPOINT}SAVEPOINT turnback_catalog; {SETTINGS} {}{TO_SAVEPOINT}",
        queries::selects(scope, major(session))
    )
}

/// The rows of [`within_transaction`] as a catalog.
pub(super) fn of_messages(
    session: &PostgresSession,
    scope: &Scope,
    messages: &[SimpleQueryMessage],
) -> Result<Catalog, DatabaseError> {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    assemble(session, scope, rows)
}

fn assemble<'a>(
    session: &PostgresSession,
    scope: &Scope,
    rows: impl Iterator<Item = &'a SimpleQueryRow>,
) -> Result<Catalog, DatabaseError> {
    let objects = rows.map(object).collect::<Result<Vec<_>, _>>()?;
    Ok(Catalog::new(Engine::Postgres, major(session), scope.clone(), objects))
}

fn major(session: &PostgresSession) -> u32 {
    session.facts.version_number / 10_000
}

fn object(row: &SimpleQueryRow) -> Result<CatalogObject, DatabaseError> {
    let text = |column| row.get(column).map(str::to_owned);
    let kind = row.get(0).and_then(Kind::from_word).ok_or_else(no_answer)?;
    let name = text(3).ok_or_else(no_answer)?;
    let key = ObjectKey { kind, schema: text(1), parent: text(2), name };
    let mut object = CatalogObject::new(key);
    for (index, column) in row.columns().iter().enumerate().skip(KEY_COLUMNS) {
        let Some(value) = text(index) else { continue };
        let value = array_casts::pushed_down(column.name(), value);
        match column.name().strip_prefix(NOTED) {
            Some(name) => object.noted.insert(name.to_owned(), value),
            None => object.properties.insert(column.name().to_owned(), value),
        };
    }
    Ok(object)
}
