//! `turnback verify`

use super::{Context, Failure};
use crate::engine::{Expected, verify};
use crate::plan::assess;
use crate::report::{Against, Document, verify_document};

/// Compare the live schema with the one on record, and the files with the history
#[derive(Debug, Default, clap::Args)]
pub struct Args {}

/// Reads and compares; writes nothing.
pub fn run(_args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let mut work = context.open()?;
    let (session, job) = work.split();
    let found = verify(session, &job, &Expected::Recorded)?;
    let assessed = assess(job.set, &found.state);
    let against = Against("the catalog on record");
    Ok(verify_document(&context.subject, against, &assessed, &found))
}
