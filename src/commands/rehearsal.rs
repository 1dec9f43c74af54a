//! A plan tried on a throwaway database that is like the live one.

use super::context::{Workspace, load};
use super::scratch::{Near, ScratchArgs, mirror};
use super::{Context, Failure};
use crate::database::{Copier, Likeness, Sample, Scratch, ScratchDatabase, copy_rows};
use crate::engine::{Fixtures, Job, Rehearsal, Saving, Stage, build, rehearse as rehearse_plan};
use crate::model::{Engine, Problem, ProblemKind};
use crate::plan::Plan;
use crate::ui::ProgressBars;

/// Rows of each table, where nobody says how many.
const SAMPLE: u64 = 1_000;

/// How a plan is rehearsed.
#[derive(Debug, Clone, clap::Args)]
pub struct RehearsalArgs {
    /// Run it on a throwaway database with the schema of this one and some of its rows, and show
    /// what each statement really locks, rewrites, reads and changes
    #[arg(long)]
    pub(super) rehearse: bool,
    /// How many rows of each table the rehearsal has, and those that they refer to: a number, or all
    /// [default: 1000; of SQLite always all]
    #[arg(long, value_name = "ROWS", requires = "rehearse", value_parser = sample)]
    sample: Option<Sample>,
    #[command(flatten)]
    scratch: ScratchArgs,
}

fn sample(text: &str) -> Result<Sample, String> {
    match text {
        "all" => Ok(Sample::All),
        number => number.parse().map(Sample::Rows).map_err(|_| "a number of rows, or all".into()),
    }
}

/// Copies the schema and some rows, and runs the plan there. The live database is only read.
pub(super) fn rehearse(
    args: &RehearsalArgs,
    context: &mut Context,
    work: &mut Workspace,
    plan: &Plan,
) -> Result<Rehearsal, Failure> {
    let rehearsed = try_out(args, context, work, plan);
    rehearsed.map_err(|failure| {
        if context.interrupt.is_raised() {
            let message = "interrupted; nothing is left of the rehearsal";
            return Problem::new(ProblemKind::Interrupted, message).into();
        }
        failure
    })
}

fn try_out(
    args: &RehearsalArgs,
    context: &mut Context,
    work: &mut Workspace,
    plan: &Plan,
) -> Result<Rehearsal, Failure> {
    let live = work.settings.connection.clone();
    let engine = live.engine();
    if engine == Engine::Sqlite && args.sample.is_some_and(|it| it != Sample::All) {
        let message = "--sample: a SQLite file is copied with all its rows";
        return Err(Problem::new(ProblemKind::Usage, message).into());
    }
    let Ground { scratch, database, mut notes, is_copy } = ground(args, context, work, plan)?;
    let sample = args.sample.unwrap_or(Sample::Rows(SAMPLE));
    let mut likeness = copy_rows(&live, database.connection(), sample, &context.interrupt)?;
    notes.append(&mut likeness.notes);
    let stage = Stage {
        place: scratch.describe().to_owned(),
        likeness: Likeness { notes, ..likeness },
        is_copy,
    };
    let mut session = context.connect(database.connection())?;
    let home = work.session.facts().creation_schema.clone();
    let schema = work.target.schema.as_deref();
    let target = work.set.target(schema.or(home.as_deref().filter(|_| !is_copy)));
    let job = Job {
        set: &work.set,
        target: &target,
        out_of_order: work.settings.out_of_order,
        saving: Saving::Nothing,
        retuning: None,
        hazards: None,
    };
    let mut bars = ProgressBars::new(context.printer);
    let outcome = rehearse_plan(session.as_mut(), &job, plan, stage, &context.interrupt, &mut bars);
    bars.finish();
    Ok(outcome?)
}

/// Where it takes place.
struct Ground {
    database: ScratchDatabase,
    /// Behind the database, which is removed before it.
    scratch: Scratch,
    notes: Vec<String>,
    is_copy: bool,
}

fn ground(
    args: &RehearsalArgs,
    context: &mut Context,
    work: &mut Workspace,
    plan: &Plan,
) -> Result<Ground, Failure> {
    let live = work.settings.connection.clone();
    let engine = live.engine();
    let major = work.session.facts().version_number / 10_000;
    let near = Near { major: Some(major), live: None };
    let pending = plan.steps.iter().filter_map(|step| work.set.get(step.version));
    let scripts = pending.map(|it| &it.script);
    let mut scratch = args.scratch.open(context, engine, near, scripts)?;
    let copier = match engine {
        Engine::Sqlite => Ok(None),
        Engine::Postgres => scratch.copier(major).map(Some),
    };
    match copier {
        Ok(copier) => {
            scratch.mirror(&work.session.read_globals()?)?;
            let copier: Option<&Copier> = copier.as_ref();
            let copy = scratch.copy_of(&live, copier, &context.interrupt)?;
            Ok(Ground { scratch, database: copy.database, notes: copy.notes, is_copy: true })
        }
        Err(reason) => {
            mirror(&mut scratch, work.session.read_globals()?, &work.set)?;
            let database = built(context, work, plan, &scratch)?;
            let note = format!(
                "{reason}: the schema was built from the set's files, and what they did not make is \
                 missing"
            );
            Ok(Ground { scratch, database, notes: vec![note], is_copy: false })
        }
    }
}

/// What the files make of the versions that are applied.
fn built(
    context: &mut Context,
    work: &mut Workspace,
    plan: &Plan,
    scratch: &Scratch,
) -> Result<ScratchDatabase, Failure> {
    let mut set = load(&work.settings.set)?;
    let state = work.session.read_ledger(&work.target)?;
    let is_pending = |version| plan.steps.iter().any(|step| step.version == version);
    set.migrations.retain(|it| state.history.contains_key(&it.version) && !is_pending(it.version));
    let home = work.session.facts().creation_schema.clone();
    let target = set.target(work.target.schema.as_deref().or(home.as_deref()));
    let job = Job {
        set: &set,
        target: &target,
        out_of_order: work.settings.out_of_order,
        saving: Saving::Nothing,
        retuning: None,
        hazards: None,
    };
    let database = scratch.database()?;
    let mut session = context.connect(database.connection())?;
    let mut bars = ProgressBars::new(context.printer);
    let interrupt = &context.interrupt;
    let outcome = build(session.as_mut(), &job, None, Fixtures::Before, interrupt, &mut bars);
    bars.finish();
    outcome?;
    Ok(database)
}
