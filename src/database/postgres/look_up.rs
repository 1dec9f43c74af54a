//! Questions about objects.

use std::collections::HashMap;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::answer::number;
use super::concurrent;
use super::error::During;
use super::session::{PostgresSession, quote_literal, search_path_clause};
use crate::database::DatabaseError;
use crate::database::contract::{IndexState, RowCount};
use crate::model::{ObjectName, Target};
use crate::plan::{Presence, Probe, Scope};
use crate::sql::quote_name;

/// Counting stops here; a confirmation needs no more than the order of magnitude.
const COUNTED_ROWS: u64 = 1_000_000;

/// The columns of the arrays both queries take.
#[derive(Default)]
struct Questions {
    index: Vec<i32>,
    first: Vec<Option<String>>,
    second: Vec<Option<String>>,
    third: Vec<Option<String>>,
    fourth: Vec<Option<String>>,
}

pub(super) fn look_up(
    session: &PostgresSession,
    target: &Target,
    probes: &[Probe],
) -> Result<HashMap<Probe, Presence>, DatabaseError> {
    let (objects, columns) = questions(session, target, probes)?;
    let begin = format!("BEGIN READ ONLY; {}", search_path_clause(target, "LOCAL"));
    let client = session.client();
    // Four messages, one round trip.
    let (opened, found, checked, closed) = session.interruptible(async {
        tokio::join!(
            client.simple_query(&begin),
            ask(client, include_str!("look_up.sql"), &objects),
            ask(client, include_str!("columns.sql"), &columns),
            client.simple_query("COMMIT"),
        )
    })?;
    let outcome = (|| {
        opened?;
        let rows = (found?, checked?);
        closed?;
        Ok(rows)
    })();
    let (found, checked) = outcome.map_err(|error: tokio_postgres::Error| {
        session.tidy("ROLLBACK");
        session.fail(&error, During::Own)
    })?;

    let mut answers = vec![Presence::default(); probes.len()];
    for row in found {
        answer(&mut answers, &row).exists = row.get::<_, Option<bool>>(1).unwrap_or(false);
    }
    for row in checked {
        let presence = answer(&mut answers, &row);
        if presence.exists {
            presence.faults.extend(fault(&row));
        }
    }
    Ok(probes.iter().cloned().zip(answers).collect())
}

fn answer<'a>(answers: &'a mut [Presence], row: &Row) -> &'a mut Presence {
    let index = usize::try_from(row.get::<_, i32>(0)).expect("the index was counted up from 0");
    &mut answers[index]
}

fn fault(row: &Row) -> Option<String> {
    let (column, wanted, actual): (String, Option<String>, Option<String>) =
        (row.get(1), row.get(2), row.get(3));
    match (row.get::<_, Option<bool>>(4), actual) {
        (Some(true), _) => None,
        (_, None) => Some(format!("column {column} is missing")),
        (_, Some(actual)) => {
            Some(format!("column {column} is {actual}, needed is {}", wanted.unwrap_or_default()))
        }
    }
}

fn questions(
    session: &PostgresSession,
    target: &Target,
    probes: &[Probe],
) -> Result<(Questions, Questions), DatabaseError> {
    let (mut objects, mut columns) = (Questions::default(), Questions::default());
    for (index, probe) in (0..).zip(probes) {
        let name = &probe.object.name;
        let schema = match (&name.schema, probe.scope) {
            (Some(schema), _) => Some(schema.clone()),
            (None, Scope::Creation) => Some(session.schema(target)?.to_owned()),
            (None, Scope::SearchPath) => None,
        };
        objects.index.push(index);
        objects.first.push(Some(probe.object.kind.word().to_owned()));
        objects.second.push(schema.clone());
        objects.third.push(Some(name.name.clone()));
        objects.fourth.push(probe.object.column.clone());
        for need in &probe.columns {
            columns.index.push(index);
            columns.first.push(schema.clone());
            columns.second.push(Some(name.name.clone()));
            columns.third.push(Some(need.name.clone()));
            columns.fourth.push(need.data_type.clone());
        }
    }
    Ok((objects, columns))
}

async fn ask(
    client: &tokio_postgres::Client,
    sql: &str,
    questions: &Questions,
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let texts = Type::TEXT_ARRAY;
    client
        .query_typed(
            sql,
            &[
                (&questions.index, Type::INT4_ARRAY),
                (&questions.first, texts.clone()),
                (&questions.second, texts.clone()),
                (&questions.third, texts.clone()),
                (&questions.fourth, texts),
            ],
        )
        .await
}

/// Counts in a read-only transaction. A count that fails, for want of a privilege say, is unknown.
pub(super) fn count_rows(
    session: &PostgresSession,
    target: &Target,
    tables: &[ObjectName],
) -> Result<Vec<Option<RowCount>>, DatabaseError> {
    tables.iter().map(|table| count(session, target, table)).collect()
}

fn count(
    session: &PostgresSession,
    target: &Target,
    table: &ObjectName,
) -> Result<Option<RowCount>, DatabaseError> {
    let path = search_path_clause(target, "LOCAL");
    let limit = COUNTED_ROWS + 1;
    let name = quote_name(table);
    let counted = session.query(&format!(
        "BEGIN READ ONLY; {path}SELECT count(*) FROM (SELECT FROM {name} LIMIT {limit}) AS counted; \
         COMMIT"
    ));
    match counted {
        Ok(results) => {
            let rows = results.iter().flatten().next();
            let rows: u64 = rows.map_or(Ok(0), |row| number(row, 0))?;
            Ok(Some(if rows > COUNTED_ROWS {
                RowCount::MoreThan(COUNTED_ROWS)
            } else {
                RowCount::Exact(rows)
            }))
        }
        Err(error @ DatabaseError::Statement { .. }) => {
            session.tidy("ROLLBACK");
            // undefined_table, invalid_schema_name
            let absent = matches!(error.code(), Some("42P01" | "3F000"));
            Ok(if absent { None } else { Some(RowCount::Unknown) })
        }
        Err(error) => Err(error),
    }
}

/// An index lives in its table's schema. Without a table the name is found as it stands, by the
/// `search_path` that the script has set, as its statements find it.
pub(super) fn index_state(
    session: &PostgresSession,
    index: &ObjectName,
    table: Option<&ObjectName>,
) -> Result<IndexState, DatabaseError> {
    let found = match table {
        Some(table) => format!(
            "c.relname = {} AND i.indrelid = to_regclass({})",
            quote_literal(&index.name),
            quote_literal(&quote_name(table))
        ),
        None => format!("c.oid = to_regclass({})", quote_literal(&quote_name(index))),
    };
    let sql = format!(
        "SELECT i.indisvalid FROM pg_catalog.pg_index AS i \
         JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid WHERE {found}"
    );
    let rows = concurrent::answer(session, &sql)?;
    Ok(match rows.first().and_then(|row| row.get(0)) {
        None => IndexState::Absent,
        Some("t") => IndexState::Valid,
        Some(_) => IndexState::Invalid,
    })
}
