//! The statements that put saved rows and values back.

use super::dialect::{COMPARED, GONE};
use super::relation::{Live, column, count, is_same_row};
use super::restore::{ADDED_UNTOUCHED, Return, UNTOUCHED};
use super::write::{self, Pair, Values};
use crate::database::{DatabaseError, OpenTransaction, TableShape};
use crate::model::Identity;
use crate::sql::{quote_identifier, quote_name};

/// What goes back into a table.
pub(super) struct Put<'a> {
    shape: &'a TableShape,
    identity: Identity,
    /// Every saved column that is there.
    all: Vec<Pair>,
    /// Those of them that rows are not told apart by.
    values: Vec<Pair>,
    /// Columns that the step overwrote.
    pub overwritten: Vec<Pair>,
    /// Columns that the step dropped.
    pub dropped: Vec<Pair>,
    /// Saved columns that are not there.
    pub missing: Vec<String>,
    /// Whether whole rows may have to come back.
    pub has_rows: bool,
}

impl<'a> Put<'a> {
    /// `None` where the rows cannot be told apart any more.
    pub fn new(of: &Return, shape: &'a TableShape) -> Option<Self> {
        let table = &of.backup.table;
        let (mut all, mut missing) = (Vec::new(), Vec::new());
        for saved in &table.columns {
            match column(of.dialect, shape, &saved.name) {
                Some(now) if now.generated => {}
                Some(now) => all.push((saved.clone(), now.clone())),
                None => missing.push(saved.name.clone()),
            }
        }
        let is_overwritten = |pair: &&Pair| {
            let changed = table.left.iter().filter(|it| it.overwritten);
            changed.map(|it| it.column.name.as_str()).any(|it| pair.0.after.as_deref() == Some(it))
        };
        let overwritten = all.iter().filter(is_overwritten).cloned().collect();
        let dropped = all.iter().filter(|(saved, _)| saved.after.is_none()).cloned().collect();
        let is_value =
            |pair: &&Pair| table.identity.columns().iter().all(|column| column.name != pair.0.name);
        let values = all.iter().filter(is_value).cloned().collect();
        let put = Self {
            shape,
            values,
            identity: table.identity.clone(),
            overwritten,
            dropped,
            all,
            missing,
            has_rows: table.is_gone() || (table.whole && table.left_place.is_some()),
        };
        let is_found = shape.addressed || !shape.keys.is_empty();
        (is_found && put.live(of).is_some()).then_some(put)
    }

