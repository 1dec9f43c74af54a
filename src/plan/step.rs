//! The plan itself, and the facts it is made from.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::{ColumnNeed, Digest, ObjectKind, ObjectName, ObjectRef, Version};
use crate::sets::Script;
use crate::sql::{Hazard, ParsedScript, Requirement, TransactionMode};

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Migrations are applied.
    Forward,
    /// Migrations are rolled back.
    Back,
}

/// What will be done, step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Which way it goes.
    pub direction: Direction,
    /// The steps in their order; none when there is nothing to do.
    pub steps: Vec<Step>,
    /// Checksum of the recorded state the plan was made from.
    pub state: Digest,
}

impl Plan {
    /// A checksum of what the plan would do: the state it starts from, the steps and their texts.
    pub fn digest(&self) -> Digest {
        let steps = self.steps.iter().map(|step| {
            let action = match &step.action {
                Action::Run => "run",
                Action::Adopt { .. } => "adopt",
                Action::Forget => "forget",
            };
            format!("\n{} {action} {}", step.version, step.running().stored.digest)
        });
        Digest::of_parts(std::iter::once(self.state.to_string()).chain(steps))
    }
}

/// One migration to apply or to roll back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which way.
    pub direction: Direction,
    /// The migration's version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// What is done.
    pub action: Action,
    /// The migration's script.
    pub script: Script,
    /// Its rollback.
    pub rollback: Script,
    /// Where the text that runs comes from.
    pub source: ScriptSource,
    /// The script that runs, parsed.
    pub parsed: ParsedScript,
    /// Hazards in it.
    pub hazards: Vec<Hazard>,
    /// What it requires, and whether that is there now.
    pub requires: Vec<CheckedRequirement>,
    /// Whether a higher version is applied already.
    pub out_of_order: bool,
    /// Where to continue, when an earlier run stopped in the middle.
    pub resume: Option<Resume>,
    /// For a step back: how many statements of the migration had run, when it never finished.
    pub undoes_partial: Option<usize>,
    /// The catalogs on record of the migration, or of the script that was interrupted.
    pub recorded: Option<RecordedCatalogs>,
}

/// The catalogs on record of a version, by their digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedCatalogs {
    /// Before the migration.
    pub before: Digest,
    /// Behind it; `None` where it never finished.
    pub after: Option<Digest>,
}

impl Step {
    /// The script that runs.
    pub fn running(&self) -> &Script {
        match self.direction {
            Direction::Forward => &self.script,
            Direction::Back => &self.rollback,
        }
    }

    /// `V3__add_ip`.
    pub fn label(&self) -> String {
        format!("V{}__{}", self.version, self.name)
    }

    /// The schemas its statements name.
    pub fn schemas(&self) -> impl Iterator<Item = &str> {
        let statements = &self.parsed.statements;
        let objects = statements.iter().flat_map(|it| &it.affects);
        let schemas = objects.filter_map(|it| match it.object.kind {
            ObjectKind::Schema => Some(it.object.name.name.as_str()),
            _ => it.object.name.schema.as_deref(),
        });
        let defined = statements.iter().flat_map(|it| &it.schemas).map(String::as_str);
        schemas.chain(defined).filter(|schema| {
            !schema.is_empty()
                && !schema.starts_with('$')
                && !schema.starts_with("pg_")
                && !matches!(*schema, "information_schema" | "turnback")
        })
    }

    /// Whether the step and its record are one transaction.
    pub fn in_transaction(&self) -> bool {
        self.action != Action::Run || self.parsed.mode == TransactionMode::Single
    }
}

/// What is done in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The script runs.
    Run,
    /// The tables exist already; the version is recorded and nothing runs.
    Adopt {
        /// The tables.
        tables: Vec<ObjectName>,
    },
    /// The version was adopted; its record is removed and nothing runs.
    Forget,
}

/// Where a step's text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScriptSource {
    /// The set's file.
    File,
    /// The text stored when the migration was applied.
    Recorded,
}

/// A requirement and whether it is met at the time of planning. An earlier step may still meet it,
/// so the engine asks again before the step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedRequirement {
    /// The directive's.
    pub requirement: Requirement,
    /// Whether the object exists; `None` where only the recorded text asks for it, which was not
    /// known before the database was asked.
    pub present: Option<bool>,
}

/// Where a script that runs outside a transaction continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume {
    /// The statement to go on with, from 0.
    pub from: usize,
    /// Whether that statement was begun before and its end is not known.
    pub in_doubt: bool,
}

/// A question about the database that a script's directives ask.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Probe {
    /// The object.
    pub object: ObjectRef,
    /// Columns it must have.
    pub columns: Vec<ColumnNeed>,
    /// Where an unqualified name is looked for.
    pub scope: Scope,
}

/// Where an unqualified name is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Wherever the session finds it.
    SearchPath,
    /// Only where the script would create it.
    Creation,
}

/// The answer to a [`Probe`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Presence {
    /// Whether the object exists.
    pub exists: bool,
    /// What its columns lack, one phrase each.
    pub faults: Vec<String>,
}

/// Facts a draft needs before it can be a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Questions about objects.
    pub probes: Vec<Probe>,
    /// Recorded texts.
    pub texts: Vec<Digest>,
}

/// The answers.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// By probe.
    pub presence: HashMap<Probe, Presence>,
    /// By checksum.
    pub texts: HashMap<Digest, String>,
}
