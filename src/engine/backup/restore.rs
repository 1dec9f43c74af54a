//! Putting back what a step destroyed, when the step is undone.
//!
//! Before the way back's own script it is seen which rows are still as the step left them; behind
//! it their values are put back. What somebody changed meanwhile stays as it is, and is listed.

use super::dialect::{COMPARED, Dialect, GONE, KEY, NTH};
use super::parts::Written;
use super::relation::{
    Live, column, count, identity_list, is_same_row, kept_from, left_value, table_sql,
};
use super::request::Tables;
use super::write::Refusals;
use crate::database::{ColumnShape, DatabaseError, OpenTransaction, TableShape};
use crate::model::{Backup, BackupState, Engine, Identity, LeftColumn, ObjectName, SavedColumn};
use crate::sql::{quote_identifier, quote_name};

/// Whether a row's overwritten columns are as the step left them.
pub(super) const UNTOUCHED: &str = "turnback_untouched";
/// Whether the columns that the step added are.
pub(super) const ADDED_UNTOUCHED: &str = "turnback_added_untouched";

/// A backup on its way back.
pub(super) struct Return {
    pub backup: Backup,
    pub dialect: Dialect,
    /// Rows the step changed and that exist, each with whether it is as the step left it.
    pub seen: Option<ObjectName>,
    /// Removed rows that somebody has made again.
    pub present: Option<ObjectName>,
    /// How many rows a table without a key had before the script.
    pub rows_before: Option<u64>,
    /// Rows that are not put back, each with what it holds instead.
    pub conflicts: ObjectName,
    pub progress: ReturnProgress,
    /// Whether rows without their parents are left out: nothing else that comes back makes these.
    pub without_parents: bool,
}

/// How far a backup's way back has come; what is undone in the transaction is undone here.
#[derive(Debug, Clone, Default)]
pub(super) struct ReturnProgress {
    pub conflict_rows: u64,
    pub has_conflicts_table: bool,
    pub restored: u64,
    /// Why not everything can be put back, if so.
    pub obstacle: Option<String>,
}

impl Return {
    pub fn new(backup: Backup, dialect: Dialect) -> Self {
        let conflicts = dialect.place(&format!("{}_conflicts", backup.table.place));
        Self {
            backup,
            dialect,
            seen: None,
            present: None,
            rows_before: None,
            conflicts,
            progress: ReturnProgress::default(),
            without_parents: false,
        }
    }

    fn own(&self, suffix: &str) -> ObjectName {
        self.dialect.place(&format!("{}_{suffix}", self.backup.table.place))
    }

    /// The table before the step, as the backup names it.
    pub fn name(&self) -> ObjectName {
        ObjectName {
            schema: self.backup.table.schema.clone(),
            name: self.backup.table.table.clone(),
        }
    }

