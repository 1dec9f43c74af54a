//! `turnback verify`

use std::path::PathBuf;

use super::context::{Workspace, load};
use super::scratch::ScratchArgs;
use super::sources::snapshot;
use super::{Context, Failure};
use crate::catalog::{Catalog, Kind, Scope, differences};
use crate::database::Session;
use crate::engine::{Expected, Fixtures, Job, Saving, build, prepare, verify, verify_catalog};
use crate::model::{LedgerState, Problem, ProblemKind, Version};
use crate::plan::assess;
use crate::report::{Against, Document, verify_document};
use crate::sets::MigrationSet;
use crate::ui::ProgressBars;

/// Compare the live schema with the one on record, and the files with the history
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// Compare with what the files build on a throwaway database instead
    #[arg(long, conflicts_with = "snapshot")]
    rebuild: bool,
    /// Compare with a snapshot file instead; neither a set nor a record is needed
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    #[command(flatten)]
    scratch: ScratchArgs,
}

/// Reads and compares; writes nothing.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    if let Some(file) = &args.snapshot {
        let expected = snapshot(file)?;
        let mut live = context.open_database()?;
        let (engine, found) = (expected.catalog.engine, live.session.capabilities().engine);
        if engine != found {
            let message =
                format!("{} is of a {engine} schema, and the database is {found}", expected.name);
            return Err(Problem::new(ProblemKind::Usage, message).into());
        }
        let found = verify_catalog(live.session.as_mut(), expected.catalog)?;
        return Ok(verify_document(&context.subject, Against(&expected.name), &[], &found));
    }
    let mut work = context.open()?;
    let (expected, against) = if args.rebuild {
        (rebuilt(args, context, &mut work)?, "what the files build")
    } else {
        (Expected::Recorded, "the catalog on record")
    };
    let (session, job) = work.split();
    let found = verify(session, &job, &expected)?;
    let assessed = assess(job.set, &found.state);
    Ok(verify_document(&context.subject, Against(against), &assessed, &found))
}

/// Builds what is applied, on a throwaway database of the live one's kind.
fn rebuilt(args: &Args, context: &mut Context, work: &mut Workspace) -> Result<Expected, Failure> {
    let state = work.session.read_ledger(&work.target)?;
    let scratch = args.scratch.open_like(context, work.session.as_mut(), &work.set)?;
    let set = applied(load(&work.settings.set)?, &state);
    // The set must be where it is live, also where the live session's own schema is another one
    // than a new database's.
    let home = work.session.facts().creation_schema.clone();
    let target = set.target(work.target.schema.as_deref().or(home.as_deref()));
    let job = Job {
        set: &set,
        target: &target,
        out_of_order: work.settings.out_of_order,
        saving: Saving::Destroyed,
        retuning: None,
        hazards: None,
    };
    let mut bars = ProgressBars::new(context.printer);
    let mut read = |migrated: bool| {
        let database = scratch.database()?;
        let mut session = context.connect(database.connection())?;
        let session: &mut dyn Session = session.as_mut();
        if migrated {
            build(session, &job, None, Fixtures::Before, &context.interrupt, &mut bars)?;
        } else {
            prepare(session, &job, &context.interrupt, &mut bars)?;
        }
        Ok::<_, Failure>(session.read_catalog(&Scope::default())?)
    };
    let (before, after) = (read(false)?, read(true)?);
    let schemas = touched(&before, &after).chain(target.schema.clone()).collect();
    let scope = Scope { schemas };
    if scope.schemas.is_empty() {
        return Ok(Expected::Built { before, after });
    }
    Ok(Expected::Built { before: before.within(&scope), after: after.within(&scope) })
}

/// The schemas that a set works in. What others have in theirs is no concern of it.
fn touched(before: &Catalog, after: &Catalog) -> impl Iterator<Item = String> {
    differences(before, after).into_iter().filter_map(|it| match it.key.kind {
        Kind::Schema => Some(it.key.name),
        _ => it.key.schema,
    })
}

/// The set as far as it is applied.
fn applied(mut set: MigrationSet, state: &LedgerState) -> MigrationSet {
    let is_applied = |version: &Version| state.history.contains_key(version);
    set.migrations.retain(|it| is_applied(&it.version));
    set
}
