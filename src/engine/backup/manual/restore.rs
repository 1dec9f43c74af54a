//! What a backup holds, put back by hand.

use super::super::dialect::Dialect;
use super::super::keeper::hash_text;
use super::super::request::Tables;
use super::super::write;
use super::displaced::{Displaced, list_conflicts};
use super::examples::{RowExample, examples};
use super::fault::BackupFault;
use super::remake::{Unmade, make_again, refer_again};
use super::sight::{CONFLICT, MISSING, RESTORE, Sight, kept_where};
use super::transact::{Desk, Halt, find};
use super::view::{Names, Part, View, is_named};
use crate::database::{DatabaseError, Ending, OpenTransaction, Session, TableLock, TableShape};
use crate::engine::tries::FIRST_LOCK_WAIT;
use crate::engine::{EngineError, Observer};
use crate::model::{Backup, BackupState, ObjectName, Target};
use crate::sql::quote_name;

/// What of a backup is put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The columns, by their names in the backup; all where none is named.
    pub columns: Vec<String>,
    /// A condition over the columns of the backup.
    pub condition: Option<String>,
    /// What is done about rows that were changed since.
    pub conflicts: Conflicts,
    /// What is done where the saved rows are not those that were saved.
    pub altered: Altered,
}

/// What is done about rows that were changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts {
    /// They stay, and are listed.
    Leave,
    /// They are saved, and get the saved values.
    Overwrite,
}

/// What is done where the saved rows are not those that were saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Altered {
    /// Nothing is put back.
    Refuse,
    /// They are put back as they are.
    Accept,
}

/// A hash of the saved rows: on record, and as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// On record.
    pub registered: String,
    /// As they are.
    pub found: String,
}

impl Digests {
    /// What differs, for people.
    pub fn difference(&self) -> String {
        let rows = |hash: &str| hash.split(':').next().unwrap_or_default().to_owned();
        let (then, now) = (rows(&self.registered), rows(&self.found));
        if then == now {
            format!("the {then} saved rows hold other values")
        } else {
            format!("{then} were saved, and there are {now}")
        }
    }
}

/// What was put back, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoration {
    /// The backup, as it is on record behind it.
    pub backup: Backup,
    /// The table.
    pub table: ObjectName,
    /// Whether the table was made again.
    pub made_again: bool,
    /// Parts of the table that could not be made.
    pub unmade: Vec<Unmade>,
    /// Rows that got saved values in place of what the step had left.
    pub updated: u64,
    /// Rows that came back.
    pub inserted: u64,
    /// Rows that got saved values in place of somebody's.
    pub overwritten: u64,
    /// Rows that stay as somebody changed them.
    pub conflicts: u64,
    /// The table that lists them.
    pub conflicts_place: Option<ObjectName>,
    /// Rows that held the saved values already.
    pub same: u64,
    /// Saved rows that are gone, and do not come back.
    pub absent: u64,
    /// What was overwritten.
    pub displaced: Option<Backup>,
    /// Some of the rows.
    pub examples: Vec<RowExample>,
    /// Where the saved rows are not those that were saved.
    pub altered: Option<Digests>,
}

impl Restoration {
    /// Whether there is nothing to put back.
    pub const fn is_empty(&self) -> bool {
        !self.made_again && self.updated + self.inserted + self.overwritten == 0
    }
}

/// Puts back what a backup holds. With [`Ending::Undo`] it is only seen what that would do.
pub fn restore(
    session: &mut dyn Session,
    observer: &mut dyn Observer,
    desk: Desk<'_>,
    id: i64,
    choice: &Choice,
    ending: Ending,
) -> Result<Restoration, EngineError> {
    desk.work(session, observer, ending, |session, observer| {
        let backups = session.read_backups(desk.target)?;
        let backup = find(&backups, id).map_err(Halt::Fault)?;
        let set = Some(backup.set.clone()).filter(|set| !set.is_empty());
        let state = session.read_ledger(&Target {
            history_table: Target::history_table_of(set.as_deref()),
            set,
            ..desk.target.clone()
        })?;
        let restoring = Restoring {
            dialect: Dialect(session.capabilities().engine),
            backup,
            names: Names::of(backup, &state),
            choice,
            ending,
        };
        let mut outcome = None;
        desk.transact(session, observer, ending, &mut |open| {
            outcome = Some(restoring.carry_out(open)?);
            Ok(())
        })?;
        outcome.ok_or_else(|| DatabaseError::Unexpected("nothing was put back".to_owned()).into())
    })
}

