//! The engine: takes the lock, carries a plan out, says what stands. It never prints.

mod build;
mod check;
mod cleanup;
mod error;
mod fixture;
mod foresight;
mod lock;
mod observer;
mod outcome;
mod proof;
mod record;
mod retained;
mod retry;
mod run;
mod statements;
mod step;
mod survey;
mod verify;
mod witness;
mod worker;

pub use build::{Fixtures, build, load_fixture, prepare};
pub use check::{CheckDone, CheckFailure, Verdict, check};
pub use cleanup::{count_expired, delete_expired};
pub use error::{EngineError, Stands, StepFailure, StepFault};
pub use fixture::FixtureFailure;
pub use foresight::{StepDrift, foresee_drift};
pub use observer::{Observer, Progress, Silent};
pub use outcome::{RunOutcome, StepDone, StepResult};
pub use retained::{CleanupFailure, Retained};
pub use run::{OnChange, run};
pub use survey::{Job, Survey, survey};
pub use verify::{Expected, Verification, Weakness, verify, verify_catalog};
pub use witness::AcceptedDrift;
pub use worker::Limits;
