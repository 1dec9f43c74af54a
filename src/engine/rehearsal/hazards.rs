//! Dangers that the text of a statement did not tell.

use std::collections::BTreeSet;

use super::observed::{Observed, ObservedHazard, ObservedLock, RehearsedStep, Scan};
use crate::database::Likeness;
use crate::model::{ObjectKind, ObjectName};
use crate::plan::Step;
use crate::sql::{Cost, Hazard, LockStrength, Statement, StatementKind};

/// A table is written anew while others wait.
const REWRITE: &str = "observed-rewrite";
/// Every row of a table is read while others wait.
const SCAN: &str = "observed-scan";
/// A lock that the plan does not show keeps others waiting.
const LOCK: &str = "observed-lock";

/// Whether it foretells a rewrite, and the reading that goes with it. Of a statement that could not
/// be read everything is foretold.
fn foretells_rewrite(hazard: &Hazard) -> bool {
    hazard.rule.cost == Cost::Rewrite || hazard.id() == "unparsed"
}

/// Whether it foretells that a table is read from end to end.
fn foretells_scan(hazard: &Hazard) -> bool {
    matches!(hazard.rule.cost, Cost::Scan | Cost::IndexBuild)
}

/// What others wait for.
const STRONG: LockStrength = LockStrength::Share;

/// What was seen of a step and not foreseen: `there` are the relations of the live database.
pub(super) fn unforeseen(
    step: &Step,
    seen: &RehearsedStep,
    there: &BTreeSet<ObjectName>,
    likeness: &Likeness,
) -> Vec<ObservedHazard> {
    let mut judge = Judge { step, there, likeness, held: Vec::new(), hazards: Vec::new() };
    for (index, observed) in &seen.statements {
        if !step.in_transaction() {
            judge.held.clear();
        }
        judge.held.extend(observed.locks.iter().filter(|it| it.lock >= STRONG));
        judge.rewrites(*index, observed);
        judge.scans(*index, observed);
        judge.locks(*index, observed);
    }
    judge.hazards
}

struct Judge<'a> {
    step: &'a Step,
    there: &'a BTreeSet<ObjectName>,
    likeness: &'a Likeness,
    /// The strong locks that the transaction holds by now.
    held: Vec<&'a ObservedLock>,
    hazards: Vec<ObservedHazard>,
}

impl Judge<'_> {
    fn rewrites(&mut self, index: usize, observed: &Observed) {
        if self.is_foretold(index, foretells_rewrite) {
            return;
        }
        for table in rewritten(observed) {
            if let Some(lock) = self.strongest(table) {
                let message = format!("{table} is written anew under {lock}.");
                self.add(REWRITE, index, message, table);
            }
        }
    }

    fn scans(&mut self, index: usize, observed: &Observed) {
        // Which way the planner goes for an UPDATE depends on how many rows there are.
        let statement = &self.step.parsed.statements[index];
        let changes_rows = matches!(statement.kind, StatementKind::Update | StatementKind::Delete);
        if changes_rows
            || self.is_foretold(index, foretells_scan)
            || self.is_foretold(index, foretells_rewrite)
        {
            return;
        }
        for Scan { table, rows } in &observed.scans {
            let here = self.likeness.tables.get(table).map_or(0, |it| it.here);
            let is_rewritten = rewritten(observed).any(|it| it == table);
            if *rows >= here
                && !is_rewritten
                && let Some(lock) = self.strongest(table)
                && (lock == LockStrength::AccessExclusive || !refreshes(statement))
            {
                let message = format!("Every row of {table} is read under {lock}.");
                self.add(SCAN, index, message, table);
            }
        }
    }

    fn locks(&mut self, index: usize, observed: &Observed) {
        for it in observed.locks.iter().filter(|it| it.lock >= STRONG && !it.foreseen) {
            let ObservedLock { object, lock, .. } = it;
            let what = match lock {
                LockStrength::AccessExclusive => "read or write it",
                _ => "write to it",
            };
            let message = format!(
                "{object} is locked ({lock}), which the text does not show: nobody else can {what} \
                 until the transaction ends."
            );
            self.add(LOCK, index, message, object);
        }
    }

    /// The strongest lock on a table, where it is one that others wait for.
    fn strongest(&self, table: &ObjectName) -> Option<LockStrength> {
        self.held.iter().filter(|it| it.object == *table).map(|it| it.lock).max()
    }

    fn is_foretold(&self, index: usize, foretells: fn(&Hazard) -> bool) -> bool {
        self.step.hazards.iter().filter(|it| it.statement == index).any(foretells)
    }

    /// Nobody waits for a table that an earlier step made, and not for long for one without rows.
    fn add(&mut self, id: &'static str, index: usize, message: String, table: &ObjectName) {
        let copied = self.likeness.tables.get(table);
        if !self.there.contains(table) || copied.is_some_and(|it| it.bytes == 0) {
            return;
        }
        let statement = &self.step.parsed.statements[index];
        let allowed = statement.allows.iter().find(|it| it.hazard == id);
        self.hazards.push(ObservedHazard {
            id,
            message,
            rows: copied.and_then(|it| it.there),
            statement: index,
            at: statement.at,
            accepted: allowed.map(|it| it.reason.clone()),
        });
    }
}

/// Whether it fills a materialized view, which nobody else writes to.
fn refreshes(statement: &Statement) -> bool {
    statement.affects.iter().any(|it| it.object.kind == ObjectKind::View)
}

fn rewritten(observed: &Observed) -> impl Iterator<Item = &ObjectName> {
    observed.rewrites.iter().filter(|it| it.index_of.is_none()).map(|it| &it.object)
}
