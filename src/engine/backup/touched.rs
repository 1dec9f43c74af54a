//! What a statement turns out to touch when it is about to run: what triggers and foreign keys do,
//! and tables that got another name by then.

use super::keeper::BackupKeeper;
use super::relation::{column, same_column};
use super::request::{Names, Request, Requests, Tables};
use crate::database::{DatabaseError, OpenTransaction, TableLock, TableShape, Touch};
use crate::model::ObjectName;

impl BackupKeeper<'_> {
    /// Saves what a statement is about to touch, where it is not saved yet. Of a table that is no
    /// longer as the script found it nothing can be saved any more; then everything begins anew.
    pub(super) fn save_touched(
        &mut self,
        index: usize,
        touches: &[Touch],
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let now = self.look(touches, open)?;
        let mut requests = self.asked_for(index, touches, &now);
        let ids: Vec<String> = requests.0.keys().cloned().collect();
        requests.0.retain(|id, request| request.is_needed() && !self.is_saved(id, request));
        if !requests.0.is_empty() {
            self.found.take(&requests);
            self.save_now(&requests, &now, open)?;
        }
        self.touched.extend(ids);
        Ok(())
    }

    /// What a statement destroys of the tables as they were before the script.
    fn asked_for(&self, index: usize, touches: &[Touch], now: &[TableShape]) -> Requests {
        let tables = Tables { dialect: self.dialect, shapes: now };
        let mut of_now = Requests::default();
        for touch in touches {
            let Some(shape) = tables.find(&ObjectName::bare(&touch.table)) else { continue };
            match &touch.column {
                None => of_now.whole(shape),
                Some(name) => {
                    let column = column(self.dialect, shape, name);
                    of_now.overwrite(shape, column, TableLock::AgainstWrites);
                }
            }
        }
        if let Some(statement) = self.part.statements.get(index) {
            of_now.add_statement(&Names::new(&tables), statement);
        }
        let mut of_before = Requests::default();
        for (id, request) in of_now.0 {
            let by_id = |shapes: &'_ [TableShape]| shapes.iter().position(|it| it.id == id);
            // What the script has made itself was not there before.
            let (Some(before), Some(then)) = (by_id(&self.before), by_id(now)) else { continue };
            let request = self.as_of_before(request, &now[then], &self.before[before]);
            of_before.0.insert(id, request);
        }
        of_before
    }

    /// The same request by the names the columns had before the script.
    fn as_of_before(&self, request: Request, now: &TableShape, before: &TableShape) -> Request {
        let mut named = Request { columns: [].into(), converted: [].into(), ..request };
        let is_there = |name: &String| column(self.dialect, now, name).is_some();
        let knows_all = before.columns.iter().all(|it| is_there(&it.name));
        for name in request.columns {
            let found = same_column(self.dialect, now, &name, before);
            named.columns.extend(found.map(|it| it.name.clone()));
            // It may be new, or one that cannot be told from those that have other names now.
            named.rows |= found.is_none() && !knows_all;
        }
        let converted = request.converted.iter();
        let converted = converted.filter_map(|it| same_column(self.dialect, now, it, before));
        named.converted = converted.map(|it| it.name.clone()).collect();
        named
    }

    fn is_saved(&self, id: &str, request: &Request) -> bool {
        let of_table = |unit: &&super::unit::Unit| unit.shape.id == id;
        self.units.iter().find(of_table).is_some_and(|unit| {
            let columns = unit.whole || request.columns.is_subset(&unit.request.columns);
            columns && (unit.whole || !request.rows) && (unit.request.table || !request.table)
        })
    }

    fn save_now(
        &mut self,
        requests: &Requests,
        now: &[TableShape],
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let mut wanted = Requests::default();
        wanted.take(requests);
        for id in requests.0.keys() {
            let is_of = |shape: &&TableShape| shape.id == *id;
            let pair = self.before.iter().find(is_of).zip(now.iter().find(is_of));
            let is_fresh = !self.touched.contains(id)
                && pair.is_some_and(|(before, now)| {
                    let stays = |name: &str| column(self.dialect, now, name).is_some();
                    before.name() == now.name() && before.columns.iter().all(|it| stays(&it.name))
                });
            if !is_fresh {
                return Err(DatabaseError::Anew);
            }
            if let Some(known) = self.units.iter().position(|unit| unit.shape.id == *id) {
                let known = self.units.remove(known);
                known.discard(open)?;
                wanted.take(&Requests([(id.clone(), known.request)].into()));
            }
        }
        let first = self.units.len();
        let shapes = self.before.clone();
        self.add_units(&shapes, wanted, open)?;
        self.copy_from(first, open)
    }
}
