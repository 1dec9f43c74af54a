//! `turnback backfill`

use std::time::{Duration, Instant};

use super::confirm::{Question, ask, need_terminal_or};
use super::context::Workspace;
use super::tuning::TuningArgs;
use super::{Context, Failure};
use crate::engine::{
    BackfillJob, BackfillStore, Retuning, cancel_backfill, help_backfill, pause_backfill,
    retune_backfill,
};
use crate::model::{BackfillState, Problem, ProblemKind, Version};
use crate::report::{
    Document, ListedBackfill, RanBackfill, backfill_done_document, backfill_list_document,
    backfill_run_document, backfills_ground,
};
use crate::ui::ProgressBars;

/// How many of the rows that could not be changed are listed.
const REFUSED_SHOWN: usize = 20;
/// How long it is looked how fast one goes.
const LOOK: Duration = Duration::from_secs(1);

/// See how backfills are going; work at them, pause them, give them up, from any terminal
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show how far backfills are, how fast, who works and what they wait for
    Status(StatusArgs),
    /// Work at a backfill that was begun, beside whoever does; settings take effect everywhere
    Run(RunArgs),
    /// Change the settings of a backfill, also while it runs
    Set(SetArgs),
    /// Have a backfill stop behind the batch at hand, until somebody runs it again
    Pause(OneArgs),
    /// Give a backfill up; what its batches have done stands
    Cancel(CancelArgs),
}

#[derive(Debug, clap::Args)]
struct StatusArgs {
    /// Those that are over as well
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    which: OneArgs,
}

#[derive(Debug, clap::Args)]
struct OneArgs {
    /// That of this version [default: all]
    #[arg(long = "version", id = "of_version", value_name = "VERSION")]
    version: Option<Version>,
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    #[command(flatten)]
    which: OneArgs,
    #[command(flatten)]
    tuning: TuningArgs,
}

#[derive(Debug, clap::Args)]
struct SetArgs {
    #[command(flatten)]
    which: OneArgs,
    #[command(flatten)]
    tuning: TuningArgs,
}

#[derive(Debug, clap::Args)]
struct CancelArgs {
    #[command(flatten)]
    which: OneArgs,
    /// Do not ask, also on a protected database and without a terminal
    #[arg(long)]
    force: bool,
}

impl Args {
    /// The command's name with that of its action.
    pub const fn name(&self) -> &'static str {
        match self.action {
            Action::Status(_) => "backfill status",
            Action::Run(_) => "backfill run",
            Action::Set(_) => "backfill set",
            Action::Pause(_) => "backfill pause",
            Action::Cancel(_) => "backfill cancel",
        }
    }
}

/// Works on what the database has on record of the set's backfills.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let mut work = context.open()?;
    let store = BackfillStore::new(work.session.as_ref(), &work.target);
    let mut jobs = store.read(work.session.as_mut())?;
    let (which, finished) = match &args.action {
        Action::Status(args) => (&args.which, args.all),
        Action::Run(RunArgs { which, .. })
        | Action::Set(SetArgs { which, .. })
        | Action::Pause(which)
        | Action::Cancel(CancelArgs { which, .. }) => (which, false),
    };
    jobs.retain(|it| which.version.is_none_or(|version| it.of.version == version));
    let any = !jobs.is_empty();
    jobs.retain(|it| finished || it.open);
    match &args.action {
        Action::Status(_) => {
            let listed = list(context, (&mut work, &store), jobs)?;
            Ok(backfill_list_document(&context.subject, &listed, any))
        }
        Action::Run(args) => run_run(args, context, (&mut work, &store), jobs),
        Action::Set(args) => run_set(args, context, (&mut work, &store), jobs),
        Action::Pause(_) => {
            let runs = |it: &BackfillJob| it.state == BackfillState::Running;
            jobs.retain(runs);
            for job in &jobs {
                pause_backfill(work.session.as_mut(), &store, job)?;
            }
            Ok(backfill_done_document("backfill pause", &context.subject, &jobs))
        }
        Action::Cancel(args) => run_cancel(args, context, (&mut work, &store), &jobs),
    }
}

