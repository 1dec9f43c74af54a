//! `turnback plan`

use super::hazards::HazardArgs;
use super::rehearsal::{RehearsalArgs, rehearse};
use super::{Context, Failure};
use crate::engine::{estimate_backfills, foresee_concerns, foresee_saving, survey};
use crate::model::Version;
use crate::plan::Request;
use crate::report::{Ahead, Document, plan_document};

/// Show what migrate would do, and change nothing
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The last version to apply
    #[arg(long, value_name = "VERSION")]
    to: Option<Version>,
    /// Try each backfill with some rows, and say how many there are and how long they take; the
    /// sample is rolled back: it locks these rows for milliseconds and leaves dead ones, and
    /// triggers run for them
    #[arg(long)]
    estimate: bool,
    #[command(flatten)]
    hazards: HazardArgs,
    #[command(flatten)]
    rehearsal: RehearsalArgs,
}

/// Reads and plans; writes nothing that stands.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let allowed = args.hazards.allowed(context)?;
    let mut work = context.open()?;
    work.hazards.allowed = allowed;
    let (session, job) = work.split();
    let plan = survey(session, &job, Request::Migrate { to: args.to })?.plan;
    let foresight = foresee_saving(session, &job, &plan)?;
    let estimates =
        if args.estimate { estimate_backfills(session, &job, &plan)? } else { Vec::new() };
    let concerns = foresee_concerns(session, &job, &plan)?;
    let saving = job.saving;
    let rehearsal = if args.rehearsal.rehearse && !plan.steps.is_empty() {
        Some(rehearse(&args.rehearsal, context, &mut work, &plan)?)
    } else {
        None
    };
    let ahead = Ahead {
        plan: &plan,
        foresight: &foresight,
        saving,
        estimates: &estimates,
        policy: Some(&work.hazards),
        concerns: &concerns,
        rehearsal: rehearsal.as_ref(),
    };
    Ok(plan_document("plan", &context.subject, &ahead))
}
