//! `turnback migrate`

use super::blockers::BlockerArgs;
use super::confirm::{Question, ask, need_terminal};
use super::hazards::HazardArgs;
use super::reporting::{ReportArgs, Reports};
use super::saving::SavingArgs;
use super::tuning::TuningArgs;
use super::{Context, Failure};
use crate::engine::{OnChange, Saving, foresee_concerns, foresee_saving, run as run_plan, survey};
use crate::model::Version;
use crate::plan::Request;
use crate::report::{Ahead, Document, loss_ground, plan_document, run_document};
use crate::ui::ProgressBars;

/// Apply what is pending
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The last version to apply
    #[arg(long, value_name = "VERSION")]
    to: Option<Version>,
    /// Do not ask before data is lost with --no-backup; --yes does not answer that
    #[arg(long)]
    force: bool,
    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Apply nothing; compare the live schema with the one on record, as `verify` does
    #[arg(long, conflicts_with_all = ["to", "dry_run", "force", "backup", "no_backup"])]
    verify_only: bool,
    #[command(flatten)]
    saving: SavingArgs,
    #[command(flatten)]
    tuning: TuningArgs,
    #[command(flatten)]
    blockers: BlockerArgs,
    #[command(flatten)]
    hazards: HazardArgs,
    #[command(flatten)]
    report: ReportArgs,
}

impl Args {
    /// Whether `verify` was meant.
    pub const fn verify_only(&self) -> bool {
        self.verify_only
    }
}

/// Plans, takes the lock, applies; and reports it where that was asked for.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let mut reports = args.report.begin("migrate")?;
    let outcome = apply(args, context, &mut reports);
    reports.end(context, outcome)
}

fn apply(args: &Args, context: &mut Context, reports: &mut Reports) -> Result<Document, Failure> {
    let ending = args.blockers.ending(context, args.force)?;
    let allowed = args.hazards.allowed(context)?;
    let mut work = context.open()?;
    work.hazards.allowed = allowed;
    reports.locate(&work.settings);
    work.retuning = args.tuning.over(&work.retuning);
    let (limits, protected) = (work.limits(), work.settings.protected);
    let (session, job) = work.split_saving(args.saving.saving());
    let request = Request::Migrate { to: args.to };
    let plan = survey(session, &job, request)?.plan;
    let loses = job.saving == Saving::Nothing;
    if args.dry_run || (loses && !args.force) {
        let foresight = foresee_saving(session, &job, &plan)?;
        if args.dry_run {
            let (foresight, saving) = (&foresight, job.saving);
            let concerns = &foresee_concerns(session, &job, &plan)?;
            let ahead = Ahead {
                plan: &plan,
                foresight,
                saving,
                estimates: &[],
                policy: job.hazards,
                concerns,
                rehearsal: None,
            };
            return Ok(plan_document("migrate", &context.subject, &ahead));
        }
        if foresight.destroys() {
            need_terminal("a migration that loses data", "--force")?;
            let ground = loss_ground(&context.subject, &plan, &foresight);
            let question = if protected {
                Question::TypeName(&session.facts().database)
            } else {
                Question::Agree("Apply, and lose this?")
            };
            ask(context, &ground, &question)?;
        }
    }
    let mut bars = ProgressBars::new(context.printer).ending(ending);
    let on_change = OnChange::Replan(request);
    let outcome =
        reports.watch((session, job.target), plan, &mut bars, |session, plan, observer| {
            run_plan(session, &job, plan, on_change, limits, &context.interrupt, observer)
        });
    bars.finish();
    Ok(run_document("migrate", &context.subject, &outcome?))
}
