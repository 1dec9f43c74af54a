//! A first small batch, undone: does the statement do what batches need?

use std::time::Duration;

use super::compose::{Composer, Relation};
use super::fault::{Meaning, Refusal, meaning};
use crate::database::{Answer, DatabaseError, Session};
use crate::model::Engine;
use crate::sql::quote_literal;

/// How many rows it tries.
const ROWS: usize = 100;
/// The same where nobody else can write meanwhile.
const ROWS_ALONE: usize = 25;
/// How often it tries again, and the pause before: others may hold the table for a second each time.
const TRIES: usize = 30;
const PAUSE: Duration = Duration::from_millis(200);

/// Tries the statement with a few rows of the first relation that has any, and undoes it. `others`
/// is whether rows of other tables must stay as they are.
pub(super) fn try_out(
    session: &mut dyn Session,
    composer: &Composer,
    relations: &[Relation],
    others: bool,
) -> Result<Option<Refusal>, DatabaseError> {
    let engine = session.capabilities().engine;
    for relation in relations {
        let pilot = Pilot { engine, composer, relation, others };
        let outcome = match engine {
            Engine::Postgres => pilot.fly_patiently(session),
            Engine::Sqlite => {
                let outcome = pilot.fly_alone(session);
                session.abandon();
                outcome
            }
        };
        match outcome? {
            Flight::NoRows => {}
            Flight::Landed => return Ok(None),
            Flight::Refused(refusal) => return Ok(Some(refusal)),
        }
    }
    Ok(None)
}

/// Tables, each with how many of its rows were changed.
type Counts = Vec<(String, String)>;

enum Flight {
    NoRows,
    Landed,
    Refused(Refusal),
}

struct Pilot<'a> {
    engine: Engine,
    composer: &'a Composer,
    relation: &'a Relation,
    others: bool,
}

