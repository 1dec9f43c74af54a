//! Rows made up for tables that have none, so that there is something a rollback can lose.

mod attempt;
mod candidates;
mod filled;
mod group;
mod later;
mod order;
mod patterns;
mod postgres_types;
mod query;
mod shape;
mod statement;

pub use filled::{Filled, LeftEmpty};

use std::collections::BTreeMap;

use self::attempt::{Attempt, Outcome};
use self::candidates::{candidates, without_domains};
use self::filled::Refusal;
use self::later::with_later;
use self::order::{Late, Turn, turns};
use self::postgres_types::Types;
use self::shape::{Reference, Table};
use self::statement::{Owed, Plan};
use super::EngineError;
use super::savepoint::{Undone, statement_error, undo_to};
use crate::catalog::Catalog;
use crate::database::{DatabaseError, Session};
use crate::model::{Engine, ObjectName, Target};

/// Gives a few rows to each of these tables, as far as the catalog knows them: rows that satisfy
/// types, keys, foreign keys and conditions, the same whenever the schema is the same. It writes:
/// scratch databases only. A partition gets its rows with the whole table.
///
/// Rows that are to live through later versions also satisfy, where that is possible, what the
/// catalog of the last one asks of them.
pub fn fill(
    session: &mut dyn Session,
    target: &Target,
    catalog: &Catalog,
    last: Option<&Catalog>,
    tables: &[ObjectName],
) -> Result<Filled, EngineError> {
    let types = Types::of(catalog);
    let mut now = shapes(catalog, &types);
    let both = match last {
        Some(last) => with_later(&now, &shapes(last, &Types::of(last))),
        None => now.clone(),
    };
    now.retain(|name, _| tables.contains(name));
    let both = both.into_iter().filter(|(name, _)| tables.contains(name)).collect();
    let turns = turns(&both);
    // Tables at which the whole transaction was undone, as a trigger of SQLite's can.
    let mut fatal: BTreeMap<ObjectName, Refusal> = BTreeMap::new();
    loop {
        let mut filling = Filling {
            session: &mut *session,
            engine: catalog.engine,
            types: &types,
            now: &now,
            fatal: &fatal,
            late: Vec::new(),
            together: Vec::new(),
            filled: Filled::default(),
        };
        filling.session.begin_trial(target)?;
        let outcome = filling.all(&turns);
        let filled = filling.filled;
        match outcome {
            Ok(Done::Whole) => return kept(session, filled),
            Ok(Done::LostAt(table, refusal)) => {
                session.end_trial()?;
                fatal.insert(table, refusal);
            }
            Err(error) => {
                session.end_trial()?;
                return Err(error.into());
            }
        }
    }
}

/// The tables of a catalog, put down to types the server knows without it.
fn shapes(catalog: &Catalog, types: &Types<'_>) -> BTreeMap<ObjectName, Table> {
    let mut shapes = shape::tables(catalog);
    if catalog.engine == Engine::Postgres {
        for table in shapes.values_mut() {
            without_domains(table, types);
        }
    }
    shapes
}

/// Commits. What is only checked then undoes everything.
fn kept(session: &mut dyn Session, filled: Filled) -> Result<Filled, EngineError> {
    let Err(error) = session.keep_trial() else { return Ok(filled) };
    let refusal = Refusal::of(&statement_error(error)?);
    session.end_trial()?;
    let mut left_empty = filled.left_empty;
    left_empty.extend(filled.rows.into_keys().map(|table| refusal.clone().for_table(table)));
    Ok(Filled { rows: BTreeMap::new(), left_empty })
}

enum Done {
    Whole,
    /// The transaction is gone, through this table.
    LostAt(ObjectName, Refusal),
}

struct Filling<'a, 's> {
    session: &'s mut dyn Session,
    engine: Engine,
    types: &'a Types<'a>,
    /// The tables without what later versions ask of them.
    now: &'a BTreeMap<ObjectName, Table>,
    fatal: &'a BTreeMap<ObjectName, Refusal>,
    /// References whose rows are not there yet: of which table, and whether it has values already.
    late: Vec<(&'a Table, &'a Reference, Late)>,
    /// The tables since the last time that nothing was owed.
    together: Vec<ObjectName>,
    filled: Filled,
}

