//! What of a database decides on hazards.

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::answer::number;
use super::error::During;
use super::session::{PostgresSession, search_path_clause};
use crate::database::DatabaseError;
use crate::model::{ObjectName, Target};
use crate::plan::{DataType, EventTrigger, MANY_ROWS, Questions, Relation, Slot, Surroundings};
use crate::sql::{is_data_type, quote_identifier, quote_name};

/// A table that is locked against reading for longer counts as one with rows. Compiling the query
/// would take longer than running it.
const SETTINGS: &str = "SET LOCAL statement_timeout TO 0; SET LOCAL lock_timeout TO '500ms'; \
                        SET LOCAL jit TO off";

/// So long rows are searched for: a table whose rows are all dead is read to its end.
const COUNTING: &str = "SET LOCAL statement_timeout TO '3s'";

/// Two round trips: what the catalogs say; then the rows of the relations that were found, counted as
/// far as it matters.
pub(super) fn read(
    session: &PostgresSession,
    target: &Target,
    questions: &Questions,
) -> Result<Surroundings, DatabaseError> {
    let begin = format!("BEGIN READ ONLY; {}{SETTINGS}", search_path_clause(target, "LOCAL"));
    let asked = Asked::of(questions);
    let outcome = ask(session, &begin, &asked).and_then(|rows| {
        let mut answers = Answers::default();
        for row in &rows {
            answers.take(row)?;
        }
        Ok(answers)
    });
    let mut answers = match outcome {
        Ok(answers) => answers,
        Err(error) => {
            session.tidy("ROLLBACK");
            return Err(error);
        }
    };
    count(session, &mut answers.relations)?;
    Ok(answers.surroundings(questions))
}

/// The arrays that the query takes.
#[derive(Default)]
struct Asked {
    kinds: Vec<&'static str>,
    places: Vec<i32>,
    names: Vec<String>,
}

impl Asked {
    fn of(questions: &Questions) -> Self {
        let mut asked = Self::default();
        let quoted =
            |names: &[ObjectName]| -> Vec<String> { names.iter().map(quote_name).collect() };
        asked.add("table", quoted(&questions.tables));
        asked.add("index", quoted(&questions.indexes));
        asked.add("function", questions.functions.iter().map(|it| it.name.clone()).collect());
        // What is no type's name would be an error, not an answer.
        let name = |it: &String| {
            if is_data_type(it) { without_modifiers(it) } else { quote_identifier(it) }
        };
        asked.add("type", questions.types.iter().map(name).collect());
        asked
    }

    fn add(&mut self, kind: &'static str, names: Vec<String>) {
        for (place, name) in (0..).zip(names) {
            self.kinds.push(kind);
            self.places.push(place);
            self.names.push(name);
        }
    }
}

/// A type without what stands in parentheses: before PostgreSQL 16 a modifier that the type does not
/// take is an error.
fn without_modifiers(data_type: &str) -> String {
    let mut depth = 0_usize;
    let is_outside = |c: &char| {
        let was_outside = depth == 0;
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return was_outside,
        }
        false
    };
    data_type.chars().filter(is_outside).collect()
}

fn ask(session: &PostgresSession, begin: &str, asked: &Asked) -> Result<Vec<Row>, DatabaseError> {
    let client = session.client();
    let questions: [(&(dyn ToSql + Sync), Type); 3] = [
        (&asked.kinds, Type::TEXT_ARRAY),
        (&asked.places, Type::INT4_ARRAY),
        (&asked.names, Type::TEXT_ARRAY),
    ];
    let (opened, found) = session.interruptible(async {
        tokio::join!(
            client.simple_query(begin),
            client.query_typed(include_str!("facts.sql"), &questions),
        )
    })?;
    opened.and(found).map_err(|error| session.fail(&error, During::Own))
}

/// The answers as they come: each with what it was asked for and its place among the questions.
#[derive(Default)]
struct Answers {
    relations: Vec<(String, usize, Relation)>,
    volatile: Vec<usize>,
    types: Vec<(usize, DataType)>,
    is_utc: bool,
    event_triggers: Vec<EventTrigger>,
    slots: Vec<Slot>,
}

impl Answers {
    fn take(&mut self, row: &Row) -> Result<(), DatabaseError> {
        let (kind, place, fact): (&str, i32, &str) = (row.get(0), row.get(1), row.get(2));
        let place = usize::try_from(place).unwrap_or_default();
        let unexpected = |error: serde_json::Error| {
            DatabaseError::Unexpected(format!("what is known of a {kind} cannot be read: {error}"))
        };
        match kind {
            "function" => self.volatile.push(place),
            "type" => {
                self.types.push((place, serde_json::from_str(fact).map_err(unexpected)?));
            }
            "event trigger" => {
                self.event_triggers.push(serde_json::from_str(fact).map_err(unexpected)?);
            }
            "slot" => self.slots.push(serde_json::from_str(fact).map_err(unexpected)?),
            "zone" => self.is_utc = fact == "true",
            _ => {
                let relation = serde_json::from_str(fact).map_err(unexpected)?;
                self.relations.push((kind.to_owned(), place, relation));
            }
        }
        Ok(())
    }

    fn surroundings(self, questions: &Questions) -> Surroundings {
        let Self { is_utc, event_triggers, slots, .. } = self;
        let mut surroundings =
            Surroundings { is_utc, event_triggers, slots, ..Surroundings::default() };
        for (kind, place, relation) in self.relations {
            match kind.as_str() {
                "table" => {
                    surroundings.tables.insert(questions.tables[place].clone(), relation);
                }
                "index" => {
                    surroundings.indexes.insert(questions.indexes[place].clone(), relation);
                }
                _ => {
                    let users = surroundings.users.entry(questions.types[place].clone());
                    users.or_default().push(relation);
                }
            }
        }
        let volatile = self.volatile.into_iter().map(|place| questions.functions[place].clone());
        surroundings.volatile = volatile.collect();
        let types = self.types.into_iter();
        surroundings.types =
            types.map(|(place, it)| (questions.types[place].clone(), it)).collect();
        surroundings
    }
}

/// Counts the rows of what can be counted, and ends the transaction. A count that is refused, or
/// would take long, leaves all of them unknown.
fn count(
    session: &PostgresSession,
    relations: &mut [(String, usize, Relation)],
) -> Result<(), DatabaseError> {
    let countable: Vec<&mut Relation> =
        relations.iter_mut().map(|(_, _, it)| it).filter(|it| it.countable).collect();
    let counts: Vec<String> = countable
        .iter()
        .map(|it| {
            let (schema, name) = (quote_identifier(&it.schema), quote_identifier(&it.name));
            let limit = MANY_ROWS + 1;
            format!("(SELECT count(*) FROM (SELECT FROM {schema}.{name} LIMIT {limit}) AS counted)")
        })
        .collect();
    if counts.is_empty() {
        session.tidy("COMMIT");
        return Ok(());
    }
    match session.query(&format!("{COUNTING}; SELECT {}; COMMIT", counts.join(", "))) {
        Ok(results) => {
            let row = results.iter().flatten().next();
            for (column, relation) in countable.into_iter().enumerate() {
                relation.counted = row.map(|row| number(row, column)).transpose()?;
            }
            Ok(())
        }
        Err(DatabaseError::Statement { .. }) => {
            session.tidy("ROLLBACK");
            Ok(())
        }
        Err(error) => Err(error),
    }
}
