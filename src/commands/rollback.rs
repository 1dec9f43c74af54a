//! `turnback rollback`

use std::collections::BTreeSet;

use super::blockers::BlockerArgs;
use super::confirm::{Question, ask, need_terminal};
use super::reporting::{ReportArgs, Reports};
use super::saving::SavingArgs;
use super::tuning::TuningArgs;
use super::{Context, Failure};
use crate::database::Session;
use crate::engine::{
    AcceptedDrift, Foresight, Job, OnChange, Saving, StepDrift, foresee_concerns, foresee_drift,
    foresee_saving, judge_hazards, run as run_plan, survey,
};
use crate::model::Version;
use crate::plan::{Extent, Plan, Request, ScriptSource};
use crate::report::{
    Ahead, Document, Removal, drift_ground, drift_problem, plan_document, preview_text, removals,
    run_document, with_drift,
};
use crate::ui::{ProgressBars, can_ask};

/// Roll back the last migration, or further
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// How many migrations to roll back, the highest version first
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with_all = ["to", "all"])]
    steps: usize,
    /// Roll back everything above this version
    #[arg(long, value_name = "VERSION", conflicts_with = "all")]
    to: Option<Version>,
    /// Roll back everything
    #[arg(long)]
    all: bool,
    /// Do not ask, also on a protected database and without a terminal
    #[arg(long)]
    force: bool,
    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Roll nothing back; compare the live schema with the one on record, as `verify` does
    #[arg(long, conflicts_with_all = ["steps", "to", "all", "force", "dry_run", "script"])]
    verify_only: bool,
    /// Which text runs where a rollback file has changed since its migration was applied
    #[arg(long, value_enum, value_name = "TEXT")]
    script: Option<Script>,
    #[command(flatten)]
    saving: SavingArgs,
    #[command(flatten)]
    tuning: TuningArgs,
    #[command(flatten)]
    blockers: BlockerArgs,
    #[command(flatten)]
    report: ReportArgs,
}

/// Which of two differing rollback texts runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Script {
    /// The text recorded when the migration was applied
    Recorded,
    /// The file as it is now
    File,
}

impl Args {
    /// Whether `verify` was meant.
    pub const fn verify_only(&self) -> bool {
        self.verify_only
    }

    fn request(&self) -> Request {
        let extent = match (self.all, self.to) {
            (true, _) => Extent::All,
            (false, Some(version)) => Extent::To(version),
            (false, None) => Extent::Steps(self.steps),
        };
        let prefer = self.script.map(|script| match script {
            Script::Recorded => ScriptSource::Recorded,
            Script::File => ScriptSource::File,
        });
        Request::Rollback { extent, prefer }
    }
}

/// Plans, asks, takes the lock, rolls back; and reports it where that was asked for.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let mut reports = args.report.begin("rollback")?;
    let outcome = undo(args, context, &mut reports);
    reports.end(context, outcome)
}

fn undo(args: &Args, context: &mut Context, reports: &mut Reports) -> Result<Document, Failure> {
    let ending = args.blockers.ending(context, args.force)?;
    let mut work = context.open()?;
    reports.locate(&work.settings);
    work.retuning = args.tuning.over(&work.retuning);
    let (limits, protected) = (work.limits(), work.settings.protected);
    let (session, job) = work.split_saving(args.saving.saving());
    let survey = survey(session, &job, args.request())?;
    let drifts = foresee_drift(session, &job, &survey)?;
    let mut plan = survey.plan;
    let foresight = foresee_saving(session, &job, &plan)?;
    if args.dry_run {
        let (foresight, saving) = (&foresight, job.saving);
        judge_hazards(session, &job, &mut plan)?;
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
        let document = plan_document("rollback", &context.subject, &ahead);
        return Ok(with_drift(document, &drifts));
    }
    let accepted = accept(context, args.force, protected, session, &drifts)?;
    let loses = job.saving == Saving::Nothing;
    let settled = args.force || (context.assume_yes && !protected && !loses);
    if !plan.steps.is_empty() && !settled {
        need_terminal(
            "a rollback",
            if protected || loses { "--force" } else { "--force or --yes" },
        )?;
        let ground = ground(context, session, &job, &plan, &foresight)?;
        let question = if protected {
            Question::TypeName(&session.facts().database)
        } else {
            Question::Agree("Roll back?")
        };
        ask(context, &ground, &question)?;
    }
    let mut bars = ProgressBars::new(context.printer).ending(ending);
    let on_change = OnChange::Refuse(accepted);
    let outcome =
        reports.watch((session, job.target), plan, &mut bars, |session, plan, observer| {
            run_plan(session, &job, plan, on_change, limits, &context.interrupt, observer)
        });
    bars.finish();
    Ok(run_document("rollback", &context.subject, &outcome?))
}

/// What others changed in the objects that are rolled back is gone over only when it was asked for
/// and seen.
fn accept(
    context: &Context,
    force: bool,
    protected: bool,
    session: &dyn Session,
    drifts: &[StepDrift],
) -> Result<AcceptedDrift, Failure> {
    match (drifts, force) {
        ([], false) => return Ok(AcceptedDrift::Nothing),
        ([], true) => return Ok(AcceptedDrift::These(BTreeSet::new())),
        (_, false) => return Err(drift_problem(drifts).into()),
        (_, true) => {}
    }
    let ground = drift_ground(drifts);
    if can_ask() && !context.assume_yes {
        let question = if protected {
            Question::TypeName(&session.facts().database)
        } else {
            Question::Agree("Roll back over these changes? They are lost.")
        };
        ask(context, &ground, &question)?;
    } else {
        context.printer.note(ground.trim_end());
    }
    let keys = drifts.iter().flat_map(|it| &it.drift).map(|it| it.key.clone());
    Ok(AcceptedDrift::These(keys.collect()))
}

/// What the question is about: what goes, how many rows, what is saved of it.
fn ground(
    context: &Context,
    session: &mut dyn Session,
    job: &Job<'_>,
    plan: &Plan,
    foresight: &Foresight,
) -> Result<String, Failure> {
    let objects = removals(plan);
    let tables: Vec<_> = objects.iter().map(|object| object.name.clone()).collect();
    let counts = session.count_rows(job.target, &tables)?;
    let removals: Vec<Removal> =
        objects.into_iter().zip(counts).map(|(object, rows)| Removal { object, rows }).collect();
    Ok(preview_text(&context.subject, plan, &removals, foresight, job.saving))
}
