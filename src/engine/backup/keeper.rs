//! What is done around a script, in its order.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::Dialect;
use super::loss::{Ledger, Loss, LossKind};
use super::request::{Names, Requests, Tables};
use super::restore::Return;
use super::scope::{Part, Scope};
use super::unit::Unit;
use super::{Restored, Saved, Saving};
use crate::database::{
    DatabaseError, Interrupt, Keeper, OpenTransaction, TableDigest, TableLock, TableShape, Touch,
};
use crate::engine::tries::Tries;
use crate::engine::{Observer, Progress};
use crate::model::{Backup, Blocker, Engine, ObjectName};
use crate::plan::Direction;
use crate::sql::{ParsedScript, Statement, StatementKind};

/// Tables below this are saved without asking whether there is room.
const NEGLIGIBLE: u64 = 16 << 20;

/// How long locks are tried for, and what ends that early.
pub(in crate::engine) struct Patience<'a> {
    pub tries: &'a mut Tries,
    pub interrupt: &'a Interrupt,
}

/// Saves and puts back around one script, or one statement of it.
pub(in crate::engine) struct BackupKeeper<'a> {
    pub(super) dialect: Dialect,
    pub(super) saving: Saving,
    pub(super) part: Part<'a>,
    scope: Scope,
    patience: Patience<'a>,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) returns: Vec<Return>,
    pub(super) before: Vec<TableShape>,
    pub(super) units: Vec<Unit>,
    /// What earlier attempts found out only while the script ran.
    pub(super) found: Requests,
    /// The tables that statements have touched by now, by their ids.
    pub(super) touched: BTreeSet<String>,
    /// How many rows of which table were updated while the script paused.
    pub(super) put_early: BTreeMap<String, u64>,
    /// Tables without a key whose rows were changed in columns that nobody named.
    pub(super) unseen: BTreeSet<String>,
    /// Why the step must not be committed.
    pub losses: Vec<Loss>,
    /// What was saved.
    pub saved: Vec<Saved>,
    /// What was put back.
    pub restored: Vec<Restored>,
}

impl<'a> BackupKeeper<'a> {
    pub fn new(
        engine: Engine,
        saving: Saving,
        part: Part<'a>,
        backups: Vec<Backup>,
        (patience, observer): (Patience<'a>, &'a mut dyn Observer),
    ) -> Self {
        let dialect = Dialect(engine);
        Self {
            dialect,
            saving,
            part,
            scope: Scope::of(engine, &part),
            patience,
            observer,
            returns: backups.into_iter().map(|it| Return::new(it, dialect)).collect(),
            before: Vec::new(),
            units: Vec::new(),
            put_early: BTreeMap::new(),
            unseen: BTreeSet::new(),
            found: Requests::default(),
            touched: BTreeSet::new(),
            losses: Vec::new(),
            saved: Vec::new(),
            restored: Vec::new(),
        }
    }

    /// The tables there are; those that can be meant, where it is known which they are.
    /// What was looked at before the script is looked at behind it as well.
    pub(super) fn look(
        &mut self,
        touches: &[Touch],
        open: &mut dyn OpenTransaction,
    ) -> Result<Vec<TableShape>, DatabaseError> {
        if !self.scope.is_known {
            return open.shapes();
        }
        let mut names = self.scope.names.clone();
        names.extend(touches.iter().map(|it| it.table.clone()));
        for back in &self.returns {
            names.insert(back.backup.table.table.clone());
            names.extend(back.backup.table.after.iter().map(|(_, name)| name.clone()));
        }
        names.extend(self.units.iter().map(|unit| unit.shape.table.clone()));
        if let Some(shapes) = open.shapes_of(&names, &self.scope.calls)? {
            return Ok(shapes);
        }
        self.scope.is_known = false;
        open.shapes()
    }

