//! `turnback migrate`

use super::{Context, Failure};
use crate::engine::{OnChange, run as run_plan, survey};
use crate::model::Version;
use crate::plan::Request;
use crate::report::{Document, plan_document, run_document};
use crate::ui::ProgressBars;

/// Apply what is pending
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The last version to apply
    #[arg(long, value_name = "VERSION")]
    to: Option<Version>,
    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Apply nothing; compare the live schema with the one on record, as `verify` does
    #[arg(long, conflicts_with_all = ["to", "dry_run"])]
    verify_only: bool,
}

impl Args {
    /// Whether `verify` was meant.
    pub const fn verify_only(&self) -> bool {
        self.verify_only
    }
}

/// Plans, takes the lock, applies.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let mut work = context.open()?;
    let limits = work.limits();
    let (session, job) = work.split();
    let request = Request::Migrate { to: args.to };
    let plan = survey(session, &job, request)?.plan;
    if args.dry_run {
        return Ok(plan_document("migrate", &context.subject, &plan));
    }
    let mut bars = ProgressBars::new(context.printer);
    let on_change = OnChange::Replan(request);
    let outcome = run_plan(session, &job, plan, on_change, limits, &context.interrupt, &mut bars);
    bars.finish();
    Ok(run_document("migrate", &context.subject, &outcome?))
}
