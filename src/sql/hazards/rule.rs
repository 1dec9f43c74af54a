//! What is known of a hazard, wherever it is found.

use std::fmt;

use serde::{Deserialize, Serialize};
use squawk_linter::Rule as SquawkRule;

use super::scene::{Mark, Scene};
use crate::model::Engine;
use crate::sql::script::LockStrength;

/// How much a hazard weighs. The order is that of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HazardLevel {
    /// It is not looked for.
    Off,
    /// Worth knowing.
    Note,
    /// Worth a look.
    Warning,
    /// `migrate` refuses it unless it is accepted, and `lint` fails.
    Error,
}

/// What a hazard costs those who work with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    /// The table and its indexes are written anew while the lock is held.
    Rewrite,
    /// Every row is read while the lock is held.
    Scan,
    /// An index is built while the lock is held.
    IndexBuild,
    /// Rows stay locked until all of them are changed.
    RowLocks,
    /// The lock is held for a moment, or for as long as the script wants.
    Lock,
    /// The statement fails where there are rows.
    Failure,
    /// Data goes.
    Data,
    /// Applications at work no longer find what they use.
    Clients,
    /// What it does cannot be seen beforehand.
    Unknown,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rewrite => "the table and its indexes are written anew meanwhile",
            Self::Scan => "every row is read meanwhile",
            Self::IndexBuild => "an index is built meanwhile",
            Self::RowLocks => "rows stay locked until all of them are changed",
            Self::Lock => "nothing but the lock",
            Self::Failure => "the statement fails where there are rows",
            Self::Data => "data goes",
            Self::Clients => "applications at work no longer find what they use",
            Self::Unknown => "not known beforehand",
        })
    }
}

/// A lock that a hazard takes, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HazardLock {
    /// How strong it is.
    pub strength: LockStrength,
    /// On what: `the table`.
    pub on: &'static str,
}

/// The bad form and the safe one, each as it can be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// What is there before: tables with rows in them.
    pub ground: &'static str,
    /// A migration with the hazard.
    pub bad: &'static str,
    /// The migrations that do the same without it, one after another.
    pub safe: &'static [&'static str],
}

/// One hazard, as data.
#[derive(Debug, Clone, Copy)]
pub struct HazardRule {
    /// Its name, as directives, flags and settings give it.
    pub id: &'static str,
    /// Whose scripts it is looked for in; `None` where they are those of every engine.
    pub engine: Option<Engine>,
    /// How much it weighs where nobody says otherwise.
    pub level: HazardLevel,
    /// The danger in a sentence without its full stop.
    pub title: &'static str,
    /// Which statements have it.
    pub trigger: &'static str,
    /// The lock it takes, where that is what hurts.
    pub lock: Option<HazardLock>,
    /// What it costs.
    pub cost: Cost,
    /// Why it is a danger, in sentences.
    pub why: &'static str,
    /// What of the database shows that there is none, in a sentence; nothing where nothing does.
    pub acquittal: Option<&'static str>,
    /// What to do instead, in sentences.
    pub instead: &'static str,
    /// Both forms in SQL; `None` where no script of its own can show it.
    pub example: Option<Example>,
    /// How it is found in a script.
    pub(in crate::sql) find: Find,
}

/// How a hazard is found in a script.
#[derive(Debug, Clone, Copy)]
pub(in crate::sql) enum Find {
    /// squawk's linter finds it.
    Squawk(SquawkRule),
    /// It is seen in a statement's syntax.
    Syntax(fn(Scene<'_>) -> Vec<Mark>),
    /// It is found by who reads the script, or by whoever sees it run.
    Elsewhere,
}

impl PartialEq for HazardRule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for HazardRule {}
