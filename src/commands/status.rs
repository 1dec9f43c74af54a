//! `turnback status`

use super::{Context, Failure};
use crate::plan::assess;
use crate::report::{Document, status_document};

/// Show what is applied, pending, changed, missing, adopted or failed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Exit with 3 when migrations are pending, with 4 when files and database differ
    #[arg(long)]
    exit_code: bool,
}

/// Reads and reports; writes nothing.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let mut work = context.open()?;
    let state = work.session.read_ledger(&work.target)?;
    let assessed = assess(&work.set, &state);
    Ok(status_document(&context.subject, &assessed, args.exit_code))
}
