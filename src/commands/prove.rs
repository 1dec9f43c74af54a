//! `turnback prove`

use std::num::NonZero;
use std::thread;

use super::context::{check_engine, load};
use super::scratch::{Near, ScratchArgs, scripts, server_changes};
use super::{Context, Failure};
use crate::catalog::{Catalog, Scope};
use crate::database::{Interrupt, Scratch, ScratchDatabase, open};
use crate::engine::{
    EngineError, Fixtures, Job, Observer, Saving, Silent, VersionProof, build, prove,
};
use crate::model::{Engine, Problem, ProblemKind, Version};
use crate::report::{Document, Rehearsed, prove_document};
use crate::sets::MigrationSet;
use crate::settings::RehearsalSettings;
use crate::ui::ProgressBars;

/// Try every migration up, down and up again on a throwaway database, and compare
///
/// No database of yours is touched. One that is named with -D is only asked for its version and the
/// names of its roles and tablespaces.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The first version to prove
    #[arg(long, value_name = "VERSION")]
    from: Option<Version>,
    /// The last version to prove
    #[arg(long, value_name = "VERSION")]
    to: Option<Version>,
    /// How many databases to work on at once [default: one for each processor]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    #[command(flatten)]
    scratch: ScratchArgs,
}

/// The fewest versions that are worth a database of their own.
const VERSIONS_A_JOB: usize = 4;

/// Rehearses; writes to throwaway databases only.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let settings = RehearsalSettings::resolve(&context.flags, &context.environment)?;
    let set = load(&settings.set)?;
    context.subject.set = set.name().map(str::to_owned);
    let versions = chosen(&set, args)?;
    let scratch = match &settings.live {
        Some(connection) => {
            check_engine(&set, connection)?;
            let mut live = context.connect(connection)?;
            args.scratch.open_like(context, live.as_mut(), &set)?
        }
        None => args.scratch.open(context, engine(&set)?, Near::default(), scripts(&set))?,
    };
    let target = set.target(settings.schema.as_deref());
    let job = Job {
        set: &set,
        target: &target,
        out_of_order: settings.out_of_order,
        saving: Saving::Destroyed,
        retuning: None,
        hazards: None,
    };
    let proofs = prove_all(context, &scratch, &job, &versions, args.jobs);
    let proofs = proofs.map_err(|failure| ended(context, failure))?;
    let rehearsed = Rehearsed { place: scratch.describe(), versions: &versions, proofs: &proofs };
    Ok(prove_document(&context.subject, &rehearsed))
}

/// A rehearsal that was stopped has nothing to go on with, whatever it was at.
fn ended(context: &Context, failure: Failure) -> Failure {
    if context.interrupt.is_raised() {
        return Problem::new(ProblemKind::Interrupted, "interrupted; nothing is left of it").into();
    }
    failure
}

fn chosen(set: &MigrationSet, args: &Args) -> Result<Vec<Version>, Failure> {
    let (from, to) = (args.from, args.to);
    if let Some(version) = [from, to].into_iter().flatten().find(|it| set.get(*it).is_none()) {
        let message = format!("the set has no version {version}");
        return Err(Problem::new(ProblemKind::Usage, message).into());
    }
    let versions = set.migrations.iter().map(|it| it.version);
    let versions = versions.filter(|it| from.is_none_or(|from| *it >= from));
    Ok(versions.filter(|it| to.is_none_or(|to| *it <= to)).collect())
}

fn engine(set: &MigrationSet) -> Result<Engine, Failure> {
    let own = set.manifest.as_ref().map(|manifest| manifest.engine);
    own.ok_or_else(|| {
        Problem::new(ProblemKind::Usage, "nothing says which engine the migrations are for")
            .hint("name the database they are meant for with -D, or the engine in their set.toml")
            .into()
    })
}

/// Each job proves versions that follow each other, in a database of its own.
fn prove_all(
    context: &Context,
    scratch: &Scratch,
    job: &Job<'_>,
    versions: &[Version],
    jobs: Option<NonZero<usize>>,
) -> Result<Vec<VersionProof>, Failure> {
    // Roles and tablespaces belong to the server: two databases would get in each other's way.
    let server_wide = !server_changes(job.set).is_empty();
    let jobs = if server_wide {
        1
    } else {
        let processors = || thread::available_parallelism().map_or(1, NonZero::get);
        let sensible = versions.len().div_ceil(VERSIONS_A_JOB).max(1);
        jobs.map_or_else(|| processors().min(sensible), NonZero::get)
    };
    let shares: Vec<&[Version]> = versions.chunks(versions.len().div_ceil(jobs).max(1)).collect();
    let Some((first, others)) = shares.split_first() else { return Ok(Vec::new()) };
    let (first_database, databases) = (
        scratch.database()?,
        others.iter().map(|_| scratch.database()).collect::<Result<Vec<_>, _>>()?,
    );
    let interrupt = &context.interrupt;
    let last =
        if server_wide { None } else { Some(last_catalog(&scratch.database()?, job, interrupt)?) };
    let last = last.as_ref();
    let mut bars = ProgressBars::new(context.printer);
    let outcomes = thread::scope(|scope| {
        let others: Vec<_> = databases
            .iter()
            .zip(others)
            .map(|(database, share)| {
                scope.spawn(move || prove_on(database, job, share, last, interrupt, &mut Silent))
            })
            .collect();
        let first = prove_on(&first_database, job, first, last, interrupt, &mut bars);
        let panicked = "what panics in a thread is a bug, and goes on as one";
        let others = others.into_iter().map(|it| it.join().expect(panicked));
        std::iter::once(first).chain(others).collect::<Vec<_>>()
    });
    bars.finish();
    let mut proofs = Vec::new();
    for outcome in outcomes {
        proofs.extend(outcome?);
        // What follows could not be reached here, whatever came of it in a database of its own.
        if proofs.last().is_some_and(|it: &VersionProof| it.verdict.is_end()) {
            break;
        }
    }
    Ok(proofs)
}

fn prove_on(
    database: &ScratchDatabase,
    job: &Job<'_>,
    versions: &[Version],
    last: Option<&Catalog>,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<Vec<VersionProof>, EngineError> {
    let mut session = open(database.connection(), interrupt)?;
    prove(session.as_mut(), job, versions, last, interrupt, observer)
}

/// What the whole set builds, or as much of it as can be applied: the proof itself says what cannot.
fn last_catalog(
    database: &ScratchDatabase,
    job: &Job<'_>,
    interrupt: &Interrupt,
) -> Result<Catalog, Failure> {
    let mut session = open(database.connection(), interrupt)?;
    let built = build(session.as_mut(), job, None, Fixtures::Before, interrupt, &mut Silent);
    match built {
        Err(error) if !error.is_of_scripts() => Err(error.into()),
        _ => Ok(session.read_catalog(&Scope::default())?),
    }
}
