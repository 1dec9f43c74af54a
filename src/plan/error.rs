//! Why there is no plan.

use std::collections::HashMap;

use super::assess::{Assessed, MigrationState};
use super::diff::unified_diff;
use crate::model::{Diagnose, Digest, Excerpt, ObjectName, Problem, ProblemKind, Version};
use crate::sets::{Migration, Script};
use crate::sql::ScriptError;

/// A version whose recorded and present state differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `V3__add_ip`.
    pub label: String,
    /// What differs.
    pub kind: FaultKind,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The file is not the text that was applied.
    Changed {
        /// The text that was; `None` where an application applied it and kept only a checksum.
        recorded: Option<Digest>,
        /// The file as it is.
        file: Script,
    },
    /// The file is gone.
    Missing,
    /// The ledger says applied, the history has no row.
    Conflict,
    /// The rollback file is not the text recorded with the migration.
    RollbackChanged {
        /// The recorded text.
        recorded: Digest,
        /// The file as it is.
        file: Script,
    },
}

impl Fault {
    pub(super) fn of(assessed: &Assessed<'_>) -> Option<Self> {
        let kind = match (assessed.state, assessed.file) {
            (MigrationState::Changed, Some(file)) => FaultKind::Changed {
                recorded: assessed
                    .recorded
                    .filter(|event| event.stands())
                    .map(|event| event.script.clone()),
                file: file.script.clone(),
            },
            (MigrationState::Missing, _) => FaultKind::Missing,
            (MigrationState::Conflict, _) => FaultKind::Conflict,
            _ => return None,
        };
        Some(Self { label: assessed.label(), kind })
    }

    pub(super) fn rollback_changed(
        assessed: &Assessed<'_>,
        recorded: Digest,
        file: &Migration,
    ) -> Self {
        let kind = FaultKind::RollbackChanged { recorded, file: file.rollback.clone() };
        Self { label: assessed.label(), kind }
    }

    /// The recorded text its diff needs.
    pub(super) fn recorded_text(&self) -> Option<Digest> {
        match &self.kind {
            FaultKind::Changed { recorded, .. } => recorded.clone(),
            FaultKind::RollbackChanged { recorded, .. } => Some(recorded.clone()),
            FaultKind::Missing | FaultKind::Conflict => None,
        }
    }

    pub(super) fn diff(&self, texts: &HashMap<Digest, String>) -> Option<String> {
        let file = self.file()?;
        let recorded = texts.get(&self.recorded_text()?)?;
        unified_diff("as applied", recorded, &file.file, &file.stored.text)
    }

    /// The file that differs, where there is one.
    fn file(&self) -> Option<&Script> {
        match &self.kind {
            FaultKind::Changed { file, .. } | FaultKind::RollbackChanged { file, .. } => Some(file),
            FaultKind::Missing | FaultKind::Conflict => None,
        }
    }

    fn fact(&self) -> String {
        let Self { label, kind } = self;
        match kind {
            FaultKind::Changed { recorded: None, file } => format!(
                "{} is not the file {label} was applied from: refinery's checksum differs, and it \
                 kept no text to compare",
                file.file
            ),
            FaultKind::Missing => {
                format!("{label} is recorded as applied, but its file is missing")
            }
            FaultKind::Conflict => format!(
                "{label} is applied according to the ledger, but has no row in the history table"
            ),
            FaultKind::Changed { file, .. } | FaultKind::RollbackChanged { file, .. } => {
                format!("{} has changed since {label} was applied", file.file)
            }
        }
    }

