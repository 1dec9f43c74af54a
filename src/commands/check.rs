//! `turnback check`

use super::{Context, Failure};
use crate::engine::check;
use crate::model::{Problem, ProblemKind};
use crate::report::{Document, check_document};
use crate::ui::ProgressBars;

/// Try the set's promises on the database, and leave nothing behind
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the checks in transactions that are undone.
pub fn run(_args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let mut work = context.open()?;
    if work.set.checks.is_empty() {
        return Err(Problem::new(ProblemKind::Usage, "the set has no checks")
            .hint("write some into checks/ beside its migrations")
            .into());
    }
    let state = work.session.read_ledger(&work.target)?;
    if state.history.is_empty() {
        return Err(Problem::new(ProblemKind::Precondition, "the set is not installed")
            .hint("`turnback migrate` installs it")
            .into());
    }
    let pending = work.set.migrations.iter().filter(|it| !state.history.contains_key(&it.version));
    if let Some(first) = pending.map(|it| it.version).next() {
        context.printer.note(&format!("V{first} is pending; checks of what it brings will fail"));
    }
    let mut bars = ProgressBars::new(context.printer);
    let done = check(work.session.as_mut(), &work.target, &work.set, &mut bars);
    bars.finish();
    let done = done?;
    Ok(check_document(&context.subject, &done))
}