    /// Whether the script can have destroyed nothing, and nothing is to be put back: all it touches is
    /// known, and it only adds.
    fn has_nothing_to_do(&self) -> bool {
        let only_adds = |it: &Statement| it.changes.is_empty() && it.destroys.is_empty();
        self.scope.is_known
            && self.units.is_empty()
            && self.returns.is_empty()
            && self.part.statements.iter().all(only_adds)
    }

    /// The script that undoes a migration; `None` where it cannot be read.
    pub(super) fn way_back(&self) -> Option<&ParsedScript> {
        let step = self.part.step;
        let back = match step.direction {
            Direction::Forward => &step.rollback,
            Direction::Back => &step.script,
        };
        let parse = || crate::sql::parse(self.dialect.0, &back.file, &back.stored.text).ok();
        self.part.way_back.get_or_init(parse).as_ref()
    }

    pub(super) fn remark(&mut self, text: &str) {
        self.observer.notice(Progress::Remark(format!("{}: {text}", self.part.step.label())));
    }

    /// Makes the copies of the units from the one of that number.
    pub(super) fn copy_from(
        &mut self,
        first: usize,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let total: u64 = self.units.iter().skip(first).map(|unit| unit.shape.bytes).sum();
        if total > NEGLIGIBLE {
            let needed = self.units.iter().skip(first).map(Unit::expected_bytes).sum();
            match open.free_bytes()? {
                Some(free) if free < needed => return Err(DatabaseError::NoRoom { needed, free }),
                _ => {}
            }
        }
        let mut done = 0;
        for unit in self.units.iter_mut().skip(first) {
            unit.read_sequences(self.dialect, open)?;
            if unit.request.table {
                unit.definition = open.definition(&unit.shape)?;
            }
            let table = unit.shape.name().to_string();
            let observer = &mut *self.observer;
            if unit.is_postponed() {
                continue;
            }
            observer.notice(Progress::Saving { table: &table, done, total });
            let bytes = unit.shape.bytes;
            unit.copy(self.dialect, open, &mut |copied| {
                observer.notice(Progress::Saving { table: &table, done: done + copied, total });
            })?;
            done += bytes;
        }
        Ok(())
    }

    /// Locks what was copied, what is to be put back into and what the script will lock, in one order
    /// for every runner. What was copied need not be copied again where a lock takes several tries.
    fn lock(&mut self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        let tables = Tables { dialect: self.dialect, shapes: &self.before };
        let mut locks: Vec<(ObjectName, TableLock)> = self.units.iter().map(Unit::lock).collect();
        let into = self.returns.iter().filter_map(|it| it.found(&tables));
        locks.extend(into.map(|shape| (shape.name(), TableLock::AgainstWrites)));
        locks.sort_by(|(one, lock), (other, theirs)| one.cmp(other).then(theirs.cmp(lock)));
        locks.dedup_by(|(one, _), (other, _)| one == other);
        let Patience { tries, interrupt } = &mut self.patience;
        loop {
            match open.lock(&locks, tries.wait) {
                Err(error) if error.is_lock_conflict() => {
                    let mut end = |blocker: &Blocker| open.end_blocker(blocker);
                    tries.pause(error, interrupt, self.observer, &mut end)?;
                }
                outcome => return outcome,
            }
        }
    }

    /// Finds out how rows without a key can be told apart that got values in columns that nobody
    /// named.
    fn tell_apart(
        &mut self,
        shapes: &[TableShape],
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        for unit in self.units.iter_mut().filter(|it| self.unseen.contains(&it.shape.id)) {
            let after = shapes.iter().find(|shape| shape.id == unit.shape.id);
            let Some(after) = after else { continue };
            let told = unit.tell_apart_by_what_stayed(self.dialect, after, open);
            if matches!(told, Err(DatabaseError::Withheld)) {
                self.losses.push(Loss { table: unit.shape.name(), kind: LossKind::NoKey });
            }
            told?;
        }
        Ok(())
    }