    fn live(&self, of: &Return) -> Option<Live<'_>> {
        Live::new(of.dialect, self.shape, &self.identity, |saved| Some(saved.name.as_str()))
    }

    /// Whether rows without a key can be told apart as before the script. A trigger may have changed
    /// columns that do so: the rows that nobody knows are these, then. Where none of them was touched
    /// since the step, they go, and are made again with the rest of what was saved; otherwise they
    /// must not be made a second time.
    pub fn keeps_track(
        &self,
        of: &Return,
        open: &mut dyn OpenTransaction,
    ) -> Result<bool, DatabaseError> {
        let (Some(before), Some(seen), Some(live)) = (of.rows_before, &of.seen, self.live(of))
        else {
            return Ok(true);
        };
        let (seen, from) = (quote_name(seen), live.from("t"));
        let is_row = live.is_row_of("t", "s");
        let lost = format!(
            "{seen} AS s LEFT JOIN {from} ON {is_row} WHERE {} IS NULL",
            live.presence("t")
        );
        let lost_rows = count(&lost, open)?;
        if lost_rows <= before.saturating_sub(count(&live.table(), open)?) {
            return Ok(true);
        }
        let unknown =
            format!("{from} LEFT JOIN {seen} AS s ON {is_row} WHERE s.{UNTOUCHED} IS NULL");
        let are_made_again = !of.backup.rolling_back
            && of.backup.table.whole
            && count(&format!("{lost} AND s.{UNTOUCHED}"), open)? == lost_rows
            && count(&unknown, open)? == lost_rows;
        if are_made_again {
            open.run(&format!(
                "DELETE FROM {} AS d WHERE EXISTS (SELECT 1 FROM (SELECT {} FROM {unknown}) AS u \
                 WHERE {})",
                live.table(),
                live.address_list("t"),
                live.is_at("d", "u")
            ))?;
        }
        Ok(are_made_again)
    }

    fn differs(of: &Return, pairs: &[Pair]) -> String {
        if pairs.len() > COMPARED {
            return "1 = 1".to_owned();
        }
        let tests: Vec<String> = pairs
            .iter()
            .map(|(saved, now)| {
                let live = format!("t.{}", quote_identifier(&now.name));
                let kept = format!("b.{}", quote_identifier(&saved.name));
                format!("NOT ({})", of.dialect.is_same(&live, now, &kept, saved))
            })
            .collect();
        if tests.is_empty() { "1 = 0".to_owned() } else { tests.join(" OR ") }
    }

    fn update(
        &self,
        of: &Return,
        pairs: &[Pair],
        found: &str,
        open: &mut dyn OpenTransaction,
    ) -> Result<u64, DatabaseError> {
        match self.live(of) {
            Some(live) => write::update(&live, pairs, found, open),
            None => Ok(0),
        }
    }

    /// Values the step overwrote, in rows that are as it left them, and values of columns it
    /// dropped. Where the script computed one of these from something that was changed since, that
    /// value stays. All at once: rows without a key might be paired otherwise the second time.
    pub fn lost_values(
        &self,
        of: &mut Return,
        open: &mut dyn OpenTransaction,
    ) -> Result<u64, DatabaseError> {
        let untouched = format!("coalesce(s.{UNTOUCHED}, 1 = 0)");
        let overwritten = if of.seen.is_some() { &self.overwritten[..] } else { &[] };
        let dropped = if of.backup.table.is_gone() { &[] } else { &self.dropped[..] };
        let free = format!("NOT ({})", self.dropped_conflict(of));
        let (Some(live), Some(found)) = (self.live(of), self.dropped_found(of)) else {
            return Ok(0);
        };
        let mut tests = Vec::new();
        if !overwritten.is_empty() {
            tests.push(format!("({untouched} AND ({}))", Self::differs(of, overwritten)));
        }
        if !dropped.is_empty() {
            tests.push(format!("({free} AND ({}))", Self::differs(of, dropped)));
        }
        if tests.is_empty() {
            return Ok(0);
        }
        let found = format!("{found} WHERE ({})", tests.join(" OR "));
        // Of one kind alone, the rows that are found are the ones.
        let is_mixed = !overwritten.is_empty() && !dropped.is_empty();
        let condition = |condition| if is_mixed { condition } else { "" };
        let groups = [
            Values { pairs: overwritten, condition: condition(untouched.as_str()) },
            Values { pairs: dropped, condition: condition(free.as_str()) },
        ];
        let written = write::update_where(&live, &groups, &found, of.refusals(), open)?;
        of.list_refused(&found, written, open)
    }

    /// Values of dropped columns alone, while the script has not come to its end.
    pub fn dropped_values(
        &self,
        of: &Return,
        open: &mut dyn OpenTransaction,
    ) -> Result<u64, DatabaseError> {
        let Some(found) = self.dropped_found(of) else { return Ok(0) };
        let touched = format!("AND NOT ({})", self.dropped_conflict(of));
        let differs = Self::differs(of, &self.dropped);
        let found = format!("{found} WHERE ({differs}) {touched}");
        self.update(of, &self.dropped, &found, open)
    }

    fn dropped_found(&self, of: &Return) -> Option<String> {
        let live = self.live(of)?;
        let seen = of.seen.as_ref().map_or_else(String::new, |seen| {
            format!(
                " LEFT JOIN {} AS s ON {}",
                quote_name(seen),
                is_same_row(&self.identity, "b", "s")
            )
        });
        let from = live.from("t");
        Some(format!("{} JOIN {from} ON {}{seen}", of.kept("b"), live.is_row_of("t", "b")))
    }

    /// Whether a row holds a value of the script's own, computed from what was changed since.
    fn dropped_conflict(&self, of: &Return) -> String {
        if of.seen.is_none() || !of.backup.table.left.iter().any(|it| !it.overwritten) {
            return "1 = 0".to_owned();
        }
        let filled: Vec<String> = self
            .dropped
            .iter()
            .map(|(saved, now)| {
                let live = format!("t.{}", quote_identifier(&now.name));
                let kept = format!("b.{}", quote_identifier(&saved.name));
                format!(
                    "({live} IS NOT NULL AND NOT ({}))",
                    of.dialect.is_same(&live, now, &kept, saved)
                )
            })
            .collect();
        format!("coalesce(NOT s.{ADDED_UNTOUCHED}, 1 = 0) AND ({})", filled.join(" OR "))
    }

    /// Lists the rows that keep a value the script computed.
    pub fn list_dropped_conflicts(
        &self,
        of: &mut Return,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let conflict = self.dropped_conflict(of);
        let Some(found) = self.dropped_found(of).filter(|_| conflict != "1 = 0") else {
            return Ok(());
        };
        let names: Vec<String> = self.dropped.iter().map(|(_, now)| now.name.clone()).collect();
        let select = format!(
            "SELECT {}, {} AS present FROM {found} WHERE {conflict}",
            super::relation::identity_list(&self.identity, "b"),
            of.dialect.shown("t", &names)
        );
        of.list_conflicts(&select, open)
    }

    /// Rows that the step removed. Those the script has made itself get their values; those that
    /// somebody made again stay as they are.
    pub fn rows(
        &self,
        of: &mut Return,
        open: &mut dyn OpenTransaction,
    ) -> Result<u64, DatabaseError> {
        let Some(live) = self.live(of) else { return Ok(0) };
        let gone = match (&of.backup.table.left_place, of.backup.table.is_gone()) {
            (Some(left), false) => format!(
                "{} JOIN {} AS l ON {} AND l.{GONE}",
                of.kept("b"),
                quote_name(&of.dialect.place(left)),
                is_same_row(&self.identity, "b", "l")
            ),
            _ => of.kept("b"),
        };
        let present = of.present.as_ref().map_or_else(
            || (String::new(), "1 = 1".to_owned(), "1 = 0".to_owned()),
            |present| {
                let join = format!(
                    " LEFT JOIN (SELECT p.*, 1 AS turnback_there FROM {} AS p) AS p ON {}",
                    quote_name(present),
                    is_same_row(&self.identity, "b", "p")
                );
                (join, "p.turnback_there IS NULL".to_owned(), "p.turnback_there = 1".to_owned())
            },
        );
        let (join, absent, there) = present;
        let (from, is_row) = (live.from("t"), live.is_row_of("t", "b"));
        let differs = Self::differs(of, &self.all);
        if of.present.is_some() {
            let names: Vec<String> = self.all.iter().map(|(_, now)| now.name.clone()).collect();
            let select = format!(
                "SELECT {}, {} AS present FROM {gone}{join} JOIN {from} ON {is_row} \
                 WHERE {there} AND ({differs})",
                super::relation::identity_list(&self.identity, "b"),
                of.dialect.shown("t", &names)
            );
            of.list_conflicts(&select, open)?;
        }
        let mut restored = 0;
        if matches!(self.identity, Identity::Key(_)) {
            let found =
                format!("{gone}{join} JOIN {from} ON {is_row} WHERE {absent} AND ({differs})");
            let groups = [Values { pairs: &self.values, condition: "" }];
            let written = write::update_where(&live, &groups, &found, of.refusals(), open)?;
            restored += of.list_refused(&found, written, open)?;
        }
        // First the rows of which there are fewer now: of equal ones those are the first, so that
        // the others are still missed behind them.
        restored += self.removed_by_script(of, &live, open)?;
        let found =
            format!("{gone} LEFT JOIN {from} ON {is_row} WHERE {} IS NULL", live.presence("t"));
        let written = write::insert(&live, &self.all, &found, of.refusals(), open)?;
        restored += of.list_refused(&found, written, open)?;
        Ok(restored)
    }

    /// Rows that were there until the script removed them itself. A migration that removes rows once
    /// more means to.
    fn removed_by_script(
        &self,
        of: &mut Return,
        live: &Live<'_>,
        open: &mut dyn OpenTransaction,
    ) -> Result<u64, DatabaseError> {
        let is_way_back = !of.backup.rolling_back && of.backup.table.whole;
        let Some(seen) = of.seen.as_ref().filter(|_| is_way_back) else { return Ok(0) };
        let found = format!(
            "{} JOIN {} AS s ON {} AND s.{UNTOUCHED} LEFT JOIN {} ON {} WHERE {} IS NULL",
            of.kept("b"),
            quote_name(seen),
            is_same_row(&self.identity, "b", "s"),
            live.from("t"),
            live.is_row_of("t", "b"),
            live.presence("t")
        );
        let written = write::insert(live, &self.all, &found, of.refusals(), open)?;
        of.list_refused(&found, written, open)
    }
}