/// Looks twice where something may be at work: how fast it goes now is not what it was on average.
fn list(
    context: &Context,
    (work, store): (&mut Workspace, &BackfillStore),
    jobs: Vec<BackfillJob>,
) -> Result<Vec<ListedBackfill>, Failure> {
    let session = work.session.as_mut();
    let only_writer = session.colleagues().is_none();
    let works = |it: &BackfillJob| {
        it.state == BackfillState::Running && it.open && (it.workers > 0 || only_writer)
    };
    let began = Instant::now();
    let later = if jobs.iter().any(works) && !context.interrupt.sleep(LOOK) {
        store.read(session)?
    } else {
        Vec::new()
    };
    let seconds = began.elapsed().as_secs_f64();
    let mut listed = Vec::new();
    for job in jobs {
        let refused = store.refused(session, &job, REFUSED_SHOWN)?;
        let now = later.iter().find(|it| it.id == job.id).filter(|_| works(&job)).cloned();
        #[expect(clippy::cast_precision_loss, reason = "it is shown with three digits")]
        let rate = now.as_ref().map(|it| it.rows.saturating_sub(job.rows) as f64 / seconds);
        listed.push(ListedBackfill { job: now.unwrap_or(job), refused, rate });
    }
    Ok(listed)
}

/// Works at one after the other. What is done and waits for the rest of its script is left to
/// `migrate`.
fn run_run(
    args: &RunArgs,
    context: &Context,
    (work, store): (&mut Workspace, &BackfillStore),
    jobs: Vec<BackfillJob>,
) -> Result<Document, Failure> {
    let retuning = args.tuning.over(&Retuning::default());
    let limits = work.limits();
    let mut ran = Vec::new();
    for job in jobs {
        let of = job.of.clone();
        let done = if job.state == BackfillState::Done {
            None
        } else {
            let mut bars = ProgressBars::new(context.printer);
            let done = help_backfill(
                work.session.as_mut(),
                (&work.target, store),
                job,
                &retuning,
                limits,
                (&context.interrupt, &mut bars),
            );
            bars.finish();
            done?
        };
        ran.push(RanBackfill { of, done });
    }
    Ok(backfill_run_document(&context.subject, &ran))
}

/// Whoever works goes by it from the next batch on.
fn run_set(
    args: &SetArgs,
    context: &Context,
    (work, store): (&mut Workspace, &BackfillStore),
    mut jobs: Vec<BackfillJob>,
) -> Result<Document, Failure> {
    let retuning = args.tuning.over(&Retuning::default());
    if retuning.is_empty() {
        return Err(Problem::new(ProblemKind::Usage, "no setting is named")
            .hint("`turnback backfill set --workers 1 --batch-ms 50`, for instance")
            .into());
    }
    for job in &mut jobs {
        retune_backfill(work.session.as_mut(), store, job, &retuning)?;
        retuning.apply(&mut job.tuning);
    }
    Ok(backfill_done_document("backfill set", &context.subject, &jobs))
}

/// Asks, gives up.
fn run_cancel(
    args: &CancelArgs,
    context: &Context,
    (work, store): (&mut Workspace, &BackfillStore),
    jobs: &[BackfillJob],
) -> Result<Document, Failure> {
    let protected = work.settings.protected;
    let settled = args.force || (context.assume_yes && !protected);
    if !jobs.is_empty() && !settled {
        let flags = if protected { "--force" } else { "--force or --yes" };
        need_terminal_or("giving a backfill up", &format!("{flags} goes ahead without asking"))?;
        let database = work.session.facts().database.clone();
        let question =
            if protected { Question::TypeName(&database) } else { Question::Agree("Give it up?") };
        ask(context, &backfills_ground(&context.subject, jobs), &question)?;
    }
    for job in jobs {
        cancel_backfill(work.session.as_mut(), store, job)?;
    }
    Ok(backfill_done_document("backfill cancel", &context.subject, jobs))
}
