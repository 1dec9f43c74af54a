//! `turnback cleanup`

use super::confirm::{Question, ask, need_terminal};
use super::{Context, Failure};
use crate::engine::{count_expired, delete_expired};
use crate::model::{Problem, ProblemKind};
use crate::report::{Document, cleanup_document, expired_text};
use crate::ui::ProgressBars;

/// Delete the rows the set keeps only so long
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Count them, and delete nothing
    #[arg(long)]
    dry_run: bool,
}

/// Counts, asks, deletes in batches.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let mut work = context.open()?;
    let limits = work.limits();
    let rules = work.set.manifest.as_ref().map(|it| it.retention.clone()).unwrap_or_default();
    if rules.is_empty() {
        return Err(Problem::new(ProblemKind::Usage, "the set has no retention rules")
            .hint("write [[retention]] into its set.toml: table, delete_when, because")
            .into());
    }
    let session = work.session.as_mut();
    let expired = count_expired(session, &work.target, &rules)?;
    if args.dry_run || expired.iter().all(|it| it.rows == 0) {
        return Ok(cleanup_document(&context.subject, &expired, false));
    }
    if !context.assume_yes {
        need_terminal("a deletion", "--yes")?;
        let ground = format!("To be deleted:\n{}", expired_text(&expired));
        ask(context, &ground, &Question::Agree("Delete?"))?;
    }
    let mut bars = ProgressBars::new(context.printer);
    let deleted =
        delete_expired(session, &work.target, &rules, limits, &context.interrupt, &mut bars);
    bars.finish();
    Ok(cleanup_document(&context.subject, &deleted?, true))
}
