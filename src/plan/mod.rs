//! Plans: sets × ledger → what would be done. Pure; a plan is a value.
//!
//! Planning has two halves, because some facts are only worth a round trip when a script asks for
//! them: a [`Draft`] says which facts it [`needs`](Draft::needs), and
//! [`finish`](Draft::finish)es into a [`Plan`] once they are there.

mod assess;
mod diff;
mod draft;
mod error;
mod finish;
mod hazards;
mod lint;
mod step;

pub use assess::{Assessed, MigrationState, assess};
pub use diff::unified_diff;
pub use draft::{Context, Draft, Extent, Request};
pub use error::{Fault, FaultKind, PlanError};
pub use hazards::{
    Column, Concern, DataType, Dependent, EventTrigger, HazardPolicy, MANY_ROWS, Questions,
    RefusedHazard, Relation, Slot, Surroundings,
};
pub use lint::{LintFinding, Linter, lint_fault};
pub use step::{
    Action, CheckedRequirement, Direction, Facts, Needs, Plan, Presence, Probe, RecordedCatalogs,
    Resume, Scope, ScriptSource, Step,
};