impl Pilot<'_> {
    /// Tries again as long as others hold what it needs, or change what it was about to change.
    fn fly_patiently(&self, session: &mut dyn Session) -> Result<Flight, DatabaseError> {
        for _ in 0..TRIES {
            match self.fly_once(session, None) {
                Ok(Flight::Refused(Refusal::Suppressed)) => {}
                Err(error) if meaning(&error) == Meaning::Locked => {}
                Err(error) if meaning(&error) == Meaning::Row => {
                    return self.fly_row_by_row(session, error);
                }
                outcome => return outcome,
            }
            std::thread::sleep(PAUSE);
        }
        self.fly_once(session, None)
    }

    /// Some of the rows cannot be changed: tries each by itself, until one can.
    fn fly_row_by_row(
        &self,
        session: &mut dyn Session,
        error: DatabaseError,
    ) -> Result<Flight, DatabaseError> {
        for number in 0..ROWS {
            match self.fly_once(session, Some(number)) {
                Ok(Flight::NoRows) => break,
                Ok(Flight::Refused(Refusal::Suppressed)) => {}
                Err(error) if [Meaning::Row, Meaning::Locked].contains(&meaning(&error)) => {}
                outcome => return outcome,
            }
        }
        Err(error)
    }

    fn fly_once(
        &self,
        session: &mut dyn Session,
        only: Option<usize>,
    ) -> Result<Flight, DatabaseError> {
        let outcome = self.fly(session, only);
        session.abandon();
        outcome
    }

    /// The rows to try, in a transaction that is left open, and what was changed elsewhere before.
    fn rows(&self, session: &mut dyn Session) -> Result<(Vec<String>, Counts), DatabaseError> {
        let mut first = [
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            "SET LOCAL row_security = off",
            "SET LOCAL lock_timeout = '1s'",
            "SET LOCAL statement_timeout = 0",
            "SET LOCAL idle_in_transaction_session_timeout = 0",
        ]
        .map(str::to_owned)
        .to_vec();
        first.push(self.changes_elsewhere());
        first.push(self.composer.free_addresses(self.relation, ROWS));
        let mut answers = session.exchange(&first)?;
        let mut rows = column(answers.pop());
        if rows.is_empty() {
            let all = self.composer.addresses(self.relation, "1 = 1", Some(ROWS));
            rows = column(session.exchange(&[all])?.pop());
        }
        rows.sort();
        rows.dedup();
        Ok((rows, elsewhere(answers.pop())))
    }

    fn fly(&self, session: &mut dyn Session, only: Option<usize>) -> Result<Flight, DatabaseError> {
        let (mut rows, before) = self.rows(session)?;
        if let Some(number) = only {
            rows = rows.into_iter().skip(number).take(1).collect();
        }
        if rows.is_empty() {
            return Ok(Flight::NoRows);
        }
        let returning = format!("quote_literal({}::text) || '::tid'", self.composer.address);
        let statement = self.composer.statement(self.relation, &self.among(&rows), &returning);
        let mut answers = session.exchange(&[statement, self.changes_elsewhere()])?;
        let after = elsewhere(answers.pop());
        let changed = answers.pop().unwrap_or_default();
        let now = column(Some(changed.clone()));
        if changed.touched == 0 {
            return Ok(Flight::Refused(Refusal::Suppressed));
        }
        let others: Vec<String> = after
            .into_iter()
            .filter(|(table, count)| !before.contains(&(table.clone(), count.clone())))
            .map(|(table, _)| table)
            .collect();
        if self.others && !others.is_empty() {
            return Ok(Flight::Refused(Refusal::Others(others)));
        }
        let left = self.composer.select("count(*)", self.relation, &self.among(&now));
        let left = session.exchange(&[left])?;
        let still =
            left.first().and_then(Answer::value).and_then(|it| it.parse().ok()).unwrap_or(0);
        if still > 0 {
            let changed = changed.touched;
            return Ok(Flight::Refused(Refusal::NotIdempotent { still, changed }));
        }
        Ok(Flight::Landed)
    }

    /// The same where nobody else can write meanwhile: the rows are looked for before. Where some
    /// cannot be changed, the others are tried one by one; batches do so as well.
    fn fly_alone(&self, session: &mut dyn Session) -> Result<Flight, DatabaseError> {
        let look = self.composer.addresses(self.relation, "1 = 1", Some(ROWS_ALONE));
        let mut answers = session.exchange(&[look])?;
        let rows: Vec<String> = column(answers.pop());
        if rows.is_empty() {
            return Ok(Flight::NoRows);
        }
        let mut failure = match self.try_rows(session, &rows) {
            Err(error) if meaning(&error) == Meaning::Row => error,
            outcome => return outcome,
        };
        for row in rows {
            session.abandon();
            match self.try_rows(session, &[row]) {
                Ok(Flight::NoRows) => {}
                Err(error) if meaning(&error) == Meaning::Row => failure = error,
                outcome => return outcome,
            }
        }
        // What no row can be blamed for is wrong with the statement.
        if failure.code() == Some("SQLITE_ERROR") { Err(failure) } else { Ok(Flight::Landed) }
    }

    fn try_rows(
        &self,
        session: &mut dyn Session,
        rows: &[String],
    ) -> Result<Flight, DatabaseError> {
        let among = self.among(rows);
        let matching = self.composer.select("count(*)", self.relation, &among);
        let number = |answer: Option<&Answer>| -> u64 {
            answer.and_then(Answer::value).and_then(|it| it.parse().ok()).unwrap_or(0)
        };
        let answers = session.exchange(&[
            "BEGIN IMMEDIATE".to_owned(),
            matching.clone(),
            self.composer.statement(self.relation, &among, ""),
            matching,
        ])?;
        if number(answers.get(1)) == 0 {
            return Ok(Flight::NoRows);
        }
        let changed = answers.get(2).map_or(0, |it| it.touched);
        let still = number(answers.last());
        Ok(match (changed, still) {
            (0, _) => Flight::Refused(Refusal::Suppressed),
            (_, 0) => Flight::Landed,
            _ => Flight::Refused(Refusal::NotIdempotent { still, changed }),
        })
    }

    fn among(&self, rows: &[String]) -> String {
        let address = &self.composer.address;
        match self.engine {
            Engine::Postgres => format!("{address} = ANY (ARRAY[{}]::tid[])", rows.join(", ")),
            Engine::Sqlite if self.composer.key.len() > 1 => {
                format!("{address} IN (VALUES {})", rows.join(", "))
            }
            Engine::Sqlite => format!("{address} IN ({})", rows.join(", ")),
        }
    }

    /// Tables whose rows this session has updated or deleted, by the server's own count. What
    /// triggers and foreign keys do is told in SQLite before a statement runs, not here.
    fn changes_elsewhere(&self) -> String {
        format!(
            "SELECT format('%I.%I', schemaname, relname), n_tup_upd + n_tup_del \
             FROM pg_stat_xact_user_tables \
             WHERE n_tup_upd + n_tup_del > 0 AND schemaname <> 'turnback' \
             AND relid <> to_regclass({})",
            quote_literal(self.engine, &self.relation.name)
        )
    }
}

fn column(answer: Option<Answer>) -> Vec<String> {
    let rows = answer.map(|it| it.rows).unwrap_or_default();
    rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
}

fn elsewhere(answer: Option<Answer>) -> Counts {
    let rows = answer.map(|it| it.rows).unwrap_or_default();
    let pairs = rows.into_iter().filter_map(|row| {
        let mut row = row.into_iter();
        Some((row.next().flatten()?, row.next().flatten()?))
    });
    pairs.collect()
}