    /// What was destroyed without a copy. An engine that tells beforehand what a statement touches
    /// leaves nothing uncopied.
    fn find_losses(&mut self, after: &[TableShape], rows: &[u64]) {
        if self.saving == Saving::Nothing || self.dialect.0 == Engine::Sqlite {
            return;
        }
        let tables = Tables { dialect: self.dialect, shapes: &self.before };
        let mut names = Names::new(&tables);
        self.part.statements.iter().for_each(|statement| names.pass(statement));
        let finds = |name: &ObjectName| {
            // A name may have stood for its table before the script gave it another one.
            let shape = names.find(name).or_else(|| tables.find(name));
            shape.map(|shape| shape.id.clone())
        };
        let ledger = Ledger {
            before: &self.before,
            after,
            units: &self.units,
            statements: self.part.statements,
            rows,
            put_early: &self.put_early,
            finds: &finds,
        };
        let (losses, unseen) = (ledger.losses(), ledger.unseen());
        (self.losses, self.unseen) = (losses, unseen);
    }
}

/// A fingerprint as the register holds it.
pub(super) fn hash_text(digest: &TableDigest) -> String {
    format!("{}:{}:{}", digest.rows, digest.sums[0], digest.sums[1])
}

impl Keeper for BackupKeeper<'_> {
    fn before(&mut self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        // A transaction that is tried again starts from nothing.
        self.units.clear();
        self.put_early.clear();
        self.touched.clear();
        self.saved.clear();
        self.restored.clear();
        self.before = self.look(&[], open)?;
        self.plan(open)?;
        self.choose(open)?;
        self.copy_from(0, open)?;
        self.lock(open)?;
        for unit in &mut self.units {
            if unit.is_postponed() {
                unit.copy_few(self.dialect, open)?;
            } else {
                unit.catch_up(self.dialect, open)?;
            }
        }
        let tables = Tables { dialect: self.dialect, shapes: &self.before };
        let migration = self.part.step.script.stored.digest.to_string();
        for back in &mut self.returns {
            *back = Return::new(back.backup.clone(), self.dialect);
            let of_other = back.backup.table.migration.as_ref().is_some_and(|it| *it != migration);
            if of_other {
                back.progress.obstacle = Some("the migration's text has changed since".to_owned());
                continue;
            }
            back.look(&tables, open)?;
        }
        Ok(())
    }

    fn pauses(&self) -> Vec<usize> {
        let sets = |it: &Statement| it.kind == StatementKind::Session;
        if self.dialect.0 == Engine::Postgres && self.part.statements.iter().any(sets) {
            return Vec::new();
        }
        let dropped =
            |back: &&Return| back.backup.table.columns.iter().any(|column| column.after.is_none());
        let names: BTreeSet<&str> =
            self.returns.iter().filter(dropped).map(|it| it.backup.table.table.as_str()).collect();
        let changes = |statement: &Statement| {
            statement.changes.iter().any(|it| names.contains(it.table.name.as_str()))
        };
        let pauses = self.part.statements.iter().enumerate().filter(|(_, it)| changes(it));
        pauses.map(|(index, _)| index).collect()
    }

    fn at_statement(
        &mut self,
        index: usize,
        touches: &[Touch],
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        if self.saving != Saving::Nothing && !touches.is_empty() {
            self.save_touched(index, touches, open)?;
        }
        if self.pauses().contains(&index) {
            let shapes = self.look(touches, open)?;
            let tables = Tables { dialect: self.dialect, shapes: &shapes };
            for back in &mut self.returns {
                if let Some((table, rows)) = back.put_early(&tables, open)? {
                    *self.put_early.entry(table).or_default() += rows;
                }
            }
        }
        Ok(())
    }

    fn behind(
        &mut self,
        rows: &[u64],
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        if self.has_nothing_to_do() {
            return Ok(());
        }
        let after = self.look(&[], open)?;
        self.find_losses(&after, rows);
        if !self.losses.is_empty() {
            return Err(DatabaseError::Withheld);
        }
        self.tell_apart(&after, open)?;
        self.put_all_back(&after, open)?;
        self.settle_all(&after, open)
    }
}