    fn hint(&self) -> &'static str {
        match self.kind {
            FaultKind::Changed { .. } => {
                "put the applied text back, and make the change in a new migration"
            }
            FaultKind::Missing => {
                "restore the file; or roll the version back, its rollback is recorded"
            }
            FaultKind::Conflict => "somebody edited the history table; put its row back",
            FaultKind::RollbackChanged { .. } => {
                "choose the text to run: `--script recorded` or `--script file`"
            }
        }
    }
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Recorded and present state differ.
    #[error("{}", headline(.faults))]
    Mismatch {
        /// The versions.
        faults: Vec<Fault>,
        /// Diffs of those whose texts are known.
        diffs: Vec<String>,
    },
    /// A pending version below an applied one.
    #[error("{} pending below V{highest}, which is applied", are(.late))]
    OutOfOrder {
        /// The late ones.
        late: Vec<String>,
        /// The highest applied version.
        highest: Version,
    },
    /// `--to` names no version of the set.
    #[error("the set has no version {version}")]
    UnknownVersion {
        /// The version asked for.
        version: Version,
        /// Those there are.
        known: Vec<Version>,
    },
    /// `migrate --to` a version below the current one.
    #[error("the database is at V{current}, beyond V{version}")]
    TargetBehind {
        /// The version asked for.
        version: Version,
        /// The highest applied one.
        current: Version,
    },
    /// `rollback --to` a version that is not applied.
    #[error("V{version} is not applied")]
    TargetNotApplied {
        /// The version asked for.
        version: Version,
        /// Those that are.
        applied: Vec<Version>,
    },
    /// A script is not right.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// A migration that does nothing.
    #[error("{file} has no statement")]
    NoStatements {
        /// The file.
        file: String,
    },
    /// Some of the tables to adopt exist and some do not.
    #[error("{label} can neither be adopted nor applied: some of its tables exist and some do not")]
    PartlyAdoptable {
        /// The migration.
        label: String,
        /// Tables that exist.
        existing: Vec<ObjectName>,
        /// Tables that do not.
        absent: Vec<ObjectName>,
    },
    /// A table that exists is not what the set needs.
    #[error("{label} cannot adopt table {table}: {}", .faults.join("; "))]
    NotAdoptable {
        /// The migration.
        label: String,
        /// The table.
        table: ObjectName,
        /// What it lacks.
        faults: Vec<String>,
    },
    /// Nothing to roll back with.
    #[error("{label} cannot be rolled back: its rollback is neither recorded nor among the files")]
    NoRollbackText {
        /// The migration.
        label: String,
    },
    /// A rollback outside a transaction stopped in the middle.
    #[error("the rollback of {label} stopped after statement {finished}")]
    RollbackUnfinished {
        /// The migration.
        label: String,
        /// How many statements had finished.
        finished: usize,
    },
    /// Statements that ran already were edited afterwards.
    #[error("{file} was changed in a statement that ran already: {finished} had finished")]
    ChangedInFlight {
        /// The file.
        file: String,
        /// How many statements had finished.
        finished: usize,
        /// What changed.
        diff: Option<String>,
    },
}

fn headline(faults: &[Fault]) -> String {
    match faults {
        [only] => only.fact(),
        many => format!("{} migrations differ from what is recorded", many.len()),
    }
}

fn are(labels: &[String]) -> String {
    match labels {
        [only] => format!("{only} is"),
        many => format!("{} are", many.join(", ")),
    }
}

fn list(versions: &[Version]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> =
        versions.iter().rev().take(SHOWN).rev().map(|version| format!("V{version}")).collect();
    let more = if versions.len() > SHOWN { "… " } else { "" };
    format!("{more}{}", shown.join(", "))
}

fn names(tables: &[ObjectName]) -> String {
    tables.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Diagnose for PlanError {
    fn problem(&self) -> Problem {
        let plain = |kind| Problem::new(kind, self.to_string());
        match self {
            Self::Mismatch { faults, diffs } => mismatch(plain(ProblemKind::Mismatch), faults, diffs),
            Self::OutOfOrder { .. } => plain(ProblemKind::Mismatch)
                .hint("give the late ones a higher version than any that is applied")
                .hint("or set `out_of_order = \"apply\"` in turnback.toml"),
            Self::UnknownVersion { known, .. } => {
                plain(ProblemKind::Usage).hint(format!("versions: {}", list(known)))
            }
            Self::TargetBehind { version, .. } => {
                plain(ProblemKind::Usage).hint(format!("`turnback rollback --to {version}` goes back"))
            }
            Self::TargetNotApplied { applied, .. } => plain(ProblemKind::Usage)
                .hint(format!("applied: {}", list(applied)))
                .hint("--all, or --to 0, rolls everything back"),
            Self::Script(error) => error.problem(),
            Self::NoStatements { file } => plain(ProblemKind::InvalidSet)
                .at(Excerpt::of_file(file))
                .hint("write its SQL, or remove the file and its rollback"),
            Self::PartlyAdoptable { existing, absent, .. } => plain(ProblemKind::Precondition)
                .note(format!("exist: {}", names(existing)))
                .note(format!("do not exist: {}", names(absent)))
                .hint("split it into one migration for each table, each with its own adopt-if"),
            Self::NotAdoptable { .. } => plain(ProblemKind::Precondition)
                .hint("change the table to what the set needs, or install the set into another schema with --schema"),
            Self::NoRollbackText { .. } => plain(ProblemKind::Mismatch)
                .hint("an application applied it; restore the set's files and roll back again"),
            Self::RollbackUnfinished { .. } => {
                plain(ProblemKind::Precondition).hint("`turnback rollback` finishes it")
            }
            Self::ChangedInFlight { diff, .. } => Problem {
                diff: diff.clone(),
                ..plain(ProblemKind::Mismatch)
            }
            .hint("put the finished statements back as they were; the others may be changed")
            .hint("or undo what stands with `turnback rollback`"),
        }
    }
}

fn mismatch(problem: Problem, faults: &[Fault], diffs: &[String]) -> Problem {
    let mut problem =
        Problem { diff: Some(diffs.join("\n")).filter(|it| !it.is_empty()), ..problem };
    match faults {
        [only] => problem.place = only.file().map(|script| Excerpt::of_file(&script.file)),
        many => problem.notes = many.iter().map(Fault::fact).collect(),
    }
    for fault in faults {
        if !problem.hints.iter().any(|hint| hint == fault.hint()) {
            problem.hints.push(fault.hint().to_owned());
        }
    }
    problem
}