struct Restoring<'a> {
    dialect: Dialect,
    backup: &'a Backup,
    names: Names,
    choice: &'a Choice,
    ending: Ending,
}

impl Restoring<'_> {
    fn carry_out(&self, open: &mut dyn OpenTransaction) -> Result<Restoration, Halt> {
        let mut shapes = open.shapes()?;
        let altered = self.verify(open)?;
        let made_again = self.find(&shapes).is_none();
        if made_again {
            self.remake(open)?;
            shapes = open.shapes()?;
        }
        let shape = self.find(&shapes).ok_or_else(|| self.no_table())?;
        open.lock(&[(shape.name(), TableLock::AgainstWrites)], FIRST_LOCK_WAIT)?;
        let chosen = &self.choice.columns;
        self.check_columns()?;
        let view = View::new(self.dialect, self.backup, shape, self.names, chosen)?;
        self.check_condition(&view, open)?;
        let mut done = self.put(&view, open)?;
        done.made_again = made_again;
        done.altered = altered;
        if made_again {
            done.unmade = refer_again(&self.backup.table, open)?;
        }
        self.conclude(&done, open)?;
        if self.ending == Ending::Undo {
            // None of it will be on record.
            done.backup = self.backup.clone();
            done.conflicts_place = None;
        }
        Ok(done)
    }

    /// Holds that the saved rows are there, and are those that were saved.
    fn verify(&self, open: &mut dyn OpenTransaction) -> Result<Option<Digests>, Halt> {
        let table = &self.backup.table;
        let names = open.ask(self.dialect.own_tables())?;
        let is_there = |name: &str| names.rows.iter().flatten().flatten().any(|it| it == name);
        for name in [Some(&table.place), table.left_place.as_ref()].into_iter().flatten() {
            if !is_there(name) {
                let (id, place) = (self.backup.id, self.dialect.place(name));
                return Err(BackupFault::NoPlace { id, place }.into());
            }
        }
        let place = self.dialect.place(&table.place);
        let found = hash_text(&open.digest(&place)?);
        if found == self.backup.hash {
            return Ok(None);
        }
        let digests = Digests { registered: self.backup.hash.clone(), found };
        match self.choice.altered {
            Altered::Accept => Ok(Some(digests)),
            Altered::Refuse => {
                Err(BackupFault::Altered { place, difference: digests.difference() }.into())
            }
        }
    }

    /// The table's name now, as far as the step and its undoing tell.
    fn name(&self) -> ObjectName {
        let table = &self.backup.table;
        let before = (table.schema.clone(), table.table.clone());
        let (schema, name) = match self.names {
            Names::Before => before,
            Names::Behind => table.after.clone().unwrap_or(before),
        };
        ObjectName { schema, name }
    }

    fn find<'s>(&self, shapes: &'s [TableShape]) -> Option<&'s TableShape> {
        Tables { dialect: self.dialect, shapes }.find(&self.name())
    }

    fn no_table(&self) -> Halt {
        BackupFault::NoTable { id: self.backup.id, table: self.name() }.into()
    }

    /// Only a table that was saved whole can be made again.
    fn remake(&self, open: &mut dyn OpenTransaction) -> Result<(), Halt> {
        let table = &self.backup.table;
        let has_all = table.is_gone() && !table.definition.is_empty();
        if !has_all || !self.choice.columns.is_empty() {
            return Err(self.no_table());
        }
        make_again(self.name(), table, open)
    }

    fn check_columns(&self) -> Result<(), BackupFault> {
        let held = &self.backup.table.columns;
        let chosen = self.choice.columns.iter();
        let is_held = |name: &&String| held.iter().any(|saved| is_named(self.dialect, saved, name));
        let unknown: Vec<String> = chosen.filter(|name| !is_held(name)).cloned().collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let held = held.iter().map(|it| it.name.clone()).collect();
        Err(BackupFault::NotSaved { id: self.backup.id, columns: unknown, held })
    }

    /// A fault in the condition is the operator's, and is told apart from all others.
    fn check_condition(&self, view: &View<'_>, open: &mut dyn OpenTransaction) -> Result<(), Halt> {
        let Some(condition) = &self.choice.condition else { return Ok(()) };
        let kept = kept_where(view, Some(condition));
        open.ask(&format!("SELECT count(*) FROM {kept}")).map_err(|error| {
            let place = kept_columns(&self.backup.table);
            BackupFault::Condition { error, held: place }
        })?;
        Ok(())
    }

    fn put(
        &self,
        view: &View<'_>,
        open: &mut dyn OpenTransaction,
    ) -> Result<Restoration, DatabaseError> {
        // What a dropped column holds when it is new is nobody's value.
        let blank = self.names == Names::Behind || self.backup.state == BackupState::SetAside;
        let sight = Sight::take(view, self.choice.condition.as_deref(), blank, open)?;
        let overwrites = self.choice.conflicts == Conflicts::Overwrite;
        let shown = examples(&sight, overwrites, open)?;
        let displaced = if overwrites { Displaced::copy(&sight, self.backup, open)? } else { None };
        open.rest_triggers(view.shape, true)?;
        let updated = sight.update(RESTORE, open)?;
        let overwritten = if overwrites { sight.update(CONFLICT, open)? } else { 0 };
        let pairs: Vec<_> = view.parts.iter().map(Part::pair).collect();
        let inserted = match sight.counts.missing {
            0 => 0,
            _ => {
                write::insert(
                    &view.live(),
                    &pairs,
                    &sight.saved(MISSING),
                    write::Refusals::Fail,
                    open,
                )?
                .rows
            }
        };
        open.rest_triggers(view.shape, false)?;
        // A number that is given is not given again, also where that is undone.
        let displaced = displaced.filter(|_| self.ending == Ending::Commit);
        let displaced = displaced.map(|it| it.register(view, open)).transpose()?;
        sight.close(open)?;
        // What an operator has put back in part only has its other conflicts still.
        let rest = Sight::take(view, None, blank, open)?;
        let conflicts_place = self.dialect.place(&format!("{}_conflicts", view.table.place));
        let is_left = rest.counts.restore + rest.counts.missing + rest.counts.absent > 0;
        let mut backup = self.backup.clone();
        backup.conflicts = rest.counts.conflict;
        if self.names == Names::Before && !is_left && self.choice.columns.is_empty() {
            backup.state = BackupState::Restored;
        }
        open.run(&format!("DROP TABLE IF EXISTS {}", quote_name(&conflicts_place)))?;
        if rest.counts.conflict > 0 {
            list_conflicts(&rest, &conflicts_place, open)?;
        }
        rest.close(open)?;
        Ok(Restoration {
            table: view.shape.name(),
            made_again: false,
            unmade: Vec::new(),
            updated,
            inserted,
            overwritten,
            conflicts: if overwrites { 0 } else { sight.counts.conflict },
            conflicts_place: (backup.conflicts > 0).then_some(conflicts_place),
            same: sight.counts.same,
            absent: sight.counts.absent,
            displaced,
            examples: shown,
            altered: None,
            backup,
        })
    }

    /// Writes down what has become of the backup. Sequences do not forget what was undone.
    fn conclude(
        &self,
        done: &Restoration,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        if self.ending == Ending::Commit && done.inserted > 0 {
            for sequence in &self.backup.table.sequences {
                open.advance_sequence(sequence)?;
            }
        }
        open.conclude(&done.backup)
    }
}

fn kept_columns(table: &crate::model::SavedTable) -> Vec<String> {
    let own = table.columns.iter().chain(table.identity.columns());
    let mut names: Vec<String> = own.map(|it| it.name.clone()).collect();
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}
