//! Putting back: what there is to put, in which order, and what is told of it.

use super::Restored;
use super::keeper::BackupKeeper;
use super::put::Put;
use super::request::Tables;
use super::restore::Return;
use crate::database::{DatabaseError, OpenTransaction, TableShape};
use crate::sql::quote_name;

/// How many rows that were not put back are shown.
const EXAMPLES: usize = 5;

impl Return {
    /// Puts values of dropped columns back as soon as their columns are there, before the script
    /// fills them itself. Returns how many rows it updated, and of which table.
    pub fn put_early(
        &mut self,
        tables: &Tables<'_>,
        open: &mut dyn OpenTransaction,
    ) -> Result<Option<(String, u64)>, DatabaseError> {
        if self.progress.obstacle.is_some() || self.backup.table.is_gone() {
            return Ok(None);
        }
        if let Some(shape) = tables.find(&self.name())
            && let Some(put) = Put::new(self, shape)
            && !put.dropped.is_empty()
        {
            open.rest_triggers(shape, true)?;
            let outcome = put.dropped_values(self, open);
            open.rest_triggers(shape, false)?;
            return Ok(Some((shape.id.clone(), outcome?)));
        }
        Ok(None)
    }

    /// Puts back what can be.
    pub fn put_back(
        &mut self,
        tables: &Tables<'_>,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        if self.progress.obstacle.is_some() {
            return Ok(());
        }
        let Some(shape) = tables.find(&self.name()) else {
            self.progress.obstacle = Some(format!("table {} is not there", self.name()));
            return Ok(());
        };
        let Some(put) = Put::new(self, shape) else {
            self.progress.obstacle =
                Some(format!("columns that tell the rows of {} apart are not there", self.name()));
            return Ok(());
        };
        if !put.keeps_track(self, open)? {
            self.progress.obstacle =
                Some(format!("the script changed what tells the rows of {} apart", self.name()));
            return Ok(());
        }
        let missing: Vec<&str> = put.missing.iter().map(String::as_str).collect();
        if !missing.is_empty() {
            self.progress.obstacle =
                Some(format!("{} has no column {}", self.name(), missing.join(", ")));
        }
        let mut restored = 0;
        if !put.dropped.is_empty() && !self.backup.table.is_gone() {
            put.list_dropped_conflicts(self, open)?;
        }
        restored += put.lost_values(self, open)?;
        // Rows that come back count among those without a key, so they come last.
        if put.has_rows {
            restored += put.rows(self, open)?;
        }
        self.progress.restored += restored;
        for sequence in &self.backup.table.sequences {
            open.advance_sequence(sequence)?;
        }
        Ok(())
    }
}

impl BackupKeeper<'_> {
    /// Puts back, referenced tables before those that refer to them: what fails for want of a row
    /// of another table is tried again behind the others.
    pub(super) fn put_all_back(
        &mut self,
        shapes: &[TableShape],
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let tables = Tables { dialect: self.dialect, shapes };
        let mut waiting: Vec<Return> = std::mem::take(&mut self.returns);
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut failed = Vec::new();
            let mut error = None;
            for mut back in waiting {
                open.run("SAVEPOINT turnback_return")?;
                let progress = back.progress.clone();
                match put_one(&mut back, &tables, open) {
                    Ok(()) => {
                        open.run("RELEASE SAVEPOINT turnback_return")?;
                        self.restored.push(told(&back, open)?);
                    }
                    // foreign_key_violation
                    Err(fault) if fault.code() == Some("23503") => {
                        open.run("ROLLBACK TO SAVEPOINT turnback_return")?;
                        back.progress = progress;
                        error = Some(fault);
                        failed.push(back);
                    }
                    Err(fault) => return Err(fault),
                }
            }
            if failed.len() == before
                && let Some(error) = error
            {
                if failed.iter().all(|back| back.without_parents) {
                    return Err(error);
                }
                for back in &mut failed {
                    back.without_parents = true;
                }
            }
            waiting = failed;
        }
        Ok(())
    }
}

fn put_one(
    back: &mut Return,
    tables: &Tables<'_>,
    open: &mut dyn OpenTransaction,
) -> Result<(), DatabaseError> {
    let shape = tables.find(&back.name());
    if let Some(shape) = shape {
        open.rest_triggers(shape, true)?;
    }
    back.put_back(tables, open)?;
    if let Some(shape) = shape {
        open.rest_triggers(shape, false)?;
    }
    back.finish(open)
}

fn told(back: &Return, open: &mut dyn OpenTransaction) -> Result<Restored, DatabaseError> {
    let listed = back.progress.conflict_rows > 0;
    let mut examples = Vec::new();
    if listed {
        let sql = format!("SELECT * FROM {} LIMIT {EXAMPLES}", quote_name(&back.conflicts));
        let rows = open.ask(&sql)?;
        for row in &rows.rows {
            let pairs =
                rows.columns.iter().zip(row).filter(|(name, _)| !name.starts_with("turnback_"));
            let pairs: Vec<String> = pairs
                .map(|(name, value)| format!("{name} {}", value.as_deref().unwrap_or("NULL")))
                .collect();
            examples.push(pairs.join(", "));
        }
    }
    Ok(Restored {
        table: back.name(),
        place: back.dialect.place(&back.backup.table.place),
        rows: back.progress.restored,
        conflicts: back.progress.conflict_rows,
        conflicts_place: listed.then(|| back.conflicts.clone()),
        examples,
        obstacle: back.progress.obstacle.clone(),
    })
}