    /// The table as the step left it, if it is there.
    pub fn found<'a>(&self, tables: &Tables<'a>) -> Option<&'a TableShape> {
        let (schema, name) = self.backup.table.after.clone()?;
        tables.find(&ObjectName { schema, name })
    }

    /// The saved rows to select from.
    pub fn kept(&self, alias: &str) -> String {
        kept_from(self.dialect, &self.backup.table, alias)
    }

    /// Looks at the table before the script: which rows are as the step left them.
    pub fn look(
        &mut self,
        tables: &Tables<'_>,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        if self.backup.conflicts > 0 {
            // An operator has put some of it back; the list is made anew.
            open.run(&format!("DROP TABLE IF EXISTS {}", quote_name(&self.conflicts)))?;
        }
        if self.backup.table.is_gone() {
            if let Some(shape) = tables.find(&self.name()) {
                self.look_for_present(shape, false, open)?;
            }
            return Ok(());
        }
        let Some(shape) = self.found(tables) else {
            self.progress.obstacle = Some(format!("table {} is not there", self.name()));
            return Ok(());
        };
        if self.backup.table.left_place.is_some() {
            self.look_at_left(shape, open)?;
            if matches!(self.backup.table.identity, Identity::Values(_)) {
                self.rows_before = Some(count(&table_sql(shape, self.dialect), open)?);
            }
            if self.backup.table.whole {
                self.look_for_present(shape, true, open)?;
            }
        }
        Ok(())
    }

    fn look_at_left(
        &mut self,
        shape: &TableShape,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let table = &self.backup.table;
        let live = Live::new(self.dialect, shape, &table.identity, |it| it.after.as_deref());
        let (Some(live), Some(left)) = (live, &table.left_place) else {
            self.progress.obstacle =
                Some(format!("columns that tell the rows of {} apart are not there", self.name()));
            return Ok(());
        };
        let same = |overwritten: bool| -> String {
            let tests: Vec<String> = table
                .left
                .iter()
                .filter(|it| it.overwritten == overwritten)
                .map(|it| match column(self.dialect, shape, &it.column.name) {
                    Some(now) => self.is_untouched(it, now),
                    None => "1 = 0".to_owned(),
                })
                .collect();
            if tests.is_empty() { "1 = 1".to_owned() } else { tests.join(" AND ") }
        };
        let overwritten: Vec<String> = table
            .left
            .iter()
            .filter(|it| it.overwritten)
            .filter_map(|it| Some(column(self.dialect, shape, &it.column.name)?.name.clone()))
            .collect();
        let (seen, left) = (self.own("seen"), quote_name(&self.dialect.place(left)));
        let identity = identity_list(&table.identity, "l");
        // A row of a wide join would have more columns than there is room for.
        let kept = if self.is_wide() {
            String::new()
        } else {
            format!("JOIN {} ON {} ", self.kept("b"), is_same_row(&table.identity, "b", "l"))
        };
        let from = format!(
            "{left} AS l {kept}JOIN {} ON {} WHERE NOT l.{GONE}",
            live.from("t"),
            live.is_row_of("t", "l")
        );
        let inner = format!(
            "SELECT {identity}, ({}) AS {UNTOUCHED}, ({}) AS {ADDED_UNTOUCHED} FROM {from}",
            same(true),
            same(false)
        );
        open.run(&format!("CREATE TABLE {} AS {}", quote_name(&seen), self.of_all_alike(&inner)))?;
        open.seal(&seen)?;
        if !overwritten.is_empty() {
            let shown = self.dialect.shown("t", &overwritten);
            let select = format!(
                "SELECT {}, {shown} AS present FROM {} AS s JOIN {} ON {} WHERE NOT s.{UNTOUCHED}",
                identity_list(&table.identity, "s"),
                quote_name(&seen),
                live.from("t"),
                live.is_row_of("t", "s")
            );
            self.list_conflicts(&select, open)?;
        }
        self.seen = Some(seen);
        Ok(())
    }

    fn is_wide(&self) -> bool {
        self.backup.table.columns.len() > COMPARED
    }

    /// Rows that nothing tells apart are as the step left them only all together: which of them was
    /// changed cannot be told.
    fn of_all_alike(&self, rows: &str) -> String {
        if matches!(self.backup.table.identity, Identity::Key(_)) {
            return rows.to_owned();
        }
        let all = |name: &str| {
            format!(
                "min(CASE WHEN a.{name} THEN 1 ELSE 0 END) OVER (PARTITION BY a.{KEY}) = 1 AS {name}"
            )
        };
        // The comparison comes first: what is grouped is its outcome, not the whole rows.
        let fence = if self.dialect.0 == Engine::Postgres { " OFFSET 0" } else { "" };
        format!(
            "SELECT a.{KEY}, a.{NTH}, {}, {} FROM ({rows}{fence}) AS a",
            all(UNTOUCHED),
            all(ADDED_UNTOUCHED)
        )
    }

    /// Whether a column is as the step left it, or holds what was saved already: an operator may
    /// have put it back.
    fn is_untouched(&self, left: &LeftColumn, now: &ColumnShape) -> String {
        let live = format!("t.{}", quote_identifier(&now.name));
        let place = left_value("l", left);
        let as_left = self.dialect.is_same(&live, now, &place, &left.column);
        let mut saved = self.backup.table.columns.iter();
        let saved = saved.find(|it| it.after.as_ref() == Some(&left.column.name));
        match saved.filter(|_| left.overwritten && !self.is_wide()) {
            Some(saved) => {
                let kept = format!("b.{}", quote_identifier(&saved.name));
                format!("({as_left} OR {})", self.dialect.is_same(&live, now, &kept, saved))
            }
            None => as_left,
        }
    }

    /// Removed rows that somebody has made again since.
    fn look_for_present(
        &mut self,
        shape: &TableShape,
        only_gone: bool,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let table = &self.backup.table;
        let name = |saved: &SavedColumn| -> Option<String> {
            if only_gone { saved.after.clone() } else { Some(saved.name.clone()) }
        };
        let names: Vec<(String, Option<String>)> =
            table.identity.columns().iter().map(|it| (it.name.clone(), name(it))).collect();
        let now = |saved: &SavedColumn| {
            names.iter().find(|(own, _)| *own == saved.name).and_then(|(_, now)| now.as_deref())
        };
        let Some(live) = Live::new(self.dialect, shape, &table.identity, now) else {
            return Ok(());
        };
        let gone = match (&table.left_place, only_gone) {
            (Some(left), true) => {
                format!(
                    "(SELECT * FROM {} WHERE {GONE}) AS b",
                    quote_name(&self.dialect.place(left))
                )
            }
            _ => self.kept("b"),
        };
        let present = self.own("present");
        open.run(&format!(
            "CREATE TABLE {} AS SELECT {} FROM {gone} JOIN {} ON {}",
            quote_name(&present),
            identity_list(&table.identity, "b"),
            live.from("t"),
            live.is_row_of("t", "b")
        ))?;
        open.seal(&present)?;
        self.present = Some(present);
        Ok(())
    }

    /// What becomes of rows that the table's own rules refuse.
    pub const fn refusals(&self) -> Refusals {
        Refusals::LeaveOut { without_parents: self.without_parents }
    }

    /// Lists the rows that were refused, and returns how many were not.
    pub fn list_refused(
        &mut self,
        found: &str,
        written: Written,
        open: &mut dyn OpenTransaction,
    ) -> Result<u64, DatabaseError> {
        let address = self.dialect.addresses()[0];
        for (row, reason) in written.refused {
            let select = format!(
                "SELECT {}, {} AS present FROM {found} AND b.{address} = {}",
                identity_list(&self.backup.table.identity, "b"),
                self.dialect.literal(&reason),
                self.dialect.address_literal(&row)
            );
            self.list_conflicts(&select, open)?;
        }
        Ok(written.rows)
    }

    /// Adds rows to the list of those that are not put back.
    pub fn list_conflicts(
        &mut self,
        select: &str,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let name = quote_name(&self.conflicts);
        if self.progress.has_conflicts_table {
            self.progress.conflict_rows += open.run(&format!("INSERT INTO {name} {select}"))?;
            return Ok(());
        }
        open.run(&format!("CREATE TABLE {name} AS {select}"))?;
        open.seal(&self.conflicts)?;
        self.progress.has_conflicts_table = true;
        let counted = open.ask(&format!("SELECT count(*) FROM {name}"))?;
        let count = counted.rows.first().and_then(|row| row.first().cloned()).flatten();
        self.progress.conflict_rows += count.and_then(|it| it.parse().ok()).unwrap_or(0);
        Ok(())
    }

    /// Removes what only helped, and writes down what has become of the backup.
    pub fn finish(&mut self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        for helper in self.seen.iter().chain(&self.present) {
            open.run(&format!("DROP TABLE {}", quote_name(helper)))?;
        }
        if self.progress.has_conflicts_table && self.progress.conflict_rows == 0 {
            open.run(&format!("DROP TABLE {}", quote_name(&self.conflicts)))?;
        }
        self.backup.state = match self.progress.obstacle {
            Some(_) => BackupState::SetAside,
            None => BackupState::Restored,
        };
        self.backup.conflicts = self.progress.conflict_rows;
        open.conclude(&self.backup)
    }
}