impl<'a> Filling<'a, '_> {
    fn all(&mut self, turns: &'a [Turn<'a>]) -> Result<Done, DatabaseError> {
        if turns.iter().any(|turn| turn.late.values().any(|late| *late == Late::Owed)) {
            self.session.try_statement(match self.engine {
                Engine::Postgres => "SET CONSTRAINTS ALL DEFERRED",
                Engine::Sqlite => "PRAGMA defer_foreign_keys = ON",
            })?;
        }
        for turn in turns {
            if let Some(refusal) = self.fatal.get(&turn.table.name) {
                self.filled.left_empty.push(refusal.clone().for_table(turn.table.name.clone()));
                continue;
            }
            if let Some(refusal) = self.one(turn)? {
                return Ok(Done::LostAt(turn.table.name.clone(), refusal));
            }
        }
        if self.is_owed() {
            self.undo_together(&Refusal::unpaid())?;
        }
        Ok(Done::Whole)
    }

    fn is_owed(&self) -> bool {
        self.late.iter().any(|(.., late)| *late == Late::Owed)
    }

    /// `Some` where the transaction is gone.
    fn one(&mut self, turn: &'a Turn<'a>) -> Result<Option<Refusal>, DatabaseError> {
        let table = turn.table;
        if !self.is_owed() {
            self.session.try_statement("SAVEPOINT turnback_together")?;
            self.together.clear();
        }
        self.together.push(table.name.clone());
        let mut outcome = self.attempt(table, &turn.late)?;
        if let (Outcome::Refused(_), Some(now)) = (&outcome, self.now.get(&table.name)) {
            // What later versions ask may be at odds with what holds now.
            if table.has_later {
                outcome = self.attempt(now, &turn.late)?;
            }
        }
        match outcome {
            Outcome::Rows(rows) => {
                self.filled.rows.insert(table.name.clone(), rows);
                let late =
                    turn.late.iter().map(|(index, late)| (table, &table.references[*index], *late));
                self.late.extend(late);
            }
            Outcome::Refused(refusal) => {
                self.filled.left_empty.push(refusal.for_table(table.name.clone()));
            }
            Outcome::Lost(refusal) => return Ok(Some(refusal)),
        }
        if let Some(refusal) = self.settle(table)? {
            return Ok(Some(refusal));
        }
        if !self.is_owed() {
            return self.check_together();
        }
        Ok(None)
    }

    fn attempt(
        &mut self,
        table: &Table,
        late: &BTreeMap<usize, Late>,
    ) -> Result<Outcome, DatabaseError> {
        let owed =
            self.late.iter().filter(|(_, it, late)| it.table == table.name && *late == Late::Owed);
        let owed = owed.filter_map(|(by, reference, _)| {
            let columns = reference.referenced.iter().map(|name| table.index_of(name));
            let names = reference.columns.iter().map(|column| by.columns[*column].name.clone());
            Some(Owed {
                columns: columns.collect::<Option<_>>()?,
                by: (by.name.clone(), names.collect()),
            })
        });
        let owed = owed.collect();
        let list = |index| candidates(self.engine, self.types, table, index);
        let plan = Plan {
            engine: self.engine,
            table,
            candidates: (0..table.columns.len()).map(list).collect(),
            late,
            owed,
        };
        Attempt { session: self.session, plan }.run()
    }

    /// The rows of this table are there: whatever waited for them is given them.
    fn settle(&mut self, table: &Table) -> Result<Option<Refusal>, DatabaseError> {
        let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.late)
            .into_iter()
            .partition(|(_, it, _)| it.table == table.name);
        self.late = later;
        for (of, reference, _) in now.into_iter().filter(|(.., late)| *late == Late::Null) {
            let plan = Plan {
                engine: self.engine,
                table: of,
                candidates: Vec::new(),
                late: &BTreeMap::new(),
                owed: Vec::new(),
            };
            let update = plan.settle(reference);
            self.session.try_statement("SAVEPOINT turnback_row")?;
            // Where it may not be, NULL is a value as well.
            let Err(error) = self.session.try_statement(&update) else {
                self.session.try_statement("RELEASE SAVEPOINT turnback_row")?;
                continue;
            };
            let refusal = Refusal::of(&statement_error(error)?);
            if undo_to(self.session, "turnback_row")? == Undone::Trial {
                return Ok(Some(refusal));
            }
        }
        Ok(None)
    }

    /// Nothing is owed any more: what could be checked late is checked now.
    fn check_together(&mut self) -> Result<Option<Refusal>, DatabaseError> {
        if self.engine == Engine::Postgres {
            let check = "SET CONSTRAINTS ALL IMMEDIATE";
            if let Err(error) = self.session.try_statement(check) {
                let refusal = Refusal::of(&statement_error(error)?);
                self.undo_together(&refusal)?;
                return Ok(None);
            }
            self.session.try_statement("SET CONSTRAINTS ALL DEFERRED")?;
        }
        self.session.try_statement("RELEASE SAVEPOINT turnback_together")?;
        Ok(None)
    }

    fn undo_together(&mut self, refusal: &Refusal) -> Result<(), DatabaseError> {
        undo_to(self.session, "turnback_together")?;
        self.late.clear();
        for table in std::mem::take(&mut self.together) {
            if self.filled.rows.remove(&table).is_some() {
                self.filled.left_empty.push(refusal.clone().for_table(table));
            }
        }
        Ok(())
    }
}
