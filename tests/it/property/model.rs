//! What should be true, told as simply as it can be: sets of numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::script::Kind;

/// Something a team does to its database and its files. Numbers are versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Migrate,
    MigrateTo(i64),
    RollbackSteps(usize),
    RollbackTo(i64),
    RollbackAll,
    /// The migration's script gets an error, which is a changed file where it is applied.
    Break(i64),
    /// It gets its right text back.
    Mend(i64),
    /// Both files go.
    Delete(i64),
    /// Both files come, late or again.
    Appear(i64),
}

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Everything was done: the versions, in their order.
    Done(Vec<i64>),
    /// The last of these failed, the others stand.
    Failed { done: Vec<i64>, at: i64 },
    /// Nothing was done.
    Refused(Reason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A file that was applied is gone or changed.
    Mismatch,
    UnknownVersion,
    TargetBehind,
    TargetNotApplied,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    adopted: bool,
    /// Whether the text that was recorded is the broken one; adopting runs nothing.
    broken_text: bool,
}

/// The files and the database, as they should be.
#[derive(Debug, Clone)]
pub struct Model {
    kinds: BTreeMap<i64, Kind>,
    /// Versions whose table was there before turnback.
    foreign: BTreeSet<i64>,
    files: BTreeSet<i64>,
    broken: BTreeSet<i64>,
    applied: BTreeMap<i64, Standing>,
    /// Versions without a transaction that stopped after their first statement.
    begun: BTreeSet<i64>,
    events: Vec<(i64, &'static str)>,
}

impl Model {
    pub fn new(kinds: &BTreeMap<i64, Kind>, foreign: BTreeSet<i64>, late: &BTreeSet<i64>) -> Self {
        Self {
            kinds: kinds.clone(),
            foreign,
            files: kinds.keys().filter(|version| !late.contains(version)).copied().collect(),
            broken: BTreeSet::new(),
            applied: BTreeMap::new(),
            begun: BTreeSet::new(),
            events: Vec::new(),
        }
    }

    /// The files that are there: version, kind, whether it is broken.
    pub fn files(&self) -> impl Iterator<Item = (i64, Kind, bool)> {
        self.files
            .iter()
            .map(|version| (*version, self.kinds[version], self.broken.contains(version)))
    }

    pub fn versions(&self) -> Vec<i64> {
        self.kinds.keys().copied().collect()
    }

    pub fn is_all_applied(&self) -> bool {
        self.applied.len() == self.kinds.len()
    }

    /// Does it; `None` where only files change.
    pub fn perform(&mut self, op: Op) -> Option<Ending> {
        match op {
            Op::Migrate => return Some(self.migrate(None)),
            Op::MigrateTo(to) => return Some(self.migrate(Some(to))),
            Op::RollbackSteps(steps) => {
                let chosen = self.standing().into_iter().rev().take(steps).collect();
                return Some(self.roll_back(chosen));
            }
            Op::RollbackTo(to) => {
                let standing = self.standing();
                if to != 0 && !standing.contains(&to) && !standing.is_empty() {
                    return Some(Ending::Refused(Reason::TargetNotApplied));
                }
                let above = standing.into_iter().rev().filter(|version| *version > to).collect();
                return Some(self.roll_back(above));
            }
            Op::RollbackAll => {
                let all = self.standing().into_iter().rev().collect();
                return Some(self.roll_back(all));
            }
            Op::Break(version) => self.broken.insert(version),
            Op::Mend(version) => self.broken.remove(&version),
            Op::Delete(version) => self.files.remove(&version),
            Op::Appear(version) => self.files.insert(version),
        };
        None
    }

    /// Versions that are in the database, wholly or in part.
    fn standing(&self) -> BTreeSet<i64> {
        self.applied.keys().chain(&self.begun).copied().collect()
    }

    fn migrate(&mut self, to: Option<i64>) -> Ending {
        if let Some(to) = to {
            if !self.files.contains(&to) && !self.applied.contains_key(&to) {
                return Ending::Refused(Reason::UnknownVersion);
            }
            if self.applied.keys().next_back().is_some_and(|highest| *highest > to) {
                return Ending::Refused(Reason::TargetBehind);
            }
        }
        let is_missing = self.standing().iter().any(|version| !self.files.contains(version));
        let is_changed = self
            .applied
            .iter()
            .any(|(version, it)| it.broken_text != self.broken.contains(version));
        if is_missing || is_changed {
            return Ending::Refused(Reason::Mismatch);
        }
        let mut done = Vec::new();
        for version in self.files.clone() {
            if self.applied.contains_key(&version) || to.is_some_and(|to| version > to) {
                continue;
            }
            let broken_text = self.broken.contains(&version);
            let adopted = self.foreign.contains(&version);
            if broken_text && !adopted {
                if self.kinds[&version] == Kind::Stepwise {
                    self.begun.insert(version);
                }
                self.events.push((version, "failed"));
                return Ending::Failed { done, at: version };
            }
            self.begun.remove(&version);
            self.applied.insert(version, Standing { adopted, broken_text });
            self.events.push((version, if adopted { "adopted" } else { "applied" }));
            done.push(version);
        }
        Ending::Done(done)
    }

    fn roll_back(&mut self, chosen: Vec<i64>) -> Ending {
        for version in &chosen {
            self.applied.remove(version);
            self.begun.remove(version);
            self.events.push((*version, "rolled_back"));
        }
        Ending::Done(chosen)
    }

    /// What a look at the database must show, one fact a line.
    pub fn facts(&self) -> BTreeSet<String> {
        let mut facts = BTreeSet::from(["table base".to_owned()]);
        for (version, standing) in &self.applied {
            facts.insert(format!("history {version}"));
            if !standing.adopted {
                facts.extend(self.kinds[version].objects(*version));
            }
        }
        for version in &self.begun {
            facts.insert(format!("begun {version}"));
            facts.extend(self.kinds[version].objects(*version).into_iter().take(1));
        }
        facts.extend(self.foreign.iter().map(|version| format!("table t{version}")));
        for (number, (version, kind)) in (1..).zip(&self.events) {
            facts.insert(format!("event {number}: {version} {kind}"));
        }
        facts
    }
}
