//! The engine: takes the lock, carries a plan out, says what stands. It never prints.

mod backfill;
mod backup;
mod batches;
mod build;
mod check;
mod cleanup;
mod concerns;
mod concurrent;
mod error;
mod fixture;
mod foresight;
mod hazards;
mod kept;
mod leavings;
mod lock;
mod observer;
mod outcome;
mod proof;
mod prove;
mod record;
mod rehearsal;
mod retained;
mod retry;
mod rows;
mod run;
mod savepoint;
mod statements;
mod step;
mod survey;
mod timeline;
mod tries;
mod verify;
mod witness;
mod worker;

pub use backfill::{
    BackfillDone, BackfillEstimate, BackfillFault, BackfillJob, BackfillProgress, BackfillStore,
    Detail, LONGEST_BATCH, Outlook, Place, Refusal, RefusedRow, Restraint, Retuning, Tuning,
    cancel as cancel_backfill, estimate as estimate_backfills, help as help_backfill,
    pause as pause_backfill, retune as retune_backfill, work_at as work_at_backfill,
};
pub use backup::{
    Altered, BackupFault, Choice, Conflicts, Desk, Digests, Foreseen, Foresight, Loss, LossKind,
    Pruned, Pruning, Restoration, Restored, Returning, RowExample, RowFate, Saved, Saving,
    Selection, Skipped, Unmade, foresee_saving, plan_prune, prune, restore,
};
pub use build::{Fixtures, build, load_fixture, prepare};
pub use check::{CheckDone, CheckFailure, Verdict, check};
pub use cleanup::{count_expired, delete_expired};
pub use concerns::foresee_concerns;
pub use error::{EngineError, Stands, StepFailure, StepFault};
pub use fixture::FixtureFailure;
pub use foresight::{StepDrift, foresee_drift};
pub use hazards::HazardousPlan;
pub use leavings::Leavings;
pub use observer::{Observer, Progress, Silent};
pub use outcome::{RunOutcome, StepDone, StepResult};
pub use prove::{TableChange, Trip, VersionProof, prove};
pub use rehearsal::{
    Carried, Observed, ObservedHazard, ObservedLock, Rehearsal, RehearsedStep, Rewrite,
    RowsChanged, Scan, Stage, rehearse,
};
pub use retained::{CleanupFailure, Retained};
pub use rows::{Filled, LeftEmpty, fill};
pub use run::{OnChange, run};
pub use survey::{Job, Survey, judge_hazards, survey};
pub use timeline::{
    BackfillLine, Circumstances, Failed, Held, LockLine, Message, MessageKind, Outcome, Recorder,
    RestoredLine, RunnerWait, Sample, SavedLine, Span, StatementLine, StatementState, StepLine,
    StepState, TableLine, Timeline, Try, Watching,
};
pub use verify::{Expected, Verification, Weakness, verify, verify_catalog};
pub use witness::AcceptedDrift;
pub use worker::Limits;
